"""A floor: guesses. The guess is a hash of what the evidence says, so the same evidence gives the same guess."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from sim.causes import causes
from sim.schema import LAYERS

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence

# One table a layer, and the column whose values are drawn from: numbers, since ids and row order must not matter.
_PROBES = {
    "operations": ("operations/channel_orders", "price_cents"),
    "cin7": ("cin7/transactions", "amount_cents"),
    "integration": ("integration/feed_log", "records"),
    "ledger": ("ledger/journal_lines", "amount_cents"),
}


class RandomGuess:
    """Names one of the registered causes or none, each with the same chance, and a day of the window."""

    name = "random"
    reads: tuple[str, ...] = LAYERS

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """A guess."""
        known = causes()
        draws = _draws(evidence)
        pick = int.from_bytes(draws[:8], "big") % (len(known) + 1)
        hypotheses: tuple[Hypothesis, ...] = ()
        if pick < len(known):
            cause = list(known.values())[pick]
            start = evidence.calendar.start
            day = int.from_bytes(draws[8:], "big") % ((evidence.as_of - start).days + 1)
            hypotheses = (
                Hypothesis(
                    cause=cause.name, layer=cause.layer, onset=start + dt.timedelta(day),
                    probability=1 / (len(known) + 1), note="a guess",
                ),
            )  # fmt: skip
        return answer(self, evidence, hypotheses)


def _draws(evidence: Evidence) -> bytes:
    """Sixteen bytes that depend on the evidence's numbers alone."""
    digest = hashlib.blake2b(evidence.as_of.isoformat().encode(), digest_size=16)
    for layer in evidence.layers:
        table, column = _PROBES[layer]
        values = evidence.table(table)[column].sort_values().to_numpy("<i8")
        digest.update(layer.encode() + values.tobytes())
    return digest.digest()
