"""Operational workflow: milestones that were not completed, in the wrong order, or long after the goods moved on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs
from .shipments import shipments_left_open

if TYPE_CHECKING:
    import pandas as pd

_COMPLETION_WORKDAYS = 5
"""Working days within which what is shipped is invoiced, and what arrived is booked in (assumption: a week)."""
_RETURN_WORKDAYS = 10
"""Working days within which goods that came back are credited and restocked (assumption: two weeks)."""
_TRANSIT_DAYS = 14
"""Days past the promised date after which a transfer is stuck (assumption: longer than any road, and sea is planned)."""
_HABIT = 3
"""Fewer documents are an oversight, not a way of working (assumption)."""
_PUT_BACK_DAYS = 3
"""Days within which goods that came back are put on the shelf (assumption)."""
_RETURN_SHARE = 0.1
"""Share of returns since the first one forgotten below which it is an oversight (assumption)."""


@needs("cin7")
def shipped_not_invoiced(reading: Reading) -> Finding | None:
    """`shipment_authorised_invoice_missing`: units shipped beyond those invoiced, a week after they left."""
    tasks = reading.table("cin7/shipments")
    tasks = tasks[tasks["status"] == "AUTHORISED"]
    tasks = tasks.assign(at=look_up(tasks["document_key"], reading.shipped))
    tasks = tasks[reading.workdays(tasks["at"]) > _COMPLETION_WORKDAYS]
    lines = reading.table("cin7/shipment_lines").merge(tasks[["document_key", "sale_key", "at"]], on="document_key")
    shipped = lines.groupby("sale_key")["quantity"].sum()
    invoices = reading.table("cin7/sale_invoices")
    invoices = invoices.loc[invoices["status"] != "VOIDED", ["document_key", "sale_key"]]
    billed = reading.table("cin7/sale_invoice_lines").merge(invoices, on="document_key").groupby("sale_key")["quantity"].sum()
    short = shipped[shipped > billed.reindex(shipped.index, fill_value=0)]
    if len(short) < _HABIT:
        return None
    tasks = tasks[within(tasks["sale_key"], short.index)].sort_values(["at", "document_key"])
    tasks = tasks[~_invoiced_alone(reading, tasks, invoices)]
    if tasks.empty:
        return None
    ordered = reading.table("cin7/sale_lines").groupby("document_key")[["quantity", "total_cents"]].sum().reindex(short.index)
    missing = (short - billed.reindex(short.index, fill_value=0)) / ordered["quantity"].where(ordered["quantity"] > 0)
    return Finding(
        cause="shipment_authorised_invoice_missing", layer="operations", since=tasks["at"].min(),
        keys=tuple(tasks["document_key"]), amount_cents=round(float((missing * ordered["total_cents"]).sum())), probability=0.9,
        words=f"{len(short)} sales were shipped more than {_COMPLETION_WORKDAYS} working days ago and are not invoiced in full",
    )  # fmt: skip


def _invoiced_alone(reading: Reading, tasks: pd.DataFrame, invoices: pd.DataFrame) -> pd.Series[bool]:
    """Whether each of some shipments has an invoice of its own sale with just its products and units, each used once."""

    def contents(lines: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
        own = lines[within(lines["document_key"], heads["document_key"])]
        own = own.groupby(["document_key", "sku"])["quantity"].sum().reset_index()
        text = (own["sku"] + ":" + own["quantity"].astype("str")).groupby(own["document_key"]).agg("/".join)
        held = heads.assign(text=heads["sale_key"] + " " + look_up(heads["document_key"], text).fillna(""))
        return held.assign(text=held["text"] + " " + held.groupby("text").cumcount().astype("str"))

    invoices = invoices[within(invoices["sale_key"], tasks["sale_key"])]
    billed = contents(reading.table("cin7/sale_invoice_lines"), invoices)["text"]
    return within(contents(reading.table("cin7/shipment_lines"), tasks)["text"], billed)


@needs("cin7", "operations")
def cancelled_and_still_allocated(reading: Reading) -> Finding | None:
    """`stale_allocation`: the customer cancelled, the sale still holds stock."""
    cancelled = reading.table("operations/channel_cancellations")
    sales = reading.table("cin7/sales")
    both = sales.merge(cancelled, left_on="external_id", right_on="order_reference")
    both = both[both["status"].isin(("ORDERED", "BACKORDERED", "PICKING", "PICKED", "PACKING", "PACKED"))]
    both = both[reading.workdays(both["cancelled_at"]) > _COMPLETION_WORKDAYS].sort_values(["cancelled_at", "document_key"])
    if both.empty:
        return None
    return Finding(
        cause="stale_allocation", layer="operations", since=both["cancelled_at"].iloc[0], keys=tuple(both["document_key"]),
        probability=0.85 if len(both) >= _HABIT else 0.6,
        words=f"{len(both)} orders were cancelled more than {_COMPLETION_WORKDAYS} working days ago; their sales hold stock",
    )  # fmt: skip


@needs("cin7", "operations")
def returned_and_not_restocked(reading: Reading) -> Finding | None:
    """`credit_note_without_restock`: good units came back, the customer was credited, the shelf was not."""
    came = _returned(reading)
    notes = reading.table("cin7/credit_notes")
    restocked = reading.table("cin7/restocks")["credit_note_key"]
    notes = notes[(notes["status"] != "VOIDED") & ~within(notes["document_key"], restocked)]
    # What was never shipped cannot be put back: Cin7 refuses, and the fault is the shipment's.
    tasks = reading.table("cin7/shipments")
    notes = notes[~within(notes["sale_key"], tasks.loc[tasks["status"] != "AUTHORISED", "sale_key"])]
    # A sale may bear another note, such as an allowance, beside the one with which its goods went back to the shelf.
    came = came[~within(_goods(came), _goods(_restocked(reading)))]
    both = notes.merge(came, on="sale_key").drop_duplicates("document_key").sort_values(["received_at", "document_key"])
    if len(both) < _HABIT or len(both) < _RETURN_SHARE * (came["received_at"] >= both["received_at"].iloc[0]).sum():
        return None
    return Finding(
        cause="credit_note_without_restock", layer="operations", since=both["received_at"].iloc[0],
        keys=tuple(both["document_key"]), amount_cents=_worth(reading, both), probability=0.85,
        words=f"{len(both)} credit notes have no restock although the goods came back in good order",
    )  # fmt: skip


def _restocked(reading: Reading) -> pd.DataFrame:
    """Restocks that belong to a credit note, with the note's sale as sale_key."""
    restocks = reading.table("cin7/restocks")
    sales = reading.table("cin7/credit_notes").set_index("document_key")["sale_key"]
    return restocks.assign(sale_key=look_up(restocks["credit_note_key"], sales)).dropna(subset=["sale_key"])


