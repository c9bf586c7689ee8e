"""Two payments of one amount to one payee, one day after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import BankCost
from ..operations.world import further_key


class SameAmountNextDay:
    """A payee debits the same amount on two days running, for two things.

    Cause: Two campaigns of one price are booked at the agency and debited one after the other.

    Operations: There are two bills.

    Cin7: Nothing.

    Integration: Nothing.

    Ledger: The bank statement has two lines of one text and amount, a working day apart; both are coded, rightly.

    Mistaken for: A bank line that was imported twice.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the dates differ, and so do the bills.

    Source: Assumption: what a search for equal text and amount within some days finds in any healthy bank account.
    """

    layer = "operations"
    headline = ""
    looks_like = "duplicated_bank_line"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.06, 0.0, 1.0, "share of working days on which a pair begins")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let the agency debit in pairs."""
        policies, marks, calendar = world.operations.policies, world.marks, world.calendar
        usual, account, share = policies.further_costs, world.accounts["advertising"], values["share"]
        draw = world.draws.stream("event/campaigns in pairs")

        def in_pairs(day: int) -> Iterable[BankCost]:
            yield from usual(day)
            before = day - 1
            while not calendar.is_workday(before):
                before -= 1
            for number, begun in enumerate((day, before), _NUMBER):
                if draw.happens(share, begun) and scope.acts(begun) and begun >= first:
                    marks.note("same_amount_next_day", further_key(day, number), world.clock.now)
                    yield BankCost(number, "CAMPAIGN BOOKING", account, 100 * draw.between(*_DOLLARS, begun, 1))

        first = calendar.workday_from(world.clock.now // DAY)
        policies.further_costs = in_pairs


_NUMBER = 4
"""Number of the first of a day's two lines; the licences of other vendors stand before."""
_DOLLARS = (60, 900)
"""What a campaign costs (assumption)."""
