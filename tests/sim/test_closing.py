"""Closing months and years: who moves which lock date, and what comes of a day that is open in one system alone."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache

import msgspec
import pytest
from support.worlds import case, facts, profile, rate, read

from sim.clock import DAY
from sim.founding import World
from sim.integration.staging import FAILED
from sim.ledger.books import PERIOD, YEAR_END
from sim.profile import OverheadConfig, Profile
from sim.run import run

APRIL = dt.date(2025, 4, 1)


def business(*, seam_days: int = 0, ledger: str = "xero") -> Profile:
    """The apparel shop, whose bills often ask another price and come late, and whose year ends in April."""
    plain, replace = profile(), msgspec.structs.replace
    (group,) = plain.supply.groups
    dear = replace(group, price_change=rate(0.6), opening_cover_days=12, cover_days=14)
    yearly = OverheadConfig("Depreciation of the year", "depreciation", "accumulated_depreciation", 5_000, 0, "a test", True)
    overheads = [cost for cost in plain.close.overheads if not cost.yearly]
    close = replace(plain.close, seam_days=seam_days, overheads=[*overheads, yearly], year_ends_month=4,
                    year_finished_months=2, reopened=rate(0.0))  # fmt: skip
    return replace(plain, ledger=ledger, close=close, supply=replace(plain.supply, groups=[dear]))


@cache
def closed(seam_days: int = 0, ledger: str = "xero") -> World:
    return run(case(1, 4, 1_500, APRIL, of=business(seam_days=seam_days, ledger=ledger)))


def refused_for_its_date(world: World) -> set[int]:
    """Outbound records that were refused because their date is closed."""
    texts = world.lexicon.lists["text"]
    return {
        row.record_key for row in facts(world, "integration/sync_attempts")
        if row.message >= 0 and "lock date" in texts[row.message]
    }


def test_without_a_seam_nothing_is_refused_for_its_date() -> None:
    assert not refused_for_its_date(closed())
    assert all(row.kind != PERIOD or row.lock_date in closed().calendar.month_ends for row in read(closed().ledger.lock_dates))


def test_with_a_seam_the_last_day_is_refused_and_the_month_is_opened_for_it() -> None:
    world = closed(seam_days=1)
    refused = refused_for_its_date(world)
    assert refused, "there is something to see"
    failed = {row.record_key: row.at for row in facts(world, "integration/sync_status_log") if row.status == FAILED}
    last_work = max(day for day in range(world.calendar.days) if world.calendar.is_workday(day)) * DAY
    assert not [key for key in world.outbox.failed if failed[key] < last_work], "what was refused has gone out since"
    by_record = {row.key: row for row in world.outbox.waiting()}
    dates = {row.journal_id: row.journal_date for row in facts(world, "ledger/journals")}
    for key in refused - by_record.keys():
        assert dates[key] in world.calendar.month_ends, "only the lock day itself is open in Cin7 and closed in the ledger"
    locks = [row.lock_date for row in read(world.ledger.lock_dates) if row.kind == PERIOD]
    assert any(later < earlier for earlier, later in itertools.pairwise(locks)), "it was opened"
    assert world.ledger.period_lock in world.calendar.month_ends, "and closed again"


@pytest.mark.parametrize("ledger", ["xero", "quickbooks"])
def test_the_outside_accountant_adjusts_the_year_past_the_months_lock_and_xero_locks_it(ledger: str) -> None:
    world = closed(ledger=ledger)
    end, (april, _, june, _) = world.calendar, world.calendar.month_ends
    said = world.lexicon.text("Depreciation of the year")
    (adjusted,) = [row for row in facts(world, "ledger/journals") if row.narration == said]
    assert adjusted.journal_date == april
    assert end.date(adjusted.recorded_at // DAY).month == 7, "when June was closed"
    years = [row for row in read(world.ledger.lock_dates) if row.kind == YEAR_END]
    assert [row.lock_date for row in years] == ([april] if ledger == "xero" else [])
    assert all(row.set_by == adjusted.created_by for row in years)
    assert world.ledger.lock_date == june


def test_a_month_that_nobody_closes_in_cin7_stays_open_there_and_is_closed_in_the_ledger() -> None:
    """What a fault may bend: the administrator does not type the date in."""
    from sim.founding import World as Founded

    world = Founded(case(1, 2, 300, APRIL, of=business()))
    world.administrator.policies.lock_date_for = lambda until: None
    world.clock.run(world.calendar.days * DAY)
    assert world.cin7.books.lock_date == 0
    assert world.ledger.period_lock == world.calendar.month_ends[0]
