"""A costing method that makes no difference yet."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.configuration import METHOD
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class MethodSetBeforeThereAreBatches:
    """Products are set to be costed by batch before any of their deliveries bears a batch number.

    Cause: The business wants to track batches from next year on and prepares its products.

    Operations: Deliveries bear no batch numbers.

    Cin7: Some products change from FIFO to Special - Batch; what is received without a batch is still taken by age.

    Integration: The edited products are sent again and Completed.

    Ledger: Nothing.

    Mistaken for: A costing method that was changed by mistake and moves cost.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a change of method that leaves every cost as it was.
    """

    layer = "cin7"
    headline = ""
    looks_like = "costing_method_wrong"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.1, 0.0, 1.0, "share of products by age of receipt that are prepared so")}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("product",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the costing method of products that bear no labels."""
        cin7, marks, now = world.cin7, world.marks, world.clock.now
        names, settings = cin7.books.lexicon.lists["sku"], cin7.books.settings
        draw, user = world.draws.stream("event/batches to come"), world.administrator.user
        for sku, name in enumerate(names):
            plain = settings.value(METHOD, name) == "FIFO" and sku not in cin7.catalogue.unstocked
            if plain and scope.acts(now // DAY) and scope.touches("product", sku) and draw.happens(values["share"], sku):
                settings.set(now, METHOD, name, "Special - Batch", user)
                set_for_product(world, "method_set_before_there_are_batches", sku)
                marks.note("method_set_before_there_are_batches", cin7.edit_product(sku, now), now)
