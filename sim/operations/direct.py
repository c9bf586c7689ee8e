"""Drop shippers: suppliers who send what customers bought straight to them, late, not at all, or at another price.

A dispatch goes with the supplier's carrier and under his numbers; the business learns of it from his note. Knows the orders
as customers placed them and as the business passed them on, and nothing of how they are booked.
"""

from __future__ import annotations

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..money import extend, ratio
from ..profile import DropShipperConfig, NoiseConfig, SupplyConfig
from ..schema import PAPER, SupplierDispatch, SupplierDocument
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import DAMAGED, RESALABLE, RMA, TRACKING, GoodsTables, Scribe, make_sale
from .happenings import Happenings
from .money_flows import Debtors
from .order import Order, Parcel

_DISPATCH, _BILL_NUMBER, _CREDIT_NUMBER = (number_prefix(prefix) for prefix in ("DSP-", "SINV-", "SCN-"))
_INVOICE, _CREDIT_NOTE = PAPER["invoice"], PAPER["credit note"]
_FIRST_SHIP, _FIRST_INVOICE = keys.first(keys.SHIP), keys.first(keys.INVOICE)
_BASIS = 10_000
_LATE_DAYS = (5, 10)  # assumption: working days by which a late dispatch is late
_LATE_NOTE_DAYS = (1, 3)  # assumption: working days until a note that was forgotten arrives
_LATE_MAIL_DAYS = (5, 12)  # assumption: working days a bill travels that is sent late
_CREDIT_DAYS = (5, 15)  # assumption: working days from the return to the supplier's credit note
_NOTHING_LEFT = 0.7  # assumption: share of shortages in which the supplier has nothing at all


class DirectSale:
    """What of one order is sent straight to the customer."""

    __slots__ = ("is_all", "order", "sold")

    def __init__(self, order: Order, *, is_all: bool) -> None:
        self.order, self.is_all = order, is_all
        """`is_all`: the business itself sends nothing of the order."""
        self.sold = False
        """The first goods have gone."""


class DirectOrder:
    """A purchase order as sent to the supplier, with the customer's address."""

    __slots__ = ("billed", "key", "lines", "number", "sale", "supplier")

    def __init__(
        self, key: int, number: int, supplier: int, sale: DirectSale, lines: list[tuple[int, int, int, int]]
    ) -> None:
        self.key, self.number, self.supplier, self.sale = key, number, supplier, sale
        self.lines = lines
        """Place on the customer's order, product, units, agreed unit cost."""
        self.billed: dict[int, int] = {}
        """Unit costs as billed, by place on the customer's order."""


class DispatchNote:
    """What a supplier says he has sent, and what he cannot send: place on the customer's order, units."""

    __slots__ = ("missing", "paper", "sent")

    def __init__(self, paper: DirectOrder, sent: list[tuple[int, int]], missing: list[tuple[int, int]]) -> None:
        self.paper, self.sent, self.missing = paper, sent, missing


class DirectBill:
    """A supplier's bill for what he sent. `lines`: product, units, unit cost."""

    __slots__ = ("date", "key", "lines", "number", "paper")

    def __init__(self, paper: DirectOrder, lines: list[tuple[int, int, int]], number: int, date: int) -> None:
        self.paper, self.lines, self.number, self.date = paper, lines, number, date
        self.key = keys.document(paper.key, keys.BILL)


class DirectReturn:
    """What a customer does not want: kept all the same, or sent back to the supplier."""

    __slots__ = ("line", "paper", "units")

    def __init__(self, paper: DirectOrder, line: int, units: int) -> None:
        self.paper, self.line, self.units = paper, line, units


class DirectCredit:
    """A supplier's credit note for goods that came back to him."""

    __slots__ = ("cents", "date", "key", "number", "paper", "sku", "units")

    def __init__(self, paper: DirectOrder, sku: int, units: int, cents: int, number: int, date: int) -> None:
        self.paper, self.sku, self.units, self.cents, self.number, self.date = paper, sku, units, cents, number, date
        self.key = keys.document(paper.key, keys.SUPPLIER_CREDIT)  # of an order, one line at most comes back


class _Shipper:
    """How the suppliers of one kind behave."""

    __slots__ = ("bill_days", "config", "days")

    def __init__(self, config: DropShipperConfig, draws: Draws) -> None:
        self.config, days = config, config.dispatch_days.value
        self.days = draws.gamma_quantiles(f"direct/{config.name}/days", days, config.dispatch_spread.value)
        self.bill_days = draws.gamma_quantiles(f"direct/{config.name}/bill", max(0.1, config.bill_days.value), 0.7)


