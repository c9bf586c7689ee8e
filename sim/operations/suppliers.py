"""Suppliers: they deliver late, short or at another price, and send their bills when it suits them."""

from __future__ import annotations

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..money import ratio
from ..profile import NoiseConfig, SupplyConfig
from ..schema import PAPER, DockReceipt, SupplierDocument
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import DELIVERY_NOTE, Scribe
from .happenings import Happenings

_BILL_NUMBER = number_prefix("SINV-")
_BASIS = 10_000
_REST_COMES = 0.6  # assumption: share of short deliveries whose rest is sent later
_REST_DAYS = (7, 14)  # assumption
_LATE_MAIL_DAYS = (5, 12)  # assumption: working days a bill travels that is sent late
_SAYS_SO = 0.6  # assumption: share of deliveries without a rest whose note says that it will not come


NEVER_EXPIRES = (1 << 20) - 1
"""On a label: the day of expiry of what does not expire."""


def label_of(lot: int, expiry: int) -> int:
    """Batch number and day of expiry as one number, as physical events carry it."""
    return lot << 20 | expiry


class OrderPaper:
    """A purchase order as sent to the supplier."""

    __slots__ = ("key", "lines", "number", "place", "supplier")

    def __init__(self, key: int, number: int, supplier: int, lines: list[tuple[int, int, int]], place: int) -> None:
        self.key, self.number, self.supplier = key, number, supplier
        self.place = place
        """The location that wants the goods."""
        self.lines = lines
        """Product, units, agreed unit cost."""


class Delivery:
    """Goods on the dock with their delivery note."""

    __slots__ = ("arrived", "labels", "lines", "note", "ordinal", "paper", "rest_cancelled")

    def __init__(
        self, paper: OrderPaper, ordinal: int, lines: list[tuple[int, int, int]], note: int, *, rest_cancelled: bool
    ) -> None:
        self.paper, self.ordinal, self.lines, self.note = paper, ordinal, lines, note
        self.rest_cancelled = rest_cancelled
        """The note says that what is missing will not come."""
        self.arrived = 0
        self.labels: dict[int, tuple[int, int]] = {}
        """Batch number and day of expiry of what bears a label, by product."""

    @property
    def key(self) -> int:
        """The receipt this delivery should become."""
        return keys.document(self.paper.key, keys.RECEIPT, self.ordinal)


class BillPaper:
    """A supplier's bill as it came in the mail."""

    __slots__ = ("date", "key", "lines", "number", "paper", "receipt_key")

    def __init__(
        self, paper: OrderPaper, key: int, receipt_key: int, lines: list[tuple[int, int, int]], number: int, date: int
    ) -> None:
        self.paper, self.key, self.receipt_key = paper, key, receipt_key
        self.lines, self.number, self.date = lines, number, date

    @property
    def total_cents(self) -> int:
        """What the bill asks for."""
        return sum(ratio(units, cost, 100) for _, units, cost in self.lines)


