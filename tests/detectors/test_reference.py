"""What the house's detectors find, and what they rightly leave alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from support import worlds

from detectors.contract import Diagnosis, Example
from detectors.evidence import Evidence
from detectors.helpers import sale_documents
from detectors.loading import load
from detectors.reference.ledger_accountant import margin_rise
from detectors.samples import sample_key, small_business
from sim import causes
from sim.arrow import Disguise
from sim.founding import World
from sim.profile import EventConfig
from sim.run import run

CAUSE = "invoice_authorised_shipment_incomplete"
DECOY = "invoiced_before_month_end_shipped_after"


def diagnose(name: str, evidence: Evidence) -> Diagnosis:
    return load(name).diagnose(evidence)


# --- specialist ----------------------------------------------------------------------------------------------


def roots(world: World) -> dict[str, int]:
    """Key and minute of every shipment that the fault left open."""
    disguise = Disguise(world.draws)
    return {disguise.id("document", mark.key): mark.at for mark in world.marks.rows if mark.event == CAUSE}


def test_the_specialist_finds_the_open_shipments_of_a_simulated_case(broken: Evidence, broken_world: World) -> None:
    (found,) = diagnose("specialist", broken).hypotheses
    true = roots(broken_world)
    assert (found.cause, found.layer, found.role) == (CAUSE, "operations", "cause")
    assert found.onset == broken.calendar.start + dt.timedelta(min(true.values()) // (24 * 60))
    cited = set(found.evidence)
    assert len(cited & true.keys()) / len(cited) > 0.97
    # What the carrier's papers name by our number is found whole; a number left out or misread is nobody's to match.
    sales = sale_documents(broken)
    named = sales[sales["external_id"].isin(broken.table("operations/carrier_shipments")["order_reference"])]
    assert true.keys() & set(named["shipment_key"]) <= cited
    assert len(cited & true.keys()) / len(true) > 0.9
    assert found.chain[1] in true
    assert found.probability > 0.9


def test_the_amount_is_what_open_shipments_cost() -> None:
    (found,) = diagnose("specialist", small_business(left_open=range(90, 150, 7))).hypotheses
    assert found.amount_cents == 9 * 1_600
    assert set(found.evidence) == {sample_key("ship", n) for n in range(90, 150, 7)}
    assert found.chain[:3] == tuple(sample_key(kind, 90) for kind in ("sale", "ship", "invoice"))
    assert found.onset == dt.date(2025, 3, 5)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_everyday_noise_and_the_decoy_are_left_alone(seed: int, seen: Callable[[World], Evidence]) -> None:
    world = run(worlds.case(seed, months=4, orders=2_000, decoys=(EventConfig(DECOY),)))
    evidence = seen(world)
    # On the evening of a month-end the decoy's sales stand invoiced with their shipment in DRAFT.
    for evening in (*evidence.month_ends, dt.date(2025, 5, 15)):
        known = evidence.as_of_date(evening)
        assert diagnose("specialist", known).hypotheses == ()
        assert diagnose("specialist", known.restrict(["cin7"])).hypotheses == ()
    assert diagnose("ledger_accountant", evidence).hypotheses == ()


def test_one_or_two_forgotten_shipments_are_an_oversight() -> None:
    assert diagnose("specialist", small_business(left_open=[20, 60])).hypotheses == ()
    assert diagnose("specialist", small_business(left_open=[20, 60, 61])).causes == (CAUSE,)


def test_the_specialist_is_less_sure_without_the_carrier_and_silent_without_cin7(broken: Evidence) -> None:
    (whole,) = diagnose("specialist", broken).hypotheses
    (part,) = diagnose("specialist", broken.restrict(["cin7", "ledger"])).hypotheses
    assert part.probability < whole.probability
    assert "operations not visible" in part.note
    assert "operations not visible" not in whole.note
    assert len(part.chain) == 3, "without the integration nobody knows what became of the invoice"
    assert len(whole.chain) == 4
    blind = diagnose("specialist", broken.restrict(["operations", "integration", "ledger"]))
    assert blind.hypotheses == ()
    assert blind.layers == ("operations", "integration", "ledger")


def test_shipments_entered_weeks_late_are_found_and_cost_nothing_any_more() -> None:
    business = small_business(left_open=range(90, 100))
    tables = {name: business.table(name) for name in business.names}
    late = {sample_key("ship", n) for n in range(90, 100)}
    entered = pd.DataFrame(
        {
            "document_key": sorted(late),
            "document_type": "Shipment",
            "status": "AUTHORISED",
            "at": pd.Timestamp("2025-03-31 16:45"),
        }
    )
    tables["cin7/document_status_log"] = pd.concat([tables["cin7/document_status_log"], entered], ignore_index=True)
    shipments = tables["cin7/shipments"]
    shipments.loc[shipments["document_key"].isin(late), "status"] = "AUTHORISED"
    (found,) = diagnose("specialist", Evidence.of(tables, business.calendar)).hypotheses
    assert set(found.evidence) == late
    assert found.amount_cents == 0


def test_a_parcel_that_never_left_is_not_blamed_on_the_shipment() -> None:
    """Invoiced, shipment open, and no carrier's paper: the goods stand on the shelf, which is another fault."""
    business = small_business(left_open=range(90, 100))
    tables = {name: business.table(name) for name in business.names}
    papers = tables["operations/carrier_shipments"]
    gone = {f"#{n:06d}" for n in range(90, 100)}
    tables["operations/carrier_shipments"] = papers[~papers["order_reference"].isin(gone)]
    assert diagnose("specialist", Evidence.of(tables, business.calendar)).hypotheses == ()
    # A label without reference, on the day and with the units of one of them, speaks for one of them only.
    nameless = papers[papers["order_reference"].isin(gone)].assign(order_reference=None)
    for count, answers in ((2, 0), (10, 1)):
        tables["operations/carrier_shipments"] = pd.concat(
            [papers[~papers["order_reference"].isin(gone)], nameless.head(count)], ignore_index=True
        )
        assert len(diagnose("specialist", Evidence.of(tables, business.calendar)).hypotheses) == answers


