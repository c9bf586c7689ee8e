"""Fault 22 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope


class UnmappedExternalSku:
    """A channel's code for some products was renamed, and their orders are never loaded into Cin7.

    Cause: Somebody tidies codes in the shop, or a leading zero is lost in a file. Cin7 looks for the code that the order
    names, does not find it and turns the order away.

    Operations: The orders are sent all the same, from the channel's own list: goods leave, the carrier's papers show it, the
    gateway captures the money.

    Cin7: These sales do not exist. On hand, available and stock value of everything on their lines stay too high until a count
    finds the shelf emptier, so the channel goes on selling what is not there.

    Integration: Downloads end with a 404 and the text that a product was not found, each time for one of the same few codes.
    The gateway's lines for these orders find no document and pile up in payout staging.

    Ledger: Revenue, tax and cost of sales are missing, inventory is too high; clearing is too low, as payouts contain charges
    for which there is no payment.

    Mistaken for: Orders that are held for a check of the payment; a channel on which business is slow; shrinkage, once counts
    find less than the screen shows.

    Hidden by: A sale entered by hand at month-end over the total, or a stock adjustment after the count, which books cost of
    sales as loss.

    Fixed by: Map the code, load each missing order again and take it through its steps with its true dates, or the first open
    day after a lock; match the waiting gateway lines; reverse adjustments and sales by hand made for the gap first.

    Source: "When You Actually Need a Cin7 Specialist": an unmapped external SKU; Cin7 help on Shopify orders that are not
    loaded; the wording of the text is ours.
    """

    layer = "integration"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(0.05, 0.0, 1.0, "share of products whose code on a channel was renamed", 0.02, 0.15)}
    inert = {"share": 0.0}
    needs = ("own parcels",)
    confined_by = ("channel", "product")
    must_break = ("orders_are_entered",)
    may_break = ("payouts_match",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what a channel's link can load."""
        marks, clock, share, codes = world.marks, world.clock, values["share"], world.lexicon.lists["sku"]
        draw = world.draws.stream("event/codes renamed")
        unstocked = world.cin7.catalogue.unstocked
        for n in world.own_parcels:
            if not scope.touches("channel", n):
                continue
            renamed = {sku for sku in range(len(world.cin7.catalogue.cost))
                       if draw.happens(share, sku, n) and scope.touches("product", sku)}  # fmt: skip

            def refuses(order: int, skus: list[int], renamed: set[int] = renamed) -> str:
                unknown = [sku for sku in skus if sku in renamed]
                if not unknown or any(sku in unstocked for sku in skus) or not scope.acts(clock.now // DAY):
                    return ""
                marks.note("unmapped_external_sku", order, clock.now)
                return codes[unknown[0]]

            if renamed:
                world.shop_links[n].refuses = refuses
