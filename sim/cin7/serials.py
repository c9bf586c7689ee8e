"""Serial numbers: which units lie in which cost layer, for products that are kept one by one.

A run is the units of one layer or of what one movement took; a layer or slice of such a product bears its run where others
bear a batch. By "FIFO - Serial Number" cost goes by the layers and the numbers only follow. By "Special - Serial Number" a
unit costs what its own delivery cost, and which one leaves is drawn: each unit gets a place on the shelf when it comes, and
what stands foremost is taken and scanned (assumption: staff take what is at hand, whatever came first). Knows no document
and no person.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable

from .. import keys
from ..schema import SerialNumber
from ..tables import Rows, number_prefix
from .costing import Layer, Slice, take, take_from

_SERIAL = number_prefix("SN-")
_UNIT_BITS = 20
"""No delivery has as many units of a product."""

PlaceOf = Callable[[int, int], float]
"""(key of a document that brings units, a number among what it brings) -> the place of that unit on the shelf, from 0 to 1."""


class Units:
    """Who is who among the units of some products, as one side sees them; the record has them, and so have the true books."""

    __slots__ = ("_count", "_place_of", "_places", "_runs", "special")

    def __init__(self, special: Iterable[int] = (), place_of: PlaceOf | None = None) -> None:
        """`special`: products whose units bear their own cost; `place_of`: where those stand."""
        self.special = frozenset(special)
        self._place_of = place_of
        self._count = 0
        self._places: dict[int, float] = {}
        self._runs: list[list[int]] = []

    def arrive(self, layer: Layer, sku: int) -> list[int]:
        """Units come in: those of the movement that the layer is made of, or new ones with the next numbers."""
        origin = layer.origin
        if origin is not None and origin.batch >= 0:
            units = self._first(origin.batch, layer.quantity)
        else:
            units = list(range(self._count + 1, self._count + layer.quantity + 1))
            self._count += layer.quantity
            if sku in self.special and self._place_of is not None:
                document, first = keys.document_of(layer.key), sku << _UNIT_BITS
                self._places.update((unit, self._place_of(document, first + n)) for n, unit in enumerate(units))
                units.sort(key=self._places.__getitem__)
        layer.batch = self._begin(units)
        return units

    def leave(self, part: Slice) -> list[int]:
        """Units leave: of their layer, those that stand first."""
        units = self._first(part.batch, part.quantity)
        part.batch = self._begin(units)
        return units

    def held(self, layer: Layer) -> list[int]:
        """The units of a layer, by number, in the order in which they leave."""
        return self._runs[layer.batch]

    def shelf(self) -> Shelf:
        """An empty shelf for a product whose units bear their own cost."""
        return Shelf(self)

    def foremost(self, layers: Iterable[Layer], quantity: int) -> Counter[int]:
        """How many of the `quantity` units that stand foremost lie in which of `layers`."""
        place = self._places
        stand = ((place[unit], n) for n, layer in enumerate(layers) for unit in self._runs[layer.batch][:quantity])
        return Counter(n for _, n in heapq.nsmallest(quantity, stand))

    def _first(self, run: int, quantity: int) -> list[int]:
        left = self._runs[run]
        self._runs[run] = left[quantity:]
        return left[:quantity]

    def _begin(self, units: list[int]) -> int:
        self._runs.append(units)
        return len(self._runs) - 1


class Shelf(deque[Layer]):
    """The layers of a product whose units bear their own cost; they leave by where they stand."""

    __slots__ = ("_units",)

    def __init__(self, units: Units) -> None:
        super().__init__()
        self._units = units

    def take(self, quantity: int, key: int, use: int) -> list[Slice]:
        """As `costing.take`, but for the order."""
        from_layer = self._units.foremost(self, quantity)
        if from_layer.total() < quantity:
            raise ValueError(f"{quantity - from_layer.total()} units more taken than there are")
        chosen = [(layer, from_layer[n]) for n, layer in enumerate(self) if n in from_layer]
        return [take_from(self, layer, units, key + n, use) for n, (layer, units) in enumerate(chosen)]


def take_as_kept(layers: deque[Layer], quantity: int, key: int, use: int) -> list[Slice]:
    """`costing.take` for a business some of whose products are on such shelves."""
    return layers.take(quantity, key, use) if isinstance(layers, Shelf) else take(layers, quantity, key, use)


class Serials:
    """All serial numbers of one account."""

    __slots__ = ("products", "table", "units")

    def __init__(self, products: Iterable[int], special: Iterable[int] = (), place_of: PlaceOf | None = None) -> None:
        self.products = frozenset(products)
        """Products that are kept by serial number."""
        self.units = Units(special, place_of)
        self.table: Rows[SerialNumber] = Rows("cin7/serial_numbers", SerialNumber)

    def arrive(self, layer: Layer, sku: int, now: int) -> None:
        """Units come in."""
        self._note(self.units.arrive(layer, sku), layer.key, sku, 1, now)

    def leave(self, slices: Iterable[Slice], sku: int, now: int) -> None:
        """Units leave, of each layer those that stand first."""
        for part in slices:
            self._note(self.units.leave(part), part.key, sku, -1, now)

    def take_back(self, layer: Layer, movement: int, sku: int, now: int) -> None:
        """A layer that never should have come in goes, with all its numbers."""
        self._note(self.units.held(layer), movement, sku, -1, now)

    def held(self, layer: Layer) -> list[int]:
        """The numbers of the units of a layer, as running numbers."""
        return self.units.held(layer)

    def _note(self, units: list[int], movement: int, sku: int, quantity: int, now: int) -> None:
        for unit in units:
            self.table.add((movement, sku, _SERIAL | unit, quantity, now))
