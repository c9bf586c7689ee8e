"""Purchasing: order, stock received, supplier's bill, payment. Stock-first, with accrued inventory on."""

from __future__ import annotations

from typing import Any

from .. import keys
from ..money import extend
from ..schema import (
    APPROACH,
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    PurchaseInvoice,
    PurchaseInvoiceLine,
    PurchaseLine,
    PurchasePayment,
    StockReceived,
)
from ..schema import Purchase as PurchaseRow
from ..tables import Rows, number_prefix
from . import postings
from .books import AUTHORISED, Books, Catalogue, Document
from .costing import Layer
from .postings import Pair
from .stock import Stock

_PURCHASE, _RECEIPT, _BILL = (DOCUMENT_TYPE[name] for name in ("Purchase", "Stock Received", "Purchase Invoice"))
_ORDERED, _RECEIVING, _RECEIVED, _PART_INVOICED, _INVOICED, _COMPLETED, _PAID = (
    STATUS[name] for name in ("ORDERED", "RECEIVING", "RECEIVED", "PARTIALLY INVOICED", "INVOICED", "COMPLETED", "PAID")
)
_INVOICES, _PAYMENTS, _JOURNALS = (RECORD_TYPE[name] for name in ("Invoices", "Payments", "Manual journals"))
_TASK = TRANSACTION_TYPE["Purchase"]
_IN = MOVEMENT_TYPE["Purchase"]
_PO = number_prefix("PO-")
_RECEIVED_TEXT, _REVERSAL_TEXT, _CHANGE_TEXT = (
    number_prefix(text) for text in ("Goods received PO-", "Accrual reversal PO-", "Cost change PO-")
)


class ReceivedLine:
    """One line of a receipt: its cost layer and what of it is billed."""

    __slots__ = ("accrued_cents", "billed", "layer", "reversed_cents", "sku", "units")

    def __init__(self, sku: int, units: int, accrued: int, layer: Layer) -> None:
        self.sku, self.units, self.accrued_cents, self.layer = sku, units, accrued, layer
        self.billed = self.reversed_cents = 0


class Purchase:
    """One purchase task as Cin7 holds it."""

    __slots__ = ("bills", "key", "lines", "number", "open_units", "receipts", "supplier")

    def __init__(self, key: int, number: int, supplier: int, lines: list[tuple[int, int, int]]) -> None:
        self.key, self.number, self.supplier, self.lines = key, number, supplier, lines
        self.open_units = [units for _, units, _ in lines]
        """Units of each line not received yet."""
        self.receipts: dict[int, list[ReceivedLine]] = {}
        self.bills = 0
        """Bills entered and not paid."""

    def is_settled(self) -> bool:
        """Whether everything ordered has come or is given up, and all that came is billed."""
        lines = [line for received in self.receipts.values() for line in received]
        return not any(self.open_units) and bool(lines) and all(line.billed == line.units for line in lines)


