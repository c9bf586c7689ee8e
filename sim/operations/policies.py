"""Decisions of the outside world that a fault or decoy may bend. Defaults are ordinary behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..draws import Draws
from ..profile import Profile


class BankCost(NamedTuple):
    """What somebody outside debits, beside what is debited every month; a negative amount comes in."""

    number: int
    """Below 8: makes the key, with the day."""
    text: str
    account: int
    """What it is for, as its paper says."""
    cents: int


class UsedUp(NamedTuple):
    """What no money tells: at a month-end, how much was used up of what was paid ahead, or earned of what was taken ahead."""

    number: int
    """Below 8: makes the key, with the month-end."""
    text: str
    account: int
    """What it becomes: the account debited."""
    against: int
    cents: int


@dataclass(slots=True)
class OperationsPolicies:
    """One slot a decision."""

    carrier_collects: Callable[[int, int], bool]
    """(shipment key, day) -> whether the carrier takes the parcel at that day's collection."""
    vanish: Callable[[int], tuple[int, int]]
    """(day) -> product and units that vanish from the main location, beyond what usually does."""
    third_party_picks_wrong: Callable[[int, int], int]
    """(shipment key, lines) -> which line's neighbouring product a third party's picker takes instead; -1 for none."""
    third_party_tells: Callable[[int, int], int | None]
    """(shipment key, day) -> working days until a despatch stands in a third party's file; None: it is left out."""
    third_party_delivers: Callable[[int], tuple[int, int]]
    """(number of a third party's file) -> minutes until it can be fetched, and from then until it is sent again (0: never)."""
    further_costs: Callable[[int], Iterable[BankCost]]
    """(working day) -> what goes through the bank that morning beside what does every month."""
    used_up: Callable[[int], Iterable[UsedUp]]
    """(month-end) -> what the month has used up or earned beside what every month does."""
    sweeps: Callable[[int, int], bool]
    """(number of a gateway, day) -> whether all it holds is asked for at the end of its day, and is in the bank at once."""


@dataclass(slots=True)
class SupplierPolicies:
    """The same for suppliers."""

    rest_days: Callable[[int, int], int | None]
    """(purchase key, day of the first delivery) -> days until the rest of a short delivery comes; None: never."""
    billed_cost: Callable[[int, int], int]
    """(line of a delivery, its receipt's key plus the line's number; agreed unit cost) -> the unit cost that is billed."""
    sails_longer: Callable[[int, int], int]
    """(purchase key, day of the order) -> further days until goods come that are billed ahead."""
    mail_days: Callable[[int, int], int]
    """(bill key, its date) -> working days until a bill reaches the business."""
    bills_charges: Callable[[int, int], bool]
    """(receipt key, day) -> whether freight and duty on a delivery are billed; else the supplier bears them."""
    gives: Callable[[int, int], bool]
    """(purchase key, day) -> whether the supplier lets the business have the first line of an order for nothing."""
    bill_days: Callable[[int, int], int]
    """(bill key, days it would take) -> days from a delivery until its bill is written."""


_AT_ONCE = 10
"""Minutes from a file's writing until it can be fetched (assumption)."""
_LATE_MINUTES, _AGAIN_MINUTES = (90, 1_080), (60, 720)
"""How much later a late file comes, and a file that is sent twice comes again (assumption)."""


def healthy(profile: Profile, draws: Draws) -> OperationsPolicies:
    """The outside world as it ordinarily is."""
    missed_van = draws.stream("carrier/collections").chance(profile.noise.late_collection.value)
    picks, told, files = (draws.stream(f"third party/{name}") for name in ("picks", "told", "files"))
    mis_pick, config = profile.noise.mis_pick.value, profile.third_party
    slips_in = cache(lambda lines: picks.chance(mis_pick * lines))
    late = again = missed = 0.0
    if config is not None:
        late, again, missed = config.late_file.value, config.resent_file.value, config.missed_line.value
    return OperationsPolicies(
        carrier_collects=lambda key, day: not missed_van(key, day),
        vanish=lambda day: (-1, 0),
        third_party_picks_wrong=lambda key, lines: (
            picks.between(0, lines - 1, key, 1) if slips_in(lines)(key) else -1
        ),
        third_party_tells=lambda key, day: int(told.happens(missed, key)),
        third_party_delivers=lambda number: (
            files.between(*_LATE_MINUTES, number, 1) if files.happens(late, number) else _AT_ONCE,
            files.between(*_AGAIN_MINUTES, number, 3) if files.happens(again, number, 2) else 0,
        ),
        further_costs=lambda day: (), used_up=lambda month_end: (), sweeps=lambda gateway, day: False,
    )
