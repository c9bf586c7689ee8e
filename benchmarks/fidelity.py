"""`python -m benchmarks.fidelity`: how near simulated demand comes to a real business, measure by measure.

The yardstick is UCI Online Retail (CC0): 541,909 invoice lines of a British giftware wholesaler, 1 December 2010 to
9 December 2011. Each measure is taken of the real business, of the simulated one, and of the two halves of the real window
against each other: what differs less than the real halves do is called within. Measures know nothing of the simulator;
they read orders in one small form, which three adapters make: of the real file, of a `Demand`, of a case's exported tables.

Businesses of different size are compared fairly in two ways. Products, days and customers enter as shares, money and units
as ratios. And where the number of lines a product matters (how rarely does it sell?), orders of the denser business are
left out at random until both have equally many lines a product, before anything is measured; only what customers do is
measured on all orders, as a business with more orders has more customers.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detectors.evidence import CaseError, Evidence
from scenarios.loader import ScenarioError, load_profile
from sim.clock import DAY, Calendar, Holiday
from sim.draws import Draws
from sim.operations.demand import Demand
from sim.profile import Case, CategoryConfig, DemandConfig, Profile, Scenario

Floats = NDArray[np.float64]

WINDOW = (dt.date(2010, 12, 1), dt.date(2011, 12, 9))
"""First and last day of the real data; simulated businesses trade on the same days."""
TOPS = (0.01, 0.05, 0.1, 0.2, 0.5)
SLOPE_RANKS = (0.0025, 0.205)
"""Ranks 10 to 800 of 3,900 products, as shares."""
ADI_LIMIT, CV2_LIMIT = 1.32, 0.49
"""Syntetos, Boylan and Croston 2005: above them demand is intermittent, respectively erratic; above both, lumpy."""
_FARTHEST = 3.0
"""Logarithms of quantiles are apart by this at most (twenty times), so that a zero does not drown all else."""
_DAYS_MIN, _ORDERS_MIN = 60, 100
"""With less, halves are no yardstick."""
_COLUMNS = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")


class DataError(ValueError):
    """Data that cannot be compared; the text is one line."""


class Trade(msgspec.Struct, frozen=True):
    """What a business was asked for.

    `lines`: order, placed_at, customer (-1 unknown), sku, units, price_cents (of one unit, rebates off), one row for each
    product of an order. `returns`: document, at, sku, units, value_cents, lag_days (since the customer last bought the
    product; nan unknown). `first` and `last`: the days looked at.
    """

    lines: pd.DataFrame
    returns: pd.DataFrame
    first: dt.date
    last: dt.date

    def between(self, first: dt.date, last: dt.date) -> Trade:
        """The same business from `first` to `last`, both included."""
        begin, end = pd.Timestamp(first), pd.Timestamp(last) + pd.Timedelta(days=1)
        lines = self.lines[(self.lines.placed_at >= begin) & (self.lines.placed_at < end)]
        returns = self.returns[(self.returns["at"] >= begin) & (self.returns["at"] < end)]
        return Trade(lines, returns, first, last)

    def halves(self) -> tuple[Trade, Trade]:
        """The first and the second half of the days."""
        middle = self.first + (self.last - self.first) // 2
        return self.between(self.first, middle), self.between(middle + dt.timedelta(1), self.last)

    def thinned(self, share: float) -> Trade:
        """About `share` of all orders and of all returns, picked at random, always the same ones."""
        random = Draws(0).block("fidelity/thinning")
        orders = self.lines["order"].drop_duplicates().to_numpy()
        documents = self.returns.document.drop_duplicates().to_numpy()
        kept = orders[random.random(len(orders)) < share]
        papers = documents[random.random(len(documents)) < share]
        lines, returns = self.lines[self.lines["order"].isin(kept)], self.returns[self.returns.document.isin(papers)]
        return Trade(lines, returns, self.first, self.last)

    @property
    def density(self) -> float:
        """Lines a product."""
        return len(self.lines) / self.lines.sku.nunique()


# --- adapters -----------------------------------------------------------------------------------------------


def trade(lines: pd.DataFrame, returns: pd.DataFrame, first: dt.date, last: dt.date) -> Trade:
    """A business of raw lines and returns: lines of one product in an order become one, lags are worked out.

    `returns` needs document, at, sku, units, value_cents and customer, by which the purchase before is looked up.
    """
    value = lines.price_cents * lines.units
    rows = lines.assign(value=value).groupby(["order", "sku"], as_index=False, sort=True).agg(
        placed_at=("placed_at", "min"), customer=("customer", "first"), units=("units", "sum"), value=("value", "sum")
    )  # fmt: skip
    rows["price_cents"] = rows["value"] / rows.units
    return Trade(rows.drop(columns="value"), _with_lags(rows, returns), first, last).between(first, last)


def _with_lags(lines: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    bought = lines[lines.customer >= 0].sort_values("placed_at", kind="stable")
    back = returns.sort_values("at", kind="stable").reset_index(drop=True)
    kinds = {"customer": "int64", "sku": "object"}  # two frames join only when their columns are of one kind
    found = pd.merge_asof(
        back[["at", "customer", "sku"]].astype({"at": "datetime64[ns]", **kinds}),
        bought[["placed_at", "customer", "sku"]].astype({"placed_at": "datetime64[ns]", **kinds}),
        left_on="at", right_on="placed_at", by=["customer", "sku"],
    )  # fmt: skip
    lag = _days(found["at"] - found["placed_at"])
    return back.assign(lag_days=lag)[["document", "at", "sku", "units", "value_cents", "lag_days"]]


def _days(spans: pd.Series[Any]) -> Floats:
    days: Floats = spans.dt.total_seconds().to_numpy(float) / 86_400
    return days


def read_real(path: Path) -> Trade:
    """UCI Online Retail from a Parquet file. Raises DataError.

    Product lines only: codes that begin with five digits, taken as written; a positive price; no bad-debt invoices ("A").
    Invoices that begin with "C" are returns; other lines with negative quantities are write-offs and left out.
    """
    try:
        frame = pd.read_parquet(path, columns=list(_COLUMNS))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; it should be UCI Online Retail as Parquet") from None
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: cannot be read as Parquet with {', '.join(_COLUMNS)}: {_one_line(error)[:120]}") from None
    empty = [name for name in _COLUMNS if name != "CustomerID" and frame[name].isna().any()]
    if empty:
        raise DataError(f"{path}: {empty[0]} has empty cells; only CustomerID may")
    try:
        customer = frame.CustomerID.fillna(-1).astype("int64")
        placed = pd.to_datetime(frame.InvoiceDate)
        price = frame.UnitPrice.astype(float) * 100
        units = frame.Quantity.astype("int64")
        if not np.isfinite(price).all():
            raise ValueError("a price is not finite")
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: a column holds what it should not: {_one_line(error)}") from None
    invoice, code = frame.InvoiceNo.astype(str), frame.StockCode.astype(str)
    product = code.str.match(r"\d{5}") & (price > 0)
    sold = product & (units > 0) & ~invoice.str.match("[AC]")
    back = product & (units < 0) & invoice.str.startswith("C")
    rows = pd.DataFrame(
        {"order": invoice, "placed_at": placed, "customer": customer, "sku": code, "units": units, "price_cents": price}
    )
    if not sold.any():
        raise DataError(f"{path}: no product lines in it; it should be UCI Online Retail")
    returns = rows[back].rename(columns={"order": "document", "placed_at": "at"})
    returns = returns.assign(units=-returns.units, value_cents=-returns.units * returns.price_cents)
    return trade(rows[sold], returns, placed[sold].min().date(), placed[sold].max().date())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def of_demand(demand: Demand, prices: Sequence[int], first: dt.date, days: int, promotion: float) -> Trade:
    """Orders as customers would place them, whatever the stock; `promotion` is the discount on promotion days."""
    counts = np.diff(demand.line_start)
    order = np.repeat(np.arange(len(counts)), counts)
    midnight = np.datetime64(first.isoformat(), "m")
    minute, customer = np.array(demand.minute, np.int64), np.array(demand.customer, np.int64)
    sku, units = np.array(demand.line_sku, np.int64), np.array(demand.line_units, np.int64)
    rebate = (1 - np.array(demand.line_discount_basis) / 10_000) * (1 - promotion * np.array(demand.promoted, float)[order])
    price = np.array(prices, float)[sku] * rebate
    lines = pd.DataFrame({
        "order": order, "placed_at": (midnight + minute[order].astype("m8[m]")).astype("M8[ns]"), "customer": customer[order],
        "sku": sku, "units": units, "price_cents": price,
    })  # fmt: skip
    back = np.array(demand.return_units, np.int64)
    document = np.flatnonzero(back)
    line = np.array(demand.line_start)[document] + np.array(demand.return_line)[document]
    at = minute[document] + np.array(demand.return_days)[document] * DAY
    returns = pd.DataFrame({
        "document": document, "at": (midnight + at.astype("m8[m]")).astype("M8[ns]"), "customer": customer[document],
        "sku": sku[line], "units": back[document], "value_cents": back[document] * price[line],
    })  # fmt: skip
    return trade(lines, returns, first, first + dt.timedelta(days - 1))


def of_tables(orders: pd.DataFrame, returned: pd.DataFrame, references: str = "") -> Trade:
    """Orders as the channels took them: `operations/channel_orders` and `operations/returns_received` of a case.

    Only of orders whose reference begins with `references`, which tells channels apart. The customer is that of the column
    of this name when there is one. Raises DataError when there is no order.
    """
    if references:
        orders = orders[orders.order_reference.astype(str).str.startswith(references)]
    if not len(orders):
        what = f"no orders whose reference begins with {references!r}" if references else "no orders"
        raise DataError(f"operations/channel_orders: {what} in it; a case with orders is needed")
    reference = pd.Series(pd.factorize(orders.order_reference)[0], orders.index)
    who = pd.Series(pd.factorize(orders["customer"])[0], orders.index) if "customer" in orders else reference * 0 - 1
    units = orders.quantity.astype("int64")
    price = orders.price_cents - orders.discount_cents / units
    placed = pd.to_datetime(orders.placed_at)
    lines = pd.DataFrame(
        {"order": reference, "placed_at": placed, "customer": who, "sku": orders.sku.astype(str), "units": units,
         "price_cents": price}
    )  # fmt: skip
    bought = lines.assign(order_reference=orders.order_reference).groupby(["order_reference", "sku"], as_index=False).agg(
        price_cents=("price_cents", "mean"), placed_at=("placed_at", "min")
    )  # fmt: skip
    returned = returned[returned.order_reference.isin(orders.order_reference)]
    back = returned.assign(sku=returned.sku.astype(str)).merge(bought, on=["order_reference", "sku"], how="left")
    at = pd.to_datetime(back.received_at)
    returns = pd.DataFrame({
        "document": back.rma, "at": at, "sku": back.sku, "units": back.quantity,
        "value_cents": back.quantity * back.price_cents, "lag_days": _days(at - back.placed_at),
    })  # fmt: skip
    first, last = placed.min().date(), placed.max().date()
    whole = trade(lines, returns.assign(customer=-1), first, last)
    return Trade(whole.lines, returns, first, last).between(first, last)


# --- measures -----------------------------------------------------------------------------------------------


def top_shares(values: Floats) -> list[float]:
    """Shares of the top 1, 5, 10, 20 and 50 % in the whole."""
    ordered = np.sort(values)[::-1]
    sums = np.cumsum(ordered) / ordered.sum()
    return [float(sums[max(0, round(len(ordered) * top) - 1)]) for top in TOPS]


def gini(values: Floats) -> float:
    """Gini coefficient: 0 when all are equal, near 1 when one has everything."""
    ordered = np.sort(values)
    count = len(ordered)
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * ordered.sum()))


def rank_slope(values: Floats) -> float:
    """Slope of log value on log rank, over the ranks of SLOPE_RANKS."""
    ordered = np.sort(values)[::-1]
    low, high = (max(1, round(share * len(ordered))) for share in SLOPE_RANKS)
    if high - low < 2:
        return float("nan")
    ranks = np.arange(low, high + 1)
    return float(np.polyfit(np.log(ranks), np.log(ordered[low - 1 : high]), 1)[0])


def quantiles(values: NDArray[Any], *at: float) -> list[float]:
    """Quantiles, nan of nothing."""
    return [float(value) for value in np.quantile(values, at)] if len(values) else [float("nan")] * len(at)


def day_counts(of: Trade) -> pd.Series[Any]:
    """Orders by day, days without any included."""
    days = of.lines.groupby("order").placed_at.min().dt.normalize().value_counts()
    counts: pd.Series[Any] = days.reindex(pd.date_range(of.first, of.last), fill_value=0).sort_index()
    return counts


def restlessness(counts: pd.Series[Any]) -> tuple[float, float]:
    """Of days with orders: coefficient of variation beside month, weekday and chance; correlation with the day before."""
    open_days = counts[counts > 0].astype(float)
    days = pd.DatetimeIndex(open_days.index)
    month, weekday = pd.Series(days.strftime("%Y-%m"), days), pd.Series(days.day_of_week, days)
    expected = pd.Series(open_days.mean(), days)
    for _ in range(20):  # month times weekday, fitted in turns
        expected *= (open_days.groupby(month).transform("mean") / expected.groupby(month).transform("mean"))
        expected *= (open_days.groupby(weekday).transform("mean") / expected.groupby(weekday).transform("mean"))
    excess = float((((open_days - expected) ** 2 - expected).sum()) / (expected**2).sum())
    ratio = (open_days / expected - 1.0).to_numpy(np.float64)
    return max(excess, 0.0) ** 0.5, _correlation(ratio[1:], ratio[:-1])


def rhythms(of: Trade) -> tuple[Floats, Floats]:
    """By product: days of the window a day with demand (ADI), and CV2 of what is wanted on such a day."""
    daily = of.lines.assign(day=of.lines.placed_at.dt.normalize()).groupby(["sku", "day"]).units.sum()
    by_sku = daily.groupby(level="sku")
    size = by_sku.size().to_numpy(float)
    cv2 = (by_sku.std().fillna(0.0) / by_sku.mean()).to_numpy(float) ** 2
    return ((of.last - of.first).days + 1) / size, cv2


def rhythm_shares(adi: Floats, cv2: Floats) -> list[float]:
    """Shares of products that are smooth, erratic, intermittent, lumpy."""
    rare, uneven = adi >= ADI_LIMIT, cv2 >= CV2_LIMIT
    return [float(np.mean(who)) for who in (~rare & ~uneven, ~rare & uneven, rare & ~uneven, rare & uneven)]


class Measure(msgspec.Struct, frozen=True):
    """One measured property: what it is called, its values, how they are shown and how two of them are apart."""

    name: str
    values: list[float]
    kind: str
    """share: points apart at most; mix: total variation; ratio: mean absolute logarithm; number: mean difference."""
    seasonal: bool = False
    """Halves of a year differ in it by season, so they are no yardstick."""


def distance(one: Measure, other: Measure) -> float:
    """How far apart two businesses are in a measure, nan where one of them does not know: 0.1 is ten points or 10 %."""
    a, b = np.array(one.values), np.array(other.values)
    if one.kind == "mix":
        return float(np.abs(a - b).sum() / 2)
    if one.kind == "share":
        return float(np.abs(a - b).max())
    if one.kind == "number":
        return float(np.abs(a - b).mean())
    logs = np.log(np.maximum(a, 1e-9)) - np.log(np.maximum(b, 1e-9))
    return float(np.minimum(np.abs(logs), _FARTHEST).mean())


def measures(of: Trade, whole: Trade | None = None) -> list[Measure]:
    """All measures of a business; those of its customers are taken of `whole`, of which `of` may be a sample of orders."""
    return [*_of_products(of), *_of_orders(of), *_of_days(of), *_of_customers(whole or of), *_of_returns(of)]


def _of_products(of: Trade) -> Iterator[Measure]:
    lines = of.lines.assign(value=of.lines.units * of.lines.price_cents)
    by_sku = lines.groupby("sku").agg(value=("value", "sum"), units=("units", "sum"), count=("units", "size"))
    for column, name in (("value", "revenue"), ("units", "units"), ("count", "lines")):
        yield Measure(f"share of {name}, top 1/5/10/20/50 % of products", top_shares(by_sku[column].to_numpy(float)), "share")
    yield Measure("Gini of revenue by product", [gini(by_sku["value"].to_numpy(float))], "share")
    yield Measure("slope of log revenue on log rank", [rank_slope(by_sku["value"].to_numpy(float))], "number")
    adi, cv2 = rhythms(of)
    yield Measure("products smooth/erratic/intermittent/lumpy", rhythm_shares(adi, cv2), "mix")
    yield Measure("median days a day with demand (ADI)", quantiles(adi, 0.5), "ratio")
    yield Measure("median CV2 of a day's units", quantiles(cv2, 0.5), "ratio")
    months = lines.assign(month=lines.placed_at.dt.strftime("%Y-%m"))
    every = months.groupby("sku").month.nunique() >= months.month.nunique() - 1
    yield Measure("products sold in all months but one at most", [float(every.mean())], "share")
    prices = lines.assign(price=lines.price_cents.round()).groupby("sku").price.nunique().to_numpy(float)
    yield Measure("median prices a product", quantiles(prices, 0.5), "ratio")


def _of_orders(of: Trade) -> Iterator[Measure]:
    lines = of.lines.assign(value=of.lines.units * of.lines.price_cents)
    orders = lines.groupby("order").agg(count=("units", "size"), value=("value", "sum"))
    sizes: Floats = orders["count"].to_numpy().astype(float)
    counts = quantiles(sizes, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
    yield Measure("lines an order, p10/25/50/75/90/99", counts, "ratio")
    low, middle, high, top = quantiles(orders["value"].to_numpy(float), 0.1, 0.5, 0.9, 0.99)
    yield Measure("value of an order over the median, p10/90/99", [low / middle, high / middle, top / middle], "ratio")
    yield Measure("units a line, p50/75/90/99", quantiles(lines.units.to_numpy(float), 0.5, 0.75, 0.9, 0.99), "ratio")
    units, price = np.log(lines.units.to_numpy(float)), np.log(lines.price_cents.clip(lower=1e-6).to_numpy(float))
    basket = np.log(lines.groupby("order").units.transform("size").to_numpy(float))
    together = [_correlation(units, price), _correlation(units, basket)]
    yield Measure("correlation of units with price, lines (logs)", together, "number")


def _correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Of two equally long rows; nan where one of them does not vary."""
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and np.ptp(a) > 1e-9 and np.ptp(b) > 1e-9 else float("nan")


