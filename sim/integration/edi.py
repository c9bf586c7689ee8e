"""Trading by electronic documents: each order is answered, each shipment announced, each invoice sent as Cin7 has them.

An order that comes twice is known by its number and not entered again.
"""

from __future__ import annotations

from ..cin7.sales import Fulfilment, Sale, Sales
from ..operations.edi import ADVICE, ANSWER, INVOICE, Mailbox
from ..operations.order import Order
from ..schema import FEED, FEED_STATUS
from .inbound import ShopLink, Staging

_FEEDS = {ANSWER: "edi_acknowledgements", ADVICE: "edi_despatch_advices", INVOICE: "edi_invoices"}


class _Trade:
    """An order and what of it has been sent."""

    __slots__ = ("advised", "answered", "invoiced", "order", "sale")

    def __init__(self, order: Order, sale: Sale) -> None:
        self.order, self.sale = order, sale
        self.answered = False
        self.advised = self.invoiced = 0
        """Bits of the fulfilments."""


class EdiLink:
    """A channel's documents out, as often as its orders are fetched, right after them."""

    __slots__ = ("_channel", "_every", "_last", "_link", "_looked", "_mailbox", "_open", "_sales", "_staging", "rank")

    def __init__(self, link: ShopLink, channel: str, sales: Sales, mailbox: Mailbox, staging: Staging, every: int) -> None:
        self.rank = 21
        self._sales = sales
        self._looked = 0
        """What `Sales.moved` said when everything due was sent; -1 when something could not be."""
        self._link, self._channel, self._mailbox, self._staging, self._every = link, channel, mailbox, staging, every
        link.entered = []
        self._open: list[_Trade] = []
        self._last = dict.fromkeys(_FEEDS, 0)

    def wake(self, now: int) -> int | None:
        """Look what is new, and send what follows from it."""
        entered, again = self._link.entered, self._mailbox.come_again(self._channel, now)
        if again:
            self._staging.log_file(FEED["edi_orders"], now, now - self._every, now, again, FEED_STATUS["DUPLICATE"])
        if entered:
            for order, sale in entered:
                self._mailbox.take_order(order, now)
                self._open.append(_Trade(order, sale))
            entered.clear()
            self._looked = -1
        if self._open and self._sales.moved != self._looked:
            self._looked = self._sales.moved
            for kind, due in self._due().items():
                if due:
                    self._send(kind, due, now)
            self._open = [trade for trade in self._open if not self._is_over(trade)]
        return now + self._every

    def _send(self, kind: int, due: list[tuple[_Trade, Fulfilment]], now: int) -> None:
        feed = _FEEDS[kind]
        if not self._staging.policies.connects(FEED[feed], now):
            self._staging.log_failure(feed, now, self._last[kind])
            self._looked = -1
            return
        for trade, part in due:
            self._put(kind, trade, part, now)
        self._staging.log_feed(feed, now, self._last[kind], len(due))
        self._last[kind] = now

    def _due(self) -> dict[int, list[tuple[_Trade, Fulfilment]]]:
        """What is to be sent of each kind, in the order in which kinds are sent."""
        answers: list[tuple[_Trade, Fulfilment]] = []
        advices: list[tuple[_Trade, Fulfilment]] = []
        invoices: list[tuple[_Trade, Fulfilment]] = []
        for trade in self._open:
            parts = trade.sale.fulfilments
            if not trade.answered and parts:
                answers.append((trade, parts[0]))
            for part in parts:
                if part.shipped and not trade.advised >> part.ordinal & 1:
                    advices.append((trade, part))
                if part.invoiced and not trade.invoiced >> part.ordinal & 1:
                    invoices.append((trade, part))
        return {ANSWER: answers, ADVICE: advices, INVOICE: invoices}

    def _put(self, kind: int, trade: _Trade, part: Fulfilment, now: int) -> None:
        order, put = trade.order, self._mailbox.put
        if kind == ANSWER:
            trade.answered = True
            there = sum(line[1] for own in trade.sale.fulfilments if own.allocated for line in own.lines)
            put(ANSWER, order, there, -1, now)
            return
        units = sum(line[1] for line in part.lines)
        if kind == ADVICE:
            trade.advised |= 1 << part.ordinal
            put(ADVICE, order, units, -1, now)
        else:
            trade.invoiced |= 1 << part.ordinal
            put(INVOICE, order, units, part.total_cents, now)

    @staticmethod
    def _is_over(trade: _Trade) -> bool:
        sale = trade.sale
        if sale.voided or not sale.fulfilments:  # Cin7 empties what it archives
            return True
        return trade.answered and trade.advised == trade.invoiced == (1 << len(sale.fulfilments)) - 1
