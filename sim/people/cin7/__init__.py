"""Who keeps Cin7 Core: month-end figures, settings changed for good reasons, stale sales put away."""

from __future__ import annotations

from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...schema import NO_LOCK
from .policies import AdministratorPolicies

_MORNING, _NIGHT = 11 * 60 + 40, 23 * 60 + 59
FIRST_WAKE = _MORNING
"""Minute of the first day at which the administrator begins."""
_ARCHIVE_DAYS = 120
"""Longer than any return can take: the furthest is 64 days after delivery."""
# Settings whose change moves no money, each with the values it goes between.
_HARMLESS = (
    ("Sales process: notify customer on shipment", "Yes", "No"),
    ("Pick list layout", "by bin", "by product"),
    ("Product tags", "spring", "summer"),
    ("Print packing slip with prices", "No", "Yes"),
    ("Shopify: update order tags", "Yes", "No"),
    ("Purchase order template", "Standard", "Standard with images"),
)


class Administrator:
    """Changes a harmless setting now and then, closes periods when asked to, and takes the month-end snapshot of stock."""

    __slots__ = ("_calendar", "_cin7", "_draw", "_rate", "_values", "policies", "rank", "user")

    def __init__(self, cin7: Cin7Core, calendar: Calendar, rate: float, seam_days: int, user: int, draws: Draws) -> None:
        """`seam_days`: by how much the date typed in falls short of closing the last day, since it means "earlier than"."""
        self.rank = 90
        self._cin7, self._calendar, self._rate, self.user = cin7, calendar, rate, user
        self._draw = draws.stream("work/settings")
        self._values = [0] * len(_HARMLESS)
        self.policies = AdministratorPolicies(lock_date_for=lambda until: until + 1 - seam_days)

    def open(self, now: int) -> None:
        """Log the opening values."""
        for name, first, _ in _HARMLESS:
            self._cin7.books.log_setting(now, name, "", "", first, self.user)

    def close(self, until: int, now: int) -> None:
        """Close Cin7 up to and including day `until`."""
        books, calendar = self._cin7.books, self._calendar
        lock_date = self.policies.lock_date_for(until)
        if lock_date is not None:
            old, new = (calendar.date(day).isoformat() if day > 0 else NO_LOCK for day in (books.lock_date, lock_date))
            books.lock_date = max(0, lock_date)
            books.log_setting(now, "LockDate", "", old, new, self.user)

    def wake(self, now: int) -> int | None:
        """Settings by day, snapshots on the last evening of a month."""
        day, minute = divmod(now, DAY)
        if minute == _NIGHT:
            if day in self._calendar.month_ends:
                self._cin7.snapshot(day)
                self._cin7.purchasing.archive(now)
            self._cin7.sales.archive(now - _ARCHIVE_DAYS * DAY)
            return (day + 1) * DAY + _MORNING
        if self._calendar.is_workday(day) and self._draw.happens(self._rate, day):
            n = self._draw.between(0, len(_HARMLESS) - 1, day, 1)
            name, *values = _HARMLESS[n]
            old = self._values[n]
            self._values[n] = 1 - old
            self._cin7.books.log_setting(now, name, "", values[old], values[1 - old], self.user)
        return day * DAY + _NIGHT
