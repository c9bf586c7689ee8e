"""A floor: names the cause that was most frequent among the cases it learnt from, without a look at the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence


class Majority:
    """Always names the same cause; nothing before it was fitted, or when most cases were healthy."""

    name = "majority"
    reads: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.hypothesis_: Hypothesis | None = None
        """What it learnt to say."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Count causes, one a case and cause; ties go to the first in the alphabet, healthy counts as an answer."""
        counts: Counter[tuple[str, str]] = Counter()
        for case in cases:
            named = {(str(cause["name"]), str(cause["layer"])) for cause in case.answer["causes"]}
            counts.update(named or {("", "")})
        (name, layer), count = min(counts.items(), key=lambda item: (-item[1], item[0]), default=(("", ""), 0))
        self.hypothesis_ = None
        if name:
            self.hypothesis_ = Hypothesis(
                cause=name, layer=layer, probability=count / len(cases), note="the most frequent cause in training"
            )

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The most frequent cause."""
        return answer(self, evidence, () if self.hypothesis_ is None else (self.hypothesis_,))
