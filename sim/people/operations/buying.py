"""Buying: the buyer orders what runs low and keeps purchases tidy, the clerk enters suppliers' papers and pays.

They know what Cin7 shows and the papers that came; what lies on the shelf only where goods are sent back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ... import keys
from ...cin7.configuration import FORECAST, MINIMUM, QUANTITY, REORDER_LEVEL, SUPPLIER_PRICE, price_text
from ...cin7.core import Cin7Core
from ...cin7.stock import Stock
from ...clock import DAY, Calendar
from ...money import extend
from ...operations import happenings as h
from ...operations.money_flows import BankMovement
from ...operations.suppliers import MISSING, NOMINAL_COST, PRICE, CreditPaper, OrderPaper
from ...operations.world import Operations
from ...profile import SupplyGroupConfig
from ...tables import number_prefix
from .ledger_bills import LedgerBills
from .planning import component_needs, forecast_points, to_order, unmet
from .policies import IN_LEDGER, LATER, WorkPolicies

_REVIEW, _PAPERS, _PAYMENTS = 10 * 60 + 30, 9 * 60 + 50, 11 * 60
_REVIEW_WEEKDAYS = (0, 3)
_PAYMENT_WEEKDAY = 4
_PAY_AHEAD_DAYS = 6  # bills due before the next payment run
_SMOOTHING = 0.12
"""Weight of the latest review period in the buyer's idea of demand (assumption)."""
_BELIEVED_TIMES, _BELIEVED_MORE = 3, 0.5
"""More than so many times what was expected, and so many units a day, is a single large order: it is bought for, and not
expected to come again (assumption)."""
_TIDY_WEEKS = 4
_STALE_DAYS = 35
"""Open purchases are looked through every few weeks; a rest this late is not waited for any longer (assumption)."""
_OVERDUE_DAYS = 14
"""A delivery that is so much later than usual is overdue (assumption)."""
_RESET_SHARE, _RESET_WEEKS = 0.2, 2
"""Minimum and quantity are looked over in this rhythm, and changed when they are off by more than this (assumption)."""
_CLAIM_DAYS = 30
"""A credit note for goods that are no longer there is laid aside after this many days (assumption)."""
_PO = number_prefix("PO-")


