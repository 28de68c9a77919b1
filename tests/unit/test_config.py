from pathlib import Path

import pytest

from idqp_cli.alerts.slack import Slack
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import RulesError, UsageError
from idqp_cli.core.model import Severity
from idqp_cli.core.reading import ReadOptions
from idqp_cli.project.defaults import Defaults
from idqp_cli.project.project import Project, load
from idqp_cli.rules.bounds import Exclusive
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.share_rule import ShareRule
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.validity import AcceptedValues, Pattern, Range

HEAD = "version: 1\ndatasets:\n  d:\n    path: x.csv\n"
RULES = HEAD + "    rules:\n"


def loaded(folder: Path, text: str, **variables: str) -> Project:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return load(str(path), variables)


def rules(folder: Path, *written: str) -> tuple[Rule, ...]:
    return loaded(folder, RULES + "".join(f"      - {rule}\n" for rule in written)).rules["d"]


def rule(folder: Path, written: str) -> Rule:
    (made,) = rules(folder, written)
    return made


def refusal(folder: Path, text: str, **variables: str) -> str:
    """Return the line and the message of a refusal; the columns have a table of their own."""
    line, _, rest = refusal_in_full(folder, text, **variables).partition(":")
    column, _, message = rest.partition(":")
    assert column.isdigit()
    return f"{line}:{message}"


