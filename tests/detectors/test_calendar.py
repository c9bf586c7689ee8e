"""Days, working days and month-ends."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calendar import Calendar

HOLIDAY = dt.date(2025, 5, 26)
SPRING = Calendar(dt.date(2025, 4, 1), dt.date(2025, 6, 15), (HOLIDAY,))


def test_month_ends_are_those_that_have_passed() -> None:
    assert SPRING.month_ends() == (dt.date(2025, 4, 30), dt.date(2025, 5, 31))
    assert SPRING.month_ends(dt.date(2025, 4, 30)) == (dt.date(2025, 4, 30),)
    assert SPRING.month_ends(dt.date(2025, 4, 29)) == ()
    assert Calendar(dt.date(2025, 12, 5), dt.date(2026, 1, 31)).month_ends() == (dt.date(2025, 12, 31), dt.date(2026, 1, 31))


def test_weekends_and_holidays_are_no_working_days() -> None:
    friday, tuesday = dt.datetime(2025, 5, 23, 17), dt.datetime(2025, 5, 27, 9)
    assert SPRING.workdays_between([friday], [tuesday]).tolist() == [1]
    assert SPRING.workdays_between([friday], [friday]).tolist() == [0]
    column = pd.Series([friday, pd.NaT, tuesday])
    assert SPRING.workdays_between(column, dt.date(2025, 5, 28)).tolist() == [2, -1, 1]


@given(st.dates(SPRING.start, SPRING.end), st.dates(SPRING.start, SPRING.end))
def test_working_days_agree_with_counting_by_hand(one: dt.date, other: dt.date) -> None:
    first, last = min(one, other), max(one, other)
    by_hand = sum(SPRING.is_workday(first + dt.timedelta(n)) for n in range(1, (last - first).days + 1))
    assert SPRING.workdays_between([first], [last]).tolist() == [by_hand]


def test_a_calendar_does_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before its start"):
        Calendar(dt.date(2025, 2, 1), dt.date(2025, 1, 1))
