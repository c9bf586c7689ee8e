"""The ordinary cut-off difference at a month-end."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.shop import channel_of


class InvoicedBeforeMonthEndShippedAfter:
    """Invoiced on the last working day of the month, collected by the carrier on the first of the next.

    Cause: The van is full on the last day of the month. Parcels are packed and invoiced, and leave the next working
    day, when their shipments are authorised at once.

    Operations: The carrier's papers show the parcels collected on the first working day of the month.

    Cin7: For one night, or one weekend, sales are INVOICED with their shipment in DRAFT.

    Integration: Everything is Completed.

    Ledger: Some revenue of the last day has its cost of sales on the next; margin of the two months moves a little,
    in opposite directions.

    Mistaken for: Invoices whose shipment was never authorised.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a business that minds moves the invoice run after the carrier's scan.

    Source: The fault catalogue's own list of look-alikes: invoice on the 31st, shipment on the 1st, two or three days
    at most.
    """

    layer = "operations"
    headline = ""
    looks_like = "invoice_authorised_shipment_incomplete"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.7, 0.0, 1.0, "share of the last working day's parcels that miss the van")}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the carrier's habit of taking everything."""
        policies, marks, clock, calendar = world.operations.policies, world.marks, world.clock, world.calendar
        collects, share = policies.carrier_collects, values["share"]
        draw = world.draws.stream("event/van full")

        def collects_unless_full(ship: int, day: int) -> bool:
            following = calendar.workday_from(day + 1)
            last_of_month = calendar.previous_month_end(day) != calendar.previous_month_end(following)
            if last_of_month and draw.happens(share, ship) and scope.acts(day) and scope.touches("channel", channel_of(ship)):
                marks.note("invoiced_before_month_end_shipped_after", ship, clock.now)
                return False
            return collects(ship, day)

        policies.carrier_collects = collects_unless_full
