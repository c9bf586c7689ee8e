"""Suppliers and forwarders: they deliver late, short or at another price, and send their papers when it suits them.

Knows orders as they were sent and nothing of how the business books them, except whether it pays against a bill that comes
ahead of the goods: that is agreed with the supplier.
"""

from __future__ import annotations

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..money import extend, ratio
from ..profile import NoiseConfig, SupplyConfig, SupplyGroupConfig
from ..schema import DISTRIBUTION, PAPER, DockReceipt, SupplierDocument, SupplierPriceList
from ..tables import Rows, number_prefix
from . import happenings as h
from .goods import DELIVERY_NOTE, Scribe
from .happenings import Happenings
from .policies import SupplierPolicies

_BILL_NUMBER, _CREDIT_NUMBER = number_prefix("SINV-"), number_prefix("SCN-")
_INVOICE, _CREDIT_NOTE = PAPER["invoice"], PAPER["credit note"]
_BASIS = 10_000
_REST_COMES = 0.6  # assumption: share of short deliveries whose rest is sent later
_REST_DAYS = (7, 14)  # assumption
_LATE_MAIL_DAYS = (5, 12)  # assumption: working days a bill travels that is sent late
_SAYS_SO = 0.6  # assumption: share of deliveries without a rest whose note says that it will not come
_AHEAD_DAYS_MIN = 7  # assumption: a bill that comes ahead is written a week after the order at the earliest
_REFUSAL_DAYS = (1, 4)  # assumption: days until a supplier says that he cannot take an order
_CLAIM_DAYS = (8, 25)  # assumption: working days from a delivery until faulty units of it are claimed
_CORRECTION_DAYS = (5, 30)  # assumption: working days from a bill to the credit note that corrects it
_MISSING_DAYS = (8, 20)  # assumption: working days until goods billed and not sent are credited
_FAULTY_UNITS = (1, 3)  # assumption
_CORRECTION = 0.03  # assumption: a price is corrected by this share
_OVER = 20  # assumption: an over-delivery brings one unit more in every twenty, at least one

MISSING, RETURNED, PRICE = range(3)
"""What a supplier's credit note is for: goods that never came, goods sent back, a price."""


NOMINAL_COST = 100
"""What stands on papers as the unit cost of goods given for nothing, 1/10,000 of the currency: a cent, since customs want a
value (assumption)."""
NEVER_EXPIRES = (1 << 20) - 1
"""On a label: the day of expiry of what does not expire."""


def label_of(lot: int, expiry: int) -> int:
    """Batch number and day of expiry as one number, as physical events carry it."""
    return lot << 20 | expiry


class OrderPaper:
    """A purchase order as sent to the supplier."""

    __slots__ = ("billed", "blind", "key", "lines", "number", "place", "supplier")

    def __init__(
        self, key: int, number: int, supplier: int, lines: list[tuple[int, int, int]], place: int, *, blind: bool = False
    ) -> None:
        self.key, self.number, self.supplier = key, number, supplier
        self.place = place
        """The location that wants the goods."""
        self.lines = lines
        """Product, units, agreed unit cost."""
        self.blind = blind
        """Nobody will compare what comes with what was ordered."""
        self.billed: dict[int, int] = {}
        """Unit costs as billed."""


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

    @property
    def counted(self) -> list[tuple[int, int]]:
        """Product and units of each line."""
        return [(sku, units) for sku, units, _ in self.lines]


class BillPaper:
    """A supplier's bill as it came in the mail."""

    __slots__ = ("date", "key", "lines", "number", "paper", "receipt_key")

    def __init__(
        self, paper: OrderPaper, key: int, receipt_key: int, lines: list[tuple[int, int, int]], number: int, date: int
    ) -> None:
        self.paper, self.key, self.receipt_key = paper, key, receipt_key
        """`receipt_key` is -1 for a bill that comes ahead of the goods."""
        self.lines, self.number, self.date = lines, number, date

    @property
    def total_cents(self) -> int:
        """What the bill asks for."""
        return sum(extend(units, cost) for _, units, cost in self.lines)


