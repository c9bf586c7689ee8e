"""Scores of a diagnosis against the truth of its case. Pure functions; no simulation, no detector, no clock.

Only hypotheses with the role "cause" are answers. A case is faulty when its truth names a cause; a case that has only
decoys counts with the healthy ones. What a crashed detector gets is decided here too: zero, nowhere left out.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from detectors.contract import Diagnosis, Hypothesis

ANSWER_VERSION = 1
"""Version of answer.json that this module reads."""
ONSET_DAYS = (1, 3, 7)
TOP = (1, 3, 5)


class TruthError(ValueError):
    """An answer.json is missing or damaged; the message says what is expected where, in one line."""


class Window(msgspec.Struct, frozen=True):
    """First and last day of a case."""

    start: dt.date
    end: dt.date


class TrueCause(msgspec.Struct, frozen=True):
    """One thing that really went wrong. Other keys of answer.json are for reports and are ignored here."""

    name: str
    layer: str
    root_documents: tuple[str, ...]
    documents: tuple[str, ...]
    onset: dt.date | None = None
    amount_cents: int | None = None


class TrueDecoy(msgspec.Struct, frozen=True):
    """One thing that only looks wrong."""

    name: str
    looks_like: str
    documents: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """The truth of a case as far as scores need it."""

    schema_version: int
    scenario: str
    window: Window
    causes: tuple[TrueCause, ...]
    decoys: tuple[TrueDecoy, ...] = ()

    def __post_init__(self) -> None:
        if self.schema_version != ANSWER_VERSION:
            raise ValueError(f"schema_version is {self.schema_version}; this version reads {ANSWER_VERSION}")
        names = [cause.name for cause in self.causes]
        if len(names) != len(set(names)):
            raise ValueError("causes names one cause twice")


def read_answer(path: Path) -> dict[str, Any]:
    """Read and check an answer.json. Raises TruthError with the file and what is expected."""
    try:
        answer = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise TruthError(f"{path}: cannot be read ({error.strerror or error}); a truth folder holds answer.json") from error
    except msgspec.DecodeError as error:
        raise TruthError(f"{path}: not JSON: {error}") from error
    try:
        parse_answer(answer)
    except TruthError as error:
        raise TruthError(f"{path}: {error}") from error
    checked: dict[str, Any] = answer
    return checked


def parse_answer(answer: Mapping[str, Any]) -> Answer:
    """The checked truth of a case. Raises TruthError when a key is missing or has another type."""
    try:
        return msgspec.convert(answer, Answer)
    except msgspec.ValidationError as error:
        raise TruthError(f"not an answer: {error}") from error


# --- rankings ------------------------------------------------------------------------------------------------


def distinct(names: Iterable[str]) -> list[str]:
    """The names in order, repetitions left out."""
    return list(dict.fromkeys(names))


def ac_at_k(truth: Collection[str], ranked: Sequence[str], k: int) -> float:
    """Share of min(k, |truth|) that the first k distinct answers contain. For faulty cases: `truth` is not empty."""
    if not truth or k < 1:
        raise ValueError("AC@k is defined for faulty cases and k of 1 or more")
    hits = set(distinct(ranked)[:k]) & set(truth)
    return len(hits) / min(k, len(set(truth)))


def avg_at_k(truth: Collection[str], ranked: Sequence[str], k: int) -> float:
    """Mean of AC@1 to AC@k."""
    return sum(ac_at_k(truth, ranked, j) for j in range(1, k + 1)) / k


def reciprocal_rank(truth: Collection[str], ranked: Sequence[str]) -> float:
    """1 over the rank of the first right answer; 0 when there is none, which stays in every mean."""
    for rank, name in enumerate(distinct(ranked), 1):
        if name in truth:
            return 1 / rank
    return 0.0


def precision_recall_f1(truth: Collection[str], named: Collection[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of two sets; all 1 when both are empty, all 0 when one is or nothing is shared."""
    right, told = set(truth), set(named)
    if not right and not told:
        return 1.0, 1.0, 1.0
    shared = len(right & told)
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(told), shared / len(right)
    return precision, recall, 2 * precision * recall / (precision + recall)


def chance_at_k(k: int, candidates: int) -> float:
    """AC@k that guessing gets on a case with one cause among `candidates`."""
    if candidates < 1:
        raise ValueError("chance needs one candidate or more")
    return min(k, candidates) / candidates


