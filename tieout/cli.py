"""The command line. Reads what was asked for, calls the rooms of the house, prints; decides nothing about books.

Everything heavy is imported inside the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import benchmarking, console
from .console import BAD_INPUT, FINE, NO, advise, fail, say

if TYPE_CHECKING:
    from detectors.evidence import Evidence
    from sim.profile import Case

_COLUMNS = 80
_SHOWN = 5
"""Violations of one check that `check` prints."""
_FORMATS = ("parquet", "csv", "duckdb")
_EPILOG = """\b
Examples:
  tieout demo
  tieout scenarios
  tieout simulate unshipped_invoices --out out
\b
Shell completion (bash; zsh and fish alike):
  eval "$(_TIEOUT_COMPLETE=bash_source tieout)"
\b
Exit codes: 0 fine, 1 the answer is "no", 2 bad input. NO_COLOR is honoured.
"""


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib import metadata

        click.echo(f"tieout {metadata.version('tieout')}")
        ctx.exit()


@click.group(
    cls=console.Commands, epilog=_EPILOG, invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def tieout(ctx: click.Context) -> int | None:
    """Simulate businesses on Cin7 Core and Xero, break them on purpose, and score who finds the root cause."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    if ctx.invoked_subcommand is not None:
        return None
    say(ctx.get_help())
    return BAD_INPUT


def main() -> None:
    """The console script."""
    tieout(prog_name="tieout")


# --- the main job in one go ---------------------------------------------------------------------------------

_DEMO = "the_slow_break"
_DEMO_FOLDER = Path("tieout-demo")
_DETECTORS = ("none", "majority", "random", "ledger_accountant", "specialist")


@tieout.command(epilog=_example("tieout demo", "tieout demo --out lesson --seed 7"))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make (default: tieout-demo, replaced each time).")
@click.option("--seed", type=console.seed, metavar="N", help="A whole number from 0 (default: the scenario's own).")
@click.option("--force", is_flag=True, help="Replace a folder that tieout made before.")
def demo(out: Path | None, seed: int | None, force: bool) -> None:
    """Run the main job in one go.

    Simulates the flagship scenario, lets five detectors diagnose it, scores them and writes two pages about it.
    """
    from scenarios import loader
    from sim.export import whole_folder

    from .aside import aside

    case = loader.case(loader.load_scenario(_DEMO), seed)
    target, force = (_DEMO_FOLDER, True) if out is None else (out, force)
    _check_target(target, force=force)
    outcomes = []
    with console.progress(len(_DETECTORS) + 3) as bar, whole_folder(target.absolute(), force=force) as folder:
        bar.step(f"simulating {case.scenario.months} months, with and without the fault")
        with aside() as helper:  # the worlds' memory goes with it; meanwhile, what is needed next is read in
            simulated = helper.submit(_simulate_unseen, case, folder)
            from benchmarks import harness
            from detectors import loading

            from . import judging
            from .report import scorecard_of, write_handout, write_reveal

            lessons = judging.lessons(_DEMO)
            simulated.result()
        with aside() as helper:
            handout = helper.submit(write_handout, folder / "case", folder / "handout.html")
            card = helper.submit(scorecard_of, folder / "case")
            judged = judging.benchmark_case(folder)
            for name in _DETECTORS:
                bar.step(f"diagnosing with {name}")
                outcomes += harness.run({name: loading.find(name)}, [judged], lessons)
            results = [judging.outcome(each) for each in outcomes]
            bar.step("writing handout.html")
            handout.result()
            bar.step("writing reveal.html")
            write_reveal(folder / "case", folder / "truth", results, folder / "reveal.html", card.result())
    click.echo(judging.table(outcomes))
    click.echo(f"\nfor trainees  {target / 'handout.html'}\nfor trainers  {target / 'reveal.html'}")
    advise(f"tieout check {target / 'case'}")


def _simulate_unseen(case: Case, folder: Path) -> None:
    """Into a folder that is new and that nobody sees: it may be replaced, and moves to its place when all is there."""
    from sim.simulate import simulate as run
    from sim.simulate import write

    write(run(case), folder, force=True)


