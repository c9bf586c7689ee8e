"""Cin7 to the ledger: the staging area, its statuses, attempts, retries and dependencies.

A record is Pending until the ledger takes it (Completed, or Warning when something beside the books failed) or
refuses it (Failed). Failed records wait for a person: retry or skip; a skipped record never leaves again.
A payment waits for the document it settles (Cin7 help, Xero sales sync).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
from ..tables import Lexicon, Matrix, Rows
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
_OK = 200
_NO_ATTACHMENT = "The attachment could not be uploaded"
_UNAVAILABLE = Refusal(503, "ServiceUnavailable", "The organisation is temporarily unavailable. Please try again later.")
_CONTACT = Refusal(400, "ValidationException", "The contact name must be unique across all active contacts.")
_PAUSE_MINUTES = (30, 120)
"""How long a record rests after a first and a later transient error (assumption)."""


class Record:
    """One outbound staging row that has not arrived."""

    __slots__ = ("attempts", "calls", "document", "edit", "helped", "key", "refusal")

    def __init__(self, key: int, document: Document, *, edit: bool) -> None:
        self.key, self.document = key, document
        self.edit = edit
        """It sends again what the ledger has."""
        self.attempts = 0
        """Since somebody last set it to Pending."""
        self.calls = 0
        self.refusal: Refusal | None = None
        """Why it was turned down last."""
        self.helped = False
        """A person has put the contact right."""


class Outbox:
    """The outbound half of the staging area, and the job that empties it."""

    __slots__ = (
        "_attempts_max", "_every", "_lexicon", "_pushes", "_ready", "_resting", "_user", "_waiting_for", "arrived",
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
        self._ready: deque[Record] = deque()
        """Records to send, in order of staging."""
        self._resting: list[tuple[int, int, Record]] = []
        """Records that rest after a transient error: until which minute, record key."""
        self._waiting_for: dict[int, list[Record]] = {}
        """Payments by the document they wait for."""
        self._pushes: dict[int, int] = {}
        self.arrived: dict[int, int] = {}
        """What an invoice, bill or credit note became in the ledger, by its Cin7 key."""
        self.failed: dict[int, Record] = {}
        """Records that wait for a person."""
        self.records: Rows[SyncRecord] = Rows("integration/sync_records", SyncRecord)
        self.record_documents: Rows[SyncRecordDocument] = _OwnDocuments(self.records)
        self.statuses: Rows[SyncStatus] = _StatusLog(self.records, user)
        self.attempts: Rows[SyncAttempt] = _Attempts(self.statuses, lexicon.text(_NO_ATTACHMENT))
        self.policies = IntegrationPolicies(mishap=_everyday_mishaps(config, draws))

    # -- what the job does ------------------------------------------------------------------------------------

    def wake(self, now: int) -> int | None:
        """Stage what Cin7 has authorised and send what is due, as far as the call limits allow."""
        for document in self.fetch:
            self.stage(document, now, edit=document.resent)
        self.fetch.clear()
        ready, resting, budget, arrived = self._ready, self._resting, self.budget, self.arrived
        while resting and resting[0][0] <= now:
            ready.append(heapq.heappop(resting)[2])
        allowed = left = budget.left(now) if ready else 0
        while ready and left > 0:
            record = ready.popleft()
            settles = record.document.settles
            if settles >= 0 and settles not in arrived:
                self._waiting_for.setdefault(settles, []).append(record)
                continue
            left -= 1
            self._send(record, now)
        budget.spend(allowed - left)
        day, minute = divmod(now, DAY)
        if ready and not budget.day_is_spent(now) and minute < _LAST_MINUTE:
            return now + 1  # the minute's budget is spent: go on in the next
        following = now + self._every - minute % self._every
        return following if following - day * DAY <= _LAST_MINUTE else (day + 1) * DAY + _FIRST_MINUTE

    def stage(self, document: Document, now: int, *, edit: bool = False) -> None:
        """Open a record for a document; `edit` sends again one that has arrived."""
        key = document.key
        if edit:
            push = self._pushes.get(key, 0) + 1
            self._pushes[key] = push
            key = keys.line(key, push)
        # Its first status, Pending, and the one document it carries follow from the record itself: see `tables`.
        self.records.add((key, _OUTBOUND, document.record_type, document.key, now, _XERO))
        self._ready.append(Record(key, document, edit=edit))

    # -- what people do ---------------------------------------------------------------------------------------

    def retry(self, record: Record, now: int, user: int) -> None:
        """Set a failed record back to Pending, its contact put right."""
        del self.failed[record.key]
        record.helped, record.attempts = True, 0
        self._set_status(record, PENDING, now, user)
        self._ready.append(record)

    def skip(self, record: Record, now: int, user: int) -> None:
        """Take a failed record out of the active sync for good."""
        del self.failed[record.key]
        self._set_status(record, SKIPPED, now, user)

    def waiting(self) -> list[Record]:
        """Every record that is neither arrived nor skipped."""
        held = [record for records in self._waiting_for.values() for record in records]
        return [*self._ready, *(record for _, _, record in self._resting), *held, *self.failed.values()]

    # -- one call ---------------------------------------------------------------------------------------------

    def _send(self, record: Record, now: int) -> None:
        record.attempts += 1
        record.calls += 1  # never set back: a retry must not meet the fate of the first try again
        mishap = self.policies.mishap(record.key, record.calls)
        refusal = self._call(record, mishap, now)
        if refusal is None:
            self._arrive(record, WARNING if mishap == "attachment" else COMPLETED, now)
            return
        text, record.refusal = self._lexicon.text, refusal
        self.attempts.add((record.key, now, refusal.http_status, text(refusal.code), text(refusal.message)))
        if refusal is _UNAVAILABLE and record.attempts < self._attempts_max:
            pause = _PAUSE_MINUTES[min(record.attempts, len(_PAUSE_MINUTES)) - 1]
            heapq.heappush(self._resting, (now + pause, record.key, record))
            return
        self.failed[record.key] = record
        self._set_status(record, FAILED, now, self._user)

    def _call(self, record: Record, mishap: str, now: int) -> Refusal | None:
        """Translate the document for the ledger's API and send it."""
        document, xero = record.document, self.xero
        if mishap == "unavailable":
            return _UNAVAILABLE
        if record.edit:
            return xero.update_document(self.arrived[document.key])
        kind, date, control = document.record_type, document.effective_date, document.control
        lines = net_lines(document.pairs)
        if control < 0:
            return xero.create_journal(record.key, date, lines, document.text, now)
        if kind == _PAYMENTS:
            account, cents = lines[0] if lines[0][0] != control else lines[1]
            return xero.create_payment(
                record.key, self.arrived[document.settles], account, control, date, cents, document.text, now
            )
        if mishap == "contact" and not record.helped:
            return _CONTACT
        bill = ACCPAY if document.transaction_type == _PURCHASE_TASK else ACCREC
        total = next(abs(cents) for account, cents in lines if account == control)
        return xero.create_document(
            record.key, ACCRECCREDIT if kind == _CREDIT_NOTES else bill, date, document.due_date, document.party, lines, total,
            document.text, now,
        )  # fmt: skip

    def _arrive(self, record: Record, status: int, now: int) -> None:
        document, target = record.document, record.key
        if record.edit:
            target = self.arrived[document.key]
        elif document.control >= 0:
            self.arrived[document.key] = target
            if document.key in self._waiting_for:
                self._ready.extend(self._waiting_for.pop(document.key))
        self.statuses.add((record.key, status, now, target, self._user))

    def _set_status(self, record: Record, status: int, now: int, user: int) -> None:
        self.statuses.add((record.key, status, now, -1, user))

    def tables(self) -> list[Rows[Any]]:
        """All tables of the staging area."""
        return [self.records, self.record_documents, self.statuses, self.attempts]


