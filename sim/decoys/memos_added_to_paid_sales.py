"""Paid sales that get a memo and are refused a second time, with nothing in them changed."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class MemosAddedToPaidSales:
    """Somebody writes tracking numbers into the memo of finished sales, and each is exported again.

    Cause: A carrier's numbers come by mail and are typed into the memo of sales that are shipped and paid.

    Operations: Nothing.

    Cin7: The sale stays as it was; no amount, line or date changes.

    Integration: A second record for an invoice that the ledger has: Failed, since the invoice has been paid, and Skipped at
    the next review. The first record of the same invoice is Completed.

    Ledger: The invoice stands there once, paid, with Cin7's amounts.

    Mistaken for: Changes of amounts that the ledger refused and that are missing there.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; compare the document's amounts in both systems before judging a refused edit.

    Source: The fault catalogue's own list of look-alikes: an edit without a change is a harmless skip.
    """

    layer = "integration"
    headline = ""
    looks_like = "paid_document_resync_rejected"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.1, 0.0, 1.0, "share of finished sales whose memo is edited")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the operator edits."""
        policies, marks, clock, share = world.operator.policies, world.marks, world.clock, values["share"]
        edits, draw = policies.edits_memo, world.draws.stream("event/memos on finished sales")

        def edits_more(sale: int) -> bool:
            acts = scope.acts(clock.now // DAY) and scope.touches("channel", keys.channel_of(sale))
            if not (acts and draw.happens(share, sale)):
                return edits(sale)
            marks.note("memos_added_to_paid_sales", sale, clock.now)
            return True

        policies.edits_memo = edits_more
