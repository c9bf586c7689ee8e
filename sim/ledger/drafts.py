"""Documents of the ledger that are in no book: drafts, what is submitted for approval, what was deleted again.

A draft posts nothing, and no lock date stops it (Xero: drafts and submitted bills may be made in a closed period). Knows
nothing of who writes one, and why.
"""

from __future__ import annotations

from typing import Any

from ..schema import LEDGER_STATUS, LedgerDraft, LedgerStatus
from ..tables import Rows

DRAFT, SUBMITTED, VOIDED, DELETED = (LEDGER_STATUS[word] for word in ("DRAFT", "SUBMITTED", "VOIDED", "DELETED"))


class Drafts:
    """The drafts of one organisation, and every status of a document that does not follow from what settles it."""

    __slots__ = ("open", "rows", "statuses")

    def __init__(self) -> None:
        self.rows: Rows[LedgerDraft] = Rows("ledger/drafts", LedgerDraft)
        self.statuses: Rows[LedgerStatus] = Rows("ledger/document_status_log", LedgerStatus)
        self.open: dict[int, int] = {}
        """Status of each draft that is neither authorised nor deleted, by key."""

    def write(
        self, key: int, kind: int, number: int, contact: int, date: int, cents: int, now: int, user: int
    ) -> None:
        """A document is drafted. `kind`: a code of `schema.SOURCE_TYPE`."""
        self.rows.add((key, kind, number, contact, date, cents, now, user))
        self._set(key, DRAFT, now, user)

    def submit(self, key: int, now: int, user: int) -> None:
        """A draft is submitted for approval."""
        self._set(key, SUBMITTED, now, user)

    def delete(self, key: int, now: int, user: int) -> None:
        """A draft is deleted, submitted or not; it never was in the books."""
        self._set(key, DELETED, now, user)
        del self.open[key]

    def note_void(self, document: int, now: int, user: int) -> None:
        """An authorised document is voided; its reversal is in the books."""
        self.statuses.add((document, VOIDED, now, user))

    def tables(self) -> list[Rows[Any]]:
        """Both tables."""
        return [self.rows, self.statuses]

    def _set(self, key: int, status: int, now: int, user: int) -> None:
        self.open[key] = status
        self.statuses.add((key, status, now, user))
