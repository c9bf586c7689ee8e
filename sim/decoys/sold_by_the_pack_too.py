"""Products with nearly the same name that are two things."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class SoldByThePackToo:
    """Some products are renamed after the single piece that they are packs of.

    Cause: The shop sells some things by the piece and by the pack and wants the names to show it.

    Operations: Pack and piece lie on shelves of their own.

    Cin7: Some products have nearly the same name as another one; each has its own code, stock and sales.

    Integration: The renamed products are sent again and Completed.

    Ledger: Nothing.

    Mistaken for: One product set up twice.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: legitimate twins of a kit or a unit of measure.
    """

    layer = "cin7"
    headline = ""
    looks_like = "duplicate_product_identifier"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.04, 0.0, 0.5, "share of products that are named so")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ("product",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Rename products in Cin7."""
        cin7, now = world.cin7, world.clock.now
        draw, titles = world.draws.stream("event/packs"), cin7.catalogue.names
        for sku in range(1, len(titles), 2):
            if scope.acts(now // DAY) and scope.touches("product", sku) and draw.happens(values["share"] * 2, sku):
                key = cin7.rename_product(sku, f"{titles[sku - 1]} (pack)", world.administrator.user, now)
                set_for_product(world, "sold_by_the_pack_too", sku)
                world.marks.note("sold_by_the_pack_too", key, now)
