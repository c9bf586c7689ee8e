"""A floor: says of every business that it is healthy."""

from __future__ import annotations

from collections.abc import Sequence

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence


class NoneDetector:
    """Never names anything."""

    name = "none"
    reads: tuple[str, ...] = ()

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Nothing."""
        return answer(self, evidence)
