"""The warehouse: book in deliveries, pick and pack, hand over to the carrier, take back returns, count."""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...cin7.costing import NEVER
from ...cin7.sales import Sale
from ...clock import DAY, Calendar
from ...draws import Draws
from ...operations import happenings as h
from ...operations.goods import RESALABLE, ReturnedGoods
from ...operations.suppliers import NEVER_EXPIRES, Delivery
from ...operations.world import Operations
from ...profile import NoiseConfig, StaffConfig
from ...tables import number_prefix
from .policies import WorkPolicies

_COUNT, _LATE, _BOOK_IN, _WAVES, _RETURNS, _COLLECTION, _ENTRY = (
    8 * 60 + 15, 9 * 60, 9 * 60 + 40, (10 * 60, 13 * 60, 15 * 60), 14 * 60, 16 * 60 + 30, 16 * 60 + 45,
)  # fmt: skip
FIRST_WAKE = _COUNT
"""Minute of the first day at which the team begins."""
_COUNT_WEEKDAY = 2
_COUNT_CYCLE_WEEKS = 12
"""Every product is counted once in this many weeks (assumption)."""
_SHEET = number_prefix("ST-")
LOT = number_prefix("LOT-")
# Free-text reasons as staff write them; the vague ones occur in UCI Online Retail's write-off rows.
_VAGUE_REASONS = ("damaged", "check", "?", "thrown away", "missing", "water mark", "ex display")
NOT_FOUND = "not on shelf"


