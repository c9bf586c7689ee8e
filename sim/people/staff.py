"""Staff as people: what each of them sees, what they expect, how far they still believe the screen, and what they do then.

Each looks at their own layers in their own rhythm and compares what surprised them with what they take for ordinary. Trust
falls with surprises and comes back slowly; below a threshold a person works differently. What that means is for the modules
of the layers to say: they register a reaction here. Knows nothing of why anything is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from math import sqrt

import msgspec

from .. import keys
from ..clock import DAY, WEEKDAYS, Calendar
from ..draws import Draws
from ..marks import Act
from ..profile import STAFF_ROLES, LayerName, PeopleConfig, PersonConfig, StaffChange, StaffRole, Surprise
from ..schema import Ticket
from ..tables import Lexicon, Rows

_AFTERNOON = 15 * 60 + 40
FIRST_WAKE = _AFTERNOON
"""Minute of the first day."""
_MONTHLY_FROM = 12
"""Who looks monthly does so on the first working day from this day of the month on: the close is over (assumption)."""
_DAYS_A_MONTH = 30.4
_CHANCE = 3.0
"""What is beyond the ordinary by so many standard deviations is no chance (Shewhart's rule of control charts)."""
_REGAINED = 0.5
"""Who has lost trust works as before once it is back this far from the threshold to full trust (assumption)."""
MATTERS: Mapping[Surprise, tuple[LayerName, tuple[StaffRole, ...]]] = {
    "short_pick": ("operations", ("picker", "warehouse_lead")),
    "count_gap": ("operations", ("receiver", "warehouse_lead")),
    "late_order": ("cin7", ("ecommerce_operator", "owner")),
    "overdue_purchase": ("cin7", ("buyer",)),
    "unmatched_bill": ("cin7", ("buyer", "bookkeeper")),
    "stuck_record": ("integration", ("integration_owner", "ecommerce_operator", "bookkeeper")),
    "close_gap": ("ledger", ("accountant", "owner")),
    "margin_move": ("ledger", ("accountant", "owner")),
}
"""In which layer a surprise shows, and to whom it matters, if they see that layer."""
_GIVES_UP: Mapping[StaffRole, tuple[LayerName, str, str]] = {
    "picker": ("operations", "I look on the shelf first now, the screen is often wrong", "Purchasing orders the wrong things"),
    "receiver": ("operations", "I keep my own list of what came in", "The office does not enter what we hand over"),
    "warehouse_lead": ("operations", "We check picks twice and count by ourselves now", "The integration overwrites our stock"),
    "buyer": ("cin7", "I order from my own sheet until the figures are right", "The warehouse does not count properly"),
    "ecommerce_operator": ("integration", "I cannot promise delivery dates any more", "Cin7 is too slow for our shop"),
    "bookkeeper": ("ledger", "I code from the bank, Cin7 is not complete", "The warehouse enters everything late"),
    "accountant": ("ledger", "I cannot confirm the stock value from these reports", "The sync loses documents"),
    "integration_owner": ("integration", "The queue cannot be kept clean", "Finance locks the months too early"),
    "owner": ("ledger", "I want the figures validated by hand before I see them", "Nobody can tell me which system is right"),
}  # fmt: skip
"""Where they say that they work differently from now on, how, and whom they blame: as a rule, somebody else's layer."""
Count = tuple[int, int]
"""How often something happened, and how often it might have."""


class Person:
    """One member of staff."""

    __slots__ = ("_half_life", "_live_months", "_tended", "config", "distrusts", "last", "number", "trust", "user")

    def __init__(self, config: PersonConfig, people: PeopleConfig, user: int) -> None:
        self.config, self.user = config, user
        self.number = STAFF_ROLES.index(config.role)
        self._live_months, self._half_life = people.go_live_months.value, people.half_life_months.value
        self._tended = people.tended or not self._half_life
        self.trust = 1.0
        """From 0 to 1."""
        self.distrusts = False
        """Whether they work differently because they believe the screen no longer."""
        self.last: dict[Surprise, Count] = {}
        """What they had seen when they looked last."""

    @property
    def role(self) -> StaffRole:
        """What they do."""
        return self.config.role

    def discipline(self, day: int) -> float:
        """How likely they are, on `day`, to look for the cause of a difference instead of making it go away."""
        if self._tended:
            return self.config.discipline
        months = self._live_months + day / _DAYS_A_MONTH
        return float(self.config.discipline * 0.5 ** (months / self._half_life))

    def judge(self, worst: float, fall: float, recovery: float) -> None:
        """Take a look into account at which the worst surprise was `worst` times the ordinary beyond it; 0: none."""
        if worst > 0.0:
            self.trust = max(0.0, self.trust - fall * min(1.0, worst))
        else:
            self.trust += (1.0 - self.trust) * recovery


Reaction = Callable[[Person, int], None]
"""(person, minute): what somebody does after a look, whether they have lost trust or not."""


class Team:
    """Everybody, and what there is to be seen."""

    __slots__ = ("_calendar", "_changed", "_draw", "_issues", "_lexicon", "_noticed", "_ordinary", "_tickets", "acts", "config",
                 "flows", "people", "rank", "reactions", "states")  # fmt: skip

    def __init__(
        self, config: PeopleConfig, users: Mapping[StaffRole, int], changes: list[StaffChange],
        issues: Mapping[str, Rows[Ticket]], calendar: Calendar, lexicon: Lexicon, draws: Draws,
    ) -> None:  # fmt: skip
        """`changes`: what a scenario says about some of them instead of what the profile says."""
        self.rank = 85
        self.config, self._calendar, self._lexicon, self._issues = config, calendar, lexicon, issues
        self._draw = draws.stream("people/decisions")
        said = {change.role: change for change in changes}
        self.people: dict[StaffRole, Person] = {
            each.role: Person(_changed(each, said.get(each.role)), config, users[each.role]) for each in config.staff
        }
        self._ordinary = {of.kind: of for of in config.surprises}
        self._noticed: dict[Surprise, int] = {}
        self.flows: dict[Surprise, Callable[[], Count]] = {}
        """What is counted from the beginning of the window."""
        self.states: dict[Surprise, Callable[[int], Count]] = {}
        """(day) -> what is so now."""
        self.reactions: dict[StaffRole, list[Reaction]] = {}
        self.acts: list[Act] = []
        """What people did about what they saw, in order of time. Truth, never evidence."""
        self._tickets: dict[int, int] = {}
        self.flows["close_gap"] = lambda: (self._noticed.get("close_gap", 0), 0)
        self.flows["margin_move"] = lambda: (self._noticed.get("margin_move", 0), 0)

    def wake(self, now: int) -> int | None:
        """Let those look whose day it is."""
        day = now // DAY
        if self._calendar.is_workday(day):
            seen: dict[Surprise, Count] = {}
            for person in self.people.values():
                if self._looks(person, day):
                    self._look(person, day, now, seen)
        return (day + 1) * DAY + _AFTERNOON

    def date(self, day: int) -> dt.date:
        """The calendar date of a day."""
        return self._calendar.date(day)

    def notice(self, kind: Surprise, times: int = 1) -> None:
        """Something happened that may surprise."""
        self._noticed[kind] = self._noticed.get(kind, 0) + times

    def person(self, role: StaffRole) -> Person | None:
        """Who does this, if anybody."""
        return self.people.get(role)

    def distrusted_by(self, *roles: StaffRole) -> bool:
        """Whether any of these has lost trust."""
        return any(role in self.people and self.people[role].distrusts for role in roles)

    def looks_for_cause(self, person: Person, day: int, about: int) -> bool:
        """Whether somebody looks for the cause of a difference, instead of making it go away."""
        return not person.distrusts and self._draw.uniform(day << 8 | person.number, about) < person.discipline(day)

    def complain(self, person: int, user: int, layer: str, text: str, now: int) -> None:
        """Raise a ticket; `person` is a number below 64."""
        day = now // DAY
        place = self._tickets[day << 6 | person] = self._tickets.get(day << 6 | person, -1) + 1
        key = keys.root(keys.TICKET, day << 13 | person << 6 | place)
        self._issues[layer].add((key, now, user, self._lexicon.text(text)))

    def note(
        self, kind: str, person: Person, now: int, *, key: int = -1, account: int = -1, gap: int = 0, cents: int = 0
    ) -> None:
        """Remember what somebody did."""
        self.acts.append(Act(kind, person.role, person.user, now, key, account, gap, cents))

    # -- inside -------------------------------------------------------------------------------------------------

    def _looks(self, person: Person, day: int) -> bool:
        if person.config.looks == "weekly":
            return self._calendar.weekday(day) == WEEKDAYS.index(person.config.on)
        first = day - self._calendar.date(day).day + 1
        return day == self._calendar.workday_from(first + _MONTHLY_FROM - 1)

    def _look(self, person: Person, day: int, now: int, seen: dict[Surprise, Count]) -> None:
        person.judge(self.worst(person, day, seen), self.config.fall.value, self.config.recovery.value)
        threshold = person.config.threshold
        if not person.distrusts and person.trust < threshold:
            person.distrusts = True
            layer, says, blames = _GIVES_UP[person.role]
            self.note("distrust", person, now)
            self.complain(person.number, person.user, layer, says, now)
            self.complain(person.number, person.user, layer, blames, now)
        elif person.distrusts and person.trust > threshold + (1.0 - threshold) * _REGAINED:
            person.distrusts = False
        for react in self.reactions.get(person.role, ()):
            react(person, now)

    def worst(self, person: Person, day: int, seen: dict[Surprise, Count]) -> float:
        """By how many times the ordinary a person is surprised beyond it, since the last look; `seen` is filled."""
        worst = 0.0
        for kind, (layer, roles) in MATTERS.items():
            if person.role not in roles or layer not in person.config.sees or kind not in self._ordinary:
                continue
            if kind in self.flows:
                count, of = seen[kind] = seen.get(kind) or self.flows[kind]()
                before, before_of = person.last.get(kind, (0, 0))
                person.last[kind] = count, of
                count, of = count - before, of - before_of
            elif kind in self.states:
                count, of = seen[kind] = seen.get(kind) or self.states[kind](day)
            else:
                continue
            ordinary = self._ordinary[kind]
            mean = ordinary.tolerated * of
            most = mean + _CHANCE * sqrt(mean) + ordinary.allowed
            worst = max(worst, (count - most) / max(most, 1.0))
        return worst


def _changed(config: PersonConfig, change: StaffChange | None) -> PersonConfig:
    if change is None:
        return config
    said = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
    return msgspec.structs.replace(config, **said)
