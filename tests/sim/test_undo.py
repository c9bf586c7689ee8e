"""What is undone or voided leaves no trace in any balance, and every trace in the log."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from scenarios import loader
from sim import keys
from sim.cin7.books import Books
from sim.cin7.mapping import AccountMap
from sim.cin7.postings import Accounts
from sim.cin7.sales import Sales, Terms
from sim.cin7.stock import Stock, StockTables
from sim.clock import Calendar
from sim.founding import World
from sim.invariants import run_checks
from sim.ledger.books import Books as Ledger
from sim.ledger.quickbooks import QuickBooks
from sim.ledger.xero import Xero
from sim.profile import Case, Rate
from sim.run import run
from sim.schema import MOVEMENT_TYPE, STATUS
from sim.tables import Lexicon
from sim.truth.records import Recorded


def often(value: float) -> Rate:
    return Rate(value, "for tests")


def case(undone: float, ledger: str = "xero") -> Case:
    """A wholesaler whose customers order by phone; `undone`: how often something is undone, per day."""
    replace = msgspec.structs.replace
    profile = loader.load_profile("wholesale_giftware")
    phone = next(channel for channel in profile.channels if channel.kind == "phone")
    demand = replace(phone.demand, cancelled=often(0.0))
    noise = replace(profile.noise, undone_shipment=often(undone), corrected_invoice=often(undone))
    channels = [replace(phone, share=1.0, demand=demand)]
    changed = replace(profile, ledger=ledger, channels=channels, gateways=[], account_rules=[], noise=noise)
    return replace(worlds.case(2, 2, 900), profile=changed)


@cache
def world(undone: float = 0.6) -> World:
    return run(case(undone))


def violations(of: World) -> list[object]:
    return list(run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends]))


@pytest.mark.slow
@pytest.mark.parametrize("ledger", ["xero", "quickbooks"])
def test_books_with_much_undone_agree(ledger: str) -> None:
    assert violations(world() if ledger == "xero" else run(case(0.6, ledger))) == []


def voided(of: World) -> Counter[str]:
    log = worlds.frames(of)["cin7/document_status_log"]
    return Counter(log.loc[log["status"] == "VOIDED", "document_type"].astype(str))


@pytest.mark.slow
def test_undoing_leaves_the_true_books_and_all_balances_as_they_are_without_it() -> None:
    undone, plain = Recorded(world(0.6)), Recorded(world(0.0))
    assert voided(world(0.6))["Shipment"] > 8
    assert voided(world(0.6))["Sale Invoice"] > 8
    assert not voided(world(0.0))["Sale Invoice"] + voided(world(0.0))["Shipment"]
    assert undone.true.equals(plain.true)
    day = world().calendar.month_ends[-1] - 3  # what is found on the last evening is put right the next
    for books in ("cin7", "ledger"):
        sums = [
            frame[frame["day"] <= day].groupby("account")["cents"].sum().to_dict()
            for frame in (getattr(undone, books), getattr(plain, books))
        ]
        stock = world().accounts["inventory"]
        assert sums[0][stock] == sums[1][stock]
        assert sums[0][world().accounts["cogs"]] == sums[1][world().accounts["cogs"]]


def test_what_takes_back_points_at_what_it_takes_back() -> None:
    movements = {row.movement_id: row for row in worlds.facts(world(), "cin7/inventory_movements")}
    back = [row for key, row in movements.items() if keys.document_kind_of(key) == keys.SHIP_UNDO]
    assert len(back) > 8
    for row in back:
        source = movements[row.source_movement_id]
        assert (row.sku, row.location, row.quantity) == (source.sku, source.location, -source.quantity)
        assert row.movement_type == source.movement_type == MOVEMENT_TYPE["Sale"]


def test_a_voided_invoice_and_what_voids_it_come_to_nothing_in_cin7_and_in_the_ledger() -> None:
    frames = worlds.frames(world())
    invoices, open_ = frames["cin7/sale_invoices"], frames["ledger/documents"]
    gone = invoices[invoices["status"] == "VOIDED"]
    assert len(gone) > 8
    again = invoices[invoices["sale_key"].isin(gone["sale_key"]) & (invoices["status"] != "VOIDED")]
    assert len(set(gone["sale_key"]) - set(again["sale_key"])) <= 1, "only what is found on the last evening is still to do"
    assert not invoices["invoice_number"].duplicated().any()
    records = frames["integration/sync_records"].set_index("document_key")["target_document_id"]
    documents = open_.set_index("ledger_document_id")
    targets = gone["document_key"].map(records).dropna()
    assert (documents.loc[targets, "amount_paid_cents"] == documents.loc[targets, "total_cents"]).all()


@pytest.mark.parametrize("ledger", ["xero", "quickbooks"])
def test_a_voided_invoice_is_nought_on_its_own_date_in_quickbooks_and_on_the_day_of_the_void_in_xero(ledger: str) -> None:
    frames = worlds.frames(world() if ledger == "xero" else run(case(0.6, ledger)))
    journals, open_ = frames["ledger/journals"], frames["ledger/documents"].set_index("ledger_document_id")
    gone = open_.index[open_["status"] == "VOIDED"]
    voids = journals[journals["source_id"].isin(gone) & ~journals["journal_id"].isin(open_.index)]
    assert len(voids) > 8
    first, then = pd.to_datetime(voids["source_id"].map(open_["date"])), pd.to_datetime(voids["journal_date"])
    assert (first == then).all() if ledger == "quickbooks" else (first <= then).all()


def test_a_void_in_a_closed_month_is_refused_by_quickbooks_and_taken_on_an_open_day_by_xero() -> None:
    calendar = Calendar(dt.date(2025, 3, 1), 3, [])
    for kind in (QuickBooks, Xero):
        lexicon = Lexicon()
        ledger = kind(Ledger(4, lexicon), calendar, 0)
        assert ledger.create_document(1 << 12, ledger.invoice, 10, 40, 0, [(0, 500), (1, -500)], 500, -1, 900) is None
        ledger.books.lock(15, 1_000, 0)
        answer = ledger.void_document(2 << 12, 1 << 12, 20, [(0, -500), (1, 500)], -1, 2_000)
        assert ledger.books.balance[0] == (500 if answer else 0)
        assert (answer.code if answer else "") == ("6210" if kind is QuickBooks else "")
        ledger.books.lock(5, 3_000, 0)
        if answer:  # opened for a moment, it goes
            assert ledger.void_document(2 << 12, 1 << 12, 20, [(0, -500), (1, 500)], -1, 4_000) is None
        assert ledger.books.balance == [0, 0, 0, 0]
        dates = [row[1] for row in ledger.books.journals.matrix().tolist() if row[0] == 2 << 12]
        assert dates == [10 if kind is QuickBooks else 20]


def test_a_parcel_of_an_order_cancelled_after_packing_is_fetched_back() -> None:
    replace = msgspec.structs.replace
    changed = worlds.case(3, 2, 3_000)
    (web,) = changed.profile.channels
    web = replace(web, demand=replace(web.demand, cancelled=often(0.3)))
    noise = replace(changed.profile.noise, stopped_parcel=often(1.0), late_collection=often(0.2))
    of = run(replace(changed, profile=replace(changed.profile, channels=[web], noise=noise)))
    found = voided(of)
    assert found["Pack"] > 5
    assert found["Sale Invoice"] > 0, "none had missed an earlier van: this checks less than it says"
    assert violations(of) == []
    assert {sku: units for sku, units in worlds.units_in_the_buildings(of).items() if units < 0} == {}


# --- one sale, undone at will --------------------------------------------------------------------------------

ROLES = (
    "receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "customer_credits", "stock_in_transit",
    "supplier_deposits", "payable", "discrepancy", "equity",
)  # fmt: skip


def shop() -> tuple[Sales, Stock]:
    books = Books(AccountMap(Accounts({role: n for n, role in enumerate(ROLES)}), 1), Lexicon())
    stock, sales = Stock(books, StockTables(), 1, 0), Sales(books, 1)
    sales.to_pick[0] = {}
    return sales, stock


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900)), min_size=1, max_size=5),
    st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 7), st.integers(-300, 300),
)  # fmt: skip
def test_a_shipment_undone_and_done_again_costs_what_it_cost(
    receipts: list[tuple[int, int]], orders: list[int], times: int, late: int
) -> None:
    """However often a shipment is undone, it takes the same units at the same cost; a later cost change reaches them."""
    values: list[list[int]] = []
    for undone in (0, times):
        sales, stock = shop()
        layers = [
            stock.move_in(0, units, cents, keys.document(keys.root(keys.PURCHASE, n), keys.RECEIPT), 0, 0, 0)
            for n, (units, cents) in enumerate(receipts)
        ]
        for n, units in enumerate(orders):
            sale = sales.enter(keys.root(keys.ORDER, n), 1, [(0, units, 100, 0)], (100 * units, 0, 0), Terms(0), stock, 0, 0, 0)
            part = sale.fulfilments[0]
            if not part.allocated:
                continue
            sales.pack(part, 1)
            assert sales.authorise_shipment(part, 1, 0)
            for _ in range(undone):
                assert sales.undo_shipment(part, 1, 0)
                assert sales.authorise_shipment(part, 1, 0)
        stock.change_cost(0, layers[0], late, keys.root(keys.PURCHASE, 99), keys.root(keys.PURCHASE, 99), 2, 0, lambda day: day)
        rows = stock.movements.matrix()
        assert sum(layer.value for layer in stock.layers[0]) == rows[:, 8].sum()
        assert sum(layer.quantity for layer in stock.layers[0]) == stock.on_hand[0] == rows[:, 7].sum()
        values.append([int(rows[:, 8].sum()), stock.on_hand[0], stock.allocated[0], *stock.packed])
    assert values[0] == values[1]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.integers(0, 12))
def test_what_a_count_wrote_off_ships_when_it_is_booked_in(orders: list[int], counted: int) -> None:
    """Units promised, written off by a count and packed from a delivery that nobody booked in: on hand stays above zero."""
    sales, stock = shop()
    stock.move_in(0, sum(orders), 900, keys.document(keys.root(keys.PURCHASE, 1), keys.RECEIPT), 0, 0, 0)
    parts = [
        sales.enter(keys.root(keys.ORDER, n), 1, [(0, units, 100, 0)], (0, 0, 0), Terms(0), stock, 0, 0, 0).fulfilments[0]
        for n, units in enumerate(orders)
    ]
    least = min(counted, stock.on_hand[0])
    assert stock.adjust(0, least - stock.on_hand[0], keys.document(keys.root(keys.ADJUSTMENT, 1), keys.ADJUST), 0, 0, 1, 0)
    for part in parts:
        sales.pack(part, 2)
    waiting = [part for part in parts if not sales.authorise_shipment(part, 3, 0)]
    assert stock.on_hand[0] >= 0
    assert all(part.lines[0][1] > stock.on_hand[0] for part in waiting)
    stock.move_in(0, sum(orders), 900, keys.document(keys.root(keys.PURCHASE, 2), keys.RECEIPT), 0, 4, 0)
    assert all(sales.authorise_shipment(part, 5, 0) for part in waiting)
    assert (stock.on_hand[0], stock.packed[0], stock.allocated[0]) == (least, 0, 0)


@given(st.integers(0, 9), st.integers(-50, 50))
def test_an_invoice_voided_and_written_again_posts_what_one_invoice_posts(times: int, slip: int) -> None:
    sales, stock = shop()
    stock.move_in(0, 5, 500, keys.document(keys.root(keys.PURCHASE, 1), keys.RECEIPT), 0, 0, 0)
    sale = sales.enter(keys.root(keys.ORDER, 1), 1, [(0, 2, 100, 0)], (200, 10, 20), Terms(0, 30), stock, 0, 0, 0)
    part = sale.fulfilments[0]
    sales.pack(part, 1)
    done = 0
    while done < times:
        assert sales.authorise_invoice(part, 2, 0, slip)
        if not sales.undo_invoice(part, 3, 0, slip):
            break
        done += 1
    if not part.invoiced:
        assert sales.authorise_invoice(part, 4, 0)
    assert done == min(times, 7), "an eighth revision was taken"
    balance = Counter[int]()
    for _, _, _, debit, credit, cents, *_ in sales._books.transactions.matrix().tolist():
        balance[debit] += cents
        balance[credit] -= cents
    wrong = slip if times > 7 else 0
    assert balance[ROLES.index("receivable")] == 230 + wrong
    assert balance[ROLES.index("sales")] == -200 - wrong
    assert STATUS["VOIDED"] in sales._books.statuses.matrix()[:, 2] or not times
