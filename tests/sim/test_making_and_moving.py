"""A business that makes things, moves them between locations and takes stock: record, truth and papers of one run."""

from __future__ import annotations

from functools import cache
from operator import attrgetter

import msgspec
import pandas as pd
import pytest
from support import golden, worlds

from sim import keys
from sim.clock import DAY
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import Case
from sim.run import run
from sim.schema import COSTING, DOCUMENT_TYPE, MOVEMENT_TYPE, STATUS, TABLES
from sim.truth import lineage
from sim.truth.effects import misstatement
from sim.truth.records import Recorded


@cache
def world(*, at_branch: bool = True) -> World:
    return run(worlds.maker_case(4, 6, 3_000, at_branch=at_branch))


@cache
def recorded(*, at_branch: bool = True) -> Recorded:
    return Recorded(world(at_branch=at_branch))


def without_noise(case: Case) -> Case:
    """The same business, in which nothing is late, lost, damaged or used up beyond the recipe."""
    none, replace, profile = worlds.rate(0.0), msgspec.structs.replace, case.profile
    assert profile.transfers is not None
    assert profile.manufacturing is not None
    quiet = ("late_shipment_entry", "late_receipt_entry", "lost_units", "damaged_units", "mis_pick", "late_collection",
             "undone_receipt", "undone_shipment", "stopped_parcel")  # fmt: skip
    supply = [
        replace(group, returned_to_supplier=none, blind_receipt=none, over_delivery=none, price_credit=none,
                new_price_list=none)
        for group in profile.supply.groups
    ]
    profile = replace(
        profile,
        noise=replace(profile.noise, **dict.fromkeys(quiet, none)),
        supply=replace(profile.supply, groups=supply),
        transfers=replace(profile.transfers, late_entry=none),
        manufacturing=replace(profile.manufacturing, usage_noise=none, late_entry=none),
        channels=[replace(channel, demand=replace(channel.demand, returned=none)) for channel in profile.channels],
    )
    return replace(case, profile=profile)


# --- the record beside the truth -----------------------------------------------------------------------------


def test_true_books_balance_every_day() -> None:
    assert recorded().true.groupby("day")["cents"].sum().abs().sum() == 0


@pytest.mark.parametrize("at_branch", [True, False])
def test_true_stock_is_what_lies_in_the_buildings(at_branch: bool) -> None:
    of = world(at_branch=at_branch)
    real = worlds.units_in_the_buildings(of)
    counted = recorded(at_branch=at_branch).true_units.groupby("sku")["units"].sum()
    assert {sku: int(counted.get(sku, 0)) for sku in real} == real


@pytest.mark.parametrize("at_branch", [True, False])
def test_without_noise_the_record_is_the_truth_but_for_the_order_of_a_day(at_branch: bool) -> None:
    """Every unit, document by document; and the cost but for some cents, since bills are entered in the morning."""
    of = run(without_noise(worlds.maker_case(3, 4, 3_000, at_branch=at_branch)))
    both = Recorded(of)
    last = of.calendar.days - 3
    units = pd.concat([both.cin7_units, both.true_units.assign(units=-both.true_units["units"])])
    assert {keys.TRANSFER, keys.ASSEMBLY} <= set(units["key"].map(keys.kind_of))
    first = units.groupby("key")["day"].transform("min")
    counts = units["key"].map(keys.kind_of) == keys.COUNT
    wrong = units[(first < last) & ~counts].groupby(["key", "sku"])["units"].sum()
    assert wrong[wrong != 0].empty
    roles = ("wip", "transfers_in_transit", "overhead_absorbed", "write_offs", "discrepancy", "cogs", "inventory")
    by_account = misstatement(both, "cin7").groupby("account")["cents"].sum()
    turnover = int(both.true.loc[both.true["account"] == of.accounts["cogs"], "cents"].abs().sum())
    for role in roles:
        assert abs(int(by_account.get(of.accounts[role], 0))) < 1e-4 * turnover, role


