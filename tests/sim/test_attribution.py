"""Recorded balances come apart into what is true, what each event did and what they did together, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import factorial
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import worlds

from scenarios.loader import load_profile, profiles
from sim import decoys, faults, keys
from sim.faults.contract import lacks
from sim.founding import World
from sim.invariants import CHECKS, run_checks
from sim.people.operations.warehouse import NOT_FOUND
from sim.profile import Case, EventConfig, Profile
from sim.run import run
from sim.simulate import EVERYDAY, INTERACTION, TRUE_BOOKS, Simulation
from sim.truth import attribution
from sim.truth.attribution import Grid

# --- shares of a number, on values made up ---------------------------------------------------------------------

PLAYERS = "abcd"


def games(players: int) -> st.SearchStrategy[dict[frozenset[str], int]]:
    sets = [frozenset(PLAYERS[n] for n in range(players) if number >> n & 1) for number in range(1 << players)]
    return st.lists(st.integers(-10**9, 10**9), min_size=len(sets), max_size=len(sets)).map(
        lambda cents: dict(zip(sets, cents, strict=True))
    )


def as_grid(game: dict[frozenset[str], int]) -> Callable[[frozenset[str]], Grid]:
    return lambda chosen: np.array([[[game[chosen]]]], np.int64)


def slowly(game: dict[frozenset[str], int], player: str) -> Fraction:
    """Shapley's value by going through all orders."""
    everyone = max(game, key=len)
    total = 0
    for order in permutations(sorted(everyone)):
        before = frozenset(order[: order.index(player)])
        total += game[before | {player}] - game[before]
    return Fraction(total, factorial(len(everyone)))


@given(st.integers(0, 4).flatmap(games))
def test_shares_add_up_and_are_within_a_cent_of_the_average_over_all_orders(game: dict[frozenset[str], int]) -> None:
    everyone = max(game, key=len)
    shares = {name: int(cents[0, 0, 0]) for name, cents in attribution.shapley(sorted(everyone), as_grid(game)).items()}
    assert set(shares) == everyone
    assert sum(shares.values()) == game[everyone] - game[frozenset()] or not everyone
    for name, cents in shares.items():
        assert abs(cents - slowly(game, name)) < 1


@given(st.lists(st.integers(-10**6, 10**6), min_size=4, max_size=4))
def test_events_that_have_nothing_to_do_with_each_other_keep_what_is_theirs(own: list[int]) -> None:
    alone = dict(zip(PLAYERS, own, strict=True))
    shares = attribution.shapley(PLAYERS, lambda chosen: np.array([[[sum(alone[name] for name in chosen)]]], np.int64))
    assert {name: int(cents[0, 0, 0]) for name, cents in shares.items()} == alone


# --- businesses ------------------------------------------------------------------------------------------------

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
"""A case that fails says what it is; making it smaller would take hours."""


@cache
def small(name: str) -> Profile:
    return load_profile(name)


def cases(of: int) -> st.SearchStrategy[Case]:
    """A small business with up to so many faults that fit it, and a decoy or none; they begin in the first two thirds."""

    def drawn(profile: Profile, data: tuple[list[str], list[str], int, int, bool]) -> Case:
        some, decoy, seed, first, reactions = data
        events = [EventConfig(name, f"2025-{3 + (first + n) % 2:02d}-{1 + (first * 7 + 5 * n) % 28:02d}")
                  for n, name in enumerate(some)]  # fmt: skip
        looks = [EventConfig(name, "2025-03-10") for name in decoy]
        case = worlds.case(seed, 3, 300, of=profile, faults=tuple(events), decoys=tuple(looks))
        return msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, reactions=reactions))

    def with_events(name: str) -> st.SearchStrategy[Case]:
        profile = small(name)
        fit, benign = ([each for each, event in sorted(kind.items()) if not lacks(event, profile)]
                       for kind in (faults.discover(), decoys.discover()))  # fmt: skip
        chosen = st.lists(st.sampled_from(fit), min_size=min(2, of), max_size=of, unique=True)
        beside = st.lists(st.sampled_from(benign), max_size=1)
        parts = st.tuples(chosen, beside, st.integers(1, 9), st.integers(0, 27), st.booleans())
        return parts.map(lambda data: drawn(profile, data))

    return st.sampled_from(profiles()).flatmap(with_events)


def comes_apart(case: Case) -> None:
    """The published table adds up, and its parts are what the runs recorded."""
    simulation = Simulation(case)
    table = simulation.attribution().to_pandas()
    names = {config.name for config in case.scenario.faults}
    assert set(table["part"]) <= {TRUE_BOOKS, EVERYDAY, INTERACTION} | names
    found = table.groupby(["books", "month_end", "account_code"])["cents"].sum()
    calendar, accounts = simulation.world.calendar, case.profile.accounts
    books = attribution.recorded(simulation.recorded, calendar.month_ends, len(accounts))
    for n, book in enumerate(attribution.BOOKS):
        for m, day in enumerate(calendar.month_ends):
            for code, account in enumerate(accounts):
                cents = found.get((book, calendar.date(day), account.code), 0)
                assert cents == books[n, m, code], f"{book} {calendar.date(day)} {account.name}"
    assert list(simulation.unexplained()) == []


