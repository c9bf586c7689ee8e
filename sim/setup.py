"""How a business means to be run: accounts of products and channels, costing, who plans what, and the policies it states.

Words of the profile become rules and opening settings. The true books are kept by it and by the decisions that change it; it
knows nothing of what is recorded and of injected events.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cin7.configuration import (
    ACCRUAL,
    DEFAULT_ACCOUNT,
    FEE_ACCOUNT,
    FORECAST,
    LOCK_DATE,
    METHOD,
    MINIMUM,
    MRP,
    NAME,
    OFF,
    ON,
    OPTIONS,
    PLANNED_BY,
    PRICE,
    QUANTITY,
    REORDER_LEVEL,
    SUPPLIER_PRICE,
    cents_text,
    options_text,
    price_text,
    tools_text,
)
from .cin7.core import Cin7Core
from .cin7.mapping import LEVELS, AccountMap, Rule
from .cin7.postings import Accounts
from .draws import Draws
from .profile import AccountRuleConfig, Profile
from .schema import COSTING, NO_LOCK

_STATED = {
    "reorder_point": "ordered at the minimum kept in Cin7, which is looked over every two weeks",
    "mrp": "ordered by MRP, for open sales orders and work orders", "forecast": "ordered by forecast",
}  # fmt: skip
_FROM, _UNTIL = 5, 4
"""What is introduced later comes after the first fifth and before the last fifth of the window (assumption)."""
_MAPPED = {
    "Inventory": "inventory", "COGS": "cogs", "Revenue": "sales", "Shipping": "shipping_income",
    "Accounts receivable": "receivable", "Accounts payable": "payable", "Inventory accrual": "grni",
    "Stock in transit": "stock_in_transit", "Inventory discrepancy": "discrepancy", "Tax": "tax",
    "Supplier deposits": "supplier_deposits", "Customer credits": "customer_credits",
}  # fmt: skip
"""Purposes of Cin7's Account Mapping and the roles they are mapped to."""
_MAPPED_FURTHER = {
    "Transfers in transit": "transfers_in_transit", "Work in progress": "wip", "Production services": "overhead_absorbed",
    "Inventory write-off": "write_offs",
}  # fmt: skip
"""Those that only some businesses have."""


