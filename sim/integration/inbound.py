"""What comes in: orders from the channels and stock levels back to them, gateway payments, the bank feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import keys
from ..cin7.core import Cin7Core
from ..cin7.sales import Fulfilment, Sale, Terms
from ..cin7.stock import Stock
from ..clock import DAY
from ..ledger.books import Books
from ..operations.money_flows import Gateway, Money
from ..operations.order import Order
from ..operations.shop import Shop
from ..operations.world import Operations
from ..schema import (
    FEED,
    FEED_STATUS,
    ChannelSku,
    FeedLog,
    PayoutStaging,
    Ticket,
)
from ..settings import Settings
from ..tables import Lexicon, Rows
from .errors import refusal
from .limits import LIMITS, Gate
from .outbox import Outbox
from .policies import FeedPolicies

_OK, _ERROR = FEED_STATUS["OK"], FEED_STATUS["ERROR"]


class Staging:
    """The inbound half of the staging area: the log of downloads and what found no place yet."""

    __slots__ = ("channel_skus", "core", "feeds", "issues", "lexicon", "payout_staging", "policies", "settings")

    def __init__(self, lexicon: Lexicon, policies: FeedPolicies) -> None:
        self.lexicon, self.policies = lexicon, policies
        self.core = Gate("Cin7 Core", LIMITS["Cin7 Core"])
        """What Cin7 takes of all connections together; an order is a call."""
        self.feeds: Rows[FeedLog] = Rows("integration/feed_log", FeedLog)
        self.channel_skus: Rows[ChannelSku] = Rows("integration/channel_sku_map", ChannelSku)
        self.payout_staging: Rows[PayoutStaging] = Rows("integration/payout_staging", PayoutStaging)
        self.settings = Settings("integration/settings_log", lexicon)
        """What is set, and since when; `channel_settings` carries it out."""
        self.issues: Rows[Ticket] = Rows("integration/issue_log", Ticket)

    def log_feed(self, feed: str, now: int, since: int, count: int) -> None:
        """Note a download or upload that went well."""
        self.feeds.add((FEED[feed], now, since, now, count, _OK))

    def log_failure(self, feed: str, now: int, since: int) -> None:
        """Note a download or upload that got no answer."""
        self.feeds.add((FEED[feed], now, since, now, 0, _ERROR))

    def log_file(self, feed: int, now: int, since: int, until: int, count: int, status: int) -> None:
        """Note a file that was fetched, about what happened between `since` and `until`."""
        self.feeds.add((feed, now, since, until, count, status))

    def log_setting(self, now: int, setting: str, key: str, old: str, new: str, user: int) -> None:
        """Change a setting from `old` to `new`. Raises ValueError when it is not what the log says."""
        if old != self.settings.value(setting, key):
            raise ValueError(f"{setting} of {key or 'the system'} is not {old!r}")
        self.settings.set(now, setting, key, new, user)

    def tables(self) -> list[Rows[Any]]:
        """All inbound tables."""
        return [self.feeds, self.channel_skus, self.payout_staging, self.settings.log, self.issues]


class ShopLink:
    """One channel's connection: downloads orders and cancellations into Cin7 and uploads stock levels to the channel."""

    __slots__ = ("_cancellations", "_cin7", "_fetched", "_held", "_known_customers", "_last", "_matches", "_orders_feed",
                 "_outbox",
                 "_packed", "_siblings", "_staging", "_stock_feed", "_terms", "completes", "entered", "every", "forgets",
                 "invoices", "pending", "quoted", "rank", "recall", "refuses", "shop", "stock", "stops", "tells_tier",
                 "uploads")  # fmt: skip

    def __init__(
        self, shop: Shop, cin7: Cin7Core, stock: Stock, terms: Terms, outbox: Outbox, staging: Staging, every: int, kind: str
    ) -> None:
        self.rank = 20
        self.shop, self._cin7, self.stock, self._terms = shop, cin7, stock, terms
        self._matches = cin7.configuration.matches
        self._outbox, self._staging = outbox, staging
        self.every = every
        """Minutes between two downloads."""
        self.completes = shop.on_the_spot
        """Orders are picked, packed, shipped and invoiced as they come in."""
        self.invoices = False
        """Orders are invoiced as they come in, shipped or not."""
        self.uploads = True
        """The channel is told of stock levels, if it is of a kind that can be."""
        self._orders_feed, stock_feed = _FEEDS[kind]
        self._stock_feed = stock_feed if shop.house.kind != "office" and not shop.on_the_spot else ""
        self._cancellations: list[Order] = []
        self._known_customers: dict[int, None] = {}
        self._packed: list[Fulfilment] = []
        """Sold over the counter, and not yet shipped on the books."""
        self.pending: list[int] = []
        """Products whose availability changed and of which another channel of the same location has heard already."""
        self._siblings: list[ShopLink] = []
        self.quoted: Callable[[int], bool] | None = None
        """(order key) -> whether it began as a quote, where some do."""
        self.tells_tier: Callable[[int, int], None] | None = None
        """(new customer, minute): by which price list the customer buys is entered, where there are several."""
        self.stops: dict[int, Order] | None = None
        """Where orders cancelled after packing are made known, if somebody there may still catch the parcel."""
        self.entered: list[tuple[Order, Sale]] | None = None
        """Orders entered since somebody last looked, where somebody does."""
        self.refuses: Callable[[int, list[int]], str | None] | None = None
        """(order key, its products) -> the code for which Cin7 cannot load it, "" for none; or None: the channel holds it back
        for now. No policy: all can be loaded."""
        self.forgets: Callable[[int, int], bool] | None = None
        """(order key, minute in which no answer came) -> whether it is not asked for again; no policy: all is."""
        self.recall: Callable[[Sale, int], None] | None = None
        """How a cancelled sale is asked back from a third party's warehouse, where one has it."""
        self._last = self._fetched = 0
        self._held: list[Order] = []
        """Orders that Cin7 has not taken yet, since it takes so many calls a minute."""

    @property
    def terms(self) -> Terms:
        """How the channel sells."""
        return self._terms

    @property
    def customers(self) -> list[int]:
        """Keys of the customers who have ordered so far, in order of their first order."""
        return [keys.root(keys.PARTY, customer) for customer in self._known_customers]

    @property
    def feed(self) -> str:
        """What its downloads are called, a word of `schema.FEED`."""
        return self._orders_feed

    @property
    def hears_of_stock(self) -> bool:
        """Whether the channel is told of stock levels."""
        return bool(self._stock_feed)

    def share_location(self, links: Sequence[ShopLink]) -> None:
        """Tell it of all links, so that those of the same location pass on what they see changing."""
        self._siblings = [
            link for link in links if link is not self and link.stock is self.stock and link.hears_of_stock
        ]

    def wake(self, now: int) -> int | None:
        """Download, then upload; in the minutes after a download that was too large for one, enter the rest."""
        if self._held:
            return self._go_on(now)
        shop = self.shop
        shop.take_orders(now)
        if not self._staging.policies.connects(FEED[self._orders_feed], now):
            self._staging.log_failure(self._orders_feed, now, self._last)
            if self.forgets is not None:
                forgotten = [order for order in shop.fresh if self.forgets(order.key, now)]
                shop.house.by_hand += forgotten
                shop.fresh[:] = [order for order in shop.fresh if order not in forgotten]
            return now + self.every
        fresh = shop.fresh
        later = [] if self.refuses is None else self._turn_away(self.refuses, now)
        if fresh:
            self._fetched = now
            left = self._staging.core.left(now)
            if len(fresh) > left:
                self._held = fresh[left:]
            for order in fresh[:left] if self._held else fresh:
                self._enter(order, now)
            self._staging.core.spend(min(left, len(fresh)))
            self._staging.log_feed(self._orders_feed, now, self._last, len(fresh))
            fresh.clear()
        else:
            self._staging.log_feed(self._orders_feed, now, self._last, 0)
        fresh += later
        if self.completes:
            self._complete_the_gone(now)
        elif self._cancellations:
            self._cancel(now)
        if self._stock_feed and self.uploads:
            self.push_stock(now)
        self._last = now
        return self._wait(now) if self._held else now + self.every

    def _turn_away(self, refuses: Callable[[int, list[int]], str | None], now: int) -> list[Order]:
        """Leave out what Cin7 cannot load; whoever sends parcels finds it in the channel's list. Return what comes later."""
        fresh, outbox, text = self.shop.fresh, self._outbox, self._staging.lexicon.text
        later: list[Order] = []
        for order in list(fresh):
            code = refuses(order.key, [line[0] for line in order.lines])
            if code is None:
                fresh.remove(order)
                later.append(order)
            elif code:
                fresh.remove(order)
                self.shop.house.by_hand.append(order)
                answer = refusal("unknown_sku", "Cin7 Core", sku=code)
                outbox.attempts.add((order.key, now, answer.http_status, text(answer.code), text(answer.message)))
        return later

    def _go_on(self, now: int) -> int:
        """Enter what Cin7 did not take in the minute before."""
        left = self._staging.core.left(now)
        batch, self._held = self._held[:left], self._held[left:]
        for order in batch:
            self._enter(order, now)
        self._staging.core.spend(len(batch))
        if self.completes:
            self._complete_the_gone(now)
        return self._wait(now) if self._held else max(self._last + self.every, now + 1)

    def _wait(self, now: int) -> int:
        """Cin7 turns the next order away; go on in the next minute."""
        answer, text = self._staging.core.turn_away(now), self._staging.lexicon.text
        if answer is not None:
            key = self._held[0].key
            self._outbox.attempts.add((key, now, answer.http_status, text(answer.code), text(answer.message)))
        return now + 1

    def push_stock(self, now: int) -> None:
        """Tell the channel what is available."""
        stock, shown, pending = self.stock, self.shop.shown, self.pending
        touched = stock.touched
        if self._siblings:
            for link in self._siblings:
                link.pending.extend(touched)
        if pending:
            touched.extend(pending)
            pending.clear()
        on_hand, allocated = stock.on_hand, stock.allocated
        for sku in touched:
            free = on_hand[sku] - allocated[sku]
            shown[sku] = free if free > 0 else 0  # noqa: FURB136  (`max` takes three times as long)
        if touched:
            self._staging.log_feed(self._stock_feed, now, self._last, len(touched))
            touched.clear()

    def _enter(self, order: Order, now: int) -> None:
        cin7, outbox = self._cin7, self._outbox
        customer = keys.root(keys.PARTY, order.customer)
        if order.customer not in self._known_customers:
            self._known_customers[order.customer] = None
            names = self._staging.lexicon.lists["party"]
            cin7.customers.add((customer, order.customer % len(names), now))
            if self.tells_tier is not None:
                self.tells_tier(order.customer, now)
            if self._terms.days:  # consumers become contacts with their first invoice, in the same call
                cin7.introduce(customer, now)
        amounts, lines, matches = (order.net_cents, order.shipping_cents, order.tax_cents), order.lines, self._matches
        if matches:
            lines = [(matches.get(sku, sku), units, price, discount) for sku, units, price, discount in lines]
        ahead = self.shop.ship_by
        if self.quoted is not None and self.quoted(order.key):
            cin7.sales.begin_as_quote(order.key, now)
        sale = cin7.sales.enter(
            order.key, customer, lines, amounts, self._terms, self.stock, order.number, now, order.placed // DAY,
            ahead.pop(order.key, -1) if ahead else -1,
        )
        outbox.entered.add((order.key, self._fetched, now))
        if self.entered is not None:
            self.entered.append((order, sale))
        if self.invoices:
            cin7.sales.authorise_invoice(sale.fulfilments[0], now, max(order.placed // DAY, cin7.books.lock_date))
        if order.cancel_at >= 0:
            self._cancellations.append(order)

    def _complete_the_gone(self, now: int) -> None:
        """What was sold over the counter is picked, packed, shipped and invoiced as it comes in, if Cin7 has the stock."""
        sales = self._cin7.sales
        if not (sales.to_pick[self.stock.location] or self._packed):
            return
        day = max(now // DAY, self._cin7.books.lock_date)
        for fulfilment in list(sales.to_pick[self.stock.location].values()):
            if fulfilment.sale.terms is self._terms:
                sales.pack(fulfilment, now)
                self._packed.append(fulfilment)
        if self._packed and not self.stock.blocked:  # during a stocktake, what is packed waits
            waits: list[Fulfilment] = []
            for fulfilment in self._packed:
                if not sales.authorise_shipment(fulfilment, now, day):
                    waits.append(fulfilment)
                if not fulfilment.invoiced:
                    sales.authorise_invoice(fulfilment, now, day)
            self._packed = waits

    def _cancel(self, now: int) -> None:
        """Cancellations that came in time void the sale; too late, the goods go out."""
        still: list[Order] = []
        for order in self._cancellations:
            if order.cancel_at > now:
                still.append(order)
                continue
            sale = self._cin7.sales.by_order.get(order.key)
            if sale is not None and self.recall is not None:
                self.recall(sale, now)
            if sale is not None and self._cin7.sales.may_void(sale) and self.shop.cancels_elsewhere(order.key, now // DAY):
                self.shop.cancel(order, now)  # by somebody who did not think of the sale
            elif sale is not None and self._cin7.sales.void(sale, now):
                self.shop.cancel(order, now)
            elif sale is not None and self.stops is not None:
                self.stops[order.key] = order
        self._cancellations = still


_FEEDS = {
    "shopify": ("shopify_orders", "shopify_stock"), "amazon_mfn": ("amazon_orders", "amazon_stock"),
    "amazon_fba": ("amazon_fba_orders", ""), "pos": ("pos_orders", ""), "edi": ("edi_orders", "edi_stock"),
    "phone": ("phone_orders", ""),
}  # fmt: skip
"""What the feeds of a kind of channel are called: orders, and stock levels where the channel is told of them."""


class PaymentFeed:
    """Brings a gateway's charges and refunds into Cin7, each onto the document it settles."""

    __slots__ = ("_account", "_cin7", "_feed", "_gateway", "_last", "_name", "_operations", "_staging", "held", "rank")

    def __init__(
        self, operations: Operations, gateway: Gateway, name: str, feed: str, cin7: Cin7Core, staging: Staging
    ) -> None:
        self.rank = 40
        self._operations, self._gateway, self._feed, self._cin7, self._staging = operations, gateway, feed, cin7, staging
        self._name, self._account = name, -1
        self._last = 0
        self.held: list[Money] = []
        """Lines that found no document yet."""

    def wake(self, now: int) -> int | None:
        """Fetch what is new and try again what was held; money goes to the account that the gateway is mapped to."""
        if not self._staging.policies.connects(FEED[self._feed], now):
            self._staging.log_failure(self._feed, now, self._last)
            return now + DAY
        fresh, configuration = self._gateway.fresh, self._cin7.configuration
        self._account, configuration.entering = configuration.clearing[self._name], self._name
        held = [money for money in self.held if not self._settle(money, now)]
        for money in fresh:
            if not self._settle(money, now):
                held.append(money)
                order = self._operations.order(money.order_key)
                reference = order.number if order is not None else -1
                self._staging.payout_staging.add((money.reference, reference, money.amount_cents, now))
        self._staging.log_feed(self._feed, now, self._last, len(fresh))
        fresh.clear()
        self.held, self._last, configuration.entering = held, now, ""
        return now + DAY

    def _settle(self, money: Money, now: int) -> bool:
        sales = self._cin7.sales
        sale = sales.by_order.get(money.order_key)
        finds = self._staging.policies.finds
        if sale is None or (finds is not None and not finds(money.settles, now)):
            return False
        day = max(money.at // DAY, self._cin7.books.lock_date)
        cents, reference = money.amount_cents, money.reference
        if money.settles < 0:  # taken with the order, or given back for an order that was not sent
            return sales.record_prepayment(sale, self._account, cents, reference, now, day)
        if cents > 0:
            fulfilment = sale.fulfilments[keys.part_of(money.settles)]
            return (
                fulfilment.invoiced
                and sales.record_payment(fulfilment, self._account, cents, reference, now, day) is not None
            )
        refund = sales.record_refund(money.settles, sale.customer, self._account, -cents, reference, now, day)
        return refund is not None


class BankFeed:
    """Brings the bank's bookings into the ledger every morning."""

    __slots__ = ("_account", "_bank", "_last", "_ledger", "_staging", "rank")

    def __init__(self, operations: Operations, ledger: Books, staging: Staging, account: int) -> None:
        self.rank = 10
        self._bank, self._ledger, self._staging, self._account = operations.bank, ledger, staging, account
        self._last = 0

    def wake(self, now: int) -> int | None:
        """Fetch what is new."""
        if not self._staging.policies.connects(FEED["bank"], now):
            self._staging.log_failure("bank", now, self._last)
            return now + DAY
        movements = self._bank.movements
        for item in movements:
            self._ledger.feed_line(item.key, self._account, item.at // DAY, item.amount_cents, item.description, now, item)
        self._staging.log_feed("bank", now, self._last, len(movements))
        movements.clear()
        self._last = now
        return now + DAY
