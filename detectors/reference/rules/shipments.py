"""Shipments that were never authorised: invoiced, the parcel gone or still there, the task open.

Two causes look alike until somebody asks the carrier: goods that left unrecorded, and invoices written before anything left.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...helpers import ledger_documents, sale_documents
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from ...evidence import Evidence

_ENTRY_WORKDAYS = 3
"""Working days within which a shipment is entered even on a bad day (assumption). Parcels that miss the van and
invoices of a month's last day wait a day or two."""
_BAD_DAY = 1
"""Working days by which an ordinary late entry is late (assumption)."""
_HABIT_DOCUMENTS = 3
"""Fewer overdue shipments are an oversight, not a way of working (assumption)."""
_SURE, _UNCONFIRMED = 0.95, 0.6
"""Probability with the carrier's papers, and without: the parcel may then still stand on the shelf."""


@needs("cin7")
def shipments_left_open(reading: Reading) -> Finding | None:
    """`invoice_authorised_shipment_incomplete`: invoiced and gone, the shipment open for days, or entered days late.

    Without operations it cannot tell whether the parcel is gone, and is less sure.
    """
    evidence = reading.evidence
    seen = evidence.has("operations")
    late = _entered_late(evidence)
    overdue = late[late["waited"] > _ENTRY_WORKDAYS]
    if len(overdue) < _HABIT_DOCUMENTS:
        return None
    words = f"{len(overdue)} invoiced sales had no authorised shipment after {_ENTRY_WORKDAYS} working days"
    if seen:
        # Where it is a habit, a parcel that is gone and not entered by the evening is most likely one more of them.
        overdue = late[(late["waited"] > _BAD_DAY) | late["entered_at"].isna()]
    still_open = overdue[overdue["entered_at"].isna()]
    words += f"; {len(still_open)} have none this evening, "
    words += "the carrier has the parcels" if seen else "operations not visible, so whether the goods left is not known"
    return Finding(
        cause="invoice_authorised_shipment_incomplete", layer="operations", since=overdue["since"].min(),
        amount_cents=_book_cost(evidence, still_open["shipment_key"]), keys=tuple(sorted(overdue["shipment_key"])),
        chain=_chain(evidence, overdue), probability=_SURE if seen else _UNCONFIRMED, words=words,
        follows=("connection_or_authorisation_break",) if _reported_by_others(reading, overdue) else (),
    )  # fmt: skip


def _reported_by_others(reading: Reading, overdue: pd.DataFrame) -> bool:
    """Whether the parcels left a house whose shipments a third party's feed reports."""
    if not reading.sees("integration"):
        return False
    feeds = reading.table("integration/feed_log")["feed"]
    if not (feeds == "third_party_shipments").any():
        return False
    places = reading.table("cin7/shipments").set_index("document_key")["location"]
    # A third party's house has one keeper; ours are entered by hand at any time of the day.
    return bool(look_up(overdue["shipment_key"], places).nunique() == 1)


@needs("cin7", "operations")
def invoiced_before_shipping(reading: Reading) -> Finding | None:
    """`invoice_authorised_before_shipment`: invoices authorised days before the goods leave, as a matter of course.

    The carrier's papers tell it from shipments that were never authorised: here the parcel is still in the house.
    """
    evidence = reading.evidence
    shipped = _first_authorised(evidence)
    tasks = reading.table("cin7/shipments")
    left = look_up(tasks["document_key"], shipped).groupby(tasks["sale_key"]).min()
    invoices = reading.table("cin7/sale_invoices")
    invoices = invoices[invoices["status"] != "VOIDED"].assign(left_at=lambda frame: look_up(frame["sale_key"], left))
    opened = tasks.groupby("sale_key")["created_at"].min()
    # Before anybody packed it: an invoice run takes packed sales only.
    # Services and what a supplier sends for us are never packed here.
    early = invoices[look_up(invoices["sale_key"], opened) > invoices["authorised_at"]]
    if len(early) < _HABIT_DOCUMENTS:
        return None
    after = early["authorised_at"].min()
    share = len(early) / max(1, int((invoices["authorised_at"] >= after).sum()))
    # An order of the same channels that was invoiced in the minute it was entered and has not left in that minute: the
    # picker may have begun at once, or nobody has begun.
    sales = reading.table("cin7/sales").set_index("document_key")
    channel = look_up(invoices["sale_key"], sales["source_channel"])
    at_once = look_up(invoices["sale_key"], sales["created_at"]) == invoices["authorised_at"]
    at_once &= within(channel, channel[early.index]) & ~(invoices["left_at"] <= invoices["authorised_at"])
    early = invoices[within(invoices["document_key"], early["document_key"]) | (at_once & (invoices["authorised_at"] >= after))]
    waiting = early[~(early["left_at"] <= reading.evening)]
    return Finding(
        cause="invoice_authorised_before_shipment", layer="cin7", since=after, keys=tuple(sorted(early["document_key"])),
        amount_cents=int(waiting["net_cents"].sum()), probability=0.9 if share > _MATTER_OF_COURSE else 0.5,
        words=f"{len(early)} invoices were authorised before the sale was packed; {len(waiting)} still wait for their goods",
    )  # fmt: skip


