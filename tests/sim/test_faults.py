"""Every fault and decoy keeps the promises of its contract; and every check of a promise can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from support import worlds

from scenarios.loader import load_profile
from sim import conformance, decoys, faults, keys
from sim.clock import DAY
from sim.conformance import PROMISES, Business, Trial
from sim.faults.contract import Event, Parameter, Scope, cause_of, lacks, name_of, settle
from sim.founding import World
from sim.operations.shop import channel_of
from sim.profile import Case, EventConfig
from sim.run import run

EVENTS = faults.discover() | decoys.discover()
NAMES = sorted(EVENTS)


FITTING = ("amazon_first", "wholesale_giftware", "manufacturer", "omnichannel", "dropship_catalogue")
"""Profiles to try an event in that the apparel shop is no place for, the cheapest first."""


@cache
def business(profile: str, seed: int, months: int = 6, orders: int = 3_000) -> Business:
    """A healthy business, shared by all events that are tried in it."""
    return Business(worlds.case(seed, months, orders, of=load_profile(profile)))


def home_of(name: str) -> str:
    """The profile in which an event is tried first."""
    return next(profile for profile in ("d2c_apparel", *FITTING) if not lacks(EVENTS[name], load_profile(profile)))


QUICK = ("check_before_onset", "check_has_effect", "check_lineage", "check_silent", "check_documented")
"""Promises that one run beside the shared twin can show."""


@pytest.mark.parametrize("name", sorted(faults.discover())[::4])
def test_keeps_its_first_promises(name: str) -> None:
    """A quarter of the faults, so that whoever breaks what all need sees it soon; the slow tests try all, with all promises."""
    assert conformance.check_event(name, business(home_of(name), 2), QUICK) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_keeps_every_promise(name: str) -> None:
    """At home, on one seed; `benchmarks/promises.py` tries every profile it fits, over as many seeds as one likes."""
    assert conformance.check_event(name, business(home_of(name), 2)) == []


def test_every_fault_has_a_decoy() -> None:
    assert {event.looks_like for event in decoys.discover().values()} == set(faults.discover())


@pytest.mark.parametrize("name", NAMES)
def test_is_found_under_the_name_of_its_file(name: str) -> None:
    event = (faults.discover() | decoys.discover())[name]
    assert name_of(event) == name
    assert cause_of(event).name == name


# --- parameters and onset ------------------------------------------------------------------------------------


def test_parameters_default_and_are_checked() -> None:
    event = faults.discover()["invoice_authorised_shipment_incomplete"]
    assert settle(event, {}) == {name: parameter.default for name, parameter in event.parameters.items()}
    assert settle(event, {"share": 0.5})["share"] == 0.5
    with pytest.raises(ValueError, match="share: 2 is not a number from 0 to 1"):
        settle(event, {"share": 2})
    with pytest.raises(ValueError, match=r"shere: unknown; .* has share"):
        settle(event, {"shere": 0.5})
    with pytest.raises(ValueError, match="is not a number"):
        settle(event, {"share": True})


def test_an_onset_before_the_window_means_from_founding() -> None:
    before, founding = (
        run(worlds.case(1, 2, 600, faults=(EventConfig("invoice_authorised_shipment_incomplete", onset),)))
        for onset in ("2024-01-01", "")
    )
    assert before.marks.rows == founding.marks.rows
    assert before.marks.rows


def test_an_onset_after_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="after the end of the window"):
        run(worlds.case(1, 2, 600, faults=(EventConfig("invoice_authorised_shipment_incomplete", "2025-05-01"),)))


def test_entered_late_means_entered_after_all() -> None:
    config = EventConfig("invoice_authorised_shipment_incomplete", "", parameters={"share": 0.5, "entered_after_days": 5})
    world = run(worlds.case(1, 2, 600, faults=(config,)))
    booked = {row.document_key: row.recorded_at for row in worlds.facts(world, "cin7/inventory_movements")}
    early = [mark for mark in world.marks.rows if mark.at < 30 * DAY]
    assert early
    for mark in early:
        assert 5 * DAY <= booked[mark.key] - mark.at + DAY <= 12 * DAY


# --- what an event is confined to -----------------------------------------------------------------------------

FIRST = "invoice_authorised_shipment_incomplete"


def marked(config: EventConfig, profile: str = "omnichannel") -> list[tuple[int, int]]:
    """Channel and day of each mark of a fault in a business of two months."""
    scenario = worlds.case(3, 2, 900, faults=(config,)).scenario
    rows = run(Case(scenario, load_profile(profile), 3)).marks.rows
    return [(channel_of(mark.key), mark.at // DAY) for mark in rows]


def test_it_acts_on_what_it_is_confined_to_alone() -> None:
    channels = [channel.name for channel in load_profile("omnichannel").channels]
    everywhere = marked(EventConfig(FIRST, parameters={"share": 1.0}))
    there = marked(EventConfig(FIRST, parameters={"share": 1.0}, only={"channel": channels[:1]}))
    assert len({channel for channel, _ in everywhere}) > 1
    assert there
    assert {channel for channel, _ in there} == {0}


def test_it_acts_until_the_day_it_ends() -> None:
    days = [day for _, day in marked(EventConfig(FIRST, until="2025-04-01", parameters={"share": 1.0}), "d2c_apparel")]
    assert days
    assert max(days) < 31


def test_it_comes_and_goes_by_the_week() -> None:
    always, at_times = (
        {day // 7 for _, day in marked(EventConfig(FIRST, weeks=weeks, parameters={"share": 1.0}), "d2c_apparel")}
        for weeks in (1.0, 0.5)
    )
    assert set() < at_times < always


def test_it_does_not_fit_a_business_that_lacks_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    event = _Toy(lambda world, values: None, needs=("manufacturing",))
    monkeypatch.setitem(faults.discover(), "toy", event)
    with pytest.raises(ValueError, match="toy: needs manufacturing, which d2c_apparel does not have"):
        run(worlds.case(1, 2, 600, faults=(EventConfig("toy"),)))
    run(worlds.maker_case(1, 1, 300))
    assert not lacks(event, worlds.maker_case(1, 1, 300).profile)


@pytest.mark.parametrize("name", NAMES)
def test_severity_moves_a_parameter_within_its_range(name: str) -> None:
    event = (faults.discover() | decoys.discover())[name]
    told = [parameter for parameter in event.parameters.values() if parameter.mild is not None]
    for parameter in told:
        assert parameter.low <= parameter.at(0.0) <= parameter.high
        assert parameter.low <= parameter.at(1.0) <= parameter.high
        assert parameter.at(0.0) != parameter.at(1.0)
    assert told or event.looks_like, "a sampler needs to know what makes a fault worse"


# --- every check can fail -------------------------------------------------------------------------------------


class _Toy:
    """A fault that keeps every promise until a test bends it.

    Cause: A toy.
    Operations: Nothing.
    Cin7: Nothing.
    Integration: Nothing.
    Ledger: Nothing.
    Mistaken for: Nothing.
    Hidden by: Nothing.
    Fixed by: Nothing.
    Source: This test.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages: tuple[int, ...] = (1, 2, 4, 6)
    may_reach: tuple[int, ...] = ()
    inert: Mapping[str, float] = {"share": 0.0}
    needs: tuple[str, ...] = ()
    confined_by: tuple[str, ...] = ()
    must_break: tuple[str, ...] = ("invoiced_is_shipped",)
    may_break: tuple[str, ...] = ()

    def __init__(self, install: Callable[[World, Mapping[str, float]], None], **bent: Any) -> None:
        self.parameters = {"share": Parameter(0.2, 0.0, 1.0, "share")}
        self._install = install
        for name, value in bent.items():
            setattr(self, name, value)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        del scope
        self._install(world, values)


