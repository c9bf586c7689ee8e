"""The outbound staging area: records, the history of their statuses, every call made for them.

Knows how rows are kept, not when a record is sent. Of a record that arrives at the first try, one row of what was staged
and one of its arrival are recorded; the rest follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np

from .. import keys
from ..cin7.books import Document
from ..ledger.rules import Refusal
from ..schema import (
    DIRECTION,
    RECORD_TYPE,
    SYNC_STATUS,
    TARGET,
    Fact,
    SyncAttempt,
    SyncRecord,
    SyncRecordDocument,
    SyncStatus,
    Table,
)
from ..tables import Derived, Lexicon, Matrix, Rows

PENDING, COMPLETED, FAILED, SKIPPED, WARNING = (
    SYNC_STATUS[name] for name in ("Pending", "Completed", "Failed", "Skipped", "Warning")
)
INVOICES, CREDIT_NOTES, PAYMENTS, DEPOSITS, CREDITS, JOURNALS, PRODUCTS, CONTACTS, ATTACHMENTS = (
    RECORD_TYPE[name] for name in (
        "Invoices", "Credit notes", "Payments", "Supplier deposit", "Customer credits", "Manual journals", "Products",
        "Contacts", "Attachments",
    )
)  # fmt: skip
IN_TURN = {kind: turn for turn, kinds in enumerate((
    (PRODUCTS,), (CONTACTS,), (INVOICES, CREDIT_NOTES), (PAYMENTS, DEPOSITS, CREDITS), (JOURNALS,), (ATTACHMENTS,),
)) for kind in kinds}  # fmt: skip
"""When not all can go at once: what others need goes first, cost of sales last (Cin7 help, Xero sales sync)."""
_INBOUND, _OUTBOUND, _CORE = DIRECTION["inbound"], DIRECTION["outbound"], TARGET["Cin7 Core"]
_ORDERS = RECORD_TYPE["Orders"]
_OK = 200


class Record:
    """One outbound staging row that has not arrived."""

    __slots__ = ("attempts", "calls", "carries", "document", "edit", "helped", "key", "refusal", "request", "stuck",
                 "waits_for")  # fmt: skip

    def __init__(self, key: int, document: Document, *, edit: bool = False, carries: tuple[int, ...] = ()) -> None:
        self.key, self.document = key, document
        self.edit = edit
        """It sends again what the ledger has."""
        self.waits_for = document.key if edit else document.settles
        """The Cin7 document that has to be in the ledger first; -1 for none."""
        self.carries = carries
        """The Cin7 documents of a consolidated one."""
        self.attempts = 0
        """Since somebody last set it to Pending."""
        self.calls = 0
        self.refusal: Refusal | None = None
        """Why it was turned down last."""
        self.helped = False
        """A person has put right what could be."""
        self.stuck = False
        """It was refused for good, until somebody retries it."""
        self.request = key
        """The request id under which it was sent last; the ledger remembers it."""


class OutboundTables:
    """What the staging area records of its outbound rows."""

    __slots__ = ("_remarks", "_target", "_text", "arrivals", "attempts", "entered", "passed", "record_documents", "records",
                 "staged", "statuses")  # fmt: skip

    def __init__(self, target: int, user: int, lexicon: Lexicon, warning: str) -> None:
        """`user` is whom the integration acts as; `warning`: what a call says that went well but for the attachment."""
        self._target, self._text = target, lexicon.text
        self._remarks: dict[int, int] = {}
        """What the call said of a record that arrived with another warning than the usual one."""
        self.staged: Rows[Staged] = Rows("", Staged)
        """New records under their document's own key."""
        self.passed: Rows[Staged] = Rows("", Staged)
        """The same of those that arrived in the minute in which they were staged."""
        self.entered: Rows[Entered] = Rows("", Entered)
        """Orders that came in: the inbound half's records."""
        outbound = partial(_outbound, target)
        self.records: Rows[SyncRecord] = Derived(
            "integration/sync_records", SyncRecord,
            after=[(self.entered, _inbound), (self.staged, outbound), (self.passed, outbound)],
        )  # fmt: skip
        self.arrivals: Rows[Arrival] = Rows("", Arrival)
        """Records that became a ledger document under their own key, with nothing to remark."""
        self.record_documents: Rows[SyncRecordDocument] = Derived(
            "integration/sync_record_documents", SyncRecordDocument, before=[(self.records, _own_documents)]
        )
        self.statuses: Rows[SyncStatus] = Derived(
            "integration/sync_status_log", SyncStatus, before=[(self.records, partial(_beginnings, user))],
            after=[(self.entered, partial(_entries, user)), (self.arrivals, partial(_completions, user)),
                   (self.passed, partial(_passages, user))], by="at",
        )  # fmt: skip
        self.attempts: Rows[SyncAttempt] = Derived(
            "integration/sync_attempts", SyncAttempt, by="attempted_at",
            before=[(self.statuses, partial(_good_calls, lexicon.text(warning), self._remarks))],
        )  # fmt: skip

    def stage(self, record: Record, now: int) -> None:
        """Note a new record that is not just one document's: an edit, or a consolidated document with what it carries."""
        document = record.document
        own = -1 if record.carries else document.key
        self.records.add((record.key, _OUTBOUND, document.record_type, own, now, self._target))
        for carried in record.carries:
            self.record_documents.add((record.key, carried))

    def set_status(self, record: Record, status: int, now: int, user: int, target: int = -1) -> None:
        """Note a change of status that does not follow; `target` is what it became in the ledger."""
        self.statuses.add((record.key, status, now, target, user))

    def remark(self, record: Record, message: str) -> None:
        """Note what the call will say of a record that arrives with a warning of its own."""
        self._remarks[record.key] = self._text(message)

    def refused(self, record: Record, refusal: Refusal, now: int) -> None:
        """Note a call that was turned down."""
        text = self._text
        self.attempts.add((record.key, now, refusal.http_status, text(refusal.code), text(refusal.message)))

    def all(self) -> list[Rows[Any]]:
        """The tables of evidence."""
        return [self.records, self.record_documents, self.statuses, self.attempts]


