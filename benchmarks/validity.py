"""Is a corpus a fair exam? Named checks on its cases and on results: what it must hold, and must not give away.

The leak probe and the search for the seed are attacks: they read evidence as a cheating detector would, and must fail. A
breach is a value that says where it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.evidence import Evidence
from scenarios.sampler import TIERS, Sampler
from scenarios.suite import Suite
from sim import decoys, faults, keys
from sim.arrow import Disguise
from sim.draws import Draws

from .corpus import ATTEMPTS, Corpus, Entry
from .results import Results
from .scores import wilson

HEALTHY_LEAST = 0.25
FLOOR_MOST = 0.15
"""AC@1 of a floor on `core`, at most; where there are few causes to choose from, twice what chance gives."""
_FEW = 4
"""Fewer cases than this may all be alike by chance."""
_NEIGHBOURS = 5
_READ_MOST = 12
"""Cases whose tables the search for words reads."""
_TRIED_SEEDS = 2_000
"""Small numbers tried as seeds."""
_OPAQUE = re.compile(r"[0-9a-f]{16}")
_MIDDLE_MOST = 0.6
"""Share of onsets in the middle third of the window, at most, beyond chance: where it is fixed, a constant answer is right."""

Floats = npt.NDArray[np.float64]


class Breach(msgspec.Struct, frozen=True):
    """A rule not kept."""

    check: str
    message: str


# --- a corpus ------------------------------------------------------------------------------------------------


def check_corpus(corpus: Corpus) -> list[Breach]:
    """Every rule on the cases of a corpus whose truth can be read."""
    answers = {entry.name: corpus.answer(entry) for entry in corpus.entries()}
    return [
        Breach(check.__name__.removeprefix("_"), message)
        for check in _CORPUS_CHECKS
        for message in check(corpus, answers)
    ]


def _healthy_share(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """At least a quarter of each split is healthy."""
    for split, entries in _splits(corpus):
        healthy = sum(not answers[entry.name]["causes"] for entry in entries)
        if healthy < HEALTHY_LEAST * len(entries):
            yield f"{split}: {healthy} of {len(entries)} cases are healthy; at least {HEALTHY_LEAST:.0%} is needed"


def _decoys_as_many(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """No fewer decoys than faults, with and without faults beside them."""
    for split, entries in _splits(corpus):
        told = [answers[entry.name] for entry in entries]
        put = {kind: sum(len(answer[kind]) for answer in told) for kind in ("causes", "decoys")}
        if put["decoys"] < put["causes"]:
            yield f"{split}: {put['decoys']} decoys and {put['causes']} faults; no fewer decoys are needed"
        healthy = [answer for answer in told if not answer["causes"]]
        if len(healthy) >= _FEW and not any(answer["decoys"] for answer in healthy):
            yield f"{split}: no healthy case has a decoy"


def _no_duplicates(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """No two cases are one: neither by name, nor by seed, nor by content."""
    entries = corpus.entries()
    for kind, values in (
        ("names", [entry.name for entry in entries]), ("evidence", [entry.sha256 for entry in entries]),
        ("truth", [entry.truth_sha256 for entry in entries]), ("seeds", [answer["seed"] for answer in answers.values()]),
    ):  # fmt: skip
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            yield f"{len(twice)} {kind} are there more than once"


def _opaque_names(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """A name is sixteen digits; their order says nothing of health or split."""
    del answers
    for entry in corpus.entries():
        if not _OPAQUE.fullmatch(entry.name):
            yield f"{entry.name} is no opaque name"


def _onsets_anywhere(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """Onsets are not always in the middle."""
    places = []
    for answer in answers.values():
        start, end = (dt.date.fromisoformat(answer["window"][key]) for key in ("start", "end"))
        onsets = [dt.date.fromisoformat(cause["onset"]) for cause in answer["causes"] if cause["onset"]]
        places += [(onset - start).days / max(1, (end - start).days) for onset in onsets]
    middle = sum(1 / 3 < place < 2 / 3 for place in places)
    if places and wilson(middle, len(places)).low > _MIDDLE_MOST:
        yield f"{corpus.index.suite}: {middle} of {len(places)} onsets lie in the middle third of their window"


def _no_answer_in_reach(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """Neither manifests nor tables contain the name of a fault, of a decoy or of their classes."""
    del answers
    events = {**faults.discover(), **decoys.discover()}
    forbidden = {*events, *(type(event).__name__ for event in events.values())}
    for entry in corpus.entries()[:_READ_MOST]:
        folder = corpus.evidence(entry)
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".json":
                text = path.read_text(encoding="utf-8")
                found = [word for word in (*forbidden, '"seed"', '"scenario"', entry.split) if word in text]
                if found:
                    yield f"{path.relative_to(corpus.folder)} says {found[0]}"
        evidence = Evidence.open(folder)
        for name in evidence.names:
            for word in _words(evidence, name):
                if word in forbidden:
                    yield f"{entry.name}: {name} says {word}"


def _words(evidence: Evidence, name: str) -> set[str]:
    frame = evidence.table(name)
    found: set[str] = set()
    for column in frame.select_dtypes(exclude="number").columns:
        found.update(str(value) for value in frame[column].dropna().unique())
    return found


def _seed_is_not_found(corpus: Corpus, answers: Mapping[str, Any]) -> Iterator[str]:
    """Of a sealed case, the seed cannot be found by trying small numbers."""
    del answers
    for entry in [each for each in corpus.entries() if each.sealed][:2]:
        found = recover_seed(Evidence.open(corpus.evidence(entry)), range(_TRIED_SEEDS))
        if found is not None:
            yield f"{entry.name}: its seed is {found}"


_CORPUS_CHECKS: tuple[Callable[[Corpus, Mapping[str, Any]], Iterator[str]], ...] = (
    _healthy_share, _decoys_as_many, _no_duplicates, _opaque_names, _onsets_anywhere, _no_answer_in_reach, _seed_is_not_found,
)  # fmt: skip


def _splits(corpus: Corpus) -> Iterator[tuple[str, list[Entry]]]:
    for split in sorted({entry.split for entry in corpus.entries()}):
        yield split, corpus.entries(split)


# --- the search for the seed ---------------------------------------------------------------------------------


def recover_seed(evidence: Evidence, candidates: Iterable[int]) -> int | None:
    """Try seeds: the one under which the ids of purchases are those of days and suppliers. None when none fits.

    The simulator is public, so whoever finds the seed can run the case again without its faults and has the answer.
    """
    shown = set(evidence.table("cin7/purchases")["document_key"])
    days = (evidence.as_of - evidence.calendar.start).days + 1
    tried = np.array([keys.purchase(day, supplier) for day in range(days) for supplier in range(32)], np.int64)
    for seed in candidates:
        if shown & set(Disguise(Draws(seed)).ids("document", tried).to_pylist()):
            return seed
    return None


def public_seeds(suite: Suite) -> list[int]:
    """Every seed that a suite may give a case when no secret is used."""
    sampler = Sampler(suite)
    return [sampler.draw(place, attempt).case.seed for place in sampler.plan() for attempt in range(ATTEMPTS)]


# --- the leak probe ------------------------------------------------------------------------------------------


class Probe(msgspec.Struct, frozen=True):
    """How well a classifier tells faulty from healthy cases by what must say nothing."""

    cases: int
    floor: float
    """Always giving the more frequent answer."""
    accuracy: float
    low: float
    """Lower end of its 95 % interval."""

    @property
    def leaks(self) -> bool:
        """Whether it is better than the floor beyond noise."""
        return self.low > self.floor


def leak_probe(corpus: Corpus) -> Probe:
    """Nearest neighbours on the form of the evidence: ids, row order, formats, columns, names of staff, sizes of files."""
    entries = corpus.entries()
    labels = np.array([bool(corpus.answer(entry)["causes"]) for entry in entries])
    features = np.array([_form(corpus, entry) for entry in entries])
    return probe(features, labels)


def probe(features: Floats, labels: npt.NDArray[np.bool_]) -> Probe:
    """Leave each case out and let its nearest neighbours vote. For at least two cases of each kind."""
    spread = features.std(axis=0)
    scaled = (features[:, spread > 0] - features[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    apart = np.square(scaled[:, None, :] - scaled[None, :, :]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(labels) - 1)]
    votes = labels[near].mean(axis=1) > 0.5
    share = labels.mean()
    right = wilson(int((votes == labels).sum()), len(labels))
    return Probe(len(labels), float(max(share, 1 - share)), right.value, right.low)


def _form(corpus: Corpus, entry: Entry) -> list[float]:
    """Numbers that say how the evidence is written, not what it says."""
    evidence = Evidence.open(corpus.evidence(entry))
    found: list[float] = [int(entry.name[:4], 16), len(list(corpus.evidence(entry).rglob("*")))]
    for name in evidence.names:
        frame = evidence.table(name)
        first = frame.iloc[:, 0].astype(str).tolist()
        found.append(len(frame.columns))
        found.append(float(all(a <= b for a, b in pairwise(first))))  # row order
        found.append(int(hashlib.sha256("".join(first[:1]).encode()).hexdigest()[:4], 16) if first else 0.0)
        found.append(len(frame.select_dtypes(include="number").columns))
    staff = sorted(set(evidence.table("cin7/settings_log")["changed_by"].dropna()))
    found += [len(staff), sum(map(len, staff))]
    return found


# --- results -------------------------------------------------------------------------------------------------


def check_results(results: Results, causes: int) -> list[Breach]:
    """Floors within limits, and difficulty that is none the other way round. `causes`: how many there are to choose from."""
    return [*_floors(results, causes), *_difficulty(results)]


def _floors(results: Results, causes: int) -> Iterator[Breach]:
    most = min(1.0, max(FLOOR_MOST, 2 / max(1, causes)))
    for name, result in results.detectors.items():
        told = result.figures.get("ac1")
        if result.floor and told is not None and told.value > most:
            yield Breach("floors", f"{name} reaches {told.value:.1%}; at most {most:.1%} is allowed with {causes} causes")
    if not any(result.floor for result in results.detectors.values()):
        yield Breach("floors", "no floor was run along")


def _difficulty(results: Results) -> Iterator[Breach]:
    """What is meant to be hard is not easier than what is meant to be easy, for the best detector that is no floor."""
    able = [(name, result) for name, result in results.detectors.items() if not result.floor and result.scores]
    if not able:
        return
    name, best = max(able, key=lambda pair: (sum(bool(score.right) for score in pair[1].scores), pair[0]))
    told = [(TIERS.index(score.tier), float(score.right)) for score in best.scores if score.right is not None and score.tier]
    rank = spearman([tier for tier, _ in told], [right for _, right in told])
    # About two standard errors of a rank correlation under no relation.
    if rank is not None and rank > 2 / max(1, len(told) - 1) ** 0.5:
        yield Breach("difficulty", f"{name} is better at harder cases: rank correlation {rank:+.2f} over {len(told)} cases")


def spearman(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Rank correlation, ties at their mean rank; None when one side does not vary."""
    ranks = [_ranks(values) for values in (left, right)]
    if len(left) < 2 or any(rank.std() == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Sequence[float]) -> Floats:
    array = np.asarray(values, np.float64)
    _, place, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle: Floats = (ends - (counts - 1) / 2)[place]
    return middle
