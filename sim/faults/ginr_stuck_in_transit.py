"""Fault 5 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import supplier_of
from .contract import Parameter, Scope


class GinrStuckInTransit:
    """A few units of an import are not booked in with the rest, and the whole purchase stays in transit.

    Cause: A hundred were billed ahead and a hundred came, but a carton is put away unopened and ninety-eight are entered.
    An advanced purchase releases its value from goods in transit only once all that was billed has been received.

    Operations: Everything that was billed is in the building. The dock's paper says a hundred.

    Cin7: The purchase is RECEIVING for weeks after the goods came, with two units open. The stock can be sold, at the bill's
    cost, and on hand is right but for the few units.

    Integration: Nothing failed: the journal that would move the value was never made.

    Ledger: Goods in transit keep the value of the whole shipment, inventory is too low by it, and cost of sales posts against
    inventory that was never brought in, so the account may turn negative. Payables and cost of sales are right.

    Mistaken for: A container that is still at sea; a supplier who sends the rest next month.

    Hidden by: A journal from goods in transit to inventory at the month-end. It is doubled when the rest is entered.

    Fixed by: List billed purchases by the age of what they hold in transit, count the few units, enter them with the true
    date (or the first open day after a lock), or get a credit note for what really never came; reverse the journals.

    Source: "What Actually Breaks First in a Failing Cin7 System": GRNI or GINR balances may remain unresolved; Cin7's
    inventory accrual article: the account clears when received equals invoiced.
    """

    layer = "operations"
    headline = "stock_in_transit"
    looks_like = ""
    stages = (1, 4)
    may_reach = (2, 6)
    parameters = {
        "share": Parameter(0.6, 0.0, 1.0, "share of such deliveries that are entered short", 0.25, 1.0),
        "units_left_out": Parameter(2, 1, 50, "units of the largest line that are not entered"),
    }
    inert = {"share": 0.0}
    needs = ("released together", "accrual")
    confined_by = ("supplier",)
    must_break = ("released_in_time",)
    may_break = ("rests_are_closed",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend how completely a delivery is entered."""
        policies, marks, clock = world.work, world.marks, world.clock
        share, units = values["share"], int(values["units_left_out"])
        counts, suppliers = policies.counts_short, world.cin7.catalogue.buying.suppliers
        draw = world.draws.stream("event/cartons unopened")

        def leaves_out(receipt: int, day: int) -> int:
            supplier = supplier_of(receipt)
            if not (suppliers[supplier].advanced and draw.happens(share, receipt) and scope.acts(day)
                    and scope.touches("supplier", supplier)):  # fmt: skip
                return counts(receipt, day)
            marks.note("ginr_stuck_in_transit", receipt, clock.now)
            return units

        policies.counts_short = leaves_out
