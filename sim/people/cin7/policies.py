"""How Cin7's administrator decides, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class AdministratorPolicies:
    """One slot a decision."""

    lock_date_for: Callable[[int], int | None]
    """(last day to be closed) -> the lock date typed into Cin7, before which nothing may be dated; None: it stays as it is."""