def _of_days(of: Trade) -> Iterator[Measure]:
    counts = day_counts(of)
    days = pd.DatetimeIndex(counts.index)
    weekday = counts.groupby(days.day_of_week).sum().reindex(range(7), fill_value=0)
    yield Measure("orders by weekday, Mon to Sun", _mix(weekday.to_numpy(float)), "mix")
    month = counts.groupby(days.month).mean().reindex(range(1, 13), fill_value=0)
    yield Measure("orders a day by month, Jan to Dec", _mix(month.to_numpy(float)), "mix", seasonal=True)
    moments = of.lines.groupby("order").placed_at.min()
    hours = np.bincount(moments.dt.hour.to_numpy(), minlength=24).astype(float)
    yield Measure("orders by hour", _mix(hours), "mix")
    spread, persistence = restlessness(counts)
    yield Measure("spread of days beside season and chance", [spread], "share")
    yield Measure("correlation of that with the day before", [persistence], "number")


def _mix(values: Floats) -> list[float]:
    return [float(value) for value in values / values.sum()]


def _of_customers(of: Trade) -> Iterator[Measure]:
    """Of orders whose customer is known."""
    known = of.lines[of.lines.customer >= 0]
    orders = known.groupby("order").agg(customer=("customer", "first"), at=("placed_at", "min"))
    each: Floats = orders.customer.value_counts().to_numpy().astype(float)
    nothing = float("nan")
    yield Measure("orders a customer, p50/75/90/99", quantiles(each, 0.5, 0.75, 0.9, 0.99), "ratio")
    shares = top_shares(each) if len(each) else [nothing] * len(TOPS)
    yield Measure("share of orders, top 1/5/10/20/50 % of customers", shares, "share")
    yield Measure("customers who ordered once", [float(np.mean(each == 1)) if len(each) else nothing], "share")
    again = known.sort_values("placed_at", kind="stable").duplicated(["customer", "sku"])
    yield Measure("lines that repeat the customer's own products", [float(again.mean()) if len(known) else nothing], "share")


