"""Running detectors on cases: what is recorded, and that nobody stops the run."""

from __future__ import annotations

import datetime as dt
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support import worlds

from benchmarks import harness
from benchmarks.harness import BenchmarkCase
from benchmarks.scores import TruthError, summary
from detectors import loading
from detectors.contract import Diagnosis, Example, Hypothesis
from detectors.evidence import CaseError, Evidence
from detectors.samples import sample_key, small_business
from sim import faults
from sim.export import write_case
from sim.schema import LAYERS

CAUSE = "invoice_authorised_shipment_incomplete"
OPEN = range(120, 160, 2)
BROKEN, HEALTHY = small_business(left_open=OPEN), small_business()


@pytest.fixture(scope="module", autouse=True)
def _causes_are_registered() -> None:
    faults.discover()


def answer(*numbers: int) -> dict[str, Any]:
    keys = [sample_key("ship", n) for n in numbers]
    cause = {
        "name": CAUSE, "layer": "operations", "onset": "2025-03-26", "amount_cents": 1_600 * len(keys),
        "root_documents": keys, "documents": keys,
    }  # fmt: skip
    window = {"start": "2025-01-01", "end": "2025-04-30"}
    return {"schema_version": 1, "scenario": "small", "window": window, "causes": [cause] if numbers else [], "decoys": []}


CASES = [BenchmarkCase("broken", answer(*OPEN), lambda: BROKEN), BenchmarkCase("healthy", answer(), lambda: HEALTHY)]


class Told:
    """A detector that does as it is told."""

    name = "told"
    reads = LAYERS

    def __init__(self, act: Any) -> None:
        self.act = act

    def fit(self, cases: Any) -> None:
        """Nothing."""

    def diagnose(self, evidence: Evidence) -> Any:
        """As told."""
        return self.act(evidence)


@pytest.mark.slow
def test_the_house_detectors_on_a_broken_and_a_healthy_business() -> None:
    outcomes = harness.run(loading.BUILT_IN, CASES)
    assert [(outcome.detector, outcome.case) for outcome in outcomes] == [
        (name, case) for name in loading.BUILT_IN for case in ("broken", "healthy")
    ]
    assert all(outcome.error is None and outcome.seconds > 0 and outcome.peak_mb >= 0 for outcome in outcomes)
    broken, healthy = (outcome.score for outcome in outcomes if outcome.detector == "specialist")
    assert broken.right
    assert broken.grounded
    assert (broken.document_f1, broken.onset_error_days, broken.amount_error_cents) == (1, 0, 0)
    assert healthy.specific
    nothing = summary([outcome.score for outcome in outcomes if outcome.detector == "none"])
    assert nothing["ac1"].value == 0
    assert nothing["specificity"].value == 1


def leaves(_evidence: Evidence) -> Diagnosis:
    raise SystemExit(3)


def invents(evidence: Evidence) -> Diagnosis:
    made_up = Hypothesis(cause="sunspots", layer="ledger", probability=1.0)
    return Diagnosis(detector="told", as_of=evidence.as_of, layers=(), hypotheses=(made_up,))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda evidence: evidence.table("cin7/nothing"), "ValueError: there is no table 'cin7/nothing'"),
        (lambda _: [], "DiagnosisError: diagnose returned list, not a Diagnosis"),
        (lambda _: Diagnosis(detector="told", as_of=dt.date(2020, 1, 1), layers=()), "as_of is 2020-01-01"),
        (invents, "unknown cause 'sunspots'"),
        (leaves, "SystemExit: 3"),
    ],
)
def test_failures_are_recorded_scored_nothing_and_stop_nobody(act: Any, words: str) -> None:
    outcomes = harness.run({"bad": lambda: Told(act), "none": loading.find("none")}, CASES)
    assert len(outcomes) == 4
    for outcome in outcomes[:2]:
        assert outcome.diagnosis is None
        assert outcome.error is not None
        assert words in outcome.error
        assert "\n" not in outcome.error
        assert (outcome.score.f1, outcome.score.detector, outcome.score.error) == (0, "bad", outcome.error)
    assert outcomes[1].score.specific is False
    assert outcomes[3].score.specific is True


