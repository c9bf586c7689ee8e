"""Two results of the same cases: what changed, case by case, and whether it is more than noise. Pure functions of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from .results import Results
from .scores import Score
from .scores.intervals import Difference, holm, mcnemar, paired
from .scores.tables import HIGH_IS_GOOD, MEASURES, Measure

ALPHA = 0.05
COMPARED = (
    "ac1", "ac3", "mrr", "f1", "exact", "layer_right", "grounded", "document_f1", "onset_hit7", "specificity", "decoy_hits",
    "brier", "failures",
)  # fmt: skip
"""Measures that two results are compared by; each has a value a case."""


class CompareError(ValueError):
    """Two results cannot be compared; the message says why, in one line."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one detector, before and after."""

    measure: str
    words: str
    before: float
    after: float
    difference: Difference
    p_adjusted: float
    """Holm-corrected over the measures compared."""
    lost: int | None
    """Cases that were right and are wrong, of a measure that is yes or no."""
    won: int | None
    p_mcnemar: float | None
    regression: bool
    """Worse beyond noise."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case whose answer changed."""

    case: str
    better: bool | None
    """None: another answer, as right or wrong as before."""
    truth: tuple[str, ...]
    before: str
    after: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One detector in both results."""

    detector: str
    cases: int
    changes: list[Change]
    changed: list[Case]

    @property
    def regressed(self) -> bool:
        """Whether anything is worse beyond noise."""
        return any(change.regression for change in self.changes)


def compare(base: Results, new: Results, detector: tuple[str, str] | None = None) -> list[Comparison]:
    """Every detector that both results hold; or one of `base` with one of `new`. Raises CompareError."""
    for results, which in ((base, "BASE"), (new, "NEW")):
        if results.private:
            raise CompareError(f"{which} is of a private split: its answers case by case are sealed, nothing can be paired")
    if (base.suite_sha256, base.split) != (new.suite_sha256, new.split):
        raise CompareError(f"BASE is of {base.suite}, {base.split}, and NEW of {new.suite}, {new.split}, or of other settings "
                           "of the suite; results of the same cases are wanted")  # fmt: skip
    if base.layers != new.layers:
        raise CompareError(f"BASE saw {', '.join(base.layers)} and NEW {', '.join(new.layers)}; the same layers are wanted")
    pairs = [detector] if detector else [(name, name) for name in base.detectors if name in new.detectors]
    if not pairs:
        raise CompareError(f"no detector is in both: BASE has {', '.join(base.detectors)}, NEW has {', '.join(new.detectors)}")
    for (name, _), results in ((pairs[0], base), ((pairs[0][1], ""), new)):
        if name not in results.detectors:
            raise CompareError(f"there is no detector {name}; there are {', '.join(results.detectors)}")
    found = []
    for old, fresh in pairs:
        left, right = _by_case(base.detectors[old].scores), _by_case(new.detectors[fresh].scores)
        common = [case for case in left if case in right]
        if not common:
            raise CompareError(f"{old}: no case is in both")
        name = old if old == fresh else f"{old} and {fresh}"
        found.append(_compared(name, [left[case] for case in common], [right[case] for case in common]))
    return found


def _by_case(scores: Sequence[Score]) -> Mapping[str, Score]:
    return {score.case: score for score in scores}


def _compared(name: str, before: Sequence[Score], after: Sequence[Score]) -> Comparison:
    drafts = [draft for measure in COMPARED if (draft := _change(measure, before, after)) is not None]
    adjusted = holm([draft.difference.p for draft in drafts])
    changes = [
        msgspec.structs.replace(draft, p_adjusted=p, regression=p < ALPHA and _is_worse(draft.measure, draft.difference.value))
        for draft, p in zip(drafts, adjusted, strict=True)
    ]
    changed = [case for pair in zip(before, after, strict=True) if (case := _case(*pair)) is not None]
    return Comparison(detector=name, cases=len(before), changes=changes, changed=changed)


def _change(name: str, before: Sequence[Score], after: Sequence[Score]) -> Change | None:
    measure: Measure = MEASURES[name]
    pairs = [
        (old, float(low), float(high))
        for old, new in zip(before, after, strict=True)
        if (low := measure.of(old)) is not None and (high := measure.of(new)) is not None
    ]
    if not pairs:
        return None
    left, right = [low for _, low, _ in pairs], [high for _, _, high in pairs]
    difference = paired(left, right, [score.business or score.case for score, _, _ in pairs])
    lost = won = p = None
    if measure.how == "share":
        lost, won = (sum(a == flag and b == 1 - flag for a, b in zip(left, right, strict=True)) for flag in (1, 0))
        p = mcnemar(lost, won)
    return Change(
        measure=name, words=measure.words, before=sum(left) / len(left), after=sum(right) / len(right),
        difference=difference, p_adjusted=1.0, lost=lost, won=won, p_mcnemar=p, regression=False,
    )  # fmt: skip


def _is_worse(measure: str, difference: float) -> bool:
    return difference < 0 if HIGH_IS_GOOD[measure] else difference > 0


def _case(before: Score, after: Score) -> Case | None:
    told = [_answer(score) for score in (before, after)]
    if told[0] == told[1]:
        return None
    better = None if before.case_right == after.case_right else after.case_right
    return Case(case=before.case, better=better, truth=before.truth, before=told[0], after=told[1])


def _answer(score: Score) -> str:
    if score.error:
        return "no valid answer"
    return score.named[0] if score.named else "healthy"
