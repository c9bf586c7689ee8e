"""True books, misstatement and consequence, lineage, stages, and what is written of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from support import worlds

from sim import keys
from sim.clock import DAY
from sim.export import ExportError
from sim.profile import EventConfig
from sim.simulate import Simulation, simulate, write
from sim.truth import lineage
from sim.truth.effects import misstatement
from sim.truth.records import KEPT_BY_CIN7
from sim.truth.stages import NORMAL_DAYS

FAULT = "invoice_authorised_shipment_incomplete"
DECOY = "invoiced_before_month_end_shipped_after"
ONSET = "2025-04-07"


@cache
def broken() -> Simulation:
    return simulate(worlds.case(1, 5, 2_500, faults=(EventConfig(FAULT, ONSET),)))


@cache
def healthy() -> Simulation:
    return simulate(worlds.case(1, 5, 2_500))


def _effect(measure: str, layer: str, role: str) -> pd.DataFrame:
    simulation = broken()
    rows = simulation.effects_of(FAULT)
    account = simulation.world.accounts[role]
    return rows[(rows["measure"] == measure) & (rows["layer"] == layer) & (rows["account"] == account)]


# --- true books ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("simulation", [healthy, broken])
def test_true_books_balance_every_day(simulation: Simulation) -> None:
    by_day = simulation().recorded.true.groupby("day")["cents"].sum()
    assert by_day.abs().sum() == 0


def test_true_stock_is_what_lies_in_the_building() -> None:
    for simulation in (healthy(), broken()):
        world, recorded = simulation.world, simulation.recorded
        real = worlds.units_in_the_buildings(world)
        counted = recorded.true_units.groupby("sku")["units"].sum()
        assert {sku: int(counted.get(sku, 0)) for sku in real} == real


def test_in_a_healthy_business_documents_are_right_once_the_normal_time_is_over() -> None:
    """Sales, payments, receipts and bills agree with the true books, document by document, a few days later."""
    simulation = healthy()
    settled = simulation.world.calendar.days - 1 - 10
    accounts = [simulation.world.accounts[role] for role in ("receivable", "payable", "grni", "sales", "shipping_income")]
    for layer in ("cin7", "ledger"):
        wrong = misstatement(simulation.recorded, layer)
        wrong = wrong[wrong["account"].isin(accounts)]
        # A receipt that was keyed wrong and undone at once never happened.
        wrong = wrong.assign(key=[keys.root_of(k) if keys.kind_of(k) == keys.PURCHASE else k for k in wrong["key"]])
        first = wrong.groupby("key")["day"].transform("min")
        standing = wrong[first <= settled].groupby(["key", "account"])["cents"].sum()
        assert standing[standing != 0].empty


def test_a_healthy_business_misstates_stock_by_no_more_than_mislaid_units() -> None:
    simulation = healthy()
    wrong = misstatement(simulation.recorded, "ledger")
    inventory = wrong[wrong["account"] == simulation.world.accounts["inventory"]]
    value = simulation.recorded.true
    held = int(value.loc[value["account"] == simulation.world.accounts["inventory"], "cents"].sum())
    for day in simulation.world.calendar.month_ends:
        assert abs(int(inventory.loc[inventory["day"] <= day, "cents"].sum())) < 0.05 * held


# --- effects -------------------------------------------------------------------------------------------------


def test_effects_are_double_entry() -> None:
    rows = broken().effects_of(FAULT)
    ledger = rows[(rows["measure"] == "misstatement") & (rows["layer"] == "ledger")]
    assert ledger.groupby("day")["cents"].sum().abs().sum() == 0


def test_the_fault_overstates_inventory_by_the_cost_of_what_left() -> None:
    simulation = broken()
    roots = {mark.key for mark in simulation.world.marks.rows}
    cost = simulation.recorded.true
    left = cost[cost["key"].isin(roots) & (cost["account"] == simulation.world.accounts["cogs"])]
    inventory, cogs = _effect("misstatement", "ledger", "inventory"), _effect("misstatement", "ledger", "cogs")
    own = int(inventory[inventory["key"].isin(roots)]["cents"].sum())
    assert own == int(left["cents"].sum()) > 0
    assert int(cogs[cogs["key"].isin(roots)]["cents"].sum()) == -own
    assert _effect("misstatement", "ledger", "sales").empty


def test_sub_ledger_and_ledger_are_wrong_by_the_same_amount() -> None:
    simulation = broken()
    rows = simulation.effects_of(FAULT)
    rows = rows[(rows["measure"] == "misstatement") & rows["account"].isin([simulation.world.accounts["inventory"]])]
    by_layer = rows.groupby("layer")["cents"].sum()
    assert by_layer["cin7"] == by_layer["ledger"]


def test_healthy_and_undisturbed_are_the_same_run() -> None:
    simulation = healthy()
    assert simulation.recorded is simulation.undisturbed
    assert simulation.answer["healthy"]
    assert simulation.answer["causes"] == []


def test_cin7_keeps_no_account_of_the_bank() -> None:
    assert not {"bank", "clearing", "payment_fees"} & set(KEPT_BY_CIN7)


# --- lineage, stages, answer ---------------------------------------------------------------------------------


def test_lineage_leads_every_document_to_its_beginning() -> None:
    order, purchase = keys.root(keys.ORDER, 7), keys.root(keys.PURCHASE, 9)
    refund = keys.document(order, keys.REFUND, 2)
    change = keys.correction(keys.document(purchase, keys.BILL, 3), keys.COST_CHANGE, 2)
    edges = dict(lineage.edges([refund, change]))
    assert edges[refund] == keys.document(order, keys.CREDIT_NOTE, 2)
    assert edges[keys.document(order, keys.CREDIT_NOTE, 2)] == keys.document(order, keys.INVOICE)
    assert edges[keys.document(order, keys.INVOICE)] == keys.document(order, keys.SALE)
    assert edges[change] == keys.document(purchase, keys.BILL, 3)
    assert edges[keys.document(purchase, keys.BILL, 3)] == keys.document(purchase, keys.RECEIPT, 1)
    assert edges[keys.document(purchase, keys.RECEIPT, 1)] == purchase


def test_stages_come_in_order_and_after_the_onset() -> None:
    stages = broken().stages_of(FAULT)
    reached = [stage for stage in stages if stage.reached]
    assert [stage.stage for stage in stages] == [1, 2, 3, 4, 5, 6]
    assert [stage.stage for stage in reached] == [1, 2, 4, 6]
    assert [stage.at for stage in reached] == sorted(stage.at for stage in reached)
    first = broken().world.marks.rows[0]
    assert (reached[0].at, reached[0].key) == (first.at, first.key)


def test_the_decoy_is_over_within_the_normal_time() -> None:
    simulation = simulate(worlds.case(1, 4, 2_500, decoys=(EventConfig(DECOY),)))
    marks, world = simulation.world.marks.rows, simulation.world
    assert marks
    authorised = {row.document_key: row.recorded_at for row in worlds.facts(world, "cin7/inventory_movements")}
    for mark in marks:
        if mark.at < (world.calendar.days - 7) * DAY:
            assert authorised[mark.key] - mark.at <= NORMAL_DAYS * DAY
    assert simulation.answer["causes"] == []
    assert len(simulation.answer["decoys"][0]["documents"]) == len({mark.key for mark in marks})


def test_the_answer_names_cause_onset_documents_and_amount() -> None:
    answer = broken().answer
    (cause,) = answer["causes"]
    assert (cause["name"], cause["layer"], cause["headline_account"]) == (FAULT, "operations", "630")
    assert cause["onset"] >= ONSET
    assert set(cause["root_documents"]) <= set(cause["documents"])
    assert cause["amount_cents"] > 0


# --- on disk -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("truth") / "out"
    write(broken(), out)
    return out


def test_truth_is_written_beside_the_evidence(written: Path) -> None:
    answer = json.loads((written / "truth" / "answer.json").read_text())
    assert answer == broken().answer
    statuses = pq.read_table(written / "case" / "cin7" / "document_status_log.parquet").to_pandas()
    assert set(answer["causes"][0]["root_documents"]) <= set(statuses["document_key"])
    balances = pq.read_table(written / "truth" / "balances.parquet").to_pandas()
    for column in ("true_cents", "ledger_cents", "undisturbed_cents"):
        assert balances.groupby("month_end")[column].sum().abs().sum() == 0
    effects = pq.read_table(written / "truth" / "effects.parquet").to_pandas()
    assert set(effects["measure"]) == {"misstatement", "consequence"}


def test_recorded_balances_are_those_of_the_exported_journals(written: Path) -> None:
    lines = pq.read_table(written / "case" / "ledger" / "journal_lines.parquet").to_pandas()
    balances = pq.read_table(written / "truth" / "balances.parquet").to_pandas()
    last = balances[balances["month_end"] == balances["month_end"].max()].set_index("account_code")["ledger_cents"]
    exported = lines.groupby("account_code")["amount_cents"].sum()
    assert {code: int(last[code]) for code in exported.index} == {code: int(cents) for code, cents in exported.items()}


def test_nothing_is_overwritten_unasked(written: Path) -> None:
    with pytest.raises(ExportError, match="exists already"):
        write(broken(), written)
    write(broken(), written, force=True)
    assert (written / "case" / "manifest.json").exists()
    assert [path.name for path in written.parent.iterdir()] == ["out"]


def test_what_was_never_recorded_stands_beside_the_marked_document_of_its_order() -> None:
    order, other = keys.root(keys.ORDER, 7), keys.root(keys.ORDER, 8)
    sale, ship, invoice, note = (keys.document(order, kind) for kind in (keys.SALE, keys.SHIP, keys.INVOICE, keys.CREDIT_NOTE))
    assert lineage.stand_ins([invoice], [ship]) == {invoice: ship}, "beside it: the invoice comes from the sale"
    assert lineage.stand_ins([note], [ship, invoice]) == {note: invoice}, "the nearest that it comes from"
    assert lineage.stand_ins([invoice], [sale, ship]) == {invoice: sale}
    elsewhere = keys.document(other, keys.INVOICE)
    assert lineage.stand_ins([elsewhere], [ship, sale]) == {elsewhere: elsewhere}
    assert lineage.stand_ins([invoice], []) == {invoice: invoice}


# --- by which ids documents can be cited ---------------------------------------------------------------------


def test_a_document_can_be_cited_by_its_ids_in_the_ledger() -> None:
    """Who sees the ledger alone has no other; money spent on a bill is that bill's payment."""
    fault = EventConfig("spend_money_bypass", "2025-02-03", parameters={"share": 1.0})
    bypass = simulate(worlds.case(1, 4, 1_200, faults=(fault,)))
    evidence, cause = worlds.frames(bypass.world), bypass.answer["causes"][0]
    journals = evidence["ledger/journals"]
    lines = evidence["ledger/journal_lines"].merge(journals, on="journal_id")
    goods = {bypass.world.lexicon.lists["account"][bypass.world.accounts[role]] for role in ("inventory", "cogs")}
    spent = set(lines.loc[(lines["source_type"] == "CASHPAID") & lines["account_code"].isin(goods), "source_id"])
    assert spent
    assert {bypass.answer["aliases"].get(key) for key in spent} <= set(cause["documents"])
