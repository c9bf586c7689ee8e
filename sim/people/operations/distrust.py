"""What people of the operational workflow notice, and what they do when they no longer believe the screen.

Pickers check twice, whoever leads the warehouse counts privately and makes the record agree, the buyer orders from an own
sheet. None of them knows, or asks, where a difference comes from.
"""

from __future__ import annotations

from collections.abc import Sequence

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.stock import Stock
from ...clock import DAY
from ...draws import Draws
from ...operations.goods import Warehouse as House
from ...operations.world import Operations
from ..staff import Count, Person, Team
from .buying import Buyer
from .warehouse import Warehouse

_BILL_DAYS = 10
"""Whoever waits longer to enter a bill, because nobody has received the goods, asks what is wrong (assumption)."""
_ORDER_DAYS = 14
"""A customer whose order is still not there after so many days complains (assumption)."""
_PRIVATE = 1 << 31
"""Marks the identity of what a private count corrects, apart from everything else that is adjusted."""
_COUNTED_MAX = 12
"""Products that somebody counts privately in a week: those that are furthest out (assumption)."""
_REASONS = ("recount", "to match shelf", "count", "checked")


class Floor:
    """Notices and reactions in the warehouses, in buying and at the customers' desk."""

    __slots__ = ("_buyer", "_cin7", "_draw", "_operations", "_places", "_team", "_warehouses")

    def __init__(
        self, team: Team, operations: Operations, cin7: Cin7Core, warehouses: Sequence[Warehouse], buyer: Buyer, draws: Draws
    ) -> None:
        self._team, self._operations, self._cin7 = team, operations, cin7
        self._warehouses, self._buyer = warehouses, buyer
        self._draw = draws.stream("people/floor")
        by_stock = dict(zip(map(id, cin7.stocks), operations.houses, strict=True))
        self._places: list[tuple[House, Stock]] = [(by_stock[id(each.stock)], each.stock) for each in warehouses]
        team.flows["short_pick"] = lambda: (sum(each.short_picks for each in warehouses), self._picks())
        team.flows["count_gap"] = lambda: _counted(warehouses)
        team.states["late_order"] = self._late_orders
        team.states["overdue_purchase"] = buyer.missed
        team.states["unmatched_bill"] = self._unmatched
        team.reactions["picker"] = [self._check_twice]
        team.reactions["warehouse_lead"] = [self._check_twice, self._count_privately]
        team.reactions["buyer"] = [self._keep_sheet]

    # -- noticing -----------------------------------------------------------------------------------------------

    def _picks(self) -> int:
        return self._cin7.sales.sales.recorded

    def _late_orders(self, day: int) -> Count:
        """Orders that have waited long for goods, and all that wait. Who buys on account takes rests as they come."""
        waiting = [each for each in self._cin7.sales.backorders.values() if not each.sale.terms.days]
        orders = [self._operations.order(fulfilment.sale.order_key) for fulfilment in waiting]
        return sum(order is not None and order.placed < (day - _ORDER_DAYS) * DAY for order in orders), len(orders)

    def _unmatched(self, day: int) -> Count:
        """Bills for goods that nobody has received, as Cin7 shows it."""
        received = self._cin7.purchasing.has_received
        waiting = [bill for bill in self._operations.suppliers.mail if bill.receipt_key >= 0 and bill.date < day - _BILL_DAYS]
        return sum(not received(bill.receipt_key) for bill in waiting), 0

    # -- reacting -----------------------------------------------------------------------------------------------

    def _check_twice(self, person: Person, now: int) -> None:
        """Put some picks off to the next day; that is what checking costs."""
        del person, now
        share = self._team.config.checked_twice.value
        checks = self._draw.chance(share) if self._team.distrusted_by("picker", "warehouse_lead") and share else None
        for warehouse in self._warehouses:
            warehouse.checks_twice = checks

    def _count_privately(self, person: Person, now: int) -> None:
        """Count what seems most out, and adjust so that the record agrees, with any reason."""
        if not person.distrusts or "stock_adjustment" not in person.config.habits:
            return
        day = now // DAY
        for index, (house, stock) in enumerate(self._places):
            if stock.blocked or day < self._cin7.books.lock_date:
                continue
            unstocked = self._cin7.catalogue.unstocked
            out = [(house.shelf[sku] - stock.on_hand[sku] + stock.packed[sku], sku) for sku in range(len(house.shelf))
                   if sku not in unstocked]  # fmt: skip
            out = sorted((each for each in out if each[0]), key=lambda each: (-abs(each[0]), each[1]))[:_COUNTED_MAX]
            for difference, sku in out:
                key = keys.document(keys.root(keys.ADJUSTMENT, _PRIVATE | day << 15 | index << 12 | sku), keys.ADJUST)
                text = self._operations.lexicon.text(_REASONS[self._draw.between(0, len(_REASONS) - 1, key)])
                before = self._worth(stock, sku)
                if stock.adjust(sku, difference, key, text, person.user, now, day):
                    cents = self._worth(stock, sku) - before
                    account = self._cin7.books.mapping.of[sku].inventory
                    self._team.note("stock_adjustment", person, now, key=key, account=account, gap=-cents, cents=cents)
            if out:
                self._cin7.sales.retry_backorders(stock, now)

    @staticmethod
    def _worth(stock: Stock, sku: int) -> int:
        return sum(layer.value for layer in stock.layers[sku])

    def _keep_sheet(self, person: Person, now: int) -> None:
        """Order earlier and more than the tools say; a sheet once begun is kept."""
        if person.distrusts and not self._buyer.padding and "spreadsheet" in person.config.habits:
            self._buyer.padding = self._team.config.padding.value
            self._team.note("spreadsheet", person, now)


def _counted(warehouses: Sequence[Warehouse]) -> Count:
    """Products counted that were far out, and all that were counted."""
    return sum(each.count_gaps for each in warehouses), sum(each.counted for each in warehouses)
