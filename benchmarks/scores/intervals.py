"""How sure a figure is: Wilson intervals, bootstraps by business, exact McNemar, Holm. All draws come from sim.draws."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from sim.draws import Draws

Z = 1.959963984540054
"""95 %."""
RESAMPLES = 2_000
PAIRED_RESAMPLES = 5_000
_SEED = 0
"""The bootstrap's draws are the same every time: equal results have equal intervals."""
_BLOCK = 500
"""Resamples drawn together: memory for one draw of a thousand businesses times this."""

Floats = npt.NDArray[np.float64]


class Proportion(msgspec.Struct, frozen=True):
    """A share of cases with its 95 % Wilson interval."""

    hits: int
    n: int
    value: float
    low: float
    high: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A score with its 95 % interval, where there is one, and the number of cases that define it."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int


def wilson(hits: int, n: int, z: float = Z) -> Proportion:
    """A proportion with its Wilson score interval; `z` of 1.96 gives 95 %. Raises ValueError unless 0 <= hits <= n, n > 0."""
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits} of {n} is no proportion")
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Proportion(hits, n, share, min(low, share), max(high, share))


def by_business(values: Sequence[float], businesses: Sequence[str]) -> Floats:
    """Sums of values, one a business, in order of first appearance."""
    order = {name: n for n, name in enumerate(dict.fromkeys(businesses))}
    sums = np.zeros(len(order))
    np.add.at(sums, [order[name] for name in businesses], values)
    return sums


def resampled_ratios(above: Floats, below: Floats, resamples: int, name: str) -> Floats:
    """Sum of `above` over sum of `below` in resamples of the businesses, drawn with replacement."""
    count = len(above)
    block = Draws(_SEED).block(f"bootstrap/{name}/{count}")
    found = []
    for first in range(0, resamples, _BLOCK):
        draws = block.multinomial(count, np.full(count, 1 / count), min(_BLOCK, resamples - first))
        sums = draws @ below
        found.append(np.divide(draws @ above, sums, out=np.full(len(sums), np.nan), where=sums != 0))
    return np.concatenate(found)


def bootstrap(above: Sequence[float], below: Sequence[float], businesses: Sequence[str]) -> tuple[float, float] | None:
    """95 % interval of sum(above) / sum(below), by resampling businesses; None when there are too few of them."""
    sums, counts = by_business(above, businesses), by_business(below, businesses)
    if len(sums) < 2:
        return None
    ratios = resampled_ratios(sums, counts, RESAMPLES, "one")
    ratios = ratios[~np.isnan(ratios)]
    if not len(ratios):
        return None
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How much B scores above A on the same cases."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided, of no difference."""
    n: int


def paired(before: Sequence[float], after: Sequence[float], businesses: Sequence[str]) -> Difference:
    """The mean difference with its interval and p-value, by resampling businesses. Raises ValueError when there is no case."""
    if not before:
        raise ValueError("a difference needs cases that both have")
    gaps = by_business([new - old for old, new in zip(before, after, strict=True)], businesses)
    counts = by_business([1.0] * len(before), businesses)
    value = float(gaps.sum() / counts.sum())
    means = resampled_ratios(gaps, counts, PAIRED_RESAMPLES, "paired")
    low, high = np.quantile(means, [0.025, 0.975])
    # Share of resamples on the other side of no difference, both ends; never 0, as a finite number was drawn.
    tail = int(min(np.count_nonzero(means <= 0), np.count_nonzero(means >= 0)))
    p = 1.0 if not gaps.any() else min(1.0, 2 * (tail + 1) / (PAIRED_RESAMPLES + 1))
    return Difference(value=value, low=float(low), high=float(high), p=p, n=len(before))


def mcnemar(lost: int, won: int) -> float:
    """Exact two-sided p-value that `lost` and `won` of the cases that changed sides are equally likely."""
    n, least = lost + won, min(lost, won)
    if not n:
        return 1.0
    tail: float = sum(math.comb(n, k) for k in range(least + 1)) / 2**n
    return min(1.0, 2 * tail)


def holm(ps: Sequence[float]) -> list[float]:
    """P-values adjusted for being several (Holm), in the order given."""
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda n: ps[n])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return adjusted


def pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that at least one of `k` answers is right, when `right` of `n` were: the unbiased estimate."""
    missed: float = math.comb(n - right, k) / math.comb(n, k)
    return 1.0 - missed


def all_pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that all of `k` answers are right, when `right` of `n` were: the unbiased estimate."""
    return math.comb(right, k) / math.comb(n, k)
