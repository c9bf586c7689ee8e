"""Counts of everyday noise: one small pure function a kind, of the evidence's data frames, for the whole of a case.

Each sees what anybody with the exported tables could see, and nothing of how noise is made; where the tables show only
part of a kind, its description in `kinds` says which part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detectors.evidence import look_up

if TYPE_CHECKING:
    import pandas as pd

    Frames = Mapping[str, pd.DataFrame]

ARRIVED = ("Completed", "Warning")
OVER = ("COMPLETED", "VOIDED", "CLOSED", "CREDITED", "RECEIVED / CREDITED")
"""Statuses of a purchase from which nobody waits for goods."""
LATE_BILL_DAYS, AGED_DAYS = 10, 30
LATE_FILE_HOURS = 2
RECURRING_MONTHS = 3
ENTRIES_MIN = 5
"""A user who enters less than this is not known well enough to be missed."""
REASON_WORDS_MAX = 3
_LOCKS = ("LockDate", "PeriodLockDate")
_REFERENCES = {
    "operations/carrier_shipments": ("tracking_number", "order_reference"),
    "operations/dock_receipts": ("delivery_note", "purchase_reference"),
    "operations/supplier_documents": ("reference", "purchase_reference"),
    "operations/supplier_dispatches": ("dispatch_reference", "purchase_reference"),
}
"""Outside papers: their own number, and ours as they quote it."""


# --- goods --------------------------------------------------------------------------------------------------


def late_receipts(frames: Frames) -> int:
    """Receipts recorded on a later day than the goods were signed for, or than they say themselves."""
    import pandas as pd  # noqa: PLC0415

    numbers = frames["cin7/purchases"][["document_key", "order_number"]].rename(columns={"document_key": "purchase_key"})
    rows = frames["cin7/stock_received"].merge(numbers, on="purchase_key").sort_values("recorded_at", kind="stable")
    papers = frames["operations/dock_receipts"][["purchase_reference", "sku", "quantity", "arrived_at"]]
    papers = papers.dropna(subset="purchase_reference").sort_values("arrived_at", kind="stable")
    rows = pd.merge_asof(
        rows, papers, left_on="recorded_at", right_on="arrived_at", left_by=["order_number", "sku", "quantity"],
        right_by=["purchase_reference", "sku", "quantity"],
    )  # fmt: skip
    happened = rows[["received_date", "arrived_at"]].min(axis=1).dt.normalize()
    return int(rows.loc[rows["recorded_at"].dt.normalize() > happened, "document_key"].nunique())


def late_shipments(frames: Frames) -> int:
    """Shipments authorised on a later day than the carrier collected their parcel."""
    authorised = _first(frames, "Shipment", "AUTHORISED")
    rows = _with_collection(frames, frames["cin7/shipments"], authorised)
    return int((rows["at"].dt.normalize() > rows["collected_at"].dt.normalize()).sum())


def missed_collections(frames: Frames) -> int:
    """Parcels that the carrier collected on a later day than they were packed."""
    import pandas as pd  # noqa: PLC0415

    packed = _first(frames, "Sale", "PACKED").rename("at")
    sales = frames["cin7/sales"][["document_key", "external_id"]].dropna(subset="external_id")
    rows = sales.join(packed, on="document_key", how="inner").sort_values("at", kind="stable")
    parcels = _parcels(frames)
    rows = pd.merge_asof(
        rows, parcels, left_on="at", right_on="collected_at", left_by="external_id", right_by="order_reference",
        direction="forward",
    )  # fmt: skip
    return int((rows["collected_at"].dt.normalize() > rows["at"].dt.normalize()).sum())


def _first(frames: Frames, document_type: str, status: str) -> pd.Series[Any]:
    """When each document of a type first took a status, by document key."""
    log = frames["cin7/document_status_log"]
    rows = log[(log["document_type"] == document_type) & (log["status"] == status)]
    return rows.groupby("document_key")["at"].min()


def _parcels(frames: Frames) -> pd.DataFrame:
    parcels = frames["operations/carrier_shipments"][["order_reference", "collected_at"]]
    return parcels.dropna(subset="order_reference").sort_values("collected_at", kind="stable")


def _with_collection(frames: Frames, shipments: pd.DataFrame, at: pd.Series[Any]) -> pd.DataFrame:
    """Shipments with their moment and the last parcel of their order collected until then."""
    import pandas as pd  # noqa: PLC0415

    orders = frames["cin7/sales"].set_index("document_key")["external_id"].rename("order_reference")
    rows = shipments[["document_key", "sale_key"]].join(orders, on="sale_key").join(at.rename("at"), on="document_key")
    rows = rows.dropna(subset=["order_reference", "at"]).sort_values("at", kind="stable")
    return pd.merge_asof(rows, _parcels(frames), left_on="at", right_on="collected_at", by="order_reference")


def mis_picks(frames: Frames) -> int:
    """Lines that came back with a product that their order does not have."""
    ordered = frames["operations/channel_orders"][["order_reference", "sku"]].drop_duplicates()
    back = frames["operations/returns_received"].merge(ordered, on=["order_reference", "sku"], how="left", indicator=True)
    known = back["order_reference"].isin(ordered["order_reference"])
    return int((known & (back["_merge"] == "left_only")).sum())


def counted_short(frames: Frames) -> int:
    """Count lines that found less than Cin7 expected."""
    lines = frames["cin7/stocktakes"]
    return int((lines["counted"] < lines["expected"]).sum())


def counted_over(frames: Frames) -> int:
    """Count lines that found more than Cin7 expected."""
    lines = frames["cin7/stocktakes"]
    return int((lines["counted"] > lines["expected"]).sum())


def vague_adjustments(frames: Frames) -> int:
    """Adjustments whose reason has at most three words and no number that leads anywhere."""
    rows = frames["cin7/stock_adjustments"].drop_duplicates("document_key")
    reason = rows["reason"].fillna("").astype(str)
    short = reason.str.count(r"\S+") <= REASON_WORDS_MAX
    return int((short & ~reason.str.contains(r"\d", regex=True)).sum())


def returns_not_resalable(frames: Frames) -> int:
    """Returned lines that cannot be sold again."""
    return int((frames["operations/returns_received"]["condition"] != "resalable").sum())


# --- what is undone, credited, asked for and told by file -----------------------------------------------------


def undone(frames: Frames, kind: str) -> int:
    """Documents of a kind that were authorised and voided."""
    log = frames["cin7/document_status_log"]
    own = log[log["document_type"] == kind]
    voided = own.loc[own["status"] == "VOIDED", "document_key"]
    return int(own.loc[own["status"] == "AUTHORISED", "document_key"].isin(voided).sum())


def disputes_won(frames: Frames) -> int:
    """Transactions of disputes that give money back."""
    rows = frames["operations/gateway_transactions"]
    return int(((rows["type"] == "DISPUTE") & (rows["amount_cents"] > 0)).sum())


def credits_without_goods(frames: Frames) -> int:
    """Credit notes without a restock on sales of which nothing came back."""
    notes, sales = frames["cin7/credit_notes"], frames["cin7/sales"]
    bare = notes[~notes["document_key"].isin(frames["cin7/restocks"]["credit_note_key"])]
    came = sales.loc[sales["external_id"].isin(frames["operations/returns_received"]["order_reference"]), "document_key"]
    return int((~bare["sale_key"].isin(came)).sum())


def orders_ahead(frames: Frames) -> int:
    """Sales to be sent on a day of their own."""
    return int(frames["cin7/sales"]["ship_by"].notna().sum())


def quotes_left(frames: Frames) -> int:
    """Sales that are quotes and neither ordered nor voided."""
    return int(frames["cin7/sales"]["status"].isin(["ESTIMATING", "ESTIMATED"]).sum())


def feed_rows(frames: Frames, status: str) -> int:
    """Downloads and uploads with that status."""
    return int((frames["integration/feed_log"]["status"] == status).sum())


def late_files(frames: Frames) -> int:
    """Files of a third party that came hours after they were written."""
    rows = frames["integration/feed_log"]
    rows = rows[rows["feed"].astype(str).str.startswith("third_party") & (rows["status"] == "OK")]
    return int((rows["fetched_at"] - rows["window_to"] > dt.timedelta(hours=LATE_FILE_HOURS)).sum())


# --- selling ------------------------------------------------------------------------------------------------


def backorders(frames: Frames) -> int:
    """Sales that ever stood in BACKORDERED."""
    return len(_first(frames, "Sale", "BACKORDERED"))


def cancellations(frames: Frames) -> int:
    """Orders cancelled in the channel."""
    return len(frames["operations/channel_cancellations"])


def voids(frames: Frames) -> int:
    """Documents of any type that were voided."""
    log = frames["cin7/document_status_log"]
    return int(log.loc[log["status"] == "VOIDED", "document_key"].nunique())


def discounted_lines(frames: Frames) -> int:
    """Order lines sold at a discount."""
    return int((frames["operations/channel_orders"]["discount_cents"] > 0).sum())


def discount_share(frames: Frames) -> float:
    """Discounts as a share of list value, 0 to 1; 0 without orders."""
    lines = frames["operations/channel_orders"]
    gross = int((lines["price_cents"] * lines["quantity"]).sum())
    return int(lines["discount_cents"].sum()) / gross if gross else 0.0


def short_payments(frames: Frames) -> int:
    """Sale invoices whose first payment is less than their total."""
    invoices, payments = _paid_invoices(frames)
    first = payments.sort_values("recorded_at", kind="stable").drop_duplicates("paid_key").set_index("paid_key")["amount_cents"]
    return int((first < invoices.reindex(first.index)).sum())


def over_payments(frames: Frames) -> int:
    """Sale invoices that were paid more than their total."""
    invoices, payments = _paid_invoices(frames)
    paid = payments.groupby("paid_key")["amount_cents"].sum()
    return int((paid > invoices.reindex(paid.index)).sum())


def _paid_invoices(frames: Frames) -> tuple[pd.Series[Any], pd.DataFrame]:
    """Totals of sale invoices by key, and the payments (not refunds) on them."""
    invoices = frames["cin7/sale_invoices"].set_index("document_key")["total_cents"]
    payments = frames["cin7/sale_payments"]
    return invoices, payments[(payments["amount_cents"] > 0) & payments["paid_key"].isin(invoices.index)]


# --- buying -------------------------------------------------------------------------------------------------


def part_bills(frames: Frames) -> int:
    """Purchases with more bills than receipts, of those that have a receipt."""
    bills = frames["cin7/purchase_invoices"].groupby("purchase_key")["document_key"].nunique()
    receipts = frames["cin7/stock_received"].groupby("purchase_key")["document_key"].nunique()
    return int((bills.reindex(receipts.index, fill_value=0) > receipts).sum())


def late_bills(frames: Frames) -> int:
    """Bills that arrived more than ten days after their date."""
    papers = frames["operations/supplier_documents"]
    papers = papers[papers["kind"] == "invoice"]
    late = (papers["arrived_at"].dt.normalize() - papers["date"]).dt.days > LATE_BILL_DAYS
    return int(papers.loc[late, "reference"].nunique())


def price_variances(frames: Frames) -> int:
    """Bill lines at another price than any line of the order for that product."""
    bills = frames["cin7/purchase_invoices"][["document_key", "purchase_key"]]
    billed = frames["cin7/purchase_invoice_lines"].merge(bills, on="document_key")
    ordered = frames["cin7/purchase_lines"].rename(columns={"document_key": "purchase_key"})
    at_price = ["purchase_key", "sku", "unit_cost"]
    known = billed.merge(ordered[["purchase_key", "sku"]].drop_duplicates(), on=["purchase_key", "sku"])
    rows = known.merge(ordered[at_price].drop_duplicates(), on=at_price, how="left", indicator=True)
    return int((rows["_merge"] == "left_only").sum())


def split_deliveries(frames: Frames) -> int:
    """Purchases received in more than one go."""
    return int((frames["cin7/stock_received"].groupby("purchase_key")["document_key"].nunique() > 1).sum())


def aged_purchases(frames: Frames) -> int:
    """Purchases for stock that, thirty days after they were expected, were neither received in full nor put away."""
    import pandas as pd  # noqa: PLC0415

    purchases, end = frames["cin7/purchases"], last_moment(frames)
    own = purchases[purchases["sale_key"].isna() & (purchases["type"] != "Service Purchase")]  # the others never come here
    rows = own[["document_key", "required_by"]].dropna(subset="required_by")
    due = (rows["required_by"] + pd.Timedelta(days=AGED_DAYS + 1)).set_axis(rows["document_key"])
    due = due[due <= end]
    ordered = frames["cin7/purchase_lines"].groupby("document_key")["quantity"].sum().reindex(due.index, fill_value=0)
    receipts = frames["cin7/stock_received"]
    in_time = receipts[receipts["recorded_at"] < look_up(receipts["purchase_key"], due)]
    received = in_time.groupby("purchase_key")["quantity"].sum().reindex(due.index, fill_value=0)
    log = frames["cin7/document_status_log"]
    over = log[log["status"].isin(OVER) & (log["document_type"] == "Purchase")].groupby("document_key")["at"].min()
    put_away = over.reindex(due.index) < due
    return int(((received < ordered) & ~put_away).sum())


def lacking_dispatches(frames: Frames) -> int:
    """Lines that a supplier could not send to a customer at all."""
    return int((frames["operations/supplier_dispatches"]["quantity"] == 0).sum())


def late_dispatch_notes(frames: Frames) -> int:
    """Dispatches that the business heard of on a later day."""
    notes = frames["operations/supplier_dispatches"]
    late = notes["known_at"].dt.normalize() > notes["dispatched_at"].dt.normalize()
    return int(notes.loc[late, "dispatch_reference"].nunique())


def papers_without_reference(frames: Frames) -> int:
    """Outside papers that quote no number of ours."""
    return sum(
        int(frames[table].loc[frames[table][ours].isna(), number].nunique()) for table, (number, ours) in _REFERENCES.items()
    )


# --- money --------------------------------------------------------------------------------------------------


def gateway_lines(frames: Frames, word: str) -> int:
    """Gateway transactions whose type contains `word`."""
    return int(frames["operations/gateway_transactions"]["type"].astype(str).str.contains(word, regex=False).sum())


def negative_payouts(frames: Frames) -> int:
    """Payouts that took money from the bank."""
    return int((frames["operations/gateway_payouts"]["net_cents"] < 0).sum())


def unallocated_credits(frames: Frames) -> int:
    """Credit notes of the ledger that were not used up by the end of the month in which they were recorded."""
    import pandas as pd  # noqa: PLC0415

    documents = frames["ledger/documents"]
    notes = documents[documents["type"].isin(["ACCRECCREDIT", "ACCPAYCREDIT"])].set_index("ledger_document_id")
    month_end = notes["recorded_at"].dt.normalize() + pd.offsets.MonthEnd(0) + pd.Timedelta(days=1)
    used = frames["ledger/allocations"]
    until = look_up(used["ledger_document_id"], month_end)
    in_time = used[used["recorded_at"] < until].groupby("ledger_document_id")["amount_cents"].sum()
    open_then = notes["total_cents"].abs() > in_time.abs().reindex(notes.index, fill_value=0)
    return int((open_then & (month_end <= last_moment(frames))).sum())


# --- the sync -----------------------------------------------------------------------------------------------


def ever(frames: Frames, status: str) -> int:
    """Sync records that ever had a status."""
    return len(_ever(frames, status))


def resolved(frames: Frames, status: str) -> int:
    """Sync records that once had `status` and whose documents all reached the ledger, by this record or another."""
    carried = frames["integration/sync_record_documents"]
    log = frames["integration/sync_status_log"]
    done = set(log.loc[log["status"].isin(ARRIVED), "record_key"])
    reached = set(carried.loc[carried["record_key"].isin(done), "document_key"])
    theirs = carried[carried["record_key"].isin(_ever(frames, status))]
    return int(theirs["document_key"].isin(reached).groupby(theirs["record_key"]).all().sum())


def _ever(frames: Frames, status: str) -> set[str]:
    log = frames["integration/sync_status_log"]
    return set(log.loc[log["status"] == status, "record_key"])


def error_texts(frames: Frames) -> dict[str, int]:
    """Records by the text the other system answered, dates and numbers left out; a record counts once for each text."""
    attempts = frames["integration/sync_attempts"].dropna(subset="message")
    text = attempts["message"].astype(str).str.replace(r"\d{1,2}-[A-Z][a-z]{2}-\d{4}|\d+", "…", regex=True)
    counts = attempts.assign(text=text).groupby("text")["record_key"].nunique()
    return {str(name): int(count) for name, count in counts.items()}


# --- the books and the people --------------------------------------------------------------------------------


def reopenings(frames: Frames) -> int:
    """Times the ledger's lock date was moved back, or taken away, after it had been set."""
    count = 0
    for _, locks in frames["ledger/lock_dates"].sort_values("recorded_at", kind="stable").groupby("kind"):
        before, after = locks["lock_date"].shift(), locks["lock_date"]
        # Dates at or before the lock are closed, so no date at all opens everything; the first row has none before it.
        count += int((before.notna() & (after.isna() | (after < before))).sum())
    return count


