"""A floor: names the cause that was most frequent in training among businesses of the same profile."""

from __future__ import annotations

from collections.abc import Sequence

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence
from .majority import Majority


class MajorityByProfile:
    """Always names the same cause for a profile; for one it never saw, the most frequent of all."""

    name = "majority_by_profile"
    reads: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.profiles_: dict[str, Majority] = {}
        """What it learnt to say, by profile; under the empty name, of all."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Count causes by profile, as `Majority` does for all."""
        groups: dict[str, list[Example]] = {"": list(cases)}
        for case in cases:
            if case.evidence.profile:
                groups.setdefault(case.evidence.profile, []).append(case)
        self.profiles_ = {profile: Majority() for profile in sorted(groups)}
        for profile, majority in self.profiles_.items():
            majority.fit(groups[profile])

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The most frequent cause of the profile."""
        learnt = self.profiles_.get(evidence.profile, self.profiles_.get(""))
        return answer(self, evidence, () if learnt is None or learnt.hypothesis_ is None else (learnt.hypothesis_,))
