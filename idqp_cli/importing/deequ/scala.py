"""Code of Deequ in Scala with its constants in the place of names, and its loops over them as their turns. Not run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.importing.arguments import split
from idqp_cli.importing.deequ.calls import COMMENT, LONGEST, NUMBER, STRING

MOST_TURNS, MOST_LOOPS, LONGEST_MADE = 500, 100, 1 << 20
GIVEN = re.compile(r"\b(?:val|var|def)\s+(\w+)\s*(?::\s*[\w.\[\], ()]+?)?\s*=\s*")
ASSIGNED = re.compile(r"\b(\w+)\s*=(?![=>])")
LIST = re.compile(r"(?:Seq|List|Array|Set|Vector|Map)\s*(?:\[[^\]]*\])?\s*\(")
LOOP = re.compile(r"\.\s*(foldLeft|foreach|map|flatMap)\s*(?=[({\[])")
FOR = re.compile(r"\bfor\s*[({]\s*([\w(), ]+?)\s*<-\s*")
PARAMETERS = re.compile(r"\s*(?:case\s*)?(\([^=]*?\)|\w+)\s*=>", re.DOTALL)
NAME = re.compile(r"(?<![\w$\"])(?:[A-Z]\w*\.)?([A-Za-z_]\w*)\b")
FILLED = re.compile(r"\$\{(\w+)\}|\$(\w+)")
CLOSING = {"(": ")", "{": "}", "[": "]"}


def written_out(text: str) -> str:
    """Return code whose names of constants are these, and whose loops over constants are their turns, line by line."""
    plain = COMMENT.sub(lambda match: match[1] or re.sub(r"[^\n]", " ", match[0]), text[:LONGEST])
    known = dict(_constants(plain))
    for _ in range(MOST_LOOPS):
        made = _one_loop(plain, known)
        if made is None or len(made) > LONGEST_MADE:
            break
        plain = made
    return _named(plain, known)


def _constants(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names that are given a constant once, and it as it is written."""
    times: dict[str, int] = {}
    for match in GIVEN.finditer(text):
        times[match[1]] = times.get(match[1], 0) + 1
    for match in ASSIGNED.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if not re.search(r"\b(?:val|var|def)\s+$", before) and re.search(r"(?:^|\n)\s*$", before):
            times[match[1]] = times.get(match[1], 0) + 1
    for match in GIVEN.finditer(text):
        value = _literal(text, match.end())
        if value is not None and times[match[1]] == 1:
            # On one line, so that others keep their numbers.
            yield match[1], value.replace("\n", " ")


def _literal(text: str, at: int) -> str | None:
    """Return the constant that begins at a place: a text, a number, or a list of constants."""
    found = STRING.match(text, at) or re.compile(rf"{NUMBER}(?![\w.])").match(text, at)
    if found is not None:
        rest = text[found.end() : found.end() + 40].split("\n", maxsplit=1)[0].strip()
        return found[0] if not rest or rest[0] in "};,)" or rest.startswith("//") else None
    listed = LIST.match(text, at)
    end = _end(text, listed.end() - 1) if listed is not None else None
    return None if end is None else text[at : end + 1]


def _end(text: str, at: int) -> int | None:
    """Return the place of the bracket that closes the one at a place."""
    open_: list[str] = []
    while at < len(text):
        string = STRING.match(text, at)
        if string is not None:
            at = string.end()
            continue
        if text[at] in CLOSING:
            open_.append(CLOSING[text[at]])
        elif open_ and text[at] == open_[-1]:
            open_.pop()
            if not open_:
                return at
        at += 1
    return None


def _one_loop(text: str, known: Mapping[str, str]) -> str | None:
    """Return code with the first loop over constants written out; None if there is none."""
    for match in LOOP.finditer(text):
        begin = _receiver(text, match.start())
        items = _items(text[begin : match.start()], known)
        made = _turns(text, match.end(), items, folds=match[1] == "foldLeft") if items else None
        if made is not None:
            return text[:begin] + made[0] + text[made[1] :]
    for match in FOR.finditer(text):
        end = _end(text, match.start() + re.match(r"for\s*", text[match.start() :]).end())  # type: ignore[union-attr]
        items = _items(text[match.end() : end], known) if end is not None else []
        body = re.compile(r"\s*(?:yield\b)?\s*(?=\{)").match(text, end + 1) if end is not None and items else None
        close = _end(text, body.end()) if body is not None else None
        if body is not None and close is not None:
            return text[: match.start()] + _written(text[body.end() + 1 : close], match[1], items) + text[close + 1 :]
    return None