class DropShippers:
    """All suppliers who send to customers."""

    __slots__ = ("_bills_due", "_calendar", "_credits_due", "_debtors", "_draw", "_due", "_first", "_goods", "_happenings",
                 "_late_bill", "_notes_due", "_numbers", "_papers", "_returns_due", "_shippers", "bills", "credits",
                 "dispatches", "documents", "itemised", "notes", "returns")  # fmt: skip

    def __init__(
        self, config: SupplyConfig, noise: NoiseConfig, first: int, calendar: Calendar, draws: Draws, goods: GoodsTables,
        documents: Rows[SupplierDocument], debtors: Debtors, happenings: Happenings,
    ) -> None:  # fmt: skip
        """`first`: the number of the first of these suppliers; `documents`: where suppliers' papers are kept."""
        self._calendar, self._goods, self._debtors, self._happenings = calendar, goods, debtors, happenings
        self._first = first
        self._shippers: list[_Shipper] = []
        """By supplier's number less the first."""
        for shipper in config.drop_shippers:
            self._shippers += [_Shipper(shipper, draws)] * shipper.suppliers
        self._draw = draws.stream("direct/orders")
        self._papers = Scribe(draws.stream("direct/papers"), noise.missed_reference.value)
        self._late_bill = noise.late_bill.value
        self._numbers = 0
        self._due: dict[int, list[DirectOrder]] = {}
        self._notes_due: dict[int, list[tuple[DispatchNote, int, int, int]]] = {}
        self._bills_due: dict[int, list[DirectBill]] = {}
        self._returns_due: dict[int, list[DirectReturn]] = {}
        self._credits_due: dict[int, list[DirectCredit]] = {}
        self.dispatches: Rows[SupplierDispatch] = Rows("operations/supplier_dispatches", SupplierDispatch)
        self.documents = documents
        self.itemised = False
        """Whether the business keeps the amounts of lines apart."""
        self.notes: list[DispatchNote] = []
        """Dispatch notes nobody has read."""
        self.bills: list[DirectBill] = []
        """Bills nobody has entered."""
        self.returns: list[DirectReturn] = []
        """Returns for which the customer has not been given his money."""
        self.credits: list[DirectCredit] = []
        """Credit notes nobody has entered."""

    def expected(self, supplier: int, day: int) -> int:
        """The day by which an order of `day` should have left."""
        return self._calendar.add_workdays(day, round(self._of(supplier).config.dispatch_days.value) + 2)

    def accept(self, paper: DirectOrder, day: int) -> None:
        """Take an order, to be sent within days."""
        draw, shipper = self._draw, self._of(paper.supplier)
        days = max(1, draw.quantile(shipper.days, paper.key))
        if draw.happens(shipper.config.late.value, paper.key, 1):
            days += draw.between(*_LATE_DAYS, paper.key, 2)
        self._due.setdefault(self._calendar.add_workdays(day, days), []).append(paper)

    def dispatch(self, day: int, now: int, names: list[int]) -> None:
        """Carriers fetch what leaves on `day`; `names` are suppliers' codes."""
        for paper in self._due.pop(day, ()):
            sent, missing = self._pick(paper)
            units = sum(count for _, count in sent)
            tracking = self._hand_over(paper, sent, units, now) if sent else -1
            order = paper.sale.order
            order.units_gone += units + sum(count for _, count in missing)  # nobody waits for what will not come
            if order.is_gone:
                order.shop.open.pop(order.key, None)
            late = self._draw.happens(self._of(paper.supplier).config.late_note.value, paper.key, 3)
            heard = self._calendar.add_workdays(day, self._draw.between(*_LATE_NOTE_DAYS, paper.key, 4)) if late else day
            note = DispatchNote(paper, sent, missing)
            if late:
                self._notes_due.setdefault(heard, []).append((note, tracking, now, names[paper.supplier]))
            else:
                self._write_note(note, tracking, now, names[paper.supplier], now)
            if sent:
                self._bill(paper, sent, day)
                self._plan_return(paper, sent, day)

    def bring_papers(self, day: int, now: int, names: list[int]) -> None:
        """What is due on `day` arrives: notes that were forgotten, bills, returns and credit notes."""
        for note, tracking, left, name in self._notes_due.pop(day, ()):
            self._write_note(note, tracking, left, name, now)
        happened, written = self._happenings.add, self.documents.add
        for bill in self._bills_due.pop(day, ()):
            self.bills.append(bill)
            reference = self._papers.write(bill.paper.number, bill.key)
            for n, (sku, units, cost) in enumerate(bill.lines):
                happened((h.BILLED_DIRECT, now, bill.key, sku, units, extend(units, cost), -1, -1))
                written((bill.number, _INVOICE, n, names[bill.paper.supplier], reference, bill.date, sku, units, cost, now))
        for due in [due for due in self._returns_due if due <= day]:
            for back in self._returns_due.pop(due):
                self._come_back(back, day, now)
        for credit in self._credits_due.pop(day, ()):
            self.credits.append(credit)
            reference, name = self._papers.write(credit.paper.number, credit.key), names[credit.paper.supplier]
            happened((h.CREDITED_DIRECT, now, credit.key, credit.sku, credit.units, credit.cents, -1, -1))
            written((credit.number, _CREDIT_NOTE, 0, name, reference, credit.date, credit.sku, credit.units,
                     ratio(credit.cents, 100, credit.units), now))  # fmt: skip

    # -- inside -------------------------------------------------------------------------------------------------

    def _of(self, supplier: int) -> _Shipper:
        return self._shippers[supplier - self._first]

    def _pick(self, paper: DirectOrder) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """What of an order can be sent, and what cannot."""
        draw, rate = self._draw, self._of(paper.supplier).config.out_of_stock.value
        sent: list[tuple[int, int]] = []
        missing: list[tuple[int, int]] = []
        for line, _, units, _ in paper.lines:
            lacks = 0
            if draw.happens(rate, keys.line(paper.key, line), 5):
                lacks = units if draw.uniform(keys.line(paper.key, line), 6) < _NOTHING_LEFT else units - units // 2
                missing.append((line, lacks))
            if lacks < units:
                sent.append((line, units - lacks))
        return sent, missing

    def _hand_over(self, paper: DirectOrder, sent: list[tuple[int, int]], units: int, now: int) -> int:
        """The carrier takes a parcel; return its number. With the first goods of an order, the sale is made."""
        sale, order = paper.sale, paper.sale.order
        self._goods.tracking += 1
        tracking = TRACKING | self._goods.tracking
        self._goods.shipments.add((tracking, self._papers.write(paper.number, keys.document(paper.key, keys.SHIP)), now, units))
        if sale.is_all and not sale.sold:
            inside = [(order.lines[line][0], count) for line, count in sent]
            parcel = Parcel(order, order.key + _FIRST_SHIP, order.key + _FIRST_INVOICE, inside, [line for line, _ in sent],
                            order.net_cents, order.shipping_cents, order.tax_cents,
                            order.line_amounts() if self.itemised else None)  # fmt: skip
            make_sale(parcel, units, now, self._happenings, self._debtors)
        sale.sold = True
        return tracking

    def _write_note(self, note: DispatchNote, tracking: int, left: int, supplier: int, now: int) -> None:
        """The supplier says what he sent, and what he cannot send."""
        self.notes.append(note)
        self._numbers += 1
        number, paper = _DISPATCH | self._numbers, note.paper
        reference, lines = self._papers.write(paper.number, paper.key), paper.sale.order.lines
        told = [(line, units, tracking) for line, units in note.sent]
        told += [(line, 0, -1) for line, _ in note.missing if line not in dict(note.sent)]
        for n, (line, units, parcel) in enumerate(told):
            self.dispatches.add((number, n, supplier, reference, lines[line][0], units, parcel, left, now))

    def _bill(self, paper: DirectOrder, sent: list[tuple[int, int]], day: int) -> None:
        """Decide at which prices what was sent is billed, and when."""
        draw, shipper, config = self._draw, self._of(paper.supplier), self._of(paper.supplier).config
        agreed = {line: (sku, cost) for line, sku, _, cost in paper.lines}
        lines = []
        for line, units in sent:
            (sku, cost), key = agreed[line], keys.line(paper.key, line)
            if draw.happens(config.price_change.value, key, 7):
                # assumption: prices rise more often than they fall
                change = (2.0 * draw.uniform(key, 8) - 0.7) * config.price_change_size.value
                cost = max(1, cost + ratio(cost, round(change * _BASIS), _BASIS))
            paper.billed[line] = cost
            lines.append((sku, units, cost))
        date = self._calendar.workday_from(day + draw.quantile(shipper.bill_days, paper.key, 9))
        travels = draw.between(*_LATE_MAIL_DAYS, paper.key, 10) if draw.happens(self._late_bill, paper.key, 11) else 1
        bill = DirectBill(paper, lines, _BILL_NUMBER | (10_000 + draw.between(0, 89_999, paper.key, 12)), date)
        self._bills_due.setdefault(self._calendar.add_workdays(date, travels), []).append(bill)

    def _plan_return(self, paper: DirectOrder, sent: list[tuple[int, int]], day: int) -> None:
        order = paper.sale.order
        planned = order.shop.planned_return(order)
        if planned is not None and planned[0] in dict(sent):
            line, units, days, _ = planned
            self._returns_due.setdefault(day + days, []).append(DirectReturn(paper, line, min(units, dict(sent)[line])))

    def _come_back(self, back: DirectReturn, day: int, now: int) -> None:
        """A customer keeps what he does not want, or sends it to the supplier, who credits it or does not."""
        draw, paper, goods = self._draw, back.paper, self._goods
        config, key, order = self._of(paper.supplier).config, keys.line(paper.key, back.line), paper.sale.order
        self.returns.append(back)
        if draw.happens(config.kept.value, key, 13):
            return
        sku, units, cost = order.lines[back.line][0], back.units, paper.billed[back.line]
        credited = draw.happens(config.credited.value, key, 14)
        goods.rma += 1
        goods.returns.add((RMA | goods.rma, 0, order.number, sku, units, RESALABLE if credited else DAMAGED, now,
                           -1))  # fmt: skip
        if credited:
            arrives = self._calendar.add_workdays(now // DAY, draw.between(*_CREDIT_DAYS, key, 15))
            number = _CREDIT_NUMBER | (10_000 + draw.between(0, 89_999, key, 16))
            credit = DirectCredit(paper, sku, units, extend(units, cost), number, arrives)
            self._credits_due.setdefault(arrives, []).append(credit)
