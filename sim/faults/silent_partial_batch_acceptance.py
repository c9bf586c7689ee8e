"""Fault 43 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope, set_for_all


class SilentPartialBatchAcceptance:
    """A call with several documents is answered 200, and the one that was refused inside counts as sent.

    Cause: To save calls, the integration sends several documents in one. The ledger answers 200 whatever it thinks of
    each; its refusal of one stands inside that document. The integration reads the status of the call and marks
    all of them Completed.

    Operations: Nothing out of place.

    Cin7: Nothing: the documents are authorised and posted.

    Integration: Everything is Completed, the missing documents too; there is no failed attempt for them. A payment of a missing
    invoice may fail later, with a text about the amount outstanding.

    Ledger: Now and then an invoice, a bill or a journal is not there. Each account is off by what its missing documents say:
    sales and receivables too low, or cost of sales too low and inventory too high.

    Mistaken for: A document that somebody voided in the ledger on purpose; a late sync; whatever else makes one account differ
    from Cin7 by the amount of one document.

    Hidden by: The green row on the sync's screen. Differences are journalled away by total.

    Fixed by: Match documents one by one, Cin7's against the ledger's, by number and amount; the statuses are of no help. Send
    each missing one again under its date, or the first open day; reverse journals that stood in for it. Let the
    integration read each document's own answer, and read back what it wrote.

    Source: Threads of integrators on Xero's summarizeErrors (the call is 200, the error stands in ValidationErrors of the
    document); that Cin7 Core itself does so is an assumption.
    """

    layer = "integration"
    headline = "sales"
    looks_like = ""
    stages = (1,)
    may_reach = (3, 4, 6)
    parameters = {
        "share": Parameter(0.01, 0.0, 0.5, "share of documents in such calls that the ledger refuses", 0.004, 0.05),
        "together": Parameter(10, 2, 50, "documents that go in one call"),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ("tie_out",)
    may_break = (
        "queue_age", "bank_is_coded", "receivable_explained", "payable_explained", "clearing_explained", "payouts_match",
    )

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Send several documents in a call, let some be refused there, and read the status of the call alone."""
        outbox, marks, clock, share = world.outbox, world.marks, world.clock, values["share"]
        if not share:
            return
        set_for_all(world, "silent_partial_batch_acceptance")
        outbox.documents_a_call = max(outbox.documents_a_call, int(values["together"]))
        sends = outbox.policies
        meets, reads, draw = sends.mishap, sends.reads_answer, world.draws.stream("event/refused inside a call")
        refused: set[int] = set()

        def is_refused_inside(key: int, call: int) -> str:
            sent_together = call == 1 and keys.document_kind_of(key) in _TOGETHER
            if sent_together and draw.happens(share, key) and scope.acts(clock.now // DAY):
                if key not in refused:
                    refused.add(key)
                    marks.note("silent_partial_batch_acceptance", key, clock.now)
                return "account"
            return meets(key, call)

        sends.mishap = is_refused_inside
        sends.reads_answer = lambda key, answer: None if key in refused else reads(key, answer)


_TOGETHER = (keys.INVOICE, keys.SHIP, keys.BILL)
"""Invoices, journals of cost of sales, bills: what waits for nothing and goes in the calls that carry most."""
