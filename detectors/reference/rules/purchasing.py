"""Buying: what was ordered, came, was billed and charged, and which step was not done, or done elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_COMPLETION_WORKDAYS = 5
"""Working days within which what arrived is booked in (assumption: a week)."""
_REST_DAYS = 45
"""Days past the promised date, and half as many after the last delivery, for which the rest of a purchase may still be
expected: ageing reports begin at 30 and 60 days (KIKO)."""
_ALONE_DAYS = 60
"""Days past the promised date from which one purchase alone is no rest that will still be given up at the next look through
open purchases (the same)."""
_SOON_DAYS = 14
"""Days past the promised date and after the last delivery within which a rest may well be on the road (assumption)."""
_TRANSIT_DAYS = 60
"""Days after the last delivery from which what was billed and never came is forgotten (KIKO)."""
_BILL_WORKDAYS = 20
"""Working days after which a bill that lies on the desk has gone elsewhere (assumption: a month)."""
_TO_BOOK_WORKDAYS = 2
"""Working days within which a delivery may still be booked in where others are not (assumption)."""
_HABIT = 3
"""Fewer documents are an oversight, not a way of working (assumption)."""
_FREE_SHARE = 0.01
"""Share of a day's shipments that may cost nothing: samples and gifts (assumption)."""
_PAUSE_DAYS = 14
"""Days without any after which shipments at no cost begin anew: what came before was an accident (assumption)."""
_MOSTLY = 0.5


@needs("cin7", "operations")
def receipt_left_open(reading: Reading) -> Finding | None:
    """`receipt_not_authorised`: goods signed for at the dock, and nothing booked in on that purchase since."""
    papers = reading.table("operations/dock_receipts").dropna(subset=["purchase_reference"])
    purchases = reading.table("cin7/purchases").drop_duplicates("order_number").set_index("order_number")["document_key"]
    papers = papers.assign(purchase_key=look_up(papers["purchase_reference"], purchases)).dropna(subset=["purchase_key"])
    received = reading.table("cin7/stock_received")
    # Nothing at all: a wrong count or a delivery written to another order would leave something booked.
    papers = papers[~within(papers["purchase_key"], received["purchase_key"])]
    arrived = papers.groupby("purchase_key")["arrived_at"].min().sort_values(kind="stable")
    rested = reading.workdays(arrived)
    open_ = arrived[rested > _COMPLETION_WORKDAYS]
    if len(open_) < _HABIT:
        return None
    # Where that is how it goes, what came since the day before yesterday may be booked in yet, and the others will not.
    cited = arrived[(arrived >= open_.iloc[0]) & (rested > _TO_BOOK_WORKDAYS)]
    lines = reading.table("cin7/purchase_lines").rename(columns={"document_key": "purchase_key"})
    lines = lines.merge(papers, on=["purchase_key", "sku"])
    lines = lines[within(lines["purchase_key"], cited.index)]
    return Finding(
        cause="receipt_not_authorised", layer="operations", since=open_.iloc[0], keys=tuple(cited.index),
        amount_cents=round(float((lines["quantity_y"] * lines["unit_cost"]).sum()) / 100), probability=0.85,
        words=f"goods of {len(open_)} purchases lie on the shelf for more than {_COMPLETION_WORKDAYS} working days, "
              "and no receipt is authorised",
    )  # fmt: skip


