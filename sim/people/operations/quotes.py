"""Quotes that come to nothing: written at the sales desk, sent, sometimes tidied away months later, often just left."""

from __future__ import annotations

from ... import keys
from ...cin7.core import Cin7Core
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.inbound import ShopLink
from ...money import ratio
from ...profile import ChannelConfig

_HOUR = 15 * 60 + 20
FIRST_WAKE = _HOUR
"""Minute of the first day at which the desk begins."""
_QUOTE = 1 << 27
"""Marks the identity of a sale that no order of the channel is behind."""
_LINES, _UNITS = (1, 6), (2, 24)
_SENT, _TIDIED = 0.8, 0.5
"""Share of quotes that are finished and sent, and of those that somebody voids in the end (assumption)."""
_TIDIED_DAYS = (45, 120)


class QuoteDesk:
    """Who writes quotes for one channel's customers."""

    __slots__ = ("_calendar", "_cin7", "_config", "_draw", "_first", "_link", "_prices", "_tidy", "rank")

    def __init__(
        self, cin7: Cin7Core, link: ShopLink, config: ChannelConfig, index: int, calendar: Calendar, draws: Draws,
    ) -> None:  # fmt: skip
        """`index`: the channel's place."""
        self.rank = 39
        self._cin7, self._link, self._config, self._calendar = cin7, link, config, calendar
        self._draw = draws.stream(f"work/quotes/{index}")
        self._first = index << 28 | _QUOTE
        self._tidy: dict[int, list[int]] = {}
        """Quotes by the day on which somebody voids them."""

    def wake(self, now: int) -> int | None:
        """Send yesterday's, write today's, tidy away old ones."""
        day = now // DAY
        if self._calendar.is_workday(day):
            sales, draw = self._cin7.sales, self._draw
            for due in [due for due in self._tidy if due <= day]:
                for quote in self._tidy.pop(due):
                    sales.void_quote(quote, now)
            for n in range(int(self._config.lost_quotes.value + draw.uniform(day))):
                self._write(day, n, now)
        return now + DAY

    def _write(self, day: int, n: int, now: int) -> None:
        draw, key = self._draw, day << 4 | n
        customers = self._link.customers
        if not customers:
            return
        customer, shop = customers[draw.between(0, len(customers) - 1, key, 2)], self._link.shop
        prices = shop.prices if shop.tiers is None else shop.tiers.prices_for(shop.known_as(keys.identity_of(customer)))
        lines = []
        for line in range(draw.between(*_LINES, key, 1)):
            sku = draw.between(0, len(prices) - 1, key, 10 + line)
            units = draw.between(*_UNITS, key, 20 + line)
            lines.append((sku, units, prices[sku], ratio(prices[sku] * units, 5, 100)))
        order = keys.root(keys.ORDER, self._first | key)
        sent = draw.uniform(key, 3) < _SENT
        quote = self._cin7.sales.quote(order, customer, lines, self._link.terms, self._link.stock, now, day, sent=sent)
        if draw.uniform(key, 4) < _TIDIED:
            self._tidy.setdefault(day + draw.between(*_TIDIED_DAYS, key, 5), []).append(quote)
