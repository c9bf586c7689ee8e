"""Fault 28 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.configuration import PLANNED_BY, TOOLS, tools_text
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class ConflictingReplenishmentSignals:
    """Products are planned by two tools at once, and each orders what the other has ordered.

    Cause: A second planning tool is tried out and left switched on: reorder levels and the forecast now own the same
    products, and neither sees what the other is about to order.

    Operations: Twice what is needed comes in, weeks later; shelves are full of a few products and cash is tied up.

    Cin7: From one day on products name two tools. Purchases of them are larger than what their cover asks for, units on
    order jump, then on hand and stock value do. All of it is true: the units were ordered, came and lie there.

    Integration: Everything is Completed.

    Ledger: Inventory and payables rise and are right. Nothing is misstated; the business buys what it does not need.

    Mistaken for: Stocking up for a promotion or a season; a supplier's minimum quantity, or a container filled up.

    Hidden by: A buyer who cancels or shrinks orders by feeling; selling the surplus below its price.

    Fixed by: Name one owner for each class of products, switch the other tool off for it, void or postpone what is on
    order and has not left, and let cover run down before the next order.

    Source: "When You Actually Need a Cin7 Specialist": the business can receive conflicting replenishment signals; Cin7
    help on the inventory velocity report and MRP.
    """

    layer = "cin7"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (6,)
    parameters = {"share": Parameter(0.3, 0.0, 1.0, "share of products that a second tool plans as well", 0.1, 0.6)}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("product",)
    must_break = ("one_planner",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Name a second tool for products in Cin7, and take it away when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.buyer.user
        names, settings, tools = cin7.books.lexicon.lists["sku"], cin7.books.settings, cin7.catalogue.planned_by
        draw, share = world.draws.stream("event/planned twice"), values["share"]
        reorder, forecast = TOOLS["Reorder level"], TOOLS["Forecast"]
        old = {
            sku: tool for sku, tool in enumerate(tools)
            if tool and sku not in cin7.production.made and scope.touches("product", sku) and draw.happens(share, sku)
        }  # fmt: skip
        twice: set[int] = set()

        def turn(on: bool, now: int) -> None:
            for sku, tool in old.items():
                both = tool | (reorder if tool == forecast else forecast)
                settings.set(now, PLANNED_BY, names[sku], tools_text(both if on else tool), user)
                if on:
                    set_for_product(world, "conflicting_replenishment_signals", sku)
            twice.clear()
            twice.update(old if on else ())

        def watch(key: int) -> None:
            lines = cin7.purchasing.by_key[key].lines if not keys.document_kind_of(key) else []
            if any(sku in twice for sku, _, _ in lines):
                marks.note("conflicting_replenishment_signals", key, world.clock.now)

        if old:
            follow(world, scope, turn)
            cin7.purchasing.watchers.append(watch)
