"""Keys of others' files that nothing reads: each is told once for a level of a file, with how often it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node

MOST = 200


class PassedOver:
    """The keys that were met and not read."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: dict[tuple[str, str, str], tuple[int, int]] = {}

    def meet(self, path: str, level: str, given: Mapping[str, Node], known: Collection[str]) -> None:
        """Note the keys that a level of a file has and that are not known; `x-…` is for other programs."""
        for key, node in given.items():
            if key in known or key.startswith(("x-", "x_", "$schema")):
                continue
            place = (path, level, key)
            line, number = self.found.get(place, (node.mark.line, 0))
            self.found[place] = (line, number + 1)

    def notes(self) -> Iterator[str]:
        """Yield a line for each key, and one for those beyond the first ones."""
        for (path, level, key), (line, number) in list(self.found.items())[:MOST]:
            often = f" ({number} times)" if number > 1 else ""
            yield f"{clean(path)}:{line}: {level}: the key '{clean(key, 60)}' is not known and not read{often}"
        if len(self.found) > MOST:
            yield f"{len(self.found) - MOST} more keys are not known and not read"
