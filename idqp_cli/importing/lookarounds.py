r"""Patterns that look ahead or behind, as several that are searched for in the same text; pure.

`^(?!000)\d{3}-(?!00)\d\d$` is found where `^\d{3}-\d\d$` is and neither `^000`
nor `^\d{3}-00` is: at a place that is a fixed number of characters behind the
beginning, a look is a pattern of its own. All other looks are refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.importing.regexes import REPEATS, Flavour, pieces, plain
from idqp_cli.importing.values import NoEquivalentError

AHEAD, BEHIND = ("(?=", "(?!"), ("(?<=", "(?<!")
BEGINNINGS = ("^", r"\A")
EMPTY = (*BEGINNINGS, "$", r"\b", r"\B", r"\z", r"\Z")
WHY = "its pattern looks ahead or behind, which RE2 cannot"

# A pattern, and whether it must not be found.
Search = tuple[str, bool]


def condition(text: str, regex: str, flavour: Flavour) -> str:
    """Condition: a pattern is found in a text, which is SQL.

    Raises:
        NoEquivalentError: a part of the pattern has no equivalent.

    """
    choices = [" AND ".join(_search(text, *one) for one in searches) for searches in choices_of(regex, flavour)]
    return choices[0] if len(choices) == 1 else " OR ".join(f"({one})" for one in choices)


def _search(text: str, regex: str, negated: bool) -> str:  # noqa: FBT001
    return f"{'NOT ' if negated else ''}regexp_matches({text}, {sql.literal(regex)})"


def choices_of(regex: str, flavour: Flavour) -> list[list[Search]]:
    """Return what has to be found and what not: one of several choices, of which all searches have to hold.

    Raises:
        NoEquivalentError: a part of the pattern has no equivalent.

    """
    found = pieces(regex, flavour)
    if not any(piece in (*AHEAD, *BEHIND) for piece in found):
        return [[(plain(regex, flavour), False)]]
    flags = found[0] if found[0] in {"(?i)", "(?s)", "(?is)", "(?si)"} else ""
    choices = _alternatives(_unwrapped(found[1 if flags else 0 :]))
    return [[(flags + one, no) for one, no in _Sequence(choice, flavour).searches()] for choice in choices]


def _end(found: Sequence[str], start: int) -> int:
    """Return the place of the bracket that closes a group."""
    depth = 0
    for at in range(start, len(found)):
        depth += _opens(found[at]) - (found[at] == ")")
        if depth == 0:
            return at
    raise NoEquivalentError("its pattern has a bracket that does not close")


def _opens(piece: str) -> bool:
    return piece.startswith("(") and not (len(piece) > 1 and piece.endswith(")"))


def _unwrapped(found: list[str]) -> list[str]:
    """Return a pattern without a group around all that stands between its beginning and its end."""
    if len(found) > 3 and found[0] in BEGINNINGS and found[1] in {"(", "(?:"} and found[-1] == "$":
        end = _end(found, 1)
        if end == len(found) - 2:
            parts = [["^", *_unwrapped_once(part), "$"] for part in _alternatives(found[2:end])]
            return [piece for at, part in enumerate(parts) for piece in (["|", *part] if at else part)]
    return found


def _unwrapped_once(found: list[str]) -> list[str]:
    inner = _unwrapped(found)
    return inner if "|" not in inner else found


def _alternatives(found: Sequence[str]) -> list[list[str]]:
    """Return what stands between the bars that are in no group."""
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in found:
        depth += _opens(piece) - (piece == ")")
        if piece == "|" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _width(found: Sequence[str]) -> int | None:
    """Return how many characters a part always has; None if that depends."""
    total, at = 0, 0
    while at < len(found):
        end = _end(found, at) if _opens(found[at]) else at
        width = _of_group(found[at + 1 : end]) if end > at else int(found[at] not in EMPTY)
        if width is None:
            return None
        at = end + 1
        if at < len(found) and (found[at][0] in "*+?" or REPEATS.fullmatch(found[at])):
            times = REPEATS.fullmatch(found[at])
            if times is None or not times[1] or (times[2] and times[1] != times[3]):
                return None
            width, at = width * int(times[1]), at + 1
        total += width
    return total


def _of_group(found: Sequence[str]) -> int | None:
    widths = {_width(part) for part in _alternatives(found)}
    return widths.pop() if len(widths) == 1 else None


class _Sequence:
    """A pattern without bars outside of groups."""

    def __init__(self, found: Sequence[str], flavour: Flavour) -> None:
        self.found = list(found)
        self.flavour = flavour
        self.kept: list[str] = []
        self.others: list[Search] = []

    def searches(self) -> list[Search]:
        """Return what has to be found, and what not."""
        at = 0
        if not any(piece in BEGINNINGS for piece in self.found):
            raise NoEquivalentError(WHY)
        while at < len(self.found):
            at = self._one(at)
        if not self.kept or self.kept[0] not in BEGINNINGS:
            raise NoEquivalentError(WHY)
        return [(self._plain(self.kept), False), *self.others]

    def _one(self, at: int) -> int:
        """Take what begins at a place, and return the place after it."""
        piece = self.found[at]
        end = _end(self.found, at) if _opens(piece) else at
        inner = self.found[at + 1 : end]
        if piece in AHEAD:
            self._ahead(inner, no=piece == "(?!")
        elif piece in BEHIND:
            if not self.found[end + 1 :] or set(self.found[end + 1 :]) != {"$"}:
                raise NoEquivalentError(WHY)
            self.others.append((self._plain(["(?:", *inner, ")", "$"]), piece == "(?<!"))
        elif any(one in (*AHEAD, *BEHIND) for one in inner):
            return self._tempered(inner, end)
        elif piece in BEGINNINGS and self.kept:
            if set(self.kept) - set(BEGINNINGS):
                raise NoEquivalentError(WHY)
        else:
            self.kept += self.found[at : end + 1]
        return end + 1

    def _ahead(self, inner: list[str], *, no: bool) -> None:
        before = [piece for piece in self.kept if piece not in BEGINNINGS]
        if _width(before) is None:
            raise NoEquivalentError(WHY)
        if any(piece in (*AHEAD, *BEHIND) for piece in inner):
            choices = _alternatives(inner)
            if no or len(choices) > 1:
                raise NoEquivalentError(WHY)
            self.others += _Sequence(["^", *before, *inner], self.flavour).searches()
            return
        self.others.append((self._plain(["^", *before, "(?:", *inner, ")"]), no))

    def _tempered(self, inner: list[str], end: int) -> int:
        """Take `((?!x).)*` between the beginning and the end: x is nowhere in the text."""
        rest = self.found[end + 1 :]
        close = _end(inner, 0) if inner[0] == "(?!" else -1
        fits = inner[close + 1 :] == ["."] and len(rest) > 1 and rest[0] in {"*", "+"} and set(rest[1:]) == {"$"}
        looked = inner[1:close]
        if close < 0 or not fits or set(self.kept) - set(BEGINNINGS) or any(one in (*AHEAD, *BEHIND) for one in looked):
            raise NoEquivalentError(WHY)
        self.others.append((self._plain(looked), True))
        self.kept.append(".")
        return end + 1

    def _plain(self, found: Sequence[str]) -> str:
        return plain("".join(found), self.flavour)
