"""Fault 21 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.configuration import FEE_ACCOUNT
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class GatewayFeeNotBooked:
    """No account is set for a gateway's fees, so payouts are booked at what reached the bank.

    Cause: The gateway is connected again, and the field for the fee account is left empty. Nothing splits a payout any
    more: the bookkeeper sees one amount in the bank and takes just that out of clearing.

    Operations: Nothing. The gateway's own report shows charges, fees and payout as ever.

    Cin7: The fee account of one gateway is empty from one day on. Sales, payments and receivables are right.

    Integration: Everything is Completed.

    Ledger: Payment fees stop, profit is too high by them, and the clearing account climbs with every payout by the fees
    it kept, in proportion to what was sold; it never comes down to what the gateway holds.

    Mistaken for: Sales that grow, so that more is on its way; a reserve that the gateway holds back; a payout not coded
    yet.

    Hidden by: A journal at month-end that writes the clearing account down to zero, against bank charges or cost of
    sales. It takes out what is rightly on its way as well.

    Fixed by: Set the fee account again, book the fees of each payout since by the gateway's reports, dated with the
    payout or on the first open day, and reverse the journals that emptied the account before, or fees are counted twice.

    Source: "When You Actually Need a Cin7 Specialist": marketplace fees leave orphaned records; A2X's help on gateways
    whose fees the integrator cannot see, which leave a residual of that size.
    """

    layer = "cin7"
    headline = "payment_fees"
    looks_like = ""
    stages = (1, 4)
    may_reach = ()
    parameters = {"gateways": Parameter(1, 0, 8, "gateways whose fee account is left empty, in the order of the profile", 1, 3)}
    inert = {"gateways": 0}
    needs = ("gateway",)
    confined_by = ()
    must_break = ("clearing_explained",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Empty the fee account of gateways in Cin7, and set it again when it ends."""
        configuration, marks, user = world.cin7.configuration, world.marks, world.administrator.user
        settings = world.cin7.books.settings
        old = {name: settings.value(FEE_ACCOUNT, name) for name in list(configuration.fees)[: round(values["gateways"])]}

        def turn(on: bool, now: int) -> None:
            if on:
                set_for_all(world, "gateway_fee_not_booked")
            for name, account in old.items():
                settings.set(now, FEE_ACCOUNT, name, "" if on else account, user)

        def watch(gateway: str, payout: int) -> None:
            if configuration.fees[gateway] < 0:
                marks.note("gateway_fee_not_booked", payout, world.clock.now)

        if old:
            follow(world, scope, turn)
            configuration.payout_watchers.append(watch)
