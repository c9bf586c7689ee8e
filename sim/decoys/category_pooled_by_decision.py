"""A category that is no longer kept apart, on purpose."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.mapping import Rule
from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_product
from ..founding import World


class CategoryPooledByDecision:
    """The business decides to keep the sales of a category in the general sales account from now on.

    Cause: Nobody looks at the category by itself any more, so the owner has all its products put to the general sales
    account.

    Operations: Nothing.

    Cin7: On one day every product of the category names the general account as its own.

    Integration: Everything is Completed.

    Ledger: The category's account moves no more, the general one moves more than before. Both are meant so.

    Mistaken for: Products that lost their accounts and fall to the default one.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; a note beside the chart of accounts would spare questions.

    Source: The fault catalogue's own list of look-alikes: deliberate pooling in one account.
    """

    layer = "cin7"
    headline = ""
    looks_like = "account_mapping_gap_default_account"
    stages = ()
    may_reach = ()
    parameters = {"pooled": Parameter(1, 0, 1, "1: a category is pooled")}
    inert = {"pooled": 0}
    needs = ("own accounts",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let the administrator carry out a decision about a category's revenue account."""
        mapping, catalogue, day = world.cin7.books.mapping, world.cin7.catalogue, world.clock.now // DAY
        own = [rule for rule in world.setup.rules if rule.revenue >= 0 and rule.level == "product"
               and not set(rule.skus) & catalogue.services]  # fmt: skip
        if not values["pooled"] or not own or not scope.acts(day):
            return
        rule = Rule("product", own[0].skus, revenue=mapping.accounts.sales)
        for sku in rule.skus:
            set_for_product(world, "category_pooled_by_decision", sku)
        world.administrator.decide(len(world.setup.decisions), day, rule)
        world.setup.decisions.append(rule)
