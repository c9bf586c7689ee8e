"""The told scenarios: what the library covers, what a story has to say, and that it goes as far as it is told."""

from __future__ import annotations

from functools import cache

import pytest

from scenarios import loader
from sim import decoys, faults
from sim.faults.contract import Event
from sim.profile import Scenario
from sim.run import Without, run_with_twins
from sim.truth import stages
from sim.truth.effects import effects
from sim.truth.records import Recorded

LAYERS = {"operations", "cin7", "integration", "ledger"}
HOW_FAR: dict[str, tuple[int, set[str]]] = {
    "a_quiet_week_in_june": (6, {"clearing_to_zero"}),
    "adjusted_until_it_agrees": (6, set()),
    "an_account_stands_still": (4, set()),
    "an_asset_nobody_can_name": (1, set()),
    "clearing_climbs_with_sales": (5, {"clearing_to_zero"}),
    "colon_named_skus": (6, {"skip"}),
    "freight_months_later": (6, {"recurring_journal"}),
    "import_stuck_in_transit": (4, set()),
    "not_closed_since_may": (6, {"skip"}),
    "orphaned_payouts": (4, {"recurring_journal"}),
    "paid_but_never_billed": (6, {"recurring_journal"}),
    "po_price_revision_after_lock": (6, {"recurring_journal"}),
    "poor_margins_that_recover": (6, set()),
    "returns_handled_twice_over": (5, set()),
    "the_slow_break": (6, {"recurring_journal", "spend_money", "spreadsheet"}),
    "the_store_is_empty_on_the_screen": (6, {"clearing_to_zero"}),
    "the_supplier_says_nothing_is_open": (6, {"recurring_journal"}),
    "told_every_monday": (6, set()),
    "too_good_a_spring": (6, {"clearing_to_zero"}),
    "two_colours_never_agree": (6, {"stock_adjustment"}),
    "unshipped_invoices": (6, set()),
    "waiting_for_the_rest": (2, set()),
    "warnings_cleared_every_morning": (1, set()),
    "waste_that_costs_nothing": (3, set()),
    "wax_that_keeps_turning_up": (6, set()),
}
"""The furthest stage that each story with a fault tells of, and how people hid it. Who changes the business so that a line
here is no longer true reads that story again."""


@cache
def told() -> dict[str, Scenario]:
    """The library without the healthy business of each profile."""
    return {name: loader.load_scenario(name) for name in loader.library() if not name.startswith("healthy_")}


def origins(scenario: Scenario) -> set[str]:
    known: dict[str, Event] = dict(faults.discover())
    return {known[config.name].layer for config in scenario.faults}


def test_every_profile_and_every_layer_of_origin_is_told_of() -> None:
    broken = [scenario for scenario in told().values() if scenario.faults]
    assert {scenario.profile for scenario in broken} == set(loader.profiles())
    assert set().union(*map(origins, broken)) == LAYERS
    assert sum(len(scenario.faults) > 1 for scenario in broken) >= 4, "causes that come together"


def test_every_stage_is_the_furthest_of_some_story() -> None:
    assert set(HOW_FAR) == {name for name, scenario in told().items() if scenario.faults}
    assert {stage for stage, _ in HOW_FAR.values()} == {1, 2, 3, 4, 5, 6}


def test_some_stories_have_no_cause_at_all() -> None:
    benign = [scenario for scenario in told().values() if not scenario.faults]
    assert sum(bool(scenario.decoys) for scenario in benign) >= 3
    assert any(not scenario.decoys for scenario in benign)


@pytest.mark.parametrize("name", [name for name in loader.library() if not name.startswith("healthy_")])
def test_a_story_tells_the_trainer_what_to_do_with_it_and_is_not_named_after_its_cause(name: str) -> None:
    scenario, catalogue = told()[name], {*faults.discover(), *decoys.discover()}
    story = " ".join(scenario.story.split()).lower()
    assert name not in catalogue
    assert not any(event in story for event in catalogue), "words of the catalogue say nothing to a trainer"
    assert "for the trainer" in story or "the facilitator's note" in story or "facilitator's note" in story
    assert "the right fix" in story or "the right answer" in story or "there is none" in story


@pytest.mark.slow
@pytest.mark.parametrize("name", HOW_FAR)
def test_a_story_goes_as_far_as_it_is_told(name: str) -> None:
    scenario = told()[name]
    every = Without(event.name for event in (*scenario.faults, *scenario.decoys))
    world, kept = run_with_twins(loader.case(scenario), {every}, lambda of, _: Recorded(of))
    ours, twin = Recorded(world), kept[every]
    revenue = -int(twin.true.loc[twin.true["account"].isin(world.accounts_for("sales")), "cents"].sum())
    typical = revenue // len(world.calendar.month_ends)
    marks = [mark for mark in world.marks.rows if mark.event in {config.name for config in scenario.faults}]
    found = stages.find(world, ours, twin, marks, effects(ours, twin), typical)
    furthest, masks = HOW_FAR[name]
    assert max(stage.stage for stage in found if stage.reached) == furthest
    assert world.team is not None
    assert {act.kind for act in world.team.acts} - {"distrust"} == masks
