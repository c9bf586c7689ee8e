"""New price lists of several suppliers at once."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class SuppliersRaiseTheirLists:
    """Several suppliers send new price lists at the same time.

    Cause: Costs of the trade have risen, and suppliers pass them on together.

    Operations: The suppliers' lists and bills bear the new prices.

    Cin7: What is bought from then on costs more than the opening stock beside it; layers of one product differ in cost.

    Integration: Everything is Completed.

    Ledger: Cost of sales rises once the old stock is sold. Opening equity does not move.

    Mistaken for: Opening stock that was taken over at wrong costs.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; prices may have to follow.

    Source: The fault catalogue's own list of look-alikes: costs that differ for a commercial reason.
    """

    layer = "operations"
    headline = ""
    looks_like = "opening_balance_migration_error"
    stages = ()
    may_reach = (6,)
    parameters = {"percent": Parameter(15, 0, 40, "by how much lists rise")}
    inert = {"percent": 0}
    needs = ("own stock",)
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let suppliers of goods write new lists."""
        suppliers, now = world.operations.suppliers, world.clock.now
        if not scope.acts(now // DAY):
            return
        for supplier in range(world.case.profile.supply.suppliers):
            if scope.touches("supplier", supplier):
                for sku in suppliers.write_list(supplier, round(values["percent"]), now, world.operations.supplier_names):
                    set_for_product(world, "suppliers_raise_their_lists", sku)
