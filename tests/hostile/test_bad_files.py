"""More than 300 bad files: the right answer, or an error; no crash, no bug, no hang and no silent pass."""

from __future__ import annotations

from pathlib import Path

from hostile.bad_files import bad_files
from hostile.extent import spread
from hostile.judges import judge_all

FILES = bad_files()


def test_there_are_three_hundred() -> None:
    assert len(FILES) >= 300


def test_bad_files(tmp_path: Path) -> None:
    names = spread(list(FILES), 28)
    files: list[tuple[str, dict[str, object]]] = []
    for number, name in enumerate(names):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / name.split()[0]
        path.write_bytes(FILES[name])
        files.append((f"{number}/{path.name}", {}))
    found = judge_all(tmp_path, files)
    assert [(name, one["outcome"], one["wrong"]) for name, one in zip(names, found, strict=True) if one["wrong"]] == []
