"""Invoices that are looked at before they go out."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.shop import channel_of


class InvoicedAfterAPriceCheck:
    """Some sales are shipped first and invoiced one or two working days later.

    Cause: Invoices with a price that differs from the list are held for a look and go out with the next or the one after.

    Operations: The carrier's papers are a day or two older than the invoice.

    Cin7: For a night or two sales are shipped and NOT INVOICED.

    Integration: Everything is Completed.

    Ledger: Cost of sales is a day or two ahead of revenue for a small share of sales.

    Mistaken for: Shipments whose invoice nobody will ever authorise.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: customers who are billed later than they are served.
    """

    layer = "operations"
    headline = ""
    looks_like = "shipment_authorised_invoice_missing"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.05, 0.0, 1.0, "share of packed sales that are looked at first")}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the evening's invoice run."""
        policies, marks, clock, calendar = world.work, world.marks, world.clock, world.calendar
        takes, share = policies.invoices_packed_sale, values["share"]
        draw = world.draws.stream("event/invoices looked at")
        held_until: dict[int, int] = {}

        def looks_first(ship: int, day: int) -> bool:
            if ship in held_until:
                return day >= held_until[ship] and takes(ship, day)
            if not (draw.happens(share, ship) and scope.acts(day) and scope.touches("channel", channel_of(ship))):
                return takes(ship, day)
            held_until[ship] = calendar.add_workdays(day, draw.between(1, 2, ship, 1))
            marks.note("invoiced_after_a_price_check", ship, clock.now)
            return False

        policies.invoices_packed_sale = looks_first
