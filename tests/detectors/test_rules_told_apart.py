"""What the specialist's rules rest on where two mechanisms look alike, and which documents they cite.

As in `test_rules`, papers of a healthy business are changed by hand, by the least that the mechanism leaves behind.
"""

from __future__ import annotations

import pandas as pd
import pytest
from support.papers import Papers

from detectors.contract import Hypothesis
from detectors.evidence import Evidence
from detectors.helpers import bank_reconciliation
from detectors.loading import load
from detectors.reading import Reading
from detectors.reference import findings
from detectors.reference.rules import inflight, integration, ledger, operations, purchasing
from detectors.scorecard import scorecard


@pytest.fixture(autouse=True)
def _the_whole_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Causes need not be registered: a rule may be there before its fault."""
    monkeypatch.setattr(findings, "causes", dict)


def named(papers: Papers) -> tuple[Hypothesis, ...]:
    return load("specialist").diagnose(papers.done()).hypotheses


def test_two_programs_that_number_their_journals_alike_break_nothing(healthy: Evidence) -> None:
    papers = Papers(healthy)
    for n in range(4):
        for _ in range(2):
            papers.post(n, f"2025-04-1{n}", {papers.account("clearing"): 5_000, papers.account(class_="REVENUE"): -5_000})
    assert papers["ledger/journals"]["journal_id"].duplicated().any()
    assert "duplicate_revenue_path" in {each.cause for each in named(papers)}
    changed = papers.done()
    assert len(bank_reconciliation(changed)) == len(bank_reconciliation(healthy))
    assert scorecard(changed).marks


@pytest.mark.parametrize(
    ("cents", "narration", "cause"),
    [
        ((9_000, 9_000), "Freight", "recurring_manual_journal_workaround"),  # not a cent of difference
        ((9_000, 9_001), "Freight", "manual_inventory_journal_bypasses_subledger"),
        ((9_000,), "Freight, as every month", "recurring_manual_journal_workaround"),  # it says so itself
        ((9_000,), "Freight, rest of the month", "manual_inventory_journal_bypasses_subledger"),
    ],
)
def test_a_copy_is_told_from_what_ties_out(healthy: Evidence, cents: tuple[int, ...], narration: str, cause: str) -> None:
    papers = Papers(healthy)
    accrual, cost = papers.account("grni"), papers.account(type_="DIRECTCOSTS")
    keys = [
        papers.post(n, day, {cost: amount, accrual: -amount}, narration=narration)
        for n, (day, amount) in enumerate(zip(("2025-03-31", "2025-04-30"), cents, strict=False))
    ]
    told = named(papers)
    assert [each.cause for each in told] == [cause]
    assert set(told[0].evidence) == set(keys)


def refused_orders(papers: Papers, count: int) -> list[str]:
    """Some orders that a channel's link turned away, each for another product."""
    orders = papers["operations/channel_orders"]
    late = orders[orders["placed_at"] > pd.Timestamp("2025-04-02")]
    gone = late.drop_duplicates("sku").drop_duplicates("order_reference").head(count)
    papers.keep("cin7/sales", ~papers["cin7/sales"]["external_id"].isin(gone["order_reference"]))
    for n, row in enumerate(gone.itertuples()):
        papers.add("integration/sync_attempts", record_key=f"refused{n}", attempted_at=row.placed_at + pd.Timedelta(hours=1),
                   http_status=404, error_code="NotFound", message=f"Product with SKU '{row.sku}' was not found.")  # fmt: skip
    return [f"refused{n}" for n in range(len(gone))]


@pytest.mark.parametrize("hidden", [None, "operations", "cin7"])
def test_orders_turned_away_for_their_codes_are_no_broken_connection(healthy: Evidence, hidden: str | None) -> None:
    papers = Papers(healthy)
    keys = refused_orders(papers, 8)
    seen = papers.done()
    seen = seen if hidden is None else seen.restrict([layer for layer in seen.layers if layer != hidden])
    told = load("specialist").diagnose(seen).hypotheses
    causes = [each.cause for each in told]
    assert causes[0] == "unmapped_external_sku"
    assert "connection_or_authorisation_break" not in causes
    assert set(told[0].evidence) == set(keys)


