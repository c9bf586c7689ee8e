"""Fault 4 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import CHARGES_FROM, RECEIPT, document, ordinal_of, supplier_of
from ..people.operations.policies import IN_LEDGER
from .contract import Parameter, Scope


class GrniNotCleared:
    """Suppliers' bills are entered straight in the ledger, and the accrual of what was received is never cleared.

    Cause: The person who opens the mail enters some suppliers' bills in the accounting system, as an ordinary bill coded to
    cost of sales, because it is one screen instead of three. The purchase in Cin7 never gets its invoice.

    Operations: Goods, delivery notes and bills agree with each other; the supplier is paid on time.

    Cin7: Purchases stay RECEIVED and NOT INVOICED for ever. On hand is right and stock keeps the order's prices, so a bill at
    another price never corrects the cost of its goods. What Cin7 shows as owed to suppliers is too low.

    Integration: Nothing failed and nothing waits: a document that was never entered in Cin7 is never sent.

    Ledger: The inventory accrual grows in credit and is never used up, cost of sales bears goods that lie on the shelf or
    are expensed a second time when they are sold. Payables are right, but part of them was entered by hand and Cin7 does not
    know it.

    Mistaken for: Goods received in the last days of a month whose bill has not come; suppliers on long terms; consignment.

    Hidden by: A journal at the quarter's end that moves the accrual's balance to cost of sales in one sum. Purchases that were
    rightly waiting for their bill are then short of their accrual when the bill comes.

    Fixed by: List what is received and not invoiced by supplier, find each one's bill in the ledger, void it there (take its
    payment off first), authorise the invoice on the purchase with the bill's own date, or the first open day after a lock,
    let it sync and put the payment on it. Reverse any journal that emptied the accrual before.

    Source: "What Actually Breaks First in a Failing Cin7 System": GRNI or GINR balances may remain unresolved; the monthly
    check of received and not invoiced purchases that practitioners publish.
    """

    layer = "operations"
    headline = "grni"
    looks_like = ""
    stages = (1, 4)
    may_reach = (2, 6)
    parameters = {
        "share": Parameter(0.3, 0.0, 1.0, "share of bills for goods received that are entered in the ledger", 0.12, 0.7),
    }
    inert = {"share": 0.0}
    needs = ("stock first", "accrual")
    confined_by = ("supplier",)
    must_break = ("tie_out", "controls_by_sync_only", "papers_are_entered")
    may_break = ("payable_explained",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend where a supplier's bill is entered."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        files, suppliers = policies.files_bill, world.cin7.catalogue.buying.suppliers
        draw = world.draws.stream("event/bills in the ledger")

        def goes_to_the_ledger(bill: int, day: int) -> int:
            supplier = supplier_of(bill)
            for_goods = ordinal_of(bill) < CHARGES_FROM and not suppliers[supplier].invoice_first
            if not (for_goods and draw.happens(share, bill) and scope.acts(day) and scope.touches("supplier", supplier)):
                return files(bill, day)
            # What Cin7 shows of it is the receipt that is never invoiced; two bills at most are for one.
            marks.note("grni_not_cleared", document(bill, RECEIPT, ordinal_of(bill) // 2), clock.now)
            return IN_LEDGER

        policies.files_bill = goes_to_the_ledger
