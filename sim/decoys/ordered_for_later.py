"""Orders that are to be sent on a later day."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import SALE, document
from ..operations.shop import channel_of


class OrderedForLater:
    """More customers order now what they want to have in some weeks; the stock is promised to them until then.

    Cause: Presents bought ahead, shops that order ahead of their season.

    Operations: The order names the day; the parcel leaves then.

    Cin7: Sales are ORDERED and allocated for weeks, with a date to ship by; available is lower than on hand, rightly.

    Integration: Everything is Completed.

    Ledger: Nothing, until the goods leave and are invoiced.

    Mistaken for: Sales whose customer has long cancelled.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: orders with a future date to ship by.
    """

    layer = "operations"
    headline = ""
    looks_like = "stale_allocation"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.05, 0.0, 1.0, "share of orders that are wanted later")}
    inert = {"share": 0.0}
    needs = ("own stock", "cancellations")
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend when customers want what they order."""
        marks, clock, share = world.marks, world.clock, values["share"]
        draw = world.draws.stream("event/wanted later")

        def wants_later(before: Callable[[int, int], int] | None) -> Callable[[int, int], int]:
            def plans(order: int, day: int) -> int:
                if not (draw.happens(share, order) and scope.acts(day) and scope.touches("channel", channel_of(order))):
                    return before(order, day) if before is not None else -1
                marks.note("ordered_for_later", document(order, SALE), clock.now)
                return day + draw.between(*_DAYS, order, 1)

            return plans

        for shop in world.operations.shops:
            if not shop.on_the_spot:
                shop.plans_ahead = wants_later(shop.plans_ahead)


_DAYS = (10, 30)
"""Days ahead (assumption)."""
