"""Regression tests of detectors: the cases of a suite one by one, what must be found in words, and baselines as files.

What `pytest_plugin` loads when a test asks for it. A case is made when it is first needed and kept in a cache; several
processes may ask for it at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.corpus import Made, Maker, suite_digest
from benchmarks.harness import BenchmarkCase, ask, judge, known_causes, prepare
from benchmarks.scores import Score, read_answer
from detectors.contract import Detector, Diagnosis, Example, Hypothesis
from detectors.evidence import Evidence
from detectors.loading import find
from scenarios.suite import load_suite

from .pages.markup import NOTHING

_SHOWN = 5
"""Documents named in a failure."""


class Tolerances(msgspec.Struct, frozen=True):
    """How much worse than the baseline is borne."""

    top1: float = 0.0
    """Drop of the share of cases whose first answer is right; 0: no case may get worse."""
    layer: float = 0.0
    specificity: float = 0.0
    documents: float = 0.0
    """Drop of a case's document F1."""
    onset: float = 0.0
    """Days by which a case's onset may be further off."""
    amount: float = 0.0
    """Share of a case's amount by which it may be further off."""

    @classmethod
    def of(cls, text: str) -> Tolerances:
        """From `top1:-0.02,onset:+5d`. Raises ValueError with what is allowed."""
        values: dict[str, float] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            found = re.fullmatch(r"(\w+):([+-])(\d+(?:\.\d+)?)(d?)", part)
            if not found or found[1] not in cls.__struct_fields__:
                raise ValueError(f"{part!r} is no tolerance; allowed are {', '.join(_TOLERANCES)}")
            name, sign, number, days = found.groups()
            if sign != ("+" if name in {"onset", "amount"} else "-") or (days == "d") != (name == "onset"):
                raise ValueError(f"{part!r} is no tolerance; allowed is {next(t for t in _TOLERANCES if t.startswith(name))}")
            values[name] = float(number)
        return cls(**values)