def recurring_journals(frames: Frames) -> int:
    """Manual journals that no sync record brought and whose narration occurs in at least three months."""
    journals = frames["ledger/journals"]
    brought = set(frames["integration/sync_records"]["target_document_id"].dropna())
    own = journals[(journals["source_type"] == "MANJOURNAL") & ~journals["source_id"].isin(brought)].dropna(subset="narration")
    months = own["journal_date"].dt.to_period("M").groupby(own["narration"]).nunique()
    return int(own["narration"].isin(months[months >= RECURRING_MONTHS].index).sum())


def rounding_lines(frames: Frames) -> int:
    """Journal lines on an account that the ledger keeps for rounding."""
    accounts = frames["ledger/accounts"]
    codes = accounts.loc[accounts["system_account"] == "ROUNDING", "account_code"]
    return int(frames["ledger/journal_lines"]["account_code"].isin(codes).sum())


def settings_changed(frames: Frames) -> int:
    """Changes of settings in any system, opening values and lock dates aside."""
    count = 0
    for name, log in frames.items():
        if name.endswith("/settings_log"):
            count += int((log["old_value"].fillna("").ne("") & ~log["setting"].isin(_LOCKS)).sum())
    return count


def complaints(frames: Frames) -> int:
    """Tickets in the issue logs that name neither a product nor a document: nothing to look up."""
    skus = set(frames["cin7/products"]["sku"])
    count = 0
    for name, log in frames.items():
        if name.endswith("/issue_log"):
            words = log["text"].fillna("").astype(str).str.findall(r"[\w-]+")
            count += sum(not any(word in skus or any(c.isdigit() for c in word) for word in each) for each in words)
    return count


