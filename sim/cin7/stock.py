"""The stock sub-ledger of one location: units, cost layers, the stock card, and what is promised or expected.

While a stocktake is open at a location it is `blocked`: Cin7 refuses receipts, transfers, write-offs, fulfilment and
adjustments there (source: Cin7 Core's stocktake article), as it refuses what is dated in a closed period.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

import numpy as np

from .. import keys
from ..clock import DAY
from ..money import extend
from ..schema import (
    COSTING,
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECONCILING_KIND,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    Availability,
    Batch,
    Fact,
    Movement,
    ReconcilingItem,
    StockAdjustment,
    StocktakeLine,
    Table,
    WriteOff,
)
from ..tables import Derived, Matrix, Rows, number_prefix
from . import postings
from .books import Books, Document
from .costing import NEVER, Layer, Slice, put_by_expiry, revalue, take, take_batch, take_from, value_of, worth_of_found
from .postings import Pair, merged
from .serials import PlaceOf, Serials, take_as_kept

_JOURNAL = RECORD_TYPE["Manual journals"]
_COMPLETED, _IN_PROGRESS = STATUS["COMPLETED"], STATUS["IN PROGRESS"]
_ADJUSTMENT, _STOCKTAKE = MOVEMENT_TYPE["Adjustment"], MOVEMENT_TYPE["Stocktake"]
_WRITE_OFF, _ADJUSTMENT_CHANGE = MOVEMENT_TYPE["Inventory Write-Off"], MOVEMENT_TYPE["Adjustment Cost Change"]
_CHANGE_IN = {
    keys.RESTOCK: MOVEMENT_TYPE["Restock Cost Change"], keys.ARRIVAL: MOVEMENT_TYPE["Transfer In Cost Change"],
    keys.COMPLETION: MOVEMENT_TYPE["Finished Goods Cost Change"], keys.DISMANTLED: MOVEMENT_TYPE["Disassembly Cost Change"],
    keys.SHIP_UNDO: MOVEMENT_TYPE["Sale COGS Change"],
}  # fmt: skip
"""How a cost change of units that came in is called, by the document that brought them; of a purchase otherwise."""
_CHANGE_OUT = {
    keys.DEPARTURE: MOVEMENT_TYPE["Transfer Out Cost Change"], keys.ISSUE: MOVEMENT_TYPE["Finished Goods Cost Change"],
    keys.DISMANTLED: MOVEMENT_TYPE["Disassembly Cost Change"],
    keys.WRITE_OFF: MOVEMENT_TYPE["Inventory Write-Off Cost Change"], keys.ADJUST: MOVEMENT_TYPE["Adjustment Cost Change"],
}  # fmt: skip
"""How a cost change of units that have left is called, by the document that took them; of a sale otherwise."""
_PURCHASE, _PURCHASE_CHANGE, _SOLD_CHANGE, _UNSTOCK = (
    MOVEMENT_TYPE[name] for name in ("Purchase", "Purchase Cost Change", "Sale COGS Change", "Unstock")
)
_STOCKTAKE_CHANGE = MOVEMENT_TYPE["Stocktake Cost Change"]
_ADJUSTMENT_TEXT, _STOCKTAKE_TEXT = number_prefix("Stock adjustment SA-"), number_prefix("Stocktake ST-")
_WRITE_OFF_TEXT = number_prefix("Inventory write-off WO-")
_FEFO, _BY_SERIAL, _BY_UNIT = (
    COSTING[name] for name in ("FEFO - Batch", "FIFO - Serial Number", "Special - Serial Number")
)
_ROWS_MAX = 3_000
"""An import that has made so many rows of the stock card stops: a document numbers its rows in 12 bits."""
_CARDS = 1 << 20
"""Stock cards are numbered by location and product; no catalogue has as many products."""

Borne = tuple[int, int, int, int]
"""What units that have left cost more: the day they left, their product, the account that bears it, cents."""


def _change_out(movement: int) -> int:
    """How a cost change of what left with `movement` is called."""
    if keys.kind_of(movement) == keys.COUNT:
        return _STOCKTAKE_CHANGE
    return _CHANGE_OUT.get(keys.document_kind_of(movement), _SOLD_CHANGE)


class _Departure(Fact):
    """Units that leave in the order of their layers, less what follows from the movement's key."""

    TABLE: ClassVar[Table] = Table("cin7/departures", ("movement",), "at")
    movement: int
    at: int
    day: int
    sku: int
    location: int
    account: int
    kind: int
    units: int
    cents: int


