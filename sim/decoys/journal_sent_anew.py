"""Failed stock journals that are skipped because another record brings what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..integration.staging import Record


class JournalSentAnew:
    """Failed stock journals are skipped and sent once more under a record of their own.

    Cause: An account was archived in the ledger by mistake. Whoever reviews the queue has it restored, skips what failed and
    sends each journal anew, dated that day.

    Operations: Nothing.

    Cin7: Nothing; the adjustments stand as they are.

    Integration: A Manual journal is Failed, then Skipped; a second record that carries the same document is Completed.

    Ledger: The journal stands there once, a working day or two late.

    Mistaken for: Stock journals that were skipped and never arrived.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; look whether another record carries the document before judging a Skipped row.

    Source: The fault catalogue's own list of look-alikes: a skipped duplicate of what the ledger has.
    """

    layer = "integration"
    headline = ""
    looks_like = "skipped_inventory_journal"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.5, 0.0, 1.0, "share of stock journals that fail and are sent anew")}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what meets stock journals on their way, and how those that failed for it are dealt with."""
        sends, queue, share = world.outbox.policies, world.queue_owner.policies, values["share"]
        meets, decides, marks, clock = sends.mishap, queue.decide, world.marks, world.clock
        draw = world.draws.stream("event/journals sent anew")
        refused: set[int] = set()

        def meets_an_archived_account(key: int, call: int) -> str:
            own = keys.document_of(key) == key and keys.is_stock_task(key)
            if call == 1 and own and draw.happens(share, key) and scope.acts(clock.now // DAY):
                if key not in refused:
                    refused.add(key)
                    marks.note("journal_sent_anew", key, clock.now)
                return "account"
            return meets(key, call)

        def sends_anew(record: Record) -> str:
            return "compensate" if record.key in refused else decides(record)

        sends.mishap, queue.decide = meets_an_archived_account, sends_anew
