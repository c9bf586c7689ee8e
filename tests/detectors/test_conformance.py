"""Every check passes for the house's detectors, and each fails for a detector that breaks its rule."""

from __future__ import annotations

import datetime as dt
import resource
import time
from collections.abc import Callable
from typing import Any

import pytest

from detectors import conformance, loading
from detectors.conformance import BreachError
from detectors.contract import Diagnosis, Example, Hypothesis
from detectors.evidence import Evidence, NotVisibleError
from detectors.samples import small_business
from sim.schema import LAYERS

CAUSE = "invoice_authorised_shipment_incomplete"
BROKEN = small_business(months=3, left_open=range(60, 120, 5))


LONG = {"blend", "learned", "specialist", "stock_ledger_checks", "warning_signs"}
HOUSE = [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in loading.BUILT_IN]


@pytest.mark.parametrize("name", HOUSE)
def test_the_house_detectors_conform(name: str, broken: Evidence) -> None:
    results = conformance.check_detector(loading.find(name), [broken])
    assert [result for result in results if result.status != "passed"] == []
    assert len(results) == len(conformance.CHECKS)


def test_a_fitted_detector_conforms() -> None:
    def fitted() -> Any:
        detector = loading.load("majority")
        detector.fit([Example(BROKEN, {"causes": [{"name": CAUSE, "layer": "operations"}]})])
        return detector

    assert {result.status for result in conformance.check_detector(fitted, [])} == {"passed"}


def said(evidence: Evidence, **fields: Any) -> Diagnosis:
    hypothesis = Hypothesis(**{"cause": CAUSE, "layer": "cin7", "probability": 0.5, **fields})
    remarks = tuple(f"{layer} is dark" for layer in LAYERS if not evidence.has(layer))
    return Diagnosis(detector="bad", as_of=evidence.as_of, layers=(), hypotheses=(hypothesis,), remarks=remarks)


class Bad:
    """A detector that answers as it is told."""

    name = "bad"
    reads: tuple[str, ...] = ("operations", "cin7", "integration", "ledger")

    def __init__(self, answer: Callable[[Bad, Evidence], Any], **members: Any) -> None:
        self.answer, self.seen = answer, 0
        vars(self).update(members)

    def fit(self, cases: object) -> None:
        """Nothing."""

    def diagnose(self, evidence: Evidence) -> Any:
        """What it was told."""
        self.seen += 1
        return self.answer(self, evidence)


def first_row(_bad: Bad, evidence: Evidence) -> Diagnosis:
    sales = evidence.table("cin7/sale_lines")
    return said(evidence, chain=tuple(sales["document_key"].head(1)))


def smallest_id(_bad: Bad, evidence: Evidence) -> Diagnosis:
    sales = evidence.table("cin7/sales")
    return said(evidence, chain=tuple(sales.sort_values("document_key")["order_number"].head(1)))


def peeks(_bad: Bad, evidence: Evidence) -> Diagnosis:
    return said(evidence, probability=0.9 if evidence.has("operations") else 0.1)


def needs_cin7(_bad: Bad, evidence: Evidence) -> Diagnosis:
    evidence.table("cin7/sales")
    return said(evidence)


def counts(bad: Bad, evidence: Evidence) -> Diagnosis:
    return said(evidence, amount_cents=bad.seen)


def needs_a_sale(_bad: Bad, evidence: Evidence) -> Diagnosis:
    return said(evidence, chain=(evidence.table("cin7/sales")["document_key"].iloc[0],))


def other_evening(_bad: Bad, evidence: Evidence) -> Diagnosis:
    return Diagnosis(detector="bad", as_of=evidence.as_of - dt.timedelta(1), layers=())


def other_name(_bad: Bad, evidence: Evidence) -> Diagnosis:
    return Diagnosis(detector="good", as_of=evidence.as_of, layers=())


def rising(_bad: Bad, evidence: Evidence) -> Diagnosis:
    both = tuple(Hypothesis(cause=name, layer="cin7", probability=p) for name, p in (("x", 0.1), ("y", 0.9)))
    return Diagnosis(detector="bad", as_of=evidence.as_of, layers=(), hypotheses=both)


def writes(_bad: Bad, evidence: Evidence) -> Diagnosis:
    evidence._frame("cin7/sales")["status"] = "VOIDED"
    return said(evidence)


def slow(_bad: Bad, evidence: Evidence) -> Diagnosis:
    until = time.process_time() + conformance.BUDGET_SECONDS + 0.2
    while time.process_time() < until:
        pass
    return said(evidence)


def greedy(_bad: Bad, evidence: Evidence) -> Diagnosis:
    size = (conformance.BUDGET_MB + 64) << 20
    # More than the process ever held before.
    held = bytearray(size + (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10))
    held[:: resource.getpagesize()] = b"x" * len(held[:: resource.getpagesize()])
    return said(evidence)


def fine(_bad: Bad, evidence: Evidence) -> Diagnosis:
    return said(evidence)


