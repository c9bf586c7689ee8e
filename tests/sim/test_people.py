"""Staff who react: what they believe, what they do when they no longer do, and that the truth keeps the two apart."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import PROFILES, case, facts, figure, frames, profile, rate

from sim.clock import DAY
from sim.founding import World
from sim.marks import Act
from sim.people.staff import Person
from sim.profile import Case, EventConfig, Mask, PeopleConfig, PersonConfig, Profile, Rate, StaffChange
from sim.run import Without, run, run_with_twins
from sim.schema import LAYERS
from sim.simulate import Simulation
from sim.truth import stages
from sim.truth.effects import MASK, MECHANISM
from sim.truth.effects import effects as effects_of
from sim.truth.records import Recorded

APRIL = dt.date(2025, 4, 1)
HABITS: tuple[Mask, ...] = ("recurring_journal", "revenue_journal", "clearing_to_zero")
BY_HAND = {"recurring_journal", "tie_out_journal", "revenue_journal", "clearing_to_zero", "reopen_without_push", "spend_money"}


def people(**changes: Any) -> PeopleConfig:
    config = profile().people
    assert config is not None
    return msgspec.structs.replace(config, **changes)


def lead(**changes: Any) -> Person:
    config = PersonConfig("warehouse_lead", ["operations"], "weekly", 0.8, 0.5, "a test")
    return Person(config, people(**changes), 0)


# --- one person ----------------------------------------------------------------------------------------------


def test_discipline_that_nobody_tends_is_halved_in_its_half_life() -> None:
    neglected = lead(tended=False, go_live_months=figure(0.0), half_life_months=figure(10.0))
    assert neglected.discipline(0) == pytest.approx(0.8)
    assert neglected.discipline(304) == pytest.approx(0.4)
    assert lead(tended=True, half_life_months=figure(10.0)).discipline(304) == 0.8


@given(st.lists(st.floats(0.0, 50.0), max_size=80), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_trust_stays_within_its_bounds_and_falls_only_with_surprises(looks: list[float], fall: float, recovery: float) -> None:
    person = lead()
    for worst in looks:
        before = person.trust
        person.judge(worst, fall, recovery)
        assert 0.0 <= person.trust <= 1.0
        assert person.trust >= before if worst == 0.0 else before - fall - 1e-9 <= person.trust <= before


def test_a_quiet_time_brings_trust_back_more_slowly_than_it_went() -> None:
    person, config = lead(), people()
    for _ in range(4):
        person.judge(9.0, config.fall.value, config.recovery.value)
    low, looks = person.trust, 0
    while person.trust < 0.9:
        person.judge(0.0, config.fall.value, config.recovery.value)
        looks += 1
    assert low < 0.5
    assert looks > 8


# --- a healthy business --------------------------------------------------------------------------------------


def healthy(name: str, seed: int, months: int = 4, orders: int = 900, *, reactions: bool = True) -> World:
    return run(case(seed, months, orders, of=profile(name) if name == "d2c_apparel" else loaded(name), reactions=reactions))


@cache
def loaded(name: str) -> Profile:
    from scenarios.loader import load_profile

    return load_profile(name)


NAMES = sorted(path.stem for path in PROFILES.glob("*.toml"))


def untroubled(world: World) -> None:
    assert world.team is not None
    assert world.team.acts == []
    assert all(person.trust > person.config.threshold for person in world.team.people.values())


@pytest.mark.parametrize("name", NAMES)
def test_nobody_in_a_healthy_business_loses_trust_or_hides_anything(name: str) -> None:
    world = healthy(name, 1)
    untroubled(world)
    assert world.accountant.review is not None
    assert len(world.accountant.review.closed) == 3, "each month was looked at and closed"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nor_on_other_seeds(name: str) -> None:
    for seed in (1, 2, 4):
        untroubled(healthy(name, seed, months=8, orders=600))


def test_reacting_staff_leave_nothing_in_healthy_evidence_but_opinions() -> None:
    with_them, without = healthy("d2c_apparel", 2, 3, 700), healthy("d2c_apparel", 2, 3, 700, reactions=False)
    ours, theirs = frames(with_them), frames(without)
    for name, table in ours.items():
        if name.endswith("issue_log"):
            assert set(theirs[name]["ticket_id"]) <= set(table["ticket_id"])
        else:
            assert table.equals(theirs[name]), name
    assert len(ours["ledger/journals"]) > 500


# --- differences that nobody looks into ----------------------------------------------------------------------


def careless(habits: tuple[Mask, ...] = HABITS, *, tolerance: Rate | None = None) -> Case:
    """A shop whose lock day is closed in the ledger alone, with an accountant who does not look for causes."""
    plain, replace = profile(), msgspec.structs.replace
    of = replace(plain, close=replace(plain.close, seam_days=1, reopened=rate(0.0)),
                 people=people(tolerance=tolerance or rate(0.0)))  # fmt: skip
    staff = tuple(StaffChange(each.role, 1.0, 0.001, []) for each in of.people.staff if each.role != "accountant")  # type: ignore[union-attr]
    return case(2, 4, 1_500, APRIL, of=of, reactions=True, staff=(*staff, StaffChange("accountant", 0.0, 0.001, list(habits))))


def neglected(habits: tuple[Mask, ...] = HABITS, until: int | None = None) -> World:
    """What the ledger refuses for its date is left; nobody opens the month for it."""
    world = World(careless(habits))
    world.queue_owner.policies.decide = lambda record: "leave"
    world.accountant.policies.reopens_for = lambda refused: False
    world.clock.run((world.calendar.days if until is None else until) * DAY)
    return world


def acts(world: World, *kinds: str) -> list[Act]:
    assert world.team is not None
    return [act for act in world.team.acts if act.kind in kinds]


def gaps(world: World) -> dict[int, int]:
    """The ledger less Cin7 and its queue, by control account, now; failed records do not count as queue."""
    found = {world.accounts[a.role]: 0 for a in world.case.profile.accounts if a.control and a.control != "clearing"}
    entries, _ = world.cin7.books.entries_since((0, 0))
    waiting = [record.document for record in world.outbox.waiting() if record.key not in world.outbox.failed]
    queued = [pair for document in (*waiting, *world.outbox.fetch) for pair in document.pairs]
    for account in found:
        shown = int(entries[entries[:, 1] == account, 2].sum())
        shown -= sum(cents * ((account == debit) - (account == credit)) for debit, credit, cents in queued)
        found[account] = world.ledger.balance[account] - shown
    return found


def test_a_difference_is_made_to_disappear_by_whoever_is_used_to_that_with_actor_document_and_gap() -> None:
    world = neglected(("tie_out_journal", "revenue_journal"))
    made = acts(world, "tie_out_journal", "revenue_journal")
    assert {act.kind for act in made} == {"tie_out_journal", "revenue_journal"}
    journals = {row.journal_id: row for row in facts(world, "ledger/journals")}
    for act in made:
        assert act.role == "accountant"
        assert act.gap_cents
        assert act.cents == -act.gap_cents
        assert journals[act.key].created_by == act.user
        assert journals[act.key].recorded_at == act.at
        assert journals[act.key].journal_date in world.calendar.month_ends


def test_who_looks_for_the_cause_leaves_the_difference_open() -> None:
    careful = msgspec.structs.replace(careless(), scenario=msgspec.structs.replace(careless().scenario, staff=[
        StaffChange(each.role, 1.0, 0.001) for each in people().staff
    ]))  # fmt: skip
    world = World(careful)
    world.queue_owner.policies.decide = lambda record: "leave"
    world.accountant.policies.reopens_for = lambda refused: False
    world.clock.run(world.calendar.days * DAY)
    assert not acts(world, *BY_HAND)
    assert any(gaps(world).values())
    assert world.ledger.period_lock == world.calendar.month_ends[-2], "the month is closed all the same"
    review = world.accountant.review
    assert review is not None
    late = [world.calendar.add_workdays(end, world.case.profile.close.workday) < day for end, day in review.closed]
    assert any(late), "and later than usual"


def refused(world: World, account: int) -> int:
    """What all failed records would put on an account."""
    pairs = [pair for record in world.outbox.failed.values() for pair in record.document.pairs]
    return sum(cents * ((account == debit) - (account == credit)) for debit, credit, cents in pairs)


def test_a_true_fix_after_a_tie_out_doubles_the_error() -> None:
    world = neglected(("tie_out_journal",), until=75)
    act = acts(world, "tie_out_journal")[0]
    stuck = [key for key, record in world.outbox.failed.items() if record.refusal and record.refusal.about == "period_closed"]
    assert stuck
    assert gaps(world)[act.account] == act.cents - refused(world, act.account), "the journal stands for what was refused"
    world.accountant.policies.reopens_for = lambda refused: True
    world.clock.run(82 * DAY)
    assert not set(stuck) & set(world.outbox.failed)
    assert gaps(world)[act.account] == act.cents - refused(world, act.account)
    assert not refused(world, act.account), "so it was booked twice"


def test_what_recurs_is_taken_back_and_posted_again_and_outlives_its_cause() -> None:
    world = neglected(("recurring_journal",), until=75)
    first = acts(world, "recurring_journal")
    assert first
    assert sum(act.cents for act in first) == 0, "each is taken back on the first of the month"
    world.accountant.policies.reopens_for = lambda refused: True
    world.clock.run(120 * DAY)
    assert not [r for r in world.outbox.failed.values() if r.refusal is not None and r.refusal.about == "period_closed"]
    again = acts(world, "recurring_journal")[len(first) :]
    assert {act.key for act in again}.isdisjoint(act.key for act in first)
    assert again, "a template goes on although its cause is gone"


def test_clearing_is_written_down_to_nothing() -> None:
    zero = StaffChange("accountant", 0.0, 0.001, ["clearing_to_zero"])
    world = World(case(1, 3, 1_500, reactions=True, staff=(zero,)))
    world.bookkeeper.policies.payout_lines = lambda payout: [  # fees stay in the clearing account
        (world.accounts["bank"], payout.net_cents), (payout.clearing, -payout.net_cents)
    ]  # fmt: skip
    world.clock.run(world.calendar.days * DAY)
    made = acts(world, "clearing_to_zero")
    assert made
    assert all(act.account == world.accounts["clearing"] and act.cents == -act.gap_cents for act in made)
    at = made[0].at
    entered = [row for row in facts(world, "ledger/journals") if row.recorded_at <= at]
    lines = [row for row in facts(world, "ledger/journal_lines") if row.account_code == world.accounts["clearing"]]
    there = {row.journal_id for row in entered}
    assert sum(row.amount_cents for row in lines if row.journal_id in there) == 0


def test_reopening_without_a_push_leaves_two_lock_dates_and_no_journal() -> None:
    world = neglected(("reopen_without_push",))
    made = acts(world, "reopen_without_push")
    assert made
    assert all(act.key < 0 and not act.cents for act in made)
    locks = [(row.recorded_at, row.lock_date) for row in facts(world, "ledger/lock_dates")]
    for act in made:
        at = next(n for n, (minute, _) in enumerate(locks) if minute == act.at)
        assert locks[at][1] < locks[at - 1][1] < locks[at + 1][1], "opened, and closed again later"
    assert world.outbox.failed, "nobody sent anything"


# --- the truth keeps mechanism and mask apart ----------------------------------------------------------------


@cache
def simulated(*, reactions: bool) -> Simulation:
    """Receipts that are never authorised, and people who pay and count around them."""
    event = EventConfig("receipt_not_authorised", "2025-04-01", parameters={"share": 0.5})
    lax = tuple(StaffChange(each.role, 0.0, 0.9) for each in people().staff) if reactions else ()
    return Simulation(case(1, 5, 1_200, faults=(event,), reactions=reactions, staff=lax))


def test_every_cent_is_the_mechanisms_or_a_masks() -> None:
    simulation = simulated(reactions=True)
    assert simulation.is_masked()
    assert list(simulation.unexplained()) == []
    effects = simulation.effects_of("receipt_not_authorised")
    assert set(effects["provenance"]) == {MECHANISM, MASK}
    world = simulation.world
    made = {act.key for act in acts(world, "spend_money", "stock_adjustment", *BY_HAND) if act.key >= 0}
    assert set(effects.loc[effects["provenance"] == MASK, "key"]) <= made
    assert not set(effects.loc[effects["provenance"] == MECHANISM, "key"]) & made
    answer = simulation.answer
    assert {act["kind"] for act in answer["acts"]} >= {"distrust", "spend_money"}
    assert not set(answer["causes"][0]["documents"]) & {act["document"] for act in answer["acts"]}


def test_without_reactions_nothing_is_a_masks() -> None:
    simulation = simulated(reactions=False)
    assert not simulation.is_masked()
    assert list(simulation.unexplained()) == []
    assert simulation.answer["acts"] == []


def test_a_supplier_paid_by_hand_has_his_money_and_the_ledger_calls_it_a_cost() -> None:
    world = simulated(reactions=True).world
    (act, *_) = acts(world, "spend_money")
    lines = {row.account_code: row.amount_cents for row in facts(world, "ledger/journal_lines") if row.journal_id == act.key}
    assert lines == {world.accounts["cogs"]: act.cents, world.accounts["bank"]: -act.cents}


def test_trust_lost_is_stage_five_and_is_said_in_the_tickets() -> None:
    simulation = simulated(reactions=True)
    world = simulation.world
    stage = simulation.stages_of("receipt_not_authorised")[4]
    (first, *_) = acts(world, "distrust")
    assert stage.reached
    assert stage.at == first.at
    said = {row.raised_by for layer in LAYERS for row in facts(world, f"{layer}/issue_log")}
    assert first.user in said
    assert not simulated(reactions=False).stages_of("receipt_not_authorised")[4].reached


def test_a_buyer_with_a_sheet_orders_more_than_one_who_believes_the_tools() -> None:
    with_sheet, without = simulated(reactions=True), simulated(reactions=False)
    assert acts(with_sheet.world, "spreadsheet")
    assert with_sheet.world.buyer.padding > 0
    bought = [sum(each.recorded.happened.purchased.values()) for each in (with_sheet, without)]
    assert bought[0] > bought[1]
    table = with_sheet.tables()["consequences"].to_pylist()
    assert {row["measure"] for row in table} >= {"stockout_days", "purchased_cents", "workdays_to_close"}


@pytest.mark.slow
def test_the_slow_break_goes_through_all_six_stages_in_order_on_ten_seeds() -> None:
    from scenarios import loader

    scenario = loader.load_scenario("the_slow_break")
    every, recurs = Without(event.name for event in scenario.faults), 0
    for seed in range(1, 11):
        world, kept = run_with_twins(loader.case(scenario, seed), {every}, lambda of, _: Recorded(of))
        ours, twin = Recorded(world), kept[every]
        revenue = -int(twin.true.loc[twin.true["account"].isin(world.accounts_for("sales")), "cents"].sum())
        typical = revenue // len(world.calendar.month_ends)
        found = stages.find(world, ours, twin, world.marks.rows, effects_of(ours, twin), typical)
        assert all(stage.reached for stage in found), seed
        assert [stage.at for stage in found] == sorted(stage.at for stage in found), seed
        closes = {act.at for act in acts(world, "recurring_journal")}
        assert closes, seed
        recurs += len(closes) > 1
    assert recurs >= 6
