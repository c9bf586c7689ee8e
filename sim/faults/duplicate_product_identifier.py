"""Fault 23 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..cin7.configuration import BARCODE
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class DuplicateProductIdentifier:
    """Two products share an identifier, so goods come in on one and are sold from the other.

    Cause: A product is set up by copying another one. The copy keeps the other's name but for its spelling and bears the
    other's code as its barcode; whoever looks a channel's line up by code finds the copy first.

    Operations: One product lies on the shelf, is picked and sent, as the customer ordered.

    Cin7: Purchases are received on the original, sales are entered for the copy. On hand of the original climbs, that of
    the copy falls until its orders wait for stock that lies there under the other code. The sum of both is right.

    Integration: QuickBooks Online refuses the copy's record, since another item has that name, every time it is set back
    to Pending; its invoices go out under the item it had before. Xero goes by code and takes all.

    Ledger: Totals are right; cost of sales bears the copy's cost instead of the original's.

    Mistaken for: Two units of measure of one product, or a kit and its single piece; picking errors.

    Hidden by: Stock adjustments from one to the other after each count.

    Fixed by: Take barcode and name off the copy, move its stock back by an adjustment of both on one day, make the copy
    inactive if nobody needs it, enter waiting orders for the original, and let the product's record pass.

    Source: "When You Actually Need a Cin7 Specialist": an unmapped external SKU, a duplicate identifier, or a
    misconfigured variant attribute; Intuit's error 6240.
    """

    layer = "cin7"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 3, 4, 6)
    parameters = {"products": Parameter(4, 0, 100, "products that have such a copy, of those that sell", 1, 15)}
    inert = {"products": 0}
    needs = ("own warehouse",)
    confined_by = ("product",)
    must_break = ("names_apart",)
    may_break = ("sold_as_ordered", "queue_age")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Give products another one's name and code in Cin7, and their own back when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        names, titles, points = cin7.books.lexicon.lists["sku"], cin7.catalogue.names, cin7.catalogue.reorder_point
        draw, matches = world.draws.stream("event/copies of products"), cin7.configuration.matches
        goods = [sku for sku in range(0, len(points) - 1, 2) if not {sku, sku + 1} & cin7.catalogue.unstocked]
        goods = [sku for sku in goods if scope.touches("product", sku) and points[sku + 1] and points[sku]]
        chosen = sorted(goods, key=lambda sku: (-points[sku] // _ALIKE, draw.uniform(sku)))[: round(values["products"])]
        own = {sku + 1: titles[sku + 1] for sku in chosen}

        def turn(on: bool, now: int) -> None:
            for sku in chosen:
                copy = sku + 1
                key = cin7.rename_product(copy, f"{titles[sku].upper()} " if on else own[copy], user, now)
                cin7.books.settings.set(now, BARCODE, names[copy], names[sku] if on else "", user)
                if on:
                    for twin in (sku, copy):
                        set_for_product(world, "duplicate_product_identifier", twin)
                    marks.note("duplicate_product_identifier", key, now)

        def watch(document: Document) -> None:
            is_shipment = keys.document_kind_of(document.key) == keys.SHIP
            if is_shipment and matches and set(matches.values()) & set(cin7.sales.skus_of(document.key)):
                marks.note("duplicate_product_identifier", document.key, document.recorded_at)

        if chosen:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)


_ALIKE = 4
"""Products whose reorder points differ by less sell about as well."""
