"""How a Cin7 Core account is set up, carried out: the one reader of every setting that steers what Cin7 records.

People, founding and events set words through `Books.settings`; what a word does is here. Each change of a product's setup is a
row of its log as well. Knows no reason why anything is changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..clock import Calendar
from ..schema import COSTING, NO_LOCK, AccountMapping, ProductChange
from ..tables import Rows
from .books import Books, Catalogue
from .mapping import Rule
from .purchasing import Purchasing

LOCK_DATE, ACCRUAL, DEFAULT_ACCOUNT = "LockDate", "Accrued inventory", "Account mapping"
PRODUCT_ACCOUNT = {"inventory": "InventoryAccount", "cogs": "COGSAccount", "revenue": "RevenueAccount"}
"""The setting of a product that names its account for a purpose; empty: it has none of its own."""
REVENUE_ACCOUNT = {"order line": "Order line account", "document": "Sale account", "customer": "Customer sale account"}
"""The setting that names a revenue account on another level; its key is the channel, for an order line channel and product."""
MINIMUM, QUANTITY, PLANNED_BY, METHOD = "MinimumBeforeReorder", "ReorderQuantity", "Planned by", "CostingMethod"
SUPPLIER_PRICE, OPTIONS = "Supplier price", "Options"
ON, OFF = "On", "Off"
_OF = " / "
REORDER_LEVEL, MRP, FORECAST = 1, 2, 4
"""Tools that plan, as bits: minimum and quantity kept in Cin7, demand that is not met, velocity times lead time."""
TOOLS = {"Reorder level": REORDER_LEVEL, "MRP": MRP, "Forecast": FORECAST}
_AND = " + "

_PURPOSES = {
    "Inventory": "inventory", "COGS": "cogs", "Revenue": "sales", "Shipping": "shipping_income",
    "Accounts receivable": "receivable", "Accounts payable": "payable", "Inventory accrual": "grni",
    "Stock in transit": "stock_in_transit", "Inventory discrepancy": "discrepancy", "Tax": "tax",
    "Supplier deposits": "supplier_deposits", "Customer credits": "customer_credits", "Transfers in transit": "transit",
    "Work in progress": "wip", "Production services": "absorbed", "Inventory write-off": "write_offs",
}  # fmt: skip
"""Purposes of Cin7's Account Mapping, each with the place of `Accounts` that it is."""
_COST_SCALE = 10_000
_SHOWN = {"inventory": "Inventory", "cogs": "COGS", "revenue": "Revenue"}


