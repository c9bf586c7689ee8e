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

from benchmarks import scores as scoring
from benchmarks.scores import Known, Score, TruthError, intervals, score_case, score_failure, summary, tables
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
    assert summary(both)["mrr"].value == 0.5


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


def test_a_chain_may_end_at_a_root_that_nothing_follows() -> None:
    alone = answer(CAUSE | {"root_documents": ["r1"], "documents": ["r1"]})
    assert scored(alone, saying(evidence=("r1",), chain=("r1",))).grounded
    assert not scored(alone, saying(evidence=("r1",), chain=("x",))).grounded


def test_a_document_may_be_cited_by_any_of_its_ids() -> None:
    truth = answer(CAUSE) | {"aliases": {"j1": "r1", "s1": "r1", "j2": "r2"}}
    plain = scored(answer(CAUSE), saying(evidence=("r1", "r2", "x"), chain=("r1", "d1")))
    other = scored(truth, saying(evidence=("j1", "s1", "j2", "x"), chain=("s1", "d1")))
    assert other == plain
    assert other.grounded


def test_what_nobody_can_cite_is_not_asked_for() -> None:
    score = scored(answer(CAUSE | {"root_documents": [], "documents": []}), saying(evidence=("x",), chain=("x", "y")))
    assert (score.ac1, score.document_f1, score.grounded) == (1, None, None)


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
    assert summary([score])["money_error"].value == pytest.approx(4 / 13)


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
    table = summary([faulty, healthy])
    assert (table["failures"].value, table["failures"].n, table["ac1"].n, table["ac1"].value) == (1, 2, 1, 0)


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
    table = summary(scores)
    assert table["ac1"].value == pytest.approx(2 / 3)
    assert (table["right"].value, table["right"].n) == (pytest.approx(2 / 3), 3)
    assert (table["specificity"].value, table["specificity"].n) == (0.5, 2)
    assert (table["decoy_hits"].value, table["decoy_hits"].n) == (0, 1)
    assert table["onset_error"].value == 5
    assert (table["onset_hit3"].value, table["onset_hit3"].n) == (pytest.approx(1 / 3), 3)
    assert (table["exact"].value, table["exact"].n) == (0.6, 5)
    assert table["money_error"].value == pytest.approx(1)
    assert table["alarms"].value == pytest.approx(1 / 45), "one false alarm in five businesses of nine months"
    assert "seconds" not in table
    with pytest.raises(ValueError, match="scores of one detector are wanted"):
        summary([])


# --- beyond right and wrong ----------------------------------------------------------------------------------

SHOWN = {**CAUSE, "stages": [
    {"stage": 1, "name": "slip", "reached": True, "at": "2025-05-12T10:00"},
    {"stage": 2, "name": "stock drift", "reached": True, "at": "2025-06-01T23:59"},
    {"stage": 4, "name": "books", "reached": True, "at": "2025-05-20T23:59"},
    {"stage": 3, "name": "pipeline", "reached": False, "at": None},
]}  # fmt: skip


def test_a_miss_that_blames_the_layer_of_the_symptom_is_told_apart() -> None:
    blamed = scored(answer(SHOWN), saying("other", layer="ledger"))
    elsewhere = scored(answer(SHOWN), saying("other", layer="cin7"))
    assert (blamed.blames_symptom, elsewhere.blames_symptom) == (True, False)
    assert scored(answer(SHOWN), saying()).blames_symptom is None, "a right answer blames nobody"
    assert scored(answer(SHOWN)).blames_symptom is None, "nor does an empty one"
    assert scored(answer(CAUSE), saying("other", layer="ledger")).blames_symptom is None, "it never showed"


def test_near_misses_and_classes_have_columns_of_their_own() -> None:
    truth = answer({**CAUSE, "near": ["its_trigger"]})
    known = Known(alike={"ledger": {CAUSE["name"]: ("its_twin",)}})
    near, twin = scored(truth, saying("its_trigger")), scored(truth, saying("its_twin"))
    assert (near.right, near.near, near.ac1, near.blames_effect) == (False, 0.5, 0, True)
    assert (twin.right, twin.near, twin.class_right) == (False, 0, False)
    seen = Diagnosis(detector="d", as_of=EVENING, layers=("ledger",), hypotheses=(saying("its_twin"),))
    assert score_case(truth, seen, known=known).class_right
    assert not score_case(truth, seen).class_right
    assert scored(truth, saying()).near == 1


