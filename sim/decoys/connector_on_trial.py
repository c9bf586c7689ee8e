"""A reporting application that posts and takes back what it posted."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..integration.connector import FIRST_WAKE, SalesConnector, summary_of


class ConnectorOnTrial:
    """A program on trial posts a summary of each payout and reverses it at once.

    Cause: Somebody tries out a program that explains payouts. As long as it is on trial it posts each summary to the ledger
    and takes it back in the same minute.

    Operations: Nothing.

    Cin7: Nothing.

    Integration: Nothing; its journals do not go through the staging area.

    Ledger: Two journals a payout by the program's user, debit clearing and credit sales, and the reverse of it. Their
    balance is nothing, on the same day.

    Mistaken for: Sales that are reported to the ledger twice.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; add up what a user's journals come to before judging their number.

    Source: The fault catalogue's own list of look-alikes: another presentation of the same sales.
    """

    layer = "integration"
    headline = ""
    looks_like = "duplicate_revenue_path"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of payouts that are reported and taken back")}
    inert = {"share": 0.0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ()
    may_break = ("sales_are_documents",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Connect the program."""
        share = values["share"]
        if not share:
            return
        marks, clock, draw = world.marks, world.clock, world.draws.stream("event/payouts on trial")

        def reports(payout: int) -> bool:
            if not (draw.happens(share, payout) and scope.acts(clock.now // DAY)):
                return False
            marks.note("connector_on_trial", summary_of(payout), clock.now)
            return True

        user = world.lexicon.code("user", "Payout reports")
        rate = max(channel.tax.value for channel in world.case.profile.channels if channel.gateways)
        connector = SalesConnector(
            world.rules, world.accounts, round(rate * _BASIS), world.lexicon, user, reports, reverses=True
        )
        clock.add(connector, clock.now + FIRST_WAKE)


_BASIS = 10_000
