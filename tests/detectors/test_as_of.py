"""Evidence as known on an earlier evening is what stood in the systems on that evening."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from support import worlds

from detectors.evidence import Evidence
from detectors.samples import sample_key, small_business
from scenarios import loader
from sim.founding import World
from sim.profile import Case
from sim.run import run


@pytest.mark.parametrize("day", [0, 17, 30, 44, 61, 78, 91])
def test_as_of_a_day_equals_the_run_stopped_on_that_day(
    day: int, broken_case: Case, broken: Evidence, seen: Callable[[World], Evidence]
) -> None:
    stopped = seen(run(broken_case, until_day=day))
    known = broken.as_of_date(stopped.as_of)
    assert (known.calendar, known.month_ends) == (stopped.calendar, stopped.month_ends)
    for name in stopped.names:
        pd.testing.assert_frame_equal(known.table(name), stopped.table(name), obj=f"{name} on {stopped.as_of}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["amazon_first", "manufacturer", "omnichannel", "wholesale_giftware"])
def test_as_of_a_day_equals_the_run_stopped_on_that_day_in_every_profile(name: str, seen: Callable[[World], Evidence]) -> None:
    case = worlds.case(months=4, orders=900, of=loader.load_profile(name))
    whole = seen(run(case))
    for day in (5, 45, 91):
        stopped = seen(run(case, until_day=day))
        known = whole.as_of_date(stopped.as_of)
        for table in stopped.names:
            pd.testing.assert_frame_equal(
                known.table(table), stopped.table(table), obj=f"{table} of {name} on {stopped.as_of}"
            )


def test_later_rows_and_later_statuses_are_unknown() -> None:
    business = small_business(months=2, sales_a_day=1)
    first_day = business.as_of_date(dt.date(2025, 1, 1))
    assert first_day.table("cin7/sales")["document_key"].tolist() == [sample_key("sale", 0)]
    assert first_day.table("cin7/sale_lines")["document_key"].tolist() == [sample_key("sale", 0)], "known by its sale"
    assert first_day.table("ledger/journal_lines")["journal_id"].nunique() == 3, "opening, cost of sales, invoice"
    assert first_day.table("integration/sync_records")["status"].tolist() == ["Completed"] * 3
    assert first_day.month_ends == ()


def test_a_fold_shows_the_last_entry_of_that_evening(broken: Evidence) -> None:
    """A shipment entered three weeks late is DRAFT on every evening before."""
    log = broken.table("cin7/document_status_log")
    shipments = log[log["document_type"] == "Shipment"]
    opened = shipments[shipments["status"] == "DRAFT"].set_index("document_key")["at"]
    entered = shipments[shipments["status"] == "AUTHORISED"].set_index("document_key")["at"]
    late = (entered - opened).dropna().idxmax()
    assert entered[late] - opened[late] > pd.Timedelta(days=14)
    before = broken.as_of_date((entered[late] - pd.Timedelta(days=1)).date()).table("cin7/shipments")
    after = broken.as_of_date(entered[late].date()).table("cin7/shipments")
    assert before.loc[before["document_key"] == late, "status"].tolist() == ["DRAFT"]
    assert after.loc[after["document_key"] == late, "status"].tolist() == ["AUTHORISED"]


def test_an_evening_of_an_evening_is_that_evening(broken: Evidence) -> None:
    may, april = dt.date(2025, 5, 10), dt.date(2025, 4, 12)
    for name in ("cin7/shipments", "ledger/documents", "integration/sync_records", "cin7/availability"):
        through = broken.as_of_date(may).as_of_date(april).table(name)
        pd.testing.assert_frame_equal(through, broken.as_of_date(april).table(name))
