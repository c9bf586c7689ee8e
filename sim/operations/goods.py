"""Goods: units on the shelf and in staging, parcels collected, goods arriving and coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import keys
from ..clock import DAY
from ..draws import Stream
from ..schema import CONDITION, CarrierShipment, CountSheet, DockReceipt, ReturnReceived, ThirdPartyFile
from ..tables import Rows, number_prefix
from . import happenings as h
from .happenings import Happenings
from .order import Line, Order, Parcel

if TYPE_CHECKING:
    from .money_flows import Debtors
    from .suppliers import Delivery

TRACKING, RMA = number_prefix("1Z"), number_prefix("RMA-")
DELIVERY_NOTE = number_prefix("DN-")
_FIRST_SHIP, _FIRST_INVOICE = keys.first(keys.SHIP), keys.first(keys.INVOICE)
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


class ReturnedGoods:
    """Goods that came back and lie on the returns desk."""

    __slots__ = ("condition", "line", "parcel", "sku", "units")

    def __init__(self, parcel: Parcel, line: int, units: int, condition: int) -> None:
        self.parcel, self.line, self.condition = parcel, line, condition
        self.sku, inside = parcel.inside[line]
        self.units = min(units, inside)
        """What really came back: what was in the parcel, whatever the order says."""


class GoodsTables:
    """What all places write into, and the numbers they share."""

    __slots__ = ("count_sheets", "dock_receipts", "returns", "rma", "shipments", "third_party_files", "tracking")

    def __init__(self) -> None:
        self.shipments: Rows[CarrierShipment] = Rows("operations/carrier_shipments", CarrierShipment)
        self.dock_receipts: Rows[DockReceipt] = Rows("operations/dock_receipts", DockReceipt)
        self.returns: Rows[ReturnReceived] = Rows("operations/returns_received", ReturnReceived)
        self.count_sheets: Rows[CountSheet] = Rows("operations/count_sheets", CountSheet)
        self.third_party_files: Rows[ThirdPartyFile] = Rows("operations/third_party_files", ThirdPartyFile)
        self.tracking = self.rma = 0


class Warehouse:
    """A building: what lies where, in units, whatever any record says."""

    __slots__ = (
        "_debtors", "_happenings", "_labels", "_returns_due", "branch", "breaks", "by_hand", "dock", "goes_to_branch",
        "itemised", "kind", "place", "returns_desk", "shelf", "staging", "tables", "unnoticed",
    )  # fmt: skip

    def __init__(
        self, place: int, kind: str, products: int, labels: Scribe, tables: GoodsTables, debtors: Debtors,
        happenings: Happenings,
    ) -> None:  # fmt: skip
        self.place, self.kind, self.tables = place, kind, tables
        self.shelf: list[int] = [0] * products
        self.itemised = False
        """What a sale brings is kept line by line: the business books it to several accounts."""
        self.staging: list[Parcel] = []
        """Packed parcels the carrier has not collected."""
        self.by_hand: list[Order] = []
        """Orders that only the channel's own list shows: they are sent from that, if somebody there sends parcels."""
        self.dock: list[Delivery] = []
        """Deliveries nobody has booked in."""
        self.returns_desk: list[ReturnedGoods] = []
        self._returns_due: dict[int, list[ReturnedGoods]] = {}
        self.branch: Warehouse | None = None
        """A shop to which customers may bring what was sent from here, if there is one."""
        self.goes_to_branch: Callable[[int], bool] = lambda ship: False
        """(shipment key) -> whether they do."""
        self.breaks: Callable[[int], bool] | None = None
        """(shipment key) -> whether what comes back of it is damaged, beyond what usually is."""
        self.unnoticed: dict[int, int] = {}
        """Units by product that are there beyond (or short of) a third party's own record."""
        self._happenings, self._labels, self._debtors = happenings, labels, debtors

    def happened(
        self, kind: int, now: int, key: int, sku: int = -1, quantity: int = 0, amount: int = 0, about: int = -1
    ) -> None:
        """Note a physical event at this place."""
        self._happenings.add((kind, now, key, sku, quantity, amount, about, self.place))

    def pick(self, lines: list[Line], wrong: int) -> list[tuple[int, int]] | None:
        """What goes into a parcel, the neighbour of line `wrong` instead of it; None when something is not on the shelf."""
        shelf = self.shelf
        inside: list[tuple[int, int]] = []
        taken: dict[int, int] = {}
        for n, (sku, units, _, _) in enumerate(lines):
            picked = sku
            if n == wrong:
                neighbour = sku ^ 1
                if neighbour < len(shelf) and shelf[neighbour] - taken.get(neighbour, 0) >= units:
                    picked = neighbour
            if shelf[picked] - taken.get(picked, 0) < units:
                return None
            taken[picked] = taken.get(picked, 0) + units
            inside.append((picked, units))
        return inside

    def pack(self, parcel: Parcel) -> None:
        """Take units off the shelf into a parcel."""
        shelf = self.shelf
        for sku, units in parcel.inside:
            shelf[sku] -= units
        self.staging.append(parcel)

    def unpack(self, parcel: Parcel) -> None:
        """Put what is in a parcel back on the shelf; the caller takes the parcel out of staging."""
        for sku, units in parcel.inside:
            self.shelf[sku] += units

    def collect(self, parcel: Parcel, now: int) -> None:
        """The carrier takes a parcel: the goods are gone, and the sale is made."""
        order, ship = parcel.order, parcel.ship
        units = self._goods_leave(parcel, now)
        tables = self.tables
        tables.tracking += 1
        label = self._labels.write(order.number, ship)
        tables.shipments.add((TRACKING | tables.tracking, label, now, units))
        order.units_gone += units
        shop = order.shop
        if len(parcel.inside) == len(order.lines) or order.is_gone:
            shop.open.pop(order.key, None)

    def hand_over(self, order: Order, now: int) -> None:
        """The customer takes the goods at the till, or Amazon sends them from its own shelf: sold and gone at once.

        The shelf has been cleared by the channel, which sells from it.
        """
        inside = [(sku, units) for sku, units, _, _ in order.lines]
        root = order.key
        parcel = Parcel(order, root + _FIRST_SHIP, root + _FIRST_INVOICE, inside, range(len(inside)), order.net_cents,
                        order.shipping_cents, order.tax_cents,
                        [(sku, price * units - discount) for sku, units, price, discount in order.lines]
                        if self.itemised else None)  # fmt: skip
        self._goods_leave(parcel, now)

    def _goods_leave(self, parcel: Parcel, now: int) -> int:
        """Goods, income and money of a parcel that goes; the number of units."""
        order, ship, place = parcel.order, parcel.ship, self.place
        shipped = self._happenings.shipped.add
        units = 0
        for sku, quantity in parcel.inside:
            shipped((now, ship, sku, quantity, place))
            units += quantity
        make_sale(parcel, units, now, self._happenings, self._debtors)
        planned = order.shop.planned_return(order)
        if planned is not None and planned[0] in parcel.numbers:
            line, back_units, days, damaged = planned
            damaged = damaged or (self.breaks is not None and self.breaks(ship))
            back = ReturnedGoods(parcel, parcel.numbers.index(line), back_units, DAMAGED if damaged else RESALABLE)
            self._returns_due.setdefault(now // DAY + days, []).append(back)
        return units

    def receive_returns(self, day: int, now: int) -> None:
        """Returned parcels due up to `day` reach the returns desk."""
        tables = self.tables
        for due in [due for due in self._returns_due if due <= day]:
            for back in self._returns_due.pop(due):
                here = self.branch if self.branch is not None and self.goes_to_branch(back.parcel.ship) else self
                tables.rma += 1
                tables.returns.add((RMA | tables.rma, 0, back.parcel.order.number, back.sku, back.units, back.condition, now,
                                    here.place))  # fmt: skip
                here.returns_desk.append(back)

    def lose(self, sku: int, units: int, now: int, key: int) -> None:
        """Units vanish or are thrown away."""
        self.shelf[sku] -= units
        self.note(sku, -units)
        self.happened(h.LOST, now, key, sku, units)

    def note(self, sku: int, units: int) -> None:
        """Units are there, or missing, without the people of a third party knowing; others count against our record."""
        if self.kind == "third_party":
            self.unnoticed[sku] = self.unnoticed.get(sku, 0) + units


def make_sale(parcel: Parcel, units: int, now: int, happenings: Happenings, debtors: Debtors) -> None:
    """With its goods a parcel's sale is made: income, and the customer's money, taken or owed."""
    gateway = parcel.order.gateway
    if parcel.sold is None:
        happenings.sold.add((now, parcel.invoice, parcel.net_cents, parcel.shipping_cents, parcel.tax_cents))
    else:
        happenings.sold.add((now, parcel.invoice, 0, parcel.shipping_cents, parcel.tax_cents))
        for sku, cents in parcel.sold:
            happenings.sold_lines.add((now, parcel.invoice, sku, cents))
    if gateway is None:
        debtors.owe(parcel, now)
    elif parcel.order.prepaid_cents:
        gateway.earn_prepayment(parcel, now)
    else:
        gateway.capture(parcel, units, now)
