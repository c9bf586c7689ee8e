"""Fault 32 of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..founding import World
from ..people.ledger.policies import HandJournal, journal_key
from .contract import Parameter, Scope


class ManualInventoryJournalBypassesSubledger:
    """Inventory is tied to Cin7's stock report by journal.

    Cause: At the close, some days into the new month, the accountant prints Cin7's stock value as it is then and compares it
    with the ledger's inventory at the month-end. They differ by what came and went in between. The difference is
    journalled to Inventory Discrepancy instead of being explained.

    Operations: Nothing. The shelf and Cin7 agree.

    Cin7: Nothing. Stock value and movements are right; no adjustment stands behind the journal.

    Integration: Everything is Completed.

    Ledger: Inventory differs from Cin7's sub-ledger by the journals so far, with either sign, and Inventory Discrepancy bears
    the other side. The next close finds the journal itself as a difference, and journals again.

    Mistaken for: The integration's own stock journals, which are manual journals by type too; approved journals about
    stores that are no merchandise; shrinkage.

    Hidden by: Itself: on the closing day the two reports show the same number.

    Fixed by: Reverse the journals; compare both systems for the same moment, with what waits in the queue and the
    reconciling items; look for the document behind whatever is left.

    Source: "What Actually Breaks First in a Failing Cin7 System": manual journals may bypass the inventory sub-ledger and make
    future reconciliation harder.
    """

    layer = "ledger"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (4, 6)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of month-ends at which it is done", 0.5, 1.0)}
    inert = {"share": 0.0}
    needs = ("own stock",)
    confined_by = ()
    must_break = ("tie_out", "controls_by_sync_only")
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Add a journal to the closing list."""
        policies, marks, clock, books = world.accountant.policies, world.marks, world.clock, world.ledger
        listed, share, stocks = policies.closing_journals, values["share"], world.cin7.stocks
        of_stock = world.accounts_for("inventory")
        inventory, discrepancy = world.accounts["inventory"], world.accounts["discrepancy"]
        draw = world.draws.stream("event/stock report compared")

        def with_the_difference(month_end: int) -> Iterable[HandJournal]:
            yield from listed(month_end)
            if not (draw.happens(share, month_end) and scope.acts(month_end)):
                return
            printed = sum(layer.value for stock in stocks for card in stock.layers for layer in card)
            cents = printed - sum(books.balance_on(code, month_end) for code in of_stock)
            if cents:
                marks.note("manual_inventory_journal_bypasses_subledger", journal_key(month_end, _NUMBER), clock.now)
                lines = [(inventory, cents), (discrepancy, -cents)]
                yield HandJournal(month_end, "Inventory to stock report", lines, _NUMBER)

        policies.closing_journals = with_the_difference


_NUMBER = 2
"""Its number on the list."""
