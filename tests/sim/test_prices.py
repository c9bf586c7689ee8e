"""Prices are dated settings: what the log says at the minute of an order is what its lines bear."""

from __future__ import annotations

import msgspec
import pandas as pd
from support import worlds

from sim.invariants import run_checks
from sim.profile import Rate
from sim.run import run


def test_an_order_bears_the_price_that_the_log_says_for_its_minute() -> None:
    replace, plain = msgspec.structs.replace, worlds.profile()
    often = replace(plain, noise=replace(plain.noise, new_price=Rate(0.8, "for tests")))
    world = run(worlds.case(3, 2, 2_000, of=often))
    frames = worlds.frames(world)
    assert run_checks(frames, [world.calendar.date(day) for day in world.calendar.month_ends]) == []
    log = frames["integration/settings_log"].query("setting == 'Channel price'")
    cents = (log["new_value"].astype(str).astype(float) * 100).round().astype(int)
    sku = log["key"].astype(str).str.split(" / ").str[1].astype(object)
    prices = pd.DataFrame({"at": log["recorded_at"].astype("datetime64[s]"), "sku": sku, "cents": cents})
    assert (prices["at"] > prices["at"].min()).sum() > 20
    orders = frames["operations/channel_orders"]
    lines = orders.assign(at=orders["placed_at"].astype("datetime64[s]"), sku=orders["sku"].astype(str).astype(object))
    both = pd.merge_asof(lines.sort_values("at", kind="stable"), prices.sort_values("at", kind="stable"), on="at", by="sku",
                         allow_exact_matches=True)  # fmt: skip
    assert (both["price_cents"] == both["cents"]).all()
    changed = prices.groupby("sku")["cents"].nunique()
    assert (changed > 1).sum() > 20


def test_list_and_channels_move_together_and_a_family_keeps_one_price() -> None:
    replace, plain = msgspec.structs.replace, worlds.profile("d2c_apparel")
    often = replace(plain, noise=replace(plain.noise, new_price=Rate(0.8, "for tests")))
    world = run(worlds.case(5, 1, 300, of=often))
    catalogue, (shop,) = world.cin7.catalogue, world.operations.shops
    assert shop.prices == catalogue.price_cents
    families = dict(zip(catalogue.family, catalogue.price_cents, strict=True))
    assert all(not family or cents == families[family]
               for family, cents in zip(catalogue.family, catalogue.price_cents, strict=True))  # fmt: skip