def _departures(rows: Matrix) -> Matrix:
    movements = np.empty((len(rows), 11), np.int64)
    movements[:, :7], movements[:, 7:9] = rows[:, :7], -rows[:, 7:]
    movements[:, 9], movements[:, 10] = rows[:, 0] & keys.DOCUMENT_MASK, keys.NONE
    return movements


class StockTables:
    """What all locations write into, and the numbers they share."""

    __slots__ = ("adjustments", "availability", "batches", "costing", "departures", "expiry", "latest", "movements", "numbers",
                 "reconciling_items", "serials", "stocktakes", "unstocked", "write_offs")  # fmt: skip

    def __init__(
        self, costing: list[int] | None = None, unstocked: AbstractSet[int] = frozenset(), place_of: PlaceOf | None = None
    ) -> None:
        """`costing`: each product's costing method; FIFO when there is no list. `unstocked`: products that never lie here.

        `place_of`: where units stand whose cost is their own.
        """
        self.costing, self.unstocked = costing or [], unstocked
        special = [sku for sku, method in enumerate(self.costing) if method == _BY_UNIT]
        by_serial = [sku for sku, method in enumerate(self.costing) if method == _BY_SERIAL]
        self.serials = Serials([*by_serial, *special], special, place_of)
        self.expiry: dict[int, int] = {}
        """The day on which each batch expires."""
        self.latest: dict[int, int] = {}
        """The latest batch of each product that is kept by batch."""
        self.departures: Rows[_Departure] = Rows("", _Departure)
        """What leaves, kept in short."""
        self.movements: Rows[Movement] = Derived(
            "cin7/inventory_movements", Movement, after=[(self.departures, _departures)]
        )
        self.adjustments: Rows[StockAdjustment] = Rows("cin7/stock_adjustments", StockAdjustment)
        self.stocktakes: Rows[StocktakeLine] = Rows("cin7/stocktakes", StocktakeLine)
        self.availability: Rows[Availability] = Rows("cin7/availability", Availability)
        self.reconciling_items: Rows[ReconcilingItem] = Rows("cin7/reconciling_items", ReconcilingItem)
        self.write_offs: Rows[WriteOff] = Rows("cin7/inventory_write_offs", WriteOff)
        self.batches: Rows[Batch] = Rows("cin7/batches", Batch)
        self.numbers = 0
        """Adjustments, stocktakes and write-offs so far."""

    def all(self) -> list[Rows[Any]]:
        """All tables of the stock sub-ledger."""
        return [
            self.movements, self.adjustments, self.stocktakes, self.availability, self.reconciling_items, self.write_offs,
            self.batches, self.serials.table,
        ]  # fmt: skip


