"""Where facts are kept while a run goes on: flat lists of integers, packed into chunks as they grow.

Knows how facts are stored, not what they mean. The structs of `sim.schema` say which columns a table has; a row is
recorded as a plain tuple of them. Measured for a row of eight columns: struct, list and chunk 0.84 µs, flat integers
and chunk 0.35 µs; a business records about seventy rows an order.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from .schema import NUMBERS, Fact

Matrix = npt.NDArray[np.int64]
FactT = TypeVar("FactT", bound=Fact)

_NUMBER_BITS = 40


class Rows(Generic[FactT]):
    """The rows of one table, in the order in which they were recorded."""

    __slots__ = ("_cells", "_chunks", "add", "fact", "name", "width")

    def __init__(self, name: str, fact: type[FactT]) -> None:
        self.name = name
        self.fact = fact
        self.width = len(fact.__struct_fields__)
        self._chunks: list[Matrix] = []
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

    def pack(self) -> None:
        """Turn the list into an integer chunk. Raises ValueError when a row of another width was recorded."""
        cells = self._cells
        if cells:
            packed = struct.pack(f"{len(cells)}q", *cells)  # twice as fast as numpy.array on a list
            self._chunks.append(np.frombuffer(packed, np.int64).reshape(-1, self.width))
            cells.clear()

    def matrix(self) -> Matrix:
        """All rows so far as an integer matrix, one column a field."""
        self.pack()
        if not self._chunks:
            return np.empty((0, self.width), np.int64)
        if len(self._chunks) > 1:
            self._chunks = [np.concatenate(self._chunks)]
        return self._chunks[0]


Rule = tuple[Rows[Any], Callable[[Matrix], Matrix]]
"""A table, and what rows follow from its own."""


class Derived(Rows[FactT]):
    """A table some rows of which follow from other tables: they are not recorded, but made when asked for."""

    __slots__ = ("_after", "_before", "_by")

    def __init__(
        self, name: str, fact: type[FactT], *, before: Sequence[Rule] = (), after: Sequence[Rule] = (), by: str = ""
    ) -> None:
        """Rows that follow stand `before` or `after` the recorded ones; `by` names the column that orders them all."""
        super().__init__(name, fact)
        self._before, self._after = tuple(before), tuple(after)
        self._by = fact.__struct_fields__.index(by) if by else -1

    @property
    def unpacked(self) -> int:
        """Rows that still lie in lists, here and where rows follow from."""
        return max(super().unpacked, *(source.unpacked for source, _ in self._before + self._after))

    def pack(self) -> None:
        """Pack this table and those its rows follow from."""
        super().pack()
        for source, _ in self._before + self._after:
            source.pack()

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
        names = ("sku", "account", "location", "user", "party", "text")
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
