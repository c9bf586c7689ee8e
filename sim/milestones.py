"""Checks of follow-through: what the outside world's papers and open tasks say should have happened in Cin7 by now.

They are listed, named and tiered in `invariants`. Knows the contract of the tables alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .invariants import Case

_TIMES: Final = "datetime64[ms]"
PAPER_DAYS_MAX = 35
"""Longest time from a supplier's bill in the mail to its entry: a month that is opened again for it included (assumption)."""
RETURN_WORKDAYS_MAX = 10
"""Working days within which what came back is credited and, where it is fit for it, restocked (assumption)."""
RELEASE_DAYS_MAX = 60
"""Longest time for which goods that came may wait in transit for the rest of their bill (assumption)."""
TRANSFER_DAYS_MAX = 30
"""Longest time that a transfer may be on its way beyond the day it is required by (assumption: sea transfers included)."""

FOUND_AGAIN_MIN, FOUND_AGAIN_SHARE = 4, 0.4
"""So many adjustments, and such a share of those counted since, may be found again by chance (assumption)."""

Found = Iterable[tuple[str, str]]


def _end(case: Case) -> np.datetime64:
    """The evening of the last month-end."""
    end: np.datetime64 = (case.month_ends[-1] + np.timedelta64(1, "D")).astype(_TIMES)
    return end


def papers_are_entered(case: Case) -> Found:
    """Each supplier's bill stands in Cin7 soon after it came."""
    papers = case.table("operations/supplier_documents")
    bills = papers[papers["kind"] == "invoice"].drop_duplicates("reference")
    came = case.times("operations/supplier_documents", "arrived_at")[bills.index]
    entered = case.table("cin7/purchase_invoices")
    at = entered.assign(at=entered["authorised_at"].astype(_TIMES)).groupby("invoice_number", observed=True)["at"].min()
    known = at.reindex(bills["reference"]).set_axis(bills.index)
    until = came + np.timedelta64(PAPER_DAYS_MAX, "D")
    late = (until < _end(case)) & ~(known <= until)
    for reference, day in zip(bills["reference"][late], came[late], strict=True):
        yield str(reference), f"came on {str(day)[:10]} and is not entered within {PAPER_DAYS_MAX} days"


def _returns(case: Case) -> pd.DataFrame:
    """What came back of goods that we ship, with the sale in Cin7 and the time by which it should be dealt with."""
    back = case.table("operations/returns_received")
    back = back.assign(at=back["received_at"].astype(_TIMES))
    sales = case.table("cin7/sales")[["external_id", "document_key"]]
    back = back.merge(sales, left_on="order_reference", right_on="external_id")
    days = np.busday_offset(back["at"].to_numpy().astype("datetime64[D]"), RETURN_WORKDAYS_MAX, roll="forward")
    back = back.assign(until=days.astype("datetime64[ms]"))
    return back[back["until"] < _end(case)]


def returned_is_credited(case: Case) -> Found:
    """Whoever sent something back has a credit note."""
    notes = case.table("cin7/credit_notes")
    first = notes.assign(at=notes["authorised_at"].astype(_TIMES)).groupby("sale_key", observed=True)["at"].max()
    back = _returns(case)
    at = first.reindex(back["document_key"]).set_axis(back.index)
    missing = back[~(at >= back["at"])]
    for sale, rma in zip(missing["document_key"], missing["rma"], strict=True):
        yield str(sale), f"goods of {rma} came back and are not credited"


def credited_is_restocked(case: Case) -> Found:
    """What came back fit for sale, and is credited, is back on the books."""
    notes = case.table("cin7/credit_notes").set_index("document_key")["sale_key"]
    restocks = case.table("cin7/restocks")
    units = restocks.assign(sale=restocks["credit_note_key"].map(notes)).groupby("sale", observed=True)["quantity"].sum()
    back = _returns(case)
    back = back[(back["condition"] == "resalable") & back["document_key"].isin(notes) & ~back["sku"].isin(case.unstocked)]
    expected = back.groupby("document_key", observed=True)["quantity"].sum()
    short = expected - units.reindex(expected.index).fillna(0).astype("int64")
    for sale, missing in short[short > 0].items():
        yield str(sale), f"{missing} units came back fit for sale and are not restocked"


def released_in_time(case: Case) -> Found:
    """Goods that came do not wait in transit for ever for the rest of what was billed."""
    items = case.table("cin7/reconciling_items")
    items = items[items["kind"] == "received_not_released"]
    if items.empty:
        return
    received = case.table("cin7/stock_received")
    at = received.assign(at=received["recorded_at"].astype(_TIMES)).groupby("document_key", observed=True)["at"].min()
    came = at.reindex(items["document_key"]).set_axis(items.index)
    waits = items["month_end"].astype("datetime64[s]").astype(_TIMES) - came
    late = items[waits > np.timedelta64(RELEASE_DAYS_MAX, "D")]
    for key, cents in late.groupby("document_key")["amount_cents"].first().items():
        yield str(key), f"{-int(cents)} cents of goods received wait in transit for longer than {RELEASE_DAYS_MAX} days"


