"""`python -m benchmarks.oracle CORPUS`: how well one could diagnose who can run the business again with any cause put in.

The upper bound that references are held against. The oracle knows what no detector knows, the seed and so the business
without its events, and it owns the simulator; but it reads no truth. It compares rows that are visible: those by which the
evidence differs from the business it can explain so far. From the first day on which they differ it begins every cause of
the catalogue, and every benign look-alike, watches the likeliest of them for some weeks, and takes the one whose own
differences agree best. Then it goes on with what is left. What it cannot find, nobody can be asked to find by comparing a
business with itself.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from detectors.contract import Diagnosis, Hypothesis
from scenarios import loader
from sim.schema import LAYERS

from .corpus import Corpus
from .harness import known_causes
from .scores import Score, score_case, summary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sim.founding import World
    from sim.profile import Case, EventConfig

    Rows = npt.NDArray[np.uint64]

GLANCED, KEPT = 10, 8
"""Days for which every event is watched from the first difference on, and how many events are then watched longer."""
WATCHED = 40
"""For how many days those are watched: a month-end and what follows it (a choice between time and sharpness)."""
STEPS = 8
"""Events at most that it puts into a business."""
LEAST = 0.05
"""An explanation that agrees with less than this share of the differences is none (assumption)."""
FIRST = 0.5
SEVERITIES = (0.05, 0.2, 0.35, 0.65, 0.8, 0.95)
"""Severities tried of every candidate, and then of the best."""
SHOWN = ("ac1", "ac3", "ac5", "exact", "f1", "layer_right", "specificity")


class Explanation(msgspec.Struct, frozen=True):
    """One event the oracle put in."""

    event: str
    day: int
    severity: float
    agrees: float
    """Share of the differences watched that agree: of those it makes and those there are."""


class Oracle:
    """Explains what is visible in `layers`."""

    def __init__(self, layers: Sequence[str] = LAYERS) -> None:
        from sim import decoys, faults  # noqa: PLC0415  (the simulator only when something is simulated)

        self._faults, self._layers = set(faults.discover()), tuple(layers)
        self._events = {**faults.discover(), **decoys.discover()}

    def explain(self, case: Case) -> list[Explanation]:
        """Events that explain the evidence of `case`, in the order in which they were found. Its own are not looked at."""
        from sim.faults.contract import lacks  # noqa: PLC0415
        from sim.run import run  # noqa: PLC0415

        seen = _Seen(run(case), self._layers)
        fitting = [name for name, event in self._events.items() if not lacks(event, case.profile)]
        sound = msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, faults=[], decoys=[]))
        found: list[Explanation] = []
        so_far, explained, after = sound, _Seen(run(sound), self._layers), 0
        while len(found) < STEPS and (day := seen.first_difference(explained, after)) is not None:
            left = [name for name in fitting if name not in {one.event for one in found}]
            best = self._best(so_far, left, day, seen, explained)
            if best is None:
                after = day + WATCHED  # something here cannot be explained: look further on
                continue
            found.append(best)
            so_far = self._with(sound, found)
            explained = _Seen(run(so_far), self._layers)
        return found

    def _best(self, so_far: Case, left: Sequence[str], day: int, seen: _Seen, explained: _Seen) -> Explanation | None:
        """Which event, begun on `day`, makes the differences that there are; none when no event makes enough of them."""
        from sim.run import branch  # noqa: PLC0415

        def best_of(tried: Sequence[tuple[str, float]], days: int) -> list[Explanation]:
            last = min(day + days, seen.days - 1)
            base = explained.between(day, last)
            apart = _either(seen.between(day, last), base)

            def agreement(world: World) -> float:
                return _agreement(_either(_Seen(world, self._layers, day).between(day, last), base), apart)

            shares = branch(so_far, [self._config(*one, so_far, day) for one in tried], day, last, agreement)
            found = [Explanation(name, day, how, share) for (name, how), share in zip(tried, shares, strict=True)]
            return sorted(found, key=_order, reverse=True)

        likeliest = best_of([(name, FIRST) for name in left], GLANCED)[:KEPT]
        best = best_of([(one.event, FIRST) for one in likeliest], WATCHED)[0]
        if best.agrees < LEAST:
            return None
        if any(of.mild is not None for of in self._events[best.event].parameters.values()):
            best = max(best, best_of([(best.event, how) for how in SEVERITIES], WATCHED)[0], key=_order)
        return best

    def diagnose(self, case: Case, name: str = "oracle") -> Diagnosis:
        """The same as a diagnosis: faults alone, the best explained first."""
        found = sorted((one for one in self.explain(case) if one.event in self._faults), key=_order, reverse=True)
        start = case.scenario.start
        months = start.year * 12 + start.month - 1 + case.scenario.months
        return Diagnosis(
            detector=name, as_of=dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1), layers=self._layers,
            hypotheses=tuple(
                Hypothesis(cause=one.event, layer=self._events[one.event].layer, onset=start + dt.timedelta(days=one.day),
                           probability=min(1.0, one.agrees))
                for one in found
            ),
        )  # fmt: skip

    def _config(self, name: str, severity: float, case: Case, day: int) -> EventConfig:
        from scenarios.sampler import parameters  # noqa: PLC0415
        from sim.profile import EventConfig  # noqa: PLC0415

        onset = (case.scenario.start + dt.timedelta(days=day)).isoformat()
        return EventConfig(name, onset, parameters=parameters(self._events[name], severity))

    def _with(self, sound: Case, found: Sequence[Explanation]) -> Case:
        events = [self._config(one.event, one.severity, sound, one.day) for one in found]
        scenario = msgspec.structs.replace(
            sound.scenario, faults=[event for event in events if event.name in self._faults],
            decoys=[event for event in events if event.name not in self._faults],
        )  # fmt: skip
        return msgspec.structs.replace(sound, scenario=scenario)


def _order(one: Explanation) -> tuple[float, str, float]:
    return one.agrees, one.event, one.severity


class _Seen:
    """The visible rows of a run from a day on as numbers, with the minute at which each became known."""

    __slots__ = ("at", "days", "prints")

    def __init__(self, world: World, layers: Sequence[str], since: int = 0) -> None:
        import numpy as np  # noqa: PLC0415

        from sim.clock import DAY  # noqa: PLC0415
        from sim.truth.impact import rows_in_time  # noqa: PLC0415

        self.days = world.calendar.days
        pieces = list(rows_in_time(world, layers, since * DAY))
        self.prints = np.concatenate([prints for prints, _ in pieces])
        self.at = np.concatenate([minutes for _, minutes in pieces])

    def between(self, first: int, last: int) -> Rows:
        """Rows that became known from day `first` to the evening of day `last`, each once, in order."""
        import numpy as np  # noqa: PLC0415

        from sim.clock import DAY  # noqa: PLC0415

        return np.unique(self.prints[(self.at >= first * DAY) & (self.at < (last + 1) * DAY)])

    def first_difference(self, other: _Seen, after: int) -> int | None:
        """The first day from `after` on at which one of the two knew something that the other did not."""
        import numpy as np  # noqa: PLC0415

        from sim.clock import DAY  # noqa: PLC0415

        apart = _either(np.unique(self.prints), np.unique(other.prints))
        at = np.concatenate([each.at[np.isin(each.prints, apart)] for each in (self, other)])
        at = at[at >= after * DAY]
        return int(at.min()) // DAY if len(at) else None


def _either(left: Rows, right: Rows) -> Rows:
    import numpy as np  # noqa: PLC0415

    return np.setxor1d(left, right, assume_unique=True)


def _agreement(ours: Rows, theirs: Rows) -> float:
    import numpy as np  # noqa: PLC0415

    both = len(np.intersect1d(ours, theirs, assume_unique=True))
    return both / max(1, len(ours) + len(theirs) - both)


def case_of(answer: dict[str, Any]) -> Case:
    """The business and window of a case of a public corpus, from what its truth says about how it was drawn."""
    from sim.profile import Case, Scenario  # noqa: PLC0415

    told = dict(answer["sampled"]["scenario"])
    seed = int(told.pop("seed"), 16)
    scenario = msgspec.convert({**told, "seed": 0}, Scenario)
    return Case(scenario, loader.load_profile(scenario.profile), seed)


def _judge(given: tuple[str, dict[str, Any], tuple[str, ...]]) -> Score:
    name, answer, layers = given
    said = Oracle(layers).diagnose(case_of(answer))
    return score_case(answer, said, case=name, known=known_causes())


def judged(corpus: Corpus, split: str, cases: int, layers: tuple[str, ...], jobs: int) -> Iterator[Score]:
    """The first `cases` cases of a split, explained and scored, in their order."""
    given = [(entry.name, corpus.answer(entry), layers) for entry in corpus.entries(split)[:cases]]
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=8) as pool:
        yield from pool.imap(_judge, given, chunksize=1)


@click.command()
@click.argument("folder", metavar="CORPUS", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--split", default="test", show_default=True)
@click.option("--cases", type=click.IntRange(1), default=100, show_default=True, help="How many cases at most.")
@click.option("--layers", default=",".join(LAYERS), show_default=True, help="What it may see.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Cases at a time.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the figures go, as JSON.")
def main(folder: Path, split: str, cases: int, layers: str, jobs: int, out: Path | None) -> None:
    """Let the oracle explain cases of a public CORPUS, and print how often it is right.

    A case takes a minute or two. Interrupted, it reports on the cases that are done.

    Example: python -m benchmarks.oracle out/compound --split validation --cases 100
    """
    seen = tuple(layer for layer in LAYERS if layer in layers.split(","))
    unknown = set(layers.split(",")) - set(LAYERS)
    if unknown or not seen:
        raise click.UsageError(f"--layers: {layers!r}; allowed are {', '.join(LAYERS)}, with commas")
    found: list[Score] = []
    try:
        for one in judged(Corpus(folder), split, cases, seen, jobs):
            found.append(one)
            click.echo(f"\r{len(found)} of {cases} cases", nl=False, err=True)
    except KeyboardInterrupt:
        if not found:
            raise
    click.echo(err=True)
    figures = summary(found)
    for name in SHOWN:
        if name in figures:
            each = figures[name]
            limits = "" if each.low is None or each.high is None else f"  [{each.low:.3f}, {each.high:.3f}]"
            click.echo(f"{name:<14}{each.value:>8.3f}{limits}")
    if out:
        told = {"split": split, "layers": list(seen), "cases": len(found), "watched_days": WATCHED,
                "figures": {name: msgspec.to_builtins(figures[name]) for name in SHOWN if name in figures}}  # fmt: skip
        out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
