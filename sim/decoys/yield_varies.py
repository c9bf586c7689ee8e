"""A workshop whose yield varies."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class YieldVaries:
    """Batches use a unit more or a unit fewer of their components than they should, as often the one as the other.

    Cause: A new hand in the workshop measures less exactly.

    Operations: The production log shows a unit more here and one fewer there; over many batches it comes to nothing.

    Cin7: Assemblies issue what the bill of materials says. Counts find a unit too many or too few.

    Integration: Everything is Completed.

    Ledger: Small amounts in the discrepancy account, with either sign.

    Mistaken for: A bill of materials that asks for the wrong quantity.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: yield variance with a mean of zero.
    """

    layer = "operations"
    headline = ""
    looks_like = "bom_quantity_or_disassembly_cost_error"
    stages = ()
    may_reach = (6,)
    parameters = {"share": Parameter(0.6, 0.0, 1.0, "share of a batch's components of which one unit more or fewer is used")}
    inert = {"share": 0.0}
    needs = ("manufacturing",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the workshop uses beyond its recipes."""
        workshop, marks, clock, share = world.operations.workshop, world.marks, world.clock, values["share"]
        usual, draw = workshop.uses_more, world.draws.stream("event/uneven batches")

        def uneven(issue: int) -> int:
            if not scope.acts(clock.now // DAY) or not draw.happens(share, issue):
                return usual(issue)
            marks.note("yield_varies", keys.document_of(issue), clock.now)
            return 1 if draw.uniform(issue, 1) < _HALF else -1

        if share:
            workshop.uses_more = uneven


_HALF = 0.5
"""As often too much as too little."""
