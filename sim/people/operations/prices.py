"""Who changes prices, on Cin7's list and in every channel at once, for a family at a time; and by which list customers buy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ... import keys
from ...cin7.configuration import PRICE, cents_text
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.channel_settings import CHANNEL_PRICE, PRICE_TIER, listed_as
from ...integration.inbound import ShopLink
from ...money import ratio
from ...settings import Settings

_PRICING = 8 * 60 + 20
FIRST_WAKE = _PRICING
"""Minute of the first day at which prices are looked over."""
_PERCENT = (-10, -5, 5, 10)
"""Changes of a price, in parts of a hundred, all equally likely (assumption)."""


class PriceKeeper:
    """Changes a price now and then: an order placed before bears the old one."""

    __slots__ = ("_calendar", "_cin7", "_draw", "_lists", "_rate", "_settings", "_sold", "rank", "user")

    def __init__(
        self, cin7: Cin7Core, lists: Iterable[str], settings: Settings, sold: int, calendar: Calendar, rate: float,
        user: int, draws: Draws,
    ) -> None:  # fmt: skip
        """`lists`: names of all price lists; `settings`: the channels'; `sold`: how many products, from the first, are goods.

        `rate`: per working day.
        """
        self.rank = 92
        self._cin7, self._lists, self._settings, self._sold = cin7, list(lists), settings, sold
        self._calendar, self._rate, self.user = calendar, rate, user
        self._draw = draws.stream("work/prices")

    def wake(self, now: int) -> int | None:
        """Change one price, or none."""
        day = now // DAY
        if self._calendar.is_workday(day) and self._draw.happens(self._rate, day):
            sku = self._draw.between(0, self._sold - 1, day, 1)
            percent = _PERCENT[self._draw.between(0, len(_PERCENT) - 1, day, 2)]
            family = self._cin7.catalogue.family
            for member in [n for n in range(self._sold) if n == sku or (family[sku] and family[n] == family[sku])]:
                self._change(member, percent, now)
        return (day + 1) * DAY + _PRICING

    def _change(self, sku: int, percent: int, now: int) -> None:
        books, name = self._cin7.books, self._cin7.books.lexicon.lists["sku"][sku]
        cents = self._cin7.catalogue.price_cents[sku]
        books.settings.set(now, PRICE, name, cents_text(_changed(cents, percent)), self.user)
        for prices in self._lists:
            key = listed_as(prices, name)
            charged = round(float(self._settings.value(CHANNEL_PRICE, key)) * 100)
            self._settings.set(now, CHANNEL_PRICE, key, cents_text(_changed(charged, percent)), self.user)


class TierKeeper:
    """Puts a customer on account to another price list now and then: one buys more, another less than was agreed."""

    __slots__ = ("_calendar", "_draw", "_links", "_rate", "_settings", "rank", "user")

    def __init__(
        self, links: Sequence[ShopLink], settings: Settings, calendar: Calendar, rate: float, user: int, draws: Draws
    ) -> None:
        """`links`: those of channels with several price lists; `rate`: per working day."""
        self.rank = 93
        self._links, self._settings, self._calendar, self._rate, self.user = links, settings, calendar, rate, user
        self._draw = draws.stream("work/price lists")

    def wake(self, now: int) -> int | None:
        """Move one customer, or none."""
        day, draw = now // DAY, self._draw
        if self._calendar.is_workday(day) and draw.happens(self._rate, day):
            link = self._links[draw.between(0, len(self._links) - 1, day, 1)]
            customers, tiers = link.customers, link.shop.tiers
            if customers and tiers is not None:
                customer = keys.identity_of(customers[draw.between(0, len(customers) - 1, day, 2)])
                tier = tiers.names[draw.between(0, len(tiers.names) - 1, day, 3)]
                self._settings.set(now, PRICE_TIER, link.shop.number_of(customer), tier, self.user)
        return (day + 1) * DAY + _PRICING


def _changed(cents: int, percent: int) -> int:
    return max(1, ratio(cents, 100 + percent, 100))
