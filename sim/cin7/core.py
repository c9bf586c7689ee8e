"""Cin7 Core: the facade people and machines talk to. Each milestone is one method of one of its parts.

A milestone records its facts, moves stock, and leaves a `Document` for the integration to fetch. A milestone
dated before the lock date is refused (it returns False and changes nothing): "cannot add, edit or delete if the
effective date is earlier than the lock date" (Cin7 help, financial settings).
"""

from __future__ import annotations

from typing import Any

from .. import keys
from ..clock import DAY, Calendar
from ..schema import (
    RECORD_TYPE,
    TRANSACTION_TYPE,
    Party,
    Product,
    ProductFamily,
    Supplier,
    Ticket,
)
from ..tables import Lexicon, Rows
from .books import Books, Catalogue, Document
from .configuration import NAME, Configuration
from .direct import DirectBuying
from .mapping import AccountMap
from .postings import Accounts
from .production import Production
from .purchasing import Purchasing
from .sales import Sales
from .serials import PlaceOf
from .services import ServiceBuying
from .stock import Stock, StockTables
from .transfers import Transfers

_PRODUCTS, _CONTACTS = RECORD_TYPE["Products"], RECORD_TYPE["Contacts"]
_PURCHASE_TASK = TRANSACTION_TYPE["Purchase"]


class Cin7Core:
    """One Cin7 Core account."""

    __slots__ = ("_stock_tables", "books", "catalogue", "configuration", "customers", "direct", "families", "issues",
                 "production", "products", "purchasing", "sales", "services", "stock", "stocks", "supplier_table",
                 "transfers")  # fmt: skip

    def __init__(
        self, accounts: Accounts, lexicon: Lexicon, catalogue: Catalogue, locations: list[int], channels: list[str],
        calendar: Calendar, place_of: PlaceOf | None = None,
    ) -> None:  # fmt: skip
        self.books = Books(AccountMap(accounts, len(catalogue.cost), len(channels)), lexicon)
        self.catalogue = catalogue
        self._stock_tables = StockTables(catalogue.costing, catalogue.unstocked, place_of)
        self.stocks = [Stock(self.books, self._stock_tables, len(catalogue.cost), location) for location in locations]
        """One a location, the main one first."""
        self.stock = self.stocks[0]
        self.sales = Sales(self.books, len(catalogue.cost), catalogue.unstocked)
        self.sales.services = catalogue.services
        for stock in self.stocks:
            self.sales.to_pick[stock.location] = {}
        self.purchasing = Purchasing(self.books, self.stocks, catalogue)
        self.direct = DirectBuying(self.books, catalogue, self.purchasing, self.sales)
        self.services = ServiceBuying(self.books, catalogue, self.purchasing, self.stock)
        self.products: Rows[Product] = Rows("cin7/products", Product)
        self.families: Rows[ProductFamily] = Rows("cin7/product_families", ProductFamily)
        self.customers: Rows[Party] = Rows("cin7/customers", Party)
        self.supplier_table: Rows[Supplier] = Rows("cin7/suppliers", Supplier)
        self.issues: Rows[Ticket] = Rows("cin7/issue_log", Ticket)
        self.configuration = Configuration(self.books, catalogue, self.purchasing, calendar, channels)
        self.transfers = Transfers(self.books)
        self.production = Production(self.books, len(catalogue.cost))

    def rename_product(self, sku: int, name: str, user: int, now: int) -> int:
        """Give a product another name, on purpose; the ledger is told of it. Return the key of what it is told."""
        self.books.settings.set(now, NAME, self.books.lexicon.lists["sku"][sku], name, user)
        return self.edit_product(sku, now)

    def edit_product(self, sku: int, now: int, typed: str = "") -> int:
        """Somebody edits a product, perhaps with a symbol in its name that no ledger takes; the ledger is told of it again.

        Return the key of what it is told.
        """
        document = keys.document(keys.root(keys.PRODUCT, sku), keys.MASTER)
        key = keys.line(document, now // DAY % keys.LINES_MAX)
        self.books.tell_of(key, _PRODUCTS, now, typed)
        return key

    def introduce(self, customer: int, now: int) -> None:
        """Tell the ledger of a new customer."""
        self.books.tell_of(keys.document(customer, keys.MASTER), _CONTACTS, now)

    def snapshot(self, month_end: int) -> None:
        """Record this evening's stock everywhere, and what is on the way or billed and not released."""
        for stock in self.stocks:
            stock.snapshot(month_end)
        self.transfers.explain(month_end)
        self.purchasing.snapshot(month_end)

    def account_of(self, document: Document, sku: int) -> int:
        """The account that a product's line has on an invoice or bill."""
        mapping = self.books.mapping
        if document.transaction_type == _PURCHASE_TASK:
            return mapping.of[sku].cogs if sku in self.catalogue.unstocked else mapping.of[sku].inventory
        sale = self.sales.by_order.get(keys.root_of(document.key))
        return mapping.accounts.sales if sale is None else mapping.sold[sale.terms.number][sku].sales

    def tables(self) -> list[Rows[Any]]:
        """All tables of this layer."""
        return [
            self.books.transactions, self.books.statuses, self.books.settings.log, self.products, self.families, self.customers,
            self.supplier_table, self.issues, *self.configuration.tables(), *self.transfers.tables(),
            *self.production.tables(), *self._stock_tables.all(), *self.sales.tables(), *self.purchasing.tables(),
        ]  # fmt: skip
