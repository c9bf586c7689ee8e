"""People of the general ledger: the bookkeeper codes the bank, the accountant closes months and years."""

from __future__ import annotations

from .accountant import REOPENING, Accountant
from .bookkeeper import CODING, Bookkeeper

FIRST_WAKES = {"bookkeeper": CODING, "accountant": REOPENING}
"""Minute of the first day at which each begins."""

__all__ = ["FIRST_WAKES", "Accountant", "Bookkeeper"]
