"""Processes at work: each begins with nothing, lives until the last task, and never longer than who started it.

Knows nothing of what the tasks are.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


@contextmanager
def pool(jobs: int, begin: Callable[..., object], *given: Any) -> Iterator[ProcessPoolExecutor]:
    """`jobs` processes, each of which has called `begin` with what is given. What is not begun when it ends is dropped."""
    # A process starts from nothing, so that no thread of ours is copied.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _start, (begin, given)) as workers:
        try:
            yield workers
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def as_done(workers: ProcessPoolExecutor, task: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """What `task` makes of each item, as it comes."""
    for each in as_completed([workers.submit(task, item) for item in items]):
        yield each.result()


def _start(begin: Callable[..., object], given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    begin(*given)


def _end_with(parent: BaseProcess | None) -> None:
    """Who started us may be killed without a word; nobody else would then tell us to stop."""
    if parent is not None:
        parent.join()
        os._exit(1)
