"""The five patterns that practitioners look for first."""

from __future__ import annotations

from .facts import ATTENDED_DAYS, Facts, Verdict, item, unknown
from .signs import keys_of, margin_off, money

_CLOSES = 2
"""One close fewer than the sign asks for: a pattern is what one notices, a sign what one acts on (assumption)."""
_MARGIN = 0.035
"""Points for a single month. Of healthy months of all profiles about one in fifty moves as far without a driver (measured:
a stocktake, write-offs, or corrections of cost in a small month)."""
_UNATTENDED = 3
"""Fewer records are an oversight (assumption)."""


@item("repeating manual journals", "ledger")
def repeating_journals(facts: Facts, n: int) -> Verdict:
    """A manual journal on control accounts, revenue or direct costs with the same accounts in two months in a row."""
    lines = facts.repeated(n, _CLOSES)
    if lines.empty:
        return Verdict(False, "no journal on other people's accounts repeats last month's")
    accounts = ", ".join(sorted(lines["account_code"].unique()))
    return Verdict(True, f"account {accounts} was journalled by hand this month and last", keys_of(lines["journal_id"]))


@item("margin without a reason", "cin7", "ledger")
def margin_without_a_reason(facts: Facts, n: int) -> Verdict:
    """One month's margin off what prices, mix and costs explain: three robust deviations and three and a half points.

    Fewer points where more is sold (see the sign).
    """
    off = margin_off(facts, n, _MARGIN)
    if off is None:
        return unknown("not known: too few months to compare with")
    if not off:
        return Verdict(False, "the month's margin is what prices, mix and costs explain")
    side = "above" if off > 0 else "below"
    return Verdict(True, f"the month's gross margin is {100 * abs(off):.1f} points {side} what prices, mix and costs explain")


@item("clearing accounts never clear", "operations", "cin7", "integration", "ledger")
def clearing_never_clears(facts: Facts, n: int) -> Verdict:
    """At two month-ends in a row clearing holds more or less than gateways, uncoded payouts and the queue account for.

    Beyond TOLERANCE. What gateways hold is in clearing rightly; a chargeback or a charge without an order yet is settled by
    the next month-end.
    """
    gaps = facts.clearing_gaps
    if n == 0:
        return unknown("not known: one month-end is no history")
    if not all(abs(gap) > facts.tolerance_cents(n) for gap in gaps[n - 1 : n + 1]):
        return Verdict(False, "clearing holds what gateways owe and what nobody has coded yet")
    more = "more" if gaps[n] > 0 else "less"
    return Verdict(True, f"clearing holds {money(gaps[n])} {more} than gateways, uncoded payouts and the queue explain, and "
                         "did not clear at the last month-end either")  # fmt: skip


@item("Cin7 inventory and ledger do not match", "cin7", "integration", "ledger")
def inventory_does_not_match(facts: Facts, n: int) -> Verdict:
    """An inventory account differs from the stock card by more than TOLERANCE, be it made up by another account."""
    gap = facts.stock_gaps[n]
    off = gap[gap.abs() > facts.tolerance_cents(n)]
    if off.empty:
        return Verdict(False, "every inventory account matches its part of the stock card")
    code = str(off.abs().idxmax())
    return Verdict(True, f"{len(off)} inventory accounts differ from the stock card, {code} by {money(int(off[code]))}")


@item("nobody owns the integration", "integration")
def nobody_owns_the_integration(facts: Facts, n: int) -> Verdict:
    """Three records or more that failed in the last two months, stayed so for a week, and no person ever touched."""
    rows = facts.troubles
    rows = rows[(rows["n"] <= n) & (rows["n"] > n - 2)]
    alone = ~(facts.bucket(rows["by_person_at"]) <= n)
    ended = facts.bucket(rows["ended_at"]) <= n
    rows = rows[alone & ~ended & (facts.age_days(n, rows["at"]) > ATTENDED_DAYS)]
    if len(rows) < _UNATTENDED:
        return Verdict(False, "what failed was retried, or somebody looked after it")
    return Verdict(True, f"{len(rows)} records have failed for more than a week and no person has touched them",
                   keys_of(rows["record_key"]))  # fmt: skip


ITEMS = (
    repeating_journals, margin_without_a_reason, clearing_never_clears, inventory_does_not_match, nobody_owns_the_integration,
)  # fmt: skip
