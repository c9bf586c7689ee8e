"""Suppliers who send their bill with the goods."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class BillsComeWithTheGoods:
    """Many suppliers send their bills on the day of the delivery.

    Cause: Suppliers go over to sending bills by mail when the lorry leaves.

    Operations: The supplier's bill bears the day of the delivery and is there the next working day.

    Cin7: Receipts are accrued and billed within a day or two, so hardly anything is ever received and not billed.

    Integration: Everything is Completed.

    Ledger: The accrual account is nearly empty at every month-end, because nothing waits for its bill.

    Mistaken for: Accrued inventory that was switched off.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a business that always gets the bill on the same day.
    """

    layer = "operations"
    headline = ""
    looks_like = "accrued_inventory_disabled"
    stages = ()
    may_reach = (6,)
    parameters = {"share": Parameter(0.9, 0.0, 1.0, "share of deliveries whose bill comes with them")}
    inert = {"share": 0.0}
    needs = ("stock first", "accrual")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the suppliers' time for a bill."""
        policies, marks, clock = world.operations.suppliers.policies, world.marks, world.clock
        usual, share = policies.bill_days, values["share"]
        draw = world.draws.stream("event/bills with the goods")

        def at_once(bill: int, days: int) -> int:
            happens = draw.happens(share, bill) and scope.acts(clock.now // DAY)
            if not happens or not scope.touches("supplier", keys.supplier_of(bill)):
                return usual(bill, days)
            marks.note("bills_come_with_the_goods", bill, clock.now)
            return 0

        policies.bill_days = at_once
