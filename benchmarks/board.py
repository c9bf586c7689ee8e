"""A run of the benchmark: every detector on every case of a split, then scored. Processes see evidence, never truth.

The tables by visibility and the time to detect are made on a fixed subset of the split, since each asks a detector many
times about one case. Floors always run along: a table without them says nothing.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import pickle
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib import metadata
from statistics import median
from typing import Any

import msgspec

from detectors.contract import Detector, Example
from detectors.evidence import Evidence
from sim.schema import LAYERS

from .corpus import Corpus, CorpusError, Entry
from .harness import Lessons, Outcome, Said, ask, failed, judge, known_causes, prepare
from .pools import Lost, Patience, watched
from .results import VERSION, Detection, DetectorResult, Figures, Results, Timing, check_same
from .scores import Known, Score, summary, wilson
from .scores.intervals import Figure
from .scores.tables import GROUPS, MEASURES, confusion, figure, grouped, risk_coverage

CASE_SECONDS = 90.0
"""How long a detector may take for one question. A program of its own has a shorter limit, which it hits first."""
LESSONS_SECONDS = 3_600.0
"""How long a detector may learn."""
MEMORY_MB = 4_096
"""What a process may hold for itself, with the detectors that have learnt in it (assumption)."""
SUBSET = 100
"""Cases for the tables by visibility and time to detect."""
FLOORS = ("none", "majority", "majority_by_profile", "random", "latest_change", "symptom_lookup")
"""Detectors that are there to be beaten, where this version has them."""
VIEWS: tuple[tuple[str, ...], ...] = (
    ("ledger",), ("integration", "ledger"), ("cin7", "integration", "ledger"), LAYERS,
    ("operations",), ("cin7",), ("integration",),
)  # fmt: skip
"""Layers visible: from the ledger upstream, then each alone."""
VIEW_MEASURES = ("right", "layer_right", "exact", "f1", "specificity", "failures")


class Question(msgspec.Struct, frozen=True):
    """One thing to ask one detector."""

    detector: str
    case: str
    layers: tuple[str, ...] | None
    as_of: dt.date | None = None


class _Room:
    """What a process keeps from question to question: the corpus and the detectors that have learnt."""

    def __init__(self, corpus: Corpus, learnt: Mapping[str, Learnt] | None = None) -> None:
        from sim import faults  # noqa: PLC0415  (fills the register of causes)

        faults.discover()
        self._corpus, self._learnt = corpus, learnt or {}
        self._entries = {entry.name: entry for entry in corpus.entries()}
        self._ready: dict[str, tuple[Detector | None, str]] = {}

    def answer(self, question: Question, ready: Callable[[], None]) -> Said:
        """Ask. The corpus is opened without a secret, so no truth can be read here but that of the training split."""
        detector, error = self._prepared(question.detector)
        ready()
        if detector is None:
            return failed(error)
        folder = self._corpus.evidence(self._entries[question.case])
        return ask(detector, lambda: Evidence.open(folder, question.layers, question.as_of))

    def teach(self, name: str) -> Learnt:
        """Detector `name` after its lessons, as bytes for other processes."""
        detector, error = self._prepared(name)
        try:
            return pickle.dumps(detector), error
        except Exception:  # noqa: BLE001  (somebody else's code; who cannot be packed learns in every process)
            return None, error

    def _prepared(self, name: str) -> tuple[Detector | None, str]:
        if name not in self._ready:
            packed, error = self._learnt.get(name, (None, ""))
            if packed is None:
                self._ready[name] = (None, error) if error else self._taught(name)
            else:
                self._ready[name] = (pickle.loads(packed), error)  # noqa: S301  (our own bytes)
            # The collector runs before every question, to measure memory: what stays anyway need not be looked through again.
            gc.collect()
            gc.freeze()
        return self._ready[name]

    def _taught(self, name: str) -> tuple[Detector | None, str]:
        from detectors import loading  # noqa: PLC0415

        lessons = [partial(self._lesson, entry) for entry in self._corpus.entries("train")]
        return prepare(loading.find(name), Lessons(lessons))

    def _lesson(self, entry: Entry) -> Example:
        return Example(Evidence.open(self._corpus.evidence(entry)), self._corpus.answer(entry))


Learnt = tuple[bytes | None, str]
"""A detector that has learnt, packed, or nothing; and what went wrong."""
_ROOM: list[_Room] = []


def _begin(corpus: Corpus, learnt: Mapping[str, Learnt]) -> None:
    """In a process for detectors: what they print is nobody's answer, and what they hold has a limit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    with suppress(OSError, ValueError):  # not every system can, and none lets anybody raise it
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB << 20, MEMORY_MB << 20))
    _ROOM.append(_Room(corpus, learnt))


def _learn(name: str, ready: Callable[[], None]) -> Learnt:
    ready()
    return _ROOM[0].teach(name)


