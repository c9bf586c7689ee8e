"""Cases for detectors: simulated ones, made once, and the causes they may name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import worlds

from detectors.calendar import Calendar
from detectors.evidence import Evidence
from sim import faults
from sim.export import evidence, write_case
from sim.founding import World
from sim.profile import Case, EventConfig
from sim.run import run

CAUSE = "invoice_authorised_shipment_incomplete"
DECOY = "invoiced_before_month_end_shipped_after"


@pytest.fixture(scope="session", autouse=True)
def _causes_are_registered() -> None:
    faults.discover()


@pytest.fixture(scope="session")
def seen() -> Callable[[World], Evidence]:
    """Evidence of a finished or stopped world."""

    def evidence_of(world: World) -> Evidence:
        calendar = world.calendar
        last = world.clock.now // (24 * 60) - 1
        closed = [n for n in range(last + 1) if not calendar.is_workday(n) and calendar.weekday(n) < 5]
        dates = Calendar(calendar.first, calendar.date(last), tuple(map(calendar.date, closed)))
        return Evidence.of(evidence(world), dates, profile=world.case.profile.name)

    return evidence_of


@pytest.fixture(scope="session")
def healthy_world() -> World:
    """A quarter of the apparel shop."""
    return run(worlds.case(months=3, orders=1500))


@pytest.fixture(scope="session")
def broken_case() -> Case:
    """The same with shipments left open from the second month on, some entered three weeks late."""
    event = EventConfig(CAUSE, "2025-04-07", parameters={"share": 0.15, "entered_after_days": 15})
    return worlds.case(months=3, orders=1500, faults=(event,), decoys=(EventConfig(DECOY),))


@pytest.fixture(scope="session")
def broken_world(broken_case: Case) -> World:
    """The run of `broken_case`."""
    return run(broken_case)


@pytest.fixture(scope="session")
def healthy(seen: Callable[[World], Evidence], healthy_world: World) -> Evidence:
    """What can be seen of the healthy quarter."""
    return seen(healthy_world)


@pytest.fixture(scope="session")
def broken(seen: Callable[[World], Evidence], broken_world: World) -> Evidence:
    """What can be seen of the broken quarter."""
    return seen(broken_world)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, healthy_world: World) -> dict[str, Path]:
    """The healthy quarter on disk in every format. Copy one to damage it."""
    top = tmp_path_factory.mktemp("cases")
    for name in ("parquet", "csv", "duckdb"):
        write_case(healthy_world, top / name, name)
    return {name: top / name for name in ("parquet", "csv", "duckdb")}
