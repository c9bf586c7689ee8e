"""Decisions of the outside world that a fault or decoy may bend. Defaults are ordinary behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class OperationsPolicies:
    """One slot a decision."""

    carrier_collects: Callable[[int, int], bool]
    """(shipment key, day) -> whether the carrier takes the parcel at that day's collection."""


@dataclass(slots=True)
class SupplierPolicies:
    """The same for suppliers."""

    rest_days: Callable[[int, int], int | None]
    """(purchase key, day of the first delivery) -> days until the rest of a short delivery comes; None: never."""
