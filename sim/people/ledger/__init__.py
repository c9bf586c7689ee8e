"""People of the general ledger: the bookkeeper codes the bank, the accountant closes months and years."""

from __future__ import annotations

from .accountant import REOPENING, Accountant
from .bookkeeper import CODING, Bookkeeper
from .inbox import READING, BillInbox

FIRST_WAKES = {"bookkeeper": CODING, "accountant": REOPENING, "inbox": READING}
"""Minute of the first day at which each begins."""

__all__ = ["FIRST_WAKES", "Accountant", "BillInbox", "Bookkeeper"]
