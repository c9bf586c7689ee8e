"""From integer facts to Arrow tables: codes become words, keys become opaque ids, folds become columns.

Everything is vectorised: an id costs about 20 ns. Presentation only; no rule of the business lives here.

A long table is presented in pieces, so that the memory it takes does not grow with it: its rows are put away again in
buckets that follow each other in the order of the table, and one bucket after the other is sorted and presented. What a
log says last about each key is found in the same way. Where one piece ends depends on the rows alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .clock import DAY
from .draws import Draws
from .schema import NUMBERS, TABLES, WORDS, Column, columns
from .tables import Attic, Lexicon, Matrix, Rows, Stored, split_texts

Bytes = npt.NDArray[np.uint8]
_EPOCH = dt.date(1970, 1, 1)
_HEX = np.array([f"{n:04x}" for n in range(1 << 16)], dtype="S4").view(np.uint32)
"""Four letters each: as numbers, they are picked twice as fast."""
_THOUSANDS = np.array([1_000 ** n for n in (2, 3, 4, 5, 6)], np.int64)
"""From each of these on a running number needs three digits more."""
_MS_PER_MINUTE = 60_000
ROWS_A_PIECE = 1 << 16
"""Rows of a table that are presented together. Twice as many take 20 MB more and no less time."""
_SORTED_PIECES = 6
"""A table of no more pieces is sorted as a whole, which is faster."""
_BUCKETS = 64
_BUCKET_SHIFT = np.uint64(58)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SAMPLED = 16
"""One row in so many is looked at to find where buckets begin."""


class Disguise:
    """Turns entity keys into opaque ids, one permutation a kind of id; undone only by who knows the seed."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._secrets: dict[str, npt.NDArray[np.uint64]] = {}

    def hashes(self, of: str, key: Matrix) -> npt.NDArray[np.uint64]:
        """64-bit disguises of `key` in id space `of`; different keys give different disguises."""
        if of not in self._secrets:
            secrets = [self._draws.secret(f"{of}/{n}") for n in range(3)]
            self._secrets[of] = np.array(secrets, np.uint64)
        x = key.astype(np.uint64)
        for secret in self._secrets[of]:  # each round is a bijection of 64-bit numbers
            x ^= secret
            x *= np.uint64(0xD6E8FEB86659FD93)
            x ^= x >> np.uint64(32)
        return x

    def ids(self, of: str, key: Matrix) -> pa.Array:
        """Ids as 16 hexadecimal digits; key -1 is null."""
        hashes = self.hashes(of, key)
        letters = _HEX.take(hashes.view(np.uint16), mode="clip")  # ten times as fast as an index
        offsets = np.arange(0, 16 * (len(key) + 1), 16, dtype=np.int32)
        return _string_array(len(key), offsets, letters, key >= 0)

    def id(self, of: str, key: int) -> str:
        """One id."""
        return str(self.ids(of, np.array([key], np.int64))[0].as_py())


def _string_array(
    length: int, offsets: npt.NDArray[np.int32], data: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """`data`: the letters of all strings, in any shape; `valid`: which are not null."""
    validity = None if valid is None or valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), length, [validity, pa.py_buffer(offsets), pa.py_buffer(data)])


def _coded(words: list[str], codes: Matrix) -> pa.Array:
    """Words by code; code -1 is null. Only words in use are written: a file must not carry what no row says."""
    shifted = codes + 1
    counts = np.bincount(shifted, minlength=1)
    used = np.flatnonzero(counts[1:])
    place = np.empty(len(counts), np.int32)
    place[used + 1] = np.arange(len(used), dtype=np.int32)
    mask = codes < 0 if counts[0] else None
    place[0] = 0
    indices = pa.array(place.take(shifted), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array([words[code] for code in used.tolist()], pa.string()))