def test_documents_of_making_and_moving_carry_the_true_units() -> None:
    both = recorded()
    kinds = [keys.DEPARTURE, keys.ARRIVAL, keys.ISSUE, keys.COMPLETION, keys.DISMANTLED, keys.WRITE_OFF]
    units = pd.concat([both.cin7_units, both.true_units.assign(units=-both.true_units["units"])])
    mine = units[units["key"].map(keys.document_kind_of).isin(kinds)]
    assert set(mine["key"].map(keys.document_kind_of)) == set(kinds)
    first = mine.groupby("key")["day"].transform("min")
    wrong = mine[first < world().calendar.days - 5].groupby(["key", "sku"])["units"].sum()
    assert wrong[wrong != 0].empty


def test_what_is_used_beyond_the_recipe_shows_only_when_it_is_counted() -> None:
    """The workshop's paper differs from Cin7's lines, as often one way as the other."""
    tables = worlds.frames(world())
    usage, lines = tables["operations/production_usage"], tables["cin7/finished_goods_lines"]
    assert len(usage) == len(lines) > 50
    more = int(usage["quantity"].sum() - lines["total_quantity"].sum())
    differ = abs(pd.Series(sorted(usage["quantity"])) - pd.Series(sorted(lines["total_quantity"]))).sum()
    assert differ > 0
    assert abs(more) < 0.25 * len(lines)
    in_truth, on_record = (units["key"].map(keys.document_kind_of) for units in (recorded().true_units, recorded().cin7_units))
    assert (in_truth == keys.SPOILAGE).sum() > 10
    assert not (on_record == keys.SPOILAGE).any()


def test_a_recipe_that_is_not_what_is_used_is_noticed() -> None:
    """Twice the units of a component are issued for what the workshop makes."""
    ends = [world().calendar.date(day) for day in world().calendar.month_ends]
    tables = worlds.frames(world())
    assert run_checks(tables, ends, ["recipes_hold"]) == []
    lines = tables["cin7/finished_goods_lines"]
    twice = lines.assign(total_quantity=2 * lines["total_quantity"])
    assert run_checks({**tables, "cin7/finished_goods_lines": twice}, ends, ["recipes_hold"])


@pytest.mark.slow
def test_what_leaves_out_of_turn_is_noticed() -> None:
    """Dates of expiry are turned round: what was to expire last now expires first, and left last."""
    ends = [world().calendar.date(day) for day in world().calendar.month_ends]
    tables = worlds.frames(world())
    assert run_checks(tables, ends, ["leaves_by_expiry"]) == []
    batches = tables["cin7/batches"]
    middle = pd.Timestamp(2026, 1, 1)
    turned = batches.assign(expiry_date=middle - (pd.to_datetime(batches["expiry_date"]) - middle))
    assert run_checks({**tables, "cin7/batches": turned}, ends, ["leaves_by_expiry"])


@pytest.mark.parametrize(("check", "kind"), [("wip_explained", "Finished Goods"), ("transit_explained", "Transfer Out")])
def test_a_cent_astray_between_two_documents_is_noticed(check: str, kind: str) -> None:
    """What an open document took out of stock is worth a cent more than its account says."""
    of = world()
    ends = [of.calendar.date(day) for day in of.calendar.month_ends]
    tables = worlds.frames(of)
    assert run_checks(tables, ends, [check]) == []
    receipts = {"wip_explained": ("cin7/finished_goods", "cin7/finished_goods_receipts", "assembly_key", "issue_key"),
                "transit_explained": ("cin7/stock_transfers", "cin7/stock_transfer_receipts", "transfer_key", "document_key")}
    opened, ended, refers, moved_by = receipts[check]
    done = tables[ended].set_index(refers)["recorded_at"].to_dict()
    movements = tables["cin7/inventory_movements"].copy()
    mine = pd.Series(False, movements.index)
    for day in ends:
        end = pd.Timestamp(day) + pd.Timedelta(days=1)
        then = tables[opened][[done.get(key, end) >= end for key in tables[opened]["document_key"]]]
        mine |= movements["document_key"].isin(then[moved_by]) & (movements["recorded_at"] < end)
    mine &= movements["movement_type"].astype(str) == kind
    assert mine.any(), "nothing was open at any month-end: this checks nothing"
    movements.loc[movements.index[mine][0], "value_cents"] -= 1
    found = run_checks({**tables, "cin7/inventory_movements": movements}, ends, [check])
    assert [violation.check for violation in found] == [check] * len(found)
    assert found


