"""Fault 14 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from ..integration.staging import Record
from .contract import Parameter, Scope


class SkippedInventoryJournal:
    """Journals of stock adjustments are refused and skipped, and never reach the ledger.

    Cause: An account that Cin7 posts stock adjustments, write-offs or recovered parts to was archived or renumbered in the
    ledger, and the integration still sends the old code. Whoever reviews the queue skips the failed journals, since nobody
    misses them.

    Operations: Nothing out of place: goods were counted, broke or were taken apart.

    Cin7: The adjustment is COMPLETED; on hand and stock value are right, the write-off stands among the transactions.

    Integration: Records of the type Manual journals are Failed with the ledger's text about an account code, and Skipped a
    working day later. Nothing else fails; invoices and cost of sales of the same days are Completed.

    Ledger: Inventory is off by exactly the journals that were skipped, against what they did in Cin7: too high where stock was
    written off, too low where it was found. The expense is missing. The gap stays constant until the next one is skipped.

    Mistaken for: A skipped record whose content went under another one; channels that are set to send nothing, which also
    leave Skipped rows; shrinkage, since ledger and shelves disagree.

    Hidden by: A journal in the ledger over the difference between the inventory account and Cin7's report, which nobody can
    take back to a document, and which is wrong by the whole amount when the record is set to Pending after all.

    Fixed by: List skipped Manual journals, and for each the Cin7 document it carried; put the account right in the ledger or
    in the mapping; set the record to Pending where its month is open, or post one journal that names the Cin7 document, dated
    on the first open day. First reverse whatever was journalled over the gap.

    Source: "When You Actually Need a Cin7 Specialist": stock adjustments, raw material write-offs or production disassemblies
    that triggered sync issues and were skipped or blocked; Cin7 help on skipping records; the text is Xero's own.
    """

    layer = "integration"
    headline = "inventory"
    looks_like = ""
    stages = (1, 3)
    may_reach = (4, 6)
    parameters = {"share": Parameter(0.8, 0.0, 1.0, "share of stock journals that are refused and skipped", 0.4, 1.0)}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ()
    must_break = ("skipped_is_carried",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what meets stock journals on their way, and what becomes of those that failed for it."""
        sends, queue, share = world.outbox.policies, world.queue_owner.policies, values["share"]
        meets, decides, marks, clock = sends.mishap, queue.decide, world.marks, world.clock
        draw = world.draws.stream("event/journals refused")
        refused: set[int] = set()

        def meets_an_old_code(key: int, call: int) -> str:
            own = keys.document_of(key) == key and keys.is_stock_task(key)
            if call == 1 and own and draw.happens(share, key) and scope.acts(clock.now // DAY):
                if key not in refused:
                    refused.add(key)
                    marks.note("skipped_inventory_journal", key, clock.now)
                return "account"
            return meets(key, call)

        def gives_up(record: Record) -> str:
            return "skip" if record.key in refused else decides(record)

        sends.mishap, queue.decide = meets_an_old_code, gives_up
