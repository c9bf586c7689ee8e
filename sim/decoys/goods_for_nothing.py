"""What a supplier gives for nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import supplier_of


class GoodsForNothing:
    """Suppliers let the business have one line of an order for nothing: as a rebate in kind, or for an earlier complaint.

    Cause: A promotion of the supplier's, or goods sent to make good.

    Operations: Order and bill both show the line at a nominal cent a unit, as customs want it.

    Cin7: Receipts with a unit cost of next to nothing, rightly; what is sold of them costs as little, and no cost change
    follows.

    Integration: Everything is Completed.

    Ledger: Inventory and cost of sales are what was really paid.

    Mistaken for: Orders that were entered without prices.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a note on the order would spare questions.

    Source: The fault catalogue's own list of look-alikes: free samples and presents.
    """

    layer = "operations"
    headline = ""
    looks_like = "negative_or_zero_cost_layer_sale"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.2, 0.0, 1.0, "share of orders of which one line is free")}
    inert = {"share": 0.0}
    needs = ("stock first", "accrual")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend a supplier's generosity."""
        policies, marks, clock, share = world.operations.suppliers.policies, world.marks, world.clock, values["share"]
        gives, draw = policies.gives, world.draws.stream("event/rebate in kind")
        suppliers = world.cin7.catalogue.buying.suppliers

        def one_line(purchase: int, day: int) -> bool:
            supplier = supplier_of(purchase)
            if suppliers[supplier].invoice_first or not (
                draw.happens(share, purchase) and scope.acts(day) and scope.touches("supplier", supplier)
            ):
                return gives(purchase, day)
            marks.note("goods_for_nothing", purchase, clock.now)
            return True

        policies.gives = one_line
