"""The way from Cin7 to the ledger under any mixture of work, errors, locks and people."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.worlds import read

from sim import keys
from sim.cin7.books import Document
from sim.clock import DAY, Calendar
from sim.draws import Draws
from sim.integration.limits import LIMITS, Bucket, Gate
from sim.integration.outbox import Outbox
from sim.integration.staging import COMPLETED, SKIPPED, WARNING, Record
from sim.ledger.books import Books
from sim.ledger.xero import Xero
from sim.people.integration import QueueOwner
from sim.profile import Rate, SyncConfig
from sim.schema import RECORD_TYPE, TRANSACTION_TYPE
from sim.tables import Lexicon

BANK, RECEIVABLE, SALES, INVENTORY, COGS = range(5)
CALENDAR = Calendar(dt.date(2025, 3, 1), 3, [])
SALE, JOURNAL = TRANSACTION_TYPE["Sale"], TRANSACTION_TYPE["Journal"]
INVOICES, PAYMENTS, JOURNALS, MASTER = (
    RECORD_TYPE[name] for name in ("Invoices", "Payments", "Manual journals", "Products")
)
CONTACTS = RECORD_TYPE["Contacts"]
PRODUCT = keys.root(keys.PRODUCT, 7)
PRODUCTS: dict[bool, tuple[int, ...]] = {True: (PRODUCT,), False: ()}
CALLS_A_MINUTE, CALLS_A_DAY = 3, 40



def config(transient: float = 0.0, contact: float = 0.0, lost: float = 0.0, *, connections: int = 5) -> SyncConfig:
    def rate(value: float) -> Rate:
        return Rate(value=value, source="a test")

    return SyncConfig(
        every_minutes=30, calls_per_minute=CALLS_A_MINUTE, calls_per_day=CALLS_A_DAY, attempts=3,
        transient_error=rate(transient), refused_contact=rate(contact), attachment_warning=rate(0.1), idle_edit=rate(0.0),
        lost_answer=rate(lost), others_calling=rate(lost), connections=connections,
    )  # fmt: skip


class Sync(RuleBasedStateMachine):
    """Cin7 authorises documents; the job runs and dies; the ledger answers 503, refuses names, is locked, or loses its
    answer; documents are handed over twice; a person helps."""

    @initialize(
        seed=st.integers(0, 1000), transient=st.sampled_from([0.0, 0.2, 0.4]), contact=st.sampled_from([0.0, 0.2]),
        lost=st.sampled_from([0.0, 0.15]), connections=st.sampled_from([5, 7]),
    )  # fmt: skip
    def start(self, seed: int, transient: float, contact: float, lost: float, connections: int) -> None:
        self.lexicon = Lexicon()
        self.books = Books(5, self.lexicon)
        self.fetch: list[Document] = []
        xero = Xero(self.books, CALENDAR, user=0)
        settings = config(transient, contact, lost, connections=connections)
        self.outbox = Outbox(settings, self.fetch, xero, Draws(seed), self.lexicon, 0)
        self.outbox.products_of = lambda document: PRODUCTS[document.record_type in (INVOICES, JOURNALS)]
        self.everyday = self.outbox.policies.mishap
        self.now = 6 * 60
        self.due: int | None = self.now
        self.orders = 0
        self.authorised: dict[int, Document] = {}
        self.skipped: list[Record] = []

    @rule(after=st.integers(1, 4))
    def the_job_dies(self, after: int) -> None:
        """At its `after`-th call from now; what it has fetched is handed to it again."""
        if self.outbox.policies.mishap is not self.everyday:
            return
        left = after

        def dies(key: int, call: int) -> str:
            nonlocal left
            left -= 1
            if left:
                return self.everyday(key, call)
            self.outbox.policies.mishap = self.everyday
            return "crash"

        self.outbox.policies.mishap = dies

    @rule()
    def edit_a_product(self) -> None:
        product = keys.line(keys.document(PRODUCT, keys.MASTER), self.orders)
        self.orders += 1
        self.authorise(product, MASTER, ())

    def authorise(self, key: int, kind: int, pairs: tuple[tuple[int, int, int], ...], *, settles: int = -1) -> None:
        control = RECEIVABLE if kind in (INVOICES, PAYMENTS) else -1
        document = Document(
            key, kind, JOURNAL if control < 0 else SALE, self.now // DAY, self.now, pairs, -1, settles=settles,
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
        staged = {row.record_key for row in read(self.outbox.records)}
        places = Counter(document.key for document in self.fetch if document.key not in staged)
        places.update(record.document.key for record in self.outbox.waiting())
        places.update(record.document.key for record in self.skipped)
        places.update(self.arrived())
        assert places == Counter(self.authorised.keys())

    @invariant()
    def what_arrived_is_in_the_ledger_once_and_nothing_else_is(self) -> None:
        """Nothing else but what the ledger took from a job that died, which nobody knows yet."""
        booked = {key for key in self.arrived() if self.authorised[key].pairs}
        unknown = {key for key in self.outbox._answers if self.authorised[key].pairs and self.outbox._answers[key] is None}
        assert Counter(journal.journal_id for journal in read(self.books.journals)) == Counter(booked | unknown)
        expected = [0] * 5
        for key in booked | unknown:
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
        taken = [row for row in read(self.outbox.attempts) if row.http_status not in (429, 424)]
        minutes = Counter(row.attempted_at for row in taken)
        days = Counter(row.attempted_at // DAY for row in taken)
        assert max(minutes.values(), default=0) <= CALLS_A_MINUTE
        assert max(days.values(), default=0) <= CALLS_A_DAY

    def teardown(self) -> None:
        """With a ledger that answers, no lock, and somebody who retries, everything but the skipped arrives."""
        if not hasattr(self, "outbox"):
            return
        self.outbox.policies.mishap = lambda key, call: ""
        self.books.lock(-1, self.now, 0)
        skipped = {record.document.key for record in self.skipped}
        for _ in range(20):
            for record in list(self.outbox.failed.values()):
                self.outbox.retry(record, self.now, 0)
            self.let_time_pass(DAY)
        lost = set(self.authorised) - self.arrived() - skipped
        product_is_out = any(record.document.record_type == MASTER for record in self.skipped)
        for key in lost:
            document = self.authorised[key]
            waits = document.settles in skipped or (document.settles in lost and product_is_out)
            assert waits or (product_is_out and document.record_type in (INVOICES, JOURNALS)), "it waits for nothing"
        assert not self.outbox._answers


# To shrink a failing history takes minutes: add Phase.shrink when you need it.
Sync.TestCase.settings = settings(max_examples=60, stateful_step_count=25, phases=(Phase.generate,))
TestSync = Sync.TestCase


@given(st.lists(st.integers(0, 5), min_size=1, max_size=200), st.integers(1, 5), st.integers(1, 9))
def test_a_budget_is_never_overspent_and_always_full_again(steps: list[int], size: int, period: int) -> None:
    bucket, now, calls = Bucket(size, period), 0, Counter[int]()
    for step in steps:
        now += step
        if bucket.left(now) > 0:
            bucket.spend(1)
            calls[now // period] += 1
        else:
            assert calls[now // period] == size
            assert now < bucket.full_again() <= now + period
    assert max(calls.values()) <= size


@pytest.mark.parametrize(("system", "status", "text"), [
    ("Xero", 429, "X-Rate-Limit-Problem: minute. Retry-After: 60"), ("QuickBooks Online", 429, "wait 60 seconds"),
    ("Cin7 Core", 503, "You reached 60 calls per minute API limit"),
])  # fmt: skip
def test_a_call_too_many_is_turned_away_once_in_the_words_of_the_system(system: str, status: int, text: str) -> None:
    gate = Gate(system, LIMITS[system])
    gate.spend(gate.left(100))
    answer = gate.turn_away(100)
    assert answer is not None
    assert answer.http_status == status
    assert text in answer.message
    assert gate.turn_away(100) is None, "who has been told to wait does not call again"
    assert (gate.left(100), gate.opens(100), gate.left(101)) == (0, 101, LIMITS[system].per_minute)


def burst(documents: int, *, per_minute: int = 60, per_day: int = 5_000, connections: int = 5) -> tuple[Outbox, Books]:
    """A ledger with real limits after a day on which everything came at once, and as many days as it takes."""
    lexicon, fetch = Lexicon(), list[Document]()
    books = Books(5, lexicon)
    quiet = msgspec.structs.replace(
        config(connections=connections), calls_per_minute=per_minute, calls_per_day=per_day,
        attachment_warning=Rate(0.0, "a test"),
    )  # fmt: skip
    outbox = Outbox(quiet, fetch, Xero(books, CALENDAR, user=0), Draws(1), lexicon, 0)
    for n in range(documents):
        key = keys.document(keys.root(keys.ORDER, n), keys.SHIP)
        fetch.append(Document(key, JOURNALS, JOURNAL, 0, 6 * 60, ((COGS, INVENTORY, n + 1),), -1))
    due: int | None = 6 * 60
    while due is not None and due < 10 * DAY:
        due = outbox.wake(due)
    return outbox, books


@pytest.mark.parametrize("connections", [5, 8])
def test_ten_days_work_on_one_day_drains_at_exactly_the_limit_none_lost_none_twice(connections: int) -> None:
    documents = 10 * 1_200
    outbox, books = burst(documents, connections=connections)
    attempts = read(outbox.attempts)
    taken, refused = [row for row in attempts if row.http_status == 200], [row for row in attempts if row.http_status != 200]
    assert len({row.record_key for row in taken}) == len(taken) == documents
    assert books.balance[COGS] == documents * (documents + 1) // 2
    by_day = Counter(row.attempted_at // DAY for row in taken)
    assert [by_day[day] for day in range(4)] == [5_000, 5_000, 2_000, 0]
    by_minute = [count for _, count in sorted(Counter(row.attempted_at for row in taken if row.attempted_at < DAY).items())]
    assert by_minute[:-1] == [60] * (len(by_minute) - 1), "every minute but the last is used to the full"
    problems = Counter(outbox_text(outbox, row.message).split(".")[0].rsplit(" ", 1)[1] for row in refused)
    assert set(problems) == ({"minute", "day"} if connections == 5 else {"minute", "day", "concurrent"})
    assert problems["day"] == 2
    assert {row.http_status for row in refused} == {429}


def outbox_text(outbox: Outbox, code: int) -> str:
    return outbox._tables._text.__self__.lists["text"][code]  # type: ignore[attr-defined, no-any-return]


def test_a_request_sent_again_under_another_id_is_booked_twice() -> None:
    """What the request id is for."""
    lexicon, fetch = Lexicon(), list[Document]()
    books = Books(5, lexicon)
    outbox = Outbox(config(), fetch, Xero(books, CALENDAR, user=0), Draws(1), lexicon, 0)
    outbox.policies.mishap = lambda key, call: "no answer" if call == 1 else ""
    key = keys.document(keys.root(keys.ORDER, 1), keys.SHIP)
    fetch.append(Document(key, JOURNALS, JOURNAL, 0, 360, ((COGS, INVENTORY, 500),), -1))
    outbox.wake(360)
    assert books.balance[COGS] == 500
    outbox.policies.request_id = keys.line
    other = keys.document(keys.root(keys.ORDER, 2), keys.SHIP)
    fetch.append(Document(other, JOURNALS, JOURNAL, 0, 390, ((COGS, INVENTORY, 500),), -1))
    outbox.wake(390)
    assert books.balance[COGS] == 1_500


def test_what_names_a_refused_customer_fails_with_it_and_goes_when_the_customer_is_put_right() -> None:
    lexicon, fetch = Lexicon(), list[Document]()
    books = Books(5, lexicon)
    outbox = Outbox(config(), fetch, Xero(books, CALENDAR, user=0), Draws(1), lexicon, 0)
    customer, stranger = keys.root(keys.PARTY, 5), keys.root(keys.PARTY, 6)
    contact = keys.document(customer, keys.MASTER)
    outbox.policies.mishap = lambda key, call: "name" if key == contact else ""
    fetch.append(Document(contact, CONTACTS, JOURNAL, 0, 360, (), -1))
    for n, party in enumerate((customer, stranger)):
        order = keys.root(keys.ORDER, n)
        invoice, payment = keys.document(order, keys.INVOICE), keys.document(order, keys.PAYMENT)
        pairs, paid = ((RECEIVABLE, SALES, 700),), ((BANK, RECEIVABLE, 700),)
        fetch.append(Document(invoice, INVOICES, SALE, 0, 360, pairs, -1, party, 30, control=RECEIVABLE))
        fetch.append(Document(payment, PAYMENTS, SALE, 0, 360, paid, -1, party, settles=invoice, control=RECEIVABLE))
    for minute in range(360, 365):
        outbox.wake(minute)
    assert [record.document.record_type for record in outbox.failed.values()] == [CONTACTS, INVOICES]
    assert (books.balance[SALES], books.balance[BANK]) == (-700, 700), "the other customer's is there"
    for record in list(outbox.failed.values()):
        outbox.retry(record, 400, 0)
    for minute in range(420, 425):
        outbox.wake(minute)
    assert not outbox.waiting()
    assert (books.balance[SALES], books.balance[BANK]) == (-1_400, 1_400)


def test_what_a_closed_period_refused_can_be_sent_anew_in_the_open_one() -> None:
    lexicon, fetch = Lexicon(), list[Document]()
    books = Books(5, lexicon)
    outbox = Outbox(config(), fetch, Xero(books, CALENDAR, user=0), Draws(1), lexicon, 0)
    outbox.policies.mishap = lambda key, call: ""
    owner = QueueOwner(outbox, CALENDAR, user=3)
    books.lock(31, 0, 0)
    change = keys.document(keys.purchase(4, 2), keys.COST_CHANGE)
    fetch.append(Document(change, JOURNALS, JOURNAL, 20, 40 * DAY + 600, ((COGS, INVENTORY, 500),), -1))
    outbox.wake(40 * DAY + 600)
    (record,) = outbox.failed.values()
    monday = CALENDAR.workday_from(41) * DAY
    for decision, balance in (("leave", 0), ("compensate", 500)):
        owner.policies.closed_period = lambda record, decision=decision: decision  # type: ignore[misc]
        owner.wake(monday + 610)
        outbox.wake(monday + 630)
        assert books.balance[COGS] == balance
    (journal,) = read(books.journals)
    assert journal.journal_date == monday // DAY
    statuses = [(row.record_key == record.key, row.status) for row in read(outbox.statuses)]
    assert (True, SKIPPED) in statuses
    assert (False, COMPLETED) in statuses
    carried = read(outbox.record_documents)
    assert {row.document_key for row in carried} == {change}
    assert len(carried) == 2, "the skipped record, and the one that took its place"


def test_nobody_looks_at_a_queue_without_an_owner() -> None:
    outbox, _ = burst(1)
    record = Record(1, Document(1, JOURNALS, JOURNAL, 0, 0, (), -1))
    outbox.failed[1] = record
    owner = QueueOwner(outbox, CALENDAR, user=3)
    owner.policies.reviews = lambda day: False
    owner.wake(2 * DAY + 610)
    assert list(outbox.failed) == [1]


def test_several_documents_in_a_call_are_answered_one_by_one_and_who_reads_the_status_alone_drops_some() -> None:
    """The answer to such a call is 200; what was refused stands inside it."""
    for reads_all in (True, False):
        lexicon, fetch = Lexicon(), list[Document]()
        books = Books(5, lexicon)
        settings = msgspec.structs.replace(config(), documents_a_call=10)
        outbox = Outbox(settings, fetch, Xero(books, CALENDAR, user=0), Draws(1), lexicon, 0)
        outbox.policies.mishap = lambda key, call: ""
        if not reads_all:
            outbox.policies.reads_answer = lambda key, answer: None
        books.lock(31, 0, 0)
        for n in range(25):
            key = keys.document(keys.root(keys.ORDER, n), keys.SHIP)
            fetch.append(Document(key, JOURNALS, JOURNAL, 20 if n == 7 else 40, 40 * DAY, ((COGS, INVENTORY, 100),), -1))
        outbox.wake(40 * DAY + 600)
        assert books.balance[COGS] == 24 * 100
        assert outbox.gate.left(40 * DAY + 600) == CALLS_A_MINUTE - 3, "three calls for twenty-five documents"
        assert [record.document.effective_date for record in outbox.failed.values()] == [20] * reads_all
        assert Counter(row.http_status for row in read(outbox.attempts)) == Counter({200: 25})
        said = [row for row in read(outbox.attempts) if row.message >= 0]
        assert len(said) == reads_all
