"""Stock taken off the books while it stood packed: by an adjustment or by a count, and then once more by its shipment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_HABIT = 3
"""Fewer documents are a coincidence (assumption)."""
_MOSTLY = 0.5
_SHARE = 0.2
"""Share of adjustments since the first such one, or of variances of a count, below which it is a coincidence (assumption)."""


def _packed(reading: Reading, gone: pd.DataFrame) -> pd.DataFrame:
    """Each row of `gone` (sku, location, at) beside each shipment line of the product that was packed there and had not left.

    Columns of `gone`, and row (its place), shipment_key, packed (units).
    """
    tasks = reading.table("cin7/shipments")
    lines = reading.table("cin7/shipment_lines")
    sums = lines[within(lines["sku"], gone["sku"])].groupby(["document_key", "sku"])["quantity"].sum()
    lines = sums.reset_index().rename(columns={"document_key": "shipment_key", "quantity": "packed"})
    heads = tasks.set_index("document_key")
    lines = lines.assign(
        location=look_up(lines["shipment_key"], heads["location"]), opened=look_up(lines["shipment_key"], heads["created_at"]),
        left=look_up(lines["shipment_key"], reading.shipped),
    )  # fmt: skip
    rows = gone.reset_index(drop=True).rename_axis("row").reset_index()
    both = rows.merge(lines, on=["sku", "location"])
    open_: pd.DataFrame = both[(both["opened"] <= both["at"]) & ~(both["left"] <= both["at"])]
    return open_[~_with_the_carrier(reading, open_)]


def _with_the_carrier(reading: Reading, open_: pd.DataFrame) -> pd.Series[bool]:
    """Whether a carrier had taken, on an earlier day, each parcel that Cin7 took to stand packed; no where no paper shows it.

    On the day itself Cin7 may just not have been told yet.
    """
    if not reading.sees("operations"):
        return open_["at"].isna()
    orders = reading.table("cin7/sales").set_index("document_key")["external_id"]
    sales = reading.table("cin7/shipments").set_index("document_key")["sale_key"]
    rows = open_.assign(order_reference=look_up(look_up(open_["shipment_key"], sales), orders), place=open_.index)
    papers = reading.table("operations/carrier_shipments").dropna(subset=["order_reference"])
    both = rows.dropna(subset=["order_reference"]).merge(papers[["order_reference", "collected_at"]], on="order_reference")
    gone = both.loc[both["collected_at"].between(both["opened"], both["at"].dt.normalize()), "place"]
    return open_.index.to_series().isin(gone)


def _value(reading: Reading, documents: pd.Series[str]) -> int:
    moved = reading.table("cin7/inventory_movements")
    return -int(moved.loc[within(moved["document_key"], documents), "value_cents"].sum())


@needs("cin7")
def adjusted_while_packed(reading: Reading) -> Finding | None:
    """`stock_adjustment_masks_cause`: units adjusted away as missing while they stand packed, and shipped afterwards."""
    adjusted = reading.table("cin7/stock_adjustments")
    gone = adjusted[adjusted["quantity"] < 0].rename(columns={"recorded_at": "at"})
    if gone.empty:
        return None
    both = _packed(reading, gone[["document_key", "sku", "location", "quantity", "at"]])
    both = both[both["packed"] == -both["quantity"]].sort_values(["at", "document_key"], kind="stable")
    documents = both["document_key"].unique()
    if len(documents) < _HABIT:
        return None
    since = both["at"].iloc[0]
    share = len(documents) / max(1, gone.loc[gone["at"] >= since, "document_key"].nunique())
    found = _found_again(reading, both)
    # What sells well is always packed in ones and twos: of what was really lost, the next count finds nothing.
    if share < _SHARE or (share < _MOSTLY if found is None else found < _MOSTLY):
        return None
    return Finding(
        cause="stock_adjustment_masks_cause", layer="operations", since=since, keys=tuple(documents),
        chain=(str(documents[0]), str(both["shipment_key"].iloc[0])),
        amount_cents=_value(reading, both["document_key"]), probability=0.8,
        words=f"{len(documents)} adjustments took away just the units that stood packed at that minute; they were shipped too",
    )  # fmt: skip


def _found_again(reading: Reading, gone: pd.DataFrame) -> float | None:
    """Of what was adjusted away, the share that the product's next count found; None where hardly anything was counted."""
    counts = reading.table("cin7/stocktakes")
    counts = counts[within(counts["sku"], gone["sku"])]
    counts = counts.assign(found=counts["counted"] > counts["expected"])
    both = gone.drop_duplicates("document_key")[["document_key", "sku", "location", "at"]]
    both = both.merge(counts[["sku", "location", "recorded_at", "found"]], on=["sku", "location"])
    both = both[both["recorded_at"] > both["at"]].sort_values("recorded_at", kind="stable").drop_duplicates("document_key")
    return float(both["found"].mean()) if len(both) >= _HABIT else None


