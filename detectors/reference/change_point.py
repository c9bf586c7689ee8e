"""When did it begin? Weekly figures of each layer, watched by cumulative sums; what rises and stays up is a change.

Page's CUSUM (1954), upper side, on standardised weekly figures, with the slack of 0.5 deviations that Montgomery's Introduction
to Statistical Quality Control recommends. A figure is standardised by its own median and median absolute deviation, so that
what lasts less than half of the window does not hide itself. It understands no document: it names what its series are most
plainly about, and is meant for the date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence, look_up
from ..reading import Reading
from .findings import Finding, hypotheses

if TYPE_CHECKING:
    import pandas as pd

_SLACK, _DECISION = 0.5, 8.0
"""In standard deviations. The textbook's interval is 5; 8 since a dozen series are watched at once (assumption)."""
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_LEAST_WEEKS = 10
"""Fewer weeks are no history (assumption)."""
_LASTS_WEEKS = 3
"""Weeks out of the ordinary before it is a change and not an odd week (assumption)."""


class Watched(NamedTuple):
    """A weekly figure, what raises it, and the least amount by which it matters."""

    cause: str
    layer: str
    words: str
    needs: tuple[str, ...]
    series: Callable[[Reading], pd.Series[float]]
    least: float
    """A deviation is never taken to be smaller."""
    usual: float | None = None
    """What it is in a healthy business, where that is known: as many shipments as invoices. Else its own median."""


class ChangePoint:
    """Names the series that changed first, with the week in which it did."""

    name = "change_point"
    reads: tuple[str, ...] = LAYERS

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: a business is compared with its own past."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """What changed, surest first."""
        reading = Reading(evidence)
        found = []
        for watched in WATCHED:
            if reading.sees(*watched.needs):
                series = _weekly(reading, watched.series(reading))
                change = cusum(series, watched.least, watched.usual)
                if change is not None:
                    since, height = change
                    found.append(Finding(
                        cause=watched.cause, layer=watched.layer, since=since, probability=min(0.8, 0.3 + height / 40),
                        words=f"{watched.words} is out of the ordinary since the week of {since:%d %B %Y}",
                    ))  # fmt: skip
        told, remarks = hypotheses(reading, found)
        return answer(self, evidence, told, remarks=remarks)


def cusum(series: pd.Series[float], least: float, usual: float | None = None) -> tuple[pd.Timestamp, float] | None:
    """The first week of a lasting rise and the height its cumulative sum reaches in deviations; None when there is none.

    `least`: a deviation is never taken to be smaller than this. `usual`: the figure without a change; by default the median.
    """
    if len(series) < _LEAST_WEEKS:
        return None
    middle = float(series.median())
    deviation = max(_MAD_TO_DEVIATION * float((series - middle).abs().median()), least)
    usual = middle if usual is None else usual
    height, start, highest, found = 0.0, 0, 0.0, None
    for place, value in enumerate(series.to_list()):
        step = (value - usual) / deviation - _SLACK
        if height <= 0.0:
            height, start = 0.0, place
        # One huge week must not pass for a lasting change.
        height = max(0.0, height + min(step, _DECISION / _LASTS_WEEKS))
        if height > max(highest, _DECISION):
            highest, found = height, start
    return None if found is None else (series.index[found], highest)


def _weekly(reading: Reading, dated: pd.Series[float]) -> pd.Series[float]:
    """Sums by whole week from Monday, by their Monday; a series of amounts indexed by moments."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    start, end = pd.Timestamp(reading.evidence.calendar.start), reading.evening
    mondays = pd.date_range(start, end, freq="W-MON")
    mondays = mondays[mondays + pd.Timedelta(days=7) <= end]
    weeks = pd.DatetimeIndex(dated.index).to_period("W-SUN").start_time
    return dated.groupby(weeks).sum().reindex(mondays, fill_value=0.0)


def _count(moments: pd.Series[pd.Timestamp], sign: float = 1.0) -> pd.Series[float]:
    import pandas as pd  # noqa: PLC0415

    return pd.Series(sign, index=pd.DatetimeIndex(moments.dropna()))


def _less(first: pd.Series[float], second: pd.Series[float]) -> pd.Series[float]:
    import pandas as pd  # noqa: PLC0415

    return pd.concat([first, -second])


def _authorised(reading: Reading, kind: str) -> pd.Series[float]:
    log = reading.table("cin7/document_status_log")
    log = log[(log["document_type"] == kind) & (log["status"] == "AUTHORISED")]
    return _count(log.groupby("document_key")["at"].min())


def _opened(reading: Reading) -> pd.Series[float]:
    return _count(reading.table("cin7/shipments")["created_at"])


def _invoiced(reading: Reading) -> pd.Series[float]:
    """When each sale was invoiced first, once for each of its shipment tasks."""
    first = reading.table("cin7/sale_invoices").groupby("sale_key")["authorised_at"].min()
    return _count(look_up(reading.table("cin7/shipments")["sale_key"], first))


def _refused(reading: Reading) -> pd.Series[float]:
    attempts = reading.table("integration/sync_attempts")
    return _count(attempts.loc[attempts["http_status"].between(400, 499) & (attempts["http_status"] != 429), "attempted_at"])


def _limited(reading: Reading) -> pd.Series[float]:
    attempts = reading.table("integration/sync_attempts")
    return _count(attempts.loc[attempts["http_status"] == 429, "attempted_at"])


def _skipped(reading: Reading) -> pd.Series[float]:
    log = reading.table("integration/sync_status_log")
    return _count(log.loc[log["status"] == "Skipped", "at"])


def _arrived(reading: Reading) -> pd.Series[float]:
    """Deliveries signed for, one a delivery note."""
    papers = reading.table("operations/dock_receipts").dropna(subset=["purchase_reference"])
    return _count(papers.groupby("delivery_note")["arrived_at"].min())


def _booked_in(reading: Reading) -> pd.Series[float]:
    return _count(reading.table("cin7/stock_received").groupby("document_key")["recorded_at"].min())


def _by_hand(reading: Reading) -> pd.Series[float]:
    hand = reading.by_hand
    moved = hand[(hand["control"].notna() & (hand["control"] != "clearing")) | (hand["class"] == "REVENUE")]
    return _count(moved.drop_duplicates("journal_id")["recorded_at"])


WATCHED = (
    Watched("invoice_authorised_shipment_incomplete", "operations", "the number of invoices without a shipment", ("cin7",),
            lambda reading: _less(_invoiced(reading), _authorised(reading, "Shipment")), 1.0, 0.0),
    Watched("shipment_authorised_invoice_missing", "operations", "the number of shipments without an invoice", ("cin7",),
            lambda reading: _less(_authorised(reading, "Shipment"), _invoiced(reading)), 1.0, 0.0),
    Watched("receipt_not_authorised", "operations", "the number of deliveries that were not booked in", ("operations", "cin7"),
            lambda reading: _less(_arrived(reading), _booked_in(reading)), 1.0, 0.0),
    Watched("failed_sync_ignored", "integration", "the number of refused records", ("integration",), _refused, 2.0),
    Watched("rate_limit_burst", "integration", "the number of calls over the limit", ("integration",), _limited, 5.0),
    Watched("skipped_inventory_journal", "integration", "the number of skipped records", ("integration",), _skipped, 1.5),
    Watched("recurring_manual_journal_workaround", "ledger", "the number of journals by hand", ("ledger",), _by_hand, 0.5),
)
"""What is watched."""
