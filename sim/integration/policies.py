"""Decisions of the machines that a fault or decoy may bend. Defaults are correct behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class IntegrationPolicies:
    """One slot a decision."""

    mishap: Callable[[int, int], str]
    """(record key, attempt) -> what goes wrong beside the books: "unavailable" (the ledger answers 503 this time),
    "contact" (the contact needs a hand first), "attachment" (the document arrives without it), or ""."""