def refusal_in_full(folder: Path, text: str, **variables: str) -> str:
    with pytest.raises(RulesError) as caught:
        loaded(folder, text, **variables)
    begin = f"{folder / 'rules.yaml'}:"
    message = str(caught.value)
    assert message.startswith(begin)
    return message.removeprefix(begin)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flights.csv", "1: must be a mapping (key: value), not 'flights.csv'"),
        ("[]", "1: must be a mapping (key: value), not a list"),
        ("datasets: {}", "1: version: must be 1"),
        ("# new\nversion: 2\ndatasets: {}", "2: version: must be 1"),
        ("version: 1", "1: datasets: is missing; name at least one dataset"),
        ("version: 1\ndataset: {}", "2: unknown key 'dataset'; did you mean 'datasets'?"),
        ("version: 1\nfoo: {}", "2: unknown key 'foo'; known keys: version, store, engine, defaults, datasets, alerts"),
        ("version: 1\ndatasets: [a]", "2: datasets: must be a mapping (key: value), not a list"),
        ("version: 1\ndatasets:\n  'a b': {path: x}", "3: dataset 'a b': a name consists of letters, digits, _ . -"),
        ("version: 1\ndatasets:\n  1a: {path: x}", "3: dataset '1a': a name consists of letters, digits, _ . -"),
        ("version: 1\ndatasets:\n  a:", "3: a: must be a mapping (key: value), not null"),
        ("version: 1\ndatasets:\n  a: {owner: me}", "3: a: path: is missing; a file, a folder, a glob, a URL or -"),
        ("version: 1\ndatasets:\n  a:\n    paht: x", "4: a: unknown key 'paht'; did you mean 'path'?"),
        ("version: 1\ndatasets:\n  a: {path: x}\n  a: {path: y}", "4: duplicate key 'a' (first on line 3)"),
        (HEAD + "    owner: 5", "5: d: owner: must be text, not '5'; put it in quotes"),
        (HEAD + '    owner: "a\\0b"', "5: d: owner: must not hold a NUL character"),
        (HEAD + "    schema: backwards", "5: d: schema: must be one of none, backward, forward, full, "),
        (HEAD + "    allow_empty: 1", "5: d: allow_empty: must be true or false, not '1'"),
        (HEAD + "    pii:\n      - a\n      - 5", "7: d: pii: must be text, not '5'; put it in quotes"),
        (HEAD + "    read: {delimiter: abcde}", "5: d: read: delimiter: must be a text of 1 to 4 bytes"),
        (HEAD + "    read: {quote: ab}", "5: d: read: quote: must be one ASCII character, or none"),
        (HEAD + "    read: {skip: -1}", "5: d: read: skip: must be a whole number, 0 or more, not '-1'"),
        (HEAD + "    read: {header: yes}", "5: d: read: header: must be true or false, not 'yes'"),
        (HEAD + "    read: {missing_values: [[a]]}", "5: d: read: missing_values: must be text, not a list"),
        (HEAD + "    read: {types: {c: INT; x}}", "5: d: read: types: c: 'INT; X' is not a type for text files"),
        (HEAD + "    read: {typs: {}}", "5: d: read: unknown key 'typs'; did you mean 'types'?"),
        (HEAD + "    rules: {type: unique}", "5: d: rules: must be a list, not a mapping"),
        (
            HEAD + "defaults: {severity: bad}",
            "5: defaults: severity: must be one of info, warning, critical, not 'bad'",
        ),
        (HEAD + "defaults: {samples: 1001}", "5: defaults: samples: must be at most 1000"),
        (HEAD + "alerts: {chanels: {}}", "5: alerts: unknown key 'chanels'; did you mean 'channels'?"),
    ],
)
def test_refuses_a_file_with_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text).startswith(message)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("unique", "must be a mapping (key: value), not 'unique'"),
        ("{column: a}", "type: is missing; known types: accepted_values, "),
        ("{type: uniq, column: a}", "unknown rule type 'uniq'; known types: accepted_values, "),
        ("{type: parse}", "unknown rule type 'parse'; "),
        ("{type: range, column: a, mn: 1}", "range: unknown key 'mn'; did you mean 'min'?"),
        ("{type: unique, column: a, line: 3}", "unique: unknown key 'line'; known keys: type, column, columns, name"),
        ("{type: row_count, column: a, min: 1}", "row_count: unknown key 'column'; known keys: type, name"),
        ("{type: completeness}", "completeness: column: is missing"),
        ("{type: unique, columns: []}", "unique: column: is missing"),
        ("{type: unique, column: a, columns: [b]}", "unique: set column or columns, not both"),
        ("{type: unique, column: 1.10}", "unique: column: must be text, not '1.1'; put it in quotes"),
        (
            "{type: unique, column: a, threshold: 5}",
            "unique: threshold: must be a share of the rows or a number of them",
        ),
        ("{type: unique, column: a, threshold: 101%}", "unique: threshold: must be a share of the rows"),
        ("{type: unique, column: a, threshold: true}", "unique: threshold: must be a share of the rows"),
        (
            "{type: unique, column: a, confidence: 1}",
            "unique: confidence: must lie between 0 and 1, like 0.95, not '1'",
        ),
        (
            "{type: unique, column: a, severity: [info]}",
            "unique: severity: must be one of info, warning, critical, not",
        ),
        ("{type: unique, column: a, enabled: yes}", "unique: enabled: must be true or false, not 'yes'"),
        ("{type: unique, column: a, where: ''}", "unique: where: must be text, not ''"),
        ("{type: range, column: a}", "range: needs min or max"),
        ("{type: format, column: a, format: postal_code}", "format: country: goes with format: postal_code, and"),
        (
            "{type: format, column: a, format: email, country: DE}",
            "format: country: goes with format: postal_code, and",
        ),
        (
            "{type: format, column: a, format: postal_code, country: de}",
            "format: country: the postal codes of 'de' are not known; did you mean 'DE'?",
        ),
        (
            "{type: format, column: a, format: postal_code, country: Atlantis}",
            "format: country: the postal codes of 'Atlantis' are not known; known countries: AD, AR, AT",
        ),
        (
            "{type: format, column: a, format: email, version: 4}",
            "format: version: goes with format: uuid, and is 1 to",
        ),
        ("{type: format, column: a, format: uuid, version: 9}", "format: version: goes with format: uuid, and is 1 to"),
        ("{type: range, column: a, min: 5, max: 1}", "range: min 5 is above max 1"),
        (
            "{type: range, column: a, min: 5, max: b}",
            "range: min and max must be of one kind, both numbers or both text",
        ),
        ("{type: range, column: a, min: true}", "range: min: must be a number, a date or a text, not true"),
        ("{type: row_count}", "row_count: needs min or max"),
        ("{type: row_count, min: 1.5}", "row_count: min: must be a whole number, 0 or more, not '1.5'"),
        ("{type: pattern, column: a}", "pattern: needs regex or like"),
        ("{type: expression}", "expression: expression: is missing"),
        ("{type: accepted_values, column: a}", "accepted_values: values: is missing"),
        ("{type: accepted_values, column: a, values: []}", "accepted_values: values: must name at least one value"),
        (
            "{type: accepted_values, column: a, values: [null]}",
            "accepted_values: values: null is not allowed as a value; ",
        ),
        ("{type: freshness}", "freshness: max_age: is missing"),
        ("{type: freshness, max_age: 24}", "freshness: max_age: must be a duration with a unit, like 90s, 30m, 24h"),
        ("{type: freshness, max_age: 1d 2h}", "freshness: max_age: must be a duration with a unit"),
        ("{type: unique, column: a, name: schema}", "unique: name: 'schema' is taken by another rule of this dataset"),
        ("{type: unique, column: a, name: b}", "unique: name: 'b' is taken by another rule of this dataset"),
    ],
)
def test_refuses_a_rule_with_line_and_key(tmp_path: Path, written: str, message: str) -> None:
    text = RULES + "      - {type: unique, column: b, name: b}\n      - " + written
    line, _, said = refusal(tmp_path, text).partition(": d: ")
    assert line == "7"
    assert said.startswith(message)


