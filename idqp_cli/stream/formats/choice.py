"""Which format the messages of a dataset have."""

from __future__ import annotations

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.stream.about import About
from idqp_cli.stream.formats import Form
from idqp_cli.stream.formats.csv import DELIMITER, CsvForm
from idqp_cli.stream.formats.json import JsonForm


def form(dataset: Dataset) -> Form:
    """Return the format of a dataset's messages.

    Raises:
        UsageError: it cannot be read as the rules file says.

    """
    settings = dataset.stream
    about = tuple(map(About, settings.columns))
    if settings.format == "csv":
        delimiter = dataset.read.delimiter or DELIMITER
        if len(delimiter) != 1:
            raise UsageError(f"{dataset.name}: read.delimiter: is one character in messages of CSV")
        return CsvForm(settings.fields, about, delimiter)
    return JsonForm(about)
