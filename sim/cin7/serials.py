"""Serial numbers: which units lie in which cost layer, for products that are kept one by one.

A run is the serial numbers of one layer or of what one movement took, oldest first; a layer or slice of such a product bears
its run where others bear a batch. Cost goes by the layers; the numbers only follow. Knows no document and no person.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..schema import SerialNumber
from ..tables import Rows, number_prefix
from .costing import Layer, Slice

_SERIAL = number_prefix("SN-")


class Serials:
    """All serial numbers of one account."""

    __slots__ = ("_numbers", "_runs", "products", "table")

    def __init__(self, products: Iterable[int]) -> None:
        self.products = frozenset(products)
        """Products that are kept by serial number."""
        self._numbers = 0
        self._runs: list[list[int]] = []
        self.table: Rows[SerialNumber] = Rows("cin7/serial_numbers", SerialNumber)

    def arrive(self, layer: Layer, sku: int, now: int) -> None:
        """Units come in: those of the movement that the layer is made of, or new ones with the next numbers."""
        origin = layer.origin
        if origin is not None and origin.batch >= 0:
            left = self._runs[origin.batch]
            units, self._runs[origin.batch] = left[: layer.quantity], left[layer.quantity :]
        else:
            units = list(range(self._numbers + 1, self._numbers + layer.quantity + 1))
            self._numbers += layer.quantity
        layer.batch = self._begin(units)
        self._note(units, layer.key, sku, 1, now)

    def leave(self, slices: Iterable[Slice], sku: int, now: int) -> None:
        """Units leave, of each layer those that stand first."""
        for part in slices:
            left = self._runs[part.batch]
            units, self._runs[part.batch] = left[: part.quantity], left[part.quantity :]
            part.batch = self._begin(units)
            self._note(units, part.key, sku, -1, now)

    def take_back(self, layer: Layer, movement: int, sku: int, now: int) -> None:
        """A layer that never should have come in goes, with all its numbers."""
        self._note(self._runs[layer.batch], movement, sku, -1, now)

    def held(self, layer: Layer) -> list[int]:
        """The numbers of the units of a layer, as running numbers."""
        return self._runs[layer.batch]

    def _begin(self, units: list[int]) -> int:
        self._runs.append(units)
        return len(self._runs) - 1

    def _note(self, units: list[int], movement: int, sku: int, quantity: int, now: int) -> None:
        for unit in units:
            self.table.add((movement, sku, _SERIAL | unit, quantity, now))
