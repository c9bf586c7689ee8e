"""The physical world of one business, and the outside events that nobody inside decides."""

from __future__ import annotations

from typing import Any

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..profile import OverheadConfig, Profile
from ..schema import OperatingRule, ProductionLog, Ticket
from ..tables import Lexicon, Rows
from . import happenings as h
from .demand import Demand
from .goods import Scribe, Warehouse
from .happenings import Happenings
from .money_flows import Bank, BankMovement, Gateway
from .policies import OperationsPolicies
from .shop import Shop
from .suppliers import Suppliers

_MORNING = 6 * 60
_DOCK_OPENS = 8 * 60
_NOON = 12 * 60
_EVENING = 23 * 60


class Operations:
    """Everything that physically exists, with its papers."""

    __slots__ = (
        "bank", "calendar", "gateway", "happenings", "issues", "lexicon", "policies", "production", "rules", "shop",
        "supplier_names", "suppliers", "warehouse",
    )  # fmt: skip

    def __init__(
        self, profile: Profile, demand: Demand, prices: list[int], supplier_names: list[int], calendar: Calendar,
        draws: Draws, lexicon: Lexicon,
    ) -> None:  # fmt: skip
        self.calendar, self.lexicon, self.supplier_names = calendar, lexicon, supplier_names
        self.happenings = Happenings()
        config = profile.channel
        self.shop = Shop(config, demand, prices, profile.demand.promotion_discount.value, self.happenings)
        missed = profile.noise.missed_reference.value
        place, labels = lexicon.code("location", profile.location), Scribe(draws.stream("carrier/references"), missed)
        self.warehouse = Warehouse(place, len(prices), self.shop, labels, self.happenings)
        self.suppliers = Suppliers(
            profile.supply, profile.noise, calendar, draws, self.warehouse.dock_receipts, self.happenings
        )
        self.gateway = Gateway(config, calendar, draws, self.happenings)
        self.bank = Bank(self.happenings)
        self.issues: Rows[Ticket] = Rows("operations/issue_log", Ticket)
        self.rules: Rows[OperatingRule] = Rows("operations/operating_rules", OperatingRule)
        self.production: Rows[ProductionLog] = Rows("operations/production_log", ProductionLog)
        collections = draws.stream("carrier/collections")
        missed_van = collections.chance(profile.noise.late_collection.value)
        self.policies = OperationsPolicies(carrier_collects=lambda key, day: not missed_van(key, day))

    def tables(self) -> list[Rows[Any]]:
        """All tables of this layer."""
        house, money = self.warehouse, self.gateway
        return [
            self.shop.orders, self.shop.cancellations, house.shipments, house.dock_receipts, house.returns,
            house.count_sheets, self.suppliers.documents, self.suppliers.price_lists, money.transactions, money.payout_items,
            money.payouts, self.issues, self.rules, self.production,
        ]  # fmt: skip


class OutsideWorld:
    """Wakes in the morning, at noon, when the gateway's day ends and late at night, and lets things happen."""

    __slots__ = ("_accounts", "_draw", "_gateway_end", "_lost", "_operations", "_overheads", "_phases", "rank")

    def __init__(
        self, operations: Operations, profile: Profile, account_codes: dict[str, int], draws: Draws
    ) -> None:
        self.rank = 0
        self._operations = operations
        self._overheads: list[OverheadConfig] = profile.close.overheads
        self._accounts = account_codes
        self._draw = draws.stream("goods/lost")
        self._lost = profile.noise.lost_units.value
        self._gateway_end = profile.channel.gateway_day_ends_hour * 60
        self._phases = sorted({_MORNING, _DOCK_OPENS, _NOON, self._gateway_end, _EVENING})

    def wake(self, now: int) -> int | None:
        """Let the moment's outside events happen."""
        day, minute = divmod(now, DAY)
        ops = self._operations
        if minute == _MORNING:
            ops.gateway.pay_out(day, now, ops.bank)
            self._debit_overheads(day, now)
        elif minute == _DOCK_OPENS and ops.calendar.is_workday(day):
            ops.suppliers.deliver(day, now, ops.supplier_names)
            ops.warehouse.receive_returns(day, now)
        elif minute == _NOON and ops.calendar.is_workday(day):
            self._lose(day, now)
        if minute == self._gateway_end:
            ops.gateway.close_day(now)
        if minute == _EVENING and day in ops.calendar.month_ends:
            for n, cost in enumerate(self._overheads):
                if not cost.day:
                    key = overhead_key(day, n)
                    ops.warehouse.happened(h.USED_UP, now, key, n, 0, cost.amount_cents, self._accounts[cost.role])
        later = [phase for phase in self._phases if phase > minute]
        return day * DAY + later[0] if later else (day + 1) * DAY + self._phases[0]

    def _debit_overheads(self, day: int, now: int) -> None:
        """Landlord, payroll and the like take their money on their day, or on the next working day."""
        calendar = self._operations.calendar
        if not calendar.is_workday(day):
            return
        for n, cost in enumerate(self._overheads):
            if cost.day and self._falls_due(cost.day, day):
                key, account = overhead_key(day, n), self._accounts[cost.role]
                movement = BankMovement(key, now, -cost.amount_cents, cost.name.upper(), account)
                self._operations.bank.book(movement, h.PAID_COST)

    def _falls_due(self, day_of_month: int, day: int) -> bool:
        calendar = self._operations.calendar
        back = day
        while True:
            if calendar.date(back).day == day_of_month:
                return True
            back -= 1
            if back < 0 or calendar.is_workday(back):
                return False

    def _lose(self, day: int, now: int) -> None:
        """Now and then a unit disappears; only a count will tell."""
        shelf = self._operations.warehouse.shelf
        if self._draw.happens(self._lost, day):
            sku = self._draw.between(0, len(shelf) - 1, day, 1)
            if shelf[sku] > 0:
                key = keys.root(keys.ADJUSTMENT, day << 8 | 1)
                self._operations.warehouse.lose(sku, 1, now, key)


def overhead_key(day: int, number: int) -> int:
    """The key of overhead `number` that falls due on `day`."""
    return keys.root(keys.EXPENSE, day << 6 | number)
