"""Cin7 to the ledger: the staging area, its statuses, attempts, retries and dependencies.

A record is Pending until the ledger takes it (Completed, or Warning when something beside the books failed) or
refuses it (Failed). Failed records wait for a person: retry or skip; a skipped record never leaves again.
A payment waits for the document it settles (Cin7 help, Xero sales sync).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from .. import keys
from ..cin7.books import Document
from ..cin7.postings import Pair
from ..clock import DAY
from ..draws import Draws
from ..ledger.rules import Refusal, RuleBook
from ..profile import SyncConfig
from ..schema import (
    DIRECTION,
    RECORD_TYPE,
    SYNC_STATUS,
    TARGET,
    TRANSACTION_TYPE,
    Fact,
    SyncAttempt,
    SyncRecord,
    SyncRecordDocument,
    SyncStatus,
    Table,
)
from ..tables import Derived, Lexicon, Matrix, Rows
from .limits import CallBudget
from .policies import IntegrationPolicies

PENDING, COMPLETED, FAILED, SKIPPED, WARNING = (
    SYNC_STATUS[name] for name in ("Pending", "Completed", "Failed", "Skipped", "Warning")
)
_OUTBOUND = DIRECTION["outbound"]
_INVOICES, _CREDIT_NOTES, _PAYMENTS, _DEPOSITS = (
    RECORD_TYPE[name] for name in ("Invoices", "Credit notes", "Payments", "Supplier deposit")
)
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
        "_arrivals", "_attempts_max", "_every", "_lexicon", "_pushes", "_ready", "_resting", "_staged", "_target", "_user",
        "_waiting_for", "arrived", "attempts", "budget", "failed", "fetch", "ledger", "policies", "rank", "record_documents",
        "records", "statuses",
    )  # fmt: skip

    def __init__(
        self, config: SyncConfig, fetch: list[Document], ledger: RuleBook, draws: Draws, lexicon: Lexicon, user: int
    ) -> None:
        self.rank = 60
        self.fetch, self.ledger = fetch, ledger
        self._target = TARGET[ledger.name]
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
        self._staged: Rows[_Staged] = Rows("", _Staged)
        self.records: Rows[SyncRecord] = Derived(
            "integration/sync_records", SyncRecord, after=[(self._staged, partial(_outbound, self._target))]
        )
        self._arrivals: Rows[_Arrival] = Rows("", _Arrival)
        self.record_documents: Rows[SyncRecordDocument] = Derived(
            "integration/sync_record_documents", SyncRecordDocument, before=[(self.records, _own_documents)]
        )
        self.statuses: Rows[SyncStatus] = Derived(
            "integration/sync_status_log", SyncStatus, before=[(self.records, partial(_beginnings, user))],
            after=[(self._arrivals, partial(_completions, user))], by="at",
        )  # fmt: skip
        self.attempts: Rows[SyncAttempt] = Derived(
            "integration/sync_attempts", SyncAttempt, by="attempted_at",
            before=[(self.statuses, partial(_good_calls, lexicon.text(_NO_ATTACHMENT)))],
        )  # fmt: skip
        self.policies = IntegrationPolicies(mishap=_everyday_mishaps(config, draws))

    # -- what the job does ------------------------------------------------------------------------------------

    def wake(self, now: int) -> int | None:
        """Stage what Cin7 has authorised and send what is due, as far as the call limits allow."""
        fetch, ready, resting, budget = self.fetch, self._ready, self._resting, self.budget
        if fetch or ready or resting:
            while resting and resting[0][0] <= now:
                ready.append(heapq.heappop(resting)[2])
            left = allowed = budget.left(now)
            left = self._send_ready(left, now)
            for document in fetch:
                if left > 0 and self._goes_straight_through(document):
                    self._pass_on(document, now)
                    left -= 1
                else:
                    self.stage(document, now, edit=document.resent)
            fetch.clear()
            budget.spend(allowed - self._send_ready(left, now))
            if ready and not budget.day_is_spent(now) and now % DAY < _LAST_MINUTE:
                return now + 1  # the minute's budget is spent: go on in the next
        following = now + self._every - now % self._every
        return following if following % DAY <= _LAST_MINUTE and following % DAY else following - following % DAY + _FIRST_MINUTE

    def _goes_straight_through(self, document: Document) -> bool:
        """Whether a new record waits for nothing and its first call meets no mishap, as nearly all do."""
        settles = document.settles
        return not (document.resent or (settles >= 0 and settles not in self.arrived) or self.policies.mishap(document.key, 1))

    def _pass_on(self, document: Document, now: int) -> None:
        """Stage and send in one go; the staging row is an object of its own only if the ledger refuses."""
        key = document.key
        self._staged.add((key, document.record_type, now))
        refusal = self._call(document, key, now)
        if refusal is None:
            self._arrive(document, key, now)
            return
        record = Record(key, document, edit=False)
        record.attempts = record.calls = 1
        self._refused(record, refusal, now)

    def _send_ready(self, left: int, now: int) -> int:
        """Send what waits in line; return how many calls are left of `left`."""
        ready, arrived = self._ready, self.arrived
        while ready and left > 0:
            record = ready.popleft()
            settles = record.document.settles
            if settles >= 0 and settles not in arrived:
                self._waiting_for.setdefault(settles, []).append(record)
                continue
            left -= 1
            self._send(record, now)
        return left

    def stage(self, document: Document, now: int, *, edit: bool = False) -> None:
        """Open a record for a document; `edit` sends again one that has arrived."""
        key = document.key
        if edit:
            push = self._pushes.get(key, 0) + 1
            self._pushes[key] = push
            key = keys.line(key, push)
        # Its first status, Pending, and the one document it carries follow from the record itself: see `tables`.
        self.records.add((key, _OUTBOUND, document.record_type, document.key, now, self._target))
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
        document = record.document
        mishap = self.policies.mishap(record.key, record.calls)
        if mishap == "unavailable":
            refusal: Refusal | None = _UNAVAILABLE
        elif record.edit:
            refusal = self.ledger.update_document(self.arrived[document.key])
        elif mishap == "contact" and not record.helped and _names_a_contact(document):
            refusal = _CONTACT
        else:
            refusal = self._call(document, record.key, now)
        if refusal is not None:
            self._refused(record, refusal, now)
        elif record.edit or mishap == "attachment":
            target = self.arrived[document.key] if record.edit else record.key
            self._settle(document, record.key)
            self.statuses.add((record.key, WARNING if mishap == "attachment" else COMPLETED, now, target, self._user))
        else:
            self._arrive(document, record.key, now)

    def _refused(self, record: Record, refusal: Refusal, now: int) -> None:
        """Try again later when the ledger was only busy; otherwise leave it to a person."""
        text, record.refusal = self._lexicon.text, refusal
        self.attempts.add((record.key, now, refusal.http_status, text(refusal.code), text(refusal.message)))
        if refusal is _UNAVAILABLE and record.attempts < self._attempts_max:
            pause = _PAUSE_MINUTES[min(record.attempts, len(_PAUSE_MINUTES)) - 1]
            heapq.heappush(self._resting, (now + pause, record.key, record))
            return
        self.failed[record.key] = record
        self._set_status(record, FAILED, now, self._user)

    def _call(self, document: Document, key: int, now: int) -> Refusal | None:
        """Translate the document for the ledger's API and send it under `key`."""
        ledger, date, control = self.ledger, document.effective_date, document.control
        pairs = document.pairs
        if control < 0:
            if document.record_type == _DEPOSITS:
                return ledger.create_prepayment(key, date, pairs[0], document.text, now)
            if len(pairs) == 1:
                return ledger.create_transfer(key, date, pairs[0], document.text, now)
            return ledger.create_journal(key, date, net_lines(pairs), document.text, now)
        if document.voids:
            lines, _ = _document_lines(pairs, control)
            return ledger.void_document(key, self.arrived[document.settles], date, lines, document.text, now)
        if document.record_type == _PAYMENTS:
            account, other, cents = pairs[0]
            if account == control:
                account, cents = other, -cents
            return ledger.create_payment(key, self.arrived[document.settles], account, control, date, cents, document.text, now)
        buying = document.transaction_type == _PURCHASE_TASK
        if document.record_type == _CREDIT_NOTES:
            kind = ledger.supplier_credit if buying else ledger.credit_note
        else:
            kind = ledger.bill if buying else ledger.invoice
        lines, total = _document_lines(pairs, control)
        return ledger.create_document(key, kind, date, document.due_date, document.party, lines, abs(total), document.text, now)

    def _arrive(self, document: Document, key: int, now: int) -> None:
        self._settle(document, key)
        self._arrivals.add((key, now))

    def _settle(self, document: Document, key: int) -> None:
        """Remember what a document became in the ledger, and let go of the payments that wait for it."""
        if (document.control >= 0 or document.record_type == _DEPOSITS) and document.key not in self.arrived:
            self.arrived[document.key] = key
            if document.key in self._waiting_for:
                self._ready.extend(self._waiting_for.pop(document.key))

    def _set_status(self, record: Record, status: int, now: int, user: int) -> None:
        self.statuses.add((record.key, status, now, -1, user))

    def tables(self) -> list[Rows[Any]]:
        """All tables of the staging area."""
        return [self.records, self.record_documents, self.statuses, self.attempts]


