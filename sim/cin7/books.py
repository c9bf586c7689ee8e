"""What every part of Cin7 shares: documents for the integration, the books, the catalogue."""

from __future__ import annotations

import msgspec

from ..schema import STATUS, DocumentStatus, Setting, Transaction
from ..tables import Lexicon, Rows
from .postings import Accounts, Pair

AUTHORISED = STATUS["AUTHORISED"]


class Document(msgspec.Struct, frozen=True, gc=False):
    """What Cin7 hands to the integration: one milestone with its accounting."""

    key: int
    record_type: int
    transaction_type: int
    effective_date: int
    recorded_at: int
    pairs: tuple[Pair, ...]
    text: int
    """Its number, or what a journal says it is for."""
    party: int = -1
    due_date: int = -1
    settles: int = -1
    """The document a payment settles."""
    control: int = -1
    """Receivable or payable, for an invoice, bill, credit note or payment."""
    resent: bool = False
    """It was exported before; somebody touched it, and nothing in it changed."""


class Catalogue:
    """Products and suppliers, by code."""

    __slots__ = ("cost", "price_cents", "reorder_point", "reorder_quantity", "supplier", "supplier_keys", "terms_days")

    def __init__(self, supplier_keys: list[int], terms_days: int) -> None:
        self.cost: list[int] = []
        """Last known unit cost, 1/10,000 of the currency."""
        self.price_cents: list[int] = []
        self.supplier: list[int] = []
        self.reorder_point: list[int] = []
        self.reorder_quantity: list[int] = []
        self.supplier_keys, self.terms_days = supplier_keys, terms_days


class Books:
    """What every part of Cin7 shares: its tables, its lock date, its accounts, and what the integration may fetch."""

    __slots__ = ("accounts", "lexicon", "lock_date", "outgoing", "settings", "statuses", "transactions")

    def __init__(self, accounts: Accounts, lexicon: Lexicon) -> None:
        self.accounts, self.lexicon = accounts, lexicon
        self.lock_date = 0
        """Days before it are closed."""
        self.outgoing: list[Document] = []
        """Documents authorised and not yet fetched by the integration."""
        self.transactions: Rows[Transaction] = Rows("cin7/transactions", Transaction)
        self.statuses: Rows[DocumentStatus] = Rows("cin7/document_status_log", DocumentStatus)
        self.settings: Rows[Setting] = Rows("cin7/settings_log", Setting)

    def post(self, document: Document) -> None:
        """Book a document's pairs and leave it for the integration."""
        add = self.transactions.add
        key, now, day, kind = document.key, document.recorded_at, document.effective_date, document.transaction_type
        for n, (debit, credit, cents) in enumerate(document.pairs):
            add((key + n, now, day, debit, credit, cents, key, kind))
        self.outgoing.append(document)

    def set_status(self, key: int, document_type: int, status: int, now: int) -> None:
        """Log a document's new status."""
        self.statuses.add((key, document_type, status, now))

    def log_setting(self, now: int, setting: str, key: str, old: str, new: str, user: int) -> None:
        """Log a change of a setting."""
        text = self.lexicon.text
        self.settings.add((now, text(setting), text(key), text(old), text(new), user))
