"""A rise of prices on one day."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class PricesRaised:
    """Prices of some products go up on one day.

    Cause: The owner raises prices of some products that were too cheap.

    Operations: From one day on orders bear the new prices.

    Cin7: Sales of these products bring more; cost, units and accounts are as before.

    Integration: Everything is Completed.

    Ledger: Gross margin steps up on that day and stays there, with a commercial reason.

    Mistaken for: Costs or income that are mapped to another account from that day on.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a real change of mix or prices on the date of a change.
    """

    layer = "operations"
    headline = ""
    looks_like = "overbroad_account_mapping"
    stages = ()
    may_reach = (6,)
    parameters = {
        "share": Parameter(0.3, 0.0, 1.0, "share of products that become dearer"),
        "percent": Parameter(8, 1, 30, "by how much"),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ("product",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change what the channels ask for."""
        draw, percent = world.draws.stream("event/new prices"), round(values["percent"])
        if not scope.acts(world.clock.now // DAY):
            return
        dearer = [
            sku for sku in range(len(world.cin7.catalogue.cost))
            if scope.touches("product", sku) and draw.happens(values["share"], sku)
        ]  # fmt: skip
        for sku in dearer:
            set_for_product(world, "prices_raised", sku)
        for shop in world.operations.shops:
            if not shop.on_the_spot:  # tills and Amazon's own listings keep their prices
                shop.reprice(dearer, percent, world.clock.now)
