"""Founding a business: from a profile to a world that stands ready on the first morning. Composes, decides nothing."""

from __future__ import annotations

from typing import Any

from . import keys
from .cin7.books import Catalogue
from .cin7.core import Cin7Core
from .cin7.costing import NEVER
from .cin7.postings import Accounts
from .cin7.production import Bom, Component
from .clock import DAY, Actor, Calendar, Clock
from .draws import Draws, pool
from .integration.inbound import BankFeed, PaymentFeed, ShopLink, Staging
from .integration.outbox import Outbox
from .ledger.books import Books
from .ledger.xero import MANJOURNAL, Xero
from .marks import Marks
from .operations import happenings as h
from .operations.demand import Demand
from .operations.suppliers import NEVER_EXPIRES, label_of
from .operations.world import Operations, OutsideWorld
from .people import cin7 as cin7_people
from .people import complaints
from .people import integration as integration_people
from .people import ledger as ledger_people
from .people.operations import office, production, stocktakes, transfers, warehouse
from .people.operations import policies as work_policies
from .profile import Case, ManufacturingConfig, Profile, TransferConfig, branches
from .schema import (
    COSTING,
    NO_LOCK,
    PRODUCT_TYPE,
)
from .tables import Lexicon, Rows

_CAPITAL_CENTS = 15_000_000
"""Opening bank balance (assumption: enough for the opening months)."""
_FEED_MORNING, _PAYMENTS_EVENING = 7 * 60, 18 * 60 + 15
_NAMES = 96


