"""Fault 9 of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..founding import World
from ..people.ledger.policies import HandJournal, journal_key
from .contract import Parameter, Scope


class RecurringManualJournalWorkaround:
    """The same journal at every close, for a cause that is gone.

    Cause: Freight that suppliers billed late was once accrued by hand at each month-end. The buying was put in order since,
    but the journal is on the closing list, is copied from last month and is never reversed.

    Operations: Nothing. No delivery and no bill stands behind the amount.

    Cin7: Nothing. Its stock value, accrual and cost of sales are right, and differ from the ledger's by the journals so far.

    Integration: Everything is Completed.

    Ledger: The accrual for goods received grows by the same round amount each month, and cost of sales with it; margin is
    too low. Accounts, amount and narration repeat, and the author is a person.

    Mistaken for: Ordinary recurring journals such as depreciation or a release from prepayments; goods received in the last
    days of a month; a real rise of freight.

    Hidden by: Itself: each month the difference to Cin7 is explained by last month's list.

    Fixed by: Ask for the paper behind one of the journals, take it off the closing list, and reverse the whole stack in the
    first open month. Nothing upstream is left to repair.

    Source: "When You Actually Need a Cin7 Specialist": the same manual journal repeating across multiple months.
    """

    layer = "ledger"
    headline = "grni"
    looks_like = ""
    stages = (1, 4)
    may_reach = (6,)
    parameters = {"portion": Parameter(0.05, 0.0, 1.0, "the journal, as a share of a month's cost of sales", 0.02, 0.15)}
    inert = {"portion": 0.0}
    needs = ()
    confined_by = ()
    must_break = ("tie_out", "controls_by_sync_only")
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Add a journal to the closing list."""
        policies, marks, clock, books = world.accountant.policies, world.marks, world.clock, world.ledger
        listed, cost_of_sales = policies.closing_journals, world.accounts_for("cogs")
        cost, accrual = world.accounts["cogs"], world.accounts["grni"]
        copied: list[int] = []

        def with_last_months(month_end: int) -> Iterable[HandJournal]:
            yield from listed(month_end)
            if not (values["portion"] and scope.acts(month_end)):
                return
            if not copied:
                a_month = sum(books.balance_on(code, month_end) for code in cost_of_sales) * _MONTH // (month_end + 1)
                copied.append(max(1, round(values["portion"] * a_month / _ROUND)) * _ROUND)
            (cents,) = copied
            marks.note("recurring_manual_journal_workaround", journal_key(month_end, _NUMBER), clock.now)
            yield HandJournal(month_end, "Inbound freight, as every month", [(cost, cents), (accrual, -cents)], _NUMBER)

        policies.closing_journals = with_last_months


_NUMBER, _MONTH, _ROUND = 0, 30, 1_000
"""Its number on the list, days of a month, and the cents to which the amount was once rounded (assumption)."""
