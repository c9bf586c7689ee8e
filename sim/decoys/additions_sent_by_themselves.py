"""Paid invoices that are added to, refused, and whose difference then goes to the ledger by itself."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class AdditionsSentByThemselves:
    """What was left off an invoice is added after it was paid; the ledger gets it as a document of its own.

    Cause: An extra that was left off is added to a finished sale. The ledger refuses to change what is paid; whoever reviews
    the queue skips the record and sends the difference anew, under a number of its own and dated that day.

    Operations: The customer has what was sent and owes the addition.

    Cin7: The invoice has one addition more; the sale is not COMPLETED any more.

    Integration: An Invoices record is Failed, since the invoice has been paid, then Skipped; one more record that carries the
    same document is Completed a working day later.

    Ledger: A further invoice over the addition stands beside the first one.

    Mistaken for: Changes of paid documents that were skipped and never arrived.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; look whether another record carries the document before judging a Skipped row.

    Source: Assumption, after the fault catalogue: a skipped row whose content went under another record.
    """

    layer = "integration"
    headline = ""
    looks_like = "paid_document_resync_rejected"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.25, 0.0, 1.0, "share of finished sales that are opened for an addition")}
    inert = {"share": 0.0}
    needs = ("invoices one by one",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the operator opens; how the refusals are dealt with is everyday work."""
        policies, marks, clock, share = world.operator.policies, world.marks, world.clock, values["share"]
        adds, draw = policies.adds_to, world.draws.stream("event/additions by themselves")

        def adds_an_extra(invoice: int) -> int:
            acts = scope.acts(clock.now // DAY) and scope.touches("channel", keys.channel_of(invoice))
            if not (acts and draw.happens(share, invoice)):
                return adds(invoice) if adds is not None else 0
            marks.note("additions_sent_by_themselves", keys.beside(invoice, keys.INVOICE_ADDED), clock.now)
            return draw.between(5, 15, invoice, 1)

        policies.adds_to = adds_an_extra
