"""A small business with one event in it, and what it does to stock, accounts and the sync: signs and sums by month-end.

The same example stands behind `tieout faults NAME`, the page of faults and the page of effects. Positive means that the
books show too much: more stock, more owed to us or by us, more revenue, more cost.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sim.faults.contract import Event
    from sim.founding import World
    from sim.profile import Case, Profile
    from sim.simulate import Simulation
    from sim.truth.records import Recorded

HOMES = ("d2c_apparel", "amazon_first", "wholesale_giftware", "manufacturer", "omnichannel", "dropship_catalogue")
"""Profiles to show an event in: the first that it fits."""
START, MONTHS, ORDERS, SEED = dt.date(2025, 1, 1), 6, 1_200, 1
RIGHT, OVER, UNDER, PASSING, MOVED, BOTH = "right", "+", "-", "~", "split", "±"
"""How a measure is off: not at all, too high, too low, for a time, between accounts while the total is right, or by turns."""
_FLOOR_SHARE, _OWN_SHARE = 0.0005, 0.02
"""A sum counts from this share of a month's revenue, and from this share of the event's largest sum: less is spill-over of a
changed course of business through shared stock (assumption)."""
_UNITS_MIN, _UNITS_SHARE = 3, 0.002
"""Units that count: so many, and this share of what is on hand (assumption)."""
_FEW_RECORDS = 3
"""Fewer records that wait or warn than this are an oversight (assumption)."""

MONEY = {
    "ledger inventory": (("inventory",), 1), "GRNI": (("grni",), -1), "GINR": (("stock_in_transit",), 1),
    "AR": (("receivable",), 1), "AP": (("payable",), -1), "revenue": (("sales", "shipping_income"), -1), "COGS": (("cogs",), 1),
    "clearing": (("clearing",), 1), "tax": (("tax",), -1),
}  # fmt: skip
"""Measures of the ledger: roles of their accounts, and the sign of too much."""
MEASURES = ("on hand", "available", "sub-ledger", *MONEY)


class Effect(msgspec.Struct, frozen=True):
    """How one measure is off."""

    sign: str
    at_end: int
    """Cents, or units of what is on hand and available."""
    accounts: tuple[tuple[str, int], ...] = ()
    """By account that is off in the end: its name and cents, too much positive."""


class Example(msgspec.Struct, frozen=True):
    """What one event did in the small business."""

    name: str
    profile: str
    onset: dt.date
    end: dt.date
    first: dt.date | None
    """The day of its first document."""
    documents: int
    effects: dict[str, Effect]
    sync: str
    """How outbound records ended that would have ended otherwise without it, or "clean"."""
    stages: tuple[str, ...]
    """Stages reached, with dates."""
    others: tuple[tuple[str, int], ...]
    """Further accounts that are off in the end: name and cents, debit positive."""


def home_of(event: Event) -> Profile:
    """The business an event is shown in. Raises ValueError when it fits none."""
    from scenarios.loader import load_profile  # noqa: PLC0415  (the command line imports this module)
    from sim.faults.contract import lacks, name_of  # noqa: PLC0415

    for name in HOMES:
        profile = load_profile(name)
        if not lacks(event, profile):
            return profile
    raise ValueError(f"{name_of(event)} fits none of {', '.join(HOMES)}")


def case_of(event: Event) -> Case:
    """The small business with the event, at default severity, beginning after the first month."""
    from sim.faults.contract import name_of  # noqa: PLC0415
    from sim.profile import Case, EventConfig, Scenario  # noqa: PLC0415

    profile = home_of(event)
    config = [EventConfig(name_of(event), ONSET.isoformat())]
    scenario = Scenario(
        name="example", title="An example", story="", profile=profile.name, start=START, months=MONTHS, size="small",
        orders_a_year=ORDERS, seed=SEED, reactions=False, faults=[] if event.looks_like else config,
        decoys=config if event.looks_like else [],
    )  # fmt: skip
    return Case(scenario, profile, SEED)


ONSET = START + dt.timedelta(days=31)


@cache
def example(name: str) -> Example:
    """Simulate the small business with the event of that name. Raises KeyError for none."""
    from sim import decoys, faults  # noqa: PLC0415
    from sim.clock import DAY  # noqa: PLC0415
    from sim.run import run  # noqa: PLC0415
    from sim.simulate import Simulation  # noqa: PLC0415  (pandas, which most commands do without)

    event = (faults.discover() | decoys.discover())[name]
    simulation = Simulation(case_of(event))
    twin = run(simulation.case, without=[name])
    world, calendar = simulation.world, simulation.world.calendar
    marks = world.marks.rows
    stages = [stage for stage in simulation.stages_of(name) if stage.reached]
    effects, others = effects_of(simulation, twin)
    return Example(
        name, world.case.profile.name, ONSET, calendar.date(calendar.days - 1),
        calendar.date(marks[0].at // DAY) if marks else None, len({mark.key for mark in marks}), effects,
        _sync(simulation, twin), tuple(f"{stage.stage} ({stage.name}) on {calendar.date(stage.at // DAY)}" for stage in stages),
        others,
    )  # fmt: skip


def effects_of(simulation: Simulation, twin: World) -> tuple[dict[str, Effect], tuple[tuple[str, int], ...]]:
    """How each measure is off in a run against the same without any event; and further accounts that are off."""
    world = simulation.world
    ends = [day for day in world.calendar.month_ends if day >= world.calendar.day(ONSET)]
    accounts = _by_account(simulation, ends)
    value = [a - b for a, b in zip(_stock_value(simulation.recorded, world, ends),
                                   _stock_value(simulation.undisturbed, world, ends), strict=True)]  # fmt: skip
    largest = max(abs(cents) for series in (value, *accounts.values()) for cents in series)
    least = max(1, _FLOOR_SHARE * simulation.revenue_a_month(), _OWN_SHARE * largest)
    on_hand, available = _units(simulation, twin, ends)
    units = max(_UNITS_MIN, _UNITS_SHARE * sum(sum(stock.on_hand) for stock in world.cin7.stocks))
    found = {
        "on hand": Effect(_sign(on_hand, units), on_hand[-1]), "available": Effect(_sign(available, units), available[-1]),
        "sub-ledger": Effect(_sign(value, least), value[-1]),
    }  # fmt: skip
    named = {world.accounts[account.role]: account.name for account in world.case.profile.accounts}
    told: set[int] = set()
    for measure, (roles, sign) in MONEY.items():
        codes = _codes(world, roles)
        told |= set(codes)
        each = {code: [sign * cents for cents in accounts[code]] for code in codes}
        total = [sum(cents) for cents in zip(*each.values(), strict=True)] if each else [0] * len(ends)
        off = tuple((named[code], cents[-1]) for code, cents in each.items() if abs(cents[-1]) > least)
        how = _sign(total, least)
        if how == RIGHT and any(_sign(cents, least) != RIGHT for cents in each.values()):
            how = MOVED
        found[measure] = Effect(how, total[-1], off)
    others = [(named[code], cents[-1]) for code, cents in accounts.items() if code not in told and abs(cents[-1]) > least]
    return found, tuple(others)


def _codes(world: World, roles: tuple[str, ...]) -> list[int]:
    """Accounts of some roles; clearing accounts are told by what they control."""
    if roles == ("clearing",):
        return [world.accounts[of.role] for of in world.case.profile.accounts if of.control == "clearing"]
    return [code for role in roles for code in world.accounts_for(role)]


def _sign(series: list[int], least: float) -> str:
    """How a measure is off over some month-ends."""
    off = [cents for cents in series if abs(cents) > least]
    if not off:
        return RIGHT
    if min(off) < 0 < max(off):
        return BOTH
    if abs(series[-1]) <= least:
        return PASSING
    return OVER if series[-1] > 0 else UNDER


def _by_account(simulation: Simulation, ends: list[int]) -> dict[int, list[int]]:
    """Misstatement of each account of the ledger at some month-ends, beyond that of the undisturbed business."""
    from sim.truth.attribution import BOOKS, wrong  # noqa: PLC0415

    count = len(simulation.case.profile.accounts)
    ours, theirs = (wrong(of, ends, count)[BOOKS.index("ledger")] for of in (simulation.recorded, simulation.undisturbed))
    return {code: [int(cents) for cents in (ours - theirs)[:, code]] for code in range(count)}


def _stock_value(of: Recorded, world: World, ends: list[int]) -> list[int]:
    """Cin7's stock value less the true one."""
    true = of.true[of.true["account"].isin(world.accounts_for("inventory"))]
    return [int(of.cin7_stock_value.loc[of.cin7_stock_value["day"] <= day, "cents"].sum())
            - int(true.loc[true["day"] <= day, "cents"].sum()) for day in ends]  # fmt: skip