class Suppliers:
    """All suppliers of the business."""

    __slots__ = (
        "_bill_days", "_bills_due", "_calendar", "_config", "_deliveries_due", "_happenings", "_lead", "_noise", "_notes",
        "_papers", "_receipts", "_short", "dock", "documents", "lots", "mail", "shelf_life",
    )  # fmt: skip

    def __init__(
        self,
        config: SupplyConfig,
        noise: NoiseConfig,
        calendar: Calendar,
        draws: Draws,
        receipts: Rows[DockReceipt],
        happenings: Happenings,
    ) -> None:
        self._config, self._noise, self._calendar = config, noise, calendar
        self._lead = draws.gamma_quantiles("supply/lead", config.lead_days.value, config.lead_spread.value)
        self._bill_days = draws.gamma_quantiles("supply/bill", config.bill_days.value, 0.7)
        self._short = draws.stream("supply/deliveries")
        self._papers = Scribe(draws.stream("supply/papers"), noise.missed_reference.value)
        self._deliveries_due: dict[int, list[Delivery]] = {}
        self._bills_due: dict[int, list[BillPaper]] = {}
        self._notes = 0
        self.shelf_life: dict[int, int] = {}
        """Products that come with a label, and how many days they keep at most (0: they do not expire)."""
        self.lots = 0
        self._receipts, self._happenings = receipts, happenings
        self.documents: Rows[SupplierDocument] = Rows("operations/supplier_documents", SupplierDocument)
        self.dock: list[Delivery] = []
        """Deliveries nobody has booked in."""
        self.mail: list[BillPaper] = []
        """Bills nobody has entered."""

    def accept(self, paper: OrderPaper, day: int) -> int:
        """Take an order; return the day on which the supplier expects to deliver."""
        draw, lines = self._short, paper.lines
        due = self._calendar.workday_from(day + max(1, draw.quantile(self._lead, paper.key)))
        if draw.happens(self._config.short_delivery.value, paper.key, 1) and max(units for _, units, _ in lines) > 1:
            at = max(range(len(lines)), key=lambda n: lines[n][1])
            sku, units, cost = lines[at]
            held = units // 2
            now_lines = [*lines[:at], (sku, units - held, cost), *lines[at + 1 :]]
            rest_comes = draw.happens(_REST_COMES, paper.key, 2)
            cancelled = not rest_comes and draw.happens(_SAYS_SO, paper.key, 9)
            self._schedule(Delivery(paper, 0, now_lines, 0, rest_cancelled=cancelled), due)
            if rest_comes:
                later = due + draw.between(*_REST_DAYS, paper.key, 3)
                rest = Delivery(paper, 1, [(sku, held, cost)], 0, rest_cancelled=False)
                self._schedule(rest, self._calendar.workday_from(later))
        else:
            self._schedule(Delivery(paper, 0, list(lines), 0, rest_cancelled=False), due)
        return due

    def deliver(self, day: int, now: int, names: list[int]) -> None:
        """Goods due on `day` reach the dock and bills due reach the mail box. `names` are suppliers' codes."""
        for delivery in self._deliveries_due.pop(day, ()):
            self._unload(delivery, now, names)
        for bill in self._bills_due.pop(day, ()):
            self.mail.append(bill)
            reference = self._reference(bill.paper, bill.key)
            for n, (sku, units, cost) in enumerate(bill.lines):
                self._happenings.add((h.BILLED, now, bill.key, sku, units, cost, bill.receipt_key, -1))
                self.documents.add((bill.number, PAPER["invoice"], n, names[bill.paper.supplier], reference, bill.date, sku,
                units, cost, now))  # fmt: skip

    def _schedule(self, delivery: Delivery, day: int) -> None:
        self._deliveries_due.setdefault(day, []).append(delivery)

    def _reference(self, paper: OrderPaper, key: int) -> int:
        return self._papers.write(paper.number, key)

    def _unload(self, delivery: Delivery, now: int, names: list[int]) -> None:
        self._notes += 1
        delivery.note, delivery.arrived = DELIVERY_NOTE | self._notes, now
        reference = self._reference(delivery.paper, delivery.key)
        supplier = names[delivery.paper.supplier]
        for n, (sku, units, cost) in enumerate(delivery.lines):
            label = self._label(delivery, sku, now // DAY) if sku in self.shelf_life else -1
            self._happenings.add((h.RECEIVED, now, delivery.key, sku, units, cost, label, delivery.paper.place))
            self._receipts.add((delivery.note, n, reference, supplier, sku, units, now))
        self.dock.append(delivery)
        self._bill(delivery, now // DAY)

    def _label(self, delivery: Delivery, sku: int, day: int) -> int:
        """Label what is delivered of a product; return the label as one number."""
        life = self.shelf_life[sku]
        self.lots += 1
        # Assumption: what arrives has between half and all of its life before it.
        key = keys.line(delivery.key, sku & (keys.LINES_MAX - 1))
        expiry = day + self._short.between(life - life // 2, life, key, 12) if life else NEVER_EXPIRES
        delivery.labels[sku] = (self.lots, expiry)
        return label_of(self.lots, expiry)

    def _bill(self, delivery: Delivery, day: int) -> None:
        """Decide what will be billed for a delivery, at which prices, in how many parts, and when."""
        draw, paper = self._short, delivery.paper
        lines = [(sku, units, self._billed_cost(paper, n, cost, delivery.ordinal)) for n, (sku, units, cost) in
                 enumerate(delivery.lines)]  # fmt: skip
        half = len(lines) // 2
        parts = [lines]
        if half and draw.happens(self._noise.part_bill.value, delivery.key, 5):
            parts = [lines[:half], lines[half:]]
        for part, part_lines in enumerate(parts):
            key = keys.document(paper.key, keys.BILL, 2 * delivery.ordinal + part)
            date = self._calendar.workday_from(day + draw.quantile(self._bill_days, key) + 3 * part)
            travels = draw.between(*_LATE_MAIL_DAYS, key, 10) if draw.happens(self._noise.late_bill.value, key, 11) else 1
            arrives = self._calendar.add_workdays(date, travels)
            number = _BILL_NUMBER | (10_000 + draw.between(0, 89_999, key, 6))
            self._bills_due.setdefault(arrives, []).append(BillPaper(paper, key, delivery.key, part_lines, number, date))

    def _billed_cost(self, paper: OrderPaper, line: int, cost: int, ordinal: int) -> int:
        key = keys.line(keys.document(paper.key, keys.RECEIPT, ordinal), line)
        if not self._short.happens(self._config.price_change.value, key, 7):
            return cost
        size = self._config.price_change_size.value
        change = (2.0 * self._short.uniform(key, 8) - 0.7) * size  # assumption: prices rise more often than they fall
        return max(1, cost + ratio(cost, round(change * _BASIS), _BASIS))
