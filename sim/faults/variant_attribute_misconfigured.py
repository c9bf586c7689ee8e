"""Fault 24 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..cin7.configuration import OPTIONS, options_text
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_product


class VariantAttributeMisconfigured:
    """A member of a product family bears a sibling's options, so the sibling's orders are entered for it.

    Cause: Somebody edits the options of a family and gives one member the colour or size of another. Channels match what
    a customer chose by its options, and the first member that has them wins.

    Operations: The picker reads what the customer chose from the channel's packing slip and sends that. Nothing goes
    wrong for the customer until one of the two is out of stock.

    Cin7: Sales of one member are entered, allocated and shipped as the other. On hand of the one that is ordered stays
    too high, on hand of the one that is booked falls too low, by the same number of units; counts put both right and the
    drift begins again. The sum of the family is right.

    Integration: Everything is Completed.

    Ledger: Nothing of note: both cost about the same and lie in the same accounts; the counts' differences nearly cancel.

    Mistaken for: Picking errors, which go both ways and do not repeat; a substitute that the customer agreed to.

    Hidden by: Stock adjustments after each count, one up and one down, month after month.

    Fixed by: Correct the options, list the family anew in the channel, count both members on one day and adjust them with
    the reason; leave the sales as they are where price and account are the same, otherwise credit and enter them anew.

    Source: "When You Actually Need a Cin7 Specialist": an unmapped external SKU, a duplicate identifier, or a
    misconfigured variant attribute.
    """

    layer = "cin7"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"products": Parameter(6, 0, 100, "members that bear a sibling's options, of those that sell", 2, 20)}
    inert = {"products": 0}
    needs = ("families", "own warehouse")
    confined_by = ("product",)
    must_break = ("sold_as_ordered",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Give members of families a sibling's options in Cin7, and their own back when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        catalogue, names = cin7.catalogue, cin7.books.lexicon.lists["sku"]
        draw, matches = world.draws.stream("event/options of a sibling"), cin7.configuration.matches
        # The first member that has the options wins, so the one that is sold stands behind its sibling.
        pairs = [
            (sku - 1, sku) for sku in range(1, len(names))
            if catalogue.family[sku] and catalogue.family[sku - 1] == catalogue.family[sku] and scope.touches("product", sku)
        ]  # fmt: skip
        wanted = sorted(pairs, key=lambda pair: (-catalogue.reorder_point[pair[1]] // _ALIKE, draw.uniform(pair[1])))
        chosen: list[tuple[int, int]] = []
        for pair in wanted:
            if len(chosen) < round(values["products"]) and not any(set(pair) & set(other) for other in chosen):
                chosen.append(pair)
        own = {sibling: options_text(catalogue.options[sibling]) for sibling, _ in chosen}

        def turn(on: bool, now: int) -> None:
            for sibling, sold in chosen:
                text = options_text(catalogue.options[sold]) if on else own[sibling]
                cin7.books.settings.set(now, OPTIONS, names[sibling], text, user)
                for sku in (sibling, sold) if on else ():
                    set_for_product(world, "variant_attribute_misconfigured", sku)

        def watch(document: Document) -> None:
            is_shipment = keys.document_kind_of(document.key) == keys.SHIP
            if is_shipment and matches and set(matches.values()) & set(cin7.sales.skus_of(document.key)):
                marks.note("variant_attribute_misconfigured", document.key, document.recorded_at)

        if chosen:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)


_ALIKE = 4
"""Products whose reorder points differ by less sell about as well."""
