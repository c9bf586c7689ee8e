"""Run a case: found the business, install its events at their onset, and let time pass."""

from __future__ import annotations

from .clock import DAY
from .founding import World
from .profile import Case


def run(case: Case, *, until_day: int | None = None) -> World:
    """Simulate `case` and return its world as of the evening of `until_day` (default: the last day).

    Equal cases give equal worlds. Raises nothing for business reasons: breaches stay inside as records.
    """
    world = World(case)
    last = world.calendar.days - 1 if until_day is None else min(until_day, world.calendar.days - 1)
    world.clock.run((last + 1) * DAY)
    return world
