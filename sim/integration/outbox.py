"""Cin7 to the ledger: the staging area, its statuses, attempts, retries and dependencies.

A record is Pending until the ledger takes it (Completed, or Warning when something beside the books failed) or
refuses it (Failed). Failed records wait for a person: retry or skip; a skipped record never leaves again.
A payment waits for the document it settles (Cin7 help, Xero sales sync).
"""

from __future__ import annotations

import heapq
from typing import Any

from .. import keys
from ..cin7.books import Document
from ..cin7.postings import Pair
from ..clock import DAY
from ..draws import Draws
from ..ledger.xero import ACCPAY, ACCREC, ACCRECCREDIT, Refusal, Xero
from ..profile import SyncConfig
from ..schema import (
    DIRECTION,
    RECORD_TYPE,
    SYNC_STATUS,
    TARGET,
    TRANSACTION_TYPE,
    SyncAttempt,
    SyncRecord,
    SyncRecordDocument,
    SyncStatus,
)
from ..tables import Lexicon, Rows
from .limits import CallBudget
from .policies import IntegrationPolicies

PENDING, COMPLETED, FAILED, SKIPPED, WARNING = (
    SYNC_STATUS[name] for name in ("Pending", "Completed", "Failed", "Skipped", "Warning")
)
_OUTBOUND, _XERO = DIRECTION["outbound"], TARGET["Xero"]
_INVOICES, _CREDIT_NOTES, _PAYMENTS = (RECORD_TYPE[name] for name in ("Invoices", "Credit notes", "Payments"))
_PURCHASE_TASK = TRANSACTION_TYPE["Purchase"]
_FIRST_MINUTE, _LAST_MINUTE = 6 * 60, 23 * 60 + 30
"""The job rests at night, so that every evening's books are settled before midnight (assumption)."""
_UNAVAILABLE = Refusal(503, "ServiceUnavailable", "The organisation is temporarily unavailable. Please try again later.")
_CONTACT = Refusal(400, "ValidationException", "The contact name must be unique across all active contacts.")
_PAUSE_MINUTES = (30, 120)
"""How long a record rests after a first and a later transient error (assumption)."""


class Record:
    """One outbound staging row that has not arrived."""

    __slots__ = ("attempts", "document", "edit", "helped", "key", "refusal", "status")

    def __init__(self, key: int, document: Document, *, edit: bool) -> None:
        self.key, self.document = key, document
        self.edit = edit
        """It sends again what the ledger has."""
        self.status = PENDING
        self.attempts = 0
        self.refusal: Refusal | None = None
        """Why it was turned down last."""
        self.helped = False
        """A person has put the contact right."""