def _numbered(prefixes: Matrix, numbers: Matrix) -> pa.Array:
    """Running numbers with their prefixes, in six digits, or in nine, twelve ... where the number itself needs them.

    A number must look the same whatever other numbers the table holds: later rows would change earlier ones else.
    """
    shapes = prefixes
    if numbers.max(initial=0) >= _THOUSANDS[0]:
        shapes = prefixes + len(NUMBERS) * np.searchsorted(_THOUSANDS, numbers, side="right")
    if len(shapes) and (shapes == shapes[0]).all():
        return _fixed_width(int(shapes[0]), numbers)
    parts, order = [], np.empty(len(numbers), np.int64)
    filled = 0
    for shape in np.unique(shapes).tolist():
        rows = np.flatnonzero(shapes == shape)
        order[rows] = np.arange(filled, filled + len(rows))
        filled += len(rows)
        parts.append(_fixed_width(shape, numbers.take(rows)))
    return pa.concat_arrays(parts).take(pa.array(order))


def _fixed_width(shape: int, numbers: Matrix) -> pa.Array:
    """Numbers of one prefix and one width: `shape` is the prefix's code plus its list's length for each group beyond two.

    Letter by letter over all rows: three times as fast as words of three digits.
    """
    more, code = divmod(shape, len(NUMBERS))
    prefix = NUMBERS[code]
    width = len(prefix) + 6 + 3 * more
    cells: Bytes = np.empty((len(numbers), width), np.uint8)
    for place, letter in enumerate(prefix.encode()):
        cells[:, place] = letter
    for place in range(width - 1, len(prefix) - 1, -1):
        rest = numbers // 10
        cells[:, place] = numbers - rest * 10 + ord("0")
        numbers = rest
    offsets = np.arange(0, width * (len(numbers) + 1), width, dtype=np.int32)
    return _string_array(len(numbers), offsets, cells)


def _texts(words: list[str], column: Matrix) -> pa.Array:
    """Free texts and running numbers; -1 is null."""
    prefixes, numbers = split_texts(column)
    free = prefixes <= 0
    if free.all():
        return _coded(words, column)
    if not free.any():
        return _numbered(prefixes, numbers)
    parts = [_numbered(prefixes[~free], numbers[~free]), _coded(words, column[free]).cast(pa.string())]
    order = np.empty(len(column), np.int64)
    order[np.concatenate((np.flatnonzero(~free), np.flatnonzero(free)))] = np.arange(len(column))
    return pa.concat_arrays(parts).take(pa.array(order))


class Presenter:
    """Renders columns of one world."""

    def __init__(self, lexicon: Lexicon, disguise: Disguise, first: dt.date) -> None:
        self._lexicon, self._disguise = lexicon, disguise
        self._first_day = (first - _EPOCH).days

    def column(self, column: Column, values: Matrix) -> pa.Array:
        """One Arrow column."""
        kind = column.kind
        if kind == "key":
            return self._disguise.ids(column.of, values)
        if kind == "code":
            words = WORDS[column.of].words if column.of in WORDS else self._lexicon.lists[column.of]
            return _coded(words, values)
        if kind == "text":
            return _texts(self._lexicon.lists["text"], values)
        missing = values < 0 if kind in ("minute", "day") else None
        mask = missing if missing is not None and missing.any() else None
        if kind == "minute":
            stamps = values + self._first_day * DAY
            stamps *= _MS_PER_MINUTE
            return pa.array(stamps, pa.int64(), mask=mask).view(pa.timestamp("ms"))
        if kind == "day":
            return pa.array((values + self._first_day).astype(np.int32), pa.int32(), mask=mask).view(pa.date32())
        return pa.array(values, pa.int64())

    def ranks(self, name: str, matrix: Matrix) -> npt.NDArray[Any]:
        """What decides the order of rows: the first sort column's presentation."""
        position, column = _first(name)
        values = matrix[:, position]
        return self._disguise.hashes(column.of, values) if column.kind == "key" else values

    def order(self, name: str, matrix: Matrix, order_column: int = -1) -> Matrix | None:
        """The order of rows: by rank, then by `order_column`, if any, then as recorded; None if it holds already."""
        by = self.ranks(name, matrix)
        if order_column < 0:
            return None if (by[1:] >= by[:-1]).all() else _stable_order(by)
        recorded = np.argsort(matrix[:, order_column], kind="stable")
        return recorded.take(_stable_order(by.take(recorded)))

    def bucket(self, column: Column, values: Matrix) -> Bytes:
        """A number below 64 for each value; for keys, it grows with the id."""
        mixed = self._disguise.hashes(column.of, values) if column.kind == "key" else values.astype(np.uint64) * _MIX
        return (mixed >> _BUCKET_SHIFT).astype(np.uint8)


