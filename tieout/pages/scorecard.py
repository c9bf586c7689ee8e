"""The practitioners' scorecard on a page: a table of months for each list, and in sentences what was out of order.

From evidence alone, so it may stand on any page.
"""

from __future__ import annotations

import datetime as dt

from detectors.evidence import CaseError
from detectors.scorecard import CROSSED, LISTS, Mark, Scorecard, scorecard

from .evidence import ReportError, Tables
from .markup import Cell, Column, Markup, element, join, table, verdict

_NOTES = {
    "signs": f"{CROSSED} or more signs in a month mean that the trouble has crossed layers.",
    "patterns": "What practitioners look for first.",
    "triggers": "Each alone is reason enough to have the business looked over.",
    "health": "Here a property that holds is good news.",
}


def read(tables: Tables) -> Scorecard:
    """The scorecard of a case. Raises ReportError when a table is damaged."""
    try:
        return scorecard(tables.evidence)
    except CaseError as error:
        raise ReportError(str(error)) from error


def section(card: Scorecard) -> list[Cell]:
    """What stands under the page's heading."""
    if not card.marks:
        return [element("p", "No month has ended within the window.")]
    parts: list[Cell] = [_in_short(card)]
    for name in LISTS:
        parts.append(_grid(card, name))
        if rows := _told(card, name):
            columns = [Column("What is out of order"), Column("Month-ends", short=True), Column("In the last of them")]
            parts.append(table(f"{LISTS[name].title}: what was out of order", columns, rows, classes="prose"))
    return parts


def _in_short(card: Scorecard) -> Markup:
    words = "Judged on the evening of each month-end, by what anybody with access to the systems could know then. "
    words += "A question mark says that it is too early to tell. "
    if card.crossed is None:
        return element("p", words, f"In no month do {CROSSED} of the seven signs hold.")
    return element("p", words, f"{CROSSED} or more of the seven signs hold for the first time on {card.crossed}.")


def _grid(card: Scorecard, name: str) -> Markup:
    """A table of one list: a row an item, a column a month-end."""
    marks = {(mark.item, mark.month_end): mark for mark in card.of(name)}
    heading = LISTS[name]
    rows: list[tuple[Cell, ...]] = [
        (item.title[:1].upper() + item.title[1:], *(_cell(marks[item.name, end], good=heading.good) for end in card.month_ends))
        for item in heading.items
    ]
    rows.append(("How many hold", *(str(len(card.holding(name, end))) for end in card.month_ends)))
    columns = [Column("Item"), *(Column(f"{end:%b %Y}", short=True) for end in card.month_ends)]
    return table(heading.title, columns, rows, note=_NOTES[name], classes="card pinned")


def _cell(mark: Mark, *, good: bool) -> Markup:
    if mark.holds is None:
        return verdict(None, "?")
    return verdict(mark.holds == good, "yes" if mark.holds else "no")


def _told(card: Scorecard, name: str) -> list[tuple[Cell, ...]]:
    """Each item that was out of order: which month-ends, and what the last of them said."""
    heading = LISTS[name]
    rows: list[tuple[Cell, ...]] = []
    for item in heading.items:
        bad = [mark for mark in card.of(name) if mark.item == item.name and mark.holds is (not heading.good)]
        if bad:
            said = bad[-1].sentence
            rows.append((item.title[:1].upper() + item.title[1:], _months([mark.month_end for mark in bad]),
                         said[:1].upper() + said[1:] + "."))  # fmt: skip
    return rows


def _months(ends: list[dt.date]) -> Markup:
    """Month-ends as stretches: Mar to Jun 2025, Sep 2025."""
    stretches: list[list[dt.date]] = []
    for end in ends:
        if stretches and (end - stretches[-1][-1]).days <= 31:
            stretches[-1].append(end)
        else:
            stretches.append([end])
    words = (f"{part[0]:%b %Y}" + (f" to {part[-1]:%b %Y}" if len(part) > 1 else "") for part in stretches)
    return join([element("span", each, class_="nowrap") for each in words], ", ")
