"""A floor: blames whatever setting was changed last, as one does who asks first what was changed. It needs no understanding.

It knows settings logs and the catalogue. Which cause it names is the most frequent one of that setting's layer in training,
or the first of the catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.causes import causes
from sim.schema import SETTINGS

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

_PROBABILITY = 0.2
"""It has no idea, and says so (assumption)."""


class LatestChange:
    """Names a cause of the layer in which a setting was changed last, with that day as the onset."""

    name = "latest_change"
    reads: tuple[str, ...] = SETTINGS

    def __init__(self) -> None:
        self.usual_: dict[str, str] = {}
        """The most frequent cause by layer."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Count causes by layer; ties go to the first in the alphabet."""
        counts: dict[str, Counter[str]] = {}
        for case in cases:
            for cause in case.answer["causes"]:
                counts.setdefault(str(cause["layer"]), Counter())[str(cause["name"])] += 1
        self.usual_ = {layer: min(names, key=lambda name: (-names[name], name)) for layer, names in sorted(counts.items())}

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The latest change of a setting, as a cause."""
        latest: tuple[pd.Timestamp, str, str] | None = None
        for layer in SETTINGS:
            if evidence.has(layer):
                log = evidence.layer(layer).settings_log
                # Opening values are entered at founding; they change nothing.
                log = log[log["old_value"].notna()]
                if len(log):
                    row = log.sort_values(["recorded_at", "setting", "key"], kind="stable").iloc[-1]
                    latest = max(filter(None, [latest, (row["recorded_at"], layer, str(row["setting"]))]))
        if latest is None:
            return answer(self, evidence)
        at, layer, setting = latest
        cause = self.usual_.get(layer) or next((each.name for each in causes().values() if each.layer == layer), "")
        if not cause:
            return answer(self, evidence, remarks=[f"{setting!r} was changed last, but the catalogue has no cause in {layer}"])
        words = f"the setting {setting!r} was changed last"
        return answer(
            self, evidence, [Hypothesis(cause=cause, layer=layer, onset=at.date(), probability=_PROBABILITY, note=words)]
        )
