"""The way from Cin7 to the ledger under any mixture of work, errors, locks and people."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.worlds import read

from sim import keys
from sim.cin7.books import Document
from sim.clock import DAY, Calendar
from sim.draws import Draws
from sim.integration.limits import CallBudget
from sim.integration.outbox import COMPLETED, SKIPPED, WARNING, Outbox, Record
from sim.ledger.books import Books
from sim.ledger.xero import Xero
from sim.profile import Rate, SyncConfig
from sim.schema import RECORD_TYPE, TRANSACTION_TYPE
from sim.tables import Lexicon

BANK, RECEIVABLE, SALES, INVENTORY, COGS = range(5)
CALENDAR = Calendar(dt.date(2025, 3, 1), 3, [])
SALE, JOURNAL = TRANSACTION_TYPE["Sale"], TRANSACTION_TYPE["Journal"]
INVOICES, PAYMENTS, JOURNALS = RECORD_TYPE["Invoices"], RECORD_TYPE["Payments"], RECORD_TYPE["Manual journals"]
CALLS_A_MINUTE, CALLS_A_DAY = 3, 40


def config(transient: float, contact: float) -> SyncConfig:
    def rate(value: float) -> Rate:
        return Rate(value=value, source="a test")

    return SyncConfig(
        every_minutes=30, calls_per_minute=CALLS_A_MINUTE, calls_per_day=CALLS_A_DAY, attempts=3,
        transient_error=rate(transient), refused_contact=rate(contact), attachment_warning=rate(0.2), idle_edit=rate(0.0),
    )  # fmt: skip


class Sync(RuleBasedStateMachine):
    """Cin7 authorises documents; the job runs; the ledger answers 503, refuses contacts, or is locked; a person helps."""

    @initialize(seed=st.integers(0, 1000), transient=st.sampled_from([0.0, 0.3, 0.7]), contact=st.sampled_from([0.0, 0.4]))
    def start(self, seed: int, transient: float, contact: float) -> None:
        self.lexicon = Lexicon()
        self.books = Books(5, self.lexicon)
        self.fetch: list[Document] = []
        xero = Xero(self.books, CALENDAR, user=0)
        self.outbox = Outbox(config(transient, contact), self.fetch, xero, Draws(seed), self.lexicon, 0)
        self.now = 6 * 60
        self.due: int | None = self.now
        self.orders = 0
        self.authorised: dict[int, Document] = {}
        self.skipped: list[Record] = []

    def authorise(self, key: int, kind: int, pairs: tuple[tuple[int, int, int], ...], *, settles: int = -1) -> None:
        control = -1 if kind == JOURNALS else RECEIVABLE
        document = Document(
            key, kind, JOURNAL if kind == JOURNALS else SALE, self.now // DAY, self.now, pairs, -1, settles=settles,
            control=control,
        )  # fmt: skip
        self.authorised[key] = document
        self.fetch.append(document)

    @rule(cents=st.integers(1, 10_000), paid_first=st.booleans())
    def sell(self, cents: int, paid_first: bool) -> None:
        order = keys.root(keys.ORDER, self.orders)
        self.orders += 1
        invoice, payment = keys.document(order, keys.INVOICE), keys.document(order, keys.PAYMENT)
        bill = (invoice, INVOICES, ((RECEIVABLE, SALES, cents),), -1)
        pay = (payment, PAYMENTS, ((BANK, RECEIVABLE, cents),), invoice)
        for key, kind, pairs, settles in [pay, bill] if paid_first else [bill, pay]:
            self.authorise(key, kind, pairs, settles=settles)

    @rule(cents=st.integers(1, 10_000))
    def ship(self, cents: int) -> None:
        order = keys.root(keys.ORDER, self.orders)
        self.orders += 1
        self.authorise(keys.document(order, keys.SHIP), JOURNALS, ((COGS, INVENTORY, cents),))

    @rule(minutes=st.integers(1, 3 * 60))
    def let_time_pass(self, minutes: int) -> None:
        until = self.now + minutes
        while self.due is not None and self.due < until:
            woken = self.due
            self.due = self.outbox.wake(woken)
            assert self.due is not None
            assert self.due > woken
        self.now = until

    @precondition(lambda self: self.now > 3 * DAY)
    @rule()
    def close_the_books(self) -> None:
        self.books.lock(max(self.books.lock_date, self.now // DAY - 2), self.now, 0)

    @precondition(lambda self: self.outbox.failed)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        self.outbox.retry(data.draw(st.sampled_from(list(self.outbox.failed.values()))), self.now, 0)

    @precondition(lambda self: self.outbox.failed)
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(list(self.outbox.failed.values())))
        self.outbox.skip(record, self.now, 0)
        self.skipped.append(record)

    def arrived(self) -> set[int]:
        return {row.record_key for row in read(self.outbox.statuses) if row.status in (COMPLETED, WARNING)}

    @invariant()
    def every_document_is_in_exactly_one_place(self) -> None:
        places = Counter(document.key for document in self.fetch)
        places.update(record.document.key for record in self.outbox.waiting())
        places.update(record.document.key for record in self.skipped)
        places.update(self.arrived())
        assert places == Counter(self.authorised.keys())

    @invariant()
    def what_arrived_is_in_the_ledger_once_and_nothing_else_is(self) -> None:
        assert Counter(journal.journal_id for journal in read(self.books.journals)) == Counter(self.arrived())
        expected = [0] * 5
        for key in self.arrived():
            for debit, credit, cents in self.authorised[key].pairs:
                expected[debit] += cents
                expected[credit] -= cents
        assert self.books.balance == expected

    @invariant()
    def a_payment_arrives_after_the_document_it_settles(self) -> None:
        order = [journal.journal_id for journal in read(self.books.journals)]
        for key in order:
            settles = self.authorised[key].settles
            assert settles < 0 or order.index(settles) < order.index(key)

    @invariant()
    def a_skipped_record_is_never_sent_again(self) -> None:
        for record in self.skipped:
            history = [row for row in read(self.outbox.statuses) if row.record_key == record.key]
            assert history[-1].status == SKIPPED
            sent = [row.attempted_at for row in read(self.outbox.attempts) if row.record_key == record.key]
            assert max(sent) <= history[-1].at

    @invariant()
    def the_ledgers_limits_are_kept(self) -> None:
        minutes = Counter(row.attempted_at for row in read(self.outbox.attempts))
        days = Counter(row.attempted_at // DAY for row in read(self.outbox.attempts))
        assert max(minutes.values(), default=0) <= CALLS_A_MINUTE
        assert max(days.values(), default=0) <= CALLS_A_DAY

    def teardown(self) -> None:
        """With a ledger that answers, no lock, and somebody who retries, everything but the skipped arrives."""
        if not hasattr(self, "outbox"):
            return
        self.outbox.policies.mishap = lambda key, attempt: ""
        self.books.lock(-1, self.now, 0)
        skipped = {record.document.key for record in self.skipped}
        for _ in range(20):
            for record in list(self.outbox.failed.values()):
                self.outbox.retry(record, self.now, 0)
            self.let_time_pass(DAY)
        lost = set(self.authorised) - self.arrived() - skipped
        assert all(self.authorised[key].settles in skipped for key in lost), "only a payment of a skipped document still waits"


Sync.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestSync = Sync.TestCase


@given(st.lists(st.integers(0, 5), min_size=1, max_size=200), st.integers(1, 5), st.integers(1, 50))
def test_a_budget_is_never_overspent(steps: list[int], per_minute: int, per_day: int) -> None:
    budget, now, calls = CallBudget(per_minute, per_day), DAY - 100, Counter[int]()
    days = Counter[int]()
    for step in steps:
        now += step
        if budget.left(now) > 0:
            budget.spend(1)
            calls[now] += 1
            days[now // DAY] += 1
        else:
            assert calls[now] == per_minute or days[now // DAY] == per_day
    assert max(calls.values()) <= per_minute
    assert max(days.values()) <= per_day
