"""Trading by electronic documents: what is sent out is what Cin7 has, once each, and nothing is invoiced that was not sent."""

from __future__ import annotations

from functools import cache

import msgspec
from support import worlds

from scenarios import loader
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import Case, Rate
from sim.run import run


def case(seed: int = 1) -> Case:
    """The wholesaler by EDI alone, with orders that often come twice."""
    replace = msgspec.structs.replace
    profile = loader.load_profile("wholesale_giftware")
    channel = next(channel for channel in profile.channels if channel.kind == "edi")
    trade = replace(channel, share=1.0, resent_order=Rate(0.2, "for tests"))
    return replace(worlds.case(seed, 2, 900), profile=replace(profile, channels=[trade], gateways=[], account_rules=[]))


@cache
def world() -> World:
    return run(case())


def exchanged(document: str) -> list[tuple[str, int, object]]:
    rows = worlds.frames(world())["operations/edi_documents"]
    rows = rows[rows["document"] == document]
    return list(zip(rows["order_reference"], rows["quantity"], rows["exchanged_at"], strict=True))


def test_the_books_agree() -> None:
    assert run_checks(worlds.frames(world()), [world().calendar.date(day) for day in world().calendar.month_ends]) == []


def test_each_order_is_answered_once_and_entered_once_however_often_it_comes() -> None:
    sales = worlds.frames(world())["cin7/sales"]["external_id"]
    answers, orders = [of for of, _, _ in exchanged("855")], [of for of, _, _ in exchanged("850")]
    assert not sales.duplicated().any()
    assert len(answers) == len(set(answers)) == len(set(orders)) > 80
    feed = worlds.frames(world())["integration/feed_log"].query("feed == 'edi_orders' and status == 'DUPLICATE'")
    assert int(feed["records"].sum()) == len(orders) - len(set(orders)) > 5


def test_what_is_announced_is_what_was_shipped_and_what_is_charged_is_what_was_invoiced() -> None:
    frames = worlds.frames(world())
    order = frames["cin7/sales"].set_index("document_key")["external_id"]
    shipments = frames["cin7/shipments"].query("status == 'AUTHORISED'")
    lines = frames["cin7/shipment_lines"].groupby("document_key")["quantity"].sum()
    shipped = sorted(zip(shipments["sale_key"].map(order), shipments["document_key"].map(lines), strict=True))
    advised = sorted((of, units) for of, units, _ in exchanged("856"))
    assert len(advised) > 80
    assert set(advised) <= set(shipped)
    assert len(shipped) - len(advised) < 10, "what was shipped since the last exchange"
    rows = frames["operations/edi_documents"].query("document == '810'")
    invoices = frames["cin7/sale_invoices"]
    charged = sorted(zip(rows["order_reference"], rows["amount_cents"].astype(int), strict=True))
    invoiced = set(zip(invoices["sale_key"].map(order), invoices["total_cents"], strict=True))
    assert len(charged) > 80
    assert set(charged) <= invoiced


def test_nothing_is_invoiced_that_was_not_announced() -> None:
    advised: dict[str, list[object]] = {}
    for of, _, at in exchanged("856"):
        advised.setdefault(of, []).append(at)
    for of, _, at in exchanged("810"):
        assert any(before <= at for before in advised[of]), of  # type: ignore[operator]
    parts = max(len(times) for times in advised.values())
    assert parts > 1, "no order was sent in parts: this checks less than it says"
