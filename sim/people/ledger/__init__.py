"""People of the general ledger: the bookkeeper codes the bank, the accountant closes the month."""

from __future__ import annotations

from ... import keys
from ...cin7.configuration import LOCK_DATE
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.outbox import Outbox
from ...ledger.books import Books, Statement
from ...operations import happenings as h
from ...operations.money_flows import BankMovement, Payout
from ...operations.world import Operations, overhead_key
from ...profile import CloseConfig, OverheadConfig
from ...schema import NO_LOCK
from ...tables import Lexicon
from ..operations.buying import Clerk

_CODING, _REOPENING, _CLOSING, _CHECKING = 9 * 60 + 30, 10 * 60 + 20, 14 * 60, 17 * 60 + 30
FIRST_WAKES = {"bookkeeper": _CODING, "accountant": _REOPENING}
"""Minute of the first day at which each begins."""
_REOPEN_DAYS = 25
"""A month is opened again at most this long after its end (assumption)."""
_TAX_MONTHS, _TAX_DAY = (1, 4, 7, 10), 20
"""Sales tax is paid quarterly, on the twentieth (assumption)."""


class Bookkeeper:
    """Matches and codes every bank line, each working morning."""

    __slots__ = ("_accounts", "_books", "_calendar", "_lexicon", "_outbox", "rank", "user")

    def __init__(
        self, books: Books, outbox: Outbox, accounts: dict[str, int], calendar: Calendar, lexicon: Lexicon, user: int
    ) -> None:
        self.rank = 52
        self._books, self._outbox, self._accounts = books, outbox, accounts
        self._calendar, self._lexicon, self.user = calendar, lexicon, user

    def wake(self, now: int) -> int | None:
        """Code the bank."""
        if self._calendar.is_workday(now // DAY):
            for statement in list(self._books.uncoded.values()):
                self._code(statement, now)
        return (now // DAY + 1) * DAY + _CODING

    def _code(self, statement: Statement, now: int) -> None:
        subject, bank = statement.subject, self._accounts["bank"]
        if not isinstance(subject, BankMovement):
            raise TypeError("a bank line is fed from the bank")
        if subject.payout is not None:
            self._post(statement, self._payout_lines(subject.payout), now)
        elif subject.account >= 0:
            cents = statement.amount_cents
            self._post(statement, [(bank, cents), (subject.account, -cents)], now)
        elif statement.key in self._outbox.arrived:
            self._books.code_line(statement.key, self._outbox.arrived[statement.key], now, self.user)

    def _payout_lines(self, payout: Payout) -> list[tuple[int, int]]:
        """Net to the bank, fees and chargebacks to expense, the gross off the clearing account."""
        accounts = self._accounts
        lines = [
            (accounts["bank"], payout.net_cents),
            (accounts["payment_fees"], payout.fees_cents),
            (payout.clearing, -payout.cleared_cents),
        ]
        if payout.disputes_cents:
            lines.append((accounts["chargebacks"], payout.disputes_cents))
        return lines

    def _post(self, statement: Statement, lines: list[tuple[int, int]], now: int) -> None:
        rules = self._outbox.ledger
        source_type = rules.money_in if statement.amount_cents > 0 else rules.money_out
        date = max(statement.date, self._books.lock_date + 1)
        self._books.post(statement.key, date, now, source_type, statement.key, lines, self.user)
        self._books.code_line(statement.key, statement.key, now, self.user)


class Accountant:
    """Books what no paper brings, closes each month a few working days after its end, and keeps both lock dates."""

    __slots__ = ("_accounts", "_bank", "_books", "_calendar", "_cin7", "_clerk", "_close_day", "_draw", "_lexicon", "_month",
                 "_outbox", "_overheads", "_reopen_rate", "rank", "user")  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, outbox: Outbox, books: Books, clerk: Clerk, config: CloseConfig,
        accounts: dict[str, int], lexicon: Lexicon, draws: Draws, user: int,
    ) -> None:  # fmt: skip
        self.rank = 54
        self._bank, self._calendar = operations.bank, operations.calendar
        self._cin7, self._outbox, self._books, self._clerk = cin7, outbox, books, clerk
        self._overheads: list[OverheadConfig] = config.overheads
        self._close_day = config.workday
        self._accounts, self._lexicon, self.user = accounts, lexicon, user
        self._draw, self._reopen_rate = draws.stream("work/reopenings"), config.reopened.value
        self._month = -1
        """The last month-end that is closed."""

    def wake(self, now: int) -> int | None:
        """Reopen or not in the morning, close after lunch, check in the evening."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _REOPENING:
                self._pay_tax(day, now)
                self._reopen(day, now)
            elif minute == _CLOSING:
                self._close(day, now)
            else:
                self._lock_when_drained(now)
        later = [phase for phase in (_CLOSING, _CHECKING) if phase > minute]
        return day * DAY + later[0] if later else (day + 1) * DAY + _REOPENING

    # -- month-end --------------------------------------------------------------------------------------------

    def _close(self, day: int, now: int) -> None:
        """On the closing day: book what belongs to the month, then close Cin7 so that nothing new is dated in it."""
        month_end = self._calendar.previous_month_end(day)
        if month_end <= self._month or month_end < 0:
            return
        if day < self._calendar.add_workdays(month_end, self._close_day) or self._cin7.books.lock_date == month_end + 1:
            return
        for n, cost in enumerate(self._overheads):
            if not cost.day:
                key = overhead_key(month_end, n)
                lines = [(self._accounts[cost.role], cost.amount_cents), (self._accounts[cost.against], -cost.amount_cents)]
                narration = self._lexicon.text(cost.name)
                self._books.post(key, month_end, now, self._outbox.ledger.journal, key, lines, self.user, narration=narration)
        self._set_cin7_lock(month_end + 1, now)

    def _lock_when_drained(self, now: int) -> None:
        """Close the ledger once nothing dated in the month still waits in the queue."""
        until = self._cin7.books.lock_date - 1
        if until <= self._books.lock_date:
            return
        if any(record.document.effective_date <= until and not record.edit for record in self._outbox.waiting()):
            return
        self._books.lock(until, now, self.user)
        if until > self._month:
            self._month = until
            self._clerk.holds_closed = self._draw.happens(self._reopen_rate, until)

    def _set_cin7_lock(self, lock_date: int, now: int) -> None:
        new = self._calendar.date(lock_date).isoformat() if lock_date else NO_LOCK
        self._cin7.books.settings.set(now, LOCK_DATE, "", new, self.user)

    # -- an authorised reopening ------------------------------------------------------------------------------

    def _reopen(self, day: int, now: int) -> None:
        """A late bill dated in the month just closed may be worth opening it again, in both systems, for an hour."""
        month_end = self._month
        if not self._clerk.holds_closed or self._books.lock_date != month_end:
            return
        start = self._calendar.previous_month_end(month_end) + 1
        if any(start <= date <= month_end for date in self._clerk.dates_waiting()):
            self._books.lock(start - 1, now, self.user)
            self._set_cin7_lock(start, now)
            self._clerk.holds_closed = False
            self._clerk.enter_bills(now)
            self._set_cin7_lock(month_end + 1, now)
        elif day > month_end + _REOPEN_DAYS:
            self._clerk.holds_closed = False

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
