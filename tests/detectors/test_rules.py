"""Each rule of the specialist finds its mechanism, in a healthy business whose papers were changed by hand.

The changes are the least that the mechanism leaves behind, not whole faults: those are simulated once the catalogue has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from support.papers import Papers

from detectors.books import cin7_lines
from detectors.contract import Hypothesis
from detectors.evidence import Evidence
from detectors.helpers import posted_lines
from detectors.loading import load
from detectors.reading import Reading
from detectors.reference import findings
from detectors.reference.findings import Finding, resolve
from detectors.reference.rules import RULES
from detectors.reference.stock_ledger_checks import CHECKS
from detectors.samples import empty_business, small_business
from sim import causes as register

Change = Callable[[Papers], None]


@pytest.fixture(autouse=True)
def _the_whole_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Causes need not be registered: a rule may be there before its fault."""
    monkeypatch.setattr(findings, "causes", dict)


def invoices_never_written(papers: Papers) -> None:
    invoices = papers.old("cin7/sale_invoices", "authorised_at", 6)["document_key"]
    papers.keep("cin7/sale_invoices", ~papers["cin7/sale_invoices"]["document_key"].isin(invoices))
    papers.keep("cin7/sale_invoice_lines", ~papers["cin7/sale_invoice_lines"]["document_key"].isin(invoices))


def invoices_on_download(papers: Papers) -> None:
    frame = papers["cin7/sale_invoices"]
    frame.loc[frame["document_key"].isin(papers.old("cin7/sale_invoices", "authorised_at", 40)["document_key"]),
              "authorised_at"] -= pd.Timedelta(days=5)  # fmt: skip


def receipts_left_in_draft(papers: Papers) -> None:
    numbers = papers.old("operations/dock_receipts", "arrived_at", 30)["purchase_reference"].dropna().unique()[:5]
    purchases = papers["cin7/purchases"]
    keys = purchases.loc[purchases["order_number"].isin(numbers), "document_key"]
    papers.keep("cin7/stock_received", ~papers["cin7/stock_received"]["purchase_key"].isin(keys))


def bills_entered_in_the_ledger(papers: Papers) -> None:
    keys = papers.old("cin7/purchase_invoices", "authorised_at", 5)["purchase_key"]
    papers.keep("cin7/purchase_invoices", ~papers["cin7/purchase_invoices"]["purchase_key"].isin(keys))


def deliveries_cut_short(papers: Papers) -> None:
    frame = papers["cin7/purchases"]
    first = frame.sort_values("created_at").head(6)["document_key"]
    frame.loc[frame["document_key"].isin(first), "status"] = "RECEIVING"
    frame.loc[frame["document_key"].isin(first), "required_by"] = pd.Timestamp(papers.evidence.calendar.start)
    received = papers["cin7/stock_received"]
    received.loc[received["purchase_key"].isin(first), "recorded_at"] = pd.Timestamp("2025-03-10 10:00")
    lines = papers["cin7/purchase_lines"]
    lines.loc[lines["document_key"].isin(first), "quantity"] += 5


def cancelled_in_the_shop_only(papers: Papers) -> None:
    for order in papers.old("cin7/sales", "created_at", 4)["external_id"]:
        papers.add("operations/channel_cancellations", order_reference=order, cancelled_at=pd.Timestamp("2025-04-01 10:00"))
        papers["cin7/sales"].loc[papers["cin7/sales"]["external_id"] == order, "status"] = "ORDERED"


def no_restocks(papers: Papers) -> None:
    gone = papers.old("cin7/restocks", "recorded_at", 5)["document_key"]
    papers.keep("cin7/restocks", ~papers["cin7/restocks"]["document_key"].isin(gone))


def no_credit_notes(papers: Papers) -> None:
    gone = papers.old("cin7/credit_notes", "authorised_at", 6)["document_key"]
    papers.keep("cin7/credit_notes", ~papers["cin7/credit_notes"]["document_key"].isin(gone))
    papers.keep("cin7/restocks", ~papers["cin7/restocks"]["credit_note_key"].isin(gone))


