"""The true books: what a correctly run system would have recorded for what physically happened in this very run.

Replays the happenings in order of time, with the costing and posting rules that Cin7's record uses. Knows nothing of
what was recorded, nor of any injected event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from ..cin7 import postings
from ..cin7.costing import NEVER, Layer, Slice, build, put_by_expiry, take_apart, take_from, value_of, worth_of_found
from ..cin7.mapping import AccountMap, Rule, remapping
from ..cin7.matching import BuyingRules
from ..cin7.postings import Accounts, Pair
from ..cin7.serials import Units, take_as_kept
from ..clock import DAY
from ..money import extend
from ..operations import happenings as h
from ..operations.happenings import Happening
from ..operations.shop import channel_of
from ..operations.suppliers import NEVER_EXPIRES
from ..tables import Matrix
from .purchases import TruePurchases


class TrueBooks:
    """Entries of the true books, in order of time."""

    __slots__ = ("_accounts", "_against", "_apart", "_by_expiry", "_decisions", "_expiry", "_latest", "_layers", "_mapping",
                 "_of", "_one_by_one", "_purchases", "_replay", "_roles", "_shipped", "_underway", "_units",
                 "_values")  # fmt: skip

    def __init__(
        self, happenings: Iterable[list[int]], roles: dict[str, int], against: list[str], buying: BuyingRules,
        by_expiry: Iterable[int] = (), *, mapping: AccountMap, decisions: Sequence[Rule] = (), units: Units | None = None,
    ) -> None:  # fmt: skip
        """Replay `happenings`, rows of their table.

        `against`: for each overhead, the role it is booked against; `buying`: how the business books its purchases;
        `by_expiry`: products that are taken by expiry; `mapping`: accounts of products and channels at founding, brought up
        to date here; `decisions`: what may change in it, by number; `units`: of products whose units bear their own cost.
        """
        self._by_expiry = frozenset(by_expiry)
        self._one_by_one = units or Units()
        self._expiry: dict[int, int] = {}
        """The day on which each batch expires."""
        self._latest: dict[int, int] = {}
        """The latest batch of each product that bears labels."""
        self._mapping, self._of, self._accounts = mapping, mapping.of, mapping.accounts
        self._roles, self._against, self._decisions = roles, against, decisions
        self._layers: dict[tuple[int, int], deque[Layer]] = {}
        self._purchases = TruePurchases(mapping, buying, self._post)
        self._shipped: dict[int, list[tuple[int, Slice]]] = {}
        self._underway: dict[int, dict[int, list[Slice]]] = {}
        """Cost of what is on the way between locations or in the workshop, by departure or assembly and product."""
        self._apart: dict[int, list[Happening]] = {}
        """Parts recovered from what is being taken apart."""
        self._values: list[int] = []
        self._units: list[int] = []
        self._replay: dict[int, Callable[[Happening, int], None]] = {
            h.OPENED: self._opened, h.RECEIVED: self._received, h.SHIPPED: self._left, h.PUT_BACK: self._put_back,
            h.LOST: self._lost, h.USED_UP: self._used_up, h.SENT_BACK: self._sent_back,
            h.SENT_ON: self._sent_on, h.ARRIVED: self._arrived, h.ISSUED: self._issued, h.MADE: self._made,
            h.RECOVERED: self._recovered, h.TAKEN_APART: self._taken_apart, h.FOUND: self._found,
            h.THROWN_AWAY: self._thrown_away, h.REMAPPED: self._remapped, h.SOLD_GOODS: self._sold,
            h.CREDITED_GOODS: self._credited, h.BILLED_DIRECT: self._billed_direct,
            h.CREDITED_DIRECT: self._credited_direct, **self._purchases.replay,
        }  # fmt: skip
        pairs, gateway = self._simple_pairs(), self._gateway_pairs()
        for row in happenings:
            event = Happening(*row)
            day = event.at // DAY
            if event.kind in pairs:
                debit, credit = pairs[event.kind]
                self._post(event.key, day, ((debit, credit, event.amount),))
            elif event.kind in (h.PAID_COST, h.PAID_TAX):
                self._post(event.key, day, ((event.about, roles["bank"], event.amount),))
            elif event.kind in gateway:
                debit, credit = gateway[event.kind]
                debit, credit = event.about if debit < 0 else debit, event.about if credit < 0 else credit
                self._post(event.key, day, _signed(debit, credit, event.amount))
            elif event.kind not in h.SILENT:
                self._replay[event.kind](event, day)

    def _simple_pairs(self) -> dict[int, tuple[int, int]]:
        """Events that move one amount between two accounts: debit, credit."""
        r = self._roles
        return {
            h.SOLD_SHIPPING: (r["receivable"], r["shipping_income"]),
            h.SOLD_TAX: (r["receivable"], r["tax"]), h.EARNED: (r["customer_credits"], r["receivable"]),
            h.CREDITED_TAX: (r["tax"], r["receivable"]),
            h.PAID_BY_CUSTOMER: (r["bank"], r["receivable"]), h.PAID_TO_CUSTOMER: (r["receivable"], r["bank"]),
            h.PAID_SUPPLIER: (r["payable"], r["bank"]), h.FUNDED: (r["bank"], r["equity"]),
            h.PAID_BACK: (r["bank"], r["payable"]),
        }  # fmt: skip

    def _gateway_pairs(self) -> dict[int, tuple[int, int]]:
        """Events at a gateway: debit, credit; -1 stands for its clearing account, which the event names."""
        r = self._roles
        return {
            h.CAPTURED: (-1, r["receivable"]), h.REFUNDED: (r["receivable"], -1), h.PREPAID: (-1, r["customer_credits"]),
            h.PAID_OUT: (r["bank"], -1), h.FEE_CHARGED: (r["payment_fees"], -1), h.DISPUTED: (r["chargebacks"], -1),
        }  # fmt: skip

    def _post(self, key: int, day: int, pairs: Iterable[Pair]) -> None:
        add = self._values.extend
        for debit, credit, cents in pairs:
            add((key, debit, day, cents, key, credit, day, -cents))

    def _bring_in(self, event: Happening, day: int, value: int, origin: Slice | None = None) -> Layer:
        layer = Layer(event.key, event.quantity, value, origin, event.sku)
        if event.kind in (h.OPENED, h.RECEIVED):
            self._read_label(layer, event)
        return self._put(layer, event, day)

    def _put(self, layer: Layer, event: Happening, day: int) -> Layer:
        layers = self._held(event)
        if event.sku in self._one_by_one.special:
            self._one_by_one.arrive(layer, event.sku)
        elif layer.origin is not None and event.kind in (h.PUT_BACK, h.ARRIVED) and layer.origin.batch >= 0:
            layer.batch, layer.expiry = layer.origin.batch, self._expiry[layer.origin.batch]
        elif event.kind in (h.FOUND, h.RECOVERED) and event.sku in self._latest:
            layer.batch = self._latest[event.sku]
            layer.expiry = self._expiry[layer.batch]
        if event.sku in self._by_expiry:
            put_by_expiry(layers, layer)
        else:
            layers.append(layer)
        self._units.extend((event.key, event.sku, day, event.quantity))
        return layer

    def _read_label(self, layer: Layer, event: Happening) -> None:
        if event.about >= 0:
            layer.batch, expiry = event.about >> 20, event.about & NEVER_EXPIRES
            self._latest[event.sku] = layer.batch
            layer.expiry = self._expiry[layer.batch] = expiry if expiry < NEVER_EXPIRES else NEVER

    def _take_out(self, event: Happening, day: int, use: int) -> list[Slice]:
        self._units.extend((event.key, event.sku, day, -event.quantity))
        slices = take_as_kept(self._held(event), event.quantity, event.key, use)
        self._leave(event, slices, day)
        return slices

    def _leave(self, event: Happening, slices: list[Slice], day: int) -> None:
        for part in slices:
            part.day = day
        if event.sku in self._one_by_one.special:
            for part in slices:
                self._one_by_one.leave(part)

    def _held(self, event: Happening) -> deque[Layer]:
        """The layers of the event's product at its place."""
        layers = self._layers.get((event.place, event.sku))
        if layers is None:
            layers = self._one_by_one.shelf() if event.sku in self._one_by_one.special else deque[Layer]()
            self._layers[event.place, event.sku] = layers
        return layers

    def _opened(self, event: Happening, day: int) -> None:
        value = extend(event.quantity, event.amount)
        self._bring_in(event, day, value)
        self._post(event.key, day, postings.opening_stock(self._of[event.sku], value))

    def _received(self, event: Happening, day: int) -> None:
        value = self._purchases.value_of(event)
        layer = self._bring_in(event, day, value)
        self._purchases.received(event, layer, day)

    def _sent_back(self, event: Happening, day: int) -> None:
        """Units go back to the supplier out of the receipt they came with; what is no longer there, out of any other."""
        layers = self._held(event)
        layer = self._purchases.line(event.about, event.sku).layer
        own, use = min(event.quantity, layer.quantity), self._of[event.sku].cogs
        slices = [take_from(layers, layer, own, event.key, use)] if own else []
        self._leave(event, slices, day)
        if event.quantity > own:
            others = take_as_kept(layers, event.quantity - own, event.key + 1, use)
            self._leave(event, others, day)
            slices += others
        self._units.extend((event.key, event.sku, day, -event.quantity))
        self._purchases.credited_returned(event, sum(part.value for part in slices), day)

    def _left(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._of[event.sku].cogs)
        self._shipped.setdefault(event.key, []).extend((event.sku, part) for part in slices)
        cost = sum(part.value for part in slices)
        self._post(event.key, day, postings.shipment(self._of[event.sku], cost))

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
            self._post(event.key, day, postings.restock(self._of[event.sku], value))

    def _lost(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._accounts.discrepancy)
        self._post(event.key, day, postings.stock_lost(self._of[event.sku], sum(part.value for part in slices)))

    def _thrown_away(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._accounts.write_offs)
        self._post(event.key, day, postings.written_off(self._of[event.sku], sum(part.value for part in slices)))

    def _found(self, event: Happening, day: int) -> None:
        """What turns up is worth what those on the books are on average, else nothing."""
        value = worth_of_found(self._layers.get((event.place, event.sku), deque()), event.quantity)
        self._bring_in(event, day, value)
        self._post(event.key, day, postings.stock_lost(self._of[event.sku], -value))

    def _sent_on(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._of[event.sku].transit)
        self._underway.setdefault(event.key, {}).setdefault(event.sku, []).extend(slices)
        self._post(event.key, day, postings.transfer_sent(self._of[event.sku], sum(part.value for part in slices)))

    def _arrived(self, event: Happening, day: int) -> None:
        """All units of one product that were sent arrive."""
        waiting = self._underway[event.about]
        for part in waiting.pop(event.sku, ()):
            value = part.give_back(part.quantity)
            self._bring_in(msgspec.structs.replace(event, quantity=part.quantity), day, value, part)
            self._post(event.key, day, postings.transfer_received(self._of[event.sku], part.use, value))
        if not waiting:
            del self._underway[event.about]

    def _issued(self, event: Happening, day: int) -> None:
        slices = self._take_out(event, day, self._accounts.wip)
        self._underway.setdefault(event.key, {}).setdefault(event.sku, []).extend(slices)
        self._post(event.key, day, postings.components_issued(self._of[event.sku], sum(part.value for part in slices)))

    def _made(self, event: Happening, day: int) -> None:
        slices = [part for parts in self._underway.pop(event.about, {}).values() for part in parts]
        services = extend(event.quantity, event.amount)
        layer = build(event.key, event.quantity, slices, services, event.sku)
        self._put(layer, event, day)
        components = sum(part.value for part in slices)
        self._post(event.key, day, postings.goods_made(self._of[event.sku], components, services))

    def _recovered(self, event: Happening, day: int) -> None:
        """Parts wait for the unit that they come from: the next event of the same key."""
        self._apart.setdefault(event.key, []).append(event)

    def _taken_apart(self, event: Happening, day: int) -> None:
        events = self._apart.pop(event.key)
        whole = self._of[event.sku].inventory
        slices = self._take_out(event, day, whole)
        parts = [(event.key, part.quantity, part.amount, part.sku) for part in events]
        for part, layer in zip(events, take_apart(parts, slices), strict=True):
            self._put(layer, part, day)
            self._post(event.key, day, postings.taken_apart(self._of[part.sku], whole, layer.value))

    def _sold(self, event: Happening, day: int) -> None:
        """Goods of a sale, or of one line of it where lines go to several accounts."""
        self._post(event.key, day, postings.sale_invoice(self._seen_by(event), event.amount, 0, 0))

    def _credited(self, event: Happening, day: int) -> None:
        self._post(event.key, day, postings.sale_credit_note(self._seen_by(event), event.amount, 0))

    def _billed_direct(self, event: Happening, day: int) -> None:
        self._post(event.key, day, postings.direct_bill(self._of[event.sku], event.amount))

    def _credited_direct(self, event: Happening, day: int) -> None:
        self._post(event.key, day, postings.direct_credit(self._of[event.sku], event.amount))

    def _seen_by(self, event: Happening) -> Accounts:
        if self._mapping.one_income or event.sku < 0:
            return self._accounts
        return self._mapping.sold[channel_of(event.key)][event.sku]

    def _remapped(self, event: Happening, day: int) -> None:
        """Accounts change by decision; stock that gets another one takes its value along."""
        rule = self._decisions[event.about]
        old = [self._of[sku].inventory for sku in rule.skus]
        self._mapping.apply(rule)
        for key, place, moves in remapping(event.key, sorted({place for place, _ in self._layers}), rule.skus, old):
            for sku, account in moves:
                value = value_of(self._layers.get((place, sku), deque()))
                self._post(key, day, postings.moved_between(account, self._of[sku].inventory, value))

    def _used_up(self, event: Happening, day: int) -> None:
        against = self._roles[self._against[event.sku]] if event.sku >= 0 else event.quantity
        self._post(event.key, day, ((event.about, against, event.amount),))

    @property
    def entries(self) -> Matrix:
        """Each signed amount on one account, debit positive: document, account, day, cents."""
        return np.array(self._values, np.int64).reshape(-1, 4)

    @property
    def stock(self) -> Matrix:
        """Units that really came or went: document, product, day, units."""
        return np.array(self._units, np.int64).reshape(-1, 4)

    @property
    def layers(self) -> dict[tuple[int, int], deque[Layer]]:
        """Open cost layers by location and product at the end."""
        return self._layers


def _signed(debit: int, credit: int, cents: int) -> tuple[Pair, ...]:
    return ((debit, credit, cents),) if cents >= 0 else ((credit, debit, -cents),)
