"""What customers ask to be made good without sending anything back: goods that came damaged, prices that were promised.

Knows who sent what to whom; nothing of any record of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..clock import DAY
from ..draws import Draws, Stream
from ..profile import NoiseConfig
from .order import Parcel

_DAYS = (2, 12)
"""Days from the parcel's leaving to the customer's message (assumption)."""
_PERCENT = (5, 30)
"""What a customer gets back of a line's price where the price was wrong or the goods are not quite right (assumption)."""


class Claim(NamedTuple):
    """What one customer asks for."""

    parcel: Parcel
    line: int
    units: int
    """What the customer keeps and need not pay; 0 where only the price is lowered."""
    percent: int
    """By which the price of the line is lowered."""


class Claims:
    """All claims that will come in, drawn when parcels leave."""

    __slots__ = ("_draw", "_due", "_kept", "_lowered")

    def __init__(self, noise: NoiseConfig, draws: Draws) -> None:
        self._draw: Stream = draws.stream("customers/claims")
        self._kept, self._lowered = noise.kept_goods.value, noise.price_credit.value
        self._due: dict[int, list[Claim]] = {}

    def consider(self, parcels: Sequence[Parcel], place: int, now: int) -> None:
        """Parcels leave a place; some of them will be complained about."""
        rate, day = self._kept + self._lowered, now // DAY
        if not rate or not parcels:
            return
        draw, key = self._draw, day << 8 | place
        for n in range(int(rate * len(parcels) + draw.uniform(key))):
            parcel = parcels[int(draw.uniform(key, 5 * n + 1) * len(parcels))]
            if parcel.order.shop.planned_return(parcel.order) is not None:
                continue  # that one is sent back instead
            line = int(draw.uniform(key, 5 * n + 2) * len(parcel.inside))
            kept = draw.uniform(key, 5 * n + 3) * rate < self._kept
            claim = Claim(parcel, line, parcel.inside[line][1] if kept else 0, draw.between(*_PERCENT, key, 5 * n + 4))
            self._due.setdefault(day + draw.between(*_DAYS, key, 5 * n + 5), []).append(claim)

    def come_in(self, day: int) -> list[Claim]:
        """Claims that have come in up to `day` and that nobody has taken."""
        return [claim for due in [due for due in self._due if due <= day] for claim in self._due.pop(due)]