class Setup:
    """How one business is set up at founding, and what it will change by decision."""

    __slots__ = ("_channels", "_roles", "_rules", "costing", "decisions", "due", "place_of")

    def __init__(self, profile: Profile, roles: dict[str, int], costing: list[int], draws: Draws, days: int) -> None:
        """`roles`: the account of each role; `costing`: each product's method; `days`: length of the window."""
        self.costing = list(costing)
        self.place_of = draws.stream("setup/shelves").uniform
        """Where each unit stands of what is taken unit by unit."""
        self._roles, self._channels = roles, len(profile.channels)
        self._rules: list[Rule] = []
        self.decisions: list[Rule] = []
        """What is introduced in mid-window."""
        self.due: list[int] = []
        """The day from which each decision is to be carried out."""
        first = sum(category.products for category in profile.catalogue.categories)
        sold, bought = profile.catalogue.services, profile.supply.services
        if sold:  # work has accounts of its own
            own = tuple(range(first, first + len(sold)))
            self._rules.append(Rule("product", own, revenue=roles["service_income"]))
        for n, work in enumerate(bought, first + len(sold)):
            self._rules.append(Rule("product", (n,), cogs=roles[work.role]))
        draw = draws.stream("founding/account rules")
        for n, config in enumerate(profile.account_rules):
            rule = _rule(config, profile, roles)
            if draw.happens(config.later.value, n):
                self.decisions.append(rule)
                self.due.append(draw.between(days // _FROM, days * _UNTIL // _FROM, n, 1))
            else:
                self._rules.append(rule)

    @property
    def rules(self) -> list[Rule]:
        """What holds from founding on."""
        return list(self._rules)

    @property
    def itemised(self) -> bool:
        """Whether what lines bring may go to several revenue accounts."""
        return any(rule.revenue >= 0 for rule in (*self._rules, *self.decisions))

    def mapping(self) -> AccountMap:
        """The accounts of products and channels at founding."""
        mapping = AccountMap(Accounts(self._roles), len(self.costing), self._channels)
        for rule in self._rules:
            mapping.apply(rule)
        return mapping

    def enter(
        self, cin7: Cin7Core, profile: Profile, further: dict[str, str], accountant: int, buyer: int
    ) -> None:
        """Enter the opening values of all settings that steer what is recorded.

        `further`: purposes of the account mapping that only this business has, with the roles they are mapped to.
        """
        settings, names = cin7.books.settings, cin7.books.lexicon.lists
        mapped = _MAPPED | {purpose: role for purpose, role in _MAPPED_FURTHER.items() if role in self._roles}
        mapped |= {gateway.name: gateway.role for gateway in profile.gateways} | further
        for purpose, role in mapped.items():
            settings.set(0, DEFAULT_ACCOUNT, purpose, names["account"][self._roles[role]], accountant)
        for gateway in profile.gateways:
            settings.set(0, FEE_ACCOUNT, gateway.name, names["account"][self._roles["payment_fees"]], accountant)
        for rule in self._rules:
            for word in cin7.configuration.words(rule):
                settings.set(0, *word, accountant)
        settings.set(0, LOCK_DATE, "", NO_LOCK, accountant)
        settings.set(0, ACCRUAL, "", ON if profile.supply.accrual else OFF, accountant)
        catalogue = cin7.catalogue
        for sku, name in enumerate(names["sku"]):
            if catalogue.price_cents[sku]:
                settings.set(0, PRICE, name, cents_text(catalogue.price_cents[sku]), buyer)
            if sku in catalogue.unstocked:
                continue
            settings.set(0, MINIMUM, name, str(catalogue.reorder_point[sku]), buyer)
            settings.set(0, QUANTITY, name, str(catalogue.reorder_quantity[sku]), buyer)
            settings.set(0, PLANNED_BY, name, tools_text(catalogue.planned_by[sku]), buyer)
            settings.follow(NAME, name, catalogue.names[sku])  # it is on the product itself
            settings.set(0, METHOD, name, COSTING.words[catalogue.costing[sku]], accountant)
            if catalogue.family[sku]:
                settings.set(0, OPTIONS, name, options_text(catalogue.options[sku]), buyer)
            if sku not in cin7.production.made:
                settings.set(0, SUPPLIER_PRICE, name, price_text(catalogue.cost[sku]), buyer)
        cin7.configuration.open_products(0)


def stated(profile: Profile) -> Iterator[tuple[str, str]]:
    """What the business says about how it works: subject and policy."""
    for gateway in profile.gateways:
        yield "Clearing", f"{gateway.name} has a clearing account of its own; a payout clears charges less refunds."
    supply = profile.supply
    terms = [*(of.terms_days for of in supply.groups), *(of.terms_days for of in supply.drop_shippers)]
    yield "Supplier terms", f"{terms[0]} days unless agreed otherwise."
    if supply.drop_shippers:
        yield "Drop shipping", "Each sale is ordered from who sends it, line by line; what he cannot send is given back."
    for channel in profile.channels:
        yield "Order download", f"{channel.name}: every {channel.download_minutes} minutes."
        if channel.shipping_cents:
            yield "Shipping", f"{channel.name}: free from {channel.free_shipping_from_cents // 100} dollars."
        if channel.account is not None:
            yield "Customer terms", f"{channel.name}: {channel.account.terms_days} days."
    tools = {config.category: config.tool for config in profile.planning}
    for group in profile.supply.groups:
        yield "Planning", f"Goods of group {group.name}: {_STATED[group.planning]}."
    for category, tool in tools.items():
        yield "Planning", f"{category}: {_STATED[tool]}."
    if profile.inventory_tracking:
        yield "Counting", "Every product is counted once a quarter, on Wednesdays."
    codes = {account.role: f"{account.code} {account.name}" for account in profile.accounts}
    for rule in profile.account_rules:
        if not rule.later.value:
            of = " and ".join(word for word in (rule.channel, rule.category) if word)
            into = [codes[role] for role in (rule.inventory, rule.cogs, rule.revenue) if role]
            yield "Accounts", f"{of}: {', '.join(into)}."


def planning_of(profile: Profile) -> list[int]:
    """The tool that plans each product: what is said of its category, else of the group it is bought from.

    What is made here is planned by reorder level unless its category says otherwise; what never lies here by nobody (0).
    """
    said = {config.category: config.tool for config in profile.planning}
    made = {of.category for of in profile.manufacturing.made} if profile.manufacturing else set()
    tools: list[int] = []
    for category in profile.catalogue.categories:
        if profile.supply.is_direct(category):
            tools += [0] * category.products
            continue
        group = profile.supply.groups[profile.supply.group_of(category)]
        usual = "reorder_point" if category.code in made else group.planning
        tools += [_TOOLS[said.get(category.code, usual)]] * category.products
    return tools + [0] * (len(profile.catalogue.services) + len(profile.supply.services))


_TOOLS = {"reorder_point": REORDER_LEVEL, "mrp": MRP, "forecast": FORECAST}


def skus_of(profile: Profile, categories: list[str]) -> list[int]:
    """Codes of the products of some categories; of all, when none is named."""
    skus: list[int] = []
    first = 0
    for category in profile.catalogue.categories:
        if not categories or category.code in categories:
            skus += range(first, first + category.products)
        first += category.products
    return skus


def _rule(config: AccountRuleConfig, profile: Profile, roles: dict[str, int]) -> Rule:
    line, product, document, customer = LEVELS
    channelled = customer if config.customers else line if config.category else document
    level = channelled if config.channel else product
    channel = [of.name for of in profile.channels].index(config.channel) if config.channel else -1
    inventory, cogs, revenue = (roles[role] if role else -1 for role in (config.inventory, config.cogs, config.revenue))
    return Rule(level, tuple(skus_of(profile, [config.category])) if config.category else (), channel, inventory, cogs, revenue)
