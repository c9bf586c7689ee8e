"""How the integration's owner decides, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...integration.staging import Record


@dataclass(slots=True)
class QueuePolicies:
    """One slot a decision."""

    decide: Callable[[Record], str]
    """(failed record) -> "retry", "skip" or "leave"."""
