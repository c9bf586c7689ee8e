"""The seven signs. Three or more in a month mean that the trouble has crossed layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .facts import Facts, Verdict, item, unknown

if TYPE_CHECKING:
    import pandas as pd

_CLOSES = 3
"""S1: "repeating across multiple months"; open journal rules ask for three closes (domain sheet F)."""
_MARGIN, _DEVIATIONS, _HISTORY = 0.02, 3.0, 3
"""Two points of margin and three robust deviations; months before that to compare with. In 54 healthy small businesses of six
profiles unexplained margin was further off than that in 19 of 318 months and never twice running on one side (measured)."""
_INVOICES, _LEAST_MARGIN = 125, 0.01
"""The two points are those of a month of 125 invoices; what is left to chance shrinks with the root of their number, down to a
point, which stocktakes and late costs move in a business of any size (assumption)."""
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_STUCK = 3
"""Fewer documents are an oversight (assumption)."""
_TOPIC_LAYERS, _TOPIC_PEOPLE, _TOPIC_TICKETS = 3, 3, 6
"""In two months. Grumbling in healthy businesses comes to this on one topic in about one month of eighty (measured)."""
_OPINIONS, _PARTIES = 3, 2
"""Outside opinions within two months, and who gives them: who is not called gives one every few months (assumption)."""
_OUTSIDE = re.compile(
    r"^(?:our |the |outside |cin7 )*(?:accountant|implementer|consultant|support|partner|provider)[\w ]{0,20}:", re.IGNORECASE
)
"""How a ticket begins that passes on what somebody from outside has said."""
_DOCUMENT = re.compile(r"\b(?:SO|PO|INV|CN|CR|TR|FG|DIS|SA|BILL)-?\d{3,}\b|\b[0-9a-f]{16}\b", re.IGNORECASE)
"""A document's number or key, as a journal names what it corrects."""


def money(cents: float) -> str:
    """Cents as a plain amount."""
    return f"{abs(cents) / 100:,.2f}"


def keys_of(column: pd.Series[str]) -> tuple[str, ...]:
    """Keys in the order of their first row, each once."""
    return tuple(column.dropna().astype(str).drop_duplicates())


@item("the same manual journals every month and nobody can point to the upstream cause", "ledger")
def same_journals_without_a_cause(facts: Facts, n: int) -> Verdict:
    """A manual journal on control accounts, revenue or direct costs with the same accounts in three months in a row.

    None of them names a document. Ordinary recurring journals (depreciation, rent, insurance) touch no such account.
    """
    lines = facts.repeated(n, _CLOSES)
    lines = lines[~lines["words"].astype("str").str.contains(_DOCUMENT, regex=True)]
    if lines.empty:
        return Verdict(False, "no journal on other people's accounts comes back month after month")
    accounts = ", ".join(sorted(lines["account_code"].unique()))
    return Verdict(True, f"account {accounts} was journalled by hand in each of {_CLOSES} months, and no journal "
                         "names a document", keys_of(lines["journal_id"]))  # fmt: skip


@item("Cin7 and ledger keep disagreeing after close", "cin7", "ledger")
def disagreement_after_close(facts: Facts, n: int) -> Verdict:
    """Control accounts other than clearing differ within closed months, at this month-end and at the one before.

    Beyond TOLERANCE. Healthy: to the cent once a month is locked (law of the simulated business; practitioners say the same
    of a close that is finished).
    """
    gaps = facts.closed_gaps
    if n == 0 or gaps[n] is None or gaps[n - 1] is None:
        return unknown("not known: fewer than two closes so far")
    both = [_worst(gap, facts.tolerance_cents(n)) for gap in (gaps[n - 1], gaps[n])]
    if not all(both):
        return Verdict(False, "closed months agree between Cin7 and the ledger, or did at the last close")
    code, cents = both[1] or ("", 0)
    return Verdict(True, f"in months that are closed, account {code} differs by {money(cents)} between Cin7 and the ledger, "
                         "as others did at the close before")  # fmt: skip


def _worst(gap: pd.Series[int] | None, tolerance: int) -> tuple[str, int] | None:
    """The account that differs most, if beyond tolerance."""
    if gap is None or gap.empty or int(gap.abs().max()) <= tolerance:
        return None
    code = str(gap.abs().idxmax())
    return code, int(gap[code])


@item("Cin7 inventory and balance-sheet inventory do not reconcile", "cin7", "integration", "ledger")
def inventory_does_not_reconcile(facts: Facts, n: int) -> Verdict:
    """All inventory accounts of the ledger less the stock card, Cin7's reconciling items and what is on its way.

    Beyond TOLERANCE. What was skipped, or has waited longer than a close, is not on its way (QUEUE_DAYS).
    """
    gap = int(facts.stock_gaps[n].sum())
    if abs(gap) <= facts.tolerance_cents(n):
        return Verdict(False, "stock card and balance sheet reconcile with what is in the queue")
    more = "more" if gap > 0 else "less"
    return Verdict(True, f"the balance sheet holds {money(gap)} {more} inventory than Cin7's stock card, and nothing on its "
                         "way explains it")  # fmt: skip


@item("gross margin moves with no commercial driver", "cin7", "ledger")
def margin_without_driver(facts: Facts, n: int) -> Verdict:
    """Margin less what prices, mix and costs of the units invoiced let expect, off its own past two months running.

    On the same side both times, by more than three robust deviations of earlier months and two points (fewer where more is
    sold). One odd month is a cut-off difference or a stocktake and comes back.
    """
    now, before = margin_off(facts, n), margin_off(facts, n - 1)
    if now is None or before is None:
        return unknown("not known: too few months to compare with")
    out = abs(now) > 0 and abs(before) > 0 and now * before > 0
    if not out:
        return Verdict(False, "margin follows from prices, mix and costs of what was sold")
    side = "above" if now > 0 else "below"
    return Verdict(True, f"for two months gross margin is about {100 * abs(now):.1f} points {side} what prices, mix and costs "
                         "of the units sold explain")  # fmt: skip


