"""Fault 40 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from ..integration.connector import FIRST_WAKE, SalesConnector, summary_of
from .contract import Parameter, Scope


class DuplicateRevenuePath:
    """A second application reports the same sales to the ledger.

    Cause: Somebody connects the shop or its gateway to the ledger directly, to see payouts explained. Cin7 goes on sending its
    invoices. Nobody has said which of the two is to book the sales.

    Operations: Nothing out of place: orders, parcels and payouts are what they were.

    Cin7: Nothing. Its sales report and its invoices are right.

    Integration: The staging area is clean, all records are Completed: the second path does not go through it.

    Ledger: From one day on there is a journal for each payout by a user that is not Cin7's integration: debit clearing, credit
    sales and tax. Sales are up to twice those of Cin7, tax is owed twice, and clearing, which the payouts empty only once,
    grows by each report. Receivables, inventory and cost of sales are right, so margin looks wonderful.

    Mistaken for: A good season; gross instead of net presentation; consolidated sales of the integration, which are journals in
    QuickBooks Online, too.

    Hidden by: A journal that brings clearing back, against fees or a suspense account; sales stay doubled.

    Fixed by: Decide on one path. Disconnect the other, void its journals from the first day on, each under its own date, or
    reverse them in the first open month with a list; correct the tax return; then reconcile clearing to the gateway's
    balance. Reverse journals over clearing first.

    Source: Connectors' own help (A2X: do not post sales from two systems); the fault catalogue.
    """

    layer = "integration"
    headline = "sales"
    looks_like = ""
    stages = (1, 4, 6)
    may_reach = ()
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of payouts that are reported a second time", 0.3, 1.0)}
    inert = {"share": 0.0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ("clearing_explained",)
    may_break = ("sales_are_documents",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Connect the second application."""
        share = values["share"]
        if not share:
            return
        marks, clock, draw = world.marks, world.clock, world.draws.stream("event/payouts reported")

        def reports(payout: int) -> bool:
            if not (draw.happens(share, payout) and scope.acts(clock.now // DAY)):
                return False
            marks.note("duplicate_revenue_path", summary_of(payout), clock.now)
            return True

        user = world.lexicon.code("user", "Payout reports")
        rate = max(channel.tax.value for channel in world.case.profile.channels if channel.gateways)
        connector = SalesConnector(world.rules, world.accounts, round(rate * _BASIS), world.lexicon, user, reports)
        clock.add(connector, clock.now + FIRST_WAKE)


_BASIS = 10_000
