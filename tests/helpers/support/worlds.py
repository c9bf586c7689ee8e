"""Small cases to simulate. Finished worlds are cached and shared: a test may read them, never change them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from sim.export import evidence
from sim.founding import World
from sim.profile import Case, EventConfig, Profile, Scenario
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
