"""Buying in a whole business: a shop that imports beside what it buys at home; all that can happen to a purchase does."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import books, worlds

from sim import keys
from sim.cin7.configuration import ACCRUAL, FORECAST, REORDER_LEVEL
from sim.clock import DAY
from sim.founding import World
from sim.invariants import run_checks
from sim.run import run
from sim.schema import MOVEMENT_TYPE
from sim.truth.effects import misstatement
from sim.truth.records import Recorded

SETUPS = [(accrual, by_receipt) for accrual in (True, False) for by_receipt in (False, True)]
NAMES = [f"{'accrued' if a else 'not accrued'}, dated by {'receipt' if b else 'invoice'}" for a, b in SETUPS]
setups = pytest.mark.parametrize(("accrual", "by_receipt"), SETUPS, ids=NAMES)


@cache
def importer(accrual: bool, by_receipt: bool, seed: int = 1) -> World:
    return run(worlds.case(seed, 6, 1_500, of=worlds.importer(accrual=accrual, by_receipt=by_receipt)))


def breaches(world: World) -> list[Any]:
    ends = [world.calendar.date(day) for day in world.calendar.month_ends]
    return run_checks(worlds.frames(world), ends)


@setups
def test_every_way_to_book_purchases_ties_out(accrual: bool, by_receipt: bool) -> None:
    assert breaches(importer(accrual, by_receipt)) == []


@setups
def test_documents_are_those_of_the_true_books(accrual: bool, by_receipt: bool) -> None:
    """What is owed, accrued, in transit and paid ahead agrees purchase by purchase once the normal time is over."""
    world = importer(accrual, by_receipt)
    recorded = Recorded(world)
    assert recorded.true.groupby("day")["cents"].sum().abs().sum() == 0
    roles = ("payable", "grni", "stock_in_transit", "supplier_deposits")
    accounts = [world.accounts[role] for role in roles]
    for layer in ("cin7", "ledger"):
        wrong = misstatement(recorded, layer)
        wrong = wrong[wrong["account"].isin(accounts)]
        wrong = wrong.assign(key=[keys.root_of(key) for key in wrong["key"]])
        first = wrong.groupby("key")["day"].transform("min")
        standing = wrong[first <= world.calendar.days - 1 - 12].groupby(["key", "account"])["cents"].sum()
        assert standing[standing != 0].empty


@setups
def test_true_stock_is_what_lies_in_the_building(accrual: bool, by_receipt: bool) -> None:
    world = importer(accrual, by_receipt)
    real = worlds.units_in_the_buildings(world)
    counted = Recorded(world).true_units.groupby("sku")["units"].sum()
    assert {sku: int(counted.get(sku, 0)) for sku in real} == real


def test_everything_that_can_happen_to_a_purchase_does() -> None:
    """Otherwise the checks above would have little to say."""
    world = importer(True, False)
    tables = worlds.frames(world)
    statuses = tables["cin7/document_status_log"]
    mine = set(statuses.loc[statuses["document_type"] == "Purchase", "status"])
    assert mine == {
        "ORDERED", "VOIDED", "RECEIVING", "RECEIVED", "PARTIALLY INVOICED", "INVOICED", "RECEIVING / CREDITED",
        "RECEIVED / CREDITED", "COMPLETED",
    }  # fmt: skip
    purchases, credited = tables["cin7/purchases"], tables["cin7/purchase_credit_note_lines"]
    assert set(purchases["approach"]) == {"STOCK", "INVOICE"}
    assert set(purchases["type"]) == {"Simple Purchase", "Advanced Purchase"}
    assert set(purchases["blind_receipt"]) == {0, 1}
    assert credited["receipt_key"].isna().any(), "goods that never came"
    assert (credited["unstocked"] > 0).any(), "goods sent back"
    assert ((credited["quantity"] == 0) & (credited["total_cents"] > 0)).any(), "a price corrected"
    assert {"Volume", "Weight", "Quantity", "Cost"} >= set(tables["cin7/landed_costs"]["distribution"]) >= {"Weight", "Cost"}
    assert set(tables["cin7/reconciling_items"]["kind"]) == {"received_not_released"}
    assert set(worlds.frames(importer(False, False))["cin7/reconciling_items"]["kind"]) == {"invoiced_not_received"}
    received = statuses[statuses["document_type"] == "Stock Received"]
    assert (received["status"] == "VOIDED").any()
    deposits = tables["cin7/purchase_payments"]
    assert (deposits["bill_key"].isna() & deposits["credit_note_key"].isna()).any()
    assert (deposits["amount_cents"] < 0).any(), "credit notes are paid back"
    assert len(tables["operations/supplier_price_lists"]) > 50
    assert (tables["cin7/settings_log"]["setting"] == "Supplier price").any()
    assert {"ACCPAYCREDIT"} <= set(tables["ledger/documents"]["type"])
    assert {"APCREDITPAYMENT"} <= set(tables["ledger/payments"]["type"])


def test_late_freight_reaches_what_was_sold_and_follows_what_came_back() -> None:
    """Each correction of sold units names the shipment it corrects, and pairs with one of the receipt's cost."""
    world = importer(True, False)
    moves = pd.DataFrame([msgspec.structs.asdict(row) for row in worlds.facts(world, "cin7/inventory_movements")])
    sold = moves[moves["movement_type"] == MOVEMENT_TYPE["Sale COGS Change"]]
    late = sold[[keys.document_kind_of(key) == keys.CHARGE_CHANGE for key in sold["document_key"]]]
    assert len(late) > 20
    source = moves.set_index("movement_id").loc[late["source_movement_id"]]
    assert (source["quantity"] < 0).all()
    assert (source["sku"].to_numpy() == late["sku"].to_numpy()).all()
    raised = moves[moves["movement_id"].isin(late["movement_id"] - 1)]
    assert raised["value_cents"].sum() == -late["value_cents"].sum() != 0
    assert (moves["movement_type"] == MOVEMENT_TYPE["Restock Cost Change"]).any()


