"""Fault 45 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..money import ratio
from .contract import Parameter, Scope, set_for_product


class OpeningBalanceMigrationError:
    """Opening stock is taken over from the system before at wrong unit costs.

    Cause: The file of opening balances is imported with a wrong column for some products: prices of a carton, prices with
    tax, or of an old list. Whoever imports it looks at units and at the number of rows.

    Operations: Nothing. The goods are what they are.

    Cin7: Layers of opening stock stand at a multiple of what the goods cost; the amount that is too much stands against
    opening equity. Units are right. What is sold out of these layers leaves at that cost.

    Integration: Everything is Completed.

    Ledger: Inventory and equity are too high from the day of the import, by one amount that never changes on the equity
    side; on the inventory side it turns into cost of sales as the opening stock is sold, so margin of these products is
    poor for a time and then recovers by itself. Cin7 and the ledger agree.

    Mistaken for: Suppliers whose prices have fallen; products that sell below their cost.

    Hidden by: A journal that moves the difference from equity to cost of sales at the year's end, or a stock revaluation
    by adjustment at zero units, as a loss of the year.

    Fixed by: Compare opening layers with the last bills of the system before, correct the cost of what is still there by
    an adjustment against opening equity dated on the first open day, and move what went into cost of sales since by one
    documented journal against equity; reverse what was written off for it.

    Source: The fault catalogue's own addition (stock or value taken over wrongly at go-live), from practitioners'
    accounts of migrations; Cin7 Core API v2, stock adjustments of new stock lines.
    """

    layer = "cin7"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {
        "products": Parameter(25, 0, 60, "products whose opening cost is wrong, those with most value first", 6, 50),
        "percent": Parameter(60, 5, 1_100, "by how much the cost is too high; 1,100: a dozen's price for one", 25, 200),
    }
    inert = {"products": 0}
    needs = ("own stock",)
    confined_by = ("product",)
    must_break = ("taken_over_once",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Import opening costs into Cin7 once more, wrong ones."""
        cin7, now = world.cin7, world.clock.now
        for place, stock in enumerate(cin7.stocks):
            layers = [
                (sku, layer) for sku, held in enumerate(stock.layers) if scope.touches("product", sku)
                for layer in held if stock.is_opening(layer)
            ]  # fmt: skip
            layers.sort(key=lambda pair: (-pair[1].value, pair[0]))
            wrong = [
                (sku, layer, ratio(layer.taken_over, round(values["percent"]), 100)) for sku, layer in layers
            ][: round(values["products"]) if not place else 0]  # fmt: skip
            if wrong:
                for sku, _, _ in wrong:
                    set_for_product(world, "opening_balance_migration_error", sku)
                world.marks.note("opening_balance_migration_error", stock.take_over(place, wrong, now), now)
