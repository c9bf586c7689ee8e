"""Demand: every order customers would place with one channel in the window, drawn before the run. Knows nothing of stock.

Each matter has a block of draws of its own, named after the channel: a changed return rate leaves every line as it was. Only
the ranking of products is one for all channels: what sells on one sells on the other.
What hangs together is tied by scores of mean 0 and variance 1: a line's units follow the score of its order, its product's
price, popularity and habit, and chance, in the proportions the profile gives (a copula on the table of units).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ..clock import DAY, Calendar
from ..draws import Draws
from ..profile import DemandConfig, Quantiles, Shares, TierConfig, UnitsConfig

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_DAYS_A_YEAR = 365.25
_NORMAL = NormalDist()
_REDRAWS = 8
"""How often a product that is not listed on the day is drawn again: with half of all listings closed, 0.4 % are left over."""
_FIRST_CANCELLATION = 5
"""Nobody changes his mind within fewer minutes (assumption)."""
_REPETITIONS = 3
"""How often what an order names twice is drawn again."""
_RETURN_DAYS = (2, 90)
"""A parcel travels there and back; after a quarter nobody takes goods back any more (assumption)."""
_SMALL_BASKET = -1.0
"""Score of a basket below which fewer lines do not mean more units: three lines where 15 are the median (UCI Online Retail:
a median of 12 units a line up to five lines, 10 up to fifteen, then 6, 4, 2 and above 200 lines 1)."""
_ORDER_TAIL = 5.0
"""Degrees of freedom of an order's own score, fitted to the largest orders (UCI Online Retail: kurtosis 4.4 of orders' mean
log units, value of an order p99 14.6 times the median)."""
_GRID = np.linspace(-8.0, 8.0, 1025)
_BINS_A_UNIT = 256
_BINS = np.arange(-8 * _BINS_A_UNIT, 8 * _BINS_A_UNIT + 1) / _BINS_A_UNIT
"""Scores are rounded to these before units are looked up, five times faster than a search: a share is off by 0.1 % at most."""
_SHARED = np.arange(10_001).astype(object)
"""One Python integer for each small number: 120,000 wholesale orders have three million lines."""


class Demand:
    """Orders by ordinal in order of time; lines of order i are `line_start[i]:line_start[i + 1]`.

    `prices` are the products' list prices, of which only the order matters; there are as many products as prices.
    """

    __slots__ = (
        "cancel_after", "customer", "line_discount_basis", "line_sku", "line_start", "line_units", "minute",
        "opening_rate", "promoted", "return_damaged", "return_days", "return_line", "return_units",
    )  # fmt: skip

    def __init__(
        self, name: str, config: DemandConfig, orders_a_year: float, prices: Sequence[int], calendar: Calendar, draws: Draws
    ) -> None:
        def block(what: str) -> np.random.Generator:
            return draws.block(f"demand/{name}/{what}")

        promoted = _within(config.promotion_days, calendar)
        mean = _mean_by_day(config, orders_a_year, promoted, calendar)
        counts = block("days").poisson(mean * _day_effects(config, calendar.days, block("mood")))
        total = int(counts.sum())
        minute = np.repeat(np.arange(calendar.days), counts) * DAY + _minutes_of_day(config, total, block("minutes"))
        minute.sort(kind="stable")
        day = minute // DAY
        self.minute: list[int] = minute.tolist()
        self.promoted: list[bool] = promoted[day].tolist()

        basket = block("lines").standard_normal(total)
        lines = _line_counts(config.lines, basket)
        start = np.concatenate(([0], np.cumsum(lines)))
        self.line_start: list[int] = start.tolist()
        customers = max(1, round(orders_a_year * calendar.days / _DAYS_A_YEAR * config.customers_an_order.value))
        customer = _customers(config, customers, total, block("customers"))
        self.customer: list[int] = customer.tolist()

        range_ = _Range(config, prices, calendar.days, draws.block("demand/products"), block("listings"), block("habits"))
        order = np.repeat(np.arange(total), lines)
        line_day = day[order]
        sku = range_.draw(line_day, block("choices"))
        if config.reordered.value:
            sku = range_.reorder(sku, line_day, customer, start, config.reordered.value, block("reorders"))
        sku = range_.spread(sku, order, line_day, block("repetitions"))
        self.line_sku: list[int] = _listed(sku)
        units = _units(config.units, basket, order, range_.scores[sku], block("units"))
        self.line_units: list[int] = _listed(units)
        self.line_discount_basis: list[int] = _rebates(config.tiers, units)
        """Rebate for quantity, in hundredths of a percent of the list price."""

        self._change_minds(config, lines, start, units, block("cancellations"), block("returns"))
        share = range_.opening_shares(config.units)
        self.opening_rate: list[float] = (orders_a_year / _DAYS_A_YEAR * mean_lines(config.lines) * share).tolist()
        """Units of each product that customers order on a day of the first year, on average; 0 for what is not listed yet."""

    def _change_minds(
        self, config: DemandConfig, lines: Ints, start: Ints, units: Ints, cancels: np.random.Generator,
        returns: np.random.Generator,
    ) -> None:  # fmt: skip
        """Which orders are cancelled before packing, and what of which order comes back, when and how."""
        total = len(lines)
        cancelled = cancels.random(total) < config.cancelled.value
        latest = max(_FIRST_CANCELLATION + 1, round(config.cancel_minutes.value))
        self.cancel_after: list[int] = np.where(cancelled, cancels.integers(_FIRST_CANCELLATION, latest, total), -1).tolist()
        """Minutes from order to cancellation; -1 for none."""
        returned = returns.random(total) < config.returned.value
        line = (returns.random(total) * lines).astype(np.int64)
        self.return_line: list[int] = np.where(returned, line, -1).tolist()
        lag = config.return_days.value * np.exp(config.return_days_spread.value * returns.standard_normal(total))
        self.return_days: list[int] = np.rint(np.clip(lag, *_RETURN_DAYS)).astype(np.int64).tolist()
        self.return_damaged: list[bool] = (returns.random(total) < config.damaged_return.value).tolist()
        bought = units[start[:-1] + line] if total else np.zeros(0, np.int64)
        part = ((bought + 1) ** returns.random(total)).astype(np.int64)  # rather one or two than half of it (assumption)
        back = np.where(returns.random(total) < config.returned_whole.value, bought, part)
        self.return_units: list[int] = np.where(returned, back, 0).tolist()
        """Units of the returned line that come back; 0 for none."""


def mean_lines(lines: Quantiles) -> float:
    """Mean number of lines of an order."""
    return float(np.sum(1.0 - np.interp(np.arange(lines.values[-1]), lines.values, lines.at)))


def mean_units(units: UnitsConfig) -> float:
    """Mean number of units of a line."""
    return float(np.average(units.sizes, weights=units.weights))


class _Range:
    """The products of a channel: how popular each is, from when until when it is listed, and how it is bought."""

    __slots__ = ("_alias", "_always", "_first", "_keep", "_last", "_weights", "scores")

    def __init__(
        self, config: DemandConfig, prices: Sequence[int], days: int, random: np.random.Generator,
        listing: np.random.Generator, habit: np.random.Generator,
    ) -> None:  # fmt: skip
        products = len(prices)
        rank = random.permutation(products)
        """The rank of each product, 0 the most popular."""
        self._weights = _weights(config.popularity, products)[rank]
        self._keep, self._alias = _alias(self._weights)
        years = days / _DAYS_A_YEAR
        launch = listing.random(products) / max(config.launched.value, 1e-9)
        end = listing.random(products) / max(config.discontinued.value, 1e-9)
        self._first = np.where(launch < years, launch * _DAYS_A_YEAR, 0).astype(np.int64)
        self._last = np.where(end < years, end * _DAYS_A_YEAR, days).astype(np.int64)
        both = self._last <= self._first  # came and went before the window: listed throughout instead
        self._first[both], self._last[both] = 0, days
        throughout = (self._first == 0) & (self._last >= days)
        self._always = int(np.argmax(self._weights + throughout))
        """The most popular of those listed throughout stands in for what is still not listed after all redraws."""
        self._first[self._always], self._last[self._always] = 0, days
        units = config.units
        price = _score(np.argsort(np.argsort(np.array(prices), kind="stable")), self._weights)
        own = _standard(habit.standard_normal(products), self._weights)
        popularity = _score(-rank, self._weights)
        self.scores = units.by_popularity * popularity - units.by_price * price + units.by_product * own
        """What each product adds to the score of a line's units."""

    def draw(self, day: Ints, random: np.random.Generator) -> Ints:
        """A product for each line, by popularity, of those listed on the line's day."""
        sku = self._pick(len(day), random)
        return self._list(sku, day, random)

    def _pick(self, count: int, random: np.random.Generator) -> Ints:
        place = random.random(count) * len(self._keep)
        slot = place.astype(np.int64)
        return np.where(place - slot < self._keep[slot], slot, self._alias[slot])

    def _list(self, sku: Ints, day: Ints, random: np.random.Generator) -> Ints:
        """Draw anew what is not listed on its day."""
        wrong = np.flatnonzero((day < self._first[sku]) | (day > self._last[sku]))
        for _ in range(_REDRAWS):
            if not len(wrong):
                return sku
            sku[wrong] = self._pick(len(wrong), random)
            again, on = sku[wrong], day[wrong]
            wrong = wrong[(on < self._first[again]) | (on > self._last[again])]
        sku[wrong] = self._always
        return sku

    def reorder(
        self, sku: Ints, day: Ints, customer: Ints, start: Ints, rate: float, random: np.random.Generator
    ) -> Ints:
        """With probability `rate` a line takes the product of a line of the same customer's order before."""
        by_customer = np.argsort(customer, kind="stable")
        same = customer[by_customer[1:]] == customer[by_customer[:-1]]
        before = np.full(len(customer), -1)
        before[by_customer[1:][same]] = by_customer[:-1][same]
        lines = np.diff(start)
        order = np.repeat(np.arange(len(customer)), lines)
        source = np.arange(len(sku))
        copied = np.flatnonzero((random.random(len(sku)) < rate) & (before[order] >= 0))
        offset = (random.random(len(customer)) * 400).astype(np.int64)  # one walk through the old order: nothing twice
        to = order[copied]
        old = before[to]
        source[copied] = start[old] + (copied - start[to] + offset[to]) % lines[old]
        while len(copied):  # a copy of a copy: follow to the line that was chosen afresh, twice as far each time
            near = source[copied]
            far = source[near]
            source[copied] = far
            copied = copied[far != near]
        return self._list(sku[source], day, random)

    def spread(self, sku: Ints, order: Ints, day: Ints, random: np.random.Generator) -> Ints:
        """Draw anew, a few times, what an order names twice; an order of half the catalogue may keep some."""
        products = len(self._keep)
        looked_at = np.arange(len(sku))
        for _ in range(_REPETITIONS):
            key = (order[looked_at] * products + sku[looked_at]) << 32 | looked_at
            key.sort()
            same = key >> 32
            twice = key[1:][same[1:] == same[:-1]] & 0xFFFFFFFF
            if not len(twice):
                break
            sku[twice] = self._list(self._pick(len(twice), random), day[twice], random)
            touched = np.zeros(int(order[-1]) + 1, np.bool_)
            touched[order[twice]] = True
            looked_at = looked_at[touched[order[looked_at]]]
        return sku

    def opening_shares(self, units: UnitsConfig) -> Floats:
        """Expected units of each product a line of the first day's orders."""
        listed = np.where(self._first == 0, self._weights, 0.0)
        bounds = _thresholds(np.cumsum(units.weights)[:-1] / sum(units.weights))
        rest = max(1e-9, 1.0 - units.by_popularity**2 - units.by_price**2 - units.by_product**2) ** 0.5
        below = _below((bounds[None, :] - self.scores[:, None]) / rest)
        steps = np.diff(units.sizes)
        size = units.sizes[0] + (1.0 - below) @ steps
        shares: Floats = listed / listed.sum() * size
        return shares


