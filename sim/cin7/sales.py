"""Sales: orders, their fulfilments and invoices, payments, credit notes with restock; each milestone posts on its own.

A simple sale has one fulfilment. A sale that is sent in parts becomes an advanced sale with several, each with a pick,
a pack, a shipment and an invoice of its own; there is no way back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from .. import keys
from ..money import ratio
from ..schema import (
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECORD_TYPE,
    SALE_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    BackorderChange,
    CreditNote,
    Restock,
    SaleInvoice,
    SaleInvoiceLine,
    SaleLine,
    SalePayment,
    SaleTypeChange,
    Shipment,
    ShipmentLine,
)
from ..schema import Sale as SaleRow
from ..tables import Rows, number_prefix
from . import postings
from .books import AUTHORISED, INVOICED, PACKED, PACKED_PART, PAID, PAID_IN_FULL, SHIPPED, Books, Document, change_to
from .costing import Layer, Slice
from .postings import Pair, merged
from .stock import Stock

Line = tuple[int, int, int, int]
"""Product, units, unit price, discount on the line."""

_SALE, _PICK, _PACK, _SHIP, _INVOICE, _CREDIT = (
    DOCUMENT_TYPE[name] for name in ("Sale", "Pick", "Pack", "Shipment", "Sale Invoice", "Credit Note")
)
_ESTIMATING, _ESTIMATED = STATUS["ESTIMATING"], STATUS["ESTIMATED"]
_VOIDED, _ORDERED, _BACKORDERED, _PICKING, _PACKED, _SHIPPING, _CREDITED, _COMPLETED, _PAID, _DRAFT = (
    STATUS[name]
    for name in ("VOIDED", "ORDERED", "BACKORDERED", "PICKING", "PACKED", "SHIPPING", "CREDITED", "COMPLETED", "PAID", "DRAFT")
)
_SALE_ORDERED, _SHIPMENT_AUTHORISED = change_to("Sale", "ORDERED"), change_to("Shipment", "AUTHORISED")
_INVOICES, _CREDIT_NOTES, _PAYMENTS, _JOURNALS, _CREDITS = (
    RECORD_TYPE[name] for name in ("Invoices", "Credit notes", "Payments", "Manual journals", "Customer credits")
)
_TASK = TRANSACTION_TYPE["Sale"]
_SIMPLE, _ADVANCED, _SERVICE = (SALE_TYPE[name] for name in ("Simple Sale", "Advanced Sale", "Service Sale"))
_OUT, _RESTOCK = MOVEMENT_TYPE["Sale"], MOVEMENT_TYPE["Restock"]
_SO, _INV, _CR = number_prefix("SO-"), number_prefix("INV-"), number_prefix("CR-")
_FIRST_SALE, _FIRST_SHIP, _FIRST_INVOICE, _FIRST_PAYMENT = (
    keys.first(kind) for kind in (keys.SALE, keys.SHIP, keys.INVOICE, keys.PAYMENT)
)
_COGS_TEXT, _RESTOCK_TEXT = number_prefix("Cost of sales SO-"), number_prefix("Restock CR-")
_PREPAID_TEXT, _UNSHIPPED_TEXT = number_prefix("Prepayment SO-"), number_prefix("Shipment undone SO-")
REVISIONS_MAX = 8
"""A shipment or invoice has no more revisions than this."""
FULFILMENTS_MAX = 8
"""A sale is not sent in more parts than this: a payment's key holds the fulfilment in three bits."""
_FULFILMENT_BITS = 3
_PARTS = (keys.INVOICE, keys.SHIP)


class Terms(NamedTuple):
    """How a channel sells."""

    channel: int
    """Its name, as a text code."""
    days: int = 0
    """Until an invoice is due."""
    partial: bool = False
    """What is there goes first."""
    number: int = 0
    """The channel's place among all."""
    ships_first: bool = False
    """Only what is shipped is invoiced; else what is packed."""
    voids_invoices: bool = True
    """An invoice can be taken back; not where invoices go to the ledger together."""


class Fulfilment:
    """One pick, pack, shipment and invoice of a sale."""

    __slots__ = ("allocated", "goods_cents", "invoice", "invoice_day", "invoiced", "lines", "numbers", "ordinal", "others",
                 "packed", "paid", "paid_cents", "payments", "picking", "sale", "set_off_cents", "ship", "shipped",
                 "shipping_cents",
                 "slices", "stock", "tax_cents")  # fmt: skip

    def __init__(
        self, sale: Sale, ordinal: int, stock: Stock, lines: list[Line], numbers: Sequence[int], goods: int, shipping: int,
        tax: int,
    ) -> None:  # fmt: skip
        self.sale, self.ordinal, self.stock, self.lines, self.numbers = sale, ordinal, stock, lines, numbers
        at = sale.order_key + (ordinal << 12)
        self.ship, self.invoice = at + _FIRST_SHIP, at + _FIRST_INVOICE
        self.goods_cents, self.shipping_cents, self.tax_cents = goods, shipping, tax
        self.allocated = self.packed = self.shipped = self.invoiced = self.paid = False
        self.picking = False
        """Somebody has been asked to pick it, and cannot be called back."""
        self.slices: list[list[Slice]] = []
        """Cost of each line once shipped."""
        self.others: Sequence[tuple[int, Line]] = ()
        """Lines of the sale that are invoiced with it and do not lie here, each with its place on the sale."""
        self.paid_cents = self.payments = self.set_off_cents = 0
        self.invoice_day = -1

    @property
    def total_cents(self) -> int:
        """Total with tax."""
        return self.goods_cents + self.shipping_cents + self.tax_cents

    def line_amounts(self) -> list[tuple[int, int]]:
        """Product and net cents of each line that is invoiced with it, wherever it lies."""
        return [(sku, price * units - discount) for sku, units, price, discount in _all_lines(self)]

    def net_of(self, line: int, units: int) -> int:
        """What `units` of a line cost the customer before tax."""
        return _net(self.lines[line], units)

    def net_of_other(self, number: int, units: int) -> int:
        """The same for the line with place `number` on the sale, which does not lie here."""
        return _net(next(line for n, line in self.others if n == number), units)


