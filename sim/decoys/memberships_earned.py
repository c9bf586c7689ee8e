"""Income that was deferred and is earned by journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import BankCost, UsedUp
from ..operations.world import further_key, used_up_key


class MembershipsEarned:
    """Members pay a year ahead; each close earns the month's part by journal.

    Cause: The business sells a membership by bank transfer. What is paid ahead is owed to the members and becomes income
    month by month.

    Operations: Members' payments come in at the beginning of a month, and they get what they paid for all year.

    Cin7: Nothing. Memberships are no products there, so its sales report is lower than the ledger's sales.

    Integration: Nothing.

    Ledger: Receipts stand on Customer Credits. At each close a person journals a part from there to Sales.

    Mistaken for: Sales that were brought up to another report by journal.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the list of members explains the balance and each journal. An income account of its own would
    spare questions.

    Source: The fault catalogue's own list of look-alikes: recognition of deferred revenue or gift cards.
    """

    layer = "operations"
    headline = ""
    looks_like = "manual_revenue_journal"
    stages = ()
    may_reach = ()
    parameters = {"members": Parameter(30, 0, 10_000, "members who pay in a month")}
    inert = {"members": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let members pay and be served."""
        policies, marks, calendar, first = world.operations.policies, world.marks, world.calendar, world.clock.now // DAY
        usual, used, fees = policies.further_costs, policies.used_up, round(values["members"]) * _FEE
        owed, sales = world.accounts["customer_credits"], world.accounts["sales"]
        draw = world.draws.stream("event/members")
        paid: list[int] = []
        """Cents of each month in which members paid."""

        def members_pay(day: int) -> Iterable[BankCost]:
            yield from usual(day)
            date = calendar.date(day)
            if fees and day >= first and day == calendar.workday_from(day - date.day + _DUE) and scope.acts(day):
                paid.append(fees * draw.between(*_PERCENT, day) // 1_200 * 12)
                marks.note("memberships_earned", further_key(day, _NUMBER), world.clock.now)
                yield BankCost(_NUMBER, "MEMBERSHIP FEES", owed, -paid[-1])

        def members_are_served(month_end: int) -> Iterable[UsedUp]:
            yield from used(month_end)
            cents = sum(each // 12 for each in paid[-12:])
            if cents:
                marks.note("memberships_earned", used_up_key(month_end, _NUMBER), world.clock.now)
                yield UsedUp(_NUMBER, "Membership income of the month", owed, sales, cents)

        policies.further_costs, policies.used_up = members_pay, members_are_served


_NUMBER, _FEE, _DUE, _PERCENT = 2, 4_800, 3, (80, 120)
"""Its number, a year's fee in cents, day of the month on which fees come in, and how much their number varies (assumption)."""
