"""Goods that really turn up again."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import ADJUST, ADJUSTMENT, document, root
from ..people.operations.warehouse import FOUND


class FoundBehindTheRack:
    """Units that a count had given up turn up, and are put back on the books by an adjustment.

    Cause: The warehouse tidies up, and finds single units behind racks and in wrong bins.

    Operations: A unit more lies on the shelf.

    Cin7: Small positive adjustments with a reason, at average cost, without any credit note.

    Integration: Everything is Completed.

    Ledger: Inventory rises by their cost, the discrepancy account gives back what it bore when they were lost.

    Mistaken for: Returns that were put on the books without crediting anybody.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: genuine found stock, small and with a reason.
    """

    layer = "operations"
    headline = ""
    looks_like = "restock_without_credit_note"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.3, 0.0, 1.0, "share of working days on which a unit turns up, at each place")}
    inert = {"share": 0.0}
    needs = ("own shelf",)
    confined_by = ("location",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the team of a place comes across."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        finds, draw = policies.finds_lost, world.draws.stream("event/tidying up")

        def tidies_up(place: int) -> bool:
            day, index = place >> 3, place & 7
            if not (draw.happens(share, place) and scope.acts(day) and scope.touches("location", index)):
                return finds(place)
            marks.note("found_behind_the_rack", document(root(ADJUSTMENT, day << 8 | index << 4 | FOUND), ADJUST), clock.now)
            return True

        policies.finds_lost = tidies_up
