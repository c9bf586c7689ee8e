"""The channels customers buy through: what each believes to be in stock, the orders it takes, the sales it loses."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from types import MappingProxyType

from .. import keys
from ..clock import DAY
from ..draws import Draws
from ..money import ratio
from ..profile import ChannelConfig
from ..schema import ChannelCancellation, ChannelOrder
from ..tables import Rows, number_prefix
from . import happenings as h
from .demand import Demand
from .goods import Warehouse
from .happenings import Happenings
from .money_flows import Gateway
from .order import Line, Order
from .price_tiers import PriceTiers

_NUMBERS = {
    "shopify": ("#", 1001), "amazon_mfn": ("114-", 3_000_001), "amazon_fba": ("113-", 7_000_001), "pos": ("POS-", 1),
    "edi": ("EDI-", 40_001), "phone": ("TEL-", 501),
}  # fmt: skip
"""How order numbers of each kind of channel look, and the first one (Shopify's is 1001; the others are assumptions)."""
_NAMES_CUSTOMERS = ("shopify", "edi", "phone")
"""Kinds of channel that say who ordered: a marketplace keeps it to itself, and nobody asks at the till."""
_CUSTOMER = number_prefix("C-")
_STRIDE = 10_000_000
"""Numbers of two channels of the same kind lie this far apart."""
_IDENTITY_BITS = 28
"""An order's key holds its channel above this many bits of its ordinal."""
_BASIS = 10_000
_AHEAD_MIN = 5
"""Fewer days ahead are soon enough to be sent at once (assumption)."""
_WORK = 1 << 19
"""In the identity of an order of work alone, beside the ordinal of the order that it follows."""
_LATER = 64
"""Draws about what is wanted later are numbered from here."""
_CALL_DAYS = (7, 40)
"""Days after which a customer wants work alone (assumption)."""
_PLENTY = 1 << 40
"""Units of a product that somebody else sends; more than anybody orders."""


def channel_of(key: int) -> int:
    """Which of the business's channels the order of document `key` came by."""
    return keys.identity_of(key) >> _IDENTITY_BITS


class ChannelTables:
    """What all channels write into."""

    __slots__ = ("cancellations", "orders")

    def __init__(self) -> None:
        self.orders: Rows[ChannelOrder] = Rows("operations/channel_orders", ChannelOrder)
        self.cancellations: Rows[ChannelCancellation] = Rows("operations/channel_cancellations", ChannelCancellation)


class Shop:
    """One channel: a storefront that sells what it believes to be in stock, a till, or a desk that takes any order."""

    __slots__ = (
        "_accepts_anything",
        "_ahead",
        "_ahead_days",
        "_calls",
        "_calls_after",
        "_config",
        "_customers",
        "_demand",
        "_first",
        "_gateway_of",
        "_gateway_sums",
        "_happenings",
        "_index",
        "_later",
        "_next",
        "_number",
        "_prefix",
        "_promotion",
        "_services",
        "_tables",
        "_tax",
        "cancels_elsewhere",
        "captures_on_order",
        "fresh",
        "gateways",
        "house",
        "name",
        "on_the_spot",
        "open",
        "pays_by",
        "plans_ahead",
        "prices",
        "ship_by",
        "shown",
        "tiers",
    )  # fmt: skip

    def __init__(
        self, config: ChannelConfig, index: int, demand: Demand, prices: list[int], gateways: list[Gateway], house: Warehouse,
        draws: Draws, tables: ChannelTables, happenings: Happenings,
        services: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """`services`: product and price of the work that is on offer, by code."""
        self._config, self._index, self._demand = config, index, demand
        wishes = draws.stream(f"channel/{config.name}/services")
        self._services = [
            (*services[of.code], wishes.chance(of.with_goods.value), wishes.chance(of.alone.value)) for of in config.services
        ]
        self._calls_after = wishes
        self._calls: list[tuple[int, int, int, int]] = []
        """Orders of work alone to come: minute, ordinal of the order it follows, product, price."""
        self._tables, self._happenings = tables, happenings
        self._tax = round(config.tax.value * _BASIS)
        self._promotion = round(config.demand.promotion_discount.value * _BASIS)
        self._next = 0
        prefix, first = _NUMBERS[config.kind]
        self._prefix, self._number = number_prefix(prefix), first + index * _STRIDE * (index > 0)
        self._first = index << _IDENTITY_BITS
        self._customers = _CUSTOMER | index * _STRIDE + 1 if config.kind in _NAMES_CUSTOMERS else -1
        """The number of the first customer, as the channel writes it; -1 where it names none."""
        self._accepts_anything = config.kind in ("edi", "phone")
        self.name = config.name
        self.plans_ahead: Callable[[int, int], int] | None = None
        """(order key, day) -> the day on which a customer who plans ahead wants an order, -1 for at once; None: nobody does."""
        self.cancels_elsewhere: Callable[[int, int], bool] = lambda order, day: False
        """(order key, day) -> whether a cancellation reaches somebody who takes the order off the channel and leaves it at
        that: nobody voids the sale."""
        self.on_the_spot = config.kind in ("pos", "amazon_fba")
        """The goods leave at once, seen from here by the time the orders are asked for: at a till, or at Amazon's."""
        self.captures_on_order = config.capture == "order" and not self.on_the_spot
        """The customer's money is taken with the order, before anything is sent."""
        self.tiers = PriceTiers(config.name, config.price_tiers, prices, draws) if config.price_tiers else None
        """Where its customers do not all pay the same."""
        self.prices = prices if self.tiers is None else self.tiers.lists[0]
        self.house, self.gateways = house, gateways
        shares = [round(share.share * _BASIS) for share in config.gateways]
        self._gateway_sums = list(accumulate(shares))
        self.pays_by: Callable[[Order, int], int] | None = None
        """(order, gateway's place) -> the place of the gateway that the customer takes; None: the usual one."""
        self._gateway_of = draws.stream(f"channel/{config.name}/gateways")
        self.shown: list[int] = house.shelf if self.on_the_spot else [0] * len(prices)
        """Units the channel believes it can sell, by product: what is on the shelf itself, where the customer stands at it."""
        self._ahead, self._ahead_days = config.ordered_ahead.value, round(config.ahead_days.value)
        self._later = draws.stream(f"channel/{config.name}/ahead")
        self.ship_by: dict[int, int] = {}
        """The day on which an order nobody has downloaded is to be sent, where it is to be sent later."""
        self.fresh: list[Order] = []
        """Orders nobody has downloaded yet."""
        self.open: dict[int, Order] = {}
        """Orders by key until all their goods are gone."""

    def offer_always(self, skus: Iterable[int]) -> None:
        """Offer products whatever stock there is: somebody else sends them."""
        for sku in skus:
            self.shown[sku] = _PLENTY

    def take_orders(self, now: int, *, hand_over: bool = True) -> None:
        """Take all orders placed before minute `now`, against the stock shown.

        `hand_over`: whether goods sold over the counter leave now, as they do whenever the shop looks up.
        """
        demand, i = self._demand, self._next
        if (i == len(demand.minute) or demand.minute[i] >= now) and not self._calls:
            return  # nobody ordered
        shown, plain, tiers = self.shown, self.prices, self.tiers
        start, skus, all_units, discounts = demand.line_start, demand.line_sku, demand.line_units, demand.line_discount_basis
        add, anything = self._tables.orders.add, self._accepts_anything
        last = bisect_left(demand.minute, now, i)
        while i < last:
            lines: list[Line] = []
            net = 0
            placed = demand.minute[i]
            promotion = self._promotion if demand.promoted[i] else 0
            prices = plain if tiers is None else tiers.prices_for(demand.customer[i])
            for j in range(start[i], start[i + 1]):
                sku, units = skus[j], all_units[j]
                if not anything:
                    if shown[sku] < units:
                        if not self._takes_ahead(i, placed):
                            self._lose(i, placed, sku, units)
                            continue
                    else:
                        shown[sku] -= units
                price = prices[sku]
                gross = price * units
                rebate = promotion + discounts[j]
                discount = ratio(gross, rebate, _BASIS) if rebate else 0
                lines.append((sku, units, price, discount))
                net += gross - discount
            if lines:
                order = Order(self, self._first | i, i, placed, lines, self._prefix | self._number)
                self._number += 1
                if self._services:
                    net += self._serve(order)
                self._price(order, net)
                who = self._customers + demand.customer[i] if self._customers >= 0 else -1
                for n, line in enumerate(lines):
                    add([order.number, n, placed, *line, who])
                self.fresh.append(order)
                if self.on_the_spot:
                    if hand_over:
                        # Not at the minute of the order: what lies on the shelf now may have come since.
                        self.house.hand_over(order, now - 1)
                else:
                    self.open[order.key] = order
            i += 1
        self._next = i
        while self._calls and self._calls[0][0] < now:
            self._take_call(*heapq.heappop(self._calls))

    def _serve(self, order: Order) -> int:
        """Add the work that a customer wants done to the order, and note what he will want later; return its price."""
        added = 0
        for n, (sku, price, with_goods, alone) in enumerate(self._services):
            if with_goods(order.key, n):
                order.lines.append((sku, 1, price, 0))
                added += price
                order.services += 1
            if self._demand.cancel_after[order.ordinal] < 0 and alone(order.key, n + _LATER):
                days = self._calls_after.between(*_CALL_DAYS, order.key, n)
                heapq.heappush(self._calls, (order.placed + days * DAY, order.ordinal, sku, price))
        return added

    def _take_call(self, placed: int, ordinal: int, sku: int, price: int) -> None:
        """A customer of before wants work alone."""
        order = Order(self, self._first | _WORK | ordinal, ordinal, placed, [(sku, 1, price, 0)], self._prefix | self._number)
        self._number += 1
        order.services = 1
        self._price(order, price)
        who = self._customers + self._demand.customer[ordinal] if self._customers >= 0 else -1
        self._tables.orders.add((order.number, 0, placed, sku, 1, price, 0, who))
        self.fresh.append(order)
        self.open[order.key] = order

    def _takes_ahead(self, ordinal: int, placed: int) -> bool:
        """Whether an order for what is not there is taken, to be sent later."""
        order = keys.root(keys.ORDER, self._first | ordinal)
        if not self._ahead or (order not in self.ship_by and not self._later.happens(self._ahead, order)):
            return False
        self.ship_by[order] = self._day_to_ship(order, placed)
        return True

    def _day_to_ship(self, order: int, placed: int) -> int:
        return placed // DAY + self._later.between(_AHEAD_MIN, self._ahead_days, order, 1)

    def _price(self, order: Order, net: int) -> None:
        """What the customer owes, by which gateway, and what else was decided before the run."""
        config, demand, i = self._config, self._demand, order.ordinal
        order.net_cents = net
        if net < config.free_shipping_from_cents and order.services < len(order.lines):
            order.shipping_cents = config.shipping_cents
        order.tax_cents = ratio(net + order.shipping_cents, self._tax, _BASIS)
        order.customer = demand.customer[i] | self._first
        gateways = self.gateways
        if len(gateways) == 1:
            order.gateway = gateways[0]
        elif gateways:
            luck = int(self._gateway_of.uniform(order.key) * self._gateway_sums[-1])
            place = bisect_right(self._gateway_sums, luck)
            order.gateway = gateways[place if self.pays_by is None else self.pays_by(order, place)]
        if self._ahead and self._accepts_anything and self._later.happens(self._ahead, order.key):
            self.ship_by[order.key] = self._day_to_ship(order.key, order.placed)
        if self.plans_ahead is not None and not self.on_the_spot:
            wanted = self.plans_ahead(order.key, order.placed // DAY)
            if wanted >= 0:
                self.ship_by.setdefault(order.key, wanted)
        if demand.cancel_after[i] >= 0 and not self.on_the_spot:
            order.cancel_at = order.placed + demand.cancel_after[i]
        if self.captures_on_order and order.gateway is not None:
            order.gateway.take_prepayment(order, order.placed)

    def _lose(self, ordinal: int, placed: int, sku: int, units: int) -> None:
        key = keys.root(keys.ORDER, self._first | ordinal)
        self._happenings.add((h.LOST_SALE, placed, key, sku, units, self.prices[sku] * units, -1, -1))

    def reprice(self, skus: Iterable[int], percent: int, now: int) -> None:
        """Ask more (or less) for products from now on; what was ordered before is ordered at the old price."""
        self.take_orders(now)
        chosen = list(skus)
        for prices in [self.prices] if self.tiers is None else self.tiers.lists:
            for sku in chosen:
                prices[sku] += ratio(prices[sku], percent, 100)

    def number_of(self, customer: int) -> str:
        """How the channel writes a customer's number. `customer`: as orders bear it."""
        return f"C-{self._index * _STRIDE + 1 + self.known_as(customer):06d}"

    @staticmethod
    def known_as(customer: int) -> int:
        """The number within its channel of a customer as orders bear it."""
        return customer & ((1 << _IDENTITY_BITS) - 1)

    def tax_on(self, cents: int) -> int:
        """Sales tax on an amount."""
        return ratio(cents, self._tax, _BASIS)

    def cancel(self, order: Order, now: int) -> None:
        """The customer cancels before the goods are packed."""
        order.cancelled = True
        self.open.pop(order.key, None)
        self._tables.cancellations.add((order.number, now))
        if order.prepaid_cents and order.gateway is not None:
            order.gateway.give_back_prepayment(order, now)

    def planned_return(self, order: Order) -> tuple[int, int, int, bool] | None:
        """What the customer will send back: line, units, days after receiving, damaged; None for nothing."""
        demand, i = self._demand, order.ordinal
        if demand.return_line[i] < 0:
            return None
        goods = len(order.lines) - order.services
        if not goods:
            return None
        line = demand.return_line[i] % goods
        return line, min(demand.return_units[i], order.lines[line][1]), demand.return_days[i], demand.return_damaged[i]
