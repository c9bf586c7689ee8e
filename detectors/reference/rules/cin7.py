"""Cin7 configuration: dated settings and master data that do what they were told, which is not what anybody wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...evidence import within
from ...reading import Reading
from ..findings import Finding, needs
from .shipments import invoiced_before_shipping

if TYPE_CHECKING:
    import pandas as pd

_HABIT = 3
"""Fewer documents are an oversight (assumption)."""
_APART_DAYS = 5
"""Days by which the two lock dates may differ in earnest: Cin7's is the day after the ledger's (assumption on the rest)."""
_OPEN_DAYS = 3
"""Days for which they may differ: a close or an authorised reopening is done within (assumption)."""


@needs("cin7", "ledger")
def lock_dates_apart(reading: Reading) -> Finding | None:
    """`lock_date_mirror_drift`: the ledger is locked up to another day than Cin7, for longer than a close takes.

    What went wrong are the documents that Cin7 took into months that the ledger had closed.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    own = reading.table("cin7/settings_log")
    own = own[own["setting"] == "LockDate"]
    dates = pd.to_datetime(own["new_value"], errors="coerce", format="%Y-%m-%d") - pd.Timedelta(days=1)
    cin7 = pd.DataFrame({"at": own["recorded_at"], "cin7": dates}).sort_values("at", kind="stable")
    cin7 = cin7.drop_duplicates("at", keep="last")
    locks = reading.table("ledger/lock_dates")
    locks = locks[locks["kind"] == "period"][["recorded_at", "lock_date"]].set_axis(["at", "ledger"], axis=1)
    locks = locks.sort_values("at", kind="stable").drop_duplicates("at", keep="last")
    if locks.empty:
        return None
    both = pd.merge(cin7, locks, on="at", how="outer").sort_values("at").ffill()
    both = both[both["ledger"].notna()]
    # The other way round it is a close that takes long, or a month of the ledger opened again: Cin7 is locked first.
    apart = (both["ledger"] - both["cin7"]).dt.days.fillna(_APART_DAYS + 1) > _APART_DAYS
    until = both["at"].shift(-1).fillna(reading.evening)
    # Stretches in which they are apart without a break.
    stretch = (apart != apart.shift()).cumsum()[apart]
    for _, rows in both[apart].groupby(stretch):
        since = rows["at"].iloc[0]
        if (until[rows.index[-1]] - since).days > _OPEN_DAYS:
            return Finding(
                cause="lock_date_mirror_drift", layer="cin7", since=since, probability=0.8,
                keys=_into_closed_months(reading, both[both["at"] >= since]),
                words=f"from {since:%d %B} on the ledger is locked to {rows['ledger'].iloc[0]:%d %B} and Cin7 to "
                      + (f"{rows['cin7'].iloc[0]:%d %B}" if rows["cin7"].notna().any() else "no date"),
            )  # fmt: skip
    return None


def _into_closed_months(reading: Reading, dates: pd.DataFrame) -> tuple[str, ...]:
    """Documents with a date that the ledger had closed and Cin7 had not. `dates`: at, cin7, ledger (last day closed), by time.

    A month that finance opens again for a document was closed all the same when Cin7 took it.
    """
    import pandas as pd  # noqa: PLC0415

    dates = dates.assign(ledger=dates["ledger"].cummax()).rename(columns={"at": "recorded_at"})
    posted = reading.table("cin7/transactions").sort_values(["recorded_at", "document_key"], kind="stable")
    posted = pd.merge_asof(posted, dates, on="recorded_at", allow_exact_matches=False)
    closed = posted["effective_date"] <= posted["ledger"]
    keys: list[str] = posted.loc[closed & ~(posted["effective_date"] <= posted["cin7"]), "document_key"].unique().tolist()
    return tuple(keys)


@needs("cin7")
def accrual_switched_off(reading: Reading) -> Finding | None:
    """`accrued_inventory_disabled`: receipts of stock-first purchases post nothing."""
    log = reading.table("cin7/settings_log")
    log = log[log["setting"] == "Accrued inventory"].sort_values("recorded_at", kind="stable")
    off = log[log["new_value"] == "Off"]
    purchases = reading.table("cin7/purchases")
    stock_first = purchases.loc[purchases["approach"] == "STOCK", "document_key"]
    received = reading.table("cin7/stock_received")
    received = received[within(received["purchase_key"], stock_first)]
    silent = received[~within(received["document_key"], reading.amounts.index)].sort_values(["recorded_at", "document_key"])
    if off.empty or silent["document_key"].nunique() < _HABIT:
        return None
    since = off["recorded_at"].iloc[0]
    silent = silent[silent["recorded_at"] >= since]
    if silent.empty:
        return None
    bills = reading.table("cin7/purchase_invoices")
    waiting = silent[~within(silent["purchase_key"], bills.loc[bills["status"] != "VOIDED", "purchase_key"])]
    return Finding(
        cause="accrued_inventory_disabled", layer="cin7", since=since, keys=tuple(silent["document_key"].unique()),
        probability=0.9, amount_cents=reading.ordered_value(waiting),
        words=f"accrual was switched off; {silent['document_key'].nunique()} receipts posted nothing",
    )  # fmt: skip


RULES = (invoiced_before_shipping, lock_dates_apart, accrual_switched_off)