class Stock:
    """Stock of one location by product code."""

    __slots__ = ("_books", "_cards", "_of", "_serials", "_tables", "_take", "allocated", "blocked", "incoming", "layers",
                 "location", "movements", "on_hand", "on_order", "packed", "reconciling_items", "touched")  # fmt: skip

    def __init__(self, books: Books, tables: StockTables, products: int, location: int) -> None:
        self._books, self._tables, self.location = books, tables, location
        self._of, self._serials = books.mapping.of, tables.serials
        special = tables.serials.units.special
        self._take = take_as_kept if special else take
        self.movements = tables.movements
        self.reconciling_items = tables.reconciling_items
        self.on_hand = [0] * products
        self.allocated = [0] * products
        self.on_order = [0] * products
        self.incoming = [0] * products
        """Units on their way here from other locations."""
        self.packed = [0] * products
        """Units packed and, for Cin7, not shipped: on hand, but not on the shelf."""
        self.blocked = False
        """A stocktake is open here."""
        self._cards = location * _CARDS
        self.layers: list[deque[Layer]] = [
            tables.serials.units.shelf() if sku in special else deque() for sku in range(products)
        ]
        self.touched: list[int] = []
        """Products whose availability changed since somebody last looked."""

    def available(self, sku: int) -> int:
        """Units on hand that are not promised."""
        return self.on_hand[sku] - self.allocated[sku]

    def move_in(
        self, sku: int, quantity: int, value: int, key: int, kind: int, now: int, day: int, origin: Slice | None = None
    ) -> Layer:
        """Units come in as a new layer whose movement is `key`."""
        layer = Layer(key, quantity, value, origin, self._cards + sku)
        if origin is None:
            return self.put(layer, kind, now, day)
        self.put(layer, kind, now, day, origin.key)
        if origin.batch >= 0 and layer.batch < 0:
            self.name_batch(layer, origin.batch, self._tables.expiry[origin.batch], now)
        return layer

    def put(self, layer: Layer, kind: int, now: int, day: int, source: int = -1) -> Layer:
        """A layer made elsewhere comes onto the card it names; `source` is the movement whose cost it carries."""
        sku, key, quantity = layer.card - self._cards, layer.key, layer.quantity
        self.layers[sku].append(layer)
        if sku in self._serials.products:
            self._serials.arrive(layer, sku, now)
        self.on_hand[sku] += quantity
        self.touched.append(sku)
        self.movements.add((key, now, day, sku, self.location, self._of[sku].inventory, kind, quantity, layer.value,
                keys.document_of(key), source))  # fmt: skip
        return layer

    def card(self, sku: int) -> int:
        """The number of the stock card of a product here."""
        return self._cards + sku

    def name_batch(self, layer: Layer, batch: int, expiry: int, now: int) -> None:
        """Say of which batch a layer just put is, and when it expires (`NEVER`: it does not).

        Of a product whose cost goes by expiry, it moves to its place among what expires.
        """
        layer.batch, layer.expiry = batch, expiry
        sku, tables = layer.card - self._cards, self._tables
        tables.expiry[batch] = expiry
        tables.latest[sku] = max(batch, tables.latest.get(sku, -1))
        if tables.costing[sku] == _FEFO:
            self.layers[sku].remove(layer)
            put_by_expiry(self.layers[sku], layer)
        tables.batches.add((layer.key, sku, batch, expiry if expiry < NEVER else -1, now))

    def expired(self, day: int) -> list[tuple[int, int]]:
        """Product and units of what has expired before `day`, of what is taken by expiry."""
        found: list[tuple[int, int]] = []
        for sku in self._tables.latest:
            if self._tables.costing[sku] == _FEFO:
                units = sum(layer.quantity for layer in self.layers[sku] if layer.expiry < day)
                if units:
                    found.append((sku, units))
        return found

    def label_again(self, layer: Layer, now: int) -> None:
        """What turns up or is recovered without a label gets that of the latest batch, if its kind has any."""
        batch = self._tables.latest.get(layer.card - self._cards, -1)
        if batch >= 0:
            self.name_batch(layer, batch, self._tables.expiry[batch], now)

    def move_out(
        self, sku: int, quantity: int, key: int, kind: int, use: int, now: int, day: int, batch: int = -1
    ) -> list[Slice]:
        """Units leave in the order of their layers, or those of one batch; movements are keyed `key`, `key` + 1, ...

        `use` is the account that pays.
        """
        if batch < 0:
            slices = self._take(self.layers[sku], quantity, key, use)
        else:
            slices = take_batch(self.layers[sku], quantity, key, use, batch)
        if slices and slices[0].batch >= 0:
            self._note_batches(sku, slices, now)
        self.on_hand[sku] -= quantity
        self.touched.append(sku)
        account, location, add = self._of[sku].inventory, self.location, self._tables.departures.add
        for part in slices:
            part.day = day
            add((part.key, now, day, sku, location, account, kind, part.quantity, part.value))
        return slices

    def _note_batches(self, sku: int, slices: list[Slice], now: int) -> None:
        if sku in self._serials.products:
            self._serials.leave(slices, sku, now)
            return
        for part in slices:
            if part.batch >= 0:
                expiry = self._tables.expiry[part.batch]
                self._tables.batches.add((part.key, sku, part.batch, expiry if expiry < NEVER else -1, now))

    def give_back(
        self, sku: int, layer: Layer, quantity: int, key: int, use: int, now: int, day: int, kind: int = _UNSTOCK
    ) -> Slice:
        """Units of one layer go back to the supplier, or on to another place; `use` is the account that bears their cost."""
        part = take_from(self.layers[sku], layer, quantity, key, use)
        part.day = day
        self._take_off(sku, quantity, part.value, key, kind, now, day, -1)
        if part.batch >= 0:
            self._note_batches(sku, [part], now)
        return part

    def undo_in(self, sku: int, layer: Layer, key: int, now: int, day: int) -> None:
        """Take back a whole layer that never should have come in. Raises ValueError when some of it has left."""
        if layer.slices:
            raise ValueError("units of the layer have left")
        self.layers[sku].remove(layer)
        if sku in self._serials.products:
            self._serials.take_back(layer, key, sku, now)
        self._take_off(sku, layer.quantity, layer.value, key, _PURCHASE, now, day, layer.key)

    def take_back(self, sku: int, part: Slice, key: int, kind: int, now: int, day: int) -> int:
        """Undo that units left: they are the first to leave again. Returns their cost.

        Raises ValueError when some of them have become something else.
        """
        if part.became:
            raise ValueError("units of the slice have come back already")
        layers, value = self.layers[sku], part.value
        layer = Layer(key, part.quantity, value, part, self._cards + sku)
        place = 0
        if sku in self._serials.products:
            self._serials.arrive(layer, sku, now)
        elif part.batch >= 0:
            layer.batch, layer.expiry = part.batch, self._tables.expiry[part.batch]
            if self._tables.costing[sku] == _FEFO:
                place = sum(1 for other in layers if other.expiry < layer.expiry)
            expiry = layer.expiry if layer.expiry < NEVER else -1
            self._tables.batches.add((key, sku, part.batch, expiry, now))
        layers.insert(place, layer)
        self.on_hand[sku] += part.quantity
        self.touched.append(sku)
        self.movements.add((key, now, day, sku, self.location, self._of[sku].inventory, kind, part.quantity, value,
                            keys.document_of(key), part.key))  # fmt: skip
        return value

    def _take_off(self, sku: int, quantity: int, value: int, key: int, kind: int, now: int, day: int, source: int) -> None:
        self.on_hand[sku] -= quantity
        self.touched.append(sku)
        self.movements.add((key, now, day, sku, self.location, self._of[sku].inventory, kind, -quantity, -value,
                            keys.document_of(key), source))  # fmt: skip

    def change_cost(
        self, sku: int, layer: Layer, cents: int, key: int, document: int, now: int, day: int, sold_on: Callable[[int], int]
    ) -> tuple[int, list[Borne]]:
        """Change the cost of all that came in with `layer`; movements of `document` are keyed from `key`.

        What is here changes on `day`; what left on some day changes on `sold_on` of it. Returns the next free movement
        key, and what units that have left cost more: the day they left, their product, the account that bears it, cents.
        """
        add = self.movements.add
        borne: list[Borne] = []
        for change in revalue(layer, cents):
            location, of = (self.location, sku) if change.layer is layer else divmod(change.layer.card, _CARDS)
            origin, part, account = change.layer.origin, change.slice, self._of[of].inventory
            kind = _CHANGE_IN.get(keys.document_kind_of(change.layer.key), _PURCHASE_CHANGE)
            add((key, now, day, of, location, account, kind, 0, change.cents, document, change.layer.key))
            key += 1
            if part is not None:
                kind = _change_out(part.key)
                add((key, now, sold_on(part.day), of, location, account, kind, 0, -change.cents, document, part.key))
                key += 1
                borne.append((part.day, of, part.use, change.cents))
            if origin is not None:
                # The units came back, arrived or were made into something: who bore their cost no longer does.
                borne.append((origin.day, of, origin.use, -change.cents))
        return key, borne

    def adjust(self, sku: int, quantity: int, key: int, reason: int, user: int, now: int, day: int) -> bool:
        """Add or take away units, the difference going to the discrepancy account. False when date or place is closed."""
        books = self._books
        if day < books.lock_date or self.blocked:
            return False
        cost, _ = self._correct(sku, quantity, key, _ADJUSTMENT, now, day)
        self._tables.adjustments.add((key, 0, sku, self.location, quantity, books.accounts.discrepancy, reason, user, now))
        kind, task = DOCUMENT_TYPE["Stock Adjustment"], TRANSACTION_TYPE["StockAdjustment"]
        self._finish(key, kind, task, _ADJUSTMENT_TEXT, postings.stock_lost(self._of[sku], cost), now, day)
        return True

    def write_off(
        self, key: int, lines: list[tuple[int, int]], reason: int, user: int, now: int, day: int, batch: int = -1
    ) -> bool:
        """Throw units away, at the expense of the write-off account. `lines`: product, units.

        False when date or place is closed.
        """
        books = self._books
        if day < books.lock_date or self.blocked:
            return False
        accounts, movement = books.accounts, key
        pairs: list[Pair] = []
        for n, (sku, units) in enumerate(lines):
            taken = self.move_out(sku, units, movement, _WRITE_OFF, accounts.write_offs, now, day, batch)
            movement += len(taken)
            pairs += postings.written_off(self._of[sku], sum(part.value for part in taken))
            self._tables.write_offs.add((key, n, sku, self.location, units, accounts.write_offs, reason, user, now))
        kind, task = DOCUMENT_TYPE["Inventory Write-Off"], TRANSACTION_TYPE["InventoryWriteOff"]
        self._finish(key, kind, task, _WRITE_OFF_TEXT, merged(pairs), now, day)
        return True

    def open_stocktake(self, key: int, now: int) -> bool:
        """Begin a stocktake of the location, which blocks it until it is completed. False when one is open."""
        if self.blocked:
            return False
        self.blocked = True
        self._books.statuses.change(key, DOCUMENT_TYPE["Stocktake"], _IN_PROGRESS, now)
        return True

    def stocktake(self, key: int, lines: list[tuple[int, int, int]], now: int, day: int) -> bool:
        """Complete a stocktake and book what differs. `lines`: product, units expected, units counted.

        Ends the blockade if there is one. False when the date is closed.
        """
        if day < self._books.lock_date:
            return False
        self.blocked = False
        pairs: list[Pair] = []
        movement = key
        for n, (sku, expected, counted) in enumerate(lines):
            self._tables.stocktakes.add((key, n, sku, self.location, expected, counted, now))
            if counted != expected:
                cost, movement = self._correct(sku, counted - expected, movement, _STOCKTAKE, now, day)
                pairs += postings.stock_lost(self._of[sku], cost)
        task = TRANSACTION_TYPE["StockTake"]
        self._finish(key, DOCUMENT_TYPE["Stocktake"], task, _STOCKTAKE_TEXT, merged(pairs), now, day)
        return True

    def _correct(self, sku: int, quantity: int, key: int, kind: int, now: int, day: int) -> tuple[int, int]:
        """Move units in or out; return their cost (gains are negative) and the next free movement key."""
        if quantity < 0:
            taken = self.move_out(sku, -quantity, key, kind, self._books.accounts.discrepancy, now, day)
            return sum(part.value for part in taken), key + len(taken)
        value = worth_of_found(self.layers[sku], quantity)
        self.label_again(self.move_in(sku, quantity, value, key, kind, now, day), now)
        return -value, key + 1

    def _finish(
        self, key: int, document_type: int, task: int, text: int, pairs: tuple[Pair, ...], now: int, day: int
    ) -> None:
        self._tables.numbers += 1
        self._books.statuses.change(key, document_type, _COMPLETED, now)
        if pairs:
            self._books.post(Document(key, _JOURNAL, task, day, now, pairs, text | self._tables.numbers))

    def move_value(self, key: int, moves: list[tuple[int, int]], reason: int, user: int, now: int, day: int) -> bool:
        """Move the value of products between accounts, units staying as they are. `moves`: product, the account it lay in.

        To be done when a product gets another inventory account. False when date or place is closed.
        """
        books = self._books
        if day < books.lock_date or self.blocked:
            return False
        movement = key
        pairs: list[Pair] = []
        for n, (sku, old) in enumerate(moves):
            value, account = value_of(self.layers[sku]), self._of[sku].inventory
            if old == account or not value:
                continue
            for where, cents in ((old, -value), (account, value)):
                self.movements.add((movement, now, day, sku, self.location, where, _ADJUSTMENT_CHANGE, 0, cents, key, -1))
                movement += 1
            self._tables.adjustments.add((key, n, sku, self.location, 0, account, reason, user, now))
            pairs += postings.moved_between(old, account, value)
        kind, task = DOCUMENT_TYPE["Stock Adjustment"], TRANSACTION_TYPE["StockAdjustment"]
        self._finish(key, kind, task, _ADJUSTMENT_TEXT, merged(pairs), now, day)
        return True

    def open_with(self, quantities: list[int], unit_costs: list[int], key: int, now: int, day: int) -> None:
        """Take over opening stock: movements, and one document against opening equity."""
        values: list[Pair] = []
        for sku, quantity in enumerate(quantities):
            if quantity:
                value = extend(quantity, unit_costs[sku])
                self.move_in(sku, quantity, value, key + sku, _ADJUSTMENT, now, day)
                values += postings.opening_stock(self._of[sku], value)
        books, pairs = self._books, merged(values)
        text = books.lexicon.text("Opening stock")
        if pairs:  # a small branch may begin empty
            books.post(Document(key, _JOURNAL, TRANSACTION_TYPE["Journal"], day, now, pairs, text))

    def is_opening(self, layer: Layer) -> bool:
        """Whether a layer came with the opening stock."""
        return keys.kind_of(layer.key) == keys.OPENING

    def take_over(self, place: int, lines: list[tuple[int, Layer, int]], now: int) -> int:
        """Import costs of opening stock from the system before; return the document's key. `lines`: product, layer, cents more.

        Dr Inventory Cr opening equity; what has left carries its share to where it went. Done while days are open.
        """
        books, document = self._books, keys.document(keys.root(keys.OPENING, 1 << 16 | place), keys.ADJUST)
        movement, pairs = document, list[Pair]()
        day = max(now // DAY, books.lock_date)
        for sku, layer, cents in lines:
            if movement - document > _ROWS_MAX:
                break
            movement, borne = self.change_cost(sku, layer, cents, movement, document, now, day, lambda left: day)
            pairs += postings.opening_stock(self._of[sku], cents)
            pairs += (pair for _, of, use, share in borne for pair in postings.borne_elsewhere(self._of[of], use, share))
        text = books.lexicon.text("Opening stock")
        books.post(Document(document, _JOURNAL, TRANSACTION_TYPE["Journal"], day, now, merged(pairs), text))
        return document

    def snapshot(self, month_end: int) -> None:
        """Record availability as of this evening."""
        add, unstocked = self._tables.availability.add, self._tables.unstocked
        for sku, on_hand in enumerate(self.on_hand):
            if sku in unstocked:
                continue
            allocated = self.allocated[sku]
            add((month_end, sku, self.location, on_hand, allocated, on_hand - allocated, self.on_order[sku],
                self.incoming[sku], value_of(self.layers[sku])))  # fmt: skip

    def explain_transit(self, month_end: int, departure: int, account: int, cents: int) -> None:
        """Name what an inventory account holds of a transfer that is on its way."""
        kind = RECONCILING_KIND["in_transit_same_account"]
        self._tables.reconciling_items.add((month_end, account, kind, departure, cents))