def _goods(rows: pd.DataFrame) -> pd.Series[str]:
    """Sale, product and units of each row as a text; those alike are numbered, so that each matches but one."""
    text = rows["sale_key"] + " " + rows["sku"] + " " + rows["quantity"].astype("str")
    numbered: pd.Series[str] = text + " " + text.groupby(text).cumcount().astype("str")
    return numbered


@needs("cin7", "operations")
def returned_and_not_credited(reading: Reading) -> Finding | None:
    """`restock_without_credit_note`: goods came back and nobody credited the customer.

    That takes weeks to be sure of, unless the gateway gave the money back and an adjustment brought the units in.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    came = _returned(reading)
    notes = reading.table("cin7/credit_notes")["sale_key"]
    sales = reading.table("cin7/sales").set_index("document_key")["source_channel"]
    came = came.assign(channel=look_up(came["sale_key"], sales), credited=within(came["sale_key"], notes))
    # Some marketplaces credit their customers themselves; there no return is ever credited.
    credits_ = came.groupby("channel")["credited"].transform("any")
    open_ = came[credits_ & ~came["credited"]].sort_values(["received_at", "sale_key"])
    certain = _refunded_and_adjusted(reading)
    sure = 0.8 if len(open_) >= _HABIT else 0.7
    open_ = certain if len(open_) < _HABIT else open_
    if open_.empty:
        return None
    open_ = pd.concat([open_, certain]).drop_duplicates(["rma", "line"]).sort_values(["received_at", "sale_key"])
    invoices = reading.table("cin7/sale_invoices")
    invoices = invoices[within(invoices["sale_key"], open_["sale_key"])].sort_values(["authorised_at", "document_key"])
    # Put back on the books, if at all, by an adjustment of just these units within a day or two.
    found = reading.table("cin7/stock_adjustments")
    found = found[found["quantity"] > 0].merge(open_[["sku", "quantity", "received_at"]], on=["sku", "quantity"])
    waited = (found["recorded_at"] - found["received_at"]).dt.days
    found = found[waited.between(0, _PUT_BACK_DAYS)].sort_values(["recorded_at", "document_key"])
    return Finding(
        cause="restock_without_credit_note", layer="operations", since=open_["received_at"].iloc[0],
        keys=tuple(dict.fromkeys([*invoices["document_key"], *found["document_key"]])),
        amount_cents=_sold_for(reading, open_), probability=sure,
        words=f"the goods of {len(open_)} sales came back and no credit note was written",
    )  # fmt: skip


def _refunded_and_adjusted(reading: Reading) -> pd.DataFrame:
    """Rows of `_returned` whose money the gateway gave back and whose units an adjustment brought in, the last days' too."""
    came = _returned(reading, workdays=0)
    refunds = reading.table("operations/gateway_transactions")
    came = came[within(came["order_reference"], refunds.loc[refunds["type"] == "REFUND", "order_reference"])]
    came = came[~within(came["sale_key"], reading.table("cin7/credit_notes")["sale_key"])]
    found = reading.table("cin7/stock_adjustments")[["sku", "location", "quantity", "recorded_at"]]
    both = came.reset_index().merge(found, on=["sku", "location", "quantity"])
    waited = (both["recorded_at"] - both["received_at"]).dt.total_seconds() / 86_400
    put_back: pd.DataFrame = came.loc[both.loc[waited.between(0, _PUT_BACK_DAYS), "index"].unique()]
    return put_back.sort_values(["received_at", "sale_key"])


