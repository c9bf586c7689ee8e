"""Fault 20 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..cin7.books import Document
from ..cin7.configuration import DEFAULT_ACCOUNT
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class ComingledClearingAccount:
    """Several gateways are put to one clearing account.

    Cause: A gateway is connected again and, for want of its own account in the list or to have fewer accounts, put to the
    clearing account of another one. Payments and payouts of both go there from then on.

    Operations: Nothing. Each gateway's own balance is as it should be.

    Cin7: The account mapping names one clearing account for two gateways from one day on; every payment's amount is
    right.

    Integration: Everything is Completed.

    Ledger: The total of all clearing accounts is right. The shared one holds two gateways' money, so its balance agrees
    with neither gateway's and a payment missing at one is hidden by another's in transit. The account left behind keeps
    for ever what was on its way when it was left, while its last payout comes out of the shared one.

    Mistaken for: A gateway that customers have stopped using; a payout that somebody coded to the wrong account.

    Hidden by: A journal that clears the old account's rest against the shared one's: right in total, and nobody looks
    again.

    Fixed by: Give each gateway its own clearing account again, sort the payments and payouts since by their references,
    move the part of each gateway by one journal in the open month, and only then reconcile each account to its gateway's
    balance.

    Source: "What Actually Breaks First in a Failing Cin7 System": payment methods or channels are co-mingled; A2X's
    advice of one clearing account for each gateway.
    """

    layer = "cin7"
    headline = "clearing"
    looks_like = ""
    stages = (1,)
    may_reach = (4,)
    parameters = {"gateways": Parameter(1, 0, 7, "gateways put to another one's account, beside that one", 1, 3)}
    inert = {"gateways": 0}
    needs = ("several gateways",)
    confined_by = ()
    must_break = ("purposes_apart",)
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Put gateways to the clearing account of the first one in Cin7, and back when it ends."""
        cin7, marks, user = world.cin7, world.marks, world.administrator.user
        settings, configuration = cin7.books.settings, cin7.configuration
        first, *others = configuration.fees
        shared = settings.value(DEFAULT_ACCOUNT, first)
        old = {name: settings.value(DEFAULT_ACCOUNT, name) for name in others[: round(values["gateways"])]}
        moved: set[str] = set()

        def turn(on: bool, now: int) -> None:
            if on:
                set_for_all(world, "comingled_clearing_account")
            for name, account in old.items():
                settings.set(now, DEFAULT_ACCOUNT, name, shared if on else account, user)
            moved.clear()
            moved.update(old if on else ())

        def watch(document: Document) -> None:
            if configuration.entering in moved:
                marks.note("comingled_clearing_account", document.key, document.recorded_at)

        def watch_payouts(gateway: str, payout: int) -> None:
            if gateway in moved:
                marks.note("comingled_clearing_account", payout, world.clock.now)

        if old:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)
            configuration.payout_watchers.append(watch_payouts)
