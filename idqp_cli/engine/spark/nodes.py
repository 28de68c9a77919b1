"""What the rewrites of nodes share: how they are made, and what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

Types = Mapping[str, str]


class UnsaidError(Exception):
    """A statement that has no equal on Spark; the text says which part, in words that hold no data."""


def parsed(text: str) -> exp.Expr:
    """Return Spark's SQL as a tree."""
    return sqlglot.parse_one(text, read="spark")


def text_of(node: exp.Expr) -> str:
    """Return a tree as Spark's SQL."""
    return node.sql(dialect="spark")


def typed(name: str) -> exp.DataType:
    """Return a type of Spark's."""
    return exp.DataType.build(name, dialect="spark")


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return the call of a function by its name in Spark."""
    return exp.Anonymous(this=name, expressions=list(arguments))
