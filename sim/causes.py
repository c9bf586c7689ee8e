"""The shape of a cause, and the register that discovery fills. Detectors may read it; it knows no simulation."""

from __future__ import annotations

import msgspec

LAYERS = ("operations", "cin7", "integration", "ledger")
"""The four layers of origin, in the order in which each feeds the next."""
ROLES = ("cause", "mask", "consequence")


class Cause(msgspec.Struct, frozen=True):
    """A fault as the catalogue names it."""

    name: str
    title: str
    layer: str
    """Where it originates."""
    summary: str
    """The slip itself."""
    shows: dict[str, str]
    """Where it shows, layer by layer."""
    mistaken_for: str
    hidden_by: str
    fixed_by: str
    source: str
    headline: str
    """Role of the account that bears its amount, such as "inventory"; empty for faults of quantity or time alone."""


_REGISTER: dict[str, Cause] = {}


def register(cause: Cause) -> None:
    """Add a cause. Raises ValueError when another one has its name or the layer is unknown."""
    if cause.layer not in LAYERS:
        raise ValueError(f"{cause.name}: layer {cause.layer!r} is none of {', '.join(LAYERS)}")
    if _REGISTER.setdefault(cause.name, cause) != cause:
        raise ValueError(f"two causes are called {cause.name}")


def causes() -> dict[str, Cause]:
    """Every registered cause, in order of name."""
    return dict(sorted(_REGISTER.items()))
