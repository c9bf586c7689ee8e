"""Decoys: what looks like a fault and is none. Same contract as a fault, with the opposite promise."""

from __future__ import annotations

from functools import cache

from ..faults import contract
from ..faults.contract import Event

GROUP = "tieout.decoys"
"""Entry-point group under which packages offer further decoys."""


@cache
def discover() -> dict[str, Event]:
    """Every decoy by name, in order of name."""
    return contract.discover(__name__, __path__, GROUP)