def test_a_detector_that_cannot_be_made_or_fitted_fails_on_every_case() -> None:
    class Stubborn(Told):
        def fit(self, cases: Any) -> None:
            raise RuntimeError("no")

    learnt = [Example(HEALTHY, answer())]
    outcomes = harness.run({"stubborn": lambda: Stubborn(invents), "broken": lambda: 1 / 0}, CASES, learnt)  # type: ignore[arg-type,return-value]
    assert [outcome.error for outcome in outcomes] == [
        *["before the first case: RuntimeError: no"] * 2, *["before the first case: ZeroDivisionError: division by zero"] * 2,
    ]  # fmt: skip


def test_a_detector_sees_the_layers_it_declares_and_learns_from_answers() -> None:
    seen: list[tuple[str, ...]] = []

    class Curious(Told):
        reads = ("ledger",)

        def fit(self, cases: Any) -> None:
            seen.extend(case.evidence.layers for case in cases)

    def look(evidence: Evidence) -> Diagnosis:
        seen.append(evidence.layers)
        return Diagnosis(detector="told", as_of=evidence.as_of, layers=())

    learnt = [Example(BROKEN, answer(*OPEN))]
    harness.run({"curious": lambda: Curious(look)}, CASES[:1], learnt)
    assert seen == [("ledger",), ("ledger",)]
    majority = harness.run({"majority": loading.find("majority")}, CASES, learnt)
    assert [outcome.score.named for outcome in majority] == [(CAUSE,), (CAUSE,)]


def test_memory_that_a_detector_takes_is_seen() -> None:
    def greedy(evidence: Evidence) -> Diagnosis:
        held = bytearray(b"\1") * (60 << 20)
        time.sleep(0.3)  # long enough for the sampler to look, however busy the machine is
        return Diagnosis(detector="told", as_of=evidence.as_of, layers=(), hypotheses=()) if held else invents(evidence)

    (outcome,) = harness.run({"greedy": lambda: Told(greedy)}, CASES[1:])
    assert outcome.peak_mb > 40


def test_a_case_on_disk_is_read_with_its_truth(tmp_path: Path) -> None:
    write_case(worlds.world(), tmp_path / "one" / "case")
    with pytest.raises(TruthError, match=r"answer\.json: cannot be read"):
        harness.read_case(tmp_path / "one")
    (tmp_path / "one" / "truth").mkdir()
    (tmp_path / "one" / "truth" / "answer.json").write_text(json.dumps(answer()))
    case = harness.read_case(tmp_path / "one", layers=["ledger"], as_of=dt.date(2025, 3, 31))
    assert (case.name, case.open().layers, case.open().as_of) == ("one", ("ledger",), dt.date(2025, 3, 31))
    (outcome,) = harness.run({"ledger_accountant": loading.find("ledger_accountant")}, [case])
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.layers == ("ledger",)
    (tmp_path / "one" / "case" / "manifest.json").unlink()
    with pytest.raises(CaseError, match="manifest"):
        harness.read_case(tmp_path / "one")


def test_lessons_are_opened_anew_and_hold_nothing() -> None:
    opened: list[int] = []

    def lesson(n: int) -> Example:
        opened.append(n)
        return Example(HEALTHY, {"causes": [n]})

    lessons = harness.Lessons([partial(lesson, n) for n in range(4)])
    assert not opened
    assert [case.answer["causes"] for case in lessons] == [[0], [1], [2], [3]]
    assert [case.answer["causes"] for case in lessons[1:3]] == [[1], [2]]
    assert len(lessons) == 4
    assert opened == [0, 1, 2, 3, 1, 2]