class _Staged(Fact):
    """An outbound record under its document's own key."""

    TABLE: ClassVar[Table] = Table("integration/staged", ("key",), "at")
    key: int
    type: int
    at: int


def _outbound(target: int, staged: Matrix) -> Matrix:
    return _rows(staged[:, 0], _OUTBOUND, staged[:, 1], staged[:, 0], staged[:, 2], target)


class _Arrival(Fact):
    """An outbound record that became a ledger document under its own key, with nothing to remark."""

    TABLE: ClassVar[Table] = Table("integration/arrivals", ("key",), "at")
    key: int
    at: int


def _own_documents(records: Matrix) -> Matrix:
    """Each record carries its own document; what it carries besides is recorded."""
    return records[:, [0, 3]]


def _beginnings(user: int, records: Matrix) -> Matrix:
    """Every outbound record begins as Pending, every inbound one is Completed at once."""
    status = np.where(records[:, 1] == _OUTBOUND, PENDING, COMPLETED)
    return _rows(records[:, 0], status, records[:, 4], -1, user)


def _completions(user: int, arrivals: Matrix) -> Matrix:
    return _rows(arrivals[:, 0], COMPLETED, arrivals[:, 1], arrivals[:, 0], user)


def _good_calls(warning: int, statuses: Matrix) -> Matrix:
    """An arrival is a call that went well."""
    arrivals = statuses[statuses[:, 3] >= 0]
    return _rows(arrivals[:, 0], arrivals[:, 2], _OK, -1, np.where(arrivals[:, 1] == WARNING, warning, -1))


