"""The whole thing: a year of a business with all its rules, ledger, queue and tables written to Parquet."""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from scenarios import loader
from sim.clock import DAY
from sim.export import write_case
from sim.founding import World
from sim.profile import Case, Scenario
from sim.run import run
from sim.schema import DOCUMENT_TYPE, STATUS, TABLES, columns
from sim.tables import Rows

SIZES = ("small", "medium", "large")


class Business(msgspec.Struct, frozen=True):
    """What is simulated."""

    profile: str = "d2c_apparel"
    size: str = "medium"


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


class Peak(msgspec.Struct, frozen=True):
    """What one run and its export needed, in a process of their own."""

    orders: int
    """Orders that reached Cin7."""
    simulation: int
    """Most bytes held until the run was over."""
    whole: int
    """Most bytes held until everything was written."""


def measure(business: Business, seed: int) -> Timing:
    """Simulate and export one year."""
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        world = run(_case(business, seed))
        simulated = perf_counter()
        write_case(world, Path(folder))
        written = perf_counter()
    return Timing(_orders(world), _open_orders(world), simulated - started, written - simulated)


def peak(business: Business) -> Peak:
    """Memory of one run and its export. Raises CalledProcessError when the process fails."""
    script = "import sys; from benchmarks.speed import whole; whole.write_peak(*sys.argv[1:])"
    command = [sys.executable, "-c", script, business.profile, business.size]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  (this very program)
    return Peak(*(int(number) for number in said.split()))


def bytes_an_order(one: Peak, other: Peak) -> float:
    """Bytes that each order more takes, from one size to another. Raises ValueError when there are no more orders."""
    if one.orders == other.orders:
        raise ValueError(f"both sizes have {one.orders} orders")
    return (other.whole - one.whole) / (other.orders - one.orders)


def write_peak(profile: str, size: str) -> None:
    """Simulate and export one year; write orders and bytes to stdout, as `peak` reads them."""
    with tempfile.TemporaryDirectory() as folder:
        world = run(_case(Business(profile, size), 1))
        simulated = _held()
        write_case(world, Path(folder))
    sys.stdout.write(f"{_orders(world)} {simulated} {_held()}\n")


def _held() -> int:
    """The most bytes this process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux: what `resource` says there includes the process that started this one
        return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10  # macOS counts in bytes


def _case(business: Business, seed: int) -> Case:
    scenario = Scenario(
        name="speed", title="Speed", story="", profile=business.profile, start=dt.date(2025, 1, 1), months=12,
        size=business.size, seed=seed,
    )  # fmt: skip
    return loader.case(scenario)


def _orders(world: World) -> int:
    return sum(len(block) for block in _table(world, "cin7/sales").blocks())


def _table(world: World, name: str) -> Rows[Any]:
    return next(table for table in world.tables() if table.name == name)


def _open_orders(world: World) -> int:
    """By Little's law: time from order to completed sale (or the end of the window), summed, by the length of the window."""
    created = list(columns(TABLES["cin7/sales"])).index("created_at")
    log = list(columns(TABLES["cin7/document_status_log"]))
    statuses = _table(world, "cin7/document_status_log").matrix()
    over = (statuses[:, log.index("status")] == STATUS["COMPLETED"]) | (statuses[:, log.index("status")] == STATUS["VOIDED"])
    over &= statuses[:, log.index("document_type")] == DOCUMENT_TYPE["Sale"]
    ended = dict(zip(statuses[over, log.index("document_key")].tolist(), statuses[over, log.index("at")].tolist(), strict=True))
    end = world.calendar.days * DAY
    minutes: int = sum(ended.get(row[0], end) - row[created] for row in _table(world, "cin7/sales").matrix().tolist())
    return max(1, round(minutes / end))
