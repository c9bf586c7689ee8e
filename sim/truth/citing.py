"""By which id a document can be cited: the one under which the evidence shows it.

What Cin7 has goes by its document key. What only the ledger has goes by the ledger's id of it, a bank line that nobody coded by
its statement's, a row of staging by its record's. What was never recorded is cited by the first document of its order or
purchase; where there is none either, it cannot be cited by anybody. The ids that the same document has in other systems are
as good: who sees the ledger alone can only give the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from .. import keys
from ..arrow import Disguise
from ..founding import World
from ..schema import TABLES, columns
from ..tables import Matrix

_SPACES = ("document", "ledger", "bank", "record")
"""Id spaces in the order in which one of them names a document."""
_ALSO = ("ledger", "journal", "bank", "record")
"""Id spaces by which the same document may be cited as well."""
_FIRST = ("cin7/document_status_log", "cin7/transactions")
"""Tables that have nearly all that Cin7 has: looked at before others."""


class Shown:
    """Which documents of a finished world the evidence shows, and under which id."""

    def __init__(self, world: World, disguise: Disguise) -> None:
        self._tables = {table.name: table for table in world.tables()}
        self._disguise = disguise
        self._places: dict[int, tuple[str, int]] = {}
        """Space and key under which each document asked for is shown; no space when it is not."""

    def ids(self, documents: Iterable[int]) -> dict[int, str]:
        """The id of each document that can be cited, in the order given."""
        asked = list(dict.fromkeys(documents))
        self._find({key for key in asked if key not in self._places})
        found = {key: self._places[key] for key in asked if self._places[key][0]}
        return {key: self._disguise.id(space, own) for key, (space, own) in found.items()}

    def aliases(self) -> dict[str, str]:
        """Further ids of what has been asked for and of its parts, with the id it goes by."""
        known: dict[str, str] = {}
        shown = {key: space for key, (space, own) in self._places.items() if space and own == key}
        whole = np.array(sorted(key for key in shown if keys.document_of(key) == key), np.int64)
        for space in _ALSO:
            own = self._in_space(space, {key for key, first in shown.items() if first != space})
            of = {key: key for key in own} | {
                part: keys.document_of(part) for part in self._parts(space, whole) if part not in shown
            }
            known |= {self._disguise.id(space, key): self._disguise.id(shown[of[key]], of[key]) for key in sorted(of)}
        return known

    def _parts(self, space: str, whole: Matrix) -> set[int]:
        """Keys of an id space that are lines, slices or pushes of a document of `whole`."""
        found: set[int] = set()
        for column in self._columns(space) if len(whole) else ():
            is_part = (column & ~keys.DOCUMENT_MASK != 0) & np.isin(column & keys.DOCUMENT_MASK, whole)
            found |= set(column[is_part].tolist())
        return found

    def _find(self, wanted: set[int]) -> None:
        for space in _SPACES:
            found = self._in_space(space, wanted) if wanted else set()
            self._places |= {key: (space, key) for key in found}
            wanted = wanted - found
        heads = self._heads({keys.root_of(key) for key in wanted}) if wanted else {}
        for key in wanted:
            root = keys.root_of(key)
            self._places[key] = ("document", heads[root]) if root in heads else ("", key)

    def _in_space(self, space: str, wanted: set[int]) -> set[int]:
        found: set[int] = set()
        for column in self._columns(space):
            if not wanted - found:
                break
            left = np.array(sorted(wanted - found), np.int64)
            at = np.minimum(np.searchsorted(left, column), len(left) - 1)
            found |= set(left[np.unique(at[left[at] == column])].tolist())
        return found

    def _heads(self, roots: set[int]) -> dict[int, int]:
        """The first document of each root."""
        column = self._tables[_FIRST[0]].matrix()[:, 0]
        own = column[np.isin(column & keys.ROOT_MASK, np.array(sorted(roots), np.int64))]
        heads: dict[int, int] = {}
        for key in sorted(own.tolist()):
            heads.setdefault(keys.root_of(key), key)
        return heads

    def _columns(self, space: str) -> Iterator[Matrix]:
        """All columns with keys of an id space, those of the fullest tables first."""
        names = [*_FIRST, *(name for name in TABLES if name not in _FIRST)] if space == "document" else list(TABLES)
        for name in names:
            places = [n for n, kind in enumerate(columns(TABLES[name]).values()) if kind.kind == "key" and kind.of == space]
            if places and name in self._tables:
                matrix = self._tables[name].matrix()
                yield from (matrix[:, n] for n in places)
