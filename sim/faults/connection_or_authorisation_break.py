"""Fault 27 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from ..schema import FEED
from .contract import Parameter, Scope, set_for_all


class ConnectionOrAuthorisationBreak:
    """A channel's connection is dead for days, and what was ordered in between is never fetched.

    Cause: A token has run out, or the user who gave the permission has left. Days later somebody connects the channel again;
    the download begins from that moment and does not ask for the days before.

    Operations: Customers go on ordering. What the channel's list shows is sent from there, with carrier's papers, and paid.

    Cin7: For one channel there are no sales in these days. On hand, available and stock value stay too high by what left; the
    channel is not told of stock in the meantime and sells what is gone.

    Integration: The feed's log has errors or nothing for one channel, without a failed record anywhere: a silent gap. The
    gateway's lines of these orders wait in payout staging for ever.

    Ledger: Revenue, tax, cost of sales of the gap are missing, inventory is too high, clearing too low: the payouts contain the
    charges. Ledger and Cin7 agree, as neither knows of the orders.

    Mistaken for: A holiday or a weekend; slow business; a download that failed once and brought everything the next time.

    Hidden by: One sale entered by hand over the gateway's total, without products; a stock adjustment after the next count.

    Fixed by: List the channel's order numbers against Cin7's for the gap, load those missing, check that none is there twice,
    and take them through their steps with their true dates, or the first open day; match the waiting gateway lines; reverse
    what was entered by total. Let somebody watch the feeds' log.

    Source: "When You Actually Need a Cin7 Specialist": a sales channel connection breaks; Intuit's error 120 and Xero's
    401/403 for lost permissions.
    """

    layer = "integration"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (2, 4, 6)
    parameters = {"days": Parameter(9, 0, 120, "days until the connection works again", 4, 25)}
    inert = {"days": 0}
    needs = ("own parcels",)
    confined_by = ("channel",)
    must_break = ("orders_are_entered",)
    may_break = ("payouts_match",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let a channel's feeds get no answer for some days; nobody asks for what was missed."""
        feeds, marks, clock = world.staging.policies, world.marks, world.clock
        connects, until = feeds.connects, clock.now // DAY + int(values["days"])
        links = [world.shop_links[n] for n in world.own_parcels if scope.touches("channel", n)]
        if not (links and values["days"]):
            return
        (link, *_) = links
        dead = FEED[link.feed]

        def is_dead(now: int) -> bool:
            return now // DAY < until and scope.acts(now // DAY)

        def answers(feed: int, now: int) -> bool:
            return not (feed == dead and is_dead(now)) and connects(feed, now)

        def forgets(order: int, now: int) -> bool:
            if is_dead(now):
                marks.note("connection_or_authorisation_break", order, clock.now)
                return True
            return False

        set_for_all(world, "connection_or_authorisation_break")
        feeds.connects, link.forgets = answers, forgets
