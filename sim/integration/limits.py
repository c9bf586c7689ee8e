"""The ledger API's call limits: a minute's and a day's budget."""

from __future__ import annotations

from ..clock import DAY


class CallBudget:
    """Counts calls against Xero's limits per tenant: 60 a minute, 5,000 a day (developer.xero.com/faq/limits)."""

    __slots__ = ("_day", "_day_calls", "_minute", "_minute_calls", "per_day", "per_minute")

    def __init__(self, per_minute: int, per_day: int) -> None:
        self.per_minute, self.per_day = per_minute, per_day
        self._minute = self._day = -1
        self._minute_calls = self._day_calls = 0

    def left(self, now: int) -> int:
        """Calls that may still be made in minute `now`."""
        if now != self._minute:
            self._minute, self._minute_calls = now, 0
        if now // DAY != self._day:
            self._day, self._day_calls = now // DAY, 0
        return min(self.per_minute - self._minute_calls, self.per_day - self._day_calls)

    def day_is_spent(self, now: int) -> bool:
        """Whether the day's budget is used up."""
        return now // DAY == self._day and self._day_calls >= self.per_day

    def spend(self, calls: int) -> None:
        """Count calls made in the minute last asked about."""
        self._minute_calls += calls
        self._day_calls += calls
