"""The settings of each channel's connection, carried out: how often orders are asked for, and what is done with them.

The one reader of them. Real names: Cin7 Core's channel settings (capture, order processing, invoice status on download,
update stock levels, location). Knows nothing of why anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..cin7.configuration import cents_text
from ..cin7.stock import Stock
from ..settings import Settings
from .inbound import ShopLink

DOWNLOAD, CAPTURE, PROCESSING, INVOICE_STATUS, UPLOAD, LOCATION = (
    "Order download", "Capture", "Order processing", "Invoice status on download", "Update stock levels", "Location",
)  # fmt: skip
CHANNEL_PRICE = "Channel price"
"""What a channel charges for a product: its shop's price, or the price list of the customers who buy there."""
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

    __slots__ = ("_links", "_places", "_skus")

    def __init__(self, settings: Settings, links: Mapping[str, ShopLink], places: Mapping[str, Stock]) -> None:
        """`links`: by name of channel; `places`: stock by name of location."""
        self._links, self._places = links, places
        self._skus: dict[str, int] = {}
        settings.on(DOWNLOAD, self._download)
        settings.on(CAPTURE, self._capture)
        settings.on(PROCESSING, self._process)
        settings.on(INVOICE_STATUS, self._invoice)
        settings.on(UPLOAD, self._upload)
        settings.on(LOCATION, self._locate)
        settings.on(CHANNEL_PRICE, self._charge)

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
            for name, link in self._links.items() for sku, cents in zip(skus, link.shop.prices, strict=False)
        ]  # fmt: skip

    def _charge(self, key: str, value: str, now: int) -> None:
        """Orders placed from now on bear another price."""
        channel, _, sku = key.partition(_OF)
        link = self._links[channel]
        link.shop.take_orders(now)
        link.shop.prices[self._skus[sku]] = round(float(value) * 100)

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
