"""Integration logic: what the staging area holds back, what it says it delivered and did not, and connections gone silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_HABIT = 3
"""Fewer documents are an oversight (assumption)."""
_QUEUE_DAYS = 35
"""What a closed month refuses goes out with the next one (assumption); after that somebody has decided, or nobody has."""
_IGNORED_DAYS = 7
"""Days after which a failed record is ignored; what is transient is retried within hours (F-SKIP; days are an assumption)."""
_WARNED_DAYS, _LOOKED_INTO_DAYS = 4, 14
"""So many days with warnings of other amounts within so many days: nobody looks into them (assumption)."""
_SILENT_TIMES = 4
"""Multiples of a feed's usual interval after which it is silent (assumption)."""
_SILENT_HOURS = 24
"""And never sooner than this (assumption)."""
_DOWNLOADS = (
    "shopify_orders", "amazon_orders", "fba_orders", "pos_orders", "edi_orders", "phone_orders", "_payments", "_settlements",
    "bank", "third_party_shipments", "third_party_receipts",
)  # fmt: skip
"""Feeds that are asked by the clock; others go out when there is something to send."""
_SATURDAY, _WEEKEND_SHARE = 5, 0.1
"""Who sends less than that share of his files at weekends works on working days, if late at times (assumption)."""
_RHYTHMS = 3
"""Multiples of its usual interval at which a feed may honestly run for a time (assumption)."""
_ORDER_WORKDAYS = 5
"""Working days within which every channel order is downloaded and entered (assumption)."""
_ONE_PRODUCT = 0.8
"""Share of missing orders that hold the same few products, when it is the products (assumption)."""
_ROUNDING_CENTS = 5
"""What tax may differ by in one document, a cent a line (assumption)."""
_TOO_MANY = 429
_HELD_SHARE = 0.1
_BURST_DAYS, _BREAK_DAYS, _HEALED_DAYS = 3, 4, 2
"""Days with such refusals that make more than a burst of a day, the longest break between two, and days within which a
backlog heals by itself (F 26: 24 to 48 hours; the rest is an assumption)."""
_LOCKED = r"lock date|period closed|closed and the account books|\b6210\b"
_PAID, _REFUSED = r"has been paid", r"business validation error"
_TOO_MUCH = r"exceeds the amount outstanding"
_NOT_FOUND = r"product with sku '([^']*)' was not found"
_LIMIT = r"rate limit|too many|throttl|\b429\b|calls per minute"


def _said(frame: pd.DataFrame, pattern: str) -> pd.Series[bool]:
    words = frame["error_code"].fillna("") + " " + frame["message"].fillna("")
    found: pd.Series[bool] = words.str.contains(pattern, case=False, regex=True)
    return found


def _is_paid(frame: pd.DataFrame) -> pd.Series[bool]:
    """Refused because the document is paid. QuickBooks Online has one text for all its rules; payments break another one."""
    of_payment = frame["record_type"].astype(str).str.contains("payment", case=False)
    return _said(frame, _PAID) | (_said(frame, _REFUSED) & ~of_payment)


def _of(reading: Reading, cause: str, rows: pd.DataFrame, probability: float, words: str, *follows: str) -> Finding:
    rows = rows.sort_values(["created_at", "document_key"], kind="stable")
    amount = None
    if reading.sees("cin7"):
        amount = int(rows["amount_cents"].fillna(0).sum())
    return Finding(
        cause=cause, layer="integration", since=rows["created_at"].iloc[0], keys=tuple(rows["document_key"]),
        amount_cents=amount, probability=probability, words=words, follows=follows,
    )  # fmt: skip


@needs("integration")
def blocked_by_a_lock_date(reading: Reading) -> Finding | None:
    """`po_revaluation_blocked_by_lock_date`: a cost correction that a closed period refused, skipped or left for good."""
    rows = reading.stranded
    rows = rows[_said(rows, _LOCKED) & ((rows["status"] == "Skipped") | (reading.days(rows["created_at"]) > _QUEUE_DAYS))]
    if rows.empty:
        return None
    words = f"{len(rows)} documents were refused for a lock date and never delivered"
    return _of(reading, "po_revaluation_blocked_by_lock_date", rows, 0.85, words, "lock_date_mirror_drift")