def units_at_no_cost(papers: Papers) -> None:
    frame = papers["cin7/inventory_movements"]
    sales = papers.old("cin7/inventory_movements", "recorded_at", 25, frame["movement_type"] == "Sale")
    frame.loc[sales.index, "value_cents"] = 0


def lock_date_forgotten(papers: Papers) -> None:
    frame = papers["cin7/settings_log"]
    papers.keep("cin7/settings_log", (frame["setting"] != "LockDate") | (frame["recorded_at"] < pd.Timestamp("2025-04-01")))


def accrual_off(papers: Papers) -> None:
    papers.add("cin7/settings_log", recorded_at=pd.Timestamp("2025-04-02 09:00"), setting="Accrued inventory", key=None,
               old_value="On", new_value="Off", changed_by="Kim")  # fmt: skip
    received = papers["cin7/stock_received"]
    silent = received.loc[received["recorded_at"] > pd.Timestamp("2025-04-02 09:00"), "document_key"]
    papers.keep("cin7/transactions", ~papers["cin7/transactions"]["document_key"].isin(silent))


def freight_to_cost_of_sales(papers: Papers) -> None:
    mapping = papers["cin7/account_mapping"].set_index("purpose")["account_code"]
    papers.add("cin7/settings_log", recorded_at=pd.Timestamp("2025-04-02 09:00"), setting="Account mapping",
               key="Inventory Discrepancy", old_value="x", new_value=str(mapping["COGS"]), changed_by="Kim")  # fmt: skip


def a_category_to_the_default(papers: Papers) -> None:
    products = papers["cin7/products"]
    category = products["category"].mode().iloc[0]
    skus = products.loc[products["category"] == category, "sku"].head(2)
    late = papers["cin7/sale_invoices"]
    late = late.loc[late["authorised_at"] > pd.Timestamp("2025-04-02"), "document_key"]
    lines = papers["cin7/sale_invoice_lines"]
    of_category = lines["sku"].isin(products.loc[products["category"] == category, "sku"])
    lines.loc[of_category & ~(lines["sku"].isin(skus) & lines["document_key"].isin(late)), "account_code"] = "299"


def a_colon_in_a_name(papers: Papers) -> None:
    products = papers["cin7/products"]
    products.loc[products.index[0], "name"] = "Shirt: blue"
    keys = papers.old("cin7/sale_invoices", "authorised_at", 5)["document_key"]
    papers.strand(keys, "Failed", "ValidationException", "Please remove the incorrect symbols from the product name.")


def two_products_of_one_name(papers: Papers) -> None:
    products = papers["cin7/products"]
    products.loc[products.index[1], "name"] = " " + str(products.loc[products.index[0], "name"]).upper()


def postings_of(papers: Papers, kind: str, count: int) -> Any:
    records = papers["integration/sync_records"]
    return papers.old("integration/sync_records", "created_at", count, records["record_type"] == kind)["document_key"]


def stock_journals_skipped(papers: Papers) -> None:
    papers.strand(postings_of(papers, "Manual journals", 3), "Skipped", "ValidationException", "Account code is archived")


def invoices_failed(papers: Papers) -> None:
    papers.strand(postings_of(papers, "Invoices", 6), "Failed", "ValidationException", "The contact name must be unique")


def corrections_refused(papers: Papers) -> None:
    words = "The document date cannot be before the period lock date, currently set at 31-Mar-2025"
    papers.strand(postings_of(papers, "Manual journals", 3), "Skipped", "ValidationException", words)


def edits_refused(papers: Papers) -> None:
    words = "Current invoice has been paid in Xero and cannot be updated. Please remove payment in Xero."
    papers.strand(postings_of(papers, "Invoices", 3), "Failed", "ValidationException", words)


def edits_refused_elsewhere(papers: Papers) -> None:
    words = "A business validation error has occurred while processing your request"
    papers.strand(postings_of(papers, "Invoices", 3), "Failed", "6000", words)


