"""The nine triggers of a health check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .facts import Facts, Verdict, item, unknown
from .signs import keys_of, money

if TYPE_CHECKING:
    import pandas as pd

_AREAS = 4
"""Of the five areas named, in trouble at once (assumption: "together" is nearly all)."""
_RED, _SEVERAL, _OVERDUE_DAYS, _LATE_WORKDAYS = 0.15, 3, 30, 5
"""A public system-health check of Cin7 Core turns red above 15 percent of open tasks overdue (domain sheet F); ageing begins at
30 days for purchases (KIKO); a week for shipments and at least three documents are assumptions."""
_ADJUSTED = 3
"""Times in three months that one product at one place is adjusted by hand on the same side (assumption: a product is counted
once a quarter; damage and theft hit one now and then, not monthly)."""
_CLOSE_WORKDAYS = 10
"""Working days after which a close is late; healthy ones are final within eight, reopening included (measured)."""
_RETURNS = 3
"""Months in a row, and twice as many tickets (assumption)."""
_RECOUNTED, _RECOUNT_DAYS = 0.2, 30
"""Share of a month's count lines for what was counted within a month before; a rolling plan comes back after a quarter."""
_NOBODY_KNOWS = re.compile(r"(?:nobody|no one) (?:can (?:tell|say)|knows)|which system is right", re.IGNORECASE)
_BY_HAND = re.compile(
    r"by hand|double.?check|check (?:it |them |everything )?(?:again|manually)|manual(?:ly)?\b|spreadsheet"
    r"|recount|count (?:it )?again|own (?:list|sheet)|twice and count|by ourselves", re.IGNORECASE,
)  # fmt: skip


@item("stock, sync, WMS, finance and reconciliation problems together")
def problems_together(facts: Facts, n: int) -> Verdict:
    """At least four of five areas in trouble in one month.

    Stock: a product below zero, or counted off twice over (see adjustments). Sync: documents stuck. WMS: shipments or receipts
    late. Finance: journals by hand on other people's accounts. Reconciliation: inventory does not reconcile.
    """
    areas = {name: _area(facts, n, name) for name in ("stock", "sync", "WMS", "finance", "reconciliation")}
    known = [name for name, troubled in areas.items() if troubled is not None]
    if len(known) < _AREAS:
        return unknown(f"not known: only {len(known)} of five areas visible")
    troubled = [name for name in known if areas[name]]
    if len(troubled) < _AREAS:
        return Verdict(False, f"{len(troubled)} of five areas in trouble" + (f": {', '.join(troubled)}" if troubled else ""))
    return Verdict(True, f"{', '.join(troubled)} are in trouble in the same month")


def _area(facts: Facts, n: int, name: str) -> bool | None:
    sees = facts.reading.sees
    if name == "stock":
        return bool(len(_adjusted_again(facts, n)) or _below_zero(facts, n)) if sees("cin7") else None
    if name == "sync":
        return len(facts.stuck(n)) >= _SEVERAL if sees("integration") else None
    if name == "WMS":
        return len(_late_shipments(facts, n)) >= _SEVERAL if sees("cin7") else None
    if name == "finance":
        return bool((facts.hand["n"] == n).any()) if sees("ledger") else None
    if not sees("cin7", "integration", "ledger"):
        return None
    return abs(int(facts.stock_gaps[n].sum())) > facts.tolerance_cents(n)


def _below_zero(facts: Facts, n: int) -> bool:
    return bool((facts.on_hand.iloc[n] < 0).any())


def _late_shipments(facts: Facts, n: int) -> pd.DataFrame:
    open_ = facts.open_shipments(n)
    return open_[open_["workdays"] > _LATE_WORKDAYS]