def _of_returns(of: Trade) -> Iterator[Measure]:
    orders, documents = of.lines["order"].nunique(), of.returns.document.nunique()
    yield Measure("returns among all documents", [documents / (orders + documents)], "share")
    value = float((of.lines.units * of.lines.price_cents).sum())
    returned = [float(of.returns.value_cents.sum()) / value, len(of.returns) / len(of.lines)]
    yield Measure("returned share of value, lines", returned, "share")
    lag = of.returns.lag_days.dropna().to_numpy(float)
    yield Measure("days from purchase to return, p25/50/75/90", quantiles(lag, 0.25, 0.5, 0.75, 0.9), "ratio")
    yield Measure("units returned, p50/75", quantiles(of.returns.units.to_numpy(float), 0.5, 0.75), "ratio")


# --- comparing ----------------------------------------------------------------------------------------------


class Row(msgspec.Struct, frozen=True):
    """One line of the comparison."""

    real: Measure
    simulated: Measure
    distance: float
    spread: float
    """Distance of the real halves; nan where they are no yardstick."""

    @property
    def verdict(self) -> str:
        """Within, beyond, or why neither can be said."""
        if np.isnan(self.distance):
            return "unknown"
        return "no yardstick" if np.isnan(self.spread) else "within" if self.distance <= self.spread else "beyond"


