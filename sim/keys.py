"""Entity keys: whole numbers that say where a thing comes from. Internal; exports show opaque hashes of them.

A key is derived from origin, never from a counter, so the same thing has the same key in every run of a
scenario. Layout, from the high bits: kind of root (6), identity of the root (33), kind of document (6),
ordinal of the document among its kind (6), line or slice (12).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Kinds of root. A kind keeps its number when others are added: append only.
OPENING, ORDER, PURCHASE, ADJUSTMENT, COUNT, PAYOUT, EXPENSE, BANK, PARTY, TICKET = range(1, 11)
TRANSFER, ASSEMBLY, DISASSEMBLY = range(20, 23)
DIRECT = 26
"""A purchase of goods that the supplier sends to the customer of an order."""
CONSOLIDATED, PRODUCT = range(40, 42)
SETTING = 50
"""What is set for the whole system: a beginning that no document stands for."""

# Kinds of document under a root.
(SALE, PICK, PACK, SHIP, INVOICE, PAYMENT, CREDIT_NOTE, RESTOCK, REFUND, RECEIPT, BILL, ACCRUAL_REVERSAL,
 COST_CHANGE, ADJUST, PREPAYMENT) = range(1, 16)  # fmt: skip
DEPARTURE, ARRIVAL, ISSUE, COMPLETION, DISMANTLED, WRITE_OFF, SPOILAGE = range(30, 37)
# Further kinds under a purchase: a receipt undone, supplier's credit note, deposit and what it settles, and what changes
# the cost of goods when a charge or a credit note comes.
UNDO, SUPPLIER_CREDIT, DEPOSIT, DEPOSIT_APPLIED, CHARGE_CHANGE, CREDIT_CHANGE = range(40, 46)
# Further kinds under an order: what takes back a shipment or an invoice, and what somebody adds to an invoice.
SHIP_UNDO, INVOICE_UNDO, INVOICE_ADDED = range(50, 53)
MASTER, BUNDLE, DRAFT, ATTACHED = range(60, 64)
"""A product or contact as the ledger is told of it; documents that go to the ledger as one; a draft beside a bill; the scan of
a bill."""

# Places of documents among their kind. Bills of a receipt come first, then charges (freight, duty) on it, then bills that
# come ahead of the goods.
CHARGES_FROM, AHEAD_FROM = 16, 32
ATTEMPTS_FROM = 32
"""Receipts from here on are entries that were undone."""
SLOTS = 8
"""Documents that one cost correction can make: one a month in which units left, the earliest ones together."""

_ROOT, _KIND, _ORDINAL = 24, 18, 12
_CHANNEL = 28
"""An order's identity holds its channel above this many bits of its ordinal."""
_ORDER_BITS = 20
"""Of which so many are used: no window has a million orders of a channel."""
ROOT_MASK = ~((1 << _ROOT) - 1)
DOCUMENT_MASK = ~((1 << _ORDINAL) - 1)
LINES_MAX = 1 << _ORDINAL
"""Lines or slices a document can number."""

NONE = -1
"""No key."""


OVERPAID_FROM = 2
"""What a customer paid too much for an invoice is a prepayment with this ordinal plus the invoice's part of the sale."""


def root(kind: int, identity: int) -> int:
    """The key of a root: an order, a purchase, a count."""
    return (kind << 57) | (identity << _ROOT)


def first(kind: int) -> int:
    """What to add to a root's key for its first document of a kind: `document` for the hot path."""
    return kind << _KIND


def document(parent: int, kind: int, ordinal: int = 0) -> int:
    """The key of the `ordinal`-th document of a kind under the root of `parent`."""
    return (parent & ROOT_MASK) | (kind << _KIND) | (ordinal << _ORDINAL)


def beside(key: int, kind: int) -> int:
    """The document of another kind with the same ordinal: the restock of a credit note, the payment of a bill."""
    return (key & ROOT_MASK) | (kind << _KIND) | (key & ((1 << _KIND) - 1) & DOCUMENT_MASK)


def revision(key: int, number: int) -> int:
    """The `number`-th revision of a shipment or invoice: one of the first eight of its kind, `number` below 8."""
    return (key & ~(56 << _ORDINAL)) | (number << (_ORDINAL + 3))


def part_of(key: int) -> int:
    """Which fulfilment of its sale a shipment or invoice is of, whatever its revision."""
    return (key >> _ORDINAL) & 7


def beside_all(column: npt.NDArray[np.int64], kind: int) -> npt.NDArray[np.int64]:
    """`beside` for a column of keys; a sale is the first of its kind whatever the ordinal of the other."""
    ordinal = 0 if kind == SALE else column & ((1 << _KIND) - 1) & DOCUMENT_MASK
    return (column & ROOT_MASK) | (kind << _KIND) | ordinal


def ordinal_of(key: int) -> int:
    """The place of `key`'s document among its kind."""
    return (key >> _ORDINAL) & 63


def correction(cause: int, kind: int, slot: int = 0) -> int:
    """The `slot`-th document that corrects cost because of document `cause`, one of the first eight of its kind."""
    return document(cause, kind, (ordinal_of(cause) % SLOTS) * SLOTS + slot)


def line(parent: int, number: int) -> int:
    """The key of line, slice or push `number` of a document."""
    return parent + number


def root_of(key: int) -> int:
    """The root that `key` belongs to."""
    return key & ROOT_MASK


def document_of(key: int) -> int:
    """The document that a line's key belongs to."""
    return key & DOCUMENT_MASK


def kind_of(key: int) -> int:
    """The kind of `key`'s root."""
    return key >> 57


def identity_of(key: int) -> int:
    """The identity of `key`'s root."""
    return (key >> _ROOT) & ((1 << 33) - 1)


def purchase(day: int, supplier: int) -> int:
    """The root of what is bought on a day from a supplier, one of 256."""
    return root(PURCHASE, day << 8 | supplier)


def supplier_of(key: int) -> int:
    """The supplier's number in the root of a purchase's `key`."""
    return identity_of(key) & 255


def direct(order: int, supplier: int) -> int:
    """The root of what a supplier sends straight to the customer of an order; `supplier_of` holds for it, too."""
    identity = identity_of(order)
    return root(DIRECT, (identity >> _CHANNEL << _ORDER_BITS | identity & ((1 << _CHANNEL) - 1)) << 8 | supplier)


def order_of(key: int) -> int:
    """The order's root to which a document belongs that is kept under the order or under a `direct` purchase for it."""
    if kind_of(key) != DIRECT:
        return root_of(key)
    identity = identity_of(key) >> 8
    return root(ORDER, identity >> _ORDER_BITS << _CHANNEL | identity & ((1 << _ORDER_BITS) - 1))


def channel_of(key: int) -> int:
    """The number of the channel by which the order of document `key` came."""
    return identity_of(key) >> _CHANNEL


def is_stock_task(key: int) -> bool:
    """Whether a document belongs to a stock adjustment, a count, a write-off or a taking apart."""
    by_root = kind_of(key) in (ADJUSTMENT, COUNT, DISASSEMBLY)
    return by_root or document_kind_of(key) in (ADJUST, WRITE_OFF, SPOILAGE, DISMANTLED)


def is_citable(key: int) -> bool:
    """Whether `key` can be a document that somebody cites: not a setting, nor a product as such."""
    return kind_of(key) != SETTING and not (kind_of(key) == PRODUCT and not document_kind_of(key))


def document_kind_of(key: int) -> int:
    """The kind of document of `key`; 0 for the root itself."""
    return (key >> _KIND) & 63
