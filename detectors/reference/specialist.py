"""What somebody finds who can see all four layers and walks from the origin to the symptom.

Rules of each layer (`rules`) say what is off there, in the order in which layers feed each other; `findings` then separates
causes from people's masks and from consequences. It says less when it sees less.

Source of the order: the practitioners' "When You Actually Need a Cin7 Specialist", which looks for the origin upstream of the
symptom; the rules carry their own. What tells a mask from a cause (does it fit what it hides?) is our reasoning.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence
from ..reading import Reading
from .findings import hypotheses
from .rules import RULES


class Specialist:
    """Names causes with dates, cents, documents and a chain, and says what it could not see."""

    name = "specialist"
    reads: tuple[str, ...] = LAYERS

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: the rules are fixed."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The rules' findings, causes first."""
        reading = Reading(evidence)
        found = [finding for rule in RULES if (finding := rule(reading)) is not None]
        told, remarks = hypotheses(reading, found)
        return answer(self, evidence, told, remarks=remarks)