class Purchasing:
    """All open purchases."""

    __slots__ = ("_books", "_catalogue", "_numbers", "_stock", "bill_lines", "bills", "by_key", "lines", "payments",
                 "purchases", "receipts", "unpaid")  # fmt: skip

    def __init__(self, books: Books, stock: Stock, catalogue: Catalogue) -> None:
        self._books, self._stock, self._catalogue = books, stock, catalogue
        self.by_key: dict[int, Purchase] = {}
        self.unpaid: dict[int, tuple[int, int, int]] = {}
        """Bills to pay: due day, cents, supplier."""
        self.purchases: Rows[PurchaseRow] = Rows("cin7/purchases", PurchaseRow)
        self.lines: Rows[PurchaseLine] = Rows("cin7/purchase_lines", PurchaseLine)
        self.receipts: Rows[StockReceived] = Rows("cin7/stock_received", StockReceived)
        self.bills: Rows[PurchaseInvoice] = Rows("cin7/purchase_invoices", PurchaseInvoice)
        self.bill_lines: Rows[PurchaseInvoiceLine] = Rows("cin7/purchase_invoice_lines", PurchaseInvoiceLine)
        self.payments: Rows[PurchasePayment] = Rows("cin7/purchase_payments", PurchasePayment)
        self._numbers = 0

    def order(
        self, root: int, supplier: int, lines: list[tuple[int, int, int]], required_by: int, now: int, day: int
    ) -> Purchase:
        """Authorise a purchase order. `lines`: product, units, unit cost."""
        self._numbers += 1
        purchase = Purchase(root, self._numbers, supplier, lines)
        self.by_key[root] = purchase
        for n, (sku, units, cost) in enumerate(lines):
            self.lines.add((root, n, sku, units, cost))
            self._stock.on_order[sku] += units
        self.purchases.add((root, _PO | purchase.number, self._catalogue.supplier_keys[supplier], APPROACH["STOCK"],
                self._stock.location, day, required_by, now))  # fmt: skip
        self._books.statuses.change(root, _PURCHASE, _ORDERED, now)
        return purchase

    def receive(self, receipt: int, lines: list[tuple[int, int]], now: int, day: int) -> bool:
        """Authorise a stock receipt at the order's prices. `lines`: product, units."""
        books, stock = self._books, self._stock
        if day < books.lock_date or stock.blocked:
            return False
        purchase = self.by_key[keys.root_of(receipt)]
        costs = {sku: cost for sku, _, cost in purchase.lines}
        received, total = [], 0
        for n, (sku, units) in enumerate(lines):
            accrued = extend(units, costs[sku])
            layer = stock.move_in(sku, units, accrued, receipt + n, _IN, now, day)
            received.append(ReceivedLine(sku, units, accrued, layer))
            total += accrued
            self.receipts.add((receipt, purchase.key, n, sku, stock.location, units, day, now))
            self._note_received(purchase, sku, units)
        purchase.receipts[receipt] = received
        books.statuses.change(receipt, _RECEIPT, AUTHORISED, now)
        books.statuses.change(purchase.key, _PURCHASE, _RECEIVING if any(purchase.open_units) else _RECEIVED, now)
        pairs = postings.stock_received(books.accounts, total)
        if pairs:
            books.post(Document(receipt, _JOURNALS, _TASK, day, now, pairs, _RECEIVED_TEXT | purchase.number))
        return True

    def close_short(self, purchase: Purchase, now: int) -> None:
        """Mark as received: what is still open will not come."""
        for n, units in enumerate(purchase.open_units):
            self._stock.on_order[purchase.lines[n][0]] -= units
            purchase.open_units[n] = 0
        self._books.statuses.change(purchase.key, _PURCHASE, _RECEIVED, now)
        self._close_if_done(purchase, now)

    def bill(self, bill: int, receipt: int, lines: list[tuple[int, int, int]], number: int, now: int, day: int) -> bool:
        """Authorise a supplier's invoice for a receipt. `lines`: product, units, billed unit cost.

        Dr Inventory Cr Payable for the invoice; the accrual of what it covers is reversed; layers take the invoice's
        cost, and units that have left carry their share to where they went.
        """
        books = self._books
        if day < books.lock_date:
            return False
        purchase = self.by_key[keys.root_of(bill)]
        total, reversed_cents, changes = 0, 0, []
        movement = change_key = keys.beside(bill, keys.COST_CHANGE)
        for n, (sku, units, cost) in enumerate(lines):
            self.bill_lines.add((bill, n, sku, units, cost))
            billed = extend(units, cost)
            total += billed
            line = next(line for line in purchase.receipts[receipt] if line.sku == sku and line.billed < line.units)
            share = self._reverse(line, units)
            reversed_cents += share
            movement, pairs = self._stock.change_cost(sku, line.layer, billed - share, movement, now, day)
            changes += pairs
            self._catalogue.cost[sku] = cost
        self._book_bill(purchase, bill, number, total, now, day)
        reversal = keys.beside(bill, keys.ACCRUAL_REVERSAL)
        pairs_reversed = postings.accrual_reversal(books.accounts, reversed_cents)
        if pairs_reversed:
            books.post(Document(reversal, _JOURNALS, _TASK, day, now, pairs_reversed, _REVERSAL_TEXT | purchase.number))
        if changes:
            merged = _merge(changes)
            if merged:
                books.post(Document(change_key, _JOURNALS, _TASK, day, now, merged, _CHANGE_TEXT | purchase.number))
        return True

    def pay(self, bill: int, account: int, now: int, day: int) -> int | None:
        """Enter the payment of a bill; return its key, or None when the date is closed."""
        books = self._books
        if day < books.lock_date:
            return None
        _, cents, supplier = self.unpaid.pop(bill)
        payment = keys.beside(bill, keys.PAYMENT)
        self.payments.add((payment, bill, account, day, cents, now))
        books.statuses.change(bill, _BILL, _PAID, now)
        purchase = self.by_key[keys.root_of(bill)]
        purchase.bills -= 1
        self._close_if_done(purchase, now)
        pairs = postings.supplier_payment(books.accounts, account, cents)
        text, supplier_key = _PO | purchase.number, self._catalogue.supplier_keys[supplier]
        books.post(Document(payment, _PAYMENTS, _TASK, day, now, pairs, text, supplier_key, settles=bill,
                            control=books.accounts.payable))  # fmt: skip
        return payment

    def tables(self) -> list[Rows[Any]]:
        """All tables of purchasing."""
        return [self.purchases, self.lines, self.receipts, self.bills, self.bill_lines, self.payments]

    def _note_received(self, purchase: Purchase, sku: int, units: int) -> None:
        for n, (line_sku, _, _) in enumerate(purchase.lines):
            if line_sku == sku:
                purchase.open_units[n] -= units
                self._stock.on_order[sku] -= units
                return

    def _close_if_done(self, purchase: Purchase, now: int) -> None:
        if not purchase.bills and purchase.is_settled():
            self._books.statuses.change(purchase.key, _PURCHASE, _COMPLETED, now)
            del self.by_key[purchase.key]

    def _reverse(self, line: ReceivedLine, units: int) -> int:
        """The accrual that an invoice for `units` reverses; the last invoice takes the remainder."""
        line.billed += units
        if line.billed == line.units:
            share = line.accrued_cents - line.reversed_cents
        else:
            share = postings.accrued_share(line.accrued_cents, units, line.units)
        line.reversed_cents += share
        return share

    def _book_bill(self, purchase: Purchase, bill: int, number: int, total: int, now: int, day: int) -> None:
        books, due = self._books, day + self._catalogue.terms_days
        self.bills.add((bill, purchase.key, number, day, due, total, now))
        books.statuses.change(bill, _BILL, AUTHORISED, now)
        purchase.bills += 1
        books.statuses.change(purchase.key, _PURCHASE, _INVOICED if purchase.is_settled() else _PART_INVOICED, now)
        self.unpaid[bill] = (due, total, purchase.supplier)
        pairs = postings.purchase_invoice(books.accounts, total)
        supplier = self._catalogue.supplier_keys[purchase.supplier]
        books.post(Document(bill, _INVOICES, _TASK, day, now, pairs, number, supplier, due,
                            control=books.accounts.payable))  # fmt: skip


def _merge(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Add up pairs of the same two accounts; opposite sides cancel."""
    totals: dict[tuple[int, int], int] = {}
    for debit, credit, cents in pairs:
        if (credit, debit) in totals:
            totals[(credit, debit)] -= cents
        else:
            totals[(debit, credit)] = totals.get((debit, credit), 0) + cents
    return tuple(
        (debit, credit, cents) if cents > 0 else (credit, debit, -cents) for (debit, credit), cents in totals.items() if cents
    )
