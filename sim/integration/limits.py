"""How many calls an API takes: budgets that fill up again, and the words in which a call too many is turned away.

A refused call costs nothing of the budget (assumption), and the sender, told how long to wait, waits. Time is counted in
minutes, so a budget of a minute is full again in the next one: calls within a minute have no order.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..clock import DAY
from ..ledger.rules import Refusal
from .errors import refusal


class Limits(msgspec.Struct, frozen=True):
    """What one system allows; 0 stands for no limit."""

    per_minute: int
    per_day: int
    at_once: int
    """Calls under way at the same time."""


LIMITS = {
    "Xero": Limits(60, 5_000, 5),  # a tenant: developer.xero.com/faq/limits
    "QuickBooks Online": Limits(500, 0, 10),  # a realm: developer.intuit.com, limits and throttles
    "Cin7 Core": Limits(60, 0, 0),  # an application: Cin7 Core API v2; nothing is said of calls at the same time
}
"""By the system's name in `schema.TARGET`."""


class Bucket:
    """A budget of `size` calls that is full again at the beginning of every `period` minutes."""

    __slots__ = ("_began", "_left", "_period", "_size")

    def __init__(self, size: int, period: int) -> None:
        self._size, self._period = size, period
        self._left, self._began = size, 0

    def left(self, now: int) -> int:
        """Calls that may still be made at minute `now`, which never goes back."""
        began = now - now % self._period
        if began != self._began:
            self._began, self._left = began, self._size
        return self._left

    def spend(self, calls: int) -> None:
        """Take calls made at the minute last asked about."""
        self._left -= calls

    def full_again(self) -> int:
        """The minute at which it is full again."""
        return self._began + self._period


class Gate:
    """One system's API as far as limits go, for one caller that heeds the answer to a call too many."""

    __slots__ = ("_day", "_minute", "_shut_until", "_system", "at_once", "others")

    def __init__(self, system: str, limits: Limits) -> None:
        self._system = system
        self._minute = Bucket(limits.per_minute, 1)
        self._day = Bucket(limits.per_day, DAY) if limits.per_day else None
        self.at_once = limits.at_once
        """Calls it takes at the same time; 0 for any number."""
        self._shut_until = 0
        self.others: Callable[[int], bool] | None = None
        """(minute) -> whether other applications of the same tenant have used up the day's calls, where there are such."""

    def left(self, now: int) -> int:
        """Calls it would still take in minute `now`; 0 while the caller has been told to wait."""
        if (self.others is not None and self.others(now)) or now < self._shut_until:
            return 0
        left = self._minute.left(now)
        return left if self._day is None else min(left, self._day.left(now))

    def spend(self, calls: int) -> None:
        """Count calls it took in the minute last asked about."""
        self._minute.spend(calls)
        if self._day is not None:
            self._day.spend(calls)

    def turn_away(self, now: int) -> Refusal | None:
        """The answer to a call too many in minute `now`; None when the caller has had it and waits."""
        if now < self._shut_until:
            return None
        others = self.others is not None and self.others(now)
        spent = self._day is not None and (others or self._day.left(now) <= 0)
        self._shut_until = self._minute.full_again()
        if spent or others:
            self._shut_until = (now // DAY + 1) * DAY
        return refusal("day_limit" if spent else "minute_limit", self._system, seconds=60 * (self._shut_until - now))

    def too_many_at_once(self) -> Refusal:
        """The answer to a call while others are under way."""
        return refusal("concurrent_limit", self._system, seconds=1)

    def opens(self, now: int) -> int:
        """The first minute from `now` on in which it takes calls."""
        if now < self._shut_until:
            return self._shut_until
        return now if self.left(now) > 0 else now + 1
