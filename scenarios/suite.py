"""Suites: what a set of cases is drawn from. Read strictly, like scenarios: file, key path and what is allowed.

Says what may be drawn; `sampler` draws. It knows which events and profiles exist, and runs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec
from msgspec import Meta

from sim.profile import Config, Positive, Share, Variant

from .loader import ROOT, ScenarioError, find, profiles, read, suggestion

SPLITS = ("train", "validation", "test")
SplitName = Literal["train", "validation", "test"]
Multiple = Annotated[float, Meta(gt=0.0, le=20.0)]


class Multiples(Config):
    """A range of multiples."""

    low: Multiple
    high: Multiple


class Shares(Config):
    """A range of shares."""

    low: Share = 0.0
    high: Share = 1.0


class Months(Config):
    """A range of whole months."""

    low: Annotated[int, Meta(ge=2, le=12)]
    high: Annotated[int, Meta(ge=2, le=12)]


class Years(Config):
    """A range of calendar years in which windows begin."""

    low: Annotated[int, Meta(ge=1990, le=2100)]
    high: Annotated[int, Meta(ge=1990, le=2100)]


class Counts(Config):
    """How many faults a faulty case has."""

    low: Annotated[int, Meta(ge=1, le=5)] = 1
    high: Annotated[int, Meta(ge=1, le=5)] = 1


class Needs(Config):
    """What the catalogue must offer, or the suite would be thin."""

    faults: Positive = 1
    """Faults that apply to its profiles."""
    decoys: Positive = 1
    families: Annotated[int, Meta(ge=0)] = 0
    """Groups of faults that show on one account and have different causes."""
    masks: bool = False
    """Staff who hide what they see."""


class Split(Config):
    """One part of a suite."""

    name: SplitName
    cases: Positive
    profiles: Annotated[list[str], Meta(min_length=1)]
    severity: Shares
    """How severe events are, from 0 (mild) to 1 (severe) as each of them says of itself."""
    combinations: Shares = Shares()
    """Which of all combinations of faults and profile it draws from, as a range of their shuffled list."""
    variants: Annotated[list[Variant], Meta(min_length=1)] = msgspec.field(default_factory=lambda: ["steady"])


class Suite(Config):
    """What cases are drawn from."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: str
    about: str
    seed: Annotated[int, Meta(ge=0)]
    years: Years
    months: Months
    scale: Multiples
    """Orders a year, as multiples of the small size of a profile."""
    splits: Annotated[list[Split], Meta(min_length=1)]
    faults: Counts = Counts()
    draw_from: Literal["all", "families"] = "all"
    """Which faults: all, or those with a sibling that shows on the same account."""
    only: list[str] = msgspec.field(default_factory=list)
    """Faults and decoys to draw from, for the tests of a detector that knows a few; of a kind that none is named of, all. No
    suite that ranks names any."""
    healthy: Annotated[float, Meta(ge=0.25, lt=1.0)] = 0.25
    """Least share of cases without a fault."""
    decoys_a_case: Annotated[float, Meta(ge=0.0, le=5.0)] = 1.0
    """Mean number of decoys, drawn whether or not there is a fault; there are never fewer than faults."""
    before_window: Share = 0.1
    """Share of events that are there from founding."""
    intermittent: Share = 0.1
    """Share of events that come and go by weeks."""
    confined: Share = 0.1
    """Share of events that touch one channel, supplier, location or kind of product only, where they can be confined."""
    quiet_days: Annotated[int, Meta(ge=0, le=90)] = 21
    """Days at the end in which nothing begins."""
    year_end: Share = 0.5
    """Share of windows that span the end of a fiscal year, by the business's own calendar."""
    masked: bool | Literal["sometimes"] = False
    """Whether faulty cases are kept only where staff hid the error; sometimes: they hide what they would, and all are kept."""
    needs: Needs = Needs()


def suites() -> list[str]:
    """Names of the suites that come with tieout, in order."""
    return sorted(path.stem for path in (ROOT / "suites").glob("*.toml"))


def load_suite(name_or_path: str | Path) -> Suite:
    """The suite of that name, or in that file. Raises ScenarioError."""
    path = find(name_or_path, "suite", ROOT / "suites", suites())
    suite = read(path, Suite)
    _check(suite, path)
    return suite


def _refuse(path: Path, place: str, wrong: str) -> NoReturn:
    raise ScenarioError(f"{path}: {place}: {wrong}")


def _check(suite: Suite, path: Path) -> None:
    for place in ("months", "years", "scale", "faults"):
        _ascending(getattr(suite, place), place, path)
    seen: list[str] = []
    for n, split in enumerate(suite.splits):
        at = f"splits[{n}]"
        if split.name in seen:
            _refuse(path, f"{at}.name", f"{split.name} is there twice; once is allowed")
        seen.append(split.name)
        _ascending(split.severity, f"{at}.severity", path)
        _ascending(split.combinations, f"{at}.combinations", path)
        for m, name in enumerate(split.profiles):
            if not name.endswith(".toml") and name not in profiles():
                near = suggestion(name, profiles()) or f"; known are {', '.join(profiles())}"
                _refuse(path, f"{at}.profiles[{m}]", f"no such profile {name!r}{near}")
        for other in suite.splits[:n]:
            _check_apart(split, other, at, path)


def _check_apart(split: Split, other: Split, at: str, path: Path) -> None:
    """Splits differ in more than their seeds, or a test says nothing about cases that training did not show."""
    for key in ("severity", "profiles", "combinations"):
        if getattr(split, key) == getattr(other, key):
            _refuse(path, f"{at}.{key}", f"is that of {other.name}; splits differ in severity, profiles and combinations")


def _ascending(limits: Multiples | Shares | Months | Years | Counts, place: str, path: Path) -> None:
    if limits.low > limits.high:
        _refuse(path, f"{place}.low", f"{limits.low} is above high; allowed is up to {limits.high}")


def orders_a_year(suite: Suite, small: int, position: float) -> int:
    """Orders a year at a position from 0 to 1 between the ends of the suite's scale."""
    scale = suite.scale
    return max(1, round(small * (scale.low + (scale.high - scale.low) * position)))
