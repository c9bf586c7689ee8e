"""What a Cin7 product, and the account a line of it has, become in the ledger.

A product is known to the ledger under a code and a name of the ledger's own rules, so a name may have to be changed on the way.
The next time the integration looks for the name it once read in Cin7: what it had to change, it does not find again.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import keys
from ..cin7.books import Document
from ..ledger.items import Accounts, Item
from ..ledger.rules import Refusal, RuleBook
from ..schema import TRANSACTION_TYPE, ItemMap
from ..tables import Lexicon, Rows

_NEVER_IN_A_NAME = ":\\"
"""Symbols that Cin7's support pages and QuickBooks Online want removed from a product's name."""
_PURCHASE_TASK = TRANSACTION_TYPE["Purchase"]
Lines = list[tuple[int, int]]


def cleaned(name: str, refused: str, longest: int) -> str:
    """A name that the ledger takes: without the characters it refuses, cut to its length."""
    kept = "".join(letter for letter in name if letter not in refused)
    return " ".join(kept.split())[:longest].rstrip()


class ItemLinks:
    """Which item of the ledger stands for which product."""

    __slots__ = ("_ledger", "_lexicon", "_looked_for", "account_of", "item_of", "new_name_of", "rows",
                 "watchers")  # fmt: skip

    def __init__(self, ledger: RuleBook, lexicon: Lexicon) -> None:
        self._ledger, self._lexicon = ledger, lexicon
        self.rows: Rows[ItemMap] = Rows("integration/item_map", ItemMap)
        self.item_of: dict[int, Item] = {}
        """Items by product."""
        self._looked_for: dict[int, str] = {}
        """The code or name under which the integration looks for each product's item."""
        self.account_of: Callable[[Document, int], int] = _no_account
        """(document, product) -> the account that Cin7 gave the product's line."""
        self.watchers: list[Callable[[int], None]] = []
        """Who is told of each document (its key) of which a line goes by an item that was edited; hardly ever anybody."""
        self.new_name_of: Callable[[int], str] = _no_name
        """(product) -> the name that Cin7 has given it since it was set up; empty for none."""

    def push(self, sku: int, name: str, accounts: Accounts, now: int) -> Refusal | None:
        """Send a product: link it to the item that is there under its name, or make one. None means it is linked."""
        ledger, code = self._ledger, self._lexicon.lists["sku"][sku]
        rules = ledger.item_rules
        by_code = rules.unique == "code"
        key = self._looked_for.setdefault(sku, code[: rules.code_max] if by_code else name)
        found = ledger.items.find(key)
        if found is None:
            own = cleaned(name, rules.refused, rules.name_max)
            answer = ledger.create_item(code[: rules.code_max], own, accounts, now)
            if isinstance(answer, Refusal):
                return answer
            found = answer
        if self.item_of.get(sku) is not found:
            self.item_of[sku] = found
            self.rows.add((sku, found.code, now))
        return None

    def push_again(self, sku: int, now: int) -> Refusal | None:
        """Send a product that was edited, under the name it has in Cin7. None means it is linked."""
        item, name = self.item_of.get(sku), self.new_name_of(sku)
        if any(letter in self._ledger.item_rules.refused for letter in name):
            return self._ledger.refuse("item_name")
        if name and self._ledger.item_rules.unique == "name" and item is not None:
            other = self._ledger.items.find(cleaned(name, "", len(name)))
            if other is not None and other is not item:
                return self._ledger.refuse("duplicate_item", item=other.name)
        return None if item is None else self.push(sku, self._looked_for[sku], item.accounts, now)

    def accounts_of(self, sku: int) -> tuple[int, int]:
        """Where a product's lines post if they go by its item: what is sold of it, and what is bought."""
        accounts = self.item_of[sku].accounts
        return accounts.income, accounts.bought

    def reassign(self, sku: int, income: int, bought: int, now: int, user: int) -> None:
        """Somebody gives a product's item other accounts. An expense that takes its bills stands in for the stock account."""
        item = self.item_of[sku]
        asset = bought if item.accounts.asset >= 0 else -1
        expense = item.accounts.expense if asset >= 0 else bought
        self._ledger.items.edit(item, Accounts(income, expense, asset), now, user)

    def misnamed(self, document: Document) -> Refusal | None:
        """How the ledger refuses a product with what somebody typed as its name; None when it takes it."""
        ledger, name = self._ledger, self._lexicon.lists["text"][document.text]
        if any(letter in _NEVER_IN_A_NAME for letter in name):
            return ledger.refuse("item_name")
        if len(name) > ledger.item_rules.name_max:
            return ledger.refuse("item_length", longest=ledger.item_rules.name_max, given=len(name))
        named = ledger.items.find(name)
        if named is not None and named is not self.item_of.get(keys.identity_of(document.key)):
            return ledger.refuse("duplicate_item", item=name)
        return None

    def unusable(self, document: Document) -> Refusal | None:
        """How the ledger refuses a document that names an item which was put away; None when it takes it."""
        inactive = self._ledger.items.inactive
        for sku, *_ in document.items:
            if sku in self.item_of and self.item_of[sku].code in inactive:
                return self._ledger.refuse("inactive", item=self.item_of[sku].name)
        return None

    def posted(self, document: Document, lines: Lines) -> Lines:
        """The lines of an invoice or bill as a ledger posts them that goes by its items' accounts, not by those on the line.

        Only lines that Cin7 puts to the product's own account go by item; all others name their account.
        """
        edited, buying = self._ledger.items.edited, document.transaction_type == _PURCHASE_TASK
        sign = 1 if buying else -1
        totals, by_item = dict(lines), False
        for sku, units, price, discount in document.items:
            item = self.item_of.get(sku)
            named = self.account_of(document, sku)
            if item is None or item.code not in edited or named not in totals:
                continue
            by_item = True
            account = item.accounts.bought if buying else item.accounts.income
            cents = sign * (price * units - discount)
            totals[named] -= cents
            totals[account] = totals.get(account, 0) + cents
        for tell in self.watchers if by_item else ():
            tell(document.key)
        control = lines[0][0]
        return [(account, cents) for account, cents in totals.items() if cents or account == control]


def _no_name(sku: int) -> str:
    return ""


def _no_account(document: Document, sku: int) -> int:
    return -1
