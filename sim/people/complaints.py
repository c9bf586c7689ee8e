"""Grumbling: people of every layer raise tickets that turn out to be about nothing."""

from __future__ import annotations

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..schema import LAYERS, Ticket
from ..tables import Lexicon, Rows

_AFTERNOON = 15 * 60 + 20
FIRST_WAKE = _AFTERNOON
"""Minute of the first day."""
_TEXTS = {
    "operations": (
        "Scanner shows the wrong bin again", "Carrier says we booked a parcel twice, cannot find it",
        "Customer claims an item was missing, weight on the label looks right", "Delivery note does not match our order",
        "Too many returns this week, something must be wrong with sizing", "Stock on the web shop seems off today",
    ),
    "cin7": (
        "Availability report looks wrong, please check", "Order shows as backordered but we have plenty",
        "Average cost on the product page is not what I expected", "Price on the sale differs from the price list",
        "Stock value report was different an hour ago",
    ),
    "integration": (
        "Yesterday's orders came late", "Sync report shows a failed row, is that bad?",
        "Shop shows zero for a product we have", "Invoice was not in Xero this morning, it is there now",
    ),
    "ledger": (
        "Margin looks odd this month", "Clearing account is not zero", "Sales in Xero and the shop's dashboard differ",
        "Inventory balance moved more than I expected", "Fees seem high, please check the gateway statement",
    ),
}  # fmt: skip


class Complaints:
    """Raises a groundless ticket now and then."""

    __slots__ = ("_calendar", "_draw", "_issues", "_lexicon", "_rate", "_users", "rank")

    def __init__(
        self, issues: dict[str, Rows[Ticket]], users: list[int], rate: float, calendar: Calendar, lexicon: Lexicon, draws: Draws
    ) -> None:
        self.rank = 80
        self._issues, self._users, self._rate = issues, users, rate
        self._calendar, self._lexicon = calendar, lexicon
        self._draw = draws.stream("work/complaints")

    def wake(self, now: int) -> int | None:
        """Let each layer grumble."""
        day = now // DAY
        if self._calendar.is_workday(day):
            for n, layer in enumerate(LAYERS):
                if self._draw.happens(self._rate, day, 3 * n):
                    text = _TEXTS[layer][self._draw.between(0, len(_TEXTS[layer]) - 1, day, 3 * n + 1)]
                    user = self._users[self._draw.between(0, len(self._users) - 1, day, 3 * n + 2)]
                    key = keys.root(keys.TICKET, now << 13 | 8191 - n)
                    self._issues[layer].add((key, now, user, self._lexicon.text(text)))
        return (day + 1) * DAY + _AFTERNOON