# --- what there is ------------------------------------------------------------------------------------------


def _complete_scenario(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    from scenarios import loader

    return [name for name in loader.library() if name.startswith(word)]


def _complete_event(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    return [name for name in _events() if name.startswith(word)]


def _complete_detector(_ctx: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    from detectors import loading

    return [name for name in loading.available() if name.startswith(word)]


_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@tieout.command(epilog=_example("tieout scenarios", "tieout scenarios unshipped_invoices"))
@click.argument("name", required=False, shell_complete=_complete_scenario)
@_JSON
def scenarios(name: str | None, as_json: bool) -> None:
    """List scenarios, or show one.

    NAME is one of the list, or a path to a TOML file.
    """
    from scenarios import loader

    if name is None:
        loaded = [loader.load_scenario(each) for each in loader.library()]
        if as_json:
            click.echo(json.dumps([{"name": each.name, "title": each.title} for each in loaded], indent=1))
        else:
            click.echo(console.table(("scenario", "what it is"), [(each.name, each.title) for each in loaded]))
            advise("tieout scenarios NAME")
        return
    scenario = loader.load_scenario(name)
    if as_json:
        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(scenario), indent=1))
        return
    profile = loader.load_profile(scenario.profile)
    orders = scenario.orders_a_year or getattr(profile.orders_a_year, scenario.size)
    click.echo(click.style(scenario.title, bold=True))
    click.echo(f"\n{_wrapped(scenario.story)}\n")
    rows = [
        ("business", profile.title), ("window", f"{scenario.start}, {scenario.months} months"),
        ("orders a year", f"{orders:,}"), ("seed", str(scenario.seed)),
    ]  # fmt: skip
    for kind, events in (("fault", scenario.faults), ("decoy", scenario.decoys)):
        for event in events:
            given = "".join(f", {key} {value}" for key, value in event.parameters.items())
            rows.append((kind, f"{event.name} from {event.onset or 'founding'}{given}"))
    width = max(len(key) for key, _ in rows)
    for key, value in rows:
        click.echo(f"{key.ljust(width)}  {value}")
    advise(f"tieout simulate {name} --out {scenario.name}")


def _events() -> dict[str, Any]:
    from sim import decoys
    from sim import faults as catalogue

    try:
        return {**catalogue.discover(), **decoys.discover()}
    except ValueError as error:  # of what other packages offer
        fail(str(error))


@tieout.command(epilog=_example("tieout faults", "tieout faults invoice_authorised_shipment_incomplete"))
@click.argument("name", required=False, shell_complete=_complete_event)
@_JSON
@click.option("--example/--no-example", default=True, show_default=True,
              help="Whether to simulate what NAME does in a small business; takes some seconds.")  # fmt: skip
def faults(name: str | None, as_json: bool, example: bool) -> None:
    """List faults and decoys, or show one, with what it does in a small business.

    A decoy looks like a fault and is none.
    """
    from sim.faults.contract import cause_of

    events = _events()
    if name is not None and name not in events:
        fail(console.unknown("fault or decoy", name, events))
    shown = {each: event for each, event in events.items() if name in {None, each}}
    told = {each: cause_of(event) for each, event in shown.items()}
    if as_json:
        import msgspec

        rows = [
            {
                **msgspec.to_builtins(cause), "decoy_of": shown[each].looks_like or None,
                "parameters": {key: msgspec.to_builtins(value) for key, value in shown[each].parameters.items()},
            }
            for each, cause in told.items()
        ]  # fmt: skip
        click.echo(json.dumps(rows if name is None else rows[0], indent=1))
    elif name is None:
        for each, cause in told.items():
            words = f"{'decoy' if shown[each].looks_like else 'fault'}, {cause.layer}: {cause.title}"
            click.echo(each)
            click.echo(textwrap.fill(words, _COLUMNS, initial_indent="    ", subsequent_indent="    "))
        advise("tieout faults NAME")
    else:
        _show_event(name, shown[name], told[name])
        if example:
            _show_example(name)
        advise("tieout scenarios")


def _show_event(name: str, event: Any, cause: Any) -> None:
    click.echo(click.style(name, bold=True))
    click.echo(f"{cause.title}\n")
    kind = f"decoy; looks like {event.looks_like}" if event.looks_like else "fault"
    parts = [("kind", kind), ("layer of origin", cause.layer), ("cause", cause.summary)]
    parts += [(f"in {layer}", words) for layer, words in cause.shows.items()]
    parts += [
        ("mistaken for", cause.mistaken_for), ("hidden by", cause.hidden_by), ("fixed by", cause.fixed_by),
        ("source", cause.source),
    ]  # fmt: skip
    parts += [
        (key, f"{value.meaning} ({value.low:g} to {value.high:g}, default {value.default:g})")
        for key, value in event.parameters.items()
    ]
    for key, words in parts:
        click.echo(textwrap.fill(f"{key}: {words}", _COLUMNS, subsequent_indent="    "))


def _show_example(name: str) -> None:
    from .reference.example import example as simulated
    from .reference.faults import told

    of = simulated(name)
    click.echo(f"\nin a small business ({of.profile}):")
    for line in told(of):
        click.echo(textwrap.fill(line, _COLUMNS, initial_indent="    ", subsequent_indent="    "))


def _wrapped(text: str) -> str:
    """Paragraphs at the width of a terminal."""
    paragraphs = (" ".join(part.split()) for part in text.strip().split("\n\n"))
    return "\n\n".join(textwrap.fill(part, _COLUMNS) for part in paragraphs)


# --- simulate -----------------------------------------------------------------------------------------------


@tieout.command(epilog=_example("tieout simulate unshipped_invoices --seed 7 --out out", "tieout simulate my_shop.toml"))
@click.argument("scenario", shell_complete=_complete_scenario)
@click.option("--seed", type=console.seed, metavar="N", help="A whole number from 0 (default: the scenario's own).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make (default: the scenario's name and seed).")
@click.option("--format", "file_format", type=click.Choice(_FORMATS), default="parquet", show_default=True)
@click.option("--force", is_flag=True, help="Replace a folder that tieout made before.")
def simulate(scenario: str, seed: int | None, out: Path | None, file_format: str, force: bool) -> None:
    """Simulate a scenario.

    SCENARIO is a name or a TOML file. Evidence goes to OUT/case, the truth to OUT/truth.
    """
    from scenarios import loader

    case = loader.case(loader.load_scenario(scenario), seed)
    target = Path(f"{case.scenario.name}-{case.seed}") if out is None else out
    _check_target(target, force=force)
    _check_format(file_format)
    _simulate(case, target, file_format, force=force)
    click.echo(target / "case")
    click.echo(target / "truth")
    advise(f"tieout check {target / 'case'}")


def _simulate(case: Any, target: Path, file_format: str, *, force: bool) -> None:
    from sim.simulate import simulate as run
    from sim.simulate import write

    with console.progress(2) as bar:
        bar.step(f"simulating {case.scenario.months} months, with and without each event")
        simulation = run(case)
        bar.step("writing")
        write(simulation, target.absolute(), file_format, force=force)


def _check_target(target: Path, *, force: bool) -> None:
    """Refuse before the work, not after it; and never replace a folder that tieout did not make."""
    if not target.exists():
        return
    if not force:
        fail(f"{target} exists already; choose another folder or add --force")
    ours = (target / "case" / "manifest.json").is_file()
    if not target.is_dir() or not (ours or not any(target.iterdir())):
        fail(f"{target} is not a folder that tieout made; --force replaces only those, or an empty one")


def _check_format(file_format: str) -> None:
    if file_format == "duckdb":
        from importlib.util import find_spec

        if find_spec("duckdb") is None:
            fail("the duckdb format needs an extra: pip install 'tieout[duckdb]'")


# --- look at a case -----------------------------------------------------------------------------------------

_CASE = click.argument("case", type=click.Path(path_type=Path))


def _case_folder(case: Path) -> Path:
    """The evidence: the folder itself, or its `case` when it is what `simulate` made."""
    inner = case / "case"
    return inner if not (case / "manifest.json").exists() and (inner / "manifest.json").exists() else case


def _open(case: Path, layers: tuple[str, ...] | None, as_of: dt.date | None) -> Evidence:
    from detectors.evidence import CaseError, Evidence

    try:
        evidence = Evidence.open(_case_folder(case), layers, as_of)
        evidence.verify_files()
        return evidence
    except CaseError:
        raise
    except ValueError as error:
        fail(str(error))


@tieout.command(epilog=_example("tieout check out/case", "tieout check out/case --json"))
@_CASE
@_JSON
def check(case: Path, as_json: bool) -> int:
    """Check the books of a case.

    Named invariants in three tiers: basic, books, workflow. Exit code 1 when one breaks.
    """
    from sim.invariants import CHECKS, run_checks

    evidence = _open(case, None, None)
    found: dict[str, list[Any]] = {each.name: [] for each in CHECKS}
    with console.progress(len(CHECKS) + 1) as bar:
        bar.step("reading")
        evidence.verify()
        tables = {name: evidence.table(name) for name in evidence.names}
        for each in CHECKS:
            bar.step(each.name)
            found[each.name] = run_checks(tables, evidence.month_ends, [each.name])
    broken = sum(map(bool, found.values()))
    if as_json:
        rows = [
            {
                "check": each.name, "tier": each.tier, "meaning": each.meaning, "holds": not found[each.name],
                "violations": [{"key": one.key, "message": one.message} for one in found[each.name]],
            }
            for each in CHECKS
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=1))
    else:
        _print_checks(CHECKS, found)
        say(f"{broken} of {len(CHECKS)} checks break" if broken else f"all {len(CHECKS)} checks hold")
        advise(f"tieout diagnose {case} --detector specialist")
    return NO if broken else FINE


