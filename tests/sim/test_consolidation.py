"""Documents that go to the ledger together: none lost, none twice, none in the wrong month, and the books still agree."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import books, worlds

from scenarios import loader
from sim import keys
from sim.cin7.books import Document
from sim.clock import DAY, Calendar
from sim.founding import World
from sim.integration.consolidation import COGS, INVOICE, LINES_MAX, PAYMENT, Bundle, Channel, Consolidator, sync_types
from sim.profile import SYNC_TYPES, Case, ChannelSyncConfig, SyncType
from sim.run import run
from sim.schema import RECORD_TYPE, TRANSACTION_TYPE
from sim.tables import Lexicon

RECEIVABLE, SALES, TAX, CLEARING, COST, INVENTORY = range(6)
CALENDAR = Calendar(dt.date(2025, 3, 1), 6, [])
SALE = TRANSACTION_TYPE["Sale"]
TYPES = [RECORD_TYPE[name] for name in ("Invoices", "Manual journals", "Payments")]
SETTLED_EVERY = 14


def document(order: int, what: int, day: int) -> Document:
    """An invoice, cost of sales or payment of one cent for each day and order."""
    root, cents = keys.root(keys.ORDER, order), 1 + day + 200 * order
    if what == INVOICE:
        pairs = ((RECEIVABLE, SALES, cents), (RECEIVABLE, TAX, 7))
        return Document(keys.document(root, keys.INVOICE), TYPES[what], SALE, day, day * DAY, pairs, -1, 5, day,
                        control=RECEIVABLE)  # fmt: skip
    if what == COGS:
        return Document(keys.document(root, keys.SHIP), TYPES[what], SALE, day, day * DAY, ((COST, INVENTORY, cents),), -1)
    settles = keys.document(root, keys.INVOICE)
    return Document(keys.document(root, keys.PAYMENT), TYPES[what], SALE, day, day * DAY, ((CLEARING, RECEIVABLE, cents),), -1,
                    settles=settles, control=RECEIVABLE)  # fmt: skip


def put_together(
    sync_type: SyncType, days: list[tuple[int, int]], *, as_journals: bool, until: int = 130
) -> tuple[list[tuple[int, int, Bundle]], dict[int, Document]]:
    """Bundles with the evening and class of each; documents are recorded up to two days after their date."""
    today = 0
    channel = Channel("Market", "Amazon(Market)", lambda: today // SETTLED_EVERY * SETTLED_EVERY * DAY)
    consolidator = Consolidator([channel], CALENDAR, Lexicon(), TAX, as_journals=as_journals)
    for what in (INVOICE, COGS, PAYMENT):
        consolidator.set_type(0, what, sync_type)
    documents: dict[int, list[Document]] = {}
    for order, (day, late) in enumerate(days):
        for what in (INVOICE, COGS, PAYMENT):
            documents.setdefault(day + late, []).append(document(order, what, day))
    arrived: dict[int, int] = {}
    found = []
    for today in range(until):
        for one in documents.pop(today, ()):
            consolidator.hold(one)
        for what in (INVOICE, COGS, PAYMENT):
            for bundle in consolidator.bundles(what, today * DAY + 23 * 60, arrived):
                found.append((today, what, bundle))
                arrived |= dict.fromkeys(bundle.carries, bundle.document.key)
    every = {one.key: one for order, (day, _) in enumerate(days) for one in (document(order, w, day) for w in range(3))}
    assert not consolidator.held()
    return found, every


dated = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 2)), min_size=1, max_size=60)


@given(dated, st.sampled_from([kind for kind in SYNC_TYPES if "onsolidate" in kind]), st.booleans())
def test_every_document_is_carried_once_in_its_month_and_no_cent_is_lost(
    days: list[tuple[int, int]], sync_type: SyncType, as_journals: bool
) -> None:
    found, every = put_together(sync_type, days, as_journals=as_journals)
    assert Counter(key for _, _, bundle in found for key in bundle.carries) == Counter(every.keys())
    assert len({bundle.document.key for _, _, bundle in found}) == len(found)
    for evening, what, bundle in found:
        parts = [every[key] for key in bundle.carries]
        date = bundle.document.effective_date
        assert {(CALENDAR.date(part.effective_date).month, part.record_type) for part in parts} == {
            (CALENDAR.date(date).month, TYPES[what])
        }
        assert max(part.effective_date for part in parts) <= date <= evening
        assert sum(cents for *_, cents in bundle.document.pairs) == sum(cents for part in parts for *_, cents in part.pairs)
        if sync_type == "Daily consolidate":
            assert {part.effective_date for part in parts} == {date}
        elif sync_type == "Monthly consolidate":
            assert date in CALENDAR.month_ends
        if what == PAYMENT and not as_journals:
            assert len(bundle.document.pairs) == 1, "a payment goes from one account to another"


@pytest.mark.parametrize("orders", [LINES_MAX, LINES_MAX + 1, 3 * LINES_MAX])
def test_a_document_of_more_than_five_hundred_lines_is_split_and_numbered(orders: int) -> None:
    lexicon = Lexicon()
    consolidator = Consolidator([Channel("My Shop", "Shopify(MyShop)", lambda: -1)], CALENDAR, lexicon, TAX, as_journals=False)
    consolidator.set_type(0, INVOICE, "Daily consolidate")
    for order in range(orders):
        consolidator.hold(document(order, INVOICE, 56))
    bundles = consolidator.bundles(INVOICE, 56 * DAY + 1400, {})
    assert sum(len(bundle.carries) for bundle in bundles) == orders
    assert max(len(bundle.carries) for bundle in bundles) == LINES_MAX
    names = [lexicon.lists["text"][bundle.document.text] for bundle in bundles]
    assert names == [f"SO-2025/04/26-Shopify(MyShop)-{n + 1}" for n in range(-(-orders // LINES_MAX))]
    assert not consolidator.bundles(INVOICE, 56 * DAY + 1410, {})
    consolidator.hold(document(orders, INVOICE, 56))
    (late,) = consolidator.bundles(INVOICE, 57 * DAY + 1400, {})
    assert lexicon.lists["text"][late.document.text].endswith(f"-{len(bundles) + 1}"), "what comes later goes in another one"


def test_a_payment_is_not_sent_before_its_invoice() -> None:
    consolidator = Consolidator([Channel("Till", "POS(Till)", lambda: -1)], CALENDAR, Lexicon(), TAX, as_journals=False)
    consolidator.set_type(0, PAYMENT, "Daily consolidate")
    payments = [document(order, PAYMENT, 3) for order in range(4)]
    for payment in payments:
        consolidator.hold(payment)
    assert not consolidator.bundles(PAYMENT, 3 * DAY + 1400, {})
    arrived = {payment.settles: 77 + n // 2 for n, payment in enumerate(payments[:3])}
    bundles = consolidator.bundles(PAYMENT, 4 * DAY + 1400, arrived)
    assert [len(bundle.carries) for bundle in bundles] == [2, 1], "one payment for each document of the ledger"
    assert consolidator.holds(3)


# --- whole businesses ---------------------------------------------------------------------------------------


@cache
def simulated(name: str, seed: int = 1, sync_type: str = "") -> tuple[World, dict[str, Any]]:
    """Four months of a healthy business; `sync_type` for all that its channels with gateways send."""
    scenario = loader.load_scenario(f"healthy_{name}")
    case = loader.case(msgspec.structs.replace(scenario, months=4, size="small", orders_a_year=1_200), seed)
    if sync_type:
        types = [
            {"name": channel.name, **dict.fromkeys(("invoices", "cogs", "payments"), sync_type)}
            for channel in case.profile.channels if channel.gateways
        ]  # fmt: skip
        case = with_types(case, types)
    world = run(case)
    return world, worlds.frames(world)


def with_types(case: Case, types: list[dict[str, str]]) -> Case:
    sync = msgspec.structs.replace(case.profile.sync, channels=msgspec.convert(types, list[ChannelSyncConfig]))
    return msgspec.structs.replace(case, profile=msgspec.structs.replace(case.profile, sync=sync))


BUSINESSES = [("amazon_first", ""), ("omnichannel", ""), ("d2c_apparel", "Monthly consolidate"),
              ("amazon_first", "Daily consolidate")]  # fmt: skip


def moments(tables: dict[str, Any], hours: list[int]) -> list[pd.Timestamp]:
    first = tables["ledger/journals"]["recorded_at"].min().normalize()
    return [first + pd.Timedelta(hours=hour) for hour in hours]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sync_type"), [("d2c_apparel", ""), ("wholesale_giftware", ""), *BUSINESSES])
@given(st.lists(st.integers(1, 121 * 24), min_size=20, max_size=20))
@settings(max_examples=5)
def test_at_every_hour_the_ledger_is_cin7_less_what_is_in_the_queue(name: str, sync_type: str, hours: list[int]) -> None:
    _, tables = simulated(name, 1, sync_type)
    accounts, legs, lines = books.control_accounts(tables), books.legs(tables), books.ledger_lines(tables)
    for moment in moments(tables, hours):
        there, posted = legs[legs["arrived"] < moment], lines[lines["recorded_at"] < moment]
        for account in accounts:
            cin7 = int(there.loc[there["account"] == account, "cents"].sum())
            ledger = int(posted.loc[posted["account"] == account, "cents"].sum())
            assert ledger == cin7, f"{moment}, {account}: out by {ledger - cin7}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sync_type"), BUSINESSES)
def test_a_document_is_carried_by_exactly_one_live_record(name: str, sync_type: str) -> None:
    _, tables = simulated(name, 1, sync_type)
    records, carried = tables["integration/sync_records"], tables["integration/sync_record_documents"]
    live = records[(records["direction"] == "outbound") & (records["status"] != "Skipped")]
    together = live[live["document_key"].isna()]
    assert len(together) > 5
    one_by_one = carried[carried["record_key"].isin(live["record_key"])]
    assert not one_by_one["document_key"].duplicated().any()
    posted = tables["cin7/transactions"]["document_key"]
    assert set(together["record_key"]) <= set(carried["record_key"])
    known = set(carried["document_key"])
    end = tables["cin7/transactions"]["recorded_at"].max() - pd.Timedelta(days=35)
    old = posted[tables["cin7/transactions"]["recorded_at"] < end]
    assert set(old) <= known


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sync_type"), BUSINESSES)
def test_a_locked_month_holds_the_documents_of_its_own_days(name: str, sync_type: str) -> None:
    """By the date of the documents: a settlement that spans a month's end is split there."""
    _, tables = simulated(name, 1, sync_type)
    accounts, legs, lines = books.control_accounts(tables), books.legs(tables), books.ledger_lines(tables)
    locks = tables["ledger/lock_dates"].dropna(subset="lock_date")
    assert len(locks) >= 2
    for lock in locks.itertuples():
        until = pd.Timestamp(lock.lock_date)
        known = legs[(legs["recorded_at"] <= lock.recorded_at) & (pd.to_datetime(legs["effective_date"]) <= until)]
        posted = lines[(lines["recorded_at"] <= lock.recorded_at) & (pd.to_datetime(lines["journal_date"]) <= until)]
        for account in accounts:
            cin7 = int(known.loc[known["account"] == account, "cents"].sum())
            assert int(posted.loc[posted["account"] == account, "cents"].sum()) == cin7, f"{until.date()} {account}"


def test_who_sells_more_a_day_than_the_ledger_takes_consolidates() -> None:
    """5,000 calls a day are enough for about 1,600 orders."""
    shop, market = loader.load_profile("d2c_apparel"), loader.load_profile("amazon_first")
    individual = {types.invoices for types in sync_types(shop, "Xero", shop.orders_a_year.large, "steady")}
    assert individual == {"Individual"}
    many = sync_types(shop, "Xero", 450_000, "steady")
    assert {(types.invoices, types.cogs, types.payments) for types in many} == {("Daily consolidate",) * 3}
    few, most = (sync_types(market, "QuickBooks Online", orders, "steady") for orders in (1_000, 450_000))
    assert few == most, "QuickBooks Online has no limit a day"
