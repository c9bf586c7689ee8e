"""Payouts that are longer on their way."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class PayoutsTakeLonger:
    """A gateway's payouts reach the bank some working days later than they used to.

    Cause: The gateway has changed its schedule.

    Operations: Its payouts bear later dates of arrival.

    Cin7: Nothing.

    Integration: Everything is Completed.

    Ledger: The clearing account stands higher, by some days of sales, and comes down with each payout; every payout is
    made of sales that are in the ledger.

    Mistaken for: Sales and payouts that are put together by different calendars.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: bounded differences of timing that run out by themselves.
    """

    layer = "operations"
    headline = ""
    looks_like = "payout_consolidation_timing_mismatch"
    stages = ()
    may_reach = ()
    parameters = {"workdays": Parameter(3, 0, 5, "further working days on the way")}
    inert = {"workdays": 0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the time that payouts of the first gateway take."""
        gateway, marks, clock, further = world.operations.gateways[0], world.marks, world.clock, round(values["workdays"])
        usual = gateway.takes_longer

        def later(payout: int) -> int:
            if not scope.acts(clock.now // DAY):
                return usual(payout)
            marks.note("payouts_take_longer", payout, clock.now)
            return further

        if further:
            gateway.takes_longer = later
