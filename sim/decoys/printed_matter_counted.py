"""Journals about stores that are no merchandise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import UsedUp
from ..operations.world import used_up_key


class PrintedMatterCounted:
    """What is left of catalogues and cartons is counted at a month-end and booked by journal.

    Cause: Catalogues and printed cartons are bought for a season. What lies there at a month-end is carried forward.

    Operations: Somebody counts the store of printed matter, which is kept on paper.

    Cin7: Nothing. Printed matter is no product there.

    Integration: Nothing.

    Ledger: At each close a journal by hand, up or down, whose text speaks of stock and a count. It moves Prepayments and
    Advertising, and no inventory account.

    Mistaken for: Journals that tie the inventory account to Cin7.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the count sheet stands behind each journal.

    Source: The fault catalogue's own list of look-alikes: journals beside the integration's, read by their text.
    """

    layer = "operations"
    headline = ""
    looks_like = "manual_inventory_journal_bypasses_subledger"
    stages = ()
    may_reach = ()
    parameters = {"amount_dollars": Parameter(3_000, 0, 100_000, "what is there on average")}
    inert = {"amount_dollars": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let the store of printed matter rise and fall."""
        policies, marks, first = world.operations.policies, world.marks, world.clock.now // DAY
        used, cents = policies.used_up, round(values["amount_dollars"]) * 100
        advertising, prepaid = world.accounts["advertising"], world.accounts["prepayments"]
        draw = world.draws.stream("event/printed matter")
        there = [0]

        def counted(month_end: int) -> Iterable[UsedUp]:
            yield from used(month_end)
            if not (cents and scope.acts(month_end) and month_end >= first):
                return
            now = cents * draw.between(*_PERCENT, month_end) // 100
            if now != there[0]:
                marks.note("printed_matter_counted", used_up_key(month_end, _NUMBER), world.clock.now)
                yield UsedUp(_NUMBER, "Stock of printed matter as counted", prepaid, advertising, now - there[0])
            there[0] = now

        policies.used_up = counted


_NUMBER = 3
"""Its number among what a month uses up."""
_PERCENT = (40, 160)
"""How much the count varies about what is there on average (assumption)."""