class Configuration:
    """Carries out the settings of one account."""

    __slots__ = ("_accounts", "_books", "_calendar", "_catalogue", "_channels", "_listed", "_opened", "_purchasing", "_skus",
                 "clearing", "mapping", "matches", "product_log")  # fmt: skip

    def __init__(
        self, books: Books, catalogue: Catalogue, purchasing: Purchasing, calendar: Calendar, channels: Sequence[str]
    ) -> None:
        self._books, self._catalogue, self._purchasing, self._calendar = books, catalogue, purchasing, calendar
        self._channels = list(channels)
        self._skus = {sku: code for code, sku in enumerate(books.lexicon.lists["sku"])}
        self._accounts = {account: code for code, account in enumerate(books.lexicon.lists["account"])}
        self._opened = False
        self._listed = list(catalogue.options)
        """What channels list each product as."""
        self.matches: dict[int, int] = {}
        """Products that an order of another listing is entered for, by the one listed: its options are another's."""
        self.clearing: dict[str, int] = {}
        """The clearing account of each gateway, by name."""
        self.mapping: Rows[AccountMapping] = Rows("cin7/account_mapping", AccountMapping)
        self.product_log: Rows[ProductChange] = Rows("cin7/product_log", ProductChange)
        settings = books.settings
        settings.on(LOCK_DATE, self._lock)
        settings.on(ACCRUAL, self._accrue)
        settings.on(DEFAULT_ACCOUNT, self._map_default)
        for purpose, setting in PRODUCT_ACCOUNT.items():
            settings.on(setting, partial(self._map_product, purpose))
        for level, setting in REVENUE_ACCOUNT.items():
            settings.on(setting, partial(self._map_revenue, level))
        settings.on(MINIMUM, partial(self._set_number, catalogue.reorder_point))
        settings.on(QUANTITY, partial(self._set_number, catalogue.reorder_quantity))
        settings.on(PLANNED_BY, self._plan)
        settings.on(METHOD, self._cost)
        settings.on(OPTIONS, self._vary)
        settings.on(SUPPLIER_PRICE, self._price)

    def overlook(self, accounts: Sequence[str]) -> None:
        """Accounts that the ledger has no code for cannot be seen here, and nothing is mapped to them."""
        for account in accounts:
            del self._accounts[account]

    def open_products(self, now: int) -> None:
        """Begin the log of every product; from here on, each change of its setup is a row."""
        self._opened = True
        for sku in range(len(self._catalogue.cost)):
            self._log_product(sku, now)

    def words(self, rule: Rule) -> list[tuple[str, str, str]]:
        """Setting, key and value of everything that a rule of account mapping says."""
        skus, accounts = self._books.lexicon.lists["sku"], self._books.lexicon.lists["account"]
        if rule.level == "product":
            return [(PRODUCT_ACCOUNT[purpose], skus[sku], accounts[account])
                    for purpose, account in rule.named for sku in rule.skus]  # fmt: skip
        channel, setting, value = self._channels[rule.channel], REVENUE_ACCOUNT[rule.level], accounts[rule.revenue]
        if rule.level == "order line":
            return [(setting, f"{channel}{_OF}{skus[sku]}", value) for sku in rule.skus]
        return [(setting, channel, value)]

    def tables(self) -> list[Rows[Any]]:
        """All tables of this part."""
        return [self.mapping, self.product_log]

    # -- whole business ---------------------------------------------------------------------------------------

    def _lock(self, _: str, value: str, now: int) -> None:
        del now
        self._books.lock_date = 0 if value == NO_LOCK else max(0, self._calendar.day(dt.date.fromisoformat(value)))

    def _accrue(self, _: str, value: str, now: int) -> None:
        del now
        self._purchasing.accrual = _one_of(value, {ON: True, OFF: False})

    # -- accounts ---------------------------------------------------------------------------------------------

    def _map_default(self, purpose: str, value: str, now: int) -> None:
        account = _one_of(value, self._accounts)
        if purpose not in _PURPOSES:
            self.clearing[purpose] = account
        elif getattr(self._books.accounts, _PURPOSES[purpose]) != account:
            self._books.mapping.name_default(_PURPOSES[purpose], account)
        self._note(purpose, account, "default", "", now)

    def _map_product(self, purpose: str, key: str, value: str, now: int) -> None:
        sku = _one_of(key, self._skus)
        account = _one_of(value, self._accounts) if value else -1
        self._books.mapping.name(purpose, sku, account)
        self._note(_SHOWN[purpose], account, "product", key, now)
        self._log_product(sku, now)

    def _map_revenue(self, level: str, key: str, value: str, now: int) -> None:
        account = _one_of(value, self._accounts) if value else -1
        channel, _, sku = key.partition(_OF) if level == "order line" else (key, "", "")
        skus = [_one_of(sku, self._skus)] if sku else []
        self._books.mapping.name_revenue(level, self._channels.index(channel), skus, account)
        self._note("Revenue", account, level, key, now)

    def _note(self, purpose: str, account: int, level: str, key: str, now: int) -> None:
        text = self._books.lexicon.text
        self.mapping.add((text(purpose), account, now, text(level), text(key)))

    # -- products ---------------------------------------------------------------------------------------------

    def _set_number(self, numbers: list[int], key: str, value: str, now: int) -> None:
        sku = _one_of(key, self._skus)
        numbers[sku] = int(value)
        self._log_product(sku, now)

    def _plan(self, key: str, value: str, now: int) -> None:
        sku = _one_of(key, self._skus)
        self._catalogue.planned_by[sku] = sum(_one_of(tool, TOOLS) for tool in dict.fromkeys(value.split(_AND)))
        self._log_product(sku, now)

    def _cost(self, key: str, value: str, now: int) -> None:
        sku, old = _one_of(key, self._skus), self._catalogue.costing
        if self._opened and ("Serial" in value or "Serial" in COSTING.words[old[sku]]):
            raise ValueError(f"{value!r} is not possible: what is kept by serial number is so from the beginning")
        old[sku] = COSTING[_one_of(value, {word: word for word in COSTING.words})]
        self._log_product(sku, now)

    def _vary(self, key: str, value: str, now: int) -> None:
        """Give a member of a family other options. What channels list is matched to the member that has its options."""
        sku, catalogue = _one_of(key, self._skus), self._catalogue
        first, _, second = value.partition(_OF)
        catalogue.options[sku] = first, second
        if self._opened:
            self._match(catalogue.family[sku])
        self._log_product(sku, now)

    def _match(self, family: str) -> None:
        members = [sku for sku, of in enumerate(self._catalogue.family) if of == family]
        found = {self._catalogue.options[sku]: sku for sku in reversed(members)}
        for sku in members:
            child = found.get(self._listed[sku], sku)
            if child == sku:
                self.matches.pop(sku, None)
            else:
                self.matches[sku] = child

    def _price(self, key: str, value: str, now: int) -> None:
        del now
        self._catalogue.cost[_one_of(key, self._skus)] = round(float(value) * _COST_SCALE)

    def _log_product(self, sku: int, now: int) -> None:
        if self._opened:
            catalogue, own, text = self._catalogue, self._books.mapping.own, self._books.lexicon.text
            self.product_log.add((
                sku, catalogue.costing[sku], own("inventory", sku), own("cogs", sku), own("revenue", sku),
                catalogue.reorder_point[sku], catalogue.reorder_quantity[sku],
                text(tools_text(catalogue.planned_by[sku])), *map(text, catalogue.options[sku]), now,
            ))  # fmt: skip


def options_text(options: tuple[str, str]) -> str:
    """Options of a member of a family as the settings say them."""
    return _OF.join(option for option in options if option)


def tools_text(tools: int) -> str:
    """Planning tools as the settings name them."""
    return _AND.join(name for name, bit in TOOLS.items() if tools & bit)


def price_text(cost: int) -> str:
    """A unit cost as the settings say it."""
    return f"{cost // _COST_SCALE}.{cost % _COST_SCALE:04d}"


def _one_of(word: str, known: dict[str, Any]) -> Any:
    """What a word stands for. Raises ValueError when it is none of those known."""
    if word not in known:
        raise ValueError(f"{word!r} is none of {', '.join(list(known)[:20])}")
    return known[word]
