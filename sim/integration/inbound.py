"""What comes in: orders from the shop and stock levels back to it, gateway payments, the bank feed."""

from __future__ import annotations

from typing import Any

from .. import keys
from ..cin7.core import Cin7Core
from ..clock import DAY
from ..ledger.books import Books
from ..operations.money_flows import Money
from ..operations.shop import Order
from ..operations.world import Operations
from ..schema import (
    DIRECTION,
    FEED,
    FEED_STATUS,
    RECORD_TYPE,
    SYNC_STATUS,
    TARGET,
    ChannelSku,
    FeedLog,
    ItemMap,
    PayoutStaging,
    Setting,
    Ticket,
)
from ..tables import Lexicon, Rows
from .outbox import Outbox

_INBOUND, _CORE = DIRECTION["inbound"], TARGET["Cin7 Core"]
_ORDERS, _COMPLETED, _OK = RECORD_TYPE["Orders"], SYNC_STATUS["Completed"], FEED_STATUS["OK"]


class Staging:
    """The inbound half of the staging area: the log of downloads and what found no place yet."""

    __slots__ = ("channel_skus", "feeds", "issues", "item_map", "lexicon", "payout_staging", "settings")

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.feeds: Rows[FeedLog] = Rows("integration/feed_log", FeedLog)
        self.item_map: Rows[ItemMap] = Rows("integration/item_map", ItemMap)
        self.channel_skus: Rows[ChannelSku] = Rows("integration/channel_sku_map", ChannelSku)
        self.payout_staging: Rows[PayoutStaging] = Rows("integration/payout_staging", PayoutStaging)
        self.settings: Rows[Setting] = Rows("integration/settings_log", Setting)
        self.issues: Rows[Ticket] = Rows("integration/issue_log", Ticket)

    def log_feed(self, feed: str, now: int, since: int, count: int) -> None:
        """Note a download or upload that went well."""
        self.feeds.add((FEED[feed], now, since, now, count, _OK))

    def log_setting(self, now: int, setting: str, key: str, old: str, new: str, user: int) -> None:
        """Log a change of a setting."""
        text = self.lexicon.text
        self.settings.add((now, text(setting), text(key), text(old), text(new), user))

    def tables(self) -> list[Rows[Any]]:
        """All inbound tables."""
        return [self.feeds, self.item_map, self.channel_skus, self.payout_staging, self.settings, self.issues]


class ShopLink:
    """Downloads orders and cancellations into Cin7 and uploads stock levels to the shop."""

    __slots__ = ("_cancellations", "_channel", "_cin7", "_every", "_known_customers", "_last", "_operations", "_outbox",
                 "_staging", "_user", "rank")  # fmt: skip

    def __init__(
        self, operations: Operations, cin7: Cin7Core, outbox: Outbox, staging: Staging, channel: int, every: int, user: int
    ) -> None:
        self.rank = 20
        self._operations, self._cin7, self._outbox, self._staging = operations, cin7, outbox, staging
        self._channel, self._every, self._user = channel, every, user
        self._cancellations: list[Order] = []
        self._known_customers: dict[int, None] = {}
        self._last = 0

    def wake(self, now: int) -> int | None:
        """Download, then upload."""
        shop = self._operations.shop
        shop.take_orders(now)
        for order in shop.fresh:
            self._enter(order, now)
        self._staging.log_feed("shopify_orders", now, self._last, len(shop.fresh))
        shop.fresh.clear()
        if self._cancellations:
            self._cancel(now)
        self.push_stock(now)
        self._last = now
        return now + self._every

    def push_stock(self, now: int) -> None:
        """Tell the shop what is available."""
        shop, stock = self._operations.shop, self._cin7.stock
        on_hand, allocated, shown = stock.on_hand, stock.allocated, shop.shown
        for sku in stock.touched:
            free = on_hand[sku] - allocated[sku]
            shown[sku] = free if free > 0 else 0  # noqa: FURB136  (`max` takes three times as long)
        if stock.touched:
            self._staging.log_feed("shopify_stock", now, self._last, len(stock.touched))
            stock.touched.clear()

    def _enter(self, order: Order, now: int) -> None:
        cin7, outbox = self._cin7, self._outbox
        customer = keys.root(keys.PARTY, order.customer)
        if order.customer not in self._known_customers:
            self._known_customers[order.customer] = None
            names = self._staging.lexicon.lists["party"]
            cin7.customers.add((customer, order.customer % len(names), now))
        amounts = (order.net_cents, order.shipping_cents, order.tax_cents)
        sale = cin7.sales.enter(
            order.key, customer, order.lines, amounts, self._channel, order.number, now, order.placed // DAY
        )
        outbox.records.add((order.key, _INBOUND, _ORDERS, sale.key, now, _CORE))
        if order.cancel_at >= 0:
            self._cancellations.append(order)

    def _cancel(self, now: int) -> None:
        """Cancellations that came in time void the sale; too late, the goods go out."""
        still: list[Order] = []
        for order in self._cancellations:
            if order.cancel_at > now:
                still.append(order)
                continue
            sale = self._cin7.sales.by_order.get(order.key)
            if sale is not None and not sale.packed:
                self._operations.shop.cancel(order, now)
                self._cin7.sales.void(sale, now)
        self._cancellations = still


class PaymentFeed:
    """Brings the gateway's charges and refunds into Cin7, each onto the document it settles."""

    __slots__ = ("_account", "_cin7", "_last", "_operations", "_staging", "held", "rank")

    def __init__(self, operations: Operations, cin7: Cin7Core, staging: Staging, account: int) -> None:
        self.rank = 40
        self._operations, self._cin7, self._staging = operations, cin7, staging
        self._account = account
        self._last = 0
        self.held: list[Money] = []
        """Lines that found no document yet."""

    def wake(self, now: int) -> int | None:
        """Fetch what is new and try again what was held."""
        gateway = self._operations.gateway
        fresh = gateway.fresh
        held = [money for money in self.held if not self._settle(money, now)]
        for money in fresh:
            if not self._settle(money, now):
                held.append(money)
                order = self._operations.shop.open.get(money.order_key)
                reference = order.number if order is not None else -1
                self._staging.payout_staging.add((money.reference, reference, money.amount_cents, now))
        self._staging.log_feed("shopify_payments", now, self._last, len(fresh))
        fresh.clear()
        self.held, self._last = held, now
        return now + DAY

    def _settle(self, money: Money, now: int) -> bool:
        sales = self._cin7.sales
        sale = sales.by_order.get(money.order_key)
        if sale is None:
            return False
        day = max(money.at // DAY, self._cin7.books.lock_date)
        if money.amount_cents > 0:
            return sale.invoiced and sales.record_payment(sale, self._account, money.amount_cents, money.reference, now, day)
        customer = sale.customer
        return sales.record_refund(money.settles, customer, self._account, -money.amount_cents, money.reference, now, day)


class BankFeed:
    """Brings the bank's bookings into the ledger every morning."""

    __slots__ = ("_account", "_bank", "_last", "_ledger", "_staging", "rank")

    def __init__(self, operations: Operations, ledger: Books, staging: Staging, account: int) -> None:
        self.rank = 10
        self._bank, self._ledger, self._staging, self._account = operations.bank, ledger, staging, account
        self._last = 0

    def wake(self, now: int) -> int | None:
        """Fetch what is new."""
        movements = self._bank.movements
        for item in movements:
            self._ledger.feed_line(item.key, self._account, item.at // DAY, item.amount_cents, item.description, now, item)
        self._staging.log_feed("bank", now, self._last, len(movements))
        movements.clear()
        self._last = now
        return now + DAY
