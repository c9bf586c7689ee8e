"""Where facts are kept while a run goes on: flat lists of integers, packed into chunks as they grow.

Knows how facts are stored, not what they mean. The structs of `sim.schema` say which columns a table has; a row is
recorded as a plain tuple of them. Measured for a row of eight columns: struct, list and chunk 0.84 µs, flat integers
and chunk 0.35 µs; a business records about seventy rows an order.

What a table holds beyond some size goes to an attic: a temporary file without a name, which is gone with the process.
The file is read, not mapped: pages of a map that were looked at count as memory of the process.
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from .schema import NUMBERS, Fact

Matrix = npt.NDArray[np.int64]
FactT = TypeVar("FactT", bound=Fact)

_NUMBER_BITS = 40


_KEPT_BYTES = 1 << 22
"""Packed rows that a table keeps in memory before they go to the attic: a business of 12,000 orders a year hardly needs one."""
_BLOCK = 1 << 16
"""Rows that are looked at together."""


class _NamelessFile:
    """A temporary file that disappears with the last who knows it."""

    __slots__ = ("_file", "number")

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (read as long as anybody holds it)
        self.number = self._file.fileno()

    def __del__(self) -> None:
        self._file.close()


class Attic:
    """Where packed rows are put away: one temporary file, opened when it is first needed.

    What is put away never changes, so copies of a table share it. A process forked off begins a file of its own.
    """

    __slots__ = ("_end", "_file", "_lock", "_owner")

    def __init__(self) -> None:
        self._file: _NamelessFile | None = None
        self._owner = self._end = 0
        self._lock = Lock()

    def __deepcopy__(self, _: object) -> Attic:
        return self

    def __reduce__(self) -> tuple[type[Attic], tuple[()]]:
        return Attic, ()

    def put(self, rows: Matrix) -> Stored:
        """Put rows away. Raises OSError when there is no room."""
        content = memoryview(rows.tobytes())
        with self._lock:
            if self._file is None or self._owner != os.getpid():
                self._file, self._owner, self._end = _NamelessFile(), os.getpid(), 0
            file, start = self._file, self._end
            self._end += len(content)
        done = 0
        while done < len(content):
            done += os.pwrite(file.number, content[done:], start + done)
        return Stored(file, start, *rows.shape)


class Stored:
    """Rows in an attic."""

    __slots__ = ("_file", "_start", "_width", "rows")

    def __init__(self, file: _NamelessFile, start: int, rows: int, width: int) -> None:
        self._file, self._start, self.rows, self._width = file, start, rows, width

    def __deepcopy__(self, _: object) -> Stored:
        return self

    def __reduce__(self) -> tuple[Callable[[Matrix], Matrix], tuple[Matrix]]:
        return np.asarray, (self.read(),)  # another process cannot see the file: it gets the rows themselves

    def read(self, first: int = 0, last: int | None = None) -> Matrix:
        """Rows `first` to `last` (all of them by default) as they were put away."""
        size = ((self.rows if last is None else last) - first) * self._width * 8
        content = os.pread(self._file.number, size, self._start + first * self._width * 8)
        if len(content) < size:
            raise OSError("a temporary file has been cut short")
        return np.frombuffer(content, np.int64).reshape(-1, self._width)


class Rows(Generic[FactT]):
    """The rows of one table, in the order in which they were recorded."""

    __slots__ = ("_bytes", "_cells", "_chunks", "_kept", "add", "fact", "name", "width")

    def __init__(self, name: str, fact: type[FactT]) -> None:
        self.name = name
        self.fact = fact
        self.width = len(fact.__struct_fields__)
        self._chunks: list[Matrix | Stored] = []
        self._kept = self._bytes = 0
        """Chunks from this one on are in memory, and how much they take."""
        self._cells: list[int] = []
        self.add: Callable[[Sequence[int]], None] = self._cells.extend
        """Record a row, or several in one: the values of the fact's fields, in order."""

    def __getstate__(self) -> dict[str, Any]:
        slots = [name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())]
        return {name: getattr(self, name) for name in slots if name != "add" and hasattr(self, name)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self.add = self._cells.extend  # of this copy's own list

    @property
    def unpacked(self) -> int:
        """Rows that still lie in the list."""
        return len(self._cells) // self.width

    @property
    def recorded(self) -> int:
        """Rows recorded so far, without those that follow from other tables."""
        packed = sum(chunk.rows if isinstance(chunk, Stored) else len(chunk) for chunk in self._chunks)
        return packed + len(self._cells) // self.width

    @property
    def parts(self) -> list[Rows[Any]]:
        """What this table's rows are recorded in: itself, and the tables from which others follow."""
        return [self]

    @property
    def order_column(self) -> int:
        """The column by which rows from `blocks` are still to be ordered (stable); -1 when they come in order."""
        return -1

    def pack(self, attic: Attic | None = None) -> None:
        """Turn the list into an integer chunk, and put chunks away once there are enough of them.

        Raises ValueError when a row of another width was recorded, OSError when there is no room in the attic.
        """
        cells = self._cells
        if cells:
            # Twice as fast as numpy.array on a list; a size ("n") is read from large numbers faster than a long long.
            packed = struct.pack(f"{len(cells)}n", *cells)
            self._chunks.append(np.frombuffer(packed, np.int64).reshape(-1, self.width))
            self._bytes += len(packed)
            cells.clear()
        if attic is not None and self._bytes > _KEPT_BYTES:
            kept = [_read(chunk) for chunk in self._chunks[self._kept:]]
            self._chunks[self._kept:] = [attic.put(np.concatenate(kept))]
            self._kept, self._bytes = len(self._chunks), 0

    def matrix(self) -> Matrix:
        """All rows so far as an integer matrix, one column a field."""
        self.pack()
        if not self._chunks:
            return np.empty((0, self.width), np.int64)
        if self._kept:
            return np.concatenate([_read(chunk) for chunk in self._chunks])
        if len(self._chunks) > 1:
            self._chunks = [np.concatenate([_read(chunk) for chunk in self._chunks])]
        return _read(self._chunks[0])

    def since(self, first: int) -> Matrix:
        """Recorded rows from number `first` on, without those that follow from other tables."""
        Rows.pack(self)
        parts: list[Matrix] = []
        end = 0
        for chunk in self._chunks:
            start, end = end, end + (chunk.rows if isinstance(chunk, Stored) else len(chunk))
            if end > first:
                skip = max(0, first - start)
                parts.append(chunk.read(skip) if isinstance(chunk, Stored) else chunk[skip:])
        return np.concatenate(parts) if parts else np.empty((0, self.width), np.int64)

    def blocks(self, rows: int = _BLOCK) -> Iterator[Matrix]:
        """The rows of `matrix`, about `rows` of them at a time, in an order that only `order_column` may change.

        Rows that follow each other and begin with the same value stay in one block. They are not to be written to.
        """
        self.pack()
        return self._recorded(rows)

    def _recorded(self, rows: int) -> Iterator[Matrix]:
        left: list[Matrix] = []
        count = 0
        for piece in _pieces(self._chunks, rows):
            left.append(piece)
            count += len(piece)
            if count >= rows:
                block = left[0] if len(left) == 1 else np.concatenate(left)
                cut = _last_run(block)
                if cut:
                    yield block[:cut]
                left, count = [block[cut:]], len(block) - cut
        if count:
            yield left[0] if len(left) == 1 else np.concatenate(left)


def _read(chunk: Matrix | Stored) -> Matrix:
    return chunk.read() if isinstance(chunk, Stored) else chunk


def _pieces(chunks: Iterable[Matrix | Stored], rows: int) -> Iterator[Matrix]:
    """The rows of `chunks`, at most `rows` at a time."""
    for chunk in chunks:
        count = chunk.rows if isinstance(chunk, Stored) else len(chunk)
        for first in range(0, count, rows):
            last = min(first + rows, count)
            yield chunk.read(first, last) if isinstance(chunk, Stored) else chunk[first:last]


def _last_run(block: Matrix) -> int:
    """Where the last rows begin that all begin with the same value."""
    changes = np.flatnonzero(block[1:, 0] != block[:-1, 0])
    return int(changes[-1]) + 1 if len(changes) else 0


Rule = tuple[Rows[Any], Callable[[Matrix], Matrix]]
"""A table, and what rows follow from its own.

It is given any number of whole rows at a time, those that follow each other and begin with the same value together: a row
may depend on these, and on no others.
"""


class Derived(Rows[FactT]):
    """A table some rows of which follow from other tables: they are not recorded, but made when asked for."""

    __slots__ = ("_after", "_before", "_by")

    def __init__(
        self, name: str, fact: type[FactT], *, before: Sequence[Rule] = (), after: Sequence[Rule] = (), by: str = ""
    ) -> None:
        """Rows that follow stand `before` or `after` the recorded ones; `by` names the column that orders them all.

        What follows from a table ordered by a column is itself ordered by what it makes of that column.
        """
        super().__init__(name, fact)
        self._before, self._after = tuple(before), tuple(after)
        self._by = fact.__struct_fields__.index(by) if by else -1

    @property
    def parts(self) -> list[Rows[Any]]:
        """As of any table."""
        return [self, *(part for source, _ in self._before + self._after for part in source.parts)]

    @property
    def order_column(self) -> int:
        """As of any table."""
        return self._by

    def pack(self, attic: Attic | None = None) -> None:
        """Pack this table and those its rows follow from."""
        super().pack(attic)
        for source, _ in self._before + self._after:
            source.pack(attic)

    def blocks(self, rows: int = _BLOCK) -> Iterator[Matrix]:
        """Rows that follow, and those recorded between them; a block may hold what follows from `rows` rows."""
        for source, rule in self._before:
            yield from map(rule, source.blocks(rows))
        yield from super().blocks(rows)
        for source, rule in self._after:
            yield from map(rule, source.blocks(rows))

    def matrix(self) -> Matrix:
        """Recorded rows and those that follow; at equal `by`, in the order of the rules."""
        first = [rule(source.matrix()) for source, rule in self._before]
        last = [rule(source.matrix()) for source, rule in self._after]
        rows = np.concatenate((*first, super().matrix(), *last))
        return rows if self._by < 0 else rows[np.argsort(rows[:, self._by], kind="stable")]


def number_prefix(prefix: str) -> int:
    """What to or with a running number to get the text `prefix` + number."""
    return NUMBERS.index(prefix) << _NUMBER_BITS


def split_texts(column: Matrix) -> tuple[Matrix, Matrix]:
    """Prefix codes (0: a free text) and numbers (or indices of free texts) of a text column."""
    return column >> _NUMBER_BITS, column & ((1 << _NUMBER_BITS) - 1)


class Lexicon:
    """The words of one business: SKUs, accounts, locations, users, parties, and free texts."""

    __slots__ = ("_codes", "lists")

    def __init__(self) -> None:
        names = ("sku", "item", "account", "location", "user", "party", "text")
        self.lists: dict[str, list[str]] = {name: [] for name in names}
        self._codes: dict[str, dict[str, int]] = {name: {} for name in names}

    def code(self, name: str, word: str) -> int:
        """The code of `word` in list `name`; a new word gets the next code."""
        codes = self._codes[name]
        code = codes.get(word)
        if code is None:
            code = codes[word] = len(codes)
            self.lists[name].append(word)
        return code

    def text(self, text: str) -> int:
        """The code of a free text; the empty text is null."""
        return self.code("text", text) if text else -1
