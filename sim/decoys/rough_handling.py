"""Goods that really are damaged and thrown away."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import ADJUST, ADJUSTMENT, document, root


class RoughHandling:
    """More units than usual are damaged, thrown away and adjusted, with whatever reason comes to mind.

    Cause: A careless forklift, a leaking roof, new people.

    Operations: The units are in the bin.

    Cin7: Small negative adjustments, single units, with vague reasons; on hand is what lies on the shelf.

    Integration: Everything is Completed.

    Ledger: The discrepancy account bears what was lost, in the month in which it was.

    Mistaken for: Adjustments that stand for something else which nobody looked for.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix in the records; a roof.

    Source: The fault catalogue's own list of look-alikes: genuine shrinkage and damage, small and with a reason; the reasons
    that staff write in UCI Online Retail.
    """

    layer = "operations"
    headline = ""
    looks_like = "stock_adjustment_masks_cause"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.5, 0.0, 1.0, "share of working days on which a unit is damaged, at each place")}
    inert = {"share": 0.0}
    needs = ("own shelf",)
    confined_by = ("location",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend how much is damaged."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        finds, draw = policies.finds_damaged, world.draws.stream("event/rough handling")

        def breaks(place: int) -> bool:
            day, index = place >> 3, place & 7
            if not (draw.happens(share, place) and scope.acts(day) and scope.touches("location", index)):
                return finds(place)
            marks.note("rough_handling", document(root(ADJUSTMENT, day << 8 | index << 4 | 2), ADJUST), clock.now)
            return True

        policies.finds_damaged = breaks
