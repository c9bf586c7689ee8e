"""What a diagnosis may say, and how it is refused."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.contract import Detector, Diagnosis, DiagnosisError, Hypothesis, answer, check_causes
from detectors.loading import load
from detectors.samples import small_business
from sim.causes import ROLES
from sim.schema import LAYERS

EVENING = dt.date(2025, 11, 30)
GOOD = {
    "cause": "invoice_authorised_shipment_incomplete", "role": "cause", "layer": "operations", "onset": "2025-05-12",
    "amount_cents": 1_200_000, "evidence": ["a1"], "chain": ["a0", "a1"], "probability": 0.9,
}  # fmt: skip

keys = st.lists(st.text("0123456789abcdef", min_size=1, max_size=16), max_size=3).map(tuple)
hypotheses = st.builds(
    Hypothesis, cause=st.text(min_size=1, max_size=20), role=st.sampled_from(ROLES), layer=st.sampled_from(LAYERS),
    onset=st.none() | st.dates(), amount_cents=st.none() | st.integers(-(2**53), 2**53), evidence=keys, chain=keys,
    probability=st.floats(0, 1), note=st.text(max_size=20),
)  # fmt: skip
diagnoses = st.builds(
    Diagnosis, detector=st.text(max_size=10), as_of=st.dates(), layers=st.lists(st.sampled_from(LAYERS)).map(tuple),
    hypotheses=st.lists(hypotheses, max_size=4, unique_by=lambda hypothesis: hypothesis.cause).map(tuple),
)  # fmt: skip


def text(**changes: Any) -> str:
    return json.dumps({"detector": "d", "as_of": "2025-11-30", "layers": ["ledger"], "hypotheses": [{**GOOD, **changes}]})


@given(diagnoses)
def test_json_and_back_is_the_same(diagnosis: Diagnosis) -> None:
    known = [hypothesis.cause for hypothesis in diagnosis.hypotheses]
    assert Diagnosis.from_json(diagnosis.to_json(), known) == diagnosis


def test_the_form_on_disk_is_read() -> None:
    diagnosis = Diagnosis.from_json(text())
    assert diagnosis.causes == ("invoice_authorised_shipment_incomplete",)
    assert diagnosis.hypotheses[0].onset == dt.date(2025, 5, 12)
    assert Diagnosis.from_json(text(role="mask")).causes == (), "a mask is no root cause"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"probability": 1.1}, "probability is 1.1; allowed is a number from 0 to 1"),
        ({"probability": -0.1}, "allowed is a number from 0 to 1"),
        ({"probability": "high"}, r"Expected `float`.*probability"),
        ({"role": "culprit"}, "role is 'culprit'; allowed are cause, mask, consequence"),
        ({"layer": "warehouse"}, "layer is 'warehouse'; allowed are operations, cin7, integration, ledger"),
        ({"onset": "12 May"}, r"hypotheses\[0\]\.onset"),
        ({"amount_cents": 12.5}, r"Expected `int.*amount_cents"),
        ({"evidence": [1]}, r"Expected `str`.*evidence"),
        ({"evidence": [""]}, "evidence is not a tuple of document keys"),
        ({"certainty": 1}, "unknown field `certainty`"),
        ({"cause": "invoice_authorised_shipment_incomplet"}, "did you mean invoice_authorised_shipment_incomplete"),
        ({"cause": "sunspots"}, r"hypotheses\[0\]: unknown cause 'sunspots'; known are .*invoice_auth"),
    ],
)
def test_what_breaks_the_contract_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DiagnosisError, match=words) as caught:
        Diagnosis.from_json(text(**changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"detector": "d"}', text().replace("0.9", "NaN"), b"\xff\xfe"])
def test_what_is_no_diagnosis_is_refused(broken: str | bytes) -> None:
    with pytest.raises(DiagnosisError, match=r"^not (JSON|a diagnosis)"):
        Diagnosis.from_json(broken)


@pytest.mark.parametrize("probability", [float("nan"), float("inf"), True, None])
def test_a_probability_is_a_finite_number(probability: Any) -> None:
    with pytest.raises(DiagnosisError, match="allowed is a number from 0 to 1"):
        Hypothesis(cause="x", layer="ledger", probability=probability)


@pytest.mark.parametrize("amount", [1.0, np.int64(3), True])
def test_money_is_whole_cents(amount: Any) -> None:
    with pytest.raises(DiagnosisError, match="allowed is a whole number of cents"):
        Hypothesis(cause="x", layer="ledger", probability=0.5, amount_cents=amount)


def test_other_fields_are_checked_when_made_in_code() -> None:
    with pytest.raises(DiagnosisError, match="allowed is a datetime"):
        Hypothesis(cause="x", layer="ledger", probability=0.5, onset=dt.datetime(2025, 1, 1))
    with pytest.raises(DiagnosisError, match="evidence is not a tuple"):
        Hypothesis(cause="x", layer="ledger", probability=0.5, evidence=["a"])  # type: ignore[arg-type]
    with pytest.raises(DiagnosisError, match="layers: 'x' is none of"):
        Diagnosis(detector="d", as_of=EVENING, layers=("x",))
    with pytest.raises(DiagnosisError, match=r"hypotheses\[0\]: dict is not a Hypothesis"):
        Diagnosis(detector="d", as_of=EVENING, layers=(), hypotheses=({},))  # type: ignore[arg-type]


def test_a_cause_is_named_once() -> None:
    twice = Hypothesis(cause="x", layer="ledger", probability=0.5)
    with pytest.raises(DiagnosisError, match=r"hypotheses\[1\]: cause 'x' is named twice"):
        Diagnosis(detector="d", as_of=EVENING, layers=(), hypotheses=(twice, twice))


def test_causes_are_checked_against_the_register_or_a_list() -> None:
    diagnosis = Diagnosis.from_json(text(cause="sunspots"), known=["sunspots"])
    check_causes(diagnosis, ["sunspots"])
    with pytest.raises(DiagnosisError, match="unknown cause"):
        check_causes(diagnosis)


def test_a_detector_needs_no_base_class() -> None:
    class Mine:
        name = "mine"
        reads = ("ledger",)

        def fit(self, cases: object) -> None: ...

        def diagnose(self, evidence: object) -> None: ...

    assert isinstance(Mine(), Detector)
    assert not isinstance(object(), Detector)


def test_healthy_has_a_probability_too() -> None:
    day = dt.date(2025, 3, 1)
    sure = Diagnosis(detector="d", as_of=day, layers=())
    assert sure.probability_healthy == 1.0
    named = tuple(
        Hypothesis(cause=cause, role=role, layer="cin7", probability=p)
        for cause, role, p in (("x", "cause", 0.7), ("y", "mask", 0.9))
    )
    doubtful = Diagnosis(detector="d", as_of=day, layers=(), hypotheses=named)
    assert doubtful.probability_healthy == pytest.approx(0.3), "a mask is no cause"
    told = Diagnosis(detector="d", as_of=day, layers=(), hypotheses=named, healthy=0.2, remarks=("operations is dark",))
    assert told.probability_healthy == 0.2
    assert Diagnosis.from_json(told.to_json(), known=["x", "y"]) == told
    for wrong in (1.5, float("nan"), True, "0.1"):
        with pytest.raises(DiagnosisError, match="healthy is"):
            Diagnosis(detector="d", as_of=day, layers=(), healthy=wrong)  # type: ignore[arg-type]
    with pytest.raises(DiagnosisError, match="remarks is not a tuple"):
        Diagnosis(detector="d", as_of=day, layers=(), remarks=["x"])  # type: ignore[arg-type]


def test_an_answer_is_ranked_and_says_what_it_could_not_see() -> None:
    business = small_business(months=1).restrict(["ledger", "cin7"])
    detector = load("specialist")
    given = [Hypothesis(cause=cause, layer="cin7", probability=p) for cause, p in (("x", 0.1), ("y", 0.9))]
    said = answer(detector, business, given, remarks=["and so on"])
    assert said.causes == ("y", "x")
    assert said.layers == ("cin7", "ledger")
    assert said.remarks[-1] == "and so on"
    assert [remark.split()[0] for remark in said.remarks[:-1]] == ["operations", "integration"]