def margin_off(facts: Facts, n: int, least: float = _MARGIN) -> float | None:
    """How far a month's unexplained margin lies from that of earlier months; 0 within noise, None without history.

    Months that stand out themselves are no history for later ones.
    """
    import numpy as np  # noqa: PLC0415  (heavy; only when used)

    history: list[float] = []
    found: float | None = None
    for value, invoices in zip(facts.unexplained_margin.iloc[: n + 1], facts.invoices, strict=False):
        found = None
        if np.isnan(value):  # no revenue
            continue
        if len(history) >= _HISTORY:
            usual = float(np.median(history))
            deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(np.array(history) - usual)))
            floor = max(_LEAST_MARGIN, least * min(1.0, (_INVOICES / max(invoices, 1)) ** 0.5))
            found = value - usual if abs(value - usual) > max(_DEVIATIONS * deviation, floor) else 0.0
        if not found:
            history.append(value)
    return found


@item("sync errors skipped, unresolved or owned by no one", "integration")
def sync_errors_left(facts: Facts, n: int) -> Verdict:
    """Three documents or more that the ledger does not have: skipped, or failed and left alone for a week.

    Those refused for a lock date until the next close (QUEUE_DAYS). With Cin7 visible only what carries an amount counts; a
    skipped row whose document another record carries is harmless.
    """
    stuck = facts.stuck(n)
    if len(stuck) < _STUCK:
        return Verdict(False, "what failed was sent again, and what was skipped the ledger has by another record")
    skipped = int((stuck["status"] == "Skipped").sum())
    worth = f", worth {money(int(stuck['cents'].sum()))}" if stuck["cents"].any() else ""
    return Verdict(True, f"{len(stuck)} documents never reached the ledger and nobody is after them, {skipped} of them skipped"
                         f"{worth}", keys_of(stuck["document_key"]))  # fmt: skip


@item("providers give conflicting explanations and the diagnosis stalls")
def explanations_conflict(facts: Facts, n: int) -> Verdict:
    """Within two months three outside opinions in two layers or more, or three layers' people complaining of one topic.

    Of a topic: three people or more in six tickets or more, in both months. What they say contradicts each other since each
    looks at another layer.
    """
    if len(facts.reading.evidence.layers) < _TOPIC_LAYERS:
        return unknown("not known: fewer than three layers visible")
    tickets = facts.tickets
    recent = tickets[(tickets["n"] <= n) & (tickets["n"] > n - 2)]
    outside = recent[recent["text"].fillna("").str.contains(_OUTSIDE, regex=True)]
    if len(outside) >= _OPINIONS and outside["by"].nunique() >= _PARTIES and outside["layer"].nunique() >= _PARTIES:
        return Verdict(True, f"{outside['by'].nunique()} outside parties explain it differently, each by the layer they see",
                       keys_of(outside["ticket_id"]))  # fmt: skip
    for topic, rows in recent[recent["topic"] != ""].groupby("topic"):
        several = rows["layer"].nunique() >= _TOPIC_LAYERS and rows["by"].nunique() >= _TOPIC_PEOPLE
        if several and len(rows) >= _TOPIC_TICKETS and rows["n"].nunique() == 2:
            people, layers = rows["by"].nunique(), rows["layer"].nunique()
            return Verdict(True, f"{people} people in {layers} layers explain {topic} differently, in {len(rows)} tickets over "
                                 "two months", keys_of(rows["ticket_id"]))  # fmt: skip
    return Verdict(False, "tickets stay within a layer or are settled")


@item("a fix works once, then the problem returns", "ledger")
def fixed_and_back(facts: Facts, n: int) -> Verdict:
    """A difference that was there, gone and is back, or an account moved by hand in an earlier month and now again.

    Differences: of inventory or of documents stuck in the queue (needs Cin7 and integration); an account: a control account
    that a manual journal put right before.
    """
    hand = facts.hand
    hand = hand[hand["control"].notna()]
    now, earlier = hand[hand["n"] == n], hand[hand["n"] < n]
    again = now[now["account_code"].isin(earlier["account_code"])]
    if len(again):
        code = str(again["account_code"].iloc[0])
        return Verdict(True, f"account {code} was put right by hand before and had to be again", keys_of(again["journal_id"]))
    if facts.reading.sees("cin7", "integration"):
        there = [abs(int(gap.sum())) > facts.tolerance_cents(k) for k, gap in enumerate(facts.stock_gaps[: n + 1])]
        if there[-1] and _was_gone(there):
            return Verdict(True, "inventory differs between Cin7 and the ledger again, after it had been put right")
        stuck = [len(facts.stuck(k)) >= _STUCK for k in range(n + 1)]
        if stuck[-1] and _was_gone(stuck):
            return Verdict(True, "documents are stuck in the queue again, after it had been cleared")
    return Verdict(False, "what was put right stayed right")


def _was_gone(there: list[bool]) -> bool:
    """Whether something was there, then not, and is there at the end."""
    return any(not there[k] and any(there[:k]) for k in range(len(there)))


ITEMS = (
    same_journals_without_a_cause, disagreement_after_close, inventory_does_not_reconcile, margin_without_driver,
    sync_errors_left, explanations_conflict, fixed_and_back,
)  # fmt: skip
