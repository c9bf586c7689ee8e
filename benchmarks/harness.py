"""Running detectors on cases: what each said, how long it took, how much memory, and what went wrong.

A detector that raises, or answers against the contract, is recorded with its message and scored 0; the run goes on.
It is given evidence of the layers it declares, freshly opened, and never learns the truth of the case it diagnoses.
"""

from __future__ import annotations

import datetime as dt
import gc
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, overload

import msgspec

from detectors.contract import Detector, Diagnosis, DiagnosisError, Example, check_causes
from detectors.evidence import Evidence

from . import equivalence
from .scores import Known, Score, parse_answer, read_answer, score_case, score_failure

_SAMPLE_SECONDS = 0.005
_MB = 1 << 20


class BenchmarkCase:
    """A case and its truth: how to open its evidence, and the content of its answer.json."""

    __slots__ = ("answer", "name", "open")

    def __init__(self, name: str, answer: Mapping[str, Any], open_evidence: Callable[[], Evidence]) -> None:
        """Raises TruthError when `answer` is not the content of an answer.json."""
        parse_answer(answer)
        self.name, self.answer = name, answer
        self.open = open_evidence
        """Opens the evidence anew, so that no detector profits from what another has read."""


class Lessons(Sequence[Example]):
    """Answered cases, each opened anew whenever it is looked at: what was read of it goes with it, so memory holds one."""

    def __init__(self, opened: Sequence[Callable[[], Example]]) -> None:
        self._opened = opened

    def __len__(self) -> int:
        return len(self._opened)

    @overload
    def __getitem__(self, n: int) -> Example: ...
    @overload
    def __getitem__(self, n: slice) -> Lessons: ...
    def __getitem__(self, n: int | slice) -> Example | Lessons:
        return Lessons(self._opened[n]) if isinstance(n, slice) else self._opened[n]()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector did on one view of a case."""

    diagnosis: Diagnosis | None
    """None when it failed."""
    error: str | None
    seconds: float
    """Wall time of the diagnosis, reading included."""
    peak_mb: float
    """How far the process's memory rose above where it stood before, at most; sampled, other threads included."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector did on one case, and what it is worth."""

    detector: str
    case: str
    diagnosis: Diagnosis | None
    error: str | None
    seconds: float
    peak_mb: float
    score: Score


def read_case(folder: Path, *, layers: Iterable[str] | None = None, as_of: dt.date | None = None) -> BenchmarkCase:
    """A case as `simulate` writes it: `folder/case` and `folder/truth`.

    `layers`, `as_of`: what detectors are shown, as in `Evidence.open`. Raises TruthError for the truth, CaseError
    for the case, ValueError for the view.
    """
    answer = read_answer(folder / "truth" / "answer.json")
    wanted = None if layers is None else tuple(layers)
    Evidence.open(folder / "case", wanted, as_of)
    return BenchmarkCase(folder.name, answer, lambda: Evidence.open(folder / "case", wanted, as_of))


def run(
    detectors: Mapping[str, Callable[[], Detector]], cases: Sequence[BenchmarkCase], training: Sequence[Example] = (),
    known: Known | None = None,
) -> list[Outcome]:  # fmt: skip
    """Let every detector diagnose every case; one outcome a pair, by detector, then case, in the order given.

    `detectors`: by the name to report, what makes a new one. Each is fitted on `training` first, if there is any.
    `known`: as in `score_case`.
    """
    outcomes: list[Outcome] = []
    for name, factory in detectors.items():
        detector, error = prepare(factory, training)
        for case in cases:
            said = failed(error) if detector is None else ask(detector, case.open)
            outcomes.append(judge(name, case.name, case.answer, said, known))
    return outcomes


def prepare(factory: Callable[[], Detector], training: Sequence[Example]) -> tuple[Detector | None, str]:
    """A detector that has learnt from `training`, or None and what went wrong."""
    try:
        detector = factory()
        if training:
            detector.fit(Lessons([partial(_shown, training, n, detector.reads) for n in range(len(training))]))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (somebody else's code)
        return None, f"before the first case: {_words(error)}"
    return detector, ""


def _shown(training: Sequence[Example], n: int, reads: tuple[str, ...]) -> Example:
    case = training[n]
    return Example(case.evidence.restrict(reads), case.answer)


def failed(error: str) -> Said:
    """What a detector that could not be asked has said."""
    return Said(diagnosis=None, error=error, seconds=0.0, peak_mb=0.0)


def ask(detector: Detector, open_evidence: Callable[[], Evidence]) -> Said:
    """Let a detector diagnose one case; time and memory include its reading."""
    diagnosis, error = None, None
    with _peak_memory() as peak:
        start = time.perf_counter()
        try:
            evidence = open_evidence().restrict(detector.reads)
            diagnosis = _checked(detector.diagnose(evidence), evidence)
        except (Exception, SystemExit) as caught:  # noqa: BLE001
            # Somebody else's code: whatever it raises is its result on this case, and must not stop the others.
            error = _words(caught)
        seconds = time.perf_counter() - start
    return Said(diagnosis=diagnosis, error=error, seconds=seconds, peak_mb=peak() / _MB)


def judge(detector: str, case: str, answer: Mapping[str, Any], said: Said, known: Known | None = None) -> Outcome:
    """What a detector said, with its score."""
    if said.diagnosis is None:
        score = score_failure(answer, detector, said.error or "", case=case, known=known)
    else:
        score = score_case(answer, said.diagnosis, case=case, known=known)
    score = msgspec.structs.replace(score, detector=detector, seconds=said.seconds, peak_mb=said.peak_mb)
    return Outcome(
        detector=detector, case=case, diagnosis=said.diagnosis, error=said.error, seconds=said.seconds,
        peak_mb=said.peak_mb, score=score,
    )  # fmt: skip


def known_causes() -> Known:
    """What the catalogue says about causes: how many there are, and which of them show outside their layer."""
    from sim import faults  # noqa: PLC0415  (brings the simulator along; who scores one case needs none)

    from .scores.case import STAGE_LAYERS  # noqa: PLC0415

    events = faults.discover()
    crosses = {
        name: any(STAGE_LAYERS.get(stage, event.layer) != event.layer for stage in event.stages)
        for name, event in events.items()
    }
    return Known(candidates=len(events), crosses=crosses, alike=equivalence.alike(equivalence.committed()))


def _checked(diagnosis: object, evidence: Evidence) -> Diagnosis:
    """The answer, if it keeps the contract; raises DiagnosisError otherwise."""
    if not isinstance(diagnosis, Diagnosis):
        raise DiagnosisError(f"diagnose returned {type(diagnosis).__name__}, not a Diagnosis")
    if diagnosis.as_of != evidence.as_of:
        raise DiagnosisError(f"as_of is {diagnosis.as_of}, the evidence is of {evidence.as_of}")
    check_causes(diagnosis)
    return diagnosis


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


@contextmanager
def _peak_memory() -> Iterator[Callable[[], int]]:
    """Samples the process's memory; afterwards the function yielded says how many bytes it rose by at most."""
    gc.collect()
    before = highest = _resident_bytes()
    stop = threading.Event()

    def sample() -> None:
        nonlocal highest
        while not stop.wait(_SAMPLE_SECONDS):
            highest = max(highest, _resident_bytes())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield lambda: highest - before
    finally:
        highest = max(highest, _resident_bytes())
        stop.set()
        thread.join()


def _resident_bytes() -> int:
    """Memory the process holds now; where the system does not say (no /proc), the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return held if sys.platform == "darwin" else held * 1024
    return pages * resource.getpagesize()
