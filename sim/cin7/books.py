"""What every part of Cin7 shares: documents for the integration, the books, the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_STATUS_BITS = 8
_MILESTONE = 1 << 20
"""What is kept of a change: document type and status in one number, or this and the number of a milestone."""
PACKED, INVOICED, PAID, PAID_IN_FULL, PACKED_PART, SHIPPED = range(_MILESTONE, _MILESTONE + 6)
"""Milestones of a sale at which several documents change their status at once."""
_TOGETHER: dict[int, tuple[tuple[int, str, str], ...]] = {
    PACKED: (
        (keys.PICK, "Pick", "AUTHORISED"), (keys.PACK, "Pack", "AUTHORISED"), (keys.SALE, "Sale", "PACKED"),
        (keys.SHIP, "Shipment", "DRAFT"),
    ),
    INVOICED: ((keys.INVOICE, "Sale Invoice", "AUTHORISED"), (keys.SALE, "Sale", "INVOICED")),
    PAID: ((keys.INVOICE, "Sale Invoice", "PAID"),),
    PAID_IN_FULL: ((keys.INVOICE, "Sale Invoice", "PAID"), (keys.SALE, "Sale", "COMPLETED")),
    SHIPPED: ((keys.SHIP, "Shipment", "AUTHORISED"), (keys.SALE, "Sale", "SHIPPING")),
    PACKED_PART: ((keys.PICK, "Pick", "AUTHORISED"), (keys.PACK, "Pack", "AUTHORISED"), (keys.SHIP, "Shipment", "DRAFT")),
}  # fmt: skip
_MASTER_DATA = TRANSACTION_TYPE["Journal"]


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
    amends: int = -1
    """It changes the document it settles, which was exported before, by its amounts: the number under which these go if they
    have to go by themselves; -1 for what changes nothing."""
    corrects: int = -1
    """For a correction of cost, the day of the movement whose cost it corrects, open or closed."""


class Catalogue:
    """Products and suppliers, by code."""

    __slots__ = ("buying", "cost", "costing", "direct", "family", "names", "options", "planned_by", "price_cents", "renamed",
                 "reorder_point", "reorder_quantity", "services", "supplier", "supplier_keys")  # fmt: skip

    def __init__(self, supplier_keys: list[int], buying: BuyingRules) -> None:
        self.cost: list[int] = []
        """Last known unit cost, 1/10,000 of the currency."""
        self.costing: list[int] = []
        """Costing method, a code of `schema.COSTING`."""
        self.family: list[str] = []
        """The family of each product; empty for none."""
        self.options: list[tuple[str, str]] = []
        """What each product is among its family."""
        self.names: list[str] = []
        self.renamed: set[int] = set()
        """Products that bear another name now than the one they were set up under."""
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

    __slots__ = ("changes",)

    def __init__(self) -> None:
        self.changes: Rows[_Change] = Rows("", _Change)
        """What is recorded: a key, what happens (a milestone or a `change_to`), and when."""
        super().__init__("cin7/document_status_log", DocumentStatus, after=[(self.changes, _unfold)])

    def change(self, key: int, document_type: int, status: int, now: int) -> None:
        """Note a document's new status."""
        self.changes.add((key, document_type << _STATUS_BITS | status, now))


def change_to(document_type: str, status: str) -> int:
    """What the log keeps of a document's new status."""
    return DOCUMENT_TYPE[document_type] << _STATUS_BITS | STATUS[status]


def _unfold(changes: Matrix) -> Matrix:
    """The changes of one milestone follow each other in the order of `_TOGETHER`."""
    sizes = np.ones(len(changes), np.int64)
    for milestone, together in _TOGETHER.items():
        sizes[changes[:, 1] == milestone] = len(together)
    start = np.cumsum(sizes) - sizes
    key, what, at = changes.repeat(sizes, axis=0).T
    rows = np.column_stack((key, what >> _STATUS_BITS, what & ((1 << _STATUS_BITS) - 1), at))
    for milestone, together in _TOGETHER.items():
        folded = start[changes[:, 1] == milestone]
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