@setups
def test_corrections_of_cost_are_dated_in_open_periods(accrual: bool, by_receipt: bool) -> None:
    """Nothing is dated before the lock date of the moment, and what is dated back is dated back for a reason."""
    tables = worlds.frames(importer(accrual, by_receipt))
    locks = tables["ledger/lock_dates"].sort_values("recorded_at")[["recorded_at", "lock_date"]]
    rows = tables["cin7/transactions"].sort_values("recorded_at")
    rows = pd.merge_asof(rows, locks, on="recorded_at")  # in the minute of a reopening, that one
    locked = rows[rows["lock_date"].notna()]
    assert (pd.to_datetime(locked["effective_date"]) > pd.to_datetime(locked["lock_date"])).all()
    assert (pd.to_datetime(rows["effective_date"]) <= rows["recorded_at"]).all()


def test_the_ledger_is_the_same_however_corrections_are_dated() -> None:
    """Both ways to post end in the same balances; only dates and documents differ."""
    for accrual in (True, False):
        by_invoice, by_receipt = (worlds.frames(importer(accrual, way)) for way in (False, True))
        totals = [books.ledger_lines(tables).groupby("account")["cents"].sum() for tables in (by_invoice, by_receipt)]
        waiting = [len(importer(accrual, way).outbox.waiting()) for way in (False, True)]
        assert waiting == [0, 0]
        assert totals[0].equals(totals[1])


def test_the_buyer_orders_ahead_of_the_season_where_the_forecast_plans() -> None:
    """In September the November peak is near for what takes 24 days; a fixed reorder point does not know."""
    world = importer(True, False)
    day = world.calendar.days - 20
    points, kept = world.buyer._points(day)[FORECAST], world.buyer._points(day)[REORDER_LEVEL]
    assert kept.tolist() == world.cin7.catalogue.reorder_point
    planned = [sku for sku, group in enumerate(world.supply_of) if group.planning == "forecast"]
    assert [sku for sku, tools in enumerate(world.cin7.catalogue.planned_by) if tools == FORECAST] == planned
    season = world.case.profile.channels[0].demand.month.values
    months = (world.calendar.date(day).month, world.calendar.date(day + 24).month)
    assert season[months[1] - 1] != season[months[0] - 1]
    grows = season[months[1] - 1] > season[months[0] - 1]
    expected = world.buyer._daily * (world.buyer._lead + world.buyer._safety)
    high = [sku for sku in planned if expected[sku] > 10]
    assert high
    assert all((points[sku] > expected[sku]) == grows for sku in high)


def test_goods_billed_ahead_are_never_received_before_their_bill() -> None:
    world = importer(True, False)
    facts = worlds.facts
    ahead = {row.document_key for row in facts(world, "cin7/purchases") if row.approach == 1}
    billed: dict[int, int] = {}
    for row in facts(world, "cin7/purchase_invoices"):
        billed.setdefault(row.purchase_key, row.authorised_at)
    received = [row for row in facts(world, "cin7/stock_received") if row.purchase_key in ahead]
    assert received
    assert all(billed[row.purchase_key] <= row.recorded_at for row in received)
    assert all(row.recorded_at // DAY >= row.received_date for row in received)


@pytest.mark.parametrize("accrual", [True, False])
def test_the_accrual_may_be_switched_in_mid_window(accrual: bool) -> None:
    """Receipts keep the way they were booked; what is billed later settles each in its own way."""
    world = World(worlds.case(1, 5, 1_500, of=worlds.importer(accrual=accrual, by_receipt=accrual)))
    world.clock.run(70 * DAY)
    world.cin7.books.settings.set(70 * DAY, ACCRUAL, "", "Off" if accrual else "On", world.administrator.user)
    assert world.cin7.purchasing.accrual != accrual
    world.clock.run(world.calendar.days * DAY)
    world.operations.take_orders(world.calendar.days * DAY)
    # Whoever switches it off in a business that accrues gets receipts without a value, and is told so.
    assert {found.check for found in breaches(world)} == ({"received_is_accrued"} if accrual else set())


@pytest.mark.slow
@settings(max_examples=24, phases=(Phase.generate,))
@given(st.integers(0, 2**32), st.sampled_from(SETUPS), st.booleans(), st.integers(2, 8), st.sampled_from([800, 3_000]))
def test_it_ties_out_over_many_seeds(seed: int, setup: tuple[bool, bool], advanced: bool, months: int, orders: int) -> None:
    profile = worlds.importer(accrual=setup[0], by_receipt=setup[1], advanced=advanced)
    assert breaches(run(worlds.case(seed, months, orders, of=profile))) == []
