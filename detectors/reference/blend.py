"""The best honest combination: the specialist's findings, weighed by how often they were right, and the learner's odds.

The specialist says why, since when and in which documents; how far its word can be taken is counted on training cases (hits
and false alarms a cause, with its own probability as two cases' worth of prior). The learner, where it was fitted, moves that
probability and ranks what the specialist cannot tell apart. Alone it names a cause only when it is surer of it than of all
else together, the specialist's silence weighed in: a detector that seldom misses a fault says much by saying nothing.
Unfitted, it is the specialist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence
from .learned import Learned
from .specialist import Specialist

_PRIOR_CASES = 2.0
"""How many cases the specialist's own probability is worth (assumption)."""
_SHARE = 0.25
"""The learner's part in the probability of what the specialist found: it has seen few cases of each cause (assumption)."""
_ALONE = 0.5
"""What the learner must be surer of than of everything else together to name it alone."""


class Blend:
    """Specialist and learner as one detector."""

    name = "blend"
    reads: tuple[str, ...] = LAYERS

    def __init__(self) -> None:
        self.specialist_, self.learned_ = Specialist(), Learned()
        self.said_: Counter[str] = Counter()
        """How often the specialist named each cause in training."""
        self.right_: Counter[str] = Counter()
        """How often it was right."""
        self.silent_ = {True: 1.0, False: 1.0}
        """Share of the training cases in which the specialist named nothing: of those with a fault, and of those without."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Count how often the specialist's word was right, and let the learner learn."""
        self.said_, self.right_ = Counter(), Counter()
        faulty: Counter[bool] = Counter()
        silent: Counter[bool] = Counter()
        for case in cases:
            true = {str(cause["name"]) for cause in case.answer["causes"]}
            named = self.specialist_.diagnose(case.evidence).causes
            self.said_.update(named)
            self.right_.update(cause for cause in named if cause in true)
            faulty[bool(true)] += 1
            silent[bool(true)] += not named
        # One case of each kind counted in advance, so that no share is nought or one (Laplace's rule of succession).
        self.silent_ = {each: (silent[each] + 1) / (faulty[each] + 2) for each in (True, False)}
        self.learned_.fit(cases)

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The specialist's hypotheses at the blended probability, and what the learner alone is sure of."""
        found = self.specialist_.diagnose(evidence)
        likely = self.learned_.probabilities(evidence)
        told = [self._weighed(hypothesis, likely) for hypothesis in found.hypotheses]
        if not found.causes and likely:
            likely = self._after_silence(likely)
            share, cause = min(((-share, cause) for cause, share in likely.items() if cause), default=(0.0, ""))
            if -share > _ALONE:
                note = "no rule fires; the figures are those of training cases with this cause"
                told.append(Hypothesis(cause=cause, layer=self.learned_.layers_[cause], probability=-share, note=note))
        remarks = [remark for remark in found.remarks if "is not visible" not in remark]
        return answer(self, evidence, _in_order(told), remarks=remarks)

    def _after_silence(self, likely: dict[str, float]) -> dict[str, float]:
        """The learner's probabilities once it is known that the specialist found nothing (Bayes's rule)."""
        weighed = {cause: share * self.silent_[bool(cause)] for cause, share in likely.items()}
        whole = sum(weighed.values())
        return {cause: share / whole for cause, share in weighed.items()}

    def _weighed(self, hypothesis: Hypothesis, likely: dict[str, float]) -> Hypothesis:
        said, right = self.said_[hypothesis.cause], self.right_[hypothesis.cause]
        probability = (right + _PRIOR_CASES * hypothesis.probability) / (said + _PRIOR_CASES)
        if likely:
            probability = (1 - _SHARE) * probability + _SHARE * likely.get(hypothesis.cause, 0.0)
        return msgspec.structs.replace(hypothesis, probability=probability)


def _in_order(told: list[Hypothesis]) -> list[Hypothesis]:
    """Causes by probability, then masks and consequences, none of them likelier than the least likely cause before it."""
    causes = [hypothesis for hypothesis in told if hypothesis.role == "cause"]
    ceiling = min((hypothesis.probability for hypothesis in causes), default=1.0)
    others = [
        msgspec.structs.replace(hypothesis, probability=min(hypothesis.probability, ceiling))
        for hypothesis in told if hypothesis.role != "cause"
    ]  # fmt: skip
    return [*causes, *others]