class Entered(Fact):
    """An order that was downloaded and entered, at once or some minutes later."""

    TABLE: ClassVar[Table] = Table("integration/entered", ("order",), "at")
    order: int
    fetched: int
    at: int


def _inbound(entered: Matrix) -> Matrix:
    """A record has its order's key and carries the sale of that order."""
    order, fetched, _ = entered.T
    return _rows(order, _INBOUND, _ORDERS, keys.beside_all(order, keys.SALE), fetched, _CORE)


def _entries(user: int, entered: Matrix) -> Matrix:
    """An order is Completed when it is entered, and Pending from its download on if that was before."""
    order, fetched, at = entered.T
    waited = np.flatnonzero(fetched != at)
    begun = _rows(order[waited], PENDING, fetched[waited], -1, user)
    return np.concatenate((begun, _rows(order, COMPLETED, at, -1, user)))


class Staged(Fact):
    """An outbound record under its document's own key."""

    TABLE: ClassVar[Table] = Table("integration/staged", ("key",), "at")
    key: int
    type: int
    at: int


def _outbound(target: int, staged: Matrix) -> Matrix:
    return _rows(staged[:, 0], _OUTBOUND, staged[:, 1], staged[:, 0], staged[:, 2], target)


class Arrival(Fact):
    """An outbound record that became a ledger document under its own key, with nothing to remark."""

    TABLE: ClassVar[Table] = Table("integration/arrivals", ("key",), "at")
    key: int
    at: int


def _own_documents(records: Matrix) -> Matrix:
    """Each record carries its own document; what a consolidated one carries is recorded."""
    return records[records[:, 3] >= 0][:, [0, 3]]


def _beginnings(user: int, records: Matrix) -> Matrix:
    """Every outbound record begins as Pending."""
    outbound = records[records[:, 1] == _OUTBOUND]
    return _rows(outbound[:, 0], PENDING, outbound[:, 4], -1, user)


def _completions(user: int, arrivals: Matrix) -> Matrix:
    return _rows(arrivals[:, 0], COMPLETED, arrivals[:, 1], arrivals[:, 0], user)


def _passages(user: int, passed: Matrix) -> Matrix:
    return _completions(user, passed[:, [0, 2]])


def _good_calls(warning: int, remarks: Mapping[int, int], statuses: Matrix) -> Matrix:
    """An arrival is a call that went well."""
    arrivals = statuses[np.isin(statuses[:, 1], (COMPLETED, WARNING)) & (statuses[:, 3] >= 0)]
    said = np.full(len(arrivals), -1, np.int64)
    warned = np.flatnonzero(arrivals[:, 1] == WARNING)
    said[warned] = [remarks.get(key, warning) for key in arrivals[warned, 0].tolist()]
    return _rows(arrivals[:, 0], arrivals[:, 2], _OK, -1, said)


def _rows(*cells: Matrix | int) -> Matrix:
    """A matrix from columns and constants; the first is a column."""
    rows = np.empty((len(cells[0]), len(cells)), np.int64)  # type: ignore[arg-type]
    for n, cell in enumerate(cells):
        rows[:, n] = cell
    return rows
