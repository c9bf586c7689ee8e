"""Fault 35 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import AHEAD_FROM, CHARGES_FROM, RECEIPT, document, ordinal_of, supplier_of
from ..people.operations.policies import IN_LEDGER, LATER
from .contract import Parameter, Scope


class LandedCostLateOrExpensed:
    """Freight and duty come onto the goods months late, or go straight to expense and never come onto them.

    Cause: The forwarder's bill names a container and no purchase. It waits until somebody finds the purchase, or it is entered
    in the accounting system as an expense like any other.

    Operations: The goods came, the forwarder billed them within weeks and is paid.

    Cin7: Receipts without their additional cost: unit costs, stock value and the margin of each product sold are those of the
    supplier's bill alone. Entered late, a cost change of goods long sold appears months afterwards.

    Integration: Nothing failed; a cost change dated in a closed month may be refused when it finally comes.

    Ledger: Inventory is too low by the freight of what still lies here. Late, cost of sales is too low first and too high in
    the month of the entry, and payables miss the bill until then. Expensed, cost of sales bears all of it at once, and part of
    payables was entered by hand.

    Mistaken for: Suppliers who deliver duty paid; outbound freight; a better margin.

    Hidden by: A monthly journal that capitalises an estimate of freight. It is doubled when the bill is entered on its
    purchase.

    Fixed by: List the forwarders' papers without a landed cost in Cin7, allocate each to its receipt with the paper's date, or
    the first open day after a lock, void the expense bill in the ledger first, reverse estimates, and look for refused cost
    changes afterwards.

    Source: Practitioners' guides to landed cost in Cin7; Cin7's notes on cost of goods sold.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 3, 4, 6)
    parameters = {
        "share": Parameter(0.8, 0.0, 1.0, "share of forwarders' bills that are not entered in time", 0.4, 1.0),
        "expensed": Parameter(0.4, 0.0, 1.0, "share of those that are expensed in the ledger; the others are entered late"),
        "late_days": Parameter(45, 20, 250, "working days that a late one lies"),
    }
    inert = {"share": 0.0}
    needs = ("landed cost",)
    confined_by = ("supplier",)
    must_break = ("papers_are_entered",)
    may_break = ("tie_out", "controls_by_sync_only", "payable_explained", "queue_age")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what becomes of a forwarder's bill."""
        policies, marks, clock, calendar = world.work, world.marks, world.clock, world.calendar
        share, expensed, late = values["share"], values["expensed"], int(values["late_days"])
        files, draw = policies.files_bill, world.draws.stream("event/freight aside")
        until: dict[int, int] = {}

        def lays_aside(bill: int, day: int) -> int:
            if bill in until:
                return LATER if day < until[bill] else files(bill, day)
            is_charge = CHARGES_FROM <= ordinal_of(bill) < AHEAD_FROM
            if not (is_charge and draw.happens(share, bill) and scope.acts(day)
                    and scope.touches("supplier", supplier_of(bill))):  # fmt: skip
                return files(bill, day)
            # What Cin7 shows of it is the receipt that lacks its freight.
            marks.note("landed_cost_late_or_expensed", charged_receipt(bill), clock.now)
            if draw.happens(expensed, bill, 1):
                return IN_LEDGER
            until[bill] = calendar.add_workdays(day, late)
            return LATER

        policies.files_bill = lays_aside


def charged_receipt(charge: int) -> int:
    """The receipt that a forwarder's bill is for; two at most are for one."""
    return document(charge, RECEIPT, (ordinal_of(charge) - CHARGES_FROM) // 2)
