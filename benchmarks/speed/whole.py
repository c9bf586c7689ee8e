"""The whole thing: a year of an apparel shop with all its rules, ledger, queue and tables written to Parquet."""

from __future__ import annotations

import datetime as dt
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import msgspec

from scenarios import loader
from sim.clock import DAY
from sim.export import write_case
from sim.founding import World
from sim.profile import Case, Scenario
from sim.run import run
from sim.schema import DOCUMENT_TYPE, STATUS, TABLES, columns


class Timing(msgspec.Struct, frozen=True):
    """One repetition."""

    orders: int
    """Orders that reached Cin7."""
    open_orders: int
    """Orders under way at a time, on average."""
    simulation: float
    """Seconds."""
    export: float
    """Seconds."""

    @property
    def rate(self) -> float:
        """Orders per second, simulation and export together."""
        return self.orders / (self.simulation + self.export)


def measure(seed: int) -> Timing:
    """Simulate and export one year at medium size, about 13,000 orders."""
    world, simulation, export = _run_and_write(seed)
    sales = len(next(table for table in world.tables() if table.name == "cin7/sales").matrix())
    return Timing(sales, _open_orders(world), simulation, export)


def _run_and_write(seed: int) -> tuple[World, float, float]:
    case = _case(seed)
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        world = run(case)
        simulated = perf_counter()
        write_case(world, Path(folder))
        return world, simulated - started, perf_counter() - simulated


def peak_megabytes() -> float:
    """The most memory this process has held after one run and its export, nothing else measured."""
    _run_and_write(1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)  # Linux counts in kilobytes, macOS in bytes


def _case(seed: int) -> Case:
    scenario = Scenario(
        name="speed", title="Speed", story="", profile="d2c_apparel", start=dt.date(2025, 1, 1), months=12,
        size="medium", seed=seed,
    )  # fmt: skip
    return loader.case(scenario)


def _open_orders(world: World) -> int:
    """By Little's law: time from order to completed sale (or the end of the window), summed, by the length of the window."""
    tables = {table.name: table.matrix() for table in world.tables()}
    created = list(columns(TABLES["cin7/sales"])).index("created_at")
    log = list(columns(TABLES["cin7/document_status_log"]))
    statuses = tables["cin7/document_status_log"]
    over = (statuses[:, log.index("status")] == STATUS["COMPLETED"]) | (statuses[:, log.index("status")] == STATUS["VOIDED"])
    over &= statuses[:, log.index("document_type")] == DOCUMENT_TYPE["Sale"]
    ended = dict(zip(statuses[over, log.index("document_key")].tolist(), statuses[over, log.index("at")].tolist(), strict=True))
    end = world.calendar.days * DAY
    minutes: int = sum(ended.get(row[0], end) - row[created] for row in tables["cin7/sales"].tolist())
    return max(1, round(minutes / end))
