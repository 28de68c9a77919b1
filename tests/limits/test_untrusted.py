"""What a stranger's files and rules cannot do: `--untrusted` with everything that it meets; real processes and links."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Ran, Shell

SECRET = "qzOutsideSecret"
CELL = "qzCellOfTheData"
PASSED_BY = {"IDQP_HOOK": "qzEnvironment", "IDQP_STORE": ""}


@pytest.fixture
def tree(tmp_path: Path) -> Shell:
    """Return a git working tree; beside it lies what no stranger may read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text(f"id,{SECRET}\n1,{SECRET}\n", encoding="utf-8")
    folder = tmp_path / "tree"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text(f"token\n{SECRET}\n", encoding="utf-8")
    shell = Shell(folder)
    shell.write("t.csv", f"id,name,part\n1,{CELL},a\n2,{CELL}2,b\n3,,a\n")
    return shell


def untrusted(shell: Shell, *words: str, code: int, env: dict[str, str] | None = None) -> Ran:
    ran = shell.idqp(*words, env={"IDQP_UNTRUSTED": "1", **PASSED_BY, **(env or {})})
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err
    for one in (SECRET, CELL, PASSED_BY["IDQP_HOOK"]):
        assert one not in ran.out + ran.err
    return ran


@pytest.mark.parametrize(
    "words", [("suggest",), ("suggest", "--format", "json"), ("profile",), ("profile", "--format", "json")]
)
def test_rules_are_made_of_no_value(tree: Shell, words: tuple[str, ...]) -> None:
    tree.write("many.csv", "id,kind\n" + "".join(f"{one},{CELL}{'ab'[one % 2]}\n" for one in range(500)))
    assert CELL in tree.idqp(*words, "many.csv", env=PASSED_BY).out
    untrusted(tree, *words, "many.csv", code=0)


def test_a_table_is_judged_and_leads_nowhere_else(tree: Shell) -> None:
    outside = tree.folder.parent / "outside"
    rows = pa.table({"id": [1, 2], "name": [CELL, None]})
    for where in (tree.folder / "lake", outside / "lake"):
        deltalake.write_deltalake(str(where), rows)
    (tree.folder / "linked").symlink_to(outside / "lake")
    pq.write_table(pa.table({"id": [3], "name": [SECRET]}), outside / "secret.parquet")
    for name, path in (("up", "../../outside/secret.parquet"), ("whole", (outside / "secret.parquet").as_uri())):
        shutil.copytree(tree.folder / "lake", tree.folder / name)
        (log,) = (tree.folder / name / "_delta_log").glob("*.json")
        actions = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        for action in actions:
            if "add" in action:
                action["add"]["path"] = path
        log.write_text("\n".join(map(json.dumps, actions)) + "\n", encoding="utf-8")
    lake = {"path": "lake", "rules": [{"type": "completeness", "column": "name"}]}
    datasets(tree, lake=lake, linked="linked", up="up", whole="whole")
    found = messages(untrusted(tree, "check", "--format", "json", code=3))
    assert found.pop("lake") is None
    assert all(
        str(one).endswith("leads out of the working tree, which untrusted rules may not") for one in found.values()
    )


def messages(ran: Ran) -> dict[str, str | None]:
    return {one["dataset"]: one["message"] for one in ran.json["datasets"]}


def datasets(shell: Shell, **paths: object) -> None:
    shell.write(
        "rules.yaml",
        json.dumps(
            {
                "version": 1,
                "datasets": {name: {"path": one} if isinstance(one, str) else one for name, one in paths.items()},
            }
        ),
    )


