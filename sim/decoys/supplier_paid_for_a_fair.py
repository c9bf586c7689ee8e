"""A supplier who is paid for something that is no goods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..faults.contract import Parameter, Scope
from ..founding import World
from ..operations.policies import BankCost
from ..operations.world import further_key


class SupplierPaidForAFair:
    """Suppliers charge a share of a trade fair's stand, and are paid from the bank.

    Cause: The business shows its range on a supplier's stand and pays a part of it.

    Operations: The supplier's bill is for the stand. No goods come with it.

    Cin7: Nothing. There is no purchase, since nothing is bought for stock.

    Integration: Nothing.

    Ledger: A bank line that pays a supplier is coded to Advertising as money spent, with no bill behind it.

    Mistaken for: A payment for goods that was coded past its bill.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the supplier's statement shows no bill of goods that is open.

    Source: The fault catalogue's own list of look-alikes: non-stock expenses and genuine prepayments.
    """

    layer = "operations"
    headline = ""
    looks_like = "spend_money_bypass"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.08, 0.0, 1.0, "share of working days on which such a bill is paid")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let suppliers charge for stands."""
        policies, marks, clock = world.operations.policies, world.marks, world.clock
        usual, account, share = policies.further_costs, world.accounts["advertising"], values["share"]
        names, suppliers = world.lexicon.lists["party"], world.operations.supplier_names
        draw = world.draws.stream("event/stands")

        def with_stands(day: int) -> Iterable[BankCost]:
            yield from usual(day)
            if draw.happens(share, day) and scope.acts(day):
                name = names[suppliers[draw.between(0, len(suppliers) - 1, day, 1)]]
                marks.note("supplier_paid_for_a_fair", further_key(day, _NUMBER), clock.now)
                yield BankCost(_NUMBER, f"PAYMENT {name.upper()}", account, 100 * draw.between(*_DOLLARS, day, 2))

        policies.further_costs = with_stands


_NUMBER = 3
"""Its number among what is debited beside the usual."""
_DOLLARS = (150, 1_200)
"""A share of a stand (assumption)."""
