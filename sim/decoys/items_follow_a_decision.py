"""A category that moves to another revenue account, in Cin7 and in the ledger alike."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.mapping import Rule
from ..clock import DAY
from ..faults.contract import Parameter, Scope, each_midnight, set_for_all, set_for_product
from ..founding import World


class ItemsFollowADecision:
    """The business moves a category's sales to another account and changes products and items together.

    Cause: The owner no longer wants an account for each category.

    Operations: Nothing.

    Cin7: The products of a category name another revenue account from one day on.

    Integration: Everything is Completed.

    Ledger: The items name the same account as the products, so each line stands where Cin7 has it.

    Mistaken for: Items whose accounts override those of Cin7.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: an intended change of reporting.
    """

    layer = "cin7"
    headline = ""
    looks_like = "qbo_product_account_override"
    stages = ()
    may_reach = ()
    parameters = {"moves": Parameter(1, 0, 1, "1: a category moves")}
    inert = {"moves": 0}
    needs = ("own accounts", "quickbooks")
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let the administrator carry out the decision, and the items follow it."""
        mapping, catalogue, now = world.cin7.books.mapping, world.cin7.catalogue, world.clock.now
        own = [rule for rule in world.setup.rules if rule.revenue >= 0 and rule.level == "product"
               and not set(rule.skus) & catalogue.services]  # fmt: skip
        if not values["moves"] or not own or not scope.acts(now // DAY):
            return
        rule = Rule("product", own[-1].skus, revenue=mapping.accounts.sales)
        for sku in rule.skus:
            set_for_product(world, "items_follow_a_decision", sku)
        world.administrator.decide(len(world.setup.decisions), now // DAY, rule)
        world.setup.decisions.append(rule)
        links, user = world.outbox.links, world.bookkeeper.user

        def follows(now: int) -> bool:
            """Edit the items in the night after the products."""
            if mapping.own("revenue", rule.skus[0]) != rule.revenue:
                return True
            set_for_all(world, "items_follow_a_decision")
            for sku in rule.skus:
                links.reassign(sku, rule.revenue, links.accounts_of(sku)[1], now, user)
            return False

        each_midnight(world, follows)
