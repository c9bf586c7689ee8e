"""Fault 42 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import AHEAD_FROM, CHARGES_FROM, ordinal_of, root_of, supplier_of
from ..people.operations.policies import LATER
from .contract import Parameter, Scope


class NegativeOrZeroCostLayerSale:
    """Orders are placed without prices; their goods come in at no cost and are sold at none until somebody settles the bill.

    Cause: Urgent orders go out by telephone and are entered with an empty price column. When the bill comes it does not agree
    with the order, and it lies on the desk until the buyer has confirmed it.

    Operations: Goods and bill come as ever, at the agreed price.

    Cin7: Receipts with a unit cost of zero. On hand is right; stock value is too low, and goods sold in the meantime cost
    nothing. When the bill is entered, cost changes reach back to sales of past weeks.

    Integration: Nothing failed; a cost change dated in a closed month may be refused.

    Ledger: Inventory and cost of sales are too low at first and the accrual bears nothing for goods that are here. In the
    month of the bill, cost of sales catches up with sales long made: margin is too good, then too bad.

    Mistaken for: Free samples and presents; a supplier's goods given for nothing; a better price.

    Hidden by: A journal that accrues the cost of sales at the month-end, by a usual margin. It is doubled when the bill is
    entered and nobody reverses it.

    Fixed by: Ask Cin7 for receipts and layers without cost, enter the price on the order before anything is received, enter
    the waiting bills with their own date (or the first open day after a lock), reverse accruals made for them, and look
    for refused cost changes.

    Source: Cin7's article on unit cost of stock received before its invoice: the order's cost, else the average, else zero.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 3, 4, 6)
    parameters = {
        "share": Parameter(0.35, 0.0, 1.0, "share of orders that are entered without prices", 0.15, 0.8),
        "settled_after_days": Parameter(32, 0, 250, "working days that their bills lie on the desk"),
    }
    inert = {"share": 0.0}
    needs = ("stock first", "accrual")
    confined_by = ("supplier",)
    must_break = ("papers_are_entered",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend how orders are entered, and how soon a bill that does not agree with its order."""
        policies, marks, clock, calendar = world.work, world.marks, world.clock, world.calendar
        share, lies = values["share"], int(values["settled_after_days"])
        prices, files, draw = policies.prices_order, policies.files_bill, world.draws.stream("event/no price")
        suppliers = world.cin7.catalogue.buying.suppliers
        unpriced: set[int] = set()
        until: dict[int, int] = {}

        def leaves_out_prices(purchase: int, day: int) -> bool:
            supplier = supplier_of(purchase)
            if suppliers[supplier].invoice_first or not (
                draw.happens(share, purchase) and scope.acts(day) and scope.touches("supplier", supplier)
            ):
                return prices(purchase, day)
            unpriced.add(purchase)
            marks.note("negative_or_zero_cost_layer_sale", purchase, clock.now)
            return False

        def waits_for_the_buyer(bill: int, day: int) -> int:
            is_for_goods = ordinal_of(bill) < CHARGES_FROM or ordinal_of(bill) >= AHEAD_FROM
            if root_of(bill) in unpriced and is_for_goods and day < until.setdefault(bill, calendar.add_workdays(day, lies)):
                return LATER
            return files(bill, day)

        policies.prices_order, policies.files_bill = leaves_out_prices, waits_for_the_buyer
