"""Demand keeps to its parameters, and what is drawn for one matter does not depend on another."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import worlds

from sim.clock import DAY, Calendar, Holiday
from sim.draws import Draws
from sim.operations.demand import Demand, mean_lines, mean_units
from sim.profile import (
    Change,
    DemandConfig,
    Figure,
    Quantiles,
    Rate,
    Shares,
    TierConfig,
    UnitsConfig,
    Variant,
    Weights,
    varied,
)

BOXING_DAY = Holiday("Boxing Day", 12, 26)
PRICES = list(range(500, 2_500, 10))
EVEN = Shares([0.5], [0.5], "a test")
PARTS = (
    "minute", "promoted", "line_start", "line_sku", "line_units", "line_discount_basis", "customer", "cancel_after",
    "return_line", "return_days", "return_damaged", "return_units", "opening_rate",
)  # fmt: skip
seeds = st.integers(0, 2**32)


def rate(value: float) -> Rate:
    return Rate(value, "a test")


def figure(value: float) -> Figure:
    return Figure(value, "a test")


def weights(*values: int) -> Weights:
    return Weights(list(values), "a test")


def plain(**changes: Any) -> DemandConfig:
    """A channel without season, growth or promotions, the rest as in the apparel shop."""
    same = {"weekday": weights(*[1] * 7), "month": weights(*[1] * 12), "yearly_growth": figure(0.0), "promotion_days": []}
    return msgspec.structs.replace(worlds.profile().channels[0].demand, **{**same, **changes})


def drawn(
    config: DemandConfig, seed: int = 1, orders: float = 3_000, months: int = 12, prices: list[int] = PRICES, name: str = "Shop"
) -> Demand:
    calendar = Calendar(dt.date(2025, 1, 1), months, [BOXING_DAY])
    return Demand(name, config, orders, prices, calendar, Draws(seed))


def parts(of: Demand, *but: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in PARTS if name not in but}


def lines_of(of: Demand) -> list[int]:
    return [after - before for before, after in pairwise(of.line_start)]


WHOLESALE = plain(
    lines=Quantiles([0.0, 0.1, 0.5, 0.9, 0.99, 1.0], [0, 2, 15, 52, 218, 400], "a test"),
    units=UnitsConfig([1, 2, 6, 12, 48], [40, 25, 15, 15, 5], "a test", 0.7, 0.6, 0.3, 0.1, 0.3),
    popularity=Shares([0.01, 0.1, 0.5], [0.09, 0.44, 0.915], "a test"),
    launched=rate(0.3), discontinued=rate(0.2), reordered=rate(0.4),
    customer_shares=Shares([0.1, 0.5], [0.45, 0.85], "a test"),
    tiers=[TierConfig(6, 0.1, "a test"), TierConfig(48, 0.25, "a test")],
)  # fmt: skip


@settings(max_examples=15)
@given(seeds, st.sampled_from([plain(), WHOLESALE]), st.integers(1, 14), st.sampled_from([1.0, 40.0, 2_000.0]))
def test_demand_has_the_shape_the_shop_reads(seed: int, config: DemandConfig, months: int, orders: float) -> None:
    demand = drawn(config, seed, orders, months)
    total = len(demand.minute)
    assert demand.minute == sorted(demand.minute)
    days = Calendar(dt.date(2025, 1, 1), months, []).days
    assert all(0 <= minute < days * DAY for minute in demand.minute)
    assert demand.line_start[0] == 0
    lines = lines_of(demand)
    assert len(lines) == total
    assert all(1 <= count <= 400 for count in lines)
    for name in ("line_sku", "line_units", "line_discount_basis"):
        assert len(getattr(demand, name)) == demand.line_start[-1]
    assert set(demand.line_sku) <= set(range(len(PRICES)))
    assert set(demand.line_units) <= set(config.units.sizes)
    for name in ("promoted", "customer", "cancel_after", "return_line", "return_days", "return_damaged", "return_units"):
        assert len(getattr(demand, name)) == total
    assert all(type(number) is int for name in ("minute", "line_sku", "line_units") for number in getattr(demand, name)[:5])
    for order in range(total):
        line, back = demand.return_line[order], demand.return_units[order]
        assert line < lines[order]
        assert back <= (demand.line_units[demand.line_start[order] + line] if line >= 0 else 0)
        assert (back >= 1) == (line >= 0)


@pytest.mark.parametrize("config", [plain(), WHOLESALE], ids=["shop", "wholesale"])
def test_the_same_seed_draws_the_same_and_another_does_not(config: DemandConfig) -> None:
    assert parts(drawn(config, 7)) == parts(drawn(config, 7))
    assert drawn(config, 7).minute != drawn(config, 8).minute
    assert drawn(config, 7).minute != drawn(config, 7, name="Market").minute, "channels are drawn apart"


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({"returned": rate(0.9), "returned_whole": rate(0.1), "return_days": figure(40.0)},
         {"return_line", "return_days", "return_units"}),
        ({"damaged_return": rate(0.9)}, {"return_damaged"}),
        ({"cancelled": rate(0.9), "cancel_minutes": figure(5_000.0)}, {"cancel_after"}),
        ({"customer_shares": EVEN, "customers_an_order": figure(0.1), "reordered": rate(0.0)},
         {"customer", "line_sku", "line_units", "line_discount_basis", "return_units"}),
        ({"hour": weights(*[0] * 12, *[1] * 12)}, {"minute"}),
        ({"tiers": []}, {"line_discount_basis"}),
        ({"units": UnitsConfig([1, 3], [1, 1], "a test")},
         {"line_units", "line_discount_basis", "return_units", "opening_rate"}),
        ({"promotion_days": ["06-01/06-07"], "promotion_lift": figure(1.0)}, {"promoted"}),
    ],
)  # fmt: skip
def test_a_changed_parameter_moves_its_own_matter_alone(change: dict[str, Any], moves: set[str]) -> None:
    before, after = drawn(WHOLESALE), drawn(msgspec.structs.replace(WHOLESALE, **change))
    assert {name for name in PARTS if getattr(before, name) != getattr(after, name)} == moves


def test_closed_days_get_no_orders_and_their_month_makes_up_for_them() -> None:
    config = plain(
        weekday=weights(2, 2, 2, 2, 2, 0, 1), month=weights(*[1] * 11, 2), closed_days=["12-28/12-31"], closed_on_holidays=True,
        day_spread=figure(0.0),
    )  # fmt: skip
    demand = drawn(config, orders=40_000)
    first = dt.date(2025, 1, 1)
    dates = Counter(first + dt.timedelta(minute // DAY) for minute in demand.minute)
    assert not any(date.weekday() == 5 for date in dates)
    assert dt.date(2025, 12, 26) not in dates
    assert not any(date >= dt.date(2025, 12, 28) for date in dates)
    by_month = Counter(date.month for date in dates.elements())
    assert by_month[12] / np.mean([by_month[month] for month in range(1, 12)]) == pytest.approx(2.0, rel=0.06)
    sundays = np.mean([dates[date] for date in dates if date.weekday() == 6 and date.month == 3])
    mondays = np.mean([dates[date] for date in dates if date.weekday() == 0 and date.month == 3])
    assert mondays / sundays == pytest.approx(2.0, rel=0.2)


def test_a_channel_that_is_closed_for_a_month_stays_closed() -> None:
    demand = drawn(plain(closed_days=["02-01/02-29"]))
    assert demand.minute
    assert not any(31 <= minute // DAY < 59 for minute in demand.minute)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_days_are_as_restless_as_the_profile_says(spread: float) -> None:
    config = plain(day_spread=figure(spread), day_persistence=rate(0.6))
    demand = drawn(config, orders=150_000, months=36, prices=PRICES[:2])
    counts = np.bincount(np.array(demand.minute) // DAY, minlength=1096)
    mean = counts.mean()
    assert mean * 365.25 == pytest.approx(150_000, rel=0.06 if spread else 0.01)
    excess = max(0.0, counts.var() / mean**2 - 1 / mean) ** 0.5
    assert excess == pytest.approx(spread, abs=0.04)
    if spread:
        assert np.corrcoef(counts[1:], counts[:-1])[0, 1] == pytest.approx(0.6, abs=0.12)


def test_growth_and_promotions_lift_the_orders() -> None:
    still = len(drawn(plain(day_spread=figure(0.0)), orders=40_000, months=24).minute)
    growing = drawn(plain(day_spread=figure(0.0), yearly_growth=figure(0.5)), orders=40_000, months=24)
    first = sum(minute < 365 * DAY for minute in growing.minute)
    assert (len(growing.minute) - first) / first == pytest.approx(1.5, rel=0.03)
    assert still == pytest.approx(80_000, rel=0.02)
    config = plain(promotion_days=["05-01/05-31"], promotion_lift=figure(2.0), day_spread=figure(0.0))
    demand = drawn(config, orders=40_000)
    may = [120 <= minute // DAY < 151 for minute in demand.minute]
    assert demand.promoted == may
    assert sum(may) == pytest.approx(2 * 40_000 * 31 / 365.25, rel=0.04)


@pytest.mark.parametrize("config", [plain(), WHOLESALE], ids=["shop", "wholesale"])
def test_lines_and_units_are_those_of_their_tables(config: DemandConfig) -> None:
    demand = drawn(config, orders=20_000)
    lines = np.array(lines_of(demand))
    assert lines.mean() == pytest.approx(mean_lines(config.lines), rel=0.03)
    at, values = config.lines.at, config.lines.values
    for share, value in zip(at[1:-1], values[1:-1], strict=True):
        assert np.mean(lines <= value) == pytest.approx(share, abs=0.012)
    counted = Counter(demand.line_units)
    for size, weight in zip(config.units.sizes, config.units.weights, strict=True):
        assert counted[size] / len(demand.line_units) == pytest.approx(weight / sum(config.units.weights), abs=0.025)
    assert np.mean(demand.line_units) == pytest.approx(mean_units(config.units), rel=0.06)


def test_large_quantities_go_with_what_the_profile_names() -> None:
    def correlations(**by: float) -> tuple[float, float, float]:
        units = UnitsConfig([1, 2, 3, 5, 8, 12, 20, 40], [10, 10, 10, 10, 10, 10, 10, 10], "a test", **by)
        demand = drawn(msgspec.structs.replace(WHOLESALE, units=units, launched=rate(0.0), discontinued=rate(0.0)))
        size = np.log(demand.line_units)
        count = np.repeat(lines_of(demand), lines_of(demand))
        often = np.bincount(demand.line_sku, minlength=len(PRICES))[demand.line_sku]
        price = np.array(PRICES)[demand.line_sku]
        return tuple(float(np.corrcoef(size, np.log(other))[0, 1]) for other in (price, often, count))  # type: ignore[return-value]

    assert all(abs(value) < 0.04 for value in correlations())
    assert correlations(by_price=0.6)[0] < -0.45
    assert correlations(by_popularity=0.6)[1] > 0.45
    assert correlations(by_order=0.7, by_basket=0.8)[2] < -0.35
    assert abs(correlations(by_order=0.7)[2]) < 0.15


def test_popular_products_have_the_share_the_profile_says() -> None:
    config = msgspec.structs.replace(
        WHOLESALE, launched=rate(0.0), discontinued=rate(0.0), reordered=rate(0.0), lines=plain().lines
    )
    demand = drawn(config, orders=60_000, prices=[100] * 1_000)
    counts = np.sort(np.bincount(demand.line_sku, minlength=1_000))[::-1]
    shares = np.cumsum(counts) / counts.sum()
    for top, share in zip(config.popularity.top, config.popularity.share, strict=True):
        assert shares[round(1_000 * top) - 1] == pytest.approx(share, abs=0.015)


def test_products_come_and_go() -> None:
    config = plain(launched=rate(0.5), discontinued=rate(0.4), popularity=EVEN)
    demand = drawn(config, orders=60_000)
    day = np.repeat(np.array(demand.minute) // DAY, lines_of(demand))
    sku = np.array(demand.line_sku)
    first = np.array([day[sku == product].min() for product in range(len(PRICES))])
    last = np.array([day[sku == product].max() for product in range(len(PRICES))])
    assert np.mean(first > 20) == pytest.approx(0.45, abs=0.12), "some of those that come have gone before"
    assert np.mean(last < 345) == pytest.approx(0.35, abs=0.12)
    opening = np.array(demand.opening_rate)
    assert ((opening == 0) == (first > 5)).mean() > 0.95
    assert opening.sum() == pytest.approx(60_000 / 365.25 * mean_lines(config.lines) * mean_units(config.units), rel=0.02)


def test_the_opening_rate_is_what_customers_order() -> None:
    config = msgspec.structs.replace(WHOLESALE, launched=rate(0.0), discontinued=rate(0.0), reordered=rate(0.0))
    demand = drawn(config, orders=20_000, prices=PRICES[:40])
    wanted = np.bincount(demand.line_sku, demand.line_units, minlength=40) / 365
    assert np.corrcoef(wanted, demand.opening_rate)[0, 1] > 0.95
    assert sum(demand.opening_rate) == pytest.approx(wanted.sum(), rel=0.1)


def test_customers_come_back_for_their_own_products() -> None:
    def repeated(share: float) -> float:
        config = msgspec.structs.replace(WHOLESALE, reordered=rate(share), lines=plain().lines, popularity=EVEN)
        config = msgspec.structs.replace(config, customers_an_order=figure(0.1))
        demand = drawn(config, orders=5_000, prices=[100] * 2_000)
        seen: set[tuple[int, int]] = set()
        again = 0
        for order, customer in enumerate(demand.customer):
            own = {(customer, sku) for sku in demand.line_sku[demand.line_start[order] : demand.line_start[order + 1]]}
            again += len(own & seen)
            seen |= own
        return again / len(demand.line_sku)

    assert repeated(0.0) < 0.05
    assert repeated(0.8) > 0.4


def test_frequent_customers_have_the_share_the_profile_says() -> None:
    config = plain(customers_an_order=figure(0.02), customer_shares=Shares([0.1, 0.5], [0.45, 0.85], "a test"))
    counts = np.sort(np.bincount(drawn(config, orders=30_000).customer, minlength=600))[::-1]
    assert counts[:60].sum() / counts.sum() == pytest.approx(0.45, abs=0.03)
    assert counts[:300].sum() / counts.sum() == pytest.approx(0.85, abs=0.03)


def test_an_order_hardly_names_a_product_twice() -> None:
    demand = drawn(WHOLESALE, prices=[100] * 2_000)
    order = np.repeat(np.arange(len(demand.minute)), lines_of(demand))
    pairs = set(zip(order.tolist(), demand.line_sku, strict=True))
    assert 1 - len(pairs) / len(order) < 0.005
    assert len(drawn(WHOLESALE, prices=[100, 200]).line_sku) > 1_000, "a tiny range has to"


def test_quantity_takes_off_what_the_tiers_say() -> None:
    demand = drawn(WHOLESALE)
    expected = [2_500 if units >= 48 else 1_000 if units >= 6 else 0 for units in demand.line_units]
    assert demand.line_discount_basis == expected
    assert set(expected) == {0, 1_000, 2_500}
    assert set(drawn(plain()).line_discount_basis) == {0}


def test_cancellations_and_returns_are_as_frequent_and_late_as_the_profile_says() -> None:
    config = plain(
        cancelled=rate(0.2), cancel_minutes=figure(100), returned=rate(0.3), return_days=figure(9.0),
        return_days_spread=figure(1.4), damaged_return=rate(0.25), returned_whole=rate(0.5),
        units=UnitsConfig([50], [1], "a test"),
    )  # fmt: skip
    demand = drawn(config, orders=30_000)
    cancels = np.array(demand.cancel_after)
    assert np.mean(cancels >= 0) == pytest.approx(0.2, abs=0.01)
    assert 5 <= cancels[cancels >= 0].min() < cancels.max() < 100
    back = np.array(demand.return_line) >= 0
    assert back.mean() == pytest.approx(0.3, abs=0.01)
    days = np.array(demand.return_days)
    assert np.median(days) == pytest.approx(9, abs=1)
    assert np.quantile(days, [0.25, 0.75]) == pytest.approx([3.5, 23], abs=1.5)
    assert 2 <= days.min() < days.max() <= 90
    assert np.mean(demand.return_damaged) == pytest.approx(0.25, abs=0.01)
    units = np.array(demand.return_units)[back]
    assert np.mean(units == 50) == pytest.approx(0.5, abs=0.02)
    assert np.median(units[units < 50]) < 12


def test_the_apparel_shop_keeps_its_character() -> None:
    demand = drawn(worlds.profile().channels[0].demand, orders=12_000, prices=PRICES + PRICES[:100])
    assert np.mean(lines_of(demand)) == pytest.approx(1.7, abs=0.03)
    assert np.mean(np.array(demand.return_line) >= 0) == pytest.approx(0.122, abs=0.01)
    assert np.mean(demand.line_units) == pytest.approx(1.06, abs=0.01)
    days = np.array(demand.minute) // DAY
    november = np.sum((days >= 304) & (days < 334)) / 30
    assert november / (np.sum(days < 243) / 243) > 1.5


@pytest.mark.parametrize(("variant", "least", "most"), [("growing", 1.3, 2.2), ("shrinking", 0.3, 0.8), ("steady", 0.8, 1.35)])
def test_a_business_may_grow_or_shrink(variant: Variant, least: float, most: float) -> None:
    """Orders of the last quarter of two flat years over those of the first."""
    flat = msgspec.structs.replace(
        worlds.profile().channels[0].demand, month=Weights([1] * 12, "a test"), yearly_growth=Change(0.0, "a test"),
        promotion_days=[],
    )  # fmt: skip
    calendar = Calendar(worlds.START, 12, [])
    orders = Demand("shop", varied(flat, variant), 20_000, [1_000] * 20, calendar, Draws(3)).minute
    quarter = calendar.days * DAY // 4
    assert least < sum(minute >= 3 * quarter for minute in orders) / sum(minute < quarter for minute in orders) < most


def test_a_seasonal_business_has_a_sharper_peak() -> None:
    demand = worlds.profile().channels[0].demand
    plain, sharp = demand.month.values, varied(demand, "seasonal").month.values
    assert sharp.index(max(sharp)) == plain.index(max(plain))
    assert max(sharp) / sum(sharp) > max(plain) / sum(plain)