@needs("integration")
def paid_and_edited(reading: Reading) -> Finding | None:
    """`paid_document_resync_rejected`: an edit of a paid document that the ledger refused; what it changed is missing there."""
    rows = reading.stranded
    rows = rows[_is_paid(rows) & (reading.days(rows["created_at"]) > _IGNORED_DAYS)]
    # A push of a document that did not change carries nothing new, and its refusal is harmless.
    if reading.sees("cin7"):
        rows = rows[rows["amount_cents"].fillna(0) != 0]
    if rows.empty:
        return None
    words = f"{len(rows)} edited documents were refused as paid already"
    return _of(reading, "paid_document_resync_rejected", rows, 0.85, words)


@needs("integration")
def skipped_stock_journals(reading: Reading) -> Finding | None:
    """`skipped_inventory_journal`: a manual journal was skipped, and no other record carries what it held."""
    rows = reading.stranded
    skipped = (rows["status"] == "Skipped") & (rows["record_type"] == "Manual journals")
    rows = rows[skipped & ~(_said(rows, _LOCKED) | _is_paid(rows))]
    if rows.empty:
        return None
    return _of(reading, "skipped_inventory_journal", rows, 0.85,
               f"{len(rows)} stock journals were skipped and never reached the ledger")  # fmt: skip


def _behind(reading: Reading, payments: pd.DataFrame) -> pd.Series[bool]:
    """Whether what each payment settles is missing in the ledger too, so that it waits for a reason."""
    import pandas as pd  # noqa: PLC0415

    if not reading.sees("cin7"):
        waits: pd.Series[bool] = pd.Series(data=False, index=payments.index)
        return waits
    settles = look_up(payments["document_key"], reading.table("cin7/sale_payments").drop_duplicates("document_key").set_index(
        "document_key")["paid_key"])  # fmt: skip
    return settles.notna() & ~within(settles, reading.arrived.index)


@needs("integration")
def orphaned_clearing(reading: Reading) -> Finding | None:
    """`orphaned_clearing_record`: payments that wait without end though what they settle has arrived, or are refused."""
    rows = reading.stranded
    stuck = rows["status"].isin(("Failed", "Pending", "Skipped")) & (reading.days(rows["created_at"]) > _IGNORED_DAYS)
    rows = rows[(rows["record_type"] == "Payments") & stuck & (_said(rows, _TOO_MUCH) | (rows["status"] != "Failed"))]
    rows = rows[~_behind(reading, rows)]
    if rows.empty:
        return None
    probability = 0.85 if reading.sees("cin7") and len(rows) >= _HABIT else 0.7
    return _of(reading, "orphaned_clearing_record", rows, probability, f"{len(rows)} payments are stuck in staging",
               "failed_sync_ignored", "qbo_invalid_item_name", "skipped_inventory_journal", "rate_limit_burst",
               "silent_partial_batch_acceptance")  # fmt: skip


@needs("integration")
def failures_ignored(reading: Reading) -> Finding | None:
    """`failed_sync_ignored`: records that failed for other reasons and that nobody looked at for a week."""
    rows = reading.stranded
    told = _said(rows, f"{_LOCKED}|{_TOO_MUCH}|{_LIMIT}") | _is_paid(rows)
    old = reading.days(rows["created_at"]) > _IGNORED_DAYS
    failed = rows[(rows["status"] == "Failed") & ~told & old]
    if failed.empty:
        return None
    waiting = rows[(rows["record_type"] == "Payments") & (rows["status"] == "Pending") & old]
    waiting = waiting[_behind(reading, waiting)]
    found = _of(reading, "failed_sync_ignored", failed, 0.8 if len(failed) >= _HABIT else 0.6,
                f"{len(failed)} documents failed more than {_IGNORED_DAYS} days ago",
                "qbo_invalid_item_name", "duplicate_product_identifier", "lock_date_mirror_drift",
                "connection_or_authorisation_break")  # fmt: skip
    return msgspec.structs.replace(found, keys=(*found.keys, *waiting["document_key"]))


