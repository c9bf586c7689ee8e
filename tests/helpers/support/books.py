"""The books computed once more from exported tables alone, evening by evening. Slow, plain, and independent of `sim`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

TIED = ("inventory", "grni", "stock_in_transit", "receivable", "payable")
"""Control accounts that only the sync posts to."""
ARRIVED = ("Completed", "Warning")
NEVER = pd.Timestamp("2200-01-01")


def control_accounts(tables: dict[str, Any], controls: tuple[str, ...] = TIED) -> list[str]:
    """Codes of the accounts that a sub-ledger explains."""
    accounts = tables["ledger/accounts"]
    return sorted(accounts.loc[accounts["control"].isin(controls), "account_code"])


def arrivals(tables: dict[str, Any]) -> pd.Series:
    """When each Cin7 document reached the ledger: the first Completed or Warning of a record that carries it."""
    records, links = tables["integration/sync_records"], tables["integration/sync_record_documents"]
    log = tables["integration/sync_status_log"]
    outbound = links[links["record_key"].isin(records.loc[records["direction"] == "outbound", "record_key"])]
    done = log[log["status"].isin(ARRIVED)].groupby("record_key")["at"].min().rename("at")
    return outbound.join(done, on="record_key", how="inner").groupby("document_key")["at"].min()


def legs(tables: dict[str, Any]) -> pd.DataFrame:
    """Cin7's transactions as one row a side: account, cents (debit positive), recorded_at, effective_date, arrived."""
    transactions = tables["cin7/transactions"].copy()
    reached = transactions["document_key"].map(arrivals(tables)).fillna(NEVER)
    transactions["arrived"] = np.maximum(reached, transactions["recorded_at"])
    debit = transactions.rename(columns={"debit_account": "account", "amount_cents": "cents"})
    credit = transactions.rename(columns={"credit_account": "account", "amount_cents": "cents"})
    credit["cents"] = -credit["cents"]
    columns = ["account", "cents", "recorded_at", "effective_date", "arrived", "document_key"]
    return pd.concat([debit[columns], credit[columns]], ignore_index=True)


def ledger_lines(tables: dict[str, Any]) -> pd.DataFrame:
    """Journal lines with the date and the moment of their journal."""
    journals = tables["ledger/journals"][["journal_id", "journal_date", "recorded_at", "source_type"]]
    lines = tables["ledger/journal_lines"].merge(journals, on="journal_id", validate="many_to_one")
    return lines.rename(columns={"account_code": "account", "amount_cents": "cents"})


def evenings(tables: dict[str, Any], last: pd.Timestamp) -> pd.DatetimeIndex:
    """Midnights that end each simulated day."""
    first = tables["ledger/journals"]["recorded_at"].min().normalize()
    return pd.date_range(first + pd.Timedelta(days=1), last + pd.Timedelta(days=1))


def balances(rows: pd.DataFrame, moment: str, ends: pd.DatetimeIndex, accounts: list[str]) -> pd.DataFrame:
    """Balance of each account at each end, counting rows whose `moment` lies before it."""
    rows = rows[rows["account"].isin(accounts) & (rows[moment] < ends[-1])]
    # A row counts from the first midnight after its moment.
    day = rows[moment].dt.normalize() + pd.Timedelta(days=1)
    by_day = rows.groupby([day, "account"])["cents"].sum().unstack("account").reindex(columns=accounts)
    return by_day.fillna(0).cumsum().reindex(ends, method="ffill").fillna(0).astype("int64")


def differences(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
    """Where two tables of balances differ, readably."""
    out = left - right
    at = np.argwhere(out.to_numpy() != 0)
    return [f"{out.index[row].date()} {out.columns[column]}: {out.iat[row, column]} cents" for row, column in at[:10]]
