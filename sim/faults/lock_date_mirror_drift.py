"""Fault 8 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.books import Document
from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope, set_for_all


class LockDateMirrorDrift:
    """Months are closed in the ledger and left open in Cin7.

    Cause: Finance locks the ledger at every close, and nobody moves Cin7's period lock date along any more. Since it
    means "earlier than" and the ledger's "on or before", the same date typed into both leaves one day open; here it is
    whole months.

    Operations: Nothing.

    Cin7: The lock date stands still for months. Late bills, receipts, shipments and cost corrections are entered with
    dates in months that finance has signed off; without the drift they would bear a date in the open month.

    Integration: Such documents fail in clusters with the ledger's lock date text and wait for somebody to decide. Where
    the integration connects as an adviser, the ledger takes them and says nothing.

    Ledger: Either the closed months lack those documents until they are opened again for them, or their figures change
    after sign-off. While documents wait, stock, accrual, payables and cost of sales differ from Cin7 by them.

    Mistaken for: One cost correction that met a closed month, with both dates in step; a month opened on purpose, with
    the push completed; an edited memo that is refused although nothing changed.

    Hidden by: Skipping the failed rows and rolling the difference forward with a journal in the open month, which then
    stands beside the document when somebody retries it.

    Fixed by: Empty the queue first: open the ledger and push, or skip each row with a documented entry in the open month,
    never both. Then set both dates together, Cin7's one day after the ledger's, and make it one step of the close.

    Source: "When You Actually Need a Cin7 Specialist": period lock dates not mirrored between Cin7 and the accounting
    software; Cin7 help on financial settings.
    """

    layer = "cin7"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (3, 4, 6)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of closes at which Cin7's date stays where it is", 0.5, 1.0)}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ()
    must_break = ("locks_mirrored",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the administrator's habit of closing Cin7 when asked to."""
        policies, books, marks, clock = world.administrator.policies, world.cin7.books, world.marks, world.clock
        lock_date_for, share = policies.lock_date_for, values["share"]
        draw = world.draws.stream("event/dates left behind")
        meant = {"date": 0}

        def leaves_it(until: int) -> int | None:
            date = lock_date_for(until)
            if date is None or not (draw.happens(share, until) and scope.acts(clock.now // DAY)):
                meant["date"] = 0
                return date
            if date > meant["date"]:
                set_for_all(world, "lock_date_mirror_drift")
            meant["date"] = date
            return None

        def watch(document: Document) -> None:
            if document.pairs and books.lock_date <= document.effective_date < meant["date"]:
                marks.note("lock_date_mirror_drift", document.key, document.recorded_at)

        if share:
            policies.lock_date_for = leaves_it
            books.watchers.append(watch)
