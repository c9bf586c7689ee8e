"""Fault 33 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from ..integration.staging import Record
from .contract import Parameter, Scope


class PaidDocumentResyncRejected:
    """Invoices that are paid are opened and changed, and the ledger does not take the change.

    Cause: What was left off an invoice (an extra, a surcharge) is added by opening the finished sale, changing a line and
    authorising it again. Cin7 exports the invoice once more; the ledger has it as paid and refuses to change it. Whoever
    reviews the queue takes this for one more memo that somebody edited, and skips it.

    Operations: The customer has what was sent and owes the addition.

    Cin7: The invoice has one addition more, dated like the invoice and authorised days later; the sale is not COMPLETED any
    more, since something of it is unpaid. Revenue, receivables and tax are right.

    Integration: A second record of the type Invoices for the sale: Failed, with the ledger's text that the invoice has been
    paid and the payment would have to be removed first, then Skipped at the next review. Records of invoices whose memo alone
    was edited look the same and hold nothing.

    Ledger: The invoice stands as it was first sent, paid in full. Sales, receivables and tax are too low by the additions, and
    the gap grows by one addition after the other; clearing and bank are right.

    Mistaken for: Idle edits of memos, which are refused in the same words and are rightly skipped; discounts given by hand;
    a difference in tax rounding between two systems.

    Hidden by: Skipping the record; a journal between receivables and sales at the close, which nobody can take back to an
    invoice, and which counts twice when the addition is sent after all.

    Fixed by: Reverse the journals over the gap first. Then, of skipped invoice records, find those whose document changed its
    amounts. Where the month is open, remove the payment in the ledger, set the record to Pending, and apply the payment
    again with its old date; where it is closed, send the difference as an invoice of its own on the first open day. From then
    on, additions to what is paid are invoices of their own, and reductions credit notes.

    Source: Cin7's integration support page on Core sync errors, with the text of the refusal; Cin7 help, Xero questions;
    GrowthPath's reference on the integration: once a payment is on a document, Xero takes no change of it.
    """

    layer = "integration"
    headline = "receivable"
    looks_like = ""
    stages = (1, 3)
    may_reach = (4, 6)
    parameters = {
        "share": Parameter(0.08, 0.0, 1.0, "share of finished sales that are opened for an addition", 0.03, 0.2),
        "uplift": Parameter(15.0, 1.0, 50.0, "what is added, in parts in a hundred of the goods", 8.0, 30.0),
    }
    inert = {"share": 0.0}
    needs = ("invoices one by one",)
    confined_by = ("channel",)
    must_break = ("skipped_is_carried",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the operator opens, and what becomes of the records that are refused for it."""
        edits, queue, marks, clock = world.operator.policies, world.queue_owner.policies, world.marks, world.clock
        adds, settles = edits.adds_to, queue.paid_edit
        share, uplift = values["share"], round(values["uplift"])
        draw = world.draws.stream("event/finished sales opened")
        opened: set[int] = set()

        def adds_what_was_left_off(invoice: int) -> int:
            acts = scope.acts(clock.now // DAY) and scope.touches("channel", keys.channel_of(invoice))
            if not (acts and draw.happens(share, invoice)):
                return adds(invoice) if adds is not None else 0
            added = keys.beside(invoice, keys.INVOICE_ADDED)
            opened.add(added)
            marks.note("paid_document_resync_rejected", added, clock.now)
            return uplift

        def takes_it_for_a_memo(record: Record) -> str:
            return "skip" if record.document.key in opened else settles(record)

        edits.adds_to, queue.paid_edit = adds_what_was_left_off, takes_it_for_a_memo
