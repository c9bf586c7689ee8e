"""What came back, and what customers want made good: credited, refunded, and put back where the goods are fit for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.sales import Fulfilment
from ...cin7.stock import Stock
from ...clock import DAY, Calendar
from ...money import ratio
from ...operations import happenings as h
from ...operations.claims import Claim
from ...operations.goods import RESALABLE, ReturnedGoods, Warehouse
from ...operations.order import Parcel
from ...operations.world import Operations
from .policies import WorkPolicies

_PUT_BACK = "back on shelf"
_HOUR = 14 * 60 + 5
FIRST_WAKE = _HOUR
"""Minute of the first day at which the desk begins."""


class _Pending(NamedTuple):
    """A restock that Cin7 has not taken."""

    fulfilment: Fulfilment
    note: int
    line: int
    units: int
    number: int
    """The credit note's, for people."""


def give_credit(
    operations: Operations, cin7: Cin7Core, fulfilment: Fulfilment, parcel: Parcel, sku: int, net: int, now: int, *,
    kept_back: bool = False,
) -> int | None:  # fmt: skip
    """Authorise a credit note over `net` cents before tax for some of a product; its key, None when the date is closed.

    The money is given back, or set off against what is still owed: always if the customer has `kept_back` as much.
    """
    order = parcel.order
    tax, day = order.shop.tax_on(net), now // DAY
    note = cin7.sales.credit(fulfilment, sku, net, tax, now, day)
    if note is None:
        return None
    add = operations.happenings.add
    add((h.CREDITED_GOODS, now, note, sku, 0, net, keys.NONE, keys.NONE))
    add((h.CREDITED_TAX, now, note, -1, 0, tax, keys.NONE, keys.NONE))
    if order.gateway is not None:
        order.gateway.refund(order, note, net + tax, now)
    elif kept_back or operations.debtors.give_back(note, order, parcel.invoice, net + tax, now):
        cin7.sales.set_off(fulfilment, note, net + tax, now)
    return note


