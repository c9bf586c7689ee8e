"""Scores on answers small enough to check by hand."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import scoring
from benchmarks.scoring import Score, TruthError, aggregate, score_case, score_failure
from detectors.contract import Diagnosis, Hypothesis

EVENING = dt.date(2025, 11, 30)
CAUSE = {
    "name": "open_shipments", "layer": "operations", "onset": "2025-05-12", "headline_account": "630",
    "amount_cents": 1_000_000, "root_documents": ["r1", "r2"], "documents": ["r1", "r2", "d1", "d2"], "stages": [],
}  # fmt: skip
DECOY = {"name": "late", "looks_like": "open_shipments", "at": "2025-05-31T17:00", "documents": ["b1", "b2"]}


def answer(*causes: dict[str, Any], decoys: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "schema_version": 1, "scenario": "s", "title": "", "story": "", "profile": "p", "seed": 1,
        "window": {"start": "2025-03-01", "end": "2025-11-30"}, "healthy": not causes,
        "causes": list(causes), "decoys": list(decoys),
    }  # fmt: skip


def saying(cause: str = "open_shipments", **fields: Any) -> Hypothesis:
    return Hypothesis(**{"cause": cause, "layer": "operations", "probability": 0.5, **fields})


def diagnosis(*hypotheses: Hypothesis) -> Diagnosis:
    return Diagnosis(detector="d", as_of=EVENING, layers=(), hypotheses=hypotheses)


def scored(truth: dict[str, Any], *hypotheses: Hypothesis) -> Score:
    return score_case(truth, diagnosis(*hypotheses))


# --- rankings ------------------------------------------------------------------------------------------------


def test_ac_at_k_by_hand() -> None:
    assert scoring.ac_at_k({"a"}, ["b", "a"], 1) == 0
    assert scoring.ac_at_k({"a"}, ["b", "a"], 2) == 1
    assert scoring.ac_at_k({"a", "c"}, ["a"], 1) == 1, "one answer can hold one of two causes"
    assert scoring.ac_at_k({"a", "c"}, ["a"], 3) == 0.5
    assert scoring.ac_at_k({"a"}, ["b", "b", "a"], 2) == 1, "repetitions take no rank"
    assert scoring.avg_at_k({"a"}, ["b", "a"], 2) == 0.5
    with pytest.raises(ValueError, match="faulty cases"):
        scoring.ac_at_k(set(), ["a"], 1)


def test_a_miss_stays_in_the_mean_of_reciprocal_ranks() -> None:
    assert scoring.reciprocal_rank({"a"}, ["b", "b", "a"]) == 0.5
    assert scoring.reciprocal_rank({"a"}, ["b"]) == 0
    both = [scored(answer(CAUSE), saying()), scored(answer(CAUSE), saying("other"))]
    assert aggregate(both).mrr == 0.5


names = st.lists(st.sampled_from("abcdef"), max_size=6)


@given(truth=st.sets(st.sampled_from("abcdef"), min_size=1), ranked=names, k=st.integers(1, 6))
def test_rankings_stay_in_their_bounds(truth: set[str], ranked: list[str], k: int) -> None:
    assert 0 <= scoring.ac_at_k(truth, ranked, k) <= 1
    assert scoring.ac_at_k(truth, sorted(truth), k) == 1
    assert scoring.ac_at_k(truth, ranked, k) == scoring.ac_at_k(truth, scoring.distinct(ranked), k)
    hit = scoring.reciprocal_rank(truth, ranked) > 0
    assert hit == (not truth.isdisjoint(ranked))


@given(truth=names, told=names)
def test_f1_lies_between_precision_and_recall(truth: list[str], told: list[str]) -> None:
    precision, recall, f1 = scoring.precision_recall_f1(truth, told)
    assert min(precision, recall) - 1e-12 <= f1 <= max(precision, recall) + 1e-12
    assert (f1 == 1) == (set(truth) == set(told))


def test_chance() -> None:
    assert scoring.chance_at_k(1, 40) == 0.025
    assert scoring.chance_at_k(5, 3) == 1
    with pytest.raises(ValueError, match="one candidate"):
        scoring.chance_at_k(1, 0)


# --- one case ------------------------------------------------------------------------------------------------


def test_a_perfect_answer() -> None:
    said = saying(onset=dt.date(2025, 5, 12), amount_cents=1_000_000, evidence=("r1", "r2", "d1", "d2"), chain=("r1", "x"))
    score = scored(answer(CAUSE), said)
    assert (score.ac1, score.avg5, score.reciprocal_rank, score.f1) == (1, 1, 1, 1)
    assert score.exact
    assert score.right
    assert score.layer_right
    assert score.grounded
    assert (score.document_precision, score.document_recall, score.document_f1) == (1, 1, 1)
    assert (score.onset_error_days, score.onset_hit1) == (0, True)
    assert (score.amount_true_cents, score.amount_error_cents) == (1_000_000, 0)
    assert score.specific is None
    assert score.decoy_hit is None


def test_an_empty_answer_to_a_faulty_case_scores_nothing() -> None:
    score = scored(answer(CAUSE))
    assert (score.ac1, score.reciprocal_rank, score.f1, score.document_f1) == (0, 0, 0, 0)
    assert not score.exact
    assert not score.right
    assert not score.grounded
    assert score.onset_error_days is None
    assert score.onset_hit7 is False, "nothing said is a miss"
    assert score.amount_error_cents == 1_000_000


def test_onset_is_signed_and_hits_count_both_ways() -> None:
    for day, error, hits in ((11, -1, (True, True, True)), (15, 3, (False, True, True)), (20, 8, (False, False, False))):
        score = scored(answer(CAUSE), saying(onset=dt.date(2025, 5, day)))
        assert score.onset_error_days == error
        assert (score.onset_hit1, score.onset_hit3, score.onset_hit7) == hits


def test_documents_cited_for_a_wrong_cause_are_wrong() -> None:
    score = scored(answer(CAUSE), saying("other", evidence=("r1",)), saying(evidence=("r1", "r2", "z")))
    assert score.document_precision == 2 / 4
    assert score.document_recall == 2 / 4


def test_the_layer_may_be_right_when_the_cause_is_not() -> None:
    assert scored(answer(CAUSE), saying("other")).layer_right
    assert not scored(answer(CAUSE), saying("other", layer="ledger"), saying()).layer_right, "the first answer counts"


def test_grounded_asks_for_a_chain_through_a_root_and_mostly_true_papers() -> None:
    papers = ("r1", "d1")
    for said, grounded in (
        (saying(evidence=papers, chain=("sale", "r1", "invoice")), True),
        (saying(evidence=papers), False),
        (saying(evidence=papers, chain=("sale", "invoice")), False),
        (saying(evidence=papers, chain=("sale", "r1")), False),
        (saying(evidence=("r1", "x", "y"), chain=("r1", "invoice")), False),
        (saying(chain=("r1", "invoice")), False),
        (saying("other", evidence=papers, chain=("r1", "invoice")), False),
    ):
        assert scored(answer(CAUSE), said).grounded is grounded


def test_masks_and_consequences_are_no_answers() -> None:
    score = scored(answer(CAUSE), saying("journal", role="mask", layer="ledger"), saying())
    assert score.named == ("open_shipments",)
    assert score.right
    healthy = scored(answer(), saying("journal", role="consequence"))
    assert healthy.specific
    assert healthy.exact


def test_money_is_summed_over_causes_that_have_an_amount() -> None:
    other = {**CAUSE, "name": "other", "amount_cents": -300_000}
    timely = {**CAUSE, "name": "slow", "amount_cents": None, "onset": None}
    score = scored(answer(CAUSE, other, timely), saying(amount_cents=900_000), saying("slow", amount_cents=5))
    assert score.amount_true_cents == 1_300_000
    assert score.amount_error_cents == 100_000 + 300_000
    assert aggregate([score]).money_error == pytest.approx(4 / 13)


def test_healthy_and_decoy_only_cases() -> None:
    quiet, alarmed = scored(answer()), scored(answer(), saying())
    assert (quiet.specific, quiet.f1, quiet.exact, quiet.ac1) == (True, 1, True, None)
    assert (alarmed.specific, alarmed.f1, alarmed.exact) == (False, 0, False)
    assert scored(answer(decoys=(DECOY,))).decoy_hit is False
    assert scored(answer(decoys=(DECOY,)), saying()).decoy_hit is True
    assert scored(answer(decoys=(DECOY,)), saying("other")).decoy_hit is False
    assert scored(answer(decoys=(DECOY,)), saying("other", evidence=("b1",))).decoy_hit is True


def test_beside_its_own_fault_a_decoy_hits_only_by_its_documents() -> None:
    both = answer(CAUSE, decoys=(DECOY,))
    assert scored(both, saying(evidence=("r1",))).decoy_hit is False
    assert scored(both, saying(evidence=("r1", "b1"))).decoy_hit is True
    shared = answer({**CAUSE, "documents": ["r1", "r2", "b1"]}, decoys=(DECOY,))
    assert scored(shared, saying(evidence=("r1", "b1"))).decoy_hit is False


def test_a_failure_scores_nothing_anywhere() -> None:
    faulty, healthy = (score_failure(truth, "d", "KeyError: x") for truth in (answer(CAUSE), answer()))
    assert (faulty.ac1, faulty.f1, faulty.document_f1, faulty.error) == (0, 0, 0, "KeyError: x")
    assert (healthy.specific, healthy.f1, healthy.exact) == (False, 0, False), "a crash is no all-clear"
    table = aggregate([faulty, healthy])
    assert (table.failures, table.cases, table.faulty, table.ac1) == (2, 2, 1, 0)


# --- many cases ----------------------------------------------------------------------------------------------


def test_wilson_against_published_figures() -> None:
    """Newcombe 1998 gives 81/263 -> 0.2553 to 0.3662 and 0/20 -> 0 to 0.1611."""
    found = scoring.wilson(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    none = scoring.wilson(0, 20)
    assert none.low == 0
    assert round(none.high, 4) == 0.1611
    with pytest.raises(ValueError, match="3 of 2"):
        scoring.wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_mirrors(counts: tuple[int, int]) -> None:
    hits, n = counts
    found, mirrored = scoring.wilson(hits, n), scoring.wilson(n - hits, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert math.isclose(found.low, 1 - mirrored.high, abs_tol=1e-9)


def test_aggregates_count_each_score_where_it_is_defined() -> None:
    scores = [
        scored(answer(CAUSE), saying(onset=dt.date(2025, 5, 14))),
        scored(answer(CAUSE), saying(onset=dt.date(2025, 5, 20))),
        scored(answer(CAUSE)),
        scored(answer(), saying()),
        scored(answer(decoys=(DECOY,))),
    ]
    table = aggregate(scores)
    assert table.ac1 == pytest.approx(2 / 3)
    assert table.right is not None
    assert (table.right.hits, table.right.n) == (2, 3)
    assert table.specificity is not None
    assert (table.specificity.hits, table.specificity.n) == (1, 2)
    assert table.decoy_hits is not None
    assert (table.decoy_hits.hits, table.decoy_hits.n) == (0, 1)
    assert table.onset_median_error_days == 5
    assert table.onset_hit3 is not None
    assert (table.onset_hit3.hits, table.onset_hit3.n) == (1, 3)
    assert table.exact is not None
    assert (table.exact.hits, table.exact.n) == (3, 5)
    assert table.seconds is None
    with pytest.raises(ValueError, match="scores of one detector are wanted"):
        aggregate([])


# --- reading the truth ---------------------------------------------------------------------------------------


def test_an_answer_on_disk_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer(CAUSE, decoys=(DECOY,))))
    assert scoring.read_answer(path) == answer(CAUSE, decoys=(DECOY,))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"causes": None}, r"not an answer: .*\$\.causes"),
        ({"causes": [{**CAUSE, "onset": "May"}]}, r"\$\.causes\[0\]\.onset"),
        ({"causes": [{**CAUSE, "amount_cents": "much"}]}, r"\$\.causes\[0\]\.amount_cents"),
        ({"causes": [CAUSE, CAUSE]}, "names one cause twice"),
        ({"schema_version": 2}, "schema_version is 2; this version reads 1"),
        ({"window": {}}, r"missing required field `start`"),
    ],
)
def test_a_damaged_answer_is_refused_in_one_line(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({**answer(CAUSE), **change}))
    with pytest.raises(TruthError, match=words) as caught:
        scoring.read_answer(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_answer_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"cannot be read .*; a truth folder holds answer.json"):
        scoring.read_answer(tmp_path / "answer.json")
    (tmp_path / "answer.json").write_text("{")
    with pytest.raises(TruthError, match="not JSON"):
        scoring.read_answer(tmp_path / "answer.json")
