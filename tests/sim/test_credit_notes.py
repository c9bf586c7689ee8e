"""Credit notes: with goods put back where they are, and without any."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec
from support import worlds

from scenarios import loader
from sim import keys
from sim.clock import DAY
from sim.founding import World
from sim.invariants import Violation, run_checks
from sim.operations import happenings as h
from sim.profile import Case, Rate
from sim.run import run
from sim.truth.records import Recorded


def often(value: float) -> Rate:
    return Rate(value, "for tests")


def case(seed: int = 1, **noise: float) -> Case:
    """The brand on every channel, with much to credit."""
    replace = msgspec.structs.replace
    profile = loader.load_profile("omnichannel")
    rates = {"kept_goods": 0.1, "price_credit": 0.1, "returned_elsewhere": 0.5} | noise
    demand = [
        replace(channel, demand=replace(channel.demand, returned=often(0.3), return_days=msgspec.structs.replace(
            channel.demand.return_days, value=6.0)))
        for channel in profile.channels
    ]  # fmt: skip
    changed = replace(profile.noise, **{name: often(value) for name, value in rates.items()})
    return replace(worlds.case(seed, 2, 3_000), profile=replace(profile, channels=demand, noise=changed))


@cache
def world() -> World:
    return run(case())


def violations(of: World) -> list[Violation]:
    return list(run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends]))


def test_much_to_credit_leaves_healthy_books() -> None:
    assert violations(world()) == []


def test_more_is_credited_than_comes_back_and_credits_are_refunded() -> None:
    frames = worlds.frames(world())
    notes, restocks = frames["cin7/credit_notes"], frames["cin7/restocks"]
    assert len(notes) - restocks["credit_note_key"].nunique() > 40
    refunds = frames["cin7/sale_payments"]
    refunds = refunds[refunds["amount_cents"] < 0].groupby("paid_key")["amount_cents"].sum()
    fortnight_before = notes["authorised_at"].max() - dt.timedelta(14)
    old = notes[notes["authorised_at"] < fortnight_before]
    assert len(old) > 20
    paid = (-refunds.reindex(old["document_key"])).to_numpy()
    known = old["document_key"].isin(refunds.index).to_numpy()  # who buys on account may keep a credit back instead
    assert known.sum() > 20
    assert known.mean() > 0.8
    assert (paid[known] == old["total_cents"].to_numpy()[known]).all()


def test_what_is_credited_is_what_customers_were_given() -> None:
    recorded, accounts = Recorded(world()), world().accounts
    kinds = (keys.CREDIT_NOTE, keys.REFUND)
    for account in ("receivable", "sales"):
        sides = []
        for frame in (recorded.cin7, recorded.true):
            rows = frame[frame["account"] == accounts[account]]
            rows = rows[[keys.document_kind_of(key) in kinds[:1] and keys.kind_of(key) == keys.ORDER for key in rows["key"]]]
            sides.append(rows.groupby("key")["cents"].sum().to_dict())
        assert sides[0] == sides[1]
        assert len(sides[0]) > 50


def test_goods_brought_to_a_shop_lie_there_at_what_they_cost() -> None:
    """The restock, the departure and the arrival of the same units are of one value, and the units end in the shop."""
    of = world()
    shop = next(house.place for house in of.operations.houses if house.kind == "store")
    moved = {row.movement_id: row for row in worlds.facts(of, "cin7/inventory_movements")}
    arrived = [row for key, row in moved.items() if keys.document_kind_of(key) == keys.ARRIVAL]
    brought = [row for row in arrived if keys.identity_of(row.movement_id) >> 32]
    assert len(brought) > 10
    for row in brought:
        sent = moved[row.source_movement_id]
        assert (row.location, row.sku, row.quantity, row.value_cents) == (shop, sent.sku, -sent.quantity, -sent.value_cents)
        order = keys.root(keys.ORDER, keys.identity_of(row.movement_id) - (1 << 32))
        restocked = [
            own for key, own in moved.items() if keys.root_of(key) == order and keys.document_kind_of(key) == keys.RESTOCK
        ]
        assert any((own.location, own.quantity, own.value_cents) == (sent.location, row.quantity, row.value_cents)
                   for own in restocked)  # fmt: skip
    put_back = {event[7] for event in of.operations.happenings.matrix().tolist() if event[0] == h.PUT_BACK}
    assert shop in put_back


def test_what_was_never_shipped_is_restocked_once_it_is() -> None:
    """The shop says so ("Pending fulfillment"), and the units come back when the shipment is entered at last."""
    of = World(case(2))
    of.work.shipment_entry_delay = lambda key, day: 20
    of.clock.run(of.calendar.days * DAY)
    frames = worlds.frames(of)
    notes, restocks = frames["cin7/credit_notes"], frames["cin7/restocks"]
    late = restocks.merge(notes, left_on="credit_note_key", right_on="document_key")
    waited = late["recorded_at"] - late["authorised_at"]
    assert (waited.dt.days > 3).sum() > 3
    assert {found.check for found in violations(of)} <= {"invoiced_is_shipped", "credited_is_restocked"}
