"""What a detector is and what it answers. It is told neither when something happened nor that anything did.

An answer is a ranked list of hypotheses, best first; an empty list means that the business is healthy.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from sim.causes import ROLES, causes
from sim.schema import LAYERS

from .evidence import Evidence


class DiagnosisError(ValueError):
    """An answer breaks the contract; the message says where and what is allowed, in one line."""


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that may be wrong. Raises DiagnosisError when a value is out of range."""

    cause: str
    """Name of a registered cause."""
    role: str = "cause"
    """cause, mask (a reaction that hides one) or consequence."""
    layer: str
    """The layer in which it originates."""
    onset: dt.date | None = None
    """Day of the first affected document; None when unknown."""
    amount_cents: int | None = None
    """How far the books are off because of it, on the account that bears it; None when unknown."""
    evidence: tuple[str, ...] = ()
    """Keys of the documents that went wrong."""
    chain: tuple[str, ...] = ()
    """Keys of documents of one example, from origin to symptom."""
    probability: float
    """How likely it is, from 0 to 1."""
    note: str = ""
    """Why, and what could not be seen, in a sentence for people."""

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise DiagnosisError(f"{self.cause}: role is {self.role!r}; allowed are {', '.join(ROLES)}")
        if self.layer not in LAYERS:
            raise DiagnosisError(f"{self.cause}: layer is {self.layer!r}; allowed are {', '.join(LAYERS)}")
        if not _is_probability(self.probability):
            raise DiagnosisError(f"{self.cause}: probability is {self.probability!r}; allowed is a number from 0 to 1")
        if self.amount_cents is not None and type(self.amount_cents) is not int:
            found = f"{self.amount_cents!r} ({type(self.amount_cents).__name__})"
            raise DiagnosisError(f"{self.cause}: amount_cents is {found}; allowed is a whole number of cents (int) or None")
        if self.onset is not None and type(self.onset) is not dt.date:
            raise DiagnosisError(f"{self.cause}: onset is {self.onset!r}; allowed is a datetime.date or None")
        for field, keys in (("evidence", self.evidence), ("chain", self.chain)):
            if not isinstance(keys, tuple) or not all(isinstance(key, str) and key for key in keys):
                raise DiagnosisError(f"{self.cause}: {field} is not a tuple of document keys (str)")


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a detector says about a case. Raises DiagnosisError when hypotheses contradict the contract."""

    detector: str
    as_of: dt.date
    """The evening on which the evidence was known."""
    layers: tuple[str, ...]
    """The layers it looked at."""
    hypotheses: tuple[Hypothesis, ...] = ()
    """Best first; none means healthy."""
    healthy: float | None = None
    """How likely it is that nothing is wrong, from 0 to 1; None leaves it to `probability_healthy`."""
    remarks: tuple[str, ...] = ()
    """What the reader must know of the answer itself, one sentence each: above all, which layers could not be seen."""

    def __post_init__(self) -> None:
        for layer in self.layers:
            if layer not in LAYERS:
                raise DiagnosisError(f"layers: {layer!r} is none of {', '.join(LAYERS)}")
        if self.healthy is not None and not _is_probability(self.healthy):
            raise DiagnosisError(f"healthy is {self.healthy!r}; allowed is a number from 0 to 1, or None")
        if not isinstance(self.remarks, tuple) or not all(isinstance(remark, str) for remark in self.remarks):
            raise DiagnosisError("remarks is not a tuple of texts")
        seen: set[str] = set()
        for place, hypothesis in enumerate(self.hypotheses):
            if not isinstance(hypothesis, Hypothesis):
                raise DiagnosisError(f"hypotheses[{place}]: {type(hypothesis).__name__} is not a Hypothesis")
            if hypothesis.cause in seen:
                raise DiagnosisError(f"hypotheses[{place}]: cause {hypothesis.cause!r} is named twice")
            seen.add(hypothesis.cause)

    @property
    def causes(self) -> tuple[str, ...]:
        """Names of the hypotheses whose role is cause, best first."""
        return tuple(hypothesis.cause for hypothesis in self.hypotheses if hypothesis.role == "cause")

    @property
    def probability_healthy(self) -> float:
        """How likely it is that nothing is wrong: `healthy`, or what the likeliest cause leaves over."""
        if self.healthy is not None:
            return self.healthy
        return 1.0 - max((each.probability for each in self.hypotheses if each.role == "cause"), default=0.0)

    def to_json(self) -> str:
        """As JSON, two spaces deep, with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, known: Collection[str] | None = None) -> Diagnosis:
        """Read JSON strictly: unknown keys, wrong types and unknown causes are refused with a DiagnosisError.

        `known`: names of causes to allow; by default those registered.
        """
        try:
            diagnosis = msgspec.json.decode(text, type=cls)
        except msgspec.ValidationError as error:
            raise DiagnosisError(f"not a diagnosis: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DiagnosisError(f"not JSON: {error}") from error
        check_causes(diagnosis, known)
        return diagnosis


def check_causes(diagnosis: Diagnosis, known: Collection[str] | None = None) -> None:
    """Raise DiagnosisError when a hypothesis names a cause that is not in `known` (by default: not registered)."""
    allowed = sorted(causes()) if known is None else sorted(known)
    for place, hypothesis in enumerate(diagnosis.hypotheses):
        if hypothesis.cause not in allowed:
            close = difflib.get_close_matches(hypothesis.cause, allowed, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(allowed) or 'none'}"
            raise DiagnosisError(f"hypotheses[{place}]: unknown cause {hypothesis.cause!r}; {hint}")


def answer(
    detector: Detector, evidence: Evidence, hypotheses: Iterable[Hypothesis] = (), *, healthy: float | None = None,
    remarks: Iterable[str] = (),
) -> Diagnosis:  # fmt: skip
    """A detector's diagnosis: hypotheses put best first, and a remark for each layer that it reads and cannot see."""
    seen = tuple(layer for layer in evidence.layers if layer in detector.reads)
    ranked = sorted(hypotheses, key=lambda hypothesis: -hypothesis.probability)
    return Diagnosis(
        detector=detector.name, as_of=evidence.as_of, layers=seen, hypotheses=tuple(ranked), healthy=healthy,
        remarks=(*missing(detector.reads, evidence), *remarks),
    )  # fmt: skip


def missing(reads: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """A remark for each layer of `reads` that `evidence` does not show."""
    return tuple(f"{layer} is not visible: what only it shows is not known" for layer in reads if not evidence.has(layer))


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0.0 <= value <= 1.0


class Example(NamedTuple):
    """A case to learn from: what is visible, and the answer as in answer.json."""

    evidence: Evidence
    answer: Mapping[str, Any]


@runtime_checkable
class Detector(Protocol):
    """Anything with these four members. No base class is needed."""

    name: str
    reads: tuple[str, ...]
    """The layers it may look at; it is given no other."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Learn from answered cases, forgetting what was learnt before. A detector of fixed rules does nothing."""
        ...

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Say what is wrong. Depends on `evidence` and on what `fit` learnt, and on nothing else."""
        ...
