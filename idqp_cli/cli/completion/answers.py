"""Which words may stand at the cursor; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from idqp_cli.core.frozen import frozen

Command = Mapping[str, Any]
FILES, FOLDERS = ":files", ":folders"


@frozen
class Answer:
    """A word that fits, and what it stands for."""

    value: str
    help: str = ""


class Names(Protocol):
    """The names that are known where the shell stands."""

    def datasets(self, given: Mapping[str, str]) -> Iterable[str]:
        """Return the names of the datasets of the rules file, by the options that are `given`."""

    def rules(self, given: Mapping[str, str], dataset: str | None) -> Iterable[str]:
        """Return the names of the rules of a dataset, or of all."""

    def incidents(self, given: Mapping[str, str]) -> Iterable[tuple[int, str]]:
        """Return the numbers of the incidents that are not resolved, and what they are about."""


@dataclass
class _Line:
    """What the words before the cursor say."""

    command: Command
    given: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    pending: str | None = None
    only_words: bool = False


def answers(app: Command, words: Sequence[str], names: Names) -> list[Answer]:
    """Return what fits the last of the words, in the order in which it is to be shown."""
    *before, word = words or [""]
    line = _read(app, _joined(before))
    if line.pending is not None and word == "=":
        word = ""
    option, equals, _ = word.partition("=")
    if line.pending is not None:
        fitting, prefix = _values(line, line.command["options"][line.pending]["takes"], names), word
        return [one for one in fitting if one.value.startswith((prefix, ":"))]
    if word.startswith("-") and not line.only_words:
        if equals and option in line.command["options"]:
            fitting = _values(line, line.command["options"][option]["takes"], names)
            whole = [one if one.value.startswith(":") else Answer(f"{option}={one.value}", one.help) for one in fitting]
            return [one for one in whole if one.value.startswith((word, ":"))]
        return [Answer(name, one["help"]) for name, one in line.command["options"].items() if name.startswith(word)]
    if line.command["commands"] and not line.only_words:
        return [Answer(name, one["help"]) for name, one in line.command["commands"].items() if name.startswith(word)]
    return [argument for argument in _arguments(line, names) if argument.value.startswith((word, ":"))]


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Put `--option`, `=` and a value together that bash takes apart."""
    left = list(words)
    while left:
        word = left.pop(0)
        if word.startswith("--") and left[:1] == ["="]:
            del left[0]
            yield f"{word}={left.pop(0)}" if left else word
        else:
            yield word


def _read(app: Command, words: Iterable[str]) -> _Line:
    line = _Line(app)
    for word in words:
        option, equals, value = word.partition("=")
        if line.pending is not None:
            line.given[line.pending], line.pending = word, None
        elif line.only_words or not word.startswith("-") or word == "-":
            if word in line.command["commands"] and not line.words:
                line.command = line.command["commands"][word]
            else:
                line.words.append(word)
        elif word == "--":
            line.only_words = True
        elif equals:
            line.given[option] = value
        elif line.command["options"].get(word, {}).get("takes"):
            line.pending = word
    return line


def _arguments(line: _Line, names: Names) -> list[Answer]:
    arguments = line.command["arguments"]
    if not arguments:
        return []
    place = min(len(line.words), len(arguments) - 1)
    if len(line.words) >= len(arguments) and not arguments[-1]["many"]:
        return []
    return [value for value in _values(line, arguments[place]["takes"], names) if value.value not in line.words]


def _values(line: _Line, kinds: Iterable[str | list[str]], names: Names) -> list[Answer]:
    answers: list[Answer] = []
    for kind in kinds:
        match kind:
            case "dataset":
                answers += (Answer(name) for name in names.datasets(line.given))
            case "rule":
                dataset = line.words[0] if line.words else line.given.get("--dataset")
                answers += (Answer(name) for name in names.rules(line.given, dataset))
            case "incident":
                answers += (Answer(str(number), about) for number, about in names.incidents(line.given))
            case "file":
                answers.append(Answer(FILES))
            case "folder":
                answers.append(Answer(FOLDERS))
            case list():
                answers += map(Answer, kind)
    return list(dict.fromkeys(answers))
