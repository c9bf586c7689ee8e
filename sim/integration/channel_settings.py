"""The settings of each channel's connection, carried out: how often orders are asked for, and what is done with them.

The one reader of them. Real names: Cin7 Core's channel settings (capture, order processing, invoice status on download,
update stock levels, location). Knows nothing of why anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ..cin7.configuration import cents_text
from ..cin7.stock import Stock
from ..operations.price_tiers import PriceTiers
from ..operations.shop import Shop
from ..settings import Settings
from .inbound import ShopLink

DOWNLOAD, CAPTURE, PROCESSING, INVOICE_STATUS, UPLOAD, LOCATION = (
    "Order download", "Capture", "Order processing", "Invoice status on download", "Update stock levels", "Location",
)  # fmt: skip
CHANNEL_PRICE, PRICE_TIER = "Channel price", "Price tier"
"""What a channel charges for a product: its shop's price, or the price list of the customers who buy there; and by which of its
lists a customer buys, where it has several."""
_OF = " / "
_EVERY = "every {} minutes"
_NO_PICK, _ALL_AT_ONCE = "NOPICK", "AUTOPICKPACKSHIP"
_DRAFT, _AUTHORISED = "DRAFT", "AUTHORISED"
_ON = {"on order": True, "on fulfilment": False}
_YES = {"Yes": True, "No": False}


def every(minutes: int) -> str:
    """How the log says how often orders are downloaded."""
    return _EVERY.format(minutes)


def listed_as(channel: str, sku: str) -> str:
    """How the log says which product of which channel."""
    return f"{channel}{_OF}{sku}"


class ChannelSettings:
    """Carries out what is set for each channel."""

    __slots__ = ("_customers", "_links", "_places", "_skus", "lists")

    def __init__(self, settings: Settings, links: Mapping[str, ShopLink], places: Mapping[str, Stock], user: int) -> None:
        """`links`: by name of channel; `places`: stock by name of location; `user`: who enters new customers."""
        self._links, self._places = links, places
        self._skus: dict[str, int] = {}
        self._customers: dict[str, tuple[Shop, int]] = {}
        self.lists: dict[str, tuple[Shop, list[int]]] = {}
        """Each price list by name, the shop that sells by it, and its prices."""
        for name, link in links.items():
            shop = link.shop
            if shop.tiers is None:
                self.lists[name] = shop, shop.prices
                continue
            for tier, prices in zip(shop.tiers.names, shop.tiers.lists, strict=True):
                self.lists[f"{name}, {tier}"] = shop, prices
            link.tells_tier = partial(self._introduce, settings, shop, shop.tiers, user)
        settings.on(DOWNLOAD, self._download)
        settings.on(CAPTURE, self._capture)
        settings.on(PROCESSING, self._process)
        settings.on(INVOICE_STATUS, self._invoice)
        settings.on(UPLOAD, self._upload)
        settings.on(LOCATION, self._locate)
        settings.on(CHANNEL_PRICE, self._charge)
        settings.on(PRICE_TIER, self._assign)

    def opening(self) -> list[tuple[str, str, str]]:
        """Setting, channel and value of everything that holds at founding beside download and capture."""
        names = {id(stock): name for name, stock in self._places.items()}
        rows: list[tuple[str, str, str]] = []
        for name, link in self._links.items():
            rows += [
                (PROCESSING, name, _ALL_AT_ONCE if link.completes else _NO_PICK),
                (INVOICE_STATUS, name, _AUTHORISED if link.invoices else _DRAFT),
                (UPLOAD, name, "Yes" if link.hears_of_stock else "No"), (LOCATION, name, names[id(link.stock)]),
            ]  # fmt: skip
        return rows

    def prices(self, skus: Sequence[str]) -> list[tuple[str, str, str]]:
        """Setting, key and value of what every channel charges for its products at founding."""
        self._skus = {sku: code for code, sku in enumerate(skus)}
        return [
            (CHANNEL_PRICE, listed_as(name, sku), cents_text(cents))
            for name, (_, prices) in self.lists.items() for sku, cents in zip(skus, prices, strict=False)
        ]  # fmt: skip

    def _charge(self, key: str, value: str, now: int) -> None:
        """Orders placed from now on bear another price."""
        name, _, sku = key.partition(_OF)
        shop, prices = self.lists[name]
        shop.take_orders(now)
        prices[self._skus[sku]] = round(float(value) * 100)

    def _introduce(self, settings: Settings, shop: Shop, tiers: PriceTiers, user: int, customer: int, now: int) -> None:
        """Somebody who buys for the first time is entered with the price list that was agreed."""
        number, place = shop.number_of(customer), shop.known_as(customer)
        self._customers[number] = shop, place
        settings.set(now, PRICE_TIER, number, tiers.names[tiers.tier_of(place)], user)

    def _assign(self, key: str, value: str, now: int) -> None:
        """A customer's orders placed from now on bear the prices of another list."""
        shop, customer = self._customers[key]
        if shop.tiers is not None and shop.tiers.tier_of(customer) != shop.tiers.names.index(value):
            shop.take_orders(now)
            shop.tiers.move(customer, shop.tiers.names.index(value))

    def _download(self, key: str, value: str, now: int) -> None:
        del now
        minutes = value.removeprefix("every ").removesuffix(" minutes")
        if not minutes.isdigit() or not int(minutes):
            raise ValueError(f"{value!r} is no rhythm; such as {every(60)!r} is")
        self._links[key].every = int(minutes)

    def _capture(self, key: str, value: str, now: int) -> None:
        shop = self._links[key].shop
        shop.take_orders(now)  # those of before were charged as it was
        shop.captures_on_order = _ON[value] and not shop.on_the_spot

    def _process(self, key: str, value: str, now: int) -> None:
        del now
        self._links[key].completes = {_ALL_AT_ONCE: True, _NO_PICK: False}[value]

    def _invoice(self, key: str, value: str, now: int) -> None:
        del now
        self._links[key].invoices = {_AUTHORISED: True, _DRAFT: False}[value]

    def _upload(self, key: str, value: str, now: int) -> None:
        del now
        self._links[key].uploads = _YES[value]

    def _locate(self, key: str, value: str, now: int) -> None:
        """Sales are allocated at another location, whose stock the channel is told of from now on."""
        del now
        link = self._links[key]
        if link.stock is not self._places[value]:
            link.stock = self._places[value]
            link.pending.extend(range(len(link.stock.on_hand)))
            self.share()

    def share(self) -> None:
        """Links of one location pass on what they see changing."""
        links: Sequence[ShopLink] = list(self._links.values())
        for link in links:
            link.share_location(links)
