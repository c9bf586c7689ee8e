from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import read

from sim.clock import Calendar
from sim.ledger.books import PERIOD, YEAR_END, Books
from sim.ledger.quickbooks import QuickBooks
from sim.ledger.rules import RuleBook
from sim.ledger.xero import ACCPAY, ACCREC, ACCRECCREDIT, Xero
from sim.tables import Lexicon

BANK, RECEIVABLE, SALES, PAYABLE = range(4)
CALENDAR = Calendar(dt.date(2025, 3, 1), 3, [])
amounts = st.integers(-(10**9), 10**9)


def organisation() -> tuple[Books, Xero]:
    books = Books(4, Lexicon())
    return books, Xero(books, CALENDAR, user=0)


@given(st.lists(st.lists(amounts, min_size=1, max_size=4), max_size=8))
def test_balances_are_the_sums_of_balanced_journals(journals: list[list[int]]) -> None:
    books, _ = organisation()
    for n, cents in enumerate(journals):
        lines = [*((account % 4, value) for account, value in enumerate(cents)), (BANK, -sum(cents))]
        books.post(n, 0, 0, Xero.journal, n, lines, 0)
    assert sum(books.balance) == 0
    posted = read(books.journal_lines)
    for account in range(4):
        assert books.balance[account] == sum(line.amount_cents for line in posted if line.account_code == account)
    assert len(read(books.journals)) == len(journals)


@given(amounts.filter(bool))
def test_a_journal_out_of_balance_is_a_mistake_of_the_caller(cents: int) -> None:
    books, _ = organisation()
    with pytest.raises(ValueError, match=f"out of balance by {cents} cents"):
        books.post(1, 0, 0, Xero.journal, 1, [(BANK, cents)], 0)
    assert not read(books.journals)


@given(st.integers(-1, 80), st.integers(0, 90))
def test_the_lock_date_refuses_what_is_dated_on_or_before_it(lock: int, date: int) -> None:
    books, xero = organisation()
    books.lock(lock, 0, 0)
    answers = [
        xero.create_journal(1, date, ((BANK, 5), (SALES, -5)), -1, 0),
        xero.create_document(2, ACCREC, date, date, 0, ((RECEIVABLE, 5), (SALES, -5)), 5, -1, 0),
    ]
    if date > lock:
        assert answers == [None, None]
        assert len(read(books.journals)) == 2
    else:
        assert all(answer is not None and answer.http_status == 400 for answer in answers)
        assert not read(books.journals)
        assert not read(books.documents)
        assert books.balance == [0, 0, 0, 0]


def test_the_refusal_names_the_lock_date_in_the_ledgers_own_words() -> None:
    books, xero = organisation()
    books.lock(CALENDAR.day(dt.date(2025, 3, 31)), 0, 0)
    refusal = xero.create_journal(1, 3, ((BANK, 5), (SALES, -5)), -1, 0)
    assert refusal is not None
    assert "lock date, currently set at 31-Mar-2025" in refusal.message


@given(st.integers(-1, 60), st.integers(-1, 60), st.integers(0, 70), st.booleans(), st.booleans())
def test_the_years_lock_binds_everybody_the_periods_all_but_advisers(
    period: int, year_end: int, date: int, adviser: bool, edit: bool
) -> None:
    books, xero = organisation()
    books.lock(period, 0, 0)
    books.lock(year_end, 0, 0, YEAR_END)
    refusal = xero.closed(date, adviser=adviser, edit=edit)
    if date <= year_end:
        assert refusal is not None
        assert "end of year lock date" in refusal.message
    elif date <= period and not adviser:
        assert refusal is not None
        assert "period lock date" in refusal.message
    else:
        assert refusal is None
    if refusal is not None:
        assert ("cannot be edited" in refusal.message) == edit
    assert [(row.kind, row.lock_date) for row in read(books.lock_dates)] == [(PERIOD, period), (YEAR_END, year_end)]


def test_an_adviser_posts_past_a_periods_lock_and_the_integration_does_not() -> None:
    books, xero = organisation()
    books.lock(20, 0, 0)
    lines = ((BANK, 5), (SALES, -5))
    assert xero.create_journal(1, 20, lines, -1, 0) is not None
    assert xero.enter_journal(2, 20, lines, -1, 0, user=7, adviser=True) is None
    xero.adviser = True
    assert xero.create_journal(3, 20, lines, -1, 0) is None
    assert [row.created_by for row in read(books.journals)] == [7, 0]


def test_quickbooks_refuses_with_6210_and_a_closing_password_opens_the_website_alone() -> None:
    books = Books(4, Lexicon())
    quickbooks = QuickBooks(books, CALENDAR, user=0)
    books.lock(20, 0, 0)
    refusal = quickbooks.create_transfer(1, 20, (BANK, SALES, 5), -1, 0)
    assert refusal is not None
    assert refusal.code == "6210"
    assert quickbooks.enter_journal(2, 20, ((BANK, 5), (SALES, -5)), -1, 0, user=7, adviser=True) is None


