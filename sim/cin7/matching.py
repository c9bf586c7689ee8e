"""What belongs to what in a purchase: receipts, invoices, charges and credits. Pure, used by Cin7's record and the true books.

Knows units, cents and how a business has set up its purchases; no tables, no dates but those it is given, no accounts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from ..keys import SLOTS
from ..money import ratio, split
from ..schema import DISTRIBUTION
from . import postings
from .costing import Layer

_COST, _WEIGHT, _VOLUME = (DISTRIBUTION[word] for word in ("Cost", "Weight", "Volume"))


class SupplyRules(msgspec.Struct, frozen=True):
    """How purchases from one supplier are booked."""

    invoice_first: bool
    advanced: bool
    terms_days: int
    charged: bool = False
    """Freight or duty on its goods is billed later, by somebody else."""


class BuyingRules:
    """How a business has set up its purchases at founding."""

    __slots__ = ("accrual", "by_receipt", "grams", "millilitres", "month_ends", "suppliers")

    def __init__(self, suppliers: list[SupplyRules], month_ends: list[int], *, accrual: bool, by_receipt: bool) -> None:
        self.suppliers = suppliers
        """By supplier's number."""
        self.month_ends = month_ends
        self.accrual = accrual
        """Goods received and not billed are accrued."""
        self.by_receipt = by_receipt
        """A cost correction is dated back to the receipt; otherwise the accrual is reversed at the invoice's date."""
        self.grams: list[int] = []
        """Weight of a unit, by product."""
        self.millilitres: list[int] = []
        """Volume of a unit, by product."""

    def slot(self, left: int, corrected: int) -> int:
        """Which document of a correction on day `corrected` is about units that left on day `left`: 0 for the same month."""
        if self.by_receipt:
            return 0
        months = bisect_left(self.month_ends, corrected) - bisect_left(self.month_ends, left)
        return min(max(months, 0), SLOTS - 1)

    def spread(self, cents: int, by: int, lines: Sequence[ReceivedLine]) -> list[int]:
        """Shares of a charge for the lines of a receipt, `by` cost, quantity, weight or volume (a code of `DISTRIBUTION`).

        Where nothing is known of weight or volume, by quantity.
        """
        per_unit = {_WEIGHT: self.grams, _VOLUME: self.millilitres}.get(by)
        weights = [line.units for line in lines]
        if by == _COST:
            weights = [line.ordered_cents for line in lines]
        elif per_unit is not None:
            weights = [line.units * per_unit[line.sku] for line in lines]
        return split(cents, weights if any(weights) else [line.units for line in lines])


class ReceivedLine:
    """One line of a receipt: its cost layer, and what of it is billed."""

    __slots__ = ("accrued_cents", "billed", "day", "layer", "ordered_cents", "reversed_cents", "sku", "units")

    def __init__(self, sku: int, units: int, accrued: int, ordered: int, layer: Layer, day: int) -> None:
        self.sku, self.units, self.accrued_cents, self.layer, self.day = sku, units, accrued, layer, day
        self.ordered_cents = ordered
        """What it costs at the order's price."""
        self.billed = self.reversed_cents = 0

    @property
    def is_as_received(self) -> bool:
        """Whether nothing has happened to it since it was received."""
        return not (self.billed or self.layer.slices) and self.layer.taken_over == self.accrued_cents

    def bill(self, units: int) -> int:
        """The part of its accrual that an invoice for `units` settles; the last invoice takes the remainder."""
        self.billed += units
        if self.billed == self.units:
            share = self.accrued_cents - self.reversed_cents
        else:
            share = postings.accrued_share(self.accrued_cents, units, self.units)
        self.reversed_cents += share
        return share


class _BilledLine:
    """What one line of an invoice still waits for."""

    __slots__ = ("bill", "cents", "units")

    def __init__(self, bill: int, units: int, cents: int) -> None:
        self.bill, self.units, self.cents = bill, units, cents


class BilledAhead:
    """Goods of one purchase that are billed and have not come, by product, the oldest invoice first."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: dict[int, list[_BilledLine]] = {}

    def bill(self, bill: int, sku: int, units: int, cents: int) -> None:
        """An invoice asks `cents` for `units`."""
        self._lines.setdefault(sku, []).append(_BilledLine(bill, units, cents))

    def units(self, sku: int) -> int:
        """Units of a product still to come."""
        return sum(line.units for line in self._lines.get(sku, ()))

    def settle(self, sku: int, units: int) -> int:
        """Units come, or are credited; return what was billed for them. Raises ValueError when fewer were billed."""
        cents = 0
        for line in self._lines.get(sku, ()):
            taken = min(units, line.units)
            if taken:
                share = ratio(line.cents, taken, line.units)
                line.units -= taken
                line.cents -= share
                units -= taken
                cents += share
        if units:
            raise ValueError(f"{units} units more than were billed")
        return cents

    def waiting(self) -> list[tuple[int, int, int]]:
        """What was billed for goods that have not come: invoice, product, cents."""
        return [(line.bill, sku, line.cents) for sku, lines in self._lines.items() for line in lines if line.cents]

    @property
    def is_empty(self) -> bool:
        """Whether all that was billed has come or was credited."""
        return not any(line.units for lines in self._lines.values() for line in lines)
