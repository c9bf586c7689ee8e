"""The stock sub-ledger of one location: units, cost layers, the stock card, and what is promised or expected."""

from __future__ import annotations

from collections import deque
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
from .costing import Layer, Slice, revalue, take, value_of
from .postings import Pair

_JOURNAL = RECORD_TYPE["Manual journals"]
_COMPLETED = STATUS["COMPLETED"]
_ADJUSTMENT, _STOCKTAKE = MOVEMENT_TYPE["Adjustment"], MOVEMENT_TYPE["Stocktake"]
_COST_CHANGE = {
    MOVEMENT_TYPE["Purchase"]: MOVEMENT_TYPE["Purchase Cost Change"],
    MOVEMENT_TYPE["Restock"]: MOVEMENT_TYPE["Restock Cost Change"],
}
_SOLD_CHANGE = MOVEMENT_TYPE["Sale COGS Change"]
_SALE, _RESTOCK, _PURCHASE = MOVEMENT_TYPE["Sale"], MOVEMENT_TYPE["Restock"], MOVEMENT_TYPE["Purchase"]
_ADJUSTMENT_TEXT, _STOCKTAKE_TEXT = number_prefix("Stock adjustment SA-"), number_prefix("Stocktake ST-")


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
                 "touched")  # fmt: skip

    def __init__(self, books: Books, tables: StockTables, products: int, location: int) -> None:
        self._books, self._tables, self.location = books, tables, location
        self.movements = tables.movements
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
            add((part.key, now, day, sku, location, account, kind, -part.quantity, -part.value, document, -1))
        return slices

    def change_cost(self, sku: int, layer: Layer, cents: int, key: int, now: int, day: int) -> tuple[int, list[Pair]]:
        """Change the cost of all that came in with `layer`; movements are keyed from `key`.

        Returns the next free movement key, and the pairs for the share of units that have left.
        """
        accounts, add = self._books.accounts, self.movements.add
        document = keys.document_of(key)
        left: dict[int, int] = {}
        for change in revalue(layer, cents):
            kind = _COST_CHANGE[_RESTOCK if change.layer.origin is not None else _PURCHASE]
            add((key, now, day, sku, self.location, accounts.inventory, kind, 0, change.cents, document,
                change.layer.key))  # fmt: skip
            key += 1
            if change.slice is not None:
                add((key, now, day, sku, self.location, accounts.inventory, _SOLD_CHANGE, 0, -change.cents,
                document, change.slice.key))  # fmt: skip
                key += 1
                left[change.slice.use] = left.get(change.slice.use, 0) + change.cents
            if change.layer.origin is not None:
                # The unit came back: whoever bore its cost no longer does.
                use = change.layer.origin.use
                left[use] = left.get(use, 0) - change.cents
        pairs = [pair for use, total in left.items() for pair in postings.borne_elsewhere(accounts, use, total)]
        return key, pairs

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
