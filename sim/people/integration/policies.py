"""How the integration's owner decides, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...integration.staging import Record


@dataclass(slots=True)
class EditPolicies:
    """The e-commerce operator's decisions, one slot each."""

    edits_memo: Callable[[int], bool]
    """(finished sale) -> whether its memo is edited, and nothing else."""
    adds_to: Callable[[int], int] | None = None
    """(invoice of a finished sale) -> the parts in a hundred of its goods that are added to it, since they were left off; no
    policy: nobody opens what is paid."""


@dataclass(slots=True)
class QueuePolicies:
    """One slot a decision."""

    reviews: Callable[[int], bool]
    """(day) -> whether anybody looks at the queue that day."""
    decide: Callable[[Record], str]
    """(failed record) -> "retry"; "skip": it never leaves again; "leave" it as it is; or "compensate": skip it, and send what
    it says anew, dated today; or "closed": `closed_period` is asked."""
    warnings: Callable[[str, int], str]
    """(tax rule without a code, documents that arrived with a warning since the last review) -> "investigate": the rule gets
    its code back; "leave" them; or "clear": they are skipped without a look, and the next document meets the same."""
    paid_edit: Callable[[Record], str]
    """(record that changes a document's amounts, refused since the document is paid in the ledger) -> "compensate": the
    difference goes by itself; or "skip": it never gets there."""
    closed_period: Callable[[Record], str]
    """(record that a closed period refused, such as a cost change) -> "leave" it to the accountant, who may reopen the period
    and push it; "skip" it; or "compensate"."""
