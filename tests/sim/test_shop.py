from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support import worlds
from support.worlds import read

from sim.clock import DAY, Calendar
from sim.draws import Draws
from sim.money import ratio
from sim.operations import happenings as h
from sim.operations.demand import Demand
from sim.operations.goods import GoodsTables, Scribe, Warehouse
from sim.operations.happenings import Happenings
from sim.operations.money_flows import Debtors, Gateway, MoneyTables
from sim.operations.shop import ChannelTables, Shop
from sim.profile import NEVER
from sim.schema import ChannelOrder

PRODUCTS = 12
seeds = st.integers(0, 2**32)


CHANNEL = msgspec.structs.replace(worlds.profile().channels[0], ordered_ahead=NEVER)
"""The web shop, without orders for what is not there: see test_orders_ahead."""


class Storefront:
    """One channel with what it needs around it."""

    def __init__(self, seed: int) -> None:
        calendar, draws = Calendar(worlds.START, 1, []), Draws(seed)
        prices = [1_000 + 10 * n for n in range(PRODUCTS)]
        self.demand = Demand("shop", CHANNEL.demand, 3_000, prices, calendar, draws)
        self.happenings, self.tables = Happenings(), ChannelTables()
        debtors = Debtors(0, calendar, draws, self.happenings)
        labels = Scribe(draws.stream("labels"), 0.0)
        house = Warehouse(0, "own", PRODUCTS, labels, GoodsTables(), debtors, self.happenings)
        config = worlds.profile().gateways[0]
        gateway = Gateway(config, 0, 1, calendar, draws, MoneyTables(), self.happenings)
        self.shop = Shop(CHANNEL, 0, self.demand, prices, [gateway], house, draws, self.tables, self.happenings)

    def orders(self) -> list[ChannelOrder]:
        return read(self.tables.orders)


def storefront(seed: int) -> tuple[Shop, Demand, Happenings, Storefront]:
    front = Storefront(seed)
    return front.shop, front.demand, front.happenings, front


@settings(max_examples=40)
@given(seeds, st.lists(st.integers(0, 15), min_size=PRODUCTS, max_size=PRODUCTS), st.integers(1, 30))
def test_it_never_sells_what_it_does_not_show(seed: int, shown: list[int], days: int) -> None:
    shop, demand, happenings, front = storefront(seed)
    shop.shown[:] = shown
    shop.take_orders(days * DAY)
    sold, lost, wanted = Counter[int](), Counter[int](), Counter[int]()
    for line in front.orders():
        sold[line.sku] += line.quantity
    for event in read(happenings):
        assert event.kind == h.LOST_SALE
        lost[event.sku] += event.quantity
    for order in range(sum(minute < days * DAY for minute in demand.minute)):
        for line in range(demand.line_start[order], demand.line_start[order + 1]):
            wanted[demand.line_sku[line]] += demand.line_units[line]
    for sku in range(PRODUCTS):
        assert sold[sku] <= shown[sku]
        assert shop.shown[sku] == shown[sku] - sold[sku]
        assert sold[sku] + lost[sku] == wanted[sku], "what is not sold is a lost sale"


@settings(max_examples=25)
@given(seeds)
def test_an_order_adds_up(seed: int) -> None:
    shop, _, _, front = storefront(seed)
    shop.shown[:] = [10_000] * PRODUCTS
    shop.take_orders(31 * DAY)
    lines_of = Counter[int]()
    for row in front.orders():
        lines_of[row.order_reference] += row.quantity * row.price_cents - row.discount_cents
    tax = CHANNEL.tax.value
    for order in shop.fresh:
        assert order.net_cents == lines_of[order.number]
        assert (order.shipping_cents == 0) == (order.net_cents >= CHANNEL.free_shipping_from_cents)
        assert order.tax_cents == ratio(order.net_cents + order.shipping_cents, round(tax * 10_000), 10_000)
    assert len({order.number for order in shop.fresh}) == len(shop.fresh)


@settings(max_examples=25)
@given(seeds, st.lists(st.integers(1, 31 * DAY), max_size=6))
def test_orders_do_not_depend_on_when_they_are_fetched(seed: int, moments: list[int]) -> None:
    at_once, _, _, whole = storefront(seed)
    at_once.shown[:] = [10_000] * PRODUCTS
    at_once.take_orders(31 * DAY)
    in_steps, _, _, parts = storefront(seed)
    in_steps.shown[:] = [10_000] * PRODUCTS
    for moment in sorted(moments):
        in_steps.take_orders(moment)
        assert all(row.placed_at < moment for row in parts.orders())
    in_steps.take_orders(31 * DAY)
    assert parts.orders() == whole.orders()


@settings(max_examples=15)
@given(seeds)
def test_demand_keeps_its_promises(seed: int) -> None:
    _, demand, _, _ = storefront(seed)
    assert demand.minute == sorted(demand.minute)
    orders = len(demand.minute)
    assert len(demand.line_start) == orders + 1
    assert len(demand.line_sku) == demand.line_start[-1] == len(demand.line_units)
    for order in range(orders):
        lines = demand.line_start[order + 1] - demand.line_start[order]
        assert lines >= 1
        assert demand.return_line[order] < lines
    assert set(demand.line_sku) <= set(range(PRODUCTS))
