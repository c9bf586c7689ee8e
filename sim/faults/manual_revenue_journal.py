"""Fault 10 of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..founding import World
from ..people.ledger.policies import HandJournal, journal_key
from .contract import Parameter, Scope


class ManualRevenueJournal:
    """Sales are brought up to another report by journal.

    Cause: When figures are due, the accountant compares the ledger's sales with the channel's own report. That report counts
    orders by the day they were placed, cancelled and unshipped ones too, so it shows more. The difference is journalled
    to Sales, and nobody reverses it.

    Operations: Nothing was sold that Cin7 does not know of: the orders in question are cancelled, or shipped and invoiced in
    the next month.

    Cin7: Nothing. Its sales report is right and lower than the ledger's.

    Integration: Everything is Completed; no record stands behind the journal.

    Ledger: Revenue is too high by each journal. The other side stands on receivables without an invoice, or, where the
    ledger takes no journals on receivables, on a clearing account without a charge.

    Mistaken for: Income that was deferred and is earned now; consolidated sales, which reach QuickBooks as journals of the
    integration; a good month.

    Hidden by: A write-off of "old receivables" or of the clearing account's balance later on.

    Fixed by: Reverse each journal with the date of its month, or in the first open one. Explain the two reports to each other
    by order: what is missing in Cin7 is downloaded again, the rest is a matter of dates.

    Source: "When You Actually Need a Cin7 Specialist": manual journal entries to sales revenue accounts are strictly
    prohibited.
    """

    layer = "ledger"
    headline = "sales"
    looks_like = ""
    stages = (1, 4)
    may_reach = (6,)
    parameters = {
        "portion": Parameter(0.03, 0.0, 1.0, "the journal, as a share of a month's sales", 0.015, 0.12),
        "every_months": Parameter(3, 1, 12, "month-ends from one journal to the next"),
    }
    inert = {"portion": 0.0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ("sales_are_documents",)
    may_break = ("tie_out", "controls_by_sync_only", "receivable_explained", "clearing_explained")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Add a journal to the list of some closes."""
        policies, marks, clock, books = world.accountant.policies, world.marks, world.clock, world.ledger
        listed, of_sales = policies.closing_journals, world.accounts_for("sales")
        takes_debtors = world.case.profile.ledger == "quickbooks"  # Xero lets no manual journal near its receivables
        against = world.accounts["receivable"] if takes_debtors else world.operations.gateways[0].clearing
        sales, every = world.accounts["sales"], round(values["every_months"])
        draw = world.draws.stream("event/sales compared")
        passed: list[int] = []

        def with_the_difference(month_end: int) -> Iterable[HandJournal]:
            yield from listed(month_end)
            if not (values["portion"] and scope.acts(month_end)):
                return
            passed.append(month_end)
            if (len(passed) - 1) % every:
                return
            a_month = -sum(books.balance_on(code, month_end) for code in of_sales) * _MONTH // (month_end + 1)
            cents = max(1, round(values["portion"] * a_month * draw.between(*_PERCENT, month_end) / 100))
            marks.note("manual_revenue_journal", journal_key(month_end, _NUMBER), clock.now)
            yield HandJournal(month_end, "Sales as reported by the channels", [(against, cents), (sales, -cents)], _NUMBER)

        policies.closing_journals = with_the_difference


_NUMBER, _MONTH = 1, 30
"""Its number on the list, and days of a month."""
_PERCENT = (60, 140)
"""How far the two reports are apart, as a share of what they are on average (assumption)."""
