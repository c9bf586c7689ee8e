"""The yardstick: a SimPy loop in which an order is twelve events and nothing else."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Any

import simpy

EVENTS_AN_ORDER = 12


def seconds(orders: int, open_orders: int) -> float:
    """Seconds for `orders` orders of twelve timeouts each, `open_orders` of them under way at any time."""
    env = simpy.Environment()
    lanes = max(1, min(open_orders, orders))

    def lane(number: int) -> Generator[simpy.Event, Any, None]:
        # Lanes are staggered, so that the events of different orders alternate as they do in a business.
        yield env.timeout(number / lanes)
        for _ in range(number, orders, lanes):
            for _ in range(EVENTS_AN_ORDER):
                yield env.timeout(1.0)

    for number in range(lanes):
        env.process(lane(number))
    started = perf_counter()
    env.run()
    return perf_counter() - started