# --- days and minutes ---------------------------------------------------------------------------------------


def _within(spans: list[str], calendar: Calendar) -> NDArray[np.bool_]:
    if not spans:
        return np.zeros(calendar.days, np.bool_)
    dates = [calendar.date(number).isoformat()[5:] for number in range(calendar.days)]
    ends = [span.split("/") for span in spans]
    return np.array([any(first <= date <= last for first, last in ends) for date in dates], np.bool_)


def _mean_by_day(
    config: DemandConfig, orders_a_year: float, promoted: NDArray[np.bool_], calendar: Calendar
) -> Floats:
    """Expected orders by day. A closed day's orders come on the other days of its month."""
    dates = [calendar.first + dt.timedelta(day) for day in range(calendar.days)]
    weekday, month = np.array(config.weekday.values, float), np.array(config.month.values, float)
    weekdays, months = np.array([d.weekday() for d in dates]), np.array([d.month - 1 for d in dates])
    growth = (1.0 + config.yearly_growth.value) ** (np.arange(calendar.days) / _DAYS_A_YEAR)
    lift = np.where(promoted, config.promotion_lift.value, 1.0)
    shape = weekday[weekdays] / weekday.mean() * month[months] / month.mean() * growth * lift
    closed = _within(config.closed_days, calendar)
    if config.closed_on_holidays:
        closed |= np.array([weekdays[n] < 5 and not calendar.is_workday(n) for n in range(calendar.days)])
    month_of = np.array([d.year * 12 + d.month for d in dates]) - (dates[0].year * 12 + dates[0].month)
    whole = np.bincount(month_of, shape)
    left = np.bincount(month_of, np.where(closed, 0.0, shape))
    made_up = np.divide(whole, left, out=np.zeros_like(whole), where=left > 0)
    shape = np.where(closed, 0.0, shape * made_up[month_of])
    return orders_a_year / _DAYS_A_YEAR * shape


