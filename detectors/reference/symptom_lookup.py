"""A floor: looks at the general ledger for the account that misbehaves most, and looks its cause up in a table.

It blames the symptom: the table is what was most frequent in training with that symptom, or the catalogue's causes by headline
account. It never asks where the symptom came from.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from sim.causes import causes

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence
from ..helpers import control_balances

_STANDS_OUT = 3.0
"""Robust deviations beyond which a month's change of a balance stands out (the usual rule of three sigma)."""
_LEAST_SHARE = 0.05
"""A change below this share of the balance never does (assumption)."""
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_PROBABILITY = 0.3
"""Assumption."""


class SymptomLookup:
    """Names the cause that goes with the control account whose balance moved most out of the ordinary."""

    name = "symptom_lookup"
    reads: tuple[str, ...] = ("ledger",)

    def __init__(self) -> None:
        self.table_: dict[str, tuple[str, str]] = {}
        """Cause and layer by symptom; an empty cause says that nothing is wrong."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Count causes by symptom, healthy included; ties go to the first in the alphabet."""
        counts: dict[str, Counter[tuple[str, str]]] = {}
        for case in cases:
            symptom = strangest(case.evidence)[0]
            named = {(str(cause["name"]), str(cause["layer"])) for cause in case.answer["causes"]}
            counts.setdefault(symptom, Counter()).update(named or {("", "")})
        self.table_ = {
            symptom: min(found, key=lambda each: (-found[each], each)) for symptom, found in sorted(counts.items())
        }

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The cause in the table for the strangest account."""
        symptom, month = strangest(evidence)
        known = [(cause.name, cause.layer) for cause in causes().values() if symptom and cause.headline == symptom]
        cause, layer = self.table_.get(symptom, known[0] if known else ("", ""))
        if not cause:
            return answer(self, evidence)
        words = f"the balance of {symptom} moved out of the ordinary" if symptom else "no balance stands out"
        onset = None if month is None else month.replace(day=1)
        return answer(self, evidence, [Hypothesis(cause=cause, layer=layer, onset=onset, probability=_PROBABILITY, note=words)])


def strangest(evidence: Evidence) -> tuple[str, dt.date | None]:
    """The kind of control account whose monthly change stands out most from its other months', and that month-end."""
    best: tuple[float, str, dt.date | None] = (_STANDS_OUT, "", None)
    if evidence.has("ledger") and len(evidence.month_ends) > 3:
        balances = control_balances(evidence)
        for kind in balances.columns:
            changes = balances[kind].diff().iloc[1:]
            usual = changes.median()
            spread = _MAD_TO_DEVIATION * (changes - usual).abs().median()
            floor = _LEAST_SHARE * balances[kind].abs().max() / _STANDS_OUT
            for end, distance in ((changes - usual).abs() / max(spread, floor, 1.0)).items():
                best = max(best, (float(distance), str(kind), end.date()), key=lambda each: each[:2])
    return best[1], best[2]