BLOCK = """\
      - type: range
        column: a
        mn: 1
      - type: pattern
        column: a
        regex: [b]
        threshold: 5
      - type: unique
        column: a
        name: schema
      - type: query
        sql: SELECT 1
        where: a > 1
      - type: references
        column: a
        dataset: e
      - type: freshness
        max_age: 24
      - {type: accepted_values, column: é, values: [x, null]}
      - type: unique
"""


@pytest.mark.parametrize(
    ("number", "place"),
    [
        (0, "3:9: d: range: unknown key 'mn'; "),
        (1, "4:20: d: pattern: threshold: must be a share"),
        (2, "3:15: d: unique: name: 'schema' is taken"),
        (3, "3:16: d: query: where: belongs into the SELECT"),
        (4, "3:18: d: references: there is no dataset 'e'"),
        (5, "2:18: d: freshness: max_age: must be a duration with a unit"),
        (6, "1:56: d: accepted_values: values: null is not allowed as a value"),
        (7, "1:9: d: unique: column: is missing"),
    ],
)
def test_a_refusal_names_the_column_of_the_key_or_the_value(tmp_path: Path, number: int, place: str) -> None:
    one = ["      - " + text for text in BLOCK.split("      - ")[1:]][number]
    line, _, rest = place.partition(":")
    expected = f"{int(line) + RULES.count(chr(10))}:{rest}"
    assert refusal_in_full(tmp_path, RULES + one).startswith(expected)


def test_what_a_file_says_that_says_little(tmp_path: Path) -> None:
    project = loaded(tmp_path, RULES + "      - {type: unique, column: a}\n")
    assert project.store == str(tmp_path / ".idqp/state.db")
    assert (project.folder, project.defaults, project.alerts) == (tmp_path, Defaults(None, 5), None)
    assert project.datasets == (Dataset("d", "x.csv"),)
    (made,) = project.rules["d"]
    assert isinstance(made, ShareRule)
    assert (made.name, made.line, made.columns) == ("unique(a)", 6, ("a",))
    assert (made.severity, made.enabled, made.where, made.tags) == (Severity.WARNING, True, None, ())
    assert (made.threshold, made.confidence) == (0, None)


def test_what_a_file_says_that_says_much(tmp_path: Path) -> None:
    text = """\
version: 1
store: postgresql://host/db
defaults: {severity: critical, samples: 0}
datasets:
  d:
    path: x.csv
    description: All
    owner: me
    read: {missing_values: [NA, -99], delimiter: ;, quote: "'", encoding: UTF-8, header: false, skip: 2,
      types: {a: "decimal(10, 2)"}}
    key: a
    pii: [b]
    schema: full
    allow_empty: true
    rules:
      - {type: unique, columns: [a, b], name: one, description: x, where: a > 1, tags: [t], enabled: false}
      - {type: unique, column: a, severity: info}
alerts: {channels: {oncall: {type: slack, webhook: "${IDQP_HOOK}"}}}
"""
    project = loaded(tmp_path, text)
    assert project.alerts is not None
    assert (project.store, project.alerts.channels) == (
        "postgresql://host/db",
        {"oncall": Slack(webhook="${IDQP_HOOK}")},
    )
    read = ReadOptions(("NA", "-99"), ";", "'", "utf-8", header=False, skip=2, types={"a": "DECIMAL(10,2)"})
    assert project.datasets == (
        Dataset("d", "x.csv", "All", "me", read, ("a",), ("b",), "full", allow_empty=True, samples=0),
    )
    first, second = project.rules["d"]
    assert (first.name, first.columns, first.description, first.where) == ("one", ("a", "b"), "x", "a > 1")
    assert (first.tags, first.enabled, first.severity) == (("t",), False, Severity.CRITICAL)
    assert second.severity is Severity.INFO


@pytest.mark.parametrize(
    ("written", "threshold"),
    [("1%", 0.01), ("0.01", 0.01), ("0.1 %", 0.001), ("100%", 1.0), ("0", 0.0), ("1.00%", 0.01)],
)
def test_threshold(tmp_path: Path, written: str, threshold: float) -> None:
    made = rule(tmp_path, f"{{type: unique, column: a, threshold: {written}}}")
    assert isinstance(made, ShareRule)
    assert made.threshold == pytest.approx(threshold, abs=1e-15)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800), ("2w", 1209600), ("1d12h", 129600), ("1.5h", 5400)],
)
def test_duration(tmp_path: Path, written: str, seconds: float) -> None:
    made = rule(tmp_path, f"{{type: freshness, max_age: {written}}}")
    assert isinstance(made, Freshness)
    assert made.max_age == seconds