class _OwnDocuments(Rows[SyncRecordDocument]):
    """The documents that records carry: each carries its own; what it carries besides is added as rows."""

    __slots__ = ("_records",)

    def __init__(self, records: Rows[SyncRecord]) -> None:
        super().__init__("integration/sync_record_documents", SyncRecordDocument)
        self._records = records

    def matrix(self) -> Matrix:
        """The record's own document first."""
        return np.concatenate((self._records.matrix()[:, [0, 3]], super().matrix()))


class _Attempts(Rows[SyncAttempt]):
    """Calls to the ledger: an arrival is a call that went well; those that did not are rows."""

    __slots__ = ("_statuses", "_warning")

    def __init__(self, statuses: Rows[SyncStatus], warning: int) -> None:
        super().__init__("integration/sync_attempts", SyncAttempt)
        self._statuses, self._warning = statuses, warning

    def matrix(self) -> Matrix:
        """All calls, in order of time."""
        statuses = self._statuses.matrix()
        arrivals = statuses[statuses[:, 3] >= 0]
        good = np.empty((len(arrivals), self.width), np.int64)
        good[:, 0], good[:, 1], good[:, 2], good[:, 3] = arrivals[:, 0], arrivals[:, 2], _OK, -1
        good[:, 4] = np.where(arrivals[:, 1] == WARNING, self._warning, -1)
        rows = np.concatenate((good, super().matrix()))
        return rows[np.argsort(rows[:, 1], kind="stable")]


class _StatusLog(Rows[SyncStatus]):
    """The history of records: every outbound one begins as Pending, every inbound one is Completed at once."""

    __slots__ = ("_records", "_user")

    def __init__(self, records: Rows[SyncRecord], user: int) -> None:
        super().__init__("integration/sync_status_log", SyncStatus)
        self._records, self._user = records, user

    def matrix(self) -> Matrix:
        """Beginnings and changes, in order of time; a beginning comes before changes of the same minute."""
        records = self._records.matrix()
        first = np.empty((len(records), self.width), np.int64)
        first[:, 0], first[:, 2], first[:, 3], first[:, 4] = records[:, 0], records[:, 4], -1, self._user
        first[:, 1] = np.where(records[:, 1] == _OUTBOUND, PENDING, COMPLETED)
        rows = np.concatenate((first, super().matrix()))
        return rows[np.argsort(rows[:, 2], kind="stable")]


def _everyday_mishaps(config: SyncConfig, draws: Draws) -> Callable[[int, int], str]:
    """One draw an attempt decides whether one of the rare mishaps happens; a second one, which."""
    fate = draws.stream("sync/mishaps")
    unavailable, contact = config.transient_error.value, config.refused_contact.value
    any_of_them = unavailable + contact + config.attachment_warning.value

    def mishap(key: int, attempt: int) -> str:
        if not fate.happens(any_of_them, key, attempt):
            return ""
        luck = fate.uniform(key, -attempt) * any_of_them
        return "unavailable" if luck < unavailable else "contact" if luck < unavailable + contact else "attachment"

    return mishap


def net_lines(pairs: tuple[Pair, ...]) -> Sequence[tuple[int, int]]:
    """One signed amount an account, debit positive; accounts that come to zero are left out."""
    if len(pairs) == 1:
        debit, credit, cents = pairs[0]
        return (debit, cents), (credit, -cents)
    lines: dict[int, int] = {}
    for debit, credit, cents in pairs:
        lines[debit] = lines.get(debit, 0) + cents
        lines[credit] = lines.get(credit, 0) - cents
    return [(account, cents) for account, cents in lines.items() if cents]
