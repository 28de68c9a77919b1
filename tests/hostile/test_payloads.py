"""Foreign text in every place, through every output and list: nothing raw, no foreign command, and the same value back."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import xmlschema
import yaml
from markdown_it import MarkdownIt

from hostile.extent import LONG, spread
from hostile.payloads import PAYLOADS, in_a_path
from hostile.spoken import said
from idqp_cli.core.text import HARMFUL
from idqp_cli.report.formats import Format

SCHEMA = Path(__file__).parents[1] / "data" / "schemas" / "junit-10.xsd"
FORMS = ("table", "csv", "json")
LISTS = (
    ("incident", "list", "--all"), ("incident", "show", "1"), ("rule", "list"), ("rule", "show", "d0"), ("dataset", "list"),
    ("history", "d0"), ("audit", "list"), ("alert", "list"), ("schema", "show", "d0"), ("schema", "history", "d0"),
    ("user", "list"), ("token", "list"), ("baseline", "list"), ("store", "info"),
)  # fmt: skip


@pytest.fixture(scope="module")
def idqp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Return a function that runs idqp in process, where payloads stand in every place, and one check has been made."""
    folder = tmp_path_factory.mktemp("payloads")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY", "IDQP_TOKEN"):
            patch.delenv(name, raising=False)
        (folder / "rules.yaml").write_text(yaml.safe_dump(project(folder), sort_keys=False))
        yield said


def project(folder: Path) -> dict[str, object]:
    """Write a file per payload, and return the rules about them."""
    datasets: dict[str, object] = {}
    for number, text in enumerate(PAYLOADS.values()):
        path = f"{number}{in_a_path(text)}.csv"
        with (folder / path).open("w", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
                [["id", f"c{text}"], ["1", text], ["2", f"{text} again"], ["3", "x"]]
            )
        rules = [
            {"type": "range", "name": f"r{text}", "column": "id", "max": 1, "description": text},
            {"type": "rejected_values", "column": f"c{text}".strip(), "values": [text, "x"]},
            {"type": "pattern", "column": f"c{text}".strip(), "regex": "^z", "segment_by": f"c{text}".strip()},
        ]
        own: dict[str, object] = {
            "path": path,
            "key": f"c{text}".strip(),
            "description": text,
            "owner": text,
            "rules": rules,
        }
        datasets[f"d{number}"] = own
    channel = {"type": "slack", "webhook": "http://127.0.0.1:9/never"}
    return {
        "version": 1, "store": "state.db", "datasets": datasets,
        "alerts": {"channels": {"team": channel}, "routes": [{"to": ["team"]}]},
    }  # fmt: skip


@pytest.fixture(scope="module")
def outputs(idqp: Callable[..., tuple[int, str, str]]) -> dict[str, str]:
    """Return all that a check writes, and the lists after it, by name."""
    words = [word for form in Format for word in ("-o", f"{form}=out.{form}")]
    code, out, err = idqp("check", "-v", *words, "--metrics-file", "out.prom")
    assert code in {1, 3}, err
    found = {"check": out, "check, stderr": err}
    found |= {path.name: path.read_text() for path in Path().glob("out.*")}
    for number, text in spread(list(enumerate(PAYLOADS.values(), 1)), 10):
        code, out, err = idqp("ack", str(number), "-m", text or "x")
        found[f"ack {number}"] = out + err
    for at, one in enumerate(LISTS):
        # The first one in every form; of the others one form each, unless all is asked for.
        for form in FORMS if LONG or not at else (FORMS[at % 3],):
            code, out, err = idqp(*one, "--format", form)
            found[f"{' '.join(one)}, {form}"] = out + err
            assert code in {0, 1, 2}, (one, form, err)
    found["report"] = idqp("report")[1]
    return found


def test_there_are_forty() -> None:
    assert len(set(PAYLOADS.values())) >= 40


def test_no_raw_control_byte(outputs: dict[str, str]) -> None:
    assert {f"out.{form}" for form in (*Format, "prom")} < set(outputs)
    raw = {
        name: found
        for name, text in outputs.items()
        if (
            found := {repr(one) for one in text if one != "\n" and unicodedata.category(one) in HARMFUL}
            - {repr("\ufe0f")}
        )
    }
    assert raw == {}


def test_no_foreign_command(outputs: dict[str, str]) -> None:
    """A CI system obeys what a line begins with."""
    for name, text in outputs.items():
        lines = [line for line in text.splitlines() if re.match(r"\s*::", line)]
        assert not re.search(r"##(\[|vso\[|teamcity\[)", text), name
        if name != "out.github":
            assert lines == [], name
        assert all(re.match(r"::(error|warning|notice) (?:file|title)=[^:]*::", line) for line in lines), name
        assert not re.search(r"(?m)^(\d{4}-\d\d-\d\d [\d:]+ )?idqp: (passed: all|error: y)", text), name


def test_json_gives_back_the_same(outputs: dict[str, str]) -> None:
    report = json.loads(outputs["out.json"])
    for number, (one, text) in enumerate(zip(report["datasets"], PAYLOADS.values(), strict=True)):
        assert one["dataset"] == f"d{number}"
        assert (one["description"], one["owner"]) == (text, text)
        assert one["message"] is None
        ours = next(result for result in one["results"] if result["rule"] == f"r{text}")
        assert ours["samples"][0]["key"] == {f"c{text}".strip(): f"{text} again"}
    json.loads(outputs["out.sarif"])
    listed = json.loads(outputs["incident list --all, json"])
    assert {f"r{text}" for text in PAYLOADS.values()} <= {one["rule"] for one in listed}


def test_tables_of_values_have_their_shape(outputs: dict[str, str]) -> None:
    for name, text in outputs.items():
        if name.endswith(", csv") and "incident show" not in name:
            rows = list(csv.reader(io.StringIO(text), strict=True))
            assert len({len(row) for row in rows}) <= 1, name


def test_xml_html_and_markdown_hold_no_foreign_element(outputs: dict[str, str]) -> None:
    xmlschema.XMLSchema(SCHEMA).validate(outputs["out.junit"])
    for name in ("out.html", "report"):
        found = Elements()
        found.feed(outputs[name])
        assert found.strange == [], name
    parser = MarkdownIt("gfm-like")
    tokens = [child for token in parser.parse(outputs["out.markdown"]) for child in (token, *(token.children or ()))]
    assert [token.attrs for token in tokens if token.type in {"link_open", "image", "fence", "hr"}] == []
    raw = "".join(token.content for token in tokens if token.type in {"html_inline", "html_block"})
    assert not re.search(r"<\s*(script|img|svg|x|iframe)\b", raw)


class Elements(HTMLParser):
    """Collects elements and attributes that a report does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outside = [value for name, value in attrs if name in {"href", "src"} and not (value or "").startswith("#")]
        if (
            tag in {"script", "img", "x", "iframe", "object"}
            or outside
            or any(name.startswith("on") for name, _ in attrs)
        ):
            self.strange.append((tag, attrs))


def test_labels_of_metrics_give_back_the_same(outputs: dict[str, str]) -> None:
    label = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
    named = set()
    for line in outputs["out.prom"].splitlines():
        assert line.startswith("#") or re.fullmatch(r"\w+(\{(?:\w+=\"(?:[^\"\\]|\\.)*\",?)*\})? \S+", line), line
        named |= {value for name, value in label.findall(line) if name == "dataset"}
    assert len(named) == len(PAYLOADS)
