"""Fault 19 of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..founding import World
from ..people.ledger.policies import HandJournal, journal_key
from .contract import Parameter, Scope


class ClearingForcedToZero:
    """What stands on clearing at a month-end is journalled away.

    Cause: Somebody holds that a clearing account has to be zero when a month is closed. What stands there is money that
    gateways have captured and not yet paid out; it is put to Payment Fees by journal on the last day.

    Operations: The gateway's own balance and its next payouts account for every cent.

    Cin7: Nothing. Payments stand on their invoices.

    Integration: Everything is Completed.

    Ledger: Clearing is zero to the cent on the last day of the month and upside down when the payouts arrive. Payment fees
    take the difference of one month-end's balance to the last one's, so over the months the error does not grow; it stays.

    Mistaken for: A month whose last payout left nothing behind; fees that rose with a promotion; a clearing account that is
    at last reconciled.

    Hidden by: Itself. It also swallows whatever was really wrong on the account, such as fees that nobody booked.

    Fixed by: Reverse the journals, reconcile the account to the gateway's balance by payout and order, and state that a
    balance of captured and unpaid money is right.

    Source: "When You Actually Need a Cin7 Specialist": finance teams journal the balance to zero each month.
    """

    layer = "ledger"
    headline = "clearing"
    looks_like = ""
    stages = (1,)
    may_reach = (4,)
    parameters = {"share": Parameter(1.0, 0.0, 1.0, "share of month-ends at which it is done", 0.5, 1.0)}
    inert = {"share": 0.0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ("clearing_explained",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Add a journal for each clearing account to the closing list."""
        policies, marks, clock, books = world.accountant.policies, world.marks, world.clock, world.ledger
        listed, fees, share = policies.closing_journals, world.accounts["payment_fees"], values["share"]
        clearing = sorted({gateway.clearing for gateway in world.operations.gateways})
        draw = world.draws.stream("event/clearing to nothing")

        def without_balance(month_end: int) -> Iterable[HandJournal]:
            yield from listed(month_end)
            if not (draw.happens(share, month_end) and scope.acts(month_end)):
                return
            for number, account in enumerate(clearing, _FIRST):
                cents = books.balance_on(account, month_end)
                if cents:
                    marks.note("clearing_forced_to_zero", journal_key(month_end, number), clock.now)
                    yield HandJournal(month_end, "Clearing, rest of the month", [(account, -cents), (fees, cents)], number)

        policies.closing_journals = without_balance


_FIRST = 4
"""Number of its first journal on the list."""
