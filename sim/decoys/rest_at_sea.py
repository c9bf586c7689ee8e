"""The rest of a purchase that takes its time, and comes."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import supplier_of


class RestAtSea:
    """The rest of a short delivery comes later than usual, and does come.

    Cause: The supplier ships what was missing with the next container.

    Operations: The supplier's papers announce the rest; it arrives some weeks later.

    Cin7: The purchase stays RECEIVING with units on order past its date, rightly.

    Integration: Nothing.

    Ledger: Nothing.

    Mistaken for: Purchases whose rest never comes and that nobody closes.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a new date on the purchase would spare questions.

    Source: The fault catalogue's own list of look-alikes: a genuine import on the water, a blanket order.
    """

    layer = "operations"
    headline = ""
    looks_like = "open_purchase_task"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of short deliveries whose rest comes late")}
    inert = {"share": 0.0}
    needs = ("stock first", "short deliveries")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the supplier's time for what was missing."""
        policies, marks, clock = world.operations.suppliers.policies, world.marks, world.clock
        rest_days, share = policies.rest_days, values["share"]
        draw = world.draws.stream("event/rests at sea")

        def later(purchase: int, day: int) -> int | None:
            usual = rest_days(purchase, day)
            if not (draw.happens(share, purchase) and scope.acts(day) and scope.touches("supplier", supplier_of(purchase))):
                return usual
            marks.note("rest_at_sea", purchase, clock.now)
            return draw.between(_DAYS[0], _DAYS[1], purchase, 1)

        policies.rest_days = later


_DAYS = (20, 30)
"""Days from the first delivery to the rest (assumption: before anybody gives it up)."""