# --- one case ------------------------------------------------------------------------------------------------


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How one detector did on one case. None where a score is not defined for the case."""

    detector: str
    case: str
    truth: tuple[str, ...]
    named: tuple[str, ...]
    """Causes it named, best first."""
    ac1: float | None
    ac3: float | None
    ac5: float | None
    avg5: float | None
    reciprocal_rank: float | None
    precision: float
    recall: float
    f1: float
    exact: bool
    """The set of named causes is the true one."""
    right: bool | None
    """The first answer is a true cause."""
    layer_right: bool | None
    """The first answer names a true layer of origin, whatever the cause."""
    grounded: bool | None
    """Right, and supported: see `is_grounded`."""
    document_precision: float | None
    document_recall: float | None
    document_f1: float | None
    onset_error_days: int | None
    """Days by which the onset said is too late; of the true cause found first. None when not found or not said."""
    onset_hit1: bool | None
    onset_hit3: bool | None
    onset_hit7: bool | None
    amount_true_cents: int
    """Sum over causes with an amount."""
    amount_error_cents: int
    """Sum of what is missed, over causes with an amount; a cause not found counts in full."""
    specific: bool | None
    """Of a case without faults: the answer is empty."""
    decoy_hit: bool | None
    """Of a case with decoys: see `hits_decoy`."""
    seconds: float | None = None
    peak_mb: float | None = None
    error: str | None = None
    """Why there is no answer: an exception or an answer that breaks the contract."""


def score_case(answer: Mapping[str, Any], diagnosis: Diagnosis, *, case: str = "") -> Score:
    """Score an answer. Raises TruthError when `answer` is not the content of an answer.json."""
    truth = parse_answer(answer)
    told = [hypothesis for hypothesis in diagnosis.hypotheses if hypothesis.role == "cause"]
    return _score(truth, told, diagnosis.detector, case or truth.scenario)


def score_failure(answer: Mapping[str, Any], detector: str, error: str, *, case: str = "") -> Score:
    """The score of a detector that gave no valid answer: 0 everywhere, on healthy cases too."""
    truth = parse_answer(answer)
    empty = _score(truth, [], detector, case or truth.scenario)
    replaced: Score = msgspec.structs.replace(
        empty, precision=0.0, recall=0.0, f1=0.0, exact=False, error=error,
        specific=None if empty.specific is None else False, decoy_hit=None,
    )  # fmt: skip
    return replaced


def _score(truth: Answer, told: Sequence[Hypothesis], detector: str, case: str) -> Score:
    names = tuple(cause.name for cause in truth.causes)
    ranked = tuple(distinct(hypothesis.cause for hypothesis in told))
    precision, recall, f1 = precision_recall_f1(names, ranked)
    faulty, first = bool(names), told[0] if told else None
    found = {hypothesis.cause: hypothesis for hypothesis in reversed(told)}
    documents = _documents(truth, told) if faulty else (None, None, None)
    late = onset_error_days(truth, found)
    dated = any(cause.onset is not None for cause in truth.causes)
    hits = [(late is not None and abs(late) <= days) if dated else None for days in ONSET_DAYS]
    amounts = [(cause.amount_cents, found.get(cause.name)) for cause in truth.causes if cause.amount_cents is not None]
    return Score(
        detector=detector, case=case, truth=names, named=ranked, precision=precision, recall=recall, f1=f1,
        exact=set(names) == set(ranked),
        ac1=ac_at_k(names, ranked, 1) if faulty else None, ac3=ac_at_k(names, ranked, 3) if faulty else None,
        ac5=ac_at_k(names, ranked, 5) if faulty else None, avg5=avg_at_k(names, ranked, 5) if faulty else None,
        reciprocal_rank=reciprocal_rank(names, ranked) if faulty else None,
        right=bool(first and first.cause in names) if faulty else None,
        layer_right=bool(first and first.layer in {cause.layer for cause in truth.causes}) if faulty else None,
        grounded=is_grounded(truth, first) if faulty else None,
        document_precision=documents[0], document_recall=documents[1], document_f1=documents[2],
        onset_error_days=late, onset_hit1=hits[0], onset_hit3=hits[1], onset_hit7=hits[2],
        amount_true_cents=sum(abs(true) for true, _ in amounts),
        amount_error_cents=sum(abs((said.amount_cents or 0 if said else 0) - true) for true, said in amounts),
        specific=None if faulty else not told,
        decoy_hit=hits_decoy(truth, told) if truth.decoys else None,
    )  # fmt: skip


def _documents(truth: Answer, told: Sequence[Hypothesis]) -> tuple[float, float, float]:
    """Cited keys against the true causes' documents; keys cited for a wrong cause count as wrong."""
    true_keys = {(cause.name, key) for cause in truth.causes for key in cause.documents}
    cited = {(hypothesis.cause, key) for hypothesis in told for key in hypothesis.evidence}
    marked = {f"{cause}/{key}" for cause, key in true_keys}
    if not marked:
        return precision_recall_f1((), [f"{cause}/{key}" for cause, key in cited])
    return precision_recall_f1(marked, {f"{cause}/{key}" for cause, key in cited})


def onset_error_days(truth: Answer, found: Mapping[str, Hypothesis]) -> int | None:
    """Days from the true onset to the one said, of the first true cause that has both; negative is too early."""
    for cause in truth.causes:
        said = found.get(cause.name)
        if said is not None and said.onset is not None and cause.onset is not None:
            return (said.onset - cause.onset).days
    return None


