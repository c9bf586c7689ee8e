"""Account mapping: which account a posting goes to when products, channels or customers have accounts of their own.

Cin7 looks from the particular to the general: order line, product, document header, customer, and last the default of its
Account Mapping (source: Cin7 Core help on the chart of accounts; the last hop is common knowledge). Revenue goes all the
way; inventory and cost of sales are found by product alone. Pure and shared: Cin7's record and the true books each keep one.
A business that maps everything to the defaults pays for it at founding only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from .. import keys
from .postings import Accounts

PURPOSES = ("inventory", "cogs", "revenue")
"""What a product may have an account of its own for."""
LEVELS = ("order line", "product", "document", "customer")
"""Who may name an account, the particular first; `default` comes after them."""
_CHUNK, _CHUNKS = 1024, 4
"""Products in one document that moves value between accounts, which numbers its rows in 12 bits; documents of a place."""


class Rule(msgspec.Struct, frozen=True):
    """Accounts other than the default ones, and for what."""

    level: str
    skus: tuple[int, ...] = ()
    channel: int = -1
    inventory: int = -1
    cogs: int = -1
    revenue: int = -1

    @property
    def named(self) -> list[tuple[str, int]]:
        """Purpose and account of each that it names."""
        accounts = zip(PURPOSES, (self.inventory, self.cogs, self.revenue), strict=True)
        return [(purpose, account) for purpose, account in accounts if account >= 0]


class AccountMap:
    """The accounts of every product, as they are now."""

    __slots__ = ("_named", "_other_costs", "_other_incomes", "_revenue", "_views", "accounts", "of",
                 "one_cost", "one_income", "sold")  # fmt: skip

    def __init__(self, accounts: Accounts, products: int, channels: int = 1) -> None:
        self.accounts = accounts
        """The defaults, and what is mapped for the whole business."""
        self._named: dict[tuple[str, int], int] = {}
        """Product's own accounts, by purpose and product."""
        self._revenue: dict[tuple[str, int, int], int] = {}
        """Revenue accounts by level, channel and product (-1: every product)."""
        self._views: dict[tuple[int, int, int], Accounts] = {}
        self.of = [accounts] * products
        """The accounts as each product sees them: its own inventory and cost of sales, the default elsewhere."""
        self.sold = [self.of[:] for _ in range(channels)]
        """The same by channel and product, with the revenue account of a line sold there."""
        self._other_costs = self._other_incomes = 0
        """Products, and products by channel, whose accounts are not the defaults."""
        self.one_cost = self.one_income = True
        """All products share one inventory and one cost account; the lines of all channels share one revenue account."""

    def name(self, purpose: str, sku: int, account: int) -> None:
        """Give a product its own account for a purpose; -1 takes it away."""
        self._named[purpose, sku] = account
        self._resolve((sku,))

    def name_revenue(self, level: str, channel: int, skus: Sequence[int], account: int) -> None:
        """Give the lines of `skus` (order line), the documents or the customers of a channel a revenue account.

        -1 takes it away.
        """
        for sku in skus or (-1,):
            self._revenue[level, channel, sku] = account
        self._resolve(skus or range(len(self.of)))

    def name_default(self, purpose: str, account: int) -> None:
        """Change a default: the attribute of `Accounts` that `purpose` is."""
        setattr(self.accounts, purpose, account)
        self._views.clear()
        self._resolve(range(len(self.of)))
        self._other_costs = self._other_incomes = 0
        self._note(1, range(len(self.of)))

    def apply(self, rule: Rule) -> None:
        """Give everything that a rule is for the accounts it names."""
        for purpose, account in rule.named:
            if rule.level == "product":
                for sku in rule.skus:
                    self._named[purpose, sku] = account
            else:
                self.name_revenue(rule.level, rule.channel, rule.skus, account)
        self._resolve(rule.skus)

    def revenue(self, channel: int, sku: int) -> int:
        """The revenue account of a line: order line, product, document header, customer, default."""
        found = self._revenue
        chain = (
            found.get(("order line", channel, sku), -1), self._named.get(("revenue", sku), -1),
            found.get(("document", channel, -1), -1), found.get(("customer", channel, -1), -1),
        )  # fmt: skip
        return next((account for account in chain if account >= 0), self.accounts.sales)

    def own(self, purpose: str, sku: int) -> int:
        """The account that a product names for a purpose; -1 for none."""
        return self._named.get((purpose, sku), -1)

    def holding(self, inventory: int) -> Accounts:
        """The default accounts with another inventory account: where value lies that came in under an earlier mapping."""
        return self._view(inventory, self.accounts.cogs, self.accounts.sales)

    def _resolve(self, skus: Sequence[int]) -> None:
        a, named = self.accounts, self._named
        self._note(-1, skus)
        for sku in skus:
            inventory, cogs = named.get(("inventory", sku), -1), named.get(("cogs", sku), -1)
            inventory, cogs = a.inventory if inventory < 0 else inventory, a.cogs if cogs < 0 else cogs
            self.of[sku] = self._view(inventory, cogs, a.sales)
            for channel, sold in enumerate(self.sold):
                sold[sku] = self._view(inventory, cogs, self.revenue(channel, sku))
        self._note(1, skus)

    def _note(self, sign: int, skus: Sequence[int]) -> None:
        """Add (1) or take off (-1) those of the products that have accounts of their own."""
        a = self.accounts
        self._other_costs += sign * sum(self.of[sku] is not a for sku in skus)
        self._other_incomes += sign * sum(sold[sku].sales != a.sales for sold in self.sold for sku in skus)
        self.one_cost, self.one_income = not self._other_costs, not self._other_incomes

    def _view(self, inventory: int, cogs: int, sales: int) -> Accounts:
        a = self.accounts
        if (inventory, cogs, sales) == (a.inventory, a.cogs, a.sales):
            return a
        view = self._views.get((inventory, cogs, sales))
        if view is None:
            view = self._views[inventory, cogs, sales] = a.seen_with(inventory, cogs, sales)
        return view


def remapping(
    root: int, places: Sequence[int], skus: Sequence[int], old: Sequence[int]
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """The documents that move stock's value when products get another inventory account: key, place, what `move_value` takes.

    `old`: the account of each product before.
    """
    for place in places:
        for part, first in enumerate(range(0, len(skus), _CHUNK)):
            key = keys.document(root, keys.ADJUST, place * _CHUNKS + part)
            yield key, place, list(zip(skus[first:first + _CHUNK], old[first:first + _CHUNK], strict=True))
