"""Fault 16 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class SyncWarningCleared:
    """Invoices arrive with a warning about their tax, and the warnings are cleared without a look.

    Cause: A tax rule of Cin7 has lost its code in the ledger, so the ledger works the tax out by itself and the integration
    adds a line that makes up the difference. Each such document has a warning. Whoever reviews the queue clears them
    every morning, since the documents are there.

    Operations: Nothing out of place.

    Cin7: Nothing: invoices show the tax that customers paid.

    Integration: Records end as Warning and are Skipped the next working morning, day after day, with the same text about a
    tax rule and a few cents. The tax rule's code is empty in the settings since one day.

    Ledger: Totals of invoices are right. Tax is off by a cent or two a document, and the rounding account collects as much:
    small amounts in one direction, for one channel, without end. Lines bear no tax code, so the tax return shows them as
    untaxed.

    Mistaken for: Warnings about attachments, which change no amount; rounding as such, which goes both ways.

    Hidden by: Clearing the warnings; a small journal from rounding to tax at the end of the quarter.

    Fixed by: Read one warning, give the rule its code again, and clear the rest afterwards. Move what lies on the rounding
    account to tax with one journal for each open period, from the list of documents; amend the tax return of a closed one.

    Source: "When You Actually Need a Cin7 Specialist": warnings that may have been cleared without investigation; Cin7 help,
    Xero sync: a line whose tax rule is not found is not linked, and an adjustment line fixes the amount.
    """

    layer = "integration"
    headline = "tax"
    looks_like = ""
    stages = (1,)
    may_reach = (3,)
    parameters = {
        "share": Parameter(1.0, 0.0, 1.0, "share of mornings on which warnings are cleared; else they are left", 0.5, 1.0)
    }
    inert = {"share": 0.0}
    needs = ("sales tax",)
    confined_by = ()
    must_break = ()
    may_break = ()

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Let a tax rule lose its code, and bend what is done about the warnings."""
        taxes, queue, share = world.outbox.taxes, world.queue_owner.policies, values["share"]
        if taxes is None or not share:
            return
        rule = next(rule for rule, basis in taxes.rates.items() if basis)
        reads, marks, clock, user = queue.warnings, world.marks, world.clock, world.queue_owner.user
        draw = world.draws.stream("event/warnings cleared")
        noted: set[int] = set()

        def turn(on: bool, now: int) -> None:
            set_for_all(world, "sync_warning_cleared")
            if on:
                taxes.unlink(rule, now, user)
            else:
                taxes.link(rule, now, user)

        def clears(which: str, documents: int) -> str:
            day = clock.now // DAY
            if which != rule or not scope.acts(day):
                return reads(which, documents)
            for record, of in taxes.fresh.items():
                if of == rule and record not in noted:
                    noted.add(record)
                    marks.note("sync_warning_cleared", record, clock.now)
            return "clear" if draw.happens(share, day) else "leave"

        follow(world, scope, turn)
        queue.warnings = clears
