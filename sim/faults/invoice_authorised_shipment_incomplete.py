"""Fault 1 of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..founding import World
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class InvoiceAuthorisedShipmentIncomplete:
    """Goods left and were invoiced, but the shipment task stays open.

    Cause: The person at the packing bench hands parcels to the carrier and does not authorise the shipment in
    Cin7, or a third party's warehouse leaves it out of its despatch confirmation. The evening's invoice run asks only
    whether a sale is packed, so the invoice goes out all the same.

    Operations: The parcel is gone: the carrier's papers show it collected, the shelf is empty, the customer is served.

    Cin7: The sale is INVOICED and paid, its shipment is DRAFT for weeks. Units stay on hand and allocated, so what
    is available looks right while on hand and stock value are too high.

    Integration: Nothing. The invoice and the payment are Completed; no cost-of-sales journal was ever staged.

    Ledger: Revenue, receivables and clearing are right; cost of sales is too low, inventory too high by the same
    amount, and gross margin rises without a commercial reason. The sub-ledger agrees with the ledger.

    Mistaken for: A price increase or a better product mix; invoices of the last day shipped on the first; prepaid
    orders; drop-shipped goods.

    Hidden by: A cost-of-sales accrual at month-end, or a stock adjustment "found missing" after a count. Either is
    doubled when the shipment is authorised later.

    Fixed by: Compare the carrier's papers with open shipment tasks, authorise each shipment with its true date (or the
    first open day after a lock), reverse any accrual or adjustment made for it, and let the invoice run ask for
    shipped goods.

    Source: "What Actually Breaks First in a Failing Cin7 System": an authorised invoice recognises revenue, but
    inventory and COGS are not reduced until the shipment milestone is completed; Cin7 help on accounting transactions.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1, 2, 4)
    may_reach = (6,)
    parameters = {
        "share": Parameter(0.05, 0.0, 1.0, "share of collected parcels whose shipment is not authorised", 0.02, 0.2),
        "entered_after_days": Parameter(0, 0, 250, "working days until it is authorised after all; 0: never"),
    }
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ("invoiced_is_shipped",)
    # Who is invoiced for what was announced as shipped pays for it all the same; what never left cannot come back.
    may_break = ("bank_is_coded", "credited_is_restocked")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of telling Cin7 what the carrier took: of our packing bench, and of a third party's."""
        bench, outside, marks, clock = world.work, world.operations.policies, world.marks, world.clock
        share, later = values["share"], int(values["entered_after_days"]) or None
        draw = world.draws.stream("event/shipments left open")

        def unless_left_open(tells: Callable[[int, int], int | None]) -> Callable[[int, int], int | None]:
            def leaves_open(ship: int, day: int) -> int | None:
                if not (draw.happens(share, ship) and scope.acts(day) and scope.touches("channel", channel_of(ship))):
                    return tells(ship, day)
                marks.note("invoice_authorised_shipment_incomplete", ship, clock.now)
                return later

            return leaves_open

        bench.shipment_entry_delay = unless_left_open(bench.shipment_entry_delay)
        outside.third_party_tells = unless_left_open(outside.third_party_tells)
