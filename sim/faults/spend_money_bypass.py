"""Fault 31 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from ..ledger.books import Statement
from .contract import Parameter, Scope


class SpendMoneyBypass:
    """A supplier's payment is coded from the bank to stock or cost of sales.

    Cause: The bookkeeper codes a supplier's bank line as money spent on goods instead of matching it to the payment that
    Cin7 sent. That payment then finds no bank line, is taken for a duplicate and deleted.

    Operations: The supplier was paid once and is content; his statement shows nothing open.

    Cin7: The bill is entered and paid. Stock value is right.

    Integration: Bill and payment are Completed; the payment's ledger document was deleted there later.

    Ledger: The bill is open for ever and ages, so payables are too high. The goods stand there twice: by the bill, and again on
    inventory or cost of sales, where a bank line is the only paper. The bank account is right.

    Mistaken for: A real expense that a supplier charges, such as a fair or samples; a deposit paid ahead; a bill that is in
    dispute.

    Hidden by: A journal of payables against cost of sales when aged bills are looked through, or a journal to inventory to tie
    it to Cin7.

    Fixed by: Undo the coding, restore the payment on its bill and match the bank line to it. Where the month is closed, move
    the amount from inventory or cost of sales to payables in the first open one, and allocate it to the bill.

    Source: "What Actually Breaks First in a Failing Cin7 System": generic Spend Money transactions may be bypassing the
    inventory sub-ledger.
    """

    layer = "ledger"
    headline = "payable"
    looks_like = ""
    stages = (1, 4)
    may_reach = (6,)
    parameters = {
        "share": Parameter(0.2, 0.0, 1.0, "share of payments to suppliers that are coded so", 0.08, 0.5),
        "to_stock": Parameter(0.5, 0.0, 1.0, "of these, the share that goes to inventory instead of cost of sales",
                              needs=("own stock",)),
    }
    inert = {"share": 0.0}
    needs = ()
    confined_by = ("supplier",)
    must_break = ("tie_out", "controls_by_sync_only")
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the matching of suppliers' bank lines."""
        policies, marks, clock = world.bookkeeper.policies, world.marks, world.clock
        waits, deletes, share = policies.pays_by_sync, policies.deletes_unmatched, values["share"]
        to_stock = values["to_stock"] if world.case.profile.inventory_tracking else 0.0
        inventory, cost = world.accounts["inventory"], world.accounts["cogs"]
        draw = world.draws.stream("event/spent on goods")
        spent: set[int] = set()

        def codes_at_once(statement: Statement) -> int:
            key = statement.key
            acts = _pays_bill(statement) and draw.happens(share, key) and scope.acts(clock.now // DAY)
            if not (acts and scope.touches("supplier", keys.supplier_of(key))):
                return waits(statement)
            spent.add(key)
            marks.note("spend_money_bypass", key, clock.now)
            return inventory if draw.happens(to_stock, key, 1) else cost

        policies.pays_by_sync = codes_at_once
        policies.deletes_unmatched = lambda statement: statement.key in spent or deletes(statement)


def _pays_bill(statement: Statement) -> bool:
    key = statement.key
    bought = keys.kind_of(key) in (keys.PURCHASE, keys.DIRECT)
    return bought and statement.amount_cents < 0 and keys.document_kind_of(key) == keys.PAYMENT