def transfers_arrive(case: Case) -> Found:
    """What was sent to another location is received there."""
    sent = case.statuses("Stock Transfer", ("IN TRANSIT",))["document_key"]
    done = case.table("cin7/stock_transfer_receipts")["transfer_key"]
    transfers = case.table("cin7/stock_transfers").drop_duplicates("document_key")
    open_ = transfers[transfers["document_key"].isin(sent) & ~transfers["document_key"].isin(done)]
    due = case.days("cin7/stock_transfers", "required_by")[open_.index]
    late = ((case.month_ends[-1] - due.to_numpy()).astype("timedelta64[D]").astype(int) > TRANSFER_DAYS_MAX)
    for key in open_["document_key"][late]:
        yield str(key), f"is on its way more than {TRANSFER_DAYS_MAX} days after it was required"


def cancelled_is_voided(case: Case) -> Found:
    """An order that the channel has cancelled is no open sale in Cin7."""
    cancelled = case.table("operations/channel_cancellations")
    voided = case.statuses("Sale", ("VOIDED",))["document_key"]
    sales = case.table("cin7/sales")
    gone = sales[sales["external_id"].isin(cancelled["order_reference"]) & ~sales["document_key"].isin(voided)]
    for key in gone["document_key"]:
        yield str(key), "was cancelled at the channel and is not voided"


def counts_expect_what_lies_there(case: Case) -> Found:
    """A count expects what is on hand less what is packed and has not left."""
    counts = case.table("cin7/stocktakes")
    if counts.empty:
        return
    moved = case.table("cin7/inventory_movements")
    own = moved["document_key"].isin(counts["document_key"])  # what the count itself corrects is known only after it
    after = np.where(own, np.timedelta64(1, "ms"), np.timedelta64(0, "ms"))
    moved = moved.assign(at=moved["recorded_at"].astype(_TIMES) + after)
    heads = case.table("cin7/shipments")[["document_key", "location", "created_at"]]
    packed = case.table("cin7/shipment_lines").merge(heads, on="document_key")
    packed = packed.assign(at=packed["created_at"].astype(_TIMES))
    ended = case.statuses("Shipment", ("AUTHORISED", "VOIDED")).drop_duplicates("document_key")
    ends = packed.merge(ended[["document_key", "at"]].rename(columns={"at": "ended"}), on="document_key")
    rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    of = [
        (moved["sku"], moved["location"], moved["at"], moved["quantity"]),
        (packed["sku"], packed["location"], packed["at"], -packed["quantity"]),
        (ends["sku"], ends["location"], ends["ended"], ends["quantity"]),
    ]
    counted = {(str(sku), str(place)) for sku, place in zip(counts["sku"], counts["location"], strict=True)}
    for skus, places, times, units in of:
        for sku, place, at, n in zip(skus, places, times.to_numpy(), units, strict=True):
            if (sku, place) in counted:
                rows.setdefault((sku, place), []).append((at, n))
    held = {}
    for card, entries in rows.items():
        at = np.array([at for at, _ in entries], "datetime64[ms]")
        order = np.argsort(at, kind="stable")
        held[card] = at[order], np.cumsum(np.array([n for _, n in entries], np.int64)[order])
    known = case.times("cin7/stocktakes", "recorded_at").to_numpy()
    for key, sku, place, at, expected in zip(
        counts["document_key"], counts["sku"], counts["location"], known, counts["expected"], strict=True
    ):
        moments, sums = held.get((str(sku), str(place)), (np.array([], "datetime64[ms]"), np.array([], np.int64)))
        n = int(np.searchsorted(moments, at, side="right"))
        lies = int(sums[n - 1]) if n else 0
        if lies != expected:
            yield f"{key} {sku}", f"the count expected {expected}; on hand less packed were {lies}"


def adjusted_stays_gone(case: Case) -> Found:
    """What is adjusted away as missing is not found again when it is next counted; now and then it is."""
    gone, counts = case.table("cin7/stock_adjustments"), case.table("cin7/stocktakes")
    gone = gone[gone["quantity"] < 0].assign(at=gone["recorded_at"].astype(_TIMES))
    counts = counts.assign(at=counts["recorded_at"].astype(_TIMES), found=counts["counted"] - counts["expected"])
    cards: dict[Any, pd.DataFrame] = dict(iter(counts.groupby(["sku", "location"], observed=True)))
    seen = 0
    back: list[str] = []
    for key, sku, place, at in zip(gone["document_key"], gone["sku"], gone["location"], gone["at"], strict=True):
        rows = cards.get((sku, place))
        if rows is not None and (rows["at"] > at).any():
            seen += 1
            if rows[rows["at"] > at].sort_values("at")["found"].iloc[0] > 0:
                back.append(str(key))
    if len(back) >= FOUND_AGAIN_MIN and len(back) > seen * FOUND_AGAIN_SHARE:
        for key in back:
            yield key, "took units away as missing that the next count found"
