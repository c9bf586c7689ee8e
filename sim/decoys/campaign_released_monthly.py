"""A journal that rightly repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import UsedUp
from ..operations.world import used_up_key


class CampaignReleasedMonthly:
    """A campaign paid before is released to expense at every close.

    Cause: Advertising for a year was bought ahead. What a month has used up of it is booked by journal.

    Operations: The contract says what each month is worth, and the campaign runs.

    Cin7: Nothing.

    Integration: Nothing.

    Ledger: The same two accounts, amount and narration at every close, posted by a person: Prepayments falls, Advertising
    bears it.

    Mistaken for: A journal that repeats because nobody looks for its cause.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the contract stands behind each journal, and no control account is touched.

    Source: The fault catalogue's own list of look-alikes: genuine recurring journals such as depreciation, prepayments and
    payroll.
    """

    layer = "operations"
    headline = ""
    looks_like = "recurring_manual_journal_workaround"
    stages = ()
    may_reach = ()
    parameters = {"amount_dollars": Parameter(900, 0, 50_000, "what a month uses up")}
    inert = {"amount_dollars": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let each month use up its part."""
        policies, marks, first = world.operations.policies, world.marks, world.clock.now // DAY
        used, cents = policies.used_up, round(values["amount_dollars"]) * 100
        advertising, prepaid = world.accounts["advertising"], world.accounts["prepayments"]

        def with_campaign(month_end: int) -> Iterable[UsedUp]:
            yield from used(month_end)
            if cents and scope.acts(month_end) and month_end >= first:
                marks.note("campaign_released_monthly", used_up_key(month_end, _NUMBER), world.clock.now)
                yield UsedUp(_NUMBER, "Campaign released from prepayment", advertising, prepaid, cents)

        policies.used_up = with_campaign


_NUMBER = 1
"""Its number among what a month uses up."""