_MATTER_OF_COURSE = 0.05
"""Share of all invoices since then above which it is how the business works (assumption)."""


def _entered_late(evidence: Evidence) -> pd.DataFrame:
    """Invoiced sales whose shipment was not authorised on the evening it was due, or is not authorised yet.

    `since`: when the carrier took the parcel, or when the sale was invoiced if operations are hidden; `entered_at`:
    when the shipment was authorised, missing if it is still open; `waited`: working days from the one to the other.
    """
    sales = sale_documents(evidence)
    sales = sales[sales["invoiced_at"].notna() & (sales["invoice_status"] != "VOIDED") & (sales["shipment_status"] != "VOIDED")]
    entered = look_up(sales["shipment_key"], _first_authorised(evidence))
    sales = sales.assign(entered_at=entered, since=sales["invoiced_at"])
    sales.loc[sales["shipment_status"] != "AUTHORISED", "entered_at"] = None
    # Most sales are settled the same day; only the rest is worth comparing with outside papers.
    sales = sales[sales["entered_at"].isna() | (_waited(evidence, sales) > _BAD_DAY)]
    if evidence.has("operations"):
        sales = sales.assign(since=_collected(evidence, sales))
        sales = sales[sales["since"].notna()]
    return sales.assign(waited=_waited(evidence, sales))


def _waited(evidence: Evidence, sales: pd.DataFrame) -> npt.NDArray[np.int64]:
    return evidence.calendar.workdays_between(sales["since"], sales["entered_at"].fillna(_evening(evidence.as_of)))


def _first_authorised(evidence: Evidence) -> pd.Series[pd.Timestamp]:
    log = evidence.table("cin7/document_status_log")
    log = log[(log["document_type"] == "Shipment") & (log["status"] == "AUTHORISED")]
    return log.groupby("document_key")["at"].min()


def _collected(evidence: Evidence, sales: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """When the carrier took each sale's parcel; missing when no paper says so.

    A parcel without a reference is given to one overdue sale at most: the oldest that has as many units and was
    packed up to three working days before.
    """
    papers = evidence.table("operations/carrier_shipments")
    both = sales.merge(papers.dropna(subset=["order_reference"]), left_on="external_id", right_on="order_reference")
    # A paper older than the parcel bears another order's number, misread.
    named = both[both["collected_at"] >= both["opened_at"]].groupby("shipment_key")["collected_at"].min()
    when = look_up(sales["shipment_key"], named)
    nameless = papers[papers["order_reference"].isna()].sort_values(["collected_at", "tracking_number"])
    lines = evidence.table("cin7/shipment_lines").groupby("document_key")["quantity"].sum()
    units = look_up(sales["shipment_key"], lines)
    papers_missing = sales[when.isna() & (_waited(evidence, sales) > _ENTRY_WORKDAYS)]
    for row in papers_missing.sort_values(["opened_at", "order_number"]).index:
        fits = nameless[(nameless["units"] == units[row]) & (nameless["collected_at"] >= sales.at[row, "opened_at"])]
        waited = evidence.calendar.workdays_between(sales.at[row, "opened_at"], fits["collected_at"])
        fits = fits[waited <= _ENTRY_WORKDAYS]
        if len(fits):
            when[row] = fits["collected_at"].iloc[0]
            nameless = nameless.drop(fits.index[0])
    return when


def _book_cost(evidence: Evidence, shipment_keys: pd.Series[str]) -> int:
    """What the units of open shipments cost, in cents: each at the average of what Cin7 still holds of the product."""
    lines = evidence.table("cin7/shipment_lines")
    units = lines[within(lines["document_key"], shipment_keys)].groupby("sku")["quantity"].sum()
    card = evidence.table("cin7/inventory_movements").groupby("sku")[["quantity", "value_cents"]].sum().reindex(units.index)
    held = card["quantity"].where(card["quantity"] > 0)
    return round(float((units * card["value_cents"] / held).fillna(0.0).sum()))


def _chain(evidence: Evidence, overdue: pd.DataFrame) -> tuple[str, ...]:
    """The earliest affected sale: sale, shipment, invoice, and what became of the invoice in the ledger."""
    first = overdue.sort_values(["since", "order_number"]).iloc[0]
    chain = [str(first["sale_key"]), str(first["shipment_key"]), str(first["invoice_key"])]
    if evidence.has("integration"):
        chain += ledger_documents(evidence, [chain[-1]]).values()
    return tuple(chain)


def _evening(date: dt.date) -> pd.Timestamp:
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    return pd.Timestamp(date) + pd.Timedelta(hours=23, minutes=59)
