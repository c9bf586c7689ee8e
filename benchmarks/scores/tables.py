"""Scores of many cases: every measure with its interval, overall and by fault, layer, business and difficulty.

Knows scores, not where they come from. A measure is one line of `MEASURES`; tables and pages follow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Literal

import msgspec

from .case import Score
from .intervals import Figure, bootstrap, wilson
from .rankings import distinct

Of = Callable[[Score], float | None]
_LEAST_CONFIDENCE = 0.001
"""Log scores take no probability below this, or one answer decides all."""
BINS = 10
HEALTHY = "(healthy)"


class Measure(msgspec.Struct, frozen=True):
    """How one figure comes about."""

    words: str
    how: Literal["share", "mean", "ratio", "median", "largest"]
    of: Of
    below: Of | None = None
    """Of a ratio: what it is over."""
    high_is_good: bool = True


def _log_loss(score: Score) -> float:
    said = score.confidence if score.case_right else 1 - score.confidence
    return -math.log(max(_LEAST_CONFIDENCE, said))


def _gap(score: Score) -> float | None:
    return None if score.right is None or score.grounded is None else float(score.right) - float(score.grounded)


def _both(score: Score) -> bool | None:
    if score.accounting_right is None or score.documents_right is None:
        return None
    return score.accounting_right and score.documents_right


def _lift(score: Score) -> float | None:
    return None if score.avg5 is None or score.chance5 is None else score.avg5 - score.chance5


MEASURES: Mapping[str, Measure] = {
    "ac1": Measure("AC@1", "mean", lambda s: s.ac1),
    "ac3": Measure("AC@3", "mean", lambda s: s.ac3),
    "ac5": Measure("AC@5", "mean", lambda s: s.ac5),
    "avg5": Measure("Avg@5", "mean", lambda s: s.avg5),
    "chance5": Measure("Chance@5", "mean", lambda s: s.chance5),
    "lift5": Measure("Lift@5", "mean", _lift),
    "mrr": Measure("MRR", "mean", lambda s: s.reciprocal_rank),
    "precision": Measure("set precision", "mean", lambda s: s.precision),
    "recall": Measure("set recall", "mean", lambda s: s.recall),
    "f1": Measure("set F1", "mean", lambda s: s.f1),
    "exact": Measure("exact set", "share", lambda s: s.exact),
    "right": Measure("cause right", "share", lambda s: s.right),
    "class_right": Measure("cause right up to its class", "share", lambda s: s.class_right),
    "near": Measure("with half points for near misses", "mean", lambda s: s.near),
    "layer_right": Measure("layer right", "share", lambda s: s.layer_right),
    "blames_symptom": Measure("misses that blame the symptom's layer", "share", lambda s: s.blames_symptom, high_is_good=False),
    "blames_effect": Measure("misses that name a mask or an effect", "share", lambda s: s.blames_effect, high_is_good=False),
    "grounded": Measure("right and grounded", "share", lambda s: s.grounded),
    "ungrounded": Measure("right, not grounded", "mean", _gap, high_is_good=False),
    "document_precision": Measure("document precision", "mean", lambda s: s.document_precision),
    "document_recall": Measure("document recall", "mean", lambda s: s.document_recall),
    "document_f1": Measure("document F1", "mean", lambda s: s.document_f1),
    "weighted_recall": Measure("document recall by amount", "mean", lambda s: s.weighted_recall),
    "accounting_right": Measure("accounting right", "share", lambda s: s.accounting_right),
    "documents_right": Measure("documents right", "share", lambda s: s.documents_right),
    "both_right": Measure("accounting and documents right", "share", _both),
    "onset_error": Measure("onset error, median days", "median", lambda s: s.onset_error_days, high_is_good=False),
    "onset_hit1": Measure("onset within 1 day", "share", lambda s: s.onset_hit1),
    "onset_hit3": Measure("onset within 3 days", "share", lambda s: s.onset_hit3),
    "onset_hit7": Measure("onset within 7 days", "share", lambda s: s.onset_hit7),
    "money_error": Measure("amount missed", "ratio", lambda s: s.amount_error_cents or None,
                           lambda s: s.amount_true_cents or None, high_is_good=False),
    "specificity": Measure("healthy called healthy", "share", lambda s: s.specific),
    "alarms": Measure("false alarms a company-month", "ratio", lambda s: s.alarms, lambda s: s.months, high_is_good=False),
    "decoy_hits": Measure("taken in by a decoy", "share", lambda s: s.decoy_hit, high_is_good=False),
    "brier": Measure("Brier score", "mean", lambda s: (s.confidence - s.case_right) ** 2, high_is_good=False),
    "log_loss": Measure("log score", "mean", _log_loss, high_is_good=False),
    "failures": Measure("no valid answer", "share", lambda s: s.error is not None, high_is_good=False),
    "seconds": Measure("seconds a case", "mean", lambda s: s.seconds, high_is_good=False),
    "peak_mb": Measure("largest memory, MB", "largest", lambda s: s.peak_mb, high_is_good=False),
}  # fmt: skip


def figure(measure: Measure, scores: Sequence[Score]) -> Figure | None:
    """One measure over some cases; None when no case defines it."""
    known = [(score, value) for score in scores if (value := measure.of(score)) is not None]
    if measure.how == "ratio" and measure.below is not None:
        pairs = [(score, measure.of(score) or 0.0, below) for score in scores if (below := measure.below(score)) is not None]
        return _ratio(pairs)
    if not known:
        return None
    values = [float(value) for _, value in known]
    if measure.how == "median":
        return Figure(value=median(values), n=len(values))
    if measure.how == "largest":
        return Figure(value=max(values), n=len(values))
    if measure.how == "share":
        found = wilson(round(sum(values)), len(values))
        return Figure(value=found.value, low=found.low, high=found.high, n=found.n)
    return _ratio([(score, value, 1.0) for (score, _), value in zip(known, values, strict=True)])


def _ratio(pairs: Sequence[tuple[Score, float, float]]) -> Figure | None:
    below = [part for _, _, part in pairs]
    if not sum(below):
        return None
    above = [part for _, part, _ in pairs]
    limits = bootstrap(above, below, [score.business or score.case for score, _, _ in pairs])
    low, high = limits or (None, None)
    return Figure(value=sum(above) / sum(below), low=low, high=high, n=len(pairs))


def summary(scores: Sequence[Score]) -> dict[str, Figure]:
    """Every measure that some case defines, of one detector. Raises ValueError when there is none, or of two detectors."""
    names = distinct(score.detector for score in scores)
    if len(names) != 1:
        raise ValueError(f"scores of one detector are wanted, these are of {', '.join(names) or 'none'}")
    found = {name: told for name, measure in MEASURES.items() if (told := figure(measure, scores)) is not None}
    found["ece"] = Figure(value=expected_calibration_error(scores), n=len(scores))
    found["aurc"] = Figure(value=area_under_risk(scores), n=len(scores))
    triage = balanced_triage(scores)
    if triage is not None:
        found["triage"] = triage
    return found


WORDS = {name: measure.words for name, measure in MEASURES.items()} | {
    "ece": "calibration error", "aurc": "area under risk and coverage", "triage": "contained or crossing, balanced",
    "named": "this cause named",
}  # fmt: skip
HIGH_IS_GOOD = {name: measure.high_is_good for name, measure in MEASURES.items()} | {
    "ece": False, "aurc": False, "triage": True, "named": True,
}  # fmt: skip

# --- groups --------------------------------------------------------------------------------------------------

GROUPS: Mapping[str, Callable[[Score], tuple[str, ...]]] = {
    "fault": lambda s: s.truth or (HEALTHY,),
    "layer": lambda s: s.layers or (HEALTHY,),
    "profile": lambda s: (s.profile,),
    "difficulty": lambda s: (s.tier,),
}
GROUP_MEASURES = (
    "right", "ac3", "layer_right", "f1", "grounded", "document_f1", "onset_hit7", "money_error", "specificity", "failures",
)  # fmt: skip
"""What the tables by group show."""
NAMED = "named"


def grouped(scores: Sequence[Score], group: str) -> dict[str, dict[str, Figure]]:
    """Measures by group. A case of several faults or layers counts in each of them.

    Of a fault, `named` says how often it was itself among the causes named, whichever of the case's causes came first.
    """
    kinds = sorted({kind for score in scores for kind in GROUPS[group](score) if kind})
    table: dict[str, dict[str, Figure]] = {}
    for kind in kinds:
        own = [score for score in scores if kind in GROUPS[group](score)]
        told = {name: figure(MEASURES[name], own) for name in GROUP_MEASURES}
        table[kind] = {name: each for name, each in told.items() if each is not None}
        if group == "fault" and kind != HEALTHY:
            found = wilson(sum(kind in score.named for score in own), len(own))
            table[kind][NAMED] = Figure(value=found.value, low=found.low, high=found.high, n=found.n)
    return table


def confusion(scores: Sequence[Score]) -> dict[str, dict[str, int]]:
    """How often each cause was named first in cases of each true one: by truth, then answer. One fault a case."""
    table: dict[str, dict[str, int]] = {}
    for score in scores:
        if len(score.truth) > 1:
            continue
        true = score.truth[0] if score.truth else HEALTHY
        told = "(no answer)" if score.error else score.named[0] if score.named else HEALTHY
        row = table.setdefault(true, {})
        row[told] = row.get(told, 0) + 1
    return {true: dict(sorted(row.items())) for true, row in sorted(table.items())}


# --- calibration and triage ----------------------------------------------------------------------------------


def expected_calibration_error(scores: Sequence[Score], bins: int = BINS) -> float:
    """Mean gap between confidence and accuracy over bins of equal mass."""
    ranked = sorted(scores, key=lambda score: (score.confidence, score.case))
    edges = [len(ranked) * n // bins for n in range(bins + 1)]
    gap = 0.0
    for first, last in pairwise(edges):
        part = ranked[first:last]
        gap += abs(sum(score.confidence for score in part) - sum(score.case_right for score in part))
    return gap / len(ranked)


def risk_coverage(scores: Sequence[Score]) -> list[tuple[float, float]]:
    """Share of wrong answers among the most confident ones, by the share of cases answered; equal confidences together."""
    ranked = sorted(scores, key=lambda score: -score.confidence)
    points, wrong = [], 0
    for n, score in enumerate(ranked, 1):
        wrong += not score.case_right
        if n == len(ranked) or ranked[n].confidence < score.confidence:
            points.append((n / len(ranked), wrong / n))
    return points


def area_under_risk(scores: Sequence[Score]) -> float:
    """The mean risk over all coverages; 0 is perfect."""
    area, before = 0.0, 0.0
    for coverage, risk in risk_coverage(scores):
        area += (coverage - before) * risk
        before = coverage
    return area


def balanced_triage(scores: Sequence[Score]) -> Figure | None:
    """Mean over contained and crossing cases of the share that was told as such; None unless there are both."""
    shares = []
    asked = [score for score in scores if score.crosses is not None]
    for kind in (False, True):
        part = [score for score in asked if score.crosses is kind]
        if not part:
            return None
        shares.append(sum(score.said_crosses is kind for score in part) / len(part))
    return Figure(value=sum(shares) / 2, n=len(asked))
