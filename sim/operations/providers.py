"""Providers: people outside who work for the business, such as a photographer, and bill it when they are done.

Knows orders as they were given and nothing of how they are booked.
"""

from __future__ import annotations

from .. import keys
from ..clock import Calendar
from ..draws import Draws
from ..money import ratio
from ..profile import BoughtServiceConfig
from ..schema import PAPER, SupplierDocument
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import Scribe
from .happenings import Happenings

_BILL_NUMBER, _INVOICE = number_prefix("SINV-"), PAPER["invoice"]
_BASIS = 10_000
_EXTRAS = 0.2  # assumption: share of bills that ask for more than was agreed
_EXTRA_SIZE = (2, 15)  # assumption: by so many per cent


class WorkOrder:
    """Work as ordered from a provider."""

    __slots__ = ("cents", "key", "number", "sku", "supplier")

    def __init__(self, key: int, number: int, supplier: int, sku: int, cents: int) -> None:
        self.key, self.number, self.supplier, self.sku, self.cents = key, number, supplier, sku, cents


class WorkBill:
    """A provider's bill."""

    __slots__ = ("cents", "date", "key", "number", "order")

    def __init__(self, order: WorkOrder, cents: int, number: int, date: int) -> None:
        self.order, self.cents, self.number, self.date = order, cents, number, date
        self.key = keys.document(order.key, keys.BILL, keys.AHEAD_FROM)  # it follows no receipt


class Providers:
    """All who work for the business."""

    __slots__ = ("_calendar", "_days", "_draw", "_due", "_happenings", "_papers", "bills", "documents")

    def __init__(
        self, services: list[BoughtServiceConfig], first: int, missed: float, calendar: Calendar, draws: Draws,
        documents: Rows[SupplierDocument], happenings: Happenings,
    ) -> None:  # fmt: skip
        """`first`: the number of the first of them among suppliers; `missed`: how often our number is left out on a bill."""
        self._calendar, self._happenings, self.documents = calendar, happenings, documents
        self._days = {
            first + n: draws.gamma_quantiles(f"providers/{of.code}", max(0.1, of.work_days.value), 0.6)
            for n, of in enumerate(services)
        }
        """Days from the order to the bill, by supplier."""
        self._draw = draws.stream("providers/orders")
        self._papers = Scribe(draws.stream("providers/papers"), missed)
        self._due: dict[int, list[WorkBill]] = {}
        self.bills: list[WorkBill] = []
        """Bills nobody has entered."""

    def accept(self, order: WorkOrder, day: int) -> None:
        """Take an order; when the work is done, a bill is written."""
        draw, key = self._draw, order.key
        days = max(1, draw.quantile(self._days[order.supplier], key))
        cents = order.cents
        if draw.happens(_EXTRAS, key, 1):
            cents += ratio(cents, 100 * draw.between(*_EXTRA_SIZE, key, 2), _BASIS)
        date = self._calendar.workday_from(day + days)
        bill = WorkBill(order, cents, _BILL_NUMBER | (10_000 + draw.between(0, 89_999, key, 3)), date)
        self._due.setdefault(self._calendar.add_workdays(date, 1), []).append(bill)

    def bring_papers(self, day: int, now: int, names: list[int]) -> None:
        """Bills due on `day` arrive; `names` are suppliers' codes."""
        for bill in self._due.pop(day, ()):
            self.bills.append(bill)
            order = bill.order
            reference = self._papers.write(order.number, bill.key)
            self._happenings.add((h.BILLED_DIRECT, now, bill.key, order.sku, 1, bill.cents, -1, -1))
            self.documents.add((bill.number, _INVOICE, 0, names[order.supplier], reference, bill.date, order.sku, 1,
                                bill.cents * 100, now))  # fmt: skip