def _day_effects(config: DemandConfig, days: int, random: np.random.Generator) -> Floats:
    """What makes a day better or worse than its mean, 1.0 on average: yesterday's mood lasts in part."""
    spread = np.sqrt(np.log1p(config.day_spread.value**2))
    rho = config.day_persistence.value
    moods = random.standard_normal(days).tolist()
    for n in range(1, days):
        moods[n] = rho * moods[n - 1] + (1.0 - rho**2) ** 0.5 * moods[n]
    effects: Floats = np.exp(spread * np.array(moods) - spread**2 / 2)
    return effects


def _minutes_of_day(config: DemandConfig, total: int, random: np.random.Generator) -> Ints:
    weights = np.array(config.hour.values, float)
    hour = random.choice(24, total, p=weights / weights.sum())
    return np.asarray(hour * 60 + random.integers(0, 60, total), np.int64)


# --- lines, customers, units --------------------------------------------------------------------------------


def _line_counts(lines: Quantiles, score: Floats) -> Ints:
    """Lines by an order's score: the table's distribution, rounded up to whole lines."""
    most = round(lines.values[-1])
    at = np.interp(np.arange(1, most), lines.values, lines.at)
    counts: Ints = 1 + np.searchsorted(_thresholds(at), score)
    return counts


def _customers(config: DemandConfig, customers: int, total: int, random: np.random.Generator) -> Ints:
    sums = np.cumsum(_weights(config.customer_shares, customers))
    who: Ints = np.searchsorted(sums, random.random(total) * sums[-1], side="right")
    return np.minimum(who, customers - 1)


