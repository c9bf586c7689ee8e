"""From integer facts to Arrow tables: codes become words, keys become opaque ids, folds become columns.

Everything is vectorised: an id costs about 20 ns. Presentation only; no rule of the business lives here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .clock import DAY
from .draws import Draws
from .schema import NUMBERS, TABLES, WORDS, Column, Fold, all_columns, columns
from .tables import Lexicon, Matrix, split_texts

Bytes = npt.NDArray[np.uint8]
_EPOCH = dt.date(1970, 1, 1)
_HEX = np.array([f"{n:04x}" for n in range(1 << 16)], dtype="S4")
_THREE_DIGITS = np.array([f"{n:03d}" for n in range(1_000)], dtype="S3")
_MS_PER_MINUTE = 60_000


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
            x = (x ^ secret) * np.uint64(0xD6E8FEB86659FD93)
            x ^= x >> np.uint64(32)
        return x

    def ids(self, of: str, key: Matrix) -> pa.Array:
        """Ids as 16 hexadecimal digits; key -1 is null."""
        hashes = self.hashes(of, key)
        data = _HEX.take(hashes.view(np.uint16)).tobytes()  # `take` is five times as fast as an index
        offsets = np.arange(0, 16 * (len(key) + 1), 16, dtype=np.int32)
        return _string_array(len(key), offsets, data, key >= 0)

    def id(self, of: str, key: int) -> str:
        """One id."""
        return str(self.ids(of, np.array([key], np.int64))[0].as_py())


def _string_array(length: int, offsets: npt.NDArray[np.int32], data: bytes, valid: npt.NDArray[np.bool_]) -> pa.Array:
    validity = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.string(), length, [validity, pa.py_buffer(offsets), pa.py_buffer(data)])


def _coded(words: list[str], codes: Matrix) -> pa.Array:
    """Words by code; code -1 is null. Only words in use are written: a file must not carry what no row says."""
    counts = np.bincount(codes + 1, minlength=1)
    used = np.flatnonzero(counts[1:])
    place = np.empty(len(counts), np.int32)
    place[used + 1] = np.arange(len(used), dtype=np.int32)
    mask = codes < 0 if counts[0] else None
    place[0] = 0
    indices = pa.array(place.take(codes + 1), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array([words[code] for code in used.tolist()], pa.string()))


def _numbered(prefixes: Matrix, numbers: Matrix) -> pa.Array:
    """Running numbers with their prefixes, at least six digits."""
    digits = _digits(numbers)
    kinds = np.unique(prefixes).tolist()
    if len(kinds) == 1:
        return _fixed_width(np.frombuffer(NUMBERS[kinds[0]].encode(), np.uint8), digits)
    parts, order = [], np.empty(len(numbers), np.int64)
    filled = 0
    for code in kinds:
        rows = np.flatnonzero(prefixes == code)
        order[rows] = np.arange(filled, filled + len(rows))
        filled += len(rows)
        parts.append(_fixed_width(np.frombuffer(NUMBERS[code].encode(), np.uint8), digits[rows]))
    return pa.concat_arrays(parts).take(pa.array(order))


def _digits(numbers: Matrix) -> Bytes:
    """Decimal digits as bytes, one row a number; longer numbers than six digits carry on to the left."""
    groups = max(2, -(-len(str(int(numbers.max(initial=0)))) // 3))
    cells = np.empty((len(numbers), groups), "S3")
    rest = numbers
    for group in range(groups - 1, -1, -1):
        rest, last = np.divmod(rest, 1_000)
        cells[:, group] = _THREE_DIGITS.take(last)
    return cells.view(np.uint8).reshape(len(numbers), 3 * groups)


def _fixed_width(prefix: Bytes, digits: Bytes) -> pa.Array:
    width = len(prefix) + digits.shape[1]
    cells: Bytes = np.empty((len(digits), width), np.uint8)
    cells[:, : len(prefix)] = prefix
    cells[:, len(prefix) :] = digits
    offsets = np.arange(0, width * (len(digits) + 1), width, dtype=np.int32)
    return _string_array(len(digits), offsets, cells.tobytes(), np.ones(len(digits), np.bool_))


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
            stamps = (values + self._first_day * DAY) * _MS_PER_MINUTE
            return pa.array(stamps, pa.int64(), mask=mask).cast(pa.timestamp("ms"))
        if kind == "day":
            return pa.array((values + self._first_day).astype(np.int32), pa.int32(), mask=mask).cast(pa.date32())
        return pa.array(values, pa.int64())

    def order(self, name: str, matrix: Matrix) -> Matrix | None:
        """The order of rows: by the first sort column's presentation, then as recorded; None if it holds already."""
        if not len(matrix):
            return None
        fact = TABLES[name]
        position = list(columns(fact)).index(fact.TABLE.sort[0])
        column, values = columns(fact)[fact.TABLE.sort[0]], matrix[:, position]
        by = self._disguise.hashes(column.of, values) if column.kind == "key" else values
        if (by[1:] >= by[:-1]).all():
            return None
        return _stable_order(by)


