"""The office side of operations: invoicing what is packed, recording what customers pay."""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.sales import Fulfilment
from ...clock import DAY, Calendar
from ...ledger.books import Books as Ledger
from ...money import ratio
from ...operations import happenings as h
from ...operations.money_flows import BankMovement, CustomerPayment
from ...operations.world import Operations
from .policies import WorkPolicies

_INVOICES, _RECEIPTS = 17 * 60, 8 * 60 + 40
_PAYMENT_WEEKDAY = 4


class InvoiceRun:
    """Invoices what was packed, every working evening; a wrong price is seen the next day and put right."""

    __slots__ = ("_calendar", "_cin7", "_policies", "_wrong", "rank")

    def __init__(self, cin7: Cin7Core, policies: WorkPolicies, calendar: Calendar) -> None:
        self.rank = 36
        self._cin7, self._policies, self._calendar = cin7, policies, calendar
        self._wrong: list[tuple[Fulfilment, int]] = []
        """Invoices with a wrong price, and by how many cents."""

    def wake(self, now: int) -> int | None:
        """Authorise invoices."""
        day = now // DAY
        if self._calendar.is_workday(day):
            sales, takes = self._cin7.sales, self._policies.invoices_packed_sale
            for fulfilment, slip in self._wrong:
                sales.undo_invoice(fulfilment, now, max(fulfilment.invoice_day, self._cin7.books.lock_date), slip)
            self._wrong.clear()
            self._misprice(day, now)
            for fulfilment in list(sales.to_invoice.values()):
                if takes(fulfilment.ship, day):
                    sales.authorise_invoice(fulfilment, now, day)
        return (day + 1) * DAY + _INVOICES

    def _misprice(self, day: int, now: int) -> None:
        """Now and then a rebate is forgotten on an invoice that is written by hand."""
        place, percent = self._policies.misprices_invoice(day, 1)
        if place < 0:
            return
        sales = self._cin7.sales
        by_hand = [
            one for one in sales.to_invoice.values()
            if one.sale.terms.days and one.sale.terms.voids_invoices and not one.sale.terms.ships_first
        ]  # fmt: skip
        place, percent = self._policies.misprices_invoice(day, len(by_hand))
        if place >= 0 and not by_hand[place].sale.prepaid_cents:
            fulfilment = by_hand[place]
            slip = ratio(fulfilment.goods_cents, percent, 100)
            if slip and sales.authorise_invoice(fulfilment, now, day, slip):
                self._wrong.append((fulfilment, slip))


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
        fulfilment, day = sale.fulfilments[keys.part_of(paid.invoice)], max(movement.at // DAY, books.lock_date)
        # Entered before, and on its way to the ledger; or the invoice is not there yet.
        if fulfilment.payments > paid.ordinal or not fulfilment.invoiced:
            return
        reference = books.lexicon.text(movement.description)
        sales.record_payment(fulfilment, self._bank_account, paid.cents, reference, now, day)
        if paid.extra_cents:
            sales.record_overpayment(fulfilment, self._bank_account, paid.extra_cents, reference, now, day)

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


FIRST_WAKES = {InvoiceRun: _INVOICES, Receivables: _RECEIPTS}
"""Minute of the first day at which each begins."""

__all__ = ["FIRST_WAKES", "InvoiceRun", "Receivables"]
