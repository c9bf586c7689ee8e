"""Double entry: journals that balance, accounts, documents and what settles them, lock dates, the bank statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..schema import (
    LOCK_KIND,
    SOURCE_TYPE,
    Account,
    Allocation,
    BankCoding,
    BankLine,
    Fact,
    ItemAccounts,
    Journal,
    JournalLine,
    LedgerDocument,
    LedgerItem,
    LedgerPayment,
    LockDate,
    Setting,
    Table,
    Ticket,
)
from ..tables import Derived, Lexicon, Matrix, Rows

Lines = Sequence[tuple[int, int]]
"""(account, cents), debit positive."""
Move = tuple[int, int, int]
"""Account debited, account credited, cents; a negative amount goes the other way."""
PERIOD, YEAR_END = LOCK_KIND["period"], LOCK_KIND["year_end"]
"""Kinds of lock dates: for all but advisers, and for everybody."""
_MANUAL = (SOURCE_TYPE["MANJOURNAL"], SOURCE_TYPE["JournalEntry"])


class _Transfer(Fact):
    """A journal of two lines that is its own source."""

    TABLE: ClassVar[Table] = Table("ledger/transfers", ("journal",), "now")
    journal: int
    date: int
    now: int
    source_type: int
    text: int
    user: int
    account: int
    other: int
    cents: int


class _Settlement(_Transfer):
    """The two lines of a payment, and what it settles. `other` is the control account."""

    settles: int


def _journals(rows: Matrix) -> Matrix:
    """A manual journal's text is its narration, any other's its reference."""
    journal, date, now, kind, text, user = rows[:, :6].T
    manual = np.isin(kind, _MANUAL)
    return np.column_stack((journal, date, now, kind, journal, np.where(manual, -1, text), np.where(manual, text, -1), user))


def _lines(rows: Matrix) -> Matrix:
    lines = np.empty((2 * len(rows), 3), np.int64)
    lines[::2], lines[1::2] = rows[:, [0, 6, 8]], rows[:, [0, 7, 8]]
    lines[1::2, 2] *= -1
    return lines


def _payments(rows: Matrix) -> Matrix:
    paid = rows[:, [0, 3, 6, 1, 8, 2]]
    paid[:, 4] = np.abs(paid[:, 4])
    return paid


def _allocations(rows: Matrix) -> Matrix:
    settled = rows[:, [0, 9, 8, 2]]
    settled[:, 2] = np.abs(settled[:, 2])
    return settled


class Statement:
    """A bank line waiting to be coded."""

    __slots__ = ("amount_cents", "date", "key", "subject")

    def __init__(self, key: int, date: int, amount_cents: int, subject: object) -> None:
        self.key, self.date, self.amount_cents = key, date, amount_cents
        self.subject = subject
        """What a person who looks at the line and the papers beside it takes it for."""


class Books:
    """One organisation's general ledger."""

    __slots__ = ("_settlements", "_transfers", "accounts", "allocations", "balance", "bank_coding",
                 "bank_lines", "documents", "issues", "item_accounts", "items", "journal_lines", "journals", "lexicon",
                 "lock_date", "lock_dates",
                 "payments", "period_lock", "settings", "uncoded", "year_end_lock")  # fmt: skip

    def __init__(self, accounts: int, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.balance = [0] * accounts
        """Balance of each account now, in cents, debit positive."""
        self.lock_date = self.period_lock = self.year_end_lock = -1
        """Days on or before it are closed: to all but advisers (the later of the two others), and to everybody (year end)."""
        self.uncoded: dict[int, Statement] = {}
        """Bank lines nobody has coded."""
        self.accounts: Rows[Account] = Rows("ledger/accounts", Account)
        # Most journals have two lines. One row holds such a journal; its rows in the tables follow from it.
        self._transfers: Rows[_Transfer] = Rows("", _Transfer)
        self._settlements: Rows[_Settlement] = Rows("", _Settlement)
        both = (self._transfers, self._settlements)
        self.journals: Rows[Journal] = Derived("ledger/journals", Journal, after=[(rows, _journals) for rows in both])
        self.journal_lines: Rows[JournalLine] = Derived(
            "ledger/journal_lines", JournalLine, after=[(rows, _lines) for rows in both]
        )
        self.documents: Rows[LedgerDocument] = Rows("ledger/documents", LedgerDocument)
        self.payments: Rows[LedgerPayment] = Derived(
            "ledger/payments", LedgerPayment, after=[(self._settlements, _payments)]
        )
        self.allocations: Rows[Allocation] = Derived(
            "ledger/allocations", Allocation, after=[(self._settlements, _allocations)]
        )
        self.items: Rows[LedgerItem] = Rows("ledger/items", LedgerItem)
        self.item_accounts: Rows[ItemAccounts] = Rows("ledger/item_accounts", ItemAccounts)
        self.bank_lines: Rows[BankLine] = Rows("ledger/bank_statement", BankLine)
        self.bank_coding: Rows[BankCoding] = Rows("ledger/bank_coding", BankCoding)
        self.lock_dates: Rows[LockDate] = Rows("ledger/lock_dates", LockDate)
        self.settings: Rows[Setting] = Rows("ledger/settings_log", Setting)
        self.issues: Rows[Ticket] = Rows("ledger/issue_log", Ticket)

    def post(
        self, journal: int, date: int, now: int, source_type: int, source: int, lines: Lines, user: int, *,
        reference: int = -1, narration: int = -1,
    ) -> None:  # fmt: skip
        """Enter a journal. Raises ValueError when it does not balance: whoever calls has made a mistake."""
        total, balance = 0, self.balance
        cells: list[int] = []
        for account, cents in lines:
            total += cents
            balance[account] += cents
            cells += (journal, account, cents)
        self.journal_lines.add(cells)
        if total:
            raise ValueError(f"journal {journal} is out of balance by {total} cents")
        self.journals.add((journal, date, now, source_type, source, reference, narration, user))

    def transfer(self, journal: int, date: int, now: int, source_type: int, text: int, user: int, move: Move) -> None:
        """Enter a journal of two lines that is its own source; `text` is the narration of a manual one, else the reference."""
        account, other, cents = move
        self.balance[account] += cents
        self.balance[other] -= cents
        self._transfers.add((journal, date, now, source_type, text, user, account, other, cents))

    def settle(
        self, payment: int, date: int, now: int, source_type: int, text: int, user: int, move: Move, settles: int
    ) -> None:
        """Enter a payment of document `settles` with its journal; `move` goes to bank or clearing from the control account."""
        account, control, cents = move
        self.balance[account] += cents
        self.balance[control] -= cents
        self._settlements.add((payment, date, now, source_type, text, user, account, control, cents, settles))

    def void(
        self, journal: int, date: int, now: int, source_type: int, document: int, lines: Lines, user: int, number: int,
        cents: int,
    ) -> None:  # fmt: skip
        """Enter the journal that takes a document back; nothing of its `cents` is left to settle."""
        self.post(journal, date, now, source_type, document, lines, user, reference=number)
        self.allocations.add((journal, document, cents, now))

    def entries_since(self, rows: tuple[int, int, int, int]) -> tuple[Matrix, tuple[int, int, int, int]]:
        """(date, account, cents) of all that was entered from these rows on, debit positive; and the rows to go on from."""
        heads, lines = self.journals.since(rows[0]), self.journal_lines.since(rows[1])
        moves, settled = self._transfers.since(rows[2]), self._settlements.since(rows[3])
        order = np.argsort(heads[:, 0], kind="stable")
        place = np.searchsorted(heads[order, 0], lines[:, 0])
        parts = [np.column_stack((heads[order[place], 1], lines[:, 1], lines[:, 2]))]
        for two in (moves, settled):
            date, account, other, cents = two[:, 1], two[:, 6], two[:, 7], two[:, 8]
            parts.append(np.column_stack((np.r_[date, date], np.r_[account, other], np.r_[cents, -cents])))
        following = (rows[0] + len(heads), rows[1] + len(lines), rows[2] + len(moves), rows[3] + len(settled))
        return np.concatenate(parts), following

    def feed_line(self, key: int, account: int, date: int, cents: int, description: str, now: int, subject: object) -> None:
        """A bank line arrives through the bank feed."""
        self.bank_lines.add((key, account, date, cents, self.lexicon.text(description), now))
        self.uncoded[key] = Statement(key, date, cents, subject)

    def code_line(self, key: int, journal: int, now: int, user: int) -> None:
        """A bank line is matched to a journal."""
        del self.uncoded[key]
        self.bank_coding.add((key, journal, now, user))

    def lock(self, lock_date: int, now: int, user: int, kind: int = PERIOD) -> None:
        """Move one of the lock dates."""
        if kind == PERIOD:
            self.period_lock = lock_date
        else:
            self.year_end_lock = lock_date
        self.lock_date = max(self.period_lock, self.year_end_lock)
        self.lock_dates.add((now, lock_date, kind, user))

    def log_setting(self, now: int, setting: str, key: str, old: str, new: str, user: int) -> None:
        """Log a change of a setting."""
        text = self.lexicon.text
        self.settings.add((now, text(setting), text(key), text(old), text(new), user))

    def tables(self) -> list[Rows[Any]]:
        """All tables of this layer."""
        return [
            self.accounts, self.journals, self.journal_lines, self.documents, self.payments, self.allocations, self.items,
            self.item_accounts,
            self.bank_lines, self.bank_coding, self.lock_dates, self.settings, self.issues,
        ]  # fmt: skip