class Buyer:
    """Orders what the planning tools say, twice a week, for the location that buys it; keeps minimum and quantity."""

    __slots__ = ("_calendar", "_cin7", "_cover", "_daily", "_home", "_homes", "_last_review", "_lead", "_operations",
                 "_policies", "_reset", "_safety", "_season", "_seen", "padding", "rank", "user")  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, group_of: Sequence[SupplyGroupConfig | None], homes: Sequence[Stock],
        daily: list[float], season: Sequence[float], policies: WorkPolicies, user: int,
    ) -> None:  # fmt: skip
        """Begin with what is known of each product.

        `group_of` and `homes`: from whom (None: it is not bought for stock) and for which location; `daily`: units a day the
        buyer expects to sell; `season`: weights of the months of a year.
        """
        self.rank = 32
        self._operations, self._cin7, self._policies, self.user = operations, cin7, policies, user
        self._calendar: Calendar = operations.calendar
        self._daily = np.array(daily)
        self._season = list(season)
        self._lead = np.array([round(group.lead_days.value) if group else 0 for group in group_of], np.int64)
        self._safety = np.array([group.safety_days if group else 0 for group in group_of], np.int64)
        self._cover = np.array([group.cover_days if group else 0 for group in group_of], np.int64)
        self._homes = list(dict.fromkeys(homes))
        self._home = np.array([self._homes.index(stock) for stock in homes], np.int64)
        self._seen = np.zeros(len(daily), np.int64)
        self._last_review = self._reset = 0
        self.padding = 0.0
        """By what share the buyer orders earlier and more than the tools say, of an own sheet."""

    def wake(self, now: int) -> int | None:
        """Review stock and order."""
        day = now // DAY
        if self._calendar.is_workday(day) and self._calendar.weekday(day) in _REVIEW_WEEKDAYS:
            self._take_up_prices(now)
            self._learn(day, now)
            self._tidy(day, now)
            self._order(day, now)
        return (day + 1) * DAY + _REVIEW

    def missed(self, day: int) -> tuple[int, int]:
        """Open purchases of which something is long overdue that has run out although Cin7 counts on it; and all open ones."""
        overdue = open_ = 0
        for purchase in self._cin7.purchasing.by_key.values():
            if purchase.voided or not any(purchase.open_units):
                continue
            open_ += 1
            late = day - purchase.ordered - int(self._lead[purchase.lines[0][0]]) > _OVERDUE_DAYS
            overdue += late and any(
                units and purchase.stock.available(sku) <= 0
                for (sku, _, _), units in zip(purchase.lines, purchase.open_units, strict=True)
            )
        return overdue, open_

    def _take_up_prices(self, now: int) -> None:
        """Enter what new price lists say."""
        cin7, suppliers = self._cin7, self._operations.suppliers
        for sku, new in suppliers.new_prices:
            old, name = cin7.catalogue.cost[sku], cin7.books.lexicon.lists["sku"][sku]
            if new != old:
                # Bills have changed the last known price since.
                cin7.books.settings.follow(SUPPLIER_PRICE, name, price_text(old))
                cin7.books.settings.set(now, SUPPLIER_PRICE, name, price_text(new), self.user)
        suppliers.new_prices.clear()

    def _learn(self, day: int, now: int) -> None:
        """Update expected demand from what customers ordered, and now and then the levels kept in Cin7."""
        days = max(1, day - self._last_review)
        self._last_review = day
        cin7 = self._cin7
        ordered = np.array(cin7.sales.units_ordered) + np.array(cin7.production.units_used)
        seen = np.minimum((ordered - self._seen) / days, _BELIEVED_TIMES * self._daily + _BELIEVED_MORE)
        self._daily = (1 - _SMOOTHING) * self._daily + _SMOOTHING * seen
        self._seen = ordered
        if day // 7 >= self._reset + _RESET_WEEKS:
            self._reset = day // 7
            self._keep_levels(now)

    def _keep_levels(self, now: int) -> None:
        """Look over minimum and quantity of what is planned by them; those of other products grow stale."""
        settings, catalogue = self._cin7.books.settings, self._cin7.catalogue
        owned = (np.array(catalogue.planned_by) & REORDER_LEVEL) > 0
        for setting, kept, days, least in (
            (MINIMUM, catalogue.reorder_point, self._lead + self._safety, 2),
            (QUANTITY, catalogue.reorder_quantity, self._cover, 4),
        ):
            wanted, now_set = np.maximum(least, np.rint(self._daily * days)), np.array(kept)
            off = owned & (np.abs(wanted - now_set) > np.maximum(2.0, _RESET_SHARE * now_set))
            for sku in np.flatnonzero(off).tolist():
                settings.set(now, setting, self._cin7.books.lexicon.lists["sku"][sku], str(int(wanted[sku])), self.user)

    def _tidy(self, day: int, now: int) -> None:
        """Void what suppliers refused; give up, now and then, on the rest of a delivery that nobody mentions any more."""
        purchasing, refused = self._cin7.purchasing, self._operations.suppliers.refusals
        for paper in refused:
            purchasing.void(purchasing.by_key[paper.key], now)
        refused.clear()
        if day // 7 % _TIDY_WEEKS:
            return
        for purchase in list(purchasing.by_key.values()):
            waited = day - purchase.ordered - int(self._lead[purchase.lines[0][0]])
            stale = purchase.receipts and any(purchase.open_units) and waited > _STALE_DAYS
            if stale and self._policies.closes_short_purchase(purchase.key, day):
                purchasing.close_short(purchase, now)

    def _order(self, day: int, now: int) -> None:
        cin7, catalogue = self._cin7, self._cin7.catalogue
        positions = np.array([[s.on_hand, s.allocated, s.on_order] for s in self._homes], np.int64)
        free = positions[:, 0] - positions[:, 1] + positions[:, 2]
        position = free[self._home, np.arange(len(self._home))]
        for sku, units in unmet(cin7).items():
            position[sku] -= units
        needs = component_needs(cin7, self._daily, self._lead, day)
        refill = np.rint(self._daily * self._cover).astype(np.int64)
        points = self._points(day)
        if self.padding:
            points = {tool: np.ceil(level * (1 + self.padding)).astype(np.int64) for tool, level in points.items()}
            refill = np.ceil(refill * (1 + self.padding)).astype(np.int64)
        wanted = to_order(cin7, position, points, needs, refill)
        baskets: dict[int, list[tuple[int, int, int]]] = {}
        for sku in np.flatnonzero(wanted).tolist():
            baskets.setdefault(catalogue.supplier[sku], []).append((sku, int(wanted[sku]), catalogue.cost[sku]))
        for supplier in sorted(baskets):
            self._buy(supplier, baskets[supplier], day, now)

    def _points(self, day: int) -> dict[int, npt.NDArray[np.int64]]:
        """Units at which each product is ordered, by tool: what Cin7 keeps, and what the season's forecast says."""
        points = {REORDER_LEVEL: np.array(self._cin7.catalogue.reorder_point, np.int64)}
        if any(tools & FORECAST for tools in self._cin7.catalogue.planned_by):
            date = self._calendar.date
            leads, which = np.unique(self._lead, return_inverse=True)  # a few, of thousands of products
            arrives = np.array([date(day + int(lead)).month - 1 for lead in leads])[which]
            months = date(day).month - 1, arrives
            points[FORECAST] = forecast_points(self._daily, self._lead, self._safety, self._season, months)
        return points

    def _buy(self, supplier: int, lines: list[tuple[int, int, int]], day: int, now: int) -> None:
        root, first = keys.purchase(day, supplier), lines[0][0]
        required = self._calendar.workday_from(day + int(self._lead[first]) + 2)
        place = self._homes[self._home[first]].location
        blind = self._operations.suppliers.is_counted_blind(root, supplier)
        suppliers = self._operations.suppliers
        if suppliers.policies.gives(root, day):
            lines = [(*lines[0][:2], NOMINAL_COST), *lines[1:]]
        entered = lines if self._policies.prices_order(root, day) else [(sku, units, 0) for sku, units, _ in lines]
        purchase = self._cin7.purchasing.order(root, supplier, entered, required, now, day, place, blind=blind)
        paper = OrderPaper(root, _PO | purchase.number, supplier, lines, place, blind=blind)
        self._operations.suppliers.accept(paper, day)


