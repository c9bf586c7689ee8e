"""Cin7 to the ledger: the job that sends what is staged, within the ledger's limits and in the order that documents need.

A record is Pending until the ledger takes it (Completed, or Warning when something beside the books failed) or
refuses it (Failed). Failed records wait for a person: retry or skip; a skipped record never leaves again.
A payment waits for the document it settles; a document whose customer or product was refused fails with it (Cin7 help,
Xero sales sync). What is sent again because an answer was lost bears the same request id, by which the ledger knows it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from .. import keys
from ..cin7.books import Document
from ..cin7.postings import Pair
from ..clock import DAY
from ..draws import Draws
from ..ledger.rules import Refusal, RuleBook
from ..profile import SyncConfig
from ..schema import TARGET, TRANSACTION_TYPE
from ..tables import Lexicon, Rows
from . import policies
from .consolidation import COGS, INDIVIDUAL, INVOICE, NONE, PAYMENT, Consolidator
from .errors import find, refusal
from .limits import LIMITS, Gate, Limits
from .mapping import ItemLinks
from .staging import (
    ATTACHMENTS,
    COMPLETED,
    CONTACTS,
    CREDIT_NOTES,
    DEPOSITS,
    FAILED,
    IN_TURN,
    INVOICES,
    JOURNALS,
    PAYMENTS,
    PENDING,
    PRODUCTS,
    SKIPPED,
    WARNING,
    OutboundTables,
    Record,
)
from .tax import TaxMap

_PURCHASE_TASK = TRANSACTION_TYPE["Purchase"]
_FIRST_MINUTE, _LAST_MINUTE = 6 * 60, 23 * 60 + 30
"""The job rests at night, so that every evening's books are settled before midnight (assumption)."""
_PAUSE_MINUTES = (30, 120)
"""How long a record rests after a first and a later transient error (assumption)."""
_MASTER_DATA = (PRODUCTS, CONTACTS)
_POSTS_NOTHING = (*_MASTER_DATA, ATTACHMENTS)


