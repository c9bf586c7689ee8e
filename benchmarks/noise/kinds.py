"""The kinds of everyday noise that a healthy business has, each with how it is counted. Order is that of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from . import counting as c

if TYPE_CHECKING:
    import pandas as pd

    Frames = Mapping[str, pd.DataFrame]
    Count = Callable[[Frames], float]


class Kind(msgspec.Struct, frozen=True):
    """One kind of noise."""

    name: str
    how: str
    """How it is counted, in one clause."""
    count: Count
    """Occurrences in a case; for a share, 0 to 1."""
    is_share: bool = False
    """A share of something, which is the same for a month and a year."""


KINDS = (
    Kind("late receipts", "receipts recorded on a later day than goods were signed for", c.late_receipts),
    Kind("late shipments", "shipments authorised on a later day than the carrier collected", c.late_shipments),
    Kind("parcels that miss the van", "packed sales whose parcel was collected on a later day", c.missed_collections),
    Kind("split deliveries", "purchases received in more than one go", c.split_deliveries),
    Kind("mis-picks seen", "lines that came back with a product not on their order", c.mis_picks),
    Kind("shrink found", "count lines that found less than expected", c.counted_short),
    Kind("surplus found", "count lines that found more than expected", c.counted_over),
    Kind("vague adjustments", "stock adjustments with a reason of three words or less and no number", c.vague_adjustments),
    Kind("returns not resalable", "returned lines in another condition than resalable", c.returns_not_resalable),
    Kind("backorders", "sales that ever stood in BACKORDERED", c.backorders),
    Kind("cancellations", "orders cancelled in the channel", c.cancellations),
    Kind("voids", "documents that were voided", c.voids),
    Kind("promotions", "order lines sold at a discount", c.discounted_lines),
    Kind("discount share", "discounts in % of list value", c.discount_share, is_share=True),
    Kind("short payments", "sale invoices whose first payment is less than their total", c.short_payments),
    Kind("over payments", "sale invoices paid more than their total", c.over_payments),
    Kind("part bills", "purchases with more bills than receipts", c.part_bills),
    Kind("late bills", f"bills that arrived more than {c.LATE_BILL_DAYS} days after their date", c.late_bills),
    Kind("price variances", "bill lines at another price than ordered", c.price_variances),
    Kind("aged purchase orders", f"neither received in full nor closed {c.AGED_DAYS} days after they were expected",
         c.aged_purchases),
    Kind("drop shipments lacking", "lines that a supplier could not send to a customer at all", c.lacking_dispatches),
    Kind("late dispatch notes", "dispatches that the business heard of on a later day", c.late_dispatch_notes),
    Kind("papers without our reference", "carrier's, dock's and suppliers' papers that quote no number of ours",
         c.papers_without_reference),
    Kind("chargebacks", "gateway transactions of a type with DISPUTE", partial(c.gateway_lines, word="DISPUTE")),
    Kind("disputes won", "gateway transactions with DISPUTE that give money back", c.disputes_won),
    Kind("credits without goods", "sale credit notes of which nothing was restocked or came back", c.credits_without_goods),
    Kind("shipments undone", "shipments that were VOIDED after they were AUTHORISED", partial(c.undone, kind="Shipment")),
    Kind("invoices voided", "sale invoices that were VOIDED", partial(c.undone, kind="Sale Invoice")),
    Kind("orders ahead", "sales with a day on which to send them", c.orders_ahead),
    Kind("quotes left lying", "sales whose last status is ESTIMATING or ESTIMATED", c.quotes_left),
    Kind("downloads without answer", "rows of the feed log with ERROR", partial(c.feed_rows, status="ERROR")),
    Kind("files sent twice", "rows of the feed log with DUPLICATE", partial(c.feed_rows, status="DUPLICATE")),
    Kind("late files", "files of a third party fetched more than two hours after they were written", c.late_files),
    Kind("gateway adjustments", "gateway transactions of a type with ADJUSTMENT", partial(c.gateway_lines, word="ADJUSTMENT")),
    Kind("reserves", "gateway transactions of a type with RESERVE", partial(c.gateway_lines, word="RESERVE")),
    Kind("negative payouts", "payouts that took money from the bank", c.negative_payouts),
    Kind("unallocated credits", "ledger credit notes not used up at the end of their month", c.unallocated_credits),
    Kind("sync failed", "records that were ever Failed", partial(c.ever, status="Failed")),
    Kind("sync failed, resolved", "of these, all documents reached the ledger in the end",
         partial(c.resolved, status="Failed")),
    Kind("sync warned", "records that were ever Warning", partial(c.ever, status="Warning")),
    Kind("sync skipped", "records that were ever Skipped", partial(c.ever, status="Skipped")),
    Kind("sync skipped, carried", "of these, all documents are carried by another record that arrived",
         partial(c.resolved, status="Skipped")),
    Kind("authorised reopenings", "times the ledger's lock date was moved back", c.reopenings),
    Kind("recurring journals", f"manual journals of people, narration in {c.RECURRING_MONTHS} months or more",
         c.recurring_journals),
    Kind("rounding", "journal lines on a rounding account", c.rounding_lines),
    Kind("settings changed", "changes in any settings log, opening values and lock dates aside", c.settings_changed),
    Kind("groundless complaints", "tickets that name no product and no document", c.complaints),
    Kind("holiday gaps", "weekdays on which nobody packed, shipped, received, billed or adjusted", c.holiday_gaps),
    Kind("staff turnover", "users who appear or vanish: silent at an end for a quarter of the case", c.staff_changes),
)  # fmt: skip
ERROR = "sync error"
"""Name of the rows of which there is one an error text; which texts there are, the runs show."""


class Report(msgspec.Struct, frozen=True):
    """Counts per year of several profiles."""

    months: int
    rows: list[Row]


class Row(msgspec.Struct, frozen=True):
    """One kind, by profile."""

    name: str
    how: str
    unit: str
    """per year, or share."""
    counts: dict[str, float]


def measure(frames: Frames, months: int) -> dict[str, float]:
    """Every kind's count per year in one case of `months` months, by name."""
    return {kind.name: kind.count(frames) * (1.0 if kind.is_share else 12 / months) for kind in KINDS}


def measure_errors(frames: Frames, months: int) -> dict[str, float]:
    """Records per year that met each error text."""
    return {text: count * 12 / months for text, count in c.error_texts(frames).items()}


def report(
    kinds: Mapping[str, Mapping[str, float]], errors: Mapping[str, Mapping[str, float]], months: int
) -> Report:
    """One row a kind and one an error text, from what was measured by profile; what a profile never met is 0."""
    rows = [
        Row(kind.name, kind.how, "share" if kind.is_share else "per year", _by_profile(kinds, kind.name)) for kind in KINDS
    ]
    texts = sorted({text for found in errors.values() for text in found})
    rows += [Row(ERROR, f'records answered "{text}"', "per year", _by_profile(errors, text)) for text in texts]
    return Report(months, rows)


def _by_profile(measured: Mapping[str, Mapping[str, float]], name: str) -> dict[str, float]:
    return {profile: round(found.get(name, 0), 4) for profile, found in measured.items()}