def test_paths_lead_nowhere_out_of_the_working_tree(tree: Shell) -> None:
    outside = tree.folder.parent / "outside"
    (tree.folder / "link.csv").symlink_to(outside / "secret.csv")
    (tree.folder / "linked").symlink_to(outside)
    (tree.folder / "in" / "deep").mkdir(parents=True)
    (tree.folder / "in" / "deep" / "link.csv").symlink_to(outside / "secret.csv")
    (tree.folder / "inner.csv").symlink_to("t.csv")
    with sqlite3.connect(outside / "other.db") as database:
        database.execute("CREATE TABLE t (a)")
    other = {"path": "t.csv", "rules": [{"type": "references", "column": "id", "dataset": "link", "to": "id"}]}
    old = {
        "path": "t.csv",
        "rules": [{"type": "drift", "column": "part", "min_rows": 1, "baseline": {"file": "link.csv"}}],
    }
    datasets(
        tree, whole=str(outside / "secret.csv"), up="../outside/secret.csv", link="link.csv", linked="linked/secret.csv",
        folder="linked", glob="linked/*.csv", deep="in", any="../outside/*.csv", git=".git/config", gits=".git/*",
        database="sqlite:///../outside/other.db?table=t", table="delta+file:///etc", proc="/proc/self/environ",
        other=other, old=old, inner="inner.csv",
    )  # fmt: skip
    found = messages(ran := untrusted(tree, "check", "--format", "json", code=3))
    inside = {name for name, message in found.items() if message is None}
    assert inside == {"other", "old", "inner"}
    assert all("untrusted rules may not" in str(found[name]) for name in found.keys() - inside), found
    by_rule = {one["rule"]: one["status"] for report in ran.json["datasets"] for one in report["results"]}
    assert by_rule["references(id)"] == by_rule["drift(part)"] == "error"


def test_what_is_elsewhere_is_refused_in_one_line(tree: Shell) -> None:
    datasets(
        tree, web="http://127.0.0.1:9/x.csv", bucket="s3://lake/x.csv", server="postgresql://127.0.0.1:9/x?table=t"
    )
    found = messages(untrusted(tree, "check", "--format", "json", code=3))
    assert all(str(one).endswith("is on another machine, which untrusted rules may not read") for one in found.values())


def test_neither_store_nor_alert_nor_environment(tree: Shell) -> None:
    text = {
        "version": 1, "store": "${IDQP_HOOK}/state.db", "datasets": {"t": {"path": "t.csv", "rules": [{"type": "completeness", "column": "name"}]}},
        "alerts": {"channels": {"team": {"type": "slack", "webhook": "http://127.0.0.1:9/${IDQP_HOOK}"}}, "routes": [{"to": ["team"]}]},
    }  # fmt: skip
    tree.write("rules.yaml", json.dumps(text))
    before = sorted(tree.folder.rglob("*"))
    left_out = ("--lock", "--quarantine", "bad", "--push", "http://127.0.0.1:9")
    ran = untrusted(tree, "check", "--store", "mine.db", *left_out, code=1)
    told = "untrusted input (IDQP_UNTRUSTED): no store, no alerts, no network, no cells"
    assert ran.err == f"idqp: {told}; left out: --quarantine, --push, --lock\n"
    assert sorted(tree.folder.rglob("*")) == before
    assert untrusted(tree, "check", "-q", code=1).err == ""


def test_outputs_go_where_the_caller_says_and_through_no_link(tree: Shell) -> None:
    datasets(
        tree,
        t={
            "path": "t.csv",
            "key": ["name"],
            "rules": [{"type": "completeness", "column": "name", "segment_by": "part"}],
        },
    )
    names = ("table", "json", "junit", "sarif", "markdown", "github", "html")
    outputs = [word for name in names for word in ("-o", f"{name}=reports/out.{name}")]
    (tree.folder / "reports").mkdir()
    summary = tree.folder.parent / "summary.md"
    ran = untrusted(
        tree, "check", *outputs, "--metrics-file", "../out.prom", code=1, env={"GITHUB_STEP_SUMMARY": str(summary)}
    )
    written = [*(tree.folder / "reports").iterdir(), tree.folder.parent / "out.prom", summary]
    assert {one.name for one in written} >= {f"out.{name}" for name in names} | {"out.prom", "summary.md"}
    assert "segment 1" in ran.out
    for file in written:
        assert CELL not in file.read_text(encoding="utf-8")
    victim = tree.folder.parent / "victim.json"
    (tree.folder / "trap.json").symlink_to(victim)
    (tree.folder / "trapped").symlink_to(tree.folder.parent)
    for path in ("trap.json", "trapped/x.json"):
        refused = untrusted(tree, "check", "-o", f"json={path}", code=2)
        assert "is reached by a link of the working tree" in refused.err
    assert not victim.exists()


def test_rules_file(tree: Shell) -> None:
    outside = tree.folder.parent / "outside"
    (outside / "mine.yaml").write_text('{"version": 1, "datasets": {"t": {"path": "../tree/t.csv"}}}', encoding="utf-8")
    (tree.folder / "rules.yaml").symlink_to(outside / "secret.csv")
    assert "leads out of the working tree" in untrusted(tree, "check", code=2).err
    # Whoever calls may name rules of their own, beside the tree.
    untrusted(tree, "check", "--rules", str(outside / "mine.yaml"), code=0)