def _first(name: str) -> tuple[int, Column]:
    """The first sort column of a table, and where it is."""
    fact = TABLES[name]
    own = columns(fact)
    return list(own).index(fact.TABLE.sort[0]), own[fact.TABLE.sort[0]]


def _stable_order(by: npt.NDArray[Any]) -> Matrix:
    """Like a stable argsort. Sorting high bits with the row number below them is several times faster."""
    bits = np.uint64(len(by).bit_length())
    rows = np.arange(len(by), dtype=np.uint64)
    marked = by.astype(np.uint64) >> bits << bits
    marked |= rows
    marked.sort()
    marked &= (np.uint64(1) << bits) - np.uint64(1)
    order = marked.view(np.int64)
    arranged = by.take(order)
    # Two keys may share their high bits, once in many thousand tables; then the slow way is right.
    return order if (arranged[1:] >= arranged[:-1]).all() else np.argsort(by, kind="stable")


class _Buckets:
    """Rows put away by bucket, each bucket's in the order in which they came."""

    def __init__(self) -> None:
        self._attic = Attic()
        self._blocks: list[tuple[Stored, Matrix]] = []

    def add(self, rows: Matrix, bucket: Bytes) -> None:
        """Put rows away; `bucket` says where each belongs."""
        ends = np.cumsum(np.bincount(bucket, minlength=_BUCKETS))
        self._blocks.append((self._attic.put(rows[np.argsort(bucket, kind="stable")]), ends))

    def __iter__(self) -> Iterator[Matrix]:
        for n in range(_BUCKETS):
            yield np.concatenate([
                stored.read(int(ends[n - 1]) if n else 0, int(ends[n])) for stored, ends in self._blocks
            ])  # fmt: skip


