from __future__ import annotations

import calendar as stdlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import DAY, Calendar, Clock, Holiday

firsts = st.builds(dt.date, st.integers(2019, 2032), st.integers(1, 12), st.just(1))
windows = st.tuples(firsts, st.integers(1, 36))
HOLIDAYS = (
    Holiday("Christmas Day", 12, 25),
    Holiday("Thanksgiving", 11, 0, "thu", 4),
    Holiday("Memorial Day", 5, 0, "mon", -1),
)


@given(windows)
def test_months_end_on_their_last_day(window: tuple[dt.date, int]) -> None:
    calendar = Calendar(*window, HOLIDAYS)
    assert len(calendar.month_ends) == window[1]
    for day in calendar.month_ends:
        date = calendar.date(day)
        assert date.day == stdlib.monthrange(date.year, date.month)[1]
    assert calendar.days == calendar.month_ends[-1] + 1


@given(windows, st.integers(0, 1100))
def test_days_and_dates_are_two_names_of_one_thing(window: tuple[dt.date, int], day: int) -> None:
    calendar = Calendar(*window, HOLIDAYS)
    assert calendar.day(calendar.date(day)) == day
    assert calendar.weekday(day) == calendar.date(day).weekday()
    previous = calendar.previous_month_end(day)
    assert calendar.date(previous).month != calendar.date(day).month
    assert calendar.date(previous + 1).month == calendar.date(day).month


@given(windows, st.integers(0, 30), st.integers(0, 12))
def test_nobody_works_on_weekends_and_holidays(window: tuple[dt.date, int], day: int, count: int) -> None:
    calendar = Calendar(*window, HOLIDAYS)
    later = calendar.add_workdays(day, count) if count else calendar.workday_from(day)
    assert calendar.is_workday(later)
    assert calendar.date(later).weekday() < 5
    between = range(day + 1, later + 1)
    assert count == 0 or sum(map(calendar.is_workday, between)) == count


@pytest.mark.parametrize(
    ("holiday", "date"),
    [(HOLIDAYS[0], dt.date(2025, 12, 25)), (HOLIDAYS[1], dt.date(2025, 11, 27)), (HOLIDAYS[2], dt.date(2025, 5, 26))],
)
def test_holidays_fall_where_the_rule_says(holiday: Holiday, date: dt.date) -> None:
    assert holiday.in_year(2025) == date
    calendar = Calendar(dt.date(2025, 1, 1), 12, [holiday])
    assert not calendar.is_workday(calendar.day(date))


class Diarist:
    """Writes down when it was woken."""

    def __init__(self, name: str, rank: int, every: int, diary: list[tuple[int, str]], stop: int = 10**9) -> None:
        self.name, self.rank, self.every, self.diary, self.stop = name, rank, every, diary, stop

    def wake(self, now: int) -> int | None:
        self.diary.append((now, self.name))
        return now + self.every if now + self.every < self.stop else None


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=8))
def test_actors_of_one_minute_act_in_order_of_rank_then_of_joining(actors: list[tuple[int, int, int]]) -> None:
    diary: list[tuple[int, str]] = []
    clock = Clock()
    rank_of = {}
    for n, (rank, every, first) in enumerate(actors):
        rank_of[f"{n:02}"] = rank
        clock.add(Diarist(f"{n:02}", rank, every, diary), first)
    clock.run(200)
    assert diary == sorted(diary, key=lambda entry: (entry[0], rank_of[entry[1]]))
    for n, (_, every, first) in enumerate(actors):
        assert [minute for minute, name in diary if name == f"{n:02}"] == list(range(first, 200, every))


def test_a_minute_that_ends_a_run_has_not_happened() -> None:
    diary: list[tuple[int, str]] = []
    clock = Clock()
    clock.add(Diarist("a", 0, DAY, diary), 0)
    clock.run(DAY)
    assert diary == [(0, "a")]
    clock.run(DAY + 1)
    assert diary == [(0, "a"), (DAY, "a")]


def test_an_actor_that_returns_none_is_not_woken_again() -> None:
    diary: list[tuple[int, str]] = []
    clock = Clock()
    clock.add(Diarist("a", 0, 10, diary, stop=25), 0)
    clock.run(100)
    assert diary == [(0, "a"), (10, "a"), (20, "a")]
