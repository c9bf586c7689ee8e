"""A business in figures: shares and rates of its evidence, the same for a small business and a large one.

For detectors that learn. Every figure is a rate, a share or a ratio, never a plain count, so that a business's size and
profile are no answer; what a hidden layer would show is missing (nan). Knows no cause.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from .evidence import look_up, within
from .reading import Reading

_ERRORS = {
    "lock": r"lock date|period closed|closed and the account books|\b6210\b", "paid": r"has been paid",
    "amount": r"exceeds the amount", "limit": r"rate limit|too many|throttl|\b429\b",
    "name": r"symbol|item code|invalid|not valid|unique", "account": r"account|archived", "tax": r"tax|attachment",
    "right": r"authori|token|forbidden|permission",
}  # fmt: skip
_KINDS = ("Sale", "Shipment", "SaleInvoice", "Purchase", "StockTransfer", "FinishedGoods")
_CONTROLS = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable", "clearing")
_SETTINGS = ("Account mapping", "LockDate", "Accrued inventory", "CostingMethod", "RevenueAccount", "InventoryAccount")
_FINAL = ("COMPLETED", "AUTHORISED", "VOIDED", "RECEIVED", "INVOICED", "FULFILLED", "CLOSED", "PAID")
_OLD_DAYS = 30


def features(reading: Reading) -> dict[str, float]:
    """All figures by name, always the same names in the same order."""
    found: dict[str, float] = {}
    for layers, names, measure in _GROUPS:
        values = measure(reading) if reading.sees(*layers) else {}
        found.update({name: float(values.get(name, 0.0 if values else math.nan)) for name in names})
    return found


def hidden(figures: dict[str, float], layers: Collection[str]) -> dict[str, float]:
    """The same figures as one would have them who sees only `layers`."""
    shown = {name for needs, names, _ in _GROUPS if set(needs) <= set(layers) for name in names}
    return {name: value if name in shown else math.nan for name, value in figures.items()}


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _tasks(reading: Reading) -> dict[str, float]:
    """Of each kind of document, how many have stood unfinished for a month."""
    log = reading.table("cin7/document_status_log").sort_values("at", kind="stable")
    last = log.drop_duplicates("document_key", keep="last")
    plain = last["document_type"].str.replace(" ", "", regex=False)
    old = ~last["status"].isin(_FINAL) & (reading.days(last["at"]) > _OLD_DAYS)
    return {f"open/{kind}": _share(int((old & (plain == kind)).sum()), int((plain == kind).sum())) for kind in _KINDS}


def _sales(reading: Reading) -> dict[str, float]:
    """How far invoices and shipments, credits and restocks, prices and stock keep step."""
    tasks, invoices = reading.table("cin7/shipments"), reading.table("cin7/sale_invoices")
    done = tasks["status"] == "AUTHORISED"
    billed = within(tasks["sale_key"], invoices["sale_key"])
    notes, restocks = reading.table("cin7/credit_notes"), reading.table("cin7/restocks")
    card = reading.table("cin7/inventory_movements")
    moved = card.groupby("movement_type")["quantity"].agg(lambda units: float(units.abs().sum()))
    sold = float(moved.get("Sale", 0.0))
    running = card.sort_values("recorded_at", kind="stable").groupby(["sku", "location"])["quantity"].cumsum()
    zero = card[(card["movement_type"] == "Sale") & (card["value_cents"] == 0)]
    return {
        "sale/invoiced_not_shipped": _share(int((billed & ~done).sum()), len(tasks)),
        "sale/shipped_not_invoiced": _share(int((done & ~billed).sum()), len(tasks)),
        "sale/credited": _share(len(notes), len(invoices)),
        "sale/restocked": _share(restocks["credit_note_key"].nunique(), len(notes)),
        "stock/adjusted": _share(float(moved.get("Adjustment", 0.0)), sold),
        "stock/counted_off": _share(float(moved.get("Stocktake", 0.0)), sold),
        "stock/below_zero": _share(int((running < 0).sum()), len(card)),
        "stock/at_no_cost": _share(len(zero), int((card["movement_type"] == "Sale").sum())),
    }


def _buying(reading: Reading) -> dict[str, float]:
    """How far orders, receipts and bills keep step."""
    purchases = reading.table("cin7/purchases")
    old = purchases[reading.days(purchases["required_by"]) > _OLD_DAYS]
    received, billed = reading.table("cin7/stock_received"), reading.table("cin7/purchase_invoices")
    silent = received[~within(received["document_key"], reading.amounts.index)]
    return {
        "buy/not_received": _share(int((~within(old["document_key"], received["purchase_key"])).sum()), len(old)),
        "buy/not_billed": _share(int((~within(old["document_key"], billed["purchase_key"])).sum()), len(old)),
        "buy/posted_nothing": _share(silent["document_key"].nunique(), received["document_key"].nunique()),
    }


def _settings(reading: Reading) -> dict[str, float]:
    """Changes of some settings a month, founding aside."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    log = reading.table("cin7/settings_log")
    log = log[log["recorded_at"] >= pd.Timestamp(reading.evidence.calendar.start) + pd.Timedelta(days=1)]
    months = max(1, len(reading.evidence.month_ends))
    return {f"setting/{name}": int((log["setting"] == name).sum()) / months for name in _SETTINGS}


