"""Customers who pay by another gateway than they used to."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.order import Order


class CustomersChangeGateway:
    """More and more customers pay by one gateway, and hardly any by the others.

    Cause: The shop puts one way to pay first at its checkout; most customers take what stands first.

    Operations: One gateway's charges double, another's dwindle, each in its own report.

    Cin7: Payments go to the account of the gateway that took them, as ever.

    Integration: Everything is Completed.

    Ledger: One clearing account runs nearly empty, another one swells; each agrees with its gateway's balance.

    Mistaken for: Two gateways put to one clearing account.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a business with a single gateway, which needs one account
    alone.
    """

    layer = "operations"
    headline = ""
    looks_like = "comingled_clearing_account"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.9, 0.0, 1.0, "share of the others' customers who change to the first gateway")}
    inert = {"share": 0.0}
    needs = ("several gateways", "a choice of gateways")
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what customers choose at the checkout."""
        draw, marks, share, since = world.draws.stream("event/checkout"), world.marks, values["share"], world.clock.now

        def takes_the_first(order: Order, place: int) -> int:
            placed = order.placed
            if not place or placed < since or not scope.acts(placed // DAY) or not draw.happens(share, order.key):
                return place
            marks.note("customers_change_gateway", keys.document(order.key, keys.SALE), placed)
            return 0

        for n, shop in enumerate(world.operations.shops):
            if scope.touches("channel", n):
                shop.pays_by = takes_the_first
