"""Fault 7 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY
from ..founding import World
from ..integration.staging import Record
from ..keys import supplier_of
from .contract import Parameter, Scope


class PoRevaluationBlockedByLockDate:
    """Cost corrections meet a locked month, are refused by the ledger and given up.

    Cause: Goods were received at the order's price; the supplier's bill, a forwarder's charge or a credit note comes at
    another one when part of them is sold and the month is closed. Cin7 corrects the cost of what is here and of what was sold.
    The integration sends the correction under the date of the movement it corrects, which the ledger has locked. Nobody
    decides between reopening the month and a compensating entry: the failed record is skipped to get it off the screen.

    Operations: Nothing out of place: goods came, were sold, and a bill at another price came weeks later.

    Cin7: The stock card has dated cost change rows, and the journal "Cost change PO-..." stands among the transactions; stock
    value, cost of sales and the accrual are right.

    Integration: The journal's record is Failed with the lock date's own text (Xero: "The document date cannot be before the
    period lock date"; QuickBooks Online: 6210, the account period has closed) and is Skipped on the next working morning. The
    bill that caused it is Completed.

    Ledger: Where the accrual is reversed with the bill, inventory keeps the share of goods that are sold: over Cin7 by units
    sold times the difference, and cost of sales too low by the same. Where the correction is dated by receipt, all of it stays
    away: the accrual shows a residue of all units times the difference, inventory is off by what is still here, cost of sales
    by what is sold. Payables are right in both.

    Mistaken for: The same refusal of a record that was sent again and had not changed, which may be skipped; price variances
    that reach an open month and settle themselves; lock dates that have drifted apart.

    Hidden by: A journal in the open month over the net gap between Cin7 and the ledger, by total and without the purchase. If
    somebody later pushes the record after all, the cost is booked twice.

    Fixed by: List skipped and failed journals by lock-date text and take each to its purchase. Either open the ledger's
    month, set the record to Pending, let it arrive under its date and lock again; or leave it skipped and post one compensating
    entry in the first open month that names the purchase and the correction. Never both, and first reverse what was
    journalled over the gap. Then agree who decides this at each close.

    Source: "When You Actually Need a Cin7 Specialist": an inventory cost update that hits a closed period triggers a lock
    date sync conflict; "What Actually Breaks First in a Failing Cin7 System": such corrections may be blocked; texts from
    Xero's and Intuit's API documentation. How Cin7 dates them is a parameter of the profile.
    """

    layer = "integration"
    headline = "inventory"
    looks_like = ""
    stages = (1, 3)
    may_reach = (4, 6)
    parameters = {
        "share": Parameter(1.0, 0.0, 1.0, "share of cost corrections of closed months that go back to their own date", 0.5, 1.0)
    }
    inert = {"share": 0.0}
    needs = ("landed cost", "many suppliers")
    confined_by = ("supplier",)
    must_break = ("skipped_is_carried",)
    may_break = ("queue_age",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend how corrections are dated on their way out, and what becomes of those that a closed month refuses."""
        sends, queue, books = world.outbox.policies, world.queue_owner.policies, world.ledger
        marks, clock, share = world.marks, world.clock, values["share"]
        dated, decides = sends.dates_correction, queue.closed_period
        draw = world.draws.stream("event/corrections dated back")
        dated_back: set[int] = set()

        def under_its_own_date(key: int, date: int, corrects: int) -> int:
            usual = date if dated is None else dated(key, date, corrects)
            closed = corrects < usual and corrects <= books.lock_date
            if not (closed and draw.happens(share, key) and scope.acts(clock.now // DAY)
                    and scope.touches("supplier", supplier_of(key))):  # fmt: skip
                return usual
            dated_back.add(key)
            marks.note("po_revaluation_blocked_by_lock_date", key, clock.now)
            return corrects

        def gives_up(record: Record) -> str:
            return "skip" if record.key in dated_back else decides(record)

        sends.dates_correction, queue.closed_period = under_its_own_date, gives_up
