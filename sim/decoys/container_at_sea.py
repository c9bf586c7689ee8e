"""Imports that take longer, and come."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import supplier_of


class ContainerAtSea:
    """Goods billed ahead are under way for weeks longer than usual.

    Cause: Ships go around, ports are full; the supplier's bill came on time.

    Operations: The forwarder's notices announce a later date; the container comes.

    Cin7: The purchase is INVOICED and nothing is received, for weeks.

    Integration: Everything is Completed.

    Ledger: Goods in transit are larger than usual, rightly: that is where they are.

    Mistaken for: Purchases that are in the building and were never booked in whole.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a new date on the purchase would spare questions.

    Source: The fault catalogue's own list of look-alikes: a container truly at sea.
    """

    layer = "operations"
    headline = ""
    looks_like = "ginr_stuck_in_transit"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.6, 0.0, 1.0, "share of imports that take longer")}
    inert = {"share": 0.0}
    needs = ("bill first", "accrual")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the time at sea."""
        policies, marks, clock, share = world.operations.suppliers.policies, world.marks, world.clock, values["share"]
        sails, draw = policies.sails_longer, world.draws.stream("event/ports full")

        def around_the_cape(purchase: int, day: int) -> int:
            touched = scope.acts(day) and scope.touches("supplier", supplier_of(purchase))
            if not (touched and draw.happens(share, purchase)):
                return sails(purchase, day)
            marks.note("container_at_sea", purchase, clock.now)
            return draw.between(*_DAYS, purchase, 1)

        policies.sails_longer = around_the_cape


_DAYS = (10, 25)
"""Further days at sea (assumption: around the Cape of Good Hope instead of through Suez, and a full port)."""
