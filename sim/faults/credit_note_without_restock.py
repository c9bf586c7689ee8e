"""Fault 36 of the catalogue, as it is named there."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class CreditNoteWithoutRestock:
    """Goods came back and were credited, but their restock is never authorised.

    Cause: Whoever handles returns credits the customer and puts the goods back on the shelf. The restock is a part of the
    credit note on its own, and it is left in draft.

    Operations: The returns book shows the goods received and fit for sale; they lie on the shelf and can be sold.

    Cin7: The credit note is AUTHORISED and its restock is not. On hand and available are too low by what came back, stock
    value with them. The shop shows less than there is, so sales are lost and replenishment orders too early.

    Integration: Credit note and refund are Completed; no restock journal was ever staged.

    Ledger: Revenue and receivables are right. Cost of sales was never given back and inventory is too low by the same amount,
    so margin looks worse than it is. Sub-ledger and ledger agree.

    Mistaken for: Damaged goods, refunds that let the customer keep the goods, credits for a price alone.

    Hidden by: Counts and stock adjustments that "find" the goods, at average cost or at none, against the discrepancy account
    instead of cost of sales. When the restock is authorised later the goods are there twice.

    Fixed by: Compare the returns book with the restocks of credit notes, undo any adjustment or count that found the goods,
    then authorise each restock dated when the goods came, or the first open day after a lock; it takes the original cost.

    Source: The first check of a monthly review that practitioners publish: credit notes without restock; Cin7 help on returns
    from Shopify.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {
        "share": Parameter(0.4, 0.0, 1.0, "share of resalable returns that are credited and not restocked", 0.15, 0.9),
    }
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ("channel",)
    must_break = ("credited_is_restocked",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of restocking what is put back."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        restocks, draw = policies.restocks, world.draws.stream("event/restocks left in draft")

        def leaves_in_draft(note: int, day: int) -> bool:
            if not (draw.happens(share, note) and scope.acts(day) and scope.touches("channel", channel_of(note))):
                return restocks(note, day)
            marks.note("credit_note_without_restock", note, clock.now)
            return False

        policies.restocks = leaves_in_draft
