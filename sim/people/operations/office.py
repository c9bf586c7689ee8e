"""The office side of operations: invoicing what is packed, editing memos."""

from __future__ import annotations

from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from .policies import WorkPolicies

_INVOICES, _MEMOS = 17 * 60, 11 * 60 + 15


class InvoiceRun:
    """Invoices what was packed, every working evening."""

    __slots__ = ("_calendar", "_cin7", "_policies", "rank")

    def __init__(self, cin7: Cin7Core, policies: WorkPolicies, calendar: Calendar) -> None:
        self.rank = 36
        self._cin7, self._policies, self._calendar = cin7, policies, calendar

    def wake(self, now: int) -> int | None:
        """Authorise invoices."""
        day = now // DAY
        if self._calendar.is_workday(day):
            sales = self._cin7.sales
            for sale in list(sales.to_invoice.values()):
                if self._policies.invoices_packed_sale(sale.order_key, day):
                    sales.authorise_invoice(sale, now, day)
        return (day + 1) * DAY + _INVOICES


class Operator:
    """The e-commerce operator, who now and then edits a memo on a finished sale, which sends it again."""

    __slots__ = ("_calendar", "_cin7", "_edits", "rank")

    def __init__(self, cin7: Cin7Core, calendar: Calendar, rate: float, draws: Draws) -> None:
        self.rank = 38
        self._cin7, self._calendar = cin7, calendar
        self._edits = draws.stream("work/memos").chance(rate)

    def wake(self, now: int) -> int | None:
        """Touch some of the sales completed since yesterday."""
        day = now // DAY
        if self._calendar.is_workday(day):
            finished = self._cin7.sales.just_completed
            for sale in finished:
                if self._edits(sale.key):
                    self._cin7.sales.touch(sale, now)
            finished.clear()
        return (day + 1) * DAY + _MEMOS


FIRST_WAKES = {InvoiceRun: _INVOICES, Operator: _MEMOS}
"""Minute of the first day at which each begins."""

__all__ = ["FIRST_WAKES", "InvoiceRun", "Operator"]
