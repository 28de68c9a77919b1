"""A rule as a person reads it."""

from idqp_cli.core.frozen import frozen


@frozen
class RuleFacts:
    """What a rule says, as texts.

    `meaning` is what must hold by its type. `keys` are the keys that the rules file
    says, `sql` those of them that are SQL, and `defaults` the other keys of the type
    with the values that they have.
    """

    dataset: str
    rule: str
    type: str
    meaning: str
    severity: str
    status: str
    line: int
    description: str | None
    keys: tuple[tuple[str, str], ...]
    sql: tuple[tuple[str, str], ...]
    defaults: tuple[tuple[str, str], ...]
