"""An order as a channel holds it, and a parcel with some of its goods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from .. import keys

if TYPE_CHECKING:
    from .money_flows import Gateway
    from .shop import Shop

Line = tuple[int, int, int, int]
"""One line as the customer placed it: product, units, unit price before tax and discount, discount on the line, in cents."""


class Order:
    """An order as the channel holds it, and what became of its goods."""

    __slots__ = (
        "cancel_at", "cancelled", "customer", "gateway", "key", "lines", "net_cents", "number", "ordinal",
        "placed", "prepaid_cents", "services", "shipping_cents", "shop", "tax_cents", "units_gone",
    )  # fmt: skip

    def __init__(self, shop: Shop, identity: int, ordinal: int, placed: int, lines: list[Line], number: int) -> None:
        self.shop, self.ordinal, self.placed, self.lines, self.number = shop, ordinal, placed, lines, number
        self.key = keys.root(keys.ORDER, identity)
        self.customer = -1
        self.net_cents = self.shipping_cents = self.tax_cents = self.services = 0
        """`services`: how many of the last lines are for work, not for goods."""
        self.gateway: Gateway | None = None
        """Who takes the money; None for a customer who buys on account."""
        self.prepaid_cents = 0
        """Taken with the order and not yet earned by sending goods."""
        self.cancel_at = -1
        self.cancelled = False
        self.units_gone = 0

    @property
    def is_gone(self) -> bool:
        """Whether all its goods are gone."""
        return self.units_gone >= sum(line[1] for line in self.lines[: len(self.lines) - self.services])

    def line_amounts(self) -> list[tuple[int, int]]:
        """Product and net cents of each line."""
        return [(sku, price * units - discount) for sku, units, price, discount in self.lines]

    @property
    def total_cents(self) -> int:
        """What the customer pays."""
        return self.net_cents + self.shipping_cents + self.tax_cents


class Parcel(msgspec.Struct, frozen=True, eq=False):
    """Goods of an order that travel together."""

    order: Order
    ship: int
    """Key of the shipment."""
    invoice: int
    """Key of the invoice for it."""
    inside: list[tuple[int, int]]
    """Product and units really inside, line by line."""
    numbers: Sequence[int]
    """Which line of the order each is meant to be."""
    net_cents: int
    shipping_cents: int
    tax_cents: int
    sold: list[tuple[int, int]] | None = None
    """Product and net cents of each line, where the business keeps them apart."""
    due_days: int = 0
    """Days after the invoice in which a customer who buys on account is to pay."""

    @property
    def total_cents(self) -> int:
        """What the customer owes for it."""
        return self.net_cents + self.shipping_cents + self.tax_cents