def test_a_mask_named_as_a_cause_is_told() -> None:
    truth = {**answer(CAUSE), "masks": ["manual_journal"]}
    assert scored(truth, saying("manual_journal")).blames_effect
    assert scored(truth, saying("something_else")).blames_effect is False


def test_chance_and_lift_depend_on_the_number_of_causes() -> None:
    score = score_case(answer(CAUSE), diagnosis(saying()), known=Known(candidates=10))
    assert score.chance5 == pytest.approx(0.3)
    assert summary([score])["lift5"].value == pytest.approx(0.7)
    assert scored(answer(CAUSE), saying()).chance5 is None


def test_documents_count_by_what_they_are_worth() -> None:
    truth = answer({**CAUSE, "document_cents": [900_000, 0, 50_000, 50_000]})
    assert scored(truth, saying(evidence=("r1",))).weighted_recall == pytest.approx(0.9)
    assert scored(truth, saying(evidence=("d1", "x"))).weighted_recall == pytest.approx(0.05)
    assert scored(truth).weighted_recall == 0
    assert scored(answer(CAUSE), saying()).weighted_recall is None


def test_accounting_and_documents_are_right_apart_and_together() -> None:
    both = scored(answer(CAUSE), saying(amount_cents=1_040_000, evidence=("r1", "r2", "d1", "d2")))
    cents = scored(answer(CAUSE), saying(amount_cents=1_040_000, evidence=("x",)))
    papers = scored(answer(CAUSE), saying(amount_cents=1_100_000, evidence=("r1", "r2", "d1", "d2")))
    assert [(s.accounting_right, s.documents_right) for s in (both, cents, papers)] == [
        (True, True), (True, False), (False, True)
    ]  # fmt: skip
    table = summary([both, cents, papers])
    assert table["both_right"].value == pytest.approx(1 / 3)


def test_triage_asks_whether_it_shows_elsewhere() -> None:
    known = Known(crosses={"open_shipments": True, "miscoded": False})
    crossing = score_case(answer(SHOWN), diagnosis(saying()), known=known)
    contained = score_case(answer(CAUSE), diagnosis(saying("miscoded")), known=known)
    assert (crossing.crosses, crossing.said_crosses) == (True, True)
    assert (contained.crosses, contained.said_crosses) == (False, False)
    assert summary([crossing, contained])["triage"].value == 1
    assert summary([crossing, score_case(answer(CAUSE), diagnosis(), known=known)])["triage"].value == 0.5
    assert "triage" not in summary([crossing])


def test_calibration_by_hand() -> None:
    sure_right = scored(answer(CAUSE), saying(probability=0.9))
    sure_wrong = scored(answer(), saying(probability=0.9))
    empty_right, empty_wrong = scored(answer()), scored(answer(CAUSE))
    assert [s.case_right for s in (sure_right, sure_wrong, empty_right, empty_wrong)] == [True, False, True, False]
    assert summary([sure_right, sure_wrong])["brier"].value == pytest.approx((0.01 + 0.81) / 2)
    assert tables.expected_calibration_error([sure_right, sure_wrong], 1) == pytest.approx(0.4)
    assert summary([sure_right])["log_loss"].value == pytest.approx(-math.log(0.9))
    assert summary([empty_wrong])["log_loss"].value == pytest.approx(-math.log(0.001)), "no answer decides all"
    points = tables.risk_coverage([sure_right, sure_wrong, empty_right, empty_wrong])
    assert points == [(0.5, 0.5), (1.0, 0.5)], "equal confidences are answered together"


def test_a_failure_is_wrong_everywhere_and_stays_in_every_mean() -> None:
    failed = score_failure(answer(CAUSE), "d", "boom")
    table = summary([failed, scored(answer(CAUSE), saying())])
    assert table["failures"].value == table["right"].value == table["ac1"].value == table["mrr"].value == 0.5
    assert (failed.case_right, failed.confidence) == (False, 1.0)


