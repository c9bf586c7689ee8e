"""What every part of Cin7 shares: documents for the integration, the books, the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
import numpy as np

from .. import keys
from ..clock import DAY
from ..schema import DOCUMENT_TYPE, STATUS, TRANSACTION_TYPE, DocumentStatus, Fact, Table, Transaction
from ..settings import Settings
from ..tables import Derived, Lexicon, Matrix, Rows
from .mapping import AccountMap
from .matching import BuyingRules
from .postings import Pair

AUTHORISED = STATUS["AUTHORISED"]
PACKED, INVOICED, PAID, PAID_IN_FULL, PACKED_PART = range(5)
"""Milestones of a sale at which several documents change their status at once."""
_TOGETHER: dict[int, tuple[tuple[int, str, str], ...]] = {
    PACKED: (
        (keys.PICK, "Pick", "AUTHORISED"), (keys.PACK, "Pack", "AUTHORISED"), (keys.SALE, "Sale", "PACKED"),
        (keys.SHIP, "Shipment", "DRAFT"),
    ),
    INVOICED: ((keys.INVOICE, "Sale Invoice", "AUTHORISED"), (keys.SALE, "Sale", "INVOICED")),
    PAID: ((keys.INVOICE, "Sale Invoice", "PAID"),),
    PAID_IN_FULL: ((keys.INVOICE, "Sale Invoice", "PAID"), (keys.SALE, "Sale", "COMPLETED")),
    PACKED_PART: ((keys.PICK, "Pick", "AUTHORISED"), (keys.PACK, "Pack", "AUTHORISED"), (keys.SHIP, "Shipment", "DRAFT")),
}  # fmt: skip
_MASTER_DATA = TRANSACTION_TYPE["Journal"]
_STATUS_BITS = 8
_MILESTONE = 1 << 20
"""What is kept of a change: document type and status in one number, or this and the number of a milestone."""


ItemLine = tuple[int, int, int, int]
"""Product, units, unit price, discount on the line."""


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
    items: Sequence[ItemLine] = ()
    """What the lines of an invoice or bill are for."""
    resent: bool = False
    """It was exported before; somebody touched it, and nothing in it changed."""
    voids: bool = False
    """It takes back the document it settles."""
    corrects: int = -1
    """For a correction of cost, the day of the movement whose cost it corrects, open or closed."""


class Catalogue:
    """Products and suppliers, by code."""

    __slots__ = ("buying", "cost", "costing", "direct", "family", "options", "planned_by", "price_cents", "reorder_point",
                 "reorder_quantity", "services", "supplier", "supplier_keys")  # fmt: skip

    def __init__(self, supplier_keys: list[int], buying: BuyingRules) -> None:
        self.cost: list[int] = []
        """Last known unit cost, 1/10,000 of the currency."""
        self.costing: list[int] = []
        """Costing method, a code of `schema.COSTING`."""
        self.family: list[str] = []
        """The family of each product; empty for none."""
        self.options: list[tuple[str, str]] = []
        """What each product is among its family."""
        self.price_cents: list[int] = []
        self.supplier: list[int] = []
        self.reorder_point: list[int] = []
        self.reorder_quantity: list[int] = []
        self.planned_by: list[int] = []
        """Which tools plan it, as bits of `configuration.TOOLS`; one in a healthy business."""
        self.direct: set[int] = set()
        """Products that their supplier sends to the customer (always drop shipped); they are on no stock card."""
        self.services: set[int] = set()
        """Work that is bought or sold like a product."""
        self.supplier_keys = supplier_keys
        """Suppliers of goods and, after them, forwarders, then those who send to customers."""
        self.buying = buying


    @property
    def unstocked(self) -> set[int]:
        """What is on no stock card."""
        return self.direct | self.services


class _Change(Fact):
    """What the log keeps of one or several changes of status."""

    TABLE: ClassVar[Table] = Table("cin7/changes", ("key",), "at")
    key: int
    what: int
    at: int


class StatusLog(Derived[DocumentStatus]):
    """The history of documents in order of time. A milestone that touches several is kept as one row."""

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        self._changes: Rows[_Change] = Rows("", _Change)
        super().__init__("cin7/document_status_log", DocumentStatus, after=[(self._changes, _unfold)])

    def change(self, key: int, document_type: int, status: int, now: int) -> None:
        """Note a document's new status."""
        self._changes.add((key, document_type << _STATUS_BITS | status, now))

    def milestone(self, key: int, milestone: int, now: int) -> None:
        """Note what happens to the documents beside `key` at a milestone."""
        self._changes.add((key, _MILESTONE | milestone, now))


