"""The way of one order through the four layers, document by document, from evidence alone.

Knows neither truth nor causes: a step that is not there is only seen to be missing beside an order that has it.
Imports pandas, so import it late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec
import pandas as pd

from .pages.evidence import Tables, value
from .pages.markup import moment, money, number_of

PRESENT, OPEN, MISSING = "present", "open", "missing"


class Link(msgspec.Struct, frozen=True):
    """One step of the way: which document, when, in which state."""

    group: str
    """The branch it belongs to: order, goods, revenue, money."""
    step: str
    layer: str
    state: str
    """present, open (begun and not finished) or missing."""
    number: str = ""
    at: str = ""
    status: str = ""
    details: tuple[str, ...] = ()


_NUMBERED = (
    ("cin7/sales", "order_number", ""),
    ("cin7/sale_invoices", "invoice_number", ""),
    ("cin7/credit_notes", "credit_note_number", ""),
    ("cin7/sale_payments", "reference", "Payment "),
    ("cin7/purchases", "order_number", ""),
    ("cin7/purchase_invoices", "invoice_number", "Bill "),
)
"""Tables whose documents have a number, its column, and what is put before it."""
_NAMED_AFTER = (
    ("cin7/shipments", "sale_key", "Shipment of"),
    ("cin7/stock_received", "purchase_key", "Receipt of"),
    ("cin7/restocks", "credit_note_key", "Restock of"),
    ("cin7/purchase_payments", "bill_key", "Payment of"),
)
"""Tables whose documents are called after the document above them."""


def document_name(tables: Tables, key: str | None) -> str:
    """A document key in words people use, such as "Shipment of SO-000123"; the key where people have none."""
    if key is None:
        return ""
    for table, column, before in _NAMED_AFTER:
        frame = tables(table)
        above = frame.loc[frame["document_key"] == key, column]
        if len(above):
            return f"{before} {document_name(tables, str(above.iloc[0]))}"
    for table, column, before in _NUMBERED:
        frame = tables(table)
        number = frame.loc[frame["document_key"] == key, column]
        if len(number):
            return f"{before}{number.iloc[0]}"
    return key


def sales_behind(tables: Tables, documents: Iterable[str]) -> list[str]:
    """Keys of the sales to which `documents` belong, in the order of the documents, each once."""
    wanted = list(dict.fromkeys(documents))
    parents: dict[str, str] = {}
    for name, column in (("sale_payments", "paid_key"), ("restocks", "credit_note_key")):
        parents.update(_parents(tables(f"cin7/{name}"), column, wanted))
    above = [*wanted, *parents.values()]
    for name in ("sale_invoices", "shipments", "credit_notes"):
        parents.update(_parents(tables(f"cin7/{name}"), "sale_key", above))
    sales = tables("cin7/sales")["document_key"]
    known = set(sales[sales.isin([*above, *parents.values()])])
    found = (_climb(key, parents) for key in wanted)
    return list(dict.fromkeys(key for key in found if key in known))


def _parents(frame: pd.DataFrame, column: str, wanted: list[str]) -> dict[str, str]:
    mine = frame[frame["document_key"].isin(wanted)]
    return dict(zip(mine["document_key"], mine[column], strict=True))


def _climb(key: str, parents: dict[str, str]) -> str:
    while key in parents:
        key = parents[key]
    return key


def pick_pair(tables: Tables, roots: list[str], documents: list[str]) -> tuple[str | None, str | None]:
    """An order that shows the matter well, and a comparable one that `documents` leave out.

    The first is the earliest of `roots` whose money has come in, so that its chain is as long as it gets; the
    second is the completed sale nearest to it in time. Orders whose parcel can be found under their number are
    preferred, since labels sometimes lack it. Either may be None.
    """
    sales = tables("cin7/sales").sort_values(["created_at", "order_number"])
    invoices = tables("cin7/sale_invoices")
    paid = set(invoices.loc[invoices["status"] == "PAID", "sale_key"])
    touched = set(sales_behind(tables, [*roots, *documents]))
    mine = set(sales_behind(tables, roots)) or touched
    affected = sales[sales["document_key"].isin(mine)]
    if affected.empty:
        return None, None
    labelled = set(tables("operations/carrier_shipments")["order_reference"])
    affected = _preferred(affected, affected["external_id"].isin(labelled))
    one = _preferred(affected, affected["document_key"].isin(paid)).iloc[0]
    whole = sales[(sales["status"] == "COMPLETED") & ~sales["document_key"].isin([*touched, one["document_key"]])]
    whole = _preferred(whole, whole["external_id"].isin(labelled))
    if whole.empty:
        return str(one["document_key"]), None
    nearest = (whole["created_at"] - one["created_at"]).abs().to_numpy().argmin()
    return str(one["document_key"]), str(whole["document_key"].iloc[nearest])


def _preferred(frame: pd.DataFrame, wanted: pd.Series[bool]) -> pd.DataFrame:
    """The wanted rows, or all when none is."""
    return frame[wanted] if wanted.any() else frame


def order_date(tables: Tables, sale_key: str) -> dt.date:
    """The date of a sale's order."""
    row = _first(tables("cin7/sales"), "document_key", sale_key)
    day: dt.date = pd.Timestamp(row["order_date"]).date()
    return day


