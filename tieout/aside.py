"""Work that goes on beside the command's own, on the other core."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

from sim.run import CAN_FORK


@contextmanager
def aside() -> Iterator[Executor]:
    """Who does one thing after the other in the meantime: a copy of this process where there can be one, else a thread."""
    if not CAN_FORK:
        with ThreadPoolExecutor(1) as thread:
            yield thread
        return
    with warnings.catch_warnings():
        # Python warns where threads exist. The copy uses none of those: it reads a case, reckons and leaves.
        warnings.simplefilter("ignore", DeprecationWarning)
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as process:
            yield process