@item("failed or skipped sync entries return", "integration")
def sync_entries_return(facts: Facts, n: int) -> Verdict:
    """The same message in each of three months, each time on three records or more that were not through within a week.

    Lock-date refusals that the accountant pushes through on the next day are part of a close.
    """
    rows = facts.troubles
    slow = ~((rows["ended_at"] - rows["at"]).dt.days < 7)
    untouched = ~((rows["by_person_at"] - rows["at"]).dt.days < 7)
    known = facts.age_days(n, rows["at"]) > 7
    rows = rows[slow & untouched & known & (rows["n"] <= n) & (rows["n"] > n - _RETURNS)]
    rows = rows.assign(plain=rows["message"].str.replace(r"'[^']*'|\d[\w-]*", "", regex=True))
    counts = rows.groupby(["plain", "n"]).size()
    months = counts[counts >= _SEVERAL].groupby(level=0).size()
    back = rows[rows["plain"].isin(months.index[months >= _RETURNS])]
    if back.empty:
        return Verdict(False, "what failed and was settled did not fail the same way again")
    said = back["message"].iloc[0]
    return Verdict(True, f"records fail month after month with the words {said!r}", keys_of(back["record_key"]))


@item("open purchase or sales tasks unresolved", "cin7")
def tasks_unresolved(facts: Facts, n: int) -> Verdict:
    """More than 15 percent of open purchases 30 days past their promise, or of a month's shipments open a week after invoice.

    At least three documents either way.
    """
    purchases = facts.open_purchases(n)
    late = purchases[purchases["days"] > _OVERDUE_DAYS]
    if len(late) >= _SEVERAL and len(late) > _RED * len(purchases):
        return Verdict(True, f"{len(late)} of {len(purchases)} open purchases are more than {_OVERDUE_DAYS} days overdue",
                       keys_of(late["document_key"]))  # fmt: skip
    open_ = facts.open_shipments(n)
    stuck = _late_shipments(facts, n)
    if len(stuck) >= _SEVERAL and len(stuck) > _RED * len(open_):
        return Verdict(True, f"{len(stuck)} shipments are open more than {_LATE_WORKDAYS} working days after their invoice",
                       keys_of(stuck["document_key"]))  # fmt: skip
    return Verdict(False, "few open tasks are overdue")


@item("manual journals or stock adjustments used repeatedly")
def corrections_by_hand(facts: Facts, n: int) -> Verdict:
    """Two months in three with journals on other people's accounts, or a product adjusted three times on one side in them.

    Adjustments that move value only, and what a count or a transfer's receipt wrote, are not used to correct anything.
    """
    if not (facts.reading.sees("ledger") or facts.reading.sees("cin7")):
        return unknown("not known: neither cin7 nor ledger visible")
    if facts.reading.sees("ledger"):
        hand = facts.hand[(facts.hand["n"] <= n) & (facts.hand["n"] > n - 3)]
        if hand["n"].nunique() >= 2:
            return Verdict(True, f"{hand['journal_id'].nunique()} manual journals in three months on accounts of others",
                           keys_of(hand["journal_id"]))  # fmt: skip
    if facts.reading.sees("cin7"):
        again = _adjusted_again(facts, n)
        if len(again):
            return Verdict(True, f"{again['sku'].iloc[0]} was adjusted by hand {_ADJUSTED} times or more in three months, "
                                 "always on the same side", keys_of(again["document_key"]))  # fmt: skip
    return Verdict(False, "corrections by hand are rare")


def _adjusted_again(facts: Facts, n: int) -> pd.DataFrame:
    """Adjustments of products at places that were adjusted by hand on one side in each of the last three months."""
    rows = facts.adjustments
    rows = rows[(rows["n"] <= n) & (rows["n"] > n - 3)]
    keys = [rows["sku"], rows["location"], rows["quantity"] > 0]
    months = rows["n"].groupby(keys).transform("nunique")
    return rows[months >= _ADJUSTED]


@item("month-end harder each cycle", "ledger")
def closes_take_longer(facts: Facts, n: int) -> Verdict:
    """Each of the last three closes final later than the one before, the last more than ten working days after its month."""
    taken = facts.closes(n)[-_RETURNS:]
    if len(taken) < _RETURNS:
        return unknown("not known: fewer than three closes so far")
    days = [int(took) for took in taken]
    if not (days[0] < days[1] < days[2] and days[2] > _CLOSE_WORKDAYS):
        return Verdict(False, f"the last three closes were final after {', '.join(map(str, days))} working days")
    return Verdict(True, f"closes take longer each time: {', '.join(map(str, days))} working days")


