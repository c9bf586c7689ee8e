"""Between the commands and the judges: run a detector, read what one said, score it, and put scores into a table.

Knows the contracts of detectors and scorer; it has no opinion of its own about who is right.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from detectors import loading
from detectors.calendar import Calendar
from detectors.contract import Detector, Diagnosis, DiagnosisError, Example, check_causes
from detectors.evidence import Evidence

from . import console


def diagnose(detector: Detector, evidence: Evidence) -> Diagnosis:
    """What a detector says about the layers it may see. Raises InputError, naming it, when it fails or breaks its contract."""
    _discover()
    try:
        diagnosis = detector.diagnose(evidence.restrict(detector.reads))
        if not isinstance(diagnosis, Diagnosis):
            raise DiagnosisError(f"returned {type(diagnosis).__name__}; allowed is a Diagnosis")
        check_causes(diagnosis)
    except Exception as error:  # noqa: BLE001  (anybody's code: whatever it raises is a line about it)
        console.fail(f"detector {detector.name} failed: {type(error).__name__}: {error}")
    return diagnosis


def read_diagnosis(path: Path) -> Diagnosis:
    """A diagnosis from a JSON file. Raises InputError with the file's name."""
    _discover()
    try:
        return Diagnosis.from_json(path.read_bytes())
    except OSError as error:
        console.fail(f"{path}: cannot be read: {error.strerror or error}")
    except DiagnosisError as error:
        console.fail(f"{path}: {error}")


def lessons(besides: str) -> list[Example]:
    """The answers of the library's other scenarios, for a detector that learns. There is no evidence with them."""
    from scenarios import loader  # noqa: PLC0415  (only the demo needs it)

    causes = _discover()
    examples = []
    for name in loader.library():
        if name != besides:
            scenario = loader.load_scenario(name)
            answer = {"causes": [{"name": fault.name, "layer": causes[fault.name].layer} for fault in scenario.faults]}
            window = Calendar(scenario.start, scenario.start)
            examples.append(Example(Evidence.of({}, window), answer))
    return examples


def judge(name: str, case: Path, truth: Path, learnt: list[Example]) -> dict[str, Any]:
    """Fit and run the detector of this name, and score it: detector, diagnosis, score, seconds, failure."""
    began = time.perf_counter()
    detector = loading.load(name)
    detector.fit(learnt)
    diagnosis = diagnose(detector, Evidence.open(case))
    seconds = time.perf_counter() - began
    return {**result(diagnosis, truth), "seconds": seconds}


def result(diagnosis: Diagnosis, truth: Path) -> dict[str, Any]:
    """A diagnosis with its score, as the trainer's page wants it."""
    import msgspec  # noqa: PLC0415

    return {
        "detector": diagnosis.detector, "diagnosis": msgspec.to_builtins(diagnosis), "score": score(diagnosis, truth),
        "seconds": None, "failure": "",
    }  # fmt: skip


def _discover() -> Any:
    """Fill the register of causes, which only finding the faults does."""
    from sim import faults  # noqa: PLC0415

    return faults.discover()
