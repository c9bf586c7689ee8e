"""Fault 3 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import supplier_of
from .contract import Parameter, Scope


class OpenPurchaseTask:
    """A part-received purchase is never closed, and its rest never comes.

    Cause: The supplier delivered short and will not send the rest. Nobody marks the purchase as received.

    Operations: The dock's papers show what came; the shelf runs empty earlier than planned.

    Cin7: The purchase stays RECEIVING for months. Its open units count as on order, so replenishment nets supply that will
    not come and orders too late or not at all. On hand and available are right.

    Integration: Nothing.

    Ledger: Every balance is right. What is missing is sales: customers find the product out of stock.

    Mistaken for: A container that is still at sea; a blanket order called off in parts; bad luck with demand.

    Hidden by: The buyer's own spreadsheet of what is "really" on order, and orders placed by feeling.

    Fixed by: Look through open purchases past their date, ask the supplier, close the rest with "Mark as received", and
    review what is low.

    Source: "What Actually Breaks First in a Failing Cin7 System": a purchase task may remain open too long; the monthly check
    of pending purchase orders that practitioners publish.
    """

    layer = "operations"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 6)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of short deliveries whose rest is never closed", 0.4, 1.0)}
    inert = {"share": 0.0}
    needs = ("stock first", "short deliveries")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ("rests_are_closed",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of closing what will not come."""
        policies, marks, clock = world.work, world.marks, world.clock
        closes, share = policies.closes_short_purchase, values["share"]
        draw = world.draws.stream("event/purchases left open")
        left: set[int] = set()

        def leaves_open(purchase: int, day: int) -> bool:
            if not (draw.happens(share, purchase) and scope.touches("supplier", supplier_of(purchase))):
                return closes(purchase, day)
            if purchase not in left:
                if not scope.acts(day):
                    return closes(purchase, day)
                left.add(purchase)
                marks.note("open_purchase_task", purchase, clock.now)
            return False

        policies.closes_short_purchase = leaves_open
