"""The bill inbox: suppliers who e-mail their bills to the ledger as well make drafts there, which somebody tidies away.

A bill belongs into Cin7, on its purchase; from there the sync brings it. Twice a week the drafts of what has come are deleted;
before, whoever sees one may submit it for approval.
"""

from __future__ import annotations

from ... import keys
from ...clock import DAY
from ...draws import Draws
from ...integration.outbox import Outbox
from ...ledger.books import Books
from ...ledger.drafts import DRAFT
from ...operations.world import Operations

READING = 9 * 60 + 20
"""Minute of the day at which the inbox is read: before suppliers' papers are entered in Cin7."""
_TIDYING = (1, 4)
"""Weekdays, from Monday as 0, on which the inbox is tidied (assumption)."""
_SUBMITTED = 0.3
"""Drafts that somebody submits for approval on a morning before they are tidied away (assumption)."""


class BillInbox:
    """Drafts bills that came by e-mail, submits some, and deletes what the sync has brought."""

    __slots__ = ("_books", "_calendar", "_chance", "_drafted", "_draw", "_outbox", "_seen", "_suppliers", "rank", "user")

    def __init__(self, operations: Operations, books: Books, outbox: Outbox, rate: float, draws: Draws, user: int) -> None:
        """`rate`: bills that come this way, too."""
        self.rank = 51
        self._suppliers, self._calendar = operations.suppliers, operations.calendar
        self._books, self._outbox, self.user = books, outbox, user
        self._draw = draws.stream("work/inbox")
        self._chance = self._draw.chance(rate)
        self._seen: dict[int, None] = {}
        self._drafted: dict[int, int] = {}
        """Drafts by the key of their bill."""

    def wake(self, now: int) -> int | None:
        """Read what came, then tidy."""
        if self._calendar.is_workday(now // DAY):
            self._tidy(now, is_tidying_day=self._calendar.weekday(now // DAY) in _TIDYING)
            self._read(now)
        return (now // DAY + 1) * DAY + READING

    def _read(self, now: int) -> None:
        mail, kind = self._suppliers.mail, self._outbox.ledger.bill
        for bill in mail:
            if bill.key not in self._seen and self._chance(bill.key):
                draft = keys.beside(bill.key, keys.DRAFT)
                contact = keys.root(keys.PARTY, 1 << 32 | bill.paper.supplier)
                self._books.drafts.write(draft, kind, bill.number, contact, bill.date, bill.total_cents, now, self.user)
                self._drafted[bill.key] = draft
        self._seen = {bill.key: None for bill in mail}  # what is gone from the mail never comes back

    def _tidy(self, now: int, *, is_tidying_day: bool) -> None:
        for bill, draft in list(self._drafted.items()):
            if is_tidying_day and bill in self._outbox.arrived:
                self._books.drafts.delete(draft, now, self.user)
                del self._drafted[bill]
            elif self._books.drafts.open[draft] == DRAFT and self._draw.happens(_SUBMITTED, bill, 1 + now // DAY):
                self._books.drafts.submit(draft, now, self.user)
