"""Days on which the ledger turns calls away for some hours."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class LedgerBusyForHours:
    """The ledger is overloaded for an afternoon; what failed goes at the next try or the next morning.

    Cause: The ledger's service has a bad afternoon now and then and answers many calls with 503.

    Operations: Nothing.

    Cin7: Nothing.

    Integration: Many attempts of one day end with 503. Most records arrive half an hour or two hours later; those that have
    used up their tries are Failed and retried the next working morning.

    Ledger: Some documents of that day arrive late in the evening or the next day.

    Mistaken for: Failed records that nobody looks at.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the retries are made for it.

    Source: The fault catalogue's own list of look-alikes: transient errors retried within hours.
    """

    layer = "integration"
    headline = ""
    looks_like = "failed_sync_ignored"
    stages = ()
    may_reach = ()
    parameters = {
        "share": Parameter(0.7, 0.0, 1.0, "share of calls that are turned away on such an afternoon"),
        "days": Parameter(0.06, 0.0, 0.5, "share of days with such an afternoon"),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what a call meets."""
        sends, marks, clock = world.outbox.policies, world.marks, world.clock
        meets, share, days = sends.mishap, values["share"], values["days"]
        draw = world.draws.stream("event/ledger overloaded")
        noted: set[int] = set()

        def meets_a_busy_ledger(key: int, call: int) -> str:
            day, minute = divmod(clock.now, DAY)
            overloaded = minute >= _FROM and draw.happens(days, day) and scope.acts(day)
            if not (overloaded and draw.happens(share, key, call)):
                return meets(key, call)
            if key not in noted:
                noted.add(key)
                marks.note("ledger_busy_for_hours", key, clock.now)
            return "unavailable"

        sends.mishap = meets_a_busy_ledger


_FROM = 14 * 60
"""Minute of the day from which the ledger is overloaded (assumption)."""
