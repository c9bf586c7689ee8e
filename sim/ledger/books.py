"""Double entry: journals that balance, accounts, documents and what settles them, lock dates, the bank statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..schema import (
    LOCK_KIND,
    Account,
    Allocation,
    BankCoding,
    BankLine,
    Journal,
    JournalLine,
    LedgerDocument,
    LedgerItem,
    LedgerPayment,
    LockDate,
    Setting,
    Ticket,
)
from ..tables import Lexicon, Rows

Lines = Sequence[tuple[int, int]]
"""(account, cents), debit positive."""
_PERIOD = LOCK_KIND["period"]


class Statement:
    """A bank line waiting to be coded."""

    __slots__ = ("amount_cents", "date", "key", "subject")

    def __init__(self, key: int, date: int, amount_cents: int, subject: object) -> None:
        self.key, self.date, self.amount_cents = key, date, amount_cents
        self.subject = subject
        """What a person who looks at the line and the papers beside it takes it for."""


class Books:
    """One organisation's general ledger."""

    __slots__ = ("_lexicon", "accounts", "allocations", "balance", "bank_coding", "bank_lines", "documents", "issues",
                 "items", "journal_lines", "journals", "lock_date", "lock_dates", "payments", "settings",
                 "uncoded")  # fmt: skip

    def __init__(self, accounts: int, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.balance = [0] * accounts
        """Balance of each account now, in cents, debit positive."""
        self.lock_date = -1
        """Days on or before it are closed."""
        self.uncoded: dict[int, Statement] = {}
        """Bank lines nobody has coded."""
        self.accounts: Rows[Account] = Rows("ledger/accounts", Account)
        self.journals: Rows[Journal] = Rows("ledger/journals", Journal)
        self.journal_lines: Rows[JournalLine] = Rows("ledger/journal_lines", JournalLine)
        self.documents: Rows[LedgerDocument] = Rows("ledger/documents", LedgerDocument)
        self.payments: Rows[LedgerPayment] = Rows("ledger/payments", LedgerPayment)
        self.allocations: Rows[Allocation] = Rows("ledger/allocations", Allocation)
        self.items: Rows[LedgerItem] = Rows("ledger/items", LedgerItem)
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

    def feed_line(self, key: int, account: int, date: int, cents: int, description: str, now: int, subject: object) -> None:
        """A bank line arrives through the bank feed."""
        self.bank_lines.add((key, account, date, cents, self._lexicon.text(description), now))
        self.uncoded[key] = Statement(key, date, cents, subject)

    def code_line(self, key: int, journal: int, now: int, user: int) -> None:
        """A bank line is matched to a journal."""
        del self.uncoded[key]
        self.bank_coding.add((key, journal, now, user))

    def lock(self, lock_date: int, now: int, user: int) -> None:
        """Move the lock date."""
        self.lock_date = lock_date
        self.lock_dates.add((now, lock_date, _PERIOD, user))

    def log_setting(self, now: int, setting: str, key: str, old: str, new: str, user: int) -> None:
        """Log a change of a setting."""
        text = self._lexicon.text
        self.settings.add((now, text(setting), text(key), text(old), text(new), user))

    def tables(self) -> list[Rows[Any]]:
        """All tables of this layer."""
        return [
            self.accounts, self.journals, self.journal_lines, self.documents, self.payments, self.allocations, self.items,
            self.bank_lines, self.bank_coding, self.lock_dates, self.settings, self.issues,
        ]  # fmt: skip