@needs("integration")
def burst(reading: Reading) -> Finding | None:
    """`rate_limit_burst`: calls were refused for their number day after day, and documents waited for days."""
    import numpy as np  # noqa: PLC0415  (heavy; only when used)

    attempts = reading.table("integration/sync_attempts")
    attempts = attempts[attempts["error_code"].notna() | attempts["message"].notna()]
    limited = attempts[(attempts["http_status"] == _TOO_MANY) | _said(attempts, _LIMIT)]
    days = np.unique(limited["attempted_at"].to_numpy(dtype="datetime64[D]"))
    if len(days) < _BURST_DAYS:
        return None
    # A stretch of days with no longer break than a weekend: the one with most refused calls.
    stretch = np.concatenate([[0], np.cumsum(np.diff(days).astype("int64") > _BREAK_DAYS)])
    of = stretch[np.searchsorted(days, limited["attempted_at"].to_numpy(dtype="datetime64[D]"))]
    frame = reading.outbound
    frame = frame.assign(arrived_at=look_up(frame["document_key"], reading.arrived).fillna(reading.evening))
    waited = frame["arrived_at"] - frame["created_at"]
    best: pd.DataFrame | None = None
    for n in np.unique(of):
        calls = limited[of == n]
        first, last = calls["attempted_at"].min(), calls["attempted_at"].max()
        if calls["attempted_at"].dt.normalize().nunique() < _BURST_DAYS:
            continue
        held = frame[(frame["created_at"] <= last) & (frame["arrived_at"] > first) & (waited.dt.days >= 1)]
        staged = frame[frame["created_at"].between(first, last)]
        # Limits of a minute are everyday where much is sent, and hold up nothing.
        if len(held) < _HELD_SHARE * len(staged) or (waited[held.index].dt.days >= _HEALED_DAYS).sum() < _HABIT:
            continue
        if best is None or len(held) > len(best):
            best = held.assign(first=first)
    if best is None:
        return None
    slow = best.drop_duplicates("document_key")
    amounts = look_up(slow["document_key"], reading.amounts) if reading.sees("cin7") else None
    slow = slow.assign(amount_cents=amounts)
    slow.loc[within(slow["document_key"], reading.arrived.index), "amount_cents"] = 0  # it is there by now
    found = _of(reading, "rate_limit_burst", slow, 0.75,
                f"{len(limited)} calls were refused for their number; {len(slow)} documents waited a day or longer",
                "connection_or_authorisation_break")  # fmt: skip
    return msgspec.structs.replace(found, since=best["first"].iloc[0])


@needs("integration")
def connection_lost(reading: Reading) -> Finding | None:
    """`connection_or_authorisation_break`: a feed that comes by the clock and did not for a day, or only with errors."""
    found = _silences(reading)
    if not found:
        return None
    gap, since, feed = max(found)
    return Finding(
        cause="connection_or_authorisation_break", layer="integration", since=since, probability=0.85,
        keys=_waiting_behind(reading, since, gap), words=f"nothing came by {feed} for {gap:.0f} hours",
    )  # fmt: skip


def _silences(reading: Reading) -> list[tuple[float, pd.Timestamp, str]]:
    """Feeds that were silent for too long: for how many hours, since when, which."""
    import numpy as np  # noqa: PLC0415  (heavy; only when used)

    log = reading.table("integration/feed_log")
    log = log[log["status"] == "OK"].sort_values(["feed", "fetched_at"], kind="stable")
    # Uploads go out when something changes and keep no clock; only a feed that does, if at a new rhythm, can be late.
    log = log[log["feed"].astype("str").str.endswith(_DOWNLOADS)]
    found = []
    for feed, rows in log.groupby("feed", observed=True):
        good = rows["fetched_at"]
        if len(good) < 2 * _SILENT_TIMES:
            continue
        times = np.append(good.to_numpy(dtype="datetime64[s]"), reading.evening.to_datetime64()).astype("datetime64[s]")
        hours = np.diff(times.astype("int64")) / 3_600
        if (good.dt.day_of_week >= _SATURDAY).mean() < _WEEKEND_SHARE:
            # Who works on working days only is silent on the others.
            idle = (times[1:].astype("datetime64[D]") - times[:-1].astype("datetime64[D]")).astype("int64")
            idle = idle - reading.evidence.calendar.workdays_between(times[:-1], times[1:])
            hours = hours - 24 * np.maximum(idle, 0)
        usual = float(np.median(hours[:-1]))
        if float(np.quantile(hours[:-1], 0.9)) > _RHYTHMS * usual:
            continue
        longest = int(hours.argmax())
        gap = float(hours[longest])
        if gap > max(_SILENT_TIMES * usual, _SILENT_HOURS):
            found.append((gap, good.iloc[longest], str(feed)))
    return found


