"""What is added to an invoice after it was paid: Cin7 has it at once, the ledger only by a document of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import books, worlds

from sim import keys
from sim.cin7.amendments import add_to_invoice
from sim.cin7.books import Books, Document
from sim.cin7.mapping import AccountMap
from sim.cin7.postings import Accounts
from sim.cin7.sales import Sales, Terms
from sim.cin7.stock import Stock, StockTables
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import EventConfig
from sim.run import run
from sim.tables import Lexicon

LOST, SENT = "paid_document_resync_rejected", "additions_sent_by_themselves"


@cache
def world(event: str = "", share: float = 0.3) -> World:
    config = (EventConfig(event, "2025-01-20", parameters={"share": share}),) if event else ()
    return run(worlds.case(3, 3, 1_500, faults=config if event == LOST else (), decoys=config if event == SENT else ()))


def additions(of: World) -> list[Any]:
    """The additions that the last evening knows, of an age at which each has been decided about."""
    rows = worlds.facts(of, "cin7/sale_invoices")
    return [row for row in rows if keys.document_kind_of(row.document_key) == keys.INVOICE_ADDED]


def balance(lines: Any, account: int) -> int:
    return sum(row.amount_cents for row in lines if row.account_code == account)


def test_nobody_opens_what_is_paid_in_a_healthy_business() -> None:
    assert additions(world()) == []


@pytest.mark.parametrize("event", [LOST, SENT])
def test_cin7_has_the_addition_and_the_customer_owes_it(event: str) -> None:
    of, accounts = world(event), world(event).accounts
    posted = worlds.facts(of, "cin7/transactions")
    assert len(additions(of)) > 10
    for row in additions(of):
        own = [pair for pair in posted if pair.document_key == row.document_key]
        assert {pair.debit_account for pair in own} == {accounts["receivable"]}
        assert sum(pair.amount_cents for pair in own) == row.total_cents == row.net_cents + row.tax_cents > 0
        first = keys.beside(row.document_key, keys.INVOICE)
        assert next(other for other in worlds.facts(of, "cin7/sale_invoices") if other.document_key == first).invoice_number \
            == row.invoice_number  # fmt: skip


def test_what_the_ledger_lacks_is_what_was_skipped_and_nothing_else() -> None:
    tables = worlds.frames(world(LOST))
    skipped = tables["integration/sync_records"]
    skipped = skipped[(skipped["status"] == "Skipped") & (skipped["record_type"] == "Invoices")]
    rows = books.legs(tables)
    missing = rows[rows["document_key"].isin(skipped["document_key"]) & (rows["arrived"] == books.NEVER)]
    accounts = tables["ledger/accounts"].set_index("control")["account_code"]
    assert missing["document_key"].nunique() > 10
    sums = missing.groupby("account", observed=True)["cents"].sum()
    assert sums[accounts["receivable"]] > 0
    assert accounts["clearing"] not in sums.index
    arrived = rows[rows["arrived"] < books.NEVER]
    for control in ("receivable", "inventory", "payable"):
        code = accounts[control]
        in_ledger = books.ledger_lines(tables)
        own = in_ledger.loc[in_ledger["account"] == code, "cents"].sum()
        assert own == arrived.loc[arrived["account"] == code, "cents"].sum()
    attempts = tables["integration/sync_attempts"]
    refused = attempts["message"].astype(str).str.contains("has been paid in Xero and cannot be updated")
    assert set(skipped["record_key"]) <= set(attempts.loc[refused, "record_key"])


def test_what_goes_by_itself_arrives_under_a_number_of_its_own_and_the_books_agree() -> None:
    of = world(SENT)
    tables = worlds.frames(of)
    assert list(run_checks(tables, [of.calendar.date(day) for day in of.calendar.month_ends])) == []
    numbers = tables["ledger/documents"]["number"].astype(str)
    assert numbers.str.endswith("-A").sum() > 10
    assert not numbers[numbers.str.startswith("INV-")].duplicated().any()


@given(cents=st.integers(1, 10**6), price=st.integers(1, 10**5), rate=st.integers(0, 25))
def test_an_addition_bears_the_tax_that_the_invoice_bears(cents: int, price: int, rate: int) -> None:
    names = ("receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "customer_credits",
             "stock_in_transit", "supplier_deposits", "payable", "discrepancy", "equity")  # fmt: skip
    own = Books(AccountMap(Accounts({name: n for n, name in enumerate(names)}), 1, 1), Lexicon())
    stock = Stock(own, StockTables(), 1, 0)
    sales, order = Sales(own, 1), keys.root(keys.ORDER, 1)
    sales.to_pick[0] = {}
    sale = sales.enter(order, 0, [(0, 1, price, 0)], (price, 0, price * rate // 100), Terms(0), stock, -1, 0, 0)
    fulfilment = sale.fulfilments[0]
    assert sales.authorise_invoice(fulfilment, 0, 0)
    sku, tax = add_to_invoice(own, sales, fulfilment, cents, 10)
    document: Document = own.outgoing[-1]
    assert sku == 0
    assert abs(tax * price - cents * (price * rate // 100)) <= price, "the same share, to the cent"
    assert sum(amount for *_, amount in document.pairs) == cents + tax
    assert document.settles == fulfilment.invoice
    assert document.text == sales.invoice_number(fulfilment) != document.amends
