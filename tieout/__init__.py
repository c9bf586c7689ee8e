"""The front door: what an author of detectors or scenarios imports, loaded when first asked for.

`from tieout import Evidence, Diagnosis, Hypothesis` is all a detector needs, and `check_detector` tries it;
`load_scenario`, `case`, `simulate` and `run_checks` make a case and look at its books. The command line is in `cli`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detectors.conformance import check_detector
    from detectors.contract import Detector, Diagnosis, Example, Hypothesis
    from detectors.evidence import Evidence
    from scenarios.loader import case, load_profile, load_scenario
    from sim.invariants import Violation, run_checks
    from sim.simulate import simulate

__all__ = [
    "Detector", "Diagnosis", "Evidence", "Example", "Hypothesis", "Violation", "case", "check_detector", "load_profile",
    "load_scenario", "run_checks", "simulate",
]  # fmt: skip

_HOMES = {
    "detectors.conformance": ("check_detector",),
    "detectors.contract": ("Detector", "Diagnosis", "Example", "Hypothesis"),
    "detectors.evidence": ("Evidence",),
    "scenarios.loader": ("case", "load_profile", "load_scenario"),
    "sim.invariants": ("Violation", "run_checks"),
    "sim.simulate": ("simulate",),
}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