def _queue(reading: Reading) -> dict[str, float]:
    """What is stuck or was refused in the integration, by kind and words."""
    rows, attempts = reading.stranded, reading.table("integration/sync_attempts")
    old = rows[reading.days(rows["created_at"]) > 7]
    whole = max(1, len(reading.outbound))
    statuses = ("Failed", "Pending", "Skipped")
    found = {f"stuck/{status}": _share(int((old["status"] == status).sum()), whole) for status in statuses}
    for kind in ("Invoices", "Payments", "Manual journals", "Credit notes", "Products"):
        found[f"stuck/{kind}"] = _share(int((old["record_type"] == kind).sum()), whole)
    said = attempts["error_code"].fillna("") + " " + attempts["message"].fillna("")
    for name, words in _ERRORS.items():
        found[f"error/{name}"] = _share(int(said.str.contains(words, case=False, regex=True).sum()), len(attempts))
    log = reading.table("integration/sync_status_log")
    found["queue/skipped"] = _share(int((log["status"] == "Skipped").sum()), whole)
    found["queue/warned"] = _share(int((log["status"] == "Warning").sum()), whole)
    feeds = reading.table("integration/feed_log")
    found["feed/bad"] = _share(int((feeds["status"] != "OK").sum()), len(feeds))
    return found


def _books(reading: Reading) -> dict[str, float]:
    """Control accounts in months of revenue, and what people enter by hand, a month."""
    lines = reading.posted
    months = max(1, len(reading.evidence.month_ends))
    revenue = max(1.0, -float(lines.loc[lines["class"] == "REVENUE", "amount_cents"].sum()) / months)
    balances = lines.groupby("control")["amount_cents"].sum()
    found = {f"balance/{name}": float(balances.get(name, 0)) / revenue for name in _CONTROLS}
    hand = reading.by_hand
    for name in _CONTROLS:
        moved = hand[hand["control"] == name]
        found[f"hand/{name}"] = moved["journal_id"].nunique() / months
    plain = hand[hand["source_type"].isin(("MANJOURNAL", "JournalEntry"))]
    found["hand/journals_on_revenue"] = plain.loc[plain["class"] == "REVENUE", "journal_id"].nunique() / months
    found["hand/journals_on_costs"] = plain.loc[plain["type"] == "DIRECTCOSTS", "journal_id"].nunique() / months
    costs = float(lines.loc[lines["type"] == "DIRECTCOSTS", "amount_cents"].sum())
    found["result/margin"] = 1 - costs / (revenue * months)
    return found


def _between(reading: Reading) -> dict[str, float]:
    """Where Cin7 and the ledger hold different amounts of the same documents."""
    off = reading.differences
    there = within(off["target_document_id"], reading.posted["source_id"])
    whole = max(1, reading.outbound["target_document_id"].nunique())
    return {
        "between/missing": _share(off.loc[~there, "target_document_id"].nunique(), whole),
        "between/differs": _share(off.loc[there, "target_document_id"].nunique(), whole),
    }


def _outside(reading: Reading) -> dict[str, float]:
    """How far the outside world's papers and Cin7 keep step."""
    orders, sales = reading.table("operations/channel_orders"), reading.table("cin7/sales")
    gone = reading.table("operations/channel_cancellations")["order_reference"]
    refs = orders["order_reference"].drop_duplicates()
    papers = reading.table("operations/dock_receipts").dropna(subset=["purchase_reference"])
    numbers = reading.table("cin7/purchases").drop_duplicates("order_number").set_index("order_number")["document_key"]
    bought = look_up(papers["purchase_reference"], numbers)
    received = reading.table("cin7/stock_received")["purchase_key"]
    open_ = sales[within(sales["external_id"], gone)]
    came = reading.table("operations/returns_received")["order_reference"].drop_duplicates()
    credited = sales.loc[within(sales["document_key"], reading.table("cin7/credit_notes")["sale_key"]), "external_id"]
    return {
        "outside/orders_missing": _share(int((~within(refs, sales["external_id"]) & ~within(refs, gone)).sum()), len(refs)),
        "outside/not_booked_in": _share(int((bought.notna() & ~within(bought, received)).sum()), len(papers)),
        "outside/cancelled_and_open": _share(int((~open_["status"].isin(("VOIDED", "CREDITED"))).sum()), len(sales)),
        "outside/returned_not_credited": _share(int((~within(came, credited)).sum()), len(came)),
    }


_GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...], Callable[[Reading], dict[str, float]]], ...] = (
    (("cin7",), tuple(f"open/{kind}" for kind in _KINDS), _tasks),
    (("cin7",), (
        "sale/invoiced_not_shipped", "sale/shipped_not_invoiced", "sale/credited", "sale/restocked", "stock/adjusted",
        "stock/counted_off", "stock/below_zero", "stock/at_no_cost",
    ), _sales),
    (("cin7",), ("buy/not_received", "buy/not_billed", "buy/posted_nothing"), _buying),
    (("cin7",), tuple(f"setting/{name}" for name in _SETTINGS), _settings),
    (("integration",), (
        "stuck/Failed", "stuck/Pending", "stuck/Skipped", "stuck/Invoices", "stuck/Payments", "stuck/Manual journals",
        "stuck/Credit notes", "stuck/Products", *(f"error/{name}" for name in _ERRORS), "queue/skipped", "queue/warned",
        "feed/bad",
    ), _queue),
    (("ledger",), (
        *(f"balance/{name}" for name in _CONTROLS), *(f"hand/{name}" for name in _CONTROLS), "hand/journals_on_revenue",
        "hand/journals_on_costs", "result/margin",
    ), _books),
    (("cin7", "integration", "ledger"), ("between/missing", "between/differs"), _between),
    (("operations", "cin7"), (
        "outside/orders_missing", "outside/not_booked_in", "outside/cancelled_and_open", "outside/returned_not_credited",
    ), _outside),
)  # fmt: skip
"""Layers a group of figures needs, its names, and how it is measured."""
