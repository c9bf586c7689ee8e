"""Who counts beyond the main location's weekly round, and throws away what has expired.

There are full stocktakes, of a Saturday, and the other locations' own rounds, part by part. A full stocktake blocks its
location from opening to completion. People open one when nothing lies around that is not booked in; otherwise they wait a
week.
"""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.stock import Stock
from ...clock import DAY, Calendar
from ...operations import happenings as h
from ...operations.goods import Warehouse
from ...operations.world import Operations
from ...profile import StocktakeConfig
from ...tables import number_prefix

_OPEN, _CYCLE, _COMPLETE = 7 * 60 + 40, 10 * 60 + 50, 16 * 60 + 50
FIRST_WAKE = _OPEN
"""Minute of the first day at which the counters begin."""
_SATURDAY, _CYCLE_WEEKDAY = 5, 3
_FULL = 1 << 32
EXPIRED = "expired"
_SHEET = number_prefix("ST-")
_BRANCH_SHEETS = 900_000
"""Running numbers of the sheets begin here, apart from those of the main location's own round."""


class Counters:
    """Count sheets in hand, location by location."""

    __slots__ = ("_calendar", "_cin7", "_config", "_due", "_operations", "_places", "_sheets", "_taking", "rank", "user")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, places: list[tuple[Warehouse, Stock]], config: StocktakeConfig, user: int
    ) -> None:
        self.rank, self.user = 35, user
        self._operations, self._cin7, self._places, self._config = operations, cin7, places, config
        self._calendar: Calendar = operations.calendar
        self._due: list[int] = []
        """Locations whose stocktake is due."""
        self._taking: dict[int, int] = {}
        """Stocktakes that are open: key, by location."""
        self._sheets = _BRANCH_SHEETS

    def wake(self, now: int) -> int | None:
        """Open stocktakes in the morning of a Saturday and complete them in the evening; cycle counts on Thursdays."""
        day, minute = divmod(now, DAY)
        weekday = self._calendar.weekday(day)
        if weekday == _SATURDAY:
            if minute == _OPEN:
                self._open(day, now)
                return day * DAY + _COMPLETE
            self._complete(day, now)
        elif weekday == _CYCLE_WEEKDAY and self._calendar.is_workday(day):
            if minute == _OPEN:
                return day * DAY + _CYCLE
            self._discard_expired(day, now)
            if self._config.branch_cycle_weeks:
                self._cycle(day, now)
        return (day + 1) * DAY + _OPEN

    def _open(self, day: int, now: int) -> None:
        date = self._calendar.date(day)
        if date.month in self._config.months and date.day <= 7:
            # A third party counts by itself.
            self._due = [place for place, (house, _) in enumerate(self._places) if house.kind != "third_party"]
        for place in list(self._due):
            house, stock = self._places[place]
            key = keys.document(keys.root(keys.COUNT, _FULL | place << 20 | day), keys.ADJUST)
            if self._is_quiet(house) and stock.open_stocktake(key, now):
                self._taking[place] = key
                self._due.remove(place)

    def _complete(self, day: int, now: int) -> None:
        for place, key in self._taking.items():
            self._count(place, list(range(len(self._places[place][0].shelf))), key, now, day)
        self._taking.clear()

    def _cycle(self, day: int, now: int) -> None:
        """Count this week's part of the products at each location but the main one."""
        weeks = self._config.branch_cycle_weeks
        for place, (house, stock) in enumerate(self._places):
            if place and house.kind != "third_party" and not stock.blocked and self._is_quiet(house):
                part = list(range(day // 7 % weeks, len(house.shelf), weeks))
                self._count(place, part, keys.document(keys.root(keys.COUNT, place << 20 | day), keys.ADJUST), now, day)

    def _discard_expired(self, day: int, now: int) -> None:
        """Throw away what has expired and is not promised to anybody."""
        for place, (house, stock) in enumerate(self._places):
            lines = [] if stock.blocked else [
                (sku, min(units, stock.available(sku), house.shelf[sku])) for sku, units in stock.expired(day)
            ]  # fmt: skip
            lines = [(sku, units) for sku, units in lines if units > 0]
            if lines:
                key = keys.document(keys.root(keys.ADJUSTMENT, _FULL | place << 20 | day), keys.WRITE_OFF)
                stock.write_off(key, lines, self._operations.lexicon.text(EXPIRED), self.user, now, day)
                for sku, units in lines:
                    house.shelf[sku] -= units
                    house.happened(h.THROWN_AWAY, now, key, sku, units)

    def _count(self, place: int, skus: list[int], key: int, now: int, day: int) -> None:
        """Count; what is packed and not shipped is known to be off the shelf."""
        house, stock = self._places[place]
        self._sheets += 1
        lines: list[tuple[int, int, int]] = []
        for sku in skus:
            expected, counted = stock.on_hand[sku] - stock.packed[sku], house.shelf[sku]
            if expected or counted:
                house.tables.count_sheets.add((_SHEET | self._sheets, sku, stock.location, counted, now))
                lines.append((sku, expected, max(counted, expected - stock.on_hand[sku])))
        stock.stocktake(key, lines, now, day)
        self._cin7.sales.retry_backorders(stock, now)

    def _is_quiet(self, house: Warehouse) -> bool:
        """Whether nothing lies there that is not booked in."""
        operations = self._operations
        if any(consignment.destination is house for consignment in operations.transport.bay):
            return False
        return not (operations.workshop.house is house and operations.workshop.done)