def test_an_order_loaded_at_a_later_try_is_not_turned_away(healthy: Evidence) -> None:
    papers = Papers(healthy)
    records = papers["integration/sync_records"]
    loaded = records.loc[records["direction"] == "inbound", "record_key"].iloc[0]
    papers.add("integration/sync_attempts", record_key=loaded, attempted_at=pd.Timestamp("2025-04-03 10:00"), http_status=404,
               error_code="NotFound", message="Product with SKU 'ABC-1' was not found.")  # fmt: skip
    assert integration.codes_turned_away(Reading(papers.done())) is None


def test_documents_dated_into_months_that_only_the_ledger_closed_are_cited(healthy: Evidence) -> None:
    papers = Papers(healthy)
    log = papers["cin7/settings_log"]
    papers.keep("cin7/settings_log", (log["setting"] != "LockDate") | (log["recorded_at"] < pd.Timestamp("2025-04-01")))
    posted = papers["cin7/transactions"]
    late = posted.loc[posted["recorded_at"] > pd.Timestamp("2025-04-15"), "document_key"].iloc[0]
    posted.loc[posted["document_key"] == late, "effective_date"] = pd.Timestamp("2025-03-20")
    told = {each.cause: each for each in named(papers)}["lock_date_mirror_drift"]
    assert told.evidence == (late,)
    assert late in told.chain


def test_what_voids_an_invoice_is_not_missing_in_the_ledger(healthy: Evidence) -> None:
    papers = Papers(healthy)
    records = papers["integration/sync_records"]
    invoices = papers.old("integration/sync_records", "created_at", 2, records["record_type"] == "Invoices")
    targets = invoices["target_document_id"]
    papers.unpost(targets)
    assert integration.said_to_be_there(Reading(papers.done())) is not None
    for target in targets:
        papers.add("ledger/allocations", payment_id=target, ledger_document_id="another", amount_cents=100,
                   recorded_at=pd.Timestamp("2025-03-01"))  # fmt: skip
    assert integration.said_to_be_there(Reading(papers.done())) is None


def test_sending_once_a_month_shows_where_money_is_captured_with_the_order(healthy: Evidence) -> None:
    papers = Papers(healthy)
    channel = papers["cin7/sales"]["source_channel"].mode().iloc[0]
    for setting in ("Invoices sync type", "Payments sync type"):
        papers.add("integration/settings_log", recorded_at=pd.Timestamp("2025-03-03 09:00"), setting=setting, key=channel,
                   old_value="Individual", new_value="Monthly consolidate", changed_by="Kim")  # fmt: skip
    invoices = papers["cin7/sale_invoices"].set_index("document_key")["sale_key"]
    settled = papers["cin7/sale_payments"]
    captured = settled.assign(document_key="c" + settled["document_key"],
                              paid_key=settled["paid_key"].map(invoices).fillna(settled["paid_key"]))  # fmt: skip
    papers.tables["cin7/sale_payments"] = pd.concat([settled.assign(account_code="855"), captured], ignore_index=True)
    told = {each.cause: each for each in named(papers)}["payout_consolidation_timing_mismatch"]
    assert set(told.evidence) & set(settled["document_key"])
    assert not set(told.evidence) & set(captured["document_key"])


def test_payouts_coded_net_while_the_fee_account_was_empty_are_cited(healthy: Evidence) -> None:
    papers = Papers(healthy)
    log = papers["cin7/settings_log"]
    gateway, account = log.loc[log["setting"] == "Fee account", ["key", "new_value"]].iloc[0]
    start, end = pd.Timestamp("2025-04-14"), pd.Timestamp("2025-04-24")
    for at, old, new in ((start, account, None), (end, None, account)):
        papers.add("cin7/settings_log", recorded_at=at, setting="Fee account", key=gateway, old_value=old, new_value=new,
                   changed_by="Kim")  # fmt: skip
    assert ledger.fee_account_emptied(Reading(papers.done())) is None  # fees were booked all the same
    heads, lines = papers["ledger/journals"], papers["ledger/journal_lines"]
    during = heads[(heads["source_type"] == "CASHREC") & heads["recorded_at"].between(start, end)]
    papers.keep("ledger/journal_lines", ~(lines["journal_id"].isin(during["journal_id"]) & (lines["account_code"] == account)))
    told = {each.cause: each for each in named(papers)}["gateway_fee_not_booked"]
    assert told.onset == start.date()
    assert set(told.evidence) <= set(during["source_id"])
    assert told.evidence


