"""A third party's warehouse: what it does is true at once and known only by its files."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import pytest
from support import worlds

from scenarios import loader
from sim.clock import DAY
from sim.founding import World
from sim.integration.third_party import WarehouseLink
from sim.invariants import run_checks
from sim.operations.third_party import RECEIPTS, Loaded
from sim.profile import Case, Rate
from sim.run import run
from sim.schema import FEED, FEED_STATUS, WAREHOUSE_FILE


def often(value: float) -> Rate:
    return Rate(value, "for tests")


def case(seed: int = 1, months: int = 3, orders: int = 2_400) -> Case:
    """The marketplace brand with untidier files than usual."""
    profile = loader.load_profile("amazon_first")
    assert profile.third_party is not None
    replace = msgspec.structs.replace
    files = replace(profile.third_party, late_file=often(0.1), resent_file=often(0.1), missed_line=often(0.05))
    noise = replace(profile.noise, lost_units=often(0.6), damaged_units=often(0.5), mis_pick=often(0.02))
    return replace(worlds.case(seed, months, orders), profile=replace(profile, third_party=files, noise=noise))


@cache
def world() -> World:
    return run(case())


def violations(of: World) -> list[object]:
    return list(run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends]))


def feed_rows(of: World, status: str) -> list[tuple[int, int]]:
    theirs = [FEED[f"third_party_{name}"] for name in ("packing", "shipments", "receipts", "returns", "adjustments", "stock")]
    rows = worlds.facts(of, "integration/feed_log")
    return [(row.feed, row.window_to) for row in rows if row.feed in theirs and row.status == FEED_STATUS[status]]


def test_untidy_files_leave_healthy_books() -> None:
    assert violations(world()) == []


def test_each_file_is_entered_once_and_a_second_copy_is_recognised() -> None:
    entered = Counter(feed_rows(world(), "OK"))
    again = feed_rows(world(), "DUPLICATE")
    assert set(entered.values()) == {1}
    assert len(again) > 10
    assert set(again) <= set(entered)


def test_every_despatch_told_is_one_shipment_of_that_order() -> None:
    frames = worlds.frames(world())
    told = frames["operations/third_party_files"]
    told = told[told["kind"] == "despatches"]
    end = frames["integration/feed_log"].query("feed == 'third_party_shipments'")["window_to"].max()
    told = told[told["written_at"] < end]
    sales = frames["cin7/sales"].set_index("document_key")["external_id"]
    shipments = frames["cin7/shipments"]
    sent = shipments[shipments["status"] == "AUTHORISED"]["sale_key"].map(sales)
    assert len(told) > 100
    assert Counter(told["reference"]) - Counter(sent) == Counter()
    assert max(Counter(told["reference"]).values()) == 1


def owed_to_the_record(of: World, link: WarehouseLink) -> Counter[int]:
    """Units by product that Cin7 should hold there: what their own record says, and what they did and have not told."""
    theirs, house = link._theirs, link._theirs.house
    units = Counter({sku: held - house.unnoticed.get(sku, 0) for sku, held in enumerate(house.shelf)})
    for ship, fulfilment in link.open.items():
        if ship not in theirs._requests:
            units.update({sku: quantity for sku, quantity, _, _ in fulfilment.lines})
    untold = [line for kind, lines in theirs._lines.items() if kind != WAREHOUSE_FILE["stock"] for line in lines]
    untold += [line for file in theirs.files if file.number not in link._seen for line in file.lines]
    untold += [held.line for held in link._held]
    for line in untold:
        if isinstance(line.subject, Loaded):  # it has left, and lies there for Cin7
            units.update(dict(line.subject.lines))
        elif line.subject is not None and line.at >= 0 and line.key in {own.key for own in untold if own.subject is not None}:
            units[line.sku] -= line.units if type(line.subject).__name__ in ("Delivery", "Consignment") else 0
        elif line.remark:
            units[line.sku] -= line.units
    return units


@pytest.mark.parametrize("hour", [7, 11, 17, 23])
def test_what_they_did_and_have_not_told_is_all_that_lies_between_shelf_and_record(hour: int) -> None:
    of, ahead = World(case(2, 2)), 0
    link, stock = of.warehouse_links[0], of.cin7.stocks[0]
    for day in range(3, of.calendar.days, 4):
        of.clock.run(day * DAY + hour * 60 + 31)
        expected = owed_to_the_record(of, link)
        assert {sku: units for sku, units in enumerate(stock.on_hand) if units != expected[sku]} == {}
        ahead += sum(abs(units - held) for units, held in zip(stock.on_hand, link._theirs.house.shelf, strict=True))
    assert ahead, "shelf and record never differed: this checks nothing"


def test_a_feed_that_stays_away_for_a_week_is_caught_up_and_the_books_agree_again() -> None:
    of = World(case(3, 3))
    policies, shipments = of.staging.policies, FEED["third_party_shipments"]
    first, answers = of.calendar.workday_from(30), policies.connects
    policies.connects = lambda feed, now: answers(feed, now) and not (feed == shipments and first <= now // DAY < first + 7)
    of.clock.run((first + 7) * DAY)
    link, house = of.warehouse_links[0], of.operations.houses[0]
    behind = sum(of.cin7.stocks[0].on_hand) - sum(house.shelf)
    assert len(link.open) > 5
    assert behind > 5
    of.clock.run(of.calendar.days * DAY)
    of.operations.take_orders(of.calendar.days * DAY)
    kept_away = [row for row in worlds.facts(of, "integration/feed_log") if row.feed == shipments and row.status]
    assert len(kept_away) > 20
    assert [found for found in violations(of) if "tie_out" in str(found) or "basic" in str(found)] == []


def test_receipts_are_told_under_the_supplier_s_own_note() -> None:
    frames = worlds.frames(world())
    told = frames["operations/third_party_files"].query("kind == 'receipts'")
    assert set(told["reference"]) <= set(frames["operations/dock_receipts"]["delivery_note"])
    assert WAREHOUSE_FILE.words[RECEIPTS] == "receipts"
    assert len(told) > 20


def test_a_cancelled_order_is_called_back_until_it_is_picked() -> None:
    replace = msgspec.structs.replace
    changed = case(4, 2)
    channels = [
        replace(channel, demand=replace(channel.demand, cancelled=often(0.3))) if channel.kind != "amazon_fba" else channel
        for channel in changed.profile.channels
    ]
    of = run(replace(changed, profile=replace(changed.profile, channels=channels)))
    statuses = worlds.frames(of)["cin7/document_status_log"]
    back = statuses[(statuses["document_type"] == "Pick") & (statuses["status"] == "VOIDED")]
    voided = statuses[(statuses["document_type"] == "Sale") & (statuses["status"] == "VOIDED")]
    assert len(back) > 5
    assert len(voided) >= len(back) - 5
    assert violations(of) == []


def tickets(of: World) -> list[str]:
    texts = of.lexicon.lists["text"]
    return [texts[row.text] for row in worlds.facts(of, "operations/issue_log") if texts[row.text].startswith("Stock file of")]


def test_somebody_asks_about_a_stock_file_that_differs_and_only_about_such_a_one() -> None:
    assert len(tickets(world())) > 1, "parcels that missed the van, late files, and despatches told a day late"
    plain = case()
    assert plain.profile.third_party is not None
    replace, never = msgspec.structs.replace, often(0.0)
    tidy = replace(plain.profile.third_party, late_file=never, resent_file=never, missed_line=never)
    noise = replace(plain.profile.noise, failed_download=never, undone_receipt=never, late_collection=never)
    calm = run(replace(plain, profile=replace(plain.profile, third_party=tidy, noise=noise)))
    assert tickets(calm) == []


def test_what_goes_on_to_other_places_is_booked_when_they_tell() -> None:
    frames = worlds.frames(world())
    theirs = next(place.name for place in case().profile.locations if place.kind == "third_party")
    sent = frames["operations/consignments"]
    sent = sent[sent["from_location"].astype(str) == theirs]
    assert len(sent) > 5
    booked = frames["cin7/stock_transfers"]
    log = frames["cin7/document_status_log"]
    left = log[(log["document_type"] == "Stock Transfer") & (log["status"] == "IN TRANSIT")].set_index("document_key")["at"]
    booked = booked.assign(left=booked["document_key"].map(left)).dropna(subset="left")
    booked = booked[booked["from_location"].astype(str) == theirs]
    assert booked.groupby("sku", observed=True)["quantity"].sum().to_dict() == (
        sent.groupby("sku", observed=True)["quantity"].sum().to_dict()
    )
    files = frames["operations/third_party_files"].query("kind == 'transfers'")
    assert len(files) == booked["document_key"].nunique()
    assert set(booked["left"].dt.hour) <= set(range(18, 23)) | set(range(6, 12)), "told in the evening, or late"
