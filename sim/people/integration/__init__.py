"""Who looks after the integration: failed records are reviewed every working day, when somebody owns the queue."""

from __future__ import annotations

from ...clock import DAY, Calendar
from ...integration.outbox import Outbox
from ...integration.staging import Record
from .policies import QueuePolicies

_REVIEW = 10 * 60 + 10
FIRST_WAKE = _REVIEW
"""Minute of the first day at which the review begins."""


class QueueOwner:
    """Reviews what failed: retries what can go, skips what the ledger already has."""

    __slots__ = ("_calendar", "_outbox", "policies", "rank", "user")

    def __init__(self, outbox: Outbox, calendar: Calendar, user: int) -> None:
        self.rank = 50
        self._outbox, self._calendar, self.user = outbox, calendar, user
        self.policies = QueuePolicies(decide=_decide)

    def wake(self, now: int) -> int | None:
        """Go through the failed records."""
        if self._calendar.is_workday(now // DAY):
            for record in list(self._outbox.failed.values()):
                verdict = self.policies.decide(record)
                if verdict == "retry":
                    self._outbox.retry(record, now, self.user)
                elif verdict == "skip":
                    self._outbox.skip(record, now, self.user)
        return (now // DAY + 1) * DAY + _REVIEW


def _decide(record: Record) -> str:
    """Skip an edit that changed nothing; leave what a closed period refused to the accountant; retry the rest."""
    if record.edit:
        return "skip"
    if record.refusal is not None and record.refusal.about in {"period_closed", "year_closed"}:
        return "leave"
    return "retry"
