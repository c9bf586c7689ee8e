"""The office side of operations: buying, entering and paying bills, invoicing, editing memos."""

from __future__ import annotations

import numpy as np

from ... import keys
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...ledger.books import Books as Ledger
from ...operations import happenings as h
from ...operations.money_flows import BankMovement, CustomerPayment
from ...operations.suppliers import OrderPaper
from ...operations.world import Operations
from ...profile import Profile
from ...tables import number_prefix
from .policies import WorkPolicies

_REVIEW, _BILLS, _PAYMENTS, _INVOICES, _MEMOS, _RECEIPTS = (
    10 * 60 + 30, 9 * 60 + 50, 11 * 60, 17 * 60, 11 * 60 + 15, 8 * 60 + 40,
)  # fmt: skip
_REVIEW_WEEKDAYS = (0, 3)
_PAYMENT_WEEKDAY = 4
_PAY_AHEAD_DAYS = 6  # bills due before the next payment run
_SMOOTHING = 0.12
"""Weight of the latest review period in the buyer's idea of demand (assumption)."""
_TIDY_WEEKS = 4
_STALE_DAYS = 35
"""Open purchases are looked through every few weeks; a rest this late is not waited for any longer (assumption)."""
_RESET_SHARE = 0.3
"""A reorder point is changed when it is off by more than this (assumption)."""
_PO = number_prefix("PO-")


class Buyer:
    """Orders what runs low, twice a week; one owner of replenishment for every product."""

    __slots__ = ("_calendar", "_cin7", "_cover", "_daily", "_last_review", "_lead", "_operations", "_safety", "_seen", "rank",
                 "user")  # fmt: skip

    def __init__(self, operations: Operations, cin7: Cin7Core, profile: Profile, daily: list[float], user: int) -> None:
        self.rank = 32
        self._operations, self._cin7, self.user = operations, cin7, user
        self._calendar: Calendar = operations.calendar
        self._daily = np.array(daily)
        """Units a day the buyer expects to sell, by product."""
        supply = profile.supply
        self._lead, self._safety, self._cover = round(supply.lead_days.value), supply.safety_days, supply.cover_days
        self._seen = np.zeros(len(daily), np.int64)
        self._last_review = 0

    def wake(self, now: int) -> int | None:
        """Review stock and order."""
        day = now // DAY
        if self._calendar.is_workday(day) and self._calendar.weekday(day) in _REVIEW_WEEKDAYS:
            self._learn(day, now)
            self._close_stale(day, now)
            self._order(day, now)
        return (day + 1) * DAY + _REVIEW

    def _learn(self, day: int, now: int) -> None:
        """Update expected demand from what customers ordered, and reorder points where they are far off."""
        days = max(1, day - self._last_review)
        self._last_review = day
        cin7, points = self._cin7, self._cin7.catalogue.reorder_point
        ordered = np.array(cin7.sales.units_ordered)
        self._daily = (1 - _SMOOTHING) * self._daily + _SMOOTHING * (ordered - self._seen) / days
        self._seen = ordered
        wanted, now_set = np.maximum(2, np.rint(self._daily * (self._lead + self._safety))), np.array(points)
        for sku in np.flatnonzero(np.abs(wanted - now_set) > np.maximum(2.0, _RESET_SHARE * now_set)).tolist():
            name, new = cin7.books.lexicon.lists["sku"][sku], int(wanted[sku])
            cin7.books.log_setting(now, "MinimumBeforeReorder", name, str(points[sku]), str(new), self.user)
            points[sku] = new

    def _close_stale(self, day: int, now: int) -> None:
        """Give up, now and then, on the rest of a short delivery that nobody mentions any more."""
        purchasing = self._cin7.purchasing
        if day // 7 % _TIDY_WEEKS:
            return
        for purchase in list(purchasing.by_key.values()):
            ordered = keys.identity_of(purchase.key) >> 8
            if purchase.receipts and any(purchase.open_units) and day - ordered > self._lead + _STALE_DAYS:
                purchasing.close_short(purchase, now)

    def _order(self, day: int, now: int) -> None:
        cin7 = self._cin7
        stock, catalogue = cin7.stock, cin7.catalogue
        unmet: dict[int, int] = {}
        for sale in cin7.sales.backorders.values():
            for sku, units, _, _ in sale.lines:
                unmet[sku] = unmet.get(sku, 0) + units
        baskets: dict[int, list[tuple[int, int, int]]] = {}
        for sku, point in enumerate(catalogue.reorder_point):
            position = stock.on_hand[sku] - stock.allocated[sku] + stock.on_order[sku] - unmet.get(sku, 0)
            if position <= point:
                units = max(catalogue.reorder_quantity[sku], point + round(float(self._daily[sku]) * self._cover) - position)
                baskets.setdefault(catalogue.supplier[sku], []).append((sku, units, catalogue.cost[sku]))
        for supplier in sorted(baskets):
            root = keys.root(keys.PURCHASE, day << 8 | supplier)
            required = self._calendar.workday_from(day + self._lead + 2)
            purchase = cin7.purchasing.order(root, supplier, baskets[supplier], required, now, day)
            paper = OrderPaper(root, _PO | purchase.number, supplier, baskets[supplier], stock.location)
            self._operations.suppliers.accept(paper, day)