def _units(units: UnitsConfig, basket: Floats, order: Ints, product: Floats, random: np.random.Generator) -> Ints:
    """Units by a line's score: what order, product and chance add up to."""
    explained = units.by_order**2 + units.by_price**2 + units.by_popularity**2 + units.by_product**2
    chance = max(0.0, 1.0 - explained) ** 0.5
    score = product + chance * random.standard_normal(len(order))
    if units.by_order:
        lines = np.bincount(order, minlength=len(basket)) / max(len(order), 1)
        fewer = -_standard(np.maximum(basket, _SMALL_BASKET), lines)
        own = _standard(random.standard_t(_ORDER_TAIL, len(basket)), lines)
        whole = units.by_basket * fewer + (1.0 - units.by_basket**2) ** 0.5 * own
        score += (units.by_order * _standard(whole, lines))[order]
    bounds = _thresholds(np.cumsum(units.weights)[:-1] / sum(units.weights))
    size_of_bin = np.array(units.sizes, np.int64)[np.searchsorted(bounds, _BINS)]
    bins = np.clip((score - _BINS[0]) * _BINS_A_UNIT + 0.5, 0, len(_BINS) - 1).astype(np.int64)
    chosen: Ints = np.take(size_of_bin, bins)
    return chosen


def _rebates(tiers: list[TierConfig], units: Ints) -> list[int]:
    """What a quantity takes off, by line."""
    if not tiers:
        return [0] * len(units)
    basis = np.array([0, *(round(tier.discount * 10_000) for tier in tiers)])
    return _listed(basis[np.searchsorted([tier.units_from for tier in tiers], units, side="right")])


