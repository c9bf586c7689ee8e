"""Sales: order, pick, pack, ship, invoice, payment, credit note with restock; each milestone posts on its own."""

from __future__ import annotations

from collections import deque
from typing import Any

from .. import keys
from ..schema import (
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    CreditNote,
    Restock,
    SaleInvoice,
    SaleInvoiceLine,
    SaleLine,
    SalePayment,
    Shipment,
    ShipmentLine,
)
from ..schema import Sale as SaleRow
from ..tables import Rows, number_prefix
from . import postings
from .books import AUTHORISED, INVOICED, PACKED, PAID, PAID_IN_FULL, Books, Document
from .costing import Slice
from .stock import Stock

_SALE, _SHIP, _CREDIT = (DOCUMENT_TYPE[name] for name in ("Sale", "Shipment", "Credit Note"))
_VOIDED, _ORDERED, _BACKORDERED, _SHIPPING, _CREDITED, _COMPLETED, _PAID = (
    STATUS[name] for name in ("VOIDED", "ORDERED", "BACKORDERED", "SHIPPING", "CREDITED", "COMPLETED", "PAID")
)
_INVOICES, _CREDIT_NOTES, _PAYMENTS, _JOURNALS = (
    RECORD_TYPE[name] for name in ("Invoices", "Credit notes", "Payments", "Manual journals")
)
_TASK = TRANSACTION_TYPE["Sale"]
_OUT, _RESTOCK = MOVEMENT_TYPE["Sale"], MOVEMENT_TYPE["Restock"]
_SO, _INV, _CR = number_prefix("SO-"), number_prefix("INV-"), number_prefix("CR-")
_FIRST_SALE, _FIRST_SHIP, _FIRST_INVOICE, _FIRST_PAYMENT = (
    keys.first(kind) for kind in (keys.SALE, keys.SHIP, keys.INVOICE, keys.PAYMENT)
)
_COGS_TEXT, _RESTOCK_TEXT = number_prefix("Cost of sales SO-"), number_prefix("Restock CR-")


class Sale:
    """One sale task as Cin7 holds it."""

    __slots__ = (
        "allocated", "credit_notes", "customer", "invoice", "invoice_day", "invoiced", "key", "lines",
        "net_cents", "number", "order_key", "packed", "paid", "ship", "shipped", "shipping_cents", "slices", "tax_cents",
        "voided",
    )  # fmt: skip

    def __init__(
        self, order_key: int, number: int, customer: int, lines: list[tuple[int, int, int, int]], net: int, shipping: int,
        tax: int,
    ) -> None:  # fmt: skip
        self.order_key, self.number, self.customer = order_key, number, customer
        self.key = order_key + _FIRST_SALE
        self.ship, self.invoice = order_key + _FIRST_SHIP, order_key + _FIRST_INVOICE
        self.lines = lines
        """Product, units, unit price, discount."""
        self.net_cents, self.shipping_cents, self.tax_cents = net, shipping, tax
        self.allocated = self.packed = self.shipped = self.invoiced = self.paid = self.voided = False
        self.slices: list[list[Slice]] = []
        """Cost of each line once shipped."""
        self.credit_notes = 0
        self.invoice_day = -1

    @property
    def total_cents(self) -> int:
        """Total with tax."""
        return self.net_cents + self.shipping_cents + self.tax_cents

    def id(self, kind: int, ordinal: int = 0) -> int:
        """The key of one of its documents."""
        return keys.document(self.key, kind, ordinal)


