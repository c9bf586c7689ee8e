"""The reverse of fault 36 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..founding import World
from ..keys import INVOICE, document, part_of
from ..operations.shop import channel_of
from .contract import Parameter, Scope


class RestockWithoutCreditNote:
    """Goods came back, the money was returned at the gateway, and no credit note was ever written.

    Cause: Whoever handles returns refunds the customer in the shop's or the gateway's own screen and puts the goods on the
    books with a stock adjustment, because that is quicker than a credit note with a restock.

    Operations: The returns book shows the goods, the gateway shows the refund, the customer is content.

    Cin7: The sale stays COMPLETED as if nothing had come back. On hand is right; stock came in by an adjustment at average
    cost instead of by a restock at its own. Sales reports overstate what was sold.

    Integration: The payment feed brings a refund that finds no document, and holds it; nothing failed.

    Ledger: Revenue and tax are too high. The payout is net of the refund, so the clearing account keeps a balance that nobody
    explains and that grows with each return. Cost of sales is too high, the discrepancy account shows a gain.

    Mistaken for: Goods found again; samples and display pieces that come back; a chargeback under dispute.

    Hidden by: A journal that empties clearing into bank fees, or a bank line coded to sales as a whole.

    Fixed by: Take the gateway's refunds that found no document, write the credit note for each with its restock, dated when
    the goods came, or the first open day after a lock, reverse the stock adjustment, and let the feed post the refund.

    Source: Cin7 help on returns from Shopify: a refund without a credit note; the practitioners' pattern of clearing accounts
    that never clear.
    """

    layer = "operations"
    headline = "sales"
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"share": Parameter(0.35, 0.0, 1.0, "share of returns that are refunded and not credited", 0.12, 0.8)}
    inert = {"share": 0.0}
    needs = ("own stock", "web shop")
    confined_by = ("channel",)
    must_break = ("returned_is_credited",)
    may_break = ("clearing_explained",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend the habit of crediting what comes back."""
        policies, marks, clock, share = world.work, world.marks, world.clock, values["share"]
        credits_return, draw = policies.credits_return, world.draws.stream("event/returns not credited")

        def only_gives_the_money_back(ship: int, day: int) -> bool:
            if not (draw.happens(share, ship) and scope.acts(day) and scope.touches("channel", channel_of(ship))):
                return credits_return(ship, day)
            marks.note("restock_without_credit_note", document(ship, INVOICE, part_of(ship)), clock.now)
            return False

        policies.credits_return = only_gives_the_money_back