@settings(max_examples=3, phases=QUICKLY)
@given(cases(3))
def test_a_recorded_balance_is_true_books_everyday_faults_and_interaction(case: Case) -> None:
    comes_apart(case)


@pytest.mark.slow
@settings(max_examples=30, phases=QUICKLY)
@given(cases(5))
def test_so_it_is_for_any_five_faults(case: Case) -> None:
    comes_apart(case)


def test_ledger_balances_are_those_of_the_journals() -> None:
    """The recorded side is read from the exported rows again, not from what truth made of them."""
    case = worlds.case(1, 3, 300, faults=(EventConfig("clearing_forced_to_zero"), EventConfig("spend_money_bypass")))
    simulation = Simulation(case)
    world = simulation.world
    at: dict[int, int] = {row.journal_id: row.recorded_at for row in worlds.facts(world, "ledger/journals")}
    books = attribution.recorded(simulation.recorded, world.calendar.month_ends, len(case.profile.accounts))[1]
    for m, day in enumerate(world.calendar.month_ends):
        sums = [0] * len(case.profile.accounts)
        for line in worlds.facts(world, "ledger/journal_lines"):
            if at[line.journal_id] < (day + 1) * 1_440:
                sums[line.account_code] += line.amount_cents
        assert sums == books[m].tolist()


def test_shapley_shares_of_a_business_leave_nothing_over() -> None:
    first, second = "receipt_not_authorised", "spend_money_bypass"
    case = worlds.case(2, 3, 600, faults=(EventConfig(first), EventConfig(second), EventConfig("miscoded_bill")))
    simulation = Simulation(case)
    shares = simulation.shapley()
    left, interaction = simulation.leave_one_out()
    nothing: Any = np.zeros_like(interaction)
    assert (sum(shares.values(), nothing) == sum(left.values(), nothing) + interaction).all()
    assert set(shares) == {first, second, "miscoded_bill"}
    assert (shares["miscoded_bill"] == left["miscoded_bill"]).all(), "it meets no other fault"


# --- any pair --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=30, phases=QUICKLY)
@given(cases(2))
def test_any_two_run_beside_each_other(case: Case) -> None:
    """The records still agree with themselves. (What one finds to touch may depend on the other: a gateway that is empty at
    a month-end leaves nothing to force to zero.)"""
    _run_beside_each_other(case)


def test_a_bill_that_only_the_ledger_has_is_opened_again() -> None:
    """One fault keeps freight bills out of Cin7, the other deletes the payments of bills."""
    both = [EventConfig(name, parameters={"share": 1.0}) for name in ("landed_cost_late_or_expensed", "spend_money_bypass")]
    world = _run_beside_each_other(worlds.case(1, 3, 300, of=small("wholesale_giftware"), faults=tuple(both)))
    in_cin7 = {row.document_key for row in worlds.facts(world, "cin7/purchase_invoices")}
    unpaid = [mark.key for mark in world.marks.rows if mark.event == "spend_money_bypass"]
    assert any(keys.beside(payment, keys.BILL) not in in_cin7 for payment in unpaid)


@pytest.mark.slow
def test_two_orders_that_miss_the_same_thing_in_an_hour_are_two_adjustments() -> None:
    fault = EventConfig("duplicate_product_identifier", parameters={"products": 9})
    world = run(worlds.case(8, 2, 4_000, of=small("omnichannel"), faults=(fault,)))
    adjustments = [row for row in worlds.facts(world, "cin7/stock_adjustments") if row.reason == world.lexicon.text(NOT_FOUND)]
    documents = [row.document_key for row in adjustments]
    assert any(keys.ordinal_of(document) for document in documents), "it happens"
    assert len(set(documents)) == len(documents)


def _run_beside_each_other(case: Case) -> World:
    world = run(case)
    known = faults.discover() | decoys.discover()
    names = [config.name for config in (*case.scenario.faults, *case.scenario.decoys)]
    assert {mark.event for mark in world.marks.rows} <= set(names)
    assert sum(world.ledger.balance) == 0
    excused = {check for name in names for check in (*known[name].must_break, *known[name].may_break)}
    basic = [check.name for check in CHECKS if check.tier == "basic" and check.name not in excused]
    ends = [world.calendar.date(day) for day in world.calendar.month_ends]
    assert run_checks(worlds.frames(world), ends, basic) == []
    return world