def payments_refused(papers: Papers) -> None:
    words = "Payment amount exceeds the amount outstanding on this document"
    papers.strand(postings_of(papers, "Payments", 2), "Failed", "ValidationException", words)


def a_burst(papers: Papers) -> None:
    records = papers["integration/sync_records"]
    records = records[records["created_at"].between(pd.Timestamp("2025-04-07"), pd.Timestamp("2025-04-12"))]
    log = papers["integration/sync_status_log"]
    late = log["record_key"].isin(records["record_key"]) & (log["status"] == "Completed")
    log.loc[late, "at"] += pd.Timedelta(days=3)
    tries = papers["integration/sync_attempts"]
    tries.loc[tries["record_key"].isin(records["record_key"]), ["http_status", "error_code", "message"]] = [
        429, "429", "minute limit",
    ]  # fmt: skip


def a_feed_gone_silent(papers: Papers) -> None:
    log = papers["integration/feed_log"]
    silent = log["fetched_at"].between(pd.Timestamp("2025-04-08"), pd.Timestamp("2025-04-12"))
    papers.keep("integration/feed_log", ~(silent & (log["feed"] == "shopify_orders")))


def a_listing_renamed(papers: Papers) -> None:
    orders = papers["operations/channel_orders"]
    late = orders[orders["placed_at"] > pd.Timestamp("2025-04-02")]
    sku = late["sku"].mode().iloc[0]
    gone = late.loc[late["sku"] == sku, "order_reference"]
    papers.keep("cin7/sales", ~papers["cin7/sales"]["external_id"].isin(gone))


def accepted_in_part(papers: Papers) -> None:
    records = papers["integration/sync_records"]
    invoices = papers.old("integration/sync_records", "created_at", 2, records["record_type"] == "Invoices")
    papers.unpost(invoices["target_document_id"])


def the_items_own_account(papers: Papers) -> None:
    records = papers["integration/sync_records"]
    invoices = papers.old("integration/sync_records", "created_at", 8, records["record_type"] == "Invoices")
    heads = papers["ledger/journals"]
    ids = heads.loc[heads["source_id"].isin(invoices["target_document_id"]), "journal_id"]
    lines = papers["ledger/journal_lines"]
    revenue = papers.account(class_="REVENUE")
    lines.loc[lines["journal_id"].isin(ids) & (lines["account_code"] == revenue), "account_code"] = "404"


def sales_posted_twice(papers: Papers) -> None:
    for n in range(5):
        papers.post(n, f"2025-04-1{n}", {papers.account("clearing"): 5_000, papers.account(class_="REVENUE"): -5_000}, "ACCREC")


def one_journal_to_stock(papers: Papers) -> None:
    papers.post(1, "2025-04-30", {papers.account("inventory"): 12_300, papers.account(type_="DIRECTCOSTS"): -12_300})


def a_journal_to_sales(papers: Papers) -> None:
    papers.post(1, "2025-04-30", {papers.account(class_="REVENUE"): -40_000, papers.account(type_="BANK"): 40_000})


def the_same_every_month(papers: Papers) -> None:
    for n, day in enumerate(("2025-03-31", "2025-04-30", "2025-05-30")):
        papers.post(n, day, {papers.account("inventory"): -9_000 - n, papers.account(type_="DIRECTCOSTS"): 9_000 + n})


def clearing_to_zero(papers: Papers) -> None:
    code, end = papers.account("clearing"), pd.Timestamp("2025-04-30")
    lines = papers["ledger/journal_lines"].merge(papers["ledger/journals"][["journal_id", "journal_date"]], on="journal_id")
    balance = int(lines.loc[(lines["account_code"] == code) & (lines["journal_date"] <= end), "amount_cents"].sum())
    assert balance
    papers.post(1, "2025-04-30", {code: -balance, "404": balance})


def freight_from_the_bank(papers: Papers) -> None:
    papers.post(1, "2025-04-11", {papers.account(type_="BANK"): -30_000, papers.account("inventory"): 30_000}, "CASHPAID")


