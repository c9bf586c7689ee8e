"""Fault 17 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class PayoutConsolidationTimingMismatch:
    """Sales go to the ledger once a month, while their gateway pays out every day or two.

    Cause: To have fewer documents in the ledger, a channel's invoices and payments are put to "Monthly consolidate" in
    its sync settings. Its gateway's payouts reach the bank all through the month and are booked as they come.

    Operations: Nothing. The gateway pays as ever.

    Cin7: Sales, payments and stock are right, day by day.

    Integration: Invoices and payments of the channel are held until the last evening of the month and then go as a few
    documents; all of them are Completed.

    Ledger: Through the month revenue and receivables lack the channel's sales and clearing falls below zero by every
    payout; in the last night everything is there. No payout can be matched to the sales it pays for, so a charge that is
    missing, or a fee that was not booked, hides among a month of them. Nothing is lost: what was captured and not paid
    out is the balance.

    Mistaken for: Payments that never arrive; payouts booked twice; a payment lost for good, which leaves a step that
    stays.

    Hidden by: A journal in mid-month that "corrects" clearing, and turns into the same error with the other sign at its
    end.

    Fixed by: Consolidate daily, by the gateway's own day, or by settlement, from the first of a month on; let what is
    held go at its own time, reverse the journals, and only then match payouts to sales.

    Source: "When You Actually Need a Cin7 Specialist": the cause is usually consolidation logic misaligned with payout
    timing; Cin7 help on Xero consolidation.
    """

    layer = "cin7"
    headline = ""
    looks_like = ""
    stages = (1,)
    may_reach = (4, 6)
    parameters = {"channels": Parameter(1, 0, 8, "channels paid by gateway that are put so, in the order of the profile", 1, 3)}
    inert = {"channels": 0}
    needs = ("gateway", "sales one by one")
    confined_by = ("channel",)
    must_break = ("payouts_match",)
    may_break = ()
    near_misses = ("orphaned_clearing_record",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the channels' sync types, and back when it ends."""
        marks, user, settings = world.marks, world.administrator.user, world.staging.settings
        chosen = [
            (n, config.name) for n, config in enumerate(world.case.profile.channels)
            if config.gateways and world.sync_types[n].payments == "Individual" and scope.touches("channel", n)
        ][: round(values["channels"])]  # fmt: skip
        held: set[int] = set()

        def turn(on: bool, now: int) -> None:
            if on:
                set_for_all(world, "payout_consolidation_timing_mismatch")
            for n, name in chosen:
                types = world.sync_types[n]
                for what, usual in zip(_SYNC_TYPES, (types.invoices, types.payments), strict=True):
                    settings.set(now, what, name, "Monthly consolidate" if on else usual, user)
            held.clear()
            held.update(n for n, _ in chosen if on)

        def watch(document: Document) -> None:
            key = document.key
            if keys.kind_of(key) == keys.ORDER and keys.document_kind_of(key) in (keys.INVOICE, keys.PAYMENT):
                sale = world.cin7.sales.by_order.get(keys.root_of(key))
                if sale is not None and sale.terms.number in held:
                    marks.note("payout_consolidation_timing_mismatch", key, document.recorded_at)

        if chosen:
            world.consolidate()
            follow(world, scope, turn)
            world.cin7.books.watchers.append(watch)


_SYNC_TYPES = ("Invoices sync type", "Payments sync type")