_TOLERANCES = ("top1:-0.02", "layer:-0.02", "specificity:-0.02", "documents:-0.1", "onset:+5d", "amount:+0.05")


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found in a case, as it is kept in a file and reviewed."""

    suite: str
    case: str
    truth: list[str]
    named: list[str]
    right: bool
    """The first answer is a true cause, or the answer is empty and so is the truth."""
    layer_right: bool | None
    document_f1: float | None
    onset_error_days: int | None
    amount_error: float | None
    """Share of the amount that is missed."""
    alarms: int

    @classmethod
    def of(cls, suite: str, score: Score) -> Baseline:
        """From a score."""
        amount = score.amount_error_cents / score.amount_true_cents if score.amount_true_cents else None
        return cls(
            suite=suite, case=score.case, truth=list(score.truth), named=list(score.named), right=score.case_right,
            layer_right=score.layer_right, document_f1=_rounded(score.document_f1), onset_error_days=score.onset_error_days,
            amount_error=_rounded(amount), alarms=score.alarms,
        )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _right_of_faulty(found: Baseline) -> bool | None:
    return found.right if found.truth else None


def _right_of_healthy(found: Baseline) -> bool | None:
    return None if found.truth else found.right


def _layer_right(found: Baseline) -> bool | None:
    return found.layer_right


_SHARES: dict[str, Callable[[Baseline], bool | None]] = {
    "top1": _right_of_faulty, "layer": _layer_right, "specificity": _right_of_healthy,
}  # fmt: skip
"""What is judged over all cases of a test when a drop is borne."""


class Note(msgspec.Struct, frozen=True):
    """What one test used, for those who judge all tests together."""

    folder: str
    """Of its baselines."""
    file: str
    update: str
    """new or changed: the file was written; empty otherwise."""
    before: Baseline | None
    after: Baseline


class _Cases:
    """The cases of one suite, made when they are asked for."""

    def __init__(self, suite: str, cache: Path) -> None:
        self.suite = load_suite(suite)
        version = hashlib.sha256(suite_digest(self.suite).encode()).hexdigest()[:12]
        self._folder = cache / f"{self.suite.name}-{version}-{_software()}"
        self._maker = Maker(self.suite, None, self._folder)
        self._numbers = {draw.name: number for number, draw in enumerate(self._maker.first_draws())}
        self._splits = {name: self._maker.plan[number].split for name, number in self._numbers.items()}

    def names(self, split: str) -> list[str]:
        """The cases of a split, in order of name."""
        found = sorted(name for name, of in self._splits.items() if of == split)
        if not found:
            there = ", ".join(sorted(set(self._splits.values())))
            raise ValueError(f"suite {self.suite.name} has no split {split!r}; there are {there}")
        return found

    def folders(self, name: str) -> tuple[Path, Path] | None:
        """Evidence and truth of a case; None when it is left out of the suite."""
        number = self._numbers[name]
        for inner in ("cases", "truth", "done"):
            (self._folder / inner).mkdir(parents=True, exist_ok=True)
        note = self._folder / "done" / f"{number}.json"
        with _alone(self._folder / f"{number}.lock"):
            made = msgspec.json.decode(note.read_bytes(), type=Made) if note.exists() else self._maker.make(number)
        return (self._folder / "cases" / name, self._folder / "truth" / name) if made.kept else None

    def lessons(self) -> list[Example]:
        """The training split with its answers; empty when the suite has none."""
        found = []
        for name in sorted(name for name, of in self._splits.items() if of == "train"):
            folders = self.folders(name)
            if folders is not None:
                found.append(Example(Evidence.open(folders[0]), read_answer(folders[1] / "answer.json")))
        return found


def _software() -> str:
    from importlib import metadata  # noqa: PLC0415

    return metadata.version("tieout")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    with path.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Session:
    """What one process keeps between tests."""

    def __init__(self, cache: Path, update: str | None, tolerances: Tolerances) -> None:
        from sim import faults  # noqa: PLC0415  (fills the register of causes)

        faults.discover()
        self._cache, self.update, self.tolerances = cache, update, tolerances
        self._cases: dict[str, _Cases] = {}
        self._fitted: dict[tuple[str, str], Detector] = {}
        self._notes: list[Note] = []

    def of(self, suite: str) -> _Cases:
        """The cases of a suite."""
        if suite not in self._cases:
            self._cases[suite] = _Cases(suite, self._cache)
        return self._cases[suite]

    def collect(
        self, suite: str, split: str = "test", cases: int | None = None, layers: Sequence[str] | None = None
    ) -> list[str]:
        """Names of the cases that a marker asks for. Raises ValueError."""
        del layers
        return self.of(suite).names(split)[:cases]

    def case(
        self, name: str, baselines: Path, suite: str, split: str = "test", cases: int | None = None,
        layers: Sequence[str] | None = None,
    ) -> Case | None:  # fmt: skip
        """One case; None when it is left out of the suite."""
        del split, cases
        folders = self.of(suite).folders(name)
        if folders is None:
            return None
        return Case(self, suite, name, folders, baselines, None if layers is None else tuple(layers))

    def ready(self, suite: str, detector: Detector | Callable[[], Detector] | str) -> Detector:
        """A detector that has learnt from the suite's training split: a name, something that makes one, or one itself."""
        if isinstance(detector, Detector) and not isinstance(detector, type):
            return detector
        key = (suite, detector if isinstance(detector, str) else f"{detector.__module__}.{detector.__qualname__}")
        if key not in self._fitted:
            factory = find(detector) if isinstance(detector, str) else detector
            made, error = prepare(factory, self.of(suite).lessons())
            if made is None:
                raise AssertionError(f"the detector cannot be asked: {error}")
            self._fitted[key] = made
        return self._fitted[key]

    def note(self, note: Note) -> None:
        """Remember what a test used."""
        self._notes.append(note)

    def notes(self) -> list[dict[str, Any]]:
        """What was used, as plain values that travel between processes."""
        plain: list[dict[str, Any]] = msgspec.to_builtins(self._notes)
        return plain

    def report_folder(self) -> Path:
        """Where reports of failures go."""
        return self._cache / "reports"

    def conclude(self, notes: Sequence[dict[str, Any]], *, whole: bool) -> list[str]:
        """What is wrong over all tests, in lines; `whole`: all tests were run, so a baseline not used is used by none."""
        used = [msgspec.convert(note, Note) for note in notes]
        told = self._aggregates(used)
        if not whole:
            return told
        by_folder: dict[Path, set[str]] = {}
        for note in used:
            by_folder.setdefault(Path(note.folder), set()).add(note.file)
        modules = {folder.parent for folder in by_folder}
        for module in sorted(modules):
            for path in sorted(module.rglob("*.json")):
                if path.name not in by_folder.get(path.parent, set()):
                    told += self._unused(path)
        return told

    def _unused(self, path: Path) -> list[str]:
        if self.update == "all":
            path.unlink()
            return []
        return [f"ERROR {path}: no test uses this baseline; remove it, or run with --tieout-update=all"]

    def _aggregates(self, notes: Sequence[Note]) -> list[str]:
        """Shares that fell further than is borne, a test function at a time."""
        told = []
        for folder in sorted({note.folder for note in notes}):
            pairs = [(note.before, note.after) for note in notes if note.folder == folder and note.before is not None]
            for name, of in _SHARES.items():
                allowed = getattr(self.tolerances, name)
                known = [(of(old), of(new)) for old, new in pairs]
                told_both = [(float(old), float(new)) for old, new in known if old is not None and new is not None]
                if not told_both or not allowed:
                    continue  # without a tolerance each case stands for itself
                before, after = (sum(pair[n] for pair in told_both) / len(told_both) for n in (0, 1))
                if after < before - allowed - 1e-9:
                    told.append(f"FAILED {folder}: {name} fell from {before:.3f} to {after:.3f} over {len(told_both)} cases; "
                                f"{allowed:g} is borne")  # fmt: skip
        return told


