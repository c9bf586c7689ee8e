"""Healthy businesses, simulated to be looked at: their evidence as data frames, and nothing else of them.

What reports and reference pages count is what anybody could count in an exported case; no world leaves this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from sim.profile import Case, Scenario
from sim.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

    Frames = Mapping[str, pd.DataFrame]

START = dt.date(2025, 1, 1)
"""A year that begins in January holds every season once, and every holiday."""


def scenario(profile: str, *, months: int = 12, size: str = "small") -> Scenario:
    """A business of `profile` in which nothing is wrong."""
    return Scenario(
        name=f"healthy_{profile}", title="A healthy business", story="", profile=profile, start=START, months=months, size=size
    )


def as_small(of: Scenario, months: int) -> Scenario:
    """The same scenario at its profile's small size, over `months` months from its own start."""
    return msgspec.structs.replace(of, size="small", orders_a_year=0, months=months)


def evidence_of(case: Case) -> Frames:
    """Every evidence table of the finished run of `case`, by name: words as strings, times as datetime64, numbers as int64."""
    from detectors.calendar import Calendar  # noqa: PLC0415  (the simulator and pandas only when something is simulated)
    from detectors.evidence import Evidence  # noqa: PLC0415
    from sim.export import evidence  # noqa: PLC0415
    from sim.run import run  # noqa: PLC0415

    world = run(case)
    calendar = Calendar(world.calendar.date(0), world.calendar.date(world.calendar.days - 1))
    seen = Evidence.of(evidence(world), calendar, profile=case.profile.name, ledger=case.profile.ledger)
    return {name: seen.table(name) for name in TABLES}
