"""Decisions of the machines that a fault or decoy may bend. Defaults are correct behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class IntegrationPolicies:
    """One slot a decision."""

    transient_error: Callable[[int, int], bool]
    """(record key, attempt) -> whether the ledger answers 503 this time."""
    contact_refused: Callable[[int], bool]
    """(record key) -> whether the contact needs a hand before the document is accepted."""
    attachment_fails: Callable[[int], bool]
    """(record key) -> whether the document arrives but its attachment does not."""
