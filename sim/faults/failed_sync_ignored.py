"""Fault 15 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from ..integration.staging import Record
from .contract import Parameter, Scope


class FailedSyncIgnored:
    """Failed records stay failed, because nobody owns the queue.

    Cause: The person who reviewed the sync every morning has left or is busy. A name that the ledger refuses, an item that was
    put away: each would take a minute, and none is looked at.

    Operations: Nothing out of place.

    Cin7: Nothing: invoices are authorised, paid and complete.

    Integration: Failed rows grow older week by week. Payments of a failed invoice stay Pending behind it; documents of a
    product or customer that failed fail with it.

    Ledger: Sales, receivables and tax are too low by the invoices that are missing. Their payments are missing, too, while the
    gateway's payouts reach the bank: clearing falls below what the gateway holds. Cost of sales is there, so margin falls.
    The month cannot be locked, since something dated in it still waits.

    Mistaken for: Errors of an hour when the ledger was busy, which went through at the next try; a timing difference at
    month-end.

    Hidden by: Bank lines coded straight to sales, or a revenue journal at month-end; both count the sale twice when the record
    is retried later.

    Fixed by: Reverse what was booked by hand; put right what each text asks for and retry in order: products, contacts,
    invoices and bills, payments, cost of sales. Dates stay as they are where the month is open, else the first open day or an
    agreed reopening. Give the queue an owner and a weekly look at the age of what failed.

    Source: "What Actually Breaks First in a Failing Cin7 System": a failed or skipped sync entry may be ignored because the
    team is busy; Cin7 help: a payment waits for its invoice.
    """

    layer = "integration"
    headline = "receivable"
    looks_like = ""
    stages = (1, 3)
    may_reach = (4, 6)
    parameters = {
        "share": Parameter(1.0, 0.0, 1.0, "share of failed records that nobody looks at"),
        "refused": Parameter(0.01, 0.0, 0.3, "share of customers' invoices whose contact the ledger refuses", 0.005, 0.06),
    }
    inert = {"share": 0.0, "refused": 0.0}
    needs = ()
    confined_by = ()
    must_break = ("queue_age",)
    may_break = ("bank_is_coded", "payouts_match")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the morning review, and let more names be refused than on ordinary days."""
        sends, queue = world.outbox.policies, world.queue_owner.policies
        meets, decides, marks, clock = sends.mishap, queue.decide, world.marks, world.clock
        share, refused = values["share"], values["refused"]
        draw = world.draws.stream("event/failed and left")
        left: set[int] = set()

        def meets_a_refusal(key: int, call: int) -> str:
            is_invoice = keys.kind_of(key) == keys.ORDER and keys.document_kind_of(key) == keys.INVOICE
            if call == 1 and is_invoice and draw.happens(refused, key, 1) and scope.acts(clock.now // DAY):
                marks.note("failed_sync_ignored", key, clock.now)
                return "name"
            return meets(key, call)

        def looks_away(record: Record) -> str:
            if record.key not in left:
                if not (draw.happens(share, record.key) and scope.acts(clock.now // DAY)):
                    return decides(record)
                left.add(record.key)
                marks.note("failed_sync_ignored", record.document.key, clock.now)
            return "leave"

        sends.mishap, queue.decide = meets_a_refusal, looks_away
