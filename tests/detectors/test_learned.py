"""A detector that learns: from the cases it is given, the same each time, and honest about what it does not know."""

from __future__ import annotations

import copy
import pickle

import pytest

from detectors.contract import Example
from detectors.evidence import Evidence
from detectors.features import features
from detectors.loading import load
from detectors.reading import Reading
from detectors.reference.blend import Blend
from detectors.reference.learned import Learned
from detectors.samples import small_business

CAUSE = "invoice_authorised_shipment_incomplete"


@pytest.fixture(scope="module")
def lessons() -> list[Example]:
    """Twelve quarters, half of them with shipments left open."""
    broken = {"causes": [{"name": CAUSE, "layer": "operations"}]}
    found = []
    for n in range(6):
        found.append(Example(small_business(sales_a_day=2 + n % 3), {"causes": []}))
        found.append(Example(small_business(sales_a_day=2 + n % 3, left_open=range(60 + n, 160, 4)), broken))
    return found


@pytest.fixture(scope="module")
def learnt(lessons: list[Example]) -> Learned:
    detector = Learned()
    detector.fit(lessons)
    return detector


@pytest.fixture(scope="module")
def broken_business() -> Evidence:
    return small_business(sales_a_day=4, left_open=range(70, 170, 5))


def test_it_says_nothing_before_it_has_learnt(broken_business: Evidence) -> None:
    said = load("learned").diagnose(broken_business)
    assert said.hypotheses == ()
    assert said.remarks == ("it has not learnt anything of these layers yet",)


@pytest.mark.slow
def test_it_learns_what_its_cases_show_and_the_same_each_time(
    lessons: list[Example], learnt: Learned, broken_business: Evidence
) -> None:
    again = load("learned")
    again.fit(lessons)
    said = learnt.diagnose(broken_business)
    assert said.causes[:1] == (CAUSE,)
    assert said.hypotheses[0].layer == "operations"
    assert 0.5 < said.hypotheses[0].probability <= 1.0
    assert said == again.diagnose(broken_business) == pickle.loads(pickle.dumps(learnt)).diagnose(broken_business)  # noqa: S301
    healthy = learnt.diagnose(small_business(sales_a_day=4))
    assert healthy.hypotheses == ()
    assert healthy.probability_healthy > 0.5


def test_what_was_learnt_before_is_forgotten(lessons: list[Example], learnt: Learned, broken_business: Evidence) -> None:
    detector = copy.deepcopy(learnt)
    detector.fit([lessons[0]])
    assert detector.diagnose(broken_business).hypotheses == ()


def test_it_learns_of_the_layers_that_are_visible(learnt: Learned, broken_business: Evidence) -> None:
    assert learnt.diagnose(broken_business.restrict(["cin7"])).causes[:1] == (CAUSE,)
    pair = learnt.diagnose(broken_business.restrict(["cin7", "operations"]))  # it never met these two together
    assert pair.hypotheses == learnt.diagnose(broken_business.restrict(["operations"])).hypotheses
    assert learnt.diagnose(broken_business.restrict([])).remarks[-1] == "it has not learnt anything of these layers yet"


@pytest.mark.slow
def test_how_common_a_cause_was_counts(lessons: list[Example], learnt: Learned, broken_business: Evidence) -> None:
    """The same figures mean less where healthy businesses are many."""
    rare = Learned()
    rare.fit([*lessons, *(lessons[n] for _ in range(4) for n in range(0, 12, 2))])
    healthy = [detector.probabilities(broken_business)[""] for detector in (learnt, rare)]
    assert healthy[0] < healthy[1]


def test_figures_do_not_depend_on_size_and_are_missing_where_a_layer_is_hidden() -> None:
    small, large = (features(Reading(small_business(sales_a_day=size))) for size in (2, 4))
    assert small.keys() == large.keys()
    shares = [name for name in small if name.startswith(("open/", "sale/", "stuck/", "error/", "outside/"))]
    assert shares
    assert all(small[name] == pytest.approx(large[name], abs=0.05) for name in shares)
    blind = features(Reading(small_business().restrict(["ledger"])))
    assert blind.keys() == small.keys()
    hidden = {name for name, value in blind.items() if value != value}  # noqa: PLR0124
    assert hidden == {name for name in small if not name.startswith(("balance/", "hand/", "result/"))}


# --- blend ---------------------------------------------------------------------------------------------------


def test_unfitted_the_blend_is_the_specialist(broken_business: Evidence) -> None:
    blend, specialist = (load(name).diagnose(broken_business) for name in ("blend", "specialist"))
    assert blend.causes == specialist.causes == (CAUSE,)
    assert blend.hypotheses[0].evidence == specialist.hypotheses[0].evidence
    assert blend.hypotheses[0].probability == pytest.approx(specialist.hypotheses[0].probability)


@pytest.mark.slow
def test_the_blend_takes_silence_for_an_answer(lessons: list[Example]) -> None:
    """Where the specialist never misses a fault, his silence outweighs the learner; where he always does, it says nothing."""
    sharp, dull = Blend(), Blend()
    sharp.fit(lessons)
    quiet = small_business(sales_a_day=4)
    dull.fit([Example(case.evidence if not case.answer["causes"] else quiet, case.answer) for case in lessons])
    assert sharp.silent_[True] < 0.2
    assert sharp.silent_[False] > 0.8
    assert dull.silent_[True] == dull.silent_[False]
    assert sharp.diagnose(quiet).hypotheses == ()


@pytest.mark.slow
def test_the_blend_trusts_the_specialist_as_far_as_training_bears_it_out(
    lessons: list[Example], broken_business: Evidence
) -> None:
    fitted, misled = load("blend"), load("blend")
    fitted.fit(lessons)
    misled.fit([Example(case.evidence, {"causes": []}) for case in lessons])
    right, wrong = (detector.diagnose(broken_business).hypotheses[0] for detector in (fitted, misled))
    assert right.cause == wrong.cause == CAUSE
    assert right.probability > 0.8 > wrong.probability
    assert right.onset is not None
    assert fitted.diagnose(small_business(sales_a_day=4)).hypotheses == ()
