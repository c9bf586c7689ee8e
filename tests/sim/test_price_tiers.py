"""Customers on account buy at the prices of their own list, and both list and customer's place on it are dated settings."""

from __future__ import annotations

from functools import cache

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from scenarios.loader import load_profile
from sim.draws import Draws
from sim.founding import World
from sim.invariants import run_checks
from sim.operations.price_tiers import PriceTiers
from sim.profile import PriceTierConfig
from sim.run import run

TIERS = [PriceTierConfig("Trade", 0.6, 0.5, "a test"), PriceTierConfig("Key accounts", 0.4, 0.4, "a test")]


@cache
def world(*, tiers: bool = True) -> World:
    """A wholesaler whose customers order by phone, with prices that change often and customers who move."""
    replace, profile = msgspec.structs.replace, load_profile("wholesale_giftware")
    phone = next(channel for channel in profile.channels if channel.kind == "phone")
    phone = replace(phone, share=1.0, price_share=0.5, price_tiers=TIERS if tiers else [], lost_quotes=worlds.figure(1.0))
    moved = worlds.rate(0.5 if tiers else 0.0)
    noise = replace(profile.noise, new_price=worlds.rate(0.5), new_price_tier=moved)
    changed = replace(profile, channels=[phone], gateways=[], account_rules=[], noise=noise)
    return run(replace(worlds.case(2, 3, 1_200), profile=changed))


def settings(setting: str) -> pd.DataFrame:
    log = worlds.frames(world())["integration/settings_log"].query(f"setting == {setting!r}")
    texts = {name: log[column].astype(str) for name, column in (("key", "key"), ("new", "new_value"))}
    return log.assign(at=log["recorded_at"].astype("datetime64[s]"), **texts)


@pytest.mark.slow
def test_a_business_with_several_price_lists_ties_out() -> None:
    frames = worlds.frames(world())
    assert list(run_checks(frames, [world().calendar.date(day) for day in world().calendar.month_ends])) == []


def test_an_order_bears_the_price_of_its_customers_list_at_its_minute() -> None:
    orders = worlds.frames(world())["operations/channel_orders"]
    orders = orders[~orders["sku"].astype(str).str.startswith("SVC")]  # work has one price for all
    orders = orders.assign(at=orders["placed_at"].astype("datetime64[s]"), sku=orders["sku"].astype(str))
    tier = settings("Price tier")
    first = tier.drop_duplicates("key").assign(at=pd.Timestamp("2000-01-01"))  # agreed before it was entered with the order
    tier = pd.concat([first, tier])[["at", "key", "new"]].rename(columns={"key": "customer", "new": "tier"})
    orders["customer"] = orders["customer"].astype(str)
    orders["at"], tier["at"] = orders["at"].astype("datetime64[s]"), tier["at"].astype("datetime64[s]")
    placed = pd.merge_asof(orders.sort_values("at", kind="stable"), tier.sort_values("at", kind="stable"), on="at",
                           by="customer")  # fmt: skip
    assert placed["tier"].notna().mean() > 0.95, "whoever cancels before he is entered has no list in Cin7"
    listed = settings("Channel price")
    words = listed["key"].str.extract(r", (?P<tier>[^/]+) / (?P<sku>.+)$")
    prices = listed[["at"]].assign(tier=words["tier"], sku=words["sku"], cents=(listed["new"].astype(float) * 100).round())
    both = pd.merge_asof(placed.dropna(subset=["tier"]), prices.sort_values("at", kind="stable"), on="at", by=["tier", "sku"])
    assert (both["price_cents"] == both["cents"]).all()
    assert both["tier"].nunique() == len(TIERS)
    assert (prices["at"] > prices["at"].min()).sum() > 10
    assert settings("Price tier")["key"].duplicated().any(), "somebody has moved"


def test_who_buys_by_the_second_list_pays_its_share_of_the_list_price() -> None:
    frames = worlds.frames(world())
    log = frames["cin7/settings_log"].query("setting == 'Price'").drop_duplicates("key")
    listed = (log.set_index(log["key"].astype(str))["new_value"].astype(str).astype(float) * 100).round()
    prices = settings("Channel price").drop_duplicates("key")
    words = prices["key"].str.extract(r", (?P<tier>[^/]+) / (?P<sku>.+)$")
    for tier in TIERS:
        own = words["tier"] == tier.name
        expected = words.loc[own, "sku"].map(listed) * tier.price_share
        assert own.sum() > 100
        assert ((prices.loc[own, "new"].astype(float) * 100).round() - expected).abs().max() <= 0.5


def test_without_price_lists_nothing_of_them_is_there() -> None:
    plain = world(tiers=False)
    assert all(shop.tiers is None for shop in plain.operations.shops)
    log = worlds.frames(plain)["integration/settings_log"]
    assert not (log["setting"] == "Price tier").any()
    assert not log["key"].astype(str).str.contains(",").any()


@given(seed=st.integers(0, 99), share=st.floats(0.05, 0.95))
def test_customers_are_spread_over_the_lists_as_the_profile_says_and_stay(seed: int, share: float) -> None:
    config = [PriceTierConfig("A", 1 - share, 1.0, "a test"), PriceTierConfig("B", share, 0.5, "a test")]
    tiers = PriceTiers("desk", config, [1_000, 1], Draws(seed))
    placed = [tiers.tier_of(customer) for customer in range(600)]
    assert sum(placed) / 600 == pytest.approx(share, abs=0.1)
    assert placed == [tiers.tier_of(customer) for customer in range(600)]
    tiers.move(7, 1 - placed[7])
    assert [tiers.tier_of(n) for n in range(600) if n != 7] == [tier for n, tier in enumerate(placed) if n != 7]
    assert tiers.prices_for(7) is tiers.lists[1 - placed[7]]
    assert tiers.lists == [[1_000, 1], [500, 1]]
