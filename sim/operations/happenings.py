"""What physically happened, one row a fact: the source of the true books. Never evidence."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .. import keys
from ..schema import Fact, Table
from ..tables import Derived, Matrix, Rows

(OPENED, RECEIVED, BILLED, SHIPPED, SOLD_GOODS, SOLD_SHIPPING, SOLD_TAX, CAPTURED, CREDITED_GOODS, CREDITED_TAX, PUT_BACK,
 REFUNDED, PAID_OUT, FEE_CHARGED, DISPUTED, LOST, PAID_SUPPLIER, PAID_COST, USED_UP, PAID_TAX, FUNDED,
 LOST_SALE, PREPAID, EARNED, PAID_BY_CUSTOMER, PAID_TO_CUSTOMER) = range(26)  # fmt: skip
# Buying, further: a deposit paid, freight or duty billed, a supplier's credit for goods that never came, for goods sent back
# and for a price, and a credit paid back.
DEPOSITED, CHARGED, CREDITED_MISSING, SENT_BACK, CREDITED_PRICE, PAID_BACK = range(32, 38)
BILLED_DIRECT, CREDITED_DIRECT = range(60, 62)
"""What never lies here (goods that a supplier sent straight to a customer, work): billed, and credited; in cents."""
SENT_ON, ARRIVED, ISSUED, MADE, TAKEN_APART, RECOVERED, FOUND, THROWN_AWAY = range(40, 48)
"""What goes to another location and arrives there; what the workshop takes, makes and takes apart; what turns up, what is
thrown away."""
NOT_COMING = 55
"""A supplier who delivered short will not send the rest."""
SILENT = (LOST_SALE, NOT_COMING)
"""What moves neither goods nor money."""
REMAPPED = 50
"""The business decides that some products, or what a channel sells, have accounts of their own from now on."""


class Happening(Fact):
    """One physical event."""

    TABLE: ClassVar[Table] = Table("truth/happenings", ("at",), "at")
    kind: int
    at: int
    """Minute."""
    key: int
    """The document under which a correctly run system records it."""
    sku: int
    quantity: int
    amount: int
    """Cents; for OPENED, RECEIVED, BILLED and SENT_BACK the unit cost in 1/10,000, for MADE the work on one unit; for RECOVERED
    the weight of its share of the cost."""
    about: int
    """What it refers to: the receipt a bill is for, the shipment a return gives back, the departure of what arrives, the
    assembly of what is made, the account of a cost, which decision was taken. For goods that come in by batch: batch and
    expiry."""
    place: int
    """The location's code, where goods come or go; -1 where only money moves."""


class _Sold(Fact):
    """A sale made: all its income at once."""

    TABLE: ClassVar[Table] = Table("truth/sold", ("at",), "at")
    at: int
    invoice: int
    goods: int
    shipping: int
    tax: int


class _SoldLine(Fact):
    """What one line of a sale brought, where lines differ in the account it goes to."""

    TABLE: ClassVar[Table] = Table("truth/sold_lines", ("at",), "at")
    at: int
    invoice: int
    sku: int
    goods: int


class _Shipped(Fact):
    """Units of one product that left with a shipment."""

    TABLE: ClassVar[Table] = Table("truth/shipped", ("at",), "at")
    at: int
    shipment: int
    sku: int
    quantity: int
    place: int


class Happenings(Derived[Happening]):
    """All physical events, in order of time."""

    __slots__ = ("shipped", "sold", "sold_lines")

    def __init__(self) -> None:
        self.shipped: Rows[_Shipped] = Rows("", _Shipped)
        """What leaves, kept in short."""
        self.sold: Rows[_Sold] = Rows("", _Sold)
        """The income of sales, kept in short."""
        self.sold_lines: Rows[_SoldLine] = Rows("", _SoldLine)
        """What lines brought, of sales whose goods `sold` leaves to them."""
        super().__init__(
            "truth/happenings", Happening, by="at",
            after=[(self.shipped, _departures), (self.sold, _income), (self.sold_lines, _line_income)],
        )  # fmt: skip



def _departures(shipped: Matrix) -> Matrix:
    at, shipment, sku, quantity, place = shipped.T
    nothing = np.zeros_like(at)
    return np.column_stack((nothing + SHIPPED, at, shipment, sku, quantity, nothing, nothing + keys.NONE, place))


def _income(sold: Matrix) -> Matrix:
    rows = np.zeros((len(sold), 3, 8), np.int64)
    rows[:, :, 0], rows[:, :, (3, 6, 7)] = (SOLD_GOODS, SOLD_SHIPPING, SOLD_TAX), keys.NONE
    rows[:, :, 1], rows[:, :, 2], rows[:, :, 5] = sold[:, :1], sold[:, 1:2], sold[:, 2:]
    income: Matrix = rows.reshape(-1, 8)
    nothing = (income[:, 5] == 0) & (income[:, 0] != SOLD_TAX)
    return np.asarray(income[~nothing])


def _line_income(lines: Matrix) -> Matrix:
    at, invoice, sku, goods = lines.T
    nothing = np.zeros_like(at)
    return np.column_stack((nothing + SOLD_GOODS, at, invoice, sku, nothing, goods, nothing + keys.NONE, nothing + keys.NONE))