def _print_checks(checks: Any, found: dict[str, list[Any]]) -> None:
    width = max(len(each.name) for each in checks)
    for each in checks:
        breaches = found[each.name]
        verdict = click.style(f"{len(breaches)} breaches", fg="red") if breaches else click.style("holds", fg="green")
        click.echo(f"{each.tier.ljust(8)}  {each.name.ljust(width)}  {verdict}")
        for one in breaches[:_SHOWN]:
            click.echo(f"    {one.key}: {one.message}")
        if len(breaches) > _SHOWN:
            click.echo(f"    and {len(breaches) - _SHOWN} more")


@tieout.command(
    epilog=_example("tieout diagnose out/case --detector specialist",
                    "tieout diagnose out/case --detector none --layers ledger --as-of 2025-08-31")
)  # fmt: skip
@_CASE
@click.option(
    "--detector", required=True, shell_complete=_complete_detector, help="A name, package.module:Class or exec:PROGRAM.",
)  # fmt: skip
@click.option(
    "--layers", type=console.layers, metavar="LAYERS",
    help="What it may see: operations,cin7,integration,ledger (default: all).",
)  # fmt: skip
@click.option("--as-of", type=console.date, metavar="DATE", help="The evening to stand on (default: the last day).")
@_JSON
def diagnose(case: Path, detector: str, layers: tuple[str, ...] | None, as_of: dt.date | None, as_json: bool) -> None:
    """Let a detector say what is wrong.

    It sees the evidence of CASE, of the layers and as of the evening given, and nothing else.
    """
    from detectors import loading

    from . import judging

    made = loading.load(detector)
    diagnosis = judging.diagnose(made, _open(case, layers, as_of))
    if as_json:
        click.echo(diagnosis.to_json(), nl=False)
        return
    click.echo(f"{diagnosis.detector}, {', '.join(diagnosis.layers) or 'no layer'}, as of {diagnosis.as_of}")
    if not diagnosis.hypotheses:
        click.echo("nothing is wrong")
    for rank, hypothesis in enumerate(diagnosis.hypotheses, 1):
        _print_hypothesis(rank, hypothesis)
    for remark in diagnosis.remarks:
        click.echo(textwrap.fill(f"note: {remark}", _COLUMNS, subsequent_indent="  "))
    advise(f"tieout diagnose {case} --detector {detector} --json > diagnosis.json")


