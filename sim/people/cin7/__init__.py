"""Who keeps Cin7 Core: month-end figures, settings changed for good reasons, stale sales put away."""

from __future__ import annotations

from collections.abc import Sequence

from ... import keys
from ...cin7.configuration import LOCK_DATE
from ...cin7.core import Cin7Core
from ...cin7.mapping import Rule, remapping
from ...clock import DAY, Calendar
from ...draws import Draws
from ...operations import happenings as h
from ...operations.world import Operations
from ...schema import NO_LOCK
from .policies import AdministratorPolicies

_MORNING, _NIGHT = 11 * 60 + 40, 23 * 60 + 59
FIRST_WAKE = _MORNING
"""Minute of the first day at which the administrator begins."""
_REMAPPING = 3
"""Marks the identity of a decision about accounts among all adjustments of a day."""
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

    __slots__ = ("_calendar", "_cin7", "_draw", "_operations", "_plan", "_rate", "_values", "policies", "rank", "user")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, calendar: Calendar, rate: float, seam_days: int,
        plan: Sequence[tuple[int, Rule]], user: int, draws: Draws,
    ) -> None:  # fmt: skip
        """Begin.

        `rate`: harmless changes a working day; `plan`: changes of the account mapping, and from which day on; `seam_days`:
        by how much the date typed in falls short of closing the last day, since it means "earlier than".
        """
        self.rank = 90
        self._operations, self._cin7, self._calendar, self._rate, self.user = operations, cin7, calendar, rate, user
        self._plan = dict(enumerate(plan))
        self._draw = draws.stream("work/settings")
        self._values = [0] * len(_HARMLESS)
        self.policies = AdministratorPolicies(lock_date_for=lambda until: until + 1 - seam_days)

    def open(self, now: int) -> None:
        """Log the opening values."""
        for name, first, _ in _HARMLESS:
            self._cin7.books.settings.set(now, name, "", first, self.user)

    def close(self, until: int, now: int) -> None:
        """Close Cin7 up to and including day `until`."""
        lock_date = self.policies.lock_date_for(until)
        if lock_date is not None:
            new = self._calendar.date(lock_date).isoformat() if lock_date > 0 else NO_LOCK
            self._cin7.books.settings.set(now, LOCK_DATE, "", new, self.user)

    def decide(self, number: int, due: int, rule: Rule) -> None:
        """Take a decision about accounts, the business's `number`-th, to be carried out from day `due` on."""
        self._plan[number] = (due, rule)

    def wake(self, now: int) -> int | None:
        """Settings by day, snapshots on the last evening of a month."""
        day, minute = divmod(now, DAY)
        if minute == _NIGHT:
            if day in self._calendar.month_ends:
                self._cin7.snapshot(day)
                self._cin7.purchasing.archive(now)
            self._cin7.sales.archive(now - _ARCHIVE_DAYS * DAY)
            return (day + 1) * DAY + _MORNING
        if self._plan and self._calendar.is_workday(day):
            self._remap(day, now)
        if self._calendar.is_workday(day) and self._draw.happens(self._rate, day):
            n = self._draw.between(0, len(_HARMLESS) - 1, day, 1)
            name, *values = _HARMLESS[n]
            old = self._values[n]
            self._values[n] = 1 - old
            self._cin7.books.settings.set(now, name, "", values[1 - old], self.user)
        return day * DAY + _NIGHT

    def _remap(self, day: int, now: int) -> None:
        """Carry out what was decided about accounts; stock that gets another one takes its value along."""
        cin7, mapping = self._cin7, self._cin7.books.mapping
        for n, (due, rule) in list(self._plan.items()):
            if day < due or any(stock.blocked for stock in cin7.stocks):
                continue
            del self._plan[n]
            old = [mapping.of[sku].inventory for sku in rule.skus]
            for word in cin7.configuration.words(rule):
                cin7.books.settings.set(now, *word, self.user)
            root = keys.root(keys.ADJUSTMENT, day << 8 | n << 4 | _REMAPPING)
            if rule.inventory >= 0:
                reason = cin7.books.lexicon.text("value moved to the new inventory account")
                for key, place, moves in remapping(root, range(len(cin7.stocks)), rule.skus, old):
                    cin7.stocks[place].move_value(key, moves, reason, self.user, now, day)
            self._operations.houses[0].happened(h.REMAPPED, now, root, about=n)
