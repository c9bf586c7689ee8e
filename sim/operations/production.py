"""The workshop: what is really taken from the shelf, made and taken apart, whatever the bill of materials says.

The allowance for wastage is right on average. What a batch uses beyond it is lost, what it saves stays on the shelf; no record
tells either until somebody counts. Knows shelves and recipes; nothing of Cin7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .. import keys
from ..clock import Calendar
from ..draws import Draws
from ..money import ratio
from ..profile import ManufacturingConfig
from ..schema import ProductionLog, ProductionUsage
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import Warehouse

_LOT = number_prefix("LOT-")


class Part(NamedTuple):
    """What one unit of a product takes of a component."""

    component: int
    quantity: int
    wastage_percent: int
    weight: int
    """Of its share of the cost when the product is taken apart."""


class Batch:
    """One batch on the shop floor."""

    __slots__ = ("assembly", "finished", "lot", "made", "sku", "units")

    def __init__(self, assembly: int, lot: int, sku: int, units: int, made: int) -> None:
        self.assembly, self.lot, self.sku, self.units = assembly, lot, sku, units
        """The assembly's key, the batch's own number, the product and the units wanted."""
        self.made = made
        """Units that turn out well."""
        self.finished = -1
        """The minute at which it came off the bench."""


class Workshop:
    """The shop floor of one place."""

    __slots__ = ("_calendar", "_days", "_draw", "_due", "_lots", "_noise", "_spoiled", "done", "house", "log", "recipes",
                 "usage", "uses_more")  # fmt: skip

    def __init__(self, calendar: Calendar, draws: Draws) -> None:
        self._calendar = calendar
        self._draw = draws.stream("production/yield")
        self._days = [1]
        self._noise = self._spoiled = 0.0
        self._due: dict[int, list[Batch]] = {}
        self._lots = 0
        self.house: Warehouse | None = None
        """Whose shelf it works from; None while there is no workshop."""
        self.recipes: dict[int, list[Part]] = {}
        """What one unit of each product really takes."""
        self.uses_more: Callable[[int], int] = self._more
        """(key of a component's issue) -> units used beyond the recipe; below 0 fewer."""
        self.done: list[Batch] = []
        """Batches that are finished and that nobody has booked in."""
        self.log: Rows[ProductionLog] = Rows("operations/production_log", ProductionLog)
        self.usage: Rows[ProductionUsage] = Rows("operations/production_usage", ProductionUsage)

    def set_up(self, config: ManufacturingConfig, house: Warehouse, draws: Draws) -> None:
        """Where the work is done, how long it takes, and how usage and yield vary."""
        self.house = house
        self._days = draws.gamma_quantiles("production/days", config.making_days.value, 0.3)
        self._noise, self._spoiled = config.usage_noise.value, config.spoiled.value

    def needs(self, sku: int, units: int) -> list[tuple[int, int]]:
        """Component and units that making `units` of a product really takes, wastage included."""
        return [
            (part.component, part.quantity * units + ratio(part.quantity * units, part.wastage_percent, 100))
            for part in self.recipes[sku]
        ]  # fmt: skip

    def can_start(self, needs: list[tuple[int, int]]) -> bool:
        """Whether the shelf holds the components, with one unit to spare for each."""
        return self.house is not None and all(self.house.shelf[sku] > units for sku, units in needs)

    def start(self, assembly: int, sku: int, units: int, needs: list[tuple[int, int]], now: int, day: int) -> None:
        """Take components for a batch: those of the recipe, and one more or one fewer where it turns out so."""
        house, draw = self._place(), self._draw
        self._lots += 1
        made = units - int(units > 1 and draw.happens(self._spoiled, assembly, 1))
        batch = Batch(assembly, _LOT | self._lots, sku, units, made)
        issue, spoilage = (keys.document(assembly, kind) for kind in (keys.ISSUE, keys.SPOILAGE))
        for n, (component, wanted) in enumerate(needs):
            house.happened(h.ISSUED, now, issue, component, wanted)
            more = self.uses_more(issue + n)
            if more > 0:
                house.happened(h.LOST, now, spoilage, component, more)
            elif more < 0:
                house.happened(h.FOUND, now, spoilage, component, -more)
            house.shelf[component] -= wanted + more
            self.usage.add((batch.lot, component, wanted + more, now))
        due = self._calendar.workday_from(day + max(1, draw.quantile(self._days, assembly)))
        self._due.setdefault(due, []).append(batch)

    def finish(self, day: int, now: int, work_cost: dict[int, int]) -> None:
        """Batches due come off the bench; `work_cost`: the agreed cost of work on one unit, by assembly."""
        house = self._place()
        for batch in self._due.pop(day, ()):
            completion, issue = (keys.document(batch.assembly, kind) for kind in (keys.COMPLETION, keys.ISSUE))
            house.happened(h.MADE, now, completion, batch.sku, batch.made, work_cost[batch.assembly], about=issue)
            batch.finished = now
            self.log.add((batch.lot, batch.sku, batch.made, now))
            self.done.append(batch)

    def put_away(self, batch: Batch) -> None:
        """Put a finished batch on the shelf."""
        self._place().shelf[batch.sku] += batch.made

    def take_apart(self, document: int, sku: int, units: int, now: int) -> None:
        """Take units of a product apart."""
        house = self._place()
        for part in self.recipes[sku]:
            recovered = part.quantity * units
            house.happened(h.RECOVERED, now, document, part.component, recovered, part.weight)
            house.shelf[part.component] += recovered
        house.happened(h.TAKEN_APART, now, document, sku, units)
        house.shelf[sku] -= units

    def tables(self) -> list[Rows[Any]]:
        """The papers of the workshop."""
        return [self.log, self.usage]

    def _place(self) -> Warehouse:
        if self.house is None:
            raise ValueError("there is no workshop")
        return self.house

    def _more(self, key: int) -> int:
        """Units used beyond the recipe: one more or one fewer, equally often."""
        if not self._draw.happens(self._noise, key, 2):
            return 0
        return 1 if self._draw.uniform(key, 3) < 0.5 else -1
