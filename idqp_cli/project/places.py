"""Where the data of an imported dataset is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from idqp_cli.importing.values import Imported

ENDINGS = (".csv", ".parquet", ".tsv", ".csv.gz", ".csv.zst", ".txt", ".jsonl", ".ndjson")
FOLDERS = ("", "data")
REMOTE = ("http://", "https://", "s3://", "gs://", "gcs://", "az://", "abfs://", "abfss://", "hdfs://")


def located(dataset: Imported, paths: Mapping[str, str], folder: str) -> Imported:
    """Say where a dataset's data is: as the person says, as the tool says, as the files are called, or a guess.

    The paths are as seen from here; those of the dataset are then as seen from `folder`.
    """
    told = paths.get(dataset.name) or dataset.keys.get("path")
    remarks = dataset.remarks
    if not isinstance(told, str):
        told = beside(dataset.name)
    if told is None:
        told = f"{dataset.name}.csv"
        remarks = (*remarks, "Where is the data? The path is a guess; say yours, a file or a glob.")
    if folder and not os.path.isabs(told) and not told.startswith(REMOTE):
        told = os.path.relpath(told, folder)
    return replace(
        dataset, keys={"path": told, **{k: v for k, v in dataset.keys.items() if k != "path"}}, remarks=remarks
    )


def beside(name: str, here: str = "") -> str | None:
    """Return a file of the dataset's name in a folder, or in `data` below it."""
    for folder in FOLDERS:
        for ending in ENDINGS:
            path = os.path.join(folder, name + ending)
            if os.path.isfile(os.path.join(here, path)):
                return path
    return None
