"""The physical world of one business, and the outside events that nobody inside decides."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..profile import ChannelConfig, OverheadConfig, Profile
from ..schema import OperatingRule, Ticket
from ..tables import Lexicon, Rows
from . import happenings as h
from .claims import Claims
from .demand import Demand
from .direct import DropShippers
from .edi import Mailbox
from .goods import GoodsTables, Scribe, Warehouse
from .happenings import Happenings
from .money_flows import Bank, BankMovement, Debtors, Gateway, MoneyTables
from .order import Order
from .policies import OperationsPolicies, UsedUp, healthy
from .production import Workshop
from .providers import Providers
from .shop import ChannelTables, Shop, channel_of
from .suppliers import Suppliers
from .transport import Transport

_MORNING = 6 * 60
_DOCK_OPENS = 8 * 60
_NOON = 12 * 60
_EVENING = 23 * 60


class Operations:
    """Everything that physically exists, with its papers."""

    __slots__ = (
        "_channels", "_goods", "_money", "bank", "calendar", "claims", "debtors", "drop_shippers", "gateways", "happenings",
        "houses", "issues", "lexicon", "mailbox", "policies", "providers", "rules", "shops", "supplier_names", "suppliers",
        "transport", "used_up", "workshop",
    )  # fmt: skip

    def __init__(
        self, profile: Profile, demands: list[Demand], prices: list[list[int]], accounts: dict[str, int],
        supplier_names: list[int], calendar: Calendar, draws: Draws, lexicon: Lexicon,
        services: Mapping[str, tuple[int, int]],
    ) -> None:  # fmt: skip
        """`demands` and `prices` are those of the profile's channels, in their order.

        `services`: product and price of the work that is on offer, by code.
        """
        self.calendar, self.lexicon, self.supplier_names = calendar, lexicon, supplier_names
        self.happenings = Happenings()
        self._goods, self._money, self._channels = GoodsTables(), MoneyTables(), ChannelTables()
        self.transport = Transport(calendar, draws, self.happenings)
        self.workshop = Workshop(calendar, draws)
        self.mailbox = Mailbox(draws)
        self.bank = Bank(self.happenings)
        self.debtors = Debtors(accounts["bank"], calendar, draws, self.happenings)
        labels = Scribe(draws.stream("carrier/references"), profile.noise.missed_reference.value)
        self.houses = [
            Warehouse(lexicon.code("location", place.name), place.kind, len(prices[0]), labels, self._goods, self.debtors,
                      self.happenings)
            for place in profile.locations
        ]  # fmt: skip
        """One a location, the main one first."""
        store = next((house for house in self.houses if house.kind == "store"), None)
        if store is not None and profile.noise.returned_elsewhere.value:
            goes = draws.stream("customers/returns").chance(profile.noise.returned_elsewhere.value)
            for house in self.houses:
                if house.kind in ("own", "third_party"):
                    house.branch, house.goes_to_branch = store, goes
        self.claims = Claims(profile.noise, draws)
        self.gateways = [
            Gateway(config, n, accounts[config.role], calendar, draws, self._money, self.happenings)
            for n, config in enumerate(profile.gateways)
        ]
        self.shops = [
            self._shop(config, n, demand, price_list, profile, draws, services)
            for n, (config, demand, price_list) in enumerate(zip(profile.channels, demands, prices, strict=True))
        ]
        self.suppliers = Suppliers(
            profile.supply, profile.noise, calendar, draws, {house.place: house.dock for house in self.houses},
            self._goods.dock_receipts, self.happenings,
        )  # fmt: skip
        supply = profile.supply
        self.drop_shippers = DropShippers(
            supply, profile.noise, len(supplier_names) - len(supply.services) - supply.direct_suppliers, calendar, draws,
            self._goods, self.suppliers.documents, self.debtors, self.happenings,
        )  # fmt: skip
        self.providers = Providers(
            supply.services, len(supplier_names) - len(supply.services), profile.noise.missed_reference.value, calendar, draws,
            self.suppliers.documents, self.happenings,
        )  # fmt: skip
        """Their numbers come last."""
        self.issues: Rows[Ticket] = Rows("operations/issue_log", Ticket)
        self.rules: Rows[OperatingRule] = Rows("operations/operating_rules", OperatingRule)
        self.policies: OperationsPolicies = healthy(profile, draws)
        self.used_up: list[tuple[int, UsedUp]] = []
        """What months have used up or earned beside the usual, with its key, that nobody has booked."""

    def _shop(
        self, config: ChannelConfig, index: int, demand: Demand, prices: list[int], profile: Profile, draws: Draws,
        services: Mapping[str, tuple[int, int]],
    ) -> Shop:  # fmt: skip
        if config.account is not None:
            self.debtors.add_channel(config.name, config.account, draws)
        by_name = {gateway.name: gateway for gateway in self.gateways}
        gateways = [by_name[share.name] for share in config.gateways]
        house = self.houses[[place.name for place in profile.locations].index(config.location)]
        return Shop(config, index, demand, prices, gateways, house, draws, self._channels, self.happenings,
                    services)  # fmt: skip

    def order(self, key: int) -> Order | None:
        """The order with that key, while some of its goods are here."""
        return self.shops[channel_of(key)].open.get(key)

    def take_orders(self, now: int) -> None:
        """Let every channel take what was ordered before minute `now`, at the end of a run.

        Nothing is handed over: in a run that goes on, that happens when the shop next looks up.
        """
        for shop in self.shops:
            shop.take_orders(now, hand_over=False)

    def tables(self) -> list[Rows[Any]]:
        """All tables of this layer."""
        goods, money, channels = self._goods, self._money, self._channels
        return [
            channels.orders, channels.cancellations, goods.shipments, goods.dock_receipts, goods.returns, goods.count_sheets,
            goods.third_party_files, self.suppliers.documents, self.drop_shippers.dispatches, self.suppliers.price_lists,
            money.transactions, money.payout_items, money.payouts, self.mailbox.documents, self.issues, self.rules,
            *self.transport.tables(), *self.workshop.tables(),
        ]  # fmt: skip


class OutsideWorld:
    """Wakes in the morning, at noon, when the gateway's day ends and late at night, and lets things happen."""

    __slots__ = ("_accounts", "_draw", "_lost", "_operations", "_overheads", "_pauses", "_year_ends_month", "rank")

    def __init__(
        self, operations: Operations, profile: Profile, account_codes: dict[str, int], draws: Draws
    ) -> None:
        self.rank = 0
        self._operations = operations
        self._overheads: list[OverheadConfig] = profile.close.overheads
        self._year_ends_month = profile.close.year_ends_month
        self._accounts = account_codes
        self._draw = draws.stream("goods/lost")
        self._lost = profile.noise.lost_units.value
        ends = {gateway.day_ends for gateway in operations.gateways}
        phases = sorted({_MORNING, _DOCK_OPENS, _NOON, _EVENING} | ends)
        self._pauses = {one: following - one for one, following in pairwise([*phases, phases[0] + DAY])}
        """Minutes from each moment of a day to the next."""

    def wake(self, now: int) -> int | None:
        """Let the moment's outside events happen."""
        day, minute = divmod(now, DAY)
        ops = self._operations
        if minute == _MORNING:
            for gateway in ops.gateways:
                gateway.pay_out(day, now, ops.bank)
            ops.debtors.pay(day, now, ops.bank)
            self._debit_overheads(day, now)
        elif minute == _DOCK_OPENS and ops.calendar.is_workday(day):
            ops.suppliers.deliver(day, now, ops.supplier_names)
            ops.drop_shippers.bring_papers(day, now, ops.supplier_names)
            ops.providers.bring_papers(day, now, ops.supplier_names)
            for house in ops.houses:
                house.receive_returns(day, now)
            ops.transport.arrive(day, now)
        elif minute == _NOON and ops.calendar.is_workday(day):
            self._lose(day, now)
            ops.drop_shippers.dispatch(day, now, ops.supplier_names)
        for n, gateway in enumerate(ops.gateways):
            if minute == gateway.day_ends:
                gateway.close_day(now, ops.bank if ops.policies.sweeps(n, day) else None)
        if minute == _EVENING and day in ops.calendar.month_ends:
            for n, cost in enumerate(self._overheads):
                if not cost.day and (not cost.yearly or ops.calendar.date(day).month == self._year_ends_month):
                    key = overhead_key(day, n)
                    used_up = (h.USED_UP, now, key, n, 0, cost.amount_cents, self._accounts[cost.role], -1)
                    ops.happenings.add(used_up)
            for of in ops.policies.used_up(day):
                key = used_up_key(day, of.number)
                ops.happenings.add((h.USED_UP, now, key, -1, of.against, of.cents, of.account, -1))
                ops.used_up.append((key, of))
        return now + self._pauses[minute]

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
        for of in self._operations.policies.further_costs(day):
            key = further_key(day, of.number)
            self._operations.bank.book(BankMovement(key, now, -of.cents, of.text, of.account), h.PAID_COST)

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
        if self._draw.happens(self._lost, day):
            houses = [house for house in self._operations.houses if house.kind != "amazon"]
            house = houses[self._draw.between(0, len(houses) - 1, day, 2)]
            sku = self._draw.between(0, len(house.shelf) - 1, day, 1)
            if house.shelf[sku] > 0:
                key = keys.root(keys.ADJUSTMENT, day << 8 | 1)
                house.lose(sku, 1, now, key)
        sku, units = self._operations.policies.vanish(day)
        house = self._operations.houses[0]
        if units and house.shelf[sku] >= units:
            house.lose(sku, units, now, keys.root(keys.ADJUSTMENT, day << 8 | VANISHED))


VANISHED = 15
"""Marks the identity of what vanishes in numbers among all adjustments of a day."""


_FURTHER, _USED_UP = 16, 24
"""Numbers of further costs and of what is used up begin here; those that come every month stand before."""


def overhead_key(day: int, number: int) -> int:
    """The key of overhead `number` that falls due on `day`."""
    return keys.root(keys.EXPENSE, day << 6 | number)


def further_key(day: int, number: int) -> int:
    """The key of what is debited on `day` beside what is debited every month."""
    return overhead_key(day, _FURTHER + number)


def used_up_key(month_end: int, number: int) -> int:
    """The key of what a month has used up or earned beside what every month does."""
    return overhead_key(month_end, _USED_UP + number)
