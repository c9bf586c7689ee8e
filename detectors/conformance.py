"""Whether a detector keeps the contract. Plain functions, one rule each; `check_detector` runs them all.

A check says nothing on whether the detector is any good. It raises BreachError, or whatever the detector itself raised.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, cast

import msgspec

from sim.schema import LAYERS, TABLES, all_columns

from .contract import Detector, Diagnosis, DiagnosisError, check_causes
from .evidence import Evidence
from .samples import empty_business, small_business

if TYPE_CHECKING:
    import pandas as pd
    import pytest

Factory = Callable[[], Detector]
Check = Callable[[Factory, Evidence], None]

BUDGET_SECONDS = 10.0
"""Processor time that one diagnosis may take. The house's own take less than 2 on a case of 10,000 orders; the rest is
room for slower machines and for programs of others."""
BUDGET_MB = 2_048
"""How far one diagnosis may raise the process's peak memory."""


class BreachError(AssertionError):
    """A detector breaks a rule; the message says how."""


class Result(msgspec.Struct, frozen=True):
    """The outcome of one check."""

    check: str
    status: Literal["passed", "failed", "xfail"]
    message: str = ""
    """Why it failed, or why that was expected; empty when it passed."""


def check_detector(
    detector_factory: Factory, cases: Sequence[Evidence], expected_failed_checks: Mapping[str, str] | None = None
) -> list[Result]:
    """Run every check on every case and on a hand-sized healthy business; one row a check.

    `detector_factory` makes a new detector, fitted if it needs to be. `expected_failed_checks`: reasons, by name of
    check, why a failure is no surprise; such a failure has status xfail. Raises ValueError for an unknown name.
    """
    excused = _excused(expected_failed_checks)
    return [check_one(check.__name__, detector_factory, cases, excused.get(check.__name__)) for check in CHECKS]


def check_one(name: str, detector_factory: Factory, cases: Sequence[Evidence], reason: str | None = None) -> Result:
    """Run the check called `name` on every case and on a hand-sized healthy business.

    `reason`: why a failure is no surprise; it then has status xfail. Raises ValueError for an unknown name.
    """
    _excused({name: ""})
    check = next(check for check in CHECKS if check.__name__ == name)
    return _result(check, detector_factory, [*cases, _sample("healthy")], {} if reason is None else {name: reason})


