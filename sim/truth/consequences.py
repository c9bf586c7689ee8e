"""What the business feels: each month's stockouts, lost sales, purchases, margin, length of the close and neglected records.

Each figure stands beside the twin's, which is the same business without any event. Misstatement is none of these: here it is
counted what happened, and how far the books' margin is from the true one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..clock import DAY
from ..founding import World
from ..money import extend
from ..operations import happenings as h
from ..tables import Matrix

MEASURES = {
    "stockout_days": "days of a product on which a customer found it sold out",
    "lost_sales_cents": "cents of orders that could not be taken",
    "purchased_cents": "cents of goods received, at the order's prices",
    "stock_cents": "cents that truly lie in stock, or are tied up there",
    "margin_misstated_cents": "cents by which the books' gross profit of the month exceeds the true one",
    "workdays_to_close": "working days from the month's end to its close",
    "unowned_share": "share of the month's records that stayed out of the ledger beyond normal time",
}
"""What is measured, and what it means."""


class Happened:
    """What a run's physical events and its people's closes come to, by day; small enough to hand between processes."""

    __slots__ = ("closed", "lost_sales", "purchased", "records", "stockouts")

    def __init__(self, world: World, rows: Matrix) -> None:
        """`rows`: all happenings."""
        day = rows[:, 1] // DAY
        lost = rows[:, 0] == h.LOST_SALE
        self.lost_sales = _by_day(day[lost].tolist(), rows[lost, 5].tolist())
        """Cents of orders the shop could not take, by day."""
        pairs = np.unique(np.column_stack((day[lost], rows[lost, 3])), axis=0)
        self.stockouts = _by_day(pairs[:, 0].tolist(), [1] * len(pairs))
        """Products that a customer found sold out, by day."""
        received = rows[rows[:, 0] == h.RECEIVED]
        values = [extend(units, cost) for units, cost in received[:, 4:6].tolist()]
        self.purchased = _by_day((received[:, 1] // DAY).tolist(), values)
        """Cents of goods received, by day."""
        staged = world.outbox.records.matrix()
        self.records = _by_day((staged[:, 4] // DAY).tolist(), [1] * len(staged))
        """Records staged, by day."""
        closed = world.accountant.review.closed if world.accountant.review is not None else []
        calendar = world.calendar
        self.closed = {end: sum(calendar.is_workday(each) for each in range(end + 1, on + 1)) for end, on in closed}
        """Working days that the close of each month took, by month-end."""


def _by_day(days: Iterable[int], amounts: Iterable[int]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for day, amount in zip(days, amounts, strict=True):
        sums[day] = sums.get(day, 0) + amount
    return sums


def within(by_day: dict[int, int], after: int, until: int) -> int:
    """What falls after day `after`, up to day `until`."""
    return sum(amount for day, amount in by_day.items() if after < day <= until)


def of_month(happened: Happened, after: int, until: int, *, unclean: int, stock: int, margin: int) -> dict[str, float]:
    """All measures of the month that ends on day `until`."""
    records = within(happened.records, after, until)
    return {
        "stockout_days": within(happened.stockouts, after, until),
        "lost_sales_cents": within(happened.lost_sales, after, until),
        "purchased_cents": within(happened.purchased, after, until), "stock_cents": stock, "margin_misstated_cents": margin,
        "workdays_to_close": happened.closed.get(until, 0), "unowned_share": unclean / records if records else 0.0,
    }  # fmt: skip
