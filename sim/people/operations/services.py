"""Services: who does the work that customers ordered by itself, and who orders the work that the business needs.

Work that comes with goods (gift wrapping) is done with them and needs nobody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ... import keys
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...operations.goods import make_sale
from ...operations.order import Parcel
from ...operations.providers import WorkOrder
from ...operations.world import Operations
from ...profile import BoughtServiceConfig
from ...tables import number_prefix

_ROUND, _ORDERS = 15 * 60 + 50, 11 * 60 + 25
FIRST_WAKE, FIRST_ORDERS = _ROUND, _ORDERS
"""Minutes of the first day at which the desk and the buyer of work begin."""
_WORKDAYS_A_MONTH = 21
_PO = number_prefix("PO-")


class Need(NamedTuple):
    """Work that the business needs now and then: its product code, and how often."""

    sku: int
    config: BoughtServiceConfig


class ServiceDesk:
    """Does every working afternoon what was ordered before that day (assumption)."""

    __slots__ = ("_calendar", "_cin7", "_operations", "rank")

    def __init__(self, operations: Operations, cin7: Cin7Core) -> None:
        self.rank = 35
        self._operations, self._cin7 = operations, cin7
        self._calendar: Calendar = operations.calendar

    def wake(self, now: int) -> int | None:
        """Go through sales of work alone."""
        if self._calendar.is_workday(now // DAY):
            sales, operations, waiting = self._cin7.sales, self._operations, []
            for fulfilment in sales.to_serve:
                order = operations.order(fulfilment.sale.order_key)
                if order is None or fulfilment.sale.voided:
                    continue
                if order.placed // DAY == now // DAY:
                    waiting.append(fulfilment)
                    continue
                order.shop.open.pop(order.key)
                parcel = Parcel(order, fulfilment.ship, fulfilment.invoice, [], [], order.net_cents, 0, order.tax_cents,
                                order.line_amounts() if operations.drop_shippers.itemised else None)  # fmt: skip
                make_sale(parcel, 0, now, operations.happenings, operations.debtors)
                sales.done_elsewhere(fulfilment)
            sales.to_serve[:] = waiting
        return (now // DAY + 1) * DAY + _ROUND


class ServiceBuyer:
    """Orders work when it is needed, and enters the bills for it."""

    __slots__ = ("_calendar", "_cin7", "_draw", "_needs", "_operations", "rank")

    def __init__(self, operations: Operations, cin7: Cin7Core, needs: Sequence[Need], draws: Draws) -> None:
        self.rank = 35
        self._operations, self._cin7, self._needs = operations, cin7, needs
        self._calendar: Calendar = operations.calendar
        self._draw = draws.stream("work/services")

    def wake(self, now: int) -> int | None:
        """Enter what came, then order."""
        day = now // DAY
        if self._calendar.is_workday(day):
            self._enter_bills(now)
            for need in self._needs:
                if self._draw.happens(min(1.0, need.config.a_month.value / _WORKDAYS_A_MONTH), day, need.sku << 1):
                    self._order(need, day, now)
        return (day + 1) * DAY + _ORDERS

    def _order(self, need: Need, day: int, now: int) -> None:
        services, config, supplier = self._cin7.services, need.config, self._cin7.catalogue.supplier[need.sku]
        cents = self._draw.between(config.from_cents // 100, config.to_cents // 100, day, need.sku << 1 | 1) * 100
        key = keys.purchase(day, supplier)
        due = self._calendar.workday_from(day + round(config.work_days.value))
        purchase = services.order(key, supplier, need.sku, cents, due, now, day)
        order = WorkOrder(key, _PO | purchase.number, supplier, need.sku, cents)
        self._operations.providers.accept(order, day)

    def _enter_bills(self, now: int) -> None:
        """Enter bills; one for a closed month is dated in the open one."""
        cin7, providers = self._cin7, self._operations.providers
        lock, by_key = cin7.books.lock_date, cin7.purchasing.by_key
        providers.bills[:] = [
            bill for bill in providers.bills
            if not cin7.services.bill(by_key[bill.order.key], bill.key, bill.cents, bill.number, now, max(bill.date, lock))
        ]  # fmt: skip
