"""How a text file is to be read so that its columns stay what they are; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from idqp_cli.core.reading import ColumnOptions, Notation, ReadOptions
from idqp_cli.ingest import detect_forms
from idqp_cli.ingest.describe import other_encoding
from idqp_cli.ingest.forms import Form, NumberForm, TimeForm, WordForm
from idqp_cli.ingest.text_table import TextTable
from idqp_cli.suggest.profile import Kind, Profile

# Of so many cells so small a share is in no form by error.
FEWEST, LEFT = 50, 0.02


def learnt(table: TextTable, missing: Collection[str] = ()) -> ReadOptions:
    """Return the options of a table with what was found of its columns, and the texts that stand for no value."""
    options = table.options
    columns = {name: found for name in table.guessed if (found := _options(table.forms[name])) is not None}
    words = tuple(dict.fromkeys((*options.missing_values, *missing)))
    other = other_encoding(table)
    encoding = options.encoding or (other[0] if other is not None else None)
    return replace(options, encoding=encoding, columns={**options.columns, **columns}, missing_values=words)


def nearly(
    table: TextTable, profile: Profile, missing: tuple[str, ...], apart: Mapping[str, tuple[str, ...]]
) -> ReadOptions:
    """Return the options with the texts that stand for no value, and the forms of columns nearly all in one form.

    `missing` stand for no value in every column, those `apart` in one, by its name.
    The other cells of such a column are then found as cells that do not parse.
    """
    options = table.options
    columns, kinds = dict(options.columns), dict(options.types)
    words = (*options.missing_values, *missing)
    declared = {name.casefold() for name in (*columns, *kinds)}
    for column in profile.columns:
        if column.kind is not Kind.TEXT or column.name.casefold() in declared or column.sampled < FEWEST:
            continue
        absent = (*words, *apart.get(column.name, ()))
        cells = {text: number for text, number in column.values if text not in absent}
        found = detect_forms.of_most(cells, LEFT)
        if found is None:
            continue
        kinds[column.name] = found.kind
        form = None if found.form is None else _options(found.form)
        if form is not None:
            columns[column.name] = form
    for name, texts in apart.items():
        columns[name] = replace(columns.get(name, ColumnOptions()), missing_values=texts)
    return replace(options, columns=columns, types=kinds, missing_values=words)


def _options(form: Form) -> ColumnOptions | None:
    match form:
        case NumberForm(decimal, thousands, strip):
            return ColumnOptions(notation=Notation(decimal=decimal, thousands=thousands or None, strip=strip or None))
        case TimeForm(formats, kind):
            if len(formats) > 1:
                # Of several clocks none can be named alone; they are found again in the next file.
                return None
            if kind == "DATE":
                return ColumnOptions(notation=Notation(date_format=formats[-1]))
            return ColumnOptions(notation=Notation(timestamp_format=formats[-1]))
        case WordForm(true, false):
            return ColumnOptions(notation=Notation(true_values=true, false_values=false))
        case _:
            return None
