"""Month-ends: what profit and loss and the control accounts said on the evening of each, from evidence alone.

A figure is what the system knew that evening, so an entry made later counts in the month in which it was made.
Truth's balances are kept the same way, and the two can be laid side by side.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pandas as pd

from .evidence import Tables, value

# Direct costs by the names that Xero and QuickBooks Online give the account type.
_DIRECT_COSTS = ("DIRECTCOSTS", "Cost of Goods Sold")


class Month(msgspec.Struct, frozen=True):
    """One month: movements of the month, balances of its last evening, in cents. What is owed is positive."""

    end: dt.date
    revenue: int
    cogs: int
    stock_cin7: int
    stock_ledger: int
    clearing: int
    receivable: int
    payable: int
    grni: int

    @property
    def margin(self) -> float | None:
        """Gross margin as a share of revenue; None in a month without revenue."""
        return gross_margin(self.revenue, self.cogs)


def gross_margin(revenue: int, cogs: int) -> float | None:
    """Revenue less cost of goods sold, as a share of revenue; None without revenue."""
    return (revenue - cogs) / revenue if revenue else None


def kinds(accounts: pd.DataFrame) -> dict[str, str]:
    """What each account is for the month-end table, by code: revenue, cogs or a control's name."""
    roles: dict[str, str] = {}
    columns = (accounts[name] for name in ("account_code", "control", "type", "class"))
    for code, control, type_, class_ in zip(*columns, strict=True):
        if value(control):
            roles[str(code)] = str(control)
        elif type_ in _DIRECT_COSTS:
            roles[str(code)] = "cogs"
        elif class_ == "REVENUE":
            roles[str(code)] = "revenue"
    return roles


def evening_buckets(times: pd.Series[pd.Timestamp], ends: list[dt.date]) -> np.ndarray:
    """For each time the position of the first month-end whose evening has seen it; len(ends) for none."""
    limits = np.array([end + dt.timedelta(days=1) for end in ends], dtype="datetime64[ms]")
    return np.searchsorted(limits, times.to_numpy(dtype="datetime64[ms]"), side="right")


def balances(tables: Tables) -> pd.DataFrame:
    """Ledger balances in cents, debit positive: a row for each month-end, a column for each kind of account."""
    ends = tables.month_ends
    journals, lines = tables("ledger/journals"), tables("ledger/journal_lines")
    bucket = pd.Series(evening_buckets(journals["recorded_at"], ends), index=journals["journal_id"])
    frame = pd.DataFrame(
        {
            "bucket": lines["journal_id"].map(bucket).to_numpy(),
            "kind": lines["account_code"].map(kinds(tables("ledger/accounts"))).to_numpy(),
            "cents": lines["amount_cents"].to_numpy(),
        }
    )
    pivot = frame.pivot_table(index="bucket", columns="kind", values="cents", aggfunc="sum", fill_value=0)
    pivot = pivot.reindex(range(len(ends)), fill_value=0).cumsum()
    wanted = ["revenue", "cogs", "inventory", "clearing", "receivable", "payable", "grni"]
    return pivot.reindex(columns=wanted, fill_value=0).astype("int64")


def months(tables: Tables) -> list[Month]:
    """The month-end figures of a case, oldest first."""
    ends = tables.month_ends
    ledger = balances(tables)
    flow = ledger.diff().fillna(ledger).astype("int64")
    stock = tables("cin7/availability").groupby("month_end")["stock_value_cents"].sum()
    stock.index = pd.to_datetime(stock.index).date
    return [
        Month(
            end=end,
            revenue=-int(flow["revenue"].iloc[n]),
            cogs=int(flow["cogs"].iloc[n]),
            stock_cin7=int(stock.get(end, 0)),
            stock_ledger=int(ledger["inventory"].iloc[n]),
            clearing=int(ledger["clearing"].iloc[n]),
            receivable=int(ledger["receivable"].iloc[n]),
            payable=-int(ledger["payable"].iloc[n]),
            grni=-int(ledger["grni"].iloc[n]),
        )
        for n, end in enumerate(ends)
    ]
