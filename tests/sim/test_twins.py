"""Twins share the past by forking the process: nothing but time may tell it from running each from the beginning."""

from __future__ import annotations

import datetime as dt
import os
from itertools import combinations

import msgspec
import numpy as np
import pytest
from support import worlds

from sim.founding import World
from sim.profile import Case, EventConfig
from sim.run import CAN_FORK, Without, branch, run, run_with_twins
from sim.simulate import Simulation
from sim.tables import Matrix
from sim.truth.impact import Impact, Papers

FAULT, DECOY = "invoice_authorised_shipment_incomplete", "invoiced_before_month_end_shipped_after"


def case(fault_from: str = "2025-03-20", decoy_from: str = "2025-04-02") -> Case:
    fault, decoy = EventConfig(FAULT, fault_from, parameters={"share": 0.3}), EventConfig(DECOY, decoy_from)
    return worlds.case(2, 3, 900, faults=(fault,), decoys=(decoy,))


ALL = [Without(names) for count in (1, 2) for names in combinations((FAULT, DECOY), count)]


def tables_of(world: World, _twin: Without | None = None) -> dict[str, Matrix]:
    return {table.name: table.matrix() for table in world.tables()}


def same(left: dict[str, Matrix], right: dict[str, Matrix]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


ONSETS = [("2025-03-20", "2025-04-02"), ("2025-04-02", "2025-04-02"), ("", "2025-05-30")]


@pytest.mark.parametrize(("fault_from", "decoy_from"), ONSETS)
@pytest.mark.parametrize("fork", [CAN_FORK, False])
def test_a_twin_is_the_run_without_the_event(fault_from: str, decoy_from: str, fork: bool) -> None:
    of = case(fault_from, decoy_from)
    world, kept = run_with_twins(of, ALL, tables_of, fork=fork)
    assert same(tables_of(world), tables_of(run(of)))
    assert set(kept) == set(ALL)
    for twin, tables in kept.items():
        assert same(tables, tables_of(run(of, without=twin)))
    assert not same(kept[ALL[0]], tables_of(world))


@pytest.mark.parametrize("fork", [CAN_FORK, False])
def test_a_branch_is_the_run_with_one_event_more(fork: bool) -> None:
    more = [EventConfig("open_purchase_task", "2025-04-02"), EventConfig(FAULT, "2025-04-02", parameters={"share": 0.5})]
    of = worlds.case(2, 3, 900, decoys=(EventConfig(DECOY, "2025-04-02"),))
    last = 75
    branches = branch(of, more, 32, last, tables_of, fork=fork)
    for config, found in zip(more, branches, strict=True):
        with_it = msgspec.structs.replace(of, scenario=msgspec.structs.replace(of.scenario, faults=[config]))
        assert same(found, tables_of(run(with_it, until_day=last)))


def test_a_business_without_events_has_no_twin_to_run() -> None:
    world, kept = run_with_twins(worlds.case(), [Without()], tables_of)
    assert kept == {}
    assert same(tables_of(world), tables_of(worlds.world()))


def test_what_goes_wrong_in_a_twin_is_told_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started, fork = [], os.fork

    def noted() -> int:
        started.append(fork())
        return started[-1]

    def fail(_world: World, twin: Without) -> int:
        raise ValueError(f"no room for {min(twin)}")

    monkeypatch.setattr(os, "fork", noted)
    with pytest.raises((RuntimeError, ValueError), match="no room for invoice"):
        run_with_twins(case(), ALL, fail)
    assert started
    for process in started:
        with pytest.raises(ChildProcessError):  # other tests may have children of their own
            os.waitpid(process, os.WNOHANG)


def test_prints_tell_documents_apart_and_nothing_else() -> None:
    of = case()
    ours, again, healthy = Papers(run(of)), Papers(run(of)), Papers(run(of, without=[FAULT, DECOY]))
    assert ours.apart(again) == 0
    assert ours.apart(healthy) == healthy.apart(ours) > 3


def test_impact_is_measured_for_faults_and_decoys_alike() -> None:
    simulation = Simulation(case(), gated=True)
    fault, decoy = simulation.impact_of(FAULT), simulation.impact_of(DECOY)
    assert fault.passes
    assert fault.cents > 0
    assert decoy.documents > 0
    assert decoy.cents == 0, "a decoy misstates nothing"
    still = worlds.case(2, 3, 900, faults=(EventConfig(FAULT, "2025-03-20", parameters={"share": 0.0}),))
    nothing = Simulation(still, gated=True).impact_of(FAULT)
    assert (nothing.documents, nothing.cents, nothing.passes) == (0, 0, False)


def test_the_gate_of_the_design() -> None:
    assert Impact(documents=3, cents=0, revenue=100_000).passes
    assert Impact(documents=1, cents=100, revenue=100_000).passes
    assert not Impact(documents=2, cents=99, revenue=100_000).passes
    assert not Impact(documents=0, cents=0, revenue=0).passes


def test_a_window_keeps_its_dates() -> None:
    simulation = Simulation(case())
    assert simulation.answer["causes"][0]["onset"] >= dt.date(2025, 3, 20).isoformat()
