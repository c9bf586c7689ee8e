"""The warehouse: book in deliveries, pick and pack, hand over to the carrier, take back returns, count."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.sales import Fulfilment
from ...cin7.stock import Stock
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.goods_in import enter_delivery
from ...operations import happenings as h
from ...operations.goods import Warehouse as House
from ...operations.order import Line, Order, Parcel
from ...operations.suppliers import Delivery
from ...operations.world import Operations
from ...profile import NoiseConfig, StaffConfig
from ...tables import number_prefix
from .policies import WorkPolicies
from .returns import Returns

_COUNT, _LATE, _BOOK_IN, _WAVES, _RETURNS, _COLLECTION, _ENTRY = (
    8 * 60 + 15, 9 * 60, 9 * 60 + 40, (10 * 60, 13 * 60, 15 * 60), 14 * 60, 16 * 60 + 30, 16 * 60 + 45,
)  # fmt: skip
FIRST_WAKE = _COUNT
"""Minute of the first day at which the team begins."""
COUNT_WEEKDAY = 2
COUNT_CYCLE_WEEKS = 12
"""Every product is counted once in this many weeks (assumption)."""
_SHEET = number_prefix("ST-")
_SHEETS_A_PLACE = 100_000
"""Count sheets of two locations are numbered this far apart."""
# Free-text reasons as staff write them; the vague ones occur in UCI Online Retail's write-off rows.
_VAGUE_REASONS = ("damaged", "check", "?", "thrown away", "missing", "water mark", "ex display")
_FEW_UNITS, _FEW_SHARE = 2, 0.05
"""A count that is out by no more is what counters are used to (assumption)."""
NOT_FOUND = "not on shelf"
FOUND, _FOUND_AGAIN = 4, "turned up again"
"""Marks the identity of what turns up among all adjustments of a day; and what is written on it."""
_MISSED_FROM, _MISSED_LINES = 32, 4
"""Adjustments of what lies in parcels are numbered from here under their order, so many a parcel."""
_MISSING = 1 << 32 | 1 << 31
"""Marks the identity of what was found missing, apart from everything else that is adjusted."""


class Warehouse:
    """The team of one location: a warehouse, or a shop floor that also sends parcels."""

    __slots__ = (
        "_calendar", "_cin7", "_collected", "_draw", "_following", "_house", "_index", "_late_receipts", "_late_shipments",
        "_month", "_noise", "_operations", "_reported", "_returns", "_sheets", "_staff", "_stock", "checks_twice",
        "count_gaps", "counted", "pickers", "policies", "rank", "short_picks", "stops",
    )  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, index: int, policies: WorkPolicies, noise: NoiseConfig,
        staff: StaffConfig, pickers: list[int], draws: Draws,
    ) -> None:  # fmt: skip
        """`index`: which of the business's locations they work in."""
        self.rank = 30
        self._operations, self._cin7, self.policies, self._index = operations, cin7, policies, index
        self._house: House = operations.houses[index]
        self._stock: Stock = cin7.stocks[index]
        self._returns = Returns(operations, cin7, self._house, self._stock, policies, pickers[0])
        self._calendar: Calendar = operations.calendar
        self._noise, self._staff = noise, staff
        self.pickers = pickers
        """Codes of the people who pick and pack now; one may be replaced by the next in the list."""
        self._draw = draws.stream(f"work/warehouse/{index}")
        self._collected: list[Fulfilment] = []
        self.stops: dict[int, Order] = {}
        """Orders cancelled after they were packed, by key; whoever takes cancellations puts them here."""
        self._late_shipments: dict[int, list[tuple[Fulfilment, int]]] = {}
        self._late_receipts: dict[int, list[Delivery]] = {}
        self._reported: dict[int, int] = {}
        """How often a product was missing from the shelf, by product and hour."""
        self._sheets = index * _SHEETS_A_PLACE
        self._month = -1
        self.checks_twice: Callable[[int, int], bool] | None = None
        """(shipment key, day) -> whether a pick is put off to another day to be checked; None: nobody does that."""
        self.short_picks = self.counted = self.count_gaps = 0
        """Picks for which the shelf held less than the screen said; products counted, and those of them that were far out."""
        self._following = dict(pairwise(sorted({_COUNT, _LATE, _BOOK_IN, *_WAVES, _RETURNS, _COLLECTION, _ENTRY})))
        """Each phase of the day but the last, and the one after it."""

    @property
    def stock(self) -> Stock:
        """The place's stock in Cin7."""
        return self._stock

    def wake(self, now: int) -> int | None:
        """Do what the hour asks for."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _COUNT:
                if not self._cin7.stock.blocked:  # else everything is being counted
                    self._write_off_damaged(day, now)
                    if self._calendar.weekday(day) == COUNT_WEEKDAY and not self.policies.counts_in_flight(self._on(day)):
                        self._count(day, now)
            elif minute == _LATE:
                self._catch_up(day, now)
            elif minute == _BOOK_IN:
                self._book_in(day, now)
            elif minute in _WAVES:
                if self._cin7.sales.held:
                    self._cin7.sales.release_due(self._stock, day)
                self._pack_wave(now)
            elif minute == _RETURNS:
                self._take_back(now)
            elif minute == _COLLECTION:
                self._look_at_shelves(day, now)
                self._hand_over(day, now)
            else:
                self._enter_shipments(day, now)
            if minute in self._following:
                return day * DAY + self._following[minute]
        return self._calendar.workday_from(day + 1) * DAY + _COUNT

    def _on(self, day: int) -> int:
        return day << 3 | self._index

    # -- goods in ---------------------------------------------------------------------------------------------

    def _book_in(self, day: int, now: int) -> None:
        dock, waiting = self._house.dock, []
        for delivery in dock:
            if not self._cin7.purchasing.may_receive(delivery.key, delivery.counted):
                waiting.append(delivery)  # Cin7 takes no receipt before the bill where the bill comes first
                continue
            delay = self.policies.receipt_entry_delay(delivery.key, day)
            if delay is None:
                self._put_away(delivery)
            elif delay:
                self._late_receipts.setdefault(self._calendar.add_workdays(day, delay), []).append(delivery)
            else:
                self._receive(delivery, now)
        dock[:] = waiting

    def _receive(self, delivery: Delivery, now: int) -> None:
        cin7 = self._cin7
        self._mistype(delivery, now, max(delivery.arrived // DAY, cin7.books.lock_date))
        closes = self.policies.closes_short_purchase
        short = self.policies.counts_short(delivery.key, now // DAY)
        if not enter_delivery(cin7, self._stock, delivery, now, closes, short):
            # A stocktake is open: the goods wait on the dock.
            self._late_receipts.setdefault(self._calendar.add_workdays(now // DAY, 1), []).append(delivery)
            return
        self._put_away(delivery)

    def _put_away(self, delivery: Delivery) -> None:
        for sku, units, _ in delivery.lines:
            self._house.shelf[sku] += units

    def _mistype(self, delivery: Delivery, now: int, day: int) -> None:
        """Now and then a quantity is keyed wrong, seen at once and undone before it is entered again."""
        purchasing = self._cin7.purchasing
        ahead = purchasing.by_key[delivery.paper.key].rules.invoice_first  # there Cin7 knows how much may come
        # What bears a label is scanned, not keyed.
        if not ahead and not delivery.labels and self.policies.mistypes_receipt(delivery.key):
            (sku, units), *others = delivery.counted
            attempt = keys.document(delivery.key, keys.RECEIPT, keys.ATTEMPTS_FROM + delivery.ordinal)
            if purchasing.receive(attempt, [(sku, units + 1), *others], now, day):
                purchasing.undo(attempt, now, day)

    # -- goods out --------------------------------------------------------------------------------------------

    def _pack_wave(self, now: int) -> None:
        sales, house = self._cin7.sales, self._house
        if self._stock.blocked:
            return  # a stocktake: the wave after it takes these too
        if house.by_hand:
            self._pack_by_hand(now)
        picks_wrong, checks_twice = self.policies.picks_wrong, self.checks_twice
        for fulfilment in list(sales.to_pick[house.place].values()):
            if checks_twice is not None and checks_twice(fulfilment.ship, now // DAY):
                continue
            order = self._operations.order(fulfilment.sale.order_key)
            if order is None:
                continue  # sold over the counter: the goods are gone, and the channel's link will say so
            lines = self._as_ordered(fulfilment, order) if self._cin7.configuration.was_matched else fulfilment.lines
            inside = house.pick(lines, picks_wrong(fulfilment.ship, len(lines)))
            if inside is None:
                self._report_missing(fulfilment, lines, now)
            else:
                house.pack(parcel_of(fulfilment, order, inside, itemised=house.itemised))
                sales.pack(fulfilment, now)

    def _pack_by_hand(self, now: int) -> None:
        """Send what the channel's own list has had since yesterday and the screen has not: nobody tells Cin7."""
        house, waiting = self._house, []
        for order in house.by_hand:
            if 0 <= order.cancel_at <= now:
                order.shop.cancel(order, now)
                continue
            inside = house.pick(order.lines, -1) if order.placed // DAY < now // DAY else None
            if inside is None:
                waiting.append(order)
                continue
            ship, invoice = keys.document(order.key, keys.SHIP), keys.document(order.key, keys.INVOICE)
            sold = order.line_amounts() if house.itemised else None
            house.pack(Parcel(order, ship, invoice, inside, range(len(inside)), order.net_cents, order.shipping_cents,
                              order.tax_cents, sold))  # fmt: skip
        house.by_hand = waiting

    def _as_ordered(self, fulfilment: Fulfilment, order: Order) -> list[Line]:
        """What the channel's packing slip says, which shows what the customer chose, whatever product Cin7 has for it."""
        return [
            (order.lines[number][0], *line[1:]) for number, line in zip(fulfilment.numbers, fulfilment.lines, strict=True)
        ]

    def _report_missing(self, fulfilment: Fulfilment, lines: list[Line], now: int) -> None:
        """The shelf holds less than the screen says: correct the screen, put the order back, grumble."""
        cin7, stock, shelf, day = self._cin7, self._stock, self._house.shelf, now // DAY
        self.short_picks += 1
        operations = self._operations
        for sku in dict.fromkeys(line[0] for line in lines):
            difference = shelf[sku] - (stock.on_hand[sku] - stock.packed[sku])
            if difference < 0:
                identity = _MISSING | (day * 32 + now % DAY // 60) << 15 | self._index << 12 | sku
                again = self._reported.get(identity, 0)  # two orders of an hour can miss the same thing
                self._reported[identity] = again + 1
                key = keys.document(keys.root(keys.ADJUSTMENT, identity), keys.ADJUST, again)
                text = operations.lexicon.text(NOT_FOUND)
                stock.adjust(sku, difference, key, text, self.pickers[0], now, day)
                text = operations.lexicon.text(f"{operations.lexicon.lists['sku'][sku]}: Cin7 shows stock, shelf is empty")
                ticket = keys.document(keys.root(keys.TICKET, identity), 0, again)
                operations.issues.add((ticket, now, self.pickers[0], text))
        cin7.sales.put_back(fulfilment, now)

    def _hand_over(self, day: int, now: int) -> None:
        """The carrier collects; what misses the van waits for the next one. The customer's money is taken or owed."""
        house, sales, collects = self._house, self._cin7.sales, self._operations.policies.carrier_collects
        if self.stops:
            self._fetch_back(day, now)
        stays, taken = [], []
        for parcel in house.staging:
            if collects(parcel.ship, day):
                house.collect(parcel, now)
                taken.append(parcel)
                sale = sales.by_order.get(parcel.order.key)
                if sale is not None:
                    self._collected.append(sale.fulfilments[keys.part_of(parcel.ship)])
            else:
                stays.append(parcel)
        house.staging = stays
        self._operations.claims.consider(taken, self._index, now)

    def _fetch_back(self, day: int, now: int) -> None:
        """Take parcels of orders that were cancelled after packing out of staging, undo them in Cin7 and void the sale."""
        house, sales, stays = self._house, self._cin7.sales, []
        for parcel in house.staging:
            order, sale = parcel.order, sales.by_order.get(parcel.order.key)
            if sale is None:
                stays.append(parcel)
                continue
            fulfilment = sale.fulfilments[0]
            may = len(sale.fulfilments) == 1 and not sale.bought and (sale.terms.voids_invoices or not fulfilment.invoiced)
            if order.key in self.stops and may and self.policies.stops_parcel(parcel.ship):
                if fulfilment.invoiced:  # it missed an earlier van
                    sales.undo_invoice(fulfilment, now, max(day, self._cin7.books.lock_date))
                if sales.unpack(fulfilment, now) and sales.void(sale, now):
                    house.unpack(parcel)
                    order.shop.cancel(order, now)
                    continue
            stays.append(parcel)
        house.staging = stays
        self.stops.clear()

    def _enter_shipments(self, day: int, now: int) -> None:
        """Authorise the shipments of what the carrier took; one of them now and then twice."""
        again = self.policies.undoes_shipment(day << 3 | self._index)
        if again >= 0 and self._collected:
            wrong = self._collected.pop(again % len(self._collected))
            self._ship(wrong, day, now)
            if self._cin7.sales.undo_shipment(wrong, now, max(day, self._cin7.books.lock_date)):
                self._ship(wrong, day, now)
        entry_delay = self.policies.shipment_entry_delay
        for fulfilment in self._collected:
            delay = entry_delay(fulfilment.ship, day)
            if delay is None:
                continue
            if delay:
                entered = self._calendar.add_workdays(day, delay)
                self._late_shipments.setdefault(entered, []).append((fulfilment, day))
            else:
                self._ship(fulfilment, day, now)
        self._collected.clear()

    def _ship(self, fulfilment: Fulfilment, shipped: int, now: int) -> None:
        """Authorise a shipment with its true date where that is still open; during a stocktake, put it off."""
        if not self._cin7.sales.authorise_shipment(fulfilment, now, max(shipped, self._cin7.books.lock_date)):
            self._late_shipments.setdefault(self._calendar.add_workdays(now // DAY, 1), []).append((fulfilment, shipped))

    def _catch_up(self, day: int, now: int) -> None:
        """Enter what was left lying on an earlier day, with its true date where that is still open."""
        for delivery in self._late_receipts.pop(day, ()):
            self._receive(delivery, now)
        for fulfilment, shipped in self._late_shipments.pop(day, ()):
            self._ship(fulfilment, shipped, now)
        month = self._calendar.previous_month_end(day)
        if month != self._month and self._draw.happens(self._staff.turnover.value, day, 1):
            self.pickers = [*self.pickers[1:], self.pickers[0]]
        self._month = month

    # -- returns ----------------------------------------------------------------------------------------------

    def _take_back(self, now: int) -> None:
        """Credit, refund and, where the goods are fit for it, restock what came back."""
        desk = self._house.returns_desk
        if self._stock.blocked:
            return  # a stocktake: what came back waits on the desk
        self._returns.retry(now)
        for item in desk:
            self._returns.take_back(item, now)
        desk.clear()

    # -- counting ---------------------------------------------------------------------------------------------

    def _look_at_shelves(self, day: int, now: int) -> None:
        """Before the van comes: nothing, unless somebody counts now, or misses what is packed."""
        policies, stock = self.policies, self._stock
        if stock.blocked or self._cin7.stock.blocked:
            return
        if self._calendar.weekday(day) == COUNT_WEEKDAY and policies.counts_in_flight(self._on(day)):
            self._count(day, now, in_flight=True)
        if policies.takes_for_missing is not None:
            reason = self._operations.lexicon.text(NOT_FOUND)
            for parcel in self._house.staging:
                part = keys.part_of(parcel.ship)
                for n, (sku, units) in enumerate(parcel.inside[:_MISSED_LINES]):
                    key = keys.document(parcel.ship, keys.ADJUST, _MISSED_FROM + part * _MISSED_LINES + n)
                    if stock.available(sku) >= units and policies.takes_for_missing(key, day):
                        stock.adjust(sku, -units, key, reason, self.pickers[0], now, day)

    def _count(self, day: int, now: int, *, in_flight: bool = False) -> None:
        """Count this week's part of the products; parcels packed and not shipped are known to be off the shelf.

        Not so `in_flight`: then all that Cin7 has on hand is looked for, but what is packed cannot be written off.
        """
        cin7, house, stock = self._cin7, self._house, self._stock
        self._sheets += 1
        lines: list[tuple[int, int, int]] = []
        part = day // 7 % COUNT_CYCLE_WEEKS
        unstocked = cin7.catalogue.unstocked
        for sku in range(part, len(house.shelf), COUNT_CYCLE_WEEKS):
            if sku in unstocked:
                continue
            expected = stock.on_hand[sku] - (0 if in_flight else stock.packed[sku])
            counted = house.shelf[sku]
            house.tables.count_sheets.add((_SHEET | self._sheets, sku, house.place, counted, now))
            # Units that customers were promised and that are not there cannot be written off below zero on hand.
            least = stock.packed[sku] if in_flight else expected - stock.on_hand[sku]
            lines.append((sku, expected, max(counted, least)))
            self.counted += 1
            if abs(counted - expected) > max(_FEW_UNITS, expected * _FEW_SHARE):
                self.count_gaps += 1
        key = keys.document(keys.root(keys.COUNT, day << 3 | self._index), keys.ADJUST)
        stock.stocktake(key, lines, now, day)
        cin7.sales.retry_backorders(self._stock, now)

    def _write_off_damaged(self, day: int, now: int) -> None:
        """Somebody finds a damaged unit, throws it away and adjusts, with whatever reason comes to mind."""
        house, draw = self._house, self._draw
        if self.policies.finds_lost(self._on(day)):
            self._find_lost(day, now)
        if not (draw.happens(self._noise.damaged_units.value, day, 2) or self.policies.finds_damaged(self._on(day))):
            return
        sku = draw.between(0, len(house.shelf) - 1, day, 3)
        if house.shelf[sku] < 1 or self._stock.available(sku) < 1:
            return
        key = keys.document(keys.root(keys.ADJUSTMENT, day << 8 | self._index << 4 | 2), keys.ADJUST)
        reason = _VAGUE_REASONS[draw.between(0, len(_VAGUE_REASONS) - 1, day, 4)]
        house.lose(sku, 1, now, key)
        self._stock.adjust(sku, -1, key, self._operations.lexicon.text(reason), self.pickers[-1], now, day)


    def _find_lost(self, day: int, now: int) -> None:
        """A unit turns up that a count had given up: back on the shelf, and on the books by an adjustment."""
        house, stock = self._house, self._stock
        sku = self._draw.between(0, len(house.shelf) - 1, day, 5)
        if sku not in self._cin7.catalogue.unstocked and stock.on_hand[sku] > 0:
            key = keys.document(keys.root(keys.ADJUSTMENT, day << 8 | self._index << 4 | FOUND), keys.ADJUST)
            house.shelf[sku] += 1
            house.happened(h.FOUND, now, key, sku, 1)
            stock.adjust(sku, 1, key, self._operations.lexicon.text(_FOUND_AGAIN), self.pickers[-1], now, day)
            self._cin7.sales.retry_backorders(stock, now)


def parcel_of(fulfilment: Fulfilment, order: Order, inside: list[tuple[int, int]], *, itemised: bool = False) -> Parcel:
    """A parcel with what was really put in, worth what the fulfilment says; `itemised`: line by line."""
    sold = fulfilment.line_amounts() if itemised else None
    return Parcel(order, fulfilment.ship, fulfilment.invoice, inside, fulfilment.numbers, fulfilment.goods_cents,
                  fulfilment.shipping_cents, fulfilment.tax_cents, sold)  # fmt: skip