def holiday_gaps(frames: Frames) -> int:
    """Weekdays, first to last, on which nobody packed, shipped, received, billed or adjusted anything."""
    import numpy as np  # noqa: PLC0415

    log = frames["cin7/document_status_log"]
    worked = np.unique(log.loc[log["document_type"] != "Sale", "at"].to_numpy().astype("datetime64[D]"))
    if not len(worked):
        return 0
    weekdays = worked[np.is_busday(worked)]
    return int(np.busday_count(worked[0], worked[-1] + np.timedelta64(1, "D"))) - len(weekdays)


def staff_changes(frames: Frames) -> int:
    """Users who appear or vanish: silent at an end of the case for over a quarter of it, and twice their longest pause.

    Of users with five entries or more, one who appears and vanishes counts twice.
    """
    import pandas as pd  # noqa: PLC0415

    parts = []
    for name, user in _SIGNED.items():
        at = _SIGNED_AT.get(name, "recorded_at")
        parts.append(frames[name][[user, at]].set_axis(["user", "at"], axis=1))
    entries = pd.concat(parts, ignore_index=True).dropna().sort_values("at", kind="stable")
    if entries.empty:
        return 0
    start, end = entries["at"].min(), last_moment(frames)
    pause = entries.groupby("user")["at"].diff().groupby(entries["user"]).max()
    known = entries.groupby("user")["at"].agg(["min", "max", "size"])
    known = known[known["size"] >= ENTRIES_MIN]
    silence = (2 * pause.reindex(known.index)).clip(lower=(end - start) / 4)
    return int((known["min"] - start > silence).sum() + (end - known["max"] > silence).sum())


_SIGNED = {
    "cin7/stock_adjustments": "adjusted_by", "cin7/settings_log": "changed_by", "integration/settings_log": "changed_by",
    "integration/sync_status_log": "changed_by", "ledger/settings_log": "changed_by", "ledger/journals": "created_by",
    "ledger/bank_coding": "coded_by", "ledger/lock_dates": "set_by", "operations/issue_log": "raised_by",
    "cin7/issue_log": "raised_by", "integration/issue_log": "raised_by", "ledger/issue_log": "raised_by",
}  # fmt: skip
"""Tables that say who did something, and the column that does."""
_SIGNED_AT = {
    "integration/sync_status_log": "at", "ledger/bank_coding": "coded_at", "operations/issue_log": "raised_at",
    "cin7/issue_log": "raised_at", "integration/issue_log": "raised_at", "ledger/issue_log": "raised_at",
}  # fmt: skip


def last_moment(frames: Frames) -> pd.Timestamp:
    """The midnight after the last thing the integration did: it works every day, so that is when the case ends."""
    import pandas as pd  # noqa: PLC0415

    at = frames["integration/feed_log"]["fetched_at"].max()
    return pd.Timestamp.max if pd.isna(at) else at.normalize() + pd.Timedelta(days=1)
