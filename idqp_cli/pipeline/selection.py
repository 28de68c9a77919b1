"""Which rules a run is about: `--select` and `--exclude`; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean
from idqp_cli.rules.rule import Rule

FIELDS: dict[str, Callable[[str, Rule], Iterable[str]]] = {
    "dataset": lambda dataset, _: (dataset,),
    "rule": lambda _, rule: (rule.name,),
    "type": lambda _, rule: (rule.type,),
    "tag": lambda _, rule: rule.tags,
    "severity": lambda _, rule: (rule.severity,),
}


def chosen(dataset: str, rules: Iterable[Rule], select: Sequence[str], exclude: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules that one of `select` matches, or all without any, and none of `exclude`.

    A word is `FIELD:PATTERN` with * and ?, where the field is dataset, rule,
    type, tag or severity; a word without a field is a pattern for the rule.

    Raises:
        UsageError: a field is unknown.

    """
    wanted, unwanted = [_test(word) for word in select], [_test(word) for word in exclude]
    return tuple(
        rule
        for rule in rules
        if (not wanted or any(test(dataset, rule) for test in wanted))
        and not any(test(dataset, rule) for test in unwanted)
    )


def _test(word: str) -> Callable[[str, Rule], bool]:
    field, colon, pattern = word.partition(":")
    if not colon:
        field, pattern = "rule", word
    if field not in FIELDS:
        raise UsageError(f"'{clean(word)}': cannot select by '{clean(field)}'; by {', '.join(FIELDS)}")
    values = FIELDS[field]
    return lambda dataset, rule: any(fnmatchcase(value, pattern) for value in values(dataset, rule))
