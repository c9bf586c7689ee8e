"""Time: integer minutes of local business time, the working calendar, and actors woken by SimPy.

Knows nothing of the business. A day is its distance in days from the first simulated day; a minute is
counted from that day's midnight. Actors keep their state in slots and say when they want to wake next,
so a world holds no generator locals and can be copied.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Protocol

import msgspec
import simpy

DAY = 1440
"""Minutes in a day."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yearly day without work: a fixed `day` of the month, or the `nth` `weekday` of it (-1: the last)."""

    name: str
    month: int
    day: int = 0
    weekday: str = ""
    nth: int = 0

    def in_year(self, year: int) -> dt.date:
        """The date in `year`."""
        if self.day:
            return dt.date(year, self.month, self.day)
        wanted = WEEKDAYS.index(self.weekday)
        if self.nth > 0:
            first = dt.date(year, self.month, 1)
            return first + dt.timedelta((wanted - first.weekday()) % 7 + 7 * (self.nth - 1))
        last = dt.date(year + self.month // 12, self.month % 12 + 1, 1) - dt.timedelta(1)
        return last - dt.timedelta((last.weekday() - wanted) % 7)


class Calendar:
    """Dates of a window of whole months: which days are worked, where months end."""

    __slots__ = ("days", "first", "month_ends", "weekday0", "workdays")

    def __init__(self, first: dt.date, months: int, holidays: Iterable[Holiday]) -> None:
        self.first = first
        ends, day = [], first
        for _ in range(months):
            day = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
            ends.append((day - first).days - 1)
        self.month_ends: list[int] = ends
        """Day numbers of the last day of each month in the window."""
        self.days = ends[-1] + 1
        self.weekday0 = first.weekday()
        years = range(first.year, day.year + 2)
        closed = {(rule.in_year(year) - first).days for rule in holidays for year in years}
        # Two months beyond the window, so that due dates computed near its end still find a working day.
        self.workdays = [
            (self.weekday0 + day) % 7 < 5 and day not in closed for day in range(self.days + 62)
        ]

    def date(self, day: int) -> dt.date:
        """The calendar date of day number `day`."""
        return self.first + dt.timedelta(day)

    def day(self, date: dt.date) -> int:
        """The day number of `date`; negative before the window."""
        return (date - self.first).days

    def weekday(self, day: int) -> int:
        """0 Monday to 6 Sunday."""
        return (self.weekday0 + day) % 7

    def is_workday(self, day: int) -> bool:
        """Whether people work on `day`."""
        return self.workdays[day] if day < len(self.workdays) else self.weekday(day) < 5

    def workday_from(self, day: int) -> int:
        """The first working day on or after `day`."""
        while not self.is_workday(day):
            day += 1
        return day

    def add_workdays(self, day: int, count: int) -> int:
        """The working day that lies `count` working days after `day`."""
        for _ in range(count):
            day = self.workday_from(day + 1)
        return day

    def previous_month_end(self, day: int) -> int:
        """The day number of the last day of the month before `day`'s month (-1 in the first month)."""
        return day - self.date(day).day


class Actor(Protocol):
    """Someone or something that acts at moments of its own."""

    rank: int
    """Order among actors that wake in the same minute: lower acts first."""

    def wake(self, now: int) -> int | None:
        """Act at minute `now`; return the minute of the next waking, or None to stop."""
        ...


_Waking = tuple[int, Callable[[int], int | None]]
"""An actor's rank, and how it acts."""


class Clock:
    """Wakes actors in order of minute, then rank; ties of rank in the order in which they named the minute."""

    __slots__ = ("_callbacks", "_due", "_env", "_idle")

    def __init__(self) -> None:
        self._env = simpy.Environment()
        self._due: dict[int, list[_Waking]] = {}
        """Who wakes in each minute to come. Those of a minute share one event: half of the events, or a third."""
        self._idle: list[simpy.Event] = []
        """Events that are scheduled again and again, with a callback instead of a process: a third of the cost, and
        nothing of the world hides in a generator's locals."""
        self._callbacks: list[Callable[[simpy.Event], None]] = [self._wake_all]

    @property
    def now(self) -> int:
        """The current minute."""
        return int(self._env.now)

    def add(self, actor: Actor, first: int) -> None:
        """Let `actor` wake for the first time at minute `first`."""
        waking = (actor.rank, actor.wake)
        if first in self._due:
            self._due[first].append(waking)
        else:
            self._plan(self.now, first, waking)

    def run(self, until: int) -> None:
        """Let everything up to, not including, minute `until` happen."""
        if until > self._env.now:
            self._env.run(until=until)

    def _plan(self, now: int, minute: int, waking: _Waking) -> None:
        """Schedule a minute for which nobody has asked yet."""
        self._due[minute] = [waking]
        event = self._idle.pop() if self._idle else simpy.Event(self._env)
        event._ok, event._value, event.callbacks = True, minute, self._callbacks
        self._env.schedule(event, delay=minute - now)

    def _wake_all(self, event: simpy.Event) -> None:
        now, planned = event._value, self._due
        due = planned.pop(now)
        if len(due) > 1:
            due.sort(key=_rank)
        for waking in due:
            after = waking[1](now)
            if after is None:
                continue
            others = planned.get(after)
            if others is None:
                self._plan(now, after, waking)
            else:
                others.append(waking)
        self._idle.append(event)


_rank = itemgetter(0)
