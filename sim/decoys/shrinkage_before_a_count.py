"""Goods that really vanish, and that the next count brings to light."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import ADJUSTMENT, root
from ..operations.world import VANISHED
from ..people.operations.warehouse import COUNT_CYCLE_WEEKS, COUNT_WEEKDAY


class ShrinkageBeforeACount:
    """Now and then a few units of a product vanish, the day before its turn in the weekly count.

    Cause: Theft, or goods given away without a note.

    Operations: The shelf holds less; the count sheet says so the next morning.

    Cin7: The count books a negative variance of a few units, and on hand is what lies there.

    Integration: Everything is Completed.

    Ledger: The discrepancy account bears the loss in the month in which it happened. No later count finds it again.

    Mistaken for: Counts that book as missing what was merely packed.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix in the records; a lock on the door.

    Source: The fault catalogue's own list of look-alikes: real shrinkage.
    """

    layer = "operations"
    headline = ""
    looks_like = "stocktake_overwrites_inflight"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.6, 0.0, 1.0, "share of weeks in which units vanish before the count")}
    inert = {"share": 0.0}
    needs = ("own shelf",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what vanishes."""
        policies, marks, clock, calendar = world.operations.policies, world.marks, world.clock, world.calendar
        vanish, share, draw = policies.vanish, values["share"], world.draws.stream("event/open door")
        shelf = world.operations.houses[0].shelf

        def steals(day: int) -> tuple[int, int]:
            counted = calendar.workday_from(day + 1)
            if calendar.weekday(counted) != COUNT_WEEKDAY or not (draw.happens(share, day) and scope.acts(day)):
                return vanish(day)
            part = range(counted // 7 % COUNT_CYCLE_WEEKS, len(shelf), COUNT_CYCLE_WEEKS)
            sku, units = part[draw.between(0, len(part) - 1, day, 1)], draw.between(*_UNITS, day, 2)
            if shelf[sku] < units:
                return vanish(day)
            marks.note("shrinkage_before_a_count", root(ADJUSTMENT, day << 8 | VANISHED), clock.now)
            return sku, units

        policies.vanish = steals


_UNITS = (1, 4)
"""Units that vanish at a time (assumption)."""
