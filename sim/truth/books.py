"""The true books: what a correctly run system would have recorded for what physically happened in this very run.

Replays the happenings in order of time, with the costing and posting rules that Cin7's record uses. Knows nothing of
what was recorded, nor of any injected event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from ..cin7 import postings
from ..cin7.costing import Layer, Slice, take, take_from
from ..cin7.matching import BuyingRules
from ..cin7.postings import Accounts, Pair
from ..clock import DAY
from ..money import extend
from ..operations import happenings as h
from ..operations.happenings import Happening
from .purchases import TruePurchases


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One signed amount on one account, debit positive, under the document it belongs to."""

    key: int
    account: int
    day: int
    cents: int


class StockEntry(msgspec.Struct, frozen=True, gc=False):
    """Units that really came or went."""

    key: int
    sku: int
    day: int
    units: int


class TrueBooks:
    """Entries of the true books, in order of time."""

    __slots__ = ("_accounts", "_against", "_layers", "_purchases", "_replay", "_roles", "_shipped", "entries", "stock")

    def __init__(
        self, happenings: Iterable[list[int]], roles: dict[str, int], against: list[str], buying: BuyingRules
    ) -> None:
        """Replay `happenings`, rows of their table.

        `against`: for each overhead, the role it is booked against; `buying`: how the business books its purchases.
        """
        self._accounts, self._roles, self._against = Accounts(roles), roles, against
        self._layers: dict[tuple[int, int], deque[Layer]] = {}
        self._purchases = TruePurchases(self._accounts, buying, self._post)
        self._shipped: dict[int, list[tuple[int, Slice]]] = {}
        self.entries: list[Entry] = []
        self.stock: list[StockEntry] = []
        self._replay: dict[int, Callable[[Happening, int], None]] = {
            h.OPENED: self._opened, h.RECEIVED: self._received, h.SHIPPED: self._left, h.PUT_BACK: self._put_back,
            h.LOST: self._lost, h.USED_UP: self._used_up, h.SENT_BACK: self._sent_back, **self._purchases.replay,
        }  # fmt: skip
        pairs = self._simple_pairs()
        for row in happenings:
            event = Happening(*row)
            day = event.at // DAY
            if event.kind in pairs:
                debit, credit = pairs[event.kind]
                self._post(event.key, day, ((debit, credit, event.amount),))
            elif event.kind in (h.PAID_COST, h.PAID_TAX):
                self._post(event.key, day, ((event.about, roles["bank"], event.amount),))
            elif event.kind != h.LOST_SALE:
                self._replay[event.kind](event, day)

    def _simple_pairs(self) -> dict[int, tuple[int, int]]:
        """Events that move one amount between two accounts: debit, credit."""
        r = self._roles
        return {
            h.SOLD_GOODS: (r["receivable"], r["sales"]), h.SOLD_SHIPPING: (r["receivable"], r["shipping_income"]),
            h.SOLD_TAX: (r["receivable"], r["tax"]), h.CAPTURED: (r["clearing"], r["receivable"]),
            h.CREDITED_GOODS: (r["sales"], r["receivable"]), h.CREDITED_TAX: (r["tax"], r["receivable"]),
            h.REFUNDED: (r["receivable"], r["clearing"]), h.PAID_OUT: (r["bank"], r["clearing"]),
            h.FEE_CHARGED: (r["payment_fees"], r["clearing"]), h.DISPUTED: (r["chargebacks"], r["clearing"]),
            h.PAID_SUPPLIER: (r["payable"], r["bank"]), h.FUNDED: (r["bank"], r["equity"]),
            h.PAID_BACK: (r["bank"], r["payable"]),
        }  # fmt: skip

    def _post(self, key: int, day: int, pairs: Iterable[Pair]) -> None:
        add = self.entries.append
        for debit, credit, cents in pairs:
            add(Entry(key, debit, day, cents))
            add(Entry(key, credit, day, -cents))

    def _bring_in(self, event: Happening, day: int, value: int, origin: Slice | None = None) -> Layer:
        layer = Layer(event.key, event.quantity, value, origin)
        self._layers.setdefault((event.place, event.sku), deque()).append(layer)
        self.stock.append(StockEntry(event.key, event.sku, day, event.quantity))
        return layer

    def _take_out(self, event: Happening, day: int, use: int) -> list[Slice]:
        self.stock.append(StockEntry(event.key, event.sku, day, -event.quantity))
        slices = take(self._layers.setdefault((event.place, event.sku), deque()), event.quantity, event.key, use)
        for part in slices:
            part.day = day
        return slices

    def _opened(self, event: Happening, day: int) -> None:
        value = extend(event.quantity, event.amount)
        self._bring_in(event, day, value)
        self._post(event.key, day, postings.opening_stock(self._accounts, value))

    def _received(self, event: Happening, day: int) -> None:
        value = self._purchases.value_of(event)
        layer = self._bring_in(event, day, value)
        self._purchases.received(event, layer, day)

    def _sent_back(self, event: Happening, day: int) -> None:
        """Units go back to the supplier out of the receipt they came with; what is no longer there, out of any other."""
        layers = self._layers.setdefault((event.place, event.sku), deque())
        layer = self._purchases.line(event.about, event.sku).layer
        own = min(event.quantity, layer.quantity)
        slices = [take_from(layers, layer, own, event.key, self._accounts.cogs)] if own else []
        if event.quantity > own:
            slices += take(layers, event.quantity - own, event.key + 1, self._accounts.cogs)
        for part in slices:
            part.day = day
        self.stock.append(StockEntry(event.key, event.sku, day, -event.quantity))
        self._purchases.credited_returned(event, sum(part.value for part in slices), day)

    def _left(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._accounts.cogs)
        self._shipped.setdefault(event.key, []).extend((event.sku, part) for part in slices)
        cost = sum(part.value for part in slices)
        self._post(event.key, day, postings.shipment(self._accounts, cost))

    def _put_back(self, event: Happening, day: int) -> None:
        wanted = event.quantity
        for sku, part in self._shipped.get(event.about, ()):
            if sku != event.sku or not wanted:
                continue
            units = min(wanted, part.quantity)
            wanted -= units
            value = part.give_back(units)
            back = Happening(event.kind, event.at, event.key, sku, units, 0, event.about, event.place)
            self._bring_in(back, day, value, part)
            self._post(event.key, day, postings.restock(self._accounts, value))

    def _lost(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._accounts.discrepancy)
        self._post(event.key, day, postings.stock_lost(self._accounts, sum(part.value for part in slices)))

    def _used_up(self, event: Happening, day: int) -> None:
        against = self._roles[self._against[event.sku]]
        self._post(event.key, day, ((event.about, against, event.amount),))

    @property
    def layers(self) -> dict[tuple[int, int], deque[Layer]]:
        """Open cost layers by location and product at the end."""
        return self._layers