class Clerk:
    """Enters supplier bills when the goods are booked in, and pays them when they fall due."""

    __slots__ = ("_bank_account", "_calendar", "_cin7", "_operations", "holds_closed", "rank", "user")

    def __init__(self, operations: Operations, cin7: Cin7Core, bank_account: int, user: int) -> None:
        self.rank = 34
        self._operations, self._cin7, self._bank_account, self.user = operations, cin7, bank_account, user
        self._calendar: Calendar = operations.calendar
        self.holds_closed = False
        """Bills dated in a closed month wait, since the accountant has agreed to open it for them."""

    def wake(self, now: int) -> int | None:
        """Bills in the morning, payments on pay day."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _BILLS:
                self.enter_bills(now)
            elif self._calendar.weekday(day) == _PAYMENT_WEEKDAY:
                self._pay(day, now)
        return day * DAY + _PAYMENTS if minute == _BILLS else (day + 1) * DAY + _BILLS

    def enter_bills(self, now: int) -> None:
        """Enter what can be matched to a receipt; a bill for a closed month is dated in the open one."""
        purchasing, books = self._cin7.purchasing, self._cin7.books
        waiting = []
        for bill in self._operations.suppliers.mail:
            receipts = purchasing.by_key[bill.paper.key].receipts
            if bill.receipt_key not in receipts or (self.holds_closed and bill.date < books.lock_date):
                waiting.append(bill)
                continue
            day = max(bill.date, books.lock_date)
            purchasing.bill(bill.key, bill.receipt_key, bill.lines, bill.number, now, day)
        self._operations.suppliers.mail[:] = waiting

    def dates_waiting(self) -> list[int]:
        """Dates of the bills that wait to be entered."""
        return [bill.date for bill in self._operations.suppliers.mail]

    def _pay(self, day: int, now: int) -> None:
        purchasing, bank = self._cin7.purchasing, self._operations.bank
        names, supplier_names = self._operations.lexicon.lists["party"], self._operations.supplier_names
        for bill, (due, cents, supplier) in list(purchasing.unpaid.items()):
            if due <= day + _PAY_AHEAD_DAYS:
                payment = purchasing.pay(bill, self._bank_account, now, day)
                if payment is not None:
                    text = f"PAYMENT {names[supplier_names[supplier]].upper()}"
                    bank.book(BankMovement(payment, now, -cents, text), h.PAID_SUPPLIER)


class InvoiceRun:
    """Invoices what was packed, every working evening."""

    __slots__ = ("_calendar", "_cin7", "_policies", "rank")

    def __init__(self, cin7: Cin7Core, policies: WorkPolicies, calendar: Calendar) -> None:
        self.rank = 36
        self._cin7, self._policies, self._calendar = cin7, policies, calendar

    def wake(self, now: int) -> int | None:
        """Authorise invoices."""
        day = now // DAY
        if self._calendar.is_workday(day):
            sales, takes = self._cin7.sales, self._policies.invoices_packed_sale
            for fulfilment in list(sales.to_invoice.values()):
                if takes(fulfilment.ship, day):
                    sales.authorise_invoice(fulfilment, now, day)
        return (day + 1) * DAY + _INVOICES


class Receivables:
    """Records what customers who buy on account have paid, every working morning, and pays them what they are owed."""

    __slots__ = ("_bank", "_bank_account", "_calendar", "_cin7", "_debtors", "_ledger", "rank")

    def __init__(self, operations: Operations, cin7: Cin7Core, ledger: Ledger, bank_account: int) -> None:
        self.rank = 37
        self._bank, self._debtors, self._calendar = operations.bank, operations.debtors, operations.calendar
        self._cin7, self._ledger, self._bank_account = cin7, ledger, bank_account

    def wake(self, now: int) -> int | None:
        """Go through the bank statement, then through the credit notes."""
        day = now // DAY
        if self._calendar.is_workday(day):
            for statement in list(self._ledger.uncoded.values()):
                subject = statement.subject
                if isinstance(subject, BankMovement) and subject.paid is not None:
                    self._record(subject, subject.paid, now)
            self._refund(day, now)
        return (day + 1) * DAY + _RECEIPTS

    def _record(self, movement: BankMovement, paid: CustomerPayment, now: int) -> None:
        """Enter a payment on its invoice; what is too much becomes the customer's credit."""
        sales, books = self._cin7.sales, self._cin7.books
        sale = sales.by_order.get(keys.root_of(paid.invoice))
        if sale is None:
            return
        fulfilment, day = sale.fulfilments[keys.ordinal_of(paid.invoice)], max(movement.at // DAY, books.lock_date)
        # Entered before, and on its way to the ledger; or the invoice is not there yet.
        if fulfilment.payments > paid.ordinal or not fulfilment.invoiced:
            return
        reference = books.lexicon.text(movement.description)
        sales.record_payment(fulfilment, self._bank_account, paid.cents, reference, now, day)
        if paid.extra_cents:
            sales.record_prepayment(sale, self._bank_account, paid.extra_cents, reference, now, day)

    def _refund(self, day: int, now: int) -> None:
        """Pay out credit notes on pay day."""
        if self._calendar.weekday(day) != _PAYMENT_WEEKDAY:
            return
        sales = self._cin7.sales
        for note, cents, _ in self._debtors.refunds:
            sale = sales.by_order[keys.root_of(note)]
            text = self._cin7.books.lexicon.text("Credit note paid out")
            refund = sales.record_refund(note, sale.customer, self._bank_account, cents, text, now, day)
            if refund is not None:
                movement = BankMovement(refund, now, -cents, f"REFUND CUSTOMER {sale.customer >> 24 & 0xFFFFFF:06d}")
                self._bank.book(movement, h.PAID_TO_CUSTOMER)
        self._debtors.refunds.clear()


class Operator:
    """The e-commerce operator, who now and then edits a memo on a finished sale, which sends it again."""

    __slots__ = ("_calendar", "_cin7", "_edits", "rank")

    def __init__(self, cin7: Cin7Core, calendar: Calendar, rate: float, draws: Draws) -> None:
        self.rank = 38
        self._cin7, self._calendar = cin7, calendar
        self._edits = draws.stream("work/memos").chance(rate)

    def wake(self, now: int) -> int | None:
        """Touch some of the sales completed since yesterday."""
        day = now // DAY
        if self._calendar.is_workday(day):
            finished = self._cin7.sales.just_completed
            for sale in finished:
                if self._edits(sale.key):
                    self._cin7.sales.touch(sale, now)
            finished.clear()
        return (day + 1) * DAY + _MEMOS


FIRST_WAKES = {Buyer: _REVIEW, Clerk: _BILLS, InvoiceRun: _INVOICES, Operator: _MEMOS, Receivables: _RECEIPTS}
"""Minute of the first day at which each begins."""

__all__ = ["FIRST_WAKES", "Buyer", "Clerk", "InvoiceRun", "Operator", "Receivables"]
