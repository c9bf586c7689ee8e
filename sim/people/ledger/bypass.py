"""How a bookkeeper pays a supplier who asks for money when Cin7 has no bill: straight from the bank.

Knows the supplier's paper and what is not entered, not why.
"""

from __future__ import annotations

from collections.abc import Mapping

from ... import keys
from ...clock import DAY
from ...operations import happenings as h
from ...operations.money_flows import BankMovement
from ...operations.suppliers import BillPaper
from ...operations.world import Operations
from ..staff import Person, Team

_ASKED_DAYS = 15
"""A supplier asks for his money so long after it was due (assumption)."""
_PAID_BY_HAND = 1 << 31


class Bypass:
    """Pays bills that cannot be entered, and codes the payment as a cost."""

    __slots__ = ("_accounts", "_operations", "_paid", "_team", "_terms")

    def __init__(self, team: Team, operations: Operations, accounts: Mapping[str, int], terms: list[int]) -> None:
        """`accounts`: the ledger's code of each role; `terms`: days in which each supplier is to be paid."""
        self._team, self._operations, self._accounts, self._terms = team, operations, accounts, terms
        self._paid: set[int] = set()
        team.reactions["bookkeeper"] = [self._pay]

    def _pay(self, person: Person, now: int) -> None:
        if "spend_money" not in person.config.habits:
            return
        day, parties = now // DAY, self._operations.lexicon.lists["party"]
        for bill in self._operations.suppliers.mail:
            if bill.key in self._paid or day - bill.date - self._terms[bill.paper.supplier] <= _ASKED_DAYS:
                continue
            if not self._team.looks_for_cause(person, day, bill.key):
                self._paid.add(bill.key)
                name = parties[self._operations.supplier_names[bill.paper.supplier]].upper()
                self._pay_by_hand(person, bill, f"PAYMENT {name}", now)

    def _pay_by_hand(self, person: Person, bill: BillPaper, text: str, now: int) -> None:
        """The supplier has his money; the ledger takes it for cost of sales, and knows no bill."""
        key = keys.root(keys.EXPENSE, _PAID_BY_HAND | keys.identity_of(bill.key) & (_PAID_BY_HAND - 1))
        key = keys.document(key, keys.PAYMENT, keys.ordinal_of(bill.key))
        cost, cents = self._accounts["cogs"], bill.total_cents
        self._operations.bank.book(BankMovement(key, now, -cents, text, cost), h.PAID_SUPPLIER)
        self._team.note("spend_money", person, now, key=key, account=self._accounts["payable"], gap=cents, cents=cents)
