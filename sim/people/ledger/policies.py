"""How the accountant decides, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...integration.staging import Record


@dataclass(slots=True)
class ClosingPolicies:
    """One slot a decision."""

    reopens_for: Callable[[Sequence[Record]], bool]
    """(records that a closed month refused) -> whether the ledger is opened for them, so that they can be sent after all."""
