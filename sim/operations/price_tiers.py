"""Price lists of a channel whose customers do not all pay the same: each customer buys at the prices of one of them.

Source: Cin7 Core API v2, Customer.PriceTier and Product.PriceTiers. Knows what is agreed with customers, not what any system
says of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ..draws import Draws
from ..profile import PriceTierConfig


class PriceTiers:
    """The price lists of one channel, and who buys by which."""

    __slots__ = ("_draw", "_moved", "_sums", "lists", "names")

    def __init__(self, channel: str, tiers: Sequence[PriceTierConfig], list_prices: Sequence[int], draws: Draws) -> None:
        """`list_prices`: of all products, in cents, before any tier."""
        self.names = [tier.name for tier in tiers]
        self.lists = [[max(1, round(price * tier.price_share)) for price in list_prices] for tier in tiers]
        """Prices by tier and product, in cents; the first list is what strangers are told."""
        self._sums = list(accumulate(tier.customers for tier in tiers))
        self._draw = draws.stream(f"channel/{channel}/tiers")
        self._moved: dict[int, int] = {}

    def tier_of(self, customer: int) -> int:
        """The tier of a customer, by number within the channel."""
        moved = self._moved.get(customer)
        if moved is not None:
            return moved
        return min(bisect_right(self._sums, self._draw.uniform(customer) * self._sums[-1]), len(self.names) - 1)

    def move(self, customer: int, tier: int) -> None:
        """From now on a customer buys by another list."""
        self._moved[customer] = tier

    def prices_for(self, customer: int) -> list[int]:
        """What a customer pays for each product."""
        return self.lists[self.tier_of(customer)]