def _sold_for(reading: Reading, returned: pd.DataFrame) -> int:
    """What customers were charged for returned units before tax, in cents."""
    lines = reading.table("cin7/sale_lines").rename(columns={"document_key": "sale_key"})
    lines = lines[within(lines["sale_key"], returned["sale_key"])]
    sums = lines.groupby(["sale_key", "sku"])[["total_cents", "quantity"]].sum()
    both = returned.merge(sums.reset_index(), on=["sale_key", "sku"], suffixes=("", "_sold"))
    return round(float((both["total_cents"] * both["quantity"] / both["quantity_sold"].where(both["quantity_sold"] > 0)).sum()))


def _returned(reading: Reading, workdays: int = _RETURN_WORKDAYS) -> pd.DataFrame:
    """Good units that came back long enough ago, with the sale they belong to, one row a sale and product."""
    came = reading.table("operations/returns_received")
    came = came[(came["condition"] == "resalable") & (reading.workdays(came["received_at"]) > workdays)]
    # What suppliers send to customers was never in stock and never comes back into it.
    stocked = reading.table("cin7/inventory_movements")["sku"].drop_duplicates()
    direct = reading.table("cin7/purchases")["sale_key"].dropna()
    sales = reading.table("cin7/sales")[["document_key", "external_id"]].rename(columns={"document_key": "sale_key"})
    joined: pd.DataFrame = came.merge(sales, left_on="order_reference", right_on="external_id")
    sent = reading.table("cin7/purchase_lines")
    sent = sent[within(sent["document_key"], reading.table("cin7/purchases").dropna(subset=["sale_key"])["document_key"])]
    ours = within(joined["sku"], stocked) & ~(within(joined["sku"], sent["sku"]) & within(joined["sale_key"], direct))
    return joined[ours]


def _worth(reading: Reading, returned: pd.DataFrame) -> int:
    """What returned units cost when they were sold, in cents; at the average of what is still held where that is unknown."""
    card = reading.table("cin7/inventory_movements")
    sold = card[(card["movement_type"] == "Sale") & within(card["sku"], returned["sku"])]
    sums = sold.groupby("sku")[["value_cents", "quantity"]].sum()
    each = sums["value_cents"] / sums["quantity"].where(sums["quantity"] != 0)
    return round(float((look_up(returned["sku"], each) * returned["quantity"]).fillna(0).sum()))


@needs("cin7")
def transfers_never_received(reading: Reading) -> Finding | None:
    """`transfer_stuck_in_transit`: sent, long overdue, never received."""
    transfers = reading.table("cin7/stock_transfers")
    stuck = transfers[(transfers["status"] == "IN TRANSIT") & (reading.days(transfers["required_by"]) > _TRANSIT_DAYS)]
    probability = 0.75
    if reading.sees("operations") and len(stuck):
        dockets = reading.table("operations/consignments").drop_duplicates("docket").set_index("docket")["transfer_reference"]
        arrived = look_up(reading.table("operations/consignment_receipts")["docket"], dockets)
        # What is counted at the other end is a task left open; what is not may still be on its way.
        probability = 0.9 if within(stuck["transfer_number"], arrived).any() else 0.6
    stuck = stuck.sort_values(["required_by", "document_key"])
    if stuck["document_key"].nunique() < _HABIT:
        return None
    moved = reading.table("cin7/inventory_movements")
    sent = moved[within(moved["document_key"], stuck["document_key"]) & (moved["quantity"] < 0)]
    return Finding(
        cause="transfer_stuck_in_transit", layer="operations", since=stuck["required_by"].iloc[0],
        keys=tuple(stuck["document_key"].unique()), amount_cents=-int(sent["value_cents"].sum()), probability=probability,
        words=f"{stuck['document_key'].nunique()} transfers are in transit more than {_TRANSIT_DAYS} days past their date",
    )  # fmt: skip


RULES = (
    shipments_left_open, shipped_not_invoiced, cancelled_and_still_allocated, returned_and_not_restocked,
    returned_and_not_credited, transfers_never_received,
)  # fmt: skip