class Case:
    """One case of a suite: what a test asserts on."""

    def __init__(
        self, session: Session, suite: str, name: str, folders: tuple[Path, Path], baselines: Path,
        layers: tuple[str, ...] | None,
    ) -> None:  # fmt: skip
        self._session, self._suite, self.name = session, suite, name
        self._evidence, self._truth = folders
        self._baselines, self._layers = baselines, layers
        self._benchmark = BenchmarkCase(name, read_answer(self._truth / "answer.json"), self._open)
        self._diagnosis: Diagnosis | None = None
        self._score: Score | None = None

    def __repr__(self) -> str:
        """The name, which tells nothing."""
        return f"<tieout case {self.name}>"

    def _open(self) -> Evidence:
        return Evidence.open(self._evidence, self._layers)

    @property
    def evidence(self) -> Evidence:
        """What a detector may see, opened anew."""
        return self._open()

    @property
    def answer(self) -> dict[str, Any]:
        """The truth, for a test that wants to look itself."""
        return dict(self._benchmark.answer)

    @property
    def score(self) -> Score:
        """Every score of the last diagnosis."""
        if self._score is None:
            raise AssertionError("nothing was diagnosed yet: call tieout.diagnose(detector) first")
        return self._score

    def diagnose(self, detector: Detector | Callable[[], Detector] | str) -> Diagnosis:
        """Let a detector diagnose the case; a class or a name learns from the training split first, an object does not.

        Fails the test when it raises or breaks its contract.
        """
        ready = self._session.ready(self._suite, detector)
        said = ask(ready, self._open)
        if said.diagnosis is None:
            raise AssertionError(f"case {self.name}: {ready.name} gave no valid answer: {said.error}")
        self._diagnosis = said.diagnosis
        self._score = judge(ready.name, self.name, self._benchmark.answer, said, known_causes()).score
        return said.diagnosis

    # --- what must be found ----------------------------------------------------------------------------------

    def assert_recovered(
        self, *, onset_days: int = 7, documents: float = 0.0, cents: float | None = None, layer: bool = True
    ) -> None:
        """The cause is named first, or nothing in a healthy business; and layer, onset, documents and amount are right."""
        self.assert_no_false_alarm()
        self.assert_cause()
        if layer:
            self.assert_layer()
        self.assert_onset(onset_days)
        if documents:
            self.assert_documents(documents)
        if cents is not None:
            self.assert_cents(cents)

    def assert_cause(self) -> None:
        """In a faulty case, a true cause is named first."""
        if self.score.right is False:
            self._fail("the cause")

    def assert_layer(self) -> None:
        """In a faulty case, the first answer names a true layer of origin."""
        if self.score.layer_right is False:
            self._fail("the layer of origin")

    def assert_documents(self, f1: float = 0.9) -> None:
        """In a faulty case, the documents cited are the true ones, up to an F1."""
        found = self.score.document_f1
        if found is not None and found < f1:
            self._fail(f"documents with an F1 of {f1:g} (it is {found:.3f})")

    def assert_onset(self, days: int = 7) -> None:
        """In a faulty case, the onset is right within some days."""
        late = self.score.onset_error_days
        if self.score.right is not None and self.score.onset_hit7 is not None and (late is None or abs(late) > days):
            self._fail(f"the onset within {days} days (it is {'not said' if late is None else f'{late:+d} days off'})")

    def assert_cents(self, within: float = 0.05) -> None:
        """In a case with an amount, it is right within a share of itself."""
        score = self.score
        if score.amount_true_cents and score.amount_error_cents > within * score.amount_true_cents:
            off = score.amount_error_cents / score.amount_true_cents
            self._fail(f"the amount within {within:.0%} (it is {off:.0%} off)")

    def assert_no_false_alarm(self) -> None:
        """Nothing is named that is not there."""
        if self.score.alarms and self.score.right is None:
            self._fail("no alarm: the business is healthy")

    # --- baselines -------------------------------------------------------------------------------------------

    def assert_baseline(self) -> None:
        """Nothing is worse than the last reviewed run, which is kept in a file beside the test."""
        now = Baseline.of(self._suite_name(), self.score)
        path, update = self._baselines / f"{self.name}.json", self._session.update
        before = _read(path)
        written = ""
        if before != now and update is not None and (before is None or update != "new"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(msgspec.json.format(msgspec.json.encode(now), indent=1) + b"\n")
            written = "new" if before is None else "changed"
        self._session.note(Note(str(self._baselines), path.name, written, before, now))
        if before is None and not written:
            self._fail(f"a baseline at {path}: there is none; look at the result, then run with --tieout-update=new")
        if before is None or before == now:
            return
        if written:
            self._fail(f"what the baseline says: {_apart(before, now)}. The file was rewritten; review it and run again")
        worse = _worse(before, now, self._session.tolerances)
        if worse:
            self._fail(f"what the baseline says: {'; '.join(worse)}")

    def _suite_name(self) -> str:
        return self._session.of(self._suite).suite.name

    # --- failures in words -----------------------------------------------------------------------------------

    def _fail(self, expected: str) -> None:
        __tracebackhide__ = True
        answer = self._benchmark.answer
        window = answer["window"]
        raise AssertionError("\n".join([
            f"expected {expected}",
            f"case {self.name} of {self._suite_name()}: {answer['profile']}, {window['start']} to {window['end']}",
            f"  expected  {_truth_in_words(answer)}",
            f"  found     {_answer_in_words(self._diagnosis)}",
            f"  evidence  {_evidence_in_words(self._diagnosis)}",
            f"  report    {self._report()}",
        ]))  # fmt: skip

    def _report(self) -> str:
        from . import judging  # noqa: PLC0415  (matplotlib, and only when something failed)
        from .report import ReportError, write_reveal  # noqa: PLC0415

        test = hashlib.sha256(str(self._baselines).encode()).hexdigest()[:8]
        path = self._session.report_folder() / f"{self.name}-{test}.html"
        said = [] if self._diagnosis is None else [judging.said(self._diagnosis, dict(self._benchmark.answer))]
        try:
            write_reveal(self._evidence, self._truth, said, path)
        except ReportError as error:
            return f"could not be written: {error}"
        return str(path)


def _read(path: Path) -> Baseline | None:
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Baseline)
    except msgspec.DecodeError as error:
        raise AssertionError(f"{path}: no baseline: {error}; remove it and run with --tieout-update=new") from None