@pytest.fixture(autouse=True)
def _small_budget(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A test of the budget must not use it up."""
    if "check_budget-slow" in request.node.name:
        monkeypatch.setattr(conformance, "BUDGET_SECONDS", 0.2)
    elif "check_budget-greedy" in request.node.name:
        monkeypatch.setattr(conformance, "BUDGET_MB", 16)


@pytest.mark.parametrize(
    ("check", "answer", "members", "words"),
    [
        ("check_known_causes", lambda _, e: said(e, cause="gremlins"), {}, "unknown cause 'gremlins'"),
        ("check_answer", lambda _, e: Diagnosis(detector="bad", as_of=e.as_of, layers=("cin7",)), {"reads": ("ledger",)},
         "layers names cin7"),
        ("check_says_what_it_misses", lambda _, e: Diagnosis(detector="bad", as_of=e.as_of, layers=()), {},
         "operations is hidden, and no remark says so"),
        ("check_budget", slow, {}, "seconds of the processor; the budget is"),
        ("check_budget", greedy, {}, "MB of memory; the budget is"),
        ("check_members", fine, {"name": ""}, "name is ''"),
        ("check_members", fine, {"reads": ["ledger"]}, "reads is"),
        ("check_answer", lambda *_: [], {}, "returned list"),
        ("check_answer", other_evening, {}, "as_of is"),
        ("check_answer", other_name, {}, "its name is 'bad'"),
        ("check_probabilities", rising, {}, "probabilities rise"),
        ("check_row_order_irrelevant", first_row, {}, "depends on the order of rows"),
        ("check_renamed_ids", smallest_id, {}, "depends on the spelling of ids"),
        ("check_input_untouched", writes, {}, "it wrote into cin7/sales"),
        ("check_reads_only_what_it_declares", peeks, {"reads": ("cin7",)}, "it does not declare"),
        ("check_no_state_between_cases", counts, {}, "cases seen before"),
    ],
)
def test_a_breach_is_found(check: str, answer: Any, members: dict[str, Any], words: str) -> None:
    business = small_business(months=1)
    with pytest.raises(BreachError, match=words):
        getattr(conformance, check)(lambda: Bad(answer, **members), business)
    kept = getattr(conformance, check)(lambda: Bad(fine), business)
    assert kept is None, "a detector that keeps the rule passes"


def test_what_the_constructors_refuse_is_checked_where_they_were_got_round() -> None:
    def forged(_bad: Bad, evidence: Evidence) -> Diagnosis:
        import msgspec

        diagnosis = rising(_bad, evidence)
        msgspec.structs.force_setattr(diagnosis.hypotheses[0], "probability", 2.0)
        msgspec.structs.force_setattr(diagnosis.hypotheses[0], "amount_cents", 0.5)
        msgspec.structs.force_setattr(diagnosis.hypotheses[1], "cause", "x")
        return diagnosis

    for check in ("check_probabilities", "check_whole_cents", "check_unique_causes"):
        with pytest.raises(BreachError):
            getattr(conformance, check)(lambda: Bad(forged), BROKEN)


@pytest.mark.parametrize(
    ("check", "answer", "error"),
    [
        ("check_hidden_layers", needs_cin7, NotVisibleError),
        ("check_empty_tables", needs_a_sale, IndexError),
        ("check_pickles", lambda _bad, evidence: said(evidence), Exception),
    ],
)
def test_a_crash_is_found(check: str, answer: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        getattr(conformance, check)(lambda: Bad(answer), small_business(months=1))


def test_results_say_what_failed_and_what_was_expected_to() -> None:
    factory = lambda: Bad(counts, amount=1)  # noqa: E731
    rows = {row.check: row for row in conformance.check_detector(factory, [BROKEN])}
    assert rows["check_no_state_between_cases"].status == "failed"
    assert rows["check_no_state_between_cases"].message.startswith("case 0: the answer depends on cases seen before")
    assert rows["check_empty_tables"].status == "passed"
    excused = conformance.check_detector(factory, [BROKEN], {"check_no_state_between_cases": "it counts"})
    row = next(row for row in excused if row.check == "check_no_state_between_cases")
    assert row.status == "xfail"
    assert row.message.startswith("it counts (")
    with pytest.raises(ValueError, match="there is no check 'check_luck'"):
        conformance.check_detector(factory, [], {"check_luck": ""})


@conformance.parametrize_with_checks({"specialist": loading.find("specialist"), "none": loading.find("none")})
def test_authors_may_run_the_checks_one_by_one(check: Callable[[], None]) -> None:
    """What an author of a detector writes; each check of each detector is a test of its own."""
    assert check() is None


def test_expected_failures_are_marked_with_their_reason() -> None:
    mark = conformance.parametrize_with_checks({"bad": lambda: Bad(fine)}, [], {"check_budget": "it is slow by design"})
    params = {param.id: param.marks for param in mark.args[1]}
    assert len(params) == len(conformance.CHECKS)
    assert [mark.kwargs["reason"] for mark in params["bad-check_budget"]] == ["it is slow by design"]
    assert not params["bad-check_answer"]
    with pytest.raises(ValueError, match="there is no check 'check_luck'"):
        conformance.parametrize_with_checks({}, [], {"check_luck": "x"})