def _waiting_behind(reading: Reading, since: pd.Timestamp, hours: float) -> tuple[str, ...]:
    """Documents that were staged during a silence and reached the ledger only after it."""
    import pandas as pd  # noqa: PLC0415

    until = since + pd.Timedelta(hours=hours)
    rows = reading.outbound
    rows = rows[(rows["created_at"] > since) & (rows["created_at"] < until)]
    late = rows[~(look_up(rows["document_key"], reading.arrived) < until)]
    return tuple(late.sort_values(["created_at", "document_key"])["document_key"].unique())


def _turned_away(reading: Reading) -> pd.DataFrame:
    """Refused downloads of orders that name a code which Cin7 does not know, and that were not loaded later, by time.

    Columns: record_key, attempted_at, code.
    """
    attempts = reading.table("integration/sync_attempts").dropna(subset=["message"])
    codes = attempts["message"].astype("str").str.extract(f"(?i){_NOT_FOUND}")[0]
    refused = attempts[["record_key", "attempted_at"]].assign(code=codes).dropna(subset=["code"])
    records = reading.table("integration/sync_records")
    loaded = records.loc[records["status"].isin(("Completed", "Warning")), "record_key"]
    refused = refused[~within(refused["record_key"], loaded)].sort_values(["attempted_at", "record_key"], kind="stable")
    return refused.drop_duplicates("record_key")


@needs("integration")
def codes_turned_away(reading: Reading) -> Finding | None:
    """`unmapped_external_sku`: the channel's link says so itself, order by order, and the orders never come."""
    refused = _turned_away(reading)
    if refused.empty:
        return None
    codes = refused["code"].value_counts().index.tolist()
    return Finding(
        cause="unmapped_external_sku", layer="integration", since=refused["attempted_at"].iloc[0], probability=0.85,
        keys=tuple(refused["record_key"]), chain=(str(refused["record_key"].iloc[0]),),
        words=f"{len(refused)} downloads ended with a code that Cin7 does not know, such as {', '.join(codes[:3])}",
    )  # fmt: skip


@needs("operations", "cin7")
def orders_that_never_came(reading: Reading) -> Finding | None:
    """`unmapped_external_sku`: orders that Cin7 never got, all of them for the same few listings."""
    import pandas as pd  # noqa: PLC0415

    orders = reading.table("operations/channel_orders")
    orders = orders[reading.workdays(orders["placed_at"]) > _ORDER_WORKDAYS]
    known = reading.table("cin7/sales")["external_id"]
    cancelled = reading.table("operations/channel_cancellations")["order_reference"]
    missing = orders[~within(orders["order_reference"], pd.concat([known, cancelled]))]
    if missing.empty:
        return None
    missing = missing.sort_values(["placed_at", "order_reference"])
    since = missing["placed_at"].iloc[0]
    lost = missing["order_reference"].nunique()
    few, share = _dead_listings(orders, missing)
    value = int((missing["price_cents"] * missing["quantity"] - missing["discount_cents"]).sum())
    # Where no feed was silent, orders are turned away one by one.
    each = not _silences(reading) if reading.sees("integration") else 2 * len(few) <= lost
    sure = 0.15 if lost < _HABIT else 0.0
    if reading.sees("integration"):
        refused = _turned_away(reading)
        named = missing.loc[within(missing["sku"], refused["code"]), "order_reference"].nunique() / lost
        if named >= _ONE_PRODUCT:
            codes = refused["code"].value_counts().index.tolist()
            return Finding(
                cause="unmapped_external_sku", layer="integration", since=since, amount_cents=value, probability=0.9,
                keys=tuple(refused["record_key"]), chain=(str(refused["record_key"].iloc[0]),),
                words=f"{lost} channel orders never reached Cin7; {named:.0%} of them were refused for codes such as "
                      f"{', '.join(codes[:3])}",
            )  # fmt: skip
    if share < _ONE_PRODUCT or not each:
        return Finding(
            cause="connection_or_authorisation_break", layer="integration", since=since, amount_cents=value,
            probability=0.7 - sure,
            words=f"{lost} channel orders of all kinds never reached Cin7",
        )  # fmt: skip
    return Finding(
        cause="unmapped_external_sku", layer="integration", since=since, amount_cents=value, probability=0.85 - sure,
        words=f"{lost} channel orders never reached Cin7; {share:.0%} of them hold {', '.join(map(str, few[:3]))}",
    )  # fmt: skip


