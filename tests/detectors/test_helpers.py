"""Helpers for authors, on the books of a hand-sized business."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from detectors import helpers
from detectors.evidence import Evidence, NotVisibleError
from detectors.samples import empty_business, sample_key, small_business
from sim.founding import World

BUSINESS = small_business(months=2, sales_a_day=1, left_open=[3])
JANUARY = 23  # weekdays of January 2025, one sale each at 40.00, cost 16.00
PRICE, COST = 4_000, 1_600


def balance(evidence: Evidence, code: str, date: dt.date | None = None) -> int:
    return int(helpers.trial_balance(evidence, date).set_index("account_code").loc[code, "balance_cents"])


def test_the_trial_balance_adds_up_to_nothing() -> None:
    books = helpers.trial_balance(BUSINESS)
    assert books["balance_cents"].sum() == 0
    assert balance(BUSINESS, "200", dt.date(2025, 1, 31)) == -JANUARY * PRICE
    assert balance(BUSINESS, "310", dt.date(2025, 1, 31)) == (JANUARY - 1) * COST, "one shipment was left open"
    assert balance(BUSINESS, "610") == -balance(BUSINESS, "200")


def test_profit_and_loss_is_what_the_trial_balance_says_between_two_days() -> None:
    january = helpers.profit_and_loss(BUSINESS, dt.date(2025, 1, 1), dt.date(2025, 1, 31))
    assert january["amount_cents"].sum() == JANUARY * PRICE - (JANUARY - 1) * COST
    assert set(january["class"]) == {"REVENUE", "EXPENSE"}
    both = helpers.profit_and_loss(BUSINESS, dt.date(2025, 1, 1))
    february = helpers.profit_and_loss(BUSINESS, dt.date(2025, 2, 1))
    assert both["amount_cents"].sum() == january["amount_cents"].sum() + february["amount_cents"].sum()
    assert february["amount_cents"].sum() == 20 * (PRICE - COST)


@pytest.mark.parametrize("year_ends_month", [1, 2, 12])
@pytest.mark.parametrize("date", [dt.date(2025, 1, 15), dt.date(2025, 1, 31), dt.date(2025, 2, 28), None])
def test_assets_are_liabilities_and_equity(date: dt.date | None, year_ends_month: int) -> None:
    sheet = helpers.balance_sheet(BUSINESS, date, year_ends_month)
    by_class = sheet.groupby("class")["amount_cents"].sum()
    assert by_class["ASSET"] == by_class["EQUITY"] + by_class.get("LIABILITY", 0)
    (profit,) = sheet.loc[sheet["name"] == "Current Year Earnings", "amount_cents"]
    begins = dt.date(2025, 2, 1) if year_ends_month == 1 and (date is None or date.month == 2) else dt.date(2025, 1, 1)
    assert profit == helpers.profit_and_loss(BUSINESS, begins, date)["amount_cents"].sum()


def test_the_bank_and_the_books_are_reconciled_but_for_what_is_young(
    healthy_world: World, seen: Callable[[World], Evidence]
) -> None:
    evidence = seen(healthy_world).as_of_date(dt.date(2025, 4, 16))
    open_ = helpers.bank_reconciliation(evidence)
    statement = evidence.table("ledger/bank_statement")
    assert (open_["side"] == "bank").sum() == statement["journal_id"].isna().sum()
    later = open_[~open_["reference"].isin(["Opening balances"])]
    assert len(later) < len(statement) / 10, "most lines are matched"
    assert later["days_open"].between(0, 7).all()
    assert evidence.restrict(["ledger"]).table("ledger/bank_coding")["journal_id"].notna().all()


def test_documents_are_paid_or_open_and_age() -> None:
    documents = helpers.document_states(BUSINESS)
    assert ((documents["due_cents"] > 0) == (documents["status"] == "AUTHORISED")).all()
    assert (documents.loc[documents["status"] == "PAID", "days_open"] == 0).all()
    then = helpers.document_states(BUSINESS.as_of_date(dt.date(2025, 1, 10)))
    assert len(then) < len(documents) or documents.empty


def test_control_accounts_by_month_end_are_as_known_that_evening(broken: Evidence) -> None:
    columns = helpers.control_balances(broken)
    assert list(columns.index.date) == list(broken.month_ends)
    for date in broken.month_ends:
        evening = helpers.trial_balance(broken.as_of_date(date)).dropna(subset=["control"])
        expected = evening.groupby("control")["balance_cents"].sum()
        pd.testing.assert_series_equal(columns.loc[pd.Timestamp(date)], expected, check_names=False)


def test_monthly_and_daily_results() -> None:
    months = helpers.monthly_results(BUSINESS)
    assert months["revenue_cents"].tolist() == [JANUARY * PRICE, 20 * PRICE]
    assert months["margin"].iloc[1] == pytest.approx(0.6)
    assert months["margin"].iloc[0] > 0.6
    daily = helpers.daily_results(BUSINESS)
    assert len(daily) == 59
    assert daily["cogs_cents"].sum() == months["cogs_cents"].sum()


def test_a_sale_is_joined_with_its_documents_up_to_the_ledger() -> None:
    sales = helpers.sale_documents(BUSINESS)
    assert len(sales) == JANUARY + 20
    row = sales.set_index("order_number").loc["SO-000003"]
    assert row["sale_key"] == sample_key("sale", 3)
    assert row["shipment_key"] == sample_key("ship", 3)
    assert row["invoice_key"] == sample_key("invoice", 3)
    assert (row["shipment_status"], row["invoice_status"], row["net_cents"]) == ("DRAFT", "AUTHORISED", PRICE)
    arrived = helpers.ledger_documents(BUSINESS, [row["invoice_key"], row["shipment_key"]])
    journals = BUSINESS.table("ledger/journals").set_index("source_id")
    assert list(arrived) == [row["invoice_key"]], "a shipment left open never reached the ledger"
    assert journals.loc[arrived[row["invoice_key"]], "reference"] == "INV-000003"


def test_they_answer_on_empty_tables_and_refuse_hidden_ones() -> None:
    nothing = empty_business()
    assert helpers.trial_balance(nothing).empty
    assert helpers.profit_and_loss(nothing, dt.date(2025, 1, 1)).empty
    assert helpers.balance_sheet(nothing)["amount_cents"].sum() == 0
    assert helpers.document_states(nothing).empty
    assert helpers.bank_reconciliation(nothing).empty
    assert len(helpers.control_balances(nothing)) == 1
    assert helpers.monthly_results(nothing)["margin"].isna().all()
    assert helpers.sale_documents(nothing).empty
    assert helpers.ledger_documents(nothing, ["x"]) == {}
    with pytest.raises(NotVisibleError):
        helpers.trial_balance(BUSINESS.restrict(["cin7"]))


def test_a_small_business_ties_out() -> None:
    moved = BUSINESS.table("cin7/inventory_movements")["value_cents"].sum()
    assert balance(BUSINESS, "630") == moved
    with pytest.raises(ValueError, match="starts on the first of a month"):
        small_business(start=dt.date(2025, 1, 2))