def _stable_order(by: npt.NDArray[Any]) -> Matrix:
    """Like a stable argsort. Sorting high bits with the row number below them is several times faster."""
    bits = np.uint64(len(by).bit_length())
    rows = np.arange(len(by), dtype=np.uint64)
    order = (np.sort((by.astype(np.uint64) >> bits << bits) | rows) & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    arranged = by[order]
    # Two keys may share their high bits, once in many thousand tables; then the slow way is right.
    return order if (arranged[1:] >= arranged[:-1]).all() else np.argsort(by, kind="stable")


class Folds:
    """Values of folded columns, from the logs of the same world."""

    def __init__(self, matrices: Mapping[str, Matrix]) -> None:
        self._matrices = matrices
        self._last: dict[tuple[str, str], tuple[Matrix, Matrix]] = {}

    def values(self, name: str, fold: Fold) -> Matrix:
        """The fold's value for each row of table `name`."""
        fact, log = TABLES[name], TABLES[fold.log]
        own = self._matrices[name][:, list(columns(fact)).index(fold.on)]
        entries = self._matrices[fold.log]
        value = entries[:, list(columns(log)).index(fold.value)]
        if fold.how == "sum":
            keys, inverse = np.unique(entries[:, list(columns(log)).index(fold.log_on)], return_inverse=True)
            sums = np.zeros(len(keys), np.int64)
            np.add.at(sums, inverse, value)
            return _look_up(keys, sums, own, 0)
        keys, positions = self._last_entries(fold.log, fold.log_on)
        return _look_up(keys, value[positions], own, -1)

    def _last_entries(self, log: str, on: str) -> tuple[Matrix, Matrix]:
        if (log, on) not in self._last:
            keys = self._matrices[log][:, list(columns(TABLES[log])).index(on)]
            unique, first = np.unique(keys[::-1], return_index=True)
            self._last[(log, on)] = (unique, len(keys) - 1 - first)
        return self._last[(log, on)]


def _look_up(keys: Matrix, values: Matrix, wanted: Matrix, default: int) -> Matrix:
    if not len(keys):
        return np.full(len(wanted), default, np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], default)


def render(name: str, matrix: Matrix, presenter: Presenter, folds: Folds) -> pa.Table:
    """One evidence table, rows sorted by key."""
    fact = TABLES[name]
    order = presenter.order(name, matrix)
    own = columns(fact)
    arrays = []
    for position, column in enumerate(own.values()):
        values = matrix[:, position]
        arrays.append(presenter.column(column, values if order is None else values[order]))
    for fold in fact.TABLE.folds:
        values = folds.values(name, fold)
        arrays.append(presenter.column(fold.column, values if order is None else values[order]))
    return pa.Table.from_arrays(arrays, names=list(all_columns(fact)))