def _dead_listings(orders: pd.DataFrame, missing: pd.DataFrame) -> tuple[list[str], float]:
    """The fewest listings that explain most of the missing orders, commonest first, and the share that they explain.

    A listing explains an order when nothing that holds it has been entered since the first such order went missing.
    """
    # A listing is a channel's; each channel numbers its orders in its own way.
    orders, missing = (
        rows.assign(sku=rows["order_reference"].str.replace(r"\d+", "", regex=True) + " " + rows["sku"])
        for rows in (orders, missing)
    )
    first = missing.groupby("sku")["placed_at"].min()
    came = orders[~within(orders["order_reference"], missing["order_reference"])]
    last = came.groupby("sku")["placed_at"].max().reindex(first.index)
    dead = first.index[~(last > first)]
    left = missing[within(missing["sku"], dead)][["order_reference", "sku"]].drop_duplicates()
    lost, few = missing["order_reference"].nunique(), []
    explained = 0
    while len(left):
        counts = left["sku"].value_counts()
        sku = str(counts.index[0])
        few.append(sku.rsplit(" ", 1)[-1])
        gone = left.loc[left["sku"] == sku, "order_reference"]
        explained += gone.nunique()
        left = left[~within(left["order_reference"], gone)]
    return few, explained / lost


@needs("cin7", "integration", "ledger")
def said_to_be_there(reading: Reading) -> Finding | None:
    """`silent_partial_batch_acceptance`: Completed, and the ledger has nothing of it."""
    there = reading.posted["source_id"]
    rows = reading.outbound
    rows = rows[rows["status"].isin(("Completed", "Warning")) & ~within(rows["target_document_id"], there)]
    rows = rows[within(rows["target_document_id"], reading.differences["target_document_id"])]
    # What takes a document back becomes no document of its own there: it is set off against the one that it voids.
    rows = rows[~within(rows["target_document_id"], reading.table("ledger/allocations")["payment_id"])]
    amounts = look_up(rows["document_key"], reading.amounts).fillna(0)
    rows = rows.assign(amount_cents=amounts)[amounts != 0]
    if rows.empty:
        return None
    found = _of(reading, "silent_partial_batch_acceptance", rows, 0.9,
                f"{len(rows)} documents are marked as delivered and are not in the ledger")  # fmt: skip
    # What settles them cannot be there either.
    theirs = []
    for name, settles, at in (("sale_payments", "paid_key", "recorded_at"), ("purchase_payments", "bill_key", "recorded_at")):
        paid = reading.table(f"cin7/{name}")
        theirs += paid[within(paid[settles], rows["document_key"])].sort_values([at, "document_key"])["document_key"].tolist()
    # Bills and stock journals go to other accounts: what sales lack is the invoices' revenue.
    mapping = reading.table("cin7/account_mapping")
    lines = reading.lines
    sold = within(lines["account_code"], mapping.loc[mapping["purpose"] == "Revenue", "account_code"])
    lines = lines[sold & within(lines["document_key"], rows["document_key"])]
    return msgspec.structs.replace(
        found, keys=tuple(dict.fromkeys([*found.keys, *theirs])), amount_cents=abs(int(lines["amount_cents"].sum())),
    )  # fmt: skip


@needs("cin7", "integration", "ledger")
def posted_to_other_accounts(reading: Reading) -> Finding | None:
    """`qbo_product_account_override`: what arrived stands in other accounts than Cin7 sent it to, with the same total."""
    off = reading.differences
    there = reading.posted["source_id"]
    off = off[within(off["target_document_id"], there)]
    whole = off.groupby("target_document_id")["difference_cents"].agg(["sum", "max"])
    # Cents put to a rounding account are a matter of tax rules.
    off = off[within(off["target_document_id"], whole.index[(whole["sum"] == 0) & (whole["max"] > _ROUNDING_CENTS)])]
    if off.empty:
        return None
    rows = reading.outbound[within(reading.outbound["target_document_id"], off["target_document_id"])]
    rows = rows.sort_values(["created_at", "document_key"])
    moved = int(off.loc[off["difference_cents"] > 0, "difference_cents"].sum())
    return Finding(
        cause="qbo_product_account_override", layer="integration", since=rows["created_at"].iloc[0],
        keys=tuple(rows["document_key"].unique()), amount_cents=moved,
        probability=0.85 if off["target_document_id"].nunique() >= _HABIT else 0.6,
        words=f"{off['target_document_id'].nunique()} documents stand in other accounts of the ledger than Cin7 sent them to",
    )  # fmt: skip


