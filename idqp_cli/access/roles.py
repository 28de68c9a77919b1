"""The role table, and what each command does; pure.

`MAY` and `COMMANDS` are the documentation: docs/roles.md is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from idqp_cli.store.identity import Identity, Role


class Action(Enum):
    """What a command does, for the check of roles. The value is its description in docs/roles.md."""

    READ = "read runs, incidents, schemas"
    RESPOND = "acknowledge, assign, snooze, resolve, reopen"
    RECORD = "record runs"
    SEE = "see cells of columns under `pii`"
    CHANGE = "register schemas, save baselines, change rules"
    MANAGE = "add and remove datasets, manage users and tokens"


EVERYONE = frozenset(Role)
MAY: Mapping[Action, frozenset[Role]] = {
    Action.READ: EVERYONE,
    Action.RESPOND: frozenset({Role.OWNER, Role.MAINTAINER, Role.REVIEWER}),
    Action.RECORD: frozenset({Role.OWNER, Role.MAINTAINER, Role.CI}),
    Action.SEE: frozenset({Role.OWNER, Role.MAINTAINER}),
    Action.CHANGE: frozenset({Role.OWNER, Role.MAINTAINER}),
    Action.MANAGE: frozenset({Role.OWNER}),
}
# In ascending order of permissions. The role CI belongs to tokens, never to a person.
ORDER = (Role.VIEWER, Role.REVIEWER, Role.MAINTAINER, Role.OWNER)
TITLES: Mapping[Role, str] = {
    Role.OWNER: "Owner",
    Role.MAINTAINER: "Maintainer",
    Role.REVIEWER: "Reviewer",
    Role.VIEWER: "Viewer",
    Role.CI: "CI token",
}

# What the scopes of a token permit, in addition to reading.
SCOPES: Mapping[str, Action] = {"runs:read": Action.READ, "runs:write": Action.RECORD}

# The action of each command; None for commands that everyone may run.
COMMANDS: Mapping[str, Action | None] = {
    "init": None,
    "check": Action.RECORD,
    "watch": Action.RECORD,
    "profile": None,
    "suggest": None,
    "ack": Action.RESPOND,
    "incident list": Action.READ,
    "incident show": Action.READ,
    "incident ack": Action.RESPOND,
    "incident assign": Action.RESPOND,
    "incident snooze": Action.RESPOND,
    "incident resolve": Action.RESPOND,
    "incident reopen": Action.RESPOND,
    "alert test": None,
    "alert list": Action.READ,
    "alert retry": Action.RESPOND,
    "history": Action.READ,
    "backtest": Action.READ,
    "baseline save": Action.CHANGE,
    "baseline list": Action.READ,
    "baseline drop": Action.CHANGE,
    "schema show": Action.READ,
    "schema history": Action.READ,
    "schema diff": Action.READ,
    "schema check": Action.READ,
    "schema export": Action.READ,
    "schema register": Action.CHANGE,
    "schema import": Action.CHANGE,
    "report": Action.READ,
    "rule list": Action.READ,
    "rule show": Action.READ,
    "rule enable": Action.CHANGE,
    "rule disable": Action.CHANGE,
    "rule lint": None,
    "rule export": None,
    "rule types": None,
    "dataset list": Action.READ,
    "dataset add": Action.MANAGE,
    "dataset remove": Action.MANAGE,
    "user add": Action.MANAGE,
    "user list": Action.MANAGE,
    "user role": Action.MANAGE,
    "user disable": Action.MANAGE,
    "user unlock": Action.MANAGE,
    "user password": Action.MANAGE,
    "login": None,
    "logout": None,
    "whoami": None,
    "token create": Action.MANAGE,
    "token list": Action.MANAGE,
    "token revoke": Action.MANAGE,
    "audit list": Action.READ,
    "audit verify": Action.READ,
    "audit head": Action.READ,
    "store info": Action.READ,
    "store upgrade": None,
    "store backup": Action.MANAGE,
    "store move": Action.MANAGE,
    "store prune": Action.MANAGE,
    "serve": None,
    "doctor": None,
}


def may(identity: Identity, action: Action) -> bool:
    """Tell whether an identity may perform an action: by an open store, its role, or the scopes of its token."""
    if identity.open:
        return True
    if identity.role is None or identity.role not in MAY[action]:
        return False
    return identity.role is not Role.CI or action is Action.READ or action in map(SCOPES.get, identity.scopes)


def enough(action: Action) -> str:
    """Name the roles that permit an action, in ascending order: `a Reviewer, Maintainer or Owner`."""
    titles = [TITLES[role] for role in ORDER if role in MAY[action]]
    *first, last = titles
    article = "an" if titles[0][0] in "AEIOU" else "a"
    people = f"{article} {', '.join(first)} or {last}" if first else f"{article} {last}"
    return f"{people}, or a token" if Role.CI in MAY[action] else people


def documentation() -> str:
    """Return docs/roles.md: the table of roles, and the action of each command."""
    roles = (*reversed(ORDER), Role.CI)
    heads = " | ".join(TITLES[role] for role in roles)
    lines = [
        "# Roles",
        "",
        "A new store has no users, and everyone may do everything. The first `idqp user add` creates an Owner and",
        "closes the store. From then on, a command without permission exits with 4 and names the roles that have it.",
        "Without permission to record, `idqp check` still checks and reports.",
        "",
        "`make generated` writes this page from `idqp_cli/access/roles.py`.",
        "",
        f"| may | {heads} |",
        "|---|" + "---|" * len(roles),
        *(f"| {action.value} | {_marks(action, roles)} |" for action in Action),
        "",
        "A CI token needs the scope `runs:write` to record runs. Tokens have it unless they were created with",
        "`--scope runs:read`.",
        "",
        "`check --show-data` shows the cells of failing rows also of columns under `pii`, in the report on stdout and",
        "nowhere else. It asks the store for the role, so it does not go with `--no-store`. `report` and",
        "`incident show` have no such option, because the store keeps none of these cells.",
        "",
        "`store upgrade` needs the credentials of the database administrator instead of a role.",
        "",
        f"| command | {heads} | nobody |",
        "|---|" + "---|" * (len(roles) + 1),
    ]
    for command, action in COMMANDS.items():
        marks = " | ".join("✓" for _ in roles) if action is None else _marks(action, roles)
        lines.append(f"| `{command}` | {marks} | {'✓' if action is None else ' '} |")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _marks(action: Action, roles: tuple[Role, ...]) -> str:
    return " | ".join("✓" if role in MAY[action] else " " for role in roles)