def compare(real: Trade, simulated: Trade) -> list[Row]:
    """Every measure of both, at equal density. Raises DataError when one of them is too small to be measured."""
    for name, who in (("the real business", real), ("the simulated business", simulated)):
        days, orders = (who.last - who.first).days + 1, who.lines["order"].nunique()
        if days < _DAYS_MIN or min(half.lines["order"].nunique() for half in who.halves()) < _ORDERS_MIN:
            raise DataError(f"{name} has {orders} orders in {days} days; at least {_ORDERS_MIN} in each half of {_DAYS_MIN} "
                            "days are needed")  # fmt: skip
    share = simulated.density / real.density
    ours, theirs = real.thinned(min(1.0, share)), simulated.thinned(min(1.0, 1 / share))
    first, second = (measures(half, whole) for half, whole in zip(ours.halves(), real.halves(), strict=True))
    rows = []
    for one, other, early, late in zip(measures(ours, real), measures(theirs, simulated), first, second, strict=True):
        spread = float("nan") if one.seasonal else distance(early, late)
        rows.append(Row(one, other, distance(one, other), spread))
    return rows


def overall(rows: Sequence[Row]) -> tuple[float, float]:
    """Mean distance and mean spread over the measures that have both; nan when none has."""
    both = [row for row in rows if not np.isnan(row.distance + row.spread)]
    if not both:
        return float("nan"), float("nan")
    return fmean(row.distance for row in both), fmean(row.spread for row in both)


