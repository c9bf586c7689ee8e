"""Who makes things: the planner, who assembles what runs low, and the workshop's team, who do it and tell Cin7.

The team issues components as the bill of materials says and books in what was made; what it really used, only counts show.
"""

from __future__ import annotations

import msgspec

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.production import Assembly, Bom
from ...cin7.stock import Stock
from ...clock import DAY, Calendar
from ...draws import Draws
from ...money import ratio
from ...operations.goods import Warehouse
from ...operations.production import Batch
from ...operations.world import Operations
from ...profile import ManufacturingConfig
from .planning import made_position, to_make, unmet

_PLAN, _APART, _FINISH = 8 * 60 + 35, 13 * 60 + 25, 15 * 60 + 25
FIRST_WAKE = _PLAN
"""Minute of the first day at which the workshop begins."""
_RISE = 3
"""Percent by which work becomes dearer when it does (assumption)."""


class Workshop:
    """Planner and team of one workshop."""

    __slots__ = ("_calendar", "_cin7", "_config", "_draw", "_house", "_operations", "_stock", "_under_way", "rank", "user")

    def __init__(
        self, operations: Operations, cin7: Cin7Core, place: tuple[Warehouse, Stock], config: ManufacturingConfig, user: int,
        draws: Draws,
    ) -> None:  # fmt: skip
        self.rank = 31
        self._operations, self._cin7, self._config, self.user = operations, cin7, config, user
        self._house, self._stock = place
        self._calendar: Calendar = operations.calendar
        self._draw = draws.stream("work/production")
        self._under_way: dict[int, Assembly] = {}

    def wake(self, now: int) -> int | None:
        """Plan and begin in the morning, take apart at noon, book in in the afternoon."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _PLAN:
                self._revise(day, now)
                self._plan(day, now)
                return day * DAY + _APART
            if minute == _APART:
                self._take_apart(day, now)
                return day * DAY + _FINISH
            self._finish(day, now)
        return self._calendar.workday_from(day + 1) * DAY + _PLAN

    # -- planning ---------------------------------------------------------------------------------------------

    def _plan(self, day: int, now: int) -> None:
        """Assemble what its planning tool asks for, as far as components allow."""
        if self._stock.blocked:
            return
        cin7 = self._cin7
        waiting = unmet(cin7)
        for sku in cin7.production.made:
            bom = cin7.production.bom(sku, day)
            units = to_make(cin7, sku, made_position(cin7, sku, waiting)) if bom is not None else 0
            while bom is not None and units and not self._can_make(sku, bom, units):
                units //= 2
            if units:
                self._begin(sku, units, now, day)

    def _can_make(self, sku: int, bom: Bom, units: int) -> bool:
        """Whether both the screen and the shelf say that the components are there."""
        on_screen = all(self._stock.available(part) > wanted for part, wanted in bom.needs(units))
        workshop = self._operations.workshop
        return on_screen and workshop.can_start(workshop.needs(sku, units))

    def _begin(self, sku: int, units: int, now: int, day: int) -> None:
        production = self._cin7.production
        root = keys.root(keys.ASSEMBLY, day << 20 | sku)
        assembly = production.authorise(root, sku, units, self._stock, now, day)
        if assembly is None:
            return
        if not production.issue(assembly, now, day):
            production.void(assembly, now)
            return
        self._under_way[root] = assembly
        workshop = self._operations.workshop
        workshop.start(root, sku, units, workshop.needs(sku, units), now, day)

    def _revise(self, day: int, now: int) -> None:
        """Now and then work becomes dearer: a new version of a bill of materials, from tomorrow on."""
        production, draw = self._cin7.production, self._draw
        if not production.made or not draw.happens(self._config.wage_rise.value, day, 1):
            return
        sku = list(production.made)[draw.between(0, len(production.made) - 1, day, 2)]
        bom = production.made[sku][-1]
        cost = bom.service_cost + ratio(bom.service_cost, _RISE, 100)
        production.define(sku, msgspec.structs.replace(bom, since=day + 1, service_cost=cost), now)

    # -- doing ------------------------------------------------------------------------------------------------

    def _finish(self, day: int, now: int) -> None:
        """Batches come off the bench and are booked in, now and then a day late."""
        workshop = self._operations.workshop
        workshop.finish(day, now, {root: assembly.bom.service_cost for root, assembly in self._under_way.items()})
        waiting: list[Batch] = []
        for batch in workshop.done:
            late = batch.finished // DAY == day and self._draw.happens(self._config.late_entry.value, batch.assembly, 5)
            made = max(batch.finished // DAY, self._cin7.books.lock_date)
            if late or not self._cin7.production.complete(self._under_way[batch.assembly], batch.made, now, made):
                waiting.append(batch)
                continue
            del self._under_way[batch.assembly]
            workshop.put_away(batch)
            self._cin7.sales.retry_backorders(self._stock, now)
        workshop.done[:] = waiting

    def _take_apart(self, day: int, now: int) -> None:
        """Now and then a made unit is worth more as its components."""
        production, draw, stock = self._cin7.production, self._draw, self._stock
        if not production.made or not draw.happens(self._config.taken_apart.value, day, 3):
            return
        sku = list(production.made)[draw.between(0, len(production.made) - 1, day, 4)]
        if stock.available(sku) < 1 or self._house.shelf[sku] < 1:
            return
        bom = production.bom(sku, day)
        root = keys.root(keys.DISASSEMBLY, day << 20 | sku)
        if bom is not None and production.disassemble(root, sku, 1, stock, now, day):
            self._operations.workshop.take_apart(keys.document(root, keys.DISMANTLED), sku, 1, now)
