"""Scores of a diagnosis against the truth of its case. Pure functions; no simulation, no detector, no clock.

Only hypotheses with the role "cause" are answers. A case is faulty when its truth names a cause; a case that has only
decoys counts with the healthy ones. What a crashed detector gets is decided here too: zero, nowhere left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from detectors.contract import Diagnosis, Hypothesis

from .rankings import ac_at_k, avg_at_k, chance_at_k, distinct, precision_recall_f1, reciprocal_rank
from .truth import Answer, TrueCause, parse_answer

ONSET_DAYS = (1, 3, 7)
TOP = (1, 3, 5)
AMOUNT_OFF = 0.05
"""An amount is right within this share of the true one (assumption)."""
DOCUMENTS_F1 = 0.9
"""Documents are right from this F1 on (assumption)."""
STAGE_LAYERS = {2: "cin7", 3: "integration", 4: "ledger"}
"""The layer in which a stage of the failure sequence shows."""
NEAR_MISS = 0.5


class Known(msgspec.Struct, frozen=True):
    """What the catalogue says about causes in general."""

    candidates: int = 0
    """How many causes there are to choose from; 0 when it does not matter."""
    crosses: Mapping[str, bool] = {}
    """Whether a cause shows outside its layer of origin."""
    alike: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    """By visible layers, joined by +, and cause: the causes that nothing visible tells from it."""


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
    case_right: bool
    """The first answer is a true cause, or the answer is empty and so is the truth."""
    confidence: float
    """The probability of the first answer; of no fault at all when the answer is empty."""
    class_right: bool | None
    """Right up to causes that what was visible cannot tell apart."""
    near: float | None
    """1 for a right first answer, half for one that the catalogue names as trigger or effect of a true cause."""
    blames_symptom: bool | None
    """Of a wrong first answer: it names the layer where the symptom first showed, which is not that of origin."""
    blames_effect: bool | None
    """Of a wrong first answer: it names a mask or an effect of the true cause as the cause."""
    chance5: float | None
    """Avg@5 of guessing among all causes."""
    weighted_recall: float | None
    """Share of the amount that the documents cited stand for."""
    accounting_right: bool | None
    """The first answer is right and its amount too."""
    documents_right: bool | None
    """The documents cited are right."""
    crosses: bool | None
    """Whether a true cause shows outside its layer."""
    said_crosses: bool | None
    """Whether the cause named first does, by the catalogue."""
    alarms: int
    """Causes named that are none of the case's."""
    months: int
    layers: tuple[str, ...]
    """Layers of origin."""
    profile: str
    tier: str
    split: str
    business: str
    """Profile and world seed: cases of one business are not independent."""
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


def score_case(answer: Mapping[str, Any], diagnosis: Diagnosis, *, case: str = "", known: Known | None = None) -> Score:
    """Score an answer. Raises TruthError when `answer` is not the content of an answer.json.

    `known`: what the catalogue says about causes; without it, chance and triage are left out.
    """
    truth = parse_answer(answer)
    told = [hypothesis for hypothesis in diagnosis.hypotheses if hypothesis.role == "cause"]
    return _score(truth, told, diagnosis.detector, case or truth.scenario, known or Known(), diagnosis)


def score_failure(
    answer: Mapping[str, Any], detector: str, error: str, *, case: str = "", known: Known | None = None
) -> Score:
    """The score of a detector that gave no valid answer: 0 everywhere, on healthy cases too."""
    truth = parse_answer(answer)
    empty = _score(truth, [], detector, case or truth.scenario, known or Known(), None)
    replaced: Score = msgspec.structs.replace(
        empty, precision=0.0, recall=0.0, f1=0.0, exact=False, error=error,
        specific=None if empty.specific is None else False, decoy_hit=None, case_right=False, confidence=1.0,
        blames_symptom=None, blames_effect=None,
    )  # fmt: skip
    return replaced


