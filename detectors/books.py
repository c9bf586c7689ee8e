"""Where two systems' books are compared: stock card, Cin7's transactions, the queue and the ledger, account by account.

Pure functions of evidence, as known on its evening; money in cents, debit positive. They hold no opinion on what is
wrong: a gap may be a fault, a mask or a document on its way.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from .evidence import Evidence, look_up, within
from .helpers import posted_lines

if TYPE_CHECKING:
    import pandas as pd

ARRIVED = ("Completed", "Warning")
"""Sync statuses of a record whose document stands in the ledger, according to the integration."""


def arrivals(evidence: Evidence) -> pd.Series[pd.Timestamp]:
    """When the first record that carries each Cin7 document arrived in the ledger, by document_key. Needs integration."""
    records = evidence.table("integration/sync_records")
    outbound = records.loc[records["direction"] == "outbound", "record_key"]
    log = evidence.table("integration/sync_status_log")
    log = log[within(log["status"], ARRIVED) & within(log["record_key"], outbound)]
    arrived = log.sort_values("at", kind="stable").drop_duplicates("record_key").set_index("record_key")["at"]
    carried = evidence.table("integration/sync_record_documents")
    carried = carried.assign(at=look_up(carried["record_key"], arrived)).dropna(subset=["at"])
    carried = carried.sort_values("at", kind="stable").drop_duplicates("document_key")
    return carried.set_index("document_key")["at"]


def cin7_lines(evidence: Evidence) -> pd.DataFrame:
    """Cin7's transactions, one row an account moved instead of a pair. Needs cin7.

    Columns: transaction_id, recorded_at, effective_date, account_code, amount_cents, document_key, type.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    pairs = evidence.table("cin7/transactions")
    kept = ["transaction_id", "recorded_at", "effective_date", "amount_cents", "document_key", "type"]
    debits = pairs[kept].assign(account_code=pairs["debit_account"])
    credits_ = pairs[kept].assign(account_code=pairs["credit_account"], amount_cents=-pairs["amount_cents"])
    return pd.concat([debits, credits_], ignore_index=True)


def sub_ledger(evidence: Evidence, date: dt.date | None = None) -> pd.DataFrame:
    """What each account holds according to each system, on the evening of `date` (default: of the evidence).

    Columns: account_code, name, control, stock_card_cents (value of units, by movements), cin7_cents (its transactions),
    waiting_cents (of those, what no record has brought to the ledger), ledger_cents. Columns of a layer that is not
    visible are left out, waiting_cents without integration too. What a system recorded by the evening counts, whatever
    date it bears. Without the ledger, accounts are those that Cin7 uses, without name and control.
    """
    import pandas as pd  # noqa: PLC0415

    known = evidence if date is None else evidence.as_of_date(date)
    columns: dict[str, pd.Series[int]] = {}
    if known.has("cin7"):
        moves = known.table("cin7/inventory_movements")
        columns["stock_card_cents"] = moves.groupby("account_code")["value_cents"].sum()
        lines = cin7_lines(known)
        columns["cin7_cents"] = lines.groupby("account_code")["amount_cents"].sum()
        if known.has("integration"):
            waiting = lines[~within(lines["document_key"], arrivals(known).index)]
            columns["waiting_cents"] = waiting.groupby("account_code")["amount_cents"].sum()
    if known.has("ledger"):
        # A journal dated later counts once it is recorded, as in Cin7: the two are compared by what they know.
        columns["ledger_cents"] = posted_lines(known).groupby("account_code")["amount_cents"].sum()
    sums = pd.DataFrame(columns).fillna(0).astype("int64")
    if not known.has("ledger"):
        return sums.rename_axis("account_code").reset_index()
    accounts = known.table("ledger/accounts")[["account_code", "name", "control"]]
    for column in sums.columns:
        accounts[column] = look_up(accounts["account_code"], sums[column]).fillna(0).astype("int64")
    return accounts.sort_values("account_code", ignore_index=True)


def tie_out(evidence: Evidence) -> pd.DataFrame:
    """How far each tied control account of the ledger is from Cin7 less the queue, on each month-end and this evening.

    Columns: day, account_code, control, gap_cents (ledger less Cin7's transactions that arrived). Clearing is left out:
    the bank posts to it too. Needs cin7, integration and ledger.
    """
    import pandas as pd  # noqa: PLC0415

    chart = evidence.table("ledger/accounts").dropna(subset=["control"])
    accounts = chart[chart["control"] != "clearing"].set_index("account_code")["control"]
    lines = cin7_lines(evidence)
    lines = lines.assign(arrived_at=look_up(lines["document_key"], arrivals(evidence)))
    lines = lines[within(lines["account_code"], accounts.index) & lines["arrived_at"].notna()]
    # A document may have arrived before an edit of it was recorded, never the other way round.
    there = lines.assign(at=lines[["arrived_at", "recorded_at"]].max(axis=1))
    posted = posted_lines(evidence).rename(columns={"recorded_at": "at"})
    posted = posted.loc[within(posted["account_code"], accounts.index), ["account_code", "at", "amount_cents"]]
    expected = there[["account_code", "at", "amount_cents"]].assign(amount_cents=-there["amount_cents"])
    both = pd.concat([posted, expected], ignore_index=True)
    rows = []
    for day in sorted({*evidence.month_ends, evidence.as_of}):
        gaps = both[both["at"] < pd.Timestamp(day) + pd.Timedelta(days=1)].groupby("account_code")["amount_cents"].sum()
        rows.append(pd.DataFrame({
            "day": pd.Timestamp(day), "account_code": accounts.index, "control": accounts.to_numpy(),
            "gap_cents": gaps.reindex(accounts.index, fill_value=0).to_numpy(),
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)
