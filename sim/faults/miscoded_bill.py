"""Fault 47 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from ..ledger.books import Statement
from .contract import Parameter, Scope


class MiscodedBill:
    """A bill of the month is put to Prepayments.

    Cause: The bookkeeper codes the morning's bank lines, takes a monthly bill for a yearly one and puts it to Prepayments. No
    schedule releases it, since there is nothing to release.

    Operations: The bill says which month it is for. Nothing else is touched.

    Cin7: Nothing. The bill never passes through Cin7.

    Integration: Nothing.

    Ledger: An asset stands there that is none, the month's expense is too low by the same amount, and profit too high. The
    payee's other payments stand on another account. No control account moves.

    Mistaken for: A year's licence paid ahead, which belongs to Prepayments; a month in which the service was not used.

    Hidden by: Nobody hides it. It stays until somebody asks what the balance of Prepayments consists of.

    Fixed by: Recode the bank line, or where its month is closed, move the amount by a journal in the first open month that
    names the line. Nothing upstream needs to change.

    Source: The practitioners' list of what a generalist can solve: a one-off with a traceable source.
    """

    layer = "ledger"
    headline = "prepayments"
    looks_like = ""
    stages = (1,)
    may_reach = ()
    parameters = {"bills": Parameter(3, 0, 24, "bills that are coded wrongly before somebody shows how it is done", 1, 8)}
    inert = {"bills": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the choice of account for money spent."""
        policies, marks, clock = world.bookkeeper.policies, world.marks, world.clock
        usual, left, prepaid = policies.account_for, [round(values["bills"])], world.accounts["prepayments"]
        mistaken = {world.accounts[cost.role] for cost in world.case.profile.close.overheads if cost.role in _LOOK_YEARLY}
        draw = world.draws.stream("event/bills put elsewhere")

        def coded_to(statement: Statement, account: int) -> int:
            slips = left[0] and account in mistaken and draw.happens(_CHANCE, statement.key)
            if not (slips and scope.acts(clock.now // DAY)):
                return usual(statement, account)
            left[0] -= 1
            marks.note("miscoded_bill", statement.key, clock.now)
            return prepaid

        policies.account_for = coded_to


_LOOK_YEARLY = ("software", "advertising", "insurance")
"""Roles of what is sold by the month and by the year alike."""
_CHANCE = 0.7
"""How often such a bill is coded wrongly, until that has happened often enough (assumption)."""