def table(rows: Sequence[Row]) -> str:
    """The comparison as text."""
    cells = [["measure", "real", "simulated", "distance", "halves", ""]]
    for row in rows:
        shown = [_shown(measure) for measure in (row.real, row.simulated)]
        cells.append([row.real.name, *shown, _figure(row.distance), _figure(row.spread), row.verdict])
    widths = [max(len(line[n]) for line in cells) for n in range(6)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    ours, halves = overall(rows)
    judged = [row for row in rows if row.verdict in ("within", "beyond")]
    within = sum(row.verdict == "within" for row in judged)
    text += [
        "",
        f"{within} of {len(judged)} measures are within the spread of the real halves.",
        f"Overall distance {ours:.3f}; of the real halves {halves:.3f}. It is the mean over all measures with a yardstick: of",
        "shares the largest difference, of a mix half the sum of differences, of other figures the mean difference, of",
        "quantities that of their logarithms. Shares are in percent; 0.1 is ten points or about 10 %.",
    ]
    return "\n".join(text)


def _shown(measure: Measure) -> str:
    form = "{:.3g}"
    values = np.array(measure.values)
    if measure.kind in ("share", "mix"):
        values, form = 100 * values, "{:.0f}" if len(values) > 7 else "{:.1f}"
    return " ".join("-" if np.isnan(value) else form.format(value) for value in values)


def _figure(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


# --- simulated businesses -----------------------------------------------------------------------------------


class _Draft(msgspec.Struct):
    """What `--demand` reads of a file: a demand section and the price ranges it is meant for."""

    demand: DemandConfig
    categories: list[CategoryConfig]
    orders_a_year: int
    holidays: list[Holiday] = []


def demanded(path: Path, seed: int) -> Trade:
    """Orders of a demand section on its own, without a business that would have to deliver them. Raises DataError."""
    try:
        draft = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Draft)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: no demand section to use: {_one_line(error)}") from None
    draws = Draws(seed)
    random = draws.block("founding/products")
    prices = [
        int(price) for category in draft.categories
        for price in random.integers(category.price_from_cents, category.price_to_cents + 1, category.products)
    ]  # fmt: skip
    calendar = Calendar(WINDOW[0], 13, draft.holidays)
    demand = Demand("demand", draft.demand, draft.orders_a_year, prices, calendar, draws)
    whole = of_demand(demand, prices, WINDOW[0], calendar.days, draft.demand.promotion_discount.value)
    return whole.between(*WINDOW)


def simulated(profile: Profile, orders: int, seed: int, references: str = "") -> Trade:
    """The business of a profile, run over the real window, read from what it would export. Raises DataError."""
    from sim.export import evidence  # noqa: PLC0415  (brings the whole simulator along)
    from sim.run import run  # noqa: PLC0415

    scenario = Scenario(
        name="fidelity", title="Fidelity", story="", profile=profile.name, start=WINDOW[0], months=13, size="medium",
        orders_a_year=orders, seed=seed,
    )  # fmt: skip
    tables = evidence(run(Case(scenario, profile, seed)))
    seen = [tables[f"operations/{name}"].to_pandas() for name in ("channel_orders", "returns_received")]
    whole = of_tables(seen[0], seen[1], references)
    return whole.between(*WINDOW)


def exported(folder: Path, references: str = "") -> Trade:
    """The business of an exported case, or those of its orders whose reference begins so. Raises CaseError, DataError."""
    seen = Evidence.open(folder, ("operations",))
    return of_tables(seen.table("operations/channel_orders"), seen.table("operations/returns_received"), references)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="UCI Online Retail as a Parquet file.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the simulated business.")
