"""Fault 12 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..cin7.configuration import DEFAULT_ACCOUNT
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class OverbroadAccountMapping:
    """Several purposes of Cin7's account mapping are put to one account.

    Cause: To have fewer accounts, or for want of the right one in a list, somebody maps stock losses and write-offs to
    cost of sales and what customers pay for shipping to sales.

    Operations: Nothing. As much is lost, thrown away and shipped as ever.

    Cin7: From one day on two or more purposes of the account mapping name the same account. Units, stock value and every
    total of a document are right.

    Integration: Everything is Completed.

    Ledger: Cost of sales holds shrinkage as well, sales hold shipping as well; the accounts meant for them stand still.
    Gross margin steps on the day of the change, and no report tells cost of what was sold from what was lost.

    Mistaken for: A price change or another mix of goods on that day; a warehouse that has stopped losing anything.

    Hidden by: A journal at month-end that takes a guessed share out of cost of sales.

    Fixed by: Give each purpose its own account again, move what was posted since by one journal dated in the open month
    that lists the documents, and reverse the monthly guesses.

    Source: "What Actually Breaks First in a Failing Cin7 System": a mapping decision may be too broad.
    """

    layer = "cin7"
    headline = "cogs"
    looks_like = ""
    stages = (1,)
    may_reach = (6,)
    parameters = {
        "losses": Parameter(1, 0, 1, "1: stock losses and write-offs go to cost of sales"),
        "shipping": Parameter(1, 0, 1, "1: shipping income goes to sales", 0, 1),
    }
    inert = {"losses": 0, "shipping": 0}
    needs = ("own stock",)
    confined_by = ()
    must_break = ("purposes_apart",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change default accounts in Cin7, and back when it ends."""
        books, marks, user = world.cin7.books, world.marks, world.administrator.user
        settings = books.settings
        wrong = {purpose: settings.value(DEFAULT_ACCOUNT, "COGS") for purpose in _LOSSES if values["losses"]}
        wrong |= {purpose: settings.value(DEFAULT_ACCOUNT, "Revenue") for purpose in _SHIPPING if values["shipping"]}
        old = {purpose: settings.value(DEFAULT_ACCOUNT, purpose) for purpose in wrong}
        old = {purpose: account for purpose, account in old.items() if account}
        state = {"on": False}

        def turn(on: bool, now: int) -> None:
            state["on"] = on
            if on:
                set_for_all(world, "overbroad_account_mapping")
            for purpose, account in old.items():
                settings.set(now, DEFAULT_ACCOUNT, purpose, wrong[purpose] if on else account, user)

        def is_wrong(document: Document) -> bool:
            kind = keys.document_kind_of(document.key)
            if kind in _LOST and values["losses"]:
                return any(books.accounts.cogs in (debit, credit) for debit, credit, _ in document.pairs)
            if kind == keys.INVOICE and values["shipping"] and document.control >= 0:
                sale = world.cin7.sales.by_order.get(keys.root_of(document.key))
                return sale is not None and sale.fulfilments[keys.part_of(document.key)].shipping_cents > 0
            return False

        def watch(document: Document) -> None:
            if state["on"] and is_wrong(document):
                marks.note("overbroad_account_mapping", document.key, document.recorded_at)

        if old:
            follow(world, scope, turn)
            books.watchers.append(watch)


_LOSSES, _SHIPPING = ("Inventory discrepancy", "Inventory write-off"), ("Shipping",)
_LOST = (keys.ADJUST, keys.WRITE_OFF, keys.SPOILAGE)
