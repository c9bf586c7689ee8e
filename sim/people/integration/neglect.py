"""Records that the ledger refuses and nobody resolves: who sees them, and how they are put out of sight.

Knows the queue as its screen shows it.
"""

from __future__ import annotations

from ...clock import DAY
from ...integration.outbox import Outbox
from ..staff import Count, Person, Team

_OLD_DAYS, _SKIPPED_DAYS = 6, 14
"""A refused record is a nuisance after so many days, and skipped after so many (assumption)."""


class Backlog:
    """Refused records by age."""

    __slots__ = ("_outbox", "_since", "_team")

    def __init__(self, team: Team, outbox: Outbox) -> None:
        self._team, self._outbox = team, outbox
        self._since: dict[int, int] = {}
        """The day on which somebody first saw each refused record."""
        team.states["stuck_record"] = self._old
        for role in ("integration_owner", "ecommerce_operator", "bookkeeper"):
            team.reactions.setdefault(role, []).append(self._skip)

    def _old(self, day: int) -> Count:
        self._since = {key: self._since.get(key, day) for key in self._outbox.failed}
        return sum(day - since >= _OLD_DAYS for since in self._since.values()), 0

    def _skip(self, person: Person, now: int) -> None:
        """Take what is old out of the way, if that is what somebody does with such records."""
        if "skip" not in person.config.habits:
            return
        day = now // DAY
        self._old(day)
        for key, since in list(self._since.items()):
            if day - since >= _SKIPPED_DAYS and not self._team.looks_for_cause(person, day, key):
                record = self._outbox.failed[key]
                cents = sum(abs(cents) for _, _, cents in record.document.pairs)
                self._outbox.skip(record, now, person.user)
                self._team.note("skip", person, now, key=record.document.key, gap=cents)
