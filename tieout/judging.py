"""Between the commands and the judges: run a detector, read what one said, and put scores into words and tables.

Knows the contracts of detectors, scorer and pages; it has no opinion of its own about who is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.harness import BenchmarkCase, Outcome
from benchmarks.scores import Score, read_answer, score_case
from detectors.calendar import Calendar
from detectors.contract import Detector, Diagnosis, DiagnosisError, Example, check_causes
from detectors.evidence import Evidence

from . import console

if TYPE_CHECKING:
    from detectors.scorecard import Scorecard

_NOTHING = "-"


def diagnose(detector: Detector, evidence: Evidence) -> Diagnosis:
    """What a detector says about the layers it may see. Raises InputError, naming it, when it fails or breaks its contract."""
    _discover()
    try:
        diagnosis: object = detector.diagnose(evidence.restrict(detector.reads))
        if not isinstance(diagnosis, Diagnosis):
            raise DiagnosisError(f"it returned {type(diagnosis).__name__}; allowed is a Diagnosis")
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


def truth_of(evidence: Evidence, truth: Path) -> dict[str, Any]:
    """The answer in a truth folder. Raises AnswerError, and InputError when it is plainly another case's."""
    answer = read_answer(truth / "answer.json")
    window = answer["window"]
    if (window["start"], window["end"]) != (evidence.calendar.start.isoformat(), evidence.as_of.isoformat()):
        console.fail(f"{truth / 'answer.json'}: is the truth of another case, from {window['start']} to {window['end']}; "
                     f"this one is from {evidence.calendar.start} to {evidence.as_of}")  # fmt: skip
    return answer


def lessons(besides: str) -> list[Example]:
    """The answers of the library's other scenarios, for a detector that learns. There is no evidence with them."""
    from scenarios import loader  # noqa: PLC0415  (only the demo needs it)

    faults = _discover()
    examples = []
    for name in loader.library():
        if name != besides:
            scenario = loader.load_scenario(name)
            causes = [{"name": fault.name, "layer": faults[fault.name].layer} for fault in scenario.faults]
            evidence = Evidence.of({}, Calendar(scenario.start, scenario.start))
            examples.append(Example(evidence, {"causes": causes}))
    return examples


def benchmark_case(folder: Path) -> BenchmarkCase:
    """The case in `folder`/case with the truth in `folder`/truth, and the register of causes filled."""
    from benchmarks.harness import read_case  # noqa: PLC0415

    _discover()
    return read_case(folder)


def scores(diagnosis: Diagnosis, answer: dict[str, Any]) -> dict[str, Any]:
    """Every score of a diagnosis that is defined for the case, by name."""
    told = msgspec.to_builtins(score_case(answer, diagnosis))
    return {key: value for key, value in told.items() if value is not None and key not in {"seconds", "peak_mb", "error"}}


def said(diagnosis: Diagnosis, answer: dict[str, Any]) -> dict[str, Any]:
    """A diagnosis and its score as the trainer's page wants them."""
    score = score_case(answer, diagnosis)
    return {
        "detector": diagnosis.detector, "diagnosis": msgspec.to_builtins(diagnosis), "score": _for_page(score),
        "seconds": None, "failure": "",
    }  # fmt: skip


def outcome(done: Outcome) -> dict[str, Any]:
    """What the harness saw as the trainer's page wants it."""
    return {
        "detector": done.detector, "diagnosis": None if done.diagnosis is None else msgspec.to_builtins(done.diagnosis),
        "score": _for_page(done.score), "seconds": round(done.seconds, 3), "failure": done.error or "",
    }  # fmt: skip


def _for_page(score: Score) -> dict[str, Any]:
    told = {
        "ac1": score.ac1, "ac3": score.ac3, "layer": score.layer_right, "document_precision": score.document_precision,
        "document_recall": score.document_recall, "document_f1": score.document_f1,
        "onset_error_days": score.onset_error_days, "money_error": _money_error(score), "correct_empty": score.specific,
    }  # fmt: skip
    return {key: value for key, value in told.items() if value is not None}


def _money_error(score: Score) -> float | None:
    return score.amount_error_cents / score.amount_true_cents if score.amount_true_cents else None


def table(outcomes: Sequence[Outcome]) -> str:
    """One line a detector, at most 80 columns wide."""
    head = ("detector", "says", "cause", "layer", "documents", "onset", "amount", "seconds")
    return console.table(head, [_row(done) for done in outcomes], right=(4, 5, 6, 7))


def _row(done: Outcome) -> tuple[str, ...]:
    score = done.score
    if done.error:
        return (done.detector, "gave no answer", *("no",) * 2, *(_NOTHING,) * 3, f"{done.seconds:.1f}")
    named = len(score.named)
    words = f"{named} cause{'s' if named > 1 else ''}" if named else "healthy"
    found = set(score.named) & set(score.truth)
    late, money = score.onset_error_days, _money_error(score) if found else None
    return (
        done.detector, words, _yes(score.exact if score.right is None else score.right), _yes(score.layer_right),
        _NOTHING if score.document_f1 is None else f"{score.document_f1:.0%}",
        _NOTHING if late is None else f"{late:+d} d", _NOTHING if money is None else f"{money:.1%} off",
        f"{done.seconds:.1f}",
    )  # fmt: skip


def _yes(right: bool | None) -> str:
    return _NOTHING if right is None else "right" if right else "no"


def figure(value: Any) -> str:
    """A score in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def card(scorecard: Scorecard) -> str:
    """A scorecard for a terminal: a table of months a list, then what the last month-end says."""
    from detectors.scorecard import CROSSED, LISTS  # noqa: PLC0415  (only one command needs it)

    if not scorecard.marks:
        return "no month has ended yet"
    ends, parts = scorecard.month_ends, []
    signs = {None: "?", True: "x", False: "."}
    for name, heading in LISTS.items():
        rows = []
        for item in heading.items:
            holds = [mark.holds for mark in scorecard.of(name) if mark.item == item.name]
            rows.append((_short(item.title), " ".join(f"{signs[each]:>2}" for each in holds)))
        rows.append(("how many hold", " ".join(f"{len(scorecard.holding(name, end)):>2}" for end in ends)))
        parts.append(console.table((heading.title, " ".join(f"{end:%m}" for end in ends)), rows))
        said = [mark for mark in scorecard.of(name) if mark.month_end == ends[-1] and mark.holds is (not heading.good)]
        parts.append("\n".join(f"{ends[-1]}: {mark.sentence}" for mark in said))
    crossed = scorecard.crossed
    parts.append(f"{CROSSED} signs or more since {crossed}: it has crossed layers" if crossed
                 else f"fewer than {CROSSED} signs in every month")  # fmt: skip
    parts.append("x holds, . does not, ? unknown; a column a month-end")
    return "\n\n".join(part for part in [*parts, *(f"note: {remark}" for remark in scorecard.remarks)] if part)


def _short(title: str, columns: int = 40) -> str:
    return title if len(title) <= columns else title[: columns - 3].rstrip() + "..."


def register_causes() -> None:
    """Fill the register of causes that answers are held against."""
    _discover()


def _discover() -> Any:
    """The faults; finding them fills the register of causes that detectors answer from."""
    from sim import faults  # noqa: PLC0415

    return faults.discover()
