"""Bills that somebody enters straight in the ledger: an expense and a payable there, and nothing in Cin7.

A business that keeps its purchases in Cin7 has none of them. Knows the ledger's screens; nothing of what was received.
"""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...clock import DAY
from ...integration.outbox import Outbox


class LedgerBills:
    """Supplier bills kept in the ledger alone, and what is still to be paid of them."""

    __slots__ = ("_bank_account", "_cin7", "_outbox", "unpaid")

    def __init__(self, cin7: Cin7Core, outbox: Outbox, bank_account: int) -> None:
        self._cin7, self._outbox, self._bank_account = cin7, outbox, bank_account
        self.unpaid: dict[int, tuple[int, int, int]] = {}
        """Due day, cents and supplier of each bill that is not paid."""

    def enter(self, bill: int, supplier: int, number: int, date: int, cents: int, now: int, user: int) -> None:
        """Dr Cost of sales Cr Payable, dated as the bill is where the ledger is open."""
        books, rules = self._cin7.books, self._outbox.ledger
        date = max(date, rules.books.lock_date + 1)
        buying, names = self._cin7.catalogue.buying, self._cin7.catalogue.supplier_keys
        due, accounts = date + buying.suppliers[supplier].terms_days, books.accounts
        lines = [(accounts.cogs, cents), (accounts.payable, -cents)]
        rules.create_document(bill, rules.bill, date, due, names[supplier], lines, cents, number, now, by=user)
        self._outbox.arrived[bill] = bill  # whoever looks for it there finds it, as one that the sync brought
        self.unpaid[bill] = (due, cents, supplier)

    def pay(self, until: int, now: int, user: int) -> list[tuple[int, int, int]]:
        """Enter payments of bills due up to day `until`; return what the bank is asked for: payment, cents, supplier."""
        rules, paid = self._outbox.ledger, []
        for bill, (due, cents, supplier) in list(self.unpaid.items()):
            if due <= until:
                del self.unpaid[bill]
                payment, reference = keys.beside(bill, keys.PAYMENT), self._cin7.books.lexicon.text("bill payment")
                rules.create_payment(payment, bill, self._bank_account, self._cin7.books.accounts.payable, now // DAY,
                                     -cents, reference, now, by=user)  # fmt: skip
                self._outbox.arrived[payment] = payment
                paid.append((payment, cents, supplier))
        return paid
