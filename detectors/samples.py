"""A hand-sized business to try a detector on: a shop that sells one product, with the papers of all four layers.

Written out, not simulated: no noise, no chance, no purchasing. It keeps the contract of the tables, and its books
agree with each other. For anything real, simulate a case.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Any

from sim.schema import LAYERS, TABLES, all_columns

from .calendar import Calendar
from .evidence import Evidence

_SKU, _PLACE, _USER = "TEE-01", "Warehouse", "Cin7 Core integration"
_PRICE_CENTS, _COST_CENTS = 4_000, 1_600
_ACCOUNTS = (
    ("090", "Bank", "BANK", "ASSET", None),
    ("610", "Accounts Receivable", "CURRENT", "ASSET", "receivable"),
    ("630", "Inventory", "INVENTORY", "ASSET", "inventory"),
    ("900", "Capital", "EQUITY", "EQUITY", None),
    ("200", "Sales", "SALES", "REVENUE", None),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", None),
)

Rows = dict[str, list[dict[str, Any]]]


def small_business(
    *, start: dt.date = dt.date(2025, 1, 1), months: int = 4, sales_a_day: int = 2, left_open: Collection[int] = (),
) -> Evidence:  # fmt: skip
    """Evidence of `months` whole months with `sales_a_day` sales each weekday, all layers.

    Each sale is packed at 10:00, collected by the carrier at 16:30, its shipment authorised at 16:45, its invoice at
    17:00. `left_open`: numbers of the sales, from 0, whose shipment stays in DRAFT although the parcel is gone.
    """
    if months < 1 or sales_a_day < 0 or start.day != 1:
        raise ValueError("a small business starts on the first of a month, lasts a month or more, and sells 0 or more a day")
    month = start.month - 1 + months
    end = dt.date(start.year + month // 12, month % 12 + 1, 1) - dt.timedelta(1)
    days = [start + dt.timedelta(n) for n in range((end - start).days + 1)]
    workdays = [day for day in days if day.weekday() < 5]
    rows: Rows = {name: [] for name in TABLES}
    _found(rows, start, len(workdays) * sales_a_day + 10)
    for n in range(len(workdays) * sales_a_day):
        _sell(rows, n, workdays[n // sales_a_day], shipped=n not in left_open)
    return Evidence.of({name: _table(name, rows[name]) for name in TABLES}, Calendar(start, end))


def empty_business() -> Evidence:
    """Evidence of a month of all layers in which every table is empty."""
    tables = {name: _table(name, []) for name in TABLES if name.split("/")[0] in LAYERS}
    return Evidence.of(tables, Calendar(dt.date(2025, 1, 1), dt.date(2025, 1, 31)))


def sample_key(kind: str, n: int) -> str:
    """The key of the n-th document of a kind (sale, ship, invoice ...) of a small business."""
    return hashlib.blake2b(f"{kind}/{n}".encode(), digest_size=8).hexdigest()


def _table(name: str, rows: list[dict[str, Any]]) -> Any:
    """An Arrow table of the rows; columns a row does not give are null, or 0 for numbers."""
    import pyarrow as pa  # noqa: PLC0415  (heavy; only when used)

    from .sources import arrow_schema  # noqa: PLC0415

    defaults = {
        title: None if column.kind in ("key", "code", "text", "minute", "day") else 0
        for title, column in all_columns(TABLES[name]).items()
    }
    return pa.Table.from_pylist([defaults | row for row in rows], schema=arrow_schema(name))


def _found(rows: Rows, start: dt.date, units: int) -> None:
    """Chart of accounts and opening stock."""
    for code, name, type_, class_, control in _ACCOUNTS:
        rows["ledger/accounts"].append({"account_code": code, "name": name, "type": type_, "class": class_, "control": control})
    at, key, cents = dt.datetime.combine(start, dt.time()), sample_key("opening", 0), units * _COST_CENTS
    _move(rows, "Stocktake", units, cents, key, at)
    _post(rows, key, "Manual journals", "MANJOURNAL", "StockTake", at, [("630", "900", cents)], None)


def _sell(rows: Rows, n: int, day: dt.date, *, shipped: bool) -> None:
    sale, ship, invoice = (sample_key(kind, n) for kind in ("sale", "ship", "invoice"))
    placed, packed, collected, entered, invoiced = (
        dt.datetime.combine(day, dt.time(hour, minute)) for hour, minute in ((8, 0), (10, 0), (16, 30), (16, 45), (17, 0))
    )
    order, net = f"#{n:06d}", _PRICE_CENTS
    rows["operations/channel_orders"].append(
        {"order_reference": order, "placed_at": placed, "sku": _SKU, "quantity": 1, "price_cents": net}
    )
    rows["operations/carrier_shipments"].append(
        {"tracking_number": f"1Z{n:06d}", "order_reference": order, "collected_at": collected, "units": 1}
    )
    rows["cin7/sales"].append({
        "document_key": sale, "order_number": f"SO-{n:06d}", "source_channel": "Shopify", "external_id": order,
        "location": _PLACE, "order_date": day, "created_at": placed, "status": "COMPLETED" if shipped else "INVOICED",
    })  # fmt: skip
    rows["cin7/sale_lines"].append({"document_key": sale, "sku": _SKU, "quantity": 1, "price_cents": net, "total_cents": net})
    status = "AUTHORISED" if shipped else "DRAFT"
    rows["cin7/shipments"].append(
        {"document_key": ship, "sale_key": sale, "location": _PLACE, "created_at": packed, "status": status}
    )
    rows["cin7/shipment_lines"].append({"document_key": ship, "sku": _SKU, "quantity": 1})
    rows["cin7/sale_invoices"].append({
        "document_key": invoice, "sale_key": sale, "invoice_number": f"INV-{n:06d}", "invoice_date": day, "due_date": day,
        "net_cents": net, "total_cents": net, "authorised_at": invoiced, "status": "AUTHORISED",
    })  # fmt: skip
    rows["cin7/sale_invoice_lines"].append(
        {"document_key": invoice, "sku": _SKU, "quantity": 1, "total_cents": net, "account_code": "200"}
    )
    _log(rows, sale, "Sale", "ORDERED", placed)
    _log(rows, ship, "Shipment", "DRAFT", packed)
    if shipped:
        _log(rows, ship, "Shipment", "AUTHORISED", entered)
        _move(rows, "Sale", -1, -_COST_CENTS, ship, entered)
        _post(rows, ship, "Manual journals", "MANJOURNAL", "Sale", entered, [("310", "630", _COST_CENTS)], f"Cost {order}")
    _log(rows, invoice, "Sale Invoice", "AUTHORISED", invoiced)
    _log(rows, sale, "Sale", "COMPLETED" if shipped else "INVOICED", invoiced)
    _post(rows, invoice, "Invoices", "ACCREC", "Sale", invoiced, [("610", "200", net)], f"INV-{n:06d}")


def _log(rows: Rows, key: str, kind: str, status: str, at: dt.datetime) -> None:
    rows["cin7/document_status_log"].append({"document_key": key, "document_type": kind, "status": status, "at": at})


def _move(rows: Rows, kind: str, units: int, cents: int, key: str, at: dt.datetime) -> None:
    rows["cin7/inventory_movements"].append({
        "movement_id": sample_key("movement", len(rows["cin7/inventory_movements"])), "recorded_at": at,
        "effective_date": at.date(), "sku": _SKU, "location": _PLACE, "account_code": "630", "movement_type": kind,
        "quantity": units, "value_cents": cents, "document_key": key,
    })  # fmt: skip


def _post(
    rows: Rows, key: str, record_type: str, source_type: str, task: str, at: dt.datetime,
    pairs: list[tuple[str, str, int]], reference: str | None,
) -> None:  # fmt: skip
    """Cin7's transactions, the record that carries them, and the ledger's journal a minute later."""
    n = len(rows["ledger/journals"])
    record, target, journal = (sample_key(kind, n) for kind in ("record", "ledger", "journal"))
    later = at + dt.timedelta(minutes=1)
    rows["integration/sync_records"].append({
        "record_key": record, "direction": "outbound", "record_type": record_type, "document_key": key, "created_at": at,
        "target": "Xero", "status": "Completed", "status_at": later, "target_document_id": target,
    })  # fmt: skip
    rows["integration/sync_record_documents"].append({"record_key": record, "document_key": key})
    rows["integration/sync_status_log"] += [
        {"record_key": record, "status": "Pending", "at": at},
        {"record_key": record, "status": "Completed", "at": later, "target_document_id": target, "changed_by": _USER},
    ]
    rows["ledger/journals"].append({
        "journal_id": journal, "journal_date": at.date(), "recorded_at": later, "source_type": source_type,
        "source_id": target, "reference": reference, "created_by": _USER,
    })  # fmt: skip
    for m, (debit, credit, cents) in enumerate(pairs):
        rows["cin7/transactions"].append({
            "transaction_id": sample_key("transaction", 10 * n + m), "recorded_at": at, "effective_date": at.date(),
            "debit_account": debit, "credit_account": credit, "amount_cents": cents, "document_key": key, "type": task,
        })  # fmt: skip
        for account, amount in ((debit, cents), (credit, -cents)):
            rows["ledger/journal_lines"].append({"journal_id": journal, "account_code": account, "amount_cents": amount})
