"""Drop shipping: passing on what customers bought to the suppliers who send it, and following up what they say.

Knows what Cin7 shows and the papers that came.
"""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.direct import DirectPurchase
from ...cin7.sales import Fulfilment
from ...clock import DAY, Calendar
from ...operations import happenings as h
from ...operations.direct import DirectOrder, DirectSale, DropShippers
from ...operations.order import Order
from ...operations.world import Operations
from ...tables import number_prefix

_PAPERS, _ORDERS = 9 * 60 + 55, (10 * 60 + 25, 15 * 60 + 25)
FIRST_WAKE = _PAPERS
"""Minute of the first day at which the desk begins."""
_PHASES = (_PAPERS, *_ORDERS)
_PO = number_prefix("PO-")


class DirectDesk:
    """Who orders from drop shippers, twice a working day, and goes through their papers in the morning."""

    __slots__ = ("_calendar", "_cin7", "_missing", "_operations", "_shippers", "rank")

    def __init__(self, operations: Operations, shippers: DropShippers, cin7: Cin7Core) -> None:
        self.rank = 33
        self._operations, self._shippers, self._cin7 = operations, shippers, cin7
        self._calendar: Calendar = operations.calendar
        self._missing: list[tuple[Order, Fulfilment, int, int]] = []
        """What suppliers cannot send and customers have not been given back: place on the order, units."""

    def wake(self, now: int) -> int | None:
        """Papers first, orders later."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _PAPERS:
                self._read_notes(now)
                self._settle_missing(day, now)
                self._enter_bills(now)
                self._settle_returns(day, now)
                self._enter_credits(now)
            else:
                self._buy(day, now)
        later = [phase for phase in _PHASES if phase > minute]
        return day * DAY + later[0] if later else (day + 1) * DAY + _PHASES[0]

    # -- out ----------------------------------------------------------------------------------------------------

    def _buy(self, day: int, now: int) -> None:
        """Send what was sold since the last round to the suppliers who have it."""
        direct, waiting, shippers = self._cin7.direct, self._cin7.sales.to_buy, self._shippers
        for fulfilment in waiting:
            sale, order = fulfilment.sale, self._operations.order(fulfilment.sale.order_key)
            if sale.voided or order is None:
                continue
            whole = DirectSale(order, is_all=not fulfilment.lines)
            for supplier, wanted in sorted(direct.wanted(fulfilment).items()):
                key = keys.direct(order.key, supplier)
                due = shippers.expected(supplier, day)
                purchase = direct.order(key, fulfilment, supplier, wanted, due, now, day)
                lines = [(want.line, want.sku, want.units, want.unit_cost) for want in wanted]
                shippers.accept(DirectOrder(key, _PO | purchase.number, supplier, whole, lines), day)
        waiting.clear()

    # -- papers -------------------------------------------------------------------------------------------------

    def _read_notes(self, now: int) -> None:
        """Take note of what was sent, and of what will not come."""
        direct, sales = self._cin7.direct, self._cin7.sales
        for note in self._shippers.notes:
            purchase = self._purchase(note.paper.key)
            if note.sent:
                sales.done_elsewhere(purchase.fulfilment)
            for line, units in note.missing:
                direct.will_not_come(purchase, units, now)
                self._missing.append((note.paper.sale.order, purchase.fulfilment, line, units))
        self._shippers.notes.clear()

    def _settle_missing(self, day: int, now: int) -> None:
        """Call off an order of which nothing comes; otherwise credit what does not come, once it is invoiced and paid for."""
        still = []
        for order, fulfilment, line, units in self._missing:
            sale = fulfilment.sale
            if sale.voided:
                continue
            if not (sale.bought or fulfilment.lines):
                self._cin7.sales.void(sale, now)
                order.shop.cancel(order, now)
            elif not self._give_back(order, fulfilment, line, units, day, now):
                still.append((order, fulfilment, line, units))
        self._missing = still

    def _settle_returns(self, day: int, now: int) -> None:
        """Give customers their money for what they do not want, whether or not the supplier takes it back."""
        still = []
        for back in self._shippers.returns:
            order = back.paper.sale.order
            fulfilment = self._cin7.sales.by_order[order.key].fulfilments[0]
            if not self._give_back(order, fulfilment, back.line, back.units, day, now):
                still.append(back)
        self._shippers.returns[:] = still

    def _give_back(self, order: Order, fulfilment: Fulfilment, line: int, units: int, day: int, now: int) -> bool:
        """Credit and refund units of a line. False when it is too early for that."""
        if not fulfilment.invoiced or (order.gateway is not None and not fulfilment.paid):
            return False
        net = fulfilment.net_of_other(line, units)
        tax = order.shop.tax_on(net)
        sku = order.lines[line][0]
        note = self._cin7.sales.credit(fulfilment, sku, net, tax, now, day)
        if note is None:
            return False
        happened = self._operations.houses[0].happened
        happened(h.CREDITED_GOODS, now, note, sku, amount=net)
        happened(h.CREDITED_TAX, now, note, amount=tax)
        if order.gateway is not None:
            order.gateway.refund(order, note, net + tax, now)
        elif self._operations.debtors.give_back(note, order, fulfilment.invoice, net + tax, now):
            self._cin7.sales.set_off(fulfilment, note, net + tax, now)
        return True

    def _enter_bills(self, now: int) -> None:
        """Enter bills; one for a closed month is dated in the open one."""
        direct, lock = self._cin7.direct, self._cin7.books.lock_date
        self._shippers.bills[:] = [
            bill for bill in self._shippers.bills
            if not direct.bill(self._purchase(bill.paper.key), bill.key, bill.lines, bill.number, now, max(bill.date, lock))
        ]  # fmt: skip

    def _enter_credits(self, now: int) -> None:
        """Enter suppliers' credit notes for what came back to them."""
        direct, lock = self._cin7.direct, self._cin7.books.lock_date
        self._shippers.credits[:] = [
            credit for credit in self._shippers.credits
            if not direct.credit(self._purchase(credit.paper.key), credit.key, credit.sku, credit.units, credit.cents,
                                 credit.number, now, max(credit.date, lock))
        ]  # fmt: skip

    def _purchase(self, key: int) -> DirectPurchase:
        purchase = self._cin7.purchasing.by_key[key]
        if not isinstance(purchase, DirectPurchase):
            raise TypeError("drop shippers deal with purchases for customers")
        return purchase