def test_values_keep_their_kind(tmp_path: Path) -> None:
    accepted, limits, patterns = rules(
        tmp_path,
        "{type: accepted_values, column: a, values: [1, 1.5, '1', true, 007, 2024-01-31]}",
        "{type: range, column: a, min: 2024-01-31, max: 2024-12-31, exclusive: max}",
        "{type: pattern, column: a, regex: '^a', like: [b%, c_]}",
    )
    assert isinstance(accepted, AcceptedValues)
    assert list(map(repr, accepted.values)) == ["1", "1.5", "'1'", "True", "'007'", "'2024-01-31'"]
    assert isinstance(limits, Range)
    assert (limits.min, limits.max, limits.exclusive) == ("2024-01-31", "2024-12-31", Exclusive.MAX)
    assert isinstance(patterns, Pattern)
    assert (patterns.regex, patterns.like) == (("^a",), ("b%", "c_"))


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["{type: unique, column: a}"] * 3, ["unique(a)", "unique(a)_2", "unique(a)_3"]),
        (["{type: unique, columns: [a, b]}"], ["unique(a, b)"]),
        (["{type: row_count, min: 5}"], ["row_count"]),
        (["{type: row_count, max: 5}"], ["row_count_2"]),
        (["{type: row_count, min: 1, where: x}"], ["row_count_2"]),
        (["{type: unique, column: a, name: unique(b)}", "{type: unique, column: b}"], ["unique(b)", "unique(b)_2"]),
    ],
    ids=["numbered", "columns", "replaces the implied one", "beside the implied one", "of some rows", "taken"],
)
def test_names_are_made_unique(tmp_path: Path, written: list[str], names: list[str]) -> None:
    assert [made.name for made in rules(tmp_path, *written)] == names


def test_set_fills_path_and_where_and_nothing_else(tmp_path: Path) -> None:
    text = RULES.replace("x.csv", "'${{ day }}/${{day}}-${{ n }}.csv'") + (
        "      - {type: expression, expression: 'a = ${{ day }}', where: \"d = '${{ day }}'\"}\n"
    )
    project = loaded(tmp_path, text, day="2024-01-31", n="${{ day }}")
    (made,) = project.rules["d"]
    assert project.datasets[0].path == "2024-01-31/2024-01-31-${{ day }}.csv"
    assert made.where == "d = '2024-01-31'"
    assert made.conditions() == {"where": "d = '2024-01-31'", "expression": "a = ${{ day }}"}


def test_a_variable_without_a_value_is_refused(tmp_path: Path) -> None:
    text = HEAD.replace("x.csv", "'${{ day }}.csv'")
    assert refusal(tmp_path, text, days="1") == "4: d: path: 'day' has no value; set it with --set day=…"


def test_the_environment_fills_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDQP_X", "${IDQP_Y}")
    text = HEAD.replace("x.csv", "'${IDQP_X}.csv'") + "store: 'a/${IDQP_X}.db'\n"
    project = loaded(tmp_path, text)
    assert project.store == str(tmp_path / "a/${IDQP_Y}.db")
    assert project.datasets[0].path == "${IDQP_X}.csv"


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("HOME", "5: store: ${HOME}: only variables that begin with IDQP_ are read"),
        ("IDQPX", "5: store: ${IDQPX}: only variables that begin with IDQP_ are read"),
        ("IDQP_NOT_SET", "5: store: ${IDQP_NOT_SET} is not set in the environment"),
    ],
)
def test_the_environment_is_not_read_freely(tmp_path: Path, variable: str, message: str) -> None:
    assert refusal(tmp_path, f"{HEAD}store: '${{{variable}}}'\n") == message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    with pytest.raises(UsageError, match=r"absent\.yaml: the rules file cannot be read: No such file or directory$"):
        load(str(tmp_path / "absent.yaml"), {})
    with pytest.raises(UsageError, match=r"latin\.yaml: the rules file cannot be read: it is not UTF-8 text$"):
        load(str(tmp_path / "latin.yaml"), {})


@pytest.mark.parametrize("hundredths", [7, 14, 28, 629, 1234, 9999])
def test_a_percentage_is_the_number_nearest_to_it(tmp_path: Path, hundredths: int) -> None:
    made = rule(tmp_path, f"{{type: unique, column: a, threshold: {hundredths / 100}%}}")
    assert isinstance(made, ShareRule)
    assert made.threshold == hundredths / 10_000