# --- stocktakes ----------------------------------------------------------------------------------------------


def test_an_open_stocktake_lets_nothing_happen_at_its_location() -> None:
    of = world()
    stocktake = DOCUMENT_TYPE["Stocktake"]
    log = [row for row in worlds.facts(of, "cin7/document_status_log") if row.document_type == stocktake]
    opened = {row.document_key: row.at for row in log if row.status == STATUS["IN PROGRESS"]}
    completed = {row.document_key: row.at for row in log if row.status == STATUS["COMPLETED"]}
    assert len(opened) >= len(of.cin7.stocks)
    counted = worlds.facts(of, "cin7/stocktakes")
    for key, begin in opened.items():
        assert begin < completed[key]
        place = {row.location for row in counted if row.document_key == key}
        meanwhile = [
            row for row in worlds.facts(of, "cin7/inventory_movements")
            if row.location in place and begin <= row.recorded_at < completed[key]
            and row.quantity and row.document_key != key
        ]  # fmt: skip
        assert not meanwhile
    assert not any(stock.blocked for stock in of.cin7.stocks)


def moved(of: World) -> int:
    """Movements of units so far; a bill may change costs meanwhile."""
    return sum(1 for row in worlds.facts(of, "cin7/inventory_movements") if row.quantity)


def test_people_wait_for_the_end_of_a_stocktake_and_do_their_work_afterwards() -> None:
    """A stocktake that is open for a whole working day stops shipments, receipts and returns, and none is forgotten."""
    of = World(worlds.case(3, 2, 6_000))
    first = of.calendar.workday_from(24)
    opens, closes = first * DAY + 7 * 60, first * DAY + 20 * 60
    key, stock = keys.document(keys.root(keys.COUNT, 1 << 30), keys.ADJUST), of.cin7.stock
    of.clock.run(opens)
    assert stock.open_stocktake(key, opens)
    before = moved(of)
    of.clock.run(closes)
    assert moved(of) == before
    waits = of.cin7.sales.to_pick[stock.location] or of.warehouses[0]._late_shipments or of.operations.houses[0].dock
    assert waits, "nothing waited: this checks nothing"
    assert stock.stocktake(key, [], closes, first)
    of.clock.run(of.calendar.days * DAY)
    of.operations.take_orders(of.calendar.days * DAY)
    assert moved(of) > before
    assert run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends]) == []


def test_a_full_stocktake_finds_what_the_shelf_holds() -> None:
    """After it, Cin7 says of every product what its card sheet says."""
    counted = worlds.frames(world())["cin7/stocktakes"]
    sheets = worlds.frames(world())["operations/count_sheets"]
    full = sheets.groupby("sheet")["sku"].count().idxmax()
    at = sheets.loc[sheets["sheet"] == full, "counted_at"].iloc[0]
    place = sheets.loc[sheets["sheet"] == full, "location"].iloc[0]
    entered = counted[(counted["recorded_at"] == at) & (counted["location"] == place)].set_index("sku")["counted"]
    written = sheets[sheets["sheet"] == full].set_index("sku")["counted"]
    assert len(entered) > 200
    assert entered.sort_index().astype(int).tolist() == written.sort_index().astype(int).tolist()


# --- batches -------------------------------------------------------------------------------------------------