def rent_coded_twice(papers: Papers) -> None:
    lines = papers["ledger/bank_statement"]
    rent = lines[(lines["amount_cents"] < 0) & lines["journal_id"].isin(hand_coded(papers))].iloc[2]
    again = {"statement_id": "again", "journal_id": "hand0001", "fed_at": rent["fed_at"] + pd.Timedelta(hours=2)}
    papers.add("ledger/bank_statement", **{**rent.to_dict(), **again})
    papers.post(1, str(rent["date"].date()), {papers.account(type_="BANK"): int(rent["amount_cents"]), "469": 1}, "CASHPAID")


def hand_coded(papers: Papers) -> Any:
    brought = papers["integration/sync_status_log"]["target_document_id"].dropna()
    heads = papers["ledger/journals"]
    return heads.loc[~heads["source_id"].isin(brought), "journal_id"]


def wages_to_rent(papers: Papers) -> None:
    bank = papers.account(type_="BANK")
    for n in range(4):
        at = pd.Timestamp(f"2025-04-{10 + n}")
        papers.add("ledger/bank_statement", statement_id=f"b{n}", account_code=bank, description=f"PAPER AND CO 0{n}",
                   journal_id=f"hand{n:04d}", date=at, amount_cents=-1_000, fed_at=at)  # fmt: skip
        papers.post(n, f"2025-04-{10 + n}", {bank: -1_000, "477" if n == 3 else "463": 1_000}, "CASHPAID")


def payouts_coded_net(papers: Papers) -> None:
    heads = papers["ledger/journals"]
    late = heads[(heads["source_type"] == "CASHREC") & (heads["recorded_at"] > pd.Timestamp("2025-04-15"))]["journal_id"]
    lines = papers["ledger/journal_lines"]
    fees = lines[lines["journal_id"].isin(late) & (lines["account_code"] == "404")].set_index("journal_id")["amount_cents"]
    clearing = lines["journal_id"].isin(fees.index) & (lines["account_code"] == papers.account("clearing"))
    lines.loc[clearing, "amount_cents"] += lines.loc[clearing, "journal_id"].map(fees).to_numpy()
    papers.keep("ledger/journal_lines", ~(lines["journal_id"].isin(fees.index) & (lines["account_code"] == "404")))


CHANGES: list[tuple[Change, str, str]] = [
    (invoices_never_written, "shipment_authorised_invoice_missing", "operations"),
    (invoices_on_download, "invoice_authorised_before_shipment", "cin7"),
    (receipts_left_in_draft, "receipt_not_authorised", "operations"),
    (bills_entered_in_the_ledger, "grni_not_cleared", "operations"),
    (deliveries_cut_short, "open_purchase_task", "operations"),
    (cancelled_in_the_shop_only, "stale_allocation", "operations"),
    (no_restocks, "credit_note_without_restock", "operations"),
    (no_credit_notes, "restock_without_credit_note", "operations"),
    (units_at_no_cost, "negative_or_zero_cost_layer_sale", "operations"),
    (lock_date_forgotten, "lock_date_mirror_drift", "cin7"),
    (accrual_off, "accrued_inventory_disabled", "cin7"),
    (freight_to_cost_of_sales, "overbroad_account_mapping", "cin7"),
    (a_category_to_the_default, "account_mapping_gap_default_account", "cin7"),
    (a_colon_in_a_name, "qbo_invalid_item_name", "cin7"),
    (two_products_of_one_name, "duplicate_product_identifier", "cin7"),
    (stock_journals_skipped, "skipped_inventory_journal", "integration"),
    (invoices_failed, "failed_sync_ignored", "integration"),
    (corrections_refused, "po_revaluation_blocked_by_lock_date", "integration"),
    (edits_refused, "paid_document_resync_rejected", "integration"),
    (edits_refused_elsewhere, "paid_document_resync_rejected", "integration"),
    (payments_refused, "orphaned_clearing_record", "integration"),
    (a_burst, "rate_limit_burst", "integration"),
    (a_feed_gone_silent, "connection_or_authorisation_break", "integration"),
    (a_listing_renamed, "unmapped_external_sku", "integration"),
    (accepted_in_part, "silent_partial_batch_acceptance", "integration"),
    (the_items_own_account, "qbo_product_account_override", "integration"),
    (sales_posted_twice, "duplicate_revenue_path", "integration"),
    (one_journal_to_stock, "manual_inventory_journal_bypasses_subledger", "ledger"),
    (a_journal_to_sales, "manual_revenue_journal", "ledger"),
    (the_same_every_month, "recurring_manual_journal_workaround", "ledger"),
    (clearing_to_zero, "clearing_forced_to_zero", "ledger"),
    (freight_from_the_bank, "spend_money_bypass", "ledger"),
    (rent_coded_twice, "duplicated_bank_line", "ledger"),
    (wages_to_rent, "miscoded_bill", "ledger"),
    (payouts_coded_net, "gateway_fee_not_booked", "cin7"),
]


