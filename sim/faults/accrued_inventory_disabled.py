"""Fault 34 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.configuration import ACCRUAL, OFF, ON
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class AccruedInventoryDisabled:
    """Accrued inventory is switched off, so goods received without a bill have no value.

    Cause: Somebody finds journals on the accrual account that nobody can explain and switches accrued inventory off in
    Cin7, while goods are still received before their bills.

    Operations: Nothing. Goods come, lie on the shelf and are sold as ever.

    Cin7: Receipts of purchases that begin with the goods bring in units at no cost, until the bill is entered; then a
    cost change gives them their value. What is sold in between leaves at no cost, and a correction follows with the bill.
    Units, on hand and available are right, stock value is too low.

    Integration: No journal is staged for such a receipt; everything that is staged is Completed. A correction may be
    dated in a month that is closed by then, and is refused.

    Ledger: Inventory is too low between receipt and bill and nothing stands on the accrual account for it, so what is
    owed to suppliers at a month-end does not show. Cost of sales is too low first and catches up in one go. Payables are
    right.

    Mistaken for: Stock that is slow to be booked in; goods that came free of charge; a business whose bills come with the
    goods.

    Hidden by: A journal at month-end that accrues an estimate of what was received. It stands beside the bill when that
    comes, and counts the goods twice unless somebody reverses it.

    Fixed by: Switch it on again with its accounts mapped, enter the bills that are missing, reverse the estimates, and
    for the months already closed decide between opening them and one documented entry in the open month. What was
    received while it was off gets its value from its bill, not from the switch.

    Source: Cin7 help on accounting transactions and on inventory accrual: without accrual a receipt makes no transaction
    and units cost nothing until the invoice.
    """

    layer = "cin7"
    headline = "inventory"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 3, 4, 6)
    parameters = {"off": Parameter(1, 0, 1, "1: it is switched off", 0, 1)}
    inert = {"off": 0}
    needs = ("stock first", "accrual")
    confined_by = ()
    must_break = ("received_is_accrued",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Switch accrual off in Cin7, and on again when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        purchasing = cin7.purchasing
        if not values["off"]:
            return

        def turn(on: bool, now: int) -> None:
            if on:
                set_for_all(world, "accrued_inventory_disabled")
            cin7.books.settings.set(now, ACCRUAL, "", OFF if on else ON, user)

        def watch(key: int) -> None:
            if purchasing.accrual or keys.document_kind_of(key) != keys.RECEIPT:
                return
            if not purchasing.by_key[keys.root_of(key)].rules.invoice_first:
                marks.note("accrued_inventory_disabled", key, world.clock.now)

        follow(world, scope, turn)
        purchasing.watchers.append(watch)
