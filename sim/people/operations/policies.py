"""How the people of the operational workflow do their work: decisions that a fault or decoy may bend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...draws import Draws
from ...profile import NoiseConfig


@dataclass(slots=True)
class WorkPolicies:
    """One slot a decision."""

    shipment_entry_delay: Callable[[int, int], int | None]
    """(shipment key, day) -> working days until the collected parcel's shipment is authorised; None: never."""
    receipt_entry_delay: Callable[[int, int], int | None]
    """(receipt key, day) -> working days until a delivery is booked in; None: never, though its goods are put away."""
    closes_short_purchase: Callable[[int, int], bool]
    """(purchase key, day) -> whether a rest that will not come is given up."""
    mistypes_receipt: Callable[[int], bool]
    """(receipt key) -> whether it is first entered with a wrong quantity, which is undone at once."""
    picks_wrong: Callable[[int, int], int]
    """(shipment key, lines) -> which line's neighbouring product goes into the parcel instead; -1 for none."""
    stops_parcel: Callable[[int], bool]
    """(shipment key) -> whether a parcel of an order cancelled after packing is fetched back before the van comes."""
    undoes_shipment: Callable[[int], int]
    """(day and place) -> which of the day's shipments, counted round, is undone and authorised again; -1 for none."""
    misprices_invoice: Callable[[int, int], tuple[int, int]]
    """(day, invoices on account) -> which of them bears a wrong price, and by how many parts in a hundred; -1 for none."""
    invoices_packed_sale: Callable[[int, int], bool]
    """(shipment key, day) -> whether the evening's invoice run takes a packed sale."""


def healthy(noise: NoiseConfig, draws: Draws) -> WorkPolicies:
    """Work as done by people who are careful and still human."""
    shipments, receipts, picks = (draws.stream(f"work/{name}") for name in ("shipments", "receipts", "picks"))
    late_entry = shipments.chance(noise.late_shipment_entry.value)
    slips = draws.stream("work/slips")
    undone, mispriced, stopped = noise.undone_shipment.value, noise.corrected_invoice.value, noise.stopped_parcel.value
    return WorkPolicies(
        shipment_entry_delay=lambda key, day: int(late_entry(key)),
        receipt_entry_delay=lambda key, day: (
            receipts.between(1, 2, key, 1) if receipts.happens(noise.late_receipt_entry.value, key) else 0
        ),
        closes_short_purchase=lambda key, day: True,
        mistypes_receipt=lambda key: receipts.happens(noise.undone_receipt.value, key, 2),
        picks_wrong=lambda key, lines: (
            picks.between(0, lines - 1, key, 1) if picks.happens(noise.mis_pick.value * lines, key) else -1
        ),
        stops_parcel=lambda key: slips.happens(stopped, key, 1),
        undoes_shipment=lambda place: slips.between(0, 99, place, 3) if slips.happens(undone, place, 2) else -1,
        misprices_invoice=lambda day, count: (
            (slips.between(0, count - 1, day, 5), slips.between(3, 15, day, 6))
            if count and slips.happens(mispriced, day, 4) else (-1, 0)
        ),
        invoices_packed_sale=lambda key, day: True,
    )