def card_with_batches(of: World) -> pd.DataFrame:
    """Movements of units of what is kept by batch, in order of time, with batch and expiry."""
    labels = {row.movement_id: (row.batch, row.expiry_date) for row in worlds.facts(of, "cin7/batches")}
    method = {row.sku: row.costing_method for row in worlds.facts(of, "cin7/product_log")}
    rows = [
        (row.sku, row.location, row.quantity, method[row.sku], *labels.get(row.movement_id, (-1, -1)), row.movement_type)
        for row in sorted(worlds.facts(of, "cin7/inventory_movements"), key=attrgetter("recorded_at"))
        if row.quantity and method[row.sku] != COSTING["FIFO"]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["sku", "location", "quantity", "method", "batch", "expiry", "type"])


def test_what_is_kept_by_batch_says_so_on_every_movement_and_no_batch_is_overdrawn() -> None:
    card = card_with_batches(world())
    assert len(card) > 300
    assert (card["batch"] >= 0).all()
    held = card.groupby(["sku", "location", "batch"])["quantity"].cumsum()
    assert (held >= 0).all()
    assert card.loc[card["method"] == COSTING["FEFO - Batch"], "expiry"].min() >= 0
    assert (card.loc[card["method"] == COSTING["Special - Batch"], "expiry"] == -1).all()
    others = set(worlds.frames(world())["cin7/batches"]["movement_id"])
    movements = worlds.frames(world())["cin7/inventory_movements"]
    assert others <= set(movements["movement_id"])
    assert movements["movement_id"].isin(others).sum() == len(card) < len(movements)


def test_what_expires_first_leaves_first() -> None:
    card = card_with_batches(world())
    card = card[card["method"] == COSTING["FEFO - Batch"]]
    left = 0
    for _, rows in card.groupby(["sku", "location"]):
        held: dict[int, int] = {}
        for row in rows.itertuples():
            if row.quantity < 0 and row.type != MOVEMENT_TYPE["Unstock"]:  # faulty units go back whatever their age
                assert row.expiry == min(expiry for expiry, units in held.items() if units)
                left += 1
            held[row.expiry] = held.get(row.expiry, 0) + row.quantity
    assert left > 50