class Outbox:
    """The outbound half of the staging area, and the job that empties it."""

    __slots__ = (
        "_attempts_max", "_every", "_lexicon", "_pushes", "_queue", "_sequence", "_user", "_waiting_for", "arrived",
        "attempts", "budget", "failed", "fetch", "policies", "rank", "record_documents", "records", "statuses", "xero",
    )  # fmt: skip

    def __init__(
        self, config: SyncConfig, fetch: list[Document], xero: Xero, draws: Draws, lexicon: Lexicon, user: int
    ) -> None:
        self.rank = 60
        self.fetch, self.xero = fetch, xero
        self._every, self._attempts_max = config.every_minutes, config.attempts
        self._lexicon, self._user = lexicon, user
        self.budget = CallBudget(config.calls_per_minute, config.calls_per_day)
        self._queue: list[tuple[int, int, Record]] = []
        """Records to send: not before minute, order of staging."""
        self._sequence = 0
        self._waiting_for: dict[int, list[Record]] = {}
        """Payments by the document they wait for."""
        self._pushes: dict[int, int] = {}
        self.arrived: dict[int, int] = {}
        """What an invoice, bill or credit note became in the ledger, by its Cin7 key."""
        self.failed: dict[int, Record] = {}
        """Records that wait for a person."""
        self.records: Rows[SyncRecord] = Rows("integration/sync_records", SyncRecord)
        self.record_documents: Rows[SyncRecordDocument] = Rows("integration/sync_record_documents", SyncRecordDocument)
        self.statuses: Rows[SyncStatus] = Rows("integration/sync_status_log", SyncStatus)
        self.attempts: Rows[SyncAttempt] = Rows("integration/sync_attempts", SyncAttempt)
        transient, contact, attachment = (
            draws.stream(f"sync/{name}") for name in ("transient", "contact", "attachment")
        )
        self.policies = IntegrationPolicies(
            transient_error=lambda key, attempt: transient.happens(config.transient_error.value, key, attempt),
            contact_refused=lambda key: contact.happens(config.refused_contact.value, key),
            attachment_fails=lambda key: attachment.happens(config.attachment_warning.value, key),
        )

    # -- what the job does ------------------------------------------------------------------------------------

    def wake(self, now: int) -> int | None:
        """Stage what Cin7 has authorised and send what is due, as far as the call limits allow."""
        for document in self.fetch:
            self.stage(document, now, edit=document.resent)
        self.fetch.clear()
        queue, budget = self._queue, self.budget
        left = budget.left(now)
        while queue and queue[0][0] <= now and left > 0:
            record = heapq.heappop(queue)[2]
            if self._is_blocked(record.document):
                self._waiting_for.setdefault(record.document.settles, []).append(record)
                continue
            budget.spend()
            left -= 1
            self._send(record, now)
        day, minute = divmod(now, DAY)
        if queue and queue[0][0] <= now and not budget.day_is_spent(now) and minute < _LAST_MINUTE:
            return now + 1  # the minute's budget is spent: go on in the next
        following = now + self._every - minute % self._every
        return following if following - day * DAY <= _LAST_MINUTE else (day + 1) * DAY + _FIRST_MINUTE

    def stage(self, document: Document, now: int, *, edit: bool = False) -> None:
        """Open a record for a document; `edit` sends again one that has arrived."""
        push = 0
        if edit:
            push = self._pushes.get(document.key, 0) + 1
            self._pushes[document.key] = push
        record = Record(keys.line(document.key, push), document, edit=edit)
        self.records.rows.append(SyncRecord(record.key, _OUTBOUND, document.record_type, document.key, now, _XERO))
        self.record_documents.rows.append(SyncRecordDocument(record.key, document.key))
        self.statuses.rows.append(SyncStatus(record.key, PENDING, now, -1, self._user))
        self._enqueue(record, now)

    # -- what people do ---------------------------------------------------------------------------------------

    def retry(self, record: Record, now: int, user: int) -> None:
        """Set a failed record back to Pending, its contact put right."""
        del self.failed[record.key]
        record.helped, record.attempts = True, 0
        self._set_status(record, PENDING, now, user)
        self._enqueue(record, now)

    def skip(self, record: Record, now: int, user: int) -> None:
        """Take a failed record out of the active sync for good."""
        del self.failed[record.key]
        self._set_status(record, SKIPPED, now, user)

    def waiting(self) -> list[Record]:
        """Every record that is neither arrived nor skipped."""
        held = [record for records in self._waiting_for.values() for record in records]
        return [*(record for _, _, record in self._queue), *held, *self.failed.values()]

    # -- one call ---------------------------------------------------------------------------------------------

    def _enqueue(self, record: Record, not_before: int) -> None:
        heapq.heappush(self._queue, (not_before, self._sequence, record))
        self._sequence += 1

    def _is_blocked(self, document: Document) -> bool:
        return document.settles >= 0 and document.settles not in self.arrived

    def _send(self, record: Record, now: int) -> None:
        record.attempts += 1
        refusal = self._call(record, now)
        if refusal is None:
            status = WARNING if self.policies.attachment_fails(record.key) else COMPLETED
            message = "The attachment could not be uploaded" if status == WARNING else ""
            self.attempts.rows.append(SyncAttempt(record.key, now, 200, -1, self._lexicon.text(message)))
            self._arrive(record, status, now)
            return
        text, record.refusal = self._lexicon.text, refusal
        self.attempts.rows.append(
            SyncAttempt(record.key, now, refusal.http_status, text(refusal.code), text(refusal.message))
        )
        if refusal.http_status == _UNAVAILABLE.http_status and record.attempts < self._attempts_max:
            self._enqueue(record, now + _PAUSE_MINUTES[min(record.attempts, 2) - 1])
            return
        self.failed[record.key] = record
        self._set_status(record, FAILED, now, self._user)

    def _call(self, record: Record, now: int) -> Refusal | None:
        """Translate the document for the ledger's API and send it."""
        document, xero = record.document, self.xero
        if self.policies.transient_error(record.key, record.attempts):
            return _UNAVAILABLE
        if record.edit:
            return xero.update_document(self.arrived[document.key])
        kind, date, control = document.record_type, document.effective_date, document.control
        lines = net_lines(document.pairs)
        if kind == _PAYMENTS:
            account = next(account for account in lines if account != control)
            return xero.create_payment(
                record.key, self.arrived[document.settles], account, control, date, lines[account], document.text, now
            )
        if kind in (_INVOICES, _CREDIT_NOTES):
            if not record.helped and self.policies.contact_refused(record.key):
                return _CONTACT
            bill = ACCPAY if document.transaction_type == _PURCHASE_TASK else ACCREC
            return xero.create_document(
                record.key, ACCRECCREDIT if kind == _CREDIT_NOTES else bill, date, document.due_date, document.party,
                tuple(lines.items()), abs(lines[control]), document.text, now,
            )  # fmt: skip
        return xero.create_journal(record.key, date, tuple(lines.items()), document.text, now)

    def _arrive(self, record: Record, status: int, now: int) -> None:
        document, target = record.document, record.key
        if record.edit:
            target = self.arrived[document.key]
        elif document.control >= 0:
            self.arrived[document.key] = target
            for waiting in self._waiting_for.pop(document.key, ()):
                self._enqueue(waiting, now)
        record.status = status
        self.statuses.rows.append(SyncStatus(record.key, status, now, target, self._user))

    def _set_status(self, record: Record, status: int, now: int, user: int) -> None:
        record.status = status
        self.statuses.rows.append(SyncStatus(record.key, status, now, -1, user))

    def tables(self) -> list[Rows[Any]]:
        """All tables of the staging area."""
        return [self.records, self.record_documents, self.statuses, self.attempts]


def net_lines(pairs: tuple[Pair, ...]) -> dict[int, int]:
    """One signed amount an account, debit positive; accounts that come to zero are left out."""
    lines: dict[int, int] = {}
    for debit, credit, cents in pairs:
        lines[debit] = lines.get(debit, 0) + cents
        lines[credit] = lines.get(credit, 0) - cents
    return {account: cents for account, cents in lines.items() if cents}
