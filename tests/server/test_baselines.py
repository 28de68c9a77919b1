"""Baselines that the server saves, as whoever asks for it; on both stores."""

from __future__ import annotations

from pathlib import Path

from conftest import rules_text
from idqp_cli.store.identity import Role
from server_place import Place


def test_a_baseline_is_saved_by_whoever_asks_and_deleted(place: Place, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("qty\n" + "".join(f"{number}\n" for number in range(50)))
    rules = [{"type": "drift", "column": "qty", "baseline": {"snapshot": "--january"}}]
    (tmp_path / "rules.yaml").write_text(rules_text(rules, "t.csv"))
    body = {"baseline": "--january"}
    saved = place.ask("POST", "/datasets/t/baselines", Role.MAINTAINER, json=body)
    assert saved.status_code == 201, saved.text
    found = saved.json()
    assert (found["baseline"], found["columns"], found["created_by"]) == ("--january", 1, "maintainer@example.com")
    assert place.get("/baselines")["items"] == [found]
    done = [(one["action"], one["actor"]) for one in place.get("/audit")["items"]]
    assert ("baseline.save", "maintainer@example.com") in done, done
    (tmp_path / "t.csv").unlink()
    gone = place.ask("POST", "/datasets/t/baselines", Role.MAINTAINER, json=body)
    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")
    assert str(tmp_path) not in gone.text
    assert place.ask("POST", "/datasets/other/baselines", json=body).status_code == 404
    assert place.ask("DELETE", "/datasets/t/baselines/--january").status_code == 204
