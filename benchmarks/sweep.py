"""`python -m benchmarks.sweep`: do healthy businesses tie out to the cent, every profile at every size, over many seeds?

Each business is simulated, written and read back in a process of its own, as a user would have it on disk; all named
invariants are checked, and on request a program that reads the exported folder alone. One line a business goes to the
results file as soon as it is known, so that a long sweep can be stopped and taken up again.
"""

from __future__ import annotations

import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
import msgspec

from scenarios import loader

from . import healthy

SIZES = ("small", "medium", "large")
_SHOWN = 3
"""Breaches named of a business that does not tie out."""


class Task(msgspec.Struct, frozen=True):
    """One healthy business to try."""

    profile: str
    size: str
    seed: int
    months: int


class Verdict(msgspec.Struct, frozen=True):
    """What came of it. `breaches` is empty when every check holds."""

    task: Task
    orders: int
    seconds: float
    """Wall time of simulating, writing, reading and checking."""
    peak_mb: int
    """Of the process, checks included."""
    breaches: list[str]


def tasks(profiles: Sequence[str], sizes: Sequence[str], seeds: int, months: int) -> list[Task]:
    """All combinations; the small sizes of every profile come first, so that an early stop has seen each profile."""
    return [
        Task(profile, size, seed, months)
        for size in SIZES if size in sizes for seed in range(1, seeds + 1) for profile in profiles
    ]  # fmt: skip


def judge(task: Task, checker: Path | None = None) -> Verdict:
    """Simulate one business, write it, read it back and check it; `checker` is a program given the folder and `--healthy`."""
    from detectors.evidence import Evidence  # noqa: PLC0415  (the simulator and pandas only when something is simulated)
    from sim.export import write_case  # noqa: PLC0415
    from sim.invariants import run_checks  # noqa: PLC0415
    from sim.run import run  # noqa: PLC0415

    started = time.perf_counter()
    world = run(loader.case(healthy.scenario(task.profile, months=task.months, size=task.size), task.seed))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "case"
        write_case(world, folder)
        del world
        evidence = Evidence.open(folder)
        tables = {name: evidence.table(name) for name in evidence.names}
        breaches = [f"{one.check}: {one.key}: {one.message}" for one in run_checks(tables, evidence.month_ends)]
        orders = tables["operations/channel_orders"]["order_reference"].nunique()
        if checker is not None:
            breaches += _complaints(checker, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Verdict(task, orders, round(time.perf_counter() - started, 1), peak, breaches)


def _complaints(checker: Path, folder: Path) -> list[str]:
    done = subprocess.run(  # noqa: S603  (the program was named by whoever started the sweep)
        [sys.executable, str(checker), str(folder), "--healthy"], capture_output=True, text=True, check=False
    )
    return [] if done.returncode == 0 else [f"{checker.name}: {line}" for line in (done.stdout + done.stderr).splitlines()]


def _attempt(given: tuple[Task, Path | None]) -> Verdict:
    """A business that cannot be simulated at all is a finding like any other, and does not end the sweep."""
    task, checker = given
    try:
        return judge(task, checker)
    except Exception as error:  # noqa: BLE001
        return Verdict(task, 0, 0.0, 0, [f"{type(error).__name__}: {error}"])


def known(results: Path) -> list[Verdict]:
    """The verdicts a results file already holds; none when there is no such file."""
    if not results.exists():
        return []
    return [msgspec.json.decode(line, type=Verdict) for line in results.read_bytes().splitlines() if line.strip()]


def sweep(todo: Iterable[Task], checker: Path | None, jobs: int) -> Iterator[Verdict]:
    """Verdicts as they come, each from a fresh process."""
    given = [(task, checker) for task in todo]
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_attempt, given, chunksize=1)


def table(verdicts: Sequence[Verdict]) -> str:
    """One line a profile and size: how many tie out of how many, orders, seconds and memory at most."""
    lines = [f"{'profile':<22}{'size':<8}{'tie out':>10}{'orders':>12}{'seconds':>9}{'peak MB':>9}"]
    for profile in sorted({one.task.profile for one in verdicts}):
        for size in SIZES:
            rows = [one for one in verdicts if (one.task.profile, one.task.size) == (profile, size)]
            if rows:
                fine = f"{sum(not one.breaches for one in rows)}/{len(rows)}"
                orders, seconds = sum(one.orders for one in rows), max(one.seconds for one in rows)
                peak = max(one.peak_mb for one in rows)
                lines.append(f"{profile:<22}{size:<8}{fine:>10}{orders:>12,}{seconds:>9.0f}{peak:>9,}")
    return "\n".join(lines)


@click.command()
@click.argument("profiles", metavar="[PROFILE]...", nargs=-1)
@click.option("--size", "sizes", multiple=True, type=click.Choice(SIZES), help="By default all three; may be given again.")
@click.option("--seeds", type=click.IntRange(1), default=25, show_default=True, help="Seeds from 1.")
@click.option("--months", type=click.IntRange(1, 36), default=12, show_default=True, help="How long each business runs.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Businesses at a time.")
@click.option(
    "--checker", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python program run as CHECKER CASE --healthy on each; anything but exit code 0 is a breach.",
)
@click.option("--results", type=click.Path(dir_okay=False, path_type=Path), help="One JSON line a business; taken up again.")
def main(  # the options of a command are its parameters
    profiles: tuple[str, ...], sizes: tuple[str, ...], seeds: int, months: int, jobs: int, checker: Path | None,
    results: Path | None,
) -> None:  # fmt: skip
    """Let every PROFILE (by default all) prove that it ties out; exit code 1 when one does not.

    Example: python -m benchmarks.sweep omnichannel --size small --seeds 3
    """
    names = list(dict.fromkeys(profiles)) or loader.profiles()
    unknown = [name for name in names if name not in loader.profiles()]
    if unknown:
        raise click.UsageError(f"unknown profile {unknown[0]!r}; there are {', '.join(loader.profiles())}")
    wanted = tasks(names, sizes or SIZES, seeds, months)
    done = {one.task: one for one in (known(results) if results else []) if one.task in set(wanted)}
    for one in sweep([task for task in wanted if task not in done], checker, jobs):
        done[one.task] = one
        if one.breaches:
            click.echo(f"{one.task.profile} {one.task.size} seed {one.task.seed}: {'; '.join(one.breaches[:_SHOWN])}", err=True)
        if results:
            with results.open("ab") as file:
                file.write(msgspec.json.encode(one) + b"\n")
    click.echo(table(list(done.values())))
    if any(one.breaches for one in done.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