def planned_by_two_tools(papers: Papers) -> None:
    log = papers["cin7/product_log"]
    bought = papers["cin7/purchase_lines"]["sku"].value_counts().index[:3]
    now = log[log["sku"].isin(bought)].drop_duplicates("sku", keep="last")
    now = now.assign(planned_by="Reorder level + Forecast", at=pd.Timestamp("2025-04-03 09:00"))
    papers.tables["cin7/product_log"] = pd.concat([log, now.astype(log.dtypes)], ignore_index=True)


def expiry_by_age(papers: Papers) -> None:
    moved = papers["cin7/inventory_movements"]
    sales = papers.old("cin7/inventory_movements", "recorded_at", 4, moved["movement_type"] == "Sale")
    for _, row in sales.iterrows():
        papers.add("cin7/batches", movement_id=row["movement_id"], sku=row["sku"], batch="B1",
                   expiry_date=pd.Timestamp("2025-09-01"), recorded_at=row["recorded_at"])  # fmt: skip


def taken_over_once_more(papers: Papers) -> None:
    equity = papers.account(class_="EQUITY")
    moved = papers["cin7/inventory_movements"]
    first = moved.sort_values("recorded_at").iloc[0].to_dict()
    at = pd.Timestamp("2025-03-03 09:00")
    for n in range(3):
        papers.add("cin7/inventory_movements", **{
            **first, "movement_id": f"m{n}", "recorded_at": at, "quantity": 0, "value_cents": 50_000, "document_key": "again",
        })  # fmt: skip
    papers.add("cin7/transactions", transaction_id="t", recorded_at=at, effective_date=at.normalize(), document_key="again",
               debit_account=first["account_code"], credit_account=equity, amount_cents=150_000, type="Journal")  # fmt: skip


def a_gateway_put_to_another_one(papers: Papers) -> None:
    at, shared = pd.Timestamp("2025-03-03 09:00"), papers.account("clearing")
    for setting, value in (("Fee account", "404"), ("Account mapping", shared)):
        papers.add("cin7/settings_log", recorded_at=at, setting=setting, key="PayPal", old_value=None, new_value=value,
                   changed_by="Kim")  # fmt: skip


def sent_once_a_month(papers: Papers) -> None:
    channel = papers["cin7/sales"]["source_channel"].mode().iloc[0]
    for setting in ("Invoices sync type", "Payments sync type"):
        papers.add("integration/settings_log", recorded_at=pd.Timestamp("2025-03-03 09:00"), setting=setting, key=channel,
                   old_value="Individual", new_value="Monthly consolidate", changed_by="Kim")  # fmt: skip


def packed_and_adjusted_away(papers: Papers) -> None:
    tasks = papers["cin7/shipments"]  # the last week's: nothing has been counted since
    tasks = tasks[tasks["created_at"] > pd.Timestamp("2025-05-28")].sort_values("created_at").head(6)
    lines = papers["cin7/shipment_lines"].drop_duplicates("document_key").set_index("document_key")
    for n, row in enumerate(tasks.itertuples()):
        line = lines.loc[row.document_key]
        papers.add("cin7/stock_adjustments", document_key=f"a{n}", line=0, sku=line["sku"], location=row.location,
                   quantity=-int(line["quantity"]), account_code="320", reason="not on shelf", adjusted_by="Kim",
                   recorded_at=row.created_at)  # fmt: skip


