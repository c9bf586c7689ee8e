"""The fault catalogue: one file a fault, found by looking. A fault touches its layer of origin and nothing else."""

from __future__ import annotations

from functools import cache

from . import contract
from .contract import Event

GROUP = "tieout.faults"
"""Entry-point group under which packages offer further faults: each entry is the name of a package of such files."""


@cache
def discover() -> dict[str, Event]:
    """Every fault by name, in order of name; their causes are registered."""
    return contract.discover(__name__, __path__, GROUP)
