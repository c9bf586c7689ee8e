"""Purchases of goods that the supplier sends straight to a customer: ordered for one sale, billed, credited, never received.

Authorising a sale with such lines drafts their purchases (source: Cin7 Core help, Dropshipping), one a supplier, linked to the
sale. Nothing of them comes onto a stock card: what the supplier bills is cost of sales at once, what he credits takes it off
again. Knows neither suppliers nor what they really sent: people tell it.
"""

from __future__ import annotations

from typing import NamedTuple

from ..money import extend
from ..schema import APPROACH, DOCUMENT_TYPE, PURCHASE_TYPE, STATUS
from ..tables import number_prefix
from . import postings
from .books import Books, Catalogue
from .postings import Pair
from .purchasing import Purchase, Purchasing, items_of
from .sales import Fulfilment, Sales

_PURCHASE = DOCUMENT_TYPE["Purchase"]
_ORDERED, _INVOICED, _CREDITED, _VOIDED = (STATUS[word] for word in ("ORDERED", "INVOICED", "CREDITED", "VOIDED"))
_SIMPLE, _BILL_FIRST = PURCHASE_TYPE["Simple Purchase"], APPROACH["INVOICE"]
_PO = number_prefix("PO-")
_KEPT_DAYS = 120


class Wanted(NamedTuple):
    """One line of a sale that a supplier is to send."""

    line: int
    """Its place on the sale."""
    sku: int
    units: int
    unit_cost: int


class DirectPurchase(Purchase):
    """A purchase for one sale."""

    __slots__ = ("billed_units", "coming_units", "fulfilment", "wanted")

    def __init__(self, key: int, number: int, fulfilment: Fulfilment, wanted: list[Wanted], supplier: int,
                 catalogue: Catalogue, day: int) -> None:  # fmt: skip
        lines = [(want.sku, want.units, want.unit_cost) for want in wanted]
        super().__init__(key, number, supplier, lines, catalogue.buying.suppliers[supplier], fulfilment.stock, day)
        self.fulfilment, self.wanted = fulfilment, wanted
        self.open_units = [0] * len(wanted)  # nothing is expected here
        self.coming_units = sum(want.units for want in wanted)
        """Units that the customer gets, as far as is known."""
        self.billed_units = 0

    def is_settled(self) -> bool:
        """Whether all that was sent is billed."""
        return self.billed_units >= self.coming_units

    @property
    def kept_days(self) -> int:
        """Longer than any return and the supplier's credit note for it can take."""
        return _KEPT_DAYS

    @property
    def receiving_status(self) -> int:
        """Where it stands; nothing is received."""
        return _CREDITED if self.credited else _INVOICED if self.billed_units else _ORDERED


class DirectBuying:
    """All purchases for customers. They stand among the others, with numbers of the same kind, and are paid like them."""

    __slots__ = ("_books", "_catalogue", "_purchasing", "_sales")

    def __init__(self, books: Books, catalogue: Catalogue, purchasing: Purchasing, sales: Sales) -> None:
        self._books, self._catalogue, self._purchasing, self._sales = books, catalogue, purchasing, sales

    def wanted(self, fulfilment: Fulfilment) -> dict[int, list[Wanted]]:
        """What has to be bought for a sale, by supplier, at the last known cost."""
        catalogue, found = self._catalogue, dict[int, list[Wanted]]()
        for number, (sku, units, _, _) in fulfilment.others:
            if sku not in catalogue.direct:
                continue
            supplier = catalogue.supplier[sku]
            found.setdefault(supplier, []).append(Wanted(number, sku, units, catalogue.cost[sku]))
        return found

    def order(
        self, key: int, fulfilment: Fulfilment, supplier: int, wanted: list[Wanted], required_by: int, now: int, day: int
    ) -> DirectPurchase:
        """Authorise the purchase of some lines of a sale from the supplier who sends them."""
        purchasing = self._purchasing
        number = purchasing.next_number()
        purchase = DirectPurchase(key, number, fulfilment, wanted, supplier, self._catalogue, day)
        purchasing.by_key[key] = purchase
        for n, want in enumerate(wanted):
            purchasing.lines.add((key, n, want.sku, want.units, want.unit_cost))
        sale, location = fulfilment.sale, fulfilment.stock.location
        purchasing.purchases.add((key, _PO | number, self._catalogue.supplier_keys[supplier], _BILL_FIRST, location, day,
                                  required_by, now, _SIMPLE, 0, sale.key))  # fmt: skip
        self._books.statuses.change(key, _PURCHASE, _ORDERED, now)
        sale.bought += 1
        return purchase

    def will_not_come(self, purchase: DirectPurchase, units: int, now: int) -> None:
        """The supplier cannot send so many units; a purchase of which nothing comes is voided."""
        purchase.coming_units -= units
        if not purchase.coming_units:
            purchase.voided = True
            purchase.fulfilment.sale.bought -= 1
            self._books.statuses.change(purchase.key, _PURCHASE, _VOIDED, now)
            del self._purchasing.by_key[purchase.key]

    def bill(
        self, purchase: DirectPurchase, bill: int, lines: list[tuple[int, int, int]], number: int, now: int, day: int
    ) -> bool:
        """Authorise the supplier's invoice, Dr COGS Cr Payable. `lines`: product, units, unit cost. False when closed."""
        books, purchasing = self._books, self._purchasing
        if day < books.lock_date:
            return False
        total, parts = 0, list[Pair]()
        for n, (sku, units, cost) in enumerate(lines):
            purchasing.bill_lines.add((bill, n, sku, units, cost))
            purchase.billed_units += units
            cents = extend(units, cost)
            parts += postings.direct_bill(books.mapping.of[sku], cents)
            total += cents
        pairs = postings.merged(parts)
        purchasing.book_bill(purchase, bill, number, pairs, total, purchase.supplier, now, day, items_of(lines))
        books.statuses.change(purchase.key, _PURCHASE, purchase.receiving_status, now)
        return True

    def credit(
        self, purchase: DirectPurchase, credit: int, sku: int, units: int, cents: int, number: int, now: int, day: int
    ) -> bool:
        """Authorise a credit note for goods that the customer sent back to the supplier, Dr Payable Cr COGS."""
        books, purchasing = self._books, self._purchasing
        if day < books.lock_date or not purchase.billed_units:
            return False
        purchasing.credit_lines.add((credit, 0, -1, sku, units, 0, cents))
        pairs = postings.direct_credit(books.mapping.of[sku], cents)
        purchasing.book_credit(purchase, credit, number, pairs, cents, now, day)
        return True
