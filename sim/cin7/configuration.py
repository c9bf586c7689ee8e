"""How a Cin7 Core account is set up, carried out: the one reader of every setting that steers what Cin7 records.

People, founding and events set words through `Books.settings`; what a word does is here. Each change of a product's setup is a
row of its log as well. Knows no reason why anything is changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
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
SUPPLIER_PRICE, OPTIONS, NAME, BARCODE, PRICE = "Supplier price", "Options", "Name", "Barcode", "Price"
FEE_ACCOUNT = "Fee account"
"""The setting of a gateway that names the account for what it keeps of a payout; empty: nobody splits payouts."""
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

    __slots__ = ("_accounts", "_books", "_calendar", "_catalogue", "_channels", "_listed", "_opened", "_purchasing",
                 "_set_up_as", "_skus", "barcodes", "clearing", "entering", "fees", "mapping", "matches",
                 "payout_watchers", "product_log", "was_matched")  # fmt: skip

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
        self.was_matched = False
        """Whether any order has ever been entered for another product than the one listed."""
        self.barcodes: dict[int, str] = {}
        """Codes that products bear beside their own, as typed in."""
        self.clearing: dict[str, int] = {}
        """The clearing account of each gateway, by name."""
        self.fees: dict[str, int] = {}
        """The account for each gateway's fees, by name; -1 for none."""
        self.entering = ""
        """The gateway whose payments are being entered; empty in between."""
        self.payout_watchers: list[Callable[[str, int], None]] = []
        """Who is told of each gateway and payout for which somebody looks up the accounts; hardly ever anybody."""
        self._set_up_as: list[str] = []
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
        settings.on(NAME, self._rename)
        settings.on(BARCODE, self._identify)
        settings.on(FEE_ACCOUNT, self._book_fees)
        settings.on(SUPPLIER_PRICE, self._price)
        settings.on(PRICE, self._list)

    def overlook(self, accounts: Sequence[str]) -> None:
        """Accounts that the ledger has no code for cannot be seen here, and nothing is mapped to them."""
        for account in accounts:
            del self._accounts[account]

    def open_products(self, now: int) -> None:
        """Begin the log of every product; from here on, each change of its setup is a row."""
        self._opened, self._set_up_as = True, list(self._catalogue.names)
        for sku in range(len(self._catalogue.cost)):
            self._log_product(sku, now)

    def accounts_of(self, gateway: str, payout: int) -> tuple[int, int]:
        """Look up where a gateway's payout goes: its clearing account, and the account for its fees (-1: there is none)."""
        for tell in self.payout_watchers:
            tell(gateway, payout)
        return self.clearing[gateway], self.fees[gateway]

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

    def _book_fees(self, gateway: str, value: str, now: int) -> None:
        del now
        self.fees[gateway] = _one_of(value, self._accounts) if value else -1

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
            self._match([sku for sku, family in enumerate(catalogue.family) if family == catalogue.family[sku]])
        self._log_product(sku, now)

    def _rename(self, key: str, value: str, now: int) -> None:
        sku, catalogue = _one_of(key, self._skus), self._catalogue
        catalogue.names[sku] = value
        if value == self._set_up_as[sku]:
            catalogue.renamed.discard(sku)
        else:
            catalogue.renamed.add(sku)
        self._log_product(sku, now)

    def _identify(self, key: str, value: str, now: int) -> None:
        """Give a product a barcode. Where that is another product's code, orders that list the other are entered for it."""
        sku = _one_of(key, self._skus)
        of = [self._skus[code] for code in (self.barcodes.pop(sku, ""), value) if code in self._skus]
        if value:
            self.barcodes[sku] = value
        self._match(of)
        self._log_product(sku, now)

    def _match(self, listed: Iterable[int]) -> None:
        """Find anew what orders of each listing are entered for: who has its options, or bears its code."""
        family, options = self._catalogue.family, self._catalogue.options
        for sku in listed:
            members = [other for other in range(len(family)) if family[sku] and family[other] == family[sku]]
            child = next((other for other in members if options[other] == self._listed[sku]), sku)
            code = self._books.lexicon.lists["sku"][sku]
            child = next((other for other, barcode in self.barcodes.items() if barcode == code), child)
            if child == sku:
                self.matches.pop(sku, None)
            else:
                self.matches[sku] = child
                self.was_matched = True

    def _price(self, key: str, value: str, now: int) -> None:
        del now
        self._catalogue.cost[_one_of(key, self._skus)] = round(float(value) * _COST_SCALE)

    def _list(self, key: str, value: str, now: int) -> None:
        del now
        self._catalogue.price_cents[_one_of(key, self._skus)] = round(float(value) * 100)

    def _log_product(self, sku: int, now: int) -> None:
        if self._opened:
            catalogue, own, text = self._catalogue, self._books.mapping.own, self._books.lexicon.text
            self.product_log.add((
                sku, catalogue.costing[sku], own("inventory", sku), own("cogs", sku), own("revenue", sku),
                catalogue.reorder_point[sku], catalogue.reorder_quantity[sku],
                text(tools_text(catalogue.planned_by[sku])), *map(text, catalogue.options[sku]),
                text(catalogue.names[sku]), now,
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


def cents_text(cents: int) -> str:
    """A price as the settings say it."""
    return f"{cents // 100}.{cents % 100:02d}"


def _one_of(word: str, known: dict[str, Any]) -> Any:
    """What a word stands for. Raises ValueError when it is none of those known."""
    if word not in known:
        raise ValueError(f"{word!r} is none of {', '.join(list(known)[:20])}")
    return known[word]
