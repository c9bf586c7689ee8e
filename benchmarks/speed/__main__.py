"""`python -m benchmarks.speed`: simulation and export against a bare SimPy loop, medians of a few repetitions."""

from __future__ import annotations

from statistics import median

import click

from scenarios import loader

from . import bare, whole


@click.command()
@click.option("--repetitions", type=click.IntRange(1, 50), default=5, show_default=True, help="How often each is measured.")
@click.option("--profile", default="d2c_apparel", show_default=True, help="Which business, by the name of its profile.")
@click.option("--size", type=click.Choice(whole.SIZES), default="medium", show_default=True, help="How many orders a year.")
@click.option("--memory", is_flag=True, help="Also measure the memory each order takes, from medium to large.")
def main(repetitions: int, profile: str, size: str, memory: bool) -> None:
    """Print orders per second of the whole simulation, divided by those of SimPy alone.

    Example: python -m benchmarks.speed --profile amazon_first --size small --repetitions 3 --memory
    """
    business = whole.Business(profile, size)
    try:
        whole.measure(business, 1)  # the first run also loads libraries and word lists
    except loader.ScenarioError as error:
        raise click.UsageError(str(error)) from error
    timings, bares = [], []
    for seed in range(1, repetitions + 1):  # in turn, so that a busy moment of the machine hits both
        timing = whole.measure(business, seed)
        timings.append(timing)
        bares.append(timing.orders / bare.seconds(timing.orders, timing.open_orders))
    ours, theirs = median(timing.rate for timing in timings), median(bares)
    peak = whole.peak(business)
    rows = [
        ("orders", f"{median(timing.orders for timing in timings):,.0f}"),
        ("orders open at a time", f"{median(timing.open_orders for timing in timings):,.0f}"),
        ("simulation", f"{median(timing.simulation for timing in timings):.2f} s"),
        ("export to Parquet", f"{median(timing.export for timing in timings):.2f} s"),
        ("peak memory of the simulation", f"{peak.simulation / 1e6:,.0f} MB"),
        ("peak memory", f"{peak.whole / 1e6:,.0f} MB"),
        ("orders per second, everything included", f"{ours:,.0f}"),
        (f"orders per second, bare SimPy ({bare.EVENTS_AN_ORDER} events each)", f"{theirs:,.0f}"),
        ("ratio", f"{median(timing.rate / rate for timing, rate in zip(timings, bares, strict=True)):.3f}"),
    ]
    if memory:
        medium, large = (whole.peak(whole.Business(profile, which)) for which in ("medium", "large"))
        rows += [
            ("peak memory, medium", f"{medium.whole / 1e6:,.0f} MB"), ("peak memory, large", f"{large.whole / 1e6:,.0f} MB"),
            ("bytes an order, medium to large", f"{whole.bytes_an_order(medium, large):,.0f}"),
        ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value:>10}")


if __name__ == "__main__":
    main()
