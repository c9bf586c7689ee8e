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
    """The prints of a run's documents: Cin7's by their keys; what bears no such key by its content, running numbers left out.

    Cin7 and the outside world, the ledger, the integration's calls and what became of its rows are counted apart, since
    most documents leave their trace in all of them.
    """

    __slots__ = ("_keys", "_others", "_prints")

    def __init__(self, world: World) -> None:
        tables = {table.name: table.matrix() for table in world.tables()}
        with np.errstate(over="ignore"):  # the numbers wrap around, as prints do
            keys, prints = zip(*(_of_table(name, rows) for name, rows in tables.items()), strict=True)
            self._keys, self._prints = _summed(np.concatenate(keys), np.concatenate(prints))
            others = (_of_journals(tables), *(_by_content(name, tables[name]) for name in _STAGING))
            self._others = [_summed(*each) for each in others]

    def apart(self, other: Papers) -> int:
        """Documents that only one of two runs has, or that differ: where most of them do."""
        _, ours, theirs = np.intersect1d(self._keys, other._keys, assume_unique=True, return_indices=True)
        alone = len(self._keys) + len(other._keys) - 2 * len(ours)
        documents = int(alone + np.count_nonzero(self._prints[ours] != other._prints[theirs]))
        return max(documents, *map(_changed, self._others, other._others))


_JOURNALS, _LINES = "ledger/journals", "ledger/journal_lines"
_STAGING = ("integration/sync_attempts", "integration/sync_status_log")


def _summed(keys: Prints, prints: Prints) -> tuple[Prints, Prints]:
    """Each key once, in order, with the sum of its prints."""
    order = np.argsort(keys, kind="stable")
    keys, prints = keys[order], prints[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, np.int64)
    return keys[first], np.add.reduceat(prints, first) if len(first) else prints


def _changed(ours: tuple[Prints, Prints], theirs: tuple[Prints, Prints]) -> int:
    """Of things that are their own key, with how often there are of each: how many one run has and the other has not.

    One that differs is missing here and there and counts once.
    """
    every = np.union1d(ours[0], theirs[0])
    counts = [np.zeros(len(every), np.int64), np.zeros(len(every), np.int64)]
    for (keys, times), count in zip((ours, theirs), counts, strict=True):
        count[np.searchsorted(every, keys)] = times.astype(np.int64)
    more = counts[0] - counts[1]
    return int(max(more[more > 0].sum(), -more[more < 0].sum()))


def _by_content(name: str, rows: npt.NDArray[np.int64]) -> tuple[Prints, Prints]:
    """What each row says beside keys and texts, as its own key, and a one to count it."""
    told = [n for n, kind in enumerate(columns(TABLES[name]).values()) if not kind.cosmetic and kind.kind != "key"]
    return _prints(name, rows, told), np.ones(len(rows), np.uint64)


def _of_journals(tables: Mapping[str, npt.NDArray[np.int64]]) -> tuple[Prints, Prints]:
    """The same of each journal with its lines."""
    heads, ones = _by_content(_JOURNALS, tables[_JOURNALS])
    lines, _ = _by_content(_LINES, tables[_LINES])
    ids, owner = (list(columns(TABLES[name])).index("journal_id") for name in (_JOURNALS, _LINES))
    order = np.argsort(tables[_JOURNALS][:, ids], kind="stable")
    of = order[np.searchsorted(tables[_JOURNALS][order, ids], tables[_LINES][:, owner])]
    np.add.at(heads, of, lines)
    return heads, ones


def rows_in_time(
    world: World, layers: Collection[str], since: int = 0
) -> Iterator[tuple[Prints, npt.NDArray[np.int64]]]:
    """By table of `layers`: a print of each row that became known from minute `since` on, and the minute at which it did.

    Rows of which no moment is known are left out, and so are texts: their codes depend on the order in which they were first
    written.
    """
    tables = {table.name: table.matrix() for table in world.tables()}
    with np.errstate(over="ignore"):
        for name, rows in tables.items():
            minutes = _minutes(name, tables) if name.partition("/")[0] in layers else None
            if minutes is not None:
                later = minutes >= since
                told = [n for n, kind in enumerate(columns(TABLES[name]).values()) if not kind.cosmetic and kind.kind != "text"]
                yield _prints(name, rows[later], told), minutes[later]


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
