"""The commands of the benchmark: make a corpus, run detectors on it, compare two results.

Reads what was asked for, calls `benchmarks`, prints. Everything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import console
from .console import advise

if TYPE_CHECKING:
    from scenarios.sampler import Secret


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def _complete_suite(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    from scenarios.suite import suites

    return [name for name in suites() if name.startswith(word)]


_JOBS = click.option("--jobs", type=console.jobs, default="1", show_default=True, metavar="N", help="Processes at work.")
_SECRET = click.option(
    "--private-seed", metavar="HEX", envvar="TIEOUT_PRIVATE_SEED",
    help="128 bits as 32 hexadecimal digits: a test split that nobody has seen. Better given as TIEOUT_PRIVATE_SEED.",
)  # fmt: skip


def _secret(text: str | None) -> Secret | None:
    from scenarios.sampler import Secret

    return None if text is None else Secret.of(text)


@click.command(epilog=_example("tieout corpus smoke --out smoke", "tieout corpus core --out core --jobs 2"))
@click.argument("suite", shell_complete=_complete_suite)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@_JOBS
@click.option("--resume", is_flag=True, help="Go on with what an interrupted run left.")
@_SECRET
def corpus(suite: str, out: Path, jobs: int, resume: bool, private_seed: str | None) -> None:
    """Make the cases of a suite.

    SUITE is a name or a TOML file. Evidence goes to OUT/cases, the truth to OUT/truth; no name tells anything. The same
    bytes come out whatever --jobs. Events that change next to nothing are drawn again, then left out.
    """
    from benchmarks import corpus as made
    from scenarios.suite import load_suite

    loaded = load_suite(suite)
    cases = sum(split.cases for split in loaded.splits)
    with console.progress(cases) as bar:
        index = made.make(
            loaded, out.absolute(), secret=_secret(private_seed), jobs=jobs, resume=resume,
            told=lambda done, _of: bar.reach(done, "cases"),
        )  # fmt: skip
    rows = [(split.name, str(sum(entry.split == split.name for entry in index.cases))) for split in loaded.splits]
    click.echo(console.table(("split", "cases"), rows, right=(1,)))
    for kind in sorted(index.injected):
        kept, put_in = index.kept.get(kind, 0), index.injected[kind]
        click.echo(f"{kind}s injected {put_in}, kept {kept} ({kept / put_in:.1%}): the others changed next to nothing")
    if index.left_out:
        console.say(f"{index.left_out} of {cases} cases are left out: no draw of theirs changed enough")
    advise(f"tieout benchmark {out} --detector specialist")
