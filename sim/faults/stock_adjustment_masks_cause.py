"""Fault 30 of the catalogue, in its unprompted form."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class StockAdjustmentMasksCause:
    """Stock that is merely packed is taken for missing and adjusted away; then it is shipped, and is gone twice.

    Cause: Before the van comes somebody compares shelf and screen, finds fewer on the shelf, and adjusts, without asking why.
    The units are in parcels that have not left: Cin7 has them on hand until their shipment is authorised.

    Operations: Nothing is missing. The parcels stand beside the door and leave the same afternoon.

    Cin7: An adjustment takes the units off, the shipment takes them off once more. On hand and available are right for an
    hour and too low from then on; stock value too.

    Integration: Everything is Completed.

    Ledger: Inventory is too low, and the discrepancy account bears goods that nobody lost, beside a cost of sales that is
    right. Sub-ledger and ledger agree.

    Mistaken for: Shrinkage and damage; a programme of cycle counts.

    Hidden by: The next count, which "finds" the units at average cost and books the loss back as a gain, in another month. The
    adjustment itself looks like diligence.

    Fixed by: Take each adjustment without a cause, look for the open shipment or receipt that explained the difference on
    that day, reverse the adjustment with its own date (or the first open day after a lock), and undo what a count has
    found since.

    Source: "What Actually Breaks First in a Failing Cin7 System": a stock adjustment may make a quantity look cleaner, but it
    may hide the workflow issue; the reasons that staff write in UCI Online Retail.
    """

    layer = "operations"
    headline = "discrepancy"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(0.15, 0.0, 1.0, "share of packed lines that are taken for missing", 0.05, 0.5)}
    inert = {"share": 0.0}
    needs = ("own shelf",)
    confined_by = ("channel",)
    must_break = ("adjusted_stays_gone",)
    # A till that sells what Cin7 has written off: its sale waits for stock.
    may_break = ("credited_is_restocked", "payouts_match", "clearing_explained", "bank_is_coded")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what somebody makes of a shelf that holds less than the screen says."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        takes, draw = policies.takes_for_missing, world.draws.stream("event/shelf and screen")
        done: set[int] = set()

        def adjusts(adjustment: int, day: int) -> bool:
            # A parcel that misses the van is looked at again the next day.
            if adjustment in done or not (
                draw.happens(share, adjustment) and scope.acts(day) and scope.touches("channel", channel_of(adjustment))
            ):
                return takes is not None and takes(adjustment, day)
            done.add(adjustment)
            marks.note("stock_adjustment_masks_cause", adjustment, clock.now)
            return True

        policies.takes_for_missing = adjusts
