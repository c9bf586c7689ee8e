"""The van between the business's own places: goods leave a shelf, travel some days, and arrive, now and then short or damaged.

Knows shelves and days; nothing of any record of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import keys
from ..clock import Calendar
from ..draws import Draws
from ..profile import TransferConfig
from ..schema import Consignment as ConsignmentRow
from ..schema import ConsignmentReceipt
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import Warehouse
from .happenings import Happenings

_DOCKET = number_prefix("BT-")


class Consignment:
    """Goods on their way from one place to another."""

    __slots__ = ("arrival", "arrived", "damaged", "departure", "destination", "docket", "lines", "missing", "source")

    def __init__(
        self, departure: int, arrival: int, source: Warehouse, destination: Warehouse, lines: list[tuple[int, int]], docket: int
    ) -> None:
        self.departure, self.arrival, self.docket = departure, arrival, docket
        """Keys under which a correctly run system records that it is sent and that it has arrived; its own paper."""
        self.source, self.destination = source, destination
        self.lines = lines
        """Product and units loaded."""
        self.missing: list[tuple[int, int]] = []
        """Line and product of which one unit was not there on arrival."""
        self.damaged: list[tuple[int, int]] = []
        """Line and product of which one unit came damaged and is thrown away."""
        self.arrived = -1
        """The minute of its arrival."""


class Transport:
    """All consignments between own places."""

    __slots__ = ("_calendar", "_days", "_draw", "_due", "_happenings", "_number", "bay", "consignments", "damaged", "delays",
                 "receipts", "short")  # fmt: skip

    def __init__(self, calendar: Calendar, draws: Draws, happenings: Happenings) -> None:
        self._calendar, self._happenings = calendar, happenings
        self._draw = draws.stream("transport/fate")
        self._days = [1]
        self.delays: Callable[[int, int], int] = lambda departure, day: 0
        """(departure key, day) -> further days that goods travel."""
        self.short = self.damaged = 0.0
        """How often a line arrives with a unit missing, or with a damaged one."""
        self._due: dict[int, list[Consignment]] = {}
        self._number = 0
        self.bay: list[Consignment] = []
        """Consignments that have arrived and that nobody has booked in."""
        self.consignments: Rows[ConsignmentRow] = Rows("operations/consignments", ConsignmentRow)
        self.receipts: Rows[ConsignmentReceipt] = Rows("operations/consignment_receipts", ConsignmentReceipt)

    def set_up(self, config: TransferConfig, draws: Draws) -> None:
        """How long goods travel and what happens to them on the way."""
        self._days = draws.gamma_quantiles("transport/days", config.travel_days.value, 0.4)
        self.short, self.damaged = config.short.value, config.damaged.value

    def load(
        self, departure: int, arrival: int, source: Warehouse, destination: Warehouse, lines: list[tuple[int, int]],
        number: int, now: int, day: int,
    ) -> None:  # fmt: skip
        """Goods leave the shelf; `number` is the transfer's, as it stands on the docket."""
        self._number += 1
        consignment = Consignment(departure, arrival, source, destination, lines, _DOCKET | self._number)
        for n, (sku, units) in enumerate(lines):
            source.shelf[sku] -= units
            source.happened(h.SENT_ON, now, departure, sku, units)
            self.consignments.add((consignment.docket, n, number, source.place, destination.place, sku, units, now))
        days = self._draw.quantile(self._days, departure) if len(self._days) > 1 else self._days[0]
        days += self.delays(departure, day)
        self._due.setdefault(self._calendar.workday_from(day + max(1, days)), []).append(consignment)

    @staticmethod
    def put_away(consignment: Consignment) -> None:
        """Put on the shelf what is there and whole."""
        shelf = consignment.destination.shelf
        for sku, units in consignment.lines:
            shelf[sku] += units
        for _, sku in (*consignment.missing, *consignment.damaged):
            shelf[sku] -= 1

    def arrive(self, day: int, now: int) -> None:
        """What is due reaches its destination."""
        for consignment in self._due.pop(day, ()):
            self._unload(consignment, now)
            self.bay.append(consignment)

    def under_way(self) -> list[Consignment]:
        """All consignments that have not arrived."""
        return [consignment for due in self._due.values() for consignment in due]

    def tables(self) -> list[Rows[Any]]:
        """The papers of transport."""
        return [self.consignments, self.receipts]

    def _unload(self, consignment: Consignment, now: int) -> None:
        house, draw, arrival = consignment.destination, self._draw, consignment.arrival
        consignment.arrived = now
        for n, (sku, units) in enumerate(consignment.lines):
            house.happened(h.ARRIVED, now, arrival, sku, units, about=consignment.departure)
            missing = int(draw.happens(self.short, arrival + n, 1))
            damaged = int(units > missing and draw.happens(self.damaged, arrival + n, 2))
            if missing:
                consignment.missing.append((n, sku))
                house.happened(h.LOST, now, keys.document(arrival, keys.ADJUST, n), sku, 1)
            if damaged:
                consignment.damaged.append((n, sku))
                house.happened(h.THROWN_AWAY, now, keys.document(arrival, keys.WRITE_OFF, n), sku, 1)
            self.receipts.add((consignment.docket, n, sku, units - missing - damaged, damaged, now))
