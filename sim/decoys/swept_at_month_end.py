"""Clearing accounts that are empty at a month-end because the gateways are."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..faults.contract import Parameter, Scope
from ..founding import World


class SweptAtMonthEnd:
    """In the last days of a month the gateways' balances are asked for at once.

    Cause: The owner wants the month's money in the bank and uses the gateways' instant payouts until the month is over.

    Operations: Payouts of the last days reach the bank on the same evening; the gateways' balances are zero at the month-end,
    but for what they hold in reserve.

    Cin7: Nothing.

    Integration: Nothing.

    Ledger: Clearing is at or near zero on the last day of the month, and rises again with the first captures of the next. No
    journal is involved.

    Mistaken for: A clearing account that was journalled to zero.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the payouts' dates and the gateways' balances say it all.

    Source: The fault catalogue's own list of look-alikes: a month with a payout on its last day, which makes zero the true
    balance.
    """

    layer = "operations"
    headline = ""
    looks_like = "clearing_forced_to_zero"
    stages = ()
    may_reach = ()
    parameters = {"days": Parameter(5, 0, 14, "days before a month-end from which payouts are asked for at once")}
    inert = {"days": 0.0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the gateways' rhythm."""
        policies, marks, clock, month_ends = world.operations.policies, world.marks, world.clock, world.calendar.month_ends
        sweeps, days = policies.sweeps, round(values["days"])

        def asks_at_once(gateway: int, day: int) -> bool:
            if not (any(end - days < day <= end for end in month_ends) and scope.acts(day)):
                return sweeps(gateway, day)
            marks.note("swept_at_month_end", keys.root(keys.PAYOUT, gateway << 16 | day), clock.now)
            return True

        policies.sweeps = asks_at_once