def _leave_open(world: World, values: Mapping[str, float], *, mark: bool = True, always: bool = False) -> None:
    policies, delay = world.work, world.work.shipment_entry_delay

    def bent(key: int, day: int) -> int | None:
        if not always and (values["share"] == 0.0 or keys.identity_of(key) % 5):
            return delay(key, day)
        if mark:
            world.marks.note("toy", key, world.clock.now)
        return None

    policies.shipment_entry_delay = bent


def _name_itself(world: World, values: Mapping[str, float]) -> None:
    _leave_open(world, values)
    world.cin7.books.settings.set(world.clock.now, "toy", "", "on", 0)


def _touch_the_past(world: World, values: Mapping[str, float]) -> None:
    _leave_open(world, values)
    if values["share"]:
        world.cin7.books.settings.set(0, "Sales process", "", "x", 0)


_COUNTER = iter(range(1_000))


def _count_calls(world: World, values: Mapping[str, float]) -> None:
    """Remembers how often it was installed, which no honest event does."""
    _leave_open(world, values)
    world.cin7.books.settings.set(world.clock.now, "Batch", "", str(next(_COUNTER)), 0)


BENT: dict[str, tuple[Callable[..., None], dict[str, Any]]] = {
    "check_inert": (lambda world, values: _leave_open(world, values, always=True), {}),
    "check_deterministic": (_count_calls, {}),
    "check_before_onset": (_touch_the_past, {}),
    "check_has_effect": (lambda world, values: None, {}),
    "check_lineage": (lambda world, values: _leave_open(world, values, mark=False), {}),
    "check_invariants": (_leave_open, {"must_break": (), "may_break": ()}),
    "check_composes": (lambda world, values: None, {}),
    "check_silent": (_name_itself, {}),
    "check_documented": (_leave_open, {"layer": "operations", "parameters": {"share": Parameter(2.0, 0.0, 1.0, "")}}),
    "check_stages": (_leave_open, {"stages": (1, 2, 3)}),
}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trial]:
    def install(bend: Callable[..., None], **bent: Any) -> Trial:
        event: Event = _Toy(bend, **bent)
        monkeypatch.setitem(faults.discover(), "toy", event)
        return Trial("toy", Business(worlds.case(2, 4, 1_500)))

    return install


@pytest.mark.parametrize("promise", sorted(set(PROMISES) - set(BENT) - {"check_identity", "check_citable"}) + sorted(BENT))
def test_the_check_notices_a_broken_promise(toy: Callable[..., Trial], promise: str) -> None:
    bend, bent = BENT[promise]
    assert list(getattr(toy(bend, **bent), promise)()) != []


def test_the_check_of_citations_notices_what_stands_nowhere(toy: Callable[..., Trial]) -> None:
    trial = toy(_leave_open)
    assert list(trial.check_citable()) == []
    answer = trial.simulation.answer
    answer["causes"][0]["documents"].append("nowhere")
    answer["aliases"]["elsewhere"] = answer["causes"][0]["documents"][0]
    assert len(list(trial.check_citable())) == 2


def test_the_identity_check_notices_a_lost_cent(toy: Callable[..., Trial]) -> None:
    simulation = toy(_leave_open).simulation
    assert list(simulation.unexplained()) == []
    entries = simulation.recorded.ledger
    entries.loc[entries.index[-1], "cents"] += 1
    assert list(simulation.unexplained()) != []
