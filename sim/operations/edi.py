"""The mailbox through which retailers and the business exchange electronic documents: orders, answers, advices, invoices.

Holds what was exchanged and when, by the numbers of the trade (850 purchase order, 855 acknowledgement, 856 despatch
advice, 810 invoice). Knows nothing of how either side makes or reads them.
"""

from __future__ import annotations

from ..draws import Draws, Stream
from ..schema import EDI_DOCUMENT, EdiDocument
from ..tables import Rows, number_prefix
from .order import Order

ORDER, ANSWER, ADVICE, INVOICE = (EDI_DOCUMENT[word] for word in ("850", "855", "856", "810"))
_CONTROL = number_prefix("ICN-")
_AGAIN_MINUTES = (30, 2_880)
"""How much later a retailer's order comes a second time (assumption)."""


class Mailbox:
    """All documents of the business's trading partners."""

    __slots__ = ("_again", "_draw", "_numbers", "_resent", "documents")

    def __init__(self, draws: Draws) -> None:
        self.documents: Rows[EdiDocument] = Rows("operations/edi_documents", EdiDocument)
        self._draw: Stream = draws.stream("edi/orders")
        self._resent: dict[str, float] = {}
        self._again: list[tuple[int, Order]] = []
        self._numbers = 0

    def connect(self, channel: str, resent: float) -> None:
        """Let a channel's partners write; `resent`: the share of their orders that come twice."""
        self._resent[channel] = resent

    def put(self, kind: int, order: Order, units: int, cents: int, now: int) -> None:
        """A document is put in or taken out; `cents` is -1 where it names no amount."""
        self._numbers += 1
        self.documents.add((_CONTROL | self._numbers, kind, order.number, units, cents, now))

    def take_order(self, order: Order, now: int) -> None:
        """An order is taken out, and may come once more."""
        self.put(ORDER, order, sum(line[1] for line in order.lines), order.net_cents, now)
        if self._draw.happens(self._resent[order.shop.name], order.key):
            self._again.append((order.placed + self._draw.between(*_AGAIN_MINUTES, order.key, 1), order))

    def come_again(self, channel: str, now: int) -> int:
        """Take out a channel's orders that have come a second time; how many there are."""
        due = [(at, order) for at, order in self._again if at <= now and order.shop.name == channel]
        for at, order in due:
            self._again.remove((at, order))
            self.put(ORDER, order, sum(line[1] for line in order.lines), order.net_cents, now)
        return len(due)
