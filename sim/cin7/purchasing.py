"""Purchasing: order, stock received, supplier's bill, charges and credits on it, deposits and payments.

Two approaches (Cin7: Approach STOCK and INVOICE). Stock first: goods are received, accrued where the business accrues,
and billed later. Invoice first: the bill comes ahead, its value waits in transit (or, without accrual, in the inventory
account) until the goods are received; an advanced purchase releases it only once all that was billed has come.

Every date is refused that is earlier than the lock date. Knows neither suppliers nor the dock: people tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import keys
from ..clock import DAY
from ..money import extend
from ..schema import (
    APPROACH,
    DISTRIBUTION,
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    PURCHASE_TYPE,
    RECONCILING_KIND,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    LandedCost,
    PurchaseCreditNote,
    PurchaseCreditNoteLine,
    PurchaseInvoice,
    PurchaseInvoiceLine,
    PurchaseLine,
    PurchasePayment,
    StockReceived,
)
from ..schema import Purchase as PurchaseRow
from ..tables import Rows, number_prefix
from . import postings
from .books import AUTHORISED, Books, Catalogue, Document, ItemLine
from .matching import BilledAhead, ReceivedLine, SupplyRules
from .postings import Pair, merged
from .stock import Borne, Stock

_PURCHASE, _RECEIPT, _BILL, _CREDIT = (
    DOCUMENT_TYPE[name] for name in ("Purchase", "Stock Received", "Purchase Invoice", "Purchase Credit Note")
)
_ORDERED, _RECEIVING, _RECEIVED, _PART_INVOICED, _INVOICED, _COMPLETED, _PAID, _VOIDED = (
    STATUS[name] for name in ("ORDERED", "RECEIVING", "RECEIVED", "PARTIALLY INVOICED", "INVOICED", "COMPLETED", "PAID",
                              "VOIDED")
)  # fmt: skip
_CREDITED, _RECEIVING_CREDITED, _RECEIVED_CREDITED = (
    STATUS[name] for name in ("CREDITED", "RECEIVING / CREDITED", "RECEIVED / CREDITED")
)
_INVOICES, _CREDIT_NOTES, _PAYMENTS, _JOURNALS, _DEPOSITS, _ATTACHMENTS = (
    RECORD_TYPE[name] for name in (
        "Invoices", "Credit notes", "Payments", "Manual journals", "Supplier deposit", "Attachments",
    )
)
_TASK = TRANSACTION_TYPE["Purchase"]
_IN = MOVEMENT_TYPE["Purchase"]
_NOT_RECEIVED, _NOT_RELEASED = (
    RECONCILING_KIND[name] for name in ("invoiced_not_received", "received_not_released")
)
_PO = number_prefix("PO-")
_RECEIVED_TEXT, _REVERSAL_TEXT, _CHANGE_TEXT, _RELEASED_TEXT, _UNDONE_TEXT, _DEPOSIT_TEXT = (
    number_prefix(text) for text in ("Goods received PO-", "Accrual reversal PO-", "Cost change PO-", "Stock in transit PO-",
                                     "Receipt undone PO-", "Deposit PO-")
)  # fmt: skip
IN_INVENTORY = 1 << 30
"""Stands for an account: what is billed ahead lies in each product's own inventory account."""
_NOMINAL_COST = 100
"""A unit cost, 1/10,000 of the currency, that stands for "free of charge": a cent (assumption)."""
_KEPT_DAYS, _CHARGED_DAYS = 60, 240
"""Days after its completion in which a purchase may still be credited, or charged with freight."""
_CORRECTS = {keys.BILL: keys.COST_CHANGE, keys.SUPPLIER_CREDIT: keys.CREDIT_CHANGE}


def change_kind(cause: int) -> int:
    """The kind of document that corrects cost because of document `cause`: a bill, a charge, a credit note."""
    kind = keys.document_kind_of(cause)
    is_charge = kind == keys.BILL and keys.CHARGES_FROM <= keys.ordinal_of(cause) < keys.AHEAD_FROM
    return keys.CHARGE_CHANGE if is_charge else _CORRECTS[kind]


