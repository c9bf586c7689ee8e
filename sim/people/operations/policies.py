"""How the people of the operational workflow do their work: decisions that a fault or decoy may bend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ...draws import Draws
from ...profile import NoiseConfig

IN_CIN7, LATER, IN_LEDGER = range(3)
"""What becomes of a supplier's bill on a morning: entered on its purchase, left lying, or entered straight in the ledger."""


@dataclass(slots=True)
class WorkPolicies:
    """One slot a decision."""

    shipment_entry_delay: Callable[[int, int], int | None]
    """(shipment key, day) -> working days until the collected parcel's shipment is authorised; None: never."""
    receipt_entry_delay: Callable[[int, int], int | None]
    """(receipt key, day) -> working days until a delivery is booked in; None: never, though its goods are put away."""
    counts_short: Callable[[int, int], int]
    """(receipt key, day) -> units of a delivery's largest line that are put away and not booked in with the rest."""
    closes_short_purchase: Callable[[int, int], bool]
    """(purchase key, day) -> whether a rest that will not come is given up."""
    mistypes_receipt: Callable[[int], bool]
    """(receipt key) -> whether it is first entered with a wrong quantity, which is undone at once."""
    prices_order: Callable[[int, int], bool]
    """(purchase key, day) -> whether an order is entered with the prices that were agreed."""
    files_bill: Callable[[int, int], int]
    """(bill key, day) -> `IN_CIN7`, `LATER` or `IN_LEDGER`, of a supplier's or forwarder's bill that lies on the desk."""
    credits_return: Callable[[int, int], bool]
    """(shipment key, day) -> whether goods that come back are credited; else the money goes back at the gateway, and what is
    resalable is put on the books by an adjustment."""
    restocks: Callable[[int, int], bool]
    """(credit note key, day) -> whether what is put back on the shelf is restocked in Cin7."""
    books_in_transfer: Callable[[int, int], bool]
    """(arrival key, day) -> whether a transfer that has arrived is completed; its goods are put away in any case."""
    takes_for_missing: Callable[[int, int], bool] | None
    """(shipment key, day) -> whether the goods of a parcel that is packed and has not left are taken for missing and adjusted;
    None where nobody ever looks."""
    counts_in_flight: Callable[[int], bool]
    """(day and place) -> whether the week's count is taken while parcels are packed, against all that Cin7 has on hand."""
    finds_damaged: Callable[[int], bool]
    """(day and place) -> whether a damaged unit is found beyond the usual."""
    finds_lost: Callable[[int], bool]
    """(day and place) -> whether a unit turns up that was given up."""
    picks_wrong: Callable[[int, int], int]
    """(shipment key, lines) -> which line's neighbouring product goes into the parcel instead; -1 for none."""
    stops_parcel: Callable[[int], bool]
    """(shipment key) -> whether a parcel of an order cancelled after packing is fetched back before the van comes."""
    undoes_shipment: Callable[[int], int]
    """(day and place) -> which of the day's shipments, counted round, is undone and authorised again; -1 for none."""
    misprices_invoice: Callable[[int, int], tuple[int, int]]
    """(day, invoices on account) -> which of them bears a wrong price, and by how many parts in a hundred; -1 for none."""
    compares_stock_file: Callable[[int, int], bool]
    """(third party's warehouse, day) -> whether its weekly stock file is compared with Cin7."""
    invoices_packed_sale: Callable[[int, int], bool]
    """(shipment key, day) -> whether the evening's invoice run takes a packed sale."""


def healthy(noise: NoiseConfig, draws: Draws) -> WorkPolicies:
    """Work as done by people who are careful and still human."""
    shipments, receipts, picks = (draws.stream(f"work/{name}") for name in ("shipments", "receipts", "picks"))
    late_entry = shipments.chance(noise.late_shipment_entry.value)
    slips_in = cache(lambda lines: picks.chance(noise.mis_pick.value * lines))
    slips = draws.stream("work/slips")
    undone, mispriced, stopped = noise.undone_shipment.value, noise.corrected_invoice.value, noise.stopped_parcel.value
    return WorkPolicies(
        shipment_entry_delay=lambda key, day: int(late_entry(key)),
        receipt_entry_delay=lambda key, day: (
            receipts.between(1, 2, key, 1) if receipts.happens(noise.late_receipt_entry.value, key) else 0
        ),
        counts_short=lambda key, day: 0,
        closes_short_purchase=lambda key, day: True,
        mistypes_receipt=lambda key: receipts.happens(noise.undone_receipt.value, key, 2),
        prices_order=lambda key, day: True,
        files_bill=lambda key, day: IN_CIN7,
        credits_return=lambda key, day: True,
        restocks=lambda key, day: True,
        books_in_transfer=lambda key, day: True,
        takes_for_missing=None,
        counts_in_flight=lambda place: False,
        finds_damaged=lambda place: False,
        finds_lost=lambda place: False,
        picks_wrong=lambda key, lines: (
            picks.between(0, lines - 1, key, 1) if slips_in(lines)(key) else -1
        ),
        stops_parcel=lambda key: slips.happens(stopped, key, 1),
        undoes_shipment=lambda place: slips.between(0, 99, place, 3) if slips.happens(undone, place, 2) else -1,
        misprices_invoice=lambda day, count: (
            (slips.between(0, count - 1, day, 5), slips.between(3, 15, day, 6))
            if count and slips.happens(mispriced, day, 4) else (-1, 0)
        ),
        compares_stock_file=lambda place, day: True,
        invoices_packed_sale=lambda key, day: True,
    )