class ChargePaper:
    """A forwarder's bill for freight or duty on a delivery."""

    __slots__ = ("cents", "date", "description", "key", "number", "paper", "receipt_key", "spread", "supplier")

    def __init__(
        self, paper: OrderPaper, key: int, receipt_key: int, description: str, spread: int, cents: int, supplier: int,
        number: int, date: int,
    ) -> None:  # fmt: skip
        self.paper, self.key, self.receipt_key, self.description = paper, key, receipt_key, description
        self.spread = spread
        """How the business spreads it over the goods, a code of `DISTRIBUTION`."""
        self.cents, self.supplier, self.number, self.date = cents, supplier, number, date


class CreditPaper:
    """A supplier's credit note, or his word that he will take goods back and credit them."""

    __slots__ = ("date", "key", "kind", "lines", "number", "paper", "receipt_key")

    def __init__(
        self, paper: OrderPaper, key: int, kind: int, receipt_key: int, lines: list[tuple[int, int, int]], number: int,
        date: int,
    ) -> None:  # fmt: skip
        self.paper, self.key, self.kind, self.receipt_key = paper, key, kind, receipt_key
        self.lines = lines
        """Product, units, what is credited for each unit."""
        self.number, self.date = number, date


class _Group:
    """How the suppliers of one group behave."""

    __slots__ = ("bill_days", "charge_days", "config", "forwarder", "lead")

    def __init__(self, config: SupplyGroupConfig, draws: Draws, suffix: str, forwarder: int) -> None:
        self.config, self.forwarder = config, forwarder
        self.lead = draws.gamma_quantiles(f"supply/lead{suffix}", config.lead_days.value, config.lead_spread.value)
        self.bill_days = draws.gamma_quantiles(f"supply/bill{suffix}", max(0.1, config.bill_days.value), 0.7)
        self.charge_days = draws.gamma_quantiles(f"supply/charge{suffix}", max(0.1, config.charge_days.value), 0.7)