# --- ledger accountant ---------------------------------------------------------------------------------------


def test_the_accountant_sees_cost_of_sales_that_was_never_booked() -> None:
    (found,) = diagnose("ledger_accountant", small_business(months=6, left_open=range(150, 220, 4))).hypotheses
    assert (found.cause, found.layer) == (CAUSE, "operations")
    assert found.evidence == found.chain == ()
    assert found.amount_cents == 18 * 1_600
    assert found.onset is not None
    assert abs((found.onset - dt.date(2025, 4, 15)).days) <= 1
    assert "gross margin of the month to" in found.note


def test_the_accountant_is_silent_on_healthy_books_and_without_a_ledger(healthy: Evidence) -> None:
    assert diagnose("ledger_accountant", healthy).hypotheses == ()
    assert diagnose("ledger_accountant", small_business()).hypotheses == ()
    hidden = diagnose("ledger_accountant", small_business(left_open=range(90, 150, 3)).restrict(["cin7"]))
    assert (hidden.hypotheses, hidden.layers) == ((), ())


def test_a_month_stands_out_only_above_its_own_history() -> None:
    assert margin_rise(pd.Series([0.59, 0.60, 0.59, 0.60])) is None
    assert margin_rise(pd.Series([0.59, 0.60, 0.59, 0.63])) == (3, 0.59)
    assert margin_rise(pd.Series([0.55, 0.65, 0.50, 0.68])) is None, "a margin that always swings"
    assert margin_rise(pd.Series([0.60, 0.60, 0.50])) is None, "a fall is no unbooked cost"
    assert margin_rise(pd.Series([0.50, 0.60])) is None, "one month is no history"


# --- floors --------------------------------------------------------------------------------------------------


def test_none_says_nothing(broken: Evidence) -> None:
    assert diagnose("none", broken).hypotheses == ()


def test_majority_says_what_was_most_frequent_in_training(healthy: Evidence) -> None:
    def example(*named: str) -> Example:
        return Example(healthy, {"causes": [{"name": name, "layer": "cin7"} for name in named]})

    detector = load("majority")
    assert detector.diagnose(healthy).hypotheses == ()
    detector.fit([example("b"), example("b", "a"), example()])
    (said,) = detector.diagnose(healthy).hypotheses
    assert (said.cause, said.layer, said.probability) == ("b", "cin7", 2 / 3)
    detector.fit([example("a"), example("b")])
    assert detector.diagnose(healthy).causes == ("a",), "ties go to the first in the alphabet"
    detector.fit([example("a"), example(), example()])
    assert detector.diagnose(healthy).hypotheses == (), "healthy is an answer too"
    detector.fit([])
    assert detector.diagnose(healthy).hypotheses == (), "what was learnt before is forgotten"


def test_random_guesses_differ_between_businesses_and_not_between_runs() -> None:
    businesses = [small_business(months=1, sales_a_day=n) for n in range(1, 13)]
    guesses = [diagnose("random", business) for business in businesses]
    assert guesses == [diagnose("random", business) for business in businesses]
    named = [guess.causes for guess in guesses]
    assert len(set(named)) > 1
    assert {cause for causes_ in named for cause in causes_} <= causes.causes().keys()