@needs("cin7")
def purchases_left_open(reading: Reading) -> Finding | None:
    """`open_purchase_task`: part came, the rest never will, and the task still promises it."""
    purchases = reading.table("cin7/purchases")
    received = reading.table("cin7/stock_received").groupby("purchase_key").agg(
        units=("quantity", "sum"), last=("recorded_at", "max")
    )  # fmt: skip
    ordered = reading.table("cin7/purchase_lines").groupby("document_key")["quantity"].sum()
    open_ = purchases[purchases["status"].isin(("RECEIVING", "PARTIALLY INVOICED", "ORDERED", "RECEIVING / CREDITED"))]
    # Where the bill comes first, what is missing is held in transit: another matter.
    open_ = open_[open_["approach"] == "STOCK"]
    came = received.reindex(open_["document_key"]).set_axis(open_.index)
    open_ = open_.assign(last=came["last"], missing=look_up(open_["document_key"], ordered) - came["units"])
    short = open_[open_["missing"] > 0].sort_values(["last", "document_key"])
    late, waited = reading.days(short["required_by"]), reading.days(short["last"])
    enough = ((late > _REST_DAYS) & (waited > _REST_DAYS // 2)).sum() >= _HABIT
    open_ = short[(late > (_REST_DAYS if enough else _ALONE_DAYS)) & (waited > _REST_DAYS // 2)]
    if open_.empty:
        return None
    # Where rests are not closed, a younger one past its date is most likely one more of them.
    cited = short[(late > _SOON_DAYS) & (waited > _SOON_DAYS)]
    return Finding(
        # Who checks in the last delivery knows that it is the last, and closes the task or does not.
        cause="open_purchase_task", layer="operations", since=open_["last"].min(), keys=tuple(cited["document_key"]),
        probability=0.8 if len(open_) >= _HABIT else 0.6,
        words=f"{len(open_)} purchases still expect {int(open_['missing'].sum())} units, "
              f"more than {_REST_DAYS} days after the promised date",
    )  # fmt: skip


def _papers(reading: Reading, *, charges: bool) -> pd.DataFrame:
    """Suppliers' bills on purchases, or forwarders' bills for what came with them, one row each.

    Columns of `operations/supplier_documents`, and purchase_key, entered_at (in Cin7; missing: not yet), workdays (until
    then, or until the evening), by_hand (somebody entered it in the ledger; False where the ledger is not visible).
    """
    papers = reading.table("operations/supplier_documents")
    papers = papers[(papers["kind"] == "invoice") & (papers["sku"].isna() == charges)].drop_duplicates("reference")
    purchases = reading.table("cin7/purchases").drop_duplicates("order_number").set_index("order_number")["document_key"]
    papers = papers.assign(purchase_key=look_up(papers["purchase_reference"], purchases))
    bills = reading.table("cin7/purchase_invoices")
    entered = bills.groupby("invoice_number")["authorised_at"].min()
    papers = papers.assign(entered_at=look_up(papers["reference"], entered))
    until = papers["entered_at"].fillna(reading.evening)
    papers = papers.assign(workdays=reading.evidence.calendar.workdays_between(papers["arrived_at"], until), by_hand=False)
    if reading.sees("ledger", "integration"):
        theirs = reading.table("ledger/documents")
        theirs = theirs[within(theirs["ledger_document_id"], reading.by_hand["source_id"])]
        papers = papers.assign(by_hand=within(papers["reference"], theirs["number"]) & papers["entered_at"].isna())
    return papers.sort_values(["arrived_at", "reference"], kind="stable")


@needs("cin7", "operations")
def bills_gone_elsewhere(reading: Reading) -> Finding | None:
    """`grni_not_cleared`: the goods came, the supplier's bill came, and the purchase was never invoiced in Cin7.

    The bill stands in the ledger, entered by hand; where that does not show, it has been away for a month.
    """
    papers = _papers(reading, charges=False)
    purchases = reading.table("cin7/purchases")
    stock_first = purchases.loc[purchases["approach"] == "STOCK", "document_key"]
    papers = papers[within(papers["purchase_key"], stock_first) & papers["entered_at"].isna()]
    # A bill for an order without prices waits for somebody to agree to them.
    lines = reading.table("cin7/purchase_lines")
    priced = lines.loc[lines["unit_cost"] > 0, "document_key"]
    away = (papers["workdays"] > _BILL_WORKDAYS) & within(papers["purchase_key"], priced)
    known = bool(papers["by_hand"].any())
    papers = papers[papers["by_hand"] | away]
    received = reading.table("cin7/stock_received")
    received = received[within(received["purchase_key"], papers["purchase_key"])]
    billed = reading.table("cin7/purchase_invoices")["purchase_key"]
    received = received[~within(received["purchase_key"], billed)].sort_values(["recorded_at", "document_key"])
    if received["purchase_key"].nunique() < (1 if known else _HABIT):
        return None
    accruals = reading.amounts.reindex(received["document_key"].unique()).fillna(0)
    since = papers.loc[within(papers["purchase_key"], received["purchase_key"]), "arrived_at"].min()
    count = received["purchase_key"].nunique()
    return Finding(
        cause="grni_not_cleared", layer="operations", since=since, keys=tuple(received["document_key"].unique()),
        amount_cents=int(accruals.sum()), probability=0.9 if known and count >= _HABIT else 0.7,
        words=f"{count} purchases were received and their bills arrived, but Cin7 has no invoice for them"
              + ("; somebody entered them in the ledger" if known else f" after {_BILL_WORKDAYS} working days"),
    )  # fmt: skip


@needs("cin7", "operations")
def charges_not_on_the_goods(reading: Reading) -> Finding | None:
    """`landed_cost_late_or_expensed`: forwarders' bills that lay for a month, or went into the ledger as an expense."""
    papers = _papers(reading, charges=True).dropna(subset=["purchase_key"])
    aside = papers[papers["by_hand"] | (papers["workdays"] > _BILL_WORKDAYS)]
    if len(aside) < _HABIT:
        return None
    since = aside["arrived_at"].iloc[0]
    # What is a habit is likely the reason why the latest ones lie there too, but they may still be entered in time.
    received = reading.table("cin7/stock_received")
    charges = reading.table("cin7/landed_costs")
    bills = reading.table("cin7/purchase_invoices")
    in_time = bills[within(bills["invoice_number"], papers.loc[papers["workdays"] <= _BILL_WORKDAYS, "reference"])]
    late = bills[within(bills["invoice_number"], aside["reference"])]
    borne = charges[within(charges["document_key"], in_time["document_key"])]["receipt_key"]
    goods = received[within(received["purchase_key"], aside["purchase_key"])]
    bearing = charges[within(charges["document_key"], late["document_key"])]["receipt_key"].dropna()
    left_out = aside[aside["entered_at"].isna()]
    bare = goods[within(goods["purchase_key"], left_out["purchase_key"])]
    bare = bare[~within(bare["document_key"], borne) | within(bare["purchase_key"], left_out["purchase_key"])]
    receipts = list(dict.fromkeys([*bearing, *bare.sort_values(["recorded_at", "document_key"])["document_key"]]))
    missing = left_out["unit_cost"] * left_out["quantity"]
    return Finding(
        cause="landed_cost_late_or_expensed", layer="operations", since=since,
        keys=tuple(dict.fromkeys([*receipts, *late["document_key"]])), amount_cents=round(float(missing.sum()) / 100),
        probability=0.85 if len(aside) > _MOSTLY * len(papers[papers["arrived_at"] >= since]) else 0.7,
        words=f"{len(aside)} forwarders' bills lay for more than {_BILL_WORKDAYS} working days or went past Cin7, "
              f"{int(aside['by_hand'].sum())} of them into the ledger as an expense",
        # Freight is entered on a receipt: where that is a draft, the forwarder's bill has to lie.
        follows=() if aside["by_hand"].any() else ("receipt_not_authorised",),
    )  # fmt: skip


@needs("cin7")
def stuck_between_bill_and_receipt(reading: Reading) -> Finding | None:
    """`ginr_stuck_in_transit`: billed ahead, most of it came long ago, and the account waits for the rest."""
    purchases = reading.table("cin7/purchases")
    ahead = purchases.loc[(purchases["approach"] == "INVOICE") & (purchases["type"] == "Advanced Purchase"), "document_key"]
    bills = reading.table("cin7/purchase_invoices")
    bills = bills[within(bills["purchase_key"], ahead) & (bills["status"] != "VOIDED")]
    lines = reading.table("cin7/purchase_invoice_lines").merge(bills[["document_key", "purchase_key"]], on="document_key")
    billed = lines.groupby("purchase_key")["quantity"].sum()
    received = reading.table("cin7/stock_received").groupby("purchase_key").agg(
        units=("quantity", "sum"), last=("recorded_at", "max")
    ).reindex(billed.index)  # fmt: skip
    credits_ = reading.table("cin7/purchase_credit_note_lines").merge(
        reading.table("cin7/purchase_credit_notes")[["document_key", "purchase_key"]], on="document_key"
    )  # fmt: skip
    credited = credits_[credits_["receipt_key"].isna()].groupby("purchase_key")["quantity"].sum()
    missing = billed - received["units"] - credited.reindex(billed.index, fill_value=0)
    forgotten = reading.days(received["last"]) > _TRANSIT_DAYS
    # The dock's paper says sooner that it came: put away, and not entered with the rest.
    unentered = _at_the_dock(reading).reindex(received.index).fillna(0) > received["units"]
    known = forgotten | (unentered & (reading.workdays(received["last"].fillna(reading.evening)) > _COMPLETION_WORKDAYS))
    if int(((missing > 0) & known).sum()) < _HABIT:
        return None
    stuck = received[(missing > 0) & (forgotten | unentered)].sort_values("last")
    moved = reading.table("cin7/inventory_movements")
    goods = reading.table("cin7/stock_received")
    goods = goods[within(goods["purchase_key"], stuck.index)].sort_values(["recorded_at", "document_key"])
    value = int(moved.loc[within(moved["document_key"], goods["document_key"]), "value_cents"].sum())
    return Finding(
        cause="ginr_stuck_in_transit", layer="operations", since=stuck["last"].iloc[0],
        keys=tuple(goods["document_key"].unique()), amount_cents=value, probability=0.8,
        words=f"{len(stuck)} purchases were billed for more than was ever entered, more than {_TRANSIT_DAYS} days ago or "
              "although the dock has it all, so nothing of them is released from transit",
        follows=("receipt_not_authorised",),
    )  # fmt: skip


def _at_the_dock(reading: Reading) -> pd.Series[int]:
    """Units that the dock's papers say came, by purchase; of none where operations are not visible."""
    if not reading.sees("operations"):
        return reading.table("cin7/stock_received").iloc[:0].groupby("purchase_key")["quantity"].sum()
    papers = reading.table("operations/dock_receipts")
    purchases = reading.table("cin7/purchases").drop_duplicates("order_number").set_index("order_number")["document_key"]
    papers = papers.assign(purchase_key=look_up(papers["purchase_reference"], purchases))
    return papers.groupby("purchase_key")["quantity"].sum()


@needs("cin7")
def sold_at_no_cost(reading: Reading) -> Finding | None:
    """`negative_or_zero_cost_layer_sale`: units shipped before Cin7 knew what they cost."""
    card = reading.table("cin7/inventory_movements")
    sold = card[(card["movement_type"] == "Sale") & (card["quantity"] < 0)]
    free = sold[sold["value_cents"] == 0].sort_values(["recorded_at", "movement_id"])
    documents = free["document_key"].nunique()
    lines = reading.table("cin7/purchase_lines")
    unpriced = lines.groupby("document_key")["unit_cost"].max()
    purchases = reading.table("cin7/purchases")
    purchases = purchases[within(purchases["document_key"], unpriced.index[unpriced == 0])]
    purchases = purchases[purchases["approach"] == "STOCK"].sort_values(["created_at", "document_key"], kind="stable")
    if len(purchases) >= _HABIT:
        return Finding(
            cause="negative_or_zero_cost_layer_sale", layer="operations", since=purchases["created_at"].iloc[0],
            keys=reading.of_purchases(purchases["document_key"]), amount_cents=_left_out(reading, purchases),
            probability=0.85,
            words=f"{len(purchases)} purchases were entered without a price; {documents} shipments took units at no cost",
        )  # fmt: skip
    if documents < _HABIT or documents <= _FREE_SHARE * sold["document_key"].nunique():
        return None
    anew = (free["recorded_at"].diff().dt.days >= _PAUSE_DAYS).cumsum()
    return Finding(
        cause="negative_or_zero_cost_layer_sale", layer="operations", since=free.loc[anew == anew.max(), "recorded_at"].iloc[0],
        keys=tuple(free["document_key"].unique()), probability=0.6,
        words=f"{documents} shipments took units at no cost",
        # What is not on the books where it is sold, or under that name, has no cost there.
        follows=(
            "accrued_inventory_disabled", "receipt_not_authorised", "transfer_stuck_in_transit", "duplicate_product_identifier",
            "variant_attribute_misconfigured", "stock_adjustment_masks_cause",
        ),
    )  # fmt: skip


def _left_out(reading: Reading, purchases: pd.DataFrame) -> int | None:
    """What receipts of some purchases lack, in cents, by the suppliers' papers, and what their bills put back later."""
    if not reading.sees("operations"):
        return None
    papers = reading.table("operations/supplier_documents")
    papers = papers[(papers["kind"] == "invoice") & papers["sku"].notna()]
    numbers = purchases.drop_duplicates("order_number").set_index("order_number")["document_key"]
    papers = papers.assign(purchase_key=look_up(papers["purchase_reference"], numbers))
    papers = papers.drop_duplicates(["purchase_key", "sku"])[["purchase_key", "sku", "unit_cost"]]
    both = reading.table("cin7/stock_received").merge(papers, on=["purchase_key", "sku"])
    bills = reading.table("cin7/purchase_invoices")
    billed = within(both["purchase_key"], bills.loc[bills["status"] != "VOIDED", "purchase_key"])
    # Each is wrong by itself: the receipt by what it lacks, the correction by what it brings with another date.
    return round(float((both["quantity"] * both["unit_cost"] * (1 + billed)).sum()) / 100)


RULES = (
    receipt_left_open, purchases_left_open, bills_gone_elsewhere, stuck_between_bill_and_receipt, charges_not_on_the_goods,
    sold_at_no_cost,
)  # fmt: skip