def parametrize_with_checks(
    detectors: Mapping[str, Factory], cases: Sequence[Evidence] = (),
    expected_failed_checks: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:  # fmt: skip
    """A pytest mark: one test for each detector (by the name to show) and check, as the argument `check` of the test.

    The test calls it: `def test_it_conforms(check): check()`. What is expected to fail is marked so, with its reason.
    Raises ValueError for an unknown name of a check.
    """
    import pytest  # noqa: PLC0415  (only for those who test)

    excused = _excused(expected_failed_checks)
    every = [*cases, _sample("healthy")]
    return pytest.mark.parametrize("check", [
        pytest.param(
            partial(_run, check, factory, every), id=f"{name}-{check.__name__}",
            marks=[pytest.mark.xfail(reason=excused[check.__name__])] if check.__name__ in excused else (),
        )
        for name, factory in detectors.items()
        for check in CHECKS
    ])  # fmt: skip


def _run(check: Check, factory: Factory, cases: Sequence[Evidence]) -> None:
    for evidence in cases:
        check(factory, evidence)


def _excused(expected_failed_checks: Mapping[str, str] | None) -> dict[str, str]:
    excused = dict(expected_failed_checks or {})
    names = [check.__name__ for check in CHECKS]
    for name in excused:
        if name not in names:
            raise ValueError(f"there is no check {name!r}; checks are {', '.join(names)}")
    return excused


def _result(check: Check, factory: Factory, cases: Sequence[Evidence], excused: Mapping[str, str]) -> Result:
    name = check.__name__
    for place, evidence in enumerate(cases):
        try:
            check(factory, evidence)
        except Exception as error:  # noqa: BLE001
            # Whatever a detector raises is a finding about it, and must not stop the other checks.
            words = str(error) if isinstance(error, BreachError) else f"{type(error).__name__}: {error}"
            if name in excused:
                return Result(name, "xfail", f"{excused[name]} ({words})")
            return Result(name, "failed", f"case {place}: {words}")
    return Result(name, "passed")


def check_members(factory: Factory, _evidence: Evidence) -> None:
    """It has a name, the layers it reads, and fit and diagnose."""
    detector = factory()
    if not isinstance(detector, Detector):
        raise BreachError("it lacks one of name, reads, fit, diagnose")
    if not isinstance(detector.name, str) or not detector.name:
        raise BreachError(f"name is {detector.name!r}, not a text")
    if not isinstance(detector.reads, tuple) or not set(detector.reads) <= set(LAYERS):
        raise BreachError(f"reads is {detector.reads!r}, not a tuple of {', '.join(LAYERS)}")


def check_answer(factory: Factory, evidence: Evidence) -> None:
    """It answers with a Diagnosis of this evening, in its own name, that survives the way to JSON and back."""
    detector = factory()
    diagnosis = _diagnose(detector, evidence)
    if diagnosis.as_of != evidence.as_of:
        raise BreachError(f"as_of is {diagnosis.as_of}, the evidence is of {evidence.as_of}")
    if diagnosis.detector != detector.name:
        raise BreachError(f"detector is {diagnosis.detector!r}, its name is {detector.name!r}")
    unseen = set(diagnosis.layers) - set(evidence.layers) | set(diagnosis.layers) - set(detector.reads)
    if unseen:
        raise BreachError(f"layers names {', '.join(sorted(unseen))}, which it could not see or does not say it reads")
    named = [hypothesis.cause for hypothesis in diagnosis.hypotheses]
    if Diagnosis.from_json(diagnosis.to_json(), known=named) != diagnosis:
        raise BreachError("the answer read back from JSON differs")


def check_known_causes(factory: Factory, evidence: Evidence) -> None:
    """It names causes of the catalogue only."""
    try:
        check_causes(_diagnose(factory(), evidence))
    except DiagnosisError as error:
        raise BreachError(str(error)) from error


def check_unique_causes(factory: Factory, evidence: Evidence) -> None:
    """No cause is named twice."""
    named = [hypothesis.cause for hypothesis in _diagnose(factory(), evidence).hypotheses]
    if len(named) != len(set(named)):
        raise BreachError(f"causes are named twice: {', '.join(named)}")


def check_probabilities(factory: Factory, evidence: Evidence) -> None:
    """Probabilities lie in [0, 1] and do not rise down the ranking."""
    found = [hypothesis.probability for hypothesis in _diagnose(factory(), evidence).hypotheses]
    if not all(0.0 <= probability <= 1.0 for probability in found):
        raise BreachError(f"probabilities outside [0, 1]: {found}")
    if any(later > earlier for earlier, later in pairwise(found)):
        raise BreachError(f"best first, but probabilities rise: {found}")


def check_whole_cents(factory: Factory, evidence: Evidence) -> None:
    """Amounts are whole cents, as int."""
    for hypothesis in _diagnose(factory(), evidence).hypotheses:
        if hypothesis.amount_cents is not None and type(hypothesis.amount_cents) is not int:
            raise BreachError(f"amount_cents of {hypothesis.cause} is {type(hypothesis.amount_cents).__name__}")


def check_same_answer_twice(factory: Factory, evidence: Evidence) -> None:
    """Two new detectors give the same answer to the same evidence."""
    _same(_diagnose(factory(), evidence), _diagnose(factory(), evidence), "the second answer differs")


def check_row_order_irrelevant(factory: Factory, evidence: Evidence) -> None:
    """The order of rows does not matter; entries about one thing keep their order in a log."""
    shuffled = changed(evidence, _shuffled)
    answer = _ordered(_diagnose(factory(), evidence))
    _same(answer, _ordered(_diagnose(factory(), shuffled)), "the answer depends on the order of rows")


def check_renamed_ids(factory: Factory, evidence: Evidence) -> None:
    """Opaque ids carry no meaning: other ids give the same answer with those ids."""
    answer = renamed_answer(_diagnose(factory(), evidence))
    renamed = _diagnose(factory(), changed(evidence, _renamed))
    _same(_ordered(answer), _ordered(renamed), "the answer depends on the spelling of ids")


def check_input_untouched(factory: Factory, evidence: Evidence) -> None:
    """The evidence is the same after the diagnosis as before."""
    before = {name: evidence.table(name).copy(deep=True) for name in evidence.names}
    _diagnose(factory(), evidence)
    for name, frame in before.items():
        if not frame.equals(evidence.table(name)):
            raise BreachError(f"it wrote into {name}")


def check_reads_only_what_it_declares(factory: Factory, evidence: Evidence) -> None:
    """It gives the same answer when it sees only the layers that it says it reads."""
    detector = factory()
    seen = _diagnose(detector, evidence)
    declared = _diagnose(factory(), evidence.restrict(detector.reads))
    _same(seen, declared, "the answer changes when layers it does not declare are hidden")


def check_hidden_layers(factory: Factory, evidence: Evidence) -> None:
    """It answers when any one layer, or every layer, is hidden."""
    for hidden in LAYERS:
        _diagnose(factory(), evidence.restrict([layer for layer in LAYERS if layer != hidden]))
    _diagnose(factory(), evidence.restrict([]))


def check_says_what_it_misses(factory: Factory, evidence: Evidence) -> None:
    """A layer that it reads and cannot see is named in the remarks of its answer."""
    for hidden in factory().reads:
        rest = evidence.restrict([layer for layer in evidence.layers if layer != hidden])
        remarks = _diagnose(factory(), rest).remarks
        if not any(hidden in remark for remark in remarks):
            raise BreachError(f"{hidden} is hidden, and no remark says so: {', '.join(remarks) or 'there are none'}")


def check_budget(factory: Factory, evidence: Evidence) -> None:
    """It answers within the budget: processor seconds and memory of one case."""
    import resource  # noqa: PLC0415  (not on every system)

    def spent() -> float:
        own, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime

    detector = factory()
    seconds, peak = spent(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _diagnose(detector, evidence)
    seconds = spent() - seconds
    if seconds > BUDGET_SECONDS:
        raise BreachError(f"it took {seconds:.1f} seconds of the processor; the budget is {BUDGET_SECONDS:g}")
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    if kilobytes > BUDGET_MB * 1024:
        raise BreachError(f"it took {kilobytes // 1024} MB of memory; the budget is {BUDGET_MB}")


def check_no_state_between_cases(factory: Factory, evidence: Evidence) -> None:
    """What it saw before does not matter."""
    used = factory()
    _diagnose(used, _sample("broken"))
    _diagnose(used, _sample("empty"))
    _same(_diagnose(factory(), evidence), _diagnose(used, evidence), "the answer depends on cases seen before")


def check_pickles(factory: Factory, evidence: Evidence) -> None:
    """It can be pickled, and gives the same answer afterwards."""
    detector = factory()
    copy = cast(Detector, pickle.loads(pickle.dumps(detector)))  # noqa: S301  (its own, made a moment ago)
    _same(_diagnose(detector, evidence), _diagnose(copy, evidence), "the unpickled detector answers differently")


def check_empty_tables(factory: Factory, _evidence: Evidence) -> None:
    """It answers when every table is empty."""
    _diagnose(factory(), _sample("empty"))


def check_healthy_case(factory: Factory, _evidence: Evidence) -> None:
    """It answers on a healthy business."""
    _diagnose(factory(), _sample("healthy"))


@cache
def _sample(kind: str) -> Evidence:
    """Hand-sized cases, made once: nobody can write to them."""
    if kind == "empty":
        return empty_business()
    return small_business(left_open=range(100, 140) if kind == "broken" else ())


CHECKS: tuple[Check, ...] = (
    check_members, check_answer, check_known_causes, check_unique_causes, check_probabilities, check_whole_cents,
    check_same_answer_twice, check_row_order_irrelevant, check_renamed_ids, check_input_untouched,
    check_reads_only_what_it_declares, check_hidden_layers, check_says_what_it_misses, check_no_state_between_cases,
    check_pickles, check_empty_tables, check_healthy_case, check_budget,
)  # fmt: skip
"""Every check, in the order in which they run."""


def changed(evidence: Evidence, change: Callable[[str, pd.DataFrame], pd.DataFrame]) -> Evidence:
    """The same evidence in memory, each table replaced by `change(name, table)` when it is read."""
    return Evidence.of(
        _Changed(evidence, change), evidence.calendar, layers=evidence.layers, profile=evidence.profile, ledger=evidence.ledger
    )


class _Changed(Mapping[str, "pd.DataFrame"]):
    """Tables of evidence, changed when they are asked for."""

    def __init__(self, evidence: Evidence, change: Callable[[str, pd.DataFrame], pd.DataFrame]) -> None:
        self._evidence, self._change = evidence, change

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._change(name, self._evidence.table(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._evidence.names)

    def __len__(self) -> int:
        return len(self._evidence.names)


def renamed_key(key: str) -> str:
    """The id that `check_renamed_ids` puts in place of `key`."""
    return hashlib.blake2b(key.encode(), digest_size=8, person=b"renamed").hexdigest()


def renamed_answer(diagnosis: Diagnosis) -> Diagnosis:
    """The answer with every key renamed."""
    replace = msgspec.structs.replace
    hypotheses = tuple(
        replace(
            hypothesis, evidence=tuple(map(renamed_key, hypothesis.evidence)), chain=tuple(map(renamed_key, hypothesis.chain))
        )
        for hypothesis in diagnosis.hypotheses
    )
    return replace(diagnosis, hypotheses=hypotheses)


def _renamed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    for title, column in all_columns(TABLES[name]).items():
        if column.kind == "key":
            names = {key: renamed_key(key) for key in frame[title].dropna().unique()}
            frame[title] = frame[title].map(names).astype("object")
    return frame


_LOGS = {fold.log: fold.log_on for fact in TABLES.values() for fold in fact.TABLE.folds if fold.how == "last"}


def _shuffled(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in another order. Entries of one minute about one thing keep theirs: nothing else says which was last."""
    if name in _LOGS:
        return frame.sort_values(_LOGS[name], ascending=False, kind="stable", ignore_index=True)
    return frame.iloc[::-1].reset_index(drop=True)


def _ordered(diagnosis: Diagnosis) -> Diagnosis:
    """The answer with cited evidence in order of key: it is a set."""
    replace = msgspec.structs.replace
    hypotheses = tuple(replace(hypothesis, evidence=tuple(sorted(hypothesis.evidence))) for hypothesis in diagnosis.hypotheses)
    return replace(diagnosis, hypotheses=hypotheses)


def _diagnose(detector: Detector, evidence: Evidence) -> Diagnosis:
    diagnosis = detector.diagnose(evidence)
    if not isinstance(diagnosis, Diagnosis):
        raise BreachError(f"diagnose returned {type(diagnosis).__name__}, not a Diagnosis")
    return diagnosis


def _same(first: Diagnosis, second: Diagnosis, words: str) -> None:
    if first != second:
        raise BreachError(f"{words}: {_summary(first)}, then {_summary(second)}")


def _summary(diagnosis: Diagnosis) -> str:
    parts = [f"{h.cause} ({h.probability:g}, {h.onset}, {h.amount_cents})" for h in diagnosis.hypotheses]
    return ", ".join(parts) or "nothing"
