"""Service purchases: work that the business buys, ordered, billed and paid, and nothing received (type Service Purchase).

Its cost goes to the account that the product of the work has, never into stock. Freight and duty on goods are landed
landed cost instead: see `purchasing`. Knows neither who does the work nor whether it was done: people tell it.
"""

from __future__ import annotations

from ..schema import APPROACH, DOCUMENT_TYPE, PURCHASE_TYPE, STATUS
from ..tables import number_prefix
from . import postings
from .books import Books, Catalogue
from .purchasing import Purchase, Purchasing
from .stock import Stock

_PURCHASE = DOCUMENT_TYPE["Purchase"]
_ORDERED, _INVOICED = STATUS["ORDERED"], STATUS["INVOICED"]
_SERVICE, _BILL_FIRST = PURCHASE_TYPE["Service Purchase"], APPROACH["INVOICE"]
_PO = number_prefix("PO-")
_TO_COST = 100
"""A cent is so many of the units in which costs are kept."""


class ServicePurchase(Purchase):
    """One order of work."""

    __slots__ = ("is_billed",)

    def __init__(
        self, key: int, number: int, supplier: int, sku: int, cents: int, catalogue: Catalogue, stock: Stock, day: int
    ) -> None:
        super().__init__(key, number, supplier, [(sku, 1, cents * _TO_COST)], catalogue.buying.suppliers[supplier], stock, day)
        self.open_units = [0]  # nothing is expected at the dock
        self.is_billed = False

    def is_settled(self) -> bool:
        """Whether it is billed."""
        return self.is_billed


class ServiceBuying:
    """All orders of work; they stand among the other purchases, and are paid like them."""

    __slots__ = ("_books", "_catalogue", "_purchasing", "_stock")

    def __init__(self, books: Books, catalogue: Catalogue, purchasing: Purchasing, stock: Stock) -> None:
        self._books, self._catalogue, self._purchasing, self._stock = books, catalogue, purchasing, stock

    def order(
        self, key: int, supplier: int, sku: int, cents: int, required_by: int, now: int, day: int
    ) -> ServicePurchase:
        """Authorise an order of work at an agreed price."""
        purchasing, stock = self._purchasing, self._stock
        purchase = ServicePurchase(key, purchasing.next_number(), supplier, sku, cents, self._catalogue, stock, day)
        purchasing.by_key[key] = purchase
        purchasing.lines.add((key, 0, sku, 1, cents * _TO_COST))
        purchasing.purchases.add((key, _PO | purchase.number, self._catalogue.supplier_keys[supplier], _BILL_FIRST,
                                  stock.location, day, required_by, now, _SERVICE, 0, -1))  # fmt: skip
        self._books.statuses.change(key, _PURCHASE, _ORDERED, now)
        return purchase

    def bill(self, purchase: Purchase, bill: int, cents: int, number: int, now: int, day: int) -> bool:
        """Authorise the bill for work: Dr the work's own account Cr Payable. False when the date is closed."""
        books, purchasing = self._books, self._purchasing
        if not isinstance(purchase, ServicePurchase) or day < books.lock_date:
            return False
        sku = purchase.lines[0][0]
        purchasing.bill_lines.add((bill, 0, sku, 1, cents * _TO_COST))
        purchase.is_billed = True
        pairs = postings.direct_bill(books.mapping.of[sku], cents)
        purchasing.book_bill(purchase, bill, number, pairs, cents, purchase.supplier, now, day)
        books.statuses.change(purchase.key, _PURCHASE, _INVOICED, now)
        return True
