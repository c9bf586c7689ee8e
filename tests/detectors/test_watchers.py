"""The published checks of stock ledgers, the change points, and the accountant: what each sees, and what it leaves alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from support import worlds
from support.papers import Papers

from detectors.contract import Diagnosis
from detectors.evidence import Evidence
from detectors.loading import load
from detectors.reference import findings
from detectors.reference.change_point import cusum
from detectors.samples import sample_key, small_business
from scenarios import loader
from sim.founding import World
from sim.profile import EventConfig
from sim.run import run

PROFILES = ("amazon_first", "d2c_apparel", "manufacturer", "omnichannel", "wholesale_giftware")
FOUND = (
    "invoice_authorised_shipment_incomplete", "open_purchase_task", "receipt_not_authorised",
    "shipment_authorised_invoice_missing",
)  # fmt: skip
"""Faults that can be simulated and that the specialist must find."""


@pytest.fixture(autouse=True)
def _the_whole_catalogue(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A rule may be there before its fault, and is tried on doctored papers.

    Simulated businesses are judged by what the catalogue knows: until its fault can be simulated, a rule only remarks.
    """
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(findings, "causes", dict)


def diagnose(name: str, evidence: Evidence) -> Diagnosis:
    return load(name).diagnose(evidence)


# --- stock ledger checks -------------------------------------------------------------------------------------


def test_what_was_open_at_a_month_end_is_followed_up_for_a_week() -> None:
    business = small_business(months=3, left_open=[70, 71])
    open_ = tuple(sample_key("ship", n) for n in (70, 71))
    invoiced = business.table("cin7/sale_invoices").set_index("sale_key")["authorised_at"][sample_key("sale", 70)].date()
    end = next(day for day in business.month_ends if day >= invoiced)
    for later, named in ((6, ()), (7, open_)):
        said = diagnose("stock_ledger_checks", business.as_of_date(end + dt.timedelta(later)))
        assert tuple(key for each in said.hypotheses for key in sorted(each.evidence)) == tuple(sorted(named))


def test_a_voucher_that_the_ledger_lacks_is_found_by_its_value(healthy: Evidence) -> None:
    papers = Papers(healthy)
    records = papers["integration/sync_records"]
    journals = papers.old("integration/sync_records", "created_at", 3, records["record_type"] == "Manual journals")
    papers.strand(journals["document_key"], "Skipped", None, None)
    (found,) = diagnose("stock_ledger_checks", papers.done()).hypotheses
    assert (found.cause, found.layer) == ("skipped_inventory_journal", "integration")
    assert set(found.evidence) == set(journals["document_key"])
    assert found.amount_cents


def test_stock_below_zero_breaks_an_invariant(healthy: Evidence) -> None:
    papers = Papers(healthy)
    frame = papers["cin7/inventory_movements"]
    sale = papers.old("cin7/inventory_movements", "recorded_at", 1, frame["movement_type"] == "Sale").index[0]
    frame.loc[sale, "quantity"] = -10_000
    (found,) = diagnose("stock_ledger_checks", papers.done().restrict(["cin7"])).hypotheses
    assert found.cause == "negative_or_zero_cost_layer_sale"
    assert found.evidence[0] == frame.at[sale, "document_key"]


def test_goods_received_and_not_invoiced_age_for_two_months(healthy: Evidence) -> None:
    papers = Papers(healthy)
    gone = papers.old("cin7/purchase_invoices", "authorised_at", 3)["purchase_key"]
    papers.keep("cin7/purchase_invoices", ~papers["cin7/purchase_invoices"]["purchase_key"].isin(gone))
    (found,) = diagnose("stock_ledger_checks", papers.done().restrict(["cin7"])).hypotheses
    assert (found.cause, found.layer) == ("grni_not_cleared", "operations")
    received = healthy.table("cin7/stock_received").set_index("document_key")["purchase_key"]
    assert set(received[list(found.evidence)]) <= set(gone)


def test_new_prices_are_remarked_and_no_fault(healthy: Evidence) -> None:
    papers = Papers(healthy)
    papers["cin7/purchase_invoice_lines"].loc[:5, "unit_cost"] *= 2
    said = diagnose("stock_ledger_checks", papers.done())
    assert said.hypotheses == ()
    assert any("off the price ordered" in remark for remark in said.remarks)


