"""A gateway that holds back part of what it owes."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class GatewayHoldsAReserve:
    """A gateway begins to hold back part of each payout until the next one.

    Cause: After some disputes the gateway asks for a rolling reserve.

    Operations: Its report names what it holds back with each payout and what it releases of the one before.

    Cin7: Payments and sales are as ever.

    Integration: Everything is Completed.

    Ledger: Payouts are smaller at first and the clearing account keeps a higher balance from then on. It is what the
    gateway owes, it grows with sales, and fees are booked with each payout.

    Mistaken for: Fees that are not booked and pile up in clearing.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; reconcile the account to the gateway's balance, reserve included.

    Source: The fault catalogue's own list of look-alikes: a clearing balance that rises and is explained; Stripe's
    reserve transactions.
    """

    layer = "operations"
    headline = ""
    looks_like = "gateway_fee_not_booked"
    stages = ()
    may_reach = ()
    parameters = {"percent": Parameter(10, 0, 50, "parts of a hundred of a payout's charges that are held back")}
    inert = {"percent": 0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the first gateway holds back."""
        gateway, marks, clock, basis = world.operations.gateways[0], world.marks, world.clock, round(values["percent"] * 100)
        usual = gateway.holds_back

        def holds_more(payout: int) -> int:
            share = usual(payout)
            if not scope.acts(clock.now // DAY) or basis <= share:
                return share
            marks.note("gateway_holds_a_reserve", payout, clock.now)
            return basis

        if basis:
            gateway.holds_back = holds_more