def _unfold(changes: Matrix) -> Matrix:
    """The changes of one milestone follow each other in the order of `_TOGETHER`."""
    sizes = np.ones(len(changes), np.int64)
    for milestone, together in _TOGETHER.items():
        sizes[changes[:, 1] == _MILESTONE | milestone] = len(together)
    start = np.cumsum(sizes) - sizes
    key, what, at = changes.repeat(sizes, axis=0).T
    rows = np.column_stack((key, what >> _STATUS_BITS, what & ((1 << _STATUS_BITS) - 1), at))
    for milestone, together in _TOGETHER.items():
        folded = start[changes[:, 1] == _MILESTONE | milestone]
        for n, (kind, document_type, status) in enumerate(together):
            rows[folded + n, 0] = keys.beside_all(rows[folded + n, 0], kind)
            rows[folded + n, 1], rows[folded + n, 2] = DOCUMENT_TYPE[document_type], STATUS[status]
    return rows


class _Posting(Fact):
    """A posted pair, less what follows from its place."""

    TABLE: ClassVar[Table] = Table("cin7/postings", ("document",), "at")
    document: int
    at: int
    day: int
    kind: int
    debit: int
    credit: int
    cents: int


def _transactions(postings: Matrix) -> Matrix:
    """The pairs of one document are numbered as they come."""
    document, at, day, kind, debit, credit, cents = postings.T
    place = np.arange(len(postings))
    begins = np.ones(len(postings), np.bool_)
    begins[1:] = document[1:] != document[:-1]
    number = place - np.maximum.accumulate(np.where(begins, place, 0))
    return np.column_stack((document + number, at, day, debit, credit, cents, document, kind))


class Books:
    """What every part of Cin7 shares: its tables, its lock date, its accounts, and what the integration may fetch."""

    __slots__ = ("_postings", "accounts", "lexicon", "lock_date", "mapping", "outgoing", "settings", "statuses",
                 "transactions")  # fmt: skip

    def __init__(self, mapping: AccountMap, lexicon: Lexicon) -> None:
        self.mapping, self.accounts, self.lexicon = mapping, mapping.accounts, lexicon
        self.lock_date = 0
        """Days before it are closed."""
        self.outgoing: list[Document] = []
        """Documents authorised and not yet fetched by the integration."""
        self._postings: Rows[_Posting] = Rows("", _Posting)
        self.transactions: Rows[Transaction] = Derived(
            "cin7/transactions", Transaction, after=[(self._postings, _transactions)]
        )
        self.statuses = StatusLog()
        self.settings = Settings("cin7/settings_log", lexicon)
        """What is set, and since when; `configuration` carries it out."""

    def post(self, document: Document) -> None:
        """Book a document's pairs and leave it for the integration."""
        add = self._postings.add
        key, now, day, kind = document.key, document.recorded_at, document.effective_date, document.transaction_type
        for debit, credit, cents in document.pairs:
            add((key, now, day, kind, debit, credit, cents))
        self.outgoing.append(document)

    def entries_since(self, row: int) -> tuple[Matrix, int]:
        """(date, account, cents) of all that was posted from row `row` on, debit positive; and the row to go on from."""
        rows = self._postings.since(row)
        day, debit, credit, cents = rows[:, 2], rows[:, 4], rows[:, 5], rows[:, 6]
        sides = np.column_stack((np.r_[day, day], np.r_[debit, credit], np.r_[cents, -cents]))
        return sides, row + len(rows)

    def tell_of(self, key: int, record_type: int, now: int, typed: str = "") -> None:
        """Leave a new or edited contact or product for the integration; it posts nothing.

        `typed`: what somebody typed into its name that no ledger takes.
        """
        self.outgoing.append(Document(key, record_type, _MASTER_DATA, now // DAY, now, (), self.lexicon.text(typed)))