class Outbox:
    """The outbound half of the staging area, and the job that empties it."""

    __slots__ = (
        "_answers", "_arrivals", "_attempts_max", "_connections", "_every", "_held_up", "_passed", "_pushes", "_ready",
        "_redelivered", "_resting", "_staged", "_tables", "_user", "_waiting_for", "arrived", "attempts",
        "consolidator", "documents_a_call", "entered", "failed", "fetch", "gate", "ledger", "links", "policies",
        "products_of", "rank", "record_documents", "records", "statuses", "taxes",
    )  # fmt: skip

    def __init__(
        self, config: SyncConfig, fetch: list[Document], ledger: RuleBook, draws: Draws, lexicon: Lexicon, user: int
    ) -> None:
        self.rank = 60
        self.fetch, self.ledger = fetch, ledger
        self.links = ItemLinks(ledger, lexicon)
        self._every, self._attempts_max = config.every_minutes, config.attempts
        self._user, self._connections = user, config.connections
        self.documents_a_call = config.documents_a_call
        self.gate = Gate(ledger.name, _limits(config, ledger.name))
        self._ready: deque[Record] = deque()
        """Records to send, in order of staging."""
        self._resting: list[tuple[int, int, Record]] = []
        """Records that rest after a transient error: until which minute, record key."""
        self._waiting_for: dict[int, list[Record]] = {}
        """Payments and edits by the document they wait for."""
        self._pushes: dict[int, int] = {}
        self._answers: dict[int, Refusal | None] = {}
        """What the ledger remembers of calls whose answer was lost, by request id."""
        self._redelivered: dict[Document, None] = {}
        """What a job that died had fetched, and will be handed again."""
        self._held_up: dict[int, Record] = {}
        """Products and contacts that are not in the ledger as Cin7 has them, by key: documents that name them cannot go."""
        self.products_of: Callable[[Document], Sequence[int]] = _no_products
        """The keys of the products that a document names."""
        self.consolidator: Consolidator | None = None
        """Where some channel's documents do not go one by one."""
        self.taxes: TaxMap | None = None
        """Where some channel charges tax."""
        self.arrived: dict[int, int] = {}
        """What an invoice, bill or credit note became in the ledger, by its Cin7 key."""
        self.failed: dict[int, Record] = {}
        """Records that wait for a person."""
        self._tables = OutboundTables(TARGET[ledger.name], user, lexicon, find("attachment", ledger.name).text)
        self.records, self.record_documents = self._tables.records, self._tables.record_documents
        self.statuses, self.attempts = self._tables.statuses, self._tables.attempts
        self._staged, self._arrivals, self._passed = self._tables.staged, self._tables.arrivals, self._tables.passed
        self.entered = self._tables.entered
        self.policies = policies.healthy(config, draws)

    # -- what the job does ------------------------------------------------------------------------------------

    def wake(self, now: int) -> int | None:
        """Stage what Cin7 has authorised and send what is due, as far as the call limits allow."""
        fetch, ready, resting, gate = self.fetch, self._ready, self._resting, self.gate
        evening = self.consolidator is not None and self.consolidator.is_evening(now)
        if fetch or ready or resting or evening:
            while resting and resting[0][0] <= now:
                ready.append(heapq.heappop(resting)[2])
            runs = self._send_ready(now)
            if runs and fetch:
                runs = self._take(now)
            if runs and evening:
                runs = self._put_together(now)
            if runs and ready and now % DAY < _LAST_MINUTE and gate.opens(now) == now + 1:
                return now + 1  # the minute's budget is spent: go on in the next
        following = now + self._every - now % self._every
        return following if following % DAY <= _LAST_MINUTE and following % DAY else following - following % DAY + _FIRST_MINUTE

    def _take(self, now: int) -> bool:
        """Stage what Cin7 has authorised and send it; return whether the job lives on."""
        fetch, gate = self.fetch, self.gate
        documents: Sequence[Document] = fetch
        if self._redelivered:
            documents = [document for document in fetch if document not in self._redelivered]
        if self.policies.dates_correction is not None:
            documents = [self._dated(document, self.policies.dates_correction) for document in documents]
        if self.consolidator is not None:
            documents = [document for document in documents if not self._keep_back(document, self.consolidator, now)]
        left = allowed = gate.left(now)
        if len(documents) > left:
            documents = sorted(documents, key=_turn)
        if self._connections > gate.at_once > 0:
            left = 0  # calls get in each other's way: one by one
        if self.documents_a_call > 1:
            documents, left, allowed = self._send_several(documents, left, allowed, now)
        calls, waits, mishap = 0, self._waits, self.policies.mishap
        for document in documents:
            # Nearly all wait for nothing, and meet no mishap at their first call.
            if calls < left and not (waits(document) or mishap(document.key, 1)):
                self._take_answer(document, self._call(document, document.key, now), now)
                calls += 1
            else:
                self.stage(document, now, edit=document.resent)
        gate.spend(gate.left(now) - allowed + calls)
        if not self._send_ready(now):
            self._redelivered = dict.fromkeys(fetch)
            return False
        fetch.clear()
        if self._redelivered:
            self._redelivered = {}
        return True

    @staticmethod
    def _dated(document: Document, dates: Callable[[int, int, int], int]) -> Document:
        if document.corrects < 0:
            return document
        day = dates(document.key, document.effective_date, document.corrects)
        return msgspec.structs.replace(document, effective_date=day)

    def _keep_back(self, document: Document, consolidator: Consolidator, now: int) -> bool:
        """Whether a document does not go to the ledger by itself."""
        if document.resent:  # what is held goes as it is then
            return document.key not in self.arrived and consolidator.holds_document(document.key)
        how = consolidator.type_of(document)
        if how == INDIVIDUAL:
            return False
        if how == NONE:
            record = Record(document.key, document)
            self._staged.add((document.key, document.record_type, now))
            self._tables.set_status(record, SKIPPED, now, self._user)
            return True
        invoice = self.arrived.get(document.settles, -1)
        if invoice >= 0 and keys.kind_of(invoice) != keys.CONSOLIDATED:
            return False  # its invoice went by itself
        consolidator.hold(document)
        return True

    def _put_together(self, now: int) -> bool:
        """Send what was held and has its time, payments after invoices; return whether the job lives on."""
        if self.consolidator is not None:
            for classes in ((INVOICE, COGS), (PAYMENT,)):
                for what in classes:
                    for bundle in self.consolidator.bundles(what, now, self.arrived):
                        record = Record(bundle.document.key, bundle.document, carries=bundle.carries)
                        self._tables.stage(record, now)
                        self._ready.append(record)
                if not self._send_ready(now):
                    return False
        return True

    def _waits(self, document: Document) -> bool:
        """Whether a new record cannot go at once."""
        settles = document.settles
        return (
            document.resent or (settles >= 0 and self._first(document) not in self.arrived) or bool(self._held_up)
            or (self.taxes is not None and bool(self.taxes.unlinked) and self.taxes.concerns(document))
        )  # fmt: skip

    def _first(self, document: Document) -> int:
        """What has to be in the ledger before a document; -1 for nothing."""
        settles, asked = document.settles, self.policies.waits_for
        return settles if asked is None or settles < 0 else asked(document.key, settles)

    def _first_call(self, document: Document, now: int) -> Refusal | None:
        """Send a document among several."""
        if self.policies.mishap(document.key, 1):
            return self._unknown_account(document)
        return self._call(document, document.key, now)

    def _unknown_account(self, document: Document) -> Refusal:
        return self.ledger.refuse("account", item=self.ledger.books.lexicon.lists["account"][document.pairs[0][0]])

    def _take_answer(self, document: Document, answer: Refusal | None, now: int) -> None:
        """Note the answer to a document's first call; the staging row is an object of its own only if it is refused."""
        key = document.key
        if answer is None:
            self._passed.add((key, document.record_type, now))
            if document.record_type != JOURNALS:  # nothing waits for them
                self._settle(document, key)
            return
        self._staged.add((key, document.record_type, now))
        record = Record(key, document)
        record.attempts = record.calls = 1
        self._refused(record, answer, now)

    def _send_several(
        self, documents: Sequence[Document], left: int, allowed: int, now: int
    ) -> tuple[list[Document], int, int]:
        """Send those that go straight through several in a call, by type; return the others, and what is left of the calls."""
        groups: dict[int, list[Document]] = {}
        others: list[Document] = []
        for document in documents:
            # What the ledger does not take for its account's sake is refused inside the call.
            straight = left > 0 and not self._waits(document) and self.policies.mishap(document.key, 1) in {"", "account"}
            (groups.setdefault(document.record_type, []) if straight else others).append(document)
        for group in groups.values():
            for n in range(0, len(group), self.documents_a_call):
                part = group[n : n + self.documents_a_call]
                if left <= 0:
                    others += part
                    continue
                left, allowed = left - 1, allowed - 1
                answers = self.ledger.create_many([partial(self._first_call, document, now) for document in part])
                for document, answer in zip(part, answers, strict=True):
                    self._take_answer(document, self.policies.reads_answer(document.key, answer), now)
        return others, left, allowed

    def _send_ready(self, now: int) -> bool:
        """Send what waits in line as far as the limits allow; return whether the job lives on."""
        ready, gate = self._ready, self.gate
        if not ready:
            return True
        left = allowed = gate.left(now)
        turn, side_by_side = 0, self._connections if self._connections > gate.at_once > 0 else 0
        alive = True
        while ready and alive:
            record = ready[0]
            first = record.waits_for
            if first >= 0 and first not in self.arrived:
                self._waiting_for.setdefault(first, []).append(ready.popleft())
            elif left <= 0:
                answer = gate.turn_away(now)
                if answer is not None:
                    self._tables.refused(record, answer, now)
                break
            elif side_by_side and turn % side_by_side >= gate.at_once:
                turn += 1
                self._tables.refused(record, gate.too_many_at_once(), now)
                ready.append(ready.popleft())
            else:
                turn += 1
                spent, alive = self._send(ready.popleft(), left, now)
                left -= spent
        gate.spend(allowed - left)
        return alive

    def stage(self, document: Document, now: int, *, edit: bool = False) -> None:
        """Open a record for a document; `edit` sends again one that has arrived."""
        # Its first status, Pending, and the one document it carries follow from the record itself: see `tables`.
        key = document.key
        if edit:
            record = Record(self._next_push(key), document, edit=True)
            self._tables.stage(record, now)
        else:
            record = Record(key, document)
            record.waits_for = self._first(document)
            self._staged.add((key, document.record_type, now))
            if document.record_type in _MASTER_DATA:
                self._hold_up(record)
        self._ready.append(record)

    # -- what people do ---------------------------------------------------------------------------------------

    def retry(self, record: Record, now: int, user: int) -> None:
        """Set a failed record back to Pending, with what a person can put right put right."""
        del self.failed[record.key]
        record.helped, record.stuck, record.attempts = True, False, 0
        if record.document.record_type in _MASTER_DATA:
            record.document = msgspec.structs.replace(record.document, text=-1)
        self._tables.set_status(record, PENDING, now, user)
        self._ready.append(record)

    def skip(self, record: Record, now: int, user: int) -> None:
        """Take a failed record out of the active sync for good."""
        del self.failed[record.key]
        self._tables.set_status(record, SKIPPED, now, user)

    def clear_warning(self, record: int, now: int, user: int) -> None:
        """Take a record that arrived with a warning off the list of what wants a look."""
        self.statuses.add((record, SKIPPED, now, record, user))

    def send_anew(self, record: Record, day: int, now: int, user: int) -> None:
        """Skip a failed record and open another one for what it carries, dated `day`."""
        self.skip(record, now, user)
        document = msgspec.structs.replace(record.document, effective_date=day)
        if document.amends >= 0:  # what could not be changed stays as it is; the difference is a document by itself
            due = max(day, document.due_date)
            document = msgspec.structs.replace(document, text=document.amends, due_date=due, amends=-1)
        again = Record(self._next_push(record.key), document, carries=record.carries)
        self._tables.stage(again, now)
        self._ready.append(again)

    def _next_push(self, key: int) -> int:
        """The key of a further record of what was staged under `key`."""
        home = keys.document_of(key)
        self._pushes[home] = self._pushes.get(home, 0) + 1
        return keys.line(home, self._pushes[home])

    def waiting(self) -> list[Record]:
        """Every record that is neither arrived nor skipped."""
        held = [record for records in self._waiting_for.values() for record in records]
        return [*self._ready, *(record for _, _, record in self._resting), *held, *self.failed.values()]

    def holds(self, until: int) -> bool:
        """Whether anything dated up to day `until` has not arrived, edits of what has aside.

        A payment that waits for something else than it settles is on no list of what goes next: nobody waits for it.
        """
        if self.consolidator is not None and self.consolidator.holds(until):
            return True
        return any(
            record.document.effective_date <= until and not record.edit and record.waits_for == record.document.settles
            for record in self.waiting()
        )

    # -- one call ---------------------------------------------------------------------------------------------

    def _send(self, record: Record, left: int, now: int) -> tuple[int, bool]:
        """Make the call for a record; return how many of the `left` calls it took, and whether the job lives on."""
        document, tables, system = record.document, self._tables, self.ledger.name
        if self._held_up:
            name, master = self._held_up_by(document)
            if master is not None and master.stuck:
                self._refused(record, refusal(name, system), now)
                return 0, True
            if master is not None:
                self._waiting_for.setdefault(master.document.key, []).append(record)
                return 0, True
        if record.edit and keys.kind_of(self.arrived[document.key]) == keys.CONSOLIDATED:
            self._refused(record, refusal("consolidated", system), now)
            return 0, True
        record.attempts += 1
        record.calls += 1  # never set back: a retry must not meet the fate of the first try again
        known = self._answers and record.request in self._answers
        mishap = "" if known else self.policies.mishap(record.key, record.calls)
        if mishap == "unavailable":
            self._refused(record, refusal("unavailable", system), now)
            return 1, True
        if mishap == "others":
            tables.refused(record, self.gate.too_many_at_once(), now)
            self._ready.append(record)
            return 0, True
        wants_a_hand = None if known else self._wants_a_hand(record, mishap)
        if wants_a_hand is not None:
            self._refused(record, wants_a_hand, now)
            return 1, True
        if mishap == "account" and not record.helped and document.pairs:
            self._refused(record, self._unknown_account(document), now)
            return 1, True
        unusual = known or record.edit
        answer = self._answer(record, now) if unusual else self._call(document, record.request, now)
        if mishap == "crash":
            self._answers[record.request] = answer
            self._ready.appendleft(record)
            return 1, False
        spent = 1
        if mishap == "no answer" and left > 1:
            self._answers[record.request] = answer
            tables.refused(record, refusal("no_answer", system), now)
            record.calls += 1
            answer, spent = self._answer(record, now), 2
        if answer is not None:
            self._refused(record, answer, now)
            return spent, True
        warned = mishap == "attachment" and _names_a_contact(document)
        if self.taxes is not None and not record.edit and document.key in self.taxes.adjusted:
            warned = True
            cents, rule = self.taxes.warn(document.key, record.key)
            tables.remark(record, refusal("tax_adjusted", system, rule=rule, cents=f"{cents / 100:.2f}").message)
        if record.edit or warned or record.request != record.key:
            target = self.arrived[document.key] if record.edit else record.request
            self._settle(document, target, record.carries)
            tables.set_status(record, WARNING if warned else COMPLETED, now, self._user, target)
        else:
            self._settle(document, record.key, record.carries)
            self._arrivals.add((record.key, now))
        return spent, True

    def _wants_a_hand(self, record: Record, mishap: str) -> Refusal | None:
        """How the ledger refuses what a person has to put right first."""
        document, ledger = record.document, self.ledger
        if record.edit:
            if "stale" in ledger.texts and self.policies.stale(record.key):
                return ledger.refuse("stale", user="another user")
        elif mishap and not record.helped:
            if mishap == "name" and _bears_a_name(document):
                return ledger.refuse("item_name") if document.record_type == PRODUCTS else refusal("contact", ledger.name)
            if mishap == "number" and document.record_type == INVOICES and not (document.voids or document.amends >= 0):
                buying = document.transaction_type == _PURCHASE_TASK
                return ledger.refuse("duplicate_number") if buying == ledger.numbers_bills else None
            if mishap == "reference" and "reference" in ledger.texts and _names_a_contact(document) and not document.voids:
                return ledger.refuse("reference")
        return None

    def _answer(self, record: Record, now: int) -> Refusal | None:
        """The ledger's answer to a record; to a request id that it knows, the answer it gave then."""
        if self._answers and record.request in self._answers:
            known = self._answers.pop(record.request)
            record.request = self.policies.request_id(record.key, record.calls)
            if record.request == record.key:
                return known
        if record.edit:
            return self.ledger.update_document(self.arrived[record.document.key], record.document.effective_date)
        return self._call(record.document, record.request, now)

    def _refused(self, record: Record, answer: Refusal, now: int) -> None:
        """Try again later when the ledger was only busy; otherwise leave it to a person."""
        record.refusal = answer
        self._tables.refused(record, answer, now)
        if answer.http_status == _UNAVAILABLE and record.attempts < self._attempts_max:
            pause = _PAUSE_MINUTES[min(record.attempts, len(_PAUSE_MINUTES)) - 1]
            heapq.heappush(self._resting, (now + pause, record.key, record))
            return
        self.failed[record.key] = record
        record.stuck = True
        if record.document.record_type in _MASTER_DATA:
            if answer.about == "duplicate_item":  # it stays linked to the item it has, and what names it may go
                self._held_up.pop(keys.root_of(record.document.key), None)
            else:
                self._hold_up(record)
            self._ready.extend(self._waiting_for.pop(record.document.key, ()))  # and they fail with it
        self._tables.set_status(record, FAILED, now, self._user)

    def _hold_up(self, record: Record) -> None:
        """Let nothing pass that names a product or contact before its own record has arrived."""
        self._held_up[keys.root_of(record.document.key)] = record

    def _held_up_by(self, document: Document) -> tuple[str, Record | None]:
        """The record of a customer or product that a document has to wait for, and the text in which it fails with it."""
        held = self._held_up
        if document.record_type not in _MASTER_DATA and _names_a_contact(document):  # journals name accounts alone
            if document.party in held:
                return "contact_failed", held[document.party]
            for product in self.products_of(document):
                if product in held:
                    return "product_failed", held[product]
        return "", None

    def _call(self, document: Document, key: int, now: int) -> Refusal | None:
        """Translate the document for the ledger's API and send it under `key`."""
        ledger, date, control = self.ledger, document.effective_date, document.control
        pairs = document.pairs
        if control < 0:
            if document.record_type in _POSTS_NOTHING:
                return self._tell(document, now)
            if document.record_type == DEPOSITS:
                return ledger.create_prepayment(key, date, pairs[0], document.text, now)
            if len(pairs) == 1:
                return ledger.create_transfer(key, date, pairs[0], document.text, now)
            return ledger.create_journal(key, date, _journal_lines(pairs), document.text, now)
        if document.voids:
            return self._take_back(document, key, now)
        if document.amends >= 0 and (refused := self._may_not_change(self.arrived[document.settles], date)):
            return refused
        if document.record_type == PAYMENTS:
            account, other, cents = pairs[0]
            if account == control:
                account, cents = other, -cents
            return ledger.create_payment(key, self.arrived[document.settles], account, control, date, cents, document.text, now)
        buying = document.transaction_type == _PURCHASE_TASK
        if document.record_type == CREDIT_NOTES:
            kind = ledger.supplier_credit if buying else ledger.credit_note
        else:
            kind = ledger.bill if buying else ledger.invoice
        lines, total = _document_lines(pairs, control)
        if ledger.items.inactive and (put_away := self.links.unusable(document)):
            return put_away
        if ledger.items.edited and ledger.goes_by_item:
            lines = self.links.posted(document, lines)
        taxes, off = self.taxes, 0
        if taxes is not None and taxes.unlinked and taxes.concerns(document):
            lines, off = taxes.posted(document, lines)
        answer = ledger.create_document(
            key, kind, date, document.due_date, document.party, lines, abs(total), document.text, now
        )
        if off and answer is None and taxes is not None:
            taxes.note(document, off)
        return answer

    def _take_back(self, document: Document, key: int, now: int) -> Refusal | None:
        """Void what a document settles."""
        lines, _ = _document_lines(document.pairs, document.control)
        if self.taxes is not None and document.settles in self.taxes.adjusted:
            lines = self.taxes.taken_back(document.settles, lines)
        target = self.arrived[document.settles]
        return self.ledger.void_document(key, target, document.effective_date, lines, document.text, now)

    def _tell(self, document: Document, now: int) -> Refusal | None:
        """Tell the ledger of a contact or product, or give it a file; neither changes a book."""
        if document.record_type != PRODUCTS:
            return None
        wrong = self.links.misnamed(document) if document.text >= 0 else None
        return wrong or self.links.push_again(keys.identity_of(document.key), now)

    def _may_not_change(self, target: int, date: int) -> Refusal | None:
        """How the ledger refuses to have a document changed; what it does not refuse is entered beside it."""
        if keys.kind_of(target) == keys.CONSOLIDATED:
            return refusal("consolidated", self.ledger.name)
        return self.ledger.update_document(target, date)

    def _settle(self, document: Document, target: int, carries: Sequence[int] = ()) -> None:
        """Remember what a document became in the ledger, and let go of what waits for it."""
        if (self._held_up or self._waiting_for) and document.record_type in _MASTER_DATA:
            home = keys.root_of(document.key)
            if home in self._held_up and self._held_up[home].document.key <= document.key:  # not a later edit of it
                gone = self._held_up.pop(home)
                self._ready.extend(self._waiting_for.pop(gone.document.key, ()))
            self._ready.extend(self._waiting_for.pop(document.key, ()))
        if (document.control >= 0 or document.record_type == DEPOSITS) and document.key not in self.arrived:
            self.arrived[document.key] = target
            if document.key in self._waiting_for:
                self._ready.extend(self._waiting_for.pop(document.key))
        for key in carries:
            self.arrived[key] = target
            self._ready.extend(self._waiting_for.pop(key, ()))

    def tables(self) -> list[Rows[Any]]:
        """All outbound tables."""
        return [*self._tables.all(), self.links.rows]


_UNAVAILABLE = find("unavailable", "Xero").http_status


def _limits(config: SyncConfig, system: str) -> Limits:
    """A system's own limits, or those of a what-if."""
    own = LIMITS[system]
    return Limits(config.calls_per_minute or own.per_minute, config.calls_per_day or own.per_day, own.at_once)


def _turn(document: Document) -> int:
    return IN_TURN.get(document.record_type, IN_TURN[JOURNALS])


def _no_products(document: Document) -> Sequence[int]:
    return ()


def _names_a_contact(document: Document) -> bool:
    """Invoices, bills and credit notes do; journals and payments do not."""
    return document.control >= 0 and document.record_type != PAYMENTS


def _bears_a_name(document: Document) -> bool:
    """Whether a contact's or product's name goes along, which the ledger may refuse."""
    return document.record_type in _MASTER_DATA or _names_a_contact(document)


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


def _journal_lines(pairs: tuple[Pair, ...]) -> Sequence[tuple[int, int]]:
    """The same for a journal, which needs lines even where all cancels: a sale and its return, put together on one day."""
    return net_lines(pairs) or [line for debit, credit, cents in pairs for line in ((debit, cents), (credit, -cents))]
