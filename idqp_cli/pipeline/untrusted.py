"""Whether a command works for strangers: they say so who call it, or a pull request comes from a fork."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean

SAID = "IDQP_UNTRUSTED"
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
EVENT, EVENT_FILE = "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"
OWN, SOURCE = "CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"
# Events that are about a pull request, by where they say whose it is.
PULLS = frozenset({"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"})
RUN, COMMENT = "workflow_run", "issue_comment"
FORK = "a pull request from a fork"


def why(environment: Mapping[str, str]) -> str | None:
    """Say why what is checked is a stranger's, by the environment; None where nothing says so.

    Raises:
        UsageError: IDQP_UNTRUSTED is neither yes nor no.

    """
    said = environment.get(SAID, "").strip().lower()
    if said in YES:
        return SAID
    if said not in NO:
        raise UsageError(f"{SAID} is 1 or 0, not '{clean(said, 60)}'")
    if said:
        return None
    if environment.get(SOURCE) and environment[SOURCE] != environment.get(OWN):
        return "a merge request from a fork"
    name = environment.get(EVENT, "")
    if name in PULLS or name in {RUN, COMMENT}:
        return _of_event(name, _event(environment.get(EVENT_FILE, "")))
    return None


def _of_event(name: str, event: Mapping[str, Any] | None) -> str | None:
    """Say whose an event is; what does not say so is a stranger's."""
    if event is None:
        return f"{name}: its event cannot be read, so it may be of a fork"
    if name == COMMENT:
        of_pull = isinstance(event.get("issue"), dict) and "pull_request" in event["issue"]
        return "a comment on a pull request, which may be from a fork" if of_pull else None
    own = _name(event.get("repository"))
    if name == RUN:
        run = event.get("workflow_run")
        head = run.get("head_repository") if isinstance(run, dict) else None
    else:
        pull = event.get("pull_request")
        side = pull.get("head") if isinstance(pull, dict) else None
        # The repository of a fork that was deleted is null.
        head = side.get("repo") if isinstance(side, dict) else None
        base = pull.get("base") if isinstance(pull, dict) else None
        own = own or _name(base.get("repo") if isinstance(base, dict) else None)
    same = own is not None and _name(head) == own
    # A repository may be a fork itself, and its own branches are no strangers'.
    return None if same else FORK


def _name(repository: object) -> str | None:
    name = repository.get("full_name") if isinstance(repository, dict) else None
    return name if isinstance(name, str) and name else None


def _event(path: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