class Folds:
    """Values of folded columns, from the logs of the same world."""

    def __init__(self, tables: Mapping[str, Rows[Any]], rows: int = ROWS_A_PIECE) -> None:
        """`rows`: as in `pieces`."""
        self._tables, self._rows = tables, rows
        self._attic = Attic()
        self._logs: dict[tuple[str, str], list[Stored]] = {}
        self._lock = Lock()

    def values(self, log: str, on: str, own: Matrix, presenter: Presenter) -> dict[Folded, Matrix]:
        """What a log's entries come to for each of the keys `own` in its column `on`, by what is folded and how."""
        with self._lock:
            if (log, on) not in self._logs:
                self._logs[log, on] = list(self._summaries(log, on, presenter))
        summaries, folded = self._logs[log, on], _folded(log, on)
        defaults = [0 if how == "sum" else -1 for _, how in folded]
        if len(summaries) == 1:
            values = _look_up(summaries[0].read(), own, defaults)
        else:
            values = np.empty((len(own), len(folded)), np.int64)
            bucket = presenter.bucket(columns(TABLES[log])[on], own)
            for n in np.unique(bucket).tolist():
                rows = np.flatnonzero(bucket == n)
                values[rows] = _look_up(summaries[n].read(), own[rows], defaults)
        return dict(zip(folded, values.T, strict=True))

    def _summaries(self, log: str, on: str, presenter: Presenter) -> Iterator[Stored]:
        """By bucket (all in one, if the log is short), a row a key: the key, and what its entries come to, by key."""
        table, names = self._tables[log], list(columns(TABLES[log]))
        folded = _folded(log, on)
        # The column that orders the log comes last; of a log that is in order, any column will do.
        picked = [names.index(on), *(names.index(value) for value, _ in folded), max(table.order_column, 0)]
        by = len(picked) - 1 if table.order_column >= 0 else -1
        blocks = (block.take(picked, axis=1) for block in table.blocks(max(1, self._rows // 2)))
        kept, more = _up_to(_SORTED_PIECES * self._rows, blocks, len(picked))
        if not more:
            yield self._attic.put(_summary(_in_order(np.concatenate(kept), by), folded))
            return
        buckets, column = _Buckets(), columns(TABLES[log])[on]
        for block in chain(kept, more, blocks):
            buckets.add(block, presenter.bucket(column, block[:, 0]))
        for entries in buckets:
            yield self._attic.put(_summary(_in_order(entries, by), folded))


Folded = tuple[str, str]
"""Which column of a log is folded, and how: its last value, or its sum."""


def _folded(log: str, on: str) -> list[Folded]:
    """What is folded of a log by its column `on`."""
    folds = (fold for fact in TABLES.values() for fold in fact.TABLE.folds if (fold.log, fold.log_on) == (log, on))
    return list(dict.fromkeys((fold.value, fold.how) for fold in folds))


def _summary(entries: Matrix, folded: list[Folded]) -> Matrix:
    """One row a key, sorted; the keys are in column 0, what is folded in those after it."""
    if not len(entries):
        return np.empty((0, 1 + len(folded)), np.int64)
    entries = entries.take(_stable_order(entries[:, 0]), axis=0)
    keys = entries[:, 0]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    ends = np.append(starts[1:], len(keys)) - 1
    folds = [
        np.add.reduceat(entries[:, n], starts) if how == "sum" else entries[ends, n] for n, (_, how) in enumerate(folded, 1)
    ]
    return np.column_stack((keys[starts], *folds))


def _look_up(summary: Matrix, wanted: Matrix, defaults: list[int]) -> Matrix:
    """The folds of each key `wanted`, a column each; `defaults` where the summary has no such key."""
    if not len(summary):
        return np.full((len(wanted), len(defaults)), defaults, np.int64)
    order = np.argsort(wanted)  # neighbours are found near each other: twice as fast
    one_by_one = wanted.take(order)
    at = np.minimum(np.searchsorted(summary[:, 0], one_by_one), len(summary) - 1)
    rows = summary.take(at, axis=0)
    missing = np.flatnonzero(rows[:, 0] != one_by_one)
    if len(missing):
        rows[missing, 1:] = defaults
    found = np.empty((len(wanted), len(defaults)), np.int64)
    found[order] = rows[:, 1:]
    return found


def _in_order(rows: Matrix, by: int) -> Matrix:
    """Rows ordered by column `by`, if any."""
    return rows if by < 0 else rows.take(np.argsort(rows[:, by], kind="stable"), axis=0)


def _up_to(rows: int, blocks: Iterator[Matrix], width: int) -> tuple[list[Matrix], list[Matrix]]:
    """The first blocks, up to `rows` rows, and the one that was one too many, if any."""
    kept, count = [np.empty((0, width), np.int64)], 0
    for block in blocks:
        count += len(block)
        if count > rows:
            return kept, [block]
        kept.append(block)
    return kept, []


def pieces(
    name: str, table: Rows[Any], presenter: Presenter, folds: Folds, rows: int = ROWS_A_PIECE
) -> Iterator[pa.Table]:
    """One evidence table, sorted by key, in Arrow tables of one schema: of `rows` rows each but the last, at least one."""
    numbered = _Numbered(name)
    for piece in _cut(_sorted(name, table, presenter, rows, numbered), rows):
        yield _present(name, piece, presenter, folds, numbered.columns)


def _sorted(
    name: str, table: Rows[Any], presenter: Presenter, rows: int, numbered: _Numbered
) -> Iterator[Matrix]:
    """All rows in the order of presentation; `numbered` knows them all when the first are given."""
    blocks = numbered.watch(table.blocks(max(1, rows // 2)))
    kept, more = _up_to(_SORTED_PIECES * rows, blocks, table.width)
    if not more:
        whole = np.concatenate(kept)
        kept.clear()
        order = presenter.order(name, whole, table.order_column)
        for first in range(0, max(1, len(whole)), rows):
            # `take` is three times as fast as an index.
            yield whole[first:first + rows] if order is None else whole.take(order[first:first + rows], axis=0)
        return
    every = chain(kept, more, blocks)
    position, column = _first(name)
    if column.kind == "key":
        yield from _arranged(name, table, every, lambda block: presenter.bucket(column, block[:, position]), presenter)
        return
    splits = _splits(every, position, table.order_column)
    again = table.blocks(max(1, rows // 2))
    if splits is None:
        yield from again
        return

    def bucket(block: Matrix) -> Bytes:
        return np.searchsorted(splits, block[:, position], side="right").astype(np.uint8)

    yield from _arranged(name, table, again, bucket, presenter)


class _Numbered:
    """Which text columns of a table hold running numbers anywhere: these are plain strings, the others word lists."""

    def __init__(self, name: str) -> None:
        texts = [(n, column) for n, (column, of) in enumerate(columns(TABLES[name]).items()) if of.kind == "text"]
        self._texts = dict(texts)
        self.columns: set[str] = set()

    def watch(self, blocks: Iterable[Matrix]) -> Iterator[Matrix]:
        """Pass blocks on and take note."""
        for block in blocks:
            for n, column in self._texts.items():
                if column not in self.columns and (split_texts(block[:, n])[0] > 0).any():
                    self.columns.add(column)
            yield block


def _splits(blocks: Iterable[Matrix], position: int, order_column: int) -> Matrix | None:
    """Values of a column at which a new bucket begins; None when the rows come in its order."""
    sample, last, sorted_ = [], -(1 << 62), order_column in (-1, position)
    for block in blocks:
        values = block[:, position]
        if len(values):
            sorted_ = bool(sorted_ and values[0] >= last and (values[1:] >= values[:-1]).all())
            last = int(values[-1])
            sample.append(values[::_SAMPLED].copy())
    if sorted_:
        return None
    values = np.sort(np.concatenate(sample))
    return np.unique(values[np.linspace(0, len(values), _BUCKETS, endpoint=False).astype(np.int64)[1:]])


def _arranged(
    name: str, table: Rows[Any], blocks: Iterable[Matrix], bucket: Callable[[Matrix], Bytes], presenter: Presenter
) -> Iterator[Matrix]:
    """All rows in the order of presentation, a bucket at a time. Every rank of a bucket is below all of the next."""
    buckets = _Buckets()
    for block in blocks:
        buckets.add(block, bucket(block))
    for rows in buckets:
        order = presenter.order(name, rows, table.order_column)
        yield rows if order is None else rows.take(order, axis=0)


def _cut(blocks: Iterable[Matrix], rows: int) -> Iterator[Matrix]:
    """The same rows, `rows` at a time; one piece without any if there are none."""
    left: list[Matrix] = []
    count, cut = 0, False
    for block in blocks:
        left.append(block)
        count += len(block)
        while count >= rows:
            together = left[0] if len(left) == 1 else np.concatenate(left)
            yield together[:rows]
            left, count, cut = [together[rows:]], count - rows, True
    if count or not cut:
        yield left[0] if len(left) == 1 else np.concatenate(left)


def render(name: str, matrix: Matrix, presenter: Presenter, folds: Folds) -> pa.Table:
    """One evidence table in one piece, rows sorted by key."""
    order = presenter.order(name, matrix)
    return _present(name, matrix if order is None else matrix.take(order, axis=0), presenter, folds)


def _present(
    name: str, matrix: Matrix, presenter: Presenter, folds: Folds, numbered: Iterable[str] = ()
) -> pa.Table:
    """Rows as they stand. `numbered`: which columns are plain strings, whatever these rows say."""
    fact = TABLES[name]
    cells = {column: np.ascontiguousarray(matrix[:, n]) for n, column in enumerate(columns(fact))}
    arrays = {column: presenter.column(of, cells[column]) for column, of in columns(fact).items()}
    for column in numbered:
        arrays[column] = arrays[column].cast(pa.string())
    looked_up: dict[tuple[str, str, str], dict[Folded, Matrix]] = {}
    for fold in fact.TABLE.folds:
        where = fold.log, fold.log_on, fold.on
        if where not in looked_up:
            looked_up[where] = folds.values(fold.log, fold.log_on, cells[fold.on], presenter)
        values = np.ascontiguousarray(looked_up[where][fold.value, fold.how])
        shown = presenter.column(fold.column, values)
        arrays[fold.name] = shown.cast(pa.string()) if fold.column.kind == "text" else shown
    return pa.table(arrays)