def _print_hypothesis(rank: int, hypothesis: Any) -> None:
    click.echo(f"{rank}. {click.style(hypothesis.cause, bold=True)} ({hypothesis.role}, {hypothesis.layer})")
    amount = "" if hypothesis.amount_cents is None else f", {hypothesis.amount_cents / 100:,.2f}"
    since = "onset unknown" if hypothesis.onset is None else f"since {hypothesis.onset}"
    documents = len(hypothesis.evidence)
    click.echo(f"   probability {hypothesis.probability:.2f}, {since}{amount}, {documents} documents")
    if hypothesis.note:
        click.echo(textwrap.fill(hypothesis.note, _COLUMNS, initial_indent="   ", subsequent_indent="   "))


@tieout.command(
    "check-detector", epilog=_example("tieout check-detector specialist out/case",
                                      'tieout check-detector "exec:python mine.py" --expect check_pickles="no"')
)  # fmt: skip
@click.argument("detector", shell_complete=_complete_detector)
@click.argument("cases", metavar="[CASE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--expect", "expected", multiple=True, metavar="CHECK=REASON", help="A check that may fail, and why.")
@_JSON
def check_detector(detector: str, cases: tuple[Path, ...], expected: tuple[str, ...], as_json: bool) -> int:
    """Check that a detector keeps the contract.

    Every check runs on a hand-sized healthy business and on each CASE. Exit code 1 when one fails that is not expected to.
    """
    from detectors import conformance, loading

    from . import judging

    excused = dict(each.partition("=")[::2] for each in expected)
    known = [check.__name__ for check in conformance.CHECKS]
    for name in excused:
        if name not in known:
            fail(console.unknown("check", name, known))
    factory = loading.find(detector)
    judging.register_causes()
    evidence = [_open(case, None, None) for case in cases]
    results = []
    with console.progress(len(known)) as bar:
        for name in known:
            bar.step(name)
            results.append(conformance.check_one(name, factory, evidence, excused.get(name)))
    if as_json:
        rows = [{"check": each.check, "status": each.status, "message": each.message} for each in results]
        click.echo(json.dumps(rows, indent=1))
    else:
        _print_results(results)
    failed = sum(each.status == "failed" for each in results)
    say(f"{failed} of {len(results)} checks fail" if failed else f"{detector} keeps the contract")
    return NO if failed else FINE