class Purchase:
    """One purchase task as Cin7 holds it."""

    __slots__ = ("ahead", "completed_at", "credited", "deposit_cents", "held", "in_transit", "key", "lines", "number",
                 "open_units", "ordered", "receipts", "rules", "stock", "supplier", "unpaid", "voided")  # fmt: skip

    def __init__(
        self, key: int, number: int, supplier: int, lines: list[tuple[int, int, int]], rules: SupplyRules, stock: Stock,
        ordered: int,
    ) -> None:  # fmt: skip
        self.key, self.number, self.supplier, self.lines = key, number, supplier, lines
        self.rules, self.stock, self.ordered = rules, stock, ordered
        self.open_units = [units for _, units, _ in lines]
        """Units of each line not received yet."""
        self.receipts: dict[int, list[ReceivedLine]] = {}
        self.ahead = BilledAhead()
        self.in_transit = -1
        """The account that holds what is billed ahead, or `IN_INVENTORY`."""
        self.held: dict[tuple[int, int], int] = {}
        """Value of receipts that the inventory accounts do not hold yet, by receipt and account."""
        self.deposit_cents = 0
        """Paid ahead and not applied to a bill."""
        self.unpaid = 0
        """Bills and credit notes entered and not settled."""
        self.credited = self.voided = False
        self.completed_at = -1

    def is_settled(self) -> bool:
        """Whether everything ordered has come or is given up, and all that came is billed."""
        if any(self.open_units) or not self.ahead.is_empty or self.held:
            return False
        lines = [line for received in self.receipts.values() for line in received]
        return bool(lines or self.credited) and all(line.billed == line.units for line in lines)

    @property
    def kept_days(self) -> int:
        """Days after its completion in which something may still come for it."""
        return _CHARGED_DAYS if self.rules.charged else _KEPT_DAYS

    @property
    def receiving_status(self) -> int:
        """Where it stands, by what has come."""
        if not self.receipts:
            return _CREDITED if self.credited else _ORDERED
        if any(self.open_units):
            return _RECEIVING_CREDITED if self.credited else _RECEIVING
        return _RECEIVED_CREDITED if self.credited else _RECEIVED