def test_what_has_expired_is_written_off_within_days_and_never_before() -> None:
    of = world()
    reason = of.lexicon.text("expired")
    rows = [row for row in worlds.facts(of, "cin7/inventory_write_offs") if row.reason == reason]
    assert len(rows) > 5
    labels = {row.movement_id: row.expiry_date for row in worlds.facts(of, "cin7/batches")}
    documents = {row.document_key: row.recorded_at // DAY for row in rows}
    gone = [row for row in worlds.facts(of, "cin7/inventory_movements") if row.document_key in documents]
    assert -sum(row.quantity for row in gone) == sum(row.quantity for row in rows)
    assert all(labels[row.movement_id] < documents[row.document_key] for row in gone)


# --- evidence ------------------------------------------------------------------------------------------------


def test_references_between_the_new_tables_hold() -> None:
    tables = worlds.frames(world(at_branch=False))
    for child, column, parent, key in (
        ("cin7/stock_transfer_receipts", "transfer_key", "cin7/stock_transfers", "document_key"),
        ("cin7/finished_goods_lines", "document_key", "cin7/finished_goods", "document_key"),
        ("cin7/finished_goods_receipts", "assembly_key", "cin7/finished_goods", "document_key"),
        ("cin7/finished_goods", "sku", "cin7/bill_of_materials", "sku"),
        ("cin7/disassemblies", "parent_sku", "cin7/bill_of_materials", "sku"),
        ("operations/production_usage", "batch", "operations/production_usage", "batch"),
        ("operations/consignment_receipts", "docket", "operations/consignments", "docket"),
        ("operations/consignments", "transfer_reference", "cin7/stock_transfers", "transfer_number"),
        ("cin7/inventory_write_offs", "document_key", "cin7/inventory_movements", "document_key"),
    ):
        assert set(tables[child][column]) <= set(tables[parent][key]), f"{child}.{column}"
        assert len(tables[child]), f"{child} is empty: this checks nothing"


def test_a_transfer_in_carries_the_cost_of_its_transfer_out() -> None:
    rows = worlds.frames(world())["cin7/inventory_movements"]
    out, in_ = (rows[rows["movement_type"] == f"Transfer {way}"] for way in ("Out", "In"))
    both = in_.merge(out, left_on="source_movement_id", right_on="movement_id", suffixes=("_in", "_out"))
    assert len(both) == len(in_) > 50
    assert (both["quantity_in"] == -both["quantity_out"]).all()
    assert (both["location_in"] != both["location_out"]).all()
    assert (both["sku_in"].astype(str) == both["sku_out"].astype(str)).all()
    early = rows[rows["movement_type"] == "Transfer Out Cost Change"]
    untouched = both[~both["movement_id_out"].isin(early["source_movement_id"])]
    assert (untouched["value_cents_in"] == -untouched["value_cents_out"]).all()


def test_a_cost_change_bears_the_name_of_what_it_corrects() -> None:
    rows = worlds.frames(world())["cin7/inventory_movements"]
    changes = rows[rows["movement_type"].astype(str).str.endswith("Change")]
    source = rows.set_index("movement_id").loc[changes["source_movement_id"], "movement_type"].astype(str)
    wanted = [f"{kind} {'COGS' if kind == 'Sale' else 'Cost'} Change" for kind in source]
    assert changes["movement_type"].astype(str).tolist() == wanted
    assert {"Sale COGS Change", "Stocktake Cost Change", "Purchase Cost Change"} <= set(wanted)


@pytest.mark.parametrize("kind", ["Transfer In Cost Change", "Finished Goods Cost Change", "Transfer Out Cost Change"])
def test_late_costs_follow_goods_to_where_they_are(kind: str) -> None:
    rows = worlds.frames(world())["cin7/inventory_movements"]
    changes = rows[rows["movement_type"] == kind]
    assert len(changes) > 5
    assert (changes["quantity"] == 0).all()
    source = rows.set_index("movement_id")
    at = changes["source_movement_id"]
    assert (source.loc[at, "movement_type"].astype(str) == kind.removesuffix(" Cost Change")).all()
    assert (source.loc[at, "sku"].astype(str).to_numpy() == changes["sku"].astype(str).to_numpy()).all()
    assert (source.loc[at, "location"].astype(str).to_numpy() == changes["location"].astype(str).to_numpy()).all()


def test_what_follows_comes_from_what_went_before() -> None:
    transfer, assembly = keys.root(keys.TRANSFER, 5), keys.root(keys.ASSEMBLY, 6)
    departure, arrival, short = (keys.document(transfer, kind) for kind in (keys.DEPARTURE, keys.ARRIVAL, keys.ADJUST))
    issue, made = (keys.document(assembly, kind) for kind in (keys.ISSUE, keys.COMPLETION))
    assert lineage.edges([short, made]) == sorted(
        [(short, arrival), (arrival, departure), (made, issue), (issue, assembly)]
    )


def test_running_twice_gives_the_same_tables() -> None:
    assert golden.hashes(run(worlds.maker_case(5))) == golden.hashes(run(worlds.maker_case(5)))


@pytest.mark.parametrize("day", [3, 19, 44])
def test_an_evening_does_not_know_the_next_day(day: int) -> None:
    busy = {"seed": 4, "orders": 3_000}
    whole, stopped = run(worlds.maker_case(**busy)), run(worlds.maker_case(**busy), until_day=day)
    matrices = {rows.name: rows for rows in whole.tables()}
    for rows in stopped.tables():
        known = TABLES[rows.name].TABLE.known
        if not known or TABLES[rows.name].TABLE.parent or known not in rows.fact.__struct_fields__:
            continue
        at = rows.fact.__struct_fields__.index(known)
        unit = DAY if known == "month_end" else 1
        everything = matrices[rows.name].matrix()
        assert everything[everything[:, at] * unit < (day + 1) * DAY].tolist() == rows.matrix().tolist(), rows.name
