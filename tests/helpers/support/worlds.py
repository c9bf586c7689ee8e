"""Small cases to simulate. Finished worlds are cached and shared: a test may read them, never change them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from sim.export import evidence
from sim.founding import World
from sim.profile import (
    AccountConfig,
    Case,
    CategoryConfig,
    ComponentConfig,
    EventConfig,
    Figure,
    MadeConfig,
    ManufacturingConfig,
    Profile,
    Rate,
    RouteConfig,
    Scenario,
    StocktakeConfig,
    TransferConfig,
)
from sim.run import run
from sim.tables import FactT, Rows

ROOT = Path(__file__).parents[3]
PROFILES = ROOT / "scenarios" / "profiles"
START = dt.date(2025, 3, 1)


@cache
def profile(name: str = "d2c_apparel") -> Profile:
    """A profile of the library, read without the loader."""
    return msgspec.toml.decode((PROFILES / f"{name}.toml").read_bytes(), type=Profile)


def case(
    seed: int = 1,
    months: int = 2,
    orders: int = 600,
    start: dt.date = START,
    faults: tuple[EventConfig, ...] = (),
    decoys: tuple[EventConfig, ...] = (),
) -> Case:
    """A small case of the apparel shop."""
    scenario = Scenario(
        name="a_test", title="A test", story="", profile="d2c_apparel", start=start, months=months, size="small",
        orders_a_year=orders, seed=seed, faults=list(faults), decoys=list(decoys),
    )  # fmt: skip
    return Case(scenario=scenario, profile=profile(), seed=seed)


@cache
def world(seed: int = 1, months: int = 2, orders: int = 600, start: dt.date = START) -> World:
    """A finished healthy world."""
    return run(case(seed, months, orders, start))


@cache
def tables() -> dict[str, Any]:
    """All evidence of the world that `world()` gives, as Arrow tables."""
    return evidence(world())


def frames(of: World) -> dict[str, Any]:
    """All evidence of a world as data frames, by table."""
    return {name: table.to_pandas() for name, table in evidence(of).items()}


def read(rows: Rows[FactT]) -> list[FactT]:
    """Recorded rows as facts, in the order in which they were recorded."""
    return [rows.fact(*row) for row in rows.matrix().tolist()]


def facts(of: World, table: str) -> list[Any]:
    """The facts of one table of a world."""
    return read(next(rows for rows in of.tables() if rows.name == table))


def rate(value: float) -> Rate:
    """A rate for a profile made up by a test."""
    return Rate(value=value, source="a test")


def figure(value: float) -> Figure:
    """A figure for a profile made up by a test."""
    return Figure(value=value, source="a test")


@cache
def maker(*, own_transit_account: bool = True, at_branch: bool = True) -> Profile:
    """The apparel shop with more to do: it makes gift sets in a workshop, supplies a store, and takes stock half-yearly.

    `own_transit_account`: whether goods on the way leave the inventory account. `at_branch`: whether the workshop is a place
    of its own, so that components go there and sets come back.
    """
    base = profile()
    replace = msgspec.structs.replace
    first, second, third = base.catalogue.categories[:3]
    second = replace(second, costing="FEFO - Batch", shelf_life_days=90)
    third = replace(third, costing="Special - Batch")
    sets = CategoryConfig("Gift set", "SET", 60, 6_000, 9_000, 0.4)
    workshop = "Workshop" if at_branch else base.location
    made = MadeConfig("SET", [ComponentConfig(first.code, 2, 10, 3), ComponentConfig(second.code, 1, 0)], 350)
    routes = [RouteConfig(base.location, "Store", "fill", 20, rate(0.2), 12, [first.code]),
              RouteConfig("Store", base.location, "fill", 5, rate(1.0), 0, [first.code])]  # fmt: skip
    if at_branch:
        routes += [RouteConfig(base.location, "Workshop", "fill", 21, rate(0.0), 4, [first.code, second.code]),
                   RouteConfig("Workshop", base.location, "clear", 10, rate(0.5), 0, ["SET"])]  # fmt: skip
    accounts = [
        AccountConfig("645", "Work in Progress", "CURRENT", "ASSET", "wip", control="wip"),
        AccountConfig("480", "Production Overhead Absorbed", "DIRECTCOSTS", "EXPENSE", "overhead_absorbed"),
        AccountConfig("325", "Stock Written Off", "DIRECTCOSTS", "EXPENSE", "write_offs"),
    ]
    if own_transit_account:
        role = "transfers_in_transit"
        accounts.append(AccountConfig("640", "Transfers In Transit", "CURRENT", "ASSET", role, control=role))
    return replace(
        base, name="a_maker", accounts=[*base.accounts, *accounts],
        catalogue=replace(base.catalogue, categories=[first, second, third, *base.catalogue.categories[3:], sets]),
        supply=replace(
            base.supply, price_change=rate(0.5), opening_cover_days=12, cover_days=21, bill_days=figure(15.0)
        ),
        noise=replace(base.noise, late_bill=rate(0.3)),
        transfers=TransferConfig(routes, figure(2.5), rate(0.05), rate(0.05), rate(0.1)),
        manufacturing=ManufacturingConfig(
            [made], figure(3.0), rate(0.3), rate(0.1), rate(0.2), rate(0.1), rate(0.05), location=workshop
        ),
        stocktakes=StocktakeConfig([4, 10], 8),
    )  # fmt: skip


def maker_case(seed: int = 1, months: int = 2, orders: int = 1_200, start: dt.date = START, **variant: bool) -> Case:
    """A case of the maker's business."""
    return msgspec.structs.replace(case(seed, months, orders, start), profile=maker(**variant))
