"""Is text that is not UTF-8 in a Western code page? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# A character of UTF-8 of more than one byte.
WIDE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
ONLY_CP1252 = re.compile(rb"[\x80-\x9f]")
# A run of bytes beyond ASCII, with the byte on either side.
RUN = re.compile(rb"(?<![\x80-\xff])(?=([\x80-\xff]+))")
LETTERS = rb"\x83\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xd6\xd8-\xf6\xf8-\xfe"
# Letters that stand beside others of the same word, or alone in a cell; the last two mean Icelandic or a broken byte.
WORDLIKE = re.compile(rb"[a-zA-Z][" + LETTERS + rb"\xff]{1,3}.?|.?[" + LETTERS + rb"\xff]{1,3}[a-zA-Z]", re.DOTALL)
ALONE = re.compile(rb"[^a-zA-Z\x80-\xff]?[\xc0-\xd6\xd8-\xf6\xf8-\xfd][^a-zA-Z\x80-\xff]?")
# Signs like a currency, a degree, a quotation mark or a dash, which stand at the edge of a word.
SIGN = rb"\x80\x82\x84-\x89\x8b\x91-\x99\x9b\xa0-\xbf\xd7\xf7"
AT_THE_EDGE = re.compile(rb"[^a-zA-Z]?[" + SIGN + rb"]{1,2}.?|.?[" + SIGN + rb"]{1,2}[^a-zA-Z]?", re.DOTALL)
WITHIN = re.compile(rb"[a-zA-Z][\x91\x92\x96\x97\xad\xb7\xa0][a-zA-Z]")
# Of so many characters of UTF-8 for each byte that is not, the text is UTF-8 with broken bytes.
STRAY = 50
LONGEST = 1 << 20


def western(chunks: Iterable[bytes]) -> tuple[str, int] | None:
    """Return latin-1 or cp1252, and the first line (from 1) that is not UTF-8; None where the text is in neither.

    Text with characters of UTF-8 beside broken bytes is in neither, nor is text
    in which most bytes beyond ASCII are not where Western languages have them.
    """
    line, first = 1, None
    runs = good = wide = 0
    windows = False
    for piece in _pieces(chunks):
        if not piece.isascii():
            rest, number = WIDE.subn(b"?", piece)
            wide += number
            if not rest.isascii():
                if NOT_CP1252.search(rest):
                    return None
                if first is None:
                    start = next(at for at, byte in enumerate(rest) if byte > 0x7F)
                    # The piece is as long as the rest up to there, but for wide characters, which are no line ends.
                    first = line + rest[:start].count(b"\n")
                here = [_window(rest, found.start(), len(found[1])) for found in RUN.finditer(rest)]
                runs += len(here)
                good += sum(map(_plausible, here))
                windows = windows or ONLY_CP1252.search(rest) is not None
        line += piece.count(b"\n")
    if first is None or wide * STRAY > runs or good * 10 < runs * 9:
        return None
    return ("cp1252" if windows else "latin-1"), first


def _window(text: bytes, start: int, size: int) -> bytes:
    return text[max(0, start - 1) : start + size + 1]


def _plausible(window: bytes) -> bool:
    return any(shape.fullmatch(window) for shape in (WORDLIKE, ALONE, AT_THE_EDGE, WITHIN))


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the text in pieces that end where a line does, unless it is very long."""
    rest = b""
    for chunk in chunks:
        whole = rest + chunk
        cut = whole.rfind(b"\n") + 1
        if not cut and len(whole) > LONGEST:
            cut = len(whole)
        if cut:
            yield whole[:cut]
        rest = whole[cut:]
    yield rest
