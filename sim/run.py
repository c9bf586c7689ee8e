"""Run a case: found the business, install its events at their onset, and let time pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from . import decoys, faults
from .clock import DAY
from .faults.contract import Event, Scope, lacks, settle
from .founding import World
from .memory import collector_rests
from .profile import Case, EventConfig


def run(case: Case, *, without: Collection[str] = (), until_day: int | None = None) -> World:
    """Simulate `case` without the events named in `without`, until the evening of `until_day` (default: the last day).

    Equal arguments give equal worlds. Breaches of business rules stay inside as records. Raises ValueError when an
    event is unknown, starts after the window, has a parameter out of range, or does not fit the business.
    """
    with collector_rests():  # a run makes no cycles to collect
        return _run(case, without, until_day)


def _run(case: Case, without: Collection[str], until_day: int | None) -> World:
    world = World(case)
    last = world.calendar.days - 1 if until_day is None else min(until_day, world.calendar.days - 1)
    for minute, config, event in _schedule(case, world):
        if config.name in without or minute > last * DAY:
            continue
        world.clock.run(minute)
        event.install(world, settle(event, config.parameters), Scope(config, world))
    world.clock.run((last + 1) * DAY)
    # The shop knows the evening's last orders although nobody has downloaded them.
    world.operations.take_orders((last + 1) * DAY)
    return world


def onset_day(config: EventConfig, world: World) -> int:
    """The day number on which an event begins; 0 for "from founding"."""
    if not config.onset:
        return 0
    return max(0, world.calendar.day(dt.date.fromisoformat(config.onset)))


def _schedule(case: Case, world: World) -> list[tuple[int, EventConfig, Event]]:
    """Events in order of onset, then name. They begin at midnight, so nothing of the day before is touched."""
    known: dict[str, Event] = {**faults.discover(), **decoys.discover()}
    schedule = []
    for config in (*case.scenario.faults, *case.scenario.decoys):
        if config.name not in known:
            raise ValueError(f"{config.name}: no such fault or decoy; known are {', '.join(known)}")
        day = onset_day(config, world)
        if day >= world.calendar.days:
            raise ValueError(f"{config.name}: onset {config.onset} is after the end of the window")
        event, profile = known[config.name], case.profile
        missing = lacks(event, profile)
        if missing:
            raise ValueError(f"{config.name}: needs {', '.join(missing)}, which {profile.name} does not have")
        schedule.append((day * DAY, config, event))
    return sorted(schedule, key=lambda entry: (entry[0], entry[1].name))
