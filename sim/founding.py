"""Founding a business: from a profile to a world that stands ready on the first morning. Composes, decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from . import keys
from .cin7.books import Catalogue
from .cin7.core import Cin7Core
from .cin7.costing import NEVER
from .cin7.matching import BuyingRules, SupplyRules
from .cin7.postings import Accounts
from .cin7.production import Bom, Component
from .cin7.sales import Terms
from .clock import DAY, Actor, Calendar, Clock
from .draws import Draws, pool
from .integration import third_party as exchange
from .integration.channel_settings import ChannelSettings
from .integration.consolidation import WHAT, Channel, Consolidator, sync_type_of, sync_types
from .integration.edi import EdiLink
from .integration.goods_in import LOT
from .integration.inbound import BankFeed, PaymentFeed, ShopLink, Staging
from .integration.outbox import Outbox
from .integration.policies import healthy_feeds
from .integration.tax import TaxMap
from .ledger.books import Books
from .ledger.items import Accounts as ItemAccounts
from .ledger.quickbooks import QuickBooks
from .ledger.xero import Xero
from .marks import Marks
from .operations import happenings as h
from .operations import third_party
from .operations.demand import Demand
from .operations.money_flows import Gateway, Payout
from .operations.production import Part
from .operations.suppliers import NEVER_EXPIRES, has_forwarder, label_of
from .operations.world import Operations, OutsideWorld
from .people import cin7 as cin7_people
from .people import complaints, verdicts
from .people import integration as integration_people
from .people import ledger as ledger_people
from .people import staff as staff_people
from .people.integration import editing
from .people.integration.neglect import Backlog
from .people.ledger.bypass import Bypass
from .people.ledger.closing import Review
from .people.operations import (
    buying,
    direct,
    distrust,
    office,
    prices,
    production,
    quotes,
    returns,
    services,
    snapshots,
    stocktakes,
    transfers,
    warehouse,
)
from .people.operations import policies as work_policies
from .people.operations.ledger_bills import LedgerBills
from .profile import (
    Case,
    ChannelSyncConfig,
    ManufacturingConfig,
    Profile,
    StaffRole,
    SupplyConfig,
    SupplyGroupConfig,
    TransferConfig,
    varied,
)
from .schema import COSTING, DROP_SHIP, NO_LOCK, PRODUCT_TYPE, Ticket
from .setup import Setup, planning_of, skus_of, stated
from .tables import Attic, Lexicon, Rows
from .variants import Variant, variants

_CAPITAL_CENTS = 15_000_000
"""Opening bank balance (assumption: enough for the opening months)."""
_PAYMENT_FEEDS = {
    "shopify_payments": "shopify_payments", "stripe": "stripe_payments", "paypal": "paypal_payments",
    "amazon": "amazon_settlements",
}  # fmt: skip
_FEED_MORNING, _PAYMENTS_EVENING = 7 * 60, 18 * 60 + 15
_NAMES, _FURTHER = 96, 3
"""Names of a business's people, and how many of them are staff beside those who do the daily work."""