def _print_results(results: Any) -> None:
    width = max(len(each.check) for each in results)
    for each in results:
        words = {"passed": "passed", "failed": click.style("failed", fg="red"), "xfail": "fails as expected"}[each.status]
        click.echo(f"{each.check.ljust(width)}  {words}")
        if each.message:
            click.echo(textwrap.fill(each.message, _COLUMNS, initial_indent="    ", subsequent_indent="    "))


# --- score and report ---------------------------------------------------------------------------------------

_TRUTH = click.Path(path_type=Path)


@tieout.command(epilog=_example("tieout diagnose out/case --detector specialist --json > diagnosis.json",
                                "tieout score out/case diagnosis.json --truth out/truth"))  # fmt: skip
@_CASE
@click.argument("diagnosis", type=click.Path(path_type=Path))
@click.option("--truth", required=True, type=_TRUTH, help="The folder OUT/truth.")
@_JSON
def score(case: Path, diagnosis: Path, truth: Path, as_json: bool) -> int:
    """Score a diagnosis against the truth.

    DIAGNOSIS is what `tieout diagnose CASE --json` printed. Exit code 1 when it is wrong.
    """
    from . import judging

    answer = judging.truth_of(_open(case, None, None), truth)
    scores = judging.scores(judging.read_diagnosis(diagnosis), answer)
    if as_json:
        click.echo(json.dumps(scores, indent=1))
    else:
        width = max(map(len, scores))
        for key, value in scores.items():
            click.echo(f"{key.ljust(width)}  {judging.figure(value)}")
        advise(f"tieout report {case} --truth {truth} --diagnosis {diagnosis} --out pages")
    return FINE if scores["exact"] else NO


