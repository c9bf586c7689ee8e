"""Orders to be sent on a later day, and quotes that come to nothing."""

from __future__ import annotations

from functools import cache

import msgspec
import pandas as pd
from support import worlds

from scenarios import loader
from sim import keys
from sim.clock import DAY
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import Case, Rate
from sim.run import run


def often(value: float) -> Rate:
    return Rate(value, "for tests")


def case(seed: int = 1) -> Case:
    """The wholesaler by phone alone: many order ahead, and many only ask."""
    replace = msgspec.structs.replace
    profile = loader.load_profile("wholesale_giftware")
    phone = next(channel for channel in profile.channels if channel.kind == "phone")
    figure = replace(phone.lost_quotes, value=1.5)
    phone = replace(phone, share=1.0, ordered_ahead=often(0.4), quoted=often(0.3), lost_quotes=figure)
    return replace(worlds.case(seed, 3, 700), profile=replace(profile, channels=[phone], gateways=[], account_rules=[]))


@cache
def world() -> World:
    return run(case())


def test_the_books_agree() -> None:
    assert run_checks(worlds.frames(world()), [world().calendar.date(day) for day in world().calendar.month_ends]) == []


def test_what_is_ordered_ahead_is_picked_on_its_day_and_not_before() -> None:
    frames = worlds.frames(world())
    sales = frames["cin7/sales"].dropna(subset="ship_by").set_index("document_key")
    assert len(sales) > 30
    sent = frames["cin7/shipments"]
    sent = sent[sent["sale_key"].isin(sales.index)]
    due = pd.to_datetime(sent["sale_key"].map(sales["ship_by"]))
    assert len(sent) > 15
    assert (pd.to_datetime(sent["created_at"]) >= due).all()
    assert (sales["ship_by"] > sales["order_date"]).all()


def test_what_waits_for_its_day_is_promised_meanwhile() -> None:
    of, seen = World(case(2)), 0
    sales = of.cin7.sales
    for day in range(5, of.calendar.days, 6):
        of.clock.run(day * DAY + 20 * 60)
        promised: dict[tuple[int, int], int] = {}
        for fulfilment in (part for sale in sales.by_order.values() for part in sale.fulfilments):
            if fulfilment.allocated and not fulfilment.shipped:
                for sku, units, _, _ in fulfilment.lines:
                    place = (fulfilment.stock.location, sku)
                    promised[place] = promised.get(place, 0) + units
        seen += len(sales.held)
        for stock in of.cin7.stocks:
            assert [promised.get((stock.location, sku), 0) for sku in range(len(stock.allocated))] == stock.allocated
    assert seen > 10


def test_a_quote_promises_and_posts_nothing_and_most_are_left_lying() -> None:
    frames = worlds.frames(world())
    sales = frames["cin7/sales"]
    asked = sales[sales["external_id"].isna()]
    assert len(asked) > 40
    assert set(asked["status"]) <= {"ESTIMATING", "ESTIMATED", "VOIDED"}
    assert (asked["status"] != "VOIDED").mean() > 0.5
    for name in ("cin7/sale_invoices", "cin7/shipments", "cin7/credit_notes"):
        assert not frames[name]["sale_key"].isin(asked["document_key"]).any()
    log = frames["cin7/document_status_log"]
    quoted = log[(log["document_type"] == "Sale") & (log["status"] == "ESTIMATED")]["document_key"]
    ordered = sales[sales["external_id"].notna()]["document_key"]
    assert ordered.isin(quoted).sum() > 20


def test_a_web_shop_takes_orders_for_what_is_not_there() -> None:
    replace = msgspec.structs.replace
    plain = worlds.case(3, 3, 3_000)
    (web,) = plain.profile.channels
    (domestic,) = plain.profile.supply.groups
    thin = replace(plain.profile.supply, groups=[replace(domestic, opening_cover_days=6, safety_days=0)])
    web = replace(web, ordered_ahead=often(0.8), ahead_days=replace(web.ahead_days, value=20.0))
    of = run(replace(plain, profile=replace(plain.profile, channels=[web], supply=thin)))
    frames = worlds.frames(of)
    ahead = frames["cin7/sales"].dropna(subset="ship_by")
    sent = frames["cin7/shipments"]["sale_key"]
    assert len(ahead) > 10
    assert ahead["document_key"].isin(sent).any()
    waited = frames["cin7/document_status_log"].query("status == 'BACKORDERED'")["document_key"]
    assert ahead["document_key"].isin(waited).sum() > 5
    assert all(keys.kind_of(key) == keys.ORDER for key in of.cin7.sales.by_order)
    assert run_checks(frames, [of.calendar.date(day) for day in of.calendar.month_ends]) == []
