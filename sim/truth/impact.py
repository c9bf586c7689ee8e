"""Whether an event is worth asking about: how many documents of the evidence differ between a run and its twin.

Reads finished worlds. A document's print is a number made of all its rows, names and running numbers left out, so two
runs are compared by a few thousand numbers, which travel cheaply between processes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from ..clock import DAY
from ..founding import World
from ..schema import TABLES, columns

SHARE = 0.001
DOCUMENTS = 3
"""An event counts when it moves a thousandth of a month's revenue, or this many documents (design, section 6)."""

Prints = npt.NDArray[np.uint64]
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FINISH = np.uint64(0xD6E8FEB86659FD93)


class Impact(msgspec.Struct, frozen=True):
    """What an event changed."""

    documents: int
    cents: int
    """Misstatement by account, added up without signs."""
    revenue: int
    """Of a typical month, in cents."""

    @property
    def passes(self) -> bool:
        """Whether it is worth asking about."""
        return self.documents >= DOCUMENTS or (self.cents > 0 and self.cents >= SHARE * self.revenue)


class Papers:
    """The prints of all documents of a run: Cin7's by their keys, the outside world's papers by their content."""

    __slots__ = ("_keys", "_prints")

    def __init__(self, world: World) -> None:
        with np.errstate(over="ignore"):  # the numbers wrap around, as prints do
            keys, prints = zip(*(_of_table(table.name, table.matrix()) for table in world.tables()), strict=True)
            every, numbers = np.concatenate(keys), np.concatenate(prints)
            order = np.argsort(every, kind="stable")
            every, numbers = every[order], numbers[order]
            first = np.flatnonzero(np.r_[True, every[1:] != every[:-1]]) if len(every) else np.empty(0, np.int64)
            self._keys: Prints = every[first]
            self._prints: Prints = np.add.reduceat(numbers, first) if len(first) else numbers

    def apart(self, other: Papers) -> int:
        """Documents that only one of two runs has, or that differ."""
        _, ours, theirs = np.intersect1d(self._keys, other._keys, assume_unique=True, return_indices=True)
        alone = len(self._keys) + len(other._keys) - 2 * len(ours)
        return int(alone + np.count_nonzero(self._prints[ours] != other._prints[theirs]))


def rows_in_time(world: World, layers: Collection[str]) -> Iterator[tuple[Prints, npt.NDArray[np.int64]]]:
    """By table of `layers`: a print of each row that a moment is known for, and the minute at which it became known.

    Texts are left out: their codes depend on the order in which they were first written.
    """
    tables = {table.name: table.matrix() for table in world.tables()}
    with np.errstate(over="ignore"):
        for name, rows in tables.items():
            minutes = _minutes(name, tables)
            if minutes is not None and name.partition("/")[0] in layers:
                told = [n for n, kind in enumerate(columns(TABLES[name]).values()) if not kind.cosmetic and kind.kind != "text"]
                yield _prints(name, rows, told), minutes


def _minutes(name: str, tables: Mapping[str, npt.NDArray[np.int64]]) -> npt.NDArray[np.int64] | None:
    """When each row became known: by itself, or with the row of the parent table that has its key."""
    fact, rows = TABLES[name], tables[name]
    table, kinds = fact.TABLE, columns(fact)
    if not table.known:
        return None
    said: npt.NDArray[np.int64] = rows[:, list(kinds).index(table.known)]
    if not table.parent:
        return said * DAY + DAY - 1 if kinds[table.known].kind == "day" else said
    heads = columns(TABLES[table.parent])
    keys, known = (tables[table.parent][:, list(heads).index(each)] for each in (table.known, TABLES[table.parent].TABLE.known))
    order = np.argsort(keys, kind="stable")
    found: npt.NDArray[np.int64] = known[order][np.searchsorted(keys[order], said).clip(0, max(0, len(keys) - 1))]
    return found


def _prints(name: str, rows: npt.NDArray[np.int64], told: Sequence[int]) -> Prints:
    prints = np.full(len(rows), np.uint64(list(TABLES).index(name) + 1) * _MIX, np.uint64)
    for n in told:
        prints = (prints ^ (prints >> np.uint64(29))) * _FINISH + rows[:, n].astype(np.uint64) * _MIX
    return (prints ^ (prints >> np.uint64(32))) * _FINISH


def _of_table(name: str, rows: npt.NDArray[np.int64]) -> tuple[Prints, Prints]:
    """Key and print of each row that belongs to a document."""
    kinds = columns(TABLES[name])
    told = [n for n, kind in enumerate(kinds.values()) if not kind.cosmetic]
    owner = next((n for n, kind in enumerate(kinds.values()) if kind.kind == "key" and kind.of == "document"), -1)
    is_paper = name.startswith("operations/")
    if owner < 0 and not is_paper:
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    prints = _prints(name, rows, told)
    if owner < 0:
        return prints | np.uint64(1 << 63), prints
    return rows[:, owner].astype(np.uint64), prints