@item("finance and operations disagree on what numbers mean")
def departments_disagree(facts: Facts, n: int) -> Verdict:
    """In two months running finance and the warehouse (or Cin7's users) complain of the same topic, twice each or more."""
    sees = facts.reading.sees
    if not sees("ledger") or not (sees("operations") or sees("cin7")):
        return unknown("not known: ledger, and operations or cin7, must be visible")
    tickets = facts.tickets
    recent = tickets[(tickets["n"] <= n) & (tickets["n"] > n - 2) & (tickets["topic"] != "")]
    for topic, rows in recent.groupby("topic"):
        finance, others = rows["layer"] == "ledger", rows["layer"].isin(("operations", "cin7"))
        if finance.sum() >= 2 and others.sum() >= 2 and rows["n"].nunique() == 2:
            return Verdict(True, f"finance and operations both complain of {topic}, {len(rows)} times in two months",
                           keys_of(rows["ticket_id"]))  # fmt: skip
    return Verdict(False, "no topic is complained of by both")


@item("nobody can say where the data diverged", "cin7", "integration", "ledger")
def divergence_unknown(facts: Facts, n: int) -> Verdict:
    """Inventory has not reconciled at three month-ends running, by amounts that are not those of documents stuck in the queue.

    What is stuck can be pointed at; the rest nobody has found in two closes. Or a ticket of the last two months says so.
    """
    tickets = facts.tickets
    said = tickets[(tickets["n"] <= n) & (tickets["n"] > n - 2)]
    said = said[said["text"].fillna("").str.contains(_NOBODY_KNOWS, regex=True)]
    if len(said):
        return Verdict(True, f"tickets say so: {said['text'].iloc[0]!r}", keys_of(said["ticket_id"]))
    if n < 2:
        return unknown("not known: fewer than three month-ends so far")
    gaps = [abs(int(facts.stock_gaps[k].sum())) for k in range(n - 2, n + 1)]
    if not all(gap > facts.tolerance_cents(n) for gap in gaps):
        return Verdict(False, "what differs was found before the second close")
    if abs(gaps[-1] - int(facts.stuck(n)["cents"].sum())) <= facts.tolerance_cents(n):
        return Verdict(False, "what differs is what is stuck in the queue")
    return Verdict(True, f"inventory has been off for three month-ends, now by {money(gaps[-1])}, and no document explains it")


@item("leadership wants manual validation", "operations")
def validated_by_hand(facts: Facts, n: int) -> Verdict:
    """A fifth of a month's count lines are of what was counted within the month before, or tickets ask for checks by hand.

    The month of the yearly count, and the one after it, do not count.
    """
    tickets = facts.tickets
    asked = tickets[(tickets["n"] == n) & tickets["text"].fillna("").str.contains(_BY_HAND, regex=True)]
    if len(asked):
        said = asked["text"].iloc[0]
        return Verdict(True, f"tickets of the month speak of checks by hand: {said!r}", keys_of(asked["ticket_id"]))
    counts = facts.counts
    month = counts[counts["n"] == n]
    full = any(facts.counted_in_full(k) for k in (n - 1, n))
    again = month[month["since_days"] <= _RECOUNT_DAYS]
    if full or len(month) == 0 or len(again) < _SEVERAL or len(again) < _RECOUNTED * len(month):
        return Verdict(False, "counting keeps to its plan")
    return Verdict(True, f"{len(again)} of {len(month)} count lines are of what was counted less than {_RECOUNT_DAYS} days "
                         "before", keys_of(again["sheet"]))  # fmt: skip


@item("the integration is blamed and the issue comes back", "integration")
def integration_is_blamed(facts: Facts, n: int) -> Verdict:
    """Tickets about the integration in each of three months, six or more together."""
    tickets = facts.tickets
    rows = tickets[(tickets["layer"] == "integration") | (tickets["topic"] == "sync")]
    rows = rows[(rows["n"] <= n) & (rows["n"] > n - _RETURNS)]
    if rows["n"].nunique() < _RETURNS or len(rows) < 2 * _RETURNS:
        return Verdict(False, "complaints about the integration do not come back month after month")
    return Verdict(True, f"{len(rows)} tickets in three months blame the integration", keys_of(rows["ticket_id"]))


ITEMS = (
    problems_together, sync_entries_return, tasks_unresolved, corrections_by_hand, closes_take_longer, departments_disagree,
    divergence_unknown, validated_by_hand, integration_is_blamed,
)  # fmt: skip
