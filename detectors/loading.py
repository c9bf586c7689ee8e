"""Finding a detector: one of the house's own by name, one that a package offers, `package.module:Class`, or `exec:PROGRAM`."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from functools import partial
from importlib import metadata
from typing import Any, cast

from sim.schema import LAYERS

from .contract import Detector
from .external import External, ExternalError, command_of
from .reference.blend import Blend
from .reference.change_point import ChangePoint
from .reference.latest_change import LatestChange
from .reference.learned import Learned
from .reference.ledger_accountant import LedgerAccountant
from .reference.majority import Majority
from .reference.majority_by_profile import MajorityByProfile
from .reference.none import NoneDetector
from .reference.random_guess import RandomGuess
from .reference.specialist import Specialist
from .reference.stock_ledger_checks import StockLedgerChecks
from .reference.symptom_lookup import SymptomLookup
from .reference.warning_signs import WarningSigns

GROUP = "tieout.detectors"
"""Entry-point group under which packages offer detectors."""
BUILT_IN: dict[str, Callable[[], Detector]] = {
    "none": NoneDetector,
    "majority": Majority,
    "majority_by_profile": MajorityByProfile,
    "random": RandomGuess,
    "latest_change": LatestChange,
    "symptom_lookup": SymptomLookup,
    "change_point": ChangePoint,
    "warning_signs": WarningSigns,
    "ledger_accountant": LedgerAccountant,
    "stock_ledger_checks": StockLedgerChecks,
    "learned": Learned,
    "specialist": Specialist,
    "blend": Blend,
}
"""The house's own detectors, from the least to the most able."""


class DetectorError(ValueError):
    """A detector cannot be found or is none; the message says, in one line, what is allowed."""


def available() -> dict[str, str]:
    """Every detector that has a name, and where it is: the house's own, then those that packages offer.

    A package cannot take a name of the house.
    """
    own = {name: f"{factory.__module__}:{getattr(factory, '__qualname__', name)}" for name, factory in BUILT_IN.items()}
    offered = {point.name: point.value for point in metadata.entry_points(group=GROUP) if point.name not in own}
    return own | dict(sorted(offered.items()))


def find(name: str) -> Callable[[], Detector]:
    """What makes a new detector: the class behind a name or `package.module:Class`, or a runner of `exec:PROGRAM`.

    Raises DetectorError for an unknown name (with one suggestion), or when what is found makes no detector.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    outside = command_of(name)
    if outside is not None:
        return _program(name, *outside)
    known = available()
    where = known.get(name, name if ":" in name else "")
    if not where:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}, package.module:Class or exec:PROGRAM"
        raise DetectorError(f"there is no detector {name!r}; {hint}")
    factory = _import(name, where)
    _check(name, factory)
    return cast("Callable[[], Detector]", factory)


def load(name: str) -> Detector:
    """A new detector by name or `package.module:Class`. Raises DetectorError as `find` does."""
    return find(name)()


def _program(name: str, command: list[str], file_format: str) -> Callable[[], Detector]:
    if not command:
        raise DetectorError(f"{name}: names no program; allowed is {name}PROGRAM [ARGUMENTS]")
    try:
        External(command, file_format)
    except ExternalError as error:
        raise DetectorError(f"{name}: {error}") from error
    return partial(External, tuple(command), file_format)


def _import(name: str, where: str) -> Any:
    module, _, path = where.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        # Another's module may raise anything while it is imported; to the user it is a detector that does not load.
        raise DetectorError(f"{name}: cannot import {module!r}: {type(error).__name__}: {_one_line(error)}") from error
    for part in path.split("."):
        if not hasattr(found, part):
            raise DetectorError(f"{name}: {module} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise DetectorError(f"{name}: {where} is not a class or a function that makes a detector")
    return found


def _check(name: str, factory: Callable[[], object]) -> None:
    try:
        detector = factory()
    except Exception as error:
        raise DetectorError(f"{name}: cannot be made: {type(error).__name__}: {_one_line(error)}") from error
    if not isinstance(detector, Detector):
        raise DetectorError(f"{name}: {type(detector).__name__} lacks one of name, reads, fit, diagnose")
    if not isinstance(detector.reads, tuple) or not set(detector.reads) <= set(LAYERS):
        raise DetectorError(f"{name}: reads is {detector.reads!r}; allowed is a tuple of {', '.join(LAYERS)}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
