"""What physically happened, one row a fact: the source of the true books. Never evidence."""

from __future__ import annotations

from typing import ClassVar

from ..schema import Fact, Table

(OPENED, RECEIVED, BILLED, SHIPPED, SOLD_GOODS, SOLD_SHIPPING, SOLD_TAX, CAPTURED, CREDITED_GOODS, CREDITED_TAX, PUT_BACK,
 REFUNDED, PAID_OUT, FEE_CHARGED, DISPUTED, LOST, PAID_SUPPLIER, PAID_COST, USED_UP, PAID_TAX, FUNDED,
 LOST_SALE) = range(22)  # fmt: skip


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
    """Cents; for OPENED, RECEIVED and BILLED the unit cost in 1/10,000."""
    about: int
    """What it refers to: the receipt a bill is for, the shipment a return gives back, the account of a cost."""
