"""Goods that take their time between the business's own places."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World


class SlowTransfer:
    """Some transfers go with a slower carrier and are under way a week or so longer.

    Cause: A full van, a cheaper carrier, goods that wait for the rest of a load.

    Operations: The carrier's papers show a later arrival.

    Cin7: Transfers stay IN TRANSIT beyond the day they were required, and are completed when the goods come.

    Integration: Everything is Completed.

    Ledger: The account for transfers in transit holds more than usual, rightly.

    Mistaken for: Transfers that arrived and were never completed.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a transfer within its lead time.
    """

    layer = "operations"
    headline = ""
    looks_like = "transfer_stuck_in_transit"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.4, 0.0, 1.0, "share of transfers that take longer")}
    inert = {"share": 0.0}
    needs = ("transfers",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the time on the way."""
        transport, marks, clock, share = world.operations.transport, world.marks, world.clock, values["share"]
        delays, draw = transport.delays, world.draws.stream("event/slow carrier")

        def goes_slowly(departure: int, day: int) -> int:
            if not (draw.happens(share, departure) and scope.acts(day)):
                return delays(departure, day)
            marks.note("slow_transfer", departure, clock.now)
            return draw.between(*_DAYS, departure, 1)

        transport.delays = goes_slowly


_DAYS = (4, 9)
"""Further days on the way (assumption)."""