def test_options_that_do_not_go_with_it_are_refused(tree: Shell) -> None:
    for words in (("--quarantine", "bad"), ("--store", "x.db"), ("--push", "http://127.0.0.1:9"), ("--lock",)):
        ran = tree.idqp("check", "t.csv", "--untrusted", *words)
        assert (ran.code, f"{words[0]} has no effect with --untrusted" in ran.err) == (2, True), ran.err
    assert untrusted(tree, "check", "t", "--backfill", "t.csv", code=2).err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("ack", "1", "-m", "x"), 2, "idqp ack is not for untrusted input (IDQP_UNTRUSTED)"),
        (("user", "add", "eve"), 2, "not for untrusted input"),
        (("init", "t.csv"), 2, "not for untrusted input"),
        (("ack", "--help"), 0, ""),
        (("rule", "list"), 0, ""),
        (("doctor",), 0, ""),
        (("profile", "t.csv"), 0, "no cells"),
        (("suggest", "t.csv"), 0, "no cells"),
        (("check", "t.csv", "--explain"), 0, "no cells"),
        (("check", "t.csv", "--sample", "2"), 0, "no cells"),
        (("profile", "../outside/secret.csv"), 3, "leads out of the working tree"),
    ],
)  # fmt: skip
def test_commands(tree: Shell, words: tuple[str, ...], code: int, told: str) -> None:
    datasets(tree, t={"path": "t.csv", "rules": [{"type": "unique", "column": "id"}]})
    before = sorted(tree.folder.rglob("*"))
    assert told in untrusted(tree, *words, code=code).err
    assert sorted(tree.folder.rglob("*")) == before


def test_changed_since_asks_git_before_it_is_confined(tree: Shell) -> None:
    for name in (".git/config", ".git"):
        path = tree.folder / name
        path.rmdir() if path.is_dir() else path.unlink()
    datasets(tree, t={"path": "t.csv"}, u={"path": "u.csv"})
    tree.write("u.csv", "id\n1\n")
    commit = "git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x && echo 4,d,a >> t.csv"
    assert os.system(f"cd '{tree.folder}' && {commit}") == 0  # noqa: S605 - a folder of ours
    ran = untrusted(tree, "check", "--changed-since", "HEAD", code=0)
    assert "not changed since HEAD, and not checked: u" in ran.err


def test_a_rule_that_is_killed_is_an_error_and_the_next_one_runs(tree: Shell) -> None:
    bomb = {"type": "expression", "name": "bomb", "expression": "length(repeat('x', id * 3000000000)) >= 0"}
    datasets(tree, t={"path": "t.csv", "rules": [bomb, {"type": "unique", "column": "id"}]})
    ran = untrusted(tree, "check", "--format", "json", "--memory-limit", "400MB", code=3)
    assert {one["rule"]: one["status"] for one in ran.json["datasets"][0]["results"]}.items() >= {
        "bomb": "error",
        "unique(id)": "passed",
    }.items()


@pytest.mark.parametrize("name", ["a[1]", "*", "?", "{a,b}", "[!x]", "**", "a[*]", "[a-z]"])
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
@pytest.mark.one_in(3)
def test_a_file_whose_name_looks_like_a_pattern_is_read_as_itself(tree: Shell, name: str, ending: str) -> None:
    (tree.folder / "d").mkdir()
    # What the names would match as patterns.
    for number, other in enumerate(("a1", "a", "b", "x", "a*", "aa"), 2):
        write(tree.folder / "d" / f"{other}.{ending}", number)
    write(tree.folder / "d" / f"{name}.{ending}", 1)
    refers = {"type": "references", "column": "id", "dataset": "t", "to": "id"}
    datasets(tree, t=f"d/{name}.{ending}", u={"path": f"d/{name}.{ending}", "rules": [refers]})
    for ran in (
        untrusted(tree, "check", "--format", "json", code=0),
        untrusted(tree, "check", f"d/{name}.{ending}", "--format", "json", code=0),
    ):
        assert {one["rows"] for one in ran.json["datasets"]} == {1}
    assert "1 row" in untrusted(tree, "profile", f"d/{name}.{ending}", code=0).out


def write(path: Path, rows: int) -> None:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"id": list(range(rows))}), path)
    else:
        lines = [str(row) if path.suffix == ".csv" else json.dumps({"id": row}) for row in range(rows)]
        path.write_text("\n".join((["id"] if path.suffix == ".csv" else []) + lines) + "\n", encoding="utf-8")
