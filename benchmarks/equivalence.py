"""`python -m benchmarks.equivalence`: which causes no visible evidence can tell apart, found by simulating each again.

Every fault is simulated in several businesses, at several severities, beside its twin. Of each run we keep the *kinds* of
rows by which the fault's own documents differ: table, more or less of it, words, accounts, signs; not who, how much or when.
What more than half of a fault's runs show is its signature. Two causes are alike, for whoever sees certain layers alone, when
their signatures agree there in every business that can have both. An empty signature means that nothing of the cause shows.

This errs towards telling apart: a detector sees no twin, so what differs here may still be out of its reach. The classes are
therefore the least that fairness asks for, and the exact score stands beside the class score.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from scenarios import loader
from sim.causes import LAYERS

from . import healthy

if TYPE_CHECKING:
    from sim.conformance import Trial

PROFILES = ("d2c_apparel", "amazon_first", "wholesale_giftware", "manufacturer")
"""Businesses to compare causes in; together they can have every cause of the catalogue."""
SEVERITIES = (0.4, 0.8)
SEEDS = (1,)
MONTHS = 8
_TOGETHER = 8
"""Causes simulated by one process in one business, whose healthy run they share."""
PATH = Path(__file__).parent / "results" / "equivalence.json"
_OFTEN = 0.5

Kind = tuple[str, ...]
Signature = frozenset[Kind]


class Task(msgspec.Struct, frozen=True):
    """All runs of some faults in one business."""

    profile: str
    seed: int
    events: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """Kinds of rows that one fault's own documents show in one run."""

    event: str
    profile: str
    kinds: Signature


class Published(msgspec.Struct, frozen=True):
    """What is committed: how it was found, and by visible layers the classes of two causes or more, and what shows nothing."""

    profiles: tuple[str, ...]
    seeds: tuple[int, ...]
    severities: tuple[float, ...]
    months: int
    causes: tuple[str, ...]
    alike: dict[str, tuple[tuple[str, ...], ...]]
    silent: dict[str, tuple[str, ...]]


def visibilities() -> list[tuple[str, ...]]:
    """Every set of layers that a detector may see, the smallest first."""
    return [seen for size in range(1, len(LAYERS) + 1) for seen in combinations(LAYERS, size)]


def observe(task: Task) -> list[Found]:
    """Simulate and keep what shows. A run in which a cause never struck says nothing."""
    from sim.conformance import Business, Trial  # noqa: PLC0415  (the simulator only when something is simulated)

    business = Business(loader.case(healthy.scenario(task.profile, months=MONTHS), task.seed))
    trials = (Trial(name, business, severity=severity) for name in task.events for severity in SEVERITIES)
    return [Found(trial.name, task.profile, own_kinds(trial)) for trial in trials if trial.world.marks.rows]


def own_kinds(trial: Trial) -> Signature:
    """Kinds of the rows by which the event's own documents, and the settings, differ from the twin."""
    from sim import keys  # noqa: PLC0415

    own = {keys.root_of(mark.key) for mark in trial.world.marks.rows}
    return frozenset(
        row.kind() for row in trial.differences if not own.isdisjoint(row.homes) or row.table.endswith("settings_log")
    )


def signatures(found: Sequence[Found]) -> dict[str, dict[str, Signature]]:
    """By cause and profile, the kinds that more than half of its runs there show."""
    runs: Counter[tuple[str, str]] = Counter((one.event, one.profile) for one in found)
    seen: dict[tuple[str, str], Counter[Kind]] = {}
    for one in found:
        seen.setdefault((one.event, one.profile), Counter()).update(one.kinds)
    by_cause: dict[str, dict[str, Signature]] = {}
    for (event, profile), kinds in sorted(seen.items()):
        often = frozenset(kind for kind, times in kinds.items() if times > _OFTEN * runs[event, profile])
        by_cause.setdefault(event, {})[profile] = often
    return by_cause


def restricted(signature: Mapping[str, Signature], layers: Sequence[str]) -> dict[str, Signature]:
    """What of a signature shows in `layers`, by profile."""
    return {
        profile: frozenset(kind for kind in kinds if kind[0].partition("/")[0] in layers)
        for profile, kinds in signature.items()
    }


def classes(by_cause: Mapping[str, Mapping[str, Signature]], layers: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of two causes or more that cannot be told apart by what `layers` show; each cause is in one at most."""
    shown = {cause: restricted(signature, layers) for cause, signature in by_cause.items()}
    groups: list[list[str]] = []
    for cause in sorted(shown):
        home = next((group for group in groups if all(_same(shown[cause], shown[other]) for other in group)), None)
        if home is None:
            groups.append([cause])
        else:
            home.append(cause)
    return [tuple(group) for group in groups if len(group) > 1]


def silent(by_cause: Mapping[str, Mapping[str, Signature]], layers: Sequence[str]) -> tuple[str, ...]:
    """Causes of whose own documents nothing shows in `layers`."""
    return tuple(sorted(c for c, signature in by_cause.items() if not any(restricted(signature, layers).values())))


def _same(left: Mapping[str, Signature], right: Mapping[str, Signature]) -> bool:
    both = left.keys() & right.keys()
    return bool(both) and all(left[profile] == right[profile] for profile in both)


def tasks(causes: Sequence[str]) -> list[Task]:
    """Where each cause is simulated: every profile of the list that it fits."""
    from sim import faults  # noqa: PLC0415
    from sim.faults.contract import lacks  # noqa: PLC0415

    known, todo = faults.discover(), []
    for profile in PROFILES:
        fitting = [name for name in causes if not lacks(known[name], loader.load_profile(profile))]
        todo += [Task(profile, seed, tuple(fitting[n : n + _TOGETHER]))
                 for seed in SEEDS for n in range(0, len(fitting), _TOGETHER)]  # fmt: skip
    return todo


def publish(found: Sequence[Found]) -> Published:
    """Classes by every visibility."""
    by_cause = signatures(found)
    named = {"+".join(layers): layers for layers in visibilities()}
    return Published(
        PROFILES, SEEDS, SEVERITIES, MONTHS, tuple(sorted(by_cause)),
        {name: tuple(groups) for name, layers in named.items() if (groups := classes(by_cause, layers))},
        {name: quiet for name, layers in named.items() if (quiet := silent(by_cause, layers))},
    )  # fmt: skip


def committed(path: Path = PATH) -> Published | None:
    """The classes found last; none when nothing was published yet."""
    return msgspec.json.decode(path.read_bytes(), type=Published) if path.exists() else None


def alike(published: Published | None) -> dict[str, dict[str, tuple[str, ...]]]:
    """By visible layers and cause, the others of its class."""
    if published is None:
        return {}
    return {
        layers: {cause: tuple(other for other in group if other != cause) for group in groups for cause in group}
        for layers, groups in published.alike.items()
    }


@click.command()
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Businesses at a time.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=PATH, help="Where the classes go.")
def main(jobs: int, out: Path) -> None:
    """Find and write the classes of causes that look the same.

    Example: python -m benchmarks.equivalence --jobs 2
    """
    from sim import faults  # noqa: PLC0415

    found: list[Found] = []
    todo = tasks(sorted(faults.discover()))
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        for one in pool.imap(observe, todo):
            found += one
    published = publish(found)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(published), indent=1) + b"\n")
    for layers in ("ledger", "integration+ledger", "cin7+integration+ledger", "operations+cin7+integration+ledger"):
        groups = published.alike.get(layers, ())
        click.echo(f"{layers}: {len(groups)} classes, {len(published.silent.get(layers, ()))} causes show nothing")


if __name__ == "__main__":
    main()