def _worse(before: Baseline, now: Baseline, borne: Tolerances) -> list[str]:
    """What got worse in one case, beyond what is borne. Shares over all cases are judged at the end of the run."""
    told = []
    share = borne.top1 if now.truth else borne.specificity
    if before.right and not now.right and not share:
        told.append(f"it found {', '.join(before.named) or 'nothing wrong'} and now says {', '.join(now.named) or 'healthy'}")
    if before.layer_right and now.layer_right is False and not borne.layer:
        told.append("the layer was right and is not")
    if now.alarms > before.alarms and not (share and not now.truth):
        told.append(f"{now.alarms} false alarms instead of {before.alarms}")
    if before.document_f1 is not None and (now.document_f1 or 0.0) < before.document_f1 - borne.documents - 1e-9:
        told.append(f"document F1 fell from {before.document_f1:g} to {now.document_f1 or 0.0:g}")
    if before.onset_error_days is not None:
        far = None if now.onset_error_days is None else abs(now.onset_error_days)
        if far is None:
            if not share:
                told.append("the onset was said and is not")
        elif far > abs(before.onset_error_days) + borne.onset:
            told.append(f"the onset was {before.onset_error_days:+d} days off and is {now.onset_error_days:+d}")
    judged = before.amount_error is not None and not (share and not now.right)
    if judged and (now.amount_error or 0.0) > (before.amount_error or 0.0) + borne.amount + 1e-9:
        told.append(f"the amount was {before.amount_error or 0.0:.1%} off and is {now.amount_error or 0.0:.1%}")
    return told


