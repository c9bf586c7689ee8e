"""Small cases to simulate. Finished worlds are cached and shared: a test may read them, never change them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from sim.export import evidence
from sim.founding import World
from sim.profile import Case, EventConfig, Figure, Profile, Rate, Scenario
from sim.run import run
from sim.tables import FactT, Rows

ROOT = Path(__file__).parents[3]
PROFILES = ROOT / "scenarios" / "profiles"
START = dt.date(2025, 3, 1)


@cache
def profile(name: str = "d2c_apparel") -> Profile:
    """A profile of the library, read without the loader."""
    return msgspec.toml.decode((PROFILES / f"{name}.toml").read_bytes(), type=Profile)


def importer(*, accrual: bool = True, by_receipt: bool = False, advanced: bool = True) -> Profile:
    """The apparel shop with an import group beside the domestic one, and everything in buying that can happen, often."""

    def often(value: float) -> Rate:
        return Rate(value, "for tests")

    plain = profile()
    (domestic,) = plain.supply.groups
    replace = msgspec.structs.replace
    domestic = replace(
        domestic, suppliers=5, short_delivery=often(0.2), price_change=often(0.3), new_price_list=often(0.3),
        refused_order=often(0.05), blind_receipt=often(0.3), over_delivery=often(0.5), returned_to_supplier=often(0.3),
        price_credit=often(0.3),
    )  # fmt: skip
    overseas = replace(
        domestic, name="overseas", suppliers=4, approach="INVOICE", advanced=advanced, planning="forecast",
        lead_days=Figure(24.0, "for tests"), safety_days=15, bill_days=Figure(9.0, "for tests"), refused_order=often(0.0),
        blind_receipt=often(0.0), over_delivery=often(0.0), deposit=often(0.3), freight=often(0.09), freight_by="Weight",
        duty=often(0.06), charge_days=Figure(18.0, "for tests"),
    )  # fmt: skip
    simple = replace(overseas, name="agent", suppliers=2, advanced=False, deposit=often(0.0), freight_by="Quantity")
    supplied = [
        replace(category, supply=("domestic", "overseas", "agent")[n % 3], unit_grams=200 + 50 * n, unit_cm3=900)
        for n, category in enumerate(plain.catalogue.categories)
    ]
    dated: Literal["invoice", "receipt"] = "receipt" if by_receipt else "invoice"
    supply = replace(plain.supply, accrual=accrual, cost_correction_dated=dated, groups=[domestic, overseas, simple])
    return replace(
        plain, catalogue=replace(plain.catalogue, categories=supplied), supply=supply,
        noise=replace(plain.noise, undone_receipt=often(0.2), late_bill=often(0.1), part_bill=often(0.1)),
    )  # fmt: skip


def case(
    seed: int = 1,
    months: int = 2,
    orders: int = 600,
    start: dt.date = START,
    faults: tuple[EventConfig, ...] = (),
    decoys: tuple[EventConfig, ...] = (),
    of: Profile | None = None,
) -> Case:
    """A small case of the apparel shop, or of another profile."""
    scenario = Scenario(
        name="a_test", title="A test", story="", profile="d2c_apparel", start=start, months=months, size="small",
        orders_a_year=orders, seed=seed, faults=list(faults), decoys=list(decoys),
    )  # fmt: skip
    return Case(scenario=scenario, profile=of or profile(), seed=seed)


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