def _units(simulation: Simulation, twin: World, ends: list[int]) -> tuple[list[int], list[int]]:
    """Units on hand and available beyond those of the undisturbed business, less what really lies there beyond its."""
    wrong, available = [0] * len(ends), [0] * len(ends)
    for sign, of in ((1, simulation.recorded), (-1, simulation.undisturbed)):
        for n, day in enumerate(ends):
            known = int(of.cin7_units.loc[of.cin7_units["day"] <= day, "units"].sum())
            wrong[n] += sign * (known - int(of.true_units.loc[of.true_units["day"] <= day, "units"].sum()))
    for sign, world in ((1, simulation.world), (-1, twin)):
        allocated = _allocated(world)
        for n, day in enumerate(ends):
            available[n] -= sign * allocated.get(day, 0)
    return wrong, [off + less for off, less in zip(wrong, available, strict=True)]


def _allocated(world: World) -> dict[int, int]:
    """Units that Cin7 holds for open sales, by month-end."""
    shown = next(table for table in world.tables() if table.name == "cin7/availability").matrix()
    held: dict[int, int] = {}
    for day, allocated in shown[:, [0, 4]].tolist():
        held[day] = held.get(day, 0) + allocated
    return held


def _sync(simulation: Simulation, twin: World) -> str:
    """Outbound records that stayed out of the ledger and would not have; and those that wait or warn, beyond an oversight."""
    from sim.schema import SYNC_STATUS  # noqa: PLC0415

    apart = simulation.recorded.unclean.keys() - simulation.undisturbed.unclean.keys()
    out = [SYNC_STATUS.words[status] for _, status in apart]
    found = [f"{status} {out.count(status)}" for status in ("Failed", "Skipped") if status in out]
    ours, theirs = _last_statuses(simulation.world), _last_statuses(twin)
    more = {status: ours.get(status, 0) - theirs.get(status, 0) for status in ("Pending", "Warning")}
    return ", ".join(found + [f"{status} {n:+}" for status, n in more.items() if abs(n) >= _FEW_RECORDS]) or "clean"


def _last_statuses(world: World) -> dict[str, int]:
    from sim.schema import SYNC_STATUS  # noqa: PLC0415

    last = dict(world.outbox.statuses.matrix()[:, [0, 1]].tolist())
    counts: dict[str, int] = {}
    for status in last.values():
        word = SYNC_STATUS.words[status]
        counts[word] = counts.get(word, 0) + 1
    return counts