@needs("integration", "ledger")
def revenue_by_another_way(reading: Reading) -> Finding | None:
    """`duplicate_revenue_path`: sales in the ledger, as documents, that Cin7 did not bring."""
    hand = reading.by_hand
    lines = hand[(hand["class"] == "REVENUE") & ~hand["source_type"].isin(("MANJOURNAL", "JournalEntry"))]
    lines = lines.sort_values(["recorded_at", "journal_id"])
    if lines["journal_id"].nunique() < _HABIT:
        return None
    return Finding(
        cause="duplicate_revenue_path", layer="integration", since=lines["recorded_at"].iloc[0],
        keys=tuple(lines["source_id"].dropna().unique()), amount_cents=-int(lines["amount_cents"].sum()), probability=0.85,
        words=f"{lines['journal_id'].nunique()} sales documents reached the ledger by another way than Cin7",
    )  # fmt: skip


def _rules_without_code(reading: Reading) -> pd.Timestamp | None:
    """Since when a tax rule has had no code in the ledger, where that is longer than a look at the queue takes."""
    log = reading.table("integration/settings_log")
    log = log[log["setting"] == "Tax code"].sort_values("recorded_at", kind="stable").drop_duplicates("key", keep="last")
    log = log[log["new_value"].fillna("").eq("") & (reading.days(log["recorded_at"]) > _LOOKED_INTO_DAYS)]
    return None if log.empty else log["recorded_at"].min()


@needs("integration")
def warnings_waved_through(reading: Reading) -> Finding | None:
    """`sync_warning_cleared`: documents that arrived with a warning and with cents that are not Cin7's."""
    if not reading.sees("cin7", "ledger"):
        return None
    warned = reading.outbound
    log = reading.table("integration/sync_status_log")
    records = log.loc[log["status"] == "Warning", "record_key"]
    warned = warned[within(warned["record_key"], records)]
    off = reading.differences
    off = off[within(off["target_document_id"], warned["target_document_id"])]
    rows = warned[within(warned["target_document_id"], off["target_document_id"])]
    empty = _rules_without_code(reading)
    if empty is not None and len(rows):
        rows = rows[rows["created_at"] >= empty]
        off = off[within(off["target_document_id"], rows["target_document_id"])]
        if (reading.days(rows["created_at"]) > _LOOKED_INTO_DAYS).any():  # nobody can see it before the first warning
            found = _of(reading, "sync_warning_cleared", rows.assign(amount_cents=0), 0.85,
                        f"a tax rule has had no code for weeks; {len(rows)} documents arrived with a warning and other amounts")
            cents = int(off["difference_cents"].clip(lower=0).sum())
            return msgspec.structs.replace(found, since=empty, amount_cents=cents)
    days = sorted(rows["created_at"].astype("datetime64[s]").dt.normalize().unique())
    spans = (last - first for first, last in zip(days, days[_WARNED_DAYS - 1 :], strict=False))
    if not any(span.days <= _LOOKED_INTO_DAYS for span in spans):
        return None  # what lay behind it was put right at the next review
    rows = rows.assign(amount_cents=0)
    found = _of(reading, "sync_warning_cleared", rows, 0.8, f"{len(rows)} documents arrived with a warning and other amounts")
    return msgspec.structs.replace(found, amount_cents=int(off["difference_cents"].clip(lower=0).sum()))


RULES = (
    blocked_by_a_lock_date, paid_and_edited, skipped_stock_journals, orphaned_clearing, failures_ignored, burst,
    connection_lost, codes_turned_away, orders_that_never_came, said_to_be_there, posted_to_other_accounts,
    revenue_by_another_way, warnings_waved_through,
)  # fmt: skip
