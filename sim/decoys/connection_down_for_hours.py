"""Hours without an answer."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..faults.contract import Parameter, Scope, set_for_all
from ..founding import World
from ..schema import FEED


class ConnectionDownForHours:
    """A channel gives no answer for half a day now and then, and everything comes with the next download.

    Cause: The channel's service is down for some hours.

    Operations: Orders of these hours are packed half a day later.

    Cin7: No sales for some hours, then many at once.

    Integration: Some errors in a row in the feed's log; the next download reaches back to the last good one.

    Ledger: Nothing.

    Mistaken for: A connection that is dead, and orders that nobody asks for again.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: no orders for a weekend.
    """

    layer = "integration"
    headline = ""
    looks_like = "connection_or_authorisation_break"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.06, 0.0, 0.3, "share of days on which there is no answer until the evening")}
    inert = {"share": 0.0}
    needs = ("own parcels",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let a channel's feed give no answer for some hours."""
        feeds, share = world.staging.policies, values["share"]
        connects, draw = feeds.connects, world.draws.stream("event/channel down")
        down = {FEED[world.shop_links[n].feed] for n in world.own_parcels if scope.touches("channel", n)}
        noted: set[int] = set()

        def answers(feed: int, now: int) -> bool:
            day, minute = divmod(now, DAY)
            hours = _HOURS[0] <= minute < _HOURS[1]
            if not (hours and feed in down and draw.happens(share, day, feed) and scope.acts(day)):
                return connects(feed, now)
            if day not in noted:
                noted.add(day)
                set_for_all(world, "connection_down_for_hours")
            return False

        feeds.connects = answers


_HOURS = (8 * 60, 17 * 60)
"""From when until when a channel is down on such a day (assumption)."""