def test_tables_by_group_count_a_case_in_each_of_its_faults() -> None:
    other = {**CAUSE, "name": "miscoded", "layer": "ledger"}
    scores = [scored(answer(CAUSE), saying()), scored(answer(CAUSE, other), saying("miscoded")), scored(answer())]
    by_fault = tables.grouped(scores, "fault")
    assert {name: told["right"].n for name, told in by_fault.items() if "right" in told} == {"miscoded": 1, "open_shipments": 2}
    assert by_fault[tables.HEALTHY]["specificity"].value == 1
    assert {name: told["named"].value for name, told in by_fault.items() if "named" in told} == {
        "miscoded": 1.0, "open_shipments": 0.5
    }, "the second case was right, and this cause missed"  # fmt: skip
    assert set(tables.grouped(scores, "layer")) == {"operations", "ledger", tables.HEALTHY}
    assert tables.confusion(scores) == {tables.HEALTHY: {tables.HEALTHY: 1}, "open_shipments": {"open_shipments": 1}}


def test_every_measure_has_words_and_a_direction() -> None:
    assert tables.WORDS.keys() == tables.HIGH_IS_GOOD.keys()
    assert set(tables.GROUP_MEASURES) <= tables.MEASURES.keys()


# --- intervals -----------------------------------------------------------------------------------------------


def test_a_bootstrap_by_business_is_wider_than_one_by_case() -> None:
    values = [float(n % 10 < 5) for n in range(100)]
    alone = intervals.bootstrap(values, [1.0] * 100, [str(n) for n in range(100)])
    grouped = intervals.bootstrap(values, [1.0] * 100, [str(n % 10) for n in range(100)])
    assert alone is not None
    assert grouped is not None
    assert alone[0] < 0.5 < alone[1]
    assert grouped[1] - grouped[0] > 1.5 * (alone[1] - alone[0])
    assert 0.15 < alone[1] - alone[0] < 0.25, "about 4 standard errors of 0.05"
    assert intervals.bootstrap([1.0], [1.0], ["one"]) is None


def test_the_bootstrap_draws_the_same_every_time() -> None:
    arguments = ([0.0, 1.0, 1.0], [1.0, 1.0, 1.0], ["a", "b", "c"])
    assert intervals.bootstrap(*arguments) == intervals.bootstrap(*arguments)


def test_paired_differences_by_hand() -> None:
    names = [str(n) for n in range(40)]
    same = intervals.paired([1.0] * 40, [1.0] * 40, names)
    assert (same.value, same.p) == (0, 1)
    better = intervals.paired([0.0] * 40, [float(n < 20) for n in range(40)], names)
    assert better.value == 0.5
    assert better.low > 0.3
    assert better.p < 0.001
    assert better.p > 0
    with pytest.raises(ValueError, match="cases that both have"):
        intervals.paired([], [], [])


def test_mcnemar_is_exact() -> None:
    assert intervals.mcnemar(0, 0) == 1
    assert intervals.mcnemar(0, 5) == pytest.approx(2 / 32)
    assert intervals.mcnemar(1, 9) == pytest.approx(2 * 11 / 1024)
    assert intervals.mcnemar(3, 3) == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_makes_anything_more_certain(ps: list[float]) -> None:
    adjusted = intervals.holm(ps)
    assert all(new >= old for old, new in zip(ps, adjusted, strict=True))
    assert all(new <= 1 for new in adjusted)
    ranked = sorted(range(len(ps)), key=lambda n: ps[n])
    assert [adjusted[n] for n in ranked] == sorted(adjusted)
    assert adjusted[ranked[0]] == pytest.approx(min(1, len(ps) * ps[ranked[0]]))


def test_holm_by_hand() -> None:
    assert intervals.holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_several_answers_of_a_detector_that_draws() -> None:
    assert intervals.pass_at_k(4, 2, 1) == pytest.approx(0.5)
    assert intervals.pass_at_k(4, 2, 2) == pytest.approx(1 - 1 / 6)
    assert intervals.all_pass_at_k(4, 2, 2) == pytest.approx(1 / 6)
    assert intervals.pass_at_k(4, 0, 2) == intervals.all_pass_at_k(4, 1, 2) == 0


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
