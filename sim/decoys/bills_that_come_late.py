"""Suppliers who take their time to send a bill."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..keys import AHEAD_FROM, ordinal_of, supplier_of


class BillsThatComeLate:
    """Some suppliers send their bills two to four weeks after the goods; until then the accrual stands, rightly.

    Cause: Suppliers who bill once a month, or whose bills go through their head office first.

    Operations: The dock's papers are some weeks older than the bill.

    Cin7: Purchases stay RECEIVED and NOT INVOICED for some weeks, then get their invoice on the day it comes.

    Integration: Everything is Completed.

    Ledger: The inventory accrual is larger than usual and made of young items that are used up one by one.

    Mistaken for: Bills that were entered elsewhere, and an accrual that nobody will ever clear.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; asking the supplier for bills by e-mail shortens it.

    Source: The fault catalogue's own list of look-alikes: goods received in the last days of a month, supplier terms.
    """

    layer = "operations"
    headline = ""
    looks_like = "grni_not_cleared"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.4, 0.0, 1.0, "share of bills that come late")}
    inert = {"share": 0.0}
    needs = ("stock first", "accrual")
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the time that a bill takes to come."""
        policies, marks, clock, share = world.operations.suppliers.policies, world.marks, world.clock, values["share"]
        travels, draw = policies.mail_days, world.draws.stream("event/bills late")

        def takes_its_time(bill: int, date: int) -> int:
            usual, ahead = travels(bill, date), ordinal_of(bill) >= AHEAD_FROM
            if ahead or not (draw.happens(share, bill) and scope.acts(date) and scope.touches("supplier", supplier_of(bill))):
                return usual
            marks.note("bills_that_come_late", bill, clock.now)
            return usual + draw.between(*_DAYS, bill, 1)

        policies.mail_days = takes_its_time


_DAYS = (8, 18)
"""Further working days that such a bill travels (assumption: monthly billing, half a month on average)."""