class Suppliers:
    """All suppliers of the business."""

    __slots__ = (
        "_bills_due", "_calendar", "_charges_due", "_credits_due", "_deliveries_due", "_docks", "_groups", "_happenings",
        "_noise", "_notes", "_papers", "_receipts", "_refusals_due", "_short", "charges", "credits", "documents", "list_costs",
        "lots", "mail", "new_prices", "policies", "price_lists", "proformas", "refusals", "shelf_life", "supplier_of",
    )  # fmt: skip

    def __init__(
        self,
        config: SupplyConfig,
        noise: NoiseConfig,
        calendar: Calendar,
        draws: Draws,
        docks: dict[int, list[Delivery]],
        receipts: Rows[DockReceipt],
        happenings: Happenings,
    ) -> None:
        self._noise, self._calendar = noise, calendar
        self._groups: list[_Group] = []
        """By supplier's number."""
        forwarder = sum(group.suppliers for group in config.groups)
        for n, group in enumerate(config.groups):
            self._groups += [_Group(group, draws, f"/{n}" if n else "", forwarder)] * group.suppliers
            forwarder += has_forwarder(group)
        self._short = draws.stream("supply/deliveries")
        self.policies = SupplierPolicies(
            rest_days=self._usual_rest, billed_cost=self._usual_cost, sails_longer=lambda key, day: 0,
            mail_days=self._travels, bill_days=lambda bill, days: days,
            bills_charges=lambda key, day: True, gives=lambda key, day: False,
        )  # fmt: skip
        self._papers = Scribe(draws.stream("supply/papers"), noise.missed_reference.value)
        self._deliveries_due: dict[int, list[Delivery]] = {}
        self._bills_due: dict[int, list[BillPaper]] = {}
        self._charges_due: dict[int, list[ChargePaper]] = {}
        self._credits_due: dict[int, list[CreditPaper]] = {}
        self._refusals_due: dict[int, list[OrderPaper]] = {}
        self._notes = 0
        self.shelf_life: dict[int, int] = {}
        """Products that come with a label, and how many days they keep at most (0: they do not expire)."""
        self.lots = 0
        self._receipts, self._happenings = receipts, happenings
        self.documents: Rows[SupplierDocument] = Rows("operations/supplier_documents", SupplierDocument)
        self._docks = docks
        """By location."""
        self.price_lists: Rows[SupplierPriceList] = Rows("operations/supplier_price_lists", SupplierPriceList)
        self.list_costs: list[int] = []
        """What each product costs by its supplier's list, 1/10,000 of the currency."""
        self.supplier_of: list[int] = []
        """Who supplies each product."""
        self.mail: list[BillPaper] = []
        """Bills nobody has entered."""
        self.charges: list[ChargePaper] = []
        """Forwarders' bills nobody has entered."""
        self.credits: list[CreditPaper] = []
        """Credit notes nobody has entered."""
        self.proformas: list[tuple[OrderPaper, int]] = []
        """Deposits asked for and not paid, in cents."""
        self.refusals: list[OrderPaper] = []
        """Orders that were refused and that nobody has taken off the books."""
        self.new_prices: list[tuple[int, int]] = []
        """Product and new cost, of price lists nobody has looked at."""

    # -- orders -----------------------------------------------------------------------------------------------

    def accept(self, paper: OrderPaper, day: int) -> int:
        """Take an order; return the day on which the supplier expects to deliver, -1 when he will refuse it."""
        draw, lines, group = self._short, paper.lines, self._groups[paper.supplier]
        config = group.config
        deposit = round(config.deposit.value * _BASIS)
        if not deposit and draw.happens(config.refused_order.value, paper.key, 12):
            heard = self._calendar.add_workdays(day, draw.between(*_REFUSAL_DAYS, paper.key, 13))
            self._refusals_due.setdefault(heard, []).append(paper)
            return -1
        if deposit:
            total = sum(extend(units, cost) for _, units, cost in lines)
            self.proformas.append((paper, ratio(total, deposit, _BASIS)))
        due = self._calendar.workday_from(day + max(1, draw.quantile(group.lead, paper.key)))
        if config.approach == "INVOICE":
            longer = self.policies.sails_longer(paper.key, day)
            due = self._calendar.workday_from(due + longer) if longer else due
            due = max(due, self._calendar.add_workdays(day + _AHEAD_DAYS_MIN, 3))
            self._bill_ahead(paper, day, due)
        if draw.happens(config.short_delivery.value, paper.key, 1) and max(units for _, units, _ in lines) > 1:
            self._deliver_short(paper, due)
        else:
            self._schedule(Delivery(paper, 0, self._with_extras(paper), 0, rest_cancelled=False), due)
        return due

    def is_counted_blind(self, order: int, supplier: int) -> bool:
        """Whether nobody will compare with the order what comes for it."""
        return self._short.happens(self._groups[supplier].config.blind_receipt.value, order, 25)

    def _deliver_short(self, paper: OrderPaper, due: int) -> None:
        """Half of the largest line is missing; it comes later, or it does not."""
        draw, lines, calendar = self._short, paper.lines, self._calendar
        at = max(range(len(lines)), key=lambda n: lines[n][1])
        sku, units, cost = lines[at]
        held = units // 2
        now_lines = [*lines[:at], (sku, units - held, cost), *lines[at + 1 :]]
        after = self.policies.rest_days(paper.key, due)
        rest_comes = after is not None
        ahead = self._groups[paper.supplier].config.approach == "INVOICE"
        cancelled = not ahead and not rest_comes and draw.happens(_SAYS_SO, paper.key, 9)
        self._schedule(Delivery(paper, 0, now_lines, 0, rest_cancelled=cancelled), due)
        if after is not None:
            later = calendar.workday_from(due + after)
            self._schedule(Delivery(paper, 1, [(sku, held, cost)], 0, rest_cancelled=False), later)
        elif not ahead:
            self._happenings.add((h.NOT_COMING, due * DAY, paper.key, sku, held, 0, -1, paper.place))
        else:
            credited = calendar.add_workdays(due, draw.between(*_MISSING_DAYS, paper.key, 14))
            self._credit(paper, MISSING, 0, -1, [(sku, held, paper.billed[sku])], credited)

    def _usual_rest(self, purchase: int, day: int) -> int | None:
        del day
        comes = self._short.happens(_REST_COMES, purchase, 2)
        return self._short.between(*_REST_DAYS, purchase, 3) if comes else None

    def _with_extras(self, paper: OrderPaper) -> list[tuple[int, int, int]]:
        """The lines ordered; where nobody compares, sometimes more of one."""
        lines, over = list(paper.lines), self._groups[paper.supplier].config.over_delivery.value
        if paper.blind and self._short.happens(over, paper.key, 15):
            sku, units, cost = lines[0]
            lines[0] = (sku, units + max(1, units // _OVER), cost)
        return lines

    # -- what comes -------------------------------------------------------------------------------------------

    def deliver(self, day: int, now: int, names: list[int]) -> None:
        """Goods due on `day` reach the dock and papers due reach the mail box. `names` are suppliers' codes."""
        for delivery in self._deliveries_due.pop(day, ()):
            self._unload(delivery, now, names)
        happened, written = self._happenings.add, self.documents.add
        for bill in self._bills_due.pop(day, ()):
            self.mail.append(bill)
            reference = self._reference(bill.paper, bill.key)
            for n, (sku, units, cost) in enumerate(bill.lines):
                happened((h.BILLED, now, bill.key, sku, units, cost, bill.receipt_key, -1))
                written((bill.number, _INVOICE, n, names[bill.paper.supplier], reference, bill.date, sku, units, cost, now))
        for charge in self._charges_due.pop(day, ()):
            self.charges.append(charge)
            reference = self._reference(charge.paper, charge.key)
            happened((h.CHARGED, now, charge.key, -1, charge.spread, charge.cents, charge.receipt_key, -1))
            written((charge.number, _INVOICE, 0, names[charge.supplier], reference, charge.date, -1, 1, charge.cents * 100,
                     now))  # fmt: skip
        for credit in self._credits_due.pop(day, ()):
            self._bring_credit(credit, now, names)
        self.refusals += self._refusals_due.pop(day, ())
        if day == self._calendar.workday_from(self._calendar.previous_month_end(day) + 1):
            self._change_prices(day, now, names)

    def _bring_credit(self, credit: CreditPaper, now: int, names: list[int]) -> None:
        """A credit note comes; for goods to be sent back it comes with the courier who fetches them."""
        self.credits.append(credit)
        if credit.kind == RETURNED:
            return
        for sku, units, cost in credit.lines:
            if credit.kind == MISSING:
                self._happenings.add((h.CREDITED_MISSING, now, credit.key, sku, units, 0, -1, credit.paper.place))
            else:
                cents = extend(units, cost)
                self._happenings.add((h.CREDITED_PRICE, now, credit.key, sku, units, cents, credit.receipt_key, -1))
        self.write_credit(credit, now, names)

    def write_credit(self, credit: CreditPaper, now: int, names: list[int]) -> None:
        """Hand over a credit note."""
        reference, supplier = self._reference(credit.paper, credit.key), names[credit.paper.supplier]
        for n, (sku, units, cost) in enumerate(credit.lines):
            self.documents.add((credit.number, _CREDIT_NOTE, n, supplier, reference, credit.date, sku, units, cost, now))

    def _change_prices(self, day: int, now: int, names: list[int]) -> None:
        """On the first working day of a month, some suppliers send a new price list, for orders from now on."""
        for supplier, group in enumerate(self._groups):
            if not self._short.happens(group.config.new_price_list.value, day << 8 | supplier, 16):
                continue
            for sku, of in enumerate(self.supplier_of):
                if of == supplier:
                    size = group.config.new_price_size.value
                    # assumption: prices rise more often than they fall
                    change = (1.5 * self._short.uniform(day << 12 | sku, 17) - 0.5) * size
                    old = self.list_costs[sku]
                    self.list_costs[sku] = max(1, old + ratio(old, round(change * _BASIS), _BASIS))
                    self.new_prices.append((sku, self.list_costs[sku]))
                    self.price_lists.add((now, names[supplier], sku, self.list_costs[sku], day))

    def write_list(self, supplier: int, percent: int, now: int, names: list[int]) -> list[int]:
        """A supplier's new list with all prices changed alike; return the products on it. None when nothing changes."""
        listed = [sku for sku, of in enumerate(self.supplier_of) if of == supplier and percent]
        for sku in listed:
            self.list_costs[sku] = max(1, self.list_costs[sku] + ratio(self.list_costs[sku], percent, 100))
            self.new_prices.append((sku, self.list_costs[sku]))
            self.price_lists.add((now, names[supplier], sku, self.list_costs[sku], now // DAY))
        return listed

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
        self._docks[delivery.paper.place].append(delivery)
        day, group = now // DAY, self._groups[delivery.paper.supplier]
        if group.config.approach == "STOCK":
            self._bill(delivery, day, group)
        self._charge(delivery, day, group)
        self._claim(delivery, day, group.config)

    def _label(self, delivery: Delivery, sku: int, day: int) -> int:
        """Label what is delivered of a product; return the label as one number."""
        life = self.shelf_life[sku]
        self.lots += 1
        # Assumption: what arrives has between half and all of its life before it.
        key = keys.line(delivery.key, sku & (keys.LINES_MAX - 1))
        expiry = day + self._short.between(life - life // 2, life, key, 12) if life else NEVER_EXPIRES
        delivery.labels[sku] = (self.lots, expiry)
        return label_of(self.lots, expiry)

    # -- bills ------------------------------------------------------------------------------------------------

    def _bill(self, delivery: Delivery, day: int, group: _Group) -> None:
        """Decide what will be billed for a delivery, at which prices, in how many parts, and when."""
        draw, paper = self._short, delivery.paper
        lines = [(sku, units, self._billed_cost(paper, n, cost, delivery.ordinal)) for n, (sku, units, cost) in
                 enumerate(delivery.lines)]  # fmt: skip
        for part, part_lines in enumerate(self._parts(lines, delivery.key)):
            key = keys.document(paper.key, keys.BILL, 2 * delivery.ordinal + part)
            days = self.policies.bill_days(key, draw.quantile(group.bill_days, key))
            date = self._calendar.workday_from(day + days + 3 * part)
            arrives = self._calendar.add_workdays(date, self.policies.mail_days(key, date))
            self._post_bill(BillPaper(paper, key, delivery.key, part_lines, self._bill_number(key), date), arrives)
            self._correct_price(paper, delivery, part_lines, arrives, group.config, part)

    def _bill_ahead(self, paper: OrderPaper, day: int, due: int) -> None:
        """Bill all that was ordered, so that the bill is there at least a working day before the goods are."""
        group, calendar = self._groups[paper.supplier], self._calendar
        lines = [(sku, units, self._billed_cost(paper, n, cost, 0)) for n, (sku, units, cost) in enumerate(paper.lines)]
        paper.billed = {sku: cost for sku, _, cost in lines}
        last = due - 1
        while not calendar.is_workday(last):
            last -= 1
        for part, part_lines in enumerate(self._parts(lines, paper.key)):
            key = keys.document(paper.key, keys.BILL, keys.AHEAD_FROM + part)
            written = max(_AHEAD_DAYS_MIN, self._short.quantile(group.bill_days, key))
            date = min(calendar.workday_from(day + written), last)
            arrives = min(calendar.add_workdays(date, self.policies.mail_days(key, date)), last)
            self._post_bill(BillPaper(paper, key, -1, part_lines, self._bill_number(key), date), arrives)

    def _parts(self, lines: list[tuple[int, int, int]], key: int) -> list[list[tuple[int, int, int]]]:
        half = len(lines) // 2
        if half and self._short.happens(self._noise.part_bill.value, key, 5):
            return [lines[:half], lines[half:]]
        return [lines]

    def _travels(self, key: int, date: int) -> int:
        del date
        late = self._short.happens(self._noise.late_bill.value, key, 11)
        return self._short.between(*_LATE_MAIL_DAYS, key, 10) if late else 1

    def _bill_number(self, key: int) -> int:
        return _BILL_NUMBER | (10_000 + self._short.between(0, 89_999, key, 6))

    def _post_bill(self, bill: BillPaper, arrives: int) -> None:
        bill.paper.billed.update({sku: cost for sku, _, cost in bill.lines})
        self._bills_due.setdefault(arrives, []).append(bill)

    def _billed_cost(self, paper: OrderPaper, line: int, cost: int, ordinal: int) -> int:
        return self.policies.billed_cost(keys.line(keys.document(paper.key, keys.RECEIPT, ordinal), line), cost)

    def _usual_cost(self, key: int, cost: int) -> int:
        config = self._groups[keys.supplier_of(key)].config
        if cost <= NOMINAL_COST or not self._short.happens(config.price_change.value, key, 7):
            return cost
        size = config.price_change_size.value
        change = (2.0 * self._short.uniform(key, 8) - 0.7) * size  # assumption: prices rise more often than they fall
        return max(1, cost + ratio(cost, round(change * _BASIS), _BASIS))

    # -- charges and credits ----------------------------------------------------------------------------------

    def _charge(self, delivery: Delivery, day: int, group: _Group) -> None:
        """The forwarder bills freight and duty on a delivery, some time afterwards."""
        config, paper, draw = group.config, delivery.paper, self._short
        goods = sum(extend(units, cost) for _, units, cost in delivery.lines)
        if goods and not self.policies.bills_charges(delivery.key, day):
            return
        for n, (description, share, by) in enumerate((("Freight", config.freight, config.freight_by),
                                                      ("Duty", config.duty, "Cost"))):  # fmt: skip
            cents = ratio(goods, round(share.value * _BASIS), _BASIS)
            if cents <= 0:
                continue
            key = keys.document(paper.key, keys.BILL, keys.CHARGES_FROM + 2 * delivery.ordinal + n)
            date = self._calendar.workday_from(day + 1 + draw.quantile(group.charge_days, key))
            arrives = self._calendar.add_workdays(date, self.policies.mail_days(key, date))
            paper_in = ChargePaper(paper, key, delivery.key, description, DISTRIBUTION[by], cents, group.forwarder,
                                   self._bill_number(key), date)  # fmt: skip
            self._charges_due.setdefault(arrives, []).append(paper_in)

    def _claim(self, delivery: Delivery, day: int, config: SupplyGroupConfig) -> None:
        """A few units of a delivery turn out to be faulty, and the supplier agrees to take them back."""
        draw = self._short
        if draw.happens(config.returned_to_supplier.value, delivery.key, 18):
            sku, units, _ = delivery.lines[draw.between(0, len(delivery.lines) - 1, delivery.key, 19)]
            faulty = min(units, draw.between(*_FAULTY_UNITS, delivery.key, 20))
            agreed = self._calendar.add_workdays(day, draw.between(*_CLAIM_DAYS, delivery.key, 21))
            cost = delivery.paper.billed[sku]
            self._credit(delivery.paper, RETURNED, delivery.ordinal, delivery.key, [(sku, faulty, cost)], agreed)

    def _correct_price(
        self, paper: OrderPaper, delivery: Delivery, lines: list[tuple[int, int, int]], billed: int,
        config: SupplyGroupConfig, part: int,
    ) -> None:  # fmt: skip
        """Some bills were too high, and the supplier says so himself."""
        if not part and self._short.happens(config.price_credit.value, delivery.key, 22):
            corrected = self._calendar.add_workdays(billed, self._short.between(*_CORRECTION_DAYS, delivery.key, 23))
            less = [(sku, units, max(1, round(cost * _CORRECTION))) for sku, units, cost in lines[:2]]
            if all(cost <= NOMINAL_COST for _, _, cost in lines[:2]):
                return
            self._credit(paper, PRICE, delivery.ordinal, delivery.key, less, corrected)

    def _credit(
        self, paper: OrderPaper, kind: int, delivery: int, receipt: int, lines: list[tuple[int, int, int]], day: int
    ) -> None:
        key = keys.document(paper.key, keys.SUPPLIER_CREDIT, 3 * delivery + kind)
        number = _CREDIT_NUMBER | (10_000 + self._short.between(0, 89_999, key, 24))
        self._credits_due.setdefault(day, []).append(CreditPaper(paper, key, kind, receipt, lines, number, day))


def has_forwarder(group: SupplyGroupConfig) -> bool:
    """Whether freight or duty on the group's goods is billed by a forwarder."""
    return bool(group.freight.value or group.duty.value)