def freight_in_a_drawer(papers: Papers) -> None:
    numbers = papers["cin7/purchases"].sort_values("created_at")["order_number"].head(4)
    for n, number in enumerate(numbers):
        papers.add("operations/supplier_documents", reference=f"F-{n}", kind="invoice", line=0, supplier="Freight",
                   purchase_reference=number, date=pd.Timestamp("2025-03-10"), sku=None, quantity=1, unit_cost=900_000,
                   arrived_at=pd.Timestamp(f"2025-03-1{n} 08:00"))  # fmt: skip


CHANGES += [
    (planned_by_two_tools, "conflicting_replenishment_signals", "cin7"),
    (expiry_by_age, "costing_method_wrong", "cin7"),
    (taken_over_once_more, "opening_balance_migration_error", "cin7"),
    (a_gateway_put_to_another_one, "comingled_clearing_account", "cin7"),
    (sent_once_a_month, "payout_consolidation_timing_mismatch", "cin7"),
    (packed_and_adjusted_away, "stock_adjustment_masks_cause", "operations"),
    (freight_in_a_drawer, "landed_cost_late_or_expensed", "operations"),
]


def diagnose(evidence: Evidence) -> tuple[Hypothesis, ...]:
    return load("specialist").diagnose(evidence).hypotheses


@pytest.mark.parametrize(("change", "cause", "layer"), CHANGES, ids=[cause for _, cause, _ in CHANGES])
def test_a_mechanism_is_called_by_its_name(healthy: Evidence, change: Change, cause: str, layer: str) -> None:
    papers = Papers(healthy)
    change(papers)
    told = diagnose(papers.done())
    assert told, "it found nothing"
    assert (told[0].cause, told[0].layer, told[0].role) == (cause, layer, "cause"), [each.cause for each in told]
    assert told[0].onset is not None
    assert healthy.calendar.start <= told[0].onset <= healthy.as_of
    assert told[0].note


def test_the_healthy_business_is_left_alone(healthy: Evidence) -> None:
    assert diagnose(healthy) == ()
    for layer in healthy.layers:
        assert diagnose(healthy.restrict([layer])) == ()
        assert diagnose(healthy.restrict([each for each in healthy.layers if each != layer])) == ()


@pytest.mark.parametrize(("prompted", "fits", "role"), [(True, True, "mask"), (True, False, "cause"), (False, False, "cause")])
def test_a_journal_is_a_mask_when_it_takes_away_what_something_else_put_there(
    healthy: Evidence, prompted: bool, fits: bool, role: str
) -> None:
    papers = Papers(healthy)
    if prompted:
        stock_journals_skipped(papers)
    cents = -too_much_in_stock(papers.done(), "2025-04-30 16:00") if fits else 12_300
    assert cents
    papers.post(1, "2025-04-30", {papers.account("inventory"): cents, papers.account(type_="DIRECTCOSTS"): -cents})
    roles = {each.cause: each.role for each in diagnose(papers.done())}
    assert roles["manual_inventory_journal_bypasses_subledger"] == role
    assert roles.get("skipped_inventory_journal") == ("cause" if prompted else None)


def too_much_in_stock(evidence: Evidence, at: str) -> int:
    """What the ledger's inventory shows beyond Cin7's transactions on that evening, as recorded and dated by then."""
    now, account = pd.Timestamp(at), evidence.table("ledger/accounts").query("control == 'inventory'")["account_code"]
    booked, shown = posted_lines(evidence), cin7_lines(evidence)
    booked = booked[(booked["recorded_at"] <= now) & (booked["journal_date"] <= now)]
    shown = shown[(shown["recorded_at"] <= now) & (shown["effective_date"] <= now)]
    sums = [int(lines.loc[lines["account_code"].isin(account), "amount_cents"].sum()) for lines in (booked, shown)]
    return sums[0] - sums[1]


