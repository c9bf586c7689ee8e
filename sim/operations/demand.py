"""Demand: every order customers would place in the window, drawn before the run. Knows nothing of stock."""

from __future__ import annotations

import datetime as dt

import numpy as np

from ..clock import DAY, Calendar
from ..draws import Draws
from ..profile import DemandConfig

_DAYS_A_YEAR = 365.25


class Demand:
    """Orders by ordinal in order of time; lines of order i are `line_start[i]:line_start[i + 1]`."""

    __slots__ = (
        "cancel_after", "customer", "line_sku", "line_start", "line_units", "minute", "promoted", "return_damaged",
        "return_days", "return_line",
    )  # fmt: skip

    def __init__(
        self, config: DemandConfig, orders_a_year: float, concentration: float, products: int, calendar: Calendar, draws: Draws
    ) -> None:
        promoted_days = _promoted(config.promotion_days, calendar)
        counts = _orders_by_day(config, orders_a_year, promoted_days, calendar, draws)
        day = np.repeat(np.arange(calendar.days), counts)
        total = len(day)
        minute = day * DAY + _minutes_of_day(config, total, draws)
        minute.sort(kind="stable")
        self.minute: list[int] = minute.tolist()
        self.promoted: list[bool] = promoted_days[minute // DAY].tolist()

        random = draws.block("demand/lines")
        extra = random.geometric(1.0 / (1.0 + config.extra_lines.value), total) - 1
        lines = 1 + np.minimum(extra, 19)
        start = np.concatenate(([0], np.cumsum(lines)))
        self.line_start: list[int] = start.tolist()
        random = draws.block("demand/products")
        weights = np.arange(1, products + 1, dtype=float) ** -concentration
        rank_to_sku = random.permutation(products)
        ranks = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(int(start[-1])))
        self.line_sku: list[int] = rank_to_sku[np.minimum(ranks, products - 1)].tolist()
        second = draws.block("demand/units").random(int(start[-1])) < config.second_unit.value
        self.line_units: list[int] = (1 + second).tolist()

        customers = max(1, round(total * _CUSTOMERS_PER_ORDER))
        self.customer: list[int] = draws.block("demand/customers").integers(0, customers, total).tolist()
        random = draws.block("demand/cancellations")
        cancels = random.random(total) < config.cancelled.value
        self.cancel_after: list[int] = np.where(cancels, random.integers(5, 600, total), -1).tolist()
        random = draws.block("demand/returns")
        returns = random.random(total) < config.returned.value
        self.return_line: list[int] = np.where(returns, (random.random(total) * lines).astype(np.int64), -1).tolist()
        # Two stages (the customer decides, the parcel travels) give a gamma lag with shape 2.
        lag = random.gamma(2.0, config.return_days.value / 2.0, total)
        self.return_days: list[int] = (2 + np.minimum(lag, 60.0)).astype(np.int64).tolist()
        self.return_damaged: list[bool] = (random.random(total) < config.damaged_return.value).tolist()


_CUSTOMERS_PER_ORDER = 0.7  # assumption: one customer in three comes back within a year


def _promoted(spans: list[str], calendar: Calendar) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    days = np.zeros(calendar.days, np.bool_)
    for span in spans:
        first, last = span.split("/")
        for number in range(calendar.days):
            if first <= calendar.date(number).strftime("%m-%d") <= last:
                days[number] = True
    return days


def _orders_by_day(
    config: DemandConfig,
    orders_a_year: float,
    promoted: np.ndarray[tuple[int], np.dtype[np.bool_]],
    calendar: Calendar,
    draws: Draws,
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    dates = [calendar.first + dt.timedelta(day) for day in range(calendar.days)]
    weekday, month = np.array(config.weekday.values, float), np.array(config.month.values, float)
    shape = np.array([weekday[d.weekday()] / weekday.mean() * month[d.month - 1] / month.mean() for d in dates])
    growth = (1.0 + config.yearly_growth.value) ** (np.arange(calendar.days) / _DAYS_A_YEAR)
    lift = np.where(promoted, config.promotion_lift.value, 1.0)
    mean = orders_a_year / _DAYS_A_YEAR * shape * growth * lift
    # Negative binomial with variance = dispersion * mean: success probability 1 / dispersion.
    dispersion = max(config.dispersion.value, 1.000_001)
    random = draws.block("demand/days")
    return np.asarray(random.negative_binomial(mean / (dispersion - 1.0), 1.0 / dispersion), np.int64)


def _minutes_of_day(config: DemandConfig, total: int, draws: Draws) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    weights = np.array(config.hour.values, float)
    random = draws.block("demand/minutes")
    hour = random.choice(24, total, p=weights / weights.sum())
    return np.asarray(hour * 60 + random.integers(0, 60, total), np.int64)
