"""`python -m benchmarks.speed`: simulation and export against a bare SimPy loop, medians of a few repetitions."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

import click

from . import bare, whole

_MEMORY = "from benchmarks.speed import whole; print(whole.peak_megabytes())"


@click.command()
@click.option("--repetitions", type=click.IntRange(1, 50), default=5, show_default=True, help="How often each is measured.")
def main(repetitions: int) -> None:
    """Print orders per second of the whole simulation, divided by those of SimPy alone.

    Example: python -m benchmarks.speed --repetitions 3
    """
    whole.measure(1)  # the first run also loads libraries and word lists
    timings, bares = [], []
    for seed in range(1, repetitions + 1):  # in turn, so that a busy moment of the machine hits both
        timing = whole.measure(seed)
        timings.append(timing)
        bares.append(timing.orders / bare.seconds(timing.orders, timing.open_orders))
    ours, theirs = median(timing.rate for timing in timings), median(bares)
    memory = subprocess.run([sys.executable, "-c", _MEMORY], check=True, capture_output=True, text=True).stdout  # noqa: S603
    rows = [
        ("orders", f"{median(timing.orders for timing in timings):,.0f}"),
        ("orders open at a time", f"{median(timing.open_orders for timing in timings):,.0f}"),
        ("simulation", f"{median(timing.simulation for timing in timings):.2f} s"),
        ("export to Parquet", f"{median(timing.export for timing in timings):.2f} s"),
        ("peak memory", f"{float(memory):,.0f} MB"),
        ("orders per second, everything included", f"{ours:,.0f}"),
        (f"orders per second, bare SimPy ({bare.EVENTS_AN_ORDER} events each)", f"{theirs:,.0f}"),
        ("ratio", f"{median(timing.rate / rate for timing, rate in zip(timings, bares, strict=True)):.3f}"),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value:>10}")


if __name__ == "__main__":
    main()
