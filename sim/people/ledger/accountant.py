"""The accountant closes each month a few working days after its end, opens it again with good reason, and finishes the year.

Cin7's lock date goes first, then the queue is drained, then the ledger's follows.
"""

from __future__ import annotations

from ... import keys
from ...clock import DAY
from ...draws import Draws
from ...integration.outbox import Outbox
from ...integration.staging import Record
from ...ledger.books import YEAR_END, Books
from ...operations import happenings as h
from ...operations.money_flows import BankMovement
from ...operations.world import Operations, overhead_key
from ...profile import CloseConfig
from ...tables import Lexicon
from ..cin7 import Administrator
from ..operations.buying import Clerk
from .closing import Review
from .policies import ClosingPolicies

REOPENING, _CLOSING, _CHECKING = 10 * 60 + 20, 14 * 60, 17 * 60 + 30
_REOPEN_DAYS = 25
"""A month is opened again at most this long after its end (assumption)."""
_BY_HAND = 32
"""Journals posted by hand at a month-end are numbered from here on; overheads come before."""
_TAX_MONTHS, _TAX_DAY = (1, 4, 7, 10), 20
"""Sales tax is paid quarterly, on the twentieth (assumption)."""


class Accountant:
    """Books what no paper brings, closes the books, and has Cin7 closed."""

    __slots__ = ("_accounts", "_administrator", "_adviser", "_bank", "_books", "_calendar", "_clerk", "_closing", "_config",
                 "_draw", "_lexicon", "_month", "_outbox", "agreed", "policies", "rank", "review", "user")  # fmt: skip

    def __init__(
        self, operations: Operations, administrator: Administrator, outbox: Outbox, books: Books, clerk: Clerk,
        config: CloseConfig, accounts: dict[str, int], lexicon: Lexicon, draws: Draws, user: int, adviser: int,
    ) -> None:  # fmt: skip
        """`adviser`: the outside accountant, who finishes the year."""
        self.rank = 54
        self._bank, self._calendar = operations.bank, operations.calendar
        self._administrator, self._outbox, self._books, self._clerk = administrator, outbox, books, clerk
        self._config = config
        self._accounts, self._lexicon, self.user, self._adviser = accounts, lexicon, user, adviser
        self._draw = draws.stream("work/reopenings")
        self._month = self._closing = -1
        """The last month-end that is closed in the ledger, and the last that is closed in Cin7."""
        self.agreed: dict[int, int] = {}
        """The day on which a month is closed where one was agreed on, by month-end."""
        self.review: Review | None = None
        """What is looked at before the ledger is closed; None: only whether everything has arrived."""
        self.policies = ClosingPolicies(closing_journals=lambda month_end: (), reopens_for=lambda refused: True)

    def wake(self, now: int) -> int | None:
        """Reopen or not in the morning, close after lunch, check in the evening."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == REOPENING:
                self._pay_tax(day, now)
                self._reopen_for_bills(day, now)
                self._reopen_for_refused(now)
            elif minute == _CLOSING:
                self._close(day, now)
            else:
                self._lock_when_drained(now)
        later = [phase for phase in (_CLOSING, _CHECKING) if phase > minute]
        return day * DAY + later[0] if later else (day + 1) * DAY + REOPENING

    # -- month-end --------------------------------------------------------------------------------------------

    def _close(self, day: int, now: int) -> None:
        """On the closing day: book what belongs to the month, then have Cin7 closed so that nothing new is dated in it."""
        month_end = self._calendar.previous_month_end(day)
        if month_end <= self._closing or month_end < 0:
            return
        if day < self.agreed.get(month_end, self._calendar.add_workdays(month_end, self._config.workday)):
            return
        self._book_overheads(month_end, now, self.user, yearly=False)
        for n, entry in enumerate(self.policies.closing_journals(month_end)):
            key, narration = overhead_key(month_end, _BY_HAND + n), self._lexicon.text(entry.narration)
            self._outbox.ledger.enter_journal(key, entry.date, entry.lines, narration, now, self.user)
        self._closing = month_end
        self._administrator.close(month_end, now)

    def _book_overheads(self, month_end: int, now: int, user: int, *, yearly: bool) -> None:
        """Post what no paper brings, dated on a month's last day."""
        for n, cost in enumerate(self._config.overheads):
            if not cost.day and cost.yearly == yearly:
                key = overhead_key(month_end, n)
                lines = [(self._accounts[cost.role], cost.amount_cents), (self._accounts[cost.against], -cost.amount_cents)]
                narration = self._lexicon.text(cost.name)
                self._outbox.ledger.enter_journal(key, month_end, lines, narration, now, user, adviser=user == self._adviser)

    def _lock_when_drained(self, now: int) -> None:
        """Close the ledger once nothing dated in the month still waits in the queue, or nobody looks for it any longer."""
        until, books = self._closing, self._books
        if until <= books.period_lock:
            return
        if self.review is None:
            if self._outbox.holds(until):
                return
        elif not self.review.may_close(until, now):
            return
        books.lock(until, now, self.user)
        if until > self._month:
            self._month = until
            self._clerk.holds_closed = self._draw.happens(self._config.reopened.value, until)
            self._finish_year(until, now)

    def _finish_year(self, month_end: int, now: int) -> None:
        """The outside accountant adjusts and closes the year some months after its end, past the lock date of the months."""
        calendar, end = self._calendar, month_end
        for _ in range(self._config.year_finished_months):
            end = calendar.previous_month_end(end)
        if end < 0 or calendar.date(end).month != self._config.year_ends_month:
            return
        self._book_overheads(end, now, self._adviser, yearly=True)
        if self._outbox.ledger.year_end_lock:
            self._books.lock(end, now, self._adviser, YEAR_END)

    # -- authorised reopenings --------------------------------------------------------------------------------

    def _reopen_for_bills(self, day: int, now: int) -> None:
        """A late bill dated in the month just closed may be worth opening it again, in both systems, for an hour."""
        month_end = self._month
        if not self._clerk.holds_closed or self._books.period_lock != month_end:
            return
        start = self._calendar.previous_month_end(month_end) + 1
        if any(start <= date <= month_end for date in self._clerk.dates_waiting()):
            self._books.lock(start - 1, now, self.user)
            self._administrator.close(start - 1, now)
            self._clerk.holds_closed = False
            self._clerk.enter_bills(now)
            self._administrator.close(month_end, now)
        elif day > month_end + _REOPEN_DAYS:
            self._clerk.holds_closed = False

    def _reopen_for_refused(self, now: int) -> None:
        """Open the ledger for what a closed month refused; the evening closes it again, once everything has arrived."""
        books = self._books
        refused = [record for record in self._outbox.failed.values() if self._is_refused(record)]
        if refused and self.policies.reopens_for(refused):
            books.lock(min(record.document.effective_date for record in refused) - 1, now, self.user)
            for record in refused:
                self._outbox.retry(record, now, self.user)
            # Who types the same date into both learns here, for this month, that they mean different things.
            self._administrator.close(self._closing + self._config.seam_days, now)

    def _is_refused(self, record: Record) -> bool:
        """Whether a month that this accountant can open is all that keeps a record out."""
        refusal, date = record.refusal, record.document.effective_date
        return not record.edit and refusal is not None and refusal.about == "period_closed" and date > self._books.year_end_lock

    # -- tax --------------------------------------------------------------------------------------------------

    def _pay_tax(self, day: int, now: int) -> None:
        """Pay the sales tax the ledger shows, quarterly."""
        date = self._calendar.date(day)
        due = self._calendar.workday_from(day - date.day + _TAX_DAY)
        owed = -self._books.balance[self._accounts["tax"]]
        if date.month not in _TAX_MONTHS or day != due or owed <= 0:
            return
        key = keys.root(keys.BANK, day)
        self._bank.book(BankMovement(key, now, -owed, "STATE SALES TAX", self._accounts["tax"]), h.PAID_TAX)