def _rows(*cells: Matrix | int) -> Matrix:
    """A matrix from columns and constants; the first is a column."""
    rows = np.empty((len(cells[0]), len(cells)), np.int64)  # type: ignore[arg-type]
    for n, cell in enumerate(cells):
        rows[:, n] = cell
    return rows


def _everyday_mishaps(config: SyncConfig, draws: Draws) -> Callable[[int, int], str]:
    """One draw an attempt decides whether one of the rare mishaps happens; a second one, which."""
    fate = draws.stream("sync/mishaps")
    unavailable, contact = config.transient_error.value, config.refused_contact.value
    any_of_them = unavailable + contact + config.attachment_warning.value
    happens = fate.chance(any_of_them)

    def mishap(key: int, attempt: int) -> str:
        if not happens(key, attempt):
            return ""
        luck = fate.uniform(key, -attempt) * any_of_them
        return "unavailable" if luck < unavailable else "contact" if luck < unavailable + contact else "attachment"

    return mishap


def _names_a_contact(document: Document) -> bool:
    """Invoices, bills and credit notes do; journals and payments do not."""
    return document.control >= 0 and document.record_type != _PAYMENTS


def _document_lines(pairs: tuple[Pair, ...], control: int) -> tuple[list[tuple[int, int]], int]:
    """The lines of an invoice, bill or credit note, the control account's first; and that one's amount, debit positive."""
    total, lines = 0, [(control, 0)]
    for debit, credit, cents in pairs:
        if debit == control:
            total += cents
            lines.append((credit, -cents))
        else:
            total -= cents
            lines.append((debit, cents))
    lines[0] = (control, total)
    return lines, total


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