def _score(
    truth: Answer, told: Sequence[Hypothesis], detector: str, case: str, known: Known, said: Diagnosis | None
) -> Score:
    visible = "+".join(said.layers) if said is not None else ""
    told = [_by_own_ids(hypothesis, truth.aliases) for hypothesis in told]
    citable = any(cause.documents for cause in truth.causes)  # of what was never recorded nobody can cite anything
    names = tuple(cause.name for cause in truth.causes)
    ranked = tuple(distinct(hypothesis.cause for hypothesis in told))
    precision, recall, f1 = precision_recall_f1(names, ranked)
    faulty, first = bool(names), told[0] if told else None
    found = {hypothesis.cause: hypothesis for hypothesis in reversed(told)}
    documents = _documents(truth, told) if citable else (None, None, None)
    late = onset_error_days(truth, found)
    dated = any(cause.onset is not None for cause in truth.causes)
    hits = [(late is not None and abs(late) <= days) if dated else None for days in ONSET_DAYS]
    amounts = [(cause.amount_cents, found.get(cause.name)) for cause in truth.causes if cause.amount_cents is not None]
    right = bool(first and first.cause in names)
    return Score(
        detector=detector, case=case, truth=names, named=ranked, precision=precision, recall=recall, f1=f1,
        exact=set(names) == set(ranked),
        ac1=ac_at_k(names, ranked, 1) if faulty else None, ac3=ac_at_k(names, ranked, 3) if faulty else None,
        ac5=ac_at_k(names, ranked, 5) if faulty else None, avg5=avg_at_k(names, ranked, 5) if faulty else None,
        reciprocal_rank=reciprocal_rank(names, ranked) if faulty else None,
        right=right if faulty else None, case_right=right if faulty else not told, confidence=_confidence(told, said),
        layer_right=bool(first and first.layer in {cause.layer for cause in truth.causes}) if faulty else None,
        grounded=is_grounded(truth, first) if citable else None,
        document_precision=documents[0], document_recall=documents[1], document_f1=documents[2],
        onset_error_days=late, onset_hit1=hits[0], onset_hit3=hits[1], onset_hit7=hits[2],
        amount_true_cents=sum(abs(true) for true, _ in amounts),
        amount_error_cents=sum(abs((said.amount_cents or 0 if said else 0) - true) for true, said in amounts),
        specific=None if faulty else not told,
        decoy_hit=hits_decoy(truth, told) if truth.decoys else None,
        alarms=len(set(ranked) - set(names)), months=_months(truth),
        layers=tuple(distinct(cause.layer for cause in truth.causes)), profile=truth.profile, tier=truth.sampled.tier,
        split=truth.sampled.split, business=f"{truth.profile}/{truth.seed:x}",
        **_blame(truth, first, known.alike.get(visible, {})), **_worth(truth, first, found, documents[2]),
        **_triage(truth, first, known),
    )  # fmt: skip


def _by_own_ids(hypothesis: Hypothesis, aliases: Mapping[str, str]) -> Hypothesis:
    """The same with every document under the id that the answer uses: a journal's own id, a bank line's, is as good."""
    if aliases.keys().isdisjoint((*hypothesis.evidence, *hypothesis.chain)):
        return hypothesis
    evidence = tuple(distinct(aliases.get(key, key) for key in hypothesis.evidence))
    # A chain may well lead from a document in Cin7 to itself in the ledger.
    chain = tuple(aliases.get(key, key) for key in hypothesis.chain)
    return msgspec.structs.replace(hypothesis, evidence=evidence, chain=chain)


def _confidence(told: Sequence[Hypothesis], said: Diagnosis | None) -> float:
    """How sure the answer is of what it says first, or of an empty answer that nothing is wrong."""
    if told:
        return told[0].probability
    return said.probability_healthy if said is not None else 1.0


def _months(truth: Answer) -> int:
    start, end = truth.window.start, truth.window.end
    return (end.year - start.year) * 12 + end.month - start.month + 1


