"""What an importer makes of others' rule files: datasets, rules as rules.yaml has them, and what could not be said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from itertools import chain, count

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean, one_line
from idqp_cli.core.yaml import Node
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.passed_over import PassedOver

Keys = Mapping[str, object]
TOO_DEEP = "it is nested too deep"
STRANGE, FIRST = re.compile(r"[^A-Za-z0-9_.-]"), re.compile(r"[A-Za-z_]")


class NoEquivalentError(Exception):
    """A check, or a part of one, that has no equivalent here; the text says why."""


@frozen
class Source:
    """A file of another tool: its path as it is shown, and its text."""

    path: str
    text: str


@frozen
class Where:
    """A place in a file of another tool."""

    path: str
    mark: Mark

    def __str__(self) -> str:
        """Show it as compilers do."""
        return f"{clean(self.path)}:{self.mark.line}"


@frozen
class Taken:
    """A check that became a rule: the keys of the rule, what it was, and where.

    `remarks` say what differs, or what the person should know, in a line each.
    """

    keys: Keys
    what: str
    where: Where
    remarks: tuple[str, ...] = ()


@frozen
class Untaken:
    """A check that did not become a rule: what it was, where, and why.

    With `spared` nothing is lost by that: another rule says it, or it can never fail.
    """

    what: str
    where: Where
    why: str
    spared: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.where}: {clean(one_line(self.what), 120)}: {clean(self.why, 400)}"


@frozen
class Imported:
    """A dataset of another tool with its checks; `keys` are those that rules.yaml gives it, `path` among them.

    `remarks` are lines about it for people.
    """

    name: str
    keys: Keys
    checks: tuple[Taken | Untaken, ...]
    remarks: tuple[str, ...] = ()


@frozen
class Import:
    """All that some files of another tool say. `untaken` belongs to no dataset; `notes` are good to know."""

    datasets: tuple[Imported, ...]
    untaken: tuple[Untaken, ...] = ()
    notes: tuple[str, ...] = ()
    defaults: Keys = field(default_factory=dict)


class Draft:
    """A dataset while its file is read."""

    def __init__(self, name: str, unread: PassedOver) -> None:
        """Begin with nothing but a name; `unread` takes the keys that nothing reads."""
        self.name = name
        self.unread = unread
        self.keys: dict[str, object] = {}
        self.checks: list[Taken | Untaken] = []
        self.remarks: list[str] = []
        self.tags: tuple[str, ...] = ()
        # Other names that its table has in SQL.
        self.aliases: tuple[str, ...] = ()

    def take(self, where: Where, what: str, make: Callable[[], Iterable[Keys]], remarks: Sequence[str] = ()) -> None:
        """Take the rules that a check becomes, or note it as untaken if it has none."""
        try:
            made = [Taken(self._tagged(one), what, where, tuple(remarks)) for one in make()]
        except NoEquivalentError as error:
            self.checks.append(Untaken(what, where, str(error)))
        except RecursionError:
            self.checks.append(Untaken(what, where, TOO_DEEP))
        else:
            self.checks += made

    def _tagged(self, keys: Keys) -> Keys:
        if not self.tags:
            return keys
        own = keys.get("tags", ())
        listed = [own] if isinstance(own, str) else list(own) if isinstance(own, (list, tuple)) else []
        return {**keys, "tags": list(dict.fromkeys([*listed, *self.tags]))}

    def leave(self, where: Where, what: str, why: str) -> None:
        """Note a check without an equivalent."""
        self.checks.append(Untaken(what, where, why))

    def remark(self, at: int, line: str) -> None:
        """Say something above the rule at a place, if a rule is there."""
        check = self.checks[at]
        if isinstance(check, Taken):
            self.checks[at] = replace(check, remarks=(line, *check.remarks))

    def add(self, key: str, names: Iterable[str]) -> None:
        """Add names to a list of the dataset, like `pii`."""
        known = self.keys.get(key, [])
        listed = list(known) if isinstance(known, list) else []
        self.keys[key] = list(dict.fromkeys([*listed, *names]))

    def read(self, key: str, value: object) -> None:
        """Say how the dataset's files are read."""
        own = self.keys.setdefault("read", {})
        if isinstance(own, dict):
            own[key] = value

    def done(self) -> Imported:
        """Return the dataset as it was found."""
        return Imported(self.name, self.keys, tuple(self.checks), tuple(dict.fromkeys(self.remarks)))


class Drafts:
    """The datasets of several files while they are read: one of each name, in the order in which they are met."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.by_name: dict[str, Draft] = {}
        self.untaken: list[Untaken] = []
        self.notes: list[str] = []
        self.unread = PassedOver()
        self.defaults: dict[str, object] = {"severity": "critical"}

    def of(self, name: str, key: str | None = None, otherwise: str | None = None) -> Draft:
        """Return the dataset of this name, under one that a dataset can have here.

        `key` tells it from others of its name; `otherwise` is a longer name, where the short one is taken.
        """
        place = key or name
        if place not in self.by_name:
            if otherwise is not None and name.casefold() in {one.name.casefold() for one in self.by_name.values()}:
                name = otherwise
            plain = STRANGE.sub("_", name)[:90]
            # A name of other letters has none that could stay.
            plain = plain if plain.strip("_.-") or not name.strip("_.- ") else "dataset"
            plain = plain if FIRST.match(plain) else f"_{plain}"
            taken = {draft.name.casefold() for draft in self.by_name.values()}
            numbered = (f"{plain}_{number}" for number in count(2))
            free = next(name for name in chain((plain,), numbered) if name.casefold() not in taken)
            self.by_name[place] = Draft(free, self.unread)
            if plain == "dataset" != name:
                self.by_name[place].remarks.append(f"There it is called {name}.")
        return self.by_name[place]

    def named(self, name: str) -> Draft:
        """Return the dataset of this name, which a check names; it may have no checks of its own."""
        return self.of(name)

    def leave(self, where: Where, what: str, why: str) -> None:
        """Note what has no equivalent and belongs to no dataset."""
        self.untaken.append(Untaken(what, where, why))

    @contextmanager
    def guarded(self, where: Where, what: str) -> Iterator[None]:
        """Note a part of a file as untaken if it is not what it should be."""
        try:
            yield
        except NoEquivalentError as error:
            self.leave(where, what, str(error))
        except RecursionError:
            self.leave(where, what, TOO_DEEP)

    def roots(self, source: Source, *, old_words: bool = True) -> tuple[Node, ...]:
        """Read a file of YAML or JSON, keep what there is to say of it, and return its documents.

        Raises:
            RulesError: the file is neither, with the place.

        """
        read = documents(source.text, source.path, old_words=old_words)
        self.notes += [f"{clean(source.path)}:{line}: {note}" for line, note in read.notes]
        return read.roots

    def done(self) -> Import:
        """Return all that was found."""
        found = tuple(draft.done() for draft in self.by_name.values())
        return Import(
            found, tuple(self.untaken), tuple(dict.fromkeys([*self.notes, *self.unread.notes()])), self.defaults
        )
