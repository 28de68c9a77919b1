"""Frozen values: dataclasses of which only `__init__` is written anew for each class.

`dataclasses` writes and compiles six methods for every frozen class, and a run
has some 140 classes: that is a quarter of the CPU of a small check. The other
five methods are the same for all classes, and stand here once. To make a value
takes longer: a class with tens of thousands of them stays with the standard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

AnyClass = TypeVar("AnyClass")


@overload
def frozen(cls: type[AnyClass], /) -> type[AnyClass]: ...
@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[AnyClass]], type[AnyClass]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    cls: type[AnyClass] | None = None, /, *, kw_only: bool = False
) -> type[AnyClass] | Callable[[type[AnyClass]], type[AnyClass]]:
    """Make a class a frozen dataclass, as `dataclass(frozen=True)` does: equal, hashed and shown by its fields."""

    def made(cls: type[AnyClass]) -> type[AnyClass]:
        for name, method in METHODS.items():
            if name not in cls.__dict__:
                setattr(cls, name, method)
        return dataclass(repr=False, eq=False, kw_only=kw_only)(cls)

    return made if cls is None else made(cls)


def _set(self: Any, name: str, value: object) -> None:  # noqa: ANN401 - of any class
    """Give a field its value, once; that is for `__init__`."""
    values = self.__dict__
    if name in values or name not in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    values[name] = value


def _delete(self: Any, name: str) -> None:  # noqa: ANN401, ARG001
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _equal(self: Any, other: object) -> bool:  # noqa: ANN401
    if other.__class__ is not self.__class__:
        return False
    compared = _compared(type(self))
    return bool(compared(self) == compared(other))


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(_compared(type(self))(self))


def _show(self: Any) -> str:  # noqa: ANN401
    shown = ", ".join(f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _compared(cls: type[Any]) -> Callable[[object], object]:
    """Return what takes the fields that count from a value of the class."""
    if cls not in GETTERS:
        names = [part.name for part in fields(cls) if part.compare]
        GETTERS[cls] = attrgetter(*names) if names else lambda _: ()
    return GETTERS[cls]


GETTERS: dict[type[Any], Callable[[object], object]] = {}
METHODS = {"__setattr__": _set, "__delattr__": _delete, "__eq__": _equal, "__hash__": _hash, "__repr__": _show}