class World:
    """One business with everything in it, between founding and the end of its run."""

    __slots__ = ("accountant", "accounts", "administrator", "bookkeeper", "buyer", "calendar", "case", "cin7", "clerk", "clock",
                 "draws", "ledger", "lexicon", "marks", "operations", "outbox", "payment_feed", "queue_owner", "shop_link",
                 "staging", "warehouse", "work", "xero")  # fmt: skip

    def __init__(self, case: Case) -> None:
        profile, scenario = case.profile, case.scenario
        self.case = case
        self.draws = Draws(case.seed)
        self.calendar = Calendar(scenario.start, scenario.months, profile.holidays)
        self.clock = Clock()
        self.lexicon = Lexicon()
        self.marks = Marks()
        people = self._name_people(profile)
        self.accounts = {a.role: self.lexicon.code("account", a.code) for a in profile.accounts}
        weights, catalogue = self._catalogue(profile)
        self._build_layers(profile, catalogue)
        self._hire(profile, people, weights)
        self._hire_further(profile, people, weights)
        self._open_books(profile, weights, people["accountant"])

    # -- building ---------------------------------------------------------------------------------------------

    def _name_people(self, profile: Profile) -> dict[str, int]:
        names = pool(self.draws, _NAMES)
        for n in range(profile.catalogue.suppliers):
            self.lexicon.code("party", f"{names[n].split()[-1]} {_SUPPLIER_KINDS[n % len(_SUPPLIER_KINDS)]}")
        for name in names:
            self.lexicon.code("party", name)
        roles = ("integration", "ecommerce", "buyer", "clerk", "bookkeeper", "accountant", "administrator", "queue owner")
        users = {"integration": self.lexicon.code("user", "Cin7 Core integration")}
        for n, role in enumerate(roles[1:]):
            users[role] = self.lexicon.code("user", names[n - len(roles)])
        for n in range(2 * profile.staff.pickers):
            self.lexicon.code("user", names[-n - 1 - len(roles)])
        return users

    def _catalogue(self, profile: Profile) -> tuple[list[float], Catalogue]:
        """Products with prices, costs and suppliers; returns expected shares of demand too."""
        config = profile.catalogue
        supplier_keys = [keys.root(keys.PARTY, (1 << 32) | n) for n in range(config.suppliers)]
        catalogue = Catalogue(supplier_keys, config.supplier_terms_days)
        random = self.draws.block("founding/products")
        for category in config.categories:
            for n in range(category.products):
                style, size = divmod(n, len(config.sizes))
                colour = config.colours[style % len(config.colours)]
                self.lexicon.code("sku", f"{category.code}-{style // len(config.colours) + 10}-{colour}-{config.sizes[size]}")
                price = int(random.integers(category.price_from_cents, category.price_to_cents + 1)) // 100 * 100
                share = category.cost_share * float(random.uniform(0.9, 1.1))
                catalogue.price_cents.append(price)
                catalogue.costing.append(COSTING[category.costing])
                catalogue.cost.append(max(1, round(price * share) * 100))
                catalogue.supplier.append(len(catalogue.supplier) * config.suppliers // _products(profile))
        # The buyer's plan starts from the true ranking: an established range, not a launch (assumption).
        ranks = self.draws.block("demand/products").permutation(len(catalogue.cost)).tolist()
        weights = [0.0] * len(ranks)
        for rank, sku in enumerate(ranks):
            weights[sku] = (rank + 1) ** -config.concentration.value
        total = sum(weights)
        return [weight / total for weight in weights], catalogue

    def _build_layers(self, profile: Profile, catalogue: Catalogue) -> None:
        lexicon, draws, calendar = self.lexicon, self.draws, self.calendar
        demand = Demand(
            profile.demand, self.orders_a_year, profile.catalogue.concentration.value, len(catalogue.cost), calendar, draws
        )
        supplier_names = list(range(profile.catalogue.suppliers))
        self.operations = Operations(profile, demand, catalogue.price_cents, supplier_names, calendar, draws, lexicon)
        locations = [lexicon.code("location", name) for name in (profile.location, *branches(profile))]
        self.cin7 = Cin7Core(Accounts(self.accounts), lexicon, catalogue, locations)
        self.ledger = Books(len(profile.accounts), lexicon)
        user = lexicon.code("user", "Cin7 Core integration")
        self.xero = Xero(self.ledger, calendar, user)
        self.outbox = Outbox(profile.sync, self.cin7.books.outgoing, self.xero, draws, lexicon, user)
        self.staging = Staging(lexicon)

    def _hire(self, profile: Profile, people: dict[str, int], weights: list[float]) -> None:
        ops, cin7, calendar, draws = self.operations, self.cin7, self.calendar, self.draws
        channel = self.lexicon.text(profile.channel.name)
        self.work = work_policies.healthy(profile.noise, draws)
        first_picker = len(people)
        pickers = list(range(first_picker, first_picker + 2 * profile.staff.pickers))
        self.warehouse = warehouse.Warehouse(ops, cin7, self.work, profile.noise, profile.staff, pickers, draws)
        daily = [self.orders_a_year / 365.25 * _units_an_order(profile) * weight for weight in weights]
        if profile.manufacturing:
            self._define_products(profile, profile.manufacturing)
            daily = [sold + used for sold, used in zip(daily, self._used_daily(daily), strict=True)]
        self.buyer = office.Buyer(ops, cin7, profile, daily, people["buyer"])
        self.clerk = office.Clerk(ops, cin7, self.accounts["bank"], people["clerk"])
        invoices = office.InvoiceRun(cin7, self.work, calendar)
        operator = office.Operator(cin7, calendar, profile.sync.idle_edit.value, draws)
        self.shop_link = ShopLink(
            ops, cin7, self.outbox, self.staging, channel, profile.channel.download_minutes, people["integration"]
        )
        self.payment_feed = PaymentFeed(ops, cin7, self.staging, self.accounts["clearing"])
        bank_feed = BankFeed(ops, self.ledger, self.staging, self.accounts["bank"])
        self.queue_owner = integration_people.QueueOwner(self.outbox, calendar, people["queue owner"])
        self.administrator = cin7_people.Administrator(
            cin7, calendar, profile.noise.honest_setting_change.value, people["administrator"], draws
        )
        self.bookkeeper = ledger_people.Bookkeeper(
            self.ledger, self.outbox, self.accounts, calendar, self.lexicon, people["bookkeeper"]
        )
        self.accountant = ledger_people.Accountant(
            ops, cin7, self.outbox, self.ledger, self.clerk, profile.close, self.accounts, self.lexicon, draws,
            people["accountant"],
        )  # fmt: skip
        issues = {
            "operations": ops.issues, "cin7": cin7.issues, "integration": self.staging.issues, "ledger": self.ledger.issues,
        }  # fmt: skip
        grumblers = [people[role] for role in ("ecommerce", "buyer", "clerk", "bookkeeper")]
        grumbling = complaints.Complaints(
            issues, grumblers, profile.noise.groundless_ticket.value, calendar, self.lexicon, draws
        )
        self._start(
            (OutsideWorld(ops, profile, self.accounts, draws), 6 * 60), (bank_feed, _FEED_MORNING), (self.shop_link, 60),
            (self.warehouse, warehouse.FIRST_WAKE), (self.buyer, office.FIRST_WAKES[office.Buyer]),
            (self.clerk, office.FIRST_WAKES[office.Clerk]), (invoices, office.FIRST_WAKES[office.InvoiceRun]),
            (operator, office.FIRST_WAKES[office.Operator]), (self.payment_feed, _PAYMENTS_EVENING),
            (self.queue_owner, integration_people.FIRST_WAKE), (self.bookkeeper, ledger_people.FIRST_WAKES["bookkeeper"]),
            (self.accountant, ledger_people.FIRST_WAKES["accountant"]), (self.outbox, 6 * 60),
            (grumbling, complaints.FIRST_WAKE), (self.administrator, cin7_people.FIRST_WAKE),
            (Packer([*self.tables(), ops.happenings]), DAY // 2 + 7),
        )  # fmt: skip

    def _hire_further(self, profile: Profile, people: dict[str, int], weights: list[float]) -> None:
        """Who makes, moves and counts, where the profile has it."""
        ops, cin7 = self.operations, self.cin7
        places = dict(zip((profile.location, *branches(profile)), zip(ops.houses, cin7.stocks, strict=True), strict=True))
        daily = [self.orders_a_year / 365.25 * _units_an_order(profile) * weight for weight in weights]
        if profile.manufacturing:
            self._hire_production(profile.manufacturing, places[profile.manufacturing.location or profile.location], people)
        if profile.transfers:
            self._hire_transfers(profile, profile.transfers, places, daily, people)
        if profile.stocktakes:
            counters = stocktakes.Counters(ops, cin7, list(places.values()), profile.stocktakes, people["buyer"])
            self._start((counters, stocktakes.FIRST_WAKE))

    def _hire_production(self, config: ManufacturingConfig, place: transfers.Place, people: dict[str, int]) -> None:
        self.operations.workshop.set_up(config, place[0], self.draws)
        team = production.Workshop(self.operations, self.cin7, place, config, people["buyer"], self.draws)
        self._start((team, production.FIRST_WAKE))

    def _hire_transfers(
        self, profile: Profile, config: TransferConfig, places: dict[str, transfers.Place], daily: list[float],
        people: dict[str, int],
    ) -> None:  # fmt: skip
        self.operations.transport.set_up(config, self.draws)
        workshop = profile.manufacturing and (profile.manufacturing.location or profile.location)
        used = self._used_daily(daily)
        routes = []
        for route in config.routes:
            fills = route.rule == "fill"
            levels: dict[int, tuple[int, int]] = {}
            kept: dict[int, int] = {}
            for sku in _skus(profile, route.categories):
                need = route.need.value * daily[sku] + (used[sku] if route.destination == workshop else 0.0)
                most = round(need * route.cover_days)
                levels[sku] = (most // 2, max(most, 1)) if fills and need else (0, most)
                kept[sku] = round((1.0 - route.need.value) * daily[sku] * route.kept_days)
            routes.append(transfers.Route(places[route.source], places[route.destination], levels, kept, fills=fills))
        desk = transfers.TransferDesk(self.operations, self.cin7, routes, config, people["buyer"], self.draws)
        self._start((desk, transfers.FIRST_WAKE))

    def _define_products(self, profile: Profile, config: ManufacturingConfig) -> None:
        """Bills of materials; the product's cost is that of its components and work."""
        cost = self.cin7.catalogue.cost
        for made in config.made:
            for n, sku in enumerate(_skus(profile, [made.category])):
                parts = []
                for part in made.components:
                    of = _skus(profile, [part.category])
                    parts.append(Component(of[n % len(of)], part.quantity, part.wastage_percent, part.cost_weight))
                bom = Bom(0, tuple(parts), made.service_cents * 100)
                self.cin7.production.define(sku, bom, 0)
                cost[sku] = bom.service_cost + sum(part.quantity * cost[part.sku] for part in parts)

    def _used_daily(self, daily: list[float]) -> list[float]:
        """Units of each product that the workshop uses a day to make what is sold."""
        used = [0.0] * len(daily)
        for sku, (bom, *_) in self.cin7.production.made.items():
            for part in bom.components:
                used[part.sku] += daily[sku] * part.quantity * (1.0 + part.wastage_percent / 100)
        return used

    def _start(self, *actors: tuple[Actor, int]) -> None:
        for actor, first in actors:
            self.clock.add(actor, first)

    def _open_books(self, profile: Profile, weights: list[float], accountant: int) -> None:
        """Chart, products, mappings, opening stock and capital, and the opening values of every setting."""
        lexicon, cin7, catalogue = self.lexicon, self.cin7, self.cin7.catalogue
        text = lexicon.text
        for account in profile.accounts:
            self.ledger.accounts.add((lexicon.code("account", account.code), text(account.name), text(account.type),
                text(account.account_class), text(account.system_account), text(account.control)))  # fmt: skip
        for n, key in enumerate(catalogue.supplier_keys):
            cin7.supplier_table.add((key, n, catalogue.terms_days))
        mapped = _MAPPED | {purpose: role for purpose, role in _MAPPED_FURTHER.items() if role in self.accounts}
        for purpose, role in mapped.items():
            cin7.mapping.add((text(purpose), self.accounts[role], 0))
            cin7.books.log_setting(0, "Account mapping", purpose, "", lexicon.lists["account"][self.accounts[role]], accountant)
        supply = profile.supply
        daily = self.orders_a_year / 365.25 * _units_an_order(profile)
        used = self._used_daily([daily * weight for weight in weights])
        quantities: list[int] = []
        for sku, weight in enumerate(weights):
            need = daily * weight + used[sku]
            point = max(2, round(need * (supply.lead_days.value + supply.safety_days)))
            catalogue.reorder_point.append(point)
            catalogue.reorder_quantity.append(max(4, round(need * supply.cover_days)))
            quantities.append(max(4, round(need * supply.opening_cover_days)))
            self._open_product(profile, sku)
        cost = list(catalogue.cost)
        opening = keys.document(keys.root(keys.OPENING, 0), keys.ADJUST)
        cin7.stock.open_with(quantities, cost, opening, 0, 0)
        labels = self._label_opening(profile)
        for sku, quantity in enumerate(quantities):
            self.operations.warehouse.shelf[sku] = quantity
            self.operations.warehouse.happened(h.OPENED, 0, opening, sku, quantity, cost[sku], labels.get(sku, -1))
        capital = keys.root(keys.OPENING, 1)
        bank, equity = self.accounts["bank"], self.accounts["equity"]
        lines = [(bank, _CAPITAL_CENTS), (equity, -_CAPITAL_CENTS)]
        self.ledger.post(capital, 0, 0, MANJOURNAL, capital, lines, accountant, narration=text("Opening balances"))
        self.operations.warehouse.happened(h.FUNDED, 0, capital, amount=_CAPITAL_CENTS)
        self._log_opening(profile, accountant)
        self.shop_link.push_stock(0)

    def _label_opening(self, profile: Profile) -> dict[int, int]:
        """Put labels on opening stock that is kept by batch; return them as physical events carry them."""
        suppliers, stock, labels = self.operations.suppliers, self.cin7.stock, {}
        for category in profile.catalogue.categories:
            if category.costing != "FIFO":
                for sku in _skus(profile, [category.code]):
                    life = suppliers.shelf_life[sku] = category.shelf_life_days
                    suppliers.lots += 1
                    labels[sku] = label_of(suppliers.lots, life or NEVER_EXPIRES)
                    stock.name_batch(stock.layers[sku][0], warehouse.LOT | suppliers.lots, life or NEVER, 0)
        return labels

    def _open_product(self, profile: Profile, sku: int) -> None:
        cin7, catalogue, text = self.cin7, self.cin7.catalogue, self.lexicon.text
        code = self.lexicon.lists["sku"][sku]
        category = next(c.name for c in profile.catalogue.categories if code.startswith(c.code + "-"))
        style = code.split("-")
        name = text(f"{category} {style[1]}, {style[2]}, {style[3]}")
        cin7.products.add((sku, name, text(category), PRODUCT_TYPE["Stock"], catalogue.costing[sku],
                catalogue.supplier_keys[catalogue.supplier[sku]], catalogue.price_cents[sku], catalogue.cost[sku],
                catalogue.reorder_point[sku], catalogue.reorder_quantity[sku], 0))  # fmt: skip
        a = self.accounts
        self.ledger.items.add((sku, name, a["sales"], a["cogs"], -1, 0))
        self.staging.item_map.add((sku, sku, 0))
        self.staging.channel_skus.add((text(profile.channel.name), sku, sku, 0))

    def _log_opening(self, profile: Profile, user: int) -> None:
        channel, sync = profile.channel, profile.sync
        self.administrator.open(0)
        self.cin7.books.log_setting(0, "LockDate", "", "", NO_LOCK, user)
        self.cin7.books.log_setting(0, "Accrued inventory", "", "", "On", user)
        for name, value in (
            ("Invoices sync type", "Individual"), ("COGS sync type", "Individual"), ("Payments sync type", "Individual"),
            ("Order download", f"every {channel.download_minutes} minutes"), ("Capture", "on fulfilment"),
        ):  # fmt: skip
            self.staging.log_setting(0, name, channel.name, "", value, user)
        self.staging.log_setting(0, "Export schedule", "Xero", "", f"every {sync.every_minutes} minutes", user)
        self.ledger.log_setting(0, "PeriodLockDate", "", "", NO_LOCK, user)
        for rule, said in (
            ("Clearing", f"{channel.name} Payments has a clearing account of its own; a payout clears charges less refunds."),
            ("Supplier terms", f"{profile.catalogue.supplier_terms_days} days unless agreed otherwise."),
            ("Shipping", f"Free from {channel.free_shipping_from_cents // 100} dollars."),
            ("Counting", "Every product is counted once a quarter, on Wednesdays."),
        ):
            text = self.lexicon.text
            self.operations.rules.add((0, text(rule), text(said)))

    # -- asking -----------------------------------------------------------------------------------------------

    @property
    def orders_a_year(self) -> int:
        """Orders a year at the start of the window."""
        scenario, sizes = self.case.scenario, self.case.profile.orders_a_year
        return scenario.orders_a_year or int(getattr(sizes, scenario.size))

    def tables(self) -> list[Rows[Any]]:
        """All tables of evidence."""
        return [
            *self.operations.tables(), *self.cin7.tables(), *self.staging.tables(), *self.outbox.tables(),
            *self.ledger.tables(),
        ]  # fmt: skip


class Packer:
    """Packs grown tables every day, so that facts take little memory."""

    __slots__ = ("_tables", "rank")

    def __init__(self, tables: list[Rows[Any]]) -> None:
        self.rank = 99
        self._tables = tables

    def wake(self, now: int) -> int | None:
        """Pack what is long enough to be worth it."""
        for table in self._tables:
            if table.unpacked >= _WORTH_PACKING:
                table.pack()
        return now + DAY


_WORTH_PACKING = 512
_SUPPLIER_KINDS = ("Textiles", "Mills", "Apparel Co", "Trading", "Knitwear", "Garments")
_MAPPED = {
    "Inventory": "inventory", "COGS": "cogs", "Revenue": "sales", "Shipping": "shipping_income",
    "Accounts receivable": "receivable", "Accounts payable": "payable", "Inventory accrual": "grni",
    "Stock in transit": "stock_in_transit", "Inventory discrepancy": "discrepancy", "Tax": "tax",
    "Shopify Payments": "clearing", "Supplier deposits": "supplier_deposits", "Customer credits": "customer_credits",
}  # fmt: skip


_MAPPED_FURTHER = {
    "Transfers in transit": "transfers_in_transit", "Work in progress": "wip", "Production services": "overhead_absorbed",
    "Inventory write-off": "write_offs",
}  # fmt: skip
"""Purposes that only some businesses have."""


def _skus(profile: Profile, categories: list[str]) -> list[int]:
    """Codes of the products of some categories; of all, when none is named."""
    skus: list[int] = []
    first = 0
    for category in profile.catalogue.categories:
        if not categories or category.code in categories:
            skus += range(first, first + category.products)
        first += category.products
    return skus


def _products(profile: Profile) -> int:
    return sum(category.products for category in profile.catalogue.categories)


def _units_an_order(profile: Profile) -> float:
    return (1.0 + profile.demand.extra_lines.value) * (1.0 + profile.demand.second_unit.value)
