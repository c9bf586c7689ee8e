"""Warnings about attachments."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class AttachmentsTooLarge:
    """Many invoices arrive with a warning that their attachment did not.

    Cause: Invoices are sent with their printed form, and a new logo makes the file too large for the ledger.

    Operations: Nothing.

    Cin7: Nothing.

    Integration: A share of invoices ends as Warning with a text about the attachment.

    Ledger: The invoices are there and right to the cent; the file is missing.

    Mistaken for: Warnings about tax rules, which move cents from tax to rounding.

    Hidden by: Nobody needs to.

    Fixed by: A smaller logo. The books need nothing.

    Source: The fault catalogue's own list of look-alikes: harmless attachment warnings.
    """

    layer = "integration"
    headline = ""
    looks_like = "sync_warning_cleared"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.1, 0.0, 1.0, "share of invoices whose attachment is too large")}
    inert = {"share": 0.0}
    needs = ("sales tax",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what an invoice's call meets."""
        sends, marks, clock, share = world.outbox.policies, world.marks, world.clock, values["share"]
        meets, draw = sends.mishap, world.draws.stream("event/large attachments")
        noted: set[int] = set()

        def meets_a_limit(key: int, call: int) -> str:
            is_invoice = keys.kind_of(key) == keys.ORDER and keys.document_kind_of(key) == keys.INVOICE
            if not (call == 1 and is_invoice and draw.happens(share, key) and scope.acts(clock.now // DAY)):
                return meets(key, call)
            if key not in noted:
                noted.add(key)
                marks.note("attachments_too_large", key, clock.now)
            return "attachment"

        sends.mishap = meets_a_limit