def test_one_return_refunded_and_adjusted_is_told_from_one_not_credited_yet(healthy: Evidence) -> None:
    papers = Papers(healthy)
    restock = papers.old("cin7/restocks", "recorded_at", 1).iloc[0]
    notes = papers["cin7/credit_notes"]
    sale = notes.loc[notes["document_key"] == restock["credit_note_key"], "sale_key"].iloc[0]
    gone = notes.loc[notes["sale_key"] == sale, "document_key"]
    papers.keep("cin7/credit_notes", ~notes["document_key"].isin(gone))
    papers.keep("cin7/restocks", ~papers["cin7/restocks"]["credit_note_key"].isin(gone))
    assert operations.returned_and_not_credited(Reading(papers.done())) is None
    came = papers["operations/returns_received"]
    sales = papers["cin7/sales"].set_index("document_key")
    order = sales.at[sale, "external_id"]
    row = came[came["order_reference"] == order].iloc[0]
    papers.add("cin7/stock_adjustments", document_key="back", line=0, sku=row["sku"], location=row["location"],
               quantity=row["quantity"], account_code="320", reason="came back", adjusted_by="Kim",
               recorded_at=row["received_at"] + pd.Timedelta(hours=6))  # fmt: skip
    found = operations.returned_and_not_credited(Reading(papers.done()))
    assert found is not None
    assert "back" in found.keys


@pytest.mark.parametrize(("days", "is_left"), [(50, False), (65, True)])
def test_one_purchase_alone_is_given_time_until_the_next_look(healthy: Evidence, days: int, is_left: bool) -> None:
    papers = Papers(healthy)
    promised = pd.Timestamp(healthy.as_of) - pd.Timedelta(days=days)
    purchases = papers["cin7/purchases"]
    key = purchases.loc[purchases["approach"] == "STOCK"].sort_values("created_at")["document_key"].iloc[0]
    purchases.loc[purchases["document_key"] == key, ["status", "required_by"]] = ["RECEIVING", promised]
    lines = papers["cin7/purchase_lines"]
    lines.loc[lines["document_key"] == key, "quantity"] += 5
    received = papers["cin7/stock_received"]
    received.loc[received["purchase_key"] == key, "recorded_at"] = promised - pd.Timedelta(days=2)
    found = purchasing.purchases_left_open(Reading(papers.done()))
    assert (found is not None) == is_left
    if found is not None:
        assert found.keys == (key,)
        assert found.since == promised - pd.Timedelta(days=2), "the day of the last delivery"


@pytest.mark.parametrize(("hidden", "days", "stands"), [(None, 0, True), (None, 3, False), ("operations", 3, True)])
def test_what_the_carrier_took_on_an_earlier_day_does_not_stand_packed(
    healthy: Evidence, hidden: str | None, days: int, stands: bool
) -> None:
    papers = Papers(healthy)
    task = papers.old("cin7/shipments", "created_at", 1).iloc[0]
    log = papers["cin7/document_status_log"]
    papers.keep("cin7/document_status_log", log["document_key"] != task["document_key"])  # Cin7 was never told that it left
    order = papers["cin7/sales"].set_index("document_key").at[task["sale_key"], "external_id"]
    collected = papers["operations/carrier_shipments"].set_index("order_reference").at[order, "collected_at"]
    assert collected.normalize() == task["created_at"].normalize()
    line = papers["cin7/shipment_lines"].set_index("document_key").loc[[task["document_key"]]].iloc[0]
    counted = pd.DataFrame({
        "sku": [line["sku"]], "location": [task["location"]], "at": [task["created_at"] + pd.Timedelta(days=days, hours=2)]
    })  # fmt: skip
    seen = papers.done()
    packed = inflight._packed(Reading(seen.restrict([each for each in seen.layers if each != hidden])), counted)
    assert (task["document_key"] in set(packed["shipment_key"])) == stands