def _answer(question: Question, ready: Callable[[], None]) -> Said:
    return _ROOM[0].answer(question, ready)


def run(
    corpus: Corpus, detectors: Sequence[str], *, split: str = "test", layers: tuple[str, ...] | None = None,
    subset: int = SUBSET, jobs: int = 1, beside: Results | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Results:  # fmt: skip
    """Run `detectors` and the floors on a split; `told` hears how many questions are answered.

    `subset`: cases for visibility and time to detect; 0 leaves both out. `beside`: earlier results of the same cases, whose
    other detectors, floors among them, are not asked again. Raises CorpusError when the split is empty or sealed,
    DetectorError for a detector that does not exist, ResultsError when `beside` is of other cases.
    """
    from detectors import loading  # noqa: PLC0415

    entries = corpus.entries(split)
    if not entries:
        there = ", ".join(sorted({entry.split for entry in corpus.entries()}))
        raise CorpusError(f"{corpus.folder}: has no case in split {split}; there are {there}")
    known = beside.detectors if beside else {}
    names = list(dict.fromkeys([*(name for name in FLOORS if name in loading.BUILT_IN and name not in known), *detectors]))
    for name in names:
        loading.find(name)
    answers = {entry.name: corpus.answer(entry) for entry in entries}
    few = [entry.name for entry in entries[:subset]]
    private = any(entry.sealed for entry in entries)
    faulty = sum(bool(answer["causes"]) for answer in answers.values())
    results = Results(
        schema_version=VERSION, software=f"tieout {metadata.version('tieout')}", suite=corpus.index.suite,
        title=corpus.index.title, suite_sha256=corpus.index.suite_sha256, split=split, private=private,
        layers=list(layers or LAYERS), cases=len(entries), faulty=faulty, healthy=len(entries) - faulty,
        injected=corpus.index.injected, kept=corpus.index.kept, subset=len(few), detectors={},
    )  # fmt: skip
    if beside:
        check_same(results, beside, answers)
    questions = list(dict.fromkeys(
        question for name in names for question in _questions(name, entries, few, layers, answers)
    ))  # fmt: skip
    said: dict[Question, Said] = {}
    for question, each in _ask_all(Corpus(corpus.folder), questions, jobs):
        said[question] = each
        told(len(said), len(questions))
    board = _Board(answers, known_causes(), said, few, layers)
    found = {name: board.result(name, keep_scores=not private) for name in names}
    return msgspec.structs.replace(results, detectors={**{name: again(each) for name, each in known.items()}, **found})


def _ask_all(corpus: Corpus, questions: Sequence[Question], jobs: int) -> Iterator[tuple[Question, Said]]:
    """Every question with its answer, as it comes. Who hangs or falls dead is recorded as such and stops nobody."""
    # Each detector has its lessons once, those that were named last first: references take longer than floors.
    names = list(dict.fromkeys(question.detector for question in reversed(questions)))
    learnt: dict[str, Learnt] = {}
    for name, taught in watched(jobs, _begin, (corpus, {}), _learn, names, Patience(LESSONS_SECONDS, LESSONS_SECONDS)):
        learnt[name] = (None, f"before the first case: {taught.why}") if isinstance(taught, Lost) else taught
    patience = Patience(LESSONS_SECONDS, CASE_SECONDS)
    for question, said in watched(jobs, _begin, (corpus, learnt), _answer, questions, patience):
        yield question, failed(said.why) if isinstance(said, Lost) else said


def _questions(
    name: str, entries: Sequence[Entry], few: Sequence[str], layers: tuple[str, ...] | None,
    answers: Mapping[str, Mapping[str, Any]],
) -> Iterator[Question]:  # fmt: skip
    yield from (Question(name, entry.name, layers) for entry in entries)
    for case in few:
        yield from (Question(name, case, _whole(view)) for view in VIEWS)
        for evening in _evenings(answers[case]):
            yield Question(name, case, layers, evening)


def _whole(view: tuple[str, ...]) -> tuple[str, ...] | None:
    """All layers are the same question as no restriction."""
    return None if view == LAYERS else view


@cache
def _month_ends(start: str, end: str) -> tuple[dt.date, ...]:
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    ends: list[dt.date] = []
    year, month = first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        evening = dt.date(year, month, 1) - dt.timedelta(1)
        if evening > last:
            return tuple(ends)
        ends.append(evening)


def _evenings(answer: Mapping[str, Any]) -> list[dt.date]:
    """The month-ends on which a faulty case is looked at: those since the first onset. The last one is the whole case."""
    onsets = [cause["onset"] for cause in answer["causes"] if cause["onset"]]
    if not onsets:
        return []
    ends = _month_ends(answer["window"]["start"], answer["window"]["end"])
    return [evening for evening in ends if evening.isoformat() >= min(onsets)][:-1]


# --- what was said, in figures -------------------------------------------------------------------------------


def again(result: DetectorResult) -> DetectorResult:
    """The same with all figures reckoned anew from the scores, as far as these were kept."""
    return msgspec.structs.replace(result, **_in_figures(result.scores)) if result.scores else result


def _in_figures(scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "figures": summary(scores), "groups": {group: grouped(scores, group) for group in GROUPS},
        "confusion": confusion(scores), "risk_coverage": risk_coverage(scores),
    }  # fmt: skip


class _Board:
    """Scores what was said."""

    def __init__(
        self, answers: Mapping[str, Mapping[str, Any]], known: Known, said: Mapping[Question, Said],
        few: Sequence[str], layers: tuple[str, ...] | None,
    ) -> None:  # fmt: skip
        self._answers, self._known, self._said, self._few, self._layers = answers, known, said, few, layers

    def _outcome(self, question: Question) -> Outcome:
        answer = self._answers[question.case]
        return judge(question.detector, question.case, answer, self._said[question], self._known)

    def result(self, name: str, *, keep_scores: bool) -> DetectorResult:
        """Everything about one detector."""
        scores = [self._outcome(Question(name, case, self._layers)).score for case in self._answers]
        return DetectorResult(
            **_in_figures(scores), floor=name in FLOORS, visibility=self._visibility(name),
            timing=self._timing(name) if self._few else None, scores=scores if keep_scores else [],
        )  # fmt: skip

    def _visibility(self, name: str) -> dict[str, Figures]:
        table: dict[str, Figures] = {}
        for view in VIEWS if self._few else ():
            scores = [self._outcome(Question(name, case, _whole(view))).score for case in self._few]
            told = {each: figure(MEASURES[each], scores) for each in VIEW_MEASURES}
            table["+".join(view)] = {each: value for each, value in told.items() if value is not None}
        return table

    def _timing(self, name: str) -> Timing:
        found = [self._detection(name, case) for case in self._few if self._answers[case]["causes"]]
        days = [each.days_after_onset for each in found if each.days_after_onset is not None]
        closed = [each.before_close for each in found if each.before_close is not None]
        share = wilson(sum(closed), len(closed)) if closed else None
        return Timing(
            asked=len(found), detected=sum(each.detected is not None for each in found),
            median_days=median(days) if days else None,
            before_close=Figure(value=share.value, low=share.low, high=share.high, n=share.n) if share else None,
            median_lead_before_trust=_middle([each.lead_before_trust for each in found]),
            median_lead_before_control=_middle([each.lead_before_control for each in found]),
            by_month=self._by_month(found), cases=found,
        )  # fmt: skip

    def _detection(self, name: str, case: str) -> Detection:
        answer = self._answers[case]
        evenings = _evenings(answer)
        ends = _month_ends(answer["window"]["start"], answer["window"]["end"])
        asked = [(evening, Question(name, case, self._layers, evening)) for evening in evenings]
        if ends:
            asked.append((ends[-1], Question(name, case, self._layers)))
        first = next((evening for evening, question in asked if self._outcome(question).score.right), None)
        onsets = [dt.date.fromisoformat(cause["onset"]) for cause in answer["causes"] if cause["onset"]]
        stages = [_reached(answer, stage) for stage in (5, 6)]
        leads = [(at - first).days if first and at else None for at in stages]
        return Detection(
            case=case, faulty=True, detected=first.isoformat() if first else None,
            days_after_onset=(first - min(onsets)).days if first and onsets else None,
            before_close=first == asked[0][0] if onsets and asked else None,
            lead_before_trust=leads[0], lead_before_control=leads[1],
        )  # fmt: skip

    def _by_month(self, found: Sequence[Detection]) -> list[float]:
        """Of all faulty cases, the share found by the n-th month-end since the onset."""
        counts: dict[int, int] = {}
        longest = 0
        for each in found:
            evenings = [evening.isoformat() for evening in _evenings(self._answers[each.case])]
            longest = max(longest, len(evenings) + 1)
            if each.detected is not None:
                place = evenings.index(each.detected) if each.detected in evenings else len(evenings)
                counts[place] = counts.get(place, 0) + 1
        shares, total = [], 0
        for month in range(longest):
            total += counts.get(month, 0)
            shares.append(total / len(found))
        return shares


def _reached(answer: Mapping[str, Any], stage: int) -> dt.date | None:
    """The first day on which any cause reached a stage."""
    days = [
        one["at"][:10] for cause in answer["causes"] for one in cause.get("stages", ()) if one["stage"] == stage and one["at"]
    ]
    return dt.date.fromisoformat(min(days)) if days else None


def _middle(values: Sequence[int | None]) -> float | None:
    told = [value for value in values if value is not None]
    return median(told) if told else None
