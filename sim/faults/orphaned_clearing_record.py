"""Fault 18 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope


class OrphanedClearingRecord:
    """Customers' payments wait in the staging area for an invoice that will never come.

    Cause: The integration links a payment to the invoice of a further part of the order, as it does when an order is
    split. For these orders no further part is ever invoiced, so the payment waits without end, and nobody lists what is
    Pending.

    Operations: Nothing out of place: the parcel is gone, the gateway has captured the money and pays it out.

    Cin7: The payment stands on the invoice, which is PAID; the sale is COMPLETED.

    Integration: Payment records are Pending for weeks, without a failed attempt and without a text. The invoice of the
    same sale is Completed.

    Ledger: The invoice stays open, so receivables are too high by the payment, and clearing is too low by the same amount,
    since the payout, which contains the charge, has been coded. Clearing moves down in steps, each as large as one payment.

    Mistaken for: Money on its way from the gateway; charges under dispute; payouts and days that do not match, which
    even out over a week.

    Hidden by: A journal that brings clearing to what it ought to be, against bank fees or sales; the open invoices are then
    written off as bad debts. The payment that is released later makes clearing wrong again.

    Fixed by: Reconcile clearing charge by charge, not by total: gateway's lines against payments in the ledger. For each
    orphan link the payment to its invoice and release it under its own date, or the first open day; reverse journals over the
    balance and write-offs first.

    Source: "When You Actually Need a Cin7 Specialist": partial fulfilments, split shipments or marketplace fees can leave
    orphaned records stuck in the integration staging area; Cin7 help: a payment waits for its invoice.
    """

    layer = "integration"
    headline = "receivable"
    looks_like = ""
    stages = (1,)
    may_reach = (4,)
    parameters = {"share": Parameter(0.03, 0.0, 1.0, "share of gateway payments that wait for an invoice of a further part",
                                     0.01, 0.1)}  # fmt: skip
    inert = {"share": 0.0}
    needs = ("single payments",)
    confined_by = ("channel",)
    must_break = ("queue_age",)
    may_break = ("payouts_match",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend what a payment waits for."""
        sends, marks, clock, share = world.outbox.policies, world.marks, world.clock, values["share"]
        usual, draw = sends.waits_for, world.draws.stream("event/payments waiting")
        by_gateway = [bool(channel.gateways) for channel in world.case.profile.channels]
        noted: set[int] = set()

        def waits_for_another(payment: int, settles: int) -> int:
            first = settles if usual is None else usual(payment, settles)
            if keys.kind_of(payment) != keys.ORDER or keys.document_kind_of(settles) != keys.INVOICE:
                return first
            channel = keys.channel_of(payment)
            if payment not in noted:
                if not (by_gateway[channel] and draw.happens(share, payment) and scope.acts(clock.now // DAY)
                        and scope.touches("channel", channel)):  # fmt: skip
                    return first
                noted.add(payment)
                marks.note("orphaned_clearing_record", payment, clock.now)
            return keys.document(settles, keys.INVOICE, _NEVER)

        sends.waits_for = waits_for_another


_NEVER = 7
"""The part of an order that no order has: sales are sent in a few."""