def order_chain(tables: Tables, sale_key: str) -> list[Link]:
    """Every step of the sale `sale_key`, in four branches: the order, its goods, its revenue, its money."""
    sale = _first(tables("cin7/sales"), "document_key", sale_key)
    return [
        *_ordered(tables, sale),
        *_goods(tables, sale),
        *_revenue(tables, sale),
        *_money(tables, sale),
    ]


def first_break(links: list[Link], whole: list[Link]) -> set[int]:
    """Positions at which a branch stops although the same branch of the `whole` order goes on."""
    complete = {(link.group, link.step) for link in whole if link.state == PRESENT}
    seen: set[str] = set()
    breaks: set[int] = set()
    for n, link in enumerate(links):
        if link.state != PRESENT and link.group not in seen and (not whole or (link.group, link.step) in complete):
            seen.add(link.group)
            breaks.add(n)
    return breaks


# -- the four branches ----------------------------------------------------------------------------------------


def _ordered(tables: Tables, sale: dict[str, Any]) -> list[Link]:
    lines = _rows(tables("operations/channel_orders"), "order_reference", sale["external_id"])
    links = []
    if lines:
        goods = tuple(f"{r['quantity']} of {r['sku']}" for r in lines)
        cents = sum(int(r["price_cents"]) * int(r["quantity"]) - int(r["discount_cents"]) for r in lines)
        units = sum(int(r["quantity"]) for r in lines)
        links.append(
            Link("Order", "Channel order", "operations", PRESENT, str(sale["external_id"]), _at(lines[0]["placed_at"]),
                 f"{number_of(units, 'unit')}, {money(cents)} before tax", goods)
        )  # fmt: skip
    else:
        links.append(Link("Order", "Channel order", "operations", MISSING))
    key = str(sale["document_key"])
    links.append(_sync(tables, "Order", "Order download", key))
    status = str(sale["status"])
    links.append(
        Link("Order", "Sale", "cin7", PRESENT, str(sale["order_number"]), _at(sale["created_at"]), f"{status} now")
    )
    return links


