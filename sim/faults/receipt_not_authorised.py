"""Fault 44 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import supplier_of
from .contract import Parameter, Scope


class ReceiptNotAuthorised:
    """Goods are on the shelf, their receipt stays a draft.

    Cause: Whoever unloads the delivery puts it away and means to authorise the receipt later. Later never comes.

    Operations: The dock's papers show the delivery, the goods are on the shelf and are picked and sold.

    Cin7: The purchase stays ORDERED and its units on order; on hand, available and stock value are too low. Its bill
    cannot be entered, as Cin7 takes no bill before the receipt where stock comes first.

    Integration: Nothing. What was never authorised is never staged.

    Ledger: Inventory and goods received not invoiced are too low by the same amount, so nothing looks out of place; the
    supplier's bill is missing in payables until somebody asks for it.

    Mistaken for: A supplier who is late; goods that wait on the dock for a day or two; a count that finds too much.

    Hidden by: A stock adjustment or a count that "finds" the goods, at average cost or at none. It doubles the stock when
    the receipt is authorised later.

    Fixed by: Compare the dock's papers with open purchases, undo what was adjusted for it, authorise each receipt with its
    true date (or the first open day after a lock), then enter the bill.

    Source: The practitioners' list of patterns: a receiving milestone may not be completed in the correct sequence; Cin7's
    API description: with the stock-first approach a bill is rejected until the receipt is authorised.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1, 2, 4)
    may_reach = (6,)
    parameters = {
        "share": Parameter(0.2, 0.0, 1.0, "share of deliveries whose receipt is not authorised", 0.08, 0.5),
        "entered_after_days": Parameter(0, 0, 250, "working days until it is authorised after all; 0: never"),
    }
    inert = {"share": 0.0}
    needs = ("own dock",)
    confined_by = ("supplier",)
    must_break = ("delivered_is_received",)
    may_break = ("rests_are_closed", "papers_are_entered")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of booking in what was unloaded."""
        policies, marks, clock = world.work, world.marks, world.clock
        books_in, share = policies.receipt_entry_delay, values["share"]
        later = int(values["entered_after_days"]) or None
        draw = world.draws.stream("event/receipts left open")

        def puts_it_off(receipt: int, day: int) -> int | None:
            if not (draw.happens(share, receipt) and scope.acts(day) and scope.touches("supplier", supplier_of(receipt))):
                return books_in(receipt, day)
            marks.note("receipt_not_authorised", receipt, clock.now)
            return later

        policies.receipt_entry_delay = puts_it_off
