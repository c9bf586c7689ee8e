"""Counts of everyday noise, on evidence small enough to count by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.noise import counting as c
from benchmarks.noise import kinds
from benchmarks.noise.__main__ import table
from sim.schema import TABLES, all_columns

_TYPES = {"minute": "datetime64[ms]", "day": "datetime64[ms]", "key": "object", "code": "object", "text": "object"}


def frames(**given: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """Evidence with the rows given by table (`cin7__sales`); other tables are empty, other columns missing values."""
    tables = dict(nothing())
    for name, rows in given.items():
        tables[name.replace("__", "/")] = frame(name.replace("__", "/"), rows)
    return tables


@cache
def nothing() -> dict[str, pd.DataFrame]:
    return {name: frame(name, []) for name in TABLES}


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = all_columns(TABLES[name])
    table = pd.DataFrame(rows, columns=list(columns))
    for title, column in columns.items():
        number = "float64" if table[title].isna().any() else "int64"
        table[title] = table[title].astype(_TYPES.get(column.kind, number))  # type: ignore[call-overload]
    return table


def status(key: str, kind: str, word: str, at: str) -> dict[str, Any]:
    return {"document_key": key, "document_type": kind, "status": word, "at": at}


END = [{"fetched_at": "2025-12-31 23:00"}]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_what_does_not_occur_is_counted_as_none(kind: kinds.Kind) -> None:
    assert kind.count(frames()) == 0


def receipts(**paper: Any) -> dict[str, pd.DataFrame]:
    line = {"purchase_key": "p", "sku": "A", "quantity": 4, "received_date": "2025-03-05"}
    return frames(
        cin7__purchases=[{"document_key": "p", "order_number": "PO-1"}],
        cin7__stock_received=[
            line | {"document_key": "same day", "recorded_at": "2025-03-05 17:00"},
            line | {"document_key": "next day", "recorded_at": "2025-03-06 09:00"},
        ],
        operations__dock_receipts=[{"delivery_note": "D", "sku": "A", "quantity": 4, **paper}],
    )


def test_a_receipt_is_late_by_its_own_date_or_by_the_papers() -> None:
    assert c.late_receipts(receipts(arrived_at="2025-03-05 08:00")) == 1
    assert c.late_receipts(receipts(arrived_at="2025-03-03 08:00", purchase_reference="PO-1")) == 2, "the lock moved the date"
    assert c.late_receipts(receipts(arrived_at="2025-03-07 08:00", purchase_reference="PO-1")) == 1, "another delivery"


def parcels(collected: str) -> dict[str, pd.DataFrame]:
    return frames(
        cin7__sales=[{"document_key": "s", "external_id": "#1"}],
        cin7__shipments=[{"document_key": "h", "sale_key": "s"}],
        operations__carrier_shipments=[
            {"tracking_number": "1Z1", "order_reference": "#1", "collected_at": collected},
            {"tracking_number": "1Z2", "order_reference": None, "collected_at": collected},
        ],
        cin7__document_status_log=[
            status("s", "Sale", "PACKED", "2025-03-04 10:00"), status("h", "Shipment", "DRAFT", "2025-03-04 10:00"),
            status("h", "Shipment", "AUTHORISED", "2025-03-05 16:45"),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(("collected", "late", "missed"), [("2025-03-04 16:30", 1, 0), ("2025-03-05 16:30", 0, 1)])
def test_a_parcel_is_late_in_the_books_or_late_on_the_van(collected: str, late: int, missed: int) -> None:
    found = parcels(collected)
    assert (c.late_shipments(found), c.missed_collections(found)) == (late, missed)
    assert c.papers_without_reference(found) == 1


def test_what_comes_back_is_compared_with_what_was_ordered() -> None:
    found = frames(
        operations__channel_orders=[
            {"order_reference": "#1", "sku": "A", "quantity": 2, "price_cents": 500, "discount_cents": 100},
            {"order_reference": "#1", "sku": "B", "quantity": 1, "price_cents": 1000, "discount_cents": 0},
        ],
        operations__returns_received=[
            {"order_reference": "#1", "sku": "A", "condition": "resalable"},
            {"order_reference": "#1", "sku": "C", "condition": "damaged"},
            {"order_reference": "#9", "sku": "A", "condition": "resalable"},
        ],
    )
    assert (c.mis_picks(found), c.returns_not_resalable(found)) == (1, 1), "nothing is known of order #9"
    assert (c.discounted_lines(found), c.discount_share(found)) == (1, 0.05)


def test_counts_and_adjustments() -> None:
    found = frames(
        cin7__stocktakes=[{"expected": 3, "counted": n} for n in (1, 2, 3, 4)],
        cin7__stock_adjustments=[
            {"document_key": str(n), "reason": reason}
            for n, reason in enumerate(["?", None, "not on shelf", "broken pallet, claim with the carrier", "see ST-000012"])
        ],
    )
    assert (c.counted_short(found), c.counted_over(found), c.vague_adjustments(found)) == (2, 1, 3)


def test_payments_are_compared_with_their_invoice_and_refunds_left_out() -> None:
    paid = [("i", 60, 1), ("i", 40, 2), ("j", 100, 1), ("j", 5, 2), ("k", 100, 1), ("note", -100, 3)]
    found = frames(
        cin7__sale_invoices=[{"document_key": key, "total_cents": 100} for key in "ijkl"],
        cin7__sale_payments=[
            {"document_key": str(n), "paid_key": key, "amount_cents": cents, "recorded_at": f"2025-03-0{day}"}
            for n, (key, cents, day) in enumerate(paid)
        ],
    )
    assert (c.short_payments(found), c.over_payments(found)) == (1, 1)


def test_buying() -> None:
    found = frames(
        cin7__purchases=[{"document_key": key, "required_by": "2025-03-03"} for key in "pqr"],
        cin7__purchase_lines=[{"document_key": key, "sku": "A", "quantity": 4, "unit_cost": 100} for key in "pqr"],
        cin7__stock_received=[
            {"document_key": "p1", "purchase_key": "p", "quantity": 2, "recorded_at": "2025-03-03"},
            {"document_key": "p2", "purchase_key": "p", "quantity": 2, "recorded_at": "2025-03-20"},
            {"document_key": "q1", "purchase_key": "q", "quantity": 3, "recorded_at": "2025-03-03"},
        ],
        cin7__purchase_invoices=[{"document_key": key, "purchase_key": key[0]} for key in ("p1", "p2", "q1", "q2")],
        cin7__purchase_invoice_lines=[
            {"document_key": "p1", "sku": "A", "unit_cost": 100}, {"document_key": "q1", "sku": "A", "unit_cost": 101},
            {"document_key": "q2", "sku": "freight", "unit_cost": 7},
        ],
        cin7__document_status_log=[status("q", "Purchase", "COMPLETED", "2025-03-25")],
        operations__supplier_documents=[
            {"reference": str(n), "kind": "invoice", "date": "2025-03-01", "arrived_at": f"2025-03-{day}"}
            for n, day in enumerate((11, 12))
        ],
        integration__feed_log=END,
    )  # fmt: skip
    assert (c.part_bills(found), c.split_deliveries(found), c.price_variances(found), c.late_bills(found)) == (1, 1, 1, 1)
    assert c.aged_purchases(found) == 1, "r never came; q came short and was put away; p came whole"


def test_credits_are_unallocated_at_the_end_of_their_month() -> None:
    found = frames(
        ledger__documents=[
            {"ledger_document_id": key, "type": "ACCRECCREDIT", "total_cents": 100, "recorded_at": at}
            for key, at in (("soon", "2025-03-03"), ("late", "2025-03-31 10:00"), ("not over yet", "2026-01-02"))
        ],
        ledger__allocations=[
            {"ledger_document_id": "soon", "amount_cents": 100, "recorded_at": "2025-03-31 18:00"},
            {"ledger_document_id": "late", "amount_cents": 100, "recorded_at": "2025-04-01 00:00"},
        ],
        integration__feed_log=[{"fetched_at": "2026-01-05 23:00"}],
    )
    assert c.unallocated_credits(found) == 1


def test_sync_records_are_resolved_by_themselves_or_by_another_that_carries_their_documents() -> None:
    log = [("a", "Failed"), ("a", "Pending"), ("a", "Completed"), ("b", "Completed"), ("b2", "Failed"), ("b2", "Skipped"),
           ("d", "Failed")]  # fmt: skip
    texts = [("a", "locked until 30-Nov-2025"), ("a", "locked until 30-Nov-2025"), ("d", "locked until 31-Oct-2025")]
    found = frames(
        integration__sync_status_log=[{"record_key": key, "status": word} for key, word in log],
        integration__sync_record_documents=[{"record_key": key, "document_key": key[0]} for key in ("a", "b", "b2", "d")],
        integration__sync_attempts=[{"record_key": key, "message": text} for key, text in texts],
    )
    assert (c.ever(found, "Failed"), c.resolved(found, "Failed")) == (3, 2)
    assert (c.ever(found, "Skipped"), c.resolved(found, "Skipped")) == (1, 1)
    assert c.error_texts(found) == {"locked until …": 2}


def test_a_lock_date_that_goes_back_is_a_reopening() -> None:
    dates = [None, "2025-03-31", None, "2025-03-31", "2025-04-30", "2025-03-31", "2025-04-30"]
    rows = [{"recorded_at": f"2025-05-0{n + 1}", "kind": "period", "lock_date": date} for n, date in enumerate(dates)]
    assert c.reopenings(frames(ledger__lock_dates=rows)) == 2


def test_a_journal_recurs_when_people_post_it_in_three_months() -> None:
    posted = [("Rent", 1), ("Rent", 2), ("Rent", 3), ("Mistake", 1), ("Mistake", 1), ("Sync", 1), ("Sync", 2), ("Sync", 3)]
    found = frames(
        ledger__journals=[
            {"source_id": f"{text} {n}", "source_type": "MANJOURNAL", "narration": text, "journal_date": f"2025-0{month}-28"}
            for n, (text, month) in enumerate(posted)
        ],
        integration__sync_records=[{"target_document_id": f"Sync {n}"} for n in (5, 6, 7)],
    )
    assert c.recurring_journals(found) == 3


def test_opening_values_and_lock_dates_are_no_change_of_settings() -> None:
    rows = [{"setting": "A", "old_value": None}, {"setting": "A", "old_value": "x"}, {"setting": "LockDate", "old_value": "x"}]
    assert c.settings_changed(frames(cin7__settings_log=rows, ledger__settings_log=rows)) == 2


def test_a_complaint_that_names_a_product_or_document_is_not_groundless() -> None:
    texts = ["Margin looks odd", "TEE-XS: shelf is empty", "INV-000012 is missing"]
    found = frames(ledger__issue_log=[{"text": text} for text in texts], cin7__products=[{"sku": "TEE-XS"}])
    assert c.complaints(found) == 1


def test_a_weekday_without_work_is_a_gap_and_an_order_that_comes_by_itself_is_no_work() -> None:
    days = ["2025-03-06", "2025-03-08", "2025-03-11"]  # Thursday, Saturday, Tuesday
    log = [status(day, "Pack", "AUTHORISED", f"{day} 10:00") for day in days] + [status("s", "Sale", "ORDERED", "2025-03-07")]
    assert c.holiday_gaps(frames(cin7__document_status_log=log)) == 2


def test_users_who_appear_or_vanish_count_and_rare_ones_do_not() -> None:
    months = {"old": range(1, 7), "new": range(7, 13), "both": range(1, 13), "rare": (6,)}
    rows = [{"adjusted_by": user, "recorded_at": f"2025-{m:02}-15"} for user, active in months.items() for m in active]
    assert c.staff_changes(frames(cin7__stock_adjustments=rows, integration__feed_log=END)) == 2


def test_simple_counts() -> None:
    found = frames(
        cin7__document_status_log=[
            status("s", "Sale", "BACKORDERED", "2025-01-02"), status("s", "Sale", "BACKORDERED", "2025-01-03"),
            status("s", "Sale", "VOIDED", "2025-01-04"), status("p", "Purchase", "VOIDED", "2025-01-04"),
        ],
        operations__channel_cancellations=[{"order_reference": "#1"}],
        operations__gateway_transactions=[{"type": word} for word in ("DISPUTE", "ADJUSTMENT", "ADJUSTMENT", "RESERVE_HOLD")],
        operations__gateway_payouts=[{"net_cents": 5}, {"net_cents": -5}],
        ledger__accounts=[{"account_code": "860", "system_account": "ROUNDING"}, {"account_code": "200"}],
        ledger__journal_lines=[{"account_code": "860"}, {"account_code": "200"}],
    )  # fmt: skip
    counts = (c.backorders, c.voids, c.cancellations, c.negative_payouts, c.rounding_lines)
    assert [count(found) for count in counts] == [1, 2, 1, 1, 1]
    lines = partial(c.gateway_lines, found)
    assert [lines(word) for word in ("DISPUTE", "ADJUSTMENT", "RESERVE")] == [1, 2, 1]


def test_what_suppliers_send_to_customers() -> None:
    line = {"dispatched_at": "2025-03-05 12:00", "known_at": "2025-03-05 12:00", "purchase_reference": "PO-1", "quantity": 1}
    heard_later = line | {"known_at": "2025-03-07 08:00"}
    found = frames(operations__supplier_dispatches=[
        line | {"dispatch_reference": "one"}, line | {"dispatch_reference": "one", "quantity": 0},
        heard_later | {"dispatch_reference": "two"}, heard_later | {"dispatch_reference": "two", "purchase_reference": None},
    ])  # fmt: skip
    assert c.lacking_dispatches(found) == 1
    assert c.late_dispatch_notes(found) == 1
    assert c.papers_without_reference(found) == 1


def test_counts_are_scaled_to_a_year_and_shares_are_not() -> None:
    half = frames(
        operations__channel_cancellations=[{"order_reference": "#1"}],
        operations__channel_orders=[{"quantity": 1, "price_cents": 100, "discount_cents": 20}],
    )
    measured = kinds.measure(half, 6)
    assert (measured["cancellations"], measured["discount share"]) == (2.0, 0.2)


def test_the_report_has_every_kind_and_prints_none_as_0() -> None:
    found = kinds.report({"shop": {}, "works": {"voids": 2.5}}, {"shop": {"busy": 3}, "works": {}}, 12)
    lines = table(found).splitlines()
    assert len(lines) == 1 + len(kinds.KINDS) + 1
    assert next(line for line in lines if line.startswith("voids ")).split()[1:3] == ["0", "2.5"]
    assert next(line for line in lines if line.startswith("sync error ")).split()[2:4] == ["3", "0"]


def run(*arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.noise", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("wrong", [["no_such_profile"], ["--months", "0"], ["--size", "huge"], ["--seed", "-1"]])
def test_bad_input_is_one_line_and_code_2(wrong: list[str], root: Path) -> None:
    done = run(*wrong, root=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_healthy_shop_is_not_clean(root: Path) -> None:
    done = run("d2c_apparel", "--months", "3", "--json", root=root)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert {kind.name for kind in kinds.KINDS} <= set(rows)
    for name in ("late receipts", "shrink found", "price variances", "sync failed", "settings changed"):
        assert rows[name]["counts"]["d2c_apparel"] > 0, name


def test_what_is_undone_was_done_before() -> None:
    log = [
        status("a", "Shipment", "AUTHORISED", "2025-03-01"), status("a", "Shipment", "VOIDED", "2025-03-01"),
        status("b", "Shipment", "VOIDED", "2025-03-01"), status("c", "Sale Invoice", "AUTHORISED", "2025-03-01"),
    ]  # fmt: skip
    assert c.undone(frames(cin7__document_status_log=log), kind="Shipment") == 1
    assert c.undone(frames(cin7__document_status_log=log), kind="Sale Invoice") == 0


def test_a_credit_without_goods_has_neither_a_restock_nor_a_return() -> None:
    given = frames(
        cin7__credit_notes=[{"document_key": n, "sale_key": f"s-{n}"} for n in ("kept", "damaged", "restocked")],
        cin7__sales=[{"document_key": f"s-{n}", "external_id": n} for n in ("kept", "damaged", "restocked")],
        cin7__restocks=[{"document_key": "r", "credit_note_key": "restocked"}],
        operations__returns_received=[{"rma": "1", "order_reference": "damaged"}],
    )
    assert c.credits_without_goods(given) == 1


def test_a_late_file_is_a_third_party_s_and_hours_old() -> None:
    feeds = [
        {"feed": feed, "fetched_at": at, "window_to": "2025-03-03 18:00", "status": word}
        for feed, at, word in (
            ("third_party_shipments", "2025-03-03 19:00", "OK"), ("third_party_shipments", "2025-03-04 06:00", "OK"),
            ("third_party_returns", "2025-03-04 06:00", "DUPLICATE"), ("shopify_orders", "2025-03-04 06:00", "OK"),
        )
    ]  # fmt: skip
    given = frames(integration__feed_log=feeds)
    assert c.late_files(given) == 1
    assert c.feed_rows(given, status="DUPLICATE") == 1
