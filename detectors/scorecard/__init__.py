"""The practitioners' health scorecard, month-end by month-end, from evidence alone.

Four lists: seven signs (three or more mean that the trouble has crossed layers), five patterns, nine triggers of a health
check, seven properties of health. Each item is a function of its own, whose docstring is its rule, with threshold and source;
each is judged by what was known on the month-end's evening, so a card made then says the same. An item whose layers are hidden
is unknown. Source of the lists: the practitioners' articles that the catalogue of faults is drawn from. Thresholds are
assumptions unless their item says otherwise, set by what healthy businesses of all profiles show, never by what a fault shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..contract import missing
from ..evidence import Evidence
from ..reading import Reading
from . import health, patterns, signs, triggers
from .facts import Facts, Item

__all__ = ["CROSSED", "LISTS", "Heading", "Mark", "Scorecard", "scorecard"]

CROSSED = 3
"""Signs of one month from which on the practitioners say that the trouble has crossed layers."""


class Heading(NamedTuple):
    """One of the four lists."""

    title: str
    items: tuple[Item, ...]
    good: bool
    """Whether an item that holds is good news."""


LISTS: dict[str, Heading] = {
    "signs": Heading("Seven signs", signs.ITEMS, good=False),
    "patterns": Heading("Five patterns", patterns.ITEMS, good=False),
    "triggers": Heading("Nine triggers of a health check", triggers.ITEMS, good=False),
    "health": Heading("Seven properties of health", health.ITEMS, good=True),
}
"""The four lists by name."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What one item says at one month-end."""

    month_end: dt.date
    list: str
    item: str
    """Name of the item's function; `title` has the practitioners' words."""
    title: str
    holds: bool | None
    """None: unknown, since a layer is not visible or there is no history yet."""
    keys: tuple[str, ...] = ()
    """Documents, records, journals or tickets that show it."""
    sentence: str


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """All marks of a business, oldest month-end first, each month in the order of the lists."""

    as_of: dt.date
    layers: tuple[str, ...]
    marks: tuple[Mark, ...]
    remarks: tuple[str, ...] = ()
    """Which layers could not be seen."""

    @property
    def month_ends(self) -> tuple[dt.date, ...]:
        """The month-ends with marks, oldest first."""
        return tuple(dict.fromkeys(mark.month_end for mark in self.marks))

    def of(self, name: str) -> Iterator[Mark]:
        """Marks of one of the four lists, oldest month-end first."""
        return (mark for mark in self.marks if mark.list == name)

    def holding(self, name: str, month_end: dt.date) -> tuple[Mark, ...]:
        """Items of a list that hold at a month-end."""
        return tuple(mark for mark in self.of(name) if mark.month_end == month_end and mark.holds)

    @property
    def crossed(self) -> dt.date | None:
        """The first month-end with three or more of the seven signs; None when there is none."""
        return next((end for end in self.month_ends if len(self.holding("signs", end)) >= CROSSED), None)

    def to_json(self) -> str:
        """As JSON, one space deep, with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"


def scorecard(evidence: Evidence, reading: Reading | None = None) -> Scorecard:
    """The health scorecard of a business at each month-end of the evidence.

    `reading`: of the same evidence, where somebody has one already. Raises CaseError when a table is damaged.
    """
    facts = Facts(reading or Reading(evidence))
    marks = []
    for n, month_end in enumerate(evidence.month_ends):
        for name, heading in LISTS.items():
            for item in heading.items:
                verdict = item.judge(facts, n)
                marks.append(Mark(
                    month_end=month_end, list=name, item=item.name, title=item.title, holds=verdict.holds, keys=verdict.keys,
                    sentence=verdict.sentence,
                ))  # fmt: skip
    return Scorecard(
        as_of=evidence.as_of, layers=evidence.layers, marks=tuple(marks),
        remarks=missing(("operations", "cin7", "integration", "ledger"), evidence),
    )  # fmt: skip
