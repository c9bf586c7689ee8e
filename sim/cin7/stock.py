"""The stock sub-ledger of one location: units, cost layers, the stock card, and what is promised or expected."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from .. import keys
from ..money import extend
from ..schema import (
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    Availability,
    Movement,
    ReconcilingItem,
    StockAdjustment,
    StocktakeLine,
)
from ..tables import Rows, number_prefix
from . import postings
from .books import Books, Document
from .costing import Layer, Slice, revalue, take, take_from, value_of

_JOURNAL = RECORD_TYPE["Manual journals"]
_COMPLETED = STATUS["COMPLETED"]
_ADJUSTMENT, _STOCKTAKE = MOVEMENT_TYPE["Adjustment"], MOVEMENT_TYPE["Stocktake"]
_COST_CHANGE = {
    MOVEMENT_TYPE["Purchase"]: MOVEMENT_TYPE["Purchase Cost Change"],
    MOVEMENT_TYPE["Restock"]: MOVEMENT_TYPE["Restock Cost Change"],
}
_SOLD_CHANGE = MOVEMENT_TYPE["Sale COGS Change"]
_SALE, _RESTOCK, _PURCHASE = MOVEMENT_TYPE["Sale"], MOVEMENT_TYPE["Restock"], MOVEMENT_TYPE["Purchase"]
_UNSTOCK = MOVEMENT_TYPE["Unstock"]
_ADJUSTMENT_TEXT, _STOCKTAKE_TEXT = number_prefix("Stock adjustment SA-"), number_prefix("Stocktake ST-")

Borne = tuple[int, int, int]
"""What units that have left cost more: the day they left, the account that bears it, cents."""


class StockTables:
    """What all locations write into, and the numbers they share."""

    __slots__ = ("adjustments", "availability", "movements", "numbers", "reconciling_items", "stocktakes")

    def __init__(self) -> None:
        self.movements: Rows[Movement] = Rows("cin7/inventory_movements", Movement)
        self.adjustments: Rows[StockAdjustment] = Rows("cin7/stock_adjustments", StockAdjustment)
        self.stocktakes: Rows[StocktakeLine] = Rows("cin7/stocktakes", StocktakeLine)
        self.availability: Rows[Availability] = Rows("cin7/availability", Availability)
        self.reconciling_items: Rows[ReconcilingItem] = Rows("cin7/reconciling_items", ReconcilingItem)
        self.numbers = 0
        """Adjustments and stocktakes so far."""

    def all(self) -> list[Rows[Any]]:
        """All tables of the stock sub-ledger."""
        return [self.movements, self.adjustments, self.stocktakes, self.availability, self.reconciling_items]


class Stock:
    """Stock of one location by product code."""

    __slots__ = ("_books", "_tables", "allocated", "layers", "location", "movements", "on_hand", "on_order", "packed",
                 "reconciling_items", "touched")  # fmt: skip

    def __init__(self, books: Books, tables: StockTables, products: int, location: int) -> None:
        self._books, self._tables, self.location = books, tables, location
        self.movements = tables.movements
        self.reconciling_items = tables.reconciling_items
        self.on_hand = [0] * products
        self.allocated = [0] * products
        self.on_order = [0] * products
        self.packed = [0] * products
        """Units packed and, for Cin7, not shipped: on hand, but not on the shelf."""
        self.layers: list[deque[Layer]] = [deque() for _ in range(products)]
        self.touched: list[int] = []
        """Products whose availability changed since somebody last looked."""

    def available(self, sku: int) -> int:
        """Units on hand that are not promised."""
        return self.on_hand[sku] - self.allocated[sku]

    def move_in(
        self, sku: int, quantity: int, value: int, key: int, kind: int, now: int, day: int, origin: Slice | None = None
    ) -> Layer:
        """Units come in as a new layer whose movement is `key`."""
        layer = Layer(key, quantity, value, origin)
        self.layers[sku].append(layer)
        self.on_hand[sku] += quantity
        self.touched.append(sku)
        source = -1 if origin is None else origin.key
        self.movements.add((key, now, day, sku, self.location, self._books.accounts.inventory, kind, quantity, value,
                keys.document_of(key), source))  # fmt: skip
        return layer

    def move_out(self, sku: int, quantity: int, key: int, kind: int, use: int, now: int, day: int) -> list[Slice]:
        """Units leave, first in first out; movements are keyed `key`, `key` + 1, ... `use` is the account that pays."""
        slices = take(self.layers[sku], quantity, key, use)
        self.on_hand[sku] -= quantity
        self.touched.append(sku)
        document, account, location = keys.document_of(key), self._books.accounts.inventory, self.location
        add = self.movements.add
        for part in slices:
            part.day = day
            add((part.key, now, day, sku, location, account, kind, -part.quantity, -part.value, document, -1))
        return slices

    def give_back(self, sku: int, layer: Layer, quantity: int, key: int, use: int, now: int, day: int) -> Slice:
        """Units of one layer go back to the supplier; `use` is the account that pays what he does not credit."""
        part = take_from(self.layers[sku], layer, quantity, key, use)
        part.day = day
        self._take_off(sku, quantity, part.value, key, _UNSTOCK, now, day, -1)
        return part

    def undo_in(self, sku: int, layer: Layer, key: int, now: int, day: int) -> None:
        """Take back a whole layer that never should have come in. Raises ValueError when some of it has left."""
        if layer.slices:
            raise ValueError("units of the layer have left")
        self.layers[sku].remove(layer)
        self._take_off(sku, layer.quantity, layer.value, key, _PURCHASE, now, day, layer.key)

    def _take_off(self, sku: int, quantity: int, value: int, key: int, kind: int, now: int, day: int, source: int) -> None:
        self.on_hand[sku] -= quantity
        self.touched.append(sku)
        self.movements.add((key, now, day, sku, self.location, self._books.accounts.inventory, kind, -quantity, -value,
                            keys.document_of(key), source))  # fmt: skip

    def change_cost(
        self, sku: int, layer: Layer, cents: int, key: int, document: int, now: int, day: int, sold_on: Callable[[int], int]
    ) -> tuple[int, list[Borne]]:
        """Change the cost of all that came in with `layer`; movements of `document` are keyed from `key`.

        What is here changes on `day`; what left on some day changes on `sold_on` of it. Returns the next free movement
        key, and what units that have left cost more: the day they left, the account that bears it, cents.
        """
        account, add = self._books.accounts.inventory, self.movements.add
        borne: list[Borne] = []
        for change in revalue(layer, cents):
            origin, part = change.layer.origin, change.slice
            kind = _COST_CHANGE[_RESTOCK if origin is not None else _PURCHASE]
            add((key, now, day, sku, self.location, account, kind, 0, change.cents, document, change.layer.key))
            key += 1
            if part is not None:
                add((key, now, sold_on(part.day), sku, self.location, account, _SOLD_CHANGE, 0, -change.cents, document,
                     part.key))  # fmt: skip
                key += 1
                borne.append((part.day, part.use, change.cents))
            if origin is not None:
                # The unit came back: whoever bore its cost no longer does.
                borne.append((origin.day, origin.use, -change.cents))
        return key, borne

    def adjust(self, sku: int, quantity: int, key: int, reason: int, user: int, now: int, day: int) -> bool:
        """Add or take away units, the difference going to the discrepancy account. False when the date is closed."""
        books = self._books
        if day < books.lock_date:
            return False
        cost, _ = self._correct(sku, quantity, key, _ADJUSTMENT, now, day)
        self._tables.adjustments.add((key, 0, sku, self.location, quantity, books.accounts.discrepancy, reason, user, now))
        kind, task = DOCUMENT_TYPE["Stock Adjustment"], TRANSACTION_TYPE["StockAdjustment"]
        self._finish(key, kind, task, _ADJUSTMENT_TEXT, cost, now, day)
        return True

    def stocktake(self, key: int, lines: list[tuple[int, int, int]], now: int, day: int) -> bool:
        """Complete a stocktake and book what differs. `lines`: product, units expected, units counted."""
        if day < self._books.lock_date:
            return False
        cost, movement = 0, key
        for n, (sku, expected, counted) in enumerate(lines):
            self._tables.stocktakes.add((key, n, sku, self.location, expected, counted, now))
            if counted != expected:
                line_cost, movement = self._correct(sku, counted - expected, movement, _STOCKTAKE, now, day)
                cost += line_cost
        self._finish(key, DOCUMENT_TYPE["Stocktake"], TRANSACTION_TYPE["StockTake"], _STOCKTAKE_TEXT, cost, now, day)
        return True

    def _correct(self, sku: int, quantity: int, key: int, kind: int, now: int, day: int) -> tuple[int, int]:
        """Move units in or out; return their cost (gains are negative) and the next free movement key."""
        if quantity < 0:
            taken = self.move_out(sku, -quantity, key, kind, self._books.accounts.discrepancy, now, day)
            return sum(part.value for part in taken), key + len(taken)
        value = self.cost_of_found(sku, quantity)
        self.move_in(sku, quantity, value, key, kind, now, day)
        return -value, key + 1

    def _finish(self, key: int, document_type: int, task: int, text: int, cost: int, now: int, day: int) -> None:
        self._tables.numbers += 1
        self._books.statuses.change(key, document_type, _COMPLETED, now)
        pairs = postings.stock_lost(self._books.accounts, cost)
        if pairs:
            self._books.post(Document(key, _JOURNAL, task, day, now, pairs, text | self._tables.numbers))

    def cost_of_found(self, sku: int, quantity: int) -> int:
        """What found units are worth: the average cost of those on the books, else nothing (a person would ask)."""
        layers = self.layers[sku]
        held = sum(layer.quantity for layer in layers)
        return extend(quantity, value_of(layers) * 100 // held) if held else 0

    def open_with(self, quantities: list[int], unit_costs: list[int], key: int, now: int, day: int) -> None:
        """Take over opening stock: movements, and one document against opening equity."""
        total = 0
        for sku, quantity in enumerate(quantities):
            if quantity:
                value = extend(quantity, unit_costs[sku])
                self.move_in(sku, quantity, value, key + sku, _ADJUSTMENT, now, day)
                total += value
        books = self._books
        text = books.lexicon.text("Opening stock")
        pairs = postings.opening_stock(books.accounts, total)
        books.post(Document(key, _JOURNAL, TRANSACTION_TYPE["Journal"], day, now, pairs, text))

    def snapshot(self, month_end: int) -> None:
        """Record availability as of this evening."""
        add = self._tables.availability.add
        for sku, on_hand in enumerate(self.on_hand):
            allocated = self.allocated[sku]
            add((month_end, sku, self.location, on_hand, allocated, on_hand - allocated, self.on_order[sku], 0,
                value_of(self.layers[sku])))  # fmt: skip
