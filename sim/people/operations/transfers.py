"""Who moves goods between the business's own locations: plans, loads, books in, and reports what came short or damaged.

Goods go along routes: one kind keeps a destination supplied, the other clears what lies at a source. A transfer is drafted
in the morning and leaves in the afternoon with what is really on the shelf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.stock import Stock
from ...cin7.transfers import NUMBER, Transfer
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.goods_in import enter_consignment
from ...operations.goods import Warehouse
from ...operations.third_party import Move, ThirdParty
from ...operations.transport import Transport
from ...operations.world import Operations
from ...profile import TransferConfig
from .policies import WorkPolicies

Column = np.typing.NDArray[np.int64]
Place = tuple[Warehouse, Stock]
"""What is really there, and what Cin7 says."""
_BOOK_IN, _PLAN, _LOAD = 9 * 60 + 20, 11 * 60 + 5, 14 * 60 + 20
FIRST_WAKE = _BOOK_IN
"""Minute of the first day at which the desk begins."""
_LINES_MAX = 60
"""Lines a transfer has at most: one page of a docket (assumption)."""


class Route:
    """A way goods go, with what the one end is to hold of each product: at least, at most."""

    __slots__ = ("_fills", "_kept", "_least", "_most", "_skus", "destination", "source")

    def __init__(
        self, source: Place, destination: Place, levels: dict[int, tuple[int, int]], kept: dict[int, int], *, fills: bool
    ) -> None:
        """`kept`: units of each product that stay at the source.

        Where the route `fills`, levels are the destination's, which is filled up to them; else the source's, which is
        cleared down to them.
        """
        self.source, self.destination, self._fills = source, destination, fills
        self._skus = np.array(list(levels), np.int64)
        self._least, self._most = np.array(list(levels.values()), np.int64).reshape(-1, 2).T
        self._kept = np.array([kept[sku] for sku in levels], np.int64)

    def wanted(self) -> list[tuple[int, int]]:
        """Product and units to send now, as far as the records know."""
        stock, other, skus = self.source[1], self.destination[1], self._skus
        # Every product is looked at and few are sent: columns rather than a loop.
        units = _column(stock.on_hand, skus) - _column(stock.allocated, skus) - self._kept
        if self._fills:
            there = _column(other.on_hand, skus) - _column(other.allocated, skus) + _column(other.incoming, skus)
            units = np.where(there <= self._least, np.minimum(units, self._most - there), 0)
        else:
            units -= self._most
        wanted = np.flatnonzero(units > 0)[:_LINES_MAX]
        return list(zip(skus[wanted].tolist(), units[wanted].tolist(), strict=True))


def _column(values: Sequence[int], skus: Column) -> Column:
    return np.array(values, np.int64)[skus]


class TransferDesk:
    """Plans, sends and books in the transfers of all routes."""

    __slots__ = ("_calendar", "_cin7", "_drafts", "_late", "_late_rate", "_operations", "_policies", "_routes",
                 "_third_parties", "_transport", "rank", "user")  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, routes: list[Route], config: TransferConfig, policies: WorkPolicies,
        user: int, draws: Draws, third_parties: Mapping[int, ThirdParty],
    ) -> None:  # fmt: skip
        """`third_parties`: who runs a place, where others do; they load themselves and tell by file."""
        self._policies = policies
        self._third_parties = third_parties
        for route in routes:
            if route.source[0].place in third_parties:
                third_parties[route.source[0].place].sends_on = True
        self.rank = 33
        self._operations, self._cin7, self._routes, self.user = operations, cin7, routes, user
        self._calendar: Calendar = operations.calendar
        self._transport: Transport = operations.transport
        self._late, self._late_rate = draws.stream("work/transfers"), config.late_entry.value
        self._drafts: list[tuple[Route, Transfer]] = []

    def wake(self, now: int) -> int | None:
        """Book in, plan, load."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _BOOK_IN:
                self._book_in(day, now)
                return day * DAY + _PLAN
            if minute == _PLAN:
                self._plan(day, now)
                return day * DAY + _LOAD
            self._load(day, now)
        return self._calendar.workday_from(day + 1) * DAY + _BOOK_IN

    # -- sending ----------------------------------------------------------------------------------------------

    def _plan(self, day: int, now: int) -> None:
        for n, route in enumerate(self._routes):
            if route.source[1].blocked or route.destination[1].blocked:
                continue  # a stocktake: wait for its end
            if self._waits_for_word(route):
                continue
            lines = route.wanted()
            if lines:
                self._drafts.append((route, self._draft(route, day << 7 | n << 1, lines, now, day)))

    def _waits_for_word(self, route: Route) -> bool:
        """Whether a third party has not told what became of the last transfer from there."""
        drafts = self._cin7.transfers.drafts.values()
        return route.source[0].place in self._third_parties and any(
            draft.source is route.source[1] and draft.destination is route.destination[1] for draft in drafts
        )

    def _draft(self, route: Route, identity: int, lines: list[tuple[int, int]], now: int, day: int) -> Transfer:
        stocks, required = (route.source[1], route.destination[1]), self._calendar.add_workdays(day, 2)
        return self._cin7.transfers.draft(keys.root(keys.TRANSFER, identity), *stocks, lines, required, now, day)

    def _load(self, day: int, now: int) -> None:
        """Send what is drafted. What is no longer there, on the screen or on the shelf, is left out of a new draft."""
        transfers = self._cin7.transfers
        for route, transfer in self._drafts:
            (house, stock), (there, _) = route.source, route.destination
            if house.place in self._third_parties:
                move = Move(transfer.key, transfer.lines, there, NUMBER | transfer.number)
                self._third_parties[house.place].move(move)
                continue
            found = [(sku, min(units, stock.available(sku), house.shelf[sku])) for sku, units in transfer.lines]
            lines, leaves = [(sku, units) for sku, units in found if units > 0], transfer
            if lines != transfer.lines:
                transfers.void(transfer, now)
                if not lines:
                    continue
                leaves = self._draft(route, keys.identity_of(transfer.key) | 1, lines, now, day)
            if transfers.send(leaves, now, day):
                number = NUMBER | leaves.number
                self._transport.load(leaves.key, leaves.arrival, house, there, lines, number, now, day)
            else:
                transfers.void(leaves, now)
        self._drafts.clear()

    # -- receiving --------------------------------------------------------------------------------------------

    def _book_in(self, day: int, now: int) -> None:
        bay, waiting = self._transport.bay, []
        for consignment in bay:
            theirs = consignment.destination.kind == "third_party"  # they tell by file what they have taken in
            late = consignment.arrived // DAY == day and self._late.happens(self._late_rate, consignment.arrival)
            if not (theirs or late or self._policies.books_in_transfer(consignment.arrival, day)):
                Transport.put_away(consignment)
            elif theirs or late or not enter_consignment(self._cin7, consignment, self._operations.lexicon, self.user, now):
                waiting.append(consignment)
            else:
                Transport.put_away(consignment)
        bay[:] = waiting
