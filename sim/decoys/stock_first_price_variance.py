"""Fault 6 of the catalogue, which is none: a difference of price that finds its way."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World
from ..money import ratio


class StockFirstPriceVariance:
    """Suppliers revise their prices, and their bills come weeks after the goods.

    Cause: The order's price was stale. The supplier takes his time, then bills what was delivered at a dearer price.

    Operations: The supplier's papers ask for more than was agreed, some weeks after the delivery.

    Cin7: Goods received at the order's price are revalued when the bill is entered: cost change rows for what is here, and
    for what was sold in between.

    Integration: Everything is Completed: where the month of the sale is closed, the correction goes under the first open day.

    Ledger: Inventory and cost of sales follow at once and agree with Cin7; the margin of the month in which the bill comes
    bears what belongs to an earlier one.

    Mistaken for: Cost corrections that a closed month refused and that nobody decided about.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix in the books; a price list that is kept up to date would spare the surprise.

    Source: "What Actually Breaks First in a Failing Cin7 System": the supplier's invoice may arrive later at a different unit
    cost, and Cin7 Core corrects the historical cost position; the fault catalogue names it the benign twin.
    """

    layer = "operations"
    headline = ""
    looks_like = "po_revaluation_blocked_by_lock_date"
    stages = ()
    may_reach = ()
    parameters = {
        "share": Parameter(0.4, 0.0, 1.0, "share of deliveries that are billed late and at a revised price"),
        "dearer": Parameter(0.08, 0.0, 0.5, "by how much the price is raised"),
    }
    inert = {"share": 0.0}
    needs = ("stock first",)
    confined_by = ("supplier",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what suppliers bill for goods that came first, and when."""
        policies, marks, clock = world.operations.suppliers.policies, world.marks, world.clock
        bills, sends, share = policies.billed_cost, policies.mail_days, values["share"]
        dearer = round(values["dearer"] * _BASIS)
        rules, draw = world.cin7.catalogue.buying.suppliers, world.draws.stream("event/prices revised")
        noted: set[int] = set()

        def is_revised(receipt: int) -> bool:
            supplier = keys.supplier_of(receipt)
            if rules[supplier].invoice_first or not (
                draw.happens(share, receipt) and scope.acts(clock.now // DAY) and scope.touches("supplier", supplier)
            ):
                return False
            if receipt not in noted:
                noted.add(receipt)
                marks.note("stock_first_price_variance", receipt, clock.now)
            return True

        def at_the_new_price(line: int, cost: int) -> int:
            if not is_revised(keys.document_of(line)):
                return bills(line, cost)
            return max(1, cost + ratio(cost, dearer, _BASIS))

        def weeks_later(bill: int, date: int) -> int:
            place = keys.ordinal_of(bill)
            if place >= keys.CHARGES_FROM or not is_revised(keys.document(bill, keys.RECEIPT, place // 2)):
                return sends(bill, date)
            return draw.between(*_WORKDAYS, bill, 1)

        policies.billed_cost, policies.mail_days = at_the_new_price, weeks_later


_BASIS = 10_000
_WORKDAYS = (15, 30)
"""Working days until such a bill is in the mail (assumption: long enough to meet the next month, short enough to be usual)."""
