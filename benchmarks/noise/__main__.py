"""`python -m benchmarks.noise`: how often each kind of everyday noise occurs in a year of a healthy business."""

from __future__ import annotations

import sys

import click
import msgspec

from benchmarks import healthy
from scenarios import loader

from .kinds import Report, measure, measure_errors, report


@click.command()
@click.argument("profiles", metavar="[PROFILE]...", nargs=-1)
@click.option("--months", type=click.IntRange(1, 36), default=12, show_default=True, help="How long each business runs.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="A whole number from 0.")
@click.option("--size", type=click.Choice(["small", "medium"]), default="small", show_default=True, help="Orders a year.")
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
def noise(profiles: tuple[str, ...], months: int, seed: int, size: str, *, as_json: bool) -> None:
    """Simulate a healthy business of each PROFILE (by default all) and count its noise, from evidence alone.

    Example: python -m benchmarks.noise d2c_apparel --months 6 --json
    """
    names = list(dict.fromkeys(profiles)) or loader.profiles()
    cases = {name: loader.case(healthy.scenario(name, months=months, size=size), seed) for name in names}
    kinds, errors = {}, {}
    for name, case in cases.items():
        frames = healthy.evidence_of(case)
        kinds[name], errors[name] = measure(frames, months), measure_errors(frames, months)
    found = report(kinds, errors, months)
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() if as_json else table(found))


def table(found: Report) -> str:
    """The report as lines of text: name, one column a profile, how it is counted."""
    profiles = list(found.rows[0].counts)
    rows = [("per year", *profiles, "counted as")]
    rows += [
        (row.name, *(_figure(row.counts[name], share=row.unit == "share") for name in profiles), row.how) for row in found.rows
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(len(profiles) + 1)]
    return "\n".join(
        "  ".join([f"{row[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(row[1:-1], widths[1:], strict=True)),
                   row[-1]]) for row in rows
    )  # fmt: skip


def _figure(count: float, *, share: bool) -> str:
    if share:
        return f"{100 * count:.1f}%"
    return f"{count:,.0f}" if count == round(count) else f"{count:,.1f}"


def main() -> int:
    """Run; a mistake in what was given is one line on stderr and exit code 2."""
    try:
        noise(standalone_mode=False, prog_name="python -m benchmarks.noise")
    except click.ClickException as error:
        click.echo(" ".join(error.format_message().split()), err=True)
        return 2
    except loader.ScenarioError as error:
        click.echo(str(error), err=True)
        return 2
    except click.Abort:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