@tieout.command(epilog=_example("tieout statements out/case --as-of 2025-03-31", "tieout statements out/case --json"))
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--as-of", type=console.date, metavar="DATE", help="As known that evening (default: the last one).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def statements(case: Path, as_of: dt.date | None, as_json: bool) -> None:
    """Show the ledger's trial balance, balance sheet and the month's profit and loss."""
    from detectors import helpers

    evidence = _open(_case_folder(case), ("ledger",), as_of)
    day = evidence.as_of
    parts = {
        "trial balance": helpers.trial_balance(evidence).rename(columns={"balance_cents": "amount_cents"}),
        "profit and loss": helpers.profit_and_loss(evidence, day.replace(day=1), day),
        "balance sheet": helpers.balance_sheet(evidence),
    }
    if as_json:
        said = {name: json.loads(part.to_json(orient="records")) for name, part in parts.items()}
        click.echo(json.dumps({"as_of": day.isoformat(), **said}, indent=1))
        return
    for name, part in parts.items():
        since = f" of {day:%B %Y}" if name == "profit and loss" else ""
        click.echo(click.style(f"{name}{since}, as of {day}", bold=True))
        rows = zip(part["account_code"].fillna(""), part["name"], part["class"], part["amount_cents"], strict=True)
        body = [(code, words, of, f"{cents / 100:,.2f}") for code, words, of, cents in rows]
        if name == "profit and loss":
            body.append(("", "Profit", "", f"{part['amount_cents'].sum() / 100:,.2f}"))
        click.echo(console.table(("code", "account", "class", "amount"), body, right=(3,)))
        click.echo()
    advise(f"tieout check {case}")


@tieout.command(epilog=_example("tieout scorecard out/case", "tieout scorecard out/case --layers ledger --json"))
@_CASE
@click.option("--layers", type=console.layers, metavar="LAYERS", help="What it may see (default: all).")
@click.option("--as-of", type=console.date, metavar="DATE", help="The evening to stand on (default: the last day).")
@_JSON
def scorecard(case: Path, layers: tuple[str, ...] | None, as_of: dt.date | None, as_json: bool) -> None:
    """Show the practitioners' health scorecard.

    Seven signs, five patterns, nine triggers and seven properties of health, at each month-end, from the evidence alone.
    """
    from detectors.scorecard import scorecard as card_of

    from . import judging

    card = card_of(_open(case, layers, as_of))
    click.echo(card.to_json() if as_json else judging.card(card), nl=not as_json)
    if not as_json:
        advise(f"tieout diagnose {case} --detector warning_signs")


@tieout.command(epilog=_example("tieout report out/case --out pages",
                                "tieout report out/case --truth out/truth --diagnosis d.json --out pages"))  # fmt: skip
@_CASE
@click.option("--truth", type=_TRUTH, help="The folder OUT/truth: makes the trainer's page too.")
@click.option("--diagnosis", "diagnoses", multiple=True, type=click.Path(path_type=Path), help="What a detector said (JSON).")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the pages.")
@click.option("--force", is_flag=True, help="Replace pages that are there.")
def report(case: Path, truth: Path | None, diagnoses: tuple[Path, ...], out: Path, force: bool) -> None:
    """Write pages about a case.

    handout.html for trainees: what is visible, no truth. With --truth, reveal.html for the trainer.
    """
    handout, reveal = out / "handout.html", out / "reveal.html"
    pages = [handout] if truth is None else [handout, reveal]
    for page in pages:
        if page.exists() and not force:
            fail(f"{page} exists already; choose another folder or add --force")
    if diagnoses and truth is None:
        fail("--diagnosis belongs on the trainer's page; add --truth OUT/truth")
    from . import judging
    from .report import write_handout, write_reveal

    folder = _case_folder(case)
    with console.progress(len(pages)) as bar:
        if truth is not None:
            bar.step(reveal.name)
            answer = judging.truth_of(_open(case, None, None), truth)
            write_reveal(folder, truth, [judging.said(judging.read_diagnosis(path), answer) for path in diagnoses], reveal)
        bar.step(handout.name)
        write_handout(folder, handout)
    for page in pages:
        click.echo(page)
    advise(f"open {pages[-1]} in a browser")


# --- the benchmark ------------------------------------------------------------------------------------------

for _command in (benchmarking.corpus, benchmarking.benchmark, benchmarking.compare):
    tieout.add_command(_command)
