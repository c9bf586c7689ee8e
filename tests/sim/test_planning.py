"""Planning: every product has one owner, the setting says which, and the owner alone orders it."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from scenarios import loader
from scenarios import setup as checks
from sim.cin7.configuration import FORECAST, MRP, PLANNED_BY, REORDER_LEVEL, TOOLS
from sim.cin7.core import Cin7Core
from sim.clock import DAY
from sim.founding import World
from sim.people.operations import planning
from sim.profile import PlanningConfig, Profile
from sim.run import run

ONSET = 20
tools = st.lists(st.sampled_from([REORDER_LEVEL, MRP, FORECAST]), min_size=1, max_size=3, unique=True)
units = st.integers(-50, 200)


def screen(planned_by: list[int], least: int, *made: int) -> Cin7Core:
    catalogue = SimpleNamespace(planned_by=planned_by, reorder_quantity=[least] * len(planned_by))
    return cast("Cin7Core", SimpleNamespace(catalogue=catalogue, production=SimpleNamespace(made=dict.fromkeys(made))))


@given(tools, units, units, units, units, st.integers(0, 100), st.integers(1, 50))
def test_tools_order_on_their_own_and_what_they_order_adds_up(
    owners: list[int], position: int, level: int, forecast: int, need: int, refill: int, least: int
) -> None:
    """Neither tool sees what the other is about to order: with two owners, there will be too much."""

    def ordered(planned_by: int, *made: int) -> int:
        return int(planning.to_order(
            screen([planned_by], least, *made), np.array([position]),
            {REORDER_LEVEL: np.array([level]), FORECAST: np.array([forecast])}, np.array([need]), np.array([refill]),
        )[0])  # fmt: skip

    assert ordered(sum(owners)) == sum(ordered(owner) for owner in owners)
    assert ordered(sum(owners), 0) == 0, "what is made is not bought"
    assert ordered(REORDER_LEVEL) == (max(least, level + refill - position) if position <= level else 0)
    assert ordered(MRP) == max(0, need - position), "no more than is missing"


@cache
def omnichannel() -> World:
    case = loader.case(loader.load_scenario("healthy_omnichannel"), 3)
    scenario = msgspec.structs.replace(case.scenario, months=6, orders_a_year=2_500)
    return run(msgspec.structs.replace(case, scenario=scenario))


def test_a_business_with_all_tools_has_one_owner_for_each_product() -> None:
    tables = worlds.frames(omnichannel())
    planned = tables["cin7/products"].set_index("sku")["planned_by"]
    owners = planned.dropna().astype(str)  # what suppliers send to customers, and work, is nobody's to plan
    assert len(owners) < len(planned)
    assert set(owners) == set(TOOLS)
    log = tables["cin7/settings_log"]
    assert set(log.loc[log["setting"] == "Planned by", "key"]) == set(owners.index.astype(str))
    bought = tables["cin7/purchase_lines"]["sku"].astype(str).map(owners.rename(index=str)).dropna()
    assert set(bought) == set(TOOLS), "each tool has ordered something"


def test_components_planned_by_demand_are_there_when_the_workshop_needs_them() -> None:
    tables = worlds.frames(omnichannel())
    products = tables["cin7/products"]
    boxes = set(products.loc[products["planned_by"] == "MRP", "sku"].astype(str))
    moves = tables["cin7/inventory_movements"]
    used = moves[moves["sku"].astype(str).isin(boxes) & (moves["movement_type"] == "Finished Goods")]
    assert len(used) > 20
    ordered = tables["cin7/purchase_lines"]
    ordered = ordered[ordered["sku"].astype(str).isin(boxes)]
    opening = moves[moves["sku"].astype(str).isin(boxes) & (moves["recorded_at"] == moves["recorded_at"].min())]
    bought, needed = int(ordered["quantity"].sum()), -int(used["quantity"].sum())
    assert needed * 0.3 < bought < needed * 2 + int(opening["quantity"].sum()), "what is missing, and not much more"


def rerun(value: str) -> pd.DataFrame:
    """Purchase lines, with the day of their order, of a shop whose every product is planned by `value` from day `ONSET` on."""
    world = World(worlds.case(3, 2, 1_500))
    world.clock.run(ONSET * DAY + 60)
    if value:
        for sku in world.lexicon.lists["sku"]:
            world.cin7.books.settings.set(world.clock.now, PLANNED_BY, sku, value, 0)
    world.clock.run(world.calendar.days * DAY)
    tables: dict[str, Any] = worlds.frames(world)
    heads = tables["cin7/purchases"][["document_key", "created_at"]]
    lines = tables["cin7/purchase_lines"].merge(heads, on="document_key")
    return lines.assign(sku=lines["sku"].astype(str), day=(lines["created_at"] - pd.Timestamp(worlds.START)).dt.days)


def test_the_setting_decides_what_is_ordered() -> None:
    usual, on_demand, twice = rerun(""), rerun("MRP"), rerun("Reorder level + Forecast")
    for other in (on_demand, twice):
        before = [lines[lines["day"] < ONSET].reset_index(drop=True) for lines in (other, usual)]
        pd.testing.assert_frame_equal(*before)
    later = [lines[lines["day"] >= ONSET] for lines in (usual, on_demand, twice)]
    assert len(later[0]) > 50
    assert later[1]["quantity"].sum() < 0.2 * later[0]["quantity"].sum(), "a web shop leaves nobody waiting"
    first = later[0]["day"].min()
    doubled = (later[2].loc[later[2]["day"] == first, "quantity"].sum(),
               later[0].loc[later[0]["day"] == first, "quantity"].sum())  # fmt: skip
    assert doubled[0] > 1.5 * doubled[1]


def test_levels_are_looked_over_in_a_rhythm_by_their_owner() -> None:
    tables = worlds.frames(omnichannel())
    log = tables["cin7/settings_log"]
    changes = log[log["setting"].isin(["MinimumBeforeReorder", "ReorderQuantity"]) & log["old_value"].notna()]
    days = pd.Series(sorted(changes["recorded_at"].dt.normalize().unique()))
    assert len(days) >= 4
    assert (days.diff().dropna().dt.days >= 7).all()
    assert changes["changed_by"].nunique() == 1
    owners = tables["cin7/products"].set_index("sku")["planned_by"].astype(str).rename(index=str)
    assert set(changes["key"].map(owners)) == {"Reorder level"}


def planned(*rows: tuple[str, str], group: str = "reorder_point") -> Profile:
    base = worlds.maker()
    supply = msgspec.structs.replace(base.supply, groups=[msgspec.structs.replace(base.supply.groups[0], planning=group)])
    planning_ = [PlanningConfig(category, tool) for category, tool in rows]  # type: ignore[arg-type]
    return msgspec.structs.replace(base, planning=planning_, supply=supply)


@pytest.mark.parametrize(
    ("profile", "place", "said"),
    [
        (planned(("XYZ", "mrp")), "planning[0].category", "no category has the code 'XYZ'; allowed are TEE"),
        (planned(("TEE", "forecast"), ("TEE", "mrp")), "planning[1].category", "'TEE' is planned already"),
        (planned(("SET", "forecast")), "planning[0].tool", "what is made here is planned by reorder_point or mrp"),
        (planned(("TEE", "mrp")), "planning[0].tool", "MRP orders what somebody waits for, and Shopify sells only"),
        (planned(group="mrp"), "supply.groups[0].planning", "MRP orders what somebody waits for"),
    ],
)
def test_impossible_planning_is_refused_with_its_place(profile: Profile, place: str, said: str) -> None:
    found = list(checks.problems(profile))
    assert any(at == place and wrong.startswith(said) for at, wrong in found), found
