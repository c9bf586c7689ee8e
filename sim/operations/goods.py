"""Goods: units on the shelf and in staging, parcels collected, goods arriving and coming back."""

from __future__ import annotations

from ..clock import DAY
from ..draws import Stream
from ..schema import CONDITION, CarrierShipment, CountSheet, DockReceipt, ReturnReceived
from ..tables import Rows, number_prefix
from . import happenings as h
from .happenings import Happenings
from .shop import Order, Shop

_TRACKING, _RMA = number_prefix("1Z"), number_prefix("RMA-")
DELIVERY_NOTE = number_prefix("DN-")
RESALABLE, DAMAGED = CONDITION["resalable"], CONDITION["damaged"]


class Scribe:
    """How a stranger writes our numbers on his papers."""

    __slots__ = ("_errs", "_misread")

    def __init__(self, misread: Stream, missed: float) -> None:
        """`missed`: how often a number is left out; half as often, two of its digits are swapped."""
        self._misread, self._errs = misread, misread.chance(1.5 * missed)

    def write(self, number: int, key: int) -> int:
        """Our number as it stands on paper `key`; -1 for none."""
        if not self._errs(key):
            return number
        if self._misread.uniform(key, 1) < _LEFT_OUT:
            return -1
        tens, ones = number // 10 % 10, number % 10
        return number + (ones - tens) * 9  # a transposition: 42 becomes 24


_LEFT_OUT = 2.0 / 3.0


class Parcel:
    """A packed order waiting for the carrier, with the units really inside."""

    __slots__ = ("inside", "order")

    def __init__(self, order: Order, inside: list[tuple[int, int]]) -> None:
        self.order, self.inside = order, inside


class ReturnedGoods:
    """Goods that came back and lie on the returns desk."""

    __slots__ = ("condition", "line", "order", "sku", "units")

    def __init__(self, order: Order, line: int, sku: int, units: int, condition: int) -> None:
        self.order, self.line, self.condition = order, line, condition
        self.sku, self.units = sku, units
        """What really came back: what was in the parcel, whatever the order says."""


class Warehouse:
    """The building: what lies where, in units, whatever any record says."""

    __slots__ = (
        "_happenings", "_labels", "_returns_due", "_rma", "_shop", "_tracking", "count_sheets", "dock_receipts",
        "parcels", "place", "returns", "returns_desk", "shelf", "shipments", "staging",
    )  # fmt: skip

    def __init__(self, place: int, products: int, shop: Shop, labels: Scribe, happenings: Happenings) -> None:
        self.place = place
        """The location's code."""
        self.shelf: list[int] = [0] * products
        self.staging: list[Parcel] = []
        """Packed parcels the carrier has not collected."""
        self.parcels: dict[int, list[tuple[int, int]]] = {}
        self.returns_desk: list[ReturnedGoods] = []
        self.shipments: Rows[CarrierShipment] = Rows("operations/carrier_shipments", CarrierShipment)
        self.dock_receipts: Rows[DockReceipt] = Rows("operations/dock_receipts", DockReceipt)
        self.returns: Rows[ReturnReceived] = Rows("operations/returns_received", ReturnReceived)
        self.count_sheets: Rows[CountSheet] = Rows("operations/count_sheets", CountSheet)
        self._returns_due: dict[int, list[ReturnedGoods]] = {}
        self._shop, self._happenings = shop, happenings
        self._labels = labels
        self._tracking = self._rma = 0

    def branch(self, place: int) -> Warehouse:
        """Another place of the same business, whose papers go into the same tables."""
        other = Warehouse(place, len(self.shelf), self._shop, self._labels, self._happenings)
        other.shipments, other.dock_receipts = self.shipments, self.dock_receipts
        other.returns, other.count_sheets = self.returns, self.count_sheets
        return other

    def happened(
        self, kind: int, now: int, key: int, sku: int = -1, quantity: int = 0, amount: int = 0, about: int = -1
    ) -> None:
        """Note a physical event at this place."""
        self._happenings.add((kind, now, key, sku, quantity, amount, about, self.place))

    def pack(self, order: Order, inside: list[tuple[int, int]]) -> None:
        """Take units off the shelf into a parcel."""
        shelf = self.shelf
        for sku, units in inside:
            shelf[sku] -= units
        self.staging.append(Parcel(order, inside))

    def collect(self, parcel: Parcel, now: int) -> None:
        """The carrier takes a parcel: the goods are gone, and the sale is made."""
        order = parcel.order
        order.collected = True
        self._shop.open.pop(order.key, None)
        shipped, ship, place = self._happenings.shipped.add, order.ship, self.place
        units = 0
        for sku, quantity in parcel.inside:
            shipped((now, ship, sku, quantity, place))
            units += quantity
        self._happenings.sold.add((now, order.invoice, order.net_cents, order.shipping_cents, order.tax_cents))
        self._tracking += 1
        label = self._labels.write(order.number, ship)
        self.shipments.add((_TRACKING | self._tracking, label, now, units))
        planned = self._shop.planned_return(order)
        if planned is not None:
            line, days, damaged = planned
            condition = DAMAGED if damaged else RESALABLE
            back = ReturnedGoods(order, line, *parcel.inside[line], condition)
            self._returns_due.setdefault(now // DAY + days, []).append(back)

    def receive_returns(self, day: int, now: int) -> None:
        """Returned parcels due up to `day` reach the returns desk."""
        for due in [due for due in self._returns_due if due <= day]:
            for back in self._returns_due.pop(due):
                self._rma += 1
                self.returns.add((_RMA | self._rma, 0, back.order.number, back.sku, back.units, back.condition, now))
                self.returns_desk.append(back)

    def lose(self, sku: int, units: int, now: int, key: int) -> None:
        """Units vanish or are thrown away."""
        self.shelf[sku] -= units
        self.happened(h.LOST, now, key, sku, units)
