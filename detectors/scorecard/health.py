"""The seven properties of health: what practitioners expect of a business in control, each true when it is so."""

from __future__ import annotations

from .facts import Facts, Verdict, item, unknown
from .patterns import clearing_never_clears, inventory_does_not_match, margin_without_a_reason
from .signs import keys_of, money

_REVIEWED = 0.9
"""Share of a quarter's troubled records that arrived or were decided within the schedule (assumption)."""
_SCHEDULE_DAYS = 14
"""A review every other week is a schedule (assumption)."""
_LOCKED_WORKDAYS = 15
"""A month that nobody has closed after three weeks has no owner (assumption)."""
_QUIET_DAYS = 92
"""A quarter without a trace of a layer's people (assumption)."""


@item("differences explainable within tolerance", "cin7", "integration", "ledger")
def differences_explained(facts: Facts, n: int) -> Verdict:
    """Every inventory account within TOLERANCE of the stock card, and closed months within it on all control accounts."""
    gap = int(facts.stock_gaps[n].abs().max()) if len(facts.stock_gaps[n]) else 0
    closed = facts.closed_gaps[n]
    after = int(closed.abs().max()) if closed is not None and len(closed) else 0
    worst = max(gap, after)
    if worst > facts.tolerance_cents(n):
        return Verdict(False, f"a control account is off by {money(worst)} and nothing on its way explains it")
    return Verdict(True, f"every difference is explained to within {money(facts.tolerance_cents(n))}")


@item("no recurring structural journals", "ledger")
def no_structural_journals(facts: Facts, n: int) -> Verdict:
    """No manual journal on control accounts, revenue or direct costs with accounts that were journalled last month too."""
    lines = facts.repeated(n, 2)
    if lines.empty:
        return Verdict(True, "journals that repeat are ordinary ones: depreciation, prepayments, rent")
    code = lines["account_code"].iloc[0]
    return Verdict(False, f"account {code} is journalled month after month", keys_of(lines["journal_id"]))


@item("sync errors, warnings and skips reviewed on a schedule", "integration")
def errors_reviewed(facts: Facts, n: int) -> Verdict:
    """Nine of ten records that failed, warned or were skipped in three months arrived or were decided within two weeks."""
    rows = facts.troubles
    age = facts.age_days(n, rows["at"])
    rows = rows[(rows["n"] > n - 3) & (age > _SCHEDULE_DAYS)]
    if rows.empty:
        return Verdict(True, "nothing of the last three months needed a review")
    done = rows[["by_person_at", "ended_at"]].min(axis=1) - rows["at"]
    left = rows[~(done.dt.days <= _SCHEDULE_DAYS)]
    share = 1 - len(left) / len(rows)
    words = f"{len(rows) - len(left)} of {len(rows)} records in trouble were settled within {_SCHEDULE_DAYS} days"
    return Verdict(share >= _REVIEWED, words, keys_of(left["record_key"]))


@item("who owns which truth is documented", "operations")
def truth_is_documented(facts: Facts, n: int) -> Verdict:
    """The operating rules say how stock is counted or supply planned, and name every clearing account of several.

    A rule counts from the day it was stated. Gateways are known by the ledger's clearing accounts, where it is visible.
    """
    rules = facts.reading.table("operations/operating_rules")
    rules = rules[facts.bucket(rules["stated_at"]) <= n]
    stated = " ".join(rules["rule"].fillna("") + " " + rules["text"].fillna("")).casefold()
    if not stated:
        return Verdict(False, "no operating rule is written down")
    gaps = []
    if facts.reading.sees("ledger"):
        accounts = facts.reading.table("ledger/accounts")
        moved = facts.balances.columns[(facts.balances.iloc[: n + 1] != 0).any()]
        used = accounts[(accounts["control"] == "clearing") & accounts["account_code"].isin(moved)]
        names = used["name"].str.replace("Clearing", "").str.strip()
        # A single clearing account needs no rule to be told from others.
        gaps = [name for name in names if len(names) > 1 and name.casefold() not in stated]
    if facts.reading.sees("cin7"):
        channels = facts.reading.table("cin7/sales")
        named = channels.loc[facts.bucket(channels["created_at"]) <= n, "source_channel"].dropna().unique()
        gaps += [name for name in sorted(named) if str(name).casefold() not in stated]
    if gaps:
        return Verdict(False, f"no rule says who owns the truth of {', '.join(gaps)}")
    return Verdict(True, f"{len(rules)} operating rules name every channel and clearing account")


@item("margin, COGS and valuation explained by events", "cin7", "ledger")
def explained_by_events(facts: Facts, n: int) -> Verdict:
    """The month's margin within noise of what was sold, and no manual journal on direct costs or inventory in it."""
    margin = margin_without_a_reason.judge(facts, n)
    hand = facts.hand[facts.hand["n"] == n]
    hand = hand[hand["control"].isna() | (hand["control"] == "inventory")]
    if margin.holds:
        return Verdict(False, margin.sentence)
    if len(hand):
        journals = keys_of(hand["journal_id"])
        return Verdict(False, f"{len(journals)} manual journals move margin or inventory", journals)
    if facts.reading.sees("integration") and inventory_does_not_match.judge(facts, n).holds:
        return Verdict(False, "the ledger's inventory is not what the stock card is worth")
    return unknown(margin.sentence) if margin.holds is None else Verdict(True, "margin and valuation follow from documents")


@item("clearing reconciled, not forced", "ledger")
def clearing_reconciled(facts: Facts, n: int) -> Verdict:
    """No manual journal on a clearing account in the month, and clearing explained by gateways where all layers are visible."""
    hand = facts.hand
    hand = hand[(hand["n"] == n) & (hand["control"] == "clearing")]
    if len(hand):
        return Verdict(False, f"{hand['journal_id'].nunique()} manual journals move clearing", keys_of(hand["journal_id"]))
    never = clearing_never_clears.judge(facts, n)
    if never.holds is None and n > 0:
        return unknown(never.sentence)
    return Verdict(not never.holds, never.sentence if never.holds else "clearing holds what gateways owe, and nobody forced it")


@item("someone accountable for each layer")
def each_layer_owned(facts: Facts, n: int) -> Verdict:
    """A person has left a trace in each visible layer within a quarter, and the month before last is closed.

    Operations: counts and returns; Cin7: settings or adjustments; integration: records decided by a person, or nothing left to
    decide; ledger: journals or bank lines coded by a person.
    """
    idle = [layer for layer in facts.reading.evidence.layers if not _owned(facts, n, layer)]
    if idle:
        return Verdict(False, f"nobody looks after {' and '.join(idle)}")
    return Verdict(True, "people have left their traces in every layer")


def _owned(facts: Facts, n: int, layer: str) -> bool:
    table = facts.reading.table
    if layer == "operations":
        moments = [table("operations/count_sheets")["counted_at"], table("operations/returns_received")["received_at"]]
    elif layer == "cin7":
        moments = [table("cin7/settings_log")["recorded_at"], table("cin7/stock_adjustments")["recorded_at"]]
    elif layer == "integration":
        return len(facts.stuck(n)) < 3
    else:
        closes = facts.closed_after(n)
        moments = [table("ledger/bank_coding")["coded_at"]]
        if closes is not None and closes > _LOCKED_WORKDAYS:
            return False
    recent = (facts.age_days(n, each) for each in moments if len(each))
    return any(bool(((age > 0) & (age <= _QUIET_DAYS)).any()) for age in recent)


ITEMS = (
    differences_explained, no_structural_journals, errors_reviewed, truth_is_documented, explained_by_events,
    clearing_reconciled, each_layer_owned,
)  # fmt: skip
