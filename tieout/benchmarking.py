"""The commands of the benchmark: make a corpus, run detectors on it, compare two results.

Reads what was asked for, calls `benchmarks`, prints. Everything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import console
from .console import advise

if TYPE_CHECKING:
    from benchmarks.compare import Comparison
    from benchmarks.corpus import Corpus
    from benchmarks.validity import Breach
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
    from benchmarks import validity
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
    _say_breaches(validity.check_corpus(made.Corpus(out.absolute(), _secret(private_seed))))
    if index.left_out:
        console.say(f"{index.left_out} of {cases} cases are left out: no draw of theirs changed enough")
    advise(f"tieout benchmark {out} --detector specialist")


def _say_breaches(breaches: Sequence[Breach]) -> None:
    """What makes an exam unfair is said, and left to people to judge."""
    for breach in breaches:
        console.say(f"not valid ({breach.check.replace('_', ' ')}): {breach.message}")


# --- benchmark ------------------------------------------------------------------------------------------------


def _complete_detector(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    from detectors import loading

    return [name for name in loading.available() if name.startswith(word)]


@click.command(
    epilog=_example("tieout benchmark smoke --detector specialist",
                    "tieout benchmark core --detector exec:./mine --jobs 2 --out results.json")
)  # fmt: skip
@click.argument("corpus", shell_complete=_complete_suite)
@click.option("--detector", "detectors", multiple=True, shell_complete=_complete_detector,
              help="A name, package.module:Class or exec:PROGRAM; may be given several times.")  # fmt: skip
@click.option("--split", type=click.Choice(("train", "validation", "test")), default="test", show_default=True)
@click.option("--layers", type=console.layers, metavar="LAYERS", help="What they may see (default: all four).")
@click.option("--subset", type=console.whole, default="100", show_default=True, metavar="N",
              help="Cases for the tables by visibility and time to detect; 0 leaves them out.")  # fmt: skip
@_JOBS
@_SECRET
@click.option("--out", type=click.Path(path_type=Path),
              help="Results as JSON, packed if it ends in .gz; a .md and an .html page are put beside it.")  # fmt: skip
@click.option("--beside", type=click.Path(path_type=Path), metavar="RESULTS",
              help="Earlier results of the same cases: their other detectors are taken over, not asked again.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace results that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, for programs.")
def benchmark(
    corpus: str, detectors: tuple[str, ...], split: str, layers: tuple[str, ...] | None, subset: int, jobs: int,
    private_seed: str | None, out: Path | None, beside: Path | None, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run detectors on a corpus and score them.

    CORPUS is a folder that `tieout corpus` made, or a suite, whose cases are made for this run and removed. Floors run
    along. Detectors learn from the training split and are asked about another one.
    """
    name = None if out is None else out.with_suffix("") if out.suffix == ".gz" else out
    pages = [] if out is None or name is None else [out, name.with_suffix(".md"), name.with_suffix(".html")]
    for page in pages:
        if page.exists() and not force:
            console.fail(f"{page} exists already; choose another file or add --force")
    from benchmarks import board, validity
    from benchmarks import results as files
    from benchmarks.harness import known_causes

    earlier = files.read(beside) if beside else None
    with _opened(corpus, private_seed, jobs) as made, console.progress(1) as bar:
        results = board.run(
            made, detectors, split=split, layers=layers, subset=subset, jobs=jobs, beside=earlier,
            told=lambda done, of: bar.reach(done, "questions asked", of),
        )  # fmt: skip
    if out is not None:
        from .leaderboard import html, markdown
        from .report import write_page

        texts: list[str | bytes] = [files.content(results, out), markdown(results), html(results)]
        for page, text in zip(pages, texts, strict=True):
            write_page(page, text)
    if as_json:
        click.echo(files.encode(results).decode(), nl=False)
        return
    from .leaderboard import brief

    click.echo(brief(results))
    _say_breaches(validity.check_results(results, known_causes().candidates))
    if out is None:
        advise(f"tieout benchmark {corpus} --out results.json")
    else:
        for page in pages:
            console.say(str(page))
        advise(f"tieout compare {out} NEW.json")


@contextmanager
def _opened(corpus: str, private_seed: str | None, jobs: int) -> Iterator[Corpus]:
    """The corpus in a folder, or one made of a suite for as long as the block runs."""
    import tempfile

    from benchmarks.corpus import Corpus, make
    from scenarios.suite import load_suite

    secret = _secret(private_seed)
    if Path(corpus).is_dir():
        yield Corpus(Path(corpus).absolute(), secret)
        return
    suite = load_suite(corpus)
    with tempfile.TemporaryDirectory(prefix="tieout-") as folder:
        target = Path(folder) / suite.name
        cases = sum(split.cases for split in suite.splits)
        with console.progress(cases) as bar:
            make(suite, target, secret=secret, jobs=jobs, told=lambda done, _of: bar.reach(done, "cases"))
        yield Corpus(target, secret)


# --- compare --------------------------------------------------------------------------------------------------

_SHOWN = 20
"""Cases named for each detector; --json names all."""


@click.command(epilog=_example("tieout compare base.json new.json", "tieout compare a.json b.json --detector old --with new"))
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--detector", help="One detector of BASE only.")
@click.option("--with", "other", help="The detector of NEW to compare it with (default: the same).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def compare(base: Path, new: Path, detector: str | None, other: str | None, as_json: bool) -> int:
    """Compare two results of the same cases.

    Paired bootstrap by business, exact McNemar, Holm-corrected. Exit code 1 when something is worse beyond noise.
    """
    from benchmarks import compare as pairing
    from benchmarks import results as files

    if other is not None and detector is None:
        console.fail("--with says what --detector is compared with; give both")
    pair = (detector, other or detector) if detector is not None else None
    found = pairing.compare(files.read(base), files.read(new), pair)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        for each in found:
            _print_comparison(each)
        regressed = [each.detector for each in found if each.regressed]
        console.say(f"worse beyond noise: {', '.join(regressed)}" if regressed else "nothing is worse beyond noise")
    return console.NO if any(each.regressed for each in found) else console.FINE


def _print_comparison(each: Comparison) -> None:
    click.echo(f"{click.style(each.detector, bold=True)}, {each.cases} cases")
    rows = [
        (
            change.words, f"{change.before:.3f}", f"{change.after:.3f}", f"{change.difference.value:+.3f}",
            f"{change.difference.low:+.3f} to {change.difference.high:+.3f}", f"{change.p_adjusted:.3f}",
            "" if change.lost is None else f"-{change.lost} +{change.won}", "worse" if change.regression else "",
        )
        for change in each.changes
    ]  # fmt: skip
    head = ("measure", "before", "after", "difference", "95 %", "p", "cases", "")
    click.echo(console.table(head, rows, right=(1, 2, 3, 4, 5, 6)))
    ordered = sorted(each.changed, key=lambda case: (case.better is None, case.better is True, case.case))
    for case in ordered[:_SHOWN]:
        word = {True: "won ", False: "lost", None: "same"}[case.better]
        click.echo(f"  {word}  {case.case}  {', '.join(case.truth) or 'healthy'}: said {case.before}, now {case.after}")
    if len(ordered) > _SHOWN:
        click.echo(f"  and {len(ordered) - _SHOWN} more")
