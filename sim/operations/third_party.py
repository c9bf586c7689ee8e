"""A third party's warehouse: what its people do with our goods, and the files in which they tell us.

It works from the order files it was sent, keeps records of its own, and writes a file of each kind at hours of its own. What
it did and has not told is known to it alone. Knows shelves, parcels and its own files; nothing of any record of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..profile import NoiseConfig
from ..schema import WAREHOUSE_FILE
from ..tables import number_prefix
from . import happenings as h
from .goods import ReturnedGoods, Warehouse
from .order import Line, Order, Parcel
from .suppliers import Delivery
from .transport import Consignment, Transport
from .world import Operations

PACKING, DESPATCHES, RECEIPTS, RETURNS, ADJUSTMENTS, STOCK, TRANSFERS = (
    WAREHOUSE_FILE[word] for word in ("packing", "despatches", "receipts", "returns", "adjustments", "stock", "transfers")
)
_GOODS_IN, _WAVES, _RETURNS, _PACKING, _COLLECTION, _EVENING = 9 * 60 + 10, (600, 780, 900), 860, 940, 990, 18 * 60
FIRST_WAKE = _GOODS_IN
"""Minute of the first day at which its people begin."""
_COUNT_WEEKDAY, _SNAPSHOT_WEEKDAY = 2, 4
_COUNT_CYCLE_WEEKS = 12
"""It counts every product once in this many weeks (assumption)."""
NOT_THERE, COUNTED, BROKEN = "not in its bin", "cycle count", "damaged in store"
_FILE, _SHEET = number_prefix("WF-"), number_prefix("ST-")
_SHEETS_FROM = 800_000
"""Running numbers of its count sheets begin here."""
_KINDS = 8
_ADJUSTED = 1 << 31
"""Marks the identity of an adjustment that it reports, apart from ours."""


class Request(NamedTuple):
    """A line of an order file: please send this."""

    order: Order
    ship: int
    invoice: int
    lines: list[Line]
    numbers: Sequence[int]
    net_cents: int
    shipping_cents: int
    tax_cents: int
    sold: list[tuple[int, int]] | None = None
    """Product and net cents of each line, where lines bring to several accounts."""


class Move(NamedTuple):
    """Please send these goods to another place of ours."""

    asked: int
    """The key under which it was asked for."""
    lines: list[tuple[int, int]]
    """Product, units."""
    destination: Warehouse
    number: int
    """As it stands on the docket."""


class Loaded(NamedTuple):
    """What they sent of it."""

    asked: int
    lines: list[tuple[int, int]]


def departure_of(asked: int, *, as_asked: bool) -> int:
    """The key under which goods leave; of other goods than were asked for, another one."""
    return asked if as_asked else keys.document(keys.root(keys.TRANSFER, keys.identity_of(asked) | 1), keys.DEPARTURE)


class FileLine(NamedTuple):
    """One line of a file; what does not apply is -1, None or empty."""

    key: int
    """The shipment or adjustment it is about."""
    reference: int
    """How the paper calls it."""
    sku: int
    units: int
    """0 in a packing file: not all there, nothing sent."""
    at: int
    """When it happened."""
    subject: Delivery | Consignment | ReturnedGoods | Loaded | None = None
    remark: str = ""


class File(NamedTuple):
    """A file that can be fetched from `available` on."""

    kind: int
    number: int
    since: int
    written: int
    available: int
    lines: tuple[FileLine, ...]


class ThirdParty:
    """The people of one such warehouse."""

    __slots__ = ("_calendar", "_damaged", "_draw", "_house", "_index", "_late", "_lines", "_moves", "_operations", "_phases",
                 "_requests", "_written", "files", "rank", "sends_on")  # fmt: skip

    def __init__(self, operations: Operations, index: int, noise: NoiseConfig, draws: Draws) -> None:
        """`index`: which of the business's locations is theirs."""
        self.rank = 30
        self._operations, self._index = operations, index
        self._house: Warehouse = operations.houses[index]
        self._calendar: Calendar = operations.calendar
        self._draw, self._damaged = draws.stream(f"third party/{index}"), noise.damaged_units.value
        self._requests: dict[int, Request] = {}
        self._lines: dict[int, list[FileLine]] = {kind: [] for kind in range(len(WAREHOUSE_FILE.words))}
        self._written = [0] * len(self._lines)
        """When the last file of each kind was written."""
        self._late: dict[int, list[FileLine]] = {}
        """Despatches left out of their file, by the day on which they are told after all."""
        self._moves: list[Move] = []
        self.sends_on = False
        """Whether goods go from here to other places of ours."""
        self.files: list[File] = []
        """Files nobody has fetched."""
        self._phases = sorted({_GOODS_IN, *_WAVES, _RETURNS, _PACKING, _COLLECTION, _EVENING})

    @property
    def house(self) -> Warehouse:
        """The building."""
        return self._house

    def send(self, requests: Sequence[Request]) -> None:
        """An order file comes in."""
        for request in requests:
            self._requests[request.ship] = request

    def move(self, move: Move) -> None:
        """They are asked to send goods to another place."""
        self._moves.append(move)

    def withdraw(self, ship: int) -> bool:
        """Whether they let go of a request; they do until it is picked."""
        return self._requests.pop(ship, None) is not None

    def wake(self, now: int) -> int | None:
        """Do what the hour asks for."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _GOODS_IN:
                self._take_in(now)
                self._write(RECEIPTS, now)
            elif minute in _WAVES:
                self._pick(now)
            elif minute == _RETURNS:
                self._look_at_returns(now)
                self._write(RETURNS, now)
            elif minute == _PACKING:
                self._write(PACKING, now)
            elif minute == _COLLECTION:
                self._hand_over(day, now)
            else:
                self._end_the_day(day, now)
            later = [phase for phase in self._phases if phase > minute]
            if later:
                return day * DAY + later[0]
        return self._calendar.workday_from(day + 1) * DAY + self._phases[0]

    # -- goods ------------------------------------------------------------------------------------------------

    def _take_in(self, now: int) -> None:
        """Put away what came: it is scanned, so the count is right."""
        house, bay, lines = self._house, self._operations.transport.bay, self._lines[RECEIPTS]
        for delivery in house.dock:
            for sku, units, _ in delivery.lines:
                house.shelf[sku] += units
                lines.append(FileLine(delivery.key, delivery.note, sku, units, delivery.arrived, delivery))
        house.dock.clear()
        for consignment in [consignment for consignment in bay if consignment.destination is house]:
            bay.remove(consignment)
            Transport.put_away(consignment)
            for sku, units in consignment.lines:
                at = consignment.arrived
                lines.append(FileLine(consignment.arrival, consignment.docket, sku, units, at, consignment))

    def _pick(self, now: int) -> None:
        house, picks_wrong = self._house, self._operations.policies.third_party_picks_wrong
        packed = self._lines[PACKING]
        for ship, request in self._requests.items():
            inside = house.pick(request.lines, picks_wrong(ship, len(request.lines)))
            if inside is None:
                self._report_missing(request, now)
                packed.append(FileLine(ship, request.order.number, -1, 0, now))
                continue
            for (wanted, units, _, _), (got, _) in zip(request.lines, inside, strict=True):
                if wanted != got:
                    house.note(wanted, units)
                    house.note(got, -units)
            house.pack(Parcel(request.order, ship, request.invoice, inside, request.numbers, request.net_cents,
                              request.shipping_cents, request.tax_cents, request.sold))  # fmt: skip
            packed.append(FileLine(ship, request.order.number, -1, sum(units for _, units in inside), now))
        self._requests.clear()

    def _report_missing(self, request: Request, now: int) -> None:
        """The bin holds less than their own record says: they correct it and tell."""
        for sku in dict.fromkeys(line[0] for line in request.lines):
            self._adjust(sku, NOT_THERE, now)

    def _adjust(self, sku: int, reason: str, now: int) -> None:
        """Notice a difference, if there is one, and report it."""
        units = self._house.unnoticed.pop(sku, 0)
        if units:
            day, minute = divmod(now, DAY)
            identity = _ADJUSTED | (day * 32 + minute // 60) << 15 | self._index << 12 | sku
            key = keys.document(keys.root(keys.ADJUSTMENT, identity), keys.ADJUST)
            self._lines[ADJUSTMENTS].append(FileLine(key, -1, sku, units, now, remark=reason))

    def _hand_over(self, day: int, now: int) -> None:
        """The carrier collects; what misses the van waits for the next one."""
        house, policies = self._house, self._operations.policies
        collects, tells = policies.carrier_collects, policies.third_party_tells
        stays, taken = [], []
        for parcel in house.staging:
            if not collects(parcel.ship, day):
                stays.append(parcel)
                continue
            house.collect(parcel, now)
            taken.append(parcel)
            units = sum(units for _, units in parcel.inside)
            line = FileLine(parcel.ship, parcel.order.number, -1, units, now)
            days = tells(parcel.ship, day)
            if days is not None:
                self._late.setdefault(self._calendar.add_workdays(day, days) if days else day, []).append(line)
        self._operations.claims.consider(taken, self._index, now)
        house.staging = stays
        self._load(day, now)

    def _load(self, day: int, now: int) -> None:
        """Load what is to go to other places, as far as it lies there and nobody has ordered it."""
        house, ordered = self._house, self._ordered()
        for move in self._moves:
            found = [(sku, min(units, house.shelf[sku] - ordered.get(sku, 0))) for sku, units in move.lines]
            lines = [(sku, units) for sku, units in found if units > 0]
            if lines:
                departure = departure_of(move.asked, as_asked=lines == move.lines)
                arrival = keys.document(departure, keys.ARRIVAL)
                self._operations.transport.load(
                    departure, arrival, house, move.destination, lines, move.number, now, day
                )
            units = sum(units for _, units in lines)
            self._lines[TRANSFERS].append(FileLine(move.asked, move.number, -1, units, now, Loaded(move.asked, lines)))
        self._moves.clear()

    def _ordered(self) -> dict[int, int]:
        """Units by product that they are asked to send to customers."""
        found: dict[int, int] = {}
        for request in self._requests.values():
            for sku, units, *_ in request.lines:
                found[sku] = found.get(sku, 0) + units
        return found

    def _look_at_returns(self, now: int) -> None:
        """Unpack what came back, and tell; it stays aside until we say what is to become of it."""
        house, lines = self._house, self._lines[RETURNS]
        for item in house.returns_desk:
            number = item.parcel.order.number
            lines.append(FileLine(item.parcel.ship, number, item.sku, item.units, now, item))
        house.returns_desk.clear()

    def _end_the_day(self, day: int, now: int) -> None:
        for due in [due for due in self._late if due <= day]:
            self._lines[DESPATCHES] += self._late.pop(due)
        self._write(DESPATCHES, now)
        if self.sends_on:
            self._write(TRANSFERS, now)
        if self._calendar.weekday(day) == _COUNT_WEEKDAY:
            self._count(day, now)
        self._find_damaged(day, now)
        self._write(ADJUSTMENTS, now)
        if self._calendar.weekday(day) == _SNAPSHOT_WEEKDAY:
            house, lines = self._house, self._lines[STOCK]
            held = ((sku, units - house.unnoticed.get(sku, 0)) for sku, units in enumerate(house.shelf))
            lines += [FileLine(-1, -1, sku, units, now) for sku, units in held if units]
            self._write(STOCK, now)

    def _count(self, day: int, now: int) -> None:
        house, part = self._house, day // 7 % _COUNT_CYCLE_WEEKS
        sheet = _SHEET | (_SHEETS_FROM + day * _KINDS + self._index)
        for sku in range(part, len(house.shelf), _COUNT_CYCLE_WEEKS):
            house.tables.count_sheets.add((sheet, sku, house.place, house.shelf[sku], now))
            self._adjust(sku, COUNTED, now)

    def _find_damaged(self, day: int, now: int) -> None:
        """Somebody finds a damaged unit and throws it away."""
        house, draw = self._house, self._draw
        if draw.happens(self._damaged, day):
            sku = draw.between(0, len(house.shelf) - 1, day, 1)
            asked = (line[1] for request in self._requests.values() for line in request.lines if line[0] == sku)
            if house.shelf[sku] > sum(asked):  # what is to be sent is looked at when it is picked
                identity = _ADJUSTED | (day * 32 + 31) << 15 | self._index << 12 | sku
                key = keys.document(keys.root(keys.ADJUSTMENT, identity), keys.ADJUST)
                house.shelf[sku] -= 1
                house.happened(h.LOST, now, key, sku, 1)
                self._lines[ADJUSTMENTS].append(FileLine(key, -1, sku, -1, now, remark=BROKEN))

    # -- files ------------------------------------------------------------------------------------------------

    def _write(self, kind: int, now: int) -> None:
        """Write a file, even an empty one, and put it where we can fetch it; now and then late, or once more."""
        house, day = self._house, now // DAY
        number = _FILE | (day * _KINDS + kind) * _KINDS + self._index
        lines, since = self._lines[kind], self._written[kind]
        add = house.tables.third_party_files.add
        for n, line in enumerate(lines):
            add((number, kind, n, house.place, line.reference, line.sku, line.units, now))
        after, again = self._operations.policies.third_party_delivers(day * _KINDS + kind)
        file = File(kind, number, since, now, now + after, tuple(lines))
        self.files.append(file)
        if again:
            self.files.append(file._replace(available=file.available + again))
        lines.clear()
        self._written[kind] = now
