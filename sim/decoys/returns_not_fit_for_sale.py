"""Returns that are credited and thrown away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.shop import channel_of


class ReturnsNotFitForSale:
    """More of what comes back is damaged: it is credited, not restocked, and thrown away.

    Cause: Customers send goods back worn, or the parcel is crushed on the way.

    Operations: The returns book says "damaged"; nothing goes back on the shelf.

    Cin7: Credit notes without a restock, rightly; on hand is what lies on the shelf.

    Integration: Everything is Completed.

    Ledger: Revenue is credited and the cost of the goods stays an expense, since they are gone.

    Mistaken for: Restocks that somebody forgot.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix in the records; a word with the carrier, or a stricter returns policy.

    Source: The fault catalogue's own list of look-alikes: damaged and keep-it refunds.
    """

    layer = "operations"
    headline = ""
    looks_like = "credit_note_without_restock"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.5, 0.0, 1.0, "share of returns that come back damaged beyond the usual")}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the condition of what comes back."""
        marks, clock, share = world.marks, world.clock, values["share"]
        draw = world.draws.stream("event/returns damaged")

        def breaks_also(before: Callable[[int], bool] | None) -> Callable[[int], bool]:
            def breaks(ship: int) -> bool:
                touched = scope.acts(clock.now // DAY) and scope.touches("channel", channel_of(ship))
                if not (touched and draw.happens(share, ship)):
                    return before is not None and before(ship)
                marks.note("returns_not_fit_for_sale", ship, clock.now)
                return True

            return breaks

        for house in world.operations.houses:
            house.breaks = breaks_also(house.breaks)