@pytest.mark.parametrize("system", [Xero, QuickBooks])
def test_of_several_documents_in_one_request_each_bears_its_own_refusal(system: type[RuleBook]) -> None:
    books = Books(4, Lexicon())
    rules = system(books, CALENDAR, user=0)
    books.lock(20, 0, 0)
    answers = rules.create_many(
        [lambda n=n, date=date: rules.create_transfer(n, date, (BANK, SALES, 5), -1, 0) for n, date in enumerate((21, 20, 22))]
    )
    assert [answer is None for answer in answers] == [True, False, True]
    assert answers[1] is not None
    assert answers[1].http_status == 200, "the request as a whole went well"
    assert answers[1].about == "period_closed"
    assert len(read(books.journals)) == 2


@pytest.mark.parametrize("system", [Xero, QuickBooks])
def test_every_refusal_has_words_a_source_and_more_than_one_cause(system: type[RuleBook]) -> None:
    for name, text in system.texts.items():
        assert text.message, name
        assert text.source, name
        assert len(set(text.causes)) >= 2, name
        assert 400 <= text.http_status < 600, name


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), max_size=6))
def test_payments_settle_a_document_up_to_its_total_and_no_further(total: int, payments: list[int]) -> None:
    books, xero = organisation()
    assert xero.create_document(1, ACCREC, 5, 5, 0, ((RECEIVABLE, total), (SALES, -total)), total, -1, 0) is None
    settled = 0
    for n, cents in enumerate(payments):
        refusal = xero.create_payment(2 + n, 1, BANK, RECEIVABLE, 6, cents, -1, 0)
        assert (refusal is None) == (settled + cents <= total)
        settled += cents if refusal is None else 0
    assert books.balance[RECEIVABLE] == total - settled
    assert sum(row.amount_cents for row in read(books.allocations)) == settled
    assert (xero.update_document(1, 5) is None) == (settled < total), "a paid document cannot be updated"


def test_a_bill_and_a_refund_are_paid_with_money_out() -> None:
    books, xero = organisation()
    xero.create_document(1, ACCPAY, 5, 5, 0, ((PAYABLE, -70), (SALES, 70)), 70, -1, 0)
    xero.create_document(2, ACCRECCREDIT, 5, 5, 0, ((RECEIVABLE, -30), (SALES, 30)), 30, -1, 0)
    assert xero.create_payment(3, 1, BANK, PAYABLE, 5, -70, -1, 0) is None
    assert xero.create_payment(4, 2, BANK, RECEIVABLE, 5, -30, -1, 0) is None
    assert books.balance[BANK] == -100
    assert books.balance[PAYABLE] == books.balance[RECEIVABLE] == 0


@given(st.integers(1, 900), st.integers(1, 900), st.lists(st.tuples(st.booleans(), st.integers(1, 500)), max_size=6))
def test_a_credit_note_settles_an_invoice_up_to_what_is_left_of_both(
    owed: int, credited: int, steps: list[tuple[bool, int]]
) -> None:
    books, xero = organisation()
    xero.create_document(1, ACCREC, 5, 5, 0, ((RECEIVABLE, owed), (SALES, -owed)), owed, -1, 0)
    xero.create_document(2, ACCRECCREDIT, 5, 5, 0, ((RECEIVABLE, -credited), (SALES, credited)), credited, -1, 0)
    due, left = owed, credited
    for n, (pays, cents) in enumerate(steps):
        if pays:
            accepted = xero.create_payment(10 + n, 1, BANK, RECEIVABLE, 6, cents, -1, 0) is None
            assert accepted == (cents <= due)
            due -= cents if accepted else 0
        else:
            accepted = xero.allocate(2, 1, cents, 0, 0) is None
            assert accepted == (cents <= min(due, left))
            due, left = (due - cents, left - cents) if accepted else (due, left)
    assert books.balance[RECEIVABLE] == due - left, "an allocation moves nothing"
    settled = {1: 0, 2: 0}
    for row in read(books.allocations):
        settled[row.ledger_document_id] += row.amount_cents
    assert settled == {1: owed - due, 2: credited - left}
    assert (xero.update_document(1, 5) is None) == (due > 0)


def test_a_bank_line_is_coded_once() -> None:
    books, _ = organisation()
    books.feed_line(9, BANK, 1, 500, "SHOPIFY PAYOUT", 0, None)
    books.code_line(9, 1, 5, 0)
    assert not books.uncoded
    with pytest.raises(KeyError):
        books.code_line(9, 2, 6, 0)
