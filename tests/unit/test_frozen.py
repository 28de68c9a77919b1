"""A frozen value is what `dataclass(frozen=True)` makes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any

import pytest

from idqp_cli.core.frozen import frozen


@frozen
class Ours:
    a: int
    b: str = "x"
    c: tuple[int, ...] = ()
    hidden: int = field(default=0, repr=False, compare=False)


@dataclass(frozen=True)
class Standard:
    a: int
    b: str = "x"
    c: tuple[int, ...] = ()
    hidden: int = field(default=0, repr=False, compare=False)


@frozen
class Nothing:
    pass


@frozen(kw_only=True)
class More(Ours):
    d: int


@pytest.mark.parametrize("values", [(1,), (1, "y"), (2, "y", (3,)), (1, "x", (), 7)])
def test_it_says_the_same_of_itself(values: tuple[Any, ...]) -> None:
    ours, standard = Ours(*values), Standard(*values)
    assert repr(ours).replace("Ours", "Standard") == repr(standard)
    assert (asdict(ours), hash(ours)) == (asdict(standard), hash(standard))
    assert [one.name for one in fields(Ours)] == [one.name for one in fields(Standard)]
    assert Ours.__match_args__ == Standard.__match_args__
    others: list[Any] = [(1,), (1, "y"), (2, "y", (3,)), (1, "x", (), 8)]
    for other in others:
        assert (ours == Ours(*other)) is (standard == Standard(*other))


def test_it_is_equal_to_no_other_class() -> None:
    standard: object = Standard(1)
    assert Ours(1) != standard
    assert Ours(1) != More(a=1, d=2)
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert len({Ours(1), Ours(1), Ours(2)}) == 2


@pytest.mark.parametrize(
    "change",
    [
        partial(setattr, Ours(1), "a", 2),
        partial(setattr, Ours(1), "new", 2),
        partial(delattr, Ours(1), "a"),
        partial(setattr, More(a=1, d=2), "d", 3),
    ],
)
def test_it_does_not_change(change: Callable[[], None]) -> None:
    with pytest.raises(FrozenInstanceError):
        change()


def test_it_is_replaced_copied_and_pickled() -> None:
    one = More(a=1, d=2, hidden=5)
    assert replace(one, d=3) == More(a=1, d=3)
    assert replace(one, d=3).hidden == 5
    assert copy.deepcopy(one) == copy.copy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301
    by_place: Any = More
    with pytest.raises(TypeError):
        by_place(1, 2)
