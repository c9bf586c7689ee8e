"""Orders that the channel holds back for a check of the payment."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class OrdersHeldForReview:
    """Some orders come into Cin7 a day or two after they were placed.

    Cause: The channel holds an order back until the payment has been looked at.

    Operations: The channel shows the order a day or two before anybody packs it.

    Cin7: The sale is entered a day or two late, and then goes its usual way.

    Integration: Nothing; the download does not bring what is held.

    Ledger: Nothing: neither goods nor money have moved before.

    Mistaken for: Orders that Cin7 cannot load because it does not know a code.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: an order held for payment or fraud.
    """

    layer = "integration"
    headline = ""
    looks_like = "unmapped_external_sku"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.05, 0.0, 1.0, "share of orders that are held back")}
    inert = {"share": 0.0}
    needs = ("own parcels",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what a channel's link can load."""
        marks, clock, share = world.marks, world.clock, values["share"]
        draw = world.draws.stream("event/orders held")
        held_until: dict[int, int] = {}
        for n in world.own_parcels:
            link = world.shop_links[n]
            usual = link.refuses

            def refuses(order: int, skus: list[int], usual: object = usual) -> str | None:
                if order not in held_until:
                    if not (draw.happens(share, order) and scope.acts(clock.now // DAY)):
                        return usual(order, skus) if callable(usual) else ""
                    held_until[order] = clock.now + draw.between(_MINUTES[0], _MINUTES[1], order, 1)
                    marks.note("orders_held_for_review", order, clock.now)
                if clock.now < held_until[order]:
                    return None
                return usual(order, skus) if callable(usual) else ""

            if scope.touches("channel", n):
                link.refuses = refuses


_MINUTES = (12 * 60, 40 * 60)
"""How long an order is held (assumption)."""