def is_grounded(truth: Answer, first: Hypothesis | None) -> bool:
    """Whether the first answer is right and its papers bear it out.

    Its chain must pass through a root document of that cause and lead on from there, and at least half of the keys
    it cites as evidence must be that cause's documents.
    """
    cause = next((cause for cause in truth.causes if first is not None and cause.name == first.cause), None)
    if cause is None or first is None or not first.evidence:
        return False
    roots, documents = set(cause.root_documents), set(cause.documents)
    through_root = any(key in roots for key in first.chain[:-1])
    return through_root and 2 * sum(key in documents for key in first.evidence) >= len(first.evidence)


def hits_decoy(truth: Answer, told: Sequence[Hypothesis]) -> bool:
    """Whether a decoy took the detector in: it names, wrongly, what a decoy looks like, or cites a decoy's document.

    A document that belongs to a true cause as well may be cited.
    """
    names = {cause.name for cause in truth.causes}
    belongs = {key for cause in truth.causes for key in cause.documents}
    looks = {decoy.looks_like for decoy in truth.decoys} - names
    bait = {key for decoy in truth.decoys for key in decoy.documents} - belongs
    return any(hypothesis.cause in looks or not bait.isdisjoint(hypothesis.evidence) for hypothesis in told)


# --- many cases ----------------------------------------------------------------------------------------------


class Proportion(msgspec.Struct, frozen=True):
    """A share of cases with its 95 % Wilson interval."""

    hits: int
    n: int
    value: float
    low: float
    high: float


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """How one detector did on many cases. None where no case defines the score."""

    detector: str
    cases: int
    faulty: int
    failures: int
    ac1: float | None
    ac3: float | None
    ac5: float | None
    avg5: float | None
    mrr: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    exact: Proportion | None
    right: Proportion | None
    grounded: Proportion | None
    layer_right: Proportion | None
    document_precision: float | None
    document_recall: float | None
    document_f1: float | None
    onset_median_error_days: float | None
    onset_hit1: Proportion | None
    onset_hit3: Proportion | None
    onset_hit7: Proportion | None
    money_error: float | None
    """Sum of misses over the sum of amounts; 0 is perfect, saying nothing is 1."""
    specificity: Proportion | None
    decoy_hits: Proportion | None
    seconds: float | None
    """Mean over cases that were timed."""
    peak_mb: float | None
    """Largest."""


def wilson(hits: int, n: int, z: float = 1.959963984540054) -> Proportion:
    """A proportion with its Wilson score interval; `z` of 1.96 gives 95 %. Raises ValueError unless 0 <= hits <= n, n > 0."""
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits} of {n} is no proportion")
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Proportion(hits, n, share, min(low, share), max(high, share))


def aggregate(scores: Sequence[Score]) -> Aggregate:
    """Scores of one detector over its cases. Raises ValueError when there is none, or of two detectors."""
    names = distinct(score.detector for score in scores)
    if len(names) != 1:
        raise ValueError(f"scores of one detector are wanted, these are of {', '.join(names) or 'none'}")
    true = sum(score.amount_true_cents for score in scores)
    return Aggregate(
        detector=names[0], cases=len(scores), faulty=sum(bool(score.truth) for score in scores),
        failures=sum(score.error is not None for score in scores),
        ac1=_mean(score.ac1 for score in scores), ac3=_mean(score.ac3 for score in scores),
        ac5=_mean(score.ac5 for score in scores), avg5=_mean(score.avg5 for score in scores),
        mrr=_mean(score.reciprocal_rank for score in scores),
        precision=_mean(score.precision for score in scores), recall=_mean(score.recall for score in scores),
        f1=_mean(score.f1 for score in scores), exact=_share(score.exact for score in scores),
        right=_share(score.right for score in scores), grounded=_share(score.grounded for score in scores),
        layer_right=_share(score.layer_right for score in scores),
        document_precision=_mean(score.document_precision for score in scores),
        document_recall=_mean(score.document_recall for score in scores),
        document_f1=_mean(score.document_f1 for score in scores),
        onset_median_error_days=_median([score.onset_error_days for score in scores if score.onset_error_days is not None]),
        onset_hit1=_share(score.onset_hit1 for score in scores), onset_hit3=_share(score.onset_hit3 for score in scores),
        onset_hit7=_share(score.onset_hit7 for score in scores),
        money_error=sum(score.amount_error_cents for score in scores) / true if true else None,
        specificity=_share(score.specific for score in scores), decoy_hits=_share(score.decoy_hit for score in scores),
        seconds=_mean(score.seconds for score in scores),
        peak_mb=max((score.peak_mb for score in scores if score.peak_mb is not None), default=None),
    )  # fmt: skip


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share(values: Iterable[bool | None]) -> Proportion | None:
    known = [value for value in values if value is not None]
    return wilson(sum(known), len(known)) if known else None


def _median(values: Sequence[int]) -> float | None:
    ranked = sorted(values)
    middle = len(ranked) // 2
    if not ranked:
        return None
    return float(ranked[middle]) if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2