def _weights(shares: Shares, count: int) -> Floats:
    """Relative frequency of each of `count` ranks, so that the top x have the share the table says.

    Between two entries of the table the share grows as a power of x, which is Zipf's law with an exponent of its own.
    """
    tops, sums = np.log([*shares.top, 1.0]), np.log([*shares.share, 1.0])
    x = np.log(np.arange(1, count + 1) / count)
    first = (sums[1] - sums[0]) / (tops[1] - tops[0])
    within = np.where(x < tops[0], sums[0] + first * (x - tops[0]), np.interp(x, tops, sums))
    weights: Floats = np.diff(np.exp(within), prepend=0.0)
    weights /= weights.sum()
    return weights


def _alias(weights: Floats) -> tuple[Floats, Ints]:
    """Walker's alias table in Vose's order: slot n is itself with probability keep[n], else alias[n]."""
    count = len(weights)
    scaled = (weights * count).tolist()
    small = [n for n in range(count) if scaled[n] < 1.0]
    large = [n for n in range(count) if scaled[n] >= 1.0]
    keep, alias = [1.0] * count, list(range(count))
    while small and large:
        low, high = small.pop(), large[-1]
        keep[low], alias[low] = scaled[low], high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            small.append(large.pop())
    return np.array(keep), np.array(alias)


def _score(values: Ints, weights: Floats) -> Floats:
    """Normal scores of the ranks of `values`, standard by `weights`."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return _standard(np.interp((ranks + 0.5) / len(values), _cumulative(), _GRID), weights)


def _standard(score: Floats, weights: Floats) -> Floats:
    """Moved and stretched to mean 0 and variance 1 when each entry counts as often as its weight says."""
    moved: Floats = score - score @ weights
    spread = float(np.sqrt(moved**2 @ weights))
    return moved / spread if spread > 0 else moved


@cache
def _cumulative() -> Floats:
    return np.array([_NORMAL.cdf(value) for value in _GRID.tolist()])


def _below(values: Floats) -> Floats:
    return np.interp(values, _GRID, _cumulative())


def _thresholds(at: Floats) -> Floats:
    """Scores below which a share `at` of a normal variable lies."""
    return np.array([_NORMAL.inv_cdf(p) if 0.0 < p < 1.0 else np.inf if p >= 1.0 else -np.inf for p in at.tolist()])


def _listed(values: Ints) -> list[int]:
    numbers: list[int] = _SHARED[values].tolist()
    return numbers
