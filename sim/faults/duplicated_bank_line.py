"""Fault 48 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from ..ledger.books import Statement
from .contract import Parameter, Scope


class DuplicatedBankLine:
    """The bank's file is imported although the feed has brought its lines.

    Cause: The bookkeeper thinks that the feed is late, downloads the statement from the bank and imports it. The feed had
    brought these lines already; both are coded as the papers say.

    Operations: The bank's own balance, the landlord's receipt and the gateway's payout each know of one booking.

    Cin7: Nothing.

    Integration: The bank's feed came in time; nothing failed.

    Ledger: Costs and payouts stand there twice with one date, amount and text. The bank account differs from the bank's
    balance; expenses are too high, or clearing too low and fees too high, by each line that was coded again. Lines that the
    sync's payments settle find no second payment and are deleted, so suppliers and customers are right.

    Mistaken for: Two bills of one amount that follow each other; a payout that the gateway split; fees that have risen.

    Hidden by: A journal "bank difference" at month-end, or a manual statement balance.

    Fixed by: Compare the account with the bank's statement, delete the second line and undo its coding; in a closed month
    reverse it in the first open one.

    Source: The practitioners' list of what a generalist can solve: a one-off with a traceable source.
    """

    layer = "ledger"
    headline = "bank"
    looks_like = ""
    stages = (1,)
    may_reach = (4, 6)
    parameters = {"mornings": Parameter(3, 0, 60, "mornings on which the bank's file is imported as well", 1, 12)}
    inert = {"mornings": 0.0}
    needs = ()
    confined_by = ()
    must_break = ("bank_lines_once",)
    may_break = ("clearing_explained",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the bookkeeper's trust in the feed."""
        policies, marks, clock = world.bookkeeper.policies, world.marks, world.clock
        usual, wanted = policies.imports_again, round(values["mornings"])
        draw = world.draws.stream("event/statements imported")
        mornings: set[int] = set()

        def imports(statement: Statement) -> bool:
            day = clock.now // DAY
            if day not in mornings and (len(mornings) >= wanted or not draw.happens(_CHANCE, day) or not scope.acts(day)):
                return usual(statement)
            mornings.add(day)
            marks.note("duplicated_bank_line", keys.line(statement.key, 1), clock.now)  # the copy, which need not be there
            return True

        policies.imports_again = imports


_CHANCE = 0.35
"""How often the feed is not trusted on a morning, until that has happened often enough (assumption)."""
