"""Larger orders before a promotion."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.configuration import QUANTITY
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class StockingUpForAPromotion:
    """The buyer raises the reorder quantity of some products for a while, to stock up for a promotion.

    Cause: A promotion is planned, and the buyer wants more of some products on the shelf. At the next look over levels
    the quantities are back at what cover asks for.

    Operations: Larger deliveries of some products.

    Cin7: Reorder quantities go up on one day and down again within weeks; one tool plans each product. Units on order and
    stock value rise for a time.

    Integration: Everything is Completed.

    Ledger: Inventory and payables rise for a time, rightly.

    Mistaken for: Two planning tools that order the same products.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a build for a promotion, a minimum quantity, a container filled
    up.
    """

    layer = "cin7"
    headline = ""
    looks_like = "conflicting_replenishment_signals"
    stages = ()
    may_reach = (6,)
    parameters = {
        "share": Parameter(0.4, 0.0, 1.0, "share of products that are stocked up"),
        "times": Parameter(3, 1, 6, "how many times the usual quantity is ordered"),
    }
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("product",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Raise reorder quantities in Cin7, once."""
        cin7, now = world.cin7, world.clock.now
        names, quantities = cin7.books.lexicon.lists["sku"], cin7.catalogue.reorder_quantity
        draw = world.draws.stream("event/stocked up")
        for sku, tools in enumerate(cin7.catalogue.planned_by):
            if tools and scope.acts(now // DAY) and scope.touches("product", sku) and draw.happens(values["share"], sku):
                more = str(round(quantities[sku] * values["times"]))
                if cin7.books.settings.set(now, QUANTITY, names[sku], more, world.buyer.user):
                    set_for_product(world, "stocking_up_for_a_promotion", sku)
