"""Customers who pay when they order."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_all
from ..founding import World


class CapturedWithTheOrder:
    """A web shop takes its customers' money with the order instead of with the goods.

    Cause: The shop's payment capture is put from fulfilment to order, since card authorisations used to expire.

    Operations: The gateway charges customers at the minute of the order; what is not sent is given back.

    Cin7: Each order brings a customer credit, which settles the invoice once the goods leave. Nothing is invoiced sooner.

    Integration: Everything is Completed.

    Ledger: Clearing rises earlier, and customer credits stand for what was paid and not sent; revenue waits for the
    goods.

    Mistaken for: Invoices that are authorised before their goods leave.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: prepaid orders and deposit invoices; Cin7 help on Shopify
    settings (capture at created, paid or fulfilled).
    """

    layer = "cin7"
    headline = ""
    looks_like = "invoice_authorised_before_shipment"
    stages = ()
    may_reach = ()
    parameters = {"changed": Parameter(1, 0, 1, "1: web shops take the money with the order")}
    inert = {"changed": 0}
    needs = ("web shop", "captures late")
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the capture setting of web shops."""
        settings, marks, clock = world.staging.settings, world.marks, world.clock
        chosen = [
            config.name for n, config in enumerate(world.case.profile.channels)
            if config.kind == "shopify" and config.capture == "fulfilment" and scope.touches("channel", n)
        ]  # fmt: skip

        def watch(document: Document) -> None:
            if keys.document_kind_of(document.key) == keys.PREPAYMENT:
                marks.note("captured_with_the_order", document.key, document.recorded_at)

        if values["changed"] and chosen and scope.acts(clock.now // DAY):
            set_for_all(world, "captured_with_the_order")
            for name in chosen:
                settings.set(clock.now, "Capture", name, "on order", world.administrator.user)
            world.cin7.books.watchers.append(watch)