@click.option("--profile", default="wholesale_giftware", show_default=True, help="The business to simulate.")
@click.option("--orders", type=click.IntRange(1, 500_000), help="Orders a year; by default the profile's medium size.")
@click.option("--case", "case", type=click.Path(path_type=Path), help="Take an exported case instead of simulating.")
@click.option("--references", default="", help="Of a business, only orders whose reference begins so: one channel of several.")
@click.option("--demand", "demand", type=click.Path(path_type=Path), help="Take a demand section alone, as customers ask.")
def main(
    data: Path, seed: int, profile: str, orders: int | None, case: Path | None, references: str, demand: Path | None
) -> None:
    """Print what is real, what is simulated, how far apart they are, and how far the real halves are.

    Example: python -m benchmarks.fidelity --data online_retail.parquet --seed 2
    """
    if case and demand:
        raise click.UsageError("--case and --demand: one of them is allowed")
    try:
        make = _maker(profile, orders, seed, case, demand, references)
        real = read_real(data)
        rows = compare(real, make())
    except (DataError, CaseError, ScenarioError) as error:
        click.echo(f"Error: {_one_line(error)}", err=True)
        raise click.exceptions.Exit(2) from None
    click.echo(table(rows))


def _maker(
    profile: str, orders: int | None, seed: int, case: Path | None, demand: Path | None, references: str
) -> Callable[[], Trade]:
    """What makes the simulated business; what is wrong with its name is found before the long work."""
    if demand:
        return lambda: demanded(demand, seed)
    if case:
        return lambda: exported(case, references)
    chosen = load_profile(profile)
    return lambda: simulated(chosen, orders or chosen.orders_a_year.medium, seed, references)


if __name__ == "__main__":
    main()