class Sales:
    """All sales, and what waits for whom."""

    __slots__ = ("_books", "_completed", "_credits", "_numbers", "_stock", "backorders", "by_order", "credit_notes",
                 "invoice_lines", "invoices", "just_completed", "lines", "payments", "restocks", "sales",
                 "shipment_lines", "shipments", "to_invoice", "to_pick", "units_ordered")  # fmt: skip

    def __init__(self, books: Books, stock: Stock) -> None:
        self._books, self._stock = books, stock
        self.by_order: dict[int, Sale] = {}
        """Sales by the key of their order, until they are archived."""
        self.to_pick: dict[int, Sale] = {}
        self.to_invoice: dict[int, Sale] = {}
        """Packed and not yet invoiced."""
        self.backorders: dict[int, Sale] = {}
        self.just_completed: list[Sale] = []
        """Sales completed since somebody last looked."""
        self._completed: deque[tuple[int, int]] = deque()
        """Minute and order of sales completed and not archived, in order of time."""
        self.units_ordered = [0] * len(stock.on_hand)
        """Units ever ordered by customers."""
        self.sales: Rows[SaleRow] = Rows("cin7/sales", SaleRow)
        self.lines: Rows[SaleLine] = Rows("cin7/sale_lines", SaleLine)
        self.invoices: Rows[SaleInvoice] = Rows("cin7/sale_invoices", SaleInvoice)
        self.invoice_lines: Rows[SaleInvoiceLine] = Rows("cin7/sale_invoice_lines", SaleInvoiceLine)
        self.shipments: Rows[Shipment] = Rows("cin7/shipments", Shipment)
        self.shipment_lines: Rows[ShipmentLine] = Rows("cin7/shipment_lines", ShipmentLine)
        self.payments: Rows[SalePayment] = Rows("cin7/sale_payments", SalePayment)
        self.credit_notes: Rows[CreditNote] = Rows("cin7/credit_notes", CreditNote)
        self.restocks: Rows[Restock] = Rows("cin7/restocks", Restock)
        self._numbers = self._credits = 0

    def enter(
        self, order_key: int, customer: int, lines: list[tuple[int, int, int, int]], amounts: tuple[int, int, int],
        channel: int, external: int, now: int, day: int,
    ) -> Sale:  # fmt: skip
        """Authorise an order; it is allocated at once or becomes a backorder. `amounts`: goods, shipping, tax."""
        self._numbers += 1
        sale = Sale(order_key, self._numbers, customer, lines, *amounts)
        key = sale.key
        self.by_order[order_key] = sale
        self.sales.add((key, _SO | sale.number, customer, channel, external, self._stock.location, day, now))
        add = self.lines.add
        for n, (sku, units, price, discount) in enumerate(lines):
            add((key, n, sku, units, price, discount, price * units - discount))
            self.units_ordered[sku] += units
        if self._allocate(sale):
            self._books.statuses.change(key, _SALE, _ORDERED, now)
        else:
            self.backorders[key] = sale
            self._books.statuses.change(key, _SALE, _BACKORDERED, now)
        return sale

    def retry_backorders(self, now: int) -> None:
        """Allocate what has become available, oldest first."""
        for sale in list(self.backorders.values()):
            if self._allocate(sale):
                del self.backorders[sale.key]
                self._books.statuses.change(sale.key, _SALE, _ORDERED, now)

    def put_back(self, sale: Sale, now: int) -> None:
        """Turn an allocated sale whose goods are not there into a backorder."""
        self._release(sale)
        self.to_pick.pop(sale.key, None)
        self.backorders[sale.key] = sale
        self._books.statuses.change(sale.key, _SALE, _BACKORDERED, now)

    def void(self, sale: Sale, now: int) -> None:
        """Void a sale before it is packed."""
        if sale.allocated:
            self._release(sale)
        self.to_pick.pop(sale.key, None)
        self.backorders.pop(sale.key, None)
        sale.voided = True
        self._books.statuses.change(sale.key, _SALE, _VOIDED, now)
        del self.by_order[sale.order_key]

    def pack(self, sale: Sale, now: int) -> None:
        """Authorise pick and pack; a shipment task stands open."""
        self.to_pick.pop(sale.key, None)
        sale.packed = True
        ship = sale.ship
        self._books.statuses.milestone(ship, PACKED, now)
        self.shipments.add((ship, sale.key, self._stock.location, now))
        add = self.shipment_lines.add
        for n, line in enumerate(sale.lines):
            add((ship, n, line[0], line[1]))
            self._stock.packed[line[0]] += line[1]
        self.to_invoice[sale.key] = sale

    def authorise_shipment(self, sale: Sale, now: int, day: int) -> bool:
        """Goods leave the books: layers are consumed, allocations end, cost of sales is posted."""
        books, stock = self._books, self._stock
        if day < books.lock_date or stock.blocked:
            return False
        ship, use = sale.ship, books.accounts.cogs
        movement, cost = ship, 0
        for sku, units, _, _ in sale.lines:
            slices = stock.move_out(sku, units, movement, _OUT, use, now, day)
            stock.allocated[sku] -= units
            self._stock.packed[sku] -= units
            sale.slices.append(slices)
            movement += len(slices)
            for part in slices:
                cost += part.value
        sale.shipped = True
        books.statuses.change(ship, _SHIP, AUTHORISED, now)
        pairs = postings.shipment(books.accounts, cost)
        if pairs:
            books.post(Document(ship, _JOURNALS, _TASK, day, now, pairs, _COGS_TEXT | sale.number))
        if not sale.invoiced:
            books.statuses.change(sale.key, _SALE, _SHIPPING, now)
        elif sale.paid:
            self._complete(sale, now)
        return True

    def authorise_invoice(self, sale: Sale, now: int, day: int) -> bool:
        """Revenue is recognised; whether goods were shipped is not asked (API v2: invoice and ship are independent)."""
        books = self._books
        if day < books.lock_date:
            return False
        self.to_invoice.pop(sale.key, None)
        invoice = sale.invoice
        sale.invoiced, sale.invoice_day = True, day
        goods, shipping, tax = sale.net_cents, sale.shipping_cents, sale.tax_cents
        self.invoices.add((invoice, sale.key, _INV | sale.number, day, day, goods, shipping, tax, goods + shipping + tax, now))
        add, account = self.invoice_lines.add, books.accounts.sales
        for n, (sku, units, price, discount) in enumerate(sale.lines):
            add((invoice, n, sku, units, price * units - discount, account))
        books.statuses.milestone(invoice, INVOICED, now)
        pairs = postings.sale_invoice(books.accounts, goods, shipping, tax)
        books.post(Document(invoice, _INVOICES, _TASK, day, now, pairs, _INV | sale.number, sale.customer, day,
                            control=books.accounts.receivable))  # fmt: skip
        return True

    def record_payment(self, sale: Sale, account: int, cents: int, reference: int, now: int, day: int) -> bool:
        """The customer has paid the invoice through `account`."""
        books = self._books
        if day < books.lock_date:
            return False
        invoice, payment = sale.invoice, sale.order_key + _FIRST_PAYMENT
        sale.paid = True
        self.payments.add((payment, invoice, account, day, cents, reference, now))
        if sale.shipped:
            self._note_completed(sale, now)
        books.statuses.milestone(invoice, PAID_IN_FULL if sale.shipped else PAID, now)
        pairs = postings.customer_payment(books.accounts, account, cents)
        books.post(Document(payment, _PAYMENTS, _TASK, day, now, pairs, reference, sale.customer, settles=invoice,
                            control=books.accounts.receivable))  # fmt: skip
        return True

    def touch(self, sale: Sale, now: int) -> None:
        """Somebody edits a memo on an invoiced sale: the invoice is exported again, unchanged."""
        books, invoice = self._books, sale.invoice
        pairs = postings.sale_invoice(books.accounts, sale.net_cents, sale.shipping_cents, sale.tax_cents)
        books.outgoing.append(
            Document(invoice, _INVOICES, _TASK, sale.invoice_day, now, pairs, _INV | sale.number, sale.customer,
                     sale.invoice_day, control=books.accounts.receivable, resent=True)
        )  # fmt: skip

    def credit(self, sale: Sale, line: int, tax: int, now: int, day: int) -> int | None:
        """Authorise a credit note for one line; return its key, or None when the date is closed."""
        books = self._books
        if day < books.lock_date:
            return None
        self._credits += 1
        note = sale.id(keys.CREDIT_NOTE, sale.credit_notes)
        sale.credit_notes += 1
        _, units, price, discount = sale.lines[line]
        goods = price * units - discount
        self.credit_notes.add((note, sale.key, _CR | self._credits, day, goods, tax, goods + tax, now))
        books.statuses.change(note, _CREDIT, AUTHORISED, now)
        books.statuses.change(sale.key, _SALE, _CREDITED, now)
        pairs = postings.sale_credit_note(books.accounts, goods, tax)
        books.post(Document(note, _CREDIT_NOTES, _TASK, day, now, pairs, _CR | self._credits, sale.customer, day,
                            control=books.accounts.receivable))  # fmt: skip
        return note

    def restock(self, sale: Sale, note: int, line: int, now: int, day: int) -> bool:
        """Put a credited line's units back at their original cost."""
        books = self._books
        if day < books.lock_date or self._stock.blocked:
            return False
        restock = keys.beside(note, keys.RESTOCK)
        sku, units = sale.lines[line][:2]
        movement, cost = restock, 0
        for part in sale.slices[line]:
            value = part.give_back(part.quantity)
            self._stock.move_in(sku, part.quantity, value, movement, _RESTOCK, now, day, part)
            movement += 1
            cost += value
        self.restocks.add((restock, note, 0, sku, self._stock.location, units, now))
        pairs = postings.restock(books.accounts, cost)
        if pairs:
            books.post(Document(restock, _JOURNALS, _TASK, day, now, pairs, _RESTOCK_TEXT | self._credits))
        return True

    def record_refund(self, note: int, customer: int, account: int, cents: int, reference: int, now: int, day: int) -> bool:
        """Money went back to the customer for a credit note."""
        books = self._books
        if day < books.lock_date:
            return False
        refund = keys.beside(note, keys.REFUND)
        self.payments.add((refund, note, account, day, -cents, reference, now))
        books.statuses.change(note, _CREDIT, _PAID, now)
        pairs = postings.customer_payment(books.accounts, account, -cents)
        books.post(Document(refund, _PAYMENTS, _TASK, day, now, pairs, reference, customer, settles=note,
                            control=books.accounts.receivable))  # fmt: skip
        return True

    def archive(self, before: int) -> None:
        """Forget sales completed before minute `before`; nothing can come back for them any more."""
        completed = self._completed
        while completed and completed[0][0] < before:
            del self.by_order[completed.popleft()[1]]

    def tables(self) -> list[Rows[Any]]:
        """All tables of selling."""
        return [
            self.sales, self.lines, self.invoices, self.invoice_lines, self.shipments, self.shipment_lines, self.payments,
            self.credit_notes, self.restocks,
        ]  # fmt: skip

    def _allocate(self, sale: Sale) -> bool:
        stock = self._stock
        on_hand, allocated = stock.on_hand, stock.allocated
        lines = sale.lines
        for sku, units, _, _ in lines:
            if on_hand[sku] - allocated[sku] < units:
                return False
        if len(lines) > 1 and not self._fits_together(lines):
            return False
        for sku, units, _, _ in lines:
            allocated[sku] += units
            stock.touched.append(sku)
        sale.allocated = True
        self.to_pick[sale.key] = sale
        return True

    def _fits_together(self, lines: list[tuple[int, int, int, int]]) -> bool:
        """Whether two lines of the same product do not both count on its last unit."""
        wanted: dict[int, int] = {}
        for sku, units, _, _ in lines:
            wanted[sku] = wanted.get(sku, 0) + units
        return all(self._stock.available(sku) >= units for sku, units in wanted.items())

    def _release(self, sale: Sale) -> None:
        for sku, units, _, _ in sale.lines:
            self._stock.allocated[sku] -= units
            self._stock.touched.append(sku)
        sale.allocated = False

    def _complete(self, sale: Sale, now: int) -> None:
        self._note_completed(sale, now)
        self._books.statuses.change(sale.key, _SALE, _COMPLETED, now)

    def _note_completed(self, sale: Sale, now: int) -> None:
        self.just_completed.append(sale)
        self._completed.append((now, sale.order_key))
