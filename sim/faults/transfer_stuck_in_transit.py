"""Fault 37 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import DEPARTURE, document
from .contract import Parameter, Scope


class TransferStuckInTransit:
    """Goods arrived at another location and were put away, and their transfer is never completed.

    Cause: The people at the destination unpack what the van brings and fill their shelves. Completing the transfer in Cin7 is
    nobody's task.

    Operations: The van's papers show the goods delivered; they lie on the destination's shelf and can be sold.

    Cin7: The transfer is IN TRANSIT for months. The source is right, the destination has less on hand and available than lies
    there, and what is in transit grows. Replenishment counts the goods as on their way and sends no more, while the
    destination sells out on the screen.

    Integration: Nothing: the journal of the arrival was never made.

    Ledger: The value stays in the account for transfers in transit, or unseen within inventory where there is none; total
    stock value is right.

    Mistaken for: A transfer by sea within its time; goods that were lost on the way.

    Hidden by: A count at the destination that "finds" the goods, at average cost. They are there twice when the transfer is
    completed.

    Fixed by: List transfers in transit by age, compare them with the van's receipts, undo what a count or adjustment found of
    them, complete each with the day of its arrival, or the first open day after a lock.

    Source: Cin7 help on stock transfers and WMS; feature requests for reports of open transfers.
    """

    layer = "operations"
    headline = "transfers_in_transit"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(0.4, 0.0, 1.0, "share of transfers that are unpacked and not completed", 0.15, 0.9)}
    inert = {"share": 0.0}
    needs = ("own transfers",)
    confined_by = ()
    must_break = ("transfers_arrive",)
    # What a till or Amazon has sold waits in Cin7 for stock that it does not know of.
    may_break = ("credited_is_restocked", "payouts_match", "clearing_explained", "bank_is_coded")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of completing a transfer."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        books_in, draw = policies.books_in_transfer, world.draws.stream("event/transfers unpacked")

        def unpacks_only(arrival: int, day: int) -> bool:
            if not (draw.happens(share, arrival) and scope.acts(day)):
                return books_in(arrival, day)
            marks.note("transfer_stuck_in_transit", document(arrival, DEPARTURE), clock.now)
            return False

        policies.books_in_transfer = unpacks_only
