"""Who compares a third party's weekly stock file with Cin7, and asks about what differs.

Nothing is corrected because of it: a difference is mostly a parcel that missed the van or a file on its way, and what is lost
comes as an adjustment of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ... import keys
from ...clock import DAY, Calendar
from ...integration.third_party import Snapshot, WarehouseLink
from ...operations.world import Operations
from .policies import WorkPolicies

_READING = 10 * 60 + 40
FIRST_WAKE = _READING
"""Minute of the first day at which the files are looked at."""
_PLACE = 7 << 10
"""Sets the keys of these tickets apart from those of others raised in the same minute."""


class SnapshotReader:
    """Looks at the last stock file of each third party on the working day after it came."""

    __slots__ = ("_calendar", "_links", "_operations", "_policies", "rank", "user")

    def __init__(self, operations: Operations, links: Sequence[WarehouseLink], policies: WorkPolicies, user: int) -> None:
        self.rank = 39
        self._operations, self._links, self._policies, self.user = operations, links, policies, user
        self._calendar: Calendar = operations.calendar

    def wake(self, now: int) -> int | None:
        """Compare what has come since yesterday."""
        day = now // DAY
        if self._calendar.is_workday(day):
            for n, link in enumerate(self._links):
                snapshot, link.snapshot = link.snapshot, None
                if snapshot is not None and self._policies.compares_stock_file(n, day):
                    self._compare(n, snapshot, now)
        return (day + 1) * DAY + _READING

    def _compare(self, n: int, snapshot: Snapshot, now: int) -> None:
        """Raise a ticket about the products of which they have more or fewer than Cin7."""
        off = {sku: theirs - ours for sku, (theirs, ours) in snapshot.units.items() if theirs != ours}
        if not off:
            return
        worst = max(off, key=lambda sku: (abs(off[sku]), -sku))
        lexicon, (theirs, ours) = self._operations.lexicon, snapshot.units[worst]
        date = self._calendar.date(snapshot.written // DAY)
        text = (f"Stock file of {date:%Y-%m-%d}: {len(off)} products differ from Cin7; {lexicon.lists['sku'][worst]}: "
                f"they have {theirs}, Cin7 has {ours}")  # fmt: skip
        self._operations.issues.add((keys.root(keys.TICKET, now << 13 | _PLACE | n), now, self.user, lexicon.text(text)))
