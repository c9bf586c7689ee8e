"""Fault 39 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .. import keys
from ..cin7.books import Document
from ..cin7.production import Bom, Component
from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class BomQuantityOrDisassemblyCostError:
    """Bills of materials ask for the wrong quantity of a component, or split the cost of a disassembly evenly.

    Cause: A new version of a bill of materials is entered in another unit of measure, or with Cin7's default of equal
    shares of the cost for all components when a product is taken apart.

    Operations: The workshop works by its own recipe and takes what it needs; its log says so.

    Cin7: Each assembly issues too much (or too little) of one component. On hand of the component drifts away from the
    shelf in proportion to what is made, finished goods come in at a wrong unit cost, and counts find the component again
    and again. Where the screen says that a component is used up, nothing more is made. With the even split, the total
    stays and its parts are wrong.

    Integration: Everything is Completed.

    Ledger: Inventory and work in progress agree with Cin7. Cost of sales of what is made is too high, and the counts give
    it back as a gain in the discrepancy account; margin by product is wrong.

    Mistaken for: Yield that varies from batch to batch, with a mean of nothing; theft of a component, or a supplier who
    delivers short.

    Hidden by: Stock adjustments after each count, booked as production loss or gain.

    Fixed by: Enter a new version with the right quantities and shares, count the components on one day, adjust them with
    the reason, and let the finished goods still there take their right cost by an adjustment; reverse the earlier
    adjustments only where the assemblies themselves are undone and done anew in an open month.

    Source: Cin7 help on disassembly: by default the cost is split equally; Cin7 Core API v2 on bills of materials.
    """

    layer = "cin7"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {
        "share": Parameter(0.5, 0.0, 1.0, "share of made products whose bill of materials is wrong", 0.15, 0.9),
        "times": Parameter(2, 0.1, 12, "how many times the right quantity of the first component it asks for"),
        "even_split": Parameter(0, 0, 1, "1: a disassembly splits the cost evenly as well"),
    }
    inert = {"share": 0.0}
    needs = ("manufacturing",)
    confined_by = ("product",)
    must_break = ("recipes_hold",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Enter wrong versions of bills of materials in Cin7, and right ones when it ends."""
        production, marks = world.cin7.production, world.marks
        draw, share, times = world.draws.stream("event/wrong recipes"), values["share"], values["times"]
        chosen = [sku for sku in production.made if scope.touches("product", sku) and draw.happens(share, sku)]
        right = {sku: production.made[sku][-1].components for sku in chosen}
        wrong: set[int] = set()

        def mistaken(part: Component, place: int) -> Component:
            weight = 1 if values["even_split"] else part.cost_weight
            quantity = part.quantity if place else max(1, round(part.quantity * times))
            if not place and quantity == part.quantity:
                quantity += 1
            return msgspec.structs.replace(part, quantity=quantity, cost_weight=weight)

        def turn(on: bool, now: int) -> None:
            for sku in chosen:
                parts = tuple(mistaken(part, n) for n, part in enumerate(right[sku])) if on else right[sku]
                latest: Bom = production.made[sku][-1]
                production.define(sku, msgspec.structs.replace(latest, since=now // DAY, components=parts), now)
                if on:
                    set_for_product(world, "bom_quantity_or_disassembly_cost_error", sku)
            wrong.clear()
            wrong.update(chosen if on else ())

        def watch(document: Document) -> None:
            if keys.document_kind_of(document.key) == keys.ISSUE and production.open[keys.root_of(document.key)].sku in wrong:
                marks.note("bom_quantity_or_disassembly_cost_error", document.key, document.recorded_at)

        if chosen:
            follow(world, scope, turn)
            world.cin7.books.watchers.append(watch)