def _goods(tables: Tables, sale: dict[str, Any]) -> list[Link]:
    key, group = str(sale["document_key"]), "Goods"
    packed = [r for r in _rows(tables("cin7/document_status_log"), "document_key", key) if r["status"] == "PACKED"]
    links = [
        Link(group, "Pick and pack", "cin7", PRESENT, str(sale["order_number"]), _at(packed[-1]["at"]), "AUTHORISED")
        if packed
        else Link(group, "Pick and pack", "cin7", MISSING)
    ]
    parcels = _rows(tables("operations/carrier_shipments"), "order_reference", sale["external_id"])
    links.append(
        Link(group, "Carrier's parcel", "operations", PRESENT, ", ".join(str(r["tracking_number"]) for r in parcels),
             _at(parcels[0]["collected_at"]), f"collected, {number_of(sum(int(r['units']) for r in parcels), 'unit')}")
        if parcels
        else Link(group, "Carrier's parcel", "operations", MISSING)
    )  # fmt: skip
    shipments = _rows(tables("cin7/shipments"), "sale_key", key)
    if not shipments:
        return [*links, *(Link(group, *step, MISSING) for step in _AFTER_PACKING)]
    shipment = shipments[0]
    ship, status = str(shipment["document_key"]), str(shipment["status"])
    since = [r["at"] for r in _rows(tables("cin7/document_status_log"), "document_key", ship) if r["status"] == status]
    state = PRESENT if status == "AUTHORISED" else OPEN
    at = _at(since[-1] if since else shipment["created_at"])
    links.append(Link(group, "Shipment task", "cin7", state, f"of {sale['order_number']}", at, status))
    links.append(_posting(tables, group, "Cost of sales", ship))
    return [*links, *_to_ledger(tables, group, "journal", ship)]


_AFTER_PACKING = (
    ("Shipment task", "cin7"),
    ("Cost of sales", "cin7"),
    ("Sync record of the journal", "integration"),
    ("Ledger journal", "ledger"),
)


def _revenue(tables: Tables, sale: dict[str, Any]) -> list[Link]:
    group = "Revenue"
    invoices = _rows(tables("cin7/sale_invoices"), "sale_key", sale["document_key"])
    if not invoices:
        steps = (("Sale invoice", "cin7"), ("Sync record of the invoice", "integration"), ("Ledger invoice", "ledger"))
        return [Link(group, *step, MISSING) for step in steps]
    invoice = invoices[0]
    status, total = str(invoice["status"]), money(int(invoice["total_cents"]))
    first = Link(group, "Sale invoice", "cin7", PRESENT, str(invoice["invoice_number"]), _at(invoice["authorised_at"]),
                 status, (f"{total} with tax",))  # fmt: skip
    return [first, *_to_ledger(tables, group, "invoice", str(invoice["document_key"]))]


def _money(tables: Tables, sale: dict[str, Any]) -> list[Link]:
    group = "Money"
    charges = [
        r
        for r in _rows(tables("operations/gateway_transactions"), "order_reference", sale["external_id"])
        if r["type"] == "CHARGE"
    ]
    links = [_charge(charges[0]) if charges else Link(group, "Gateway charge", "operations", MISSING)]
    keys = [r["document_key"] for r in _rows(tables("cin7/sale_invoices"), "sale_key", sale["document_key"])]
    payments = [p for key in keys for p in _rows(tables("cin7/sale_payments"), "paid_key", key)]
    if payments:
        paid = payments[0]
        links.append(
            Link(group, "Payment", "cin7", PRESENT, str(paid["reference"]), _at(paid["recorded_at"]),
                 money(int(paid["amount_cents"])), (f"into {tables.account(str(paid['account_code']))}",))
        )  # fmt: skip
        links.extend(_to_ledger(tables, group, "payment", str(paid["document_key"])))
    else:
        steps = (("Payment", "cin7"), ("Sync record of the payment", "integration"), ("Ledger payment", "ledger"))
        links.extend(Link(group, *step, MISSING) for step in steps)
    payout = value(charges[0].get("payout_reference")) if charges else None
    links.append(_payout(tables, payout) if payout else Link(group, "Payout", "operations", MISSING))
    return links


def _charge(row: dict[str, Any]) -> Link:
    fee = f"fee {money(int(row['fee_cents']))}"
    return Link("Money", "Gateway charge", "operations", PRESENT, str(row["reference"]), _at(row["at"]),
                money(int(row["amount_cents"])), (fee,))  # fmt: skip


