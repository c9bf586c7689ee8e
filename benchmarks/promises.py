"""`python -m benchmarks.promises`: does every fault and decoy keep its promises in every profile it fits, over several seeds?

The tests try each event in a few businesses; this tries it in as many as one has time for. One line an event and business goes
to the results file as soon as it is known, so that a long trial can be stopped and taken up again.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import click
import msgspec

from scenarios import loader

from . import healthy

_SHARED = 8
"""Events tried by one process in one business, whose healthy run they share."""


class Attempt(msgspec.Struct, frozen=True, order=True):
    """One event in one business."""

    profile: str
    seed: int
    months: int
    event: str


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. `breaches` is empty when every promise is kept."""

    attempt: Attempt
    breaches: list[str]


def fitting(events: Sequence[str], profiles: Sequence[str], seeds: int, months: int) -> list[Attempt]:
    """All combinations in which the business has what the event needs; the first seed of every profile comes first."""
    from sim import decoys, faults  # noqa: PLC0415  (the simulator only when something is simulated)
    from sim.faults.contract import lacks  # noqa: PLC0415

    known_events = faults.discover() | decoys.discover()
    return [
        Attempt(profile, seed, months, event)
        for seed in range(1, seeds + 1) for profile in profiles for event in sorted(events)
        if not lacks(known_events[event], loader.load_profile(profile))
    ]  # fmt: skip


def attempt_all(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Try events in one business they share. An event that cannot even be run has broken a promise like any other."""
    from sim.conformance import Business, check_event  # noqa: PLC0415

    first = attempts[0]
    business = Business(loader.case(healthy.scenario(first.profile, months=first.months), first.seed))
    outcomes = []
    for one in attempts:
        try:
            breaches = [f"{breach.promise}: {breach.message}" for breach in check_event(one.event, business)]
        except Exception as error:  # noqa: BLE001
            breaches = [f"{type(error).__name__}: {error}"]
        outcomes.append(Outcome(one, breaches))
    return outcomes


def outcomes(todo: Iterable[Attempt], jobs: int) -> Iterator[Outcome]:
    """Outcomes as they come."""
    shared = []
    for _, group in groupby(todo, key=lambda one: (one.profile, one.seed)):
        attempts = list(group)
        shared += [attempts[n : n + _SHARED] for n in range(0, len(attempts), _SHARED)]
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        for found in pool.imap_unordered(attempt_all, shared, chunksize=1):
            yield from found


def known(results: Path) -> list[Outcome]:
    """The outcomes a results file already holds; none when there is no such file."""
    if not results.exists():
        return []
    return [msgspec.json.decode(line, type=Outcome) for line in results.read_bytes().splitlines() if line.strip()]


def table(found: Sequence[Outcome]) -> str:
    """One line an event: in how many businesses, and in how many of them it keeps every promise."""
    lines = [f"{'event':<48}{'kept':>10}  broken in"]
    for name, group in groupby(sorted(found, key=lambda one: one.attempt.event), key=lambda one: one.attempt.event):
        rows = list(group)
        broken = sorted({one.attempt.profile for one in rows if one.breaches})
        fine = f"{sum(not one.breaches for one in rows)}/{len(rows)}"
        lines.append(f"{name:<48}{fine:>10}  {', '.join(broken) or '-'}")
    return "\n".join(lines)


@click.command()
@click.argument("events", metavar="[EVENT]...", nargs=-1)
@click.option("--profile", "profiles", multiple=True, help="By default all; may be given again.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Seeds from 1.")
@click.option("--months", type=click.IntRange(2, 36), default=7, show_default=True, help="How long each business runs.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Businesses at a time.")
@click.option("--results", type=click.Path(dir_okay=False, path_type=Path), help="One JSON line an attempt; taken up again.")
def main(
    events: tuple[str, ...], profiles: tuple[str, ...], seeds: int, months: int, jobs: int, results: Path | None
) -> None:
    """Try every EVENT (by default all faults and decoys); exit code 1 when a promise is broken.

    Example: python -m benchmarks.promises open_purchase_task --profile omnichannel --seeds 2
    """
    from sim import decoys, faults  # noqa: PLC0415

    for given, there, what in (
        (events, sorted(faults.discover() | decoys.discover()), "event"), (profiles, loader.profiles(), "profile"),
    ):  # fmt: skip
        unknown = [name for name in given if name not in there]
        if unknown:
            raise click.UsageError(f"unknown {what} {unknown[0]!r}; there are {', '.join(there)}")
    wanted = fitting(events or sorted(faults.discover() | decoys.discover()), profiles or loader.profiles(), seeds, months)
    done = {one.attempt: one for one in (known(results) if results else []) if one.attempt in set(wanted)}
    for one in outcomes([attempt for attempt in wanted if attempt not in done], jobs):
        done[one.attempt] = one
        if one.breaches:
            click.echo(f"{one.attempt.event} in {one.attempt.profile} seed {one.attempt.seed}: {'; '.join(one.breaches[:3])}",
                       err=True)  # fmt: skip
        if results:
            with results.open("ab") as file:
                file.write(msgspec.json.encode(one) + b"\n")
    click.echo(table(list(done.values())))
    if any(one.breaches for one in done.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
