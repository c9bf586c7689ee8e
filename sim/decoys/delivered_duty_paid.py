"""Suppliers who bear freight and duty themselves."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import supplier_of


class DeliveredDutyPaid:
    """Some imports come delivered duty paid: nobody bills freight or duty on them.

    Cause: The supplier offers to send some orders at his own expense.

    Operations: The forwarder's papers for these deliveries go to the supplier.

    Cin7: Receipts without additional cost beside others that have it, rightly; unit costs differ by delivery.

    Integration: Everything is Completed.

    Ledger: Inventory and cost of sales are what the goods really cost.

    Mistaken for: Freight that was expensed, or that nobody has entered.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the terms of delivery on the purchase would spare questions.

    Source: The fault catalogue's own list of look-alikes: supplier-paid terms (Incoterms: DDP).
    """

    layer = "operations"
    headline = ""
    looks_like = "landed_cost_late_or_expensed"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.5, 0.0, 1.0, "share of deliveries that come duty paid")}
    inert = {"share": 0.0}
    needs = ("landed cost",)
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend who pays for freight and duty."""
        policies, marks, clock, share = world.operations.suppliers.policies, world.marks, world.clock, values["share"]
        bills, draw = policies.bills_charges, world.draws.stream("event/duty paid")
        groups = world.case.profile.supply.groups
        charged = [bool(group.freight.value or group.duty.value) for group in groups for _ in range(group.suppliers)]

        def pays_himself(receipt: int, day: int) -> bool:
            supplier = supplier_of(receipt)
            if not (charged[supplier] and draw.happens(share, receipt) and scope.acts(day)
                    and scope.touches("supplier", supplier)):  # fmt: skip
                return bills(receipt, day)
            marks.note("delivered_duty_paid", receipt, clock.now)
            return False

        policies.bills_charges = pays_himself
