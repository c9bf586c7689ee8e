"""Fault 46 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..cin7.configuration import METHOD
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class CostingMethodWrong:
    """Goods that are used by date of expiry are costed, and proposed for use, by age of receipt.

    Cause: The costing method of products is put from FEFO - Batch to FIFO, with a template or because FIFO sounds like
    the default it is.

    Operations: People take what they are told to take; what expires first is left behind, and nobody is told to throw
    away what has expired.

    Cin7: Sales and assemblies take the oldest receipt instead of the batch that expires first. Units are right; which
    batch is left, what it cost and the cost of what was made or sold are not. Expired batches stay on hand.

    Integration: Everything is Completed.

    Ledger: Value and cost of sales by product are wrong by the difference of the batches' costs; the totals drift apart
    slowly and with either sign. Write-offs of expired goods stop.

    Mistaken for: Prices that vary from delivery to delivery; a warehouse that has become good at using up what expires.

    Hidden by: Writing off expired goods as damaged when a count finds them.

    Fixed by: Put the method back, write off what has expired with its date and batch, and let the difference of the
    stock's value run out; a revaluation of old sales is worth it only where the amount is large, as one documented entry
    in the open month.

    Source: The fault catalogue's own addition; Cin7 Core API v2, costing methods of a product.
    """

    layer = "cin7"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of products kept by expiry whose method is changed", 0.4, 1.0)}
    inert = {"share": 0.0}
    needs = ("batches",)
    confined_by = ("product",)
    must_break = ("leaves_by_expiry",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the costing method in Cin7, and back when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        names, costing = cin7.books.lexicon.lists["sku"], cin7.catalogue.costing
        draw, share = world.draws.stream("event/methods changed"), values["share"]
        settings = cin7.books.settings
        chosen = [
            sku for sku in range(len(costing))
            if settings.value(METHOD, names[sku]) == _BY_EXPIRY and scope.touches("product", sku) and draw.happens(share, sku)
        ]  # fmt: skip
        changed: set[int] = set()

        def turn(on: bool, now: int) -> None:
            for sku in chosen:
                settings.set(now, METHOD, names[sku], _BY_AGE if on else _BY_EXPIRY, user)
                if on:
                    set_for_product(world, "costing_method_wrong", sku)
            changed.clear()
            changed.update(chosen if on else ())

        def watch(document: Document) -> None:
            kind, root = keys.document_kind_of(document.key), keys.root_of(document.key)
            if kind == keys.ISSUE:
                used = [part.sku for part in cin7.production.open[root].bom.components]
            else:
                used = cin7.sales.skus_of(document.key) if kind == keys.SHIP else []
            if changed.intersection(used):
                marks.note("costing_method_wrong", document.key, document.recorded_at)

        if chosen:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)


_BY_EXPIRY, _BY_AGE = "FEFO - Batch", "FIFO"
