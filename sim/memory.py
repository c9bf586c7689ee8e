"""Rest for the cyclic collector while much is made and nothing is cyclic. Knows nothing of the business."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_rests() -> Iterator[None]:
    """No collection until the end of the block, if there was to be any.

    A world's long-lived objects are slow to look through: a tenth of a run's time, and as long as a quarter of its export.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
