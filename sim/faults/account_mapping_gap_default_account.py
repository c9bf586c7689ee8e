"""Fault 11 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..cin7.configuration import PRODUCT_ACCOUNT
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class AccountMappingGapDefaultAccount:
    """Products lose the accounts of their category, so what they sell and cost lands in the default accounts.

    Cause: Products are set up again from a template, or re-imported from a file without its account columns, and nobody
    fills in the accounts that their category is kept apart by. Cin7 looks from order line to product, document and
    customer, finds nothing and takes the default of its Account Mapping.

    Operations: Nothing.

    Cin7: Revenue and cost accounts of those products are empty from one day on, while others of the category have theirs.
    Units, stock value and totals are right. Where the stock account is lost too, what comes in lies in one account and
    what was there before in another: the old balance is stranded and the new one is drawn down below zero.

    Integration: Everything is Completed; the lines carry the accounts that Cin7 gave them.

    Ledger: Total revenue and total cost of sales are right and their split is wrong: the default account gains what the
    category's own account lacks, so gross profit by category says nothing. Cin7 and the ledger agree, wrongly, on every
    account.

    Mistaken for: A category that sells less and another that sells more; a decision to keep several categories in one
    account.

    Hidden by: A journal at month-end that moves an estimated share from the default account to the category's.

    Fixed by: Name the accounts on the products again, export the documents of the open month anew, move the closed
    months' share by one journal dated in the open month that lists the documents, and reverse the monthly journals, or
    the category has the amount twice. A stranded stock balance is moved by a stock adjustment that changes no units.

    Source: "When You Actually Need a Cin7 Specialist": data lands in default account profiles because the proper mapping
    rule is missing or incorrect; Cin7 help on account priority.
    """

    layer = "cin7"
    headline = "sales"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4)
    parameters = {
        "share": Parameter(0.6, 0.0, 1.0, "share of products with own accounts that lose them", 0.2, 0.9),
        "stock_too": Parameter(0, 0, 1, "1: their stock account is lost as well"),
    }
    inert = {"share": 0.0}
    needs = ("own accounts",)
    confined_by = ("product",)
    must_break = ("categories_agree",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Take the accounts away from products in Cin7, and name them again when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        names, settings = cin7.books.lexicon.lists["sku"], cin7.books.settings
        draw, share = world.draws.stream("event/accounts left empty"), values["share"]
        lost = [setting for purpose, setting in PRODUCT_ACCOUNT.items() if purpose != "inventory" or values["stock_too"]]
        had = {
            (sku, setting): settings.value(setting, names[sku])
            for sku in range(len(names)) for setting in lost
            if settings.value(setting, names[sku]) and sku not in cin7.catalogue.services
            and scope.touches("product", sku) and draw.happens(share, sku)
        }  # fmt: skip
        bare: set[int] = set()

        def turn(on: bool, now: int) -> None:
            for (sku, setting), account in had.items():
                settings.set(now, setting, names[sku], "" if on else account, user)
            bare.clear()
            if on:
                bare.update(sku for sku, _ in had)
                for sku in sorted(bare):
                    set_for_product(world, "account_mapping_gap_default_account", sku)

        def watch(document: Document) -> None:
            is_sale = keys.document_kind_of(document.key) in (keys.INVOICE, keys.SHIP)
            if is_sale and any(sku in bare for sku in cin7.sales.skus_of(document.key)):
                marks.note("account_mapping_gap_default_account", document.key, document.recorded_at)

        if had:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)
