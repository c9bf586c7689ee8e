"""Fault 13 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all, set_for_product


class QboProductAccountOverride:
    """Items in QuickBooks Online post to other accounts than those that Cin7 gives their lines.

    Cause: Items are made anew, or edited, with QuickBooks' own default accounts. An invoice or bill line that names an
    item posts to the item's account, whatever account Cin7 had for it.

    Operations: Nothing.

    Cin7: Every document names the right accounts; Cin7's reports by account are right.

    Integration: Everything is Completed. Journals and consolidated sales name their accounts themselves and are not
    touched.

    Ledger: Each sale of these items stands on another revenue account than in Cin7, with equal totals. Where the purchase
    side is affected, bills go to an expense instead of to stock: inventory is too low and profit too low until the goods
    are sold.

    Mistaken for: Products that lost their accounts in Cin7, where both systems agree; a decision to report by another
    account.

    Hidden by: A monthly journal from the one revenue account to the other.

    Fixed by: Put the items' accounts right in QuickBooks, let QuickBooks apply them to what was posted in open months,
    move the closed months by one journal in the open one, and reverse the monthly journals.

    Source: "When You Actually Need a Cin7 Specialist": product-level account mapping can override the expected Cin7
    account hierarchy. That lines post to the item's account is common knowledge about QuickBooks Online.
    """

    layer = "integration"
    headline = "sales"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {
        "share": Parameter(0.15, 0.0, 1.0, "share of items with other accounts", 0.05, 0.5),
        "bills_too": Parameter(0, 0, 1, "1: what is bought of them goes to cost of sales as well"),
    }
    inert = {"share": 0.0}
    needs = ("quickbooks",)
    confined_by = ("product",)
    must_break = ("stands_as_sent",)
    may_break = ("tie_out",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Give items other accounts, and their own again when it ends."""
        links, marks, accounts = world.outbox.links, world.marks, world.accounts
        draw, share, user = world.draws.stream("event/items edited"), values["share"], world.bookkeeper.user
        chosen = [sku for sku in links.item_of if scope.touches("product", sku) and draw.happens(share, sku)]
        own = {sku: links.accounts_of(sku) for sku in chosen}

        def turn(on: bool, now: int) -> None:
            set_for_all(world, "qbo_product_account_override")
            for sku in chosen:
                income, bought = own[sku]
                if on:
                    set_for_product(world, "qbo_product_account_override", sku)
                    income = accounts["shipping_income"] if income == accounts["sales"] else accounts["sales"]
                    bought = accounts["cogs"] if values["bills_too"] else bought
                links.reassign(sku, income, bought, now, user)

        def watch(document: int) -> None:
            marks.note("qbo_product_account_override", document, world.clock.now)

        if chosen:
            follow(world, scope, turn)
            links.watchers.append(watch)