class Clerk:
    """Enters suppliers' papers where what they are about is booked, and pays when they fall due."""

    __slots__ = ("_bank_account", "_calendar", "_cin7", "_elsewhere", "_operations", "_policies", "bill_watchers",
                 "holds_closed", "rank", "user")  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, bank_account: int, policies: WorkPolicies, elsewhere: LedgerBills,
        user: int,
    ) -> None:  # fmt: skip
        """`elsewhere`: bills that are entered in the ledger instead of Cin7, if any are."""
        self.rank = 34
        self._policies, self._elsewhere = policies, elsewhere
        self._operations, self._cin7, self._bank_account, self.user = operations, cin7, bank_account, user
        self._calendar: Calendar = operations.calendar
        self.holds_closed = False
        """Bills dated in a closed month wait, since the accountant has agreed to open it for them."""
        self.bill_watchers: list[Callable[[int, int], None]] = []
        """Who is told of each bill that is entered, and of its date; hardly ever anybody."""

    def wake(self, now: int) -> int | None:
        """Papers in the morning, payments on pay day."""
        day, minute = divmod(now, DAY)
        if self._calendar.is_workday(day):
            if minute == _PAPERS:
                self._pay_deposits(day, now)
                self.enter_bills(now)
                self._enter_charges(now)
                self._enter_credits(day, now)
            elif self._calendar.weekday(day) == _PAYMENT_WEEKDAY:
                self._pay(day, now)
        return day * DAY + _PAYMENTS if minute == _PAPERS else (day + 1) * DAY + _PAPERS

    def enter_bills(self, now: int) -> None:
        """Enter what can be matched to a receipt; a bill for a closed month is dated in the open one."""
        purchasing, books = self._cin7.purchasing, self._cin7.books
        waiting, files = [], self._policies.files_bill
        for bill in self._operations.suppliers.mail:
            place = files(bill.key, now // DAY)
            if place == IN_LEDGER:
                self._elsewhere.enter(bill.key, bill.paper.supplier, bill.number, bill.date, bill.total_cents, now, self.user)
                continue
            ahead = bill.receipt_key < 0
            matched = ahead or purchasing.has_received(bill.receipt_key)
            if place == LATER or not matched or (self.holds_closed and not ahead and bill.date < books.lock_date):
                waiting.append(bill)
                continue
            day = max(bill.date, books.lock_date)
            purchasing.bill(bill.key, bill.receipt_key, bill.lines, bill.number, now, day)
            for tell in self.bill_watchers:
                tell(bill.key, day)
        self._operations.suppliers.mail[:] = waiting

    def dates_waiting(self) -> list[int]:
        """Dates of the bills that wait to be entered."""
        return [bill.date for bill in self._operations.suppliers.mail]

    def _enter_charges(self, now: int) -> None:
        """Enter freight and duty on the receipts they are for."""
        purchasing, lock, files = self._cin7.purchasing, self._cin7.books.lock_date, self._policies.files_bill
        waiting = []
        for bill in self._operations.suppliers.charges:
            place = files(bill.key, now // DAY)
            if place == IN_LEDGER:
                self._elsewhere.enter(bill.key, bill.supplier, bill.number, bill.date, bill.cents, now, self.user)
            elif place == LATER or not purchasing.charge(
                bill.key, bill.receipt_key, bill.spread, bill.description, bill.cents, bill.supplier, bill.number, now,
                max(bill.date, lock),
            ):  # fmt: skip
                waiting.append(bill)
        self._operations.suppliers.charges[:] = waiting

    def _enter_credits(self, day: int, now: int) -> None:
        """Enter credit notes; send back the goods that the supplier takes back, if they are still there."""
        purchasing, suppliers = self._cin7.purchasing, self._operations.suppliers
        waiting = []
        for credit in suppliers.credits:
            dated = max(credit.date, self._cin7.books.lock_date)
            if credit.kind == MISSING:
                done = purchasing.credit_missing(credit.key, [line[:2] for line in credit.lines], credit.number, now, dated)
            elif credit.kind == PRICE:
                less = [(sku, extend(units, cost)) for sku, units, cost in credit.lines]
                done = purchasing.credit_price(credit.key, credit.receipt_key, less, credit.number, now, dated)
            else:
                done = self._send_back(credit, day, now) or day > credit.date + _CLAIM_DAYS
            if not done:
                waiting.append(credit)
        suppliers.credits[:] = waiting

    def _send_back(self, credit: CreditPaper, day: int, now: int) -> bool:
        ((sku, units, cost),) = credit.lines
        purchasing, paper = self._cin7.purchasing, credit.paper
        house = next(house for house in self._operations.houses if house.place == paper.place)
        if house.shelf[sku] < units or paper.key not in purchasing.by_key:
            return False
        if not purchasing.credit_returned(
            credit.key, credit.receipt_key, sku, units, cost, credit.number, now, day
        ):
            return False
        self._operations.suppliers.write_credit(credit, now, self._operations.supplier_names)
        house.shelf[sku] -= units
        house.happened(h.SENT_BACK, now, credit.key, sku, units, cost, credit.receipt_key)
        return True

    def _pay_deposits(self, day: int, now: int) -> None:
        """Pay what suppliers want ahead."""
        purchasing, suppliers, names = self._cin7.purchasing, self._operations.suppliers, self._names()
        for paper, cents in suppliers.proformas:
            key = purchasing.deposit(purchasing.by_key[paper.key], self._bank_account, cents, now, day)
            if key is not None:
                text = f"DEPOSIT {names[paper.supplier]}"
                self._operations.bank.book(BankMovement(key, now, -cents, text), h.DEPOSITED)
        suppliers.proformas.clear()

    def _pay(self, day: int, now: int) -> None:
        """Pay bills that fall due before the next run; credit notes are paid back when they fall due."""
        purchasing, bank, names = self._cin7.purchasing, self._operations.bank, self._names()
        for bill, (due, cents, supplier) in list(purchasing.unpaid.items()):
            if due <= day + _PAY_AHEAD_DAYS:
                payment = purchasing.pay(bill, self._bank_account, now, day)
                if payment is not None:
                    text, kind = ("PAYMENT", h.PAID_SUPPLIER) if cents > 0 else ("REFUND", h.PAID_BACK)
                    bank.book(BankMovement(payment, now, -cents, f"{text} {names[supplier]}"), kind)
        for payment, cents, supplier in self._elsewhere.pay(day + _PAY_AHEAD_DAYS, now, self.user):
            bank.book(BankMovement(payment, now, -cents, f"PAYMENT {names[supplier]}"), h.PAID_SUPPLIER)

    def _names(self) -> list[str]:
        parties = self._operations.lexicon.lists["party"]
        return [parties[code].upper() for code in self._operations.supplier_names]


FIRST_WAKES = {Buyer: _REVIEW, Clerk: _PAPERS}
"""Minute of the first day at which each begins."""