# --- change points -------------------------------------------------------------------------------------------


def weeks(*values: float) -> pd.Series[float]:
    return pd.Series(values, index=pd.date_range("2025-01-06", periods=len(values), freq="W-MON"))


def test_a_lasting_rise_is_dated_to_its_first_week() -> None:
    found = cusum(weeks(*[0, 1, 0, -1] * 5, *[4] * 6), 1.0)
    assert found is not None
    assert found[0] == pd.Timestamp("2025-01-06") + pd.Timedelta(weeks=20)


def test_odd_weeks_falls_and_short_histories_are_no_change() -> None:
    assert cusum(weeks(*[0, 1, 0, -1] * 6), 1.0) is None
    assert cusum(weeks(*[0] * 12, 40, *[0] * 12), 1.0) is None, "one odd week"
    assert cusum(weeks(*[5] * 12, *[0] * 8), 1.0) is None, "a fall"
    assert cusum(weeks(0, 0, 9, 9, 9), 1.0) is None, "no history"


def test_a_change_that_fills_most_of_the_window_is_seen_where_the_usual_is_known() -> None:
    series = weeks(*[0] * 4, *[3] * 16)
    assert cusum(series, 1.0) is None
    found = cusum(series, 1.0, 0.0)
    assert found is not None
    assert found[0] == pd.Timestamp("2025-02-03")


def test_the_week_in_which_shipments_stayed_open_is_found() -> None:
    (found,) = diagnose("change_point", small_business(months=6, left_open=range(130, 256))).hypotheses
    assert found.cause == "invoice_authorised_shipment_incomplete"
    assert found.onset == dt.date(2025, 3, 31)


# --- the accountant ------------------------------------------------------------------------------------------


def test_the_accountant_knows_who_entered_a_journal_from_the_ledger_alone(healthy: Evidence) -> None:
    papers = Papers(healthy)
    papers.post(1, "2025-04-30", {papers.account("inventory"): 30_000, papers.account(type_="DIRECTCOSTS"): -30_000})
    evidence = papers.done()
    said = diagnose("ledger_accountant", evidence)
    assert said.causes == ("manual_inventory_journal_bypasses_subledger",)
    assert said == diagnose("ledger_accountant", evidence.restrict(["ledger"])), "it looks at nothing else"
    assert any("round sums at month-end" in remark for remark in said.remarks)


# --- simulated businesses ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", PROFILES)
def test_healthy_businesses_are_left_alone_month_after_month(name: str, seen: Callable[[World], Evidence]) -> None:
    evidence = seen(run(worlds.case(seed=6, months=6, orders=1_200, of=loader.load_profile(name))))
    for evening in evidence.month_ends[2:]:
        known = evidence.as_of_date(evening)
        # Not the accountant: a small business's mix of channels moves its margin, and margin is what he has.
        for detector in ("specialist", "stock_ledger_checks", "change_point"):
            assert diagnose(detector, known).causes == (), f"{detector} on {evening}"


@pytest.mark.slow
@pytest.mark.parametrize("fault", FOUND)
def test_the_specialist_finds_what_can_be_simulated(fault: str, seen: Callable[[World], Evidence]) -> None:
    event = EventConfig(fault, "2025-05-05")
    world = run(worlds.case(seed=2, months=8, orders=1_300, of=loader.load_profile("d2c_apparel"), faults=(event,)))
    evidence = seen(world)
    found = diagnose("specialist", evidence).hypotheses
    assert [each.cause for each in found if each.role == "cause"] == [fault]
    marked = evidence.calendar.start + dt.timedelta(min(mark.at for mark in world.marks.rows) // (24 * 60))
    assert found[0].onset is not None
    assert abs((found[0].onset - marked).days) <= 31


@pytest.mark.slow
@pytest.mark.parametrize(
    "decoy", ["dock_to_stock_delay", "invoiced_after_a_price_check", "invoiced_before_month_end_shipped_after", "rest_at_sea"]
)
def test_what_only_looks_like_a_fault_is_left_alone(decoy: str, seen: Callable[[World], Evidence]) -> None:
    evidence = seen(run(worlds.case(seed=3, months=6, orders=1_300, decoys=(EventConfig(decoy, "2025-04-07"),))))
    for evening in evidence.month_ends[2:]:
        assert diagnose("specialist", evidence.as_of_date(evening)).causes == ()