@needs("cin7")
def counted_while_packed(reading: Reading) -> Finding | None:
    """`stocktake_overwrites_inflight`: a count expects what is packed to lie on the shelf, and books it as missing."""
    counted = reading.table("cin7/stocktakes")
    short = counted[counted["counted"] < counted["expected"]].rename(columns={"recorded_at": "at"})
    if short.empty:
        return None
    short = short.assign(missing=short["expected"] - short["counted"])
    both = _packed(reading, short[["document_key", "sku", "location", "missing", "at"]])
    sums = both.groupby("row").agg(
        document_key=("document_key", "first"), at=("at", "first"), missing=("missing", "first"), packed=("packed", "sum"),
    )  # fmt: skip
    # One more may really be missing.
    sums = sums[(sums["packed"] - sums["missing"]).abs() <= 1]
    sums = sums[sums["missing"] >= sums["packed"]].sort_values(["at", "document_key"], kind="stable")
    if len(sums) < (1 if _at_another_time(reading, sums["at"]) else _HABIT):
        return None
    late = sums["document_key"].unique()
    share = len(sums) / max(1, int(within(short["document_key"], late).sum()))
    if share < _SHARE:
        return None
    # Counts at the same hour were taken among packed parcels as well, whether or not one was of what was counted.
    hours = sums["at"].dt.time
    same = counted[counted["recorded_at"].dt.time.between(hours.min(), hours.max())]
    short = same.rename(columns={"recorded_at": "at"})[["document_key", "sku", "location", "at"]]
    same = same.drop_duplicates("document_key").sort_values(["recorded_at", "document_key"], kind="stable")
    # What else a count found is a true difference: only lines of what stood packed count.
    stood = _packed(reading, short).drop_duplicates(["document_key", "sku"])[["document_key", "sku"]]
    booked = reading.table("cin7/inventory_movements").merge(stood, on=["document_key", "sku"])["value_cents"]
    return Finding(
        cause="stocktake_overwrites_inflight", layer="operations", since=same["recorded_at"].iloc[0],
        keys=tuple(same["document_key"]), amount_cents=abs(int(booked.sum())), probability=0.85,
        words=f"{len(sums)} lines of {len(late)} counts booked as missing what stood packed at that minute",
    )  # fmt: skip


def _at_another_time(reading: Reading, at: pd.Series[pd.Timestamp]) -> bool:
    """Whether counts are taken again and again at an hour that is not the usual one, and what was packed then is short.

    Then every product that was counted while it stood packed is short by what is packed, or nearly every one.
    """
    counted = reading.table("cin7/stocktakes").rename(columns={"recorded_at": "at"})
    heads = counted.drop_duplicates("document_key")["at"].dt.time
    hours = at.dt.time.unique()
    if at.empty or within(heads.mode(), hours).any() or within(heads, hours).sum() < _HABIT:
        return False
    same = counted[within(counted["at"].dt.time, hours)]
    packed = _packed(reading, same[["document_key", "sku", "location", "at"]])
    return len(at) >= _MOSTLY * packed["row"].nunique()


RULES = (adjusted_while_packed, counted_while_packed)
