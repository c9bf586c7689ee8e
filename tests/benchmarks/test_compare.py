"""Comparing two results: regressions beyond noise, and the cases behind them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from benchmarks.compare import CompareError, compare
from benchmarks.results import DetectorResult, Results
from benchmarks.scores import Score, score_case, score_failure
from detectors.contract import Diagnosis, Hypothesis

CAUSE = {
    "name": "slip", "layer": "cin7", "onset": "2025-05-12", "amount_cents": 100, "root_documents": ["r"], "documents": ["r"],
}  # fmt: skip


def answer(number: int, *, faulty: bool) -> dict[str, Any]:
    return {
        "schema_version": 1, "scenario": f"case{number:03d}", "profile": "p", "seed": number, "decoys": [],
        "window": {"start": "2025-03-01", "end": "2025-11-30"}, "causes": [CAUSE] if faulty else [],
    }  # fmt: skip


def scores(right: int, *, of: int = 60, healthy: int = 20, alarms: int = 0, failing: int = 0) -> list[Score]:
    """`right` of `of` faulty cases found; `alarms` of the healthy ones called faulty."""
    found = []
    for n in range(of + healthy):
        truth = answer(n, faulty=n < of)
        names = ["slip"] if n < right else ["other"] if n < of or n < of + alarms else []
        if n < failing:
            found.append(score_failure(truth, "d", "boom"))
            continue
        told = tuple(Hypothesis(cause=name, layer="cin7", probability=0.9) for name in names)
        found.append(score_case(truth, Diagnosis(detector="d", as_of=_evening(), layers=(), hypotheses=told)))
    return found


def _evening() -> Any:
    import datetime as dt

    return dt.date(2025, 11, 30)


def results(told: list[Score], **changes: Any) -> Results:
    detector = DetectorResult(
        floor=False, figures={}, groups={}, confusion={}, risk_coverage=[], visibility={}, timing=None, scores=told
    )
    plain = Results(
        schema_version=1, software="tieout", suite="s", title="", suite_sha256="x", split="test", private=False,
        layers=["ledger"], cases=len(told), faulty=1, healthy=1, injected={}, kept={}, subset=0, detectors={"d": detector},
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def test_equal_results_have_no_change() -> None:
    (found,) = compare(results(scores(30)), results(scores(30)))
    assert not found.regressed
    assert found.changed == []
    assert {change.difference.value for change in found.changes} == {0.0}


def test_a_clear_drop_is_a_regression_and_its_cases_are_named() -> None:
    (found,) = compare(results(scores(50)), results(scores(30)))
    assert found.regressed
    layer = {change.measure: change for change in found.changes}
    assert layer["ac1"].difference.value == pytest.approx(-20 / 60)
    assert layer["ac1"].regression
    assert layer["ac1"].p_adjusted >= layer["ac1"].difference.p
    assert (layer["exact"].lost, layer["exact"].won) == (20, 0)
    assert layer["exact"].p_mcnemar == pytest.approx(2 / 2**20)
    lost = [case for case in found.changed if case.better is False]
    assert [case.case for case in lost] == [f"case{n:03d}" for n in range(30, 50)]
    assert {(case.truth, case.before, case.after) for case in lost} == {(("slip",), "slip", "other")}


def test_noise_is_no_regression_and_better_is_none_either() -> None:
    (noise,) = compare(results(scores(31)), results(scores(30)))
    assert not noise.regressed
    assert [case.case for case in noise.changed] == ["case030"]
    (better,) = compare(results(scores(30)), results(scores(50)))
    assert not better.regressed
    assert all(case.better for case in better.changed)


def test_more_false_alarms_and_more_failures_are_worse() -> None:
    (alarms,) = compare(results(scores(30)), results(scores(30, alarms=18)))
    assert {change.measure for change in alarms.changes if change.regression} >= {"specificity"}
    (failing,) = compare(results(scores(0)), results(scores(0, failing=20)))
    assert "failures" in {change.measure for change in failing.changes if change.regression}
    assert {case.after for case in failing.changed} == {"no valid answer"}


def test_one_detector_may_be_compared_with_another() -> None:
    base = results(scores(30))
    new = msgspec.structs.replace(base, detectors={"e": base.detectors["d"]})
    (found,) = compare(base, new, ("d", "e"))
    assert found.detector == "d and e"
    with pytest.raises(CompareError, match="no detector is in both"):
        compare(base, new)
    with pytest.raises(CompareError, match="there is no detector x; there are e"):
        compare(base, new, ("d", "x"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite_sha256": "y"}, "the same cases are wanted"),
        ({"split": "validation"}, "the same cases are wanted"),
        ({"layers": ["cin7"]}, "the same layers are wanted"),
        ({"private": True}, "NEW is of a private split"),
    ],
)
def test_what_cannot_be_paired_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CompareError, match=words):
        compare(results(scores(30)), results(scores(30), **changes))
