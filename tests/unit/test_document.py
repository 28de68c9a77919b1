import pytest

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, parse

EVERY_KIND = """\
# a comment
name: flights

rules:
  - type: range
    min: 1
  -
    type: unique
"""


def plain(node: Node) -> object:
    match node.value:
        case dict():
            return {key: plain(value) for key, value in node.value.items()}
        case tuple():
            return [plain(item) for item in node.value]
        case _:
            return node.value


def inside(node: Node, *path: str | int) -> Node:
    for step in path:
        if isinstance(step, str):
            assert isinstance(node.value, dict)
            node = node.value[step]
        else:
            assert isinstance(node.value, tuple)
            node = node.value[step]
    return node


def refusal(text: str) -> str:
    with pytest.raises(RulesError) as caught:
        parse(text, "rules.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 2, 1),
        (("name",), 2, 7),
        (("rules",), 5, 3),
        (("rules", 0), 5, 5),
        (("rules", 0, "min"), 6, 10),
        (("rules", 1), 8, 5),
        (("rules", 1, "type"), 8, 11),
    ],
    ids=str,
)
def test_a_value_knows_its_place(path: tuple[str | int, ...], line: int, column: int) -> None:
    assert inside(parse(EVERY_KIND, "rules.yaml"), *path).mark == Mark(line, column)


def test_a_mapping_knows_the_places_of_its_keys() -> None:
    root = parse(EVERY_KIND, "rules.yaml")
    assert root.key_marks == {"name": Mark(2, 1), "rules": Mark(4, 1)}
    assert inside(root, "rules", 0).key_marks == {"type": Mark(5, 5), "min": Mark(6, 5)}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("012", "012"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("9" * 100, int("9" * 100)),
        ("9" * 101, "9" * 101),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("01.5", "01.5"),
        ("-.inf", float("-inf")),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31 10:00:00", "2024-01-31 10:00:00"),
        ("1%", "1%"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_words_are_those_of_yaml_1_2(written: str, value: object) -> None:
    found = inside(parse(f"key: {written}", "rules.yaml"), "key").value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true: 1\nnull: 2\n1.10: 3", {"true": 1, "null": 2, "1.10": 3}),
        ("{a: [], b: {}}", {"a": [], "b": {}}),
        ("- 1\n- [2, x]", [1, [2, "x"]]),
        ("--- 5\n...\n", 5),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 1\r\nb: é\r\n", {"a": 1, "b": "é"}),
    ],
    ids=["keys stay text", "empty collections", "nested lists", "document marks", "byte order mark", "CRLF and UTF-8"],
)
def test_reads(text: str, value: object) -> None:
    assert plain(parse(text, "rules.yaml")) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "3:1: duplicate key 'a' (first on line 1)"),
        ("1: a\n'1': b", "2:1: duplicate key '1' (first on line 1)"),
        ("x:\n  a: 1\n  a: 1", "3:3: duplicate key 'a' (first on line 2)"),
        ("a: 1\nb: *a", "2:4: alias '*a': write the value out, aliases are not followed"),
        ("a: 1\nb: &b\n  c: 1", "2:4: anchor '&b': aliases are not followed"),
        ("a: &all [*all]", "1:4: anchor '&all': aliases are not followed"),
        ("a: 1\n<<: *base", "2:1: a key must be plain text; merge keys are not followed"),
        ("a: !secret x", "1:4: tag '!secret': put text that begins with ! in quotes"),
        ("a: !!python/name:os.system x", "1:4: tag 'tag:yaml.org,2002:python/name:os.system': put text that"),
        ("\n[1, 2]: x", "2:1: a key must be plain text; merge keys are not followed"),
        ("*a : x", "1:1: a key must be plain text; merge keys are not followed"),
        ("a: 1\n---\nb: 2", "2:1: a second document; one file holds one"),
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "1:1: the file is empty"),
        ("a: 1\nb: c: d", "2:5: not YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: @c", "2:4: not YAML: found character that cannot start any token"),
        ("a:\n  - b\n c: 1", "3:2: not YAML: did not find expected key"),
        ("a: 'open", "1:9: not YAML: found unexpected end of stream"),
        ("\x1b[31m", "1:1: holds a control character"),
        ("é: 1\nü: éé\x1b[31m\n", "2:6: holds a control character"),
        ("é: [ü, *a]", "1:8: alias '*a': write the value out, aliases are not followed"),
    ],
)
def test_refuses_with_the_line(text: str, message: str) -> None:
    assert refusal(text).startswith(f"rules.yaml:{message}")


@pytest.mark.parametrize(
    ("opening", "column"),
    [("[", 51), ("{a: ", 201), ("- ", 101), ("? ", 3)],
    ids=["lists", "mappings", "blocks", "keys"],
)
def test_30_000_brackets_are_refused_not_followed(opening: str, column: int) -> None:
    expected = (
        "a key must be plain text; merge keys are not followed"
        if opening == "? "
        else f"nested deeper than {MAX_DEPTH} levels"
    )
    # Newer ones of LibYAML end by themselves at 1,000 brackets.
    found = refusal(opening * 30_000).replace("rules.yaml:1:1001:", f"rules.yaml:1:{column}:")
    assert found == f"rules.yaml:1:{column}: {expected}"


def test_depth_ends_at_its_limit() -> None:
    at_the_limit = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    parse(at_the_limit, "rules.yaml")
    assert refusal(f"[\n{at_the_limit}]") == f"rules.yaml:2:{MAX_DEPTH}: nested deeper than {MAX_DEPTH} levels"


def test_values_end_at_their_limit() -> None:
    items = "- 1\n" * (MAX_NODES - 1)
    parse(items, "rules.yaml")
    assert refusal(items + "- 1\n") == f"rules.yaml:{MAX_NODES}:3: more than 20,000 values; split the file"


def test_size_ends_at_its_limit() -> None:
    assert plain(parse("a: 1\n#".ljust(MAX_BYTES, "x"), "rules.yaml")) == {"a": 1}
    assert refusal("#" * (MAX_BYTES + 1)) == "rules.yaml:1:1: larger than 1,048,576 characters; split the file"


def test_foreign_text_in_a_refusal_is_harmless() -> None:
    assert refusal('"a\\e[31m": 1\n"a\\e[31m": 2') == "rules.yaml:2:1: duplicate key 'a\\x1b[31m' (first on line 1)"
