"""What a careful accountant finds who sees the general ledger and nothing else.

Analytics on gross margin and control accounts, each compared with its own past, and the journals that people enter by hand:
repeated ones, those that move other people's accounts, round sums on a month's last day. It cannot see Cin7's documents.

Sources: analytical procedures as auditors use them (ISA 520); what makes a journal worth a look, by the application material of
ISA 240: made by hand, at the end of a period, on accounts that others keep, in round numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence
from ..helpers import control_balances, daily_results
from ..reading import Reading
from .findings import Finding, hypotheses
from .rules import ledger

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
    """Names unbooked cost of sales when margin rises and stays there, and what people do by hand in the ledger."""

    name = "ledger_accountant"
    reads: tuple[str, ...] = ("ledger",)

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: a business is compared with its own past."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """What stands out in margin and in journals by hand, or nothing when both are ordinary."""
        if not evidence.has("ledger"):
            return answer(self, evidence)
        reading = Reading(evidence.restrict(self.reads))
        found = [finding for rule in (_unbooked_cost, *ledger.RULES) if (finding := rule(reading)) is not None]
        told, remarks = hypotheses(reading, found)
        return answer(self, evidence, told, remarks=[*remarks, *_round_sums(reading), *_grown(evidence)])


def margin_rise(margins: pd.Series[float], errors: pd.Series[float] | None = None) -> tuple[int, float] | None:
    """Place of the first month whose margin stands out above the months before it, and those months' median.

    `errors`: how far chance moves each month's margin, as its own days show (one standard deviation). Months that stand out
    do not enter the history of later ones. None when no month does.
    """
    import numpy as np  # noqa: PLC0415  (heavy; only when used)

    history: list[float] = []
    for place, margin in enumerate(margins.to_list()):
        if len(history) >= _HISTORY_MONTHS:
            usual = float(np.median(history))
            deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(np.array(history) - usual)))
            # Two or three months say little about chance: a rise must also beat the widest swing there has been.
            swing = max(history) - min(history)
            chance = 0.0 if errors is None else float(errors.iloc[place])
            if margin - usual > max(_DEVIATIONS * max(deviation, chance), swing + _LEAST_RISE):
                return place, usual
        history.append(margin)
    return None


def margins_by_month(daily: pd.DataFrame) -> pd.DataFrame:
    """Revenue, cost, margin and its error of each whole month from the eighth to the seventh, by its last day.

    The error is what chance alone moves a margin by where one day has nothing to do with the next: the root of the sum of
    squares of what each day's cost is off the month's margin, over the month's revenue.
    """
    import pandas as pd  # noqa: PLC0415

    if daily.empty:
        return daily.assign(margin=0.0, error=0.0)
    cut, days = pd.Timedelta(days=_CUT_DAYS), pd.DatetimeIndex(daily.index)
    months = daily.groupby((days - cut).to_period("M").to_timestamp(how="end").normalize() + cut).sum()
    first_whole = days[0] + pd.offsets.MonthEnd(0) + cut
    months = months[(months.index >= first_whole) & (months.index <= days[-1]) & (months["revenue_cents"] > 0)]
    months = months.assign(margin=1 - months["cogs_cents"] / months["revenue_cents"])
    ends = (days - cut).to_period("M").to_timestamp(how="end").normalize() + cut
    usual = months["margin"].reindex(ends).to_numpy()
    off = (daily["revenue_cents"] * (1 - usual) - daily["cogs_cents"]) ** 2
    spread = off.groupby(ends).sum().reindex(months.index) ** 0.5
    return months.assign(error=spread / months["revenue_cents"])


def _unbooked_cost(reading: Reading) -> Finding | None:
    evidence = reading.evidence
    daily = daily_results(evidence)
    months = margins_by_month(daily)
    rise = margin_rise(months["margin"], months["error"])
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
    return Finding(
        cause="invoice_authorised_shipment_incomplete", layer="operations", since=onset, amount_cents=round(amount),
        probability=probability,
        words=f"gross margin of the month to {until} is {months['margin'].iloc[place]:.1%}, usual is {usual:.1%}; {words}",
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


def _round_sums(reading: Reading) -> list[str]:
    """Journals by hand of a whole hundred on a month's last days that move an account of others, as a remark."""
    hand = reading.by_hand
    month_end = hand["journal_date"].dt.is_month_end | (hand["journal_date"].dt.day == 1)
    round_ = (hand["amount_cents"] % _ROUND_CENTS == 0) & (hand["control"].notna() | (hand["class"] == "REVENUE"))
    odd = hand[month_end & round_]["journal_id"].nunique()
    return [f"{odd} journals by hand move other people's accounts by round sums at month-end"] if odd else []


def _grown(evidence: Evidence) -> list[str]:
    """Control accounts whose balance has grown month after month, as remarks: growth alone accuses nobody."""
    balances = control_balances(evidence).abs().tail(_GROWN_MONTHS + 1)
    if len(balances) <= _GROWN_MONTHS:
        return []
    rising = [str(kind) for kind in balances.columns if (balances[kind].diff().iloc[1:] > 0).all()]
    return [f"the balance of {kind} has grown for {_GROWN_MONTHS} months in a row" for kind in rising]


_ROUND_CENTS = 10_000
"""A whole hundred of the currency (assumption)."""
_GROWN_MONTHS = 5
"""Months in a row (assumption)."""
