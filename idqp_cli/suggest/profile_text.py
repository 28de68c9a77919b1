"""A profile for a person: as lines for a terminal, and as Markdown; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idqp_cli.core.text import cell, clean, count, percent
from idqp_cli.report import wording
from idqp_cli.report.stdout import BOLD, DIM, GREEN, YELLOW, Line, Span, line
from idqp_cli.suggest.profile import ColumnProfile
from idqp_cli.suggest.view import MOST_SHAPES, MOST_VALUES, Finding, Shown, summary, value

BARS = "▁▂▃▄▅▆▇█"
BINS, MOST_COLUMNS, MOST_PAIRS, MOST_ROWS = 12, 200, 10, 3
# What is said of files, and not of their columns.
OF_FILES = frozenset({"encoding", "delimiter", "quote", "header"})


def lines(shown: Sequence[Shown]) -> Iterator[Line]:
    """Return the lines of the profiles."""
    for number, one in enumerate(shown):
        if number:
            yield line()
        yield from _dataset(one)


def _dataset(one: Shown) -> Iterator[Line]:
    yield line(Span(clean(one.dataset), BOLD), "  ", Span(" · ".join(facts(one)), DIM))
    for of, decided, why in (said for said in one.reading if said[0] in OF_FILES):
        yield line(Span(f"{of}: ", DIM), decided, Span(f"  {why}" if why else "", DIM), indent=2)
    for column in one.profile.columns[:MOST_COLUMNS]:
        yield from _column(column, one.formats.get(column.name))
    if len(one.profile.columns) > MOST_COLUMNS:
        yield line(f"… {count(len(one.profile.columns) - MOST_COLUMNS, 'more column')}", indent=2)
    yield from (line(Span(f"{what}: ", BOLD), told, indent=2) for what, told in together(one))
    for found in one.findings:
        of = "" if found.evaluated is None else f" of {found.evaluated:,}"
        rows = f"{count(found.failed, 'row')}{of}" if found.failed else ""
        told = "  ".join(part for part in (rows, found.why) if part)
        yield line(Span("✗ ", YELLOW), Span(clean(found.rule, 80), BOLD), f"  {told}", indent=2)
        yield from (line(Span(row, DIM), indent=6) for row in failing(found))
    if not one.findings:
        yield line(Span("✓ nothing looks wrong", GREEN), indent=2)


def failing(found: Finding) -> list[str]:
    """Return the first rows of a finding, each with its line in the file."""
    return [wording.sample(one) for one in found.rows[:MOST_ROWS]]


def facts(one: Shown) -> list[str]:
    """Return what a dataset is, in a few words."""
    found = [clean(one.source), count(one.profile.rows, "row"), count(len(one.profile.columns), "column")]
    if not one.profile.whole and one.profile.sampled:
        found.append(f"values of {one.profile.sampled:,} rows")
    return found


def _column(column: ColumnProfile, form: str | None) -> Iterator[Line]:
    beside = [clean(column.type, 40), *counted(column)]
    if form:
        beside.append(form)
    yield line(Span(clean(column.name, 60), BOLD), "  ", " · ".join(beside), indent=2)
    ends = summary(column)
    if ends:
        yield line(Span(f"{bars(column)}  ", GREEN), " | ".join(map(value, ends)), indent=4)
    told = values(column)
    if told:
        yield line(Span(told, DIM), indent=4)


def counted(column: ColumnProfile) -> list[str]:
    """Say how many cells are missing or do not parse, and how many values there are."""
    found = []
    if column.missing:
        found.append(f"{percent(column.missing / column.rows)} missing")
    if column.malformed:
        found.append(f"{column.malformed:,} do not parse")
    about = "" if column.exact else "about "
    if column.exact or column.distinct:
        # Of values that were not looked at nobody knows how many there are.
        found.append(f"{about}{column.distinct:,} distinct")
    if column.spaced:
        found.append(f"{column.spaced:,} with spaces around")
    return found


def values(column: ColumnProfile) -> str:
    """Name the most frequent values, where some recur, or the shapes of texts."""
    recurring = column.values and column.values[0][1] > 1 and column.distinct < column.sampled / 2
    if recurring:
        top = ", ".join(f"{cell(text, 30)} {cells:,}" for text, cells in column.values[:MOST_VALUES])
        return f"top: {top}"
    shapes = ", ".join(f"{cell(shape, 30)} {cells:,}" for shape, cells in column.shapes[:MOST_SHAPES])
    return f"like: {shapes}" if shapes else ""


def bars(column: ColumnProfile) -> str:
    """Return a small histogram."""
    counts = column.histogram(BINS)
    most = max(counts, default=0)
    return "".join(BARS[min(len(BARS) - 1, number * len(BARS) // (most + 1))] if number else " " for number in counts)


def together(one: Shown) -> Iterator[tuple[str, str]]:
    """Say what columns have to do with each other: what it is, and which."""
    if one.keys:
        yield "keys", "; ".join(" + ".join(clean(name, 40) for name in key) for key in one.keys)
    if one.depends:
        pairs = [f"{clean(pair.first, 40)} → {clean(pair.second, 40)}" for pair in one.depends[:MOST_PAIRS]]
        more = f" and {len(one.depends) - MOST_PAIRS:,} more" if len(one.depends) > MOST_PAIRS else ""
        yield "depend", ", ".join(pairs) + more
    if one.profile.equal:
        yield "equal", ", ".join(f"{clean(a, 40)} = {clean(b, 40)}" for a, b in one.profile.equal[:MOST_PAIRS])


def markdown(shown: Sequence[Shown]) -> str:
    """Return the profiles as Markdown, a table for each dataset."""
    return "\n".join(row for one in shown for row in _markdown(one)) + "\n"


def _markdown(one: Shown) -> Iterator[str]:
    yield f"## {_plain(clean(one.dataset))}\n"
    yield f"{_plain(' · '.join(facts(one)))}\n"
    yield "| column | type | missing | distinct | min, quartiles, max | values |"
    yield "|---|---|---|---|---|---|"
    for column in one.profile.columns[:MOST_COLUMNS]:
        missing = percent(column.missing / column.rows) if column.rows else "–"
        cells = (
            clean(column.name, 60), clean(column.type, 40), missing, f"{column.distinct:,}",
            " ".join(map(value, summary(column))), values(column),
        )  # fmt: skip
        yield f"| {' | '.join(map(_plain, cells))} |"
    yield ""
    for what, told in together(one):
        yield f"**{what}:** {_plain(told)}\n"
    for found in one.findings:
        yield f"- **{_plain(clean(found.rule, 80))}**: {count(found.failed, 'row')}; {_plain(found.why)}"
        yield from (f"  - {_plain(row)}" for row in failing(found))
    yield ""


def _plain(text: str) -> str:
    """Return a text that Markdown takes as it is."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>|#~" else one for one in text)
