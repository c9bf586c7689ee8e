"""The open reconciliation rules of stock ledgers, as published, with their published thresholds.

Sources: ERPNext's reports "Stock and Account Value Comparison" (difference above 0.1 per voucher) and "Stock Ledger Invariant
Check" (any); Cin7 Omni's month-end filters "dispatched but not invoiced" and "invoiced but not dispatched" (any, and OCA's
account_mass_reconcile_by_sale_line); ageing of goods received not invoiced and invoiced not received (30 and 60 days, a normal
shipping cycle); three-way match (2 to 5 percent); a public system-health check of Cin7 Core (amber up to 15 percent of open
tasks overdue, red above); one journal for each payout whose net is the bank deposit (A2X); journals by hand on stock, revenue
and cost (three closes). Only the rules are theirs; the code is written from their descriptions.

What a rule is about is known, why it was broken is not: each is mapped to the cause that breaks it most plainly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence, look_up, within
from ..reading import Reading
from .findings import Finding, hypotheses, needs
from .rules import ledger

if TYPE_CHECKING:
    import pandas as pd

_VALUE_CENTS = 10
"""ERPNext: 0.1 of the currency."""
_AGED_DAYS, _SEA_DAYS = 60, 90
"""Goods received not invoiced; invoiced not received (a container's way)."""
_SEVERAL = 3
"""One late container is no fault of the books (assumption)."""
_RED = 0.15
"""System health: more than this share of open tasks overdue."""
_PRICE = 0.05
"""Three-way match: the wide end of the usual 2 to 5 percent."""
_FOLLOW_UP_DAYS = 7
"""What was open at a month-end is followed up for a week (assumption): cut-off differences come back by then."""
_SURE, _PLAIN = 0.7, 0.6


class StockLedgerChecks:
    """Runs the published checks and names what each is most plainly about."""

    name = "stock_ledger_checks"
    reads: tuple[str, ...] = LAYERS

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: the thresholds are published."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The checks that fail."""
        reading = Reading(evidence)
        found = [finding for check in CHECKS if (finding := check(reading)) is not None]
        told, remarks = hypotheses(reading, found)
        return answer(self, evidence, told, remarks=[*remarks, *three_way_match(reading)])


@needs("cin7", "integration", "ledger")
def value_comparison(reading: Reading) -> Finding | None:
    """Per voucher: value of stock in Cin7 less the ledger's on stock accounts; what has not arrived differs by all of it."""
    stock = _stock_accounts(reading)
    lines = reading.lines[within(reading.lines["account_code"], stock)]
    sums = lines.groupby("document_key")["amount_cents"].sum()
    rows = reading.stranded
    rows = rows[look_up(rows["document_key"], sums).fillna(0).abs() > _VALUE_CENTS]
    rows = rows[(reading.days(rows["created_at"]) > _FOLLOW_UP_DAYS) | (rows["status"] == "Skipped")]
    if rows.empty:
        off = reading.differences
        off = off[within(off["account_code"], stock) & (off["difference_cents"].abs() > _VALUE_CENTS)]
        rows = reading.outbound[within(reading.outbound["target_document_id"], off["target_document_id"])]
        cause = "silent_partial_batch_acceptance"
    else:
        cause = "skipped_inventory_journal" if (rows["status"] == "Skipped").any() else "failed_sync_ignored"
    if rows.empty:
        return None
    rows = rows.sort_values(["created_at", "document_key"])
    return Finding(
        cause=cause, layer="integration", since=rows["created_at"].iloc[0], keys=tuple(rows["document_key"]), probability=_SURE,
        amount_cents=abs(int(look_up(rows["document_key"], sums).fillna(0).sum())),
        words=f"stock value of {len(rows)} vouchers differs between Cin7 and the ledger",
    )  # fmt: skip


@needs("cin7")
def invariants(reading: Reading) -> Finding | None:
    """Per product and place in order of time: no quantity below zero, no value without units."""
    card = reading.table("cin7/inventory_movements").sort_values(["recorded_at", "movement_id"], kind="stable")
    running = card.groupby(["sku", "location"], sort=False)["quantity"].cumsum()
    # Rows of one minute belong together: only the last one of it is a state anybody could see.
    last = ~card.duplicated(["sku", "location", "recorded_at"], keep="last")
    below = card[last & (running < 0)]
    if below.empty:
        return None
    return Finding(
        cause="negative_or_zero_cost_layer_sale", layer="operations", since=below["recorded_at"].iloc[0], probability=_PLAIN,
        keys=tuple(below["document_key"].unique()), words=f"stock of {below['sku'].nunique()} products went below zero",
    )  # fmt: skip


@needs("cin7")
def invoiced_not_dispatched(reading: Reading) -> Finding | None:
    """Sales invoiced by the last month-end, and still without an authorised shipment after a week."""
    left, invoices = _first(reading, "Shipment"), _invoices(reading)
    tasks = reading.table("cin7/shipments")
    tasks = tasks[tasks["status"] != "VOIDED"]
    # Of a sale in parts, the first shipment goes with the first invoice, the second with the second.
    turns = {"shipments": tasks.sort_values("created_at", kind="stable"), "invoices": invoices.sort_values("authorised_at")}
    tasks, invoices = (rows.assign(turn=rows.groupby("sale_key").cumcount()) for rows in turns.values())
    billed = invoices[["sale_key", "turn", "authorised_at"]].rename(columns={"authorised_at": "since"})
    tasks = tasks.merge(billed, on=["sale_key", "turn"], how="left")
    open_ = tasks[(tasks["since"] <= _closed(reading)) & look_up(tasks["document_key"], left).isna()]
    return _cut_off(open_, "invoice_authorised_shipment_incomplete", "invoiced and not dispatched")


@needs("cin7")
def dispatched_not_invoiced(reading: Reading) -> Finding | None:
    """Sales dispatched by the last month-end, and still without an invoice after a week."""
    tasks = reading.table("cin7/shipments")
    left = look_up(tasks["document_key"], _first(reading, "Shipment"))
    tasks = tasks.assign(since=left)
    open_ = tasks[(left <= _closed(reading)) & ~within(tasks["sale_key"], _invoices(reading)["sale_key"])]
    return _cut_off(open_, "shipment_authorised_invoice_missing", "dispatched and not invoiced")


@needs("cin7")
def received_not_invoiced(reading: Reading) -> Finding | None:
    """Receipts of stock-first purchases that no bill has met for two months."""
    purchases = reading.table("cin7/purchases")
    first = purchases.loc[purchases["approach"] == "STOCK", "document_key"]
    received = reading.table("cin7/stock_received").drop_duplicates("document_key")
    received = received[within(received["purchase_key"], first) & (reading.days(received["recorded_at"]) > _AGED_DAYS)]
    billed = reading.table("cin7/purchase_invoices")["purchase_key"]
    open_ = received[~within(received["purchase_key"], billed)].assign(since=lambda frame: frame["recorded_at"])
    return _cut_off(open_, "grni_not_cleared", f"received and not invoiced for {_AGED_DAYS} days")


@needs("cin7")
def invoiced_not_received(reading: Reading) -> Finding | None:
    """Bills of invoice-first purchases of which nothing has been received for a shipping cycle."""
    purchases = reading.table("cin7/purchases")
    # Goods that a supplier sends to a customer, and services, are never received.
    comes = (purchases["approach"] == "INVOICE") & purchases["sale_key"].isna() & (purchases["type"] != "Service Purchase")
    ahead = purchases.loc[comes, "document_key"]
    bills = reading.table("cin7/purchase_invoices")
    bills = bills[within(bills["purchase_key"], ahead) & (reading.days(bills["authorised_at"]) > _SEA_DAYS)]
    received = reading.table("cin7/stock_received")["purchase_key"]
    open_ = bills[~within(bills["purchase_key"], received)].assign(since=lambda frame: frame["authorised_at"])
    if len(open_) < _SEVERAL:
        return None
    return _cut_off(open_, "ginr_stuck_in_transit", f"invoiced and not received for {_SEA_DAYS} days")


@needs("cin7")
def purchases_overdue(reading: Reading) -> Finding | None:
    """System health of purchases: overdue ones among those not received in full."""
    purchases = reading.table("cin7/purchases")
    open_ = purchases[within(purchases["status"], ["ORDERED", "RECEIVING", "PARTIALLY INVOICED"])]
    late = open_[reading.days(open_["required_by"]) > _AGED_DAYS].assign(since=lambda frame: frame["required_by"])
    return _cut_off(late, "open_purchase_task", "purchases overdue by two months") if len(late) > _RED * len(open_) else None


@needs("cin7")
def transfers_overdue(reading: Reading) -> Finding | None:
    """System health of transfers: overdue ones among those not completed."""
    transfers = reading.table("cin7/stock_transfers").drop_duplicates("document_key")
    open_ = transfers[within(transfers["status"], ["DRAFT", "ORDERED", "IN TRANSIT"])]
    late = open_[reading.days(open_["required_by"]) > _AGED_DAYS / 4].assign(since=lambda frame: frame["required_by"])
    return _cut_off(late, "transfer_stuck_in_transit", "transfers overdue") if len(late) > _RED * len(open_) else None


def three_way_match(reading: Reading) -> list[str]:
    """Bills whose price is further from the order's than the tolerance, as a remark: new prices are no fault."""
    if not reading.sees("cin7"):
        return []
    ordered = reading.table("cin7/purchase_lines").rename(columns={"document_key": "purchase_key"})
    ordered = ordered.drop_duplicates(["purchase_key", "sku"])
    bills = reading.table("cin7/purchase_invoices")[["document_key", "purchase_key"]]
    lines = reading.table("cin7/purchase_invoice_lines").merge(bills, on="document_key")
    both = lines.merge(ordered[["purchase_key", "sku", "unit_cost"]], on=["purchase_key", "sku"], suffixes=("", "_ordered"))
    off = both[(both["unit_cost"] - both["unit_cost_ordered"]).abs() > _PRICE * both["unit_cost_ordered"]]
    if off.empty:
        return []
    return [f"{off['document_key'].nunique()} bills are more than {_PRICE:.0%} off the price ordered"]


CHECKS = (
    value_comparison, invariants, invoiced_not_dispatched, dispatched_not_invoiced, received_not_invoiced,
    invoiced_not_received, purchases_overdue, transfers_overdue, ledger.payouts_without_fees, ledger.journals_to_stock,
    ledger.journals_to_revenue, ledger.same_journal_every_month,
)  # fmt: skip
"""Every published check."""


def _cut_off(open_: pd.DataFrame, cause: str, words: str) -> Finding | None:
    """Documents open too long, as one finding. Frames: document_key, since."""
    if open_.empty:
        return None
    open_ = open_.sort_values(["since", "document_key"])
    return Finding(
        cause=cause, layer="operations", since=open_["since"].iloc[0], keys=tuple(open_["document_key"]), probability=_SURE,
        words=f"{len(open_)} documents are {words}",
    )  # fmt: skip


def _closed(reading: Reading) -> pd.Timestamp:
    """The end of the last month that ended a week ago or earlier; the beginning of time when none did."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    evidence = reading.evidence
    closed = [day for day in evidence.month_ends if (evidence.as_of - day).days >= _FOLLOW_UP_DAYS]
    return pd.Timestamp(closed[-1]) + pd.Timedelta(days=1) if closed else pd.Timestamp(0)


def _first(reading: Reading, kind: str) -> pd.Series[pd.Timestamp]:
    log = reading.table("cin7/document_status_log")
    return log[(log["document_type"] == kind) & (log["status"] == "AUTHORISED")].groupby("document_key")["at"].min()


def _invoices(reading: Reading) -> pd.DataFrame:
    invoices = reading.table("cin7/sale_invoices")
    return invoices[invoices["status"] != "VOIDED"]


def _stock_accounts(reading: Reading) -> pd.Series[str]:
    accounts = reading.table("ledger/accounts")
    codes: pd.Series[str] = accounts.loc[accounts["control"] == "inventory", "account_code"]
    return codes
