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
from .drafts import Drafts

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


_LINES = 4
"""Lines that a document is kept with in one row, its control account's among them; few have more."""
_NO_LINE = (-1, 0)
BEGINNING = (0, 0, 0, 0, 0)
"""Where `Books.entries_since` begins."""


class _Entered(Fact):
    """A document with its journal. `account`, `cents`: the first line; those that are missing at the end have no account."""

    TABLE: ClassVar[Table] = Table("ledger/entered", ("document",), "now")
    document: int
    kind: int
    number: int
    contact: int
    date: int
    due: int
    total: int
    now: int
    user: int
    account: int
    cents: int
    account_2: int
    cents_2: int
    account_3: int
    cents_3: int
    account_4: int
    cents_4: int


def _documents(rows: Matrix) -> Matrix:
    return rows[:, :8]


def _document_journals(rows: Matrix) -> Matrix:
    document, kind, number, _, date, _, _, now, user = rows[:, :9].T
    return np.column_stack((document, date, now, kind, document, number, np.full_like(document, -1), user))


def _line_counts(rows: Matrix) -> Matrix:
    return np.asarray(np.count_nonzero(rows[:, 9::2] >= 0, axis=1))


def _document_lines(rows: Matrix) -> Matrix:
    lines = np.empty((len(rows), _LINES, 3), np.int64)
    lines[:, :, 0], lines[:, :, 1:] = rows[:, :1], rows[:, 9:].reshape(-1, _LINES, 2)
    return lines[lines[:, :, 1] >= 0]


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

    __slots__ = ("_entered", "_settlements", "_transfers", "accounts", "allocations", "balance", "bank_coding",
                 "bank_lines", "documents", "drafts", "issues", "item_accounts", "items", "journal_lines", "journals",
                 "lexicon", "lock_date", "lock_dates",
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
        # Most journals have two lines, or belong to a document and have few. One row holds such a journal; its rows in the
        # tables follow from it.
        self._transfers: Rows[_Transfer] = Rows("", _Transfer)
        self._settlements: Rows[_Settlement] = Rows("", _Settlement)
        self._entered: Rows[_Entered] = Rows("", _Entered)
        both = (self._transfers, self._settlements)
        self.journals: Rows[Journal] = Derived(
            "ledger/journals", Journal, before=[(self._entered, _document_journals)], after=[(rows, _journals) for rows in both]
        )
        self.journal_lines: Rows[JournalLine] = Derived(
            "ledger/journal_lines", JournalLine, before=[(self._entered, _document_lines)],
            after=[(rows, _lines) for rows in both],
        )  # fmt: skip
        self.documents: Rows[LedgerDocument] = Derived(
            "ledger/documents", LedgerDocument, after=[(self._entered, _documents)]
        )
        self.drafts = Drafts()
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

    def enter(
        self, document: int, kind: int, number: int, contact: int, date: int, due: int, total: int, now: int, user: int,
        lines: Lines,
    ) -> None:  # fmt: skip
        """Enter an invoice, bill or credit note with its journal. Raises ValueError as `post` does."""
        if len(lines) > _LINES:
            self.documents.add((document, kind, number, contact, date, due, total, now))
            self.post(document, date, now, kind, document, lines, user, reference=number)
            return
        left, balance = 0, self.balance
        cells = [document, kind, number, contact, date, due, total, now, user]
        for line in lines:
            account, cents = line
            balance[account] += cents
            left += cents
            cells += line
        cells += _NO_LINE * (_LINES - len(lines))
        if left:
            raise ValueError(f"journal {document} is out of balance by {left} cents")
        self._entered.add(cells)

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
        self.drafts.note_void(document, now, user)

    def date_of(self, document: int) -> int:
        """The date of an invoice, bill or credit note. Raises IndexError when there is no such document."""
        short = self._entered.matrix()
        own = short[short[:, 0] == document]
        if not len(own):
            rest = self.documents.since(0)
            own = rest[rest[:, 0] == document]
        return int(own[0, 4])

    def entries_since(self, rows: tuple[int, ...]) -> tuple[Matrix, tuple[int, ...]]:
        """(date, account, cents) of all that was entered from these rows on, debit positive; and the rows to go on from.

        `rows` are those of `BEGINNING`, or what was handed over before.
        """
        heads, lines = self.journals.since(rows[0]), self.journal_lines.since(rows[1])
        moves, settled, entered = self._transfers.since(rows[2]), self._settlements.since(rows[3]), self._entered.since(rows[4])
        order = np.argsort(heads[:, 0], kind="stable")
        place = np.searchsorted(heads[order, 0], lines[:, 0])
        parts = [np.column_stack((heads[order[place], 1], lines[:, 1], lines[:, 2]))]
        for two in (moves, settled):
            date, account, other, cents = two[:, 1], two[:, 6], two[:, 7], two[:, 8]
            parts.append(np.column_stack((np.r_[date, date], np.r_[account, other], np.r_[cents, -cents])))
        _, accounts, amounts = _document_lines(entered).T
        parts.append(np.column_stack((entered[:, 4].repeat(_line_counts(entered)), accounts, amounts)))
        read = (heads, lines, moves, settled, entered)
        return np.concatenate(parts), tuple(row + len(more) for row, more in zip(rows, read, strict=True))

    def delete_payment(self, key: int, payment: int, document: int, now: int, user: int) -> int:
        """Take back a payment of `document`, dated as it was, or in the first open day; return the cents that are open again.

        Raises IndexError when there is no such payment.
        """
        rows = self._settlements.matrix()
        _, date, _, kind, text, _, account, control, cents, _ = rows[rows[:, 0] == payment][0].tolist()
        date = max(date, self.lock_date + 1)
        self.post(key, date, now, kind, key, ((account, -cents), (control, cents)), user, reference=text)
        self.payments.add((key, kind, account, date, -abs(cents), now))
        self.allocations.add((key, document, -abs(cents), now))
        return int(abs(cents))

    def balance_on(self, account: int, day: int) -> int:
        """Balance of an account on the evening of a day, in cents, by the dates of the journals known now."""
        entries, _ = self.entries_since(BEGINNING)
        return int(entries[(entries[:, 0] <= day) & (entries[:, 1] == account), 2].sum())

    def feed_line(self, key: int, account: int, date: int, cents: int, description: str, now: int, subject: object) -> None:
        """A bank line arrives through the bank feed."""
        self.bank_lines.add((key, account, date, cents, self.lexicon.text(description), now))
        self.uncoded[key] = Statement(key, date, cents, subject)

    def code_line(self, key: int, journal: int, now: int, user: int) -> None:
        """A bank line is matched to a journal."""
        del self.uncoded[key]
        self.bank_coding.add((key, journal, journal, now, user))

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
            self.accounts, self.journals, self.journal_lines, self.documents, *self.drafts.tables(), self.payments,
            self.allocations, self.items, self.item_accounts,
            self.bank_lines, self.bank_coding, self.lock_dates, self.settings, self.issues,
        ]  # fmt: skip
