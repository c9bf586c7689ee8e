"""A receiving team that is behind for some days."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import supplier_of


class DockToStockDelay:
    """Deliveries wait a working day or two before they are booked in and put away.

    Cause: The receiving team is short of people; what comes waits on the dock and is booked in a day or two later, with
    its true date.

    Operations: The dock's papers are a day or two older than the receipts.

    Cin7: For a day or two the purchase stays ORDERED though its goods are in the building.

    Integration: Everything is Completed.

    Ledger: Inventory and the accrual follow a few days later, by the same amount.

    Mistaken for: Receipts that nobody will ever authorise.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix in the records; more hands on the dock.

    Source: The fault catalogue's own list of look-alikes: dock-to-stock delay.
    """

    layer = "operations"
    headline = ""
    looks_like = "receipt_not_authorised"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.25, 0.0, 1.0, "share of deliveries that wait")}
    inert = {"share": 0.0}
    needs = ("own dock",)
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of booking in at once."""
        policies, marks, clock = world.work, world.marks, world.clock
        books_in, share = policies.receipt_entry_delay, values["share"]
        draw = world.draws.stream("event/dock full")

        def waits(receipt: int, day: int) -> int | None:
            if not (draw.happens(share, receipt) and scope.acts(day) and scope.touches("supplier", supplier_of(receipt))):
                return books_in(receipt, day)
            marks.note("dock_to_stock_delay", receipt, clock.now)
            return draw.between(_DAYS[0], _DAYS[1], receipt, 1)

        policies.receipt_entry_delay = waits


_DAYS = (1, 2)
"""Working days that a delivery waits (assumption: within what counts as normal time, a weekend included)."""
