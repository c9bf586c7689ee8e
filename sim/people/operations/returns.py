"""What came back: credited, refunded and, where the goods are fit for it, put back, by whoever has it before them."""

from __future__ import annotations

from collections.abc import Sequence

from ... import keys
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...integration.third_party import WarehouseLink
from ...operations import happenings as h
from ...operations.goods import RESALABLE, ReturnedGoods, Warehouse
from ...operations.world import Operations

_HOUR = 14 * 60 + 5
FIRST_WAKE = _HOUR
"""Minute of the first day at which the desk begins."""


class Returns:
    """The work on returned goods at one place."""

    __slots__ = ("_cin7", "_house", "_operations")

    def __init__(self, operations: Operations, cin7: Cin7Core, house: Warehouse) -> None:
        self._operations, self._cin7, self._house = operations, cin7, house

    def take_back(self, item: ReturnedGoods, now: int) -> None:
        """Credit, refund and, where the goods are fit for it, restock."""
        sales, house, day = self._cin7.sales, self._house, now // DAY
        parcel = item.parcel
        order = parcel.order
        sale = sales.by_order[order.key]
        fulfilment = sale.fulfilments[keys.part_of(parcel.ship)]
        net = fulfilment.net_of(item.line, item.units)
        tax = order.shop.tax_on(net)
        note = sales.credit(fulfilment, item.line, item.units, tax, now, day)
        if note is None:
            return
        happened = house.happened
        happened(h.CREDITED_GOODS, now, note, amount=net)
        happened(h.CREDITED_TAX, now, note, amount=tax)
        if order.gateway is not None:
            order.gateway.refund(order, note, net + tax, now)
        else:
            self._operations.debtors.give_back(note, net + tax, now)
        if item.condition == RESALABLE:
            house.shelf[item.sku] += item.units
            happened(h.PUT_BACK, now, keys.beside(note, keys.RESTOCK), item.sku, item.units, about=parcel.ship)
            if fulfilment.shipped:  # Cin7 refuses to restock what it never shipped ("Pending fulfillment")
                sales.restock(fulfilment, note, item.line, item.units, now, day)


class ReturnsDesk:
    """Works through what third parties told to have come back, every working day."""

    __slots__ = ("_calendar", "_links", "rank")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, links: Sequence[tuple[WarehouseLink, Warehouse]], calendar: Calendar
    ) -> None:
        self.rank = 31
        self._calendar = calendar
        self._links = [(link, Returns(operations, cin7, house)) for link, house in links]

    def wake(self, now: int) -> int | None:
        """Credit everything told since yesterday; what is resalable is put back on their shelf."""
        if self._calendar.is_workday(now // DAY):
            for link, returns in self._links:
                for item in link.returned:
                    returns.take_back(item, now)
                link.returned.clear()
        return now + DAY