@pytest.mark.parametrize("paid", [True, False])
def test_a_bill_paid_past_cin7_is_a_habit_only_where_cin7_had_paid_it(healthy: Evidence, paid: bool) -> None:
    papers = Papers(healthy)
    stock_journals_skipped(papers)
    payment = papers.old("cin7/purchase_payments", "recorded_at", 1).iloc[0]
    cents = int(payment["amount_cents"]) + (not paid)
    day = str((payment["recorded_at"] + pd.Timedelta(days=4)).date())
    papers.post(1, day, {papers.account(type_="BANK"): -cents, papers.account(type_="DIRECTCOSTS"): cents}, "CASHPAID")
    roles = {each.cause: each.role for each in diagnose(papers.done())}
    assert roles["skipped_inventory_journal"] == "cause"
    assert roles["spend_money_bypass"] == ("cause" if paid else "mask")


def test_what_follows_from_a_cause_is_its_consequence(healthy: Evidence) -> None:
    papers = Papers(healthy)
    a_colon_in_a_name(papers)
    roles = {each.cause: each.role for each in diagnose(papers.done())}
    assert roles == {"qbo_invalid_item_name": "cause", "failed_sync_ignored": "consequence"}


def finding(cause: str, day: str, probability: float = 0.8, **more: Any) -> Finding:
    return Finding(cause=cause, layer="cin7", since=pd.Timestamp(day), probability=probability, words="x", **more)


def named(resolved: list[tuple[Finding, str]]) -> list[tuple[str, str]]:
    return [(each.cause, role) for each, role in resolved]


def test_roles_depend_on_which_began_first() -> None:
    a = finding("a", "2025-03-01")
    for day, role in (("2025-02-01", "cause"), ("2025-03-01", "mask"), ("2025-04-01", "mask")):
        assert dict(named(resolve([finding("journal", day, 0.9, reaction=True), a])))["journal"] == role
    assert dict(named(resolve([finding("journal", "2025-04-01", reaction=True, fits=False), a])))["journal"] == "cause"
    for day, role in (("2025-02-01", "cause"), ("2025-02-20", "consequence"), ("2025-04-01", "consequence")):
        assert dict(named(resolve([finding("b", day, follows=("a",)), a])))["b"] == role
    two = resolve([finding("a", "2025-03-01", 0.5), a])
    assert [(each.probability, role) for each, role in two] == [(0.8, "cause")]


def test_a_cause_that_the_catalogue_does_not_know_is_remarked(healthy: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "causes", register.causes)
    papers = Papers(healthy)
    one_journal_to_stock(papers)
    known = "manual_inventory_journal_bypasses_subledger" in register.causes()
    said = load("specialist").diagnose(papers.done())
    assert bool(said.hypotheses) == known
    assert any("the catalogue does not know" in remark for remark in said.remarks) != known


def test_a_reading_makes_each_join_once(healthy: Evidence) -> None:
    reading = Reading(healthy)
    assert reading.outbound is reading.outbound
    assert reading.table("cin7/sales") is reading.table("cin7/sales")
    assert reading.evening == pd.Timestamp(healthy.as_of) + pd.Timedelta(hours=23, minutes=59)
    assert reading.days(pd.Series([pd.Timestamp(healthy.as_of - dt.timedelta(3))])).tolist() == [3]


@pytest.mark.parametrize(
    "layers", [None, ["cin7"], ["ledger"], ["integration"], ["cin7", "integration"], ["integration", "ledger"]]
)
def test_every_rule_bears_empty_tables_and_a_first_day(layers: list[str] | None) -> None:
    first_day = small_business(months=1, sales_a_day=1).as_of_date(dt.date(2025, 1, 1))
    for business in (empty_business(), first_day, small_business(months=1, sales_a_day=0)):
        seen = business if layers is None else business.restrict(layers)
        found = [rule(Reading(seen)) for rule in (*RULES, *CHECKS)]
        assert not any(found)
