"""A symbol in a product's name that is put right at the next review."""

from __future__ import annotations

from collections.abc import Mapping

from ..faults.contract import Parameter, Scope, follow
from ..founding import World


class SymbolMistypedAndCorrected:
    """While product texts are edited, a symbol slips into some names and is taken out again the next morning.

    Cause: Somebody edits product texts in bulk and a symbol slips into some names. The review of the queue finds the
    refused records the next working day and puts the names right.

    Operations: Nothing.

    Cin7: For a night or a weekend some products bear a name that no ledger takes.

    Integration: The products' records fail, and with them the invoices of one evening that name them; all of them are
    Completed the next working day, payments behind their invoices included.

    Ledger: Some invoices arrive a day or two after their date.

    Mistaken for: A naming scheme that the ledger will never take.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix; the retry has done it.

    Source: The fault catalogue's own list of look-alikes: a first failure that succeeds after one retry.
    """

    layer = "cin7"
    headline = ""
    looks_like = "qbo_invalid_item_name"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.03, 0.0, 1.0, "share of products with a slip in their name")}
    inert = {"share": 0.0}
    needs = ()
    confined_by = ("product",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Edit products with a symbol that does not belong into their names."""
        cin7, marks = world.cin7, world.marks
        draw = world.draws.stream("event/slips in names")
        chosen = [
            sku for sku in range(len(cin7.catalogue.cost))
            if scope.touches("product", sku) and draw.happens(values["share"], sku)
        ]  # fmt: skip

        def turn(on: bool, now: int) -> None:
            for sku in chosen if on else ():
                marks.note("symbol_mistyped_and_corrected", cin7.edit_product(sku, now, ":"), now)

        follow(world, scope, turn)
