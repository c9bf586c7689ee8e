"""Fault 38 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import ADJUST, COUNT, document, root
from .contract import Parameter, Scope


class StocktakeOverwritesInflight:
    """The weekly count is taken while parcels stand packed, and books them as missing.

    Cause: The count has moved from the quiet morning to the late afternoon, when the day's parcels are packed and have not
    left. The sheet is compared with everything that Cin7 has on hand, packed or not.

    Operations: Nothing is missing. What was not on the shelf stands beside the door and leaves within the hour.

    Cin7: The stocktake matches the shelf when it is completed, and minutes later the shipments take the same units off once
    more. On hand is too low by what was in flight, until the product's next count finds it again.

    Integration: Everything is Completed.

    Ledger: The count's variance is an expense that did not happen, inventory is too low by as much. Variances come in pairs
    of opposite sign, one round of counting apart.

    Mistaken for: Real shrinkage that a count brings to light; careless counting.

    Hidden by: The stocktake itself, which looks like control, and the next one, which puts most of it right in another month.

    Fixed by: Compare each count's minute with shipments and receipts that were open then, void the stocktake, post what was in
    flight, count again in a quiet hour, and have open documents printed on the sheet.

    Source: Cin7 help on stocktakes and WMS: a stocktake overwrites stock on hand.
    """

    layer = "operations"
    headline = "discrepancy"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(0.9, 0.0, 1.0, "share of weekly counts that are taken while parcels are packed", 0.4, 1.0)}
    inert = {"share": 0.0}
    needs = ("own shelf",)
    confined_by = ("location",)
    must_break = ("counts_expect_what_lies_there",)
    # A till that sells what Cin7 has written off: its sale waits for stock.
    may_break = ("credited_is_restocked", "payouts_match", "clearing_explained", "bank_is_coded")

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend when the week's count is taken, and against what."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        in_flight, draw = policies.counts_in_flight, world.draws.stream("event/late counts")
        marked: set[int] = set()

        def counts_late(place: int) -> bool:
            day, index = place >> 3, place & 7
            if not (draw.happens(share, place) and scope.acts(day) and scope.touches("location", index)):
                return in_flight(place)
            if place in marked:  # asked in the morning, and again when the count is taken
                marks.note("stocktake_overwrites_inflight", document(root(COUNT, place), ADJUST), clock.now)
            marked.add(place)
            return True

        policies.counts_in_flight = counts_late