def _blame(truth: Answer, first: Hypothesis | None, twins: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """What a wrong answer points at; class accuracy and near misses. `twins`: causes that look the same, by cause."""
    if not truth.causes:
        return {"class_right": None, "near": None, "blames_symptom": None, "blames_effect": None}
    names = {cause.name for cause in truth.causes}
    alike = {name for cause in truth.causes for name in twins.get(cause.name, ())}
    near = {name for cause in truth.causes for name in cause.near}
    right = first is not None and first.cause in names
    missed = first is not None and not right
    told = first.cause if first is not None else ""
    symptom = next((layer for cause in truth.causes if (layer := symptom_layer(cause))), "")
    origins = {cause.layer for cause in truth.causes}
    return {
        "class_right": right or told in alike, "near": 1.0 if right else NEAR_MISS if told in near else 0.0,
        "blames_symptom": (first.layer == symptom and symptom not in origins) if missed and first and symptom else None,
        "blames_effect": (told in near or told in truth.masks) if missed else None,
    }


def symptom_layer(cause: TrueCause) -> str:
    """The layer in which a cause first showed as an error; empty when it never did."""
    shown = [(stage.at or "", stage.stage) for stage in cause.stages if stage.reached and stage.stage in STAGE_LAYERS]
    return STAGE_LAYERS[min(shown)[1]] if shown else ""


def _worth(
    truth: Answer, first: Hypothesis | None, found: Mapping[str, Hypothesis], document_f1: float | None
) -> dict[str, Any]:
    """Accounting and documents: the share of money that the cited documents stand for, and who has which right."""
    total = cited = 0
    for each in truth.causes:
        said = found.get(each.name)
        keys = set(said.evidence) if said is not None else set()
        for key, cents in zip(each.documents, each.document_cents, strict=False):
            total += cents
            cited += cents if key in keys else 0
    cause = next((each for each in truth.causes if first is not None and each.name == first.cause), None)
    accounting = None
    if any(each.amount_cents for each in truth.causes):
        accounting = bool(
            cause is not None and first is not None and cause.amount_cents and first.amount_cents is not None
            and abs(first.amount_cents - cause.amount_cents) <= AMOUNT_OFF * abs(cause.amount_cents)
        )  # fmt: skip
    return {
        "weighted_recall": cited / total if total else None, "accounting_right": accounting,
        "documents_right": None if document_f1 is None else document_f1 >= DOCUMENTS_F1,
    }


def _triage(truth: Answer, first: Hypothesis | None, known: Known) -> dict[str, Any]:
    """Is a generalist enough: does what is wrong show outside the layer where it began, and does the answer say so."""
    if not truth.causes:
        return {"crosses": None, "said_crosses": None, "chance5": None}
    crosses = len({cause.layer for cause in truth.causes}) > 1 or any(crosses_layers(cause) for cause in truth.causes)
    said = known.crosses.get(first.cause) if first is not None else None
    chance = sum(chance_at_k(k, known.candidates) for k in range(1, 6)) / 5 if known.candidates else None
    return {"crosses": crosses, "said_crosses": said, "chance5": chance}


def crosses_layers(cause: TrueCause) -> bool:
    """Whether a cause showed in a layer other than its own."""
    return any(stage.reached and STAGE_LAYERS.get(stage.stage, cause.layer) != cause.layer for stage in cause.stages)


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

    Its chain must pass through a root document of that cause and lead on from there, unless nothing of the cause lies
    beyond its roots; and at least half of the keys it cites as evidence must be that cause's documents.
    """
    cause = next((cause for cause in truth.causes if first is not None and cause.name == first.cause), None)
    if cause is None or first is None or not first.evidence:
        return False
    roots, documents = set(cause.root_documents), set(cause.documents)
    leads_on = bool(documents - roots)
    through_root = any(key in roots for key in (first.chain[:-1] if leads_on else first.chain))
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
