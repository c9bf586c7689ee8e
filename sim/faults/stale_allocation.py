"""Fault 29 of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..founding import World
from ..keys import SALE, document
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class StaleAllocation:
    """Customers have cancelled, and their sales hold stock in Cin7 for ever.

    Cause: The customer writes to the shop; somebody takes the order off the channel, gives the money back and tells the
    warehouse. The sale in Cin7 is not voided, since the screens that show it are another person's.

    Operations: Nothing leaves; the goods lie on the shelf, free to be sold.

    Cin7: The sale stays ORDERED and its stock allocated. On hand is right, allocated too high, available too low, by more with
    each cancellation.

    Integration: Nothing failed. The channel is told the lower number and stops selling.

    Ledger: Every balance is right. What is missing is sales, and what is too much are purchases that replace stock which is
    there.

    Mistaken for: Orders that are to be sent on a later day; bad luck with demand.

    Hidden by: A higher stock level typed into the channel, or a stock adjustment that makes available look right and on hand
    wrong.

    Fixed by: Compare the channel's cancellations with open sales, void each of them, look through what has been allocated for
    longer than any order takes, and undo adjustments made for it.

    Source: "What Actually Breaks First in a Failing Cin7 System": stock may appear allocated when the operational event has
    already moved on; Cin7 help on cancellations from Shopify.
    """

    layer = "operations"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 6)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of cancellations after which the sale is left as it is", 0.5, 1.0)}
    inert = {"share": 0.0}
    needs = ("own stock", "cancellations")
    confined_by = ("channel",)
    must_break = ("cancelled_is_voided",)
    may_break = ("direct_is_bought",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend who hears of a cancellation."""
        marks, clock, share = world.marks, world.clock, values["share"]
        draw = world.draws.stream("event/sales of nobody")

        def leaves_the_sale(before: Callable[[int, int], bool]) -> Callable[[int, int], bool]:
            def cancels(order: int, day: int) -> bool:
                if not (draw.happens(share, order) and scope.acts(day) and scope.touches("channel", channel_of(order))):
                    return before(order, day)
                marks.note("stale_allocation", document(order, SALE), clock.now)
                return True

            return cancels

        for shop in world.operations.shops:
            shop.cancels_elsewhere = leaves_the_sale(shop.cancels_elsewhere)