class Purchasing:
    """All open purchases."""

    __slots__ = ("_books", "_catalogue", "_numbers", "_stocks", "accrual", "attaches", "bill_lines", "bills", "by_key",
                 "closed_short", "credit_lines", "credits", "landed_costs", "lines", "payments", "purchases", "receipts",
                 "unpaid", "watchers")  # fmt: skip

    def __init__(self, books: Books, stocks: Sequence[Stock], catalogue: Catalogue) -> None:
        self._books, self._catalogue = books, catalogue
        self._stocks = {stock.location: stock for stock in stocks}
        self.accrual = catalogue.buying.accrual
        """Whether goods received and not billed are accrued, as set now."""
        self.by_key: dict[int, Purchase] = {}
        self.closed_short: dict[int, int] = {}
        """When each purchase of which not all came was marked as received."""
        """Purchases that are not completed, or not for long."""
        self.unpaid: dict[int, tuple[int, int, int]] = {}
        """Bills to pay, and credit notes to be paid back (negative): due day, cents, supplier."""
        self.purchases: Rows[PurchaseRow] = Rows("cin7/purchases", PurchaseRow)
        self.lines: Rows[PurchaseLine] = Rows("cin7/purchase_lines", PurchaseLine)
        self.receipts: Rows[StockReceived] = Rows("cin7/stock_received", StockReceived)
        self.bills: Rows[PurchaseInvoice] = Rows("cin7/purchase_invoices", PurchaseInvoice)
        self.bill_lines: Rows[PurchaseInvoiceLine] = Rows("cin7/purchase_invoice_lines", PurchaseInvoiceLine)
        self.payments: Rows[PurchasePayment] = Rows("cin7/purchase_payments", PurchasePayment)
        self.credits: Rows[PurchaseCreditNote] = Rows("cin7/purchase_credit_notes", PurchaseCreditNote)
        self.credit_lines: Rows[PurchaseCreditNoteLine] = Rows("cin7/purchase_credit_note_lines", PurchaseCreditNoteLine)
        self.landed_costs: Rows[LandedCost] = Rows("cin7/landed_costs", LandedCost)
        self._numbers = 0
        self.attaches: Callable[[int], bool] | None = None
        """(bill) -> whether its scan is attached, where that is ever done."""
        self.watchers: list[Callable[[int], None]] = []
        """Who is told of each order and each receipt that is authorised; hardly ever anybody."""

    def tables(self) -> list[Rows[Any]]:
        """All tables of purchasing."""
        return [self.purchases, self.lines, self.receipts, self.bills, self.bill_lines, self.payments, self.credits,
                self.credit_lines, self.landed_costs]  # fmt: skip

    # -- ordering ---------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """The number of the next purchase."""
        self._numbers += 1
        return self._numbers

    def order(
        self, root: int, supplier: int, lines: list[tuple[int, int, int]], required_by: int, now: int, day: int,
        location: int, *, blind: bool = False,
    ) -> Purchase:  # fmt: skip
        """Authorise a purchase order of goods for `location`. `lines`: product (each once), units, unit cost."""
        rules, stock = self._catalogue.buying.suppliers[supplier], self._stocks[location]
        purchase = Purchase(root, self.next_number(), supplier, lines, rules, stock, day)
        self.by_key[root] = purchase
        for n, (sku, units, cost) in enumerate(lines):
            self.lines.add((root, n, sku, units, cost))
            stock.on_order[sku] += units
        approach = APPROACH["INVOICE" if rules.invoice_first else "STOCK"]
        kind = PURCHASE_TYPE["Advanced Purchase" if rules.advanced else "Simple Purchase"]
        self.purchases.add((root, _PO | purchase.number, self._catalogue.supplier_keys[supplier], approach, location, day,
                            required_by, now, kind, int(blind), -1))  # fmt: skip
        self._books.statuses.change(root, _PURCHASE, _ORDERED, now)
        for tell in self.watchers:
            tell(root)
        return purchase

    def void(self, purchase: Purchase, now: int) -> bool:
        """Void an order of which nothing was received, billed or paid. False when something was."""
        if purchase.receipts or purchase.in_transit >= 0 or purchase.deposit_cents:
            return False
        self._give_up(purchase, range(len(purchase.lines)))
        purchase.voided = True
        self._books.statuses.change(purchase.key, _PURCHASE, _VOIDED, now)
        del self.by_key[purchase.key]
        return True

    def close_short(self, purchase: Purchase, now: int) -> None:
        """Mark as received: what is still open will not come. What is billed ahead waits for a credit note instead."""
        if not purchase.ahead.is_empty or not any(purchase.open_units):
            return
        self._give_up(purchase, range(len(purchase.lines)))
        self.closed_short[purchase.key] = now
        self._books.statuses.change(purchase.key, _PURCHASE, purchase.receiving_status, now)
        self._close_if_done(purchase, now)

    def archive(self, now: int) -> None:
        """Forget purchases completed so long ago that nothing more is expected for them."""
        for purchase in list(self.by_key.values()):
            if 0 <= purchase.completed_at < now - purchase.kept_days * DAY and not purchase.unpaid:
                del self.by_key[purchase.key]

    # -- receiving --------------------------------------------------------------------------------------------

    def has_received(self, receipt: int) -> bool:
        """Whether a receipt was authorised; one of a purchase that was put away long ago was not."""
        purchase = self.by_key.get(keys.root_of(receipt))
        return purchase is not None and receipt in purchase.receipts

    def may_receive(self, receipt: int, lines: list[tuple[int, int]]) -> bool:
        """Whether a receipt would be taken: an invoice-first purchase must be billed before."""
        purchase = self.by_key[keys.root_of(receipt)]
        return not purchase.rules.invoice_first or all(purchase.ahead.units(sku) >= units for sku, units in lines)

    def receive(self, receipt: int, lines: list[tuple[int, int]], now: int, day: int) -> bool:
        """Authorise a stock receipt. `lines`: product, units.

        Stock first, goods come in at the order's prices, accrued (without accrual at no cost until they are billed);
        invoice first, at the invoice's cost. False when the date or the location is closed.
        """
        books = self._books
        if day < books.lock_date or self.by_key[keys.root_of(receipt)].stock.blocked or not self.may_receive(receipt, lines):
            return False
        purchase = self.by_key[keys.root_of(receipt)]
        stock, costs = purchase.stock, {sku: cost for sku, _, cost in purchase.lines}
        ahead, of = purchase.rules.invoice_first, books.mapping.of
        received, held = [], ahead and purchase.in_transit != IN_INVENTORY
        pairs: list[Pair] = []
        for n, (sku, units) in enumerate(lines):
            ordered = extend(units, costs[sku])
            value = purchase.ahead.settle(sku, units) if ahead else ordered if self.accrual else 0
            layer = stock.move_in(sku, units, value, receipt + n, _IN, now, day)
            line = ReceivedLine(sku, units, 0 if ahead else value, ordered, layer, day)
            line.billed = units if ahead else 0
            received.append(line)
            if held:
                place = receipt, of[sku].inventory
                purchase.held[place] = purchase.held.get(place, 0) + value
            elif not ahead:
                pairs += postings.stock_received(of[sku], value)
            self.receipts.add((receipt, purchase.key, n, sku, stock.location, units, day, now))
            self._note_received(purchase, sku, units)
        purchase.receipts[receipt] = received
        books.statuses.change(receipt, _RECEIPT, AUTHORISED, now)
        books.statuses.change(purchase.key, _PURCHASE, purchase.receiving_status, now)
        self._journal(receipt, merged(pairs), _RECEIVED_TEXT, purchase, now, day)
        if held:
            self._release(purchase, now, day)
        self._close_if_done(purchase, now)
        for tell in self.watchers:
            tell(receipt)
        return True

    def undo(self, receipt: int, now: int, day: int) -> bool:
        """Undo a stock-first receipt of which nothing is billed, charged or gone. False when it cannot be."""
        books, purchase = self._books, self.by_key[keys.root_of(receipt)]
        received = purchase.receipts[receipt]
        if day < books.lock_date or purchase.rules.invoice_first or not all(line.is_as_received for line in received):
            return False
        undo = keys.beside(receipt, keys.UNDO)
        for n, line in enumerate(received):
            purchase.stock.undo_in(line.sku, line.layer, undo + n, now, day)
            self._note_received(purchase, line.sku, -line.units)
        del purchase.receipts[receipt]
        books.statuses.change(receipt, _RECEIPT, _VOIDED, now)
        books.statuses.change(purchase.key, _PURCHASE, purchase.receiving_status, now)
        of = books.mapping.of
        accrued = [pair for line in received for pair in postings.stock_received(of[line.sku], line.accrued_cents)]
        self._journal(undo, postings.undone(merged(accrued)), _UNDONE_TEXT, purchase, now, day)
        return True

    def _note_received(self, purchase: Purchase, sku: int, units: int) -> None:
        for n, (line_sku, ordered, _) in enumerate(purchase.lines):
            if line_sku == sku:
                if units > 0:  # a blind receipt may bring more than is expected
                    still = max(0, purchase.open_units[n] - units)
                else:  # what undoing takes back is expected again
                    came = sum(line.units for lines in purchase.receipts.values() for line in lines if line.sku == sku)
                    still = max(0, ordered - came - units)
                purchase.stock.on_order[sku] += still - purchase.open_units[n]
                purchase.open_units[n] = still
                return

    def _release(self, purchase: Purchase, now: int, day: int) -> None:
        """Goods received move from transit to inventory; those of an advanced purchase once all that was billed has come.

        Source: Cin7's inventory accrual article: the account for goods in transit clears when received equals invoiced.
        """
        if purchase.rules.advanced and not purchase.ahead.is_empty:
            return
        released: dict[int, list[Pair]] = {}
        for (receipt, account), value in purchase.held.items():
            pairs = postings.transit_released(self._books.mapping.holding(account), value)
            released.setdefault(receipt, []).extend(pairs)
        for receipt, parts in released.items():
            self._journal(receipt, merged(parts), _RELEASED_TEXT, purchase, now, day)
        purchase.held.clear()

    # -- bills ------------------------------------------------------------------------------------------------

    def bill(self, bill: int, receipt: int, lines: list[tuple[int, int, int]], number: int, now: int, day: int) -> bool:
        """Authorise a supplier's invoice. `lines`: product, units, billed unit cost; `receipt` -1 for one ahead of goods."""
        purchase = self.by_key[keys.root_of(bill)]
        if day < self._books.lock_date or (receipt >= 0 and receipt not in purchase.receipts):
            return False
        for n, (sku, units, cost) in enumerate(lines):
            self.bill_lines.add((bill, n, sku, units, cost))
            if cost > _NOMINAL_COST:  # what is given for nothing has a price all the same
                self._catalogue.cost[sku] = cost
        if receipt < 0:
            self._bill_ahead(purchase, bill, lines, number, now, day)
        else:
            self._bill_received(purchase, bill, receipt, lines, number, now, day)
        return True

    def _bill_ahead(
        self, purchase: Purchase, bill: int, lines: list[tuple[int, int, int]], number: int, now: int, day: int
    ) -> None:
        """Dr Stock in transit (without accrual: Inventory) Cr Payable."""
        of, total = self._books.mapping.of, 0
        if purchase.in_transit < 0:
            purchase.in_transit = self._books.accounts.stock_in_transit if self.accrual else IN_INVENTORY
        rule = postings.purchase_invoice if purchase.in_transit == IN_INVENTORY else postings.invoice_ahead
        parts: list[Pair] = []
        for sku, units, cost in lines:
            cents = extend(units, cost)
            purchase.ahead.bill(bill, sku, units, cents)
            parts += rule(of[sku], cents)
            total += cents
        pairs = merged(parts)
        whole = all(purchase.ahead.units(sku) >= units for sku, units, _ in purchase.lines)
        self.book_bill(purchase, bill, number, pairs, total, purchase.supplier, now, day, items_of(lines))
        if not purchase.receipts:
            self._books.statuses.change(purchase.key, _PURCHASE, _INVOICED if whole else _PART_INVOICED, now)

    def _bill_received(
        self, purchase: Purchase, bill: int, receipt: int, lines: list[tuple[int, int, int]], number: int, now: int, day: int
    ) -> None:
        """Dr Inventory Cr Payable, the accrual of what the invoice covers is reversed, layers take the invoice's cost.

        Dated by receipt instead: Dr Inventory accrual Cr Payable, and the difference is a correction of its own.
        """
        of, by_receipt, total = self._books.mapping.of, self._catalogue.buying.by_receipt, 0
        changes: list[tuple[ReceivedLine, int]] = []
        billing: list[Pair] = []
        reversing: list[Pair] = []
        differing: list[Pair] = []
        for sku, units, cost in lines:
            billed = extend(units, cost)
            line = next(line for line in purchase.receipts[receipt] if line.sku == sku and line.billed < line.units)
            share = line.bill(units)
            total += billed
            if by_receipt and line.accrued_cents:
                billing += postings.invoice_against_accrual(of[sku], billed)
                differing += postings.cost_difference(of[sku], billed - share)
            else:
                billing += postings.purchase_invoice(of[sku], billed)
                reversing += postings.accrual_reversal(of[sku], share)
            changes.append((line, billed - share))
        self.book_bill(purchase, bill, number, merged(billing), total, purchase.supplier, now, day, items_of(lines))
        status = _INVOICED if purchase.is_settled() else _PART_INVOICED
        self._books.statuses.change(purchase.key, _PURCHASE, status, now)
        if not by_receipt:
            reversal = keys.beside(bill, keys.ACCRUAL_REVERSAL)
            self._journal(reversal, merged(reversing), _REVERSAL_TEXT, purchase, now, day)
        self._correct(purchase, bill, changes, merged(differing), now, day)

    def charge(
        self, charge: int, receipt: int, by: int, description: str, cents: int, supplier: int, number: int, now: int, day: int
    ) -> bool:
        """Authorise a bill for freight or duty, spread over a receipt's lines `by` cost, quantity, weight or volume (a code).

        Dr Inventory Cr Payable; units that have left carry their share to where they went.
        """
        books, purchase = self._books, self.by_key[keys.root_of(charge)]
        if day < books.lock_date or receipt not in purchase.receipts:
            return False
        lines = purchase.receipts[receipt]
        text = books.lexicon.text
        self.landed_costs.add((charge, purchase.key, 0, text(DISTRIBUTION.words[by]), cents, now, receipt,
                               self._catalogue.supplier_keys[supplier], text(description)))  # fmt: skip
        of, shares = books.mapping.of, self._catalogue.buying.spread(cents, by, lines)
        parts = [
            pair for line, share in zip(lines, shares, strict=True) for pair in postings.purchase_invoice(of[line.sku], share)
        ]
        self.book_bill(purchase, charge, number, merged(parts), cents, supplier, now, day)
        self._correct(purchase, charge, zip(lines, shares, strict=True), (), now, day)
        return True

    def book_bill(
        self, purchase: Purchase, bill: int, number: int, pairs: tuple[Pair, ...], total: int, supplier: int, now: int,
        day: int, items: Sequence[ItemLine] = (),
    ) -> None:  # fmt: skip
        """Book a bill that posts `pairs`, to be paid when the supplier's terms say. `items`: what its lines are for."""
        books, due = self._books, day + self._catalogue.buying.suppliers[supplier].terms_days
        self.bills.add((bill, purchase.key, number, day, due, total, now))
        books.statuses.change(bill, _BILL, AUTHORISED, now)
        purchase.unpaid += 1
        self.unpaid[bill] = (due, total, supplier)
        books.post(Document(bill, _INVOICES, _TASK, day, now, pairs, number, self._catalogue.supplier_keys[supplier], due,
                            control=books.accounts.payable, items=items))  # fmt: skip
        if self.attaches is not None and self.attaches(bill):
            books.tell_of(keys.beside(bill, keys.ATTACHED), _ATTACHMENTS, now, of=bill)
        if supplier == purchase.supplier and purchase.deposit_cents:
            self._apply_deposit(purchase, bill, now, day)

    # -- corrections of cost ----------------------------------------------------------------------------------

    def _correct(
        self, purchase: Purchase, cause: int, changes: Iterable[tuple[ReceivedLine, int]], own: tuple[Pair, ...], now: int,
        day: int,
    ) -> None:  # fmt: skip
        """Change the cost of lines; what has left takes its share to the account that bore its cost.

        One document for each month in which units left, dated when the last of them did where that is open; or, where
        corrections are dated by receipt, one document of that date with the pairs that are its `own`.
        """
        rules, lock = self._catalogue.buying, self._books.lock_date
        began, document = day, keys.correction(cause, change_kind(cause))
        movement = document
        if rules.by_receipt:
            changes = list(changes)
            began = max([0, *(line.day for line, _ in changes[:1])])
            day = max(lock, began)
        by_slot: dict[int, list[Borne]] = {}
        for line, cents in changes:
            movement, borne = purchase.stock.change_cost(
                line.sku, line.layer, cents, movement, document, now, day,
                (lambda left: day) if rules.by_receipt else (lambda left: max(left, lock)),
            )  # fmt: skip
            for part in borne:
                by_slot.setdefault(rules.slot(part[0], now // DAY), []).append(part)
        if own:
            by_slot.setdefault(0, [])
        for slot in sorted(by_slot):
            parts = by_slot[slot]
            of = self._books.mapping.of
            pairs = [*own, *(p for _, sku, use, c in parts for p in postings.borne_elsewhere(of[sku], use, c))]
            left = began if rules.by_receipt else max(left for left, *_ in parts)
            key = keys.correction(cause, change_kind(cause), slot)
            self._journal(key, merged(pairs), _CHANGE_TEXT, purchase, now, max(lock, left), left)

    def _journal(
        self, key: int, pairs: tuple[Pair, ...], text: int, purchase: Purchase, now: int, day: int, corrects: int = -1
    ) -> None:
        if pairs:
            self._books.post(Document(key, _JOURNALS, _TASK, day, now, pairs, text | purchase.number, corrects=corrects))

    # -- credit notes -----------------------------------------------------------------------------------------

    def credit_missing(self, credit: int, lines: list[tuple[int, int]], number: int, now: int, day: int) -> bool:
        """Authorise a credit note for goods billed ahead that will not come. `lines`: product, units."""
        purchase = self.by_key[keys.root_of(credit)]
        if day < self._books.lock_date or any(purchase.ahead.units(sku) < units for sku, units in lines):
            return False
        of, total = self._books.mapping.of, 0
        parts: list[Pair] = []
        for n, (sku, units) in enumerate(lines):
            cents = purchase.ahead.settle(sku, units)
            total += cents
            against = of[sku].inventory if purchase.in_transit == IN_INVENTORY else purchase.in_transit
            parts += postings.supplier_credit(of[sku], against, cents)
            self.credit_lines.add((credit, n, -1, sku, units, 0, cents))
        missing = dict(lines)
        for n, (sku, _, _) in enumerate(purchase.lines):
            given_up = min(missing.get(sku, 0), purchase.open_units[n])
            if given_up:
                missing[sku] -= given_up
                purchase.open_units[n] -= given_up
                purchase.stock.on_order[sku] -= given_up
        self.book_credit(purchase, credit, number, merged(parts), total, now, day)
        self._release(purchase, now, day)
        self._close_if_done(purchase, now)
        return True

    def credit_returned(
        self, credit: int, receipt: int, sku: int, units: int, unit_cost: int, number: int, now: int, day: int
    ) -> bool:
        """Authorise a credit note with unstock: units of a billed receipt go back. False when they are not there any more.

        Dr Payable Cr Inventory at what is credited; what the units cost beyond that (freight) is cost of sales.
        """
        a, purchase = self._books.mapping.of[sku], self.by_key[keys.root_of(credit)]
        line = next((line for line in purchase.receipts.get(receipt, ()) if line.sku == sku), None)
        if day < self._books.lock_date or line is None or line.billed < line.units:
            return False
        if line.layer.quantity < units or purchase.stock.available(sku) < units:
            return False
        part = purchase.stock.give_back(sku, line.layer, units, credit, a.cogs, now, day)
        total = extend(units, unit_cost)
        self.credit_lines.add((credit, 0, receipt, sku, units, units, total))
        self.book_credit(purchase, credit, number, postings.supplier_credit(a, a.inventory, total), total, now, day)
        rest = postings.borne_elsewhere(a, a.cogs, part.value - total)
        self._journal(keys.correction(credit, keys.CREDIT_CHANGE), rest, _CHANGE_TEXT, purchase, now, day)
        return True

    def credit_price(
        self, credit: int, receipt: int, lines: list[tuple[int, int]], number: int, now: int, day: int
    ) -> bool:
        """Authorise a credit note that lowers the price of billed goods, wherever they are. `lines`: product, cents."""
        purchase = self.by_key[keys.root_of(credit)]
        received = {line.sku: line for line in purchase.receipts.get(receipt, ()) if line.billed == line.units}
        if day < self._books.lock_date or any(sku not in received for sku, _ in lines):
            return False
        total = sum(cents for _, cents in lines)
        for n, (sku, cents) in enumerate(lines):
            self.credit_lines.add((credit, n, receipt, sku, 0, 0, cents))
        of = self._books.mapping.of
        parts = [pair for sku, cents in lines for pair in postings.supplier_credit(of[sku], of[sku].inventory, cents)]
        self.book_credit(purchase, credit, number, merged(parts), total, now, day)
        self._correct(purchase, credit, [(received[sku], -cents) for sku, cents in lines], (), now, day)
        return True

    def book_credit(
        self, purchase: Purchase, credit: int, number: int, pairs: tuple[Pair, ...], total: int, now: int, day: int
    ) -> None:
        """Book a credit note that posts `pairs`, to be paid back when the supplier's terms say."""
        books, due = self._books, day + purchase.rules.terms_days
        self.credits.add((credit, purchase.key, number, day, total, now))
        books.statuses.change(credit, _CREDIT, AUTHORISED, now)
        purchase.credited, purchase.completed_at = True, -1
        purchase.unpaid += 1
        books.statuses.change(purchase.key, _PURCHASE, purchase.receiving_status, now)
        self.unpaid[credit] = (due, -total, purchase.supplier)
        supplier = self._catalogue.supplier_keys[purchase.supplier]
        books.post(Document(credit, _CREDIT_NOTES, _TASK, day, now, pairs, number, supplier, due,
                            control=books.accounts.payable))  # fmt: skip

    # -- money ------------------------------------------------------------------------------------------------

    def pay(self, bill: int, account: int, now: int, day: int) -> int | None:
        """Enter the payment of a bill, or of a credit note that is paid back; return its key, or None when closed."""
        books = self._books
        if day < books.lock_date:
            return None
        _, cents, supplier = self.unpaid.pop(bill)
        purchase, is_credit = self.by_key[keys.root_of(bill)], cents < 0
        payment = keys.beside(bill, keys.REFUND if is_credit else keys.PAYMENT)
        pairs = postings.supplier_payment(books.accounts, account, cents)
        self._settle(purchase, bill, payment, account, cents, pairs, supplier, now, day)
        books.statuses.change(bill, _CREDIT if is_credit else _BILL, _PAID, now)
        purchase.unpaid -= 1
        self._close_if_done(purchase, now)
        return payment

    def deposit(self, purchase: Purchase, account: int, cents: int, now: int, day: int) -> int | None:
        """Enter a deposit paid ahead: Dr Supplier deposits Cr Bank; return its key, or None when the date is closed."""
        books = self._books
        if day < books.lock_date:
            return None
        key = keys.document(purchase.key, keys.DEPOSIT)
        purchase.deposit_cents += cents
        self.payments.add((key, -1, account, day, cents, now, purchase.key, -1))
        pairs = postings.supplier_deposit(books.accounts, account, cents)
        supplier = self._catalogue.supplier_keys[purchase.supplier]
        books.post(Document(key, _DEPOSITS, _TASK, day, now, pairs, _DEPOSIT_TEXT | purchase.number, supplier))
        return key

    def _apply_deposit(self, purchase: Purchase, bill: int, now: int, day: int) -> None:
        """A deposit settles the bill as far as it goes: Dr Payable Cr Supplier deposits."""
        a = self._books.accounts
        due, open_cents, supplier = self.unpaid[bill]
        cents = min(purchase.deposit_cents, open_cents)
        purchase.deposit_cents -= cents
        key = keys.beside(bill, keys.DEPOSIT_APPLIED)
        self._settle(purchase, bill, key, a.supplier_deposits, cents, postings.deposit_applied(a, cents), supplier, now, day)
        self.unpaid[bill] = (due, open_cents - cents, supplier)
        if cents == open_cents:
            del self.unpaid[bill]
            purchase.unpaid -= 1
            self._books.statuses.change(bill, _BILL, _PAID, now)

    def _settle(
        self, purchase: Purchase, bill: int, key: int, account: int, cents: int, pairs: tuple[Pair, ...], supplier: int,
        now: int, day: int,
    ) -> None:  # fmt: skip
        books, is_credit = self._books, cents < 0
        self.payments.add((key, -1 if is_credit else bill, account, day, cents, now, purchase.key, bill if is_credit else -1))
        books.post(Document(key, _PAYMENTS, _TASK, day, now, pairs, _PO | purchase.number,
                            self._catalogue.supplier_keys[supplier], settles=bill, control=books.accounts.payable))  # fmt: skip

    # -- ends -------------------------------------------------------------------------------------------------

    def snapshot(self, month_end: int) -> None:
        """Note, as of this evening, what the inventory accounts hold and the stock card does not, or the other way round."""
        of = self._books.mapping.of
        for purchase in self.by_key.values():
            add = purchase.stock.reconciling_items.add
            for (receipt, account), value in purchase.held.items():
                if value:
                    add((month_end, account, _NOT_RELEASED, receipt, -value))
            if purchase.in_transit == IN_INVENTORY:
                waiting: dict[tuple[int, int], int] = {}
                for bill, sku, cents in purchase.ahead.waiting():
                    place = bill, of[sku].inventory
                    waiting[place] = waiting.get(place, 0) + cents
                for (bill, account), cents in waiting.items():
                    add((month_end, account, _NOT_RECEIVED, bill, cents))

    def _give_up(self, purchase: Purchase, lines: Iterable[int]) -> None:
        """Expect nothing more on these lines."""
        for n in lines:
            purchase.stock.on_order[purchase.lines[n][0]] -= purchase.open_units[n]
            purchase.open_units[n] = 0

    def _close_if_done(self, purchase: Purchase, now: int) -> None:
        if not purchase.unpaid and purchase.completed_at < 0 and purchase.is_settled():
            self._books.statuses.change(purchase.key, _PURCHASE, _COMPLETED, now)
            purchase.completed_at = now


def items_of(lines: list[tuple[int, int, int]]) -> list[ItemLine]:
    """What a bill's lines are for, each with its cents."""
    return [(sku, 1, extend(units, cost), 0) for sku, units, cost in lines]