class World:
    """One business with everything in it, between founding and the end of its run."""

    __slots__ = ("accountant", "accounts", "administrator", "bookkeeper", "buyer", "calendar", "case",
                 "channel_settings", "cin7", "clerk", "clock", "draws", "further", "ledger", "lexicon", "marks", "operations",
                 "operator", "outbox", "payment_feeds", "queue_owner", "range", "rules", "services", "setup", "shop_links",
                 "staging", "supply_of", "sync_types", "team", "warehouse_links", "warehouses", "work")  # fmt: skip

    def __init__(self, case: Case) -> None:
        profile, scenario = case.profile, case.scenario
        self.case = case
        self.draws = Draws(case.seed)
        self.calendar = Calendar(scenario.start, scenario.months, profile.holidays)
        self.clock = Clock()
        self.lexicon = Lexicon()
        self.marks = Marks()
        people = self._name_people(profile)
        self.accounts = {a.role: self.lexicon.code("account", a.known_as) for a in profile.accounts}
        catalogue = self._catalogue(profile)
        # The buyer's plan starts from what will be wanted: an established range, not a launch (assumption).
        wanted = self._build_layers(profile, catalogue)
        if profile.manufacturing:
            self._define_products(profile, profile.manufacturing)
        self._hire(profile, people, wanted)
        self._hire_further(profile, people, wanted)
        self.team = self._gather(profile, people)
        """Staff as people who react to what they see; None where they do not."""
        self._open_books(profile, wanted, people["accountant"])

    # -- building ---------------------------------------------------------------------------------------------

    def _name_people(self, profile: Profile) -> dict[str, int]:
        names = pool(self.draws, _NAMES)
        suppliers = profile.supply.suppliers + profile.supply.direct_suppliers
        for n in range(suppliers + len(profile.supply.services)):
            kind = _SUPPLIER_KINDS[n % len(_SUPPLIER_KINDS)] if n < suppliers else "Services"
            self.lexicon.code("party", f"{names[n].split()[-1]} {kind}")
        for name in names:
            self.lexicon.code("party", name)
        roles = ("integration", "ecommerce", "buyer", "clerk", "bookkeeper", "accountant", "administrator", "queue owner",
                 "adviser")  # fmt: skip
        users = {"integration": self.lexicon.code("user", "Cin7 Core integration")}
        for n, role in enumerate(roles[1:]):
            users[role] = self.lexicon.code("user", names[n - len(roles)])
        for n in range(2 * profile.staff.pickers):
            self.lexicon.code("user", names[-n - 1 - len(roles)])
        first = len(roles) + 2 * profile.staff.pickers + 1
        self.further = [self.lexicon.code("user", names[-first - n]) for n in range(_FURTHER)]
        """Those who work here, or for the business, and enter nothing in their own name every day."""
        return users

    def _catalogue(self, profile: Profile) -> Catalogue:
        """Products with prices, costs and suppliers."""
        config, supply = profile.catalogue, profile.supply
        rules = _supply_rules(profile.supply)
        supplier_keys = [keys.root(keys.PARTY, (1 << 32) | n) for n in range(len(rules))]
        buying = BuyingRules(rules, self.calendar.month_ends, accrual=supply.accrual,
                             by_receipt=supply.cost_correction_dated == "receipt")  # fmt: skip
        catalogue = Catalogue(supplier_keys, buying)
        self.supply_of: list[SupplyGroupConfig | None] = []
        """From whom each product is bought for stock; None for what a drop shipper sends."""
        self.services: dict[str, tuple[int, int]] = {}
        """Product and price of work, by code; what is bought has no price."""
        suppliers_of = _suppliers_by_product(profile)
        random = self.draws.block("founding/products")
        self.range = variants(config)
        of_family: dict[str, tuple[int, float]] = {}
        for category in config.categories:
            for _ in range(category.products):
                member = self.range[len(catalogue.cost)]
                self.lexicon.code("sku", member.sku)
                catalogue.names.append(member.name)
                catalogue.family.append(member.family)
                catalogue.options.append(member.options)
                price = int(random.integers(category.price_from_cents, category.price_to_cents + 1)) // 100 * 100
                share = category.cost_share * float(random.uniform(0.9, 1.1))
                if member.family:  # a family has one price and is bought at one
                    price, share = of_family.setdefault(member.family, (price, share))
                catalogue.price_cents.append(price)
                catalogue.costing.append(COSTING[category.costing])
                catalogue.cost.append(max(1, round(price * share) * 100))
                catalogue.supplier.append(suppliers_of[len(catalogue.supplier)])
                if supply.is_direct(category):
                    catalogue.direct.add(len(self.supply_of))
                    self.supply_of.append(None)
                else:
                    self.supply_of.append(supply.groups[supply.group_of(category)])
                buying.grams.append(category.unit_grams)
                buying.millilitres.append(category.unit_cm3)
        self._add_work(profile, catalogue, len(rules) - len(supply.services))
        return catalogue

    def _add_work(self, profile: Profile, catalogue: Catalogue, first: int) -> None:
        """What is sold and bought without being goods; `first`: the number of the first provider among suppliers."""
        # Work comes last: nobody stocks or makes it.
        work = [(service.code, service.name, service.price_cents, -1) for service in profile.catalogue.services]
        work += [(of.code, of.name, 0, first + n) for n, of in enumerate(profile.supply.services)]
        for code, name, cents, provider in work:
            self.range.append(Variant(code, name, "Services"))
            catalogue.names.append(name)
            catalogue.family.append("")
            catalogue.options.append(("", ""))
            self.services[code] = (self.lexicon.code("sku", code), cents)
            catalogue.services.add(len(self.supply_of))
            self.supply_of.append(None)
            catalogue.price_cents.append(cents)
            catalogue.costing.append(COSTING["FIFO"])
            catalogue.cost.append(0)
            catalogue.supplier.append(provider)

    def _build_layers(self, profile: Profile, catalogue: Catalogue) -> list[list[float]]:
        """Make the layers; returns the units of each product that are wanted on a day, by location."""
        lexicon, draws, calendar = self.lexicon, self.draws, self.calendar
        demands, prices = [], []
        sold = sum(category.products for category in profile.catalogue.categories if category.sold)
        places = [place.name for place in profile.locations]
        wanted = [[0.0] * len(catalogue.cost) for _ in places]
        for channel in profile.channels:
            orders = self.orders_a_year * channel.share
            wants = varied(channel.demand, self.case.scenario.variant)
            offered = sold - len(catalogue.direct) if channel.kind in ("pos", "amazon_fba") else sold
            demand = Demand(channel.name, wants, orders, catalogue.price_cents[:offered], calendar, draws)
            demands.append(demand)
            share = 1.0 if channel.price_tiers else channel.price_share
            prices.append([max(1, round(price * share)) for price in catalogue.price_cents])
            here = wanted[places.index(channel.location)]
            for sku, daily in enumerate(demand.opening_rate):
                if sku not in catalogue.direct:
                    here[sku] += daily
        goods, senders = profile.supply.suppliers, profile.supply.direct_suppliers + len(profile.supply.services)
        forwarders = [lexicon.code("party", f"{_FORWARDERS[n % len(_FORWARDERS)]} {n + 1}")
                      for n in range(len(catalogue.supplier_keys) - goods - senders)]  # fmt: skip
        names = [*range(goods), *forwarders, *range(goods, goods + senders)]
        self.operations = Operations(
            profile, demands, prices, self.accounts, names, calendar, draws, lexicon, self.services
        )
        self.operations.suppliers.list_costs = list(catalogue.cost)
        self.operations.suppliers.supplier_of = catalogue.supplier
        locations = [lexicon.code("location", place) for place in places]
        channels = [channel.name for channel in profile.channels]
        self.setup = Setup(profile, self.accounts, catalogue.costing, draws, calendar.days)
        for house in self.operations.houses:
            house.itemised = self.setup.itemised
        self.operations.drop_shippers.itemised = self.setup.itemised
        self.cin7 = Cin7Core(Accounts(self.accounts), lexicon, catalogue, locations, channels, calendar, self.setup.place_of)
        self.cin7.configuration.overlook([account.known_as for account in profile.accounts if not account.code])
        self.ledger = Books(len(profile.accounts), lexicon)
        user = lexicon.code("user", "Cin7 Core integration")
        self.rules = (QuickBooks if profile.ledger == "quickbooks" else Xero)(self.ledger, calendar, user)
        self.rules.adviser = profile.sync.connects_as_adviser
        self.outbox = Outbox(profile.sync, self.cin7.books.outgoing, self.rules, draws, lexicon, user)
        sales = self.cin7.sales
        self.outbox.products_of = lambda document: [keys.root(keys.PRODUCT, sku) for sku in sales.skus_of(document.key)]
        self.outbox.links.account_of = self.cin7.account_of
        self.outbox.links.new_name_of = lambda sku: catalogue.names[sku] if sku in catalogue.renamed else ""
        self.staging = Staging(lexicon, healthy_feeds(profile.noise, draws))
        self._found_consolidation(profile)
        self._found_taxes(profile)
        return wanted

    def _found_consolidation(self, profile: Profile) -> None:
        """Let the documents of some channels go to the ledger together, where the profile says so or the ledger's limits do."""
        self.sync_types = sync_types(profile, self.rules.name, self.orders_a_year, self.case.scenario.variant)
        if any(types != ChannelSyncConfig(types.name) for types in self.sync_types):
            self.consolidate()

    def consolidate(self) -> None:
        """Have what is to go to the ledger together kept back for it, as the sync types say; nothing if that is done."""
        profile = self.case.profile
        if self.outbox.consolidator is not None:
            return
        gateways = {gateway.name: gateway for gateway in self.operations.gateways}
        channels = [
            Channel(channel.name, f"{_CHANNEL_KINDS[channel.kind]}({channel.name.replace(' ', '')})",
                    partial(_settled_at, [gateways[share.name] for share in channel.gateways]))
            for channel in profile.channels
        ]  # fmt: skip
        consolidator = Consolidator(channels, self.calendar, self.lexicon, self.accounts["tax"],
                                    as_journals=profile.ledger == "quickbooks")  # fmt: skip
        for n, types in enumerate(self.sync_types):
            for what, sync_type in enumerate((types.invoices, types.cogs, types.payments)):
                consolidator.set_type(n, what, sync_type)
        self.outbox.consolidator = consolidator
        names = [channel.name for channel in profile.channels]
        for what, setting in enumerate(WHAT):
            self.staging.settings.on(setting, partial(_set_sync_type, consolidator, names, what))

    def _found_taxes(self, profile: Profile) -> None:
        """The map of taxes, where a channel charges any."""
        channels = [(channel.name, round(channel.tax.value * 10_000)) for channel in profile.channels]
        if any(basis for _, basis in channels):
            accounts = self.accounts["tax"], self.accounts["rounding"]
            self.outbox.taxes = TaxMap(self.staging.settings, self.rules.name, channels, *accounts)

    def _hire(self, profile: Profile, people: dict[str, int], wanted: list[list[float]]) -> None:
        ops, cin7, calendar, draws = self.operations, self.cin7, self.calendar, self.draws
        self.work = work_policies.healthy(profile.noise, draws)
        first_picker = len(people)
        pickers = list(range(first_picker, first_picker + 2 * profile.staff.pickers))
        self.warehouses = [
            warehouse.Warehouse(ops, cin7, n, self.work, profile.noise, profile.staff, pickers, draws)
            for n, place in enumerate(profile.locations)
            if place.kind not in ("amazon", "third_party", "office")
        ]
        daily = self._needed_daily(wanted)
        places = {place.name: stock for place, stock in zip(profile.locations, cin7.stocks, strict=True)}
        homes = [places.get(group.deliver_to if group else "", cin7.stock) for group in self.supply_of]
        self.buyer = buying.Buyer(ops, cin7, self.supply_of, homes, daily, _season(profile), self.work, people["buyer"])
        elsewhere = LedgerBills(cin7, self.outbox, self.accounts["bank"])
        self.clerk = buying.Clerk(ops, cin7, self.accounts["bank"], self.work, elsewhere, people["clerk"])
        scans = profile.sync.attached_bill.value
        cin7.purchasing.attaches = draws.stream("work/scans").chance(scans) if scans else None
        invoices = office.InvoiceRun(cin7, self.work, calendar)
        receivables = office.Receivables(ops, cin7, self.ledger, self.accounts["bank"])
        self.operator = editing.Operator(cin7, calendar, profile.sync, ops.happenings, draws)
        self._connect(profile)
        for team in self.warehouses:
            for link in self.shop_links:
                if link.stock is team.stock:
                    link.stops = team.stops
        bank_feed = BankFeed(ops, self.ledger, self.staging, self.accounts["bank"])
        self.queue_owner = integration_people.QueueOwner(self.outbox, calendar, people["queue owner"])
        shops = dict(zip([config.name for config in profile.channels], ops.shops, strict=True))
        rhythms = {config.name: config.download_minutes for config in profile.channels if not shops[config.name].on_the_spot}
        keeper = integration_people.ChannelKeeper(
            ops, self.staging.settings, rhythms, profile.noise.honest_setting_change.value, people["ecommerce"], draws,
            self.outbox.taxes, profile.sync.unlinked_tax_rule.value,
        )  # fmt: skip
        self._start((keeper, integration_people.KEEPER_FIRST_WAKE))
        plan = list(zip(self.setup.due, self.setup.decisions, strict=True))
        self.administrator = cin7_people.Administrator(
            ops, cin7, calendar, profile.noise.honest_setting_change.value, profile.close.seam_days, plan,
            people["administrator"], draws,
        )
        self.bookkeeper = ledger_people.Bookkeeper(
            self.ledger, self.outbox, self.accounts, calendar, profile.noise.item_put_away.value,
            cin7.sales.unallocated, self._mapped(profile), draws, people["bookkeeper"],
        )  # fmt: skip
        self.accountant = ledger_people.Accountant(
            ops, self.administrator, self.outbox, self.ledger, self.clerk, profile.close, self.accounts, self.lexicon, draws,
            people["accountant"], people["adviser"],
        )  # fmt: skip
        issues = {
            "operations": ops.issues, "cin7": cin7.issues, "integration": self.staging.issues, "ledger": self.ledger.issues,
        }  # fmt: skip
        grumblers = [people[role] for role in ("ecommerce", "buyer", "clerk", "bookkeeper")]
        grumbling = complaints.Complaints(
            issues, grumblers, profile.noise.groundless_ticket.value, calendar, self.lexicon, draws
        )
        self._start(
            (OutsideWorld(ops, profile, self.accounts, draws), 6 * 60), (bank_feed, _FEED_MORNING),
            *((link, 60) for link in self.shop_links),
            *((team, warehouse.FIRST_WAKE) for team in self.warehouses),
            (self.clerk, buying.FIRST_WAKES[buying.Clerk]), (invoices, office.FIRST_WAKES[office.InvoiceRun]),
            (self.operator, editing.FIRST_WAKE), *((feed, _PAYMENTS_EVENING) for feed in self.payment_feeds),
            (self.queue_owner, integration_people.FIRST_WAKE), (self.bookkeeper, ledger_people.FIRST_WAKES["bookkeeper"]),
            (self.accountant, ledger_people.FIRST_WAKES["accountant"]), (self.outbox, 6 * 60),
            (grumbling, complaints.FIRST_WAKE), (self.administrator, cin7_people.FIRST_WAKE),
            (Packer([*self.tables(), ops.happenings]), DAY // 2 + 7),
        )  # fmt: skip
        if profile.inventory_tracking:
            self._start((self.buyer, buying.FIRST_WAKES[buying.Buyer]))
        if ops.debtors.terms:
            self._start((receivables, office.FIRST_WAKES[office.Receivables]))

    def _issues(self) -> dict[str, Rows[Ticket]]:
        """Where the people of each layer complain."""
        cin7, integration, ledger = self.cin7.issues, self.staging.issues, self.ledger.issues
        return {"operations": self.operations.issues, "cin7": cin7, "integration": integration, "ledger": ledger}

    def _mapped(self, profile: Profile) -> Callable[[Payout], tuple[int, int]]:
        """Where a payout's gateway is mapped to in Cin7: its clearing account, and the account for its fees."""
        accounts_of = self.cin7.configuration.accounts_of
        names = {self.accounts[gateway.role]: gateway.name for gateway in profile.gateways}
        return lambda payout: accounts_of(names[payout.clearing], payout.key)

    def _connect(self, profile: Profile) -> None:
        """A link to every channel and a feed from every gateway."""
        ops, cin7, places = self.operations, self.cin7, [place.name for place in profile.locations]
        self.shop_links: list[ShopLink] = []
        for n, (config, shop) in enumerate(zip(profile.channels, ops.shops, strict=True)):
            days = config.account.terms_days if config.account is not None else 0
            # Retailers who trade by electronic document take an invoice for what was announced to them, and no other.
            terms = Terms(self.lexicon.text(config.name), days, config.partial_shipments, n, config.kind == "edi",
                          self.sync_types[n].invoices == "Individual")
            stock = cin7.stocks[places.index(config.location)]
            self.shop_links.append(
                ShopLink(shop, cin7, stock, terms, self.outbox, self.staging, config.download_minutes, config.kind)
            )
        links = dict(zip([config.name for config in profile.channels], self.shop_links, strict=True))
        self.channel_settings = ChannelSettings(
            self.staging.settings, links, dict(zip(places, cin7.stocks, strict=True)), self.rules.user
        )
        self.channel_settings.share()
        for shop in ops.shops:
            if not shop.on_the_spot:
                shop.offer_always(cin7.catalogue.direct)
        self.payment_feeds = [
            PaymentFeed(ops, gateway, config.name, _PAYMENT_FEEDS[config.kind], cin7, self.staging)
            for config, gateway in zip(profile.gateways, ops.gateways, strict=True)
        ]

    def _hire_further(self, profile: Profile, people: dict[str, int], wanted: list[list[float]]) -> None:
        """Who makes, moves and counts, and who works elsewhere for the business, where the profile has it."""
        ops, cin7 = self.operations, self.cin7
        names = [place.name for place in profile.locations]
        places = dict(zip(names, zip(ops.houses, cin7.stocks, strict=True), strict=True))
        self._connect_third_parties(profile, people)
        for n, (config, link) in enumerate(zip(profile.channels, self.shop_links, strict=True)):
            if config.quoted.value:
                link.quoted = self.draws.stream(f"channel/{config.name}/quotes").chance(config.quoted.value)
            if config.lost_quotes.value:
                desk = quotes.QuoteDesk(cin7, link, config, n, self.calendar, self.draws)
                self._start((desk, quotes.FIRST_WAKE))
            if config.kind == "edi":
                ops.mailbox.connect(config.name, config.resent_order.value)
                self._start((EdiLink(link, config.name, cin7.sales, ops.mailbox, self.staging, config.download_minutes), 60))
        if profile.manufacturing:
            self._hire_production(profile.manufacturing, places[profile.manufacturing.location or names[0]], people)
        if profile.transfers:
            self._hire_transfers(profile, profile.transfers, places, dict(zip(names, wanted, strict=True)), people)
        if cin7.catalogue.direct:
            self._start((direct.DirectDesk(ops, ops.drop_shippers, cin7), direct.FIRST_WAKE))
        if profile.catalogue.services:
            self._start((services.ServiceDesk(ops, cin7), services.FIRST_WAKE))
        if profile.supply.services:
            needs = [services.Need(self.services[of.code][0], of) for of in profile.supply.services]
            self._start((services.ServiceBuyer(ops, cin7, needs, self.draws), services.FIRST_ORDERS))
        if profile.noise.emailed_bill.value and self.rules.drafts_bills:
            rate = profile.noise.emailed_bill.value
            inbox = ledger_people.BillInbox(ops, self.ledger, self.outbox, rate, self.draws, people["bookkeeper"])
            self._start((inbox, ledger_people.FIRST_WAKES["inbox"]))
        if profile.noise.new_price.value:
            sold = sum(category.products for category in profile.catalogue.categories if category.sold)
            keeper = prices.PriceKeeper(cin7, self.channel_settings.lists, self.staging.settings, sold, self.calendar,
                                        profile.noise.new_price.value, people["ecommerce"], self.draws)
            self._start((keeper, prices.FIRST_WAKE))
        tiered = [link for link in self.shop_links if link.shop.tiers is not None]
        if tiered and profile.noise.new_price_tier.value:
            mover = prices.TierKeeper(tiered, self.staging.settings, self.calendar, profile.noise.new_price_tier.value,
                                      people["ecommerce"], self.draws)  # fmt: skip
            self._start((mover, prices.FIRST_WAKE))
        if profile.stocktakes:
            counters = stocktakes.Counters(ops, cin7, list(places.values()), profile.stocktakes, people["buyer"])
            self._start((counters, stocktakes.FIRST_WAKE))

    def _connect_third_parties(self, profile: Profile, people: dict[str, int]) -> None:
        """A third party's people, the exchange of files with them, and who credits what customers tell."""
        ops, cin7, user = self.operations, self.cin7, self.lexicon.code("user", "Cin7 Core integration")
        self.warehouse_links: list[exchange.WarehouseLink] = []
        for n, place in enumerate(profile.locations):
            if place.kind == "third_party" and profile.third_party is not None:
                theirs = third_party.ThirdParty(ops, n, profile.noise, self.draws)
                link = exchange.WarehouseLink(ops, theirs, cin7, cin7.stocks[n], profile.third_party, self.staging, user)
                self.warehouse_links.append(link)
                for shop_link in self.shop_links:
                    if shop_link.stock is cin7.stocks[n]:
                        shop_link.recall = link.recall
                self._start((theirs, third_party.FIRST_WAKE), (link, exchange.FIRST_WAKE))
        if self.warehouse_links:
            reader = snapshots.SnapshotReader(ops, self.warehouse_links, self.work, self.buyer.user)
            self._start((reader, snapshots.FIRST_WAKE))
        told = iter(link.returned for link in self.warehouse_links)
        places = [
            (next(told) if house.kind == "third_party" else house.returns_desk, house, stock)
            for house, stock in zip(ops.houses, cin7.stocks, strict=True) if house.kind in ("third_party", "amazon")
        ]  # fmt: skip
        complaints_come = any(channel.account is not None and channel.account.disputed.value for channel in profile.channels)
        if places or complaints_come or profile.noise.kept_goods.value or profile.noise.price_credit.value:
            desk = returns.ReturnsDesk(ops, cin7, places, self.calendar, self.work, people["ecommerce"])
            self._start((desk, returns.FIRST_WAKE))

    def _hire_production(self, config: ManufacturingConfig, place: transfers.Place, people: dict[str, int]) -> None:
        self.operations.workshop.set_up(config, place[0], self.draws)
        team = production.Workshop(self.operations, self.cin7, place, config, people["buyer"], self.draws)
        self._start((team, production.FIRST_WAKE))

    def _hire_transfers(
        self, profile: Profile, config: TransferConfig, places: dict[str, transfers.Place], wanted: dict[str, list[float]],
        people: dict[str, int],
    ) -> None:  # fmt: skip
        self.operations.transport.set_up(config, self.draws)
        workshop = profile.manufacturing and (profile.manufacturing.location or profile.locations[0].name)
        used = self._used_daily([sum(here) for here in zip(*wanted.values(), strict=True)])
        routes = []
        for route in config.routes:
            fills = route.rule == "fill"
            levels: dict[int, tuple[int, int]] = {}
            kept: dict[int, int] = {}
            for sku in skus_of(profile, route.categories):
                need = wanted[route.destination][sku] + (used[sku] if route.destination == workshop else 0.0)
                most = round(need * route.cover_days)
                levels[sku] = (most // 2, max(most, 1)) if fills and need else (0, most)
                kept[sku] = round(wanted[route.source][sku] * route.kept_days)
            routes.append(transfers.Route(places[route.source], places[route.destination], levels, kept, fills=fills))
        theirs = {link.theirs.house.place: link.theirs for link in self.warehouse_links}
        desk = transfers.TransferDesk(
            self.operations, self.cin7, routes, config, self.work, people["buyer"], self.draws, theirs
        )
        self._start((desk, transfers.FIRST_WAKE))

    def _gather(self, profile: Profile, people: dict[str, int]) -> staff_people.Team | None:
        """Let staff see, judge and react, if they do in this scenario."""
        config, scenario, ops = profile.people, self.case.scenario, self.operations
        if config is None or not scenario.reactions:
            return None
        lead, owner, implementer = self.further
        picker = len(people)
        users: dict[StaffRole, int] = {
            "picker": picker, "receiver": picker + min(1, profile.staff.pickers - 1), "warehouse_lead": lead, "owner": owner,
            "buyer": people["buyer"], "ecommerce_operator": people["ecommerce"], "bookkeeper": people["bookkeeper"],
            "accountant": people["accountant"], "integration_owner": people["queue owner"],
        }  # fmt: skip
        team = staff_people.Team(config, users, scenario.staff, self._issues(), self.calendar, self.lexicon, self.draws)
        distrust.Floor(team, ops, self.cin7, self.warehouses, self.buyer, self.draws)
        Bypass(team, ops, self.accounts, [of.terms_days for of in self.cin7.catalogue.buying.suppliers])
        Backlog(team, self.outbox)
        self.accountant.review = Review(team, self.cin7.books, self.outbox, self.ledger, ops.gateways, profile.accounts,
                                        self.accounts, self.calendar, self.lexicon)  # fmt: skip
        outside = {"accountant": people["adviser"], "implementer": implementer,
                   "cin7_support": self.lexicon.code("user", "Cin7 Support")}  # fmt: skip
        opinions = verdicts.Verdicts(team, outside, self.draws)
        self._start((team, staff_people.FIRST_WAKE), (opinions, verdicts.FIRST_WAKE))
        return team

    def _define_products(self, profile: Profile, config: ManufacturingConfig) -> None:
        """Bills of materials; the product's cost is that of its components and work."""
        cost = self.cin7.catalogue.cost
        for made in config.made:
            for n, sku in enumerate(skus_of(profile, [made.category])):
                parts = []
                for part in made.components:
                    of = skus_of(profile, [part.category])
                    parts.append(Component(of[n % len(of)], part.quantity, part.wastage_percent, part.cost_weight))
                bom = Bom(0, tuple(parts), made.service_cents * 100)
                self.cin7.production.define(sku, bom, 0)
                self.operations.workshop.recipes[sku] = [
                    Part(part.sku, part.quantity, part.wastage_percent, part.cost_weight) for part in parts
                ]  # fmt: skip
                cost[sku] = bom.service_cost + sum(part.quantity * cost[part.sku] for part in parts)

    def _needed_daily(self, wanted: list[list[float]]) -> list[float]:
        """Units of each product that have to be bought or made a day, to be sold or to be used in the workshop."""
        sold = [sum(here) for here in zip(*wanted, strict=True)]
        return [units + used for units, used in zip(sold, self._used_daily(sold), strict=True)]

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

    def _open_books(self, profile: Profile, wanted: list[list[float]], accountant: int) -> None:
        """Chart, products, mappings, opening stock and capital, and the opening values of every setting."""
        lexicon, cin7, catalogue = self.lexicon, self.cin7, self.cin7.catalogue
        text = lexicon.text
        for account in profile.accounts:
            self.ledger.accounts.add((lexicon.code("account", account.known_as), text(account.name), text(account.type),
                text(account.account_class), text(account.system_account), text(account.control)))  # fmt: skip
        for n, key in enumerate(catalogue.supplier_keys):
            cin7.supplier_table.add((key, self.operations.supplier_names[n], catalogue.buying.suppliers[n].terms_days))
        self._plan_products(wanted)
        # Consolidated payments fail without it (DEAR support).
        further = {"Payment clearing": profile.gateways[0].role} if (
            self.outbox.consolidator is not None and profile.ledger == "quickbooks"
        ) else {}
        self.setup.enter(cin7, profile, further, accountant, self.buyer.user)
        for sku in range(len(catalogue.cost)):
            self._open_product(profile, sku)
        for member in {member.family: member for member in self.range if member.family}.values():
            first, second = member.names
            cin7.families.add((text(member.family), text(member.name.split(",")[0]), text(member.category), text(first),
                               text(second), 0))  # fmt: skip
        self._open_stock(profile, wanted)
        capital = keys.root(keys.OPENING, 1)
        bank, equity = self.accounts["bank"], self.accounts["equity"]
        lines = [(bank, _CAPITAL_CENTS), (equity, -_CAPITAL_CENTS)]
        self.ledger.post(capital, 0, 0, self.rules.journal, capital, lines, accountant, narration=text("Opening balances"))
        self.operations.houses[0].happened(h.FUNDED, 0, capital, amount=_CAPITAL_CENTS)
        self._log_opening(profile, accountant)
        for link in self.shop_links:
            if link.hears_of_stock:
                link.push_stock(0)

    def _plan_products(self, wanted: list[list[float]]) -> None:
        """Reorder points from what is wanted in all, and who plans what."""
        catalogue = self.cin7.catalogue
        catalogue.planned_by.extend(planning_of(self.case.profile))
        for sku, daily in enumerate(self._needed_daily(wanted)):
            supply = self.supply_of[sku]
            catalogue.reorder_point.append(
                max(2, round(daily * (supply.lead_days.value + supply.safety_days))) if supply else 0
            )
            catalogue.reorder_quantity.append(max(4, round(daily * supply.cover_days)) if supply else 0)

    def _open_stock(self, profile: Profile, wanted: list[list[float]]) -> None:
        """Opening stock where it is wanted."""
        cost, needed = list(self.cin7.catalogue.cost), self._needed_daily(wanted)
        for n, (place, daily_here) in enumerate(zip(profile.locations, wanted, strict=True)):
            least = 4 if n == 0 else 0
            further = [need - sum(here) for need, here in zip(needed, zip(*wanted, strict=True), strict=True)]
            daily_all = [a + b for a, b in zip(daily_here, further, strict=True)] if n == 0 else daily_here
            quantities = [
                max(least, round(daily * (place.cover_days or supply.opening_cover_days))) if supply else 0
                for daily, supply in zip(daily_all, self.supply_of, strict=True)
            ]
            opening = keys.document(keys.root(keys.OPENING, n << 8), keys.ADJUST)
            self.cin7.stocks[n].open_with(quantities, cost, opening, 0, 0)
            labels = self._label_opening(profile, n)
            house = self.operations.houses[n]
            for sku, quantity in enumerate(quantities):
                house.shelf[sku] = quantity
                if quantity:
                    house.happened(h.OPENED, 0, opening, sku, quantity, cost[sku], labels.get(sku, -1))

    def _label_opening(self, profile: Profile, place: int) -> dict[int, int]:
        """Put labels on a location's opening stock that is kept by batch; return them as physical events carry them."""
        suppliers, stock, labels = self.operations.suppliers, self.cin7.stocks[place], {}
        for category in profile.catalogue.categories:
            if category.by_batch:
                for sku in skus_of(profile, [category.code]):
                    life = suppliers.shelf_life[sku] = category.shelf_life_days
                    if stock.layers[sku]:
                        suppliers.lots += 1
                        labels[sku] = label_of(suppliers.lots, life or NEVER_EXPIRES)
                        stock.name_batch(stock.layers[sku][0], LOT | suppliers.lots, life or NEVER, 0)
        return labels

    def _open_product(self, profile: Profile, sku: int) -> None:
        cin7, catalogue, text = self.cin7, self.cin7.catalogue, self.lexicon.text
        member, supplier, is_work = self.range[sku], catalogue.supplier[sku], sku in catalogue.services
        kind = PRODUCT_TYPE["Service" if is_work else "Stock" if profile.inventory_tracking else "Non-inventory"]
        mode = DROP_SHIP["Always Drop Ship" if sku in catalogue.direct else "No Drop Ship"]
        cin7.products.add((sku, text(member.category), kind,
                catalogue.supplier_keys[supplier] if supplier >= 0 else -1, catalogue.price_cents[sku], catalogue.cost[sku], 0,
                text(member.family), mode))  # fmt: skip
        of, own = cin7.books.mapping.of[sku], cin7.books.mapping.own("revenue", sku)
        asset = of.inventory if self.rules.goes_by_item and sku not in catalogue.unstocked else -1
        refusal = self.outbox.links.push(sku, member.name, ItemAccounts(of.sales if own < 0 else own, of.cogs, asset), 0)
        if refusal is not None:
            raise ValueError(f"{member.sku}: {refusal.message}")
        for channel in profile.channels:
            if is_work and member.sku not in [offer.code for offer in channel.services]:
                continue
            self.staging.channel_skus.add((text(channel.name), sku, sku, 0))

    def _log_opening(self, profile: Profile, user: int) -> None:
        sync = profile.sync
        self.administrator.open(0)
        for channel, types in zip(profile.channels, self.sync_types, strict=True):
            for name, value in (
                *zip(WHAT, (types.invoices, types.cogs, types.payments), strict=True),
                ("Order download", f"every {channel.download_minutes} minutes"), ("Capture", f"on {channel.capture}"),
            ):  # fmt: skip
                self.staging.log_setting(0, name, channel.name, "", value, user)
        taxes = self.outbox.taxes
        charged = self.channel_settings.prices(self.lexicon.lists["sku"])
        tax_words = taxes.opening() if taxes is not None else []
        for setting, key, value in (*self.channel_settings.opening(), *charged, *tax_words):
            self.staging.settings.set(0, setting, key, value, user)
        for rule, code, rate in taxes.rates_of_codes() if taxes is not None else ():
            self.cin7.books.settings.set(0, "Tax rule", rule, rate, user)
            self.ledger.log_setting(0, "Tax rate", code, "", rate, user)
        if self.rules.year_end_lock:
            self.staging.log_setting(0, "ShowOnCashBasisReports", self.rules.name, "", "No", user)
        self.staging.log_setting(0, "Export status", self.rules.name, "", "Authorised", user)
        self.staging.log_setting(0, "Export schedule", self.rules.name, "", f"every {sync.every_minutes} minutes", user)
        self._log_locks(profile, user)
        text = self.lexicon.text
        for rule, said in stated(profile):
            self.operations.rules.add((0, text(rule), text(said)))

    def _log_locks(self, profile: Profile, user: int) -> None:
        """Opening values of what decides which days are closed in the ledger; nothing of the window is."""
        until, has_two = profile.close.locked_until, self.rules.year_end_lock
        name = "PeriodLockDate" if has_two else "BookCloseDate"
        self.ledger.log_setting(0, name, "", "", until.isoformat() if until else NO_LOCK, user)
        self.ledger.log_setting(0, "FinancialYearEndMonth", "", "", str(profile.close.year_ends_month), user)
        if has_two:
            self.ledger.log_setting(0, "EndOfYearLockDate", "", "", NO_LOCK, user)
            role = "Adviser" if profile.sync.connects_as_adviser else "Standard"
            self.ledger.log_setting(0, "User role", "Cin7 Core integration", "", role, user)

    # -- asking -----------------------------------------------------------------------------------------------

    @property
    def orders_a_year(self) -> int:
        """Orders a year at the start of the window."""
        scenario, sizes = self.case.scenario, self.case.profile.orders_a_year
        return scenario.orders_a_year or int(getattr(sizes, scenario.size))

    def accounts_for(self, role: str) -> list[int]:
        """The account of a role, and those that take its place for some products or channels."""
        codes = [self.accounts[a.role] for a in self.case.profile.accounts if role in (a.role, a.stands_for)]
        return sorted(codes)

    @property
    def own_parcels(self) -> list[int]:
        """Channels whose parcels leave from a place of our own and are paid by a gateway."""
        ours = [team.stock for team in self.warehouses]
        return [n for n, link in enumerate(self.shop_links)
                if any(link.stock is stock for stock in ours) and link.shop.gateways and not link.shop.on_the_spot]  # fmt: skip

    def tables(self) -> list[Rows[Any]]:
        """All tables of evidence."""
        return [
            *self.operations.tables(), *self.cin7.tables(), *self.staging.tables(), *self.outbox.tables(),
            *self.ledger.tables(),
        ]  # fmt: skip


class Packer:
    """Packs grown tables every few days and puts away what they hold, so that facts take little memory."""

    __slots__ = ("_attic", "_parts", "rank")

    def __init__(self, tables: list[Rows[Any]]) -> None:
        self.rank = 99
        self._parts, self._attic = list({id(part): part for table in tables for part in table.parts}.values()), Attic()

    def wake(self, now: int) -> int | None:
        """Pack what is long enough to be worth it."""
        for part in self._parts:
            if part.unpacked >= _WORTH_PACKING:
                part.pack(self._attic)
        return now + _PACKING_DAYS * DAY


_CHANNEL_KINDS = {
    "shopify": "Shopify", "amazon_mfn": "Amazon", "amazon_fba": "Amazon", "pos": "POS", "edi": "EDI", "phone": "Phone",
}  # fmt: skip


def _settled_at(gateways: list[Gateway]) -> int:
    return max((gateway.settled_at for gateway in gateways), default=-1)


def _set_sync_type(consolidator: Consolidator, names: list[str], what: int, channel: str, value: str, now: int) -> None:
    del now
    consolidator.set_type(names.index(channel), what, sync_type_of(value))


_WORTH_PACKING, _PACKING_DAYS = 512, 3
_SUPPLIER_KINDS = ("Textiles", "Mills", "Apparel Co", "Trading", "Knitwear", "Garments")
_FORWARDERS = ("Harbor Forwarding", "Overseas Freight", "Coastal Customs Brokers")


def _products(profile: Profile) -> int:
    return sum(category.products for category in profile.catalogue.categories)
def _season(profile: Profile) -> list[float]:
    """Weights of the months of a year, over all channels."""
    return [sum(channel.share * channel.demand.month.values[month] for channel in profile.channels) for month in range(12)]


def _supply_rules(supply: SupplyConfig) -> list[SupplyRules]:
    """How purchases are booked: for each supplier, each group's forwarder, those who send to customers, and providers."""
    rules: list[SupplyRules] = []
    for group in supply.groups:
        ahead, charged = group.approach == "INVOICE", has_forwarder(group)
        rules += [SupplyRules(ahead, ahead and group.advanced, group.terms_days, charged)] * group.suppliers
    rules += [SupplyRules(False, False, group.terms_days) for group in supply.groups if has_forwarder(group)]
    rules += [SupplyRules(False, False, of.terms_days) for of in supply.drop_shippers for _ in range(of.suppliers)]
    return rules + [SupplyRules(False, False, service.terms_days) for service in supply.services]


def _suppliers_by_product(profile: Profile) -> list[int]:
    """Each group's products in equal parts to its suppliers, in order; returns the supplier of each product."""
    supply, first = profile.supply, 0
    names: list[str] = []
    for category in profile.catalogue.categories:
        names += [category.supply or supply.groups[0].name] * category.products
    found = [0] * len(names)
    for group in supply.groups:
        first = _assign(found, [sku for sku, name in enumerate(names) if name == group.name], group.suppliers, first)
    first += sum(has_forwarder(group) for group in supply.groups)
    for shipper in supply.drop_shippers:
        first = _assign(found, [sku for sku, name in enumerate(names) if name == shipper.name], shipper.suppliers, first)
    return found


def _assign(found: list[int], skus: list[int], suppliers: int, first: int) -> int:
    """Give each of `suppliers` with numbers from `first` its part of some products; return the next free number."""
    for place, sku in enumerate(skus):
        found[sku] = first + place * suppliers // len(skus)
    return first + suppliers
