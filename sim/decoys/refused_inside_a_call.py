"""Calls with several documents whose answers are read one by one."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_all
from ..founding import World


class RefusedInsideACall:
    """Several documents go in one call; what is refused inside is seen and retried.

    Cause: To save calls, the integration sends several documents in one. The ledger answers 200 and refuses one of
    them inside, for an account that was archived; the integration reads each document's own answer.

    Operations: Nothing.

    Cin7: Nothing.

    Integration: Attempts with status 200 bear an error text; those records are Failed and, once the account is back,
    Completed the next working morning.

    Ledger: A few documents arrive a day or two late.

    Mistaken for: Documents that were refused inside a call and count as sent.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: Xero's accounting API with summarizeErrors=false: the call is 200, the refusal stands inside its document.
    """

    layer = "integration"
    headline = ""
    looks_like = "silent_partial_batch_acceptance"
    stages = ()
    may_reach = ()
    parameters = {
        "share": Parameter(0.01, 0.0, 0.5, "share of documents in such calls that the ledger refuses"),
        "together": Parameter(10, 2, 50, "documents that go in one call"),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Send several documents in a call and let some be refused there."""
        outbox, marks, clock, share = world.outbox, world.marks, world.clock, values["share"]
        if not share:
            return
        set_for_all(world, "refused_inside_a_call")
        outbox.documents_a_call = max(outbox.documents_a_call, int(values["together"]))
        sends = outbox.policies
        meets, draw = sends.mishap, world.draws.stream("event/refused and read")
        refused: set[int] = set()

        def is_refused_inside(key: int, call: int) -> str:
            sent_together = call == 1 and keys.document_kind_of(key) in _TOGETHER
            if sent_together and draw.happens(share, key) and scope.acts(clock.now // DAY):
                if key not in refused:
                    refused.add(key)
                    marks.note("refused_inside_a_call", key, clock.now)
                return "account"
            return meets(key, call)

        sends.mishap = is_refused_inside


_TOGETHER = (keys.INVOICE, keys.SHIP, keys.BILL)
"""Invoices, journals of cost of sales, bills: what waits for nothing and goes in the calls that carry most."""
