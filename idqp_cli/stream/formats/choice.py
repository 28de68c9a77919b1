"""Which format the messages of a dataset have."""

from __future__ import annotations

from collections.abc import Callable

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.stream.about import About
from idqp_cli.stream.formats import Form
from idqp_cli.stream.formats.csv import DELIMITER, CsvForm
from idqp_cli.stream.formats.json import JsonForm
from idqp_cli.stream.registry import Registered


def form(dataset: Dataset) -> Form:
    """Return the format of a dataset's messages.

    Raises:
        UsageError: it cannot be read as the rules file says.
        UnreadableError: the extra is not installed.

    """
    settings = dataset.stream
    about = tuple(map(About, settings.columns))
    if settings.registry is not None:
        return _typed(dataset, settings.registry, about)
    if settings.format == "csv":
        delimiter = dataset.read.delimiter or DELIMITER
        if len(delimiter) != 1:
            raise UsageError(f"{dataset.name}: read.delimiter: is one character in messages of CSV")
        return CsvForm(settings.fields, about, delimiter)
    return JsonForm(about)


def _typed(dataset: Dataset, registry: str, about: tuple[About, ...]) -> Form:
    from idqp_cli.stream.formats.typed import Schema, TypedForm  # noqa: PLC0415 - only such a topic has to pay
    from idqp_cli.stream.registry import Registry  # noqa: PLC0415

    def avro(found: Registered, content: bytes) -> tuple[object, Callable[[], Schema], bytes]:
        return None, lambda: AvroSchema(found.text, found.references), content

    def protobuf(found: Registered, content: bytes) -> tuple[object, Callable[[], Schema], bytes]:
        path, rest = indexes(content)

        def schema() -> Schema:
            return ProtobufSchema(ProtobufSchemas(found.text, found.references).message(path))

        return path, schema, rest

    try:
        if dataset.stream.format == "avro":
            from idqp_cli.stream.formats.avro import AvroSchema  # noqa: PLC0415

            return TypedForm(Registry(registry), "AVRO", avro, about)
        from idqp_cli.stream.formats.protobuf import ProtobufSchema, ProtobufSchemas, indexes  # noqa: PLC0415
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{clean(dataset.name)}: needs an extra: pip install 'idqp[kafka]'") from None
    return TypedForm(Registry(registry), "PROTOBUF", protobuf, about)
