"""A closed month that is opened again on purpose, in both systems, for an hour."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_all
from ..founding import World


class ReopenedWithGoodReason:
    """Each closed month is opened again once, in both systems, for bills that came late.

    Cause: The owner wants bills in the month of their goods. The clerk keeps those dated in the closed month aside, and
    the accountant opens it for an hour, has them entered and pushed, and closes it again.

    Operations: Suppliers' bills came late.

    Cin7: The lock date goes back and forward again within a morning; some bills bear a date in the month before.

    Integration: All of them are Completed.

    Ledger: The lock date goes back and forward on the same day. Figures of the month change after its close, as agreed.

    Mistaken for: Lock dates that have drifted apart, so that late documents land in signed-off months.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a line in the closing notes says why.

    Source: The fault catalogue's own list of look-alikes: an authorised reopening with the push completed.
    """

    layer = "ledger"
    headline = ""
    looks_like = "lock_date_mirror_drift"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of closes after which a month is opened for late bills")}
    inert = {"share": 0.0}
    needs = ("stock first", "own warehouse")
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the accountant agrees to."""
        policies, marks, clock, share = world.accountant.policies, world.marks, world.clock, values["share"]
        usual, draw = policies.opens_for_bills, world.draws.stream("event/late bills wanted")
        agreed: set[int] = set()

        def agrees(month_end: int) -> bool:
            if not scope.acts(clock.now // DAY) or not draw.happens(share, month_end):
                return usual(month_end)
            agreed.add(month_end)
            set_for_all(world, "reopened_with_good_reason")
            return True

        def watch(key: int, date: int) -> None:
            if agreed and date <= max(agreed) and keys.document_kind_of(key) == keys.BILL:
                marks.note("reopened_with_good_reason", key, clock.now)
                set_for_all(world, "reopened_with_good_reason")

        policies.opens_for_bills = agrees
        world.clerk.bill_watchers.append(watch)