def _apart(before: Baseline, now: Baseline) -> str:
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(now)
    return "; ".join(f"{key} was {old[key]} and is {new[key]}" for key in old if old[key] != new[key])


def _truth_in_words(answer: Any) -> str:
    told = []
    for cause in answer["causes"]:
        amount = "" if cause.get("amount_cents") is None else f", {cause['amount_cents'] / 100:,.2f}"
        told.append(f"{cause['name']} ({cause['layer']}) since {cause['onset'] or 'founding'}{amount}, "
                    f"{len(cause['documents'])} documents")  # fmt: skip
    return "; ".join(told) or "nothing: the business is healthy"


def _answer_in_words(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return "nothing was diagnosed"
    causes = [each for each in diagnosis.hypotheses if each.role == "cause"]
    return "; ".join(_hypothesis_in_words(each) for each in causes) or "nothing wrong"


def _hypothesis_in_words(each: Hypothesis) -> str:
    amount = "" if each.amount_cents is None else f", {each.amount_cents / 100:,.2f}"
    note = f" ({each.note})" if each.note else ""
    return f"{each.cause} ({each.layer}) since {each.onset or 'an unknown day'}{amount}, {each.probability:.0%} sure{note}"


def _evidence_in_words(diagnosis: Diagnosis | None) -> str:
    first = next((each for each in diagnosis.hypotheses if each.role == "cause"), None) if diagnosis else None
    if first is None or not first.evidence:
        return NOTHING
    more = f" and {len(first.evidence) - _SHOWN} more" if len(first.evidence) > _SHOWN else ""
    chain = f"; chain {' > '.join(first.chain)}" if first.chain else ""
    return f"{', '.join(first.evidence[:_SHOWN])}{more}{chain}"
