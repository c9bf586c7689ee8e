"""Fault 2 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class ShipmentAuthorisedInvoiceMissing:
    """Goods left and their shipment is authorised, but the invoice stays a draft.

    Cause: Orders whose invoice has to be authorised by hand are fulfilled, and nobody comes back to the invoice. The evening's
    run passes them over.

    Operations: The parcel is gone, the carrier's papers and the shelf agree, the customer has the goods and may have paid.

    Cin7: The sale is shipped and NOT INVOICED for weeks. On hand and stock value are right, revenue and receivables too low.

    Integration: The cost-of-sales journal is Completed; no invoice was ever staged, and a payment that waits for it stays out.

    Ledger: Cost of sales without revenue: margin falls. Receivables are too low, or the gateway's clearing account shows a
    payout that nothing was paid into.

    Mistaken for: Discounts; samples and replacements sent free of charge; customers who are billed once a month.

    Hidden by: A revenue journal at month-end, which counts the sale twice when the invoice is authorised later.

    Fixed by: List what is shipped and not invoiced, authorise each invoice with its true date (or the first open day after a
    lock), let it sync, and reverse any revenue journal made for it.

    Source: "What Actually Breaks First in a Failing Cin7 System": a shipping or invoicing milestone may not be completed in
    the correct sequence; Cin7's month-end filters for dispatched and not invoiced.
    """

    layer = "operations"
    headline = "sales"
    looks_like = ""
    stages = (1, 4)
    may_reach = (3, 6)
    parameters = {"share": Parameter(0.05, 0.0, 1.0, "share of packed sales whose invoice stays a draft", 0.02, 0.2)}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ("shipped_is_invoiced",)
    may_break = ("clearing_explained", "bank_is_coded", "returned_is_credited")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the evening's invoice run."""
        policies, marks, clock = world.work, world.marks, world.clock
        takes, share = policies.invoices_packed_sale, values["share"]
        draw = world.draws.stream("event/invoices left in draft")
        left: set[int] = set()

        def passes_over(ship: int, day: int) -> bool:
            if ship in left:
                return False
            if not (draw.happens(share, ship) and scope.acts(day) and scope.touches("channel", channel_of(ship))):
                return takes(ship, day)
            left.add(ship)
            marks.note("shipment_authorised_invoice_missing", ship, clock.now)
            return False

        policies.invoices_packed_sale = passes_over
