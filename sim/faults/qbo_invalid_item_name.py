"""Fault 25 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..founding import World
from .contract import Parameter, Scope, follow


class QboInvalidItemName:
    """Products are given names with a colon, which QuickBooks Online does not take.

    Cause: Somebody tidies the catalogue and puts the range before the name, with a colon between them. Cin7 takes any
    name; QuickBooks Online joins an item's name to its parents' with a colon and so refuses one inside a name.

    Operations: Nothing. The goods are sold, sent and paid for.

    Cin7: Names such as "Kitchen: 1003", changed on one day and logged. Stock, cost and sales are right.

    Integration: The product's own record is refused, and every invoice that names the product fails with it; payments
    wait behind their invoices. Whoever reviews the queue sets the same records back to Pending every day and every day
    they fail.

    Ledger: Revenue, tax and receivables lack those invoices, while cost of sales goes on, since journals name no item.
    The payouts of what customers paid are in the bank with nothing in clearing against them; money from customers on
    account cannot be matched. A month with such an invoice cannot be locked.

    Mistaken for: A slow connection or too many calls; a symbol mistyped in one product's name, put right at the next
    review; two customers of one name.

    Hidden by: Skipping the failed rows, or coding the money in the bank straight to sales. Both stand beside the invoice
    as soon as the name is put right.

    Fixed by: Take the colon out of the name in Cin7, let the product's record pass first, then retry its invoices and
    after them their payments, each with its own date where the month is open; look for a second item that somebody made
    by hand in QuickBooks and make it inactive; reverse what was booked to sales in the meantime.

    Source: "What Actually Breaks First in a Failing Cin7 System": QuickBooks Online does not allow certain special
    characters, such as colons, in product names; Cin7 help on QuickBooks Online. That the API answers 6000 for a colon is
    an assumption.
    """

    layer = "cin7"
    headline = "sales"
    looks_like = ""
    stages = (1, 3)
    may_reach = (4, 6)
    parameters = {"products": Parameter(3, 0, 200, "products that are renamed, of those that sell", 1, 12)}
    inert = {"products": 0}
    needs = ("quickbooks",)
    confined_by = ("product",)
    must_break = ("queue_age",)
    may_break = ("bank_is_coded",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Rename products in Cin7, and name them back when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        draw, names, points = world.draws.stream("event/names with a colon"), cin7.catalogue.names, cin7.catalogue.reorder_point
        sell = [sku for sku, point in enumerate(points) if 2 * point > max(points) / 4 and scope.touches("product", sku)]
        chosen = sorted(sell, key=draw.uniform)[: round(values["products"])]
        old = {sku: names[sku] for sku in sorted(chosen)}
        renamed: set[int] = set()

        def turn(on: bool, now: int) -> None:
            for sku, name in old.items():
                range_, _, rest = name.rpartition(" ")
                key = cin7.rename_product(sku, f"{range_}: {rest}" if on else name, user, now)
                if on:
                    marks.note("qbo_invalid_item_name", key, now)
            renamed.clear()
            renamed.update(old if on else ())

        def watch(document: Document) -> None:
            is_invoice = keys.document_kind_of(document.key) == keys.INVOICE and document.control >= 0
            if is_invoice and any(sku in renamed for sku, *_ in document.items):
                marks.note("qbo_invalid_item_name", document.key, document.recorded_at)

        if old:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)
