"""The ledger's own list of products: what their codes and names may look like, and which accounts they post to.

Knows nothing of the products of any other system; whoever sends one decides how it is to be called here.
"""

from __future__ import annotations

import msgspec

from ..schema import ItemAccounts, LedgerItem
from ..tables import Lexicon, Rows


class NameRules(msgspec.Struct, frozen=True):
    """What a system takes as an item's code and name."""

    code_max: int
    name_max: int
    refused: str
    """Characters that a name may not hold."""
    unique: str
    """What no two items share: "code" or "name"."""


class Accounts(msgspec.Struct, frozen=True):
    """Where an item's lines post: its sales, its cost, and what is bought of it (-1: with its cost)."""

    income: int
    expense: int
    asset: int

    @property
    def bought(self) -> int:
        """Where a bill's line for it goes."""
        return self.asset if self.asset >= 0 else self.expense


class Item:
    """One product as the ledger knows it."""

    __slots__ = ("accounts", "active", "code", "name")

    def __init__(self, code: int, name: str, accounts: Accounts) -> None:
        self.code, self.name, self.accounts = code, name, accounts
        self.active = True


class Items:
    """All items, by what is unique about them."""

    __slots__ = ("_by_key", "_lexicon", "_rules", "accounts", "by_code", "edited", "inactive", "rows")

    def __init__(self, rules: NameRules, lexicon: Lexicon, rows: Rows[LedgerItem], accounts: Rows[ItemAccounts]) -> None:
        self._rules, self._lexicon, self.rows, self.accounts = rules, lexicon, rows, accounts
        self._by_key: dict[str, Item] = {}
        self.by_code: dict[int, Item] = {}
        self.edited: dict[int, Item] = {}
        """Items whose accounts somebody has changed here since they were made, by code."""
        self.inactive: dict[int, Item] = {}
        """Items that documents cannot name, by code."""

    def find(self, key: str) -> Item | None:
        """The item of that code or name, whichever is unique here; upper and lower case are the same."""
        return self._by_key.get(key.casefold())

    def wrong_with(self, code: str, name: str) -> tuple[str, int, int]:
        """Which refusal a code and name would meet ("" for none), the longest text allowed and the length given."""
        rules = self._rules
        if any(letter in rules.refused for letter in name):
            return "item_name", rules.name_max, len(name)
        if len(name) > rules.name_max:
            return "item_length", rules.name_max, len(name)
        if len(code) > rules.code_max:
            return "item_length", rules.code_max, len(code)
        return "", 0, 0

    def create(self, code: str, name: str, accounts: Accounts, now: int, user: int) -> Item | None:
        """Add an item; None when there is one already. Whether it is well formed is asked before: `wrong_with`."""
        key = (code if self._rules.unique == "code" else name).casefold()
        if key in self._by_key:
            return None
        text = code
        while (number := self._lexicon.code("item", text)) in self.by_code:  # one product twice, under two names
            text += "'"
        item = self._by_key[key] = self.by_code[number] = Item(number, name, accounts)
        self.rows.add((number, self._lexicon.text(name), now))
        self.accounts.add((number, accounts.income, accounts.expense, accounts.asset, now, user))
        return item

    def edit(self, item: Item, accounts: Accounts, now: int, user: int) -> None:
        """Somebody gives an item other accounts; what names it from now on posts there."""
        item.accounts = accounts
        self.edited[item.code] = item
        self.accounts.add((item.code, accounts.income, accounts.expense, accounts.asset, now, user))

    def set_active(self, item: Item, *, active: bool) -> None:
        """Put an item away, or take it out again."""
        item.active = active
        if active:
            self.inactive.pop(item.code, None)
        else:
            self.inactive[item.code] = item