class _ThreePostings(Fact):
    """The three pairs of a document, as most sales invoices have them, less what follows from their place."""

    TABLE: ClassVar[Table] = Table("cin7/three_postings", ("document",), "at")
    document: int
    at: int
    day: int
    kind: int
    debit: int
    credit: int
    cents: int
    debit_2: int
    credit_2: int
    cents_2: int
    debit_3: int
    credit_3: int
    cents_3: int


def _one_by_one(threes: Matrix) -> Matrix:
    """The same as rows of `_Posting`."""
    pairs = np.empty((len(threes), 3, 7), np.int64)
    pairs[:, :, :4], pairs[:, :, 4:] = threes[:, None, :4], threes[:, 4:].reshape(-1, 3, 3)
    return pairs.reshape(-1, 7)


def _three_transactions(threes: Matrix) -> Matrix:
    return _transactions(_one_by_one(threes))


class Books:
    """What every part of Cin7 shares: its tables, its lock date, its accounts, and what the integration may fetch."""

    __slots__ = ("_postings", "_three_postings", "accounts", "lexicon", "lock_date", "mapping", "outgoing", "settings",
                 "statuses", "transactions", "watchers")  # fmt: skip

    def __init__(self, mapping: AccountMap, lexicon: Lexicon) -> None:
        self.mapping, self.accounts, self.lexicon = mapping, mapping.accounts, lexicon
        self.lock_date = 0
        """Days before it are closed."""
        self.outgoing: list[Document] = []
        """Documents authorised and not yet fetched by the integration."""
        self._postings: Rows[_Posting] = Rows("", _Posting)
        self._three_postings: Rows[_ThreePostings] = Rows("", _ThreePostings)
        self.transactions: Rows[Transaction] = Derived(
            "cin7/transactions", Transaction,
            after=[(self._postings, _transactions), (self._three_postings, _three_transactions)],
        )  # fmt: skip
        self.statuses = StatusLog()
        self.settings = Settings("cin7/settings_log", lexicon)
        """What is set, and since when; `configuration` carries it out."""
        self.watchers: list[Callable[[Document], None]] = []
        """Who is told of each document that is booked; hardly ever anybody."""

    def post(self, document: Document) -> None:
        """Book a document's pairs and leave it for the integration."""
        pairs = document.pairs
        key, now, day, kind = document.key, document.recorded_at, document.effective_date, document.transaction_type
        if len(pairs) == 3:
            first, second, third = pairs
            self._three_postings.add([key, now, day, kind, *first, *second, *third])
        else:
            add = self._postings.add
            for debit, credit, cents in pairs:
                add((key, now, day, kind, debit, credit, cents))
        self.outgoing.append(document)
        if self.watchers:
            for tell in self.watchers:
                tell(document)

    def entries_since(self, rows: tuple[int, int]) -> tuple[Matrix, tuple[int, int]]:
        """(date, account, cents) of all that was posted from these rows on, debit positive; and the rows to go on from."""
        posted, threes = self._postings.since(rows[0]), self._three_postings.since(rows[1])
        _, _, day, _, debit, credit, cents = np.concatenate((posted, _one_by_one(threes))).T
        sides = np.column_stack((np.r_[day, day], np.r_[debit, credit], np.r_[cents, -cents]))
        return sides, (rows[0] + len(posted), rows[1] + len(threes))

    def tell_of(self, key: int, record_type: int, now: int, typed: str = "", of: int = -1) -> None:
        """Leave a new or edited contact or product for the integration, or an attachment; it posts nothing.

        `typed`: what somebody typed into its name that no ledger takes; `of`: the document that an attachment belongs to.
        """
        text = self.lexicon.text(typed)
        self.outgoing.append(Document(key, record_type, _MASTER_DATA, now // DAY, now, (), text, settles=of))
