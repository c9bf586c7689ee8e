"""Gateway lines that wait in staging for a day or two."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..faults.contract import Parameter, Scope
from ..founding import World


class PaymentFoundDaysLater:
    """Some of the gateway's charges find their invoice a day or two late.

    Cause: The gateway's file names the parcel instead of the order for some charges; the feed finds the sale once the
    channel has told it of the parcel.

    Operations: Nothing.

    Cin7: For a day or two an invoice is open that the customer has paid.

    Integration: The charge stands among what found no document yet, then its payment is Completed.

    Ledger: Receivables and clearing are right again within two days, before the payout is coded or shortly after.

    Mistaken for: Payments that wait in staging for ever.

    Hidden by: Nobody needs to.

    Fixed by: Nothing to fix.

    Source: The fault catalogue's own list of look-alikes: timing that is bounded and reverts to its mean.
    """

    layer = "integration"
    headline = ""
    looks_like = "orphaned_clearing_record"
    stages = ()
    may_reach = ()
    parameters = {"share": Parameter(0.06, 0.0, 1.0, "share of charges that are found late")}
    inert = {"share": 0.0}
    needs = ("gateway",)
    confined_by = ("channel",)
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what the payment feed finds in Cin7."""
        feeds, marks, clock, share = world.staging.policies, world.marks, world.clock, values["share"]
        usual, draw = feeds.finds, world.draws.stream("event/charges found late")
        found_from: dict[int, int] = {}

        def finds_late(settles: int, now: int) -> bool:
            found = usual is None or usual(settles, now)
            if settles < 0 or keys.document_kind_of(settles) != keys.INVOICE:
                return found
            day = now // DAY
            if settles not in found_from:
                waits = draw.happens(share, settles) and scope.acts(day) and scope.touches("channel", keys.channel_of(settles))
                if not waits:
                    return found
                found_from[settles] = day + draw.between(1, 2, settles, 1)
                marks.note("payment_found_days_later", settles, clock.now)
            return found and day >= found_from[settles]

        feeds.finds = finds_late