class Sale:
    """One sale task as Cin7 holds it."""

    __slots__ = ("bought", "credit_notes", "customer", "fulfilments", "key", "number", "order_key", "prepaid_cents", "terms",
                 "voided")  # fmt: skip

    def __init__(self, order_key: int, number: int, customer: int, terms: Terms) -> None:
        self.order_key, self.number, self.customer, self.terms = order_key, number, customer, terms
        self.key = order_key + _FIRST_SALE
        self.fulfilments: list[Fulfilment] = []
        self.credit_notes = self.bought = 0
        """`bought`: purchases for it that suppliers have and that are not voided."""
        self.prepaid_cents = 0
        """Money received for which there is no invoice yet."""
        self.voided = False


class Sales:
    """All sales, and what waits for whom."""

    __slots__ = ("_ahead", "_books", "_completed", "_numbers", "backorders", "by_order", "credit_notes", "credits", "held",
                 "invoice_lines", "invoices", "just_completed", "lines", "moved", "on_account", "payments", "restocks", "sales",
                 "services", "shipment_lines", "shipments", "to_buy", "to_invoice", "to_pick", "to_serve", "types",
                 "unallocated", "uncredited", "units_ordered", "unstocked", "waiting")  # fmt: skip

    def __init__(self, books: Books, products: int, unstocked: AbstractSet[int] = frozenset()) -> None:
        self._books, self.unstocked = books, unstocked
        self.moved = 0
        """How often something was shipped or invoiced: who waits for that looks again only when it has grown."""
        """`unstocked`: products that do not lie here; lines of them are never allocated, picked or shipped."""
        self.to_buy: list[Fulfilment] = []
        """Of which lines have to be bought from a supplier who sends them."""
        self.services: AbstractSet[int] = frozenset()
        """Those of them that are work."""
        self.to_serve: list[Fulfilment] = []
        """Sales of work alone that is not done yet."""
        self.by_order: dict[int, Sale] = {}
        """Sales by the key of their order, until they are archived."""
        self.to_pick: dict[int, dict[int, Fulfilment]] = {}
        """Allocated and not packed, by location, then by shipment."""
        self.to_invoice: dict[int, Fulfilment] = {}
        """Packed (or shipped, where that is asked) and not yet invoiced, by shipment."""
        self.backorders: dict[int, Fulfilment] = {}
        self.held: dict[int, Fulfilment] = {}
        """Allocated and to be picked on a later day, by shipment."""
        self._ahead: dict[int, int] = {}
        """The day on which to send what is to be sent later, by sale."""
        self.on_account: dict[int, Fulfilment] = {}
        """Invoiced on account and not paid in full, by invoice."""
        self.unallocated: list[tuple[int, int, int]] = []
        """Credit notes kept back from an invoice: note, invoice, cents. The ledger gets them without that."""
        self.uncredited: dict[int, None] = {}
        """Credit notes that somebody ought to have written and has not: nothing can be refunded on them."""
        self.just_completed: list[Sale] = []
        """Sales completed since somebody last looked."""
        self._completed: deque[tuple[int, int]] = deque()
        """Minute and order of sales completed and not archived, in order of time."""
        self.units_ordered = [0] * products
        """Units ever ordered by customers."""
        self.sales: Rows[SaleRow] = Rows("cin7/sales", SaleRow)
        self.types: Rows[SaleTypeChange] = Rows("cin7/sale_type_log", SaleTypeChange)
        self.waiting: Rows[BackorderChange] = Rows("cin7/backorder_log", BackorderChange)
        self.lines: Rows[SaleLine] = Rows("cin7/sale_lines", SaleLine)
        self.invoices: Rows[SaleInvoice] = Rows("cin7/sale_invoices", SaleInvoice)
        self.invoice_lines: Rows[SaleInvoiceLine] = Rows("cin7/sale_invoice_lines", SaleInvoiceLine)
        self.shipments: Rows[Shipment] = Rows("cin7/shipments", Shipment)
        self.shipment_lines: Rows[ShipmentLine] = Rows("cin7/shipment_lines", ShipmentLine)
        self.payments: Rows[SalePayment] = Rows("cin7/sale_payments", SalePayment)
        self.credit_notes: Rows[CreditNote] = Rows("cin7/credit_notes", CreditNote)
        self.restocks: Rows[Restock] = Rows("cin7/restocks", Restock)
        self._numbers = self.credits = 0
        """Sales and credit notes so far."""

    # -- the order ----------------------------------------------------------------------------------------------

    def enter(
        self, order_key: int, customer: int, lines: list[Line], amounts: tuple[int, int, int], terms: Terms, stock: Stock,
        external: int, now: int, day: int, ship_by: int = -1,
    ) -> Sale:  # fmt: skip
        """Authorise an order; it is allocated at once or becomes a backorder. `amounts`: goods, shipping, tax.

        What is to be sent on a later day, `ship_by`, is allocated all the same and picked then.
        """
        self._numbers += 1
        sale = Sale(order_key, self._numbers, customer, terms)
        key = sale.key
        self.by_order[order_key] = sale
        self.sales.add((key, _SO | sale.number, customer, terms.channel, external, stock.location, day, now,
                        ship_by))  # fmt: skip
        if ship_by >= 0:
            self._ahead[key] = ship_by
        add, ordered = self.lines.add, self.units_ordered
        for n, (sku, units, price, discount) in enumerate(lines):
            add((key, n, sku, units, price, discount, price * units - discount))
            ordered[sku] += units
        fulfilment = Fulfilment(sale, 0, stock, lines, range(len(lines)), *amounts)
        sale.fulfilments.append(fulfilment)
        if self.unstocked and self._set_apart(fulfilment):
            if self.to_serve and self.to_serve[-1] is fulfilment:
                self.types.add((key, _SERVICE, now))
            self._books.statuses.change(key, _SALE, _ORDERED, now)
            return sale
        if self._allocate(fulfilment):
            self._books.statuses.changes.add((key, _SALE_ORDERED, now))
            return sale
        if not (terms.partial and self._split(fulfilment, now)):
            self.backorders[fulfilment.ship] = fulfilment
        self._books.statuses.change(key, _SALE, _BACKORDERED, now)
        return sale

    def release_due(self, stock: Stock, day: int) -> None:
        """Let what is to be sent from a location up to `day` be picked."""
        for ship, fulfilment in list(self.held.items()):
            sale = fulfilment.sale
            if fulfilment.stock is stock and self._ahead.get(sale.key, day) <= day:
                del self.held[ship]
                self.to_pick[stock.location][ship] = fulfilment
                if not any(other.ship in self.held or other.ship in self.backorders for other in sale.fulfilments):
                    self._ahead.pop(sale.key, None)

    def begin_as_quote(self, order_key: int, now: int) -> None:
        """An order that is about to be entered was a quote before."""
        for status in (_ESTIMATING, _ESTIMATED):
            self._books.statuses.change(order_key + _FIRST_SALE, _SALE, status, now)

    def quote(
        self, order_key: int, customer: int, lines: list[Line], terms: Terms, stock: Stock, now: int, day: int, *, sent: bool
    ) -> int:
        """Write a quote, and authorise it if it is `sent`; nothing is promised. Return its key."""
        self._numbers += 1
        key = order_key + _FIRST_SALE
        self.sales.add((key, _SO | self._numbers, customer, terms.channel, -1, stock.location, day, now, -1))
        for n, (sku, units, price, discount) in enumerate(lines):
            self.lines.add((key, n, sku, units, price, discount, price * units - discount))
        self._books.statuses.change(key, _SALE, _ESTIMATING, now)
        if sent:
            self._books.statuses.change(key, _SALE, _ESTIMATED, now)
        return key

    def void_quote(self, key: int, now: int) -> None:
        """Tidy away a quote that came to nothing."""
        self._books.statuses.change(key, _SALE, _VOIDED, now)

    def retry_backorders(self, stock: Stock, now: int) -> None:
        """Allocate what has become available at a location, oldest first."""
        for fulfilment in list(self.backorders.values()):
            if fulfilment.stock is not stock:
                continue
            if self._allocate(fulfilment):
                del self.backorders[fulfilment.ship]
                sale = fulfilment.sale
                if len(sale.fulfilments) > 1:
                    self._wait(sale, fulfilment.lines, -1, now)
                if not any(other.ship in self.backorders for other in sale.fulfilments):
                    self._books.statuses.change(sale.key, _SALE, _ORDERED, now)
            elif fulfilment.sale.terms.partial and self._split(fulfilment, now):
                del self.backorders[fulfilment.ship]

    def put_back(self, fulfilment: Fulfilment, now: int) -> None:
        """Turn an allocated fulfilment whose goods are not there into a backorder."""
        self._release(fulfilment)
        if fulfilment.picking:
            fulfilment.picking = False
            self._books.statuses.change(keys.beside(fulfilment.ship, keys.PICK), _PICK, _VOIDED, now)
        self.to_pick[fulfilment.stock.location].pop(fulfilment.ship, None)
        self.backorders[fulfilment.ship] = fulfilment
        if len(fulfilment.sale.fulfilments) > 1:
            self._wait(fulfilment.sale, fulfilment.lines, 1, now)
        self._books.statuses.change(fulfilment.sale.key, _SALE, _BACKORDERED, now)

    @staticmethod
    def may_void(sale: Sale) -> bool:
        """Whether nothing of a sale is packed, being picked, or bought for it."""
        return not (sale.bought or any(fulfilment.packed or fulfilment.picking for fulfilment in sale.fulfilments))

    def void(self, sale: Sale, now: int) -> bool:
        """Void a sale of which nothing is packed, being picked, or bought for it. False when it is too late."""
        if not self.may_void(sale):
            return False
        for fulfilment in sale.fulfilments:
            if fulfilment.allocated:
                self._release(fulfilment)
                self.to_pick[fulfilment.stock.location].pop(fulfilment.ship, None)
                self.held.pop(fulfilment.ship, None)
            self.backorders.pop(fulfilment.ship, None)
        self._ahead.pop(sale.key, None)
        sale.voided = True
        self._books.statuses.change(sale.key, _SALE, _VOIDED, now)
        if not sale.prepaid_cents:
            self.by_order.pop(sale.order_key).fulfilments.clear()  # as in `archive`
        return True

    # -- fulfilment ---------------------------------------------------------------------------------------------

    def begin_pick(self, fulfilment: Fulfilment, now: int) -> None:
        """Ask for an allocated fulfilment to be picked; whoever does so will say what became of it."""
        self.to_pick[fulfilment.stock.location].pop(fulfilment.ship, None)
        fulfilment.picking = True
        self._books.statuses.change(keys.beside(fulfilment.ship, keys.PICK), _PICK, _DRAFT, now)
        if len(fulfilment.sale.fulfilments) == 1:
            self._books.statuses.change(fulfilment.sale.key, _SALE, _PICKING, now)

    def recall(self, fulfilment: Fulfilment, now: int) -> None:
        """Take back the request to pick a fulfilment; whoever had it has not begun."""
        fulfilment.picking = False
        self.to_pick[fulfilment.stock.location][fulfilment.ship] = fulfilment
        self._books.statuses.change(keys.beside(fulfilment.ship, keys.PICK), _PICK, _VOIDED, now)

    def pack(self, fulfilment: Fulfilment, now: int) -> None:
        """Authorise pick and pack; a shipment task stands open."""
        stock, ship, sale = fulfilment.stock, fulfilment.ship, fulfilment.sale
        self.to_pick[stock.location].pop(ship, None)
        fulfilment.packed, fulfilment.picking = True, False
        # Only a simple sale shows how far its one fulfilment is (Cin7 Core API v2, sale statuses).
        self._books.statuses.changes.add((ship, PACKED if len(sale.fulfilments) == 1 else PACKED_PART, now))
        self.shipments.add((ship, sale.key, stock.location, now))
        add, packed = self.shipment_lines.add, stock.packed
        for n, line in enumerate(fulfilment.lines):
            add((ship, n, line[0], line[1]))
            packed[line[0]] += line[1]
        if not (sale.terms.ships_first or fulfilment.invoiced):
            self.to_invoice[ship] = fulfilment

    def authorise_shipment(self, fulfilment: Fulfilment, now: int, day: int) -> bool:
        """Goods leave the books: layers are consumed, allocations end, cost of sales is posted.

        False when the date or the place is closed, or a count has written off what was packed from goods not booked in yet.
        """
        books, stock, sale = self._books, fulfilment.stock, fulfilment.sale
        if day < books.lock_date or stock.blocked:
            return False
        on_hand, packed = stock.on_hand, stock.packed
        for line in fulfilment.lines:
            if on_hand[line[0]] < packed[line[0]] and not _is_on_hand(stock, fulfilment.lines):
                return False
        ship, of, slices_of = fulfilment.ship, books.mapping.of, fulfilment.slices
        movement, cost = ship, 0
        for sku, units, _, _ in fulfilment.lines:
            slices = stock.move_out(sku, units, movement, _OUT, of[sku].cogs, now, day)
            stock.allocated[sku] -= units
            packed[sku] -= units
            slices_of.append(slices)
            movement += len(slices)
            for part in slices:
                cost += part.value
        fulfilment.shipped = True
        self.moved += 1
        if sale.terms.ships_first and not fulfilment.invoiced:
            self.to_invoice[ship] = fulfilment
        shows = not fulfilment.paid and not fulfilment.invoiced and len(sale.fulfilments) == 1
        books.statuses.changes.add((ship, SHIPPED if shows else _SHIPMENT_AUTHORISED, now))
        if books.mapping.one_cost:
            pairs = postings.shipment(books.accounts, cost)
        else:
            costs = zip(fulfilment.lines, slices_of, strict=True)
            pairs = merged(p for line, parts in costs for p in postings.shipment(of[line[0]], sum(s.value for s in parts)))
        if pairs:
            books.post(Document(ship, _JOURNALS, _TASK, day, now, pairs, _COGS_TEXT | sale.number))
        if fulfilment.paid and self._is_complete(sale):
            books.statuses.change(sale.key, _SALE, _COMPLETED, now)
            self._note_completed(sale, now)
        return True

    def done_elsewhere(self, fulfilment: Fulfilment) -> None:
        """A supplier has sent lines, or work is done: a sale of which nothing lies here is as good as shipped."""
        if not (fulfilment.lines or fulfilment.shipped):
            fulfilment.shipped = True
            self.moved += 1
            if not fulfilment.invoiced:
                self.to_invoice[fulfilment.ship] = fulfilment

    # -- taking back --------------------------------------------------------------------------------------------

    def undo_shipment(self, fulfilment: Fulfilment, now: int, day: int) -> bool:
        """Take back a shipment that is not invoiced: the units return to where they were taken from, a new one stands open.

        False when the date or the place is closed, or it is too late.
        """
        books, stock, sale, ship = self._books, fulfilment.stock, fulfilment.sale, fulfilment.ship
        if not fulfilment.shipped or fulfilment.invoiced or day < books.lock_date or stock.blocked:
            return False
        revision = (keys.ordinal_of(ship) >> _FULFILMENT_BITS) + 1
        if revision == REVISIONS_MAX:
            return False
        undo = keys.beside(ship, keys.SHIP_UNDO)
        movement, of = undo, books.mapping.of
        pairs: list[Pair] = []
        for line, slices in zip(reversed(fulfilment.lines), reversed(fulfilment.slices), strict=True):
            for part in reversed(slices):
                value = stock.take_back(line[0], part, movement, _OUT, now, day)
                pairs += postings.restock(of[line[0]], value)
                movement += 1
            stock.allocated[line[0]] += line[1]
            stock.packed[line[0]] += line[1]
        fulfilment.slices, fulfilment.shipped = [], False
        books.statuses.change(ship, _SHIP, _VOIDED, now)
        if pairs:
            books.post(Document(undo, _JOURNALS, _TASK, day, now, merged(pairs), _UNSHIPPED_TEXT | sale.number))
        waits = self.to_invoice.pop(ship, None)
        fulfilment.ship = keys.revision(ship, revision)
        if waits is not None and not sale.terms.ships_first:
            self.to_invoice[fulfilment.ship] = fulfilment
        self.shipments.add((fulfilment.ship, sale.key, stock.location, now))
        for n, line in enumerate(fulfilment.lines):
            self.shipment_lines.add((fulfilment.ship, n, line[0], line[1]))
        books.statuses.change(fulfilment.ship, _SHIP, _DRAFT, now)
        if len(sale.fulfilments) == 1:
            books.statuses.change(sale.key, _SALE, _PACKED, now)
        return True

    def undo_invoice(self, fulfilment: Fulfilment, now: int, day: int, slip: int = 0) -> bool:
        """Void an invoice of which nothing is paid; it can be authorised again under a new key. `slip` as it was authorised.

        False when the date is closed, or it is too late.
        """
        books, sale, invoice = self._books, fulfilment.sale, fulfilment.invoice
        if not fulfilment.invoiced or fulfilment.payments or sale.credit_notes or day < books.lock_date:
            return False
        revision = (keys.ordinal_of(invoice) >> _FULFILMENT_BITS) + 1
        if revision == REVISIONS_MAX:
            return False
        pairs = postings.undone(self._invoice_pairs(fulfilment, slip))
        number = self.invoice_number(fulfilment)
        books.statuses.change(invoice, _INVOICE, _VOIDED, now)
        if len(sale.fulfilments) == 1:
            books.statuses.change(sale.key, _SALE, _SHIPPING if fulfilment.shipped else _PACKED, now)
        books.post(Document(keys.beside(invoice, keys.INVOICE_UNDO), _INVOICES, _TASK, day, now, pairs, number, sale.customer,
                            settles=invoice, control=books.accounts.receivable, voids=True))  # fmt: skip
        self.on_account.pop(invoice, None)
        fulfilment.invoiced, fulfilment.invoice = False, keys.revision(invoice, revision)
        self.to_invoice[fulfilment.ship] = fulfilment
        return True

    def unpack(self, fulfilment: Fulfilment, now: int) -> bool:
        """Undo pick and pack of what is neither shipped nor invoiced; it is allocated as before. False when it is too late."""
        stock, ship, sale = fulfilment.stock, fulfilment.ship, fulfilment.sale
        revision = (keys.ordinal_of(ship) >> _FULFILMENT_BITS) + 1
        if not fulfilment.packed or fulfilment.shipped or fulfilment.invoiced or revision == REVISIONS_MAX:
            return False
        fulfilment.packed = False
        self.to_invoice.pop(ship, None)
        change = self._books.statuses.change
        change(ship, _SHIP, _VOIDED, now)
        change(keys.beside(ship, keys.PACK), _PACK, _VOIDED, now)
        change(keys.beside(ship, keys.PICK), _PICK, _VOIDED, now)
        for line in fulfilment.lines:
            stock.packed[line[0]] -= line[1]
        if len(sale.fulfilments) == 1:
            change(sale.key, _SALE, _ORDERED, now)
        fulfilment.ship = keys.revision(ship, revision)
        self.to_pick[stock.location][fulfilment.ship] = fulfilment
        return True

    # -- invoice and money --------------------------------------------------------------------------------------

    def authorise_invoice(self, fulfilment: Fulfilment, now: int, day: int, slip: int = 0) -> bool:
        """Revenue is recognised; whether goods were shipped is not asked (API v2: invoice and ship are independent).

        `slip`: cents by which the price of its first line is wrong.
        """
        books, sale = self._books, fulfilment.sale
        if day < books.lock_date:
            return False
        self.to_invoice.pop(fulfilment.ship, None)
        invoice, terms = fulfilment.invoice, sale.terms
        fulfilment.invoiced, fulfilment.invoice_day = True, day
        self.moved += 1
        goods, shipping, tax = fulfilment.goods_cents + slip, fulfilment.shipping_cents, fulfilment.tax_cents
        number = _INV | sale.number if invoice == sale.order_key + _FIRST_INVOICE else self.invoice_number(fulfilment)
        due = day + terms.days
        self.invoices.add((invoice, sale.key, number, day, due, goods, shipping, tax, goods + shipping + tax, now))
        add, sold = self.invoice_lines.add, books.mapping.sold[terms.number]
        for n, (sku, units, price, discount) in enumerate(fulfilment.lines):
            add((invoice, n, sku, units, price * units - discount + (0 if n else slip), sold[sku].sales))
        if fulfilment.others:
            for n, (_, (sku, units, price, discount)) in enumerate(fulfilment.others, len(fulfilment.lines)):
                add((invoice, n, sku, units, price * units - discount, sold[sku].sales))
        if len(sale.fulfilments) == 1:
            books.statuses.changes.add((invoice, INVOICED, now))
        else:
            books.statuses.change(invoice, _INVOICE, AUTHORISED, now)
        pairs = self._invoice_pairs(fulfilment, slip)
        items = _all_lines(fulfilment) if fulfilment.others else fulfilment.lines
        books.post(Document(invoice, _INVOICES, _TASK, day, now, pairs, number, sale.customer, due,
                            control=books.accounts.receivable, items=items))  # fmt: skip
        if sale.prepaid_cents:
            self._apply_prepayment(fulfilment, now, day)
        elif terms.days:
            self.on_account[invoice] = fulfilment
        return True

    def record_payment(
        self, fulfilment: Fulfilment, account: int, cents: int, reference: int, now: int, day: int
    ) -> int | None:
        """The customer has paid an invoice, or part of it, through `account`; return the payment's key, None when closed."""
        books, sale = self._books, fulfilment.sale
        if day < books.lock_date:
            return None
        invoice = fulfilment.invoice
        payment = sale.order_key + _FIRST_PAYMENT + ((fulfilment.ordinal | fulfilment.payments << _FULFILMENT_BITS) << 12)
        fulfilment.payments += 1
        self.payments.add((payment, invoice, account, day, cents, reference, now))
        self._settle(fulfilment, cents, now)
        pairs = postings.customer_payment(books.accounts, account, cents)
        books.post(Document(payment, _PAYMENTS, _TASK, day, now, pairs, reference, sale.customer, settles=invoice,
                            control=books.accounts.receivable))  # fmt: skip
        return payment

    def _settle(self, fulfilment: Fulfilment, cents: int, now: int) -> None:
        fulfilment.paid_cents += cents
        if fulfilment.paid_cents >= fulfilment.total_cents - fulfilment.set_off_cents and not fulfilment.paid:
            fulfilment.paid = True
            sale, invoice = fulfilment.sale, fulfilment.invoice
            complete = fulfilment.shipped and (len(sale.fulfilments) == 1 or self._is_complete(sale))
            self._books.statuses.changes.add((invoice, PAID_IN_FULL if complete else PAID, now))
            if complete:
                self._note_completed(sale, now)
            if self.on_account:
                self.on_account.pop(invoice, None)

    def record_prepayment(self, sale: Sale, account: int, cents: int, reference: int, now: int, day: int) -> bool:
        """Money for a sale without an invoice: a credit of the customer, and settles what is invoiced. Negative: given back."""
        if day < self._books.lock_date:
            return False
        key = keys.document(sale.order_key, keys.PREPAYMENT, 0 if cents > 0 else 1)
        sale.prepaid_cents += cents
        self._credit_customer(key, sale, account, cents, reference, now, day)
        if sale.voided and not sale.prepaid_cents:
            self.by_order.pop(sale.order_key, None)
        for fulfilment in sale.fulfilments:  # what was invoiced before the money was known
            if fulfilment.invoiced and not fulfilment.paid and sale.prepaid_cents > 0:
                self._apply_prepayment(fulfilment, now, day)
        return True

    def record_overpayment(
        self, fulfilment: Fulfilment, account: int, cents: int, reference: int, now: int, day: int
    ) -> bool:
        """A customer has paid too much for an invoice: a credit that stays with the customer until somebody asks."""
        if day < self._books.lock_date:
            return False
        key = keys.document(fulfilment.sale.order_key, keys.PREPAYMENT, keys.OVERPAID_FROM + fulfilment.ordinal)
        self._credit_customer(key, fulfilment.sale, account, cents, reference, now, day)
        return True

    def _credit_customer(self, key: int, sale: Sale, account: int, cents: int, reference: int, now: int, day: int) -> None:
        books = self._books
        self.payments.add((key, sale.key, account, day, cents, reference, now))
        pairs = postings.customer_credit(books.accounts, account, cents)
        books.post(Document(key, _CREDITS, _TASK, day, now, pairs, _PREPAID_TEXT | sale.number, sale.customer))

    def touch(self, sale: Sale, now: int) -> None:
        """Somebody edits a memo on an invoiced sale: its first invoice is exported again, unchanged."""
        books, first = self._books, sale.fulfilments[0]
        pairs = self._invoice_pairs(first)
        books.outgoing.append(
            Document(first.invoice, _INVOICES, _TASK, first.invoice_day, now, pairs, self.invoice_number(first), sale.customer,
                     first.invoice_day + sale.terms.days, control=books.accounts.receivable, resent=True)
        )  # fmt: skip

    # -- giving back --------------------------------------------------------------------------------------------

    def credit(self, fulfilment: Fulfilment, sku: int, goods: int, tax: int, now: int, day: int) -> int | None:
        """Authorise a credit note over `goods` cents before tax for some of a product; its key, or None when it is closed."""
        books, sale = self._books, fulfilment.sale
        if day < books.lock_date:
            return None
        self.credits += 1
        note = self.next_credit_note(sale)
        self.credit_notes.add((note, sale.key, _CR | self.credits, day, goods, tax, goods + tax, now))
        books.statuses.change(note, _CREDIT, AUTHORISED, now)
        if len(sale.fulfilments) == 1:
            books.statuses.change(sale.key, _SALE, _CREDITED, now)
        pairs = postings.sale_credit_note(books.mapping.sold[sale.terms.number][sku], goods, tax)
        books.post(Document(note, _CREDIT_NOTES, _TASK, day, now, pairs, _CR | self.credits, sale.customer, day,
                            control=books.accounts.receivable))  # fmt: skip
        return note

    def next_credit_note(self, sale: Sale) -> int:
        """The key of a sale's next credit note, which is taken by asking."""
        note = keys.document(sale.order_key, keys.CREDIT_NOTE, sale.credit_notes)
        sale.credit_notes += 1
        return note

    def set_off(self, fulfilment: Fulfilment, note: int, cents: int, now: int) -> None:
        """The customer keeps a credit note back from what is still owed for its invoice."""
        fulfilment.set_off_cents += cents
        self._books.statuses.change(note, _CREDIT, _PAID, now)
        self.unallocated.append((note, fulfilment.invoice, cents))
        if fulfilment.payments:
            self._settle(fulfilment, 0, now)

    def restock(
        self, fulfilment: Fulfilment, note: int, line: int, units: int, number: int, now: int, day: int
    ) -> list[Layer]:
        """Put a credited line's units back where they were sent from, at their original cost; the layers they become.

        None of them when the date or the place is closed, or nothing was shipped: "Pending fulfillment". `number`: the credit
        note's, for people.
        """
        books, stock = self._books, fulfilment.stock
        if day < books.lock_date or stock.blocked or not fulfilment.shipped:
            return []
        restock = keys.beside(note, keys.RESTOCK)
        sku, wanted = fulfilment.lines[line][0], units
        movement, cost = restock, 0
        layers: list[Layer] = []
        for part in fulfilment.slices[line]:
            back = min(wanted, part.quantity)
            if not back:
                break
            wanted -= back
            value = part.give_back(back)
            layers.append(stock.move_in(sku, back, value, movement, _RESTOCK, now, day, part))
            movement += 1
            cost += value
        self.restocks.add((restock, note, 0, sku, stock.location, units, now))
        pairs = postings.restock(books.mapping.of[sku], cost)
        if pairs:
            books.post(Document(restock, _JOURNALS, _TASK, day, now, pairs, _RESTOCK_TEXT | number))
        return layers

    def record_refund(
        self, note: int, customer: int, account: int, cents: int, reference: int, now: int, day: int
    ) -> int | None:
        """Money went back to the customer for a credit note; return the refund's key, None when the date is closed."""
        books = self._books
        if day < books.lock_date or (self.uncredited and note in self.uncredited):
            return None
        refund = keys.beside(note, keys.REFUND)
        self.payments.add((refund, note, account, day, -cents, reference, now))
        books.statuses.change(note, _CREDIT, _PAID, now)
        pairs = postings.customer_payment(books.accounts, account, -cents)
        books.post(Document(refund, _PAYMENTS, _TASK, day, now, pairs, reference, customer, settles=note,
                            control=books.accounts.receivable))  # fmt: skip
        return refund

    def skus_of(self, document: int) -> list[int]:
        """The products on an invoice or shipment of a sale that is not archived."""
        sale = self.by_order.get(keys.root_of(document))
        place = keys.part_of(document)
        if sale is None or keys.document_kind_of(document) not in _PARTS or place >= len(sale.fulfilments):
            return []
        return [sku for sku, *_ in sale.fulfilments[place].lines]

    def archive(self, before: int) -> None:
        """Forget sales completed before minute `before`; nothing can come back for them any more."""
        completed = self._completed
        while completed and completed[0][0] < before:
            self.by_order.pop(completed.popleft()[1]).fulfilments.clear()  # or the two would hold each other: see `run`

    def tables(self) -> list[Rows[Any]]:
        """All tables of selling."""
        return [
            self.sales, self.types, self.waiting, self.lines, self.invoices, self.invoice_lines, self.shipments,
            self.shipment_lines, self.payments, self.credit_notes, self.restocks,
        ]  # fmt: skip

    def _invoice_pairs(self, fulfilment: Fulfilment, slip: int = 0) -> tuple[Pair, ...]:
        """Dr Receivable; Cr the revenue account of each line, Shipping income, Tax. `slip` belongs to the first line."""
        mapping, goods, shipping, tax = (
            self._books.mapping, fulfilment.goods_cents + slip, fulfilment.shipping_cents, fulfilment.tax_cents
        )  # fmt: skip
        if mapping.one_income:
            return postings.sale_invoice(mapping.accounts, goods, shipping, tax)
        sold = mapping.sold[fulfilment.sale.terms.number]
        lines = [
            pair for n, (sku, units, price, discount) in enumerate(_all_lines(fulfilment))
            for pair in postings.sale_invoice(sold[sku], price * units - discount + (0 if n else slip), 0, 0)
        ]  # fmt: skip
        return merged([*lines, *postings.sale_invoice(mapping.accounts, 0, shipping, tax)])

    # -- inside -------------------------------------------------------------------------------------------------

    def _set_apart(self, fulfilment: Fulfilment) -> bool:
        """Take lines that do not lie here out of what will be picked; whether that was all of it."""
        unstocked, services, lines = self.unstocked, self.services, fulfilment.lines
        others = [(n, line) for n, line in enumerate(lines) if line[0] in unstocked]
        if others:
            fulfilment.others = others
            fulfilment.numbers = [n for n, line in enumerate(lines) if line[0] not in unstocked]
            fulfilment.lines = [lines[n] for n in fulfilment.numbers]
            if any(line[0] not in services for _, line in others):
                self.to_buy.append(fulfilment)
            elif not fulfilment.lines:
                self.to_serve.append(fulfilment)
        return not fulfilment.lines

    def _allocate(self, fulfilment: Fulfilment) -> bool:
        stock, lines = fulfilment.stock, fulfilment.lines
        on_hand, allocated = stock.on_hand, stock.allocated
        for sku, units, _, _ in lines:
            if on_hand[sku] - allocated[sku] < units:
                return False
        if len(lines) > 1 and len({line[0] for line in lines}) < len(lines) and not _fits_together(stock, lines):
            return False
        touched = stock.touched.append
        for sku, units, _, _ in lines:
            allocated[sku] += units
            touched(sku)
        fulfilment.allocated = True
        if self._ahead and fulfilment.sale.key in self._ahead:
            self.held[fulfilment.ship] = fulfilment
        else:
            self.to_pick[stock.location][fulfilment.ship] = fulfilment
        return True

    def _split(self, fulfilment: Fulfilment, now: int) -> bool:
        """Send what is there first: allocate it and open a further fulfilment for the rest, which waits."""
        sale, stock = fulfilment.sale, fulfilment.stock
        ordinal, on_hand, allocated = len(sale.fulfilments), stock.on_hand, stock.allocated
        if ordinal >= FULFILMENTS_MAX or all(on_hand[line[0]] <= allocated[line[0]] for line in fulfilment.lines):
            return False  # the usual answer, and asked of every backorder whenever anything comes in
        left: dict[int, int] = {}
        here: list[tuple[int, Line]] = []
        rest: list[tuple[int, Line]] = []
        for number, (sku, units, price, discount) in zip(fulfilment.numbers, fulfilment.lines, strict=True):
            free = left.get(sku, max(0, stock.available(sku)))
            sent = min(units, free)
            left[sku] = free - sent
            share = ratio(discount, sent, units)
            if sent:
                here.append((number, (sku, sent, price, share)))
            if sent < units:
                rest.append((number, (sku, units - sent, price, discount - share)))
        goods = sum(units * price - discount for _, (_, units, price, discount) in rest)
        charged = fulfilment.goods_cents + fulfilment.shipping_cents
        tax = ratio(fulfilment.tax_cents, goods, charged) if charged else 0
        later = Fulfilment(sale, ordinal, stock, [line for _, line in rest], [number for number, _ in rest], goods, 0, tax)
        sale.fulfilments.append(later)
        fulfilment.lines, fulfilment.numbers = [line for _, line in here], [number for number, _ in here]
        fulfilment.goods_cents -= goods
        fulfilment.tax_cents -= tax
        if ordinal == 1:
            self.types.add((sale.key, _ADVANCED, now))
            self._wait(sale, later.lines, 1, now)
        else:
            self._wait(sale, fulfilment.lines, -1, now)
        self.backorders[later.ship] = later
        return self._allocate(fulfilment)

    def _wait(self, sale: Sale, lines: list[Line], sign: int, now: int) -> None:
        """Log which units of an advanced sale begin (1) or cease (-1) to wait for stock."""
        for sku, units, _, _ in lines:
            self.waiting.add((sale.key, sku, sign * units, now))

    def _release(self, fulfilment: Fulfilment) -> None:
        stock = fulfilment.stock
        for sku, units, _, _ in fulfilment.lines:
            stock.allocated[sku] -= units
            stock.touched.append(sku)
        fulfilment.allocated = False

    def _apply_prepayment(self, fulfilment: Fulfilment, now: int, day: int) -> None:
        """Settle an invoice from money that came before it."""
        sale, account = fulfilment.sale, self._books.accounts.customer_credits
        cents = min(sale.prepaid_cents, fulfilment.total_cents)
        sale.prepaid_cents -= cents
        self.record_payment(fulfilment, account, cents, _PREPAID_TEXT | sale.number, now, day)

    def invoice_number(self, fulfilment: Fulfilment) -> int:
        """An invoice's number is its sale's; later ones of an advanced sale, and revised ones, say which they are."""
        place = keys.ordinal_of(fulfilment.invoice)
        if not place:
            return _INV | fulfilment.sale.number
        part = f"/{fulfilment.ordinal + 1}" if fulfilment.ordinal else ""
        # The ledger has used the number of the voided one (QuickBooks Online: error 6140 for a number given twice).
        again = f"-R{place >> _FULFILMENT_BITS}" if place >> _FULFILMENT_BITS else ""
        return self._books.lexicon.text(f"INV-{fulfilment.sale.number:06d}{part}{again}")

    def _is_complete(self, sale: Sale) -> bool:
        """Paid and shipped in full."""
        if len(sale.fulfilments) == 1:
            return True
        return all(fulfilment.paid and fulfilment.shipped for fulfilment in sale.fulfilments)

    def _note_completed(self, sale: Sale, now: int) -> None:
        self.just_completed.append(sale)
        self._completed.append((now, sale.order_key))


def _all_lines(fulfilment: Fulfilment) -> list[Line]:
    return [*fulfilment.lines, *(line for _, line in fulfilment.others)]


def _net(line: Line, units: int) -> int:
    _, ordered, price, discount = line
    return price * units - ratio(discount, units, ordered)


def _is_on_hand(stock: Stock, lines: list[Line]) -> bool:
    return all(stock.on_hand[sku] >= units for sku, units in _by_product(lines).items())


def _fits_together(stock: Stock, lines: list[Line]) -> bool:
    """Whether two lines of the same product do not both count on its last unit."""
    return all(stock.available(sku) >= units for sku, units in _by_product(lines).items())


def _by_product(lines: list[Line]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for sku, units, _, _ in lines:
        wanted[sku] = wanted.get(sku, 0) + units
    return wanted
