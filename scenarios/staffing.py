"""What the types of staff's configuration cannot say: who can work where, and when anybody looks.

Reads profiles and scenarios, runs nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from sim.clock import Calendar
from sim.profile import PeopleConfig, Profile, Scenario

_WHERE = ("own", "store")
"""Kinds of locations where the business's own people handle goods."""
_FLOOR = ("picker", "receiver", "warehouse_lead")


def problems(profile: Profile) -> Iterator[tuple[str, str]]:
    """Key path, and what is wrong there, of everything about a profile's staff that cannot be."""
    people = profile.people
    if people is None:
        return
    if not people.tended and not people.half_life_months.value:
        yield "people.half_life_months", "is 0; discipline that nobody tends is halved in some time, a number above 0 is needed"
    yield from _twice([each.role for each in people.staff], "people.staff", "role")
    yield from _twice([each.kind for each in people.surprises], "people.surprises", "kind")
    has_floor = any(place.kind in _WHERE for place in profile.locations)
    for n, person in enumerate(people.staff):
        if person.role in _FLOOR and not has_floor:
            yield f"people.staff[{n}].role", f"{profile.name} has no {person.role}: it has no warehouse or shop of its own"
        if person.role == "buyer" and not profile.inventory_tracking:
            yield f"people.staff[{n}].role", f"{profile.name} has no buyer: it keeps no stock"
        yield from _twice(list(person.sees), f"people.staff[{n}].sees", "layer")


def scenario_problems(scenario: Scenario, profile: Profile) -> Iterator[tuple[str, str]]:
    """The same for what a scenario says about staff and about the days on which the months are closed."""
    people = profile.people
    if scenario.staff and people is None:
        yield "staff", f"{profile.name} describes no people; allowed is nothing"
    if scenario.staff and not scenario.reactions:
        yield "reactions", "false means that staff do not react; allowed with staff is true"
    for n, change in enumerate(scenario.staff):
        if people is not None and change.role not in _roles(people):
            yield f"staff[{n}].role", f"{profile.name} has no {change.role}; it has {', '.join(_roles(people))}"
    yield from _twice([change.role for change in scenario.staff], "staff", "role")
    yield from _closes(scenario.closes_on, scenario, profile)


def _roles(people: PeopleConfig) -> list[str]:
    return [each.role for each in people.staff]


def _closes(days: list[dt.date], scenario: Scenario, profile: Profile) -> Iterator[tuple[str, str]]:
    """Days on which months are closed, one for each month that ends in the window and before its last day."""
    calendar = Calendar(scenario.start, scenario.months, profile.holidays)
    ends = calendar.month_ends
    for n, date in enumerate(days):
        day = calendar.day(date)
        if n + 1 >= len(ends):
            yield f"closes_on[{n}]", f"{date} is one too many; months closed in this window: {len(ends) - 1}"
            return
        if not ends[n] < day <= ends[n + 1]:
            after, until = calendar.date(ends[n]), calendar.date(ends[n + 1])
            yield f"closes_on[{n}]", f"{date} is not in the month after {after}; allowed are days up to {until}"
        elif not calendar.is_workday(day):
            near = calendar.date(calendar.workday_from(day))
            yield f"closes_on[{n}]", f"{date} is no working day; the next one is {near}"


def _twice(values: list[str], place: str, key: str) -> Iterator[tuple[str, str]]:
    for value, count in Counter(values).items():
        if count > 1:
            last = len(values) - 1 - values[::-1].index(value)
            yield f"{place}[{last}]", f"{key} {value!r} is there {count} times; each {key} may be there once"
