"""A day on which the ledger's calls are used up."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class BurstOfADay:
    """Now and then another program uses up a day's calls; the rest goes the next morning.

    Cause: A report that reads the whole ledger runs once in a while and takes all calls that the ledger allows in a day.

    Operations: Nothing.

    Cin7: Nothing.

    Integration: Records of that day are Pending over night and arrive the next morning; one attempt with 429.

    Ledger: A day's documents are there a day late.

    Mistaken for: A backlog that lasts.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: a backlog that heals itself within a day or two.
    """

    layer = "integration"
    headline = ""
    looks_like = "rate_limit_burst"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.05, 0.0, 0.3, "share of days on which the calls are used up")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let another program use up the ledger's calls on some days, never on two in a row."""
        outbox, marks, clock, share = world.outbox, world.marks, world.clock, values["share"]
        usual, draw = outbox.gate.others, world.draws.stream("event/a day without calls")
        noted: set[int] = set()

        def uses_them_up(now: int) -> bool:
            day = now // DAY
            if not (draw.happens(share, day) and not draw.happens(share, day - 1) and scope.acts(day)):
                return usual is not None and usual(now)
            for document in outbox.fetch:
                if document.key not in noted:
                    noted.add(document.key)
                    marks.note("burst_of_a_day", document.key, clock.now)
            return True

        if share:
            outbox.gate.others = uses_them_up