class Warehouse:
    """The team of one warehouse."""

    __slots__ = (
        "_calendar", "_cin7", "_collected", "_draw", "_late_receipts", "_late_shipments", "_month", "_noise",
        "_operations", "_phases", "_sheets", "_staff", "pickers", "policies", "rank",
    )  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, policies: WorkPolicies, noise: NoiseConfig, staff: StaffConfig,
        pickers: list[int], draws: Draws,
    ) -> None:  # fmt: skip
        self.rank = 30
        self._operations, self._cin7, self.policies = operations, cin7, policies
        self._calendar: Calendar = operations.calendar
        self._noise, self._staff = noise, staff
        self.pickers = pickers
        """Codes of the people who pick and pack now; one may be replaced by the next in the list."""
        self._draw = draws.stream("work/warehouse")
        self._collected: list[Sale] = []
        self._late_shipments: dict[int, list[tuple[Sale, int]]] = {}
        self._late_receipts: dict[int, list[Delivery]] = {}
        self._sheets = 0
        self._month = -1
        self._phases = sorted({_COUNT, _LATE, _BOOK_IN, *_WAVES, _RETURNS, _COLLECTION, _ENTRY})

    def wake(self, now: int) -> int | None:
        """Do what the hour asks for."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _COUNT:
                if not self._cin7.stock.blocked:  # else everything is being counted
                    self._write_off_damaged(day, now)
                    if self._calendar.weekday(day) == _COUNT_WEEKDAY:
                        self._count(day, now)
            elif minute == _LATE:
                self._catch_up(day, now)
            elif minute == _BOOK_IN:
                self._book_in(day, now)
            elif minute in _WAVES:
                self._pack_wave(now)
            elif minute == _RETURNS:
                self._take_back(now)
            elif minute == _COLLECTION:
                self._hand_over(day, now)
            else:
                self._enter_shipments(day, now)
            later = [phase for phase in self._phases if phase > minute]
            if later:
                return day * DAY + later[0]
        return self._calendar.workday_from(day + 1) * DAY + self._phases[0]

    # -- goods in ---------------------------------------------------------------------------------------------

    def _book_in(self, day: int, now: int) -> None:
        dock = self._operations.suppliers.dock
        for delivery in dock:
            delay = self.policies.receipt_entry_delay(delivery.key)
            if delay:
                self._late_receipts.setdefault(self._calendar.add_workdays(day, delay), []).append(delivery)
            else:
                self._receive(delivery, now)
        dock.clear()

    def _receive(self, delivery: Delivery, now: int) -> None:
        cin7, shelf = self._cin7, self._operations.warehouse.shelf
        day = max(delivery.arrived // DAY, cin7.books.lock_date)
        if not cin7.purchasing.receive(delivery.key, [(sku, units) for sku, units, _ in delivery.lines], now, day):
            # A stocktake is open: the goods wait on the dock.
            self._late_receipts.setdefault(self._calendar.add_workdays(now // DAY, 1), []).append(delivery)
            return
        for sku, units, _ in delivery.lines:
            shelf[sku] += units
        if delivery.labels:
            for line in cin7.purchasing.by_key[delivery.paper.key].receipts[delivery.key]:
                if line.sku in delivery.labels:
                    lot, expiry = delivery.labels[line.sku]
                    cin7.stock.name_batch(line.layer, LOT | lot, expiry if expiry < NEVER_EXPIRES else NEVER, now)
        if delivery.rest_cancelled:
            cin7.purchasing.close_short(cin7.purchasing.by_key[delivery.paper.key], now)
        cin7.sales.retry_backorders(now)

    # -- goods out --------------------------------------------------------------------------------------------

    def _pack_wave(self, now: int) -> None:
        sales, shop = self._cin7.sales, self._operations.shop
        if self._cin7.stock.blocked:
            return  # a stocktake: the wave after it takes these too
        for sale in list(sales.to_pick.values()):
            order = shop.open[sale.order_key]
            inside = self._pick(sale, order.key)
            if inside is None:
                self._report_missing(sale, now)
            else:
                self._operations.warehouse.pack(order, inside)
                sales.pack(sale, now)

    def _pick(self, sale: Sale, order_key: int) -> list[tuple[int, int]] | None:
        """What goes into the parcel; None when something is not on the shelf."""
        shelf = self._operations.warehouse.shelf
        inside: list[tuple[int, int]] = []
        taken: dict[int, int] = {}
        wrong = self.policies.picks_wrong(order_key, len(sale.lines))
        for n, (sku, units, _, _) in enumerate(sale.lines):
            picked = sku
            if n == wrong:
                neighbour = sku ^ 1
                if neighbour < len(shelf) and shelf[neighbour] - taken.get(neighbour, 0) >= units:
                    picked = neighbour
            if shelf[picked] - taken.get(picked, 0) < units:
                return None
            taken[picked] = taken.get(picked, 0) + units
            inside.append((picked, units))
        return inside

    def _report_missing(self, sale: Sale, now: int) -> None:
        """The shelf holds less than the screen says: correct the screen, put the order back, grumble."""
        cin7, shelf, day = self._cin7, self._operations.warehouse.shelf, now // DAY
        for sku in dict.fromkeys(line[0] for line in sale.lines):
            difference = shelf[sku] - (cin7.stock.on_hand[sku] - cin7.stock.packed[sku])
            if difference < 0:
                key = keys.document(keys.root(keys.ADJUSTMENT, now << 13 | sku), keys.ADJUST)
                text = self._operations.lexicon.text(NOT_FOUND)
                cin7.stock.adjust(sku, difference, key, text, self.pickers[0], now, day)
                ticket = f"{self._operations.lexicon.lists['sku'][sku]}: Cin7 shows stock, shelf is empty"
                self._operations.issues.add(
                    (keys.root(keys.TICKET, now << 13 | sku), now, self.pickers[0], self._operations.lexicon.text(ticket))
                )
        cin7.sales.put_back(sale, now)

    def _hand_over(self, day: int, now: int) -> None:
        """The carrier collects; what misses the van waits for the next one. The shop takes the customer's money."""
        operations, sales = self._operations, self._cin7.sales
        stays = []
        for parcel in operations.warehouse.staging:
            if operations.policies.carrier_collects(parcel.order.key, day):
                operations.warehouse.collect(parcel, now)
                operations.gateway.capture(parcel.order, now)
                self._collected.append(sales.by_order[parcel.order.key])
            else:
                stays.append(parcel)
        operations.warehouse.staging = stays

    def _enter_shipments(self, day: int, now: int) -> None:
        """Authorise the shipments of what the carrier took."""
        for sale in self._collected:
            delay = self.policies.shipment_entry_delay(sale.order_key, day)
            if delay is None:
                continue
            if delay:
                self._late_shipments.setdefault(self._calendar.add_workdays(day, delay), []).append((sale, day))
            else:
                self._ship(sale, day, now)
        self._collected.clear()

    def _ship(self, sale: Sale, shipped: int, now: int) -> None:
        """Authorise a shipment with its true date where that is still open; during a stocktake, put it off."""
        if not self._cin7.sales.authorise_shipment(sale, now, max(shipped, self._cin7.books.lock_date)):
            self._late_shipments.setdefault(self._calendar.add_workdays(now // DAY, 1), []).append((sale, shipped))

    def _catch_up(self, day: int, now: int) -> None:
        """Enter what was left lying on an earlier day, with its true date where that is still open."""
        for delivery in self._late_receipts.pop(day, ()):
            self._receive(delivery, now)
        for sale, shipped in self._late_shipments.pop(day, ()):
            self._ship(sale, shipped, now)
        month = self._calendar.previous_month_end(day)
        if month != self._month and self._draw.happens(self._staff.turnover.value, day, 1):
            self.pickers = [*self.pickers[1:], self.pickers[0]]
        self._month = month

    # -- returns ----------------------------------------------------------------------------------------------

    def _take_back(self, now: int) -> None:
        """Credit, refund and, where the goods are fit for it, restock what came back."""
        desk = self._operations.warehouse.returns_desk
        if self._cin7.stock.blocked:
            return  # a stocktake: what came back waits on the desk
        for item in desk:
            self._credit(item, now)
        desk.clear()

    def _credit(self, item: ReturnedGoods, now: int) -> None:
        operations, sales, day = self._operations, self._cin7.sales, now // DAY
        order = item.order
        _, units, price, discount = order.lines[item.line]
        sale = sales.by_order[order.key]
        net = price * units - discount
        tax = operations.shop.tax_on(net)
        note = sales.credit(sale, item.line, tax, now, day)
        if note is None:
            return
        happened = operations.warehouse.happened
        happened(h.CREDITED_GOODS, now, note, amount=net)
        happened(h.CREDITED_TAX, now, note, amount=tax)
        operations.gateway.refund(order, note, net + tax, now)
        if item.condition == RESALABLE:
            operations.warehouse.shelf[item.sku] += item.units
            ship = keys.document(order.key, keys.SHIP)
            happened(h.PUT_BACK, now, keys.beside(note, keys.RESTOCK), item.sku, item.units, about=ship)
            if sale.shipped:  # Cin7 refuses to restock what it never shipped ("Pending fulfillment")
                sales.restock(sale, note, item.line, now, day)

    # -- counting ---------------------------------------------------------------------------------------------

    def _count(self, day: int, now: int) -> None:
        """Count this week's part of the products; parcels packed and not shipped are known to be off the shelf."""
        cin7, house = self._cin7, self._operations.warehouse
        self._sheets += 1
        lines: list[tuple[int, int, int]] = []
        part = day // 7 % _COUNT_CYCLE_WEEKS
        for sku in range(part, len(house.shelf), _COUNT_CYCLE_WEEKS):
            expected = cin7.stock.on_hand[sku] - cin7.stock.packed[sku]
            counted = house.shelf[sku]
            house.count_sheets.add((_SHEET | self._sheets, sku, cin7.stock.location, counted, now))
            # Units that customers were promised and that are not there cannot be written off below zero on hand.
            lines.append((sku, expected, max(counted, expected - cin7.stock.on_hand[sku])))
        key = keys.document(keys.root(keys.COUNT, day), keys.ADJUST)
        cin7.stock.stocktake(key, lines, now, day)
        cin7.sales.retry_backorders(now)

    def _write_off_damaged(self, day: int, now: int) -> None:
        """Somebody finds a damaged unit, throws it away and adjusts, with whatever reason comes to mind."""
        house, draw = self._operations.warehouse, self._draw
        if not draw.happens(self._noise.damaged_units.value, day, 2):
            return
        sku = draw.between(0, len(house.shelf) - 1, day, 3)
        if house.shelf[sku] < 1 or self._cin7.stock.available(sku) < 1:
            return
        key = keys.document(keys.root(keys.ADJUSTMENT, day << 8 | 2), keys.ADJUST)
        reason = _VAGUE_REASONS[draw.between(0, len(_VAGUE_REASONS) - 1, day, 4)]
        house.lose(sku, 1, now, key)
        self._cin7.stock.adjust(sku, -1, key, self._operations.lexicon.text(reason), self.pickers[-1], now, day)
