"""The web shop: what it shows as in stock, the orders it takes, the sales it loses."""

from __future__ import annotations

from bisect import bisect_left

from .. import keys
from ..money import ratio
from ..profile import ChannelConfig
from ..schema import ChannelCancellation, ChannelOrder
from ..tables import Rows, number_prefix
from . import happenings as h
from .demand import Demand
from .happenings import Happenings

ORDER_NUMBER = number_prefix("#")
_FIRST_ORDER_NUMBER = 1001  # Shopify's first order number
_BASIS = 10_000
_FIRST_SHIP, _FIRST_INVOICE = keys.first(keys.SHIP), keys.first(keys.INVOICE)


Line = tuple[int, int, int, int]
"""One line as the customer placed it: product, units, unit price before tax and discount, discount on the line, in cents."""


class Order:
    """An order as the shop holds it, and what became of its goods."""

    __slots__ = (
        "cancel_at", "cancelled", "collected", "customer", "invoice", "key", "lines", "net_cents", "number", "ordinal",
        "placed", "ship", "shipping_cents", "tax_cents",
    )  # fmt: skip

    def __init__(self, ordinal: int, placed: int, customer: int, lines: list[Line], number: int) -> None:
        self.ordinal, self.placed, self.customer, self.lines, self.number = ordinal, placed, customer, lines, number
        self.key = keys.root(keys.ORDER, ordinal)
        self.ship, self.invoice = self.key + _FIRST_SHIP, self.key + _FIRST_INVOICE
        self.net_cents = self.shipping_cents = self.tax_cents = 0
        self.cancel_at = -1
        self.cancelled = self.collected = False

    @property
    def total_cents(self) -> int:
        """What the customer pays."""
        return self.net_cents + self.shipping_cents + self.tax_cents


class Shop:
    """A storefront that sells what it believes to be in stock."""

    __slots__ = (
        "_config", "_demand", "_discount", "_happenings", "_next", "_number", "_tax", "cancellations", "fresh", "open",
        "orders", "prices", "shown",
    )  # fmt: skip

    def __init__(
        self, config: ChannelConfig, demand: Demand, prices: list[int], discount: float, happenings: Happenings
    ) -> None:
        self._config, self._demand = config, demand
        self._discount = round(discount * _BASIS)
        self._tax = round(config.tax.value * _BASIS)
        self._next = 0
        self._number = _FIRST_ORDER_NUMBER
        self.prices = prices
        self.shown: list[int] = [0] * len(prices)
        """Units the shop believes it can sell, by product."""
        self.fresh: list[Order] = []
        """Orders nobody has downloaded yet."""
        self.open: dict[int, Order] = {}
        """Orders by key until the carrier has them."""
        self.orders: Rows[ChannelOrder] = Rows("operations/channel_orders", ChannelOrder)
        self.cancellations: Rows[ChannelCancellation] = Rows("operations/channel_cancellations", ChannelCancellation)
        self._happenings = happenings

    def take_orders(self, now: int) -> None:
        """Take all orders placed before minute `now`, against the stock shown."""
        demand, shown, prices, config = self._demand, self.shown, self.prices, self._config
        minutes, start, skus, all_units = demand.minute, demand.line_start, demand.line_sku, demand.line_units
        add = self.orders.add
        i, last = self._next, bisect_left(demand.minute, now, self._next)
        while i < last:
            lines: list[Line] = []
            net = 0
            placed = minutes[i]
            for j in range(start[i], start[i + 1]):
                sku, units = skus[j], all_units[j]
                if shown[sku] < units:
                    missed = (h.LOST_SALE, placed, keys.root(keys.ORDER, i), sku, units, prices[sku] * units, -1, -1)
                    self._happenings.add(missed)
                    continue
                shown[sku] -= units
                price = prices[sku]
                gross = price * units
                discount = ratio(gross, self._discount, _BASIS) if demand.promoted[i] else 0
                lines.append((sku, units, price, discount))
                net += gross - discount
            if lines:
                order = Order(i, placed, demand.customer[i], lines, ORDER_NUMBER | self._number)
                self._number += 1
                order.net_cents = net
                order.shipping_cents = 0 if net >= config.free_shipping_from_cents else config.shipping_cents
                order.tax_cents = ratio(net + order.shipping_cents, self._tax, _BASIS)
                if demand.cancel_after[i] >= 0:
                    order.cancel_at = placed + demand.cancel_after[i]
                for n, line in enumerate(lines):
                    add((order.number, n, placed, *line))
                self.fresh.append(order)
                self.open[order.key] = order
            i += 1
        self._next = i

    def tax_on(self, cents: int) -> int:
        """Sales tax on an amount."""
        return ratio(cents, self._tax, _BASIS)

    def cancel(self, order: Order, now: int) -> None:
        """The customer cancels before the goods are packed."""
        order.cancelled = True
        self.open.pop(order.key, None)
        self.cancellations.add((order.number, now))

    def planned_return(self, order: Order) -> tuple[int, int, bool] | None:
        """What the customer will send back: line, days after receiving, damaged; None for nothing."""
        demand, i = self._demand, order.ordinal
        if demand.return_line[i] < 0:
            return None
        return demand.return_line[i] % len(order.lines), demand.return_days[i], demand.return_damaged[i]
