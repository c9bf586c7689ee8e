"""Fault 26 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope


class RateLimitBurst:
    """Another program uses up the ledger's calls for days on end, and nothing of Cin7's gets through.

    Cause: A reporting tool or a historical export is connected to the same ledger and reads years of documents. What the ledger
    allows in a day is spent by the morning. The integration is turned away and tries again the next day, with the same result.

    Operations: Nothing out of place.

    Cin7: Nothing: documents are authorised and posted on time.

    Integration: Hundreds of records are Pending and the number grows. There is one attempt a day with 429 and a text about a
    limit; hardly anything is Failed. After the burst all of it arrives within hours.

    Ledger: Sales, receivables, cost of sales and inventory stand still while bank and clearing move on with the payouts. A
    month-end within the burst cannot be closed, or is closed without its last days. It comes right by itself when the queue
    has drained, unless somebody has booked something in between.

    Mistaken for: A broken connection; a busy evening, over by the next day; sales that fell away.

    Hidden by: Accruals for the missing days at month-end, which have to be reversed once the records arrive.

    Fixed by: Stop or throttle the other program, let the queue drain, and check that every record of the burst arrived under
    its date before the month is locked; reverse accruals. For good: consolidate by day, and keep historical reads
    to the night of a month's middle.

    Source: "What Actually Breaks First in a Failing Cin7 System": transaction bursts can trigger rate-limit errors such as
    HTTP 429; developer.xero.com on limits of a tenant; Intuit on throttling. That others use up a day's calls of
    QuickBooks Online, which limits minutes, is an assumption.
    """

    layer = "integration"
    headline = "receivable"
    looks_like = ""
    stages = (1,)
    may_reach = (4, 6)
    parameters = {
        "share": Parameter(1.0, 0.0, 1.0, "share of these days on which no call is left", 0.8, 1.0),
        "days": Parameter(25, 1, 250, "calendar days from its beginning for which the other program reads", 12, 45),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ("queue_age", "bank_is_coded", "payouts_match")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let another program use up the ledger's calls."""
        outbox, marks, clock, share = world.outbox, world.marks, world.clock, values["share"]
        gate, until, usual = outbox.gate, clock.now // DAY + int(values["days"]), outbox.gate.others
        draw = world.draws.stream("event/calls used up")
        noted: set[int] = set()

        def uses_them_up(now: int) -> bool:
            day = now // DAY
            if not (day < until and draw.happens(share, day) and scope.acts(day)):
                return usual is not None and usual(now)
            for document in outbox.fetch:
                if document.key not in noted:
                    noted.add(document.key)
                    marks.note("rate_limit_burst", document.key, now)
            return True

        if share:
            gate.others = uses_them_up
