"""What a careful accountant finds who sees the general ledger and nothing else: gross margin and control accounts.

It compares each month's margin with the months before it. It cannot see documents, so it cites none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence
from ..helpers import control_balances, daily_results

if TYPE_CHECKING:
    import pandas as pd

# Three robust standard deviations, and never less than this much of revenue. Assumption: below about one
# percentage point, mix and price changes move a shop's monthly margin as much.
_DEVIATIONS = 3.0
_LEAST_RISE = 0.012
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_HISTORY_MONTHS = 2
_CUT_DAYS = 7
"""Its months run from the eighth to the seventh, so that what is invoiced on a month's last days and shipped on the
next one's first meets its cost: a cut-off difference is no rise (assumption: it comes back within a week)."""
_LASTS = 0.5
"""Share of the least rise that must be left over all months since: an odd month comes back, a leak does not."""


class LedgerAccountant:
    """Names unbooked cost of sales when margin rises above its own history and stays there."""

    name = "ledger_accountant"
    reads: tuple[str, ...] = ("ledger",)

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: a business is compared with its own past."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Its best hypothesis with onset and estimate, or nothing when margins are ordinary."""
        found = _unbooked_cost(evidence) if evidence.has("ledger") else None
        return answer(self, evidence, () if found is None else (found,))


def margin_rise(margins: pd.Series[float]) -> tuple[int, float] | None:
    """Place of the first month whose margin stands out above the months before it, and those months' median.

    Months that stand out do not enter the history of later ones. None when no month does.
    """
    import numpy as np  # noqa: PLC0415  (heavy; only when used)

    history: list[float] = []
    for place, margin in enumerate(margins.to_list()):
        if len(history) >= _HISTORY_MONTHS:
            usual = float(np.median(history))
            deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(np.array(history) - usual)))
            if margin - usual > max(_DEVIATIONS * deviation, _LEAST_RISE):
                return place, usual
        history.append(margin)
    return None


def margins_by_month(daily: pd.DataFrame) -> pd.DataFrame:
    """Revenue, cost and margin of each whole month from the eighth to the seventh, by its last day."""
    import pandas as pd  # noqa: PLC0415

    if daily.empty:
        return daily.assign(margin=0.0)
    cut, days = pd.Timedelta(days=_CUT_DAYS), pd.DatetimeIndex(daily.index)
    months = daily.groupby((days - cut).to_period("M").to_timestamp(how="end").normalize() + cut).sum()
    first_whole = days[0] + pd.offsets.MonthEnd(0) + cut
    months = months[(months.index >= first_whole) & (months.index <= days[-1]) & (months["revenue_cents"] > 0)]
    whole: pd.DataFrame = months.assign(margin=1 - months["cogs_cents"] / months["revenue_cents"])
    return whole


def _unbooked_cost(evidence: Evidence) -> Hypothesis | None:
    daily = daily_results(evidence)
    months = margins_by_month(daily)
    rise = margin_rise(months["margin"])
    if rise is None:
        return None
    place, usual = rise
    since = months.iloc[place:]
    if _shortfall(since, usual).sum() < _LASTS * _LEAST_RISE * since["revenue_cents"].sum():
        return None
    missing = _shortfall(daily, usual)
    onset = _turning_point(missing, months.index[place])
    amount = float(missing[onset:].sum())
    probability, words = _weigh(evidence, onset.date(), amount)
    until = f"{months.index[place]:%d %B %Y}"
    return Hypothesis(
        cause="invoice_authorised_shipment_incomplete", layer="operations", onset=onset.date(), amount_cents=round(amount),
        probability=probability,
        note=f"gross margin of the month to {until} is {months['margin'].iloc[place]:.1%}, usual is {usual:.1%}; {words}",
    )  # fmt: skip


def _shortfall(results: pd.DataFrame, usual: float) -> pd.Series[float]:
    """Cost of sales that the usual margin asks for, less what is booked, in cents."""
    return results["revenue_cents"] * (1 - usual) - results["cogs_cents"]


def _turning_point(missing: pd.Series[float], month_end: pd.Timestamp) -> pd.Timestamp:
    """The day from which cost runs short, in the month that stands out or the one before it."""
    import pandas as pd  # noqa: PLC0415

    window = missing[month_end - pd.DateOffset(months=2) : month_end].cumsum()
    lowest = window[::-1].idxmin()  # the last of equal ones
    after = window[window.index > lowest]
    return pd.Timestamp(after.index[0] if len(after) else window.index[-1])


def _weigh(evidence: Evidence, onset: dt.date, shortfall: float) -> tuple[float, str]:
    """How well the control accounts fit: stock that left without cost stays in the inventory account."""
    balances = control_balances(evidence)
    before = balances[[date.date() < onset for date in balances.index]]
    if before.empty or "inventory" not in balances:
        return 0.4, "no month-end before it to compare control accounts with"
    growth = balances.iloc[-1] - before.iloc[-1]
    if growth.get("receivable", 0) >= shortfall:
        return 0.3, "receivables have grown by as much, so revenue may be too early instead"
    if growth["inventory"] >= shortfall / 2:
        return 0.6, "inventory has grown along with it"
    return 0.4, "inventory has not grown along with it"