def _payout(tables: Tables, reference: str) -> Link:
    rows = _rows(tables("operations/gateway_payouts"), "payout_reference", reference)
    if not rows:
        return Link("Money", "Payout", "operations", OPEN, reference)
    row = rows[0]
    gross, fee = money(int(row["gross_cents"])), money(int(row["fee_cents"]))
    details = (f"{gross} of many orders less fees {fee}", f"at the bank on {_day(row['arrival_date'])}")
    return Link("Money", "Payout", "operations", PRESENT, reference, _at(row["at"]), money(int(row["net_cents"])), details)


# -- pieces ---------------------------------------------------------------------------------------------------


def _to_ledger(tables: Tables, group: str, what: str, key: str) -> list[Link]:
    """The sync record of document `key` and what it became in the ledger."""
    record = _sync(tables, group, f"Sync record of the {what}", key)
    step = f"Ledger {what}"
    targets = [target for row in _records(tables, key) if (target := value(row["target_document_id"]))]
    if not targets:
        return [record, Link(group, step, "ledger", MISSING)]
    journals = _rows(tables("ledger/journals"), "source_id", targets[0])
    if not journals:
        return [record, Link(group, step, "ledger", MISSING)]
    journal = journals[0]
    number = value(journal["reference"]) or value(journal["narration"]) or ""
    lines = _rows(tables("ledger/journal_lines"), "journal_id", journal["journal_id"])
    details = tuple(_line(tables, str(r["account_code"]), int(r["amount_cents"])) for r in lines)
    dated = f"dated {_day(journal['journal_date'])}"
    return [record, Link(group, step, "ledger", PRESENT, str(number), _at(journal["recorded_at"]), dated, details)]


def _sync(tables: Tables, group: str, step: str, key: str) -> Link:
    records = _records(tables, key)
    if not records:
        return Link(group, step, "integration", MISSING)
    best = max(records, key=lambda r: (value(r["target_document_id"]) is not None, r["created_at"], r["record_key"]))
    status = str(best["status"])
    state = PRESENT if status in ("Completed", "Warning") else OPEN
    extra = (f"{len(records)} records in all",) if len(records) > 1 else ()
    return Link(group, step, "integration", state, str(best["record_type"]), _at(best["status_at"]), status, extra)


def _records(tables: Tables, key: str) -> list[dict[str, Any]]:
    carried = _rows(tables("integration/sync_record_documents"), "document_key", key)
    records = tables("integration/sync_records")
    return _dicts(records[records["record_key"].isin([r["record_key"] for r in carried])])


def _posting(tables: Tables, group: str, step: str, key: str) -> Link:
    pairs = _rows(tables("cin7/transactions"), "document_key", key)
    if not pairs:
        return Link(group, step, "cin7", MISSING)
    moved = _rows(tables("cin7/inventory_movements"), "document_key", key)
    details = [
        line
        for pair in pairs
        for line in (
            _line(tables, str(pair["debit_account"]), int(pair["amount_cents"])),
            _line(tables, str(pair["credit_account"]), -int(pair["amount_cents"])),
        )
    ]
    units = sum(int(r["quantity"]) for r in moved)
    dated = f"dated {_day(pairs[0]['effective_date'])}"
    return Link(group, step, "cin7", PRESENT, f"{number_of(units, 'unit')} on the stock card", _at(pairs[0]["recorded_at"]),
                dated, tuple(details))  # fmt: skip


def _line(tables: Tables, code: str, cents: int) -> str:
    return f"{'Dr' if cents >= 0 else 'Cr'} {tables.account(code)} {money(abs(cents))}"


def _rows(frame: pd.DataFrame, column: str, wanted: Any) -> list[dict[str, Any]]:
    return _dicts(frame[frame[column] == wanted])


def _first(frame: pd.DataFrame, column: str, wanted: Any) -> dict[str, Any]:
    return _rows(frame, column, wanted)[0]


def _dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def _at(time: Any) -> str:
    return moment(pd.Timestamp(time).to_pydatetime())


def _day(date: Any) -> str:
    return moment(pd.Timestamp(date).date())