class Returns:
    """The work on returned goods at one place."""

    __slots__ = ("_cin7", "_house", "_operations", "_pending", "_policies", "_stock", "_user")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, house: Warehouse, stock: Stock, policies: WorkPolicies, user: int
    ) -> None:
        self._policies, self._user = policies, user
        self._operations, self._cin7, self._house, self._stock = operations, cin7, house, stock
        self._pending: list[_Pending] = []

    def take_back(self, item: ReturnedGoods, now: int) -> None:
        """Credit, refund and, where the goods are fit for it, restock."""
        house, parcel = self._house, item.parcel
        sale = self._cin7.sales.by_order.get(parcel.order.key)
        if sale is None:
            self._give_back_unknown(item, now)
            return
        fulfilment = sale.fulfilments[keys.part_of(parcel.ship)]
        net = fulfilment.net_of(item.line, item.units)
        if parcel.order.gateway is not None and not self._policies.credits_return(parcel.ship, now // DAY):
            self._give_back_only(item, fulfilment, net, now)
            return
        note = give_credit(self._operations, self._cin7, fulfilment, parcel, fulfilment.lines[item.line][0], net, now)
        if note is not None and item.condition == RESALABLE:
            house.shelf[item.sku] += item.units
            restock = keys.beside(note, keys.RESTOCK)
            house.happened(h.PUT_BACK, now, restock, item.sku, item.units, about=parcel.ship)
            if self._policies.restocks(note, now // DAY):
                self._restock(_Pending(fulfilment, note, item.line, item.units, self._cin7.sales.credits), now)

    def _give_back_unknown(self, item: ReturnedGoods, now: int) -> None:
        """The screen knows no such sale: refund in the channel, and put on the shelf what is fit for it."""
        house, parcel = self._house, item.parcel
        order, note = parcel.order, keys.document(parcel.order.key, keys.CREDIT_NOTE)
        sku, units, price, discount = order.lines[item.line]
        net = ratio(price * units - discount, min(item.units, units), units)
        tax, add = order.shop.tax_on(net), self._operations.happenings.add
        add((h.CREDITED_GOODS, now, note, sku, 0, net, keys.NONE, keys.NONE))
        add((h.CREDITED_TAX, now, note, -1, 0, tax, keys.NONE, keys.NONE))
        if order.gateway is not None:
            order.gateway.refund(order, note, net + tax, now)
        if item.condition == RESALABLE:
            house.shelf[item.sku] += item.units
            house.happened(h.PUT_BACK, now, keys.beside(note, keys.RESTOCK), item.sku, item.units, about=parcel.ship)

    def _give_back_only(self, item: ReturnedGoods, fulfilment: Fulfilment, net: int, now: int) -> None:
        """Refund at the gateway without a credit note; what is resalable is put back by a stock adjustment.

        The happenings are those of a return that is credited: that is what took place.
        """
        house, order, day = self._house, item.parcel.order, now // DAY
        sales = self._cin7.sales
        note = sales.next_credit_note(fulfilment.sale)
        sales.uncredited[note] = None
        tax, add = order.shop.tax_on(net), self._operations.happenings.add
        add((h.CREDITED_GOODS, now, note, fulfilment.lines[item.line][0], 0, net, keys.NONE, keys.NONE))
        add((h.CREDITED_TAX, now, note, -1, 0, tax, keys.NONE, keys.NONE))
        if order.gateway is not None:
            order.gateway.refund(order, note, net + tax, now)
        if item.condition == RESALABLE:
            house.shelf[item.sku] += item.units
            house.happened(h.PUT_BACK, now, keys.beside(note, keys.RESTOCK), item.sku, item.units, about=item.parcel.ship)
            text = self._operations.lexicon.text(_PUT_BACK)
            key = keys.beside(note, keys.ADJUST)
            self._stock.adjust(item.sku, item.units, key, text, self._user, now, max(day, self._cin7.books.lock_date))
            sales.retry_backorders(self._stock, now)

    def retry(self, now: int) -> None:
        """Restock what Cin7 did not take before."""
        pending, self._pending = self._pending, []
        for restock in pending:
            self._restock(restock, now)

    def _restock(self, restock: _Pending, now: int) -> None:
        """Put units back in Cin7; what it never shipped has to wait for that ("Pending fulfillment")."""
        fulfilment, note, line, units, number = restock
        source, day, layers = fulfilment.stock, max(now // DAY, self._cin7.books.lock_date), []
        if not self._stock.blocked:
            layers = self._cin7.sales.restock(fulfilment, note, line, units, number, now, day)
        if not layers:
            self._pending.append(restock)
        elif source is not self._stock:
            self._cin7.transfers.pass_on(note, fulfilment.lines[line][0], layers, source, self._stock, now, day)


class ReturnsDesk:
    """Every working day: what third parties and Amazon told to have come back, and what customers who keep the goods ask."""

    __slots__ = ("_calendar", "_cin7", "_claims", "_conceded", "_operations", "_places", "rank")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, places: Sequence[tuple[list[ReturnedGoods], Warehouse, Stock]],
        calendar: Calendar, policies: WorkPolicies, user: int,
    ) -> None:  # fmt: skip
        """`places`: what is told to have come back, there and in Cin7."""
        self.rank = 31
        self._operations, self._cin7, self._calendar = operations, cin7, calendar
        self._places = [(told, Returns(operations, cin7, house, stock, policies, user)) for told, house, stock in places]
        self._claims: list[Claim] = []
        self._conceded: list[tuple[Parcel, int]] = []
        """Claims and complaints whose sale is not invoiced yet."""

    def wake(self, now: int) -> int | None:
        """Credit everything told since yesterday; what is resalable is put back on their shelf."""
        if self._calendar.is_workday(now // DAY):
            for told, returns in self._places:
                returns.retry(now)
                for item in told:
                    returns.take_back(item, now)
                told.clear()
            self._conceded += self._operations.debtors.conceded(now // DAY)
            self._conceded = [given for given in self._conceded if not self._give_in(*given, now)]
            claims = [*self._claims, *self._operations.claims.come_in(now // DAY)]
            self._claims = [claim for claim in claims if not self._make_good(claim, now)]
        return now + DAY

    def _give_in(self, parcel: Parcel, net: int, now: int) -> bool:
        """Credit what a customer on account holds back with good reason. False when there is no invoice yet."""
        sale = self._cin7.sales.by_order.get(parcel.order.key)
        fulfilment = sale.fulfilments[keys.part_of(parcel.ship)] if sale is not None else None
        if fulfilment is None or not fulfilment.invoiced:
            return False
        sku, *_ = fulfilment.lines[0] if fulfilment.lines else fulfilment.others[0][1]  # work alone has no goods
        note = give_credit(self._operations, self._cin7, fulfilment, parcel, sku, net, now, kept_back=True)
        return note is not None

    def _make_good(self, claim: Claim, now: int) -> bool:
        """Credit a claim; the goods stay where they are. False when there is no invoice yet."""
        parcel = claim.parcel
        sale = self._cin7.sales.by_order.get(parcel.order.key)
        if sale is None:
            return True  # too long ago
        fulfilment = sale.fulfilments[keys.part_of(parcel.ship)]
        if not fulfilment.invoiced:
            return False
        units = claim.units or fulfilment.lines[claim.line][1]
        net = fulfilment.net_of(claim.line, units)
        if not claim.units:
            net = ratio(net, claim.percent, 100)
        if net:
            give_credit(self._operations, self._cin7, fulfilment, parcel, fulfilment.lines[claim.line][0], net, now)
        return True
