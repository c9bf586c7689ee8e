"""The oracle finds what it can re-run, says nothing of a healthy business, and does not look at the truth."""

from __future__ import annotations

import msgspec
import pytest
from support import worlds

from benchmarks.oracle import Oracle, case_of
from scenarios.sampler import Sampler, describe
from scenarios.suite import load_suite
from sim.clock import DAY
from sim.profile import Case, EventConfig
from sim.run import run
from sim.truth.impact import rows_in_time

FAULT, DECOY = "invoice_authorised_shipment_incomplete", "dock_to_stock_delay"


def case(*faults: EventConfig) -> Case:
    return worlds.case(5, 3, 900, faults=faults)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [("operations", "cin7", "integration", "ledger"), ("ledger",)])
def test_a_cause_put_in_is_found_on_its_day(layers: tuple[str, ...]) -> None:
    of = case(EventConfig(FAULT, "2025-04-10", parameters={"share": 0.15}))
    said = Oracle(layers).diagnose(of)
    assert [one.cause for one in said.hypotheses] == [FAULT]
    world = run(of)
    assert said.hypotheses[0].onset == world.calendar.date(world.marks.rows[0].at // DAY)


def test_a_healthy_business_needs_no_explanation() -> None:
    assert Oracle().explain(case()) == []


@pytest.mark.slow
def test_a_look_alike_is_no_cause() -> None:
    of = worlds.case(5, 3, 900, decoys=(EventConfig(DECOY, "2025-03-10"),))
    oracle = Oracle()
    assert [one.event for one in oracle.explain(of)] == [DECOY]
    assert oracle.diagnose(of).hypotheses == ()


def test_every_row_has_the_minute_at_which_it_became_known() -> None:
    world = worlds.world()
    count = 0
    for prints, minutes in rows_in_time(world, ["operations", "cin7", "integration", "ledger"]):
        assert len(prints) == len(minutes)
        assert ((minutes >= 0) & (minutes < world.calendar.days * 24 * 60)).all()
        count += len(prints)
    assert count > 5_000


def test_a_case_comes_back_from_what_its_truth_says_of_it() -> None:
    sampler = Sampler(load_suite("smoke"))
    for place in sampler.plan()[:5]:
        sampled = sampler.draw(place)
        back = case_of(msgspec.json.decode(msgspec.json.encode({"sampled": describe(sampled)})))
        assert back.seed == sampled.case.seed
        assert msgspec.structs.replace(back.scenario, seed=0) == msgspec.structs.replace(sampled.case.scenario, seed=0)
