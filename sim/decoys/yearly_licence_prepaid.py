"""A licence that is paid for a year ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import BankCost, UsedUp
from ..operations.world import further_key


class YearlyLicencePrepaid:
    """Software is paid for a year ahead and released month by month.

    Cause: The vendor offers a year for less than twelve months, and the business takes it.

    Operations: The bill says that it is for twelve months from now.

    Cin7: Nothing.

    Integration: Nothing.

    Ledger: One payment to the vendor stands on Prepayments, unlike his monthly ones; from then on each close releases
    the twelfth part of it to the expense.

    Mistaken for: A monthly bill that was put to the wrong account.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the schedule of releases is the answer to whoever asks.

    Source: The fault catalogue: ordinary recurring journals and non-stock expenses are what a naive rule takes for faults.
    """

    layer = "operations"
    headline = ""
    looks_like = "miscoded_bill"
    stages = ()
    may_reach = ()
    parameters = {"bills_ahead": Parameter(3, 0, 7, "licences taken, one every week or so")}
    inert = {"bills_ahead": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let the vendor bill a year."""
        policies, marks, calendar = world.operations.policies, world.marks, world.calendar
        usual, used, wanted = policies.further_costs, policies.used_up, round(values["bills_ahead"])
        prepaid, software = world.accounts["prepayments"], world.accounts["software"]
        draw = world.draws.stream("event/years ahead")
        taken: list[tuple[int, int]] = []
        first = world.clock.now // DAY

        def with_licence(day: int) -> Iterable[BankCost]:
            yield from usual(day)
            n = len(taken)
            if n < wanted and day >= calendar.workday_from(first + _EVERY_DAYS * n + 3) and scope.acts(day):
                cents = 12 * draw.between(*_CENTS, n)
                taken.append((day, cents))
                marks.note("yearly_licence_prepaid", further_key(day, n), world.clock.now)
                yield BankCost(n, "SOFTWARE SUBSCRIPTIONS YEAR", prepaid, cents)

        def released(month_end: int) -> Iterable[UsedUp]:
            yield from used(month_end)
            cents = sum(paid // 12 for day, paid in taken if month_end - day < _YEAR)
            if cents:
                yield UsedUp(0, "Licences released from prepayment", software, prepaid, cents)

        policies.further_costs, policies.used_up = with_licence, released


_EVERY_DAYS, _CENTS, _YEAR = 8, (1_500, 9_000), 365
"""Days between licences, cents a month that one costs, and days until it has been released (assumption)."""
