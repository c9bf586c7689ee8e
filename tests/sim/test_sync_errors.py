"""The texts in which records are turned away: all of them stand in one table, and none of them tells its cause."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec
import pytest
from support import worlds

from scenarios import loader
from sim import decoys
from sim.clock import Calendar
from sim.integration.errors import ERRORS, SyncError, find, refusal
from sim.ledger.books import Books
from sim.ledger.quickbooks import QuickBooks
from sim.ledger.rules import RuleBook
from sim.ledger.xero import Xero
from sim.profile import CloseConfig, NoiseConfig, SyncConfig
from sim.run import run
from sim.tables import Lexicon
from tieout.reference import sync_errors


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.name} {error.systems[0]}")
def test_a_text_has_several_causes_one_of_them_benign_and_says_where_they_show(error: SyncError) -> None:
    assert len(error.causes) >= 2
    assert {cause.benign for cause in error.causes} == {True, False}
    assert error.source
    assert all(cause.shown_by or cause.never for cause in error.causes if cause.benign), "or it says why it does not occur"
    sections = {"sync": SyncConfig, "close": CloseConfig, "noise": NoiseConfig}
    rates = {f"{name}.{field.name}" for name, config in sections.items() for field in msgspec.structs.fields(config)}
    for cause in error.causes:
        where = cause.shown_by.split(",")[0]
        if not cause.benign and where:
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", where), "a cause of the catalogue"
        elif where:
            assert where in rates or where in loader.library() or where in decoys.discover(), where


@pytest.mark.parametrize("kind", [Xero, QuickBooks])
def test_what_a_ledger_says_stands_in_the_table(kind: type[RuleBook]) -> None:
    books = Books(5, Lexicon())
    books.lock(20, 0, 0)
    ledger = kind(books, Calendar(dt.date(2025, 3, 1), 3, []), user=0)
    for about in kind.texts:
        answer = ledger.refuse(about, lock_date="30-Nov-2025", item="TEE-10", longest=30, given=50, user="A")
        own = [error for error in ERRORS if kind.name in error.systems and error.matches(answer.code, answer.message)]
        assert about in [error.name for error in own]
        assert {error.http_status for error in own} == {answer.http_status}
    closed = ledger.closed(3, adviser=False)
    assert closed is not None
    assert find(closed.about, kind.name).matches(closed.code, closed.message)


def test_what_varies_is_filled_in() -> None:
    assert refusal("day_limit", "Xero", seconds=3600).message == "X-Rate-Limit-Problem: day. Retry-After: 3600"
    assert find("day_limit", "Xero").matches("429", "X-Rate-Limit-Problem: day. Retry-After: 60")
    assert not find("day_limit", "Xero").matches("429", "X-Rate-Limit-Problem: minute. Retry-After: 60")
    with pytest.raises(KeyError):
        find("day_limit", "QuickBooks Online")


def test_the_committed_page_is_what_the_table_says(root: Any) -> None:
    page = sync_errors.page()
    assert (root / "docs" / "sync-errors.md").read_text(encoding="utf-8") == page, "run `make docs`"
    assert all(error.text in page for error in ERRORS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["d2c_apparel", "amazon_first", "omnichannel"])
def test_records_fail_warn_and_are_skipped_for_harmless_reasons_and_are_resolved(name: str) -> None:
    """Whatever is said stands in the table, each text under its own status; in the end everything is in the ledger."""
    scenario = loader.load_scenario(f"healthy_{name}")
    case = loader.case(msgspec.structs.replace(scenario, months=6, size="small", orders_a_year=4_000), 2)
    tables = worlds.frames(run(case))
    system = {"xero": "Xero", "quickbooks": "QuickBooks Online"}[case.profile.ledger]
    attempts = tables["integration/sync_attempts"]
    seen = attempts.dropna(subset="message").astype({"error_code": object}).fillna({"error_code": ""})
    for row in seen.drop_duplicates(["http_status", "message"]).itertuples():
        own = [e for e in ERRORS if system in e.systems and e.matches(row.error_code, row.message)]
        assert {e.http_status for e in own} == {row.http_status}, row.message
    assert {400, 503} <= set(seen["http_status"])
    records, log = tables["integration/sync_records"], tables["integration/sync_status_log"]
    failed = log.loc[log["status"] == "Failed", "record_key"]
    assert failed.nunique() >= 1
    assert (records.loc[records["record_key"].isin(failed), "status"].isin(["Completed", "Warning", "Skipped"])).mean() > 0.9
    # A failed record is retried, or skipped, within normal time.
    times = log[log["record_key"].isin(failed)].sort_values(["record_key", "at"], kind="stable")
    after = times.groupby("record_key")["at"].shift(-1)
    waited = (after - times["at"])[times["status"] == "Failed"].dropna()
    assert waited.dt.days.max() <= 5