def _receiver(text: str, at: int) -> int:
    """Return where the value begins whose method stands at a place."""
    place = at
    while place > 0 and text[place - 1].isspace():
        place -= 1
    if text[place - 1 : place] == ")":
        depth = 0
        while place > 0:
            place -= 1
            depth += (text[place] == ")") - (text[place] == "(")
            if depth == 0:
                break
    while place > 0 and (text[place - 1].isalnum() or text[place - 1] in "_."):
        place -= 1
    return place


def _items(written: str, known: Mapping[str, str]) -> list[str]:
    """Return the items of a list of constants, or of a name for one."""
    plain = written.strip()
    plain = known.get(plain.rpartition(".")[2], plain)
    listed = LIST.match(plain)
    return split(plain[listed.end() : -1], STRING) if listed is not None and plain.endswith(")") else []


def _turns(text: str, at: int, items: Sequence[str], *, folds: bool) -> tuple[str, int] | None:
    """Return the turns of `(x => …)` or `(start)((before, x) => …)`, and where it ends."""
    start = ""
    if folds:
        if text[at] == "[":
            at = (_end(text, at) or at) + 1
        first = _end(text, at)
        if first is None:
            return None
        start = text[at + 1 : first]
        rest = re.compile(r"\s*").match(text, first + 1)
        at = rest.end() if rest is not None else first + 1
    end = _end(text, at) if text[at : at + 1] in {"(", "{"} else None
    given = PARAMETERS.match(text, at + 1) if end is not None else None
    if end is None or given is None:
        return None
    names = given[1].strip()
    if folds:
        inner = split(names[1:-1], STRING) if names.startswith("(") else []
        if len(inner) != 2:
            return None
        body, names = text[given.end() : end], inner[1]
        if re.fullmatch(r"\w+", start.strip()):
            # What is folded into a check is of that check.
            return _written(_named(body, {inner[0]: start.strip()}), names, items), end + 1
    return start + _written(text[given.end() : end], names, items), end + 1


def _written(body: str, names: str, items: Sequence[str]) -> str:
    """Return the body of a loop once for each item; all but the first on one line, so that lines keep their numbers."""
    parts = [re.sub(r":.*", "", one).strip() for one in split(names.strip("() "), STRING)]
    made: list[str] = []
    for item in items[:MOST_TURNS]:
        pair = item.strip()
        values = split(pair[1:-1], STRING) if pair.startswith("(") else re.split(r"\s*->\s*", pair)
        given = {parts[0]: pair} if len(parts) == 1 else dict(zip(parts, values, strict=False))
        one = _named(body, given)
        made.append(one if not made else one.replace("\n", " "))
    return " " + "\n;".join(made[:1]) + "".join(f" ; {one}" for one in made[1:])


def _named(text: str, known: Mapping[str, str]) -> str:
    """Return code with constants in the place of names, also of those that texts are filled with."""
    parts, at = [], 0
    for string in STRING.finditer(text):
        parts.append(_outside(text[at : string.start()], known, filled=string[0]))
        parts.append(_filled(string[0], known) if text[string.start() - 1 : string.start()] == "s" else string[0])
        at = string.end()
    return "".join(parts) + _outside(text[at:], known)


def _outside(text: str, known: Mapping[str, str], filled: str = "") -> str:
    def value(match: re.Match[str]) -> str:
        after = text[match.end() : match.end() + 3].lstrip()
        names = match[1] not in known or text[match.start() - 1 : match.start()] == "."
        is_given = (after.startswith("=") and not after.startswith(("==", "=>"))) or after.startswith((":", "("))
        return match[0] if names or is_given else known[match[1]]

    made = NAME.sub(value, text)
    # The s before a text that is filled.
    return (
        made[:-1] if filled and "$" in filled and re.search(r"(?<!\w)s$", made) and not _left(filled, known) else made
    )


def _left(string: str, known: Mapping[str, str]) -> bool:
    return any((one[1] or one[2]) not in known for one in FILLED.finditer(string))


def _filled(string: str, known: Mapping[str, str]) -> str:
    return FILLED.sub(lambda one: known.get(one[1] or one[2], one[0]).strip('"'), string)
