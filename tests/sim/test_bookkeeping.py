"""What the people of the ledger decide, bent as a fault may bend it: only the accounts concerned move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from support import worlds
from support.worlds import case, facts, profile

from sim.clock import DAY
from sim.founding import World
from sim.people.ledger.policies import HandJournal
from sim.schema import SOURCE_TYPE

Bend = Callable[[World], None]


def kept(bend: Bend | None = None) -> World:
    world = World(case(1, 3, 600, of=msgspec.structs.replace(profile(), name="a_shop")))
    if bend is not None:
        bend(world)
    world.clock.run(world.calendar.days * DAY)
    return world


@cache
def plain() -> World:
    return kept()


def moved(world: World) -> dict[str, int]:
    """By how much each account differs from that of the undisturbed business, by role."""
    return {
        role: world.ledger.balance[account] - plain().ledger.balance[account]
        for role, account in world.accounts.items()
        if world.ledger.balance[account] != plain().ledger.balance[account]
    }


def without_fees(world: World) -> None:
    accounts = world.accounts

    def net(payout: object) -> list[tuple[int, int]]:
        lines = dict(world.bookkeeper._payout_lines(payout))  # type: ignore[arg-type]
        cents = lines[accounts["bank"]]
        return [(accounts["bank"], cents), (accounts["clearing"], -cents)]

    world.bookkeeper.policies.payout_lines = net


def test_fees_that_nobody_books_pile_up_in_clearing() -> None:
    difference = moved(kept(without_fees))
    assert set(difference) <= {"clearing", "payment_fees", "chargebacks"}
    assert difference["payment_fees"] < 0
    assert sum(difference.values()) == 0


def test_a_cost_coded_to_another_account_moves_only_the_two() -> None:
    def bend(world: World) -> None:
        rent, other = world.accounts["rent"], world.accounts["advertising"]
        world.bookkeeper.policies.account_for = lambda statement, account: other if account == rent else account

    difference = moved(kept(bend))
    assert set(difference) == {"rent", "advertising"}
    assert difference["rent"] == -difference["advertising"] < 0


def test_a_bill_paid_past_the_sync_is_paid_twice_in_the_books() -> None:
    def bend(world: World) -> None:
        cogs, statements = world.accounts["cogs"], world.bookkeeper.policies
        statements.pays_by_sync = lambda statement: cogs if statement.amount_cents < 0 else -1

    difference = moved(kept(bend))
    assert set(difference) == {"bank", "cogs"}
    assert difference["cogs"] == -difference["bank"] > 0


@pytest.mark.parametrize("narration", ["Inventory true-up", "Clearing to zero"])
def test_the_same_journal_every_month(narration: str) -> None:
    def bend(world: World) -> None:
        a = world.accounts
        world.accountant.policies.closing_journals = lambda month_end: [
            HandJournal(month_end, narration, [(a["inventory"], 500), (a["cogs"], -500)], 1),
            HandJournal(month_end, narration, [(a["inventory"], 20), (a["cogs"], -20)], 2),
        ]

    world = kept(bend)
    closed = [end for end in world.calendar.month_ends if end <= world.ledger.period_lock]
    assert len(closed) >= 2
    assert moved(world) == {"inventory": 520 * len(closed), "cogs": -520 * len(closed)}
    said = world.lexicon.text(narration)
    posted = [row for row in facts(world, "ledger/journals") if row.narration == said]
    assert sorted(row.journal_date for row in posted) == sorted(closed * 2)
    assert {row.source_type for row in posted} == {SOURCE_TYPE["MANJOURNAL"]}
    assert {row.created_by for row in posted} == {world.accountant.user}, "only author and narration tell"


def test_a_payment_deleted_after_its_line_was_coded_leaves_the_bill_open() -> None:
    def bend(world: World) -> None:
        cogs, statements = world.accounts["cogs"], world.bookkeeper.policies
        statements.pays_by_sync = lambda statement: cogs if statement.amount_cents < 0 else -1
        statements.deletes_unmatched = lambda statement: True

    world = kept(bend)
    difference = moved(world)
    assert set(difference) == {"payable", "cogs"}, "the bank is right"
    assert difference["cogs"] == -difference["payable"] > 0
    paid = Counter[int]()
    for row in facts(world, "ledger/allocations"):
        paid[row.ledger_document_id] += row.amount_cents
    journals = [row.journal_id for row in facts(world, "ledger/journals")]
    assert len(journals) == len(set(journals))
    assert min(paid.values()) == 0, "what was deleted settles nothing"


def test_a_line_imported_again_is_coded_again_under_its_own_key() -> None:
    def bend(world: World) -> None:
        world.bookkeeper.policies.imports_again = lambda statement: statement.amount_cents < 0

    world = kept(bend)
    difference = moved(world)
    costs = {cost.role for cost in world.case.profile.close.overheads if cost.day}
    assert costs <= set(difference) <= costs | {"bank", "tax", "clearing", "payment_fees", "chargebacks"}
    assert sum(difference.values()) == 0
    assert difference["bank"] < 0
    lines = [row.statement_id for row in facts(world, "ledger/bank_statement")]
    assert len(lines) == len(set(lines))


def test_a_balance_by_date_is_the_sum_of_journals_dated_until_then() -> None:
    world = worlds.world()
    dates = {row.journal_id: row.journal_date for row in facts(world, "ledger/journals")}
    for role in ("clearing", "inventory", "rent"):
        account = world.accounts[role]
        for day in (0, *world.calendar.month_ends):
            slow = sum(row.amount_cents for row in facts(world, "ledger/journal_lines")
                       if row.account_code == account and dates[row.journal_id] <= day)  # fmt: skip
            assert world.ledger.balance_on(account, day) == slow
        assert world.ledger.balance_on(account, world.calendar.days * 2) == world.ledger.balance[account]
