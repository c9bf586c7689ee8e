"""What detectors said, beside what is true: each judgement in words, a sign and a colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sim.causes import Cause

from .markup import NOTHING, Cell, Column, Markup, badge, count, element, join, moment, money, percent, table, verdict, when
from .truth import Answer

_LISTED = 10


def title_of(name: str, known: dict[str, Cause]) -> str:
    """A cause's title, or its name in words when it is not registered."""
    return known[name].title if name in known else name.replace("_", " ").capitalize()


def said(answer: Answer, known: dict[str, Cause], results: list[dict[str, Any]]) -> list[Cell]:
    """All detectors' scores side by side, then each one's ranked list."""
    if not results:
        return [element("p", "No detector was run on this case.")]
    return [_to_be_found(answer, known), _scores(answer, results), *(_one(answer, known, result) for result in results)]


def _to_be_found(answer: Answer, known: dict[str, Cause]) -> Markup:
    if not answer.causes:
        return element("p", "To be found: nothing. The right answer is an empty list.")
    found = (
        element("li", f"{title_of(c.name, known)} ", badge(c.layer), " since ", when(c.onset), f", {money(c.amount_cents)}")
        for c in answer.causes
    )
    return join([element("p", "To be found:"), element("ul", *found)])


# -- scores ---------------------------------------------------------------------------------------------------


def _yes(score: float) -> Markup:
    if 0 < score < 1:
        return Markup(percent(score))
    return verdict(score >= 1, "yes" if score >= 1 else "no")


def _days(score: float) -> str:
    if not score:
        return "on the day"
    days = f"{abs(score):g} day{'' if abs(score) == 1 else 's'}"
    return f"{days} {'late' if score > 0 else 'early'}"


# Scores by key: heading, and how a value is put into words.
_WORDS: dict[str, tuple[str, Callable[[float], str]]] = {
    "ac1": ("Right cause first", _yes),
    "ac3": ("Right cause in the first three", _yes),
    "ac5": ("Right cause in the first five", _yes),
    "layer": ("Right layer", _yes),
    "document_precision": ("Cited documents that belong", percent),
    "document_recall": ("Affected documents cited", percent),
    "document_f1": ("Documents, both together (F1)", percent),
    "onset_error_days": ("Onset", _days),
    "money_error": ("Amount off by", percent),
    "correct_empty": ("Rightly silent", _yes),
}


def _scores(answer: Answer, results: list[dict[str, Any]]) -> Markup:
    given = [result.get("score") or {} for result in results]
    used = {key for score in given for key, value in score.items() if _is_number(value)}
    keys = [key for key in _WORDS if key in used] + sorted(used - set(_WORDS))
    columns = [Column("Detector"), Column("In short"), *(Column(_heading(key)) for key in keys),
               Column("Seconds", figures=True)]  # fmt: skip
    rows = [
        (
            str(result.get("detector", NOTHING)),
            _in_short(answer, result),
            *(_score(key, score.get(key)) for key in keys),
            f"{seconds:.2f}" if _is_number(seconds := result.get("seconds")) else NOTHING,
        )
        for result, score in zip(results, given, strict=True)
    ]
    note = f"{NOTHING}: this score does not apply here, or was not taken."
    return table("Scores side by side", columns, rows, note=note, classes="pinned scores")


def _heading(key: str) -> str:
    return _WORDS[key][0] if key in _WORDS else key.replace("_", " ").capitalize()


def _score(key: str, value: Any) -> Cell:
    if not _is_number(value):
        return NOTHING
    return _WORDS[key][1](float(value)) if key in _WORDS else f"{float(value):.3g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)


# -- lists ----------------------------------------------------------------------------------------------------


def _hypotheses(result: dict[str, Any]) -> list[dict[str, Any]]:
    return list((result.get("diagnosis") or {}).get("hypotheses") or [])


def _in_short(answer: Answer, result: dict[str, Any]) -> Markup:
    """One detector's answer in a few words."""
    if result.get("failure"):
        return verdict(False, "gave no answer")
    blamed = [h for h in _hypotheses(result) if h.get("role", "cause") == "cause"]
    right = {cause.name for cause in answer.causes}
    if not right:
        return verdict(not blamed, "false alarm" if blamed else "right: nothing is broken")
    if not blamed:
        return verdict(False, "missed it: says all is well")
    rank = next((n for n, h in enumerate(blamed, 1) if h.get("cause") in right), None)
    if rank is None:
        return verdict(False, "wrong cause")
    return verdict(True, "right cause") if rank == 1 else verdict(False, f"right cause only at rank {rank}")


def _one(answer: Answer, known: dict[str, Cause], result: dict[str, Any]) -> Markup:
    name = str(result.get("detector", NOTHING))
    diagnosis = result.get("diagnosis") or {}
    layers = [badge(str(layer)) for layer in diagnosis.get("layers") or []]
    short = _in_short(answer, result)
    seen = Markup("; it sees " + join(layers, " ")) if layers else ""
    parts: list[Cell] = [element("h3", name), element("p", short, seen)]
    listed = _hypotheses(result)
    if result.get("failure"):
        parts.append(element("p", str(result["failure"])))
    elif not listed:
        parts.append(element("p", "It returned an empty list, which means: nothing is broken."))
    else:
        parts.append(_ranked(name, answer, known, listed))
    return element("div", *parts, class_="box right" if "verdict right" in short else "box wrong")


def _ranked(name: str, answer: Answer, known: dict[str, Cause], listed: list[dict[str, Any]]) -> Markup:
    columns = [Column("Rank", short=True), Column("Cause"), Column("Judgement", short=True), Column("Role", short=True),
               Column("Layer", short=True), Column("Onset", short=True), Column("Amount", figures=True),
               Column("Probability", figures=True), Column("Documents cited", figures=True)]  # fmt: skip
    rows = [
        (
            str(rank), title_of(str(h.get("cause", NOTHING)), known), _judged(answer, h), str(h.get("role", "cause")),
            badge(str(h.get("layer", NOTHING))), moment(h.get("onset")), money(h.get("amount_cents")),
            _probability(h.get("probability")), count(len(h.get("evidence") or [])),
        )
        for rank, h in enumerate(listed[:_LISTED], 1)
    ]  # fmt: skip
    left = len(listed) - len(rows)
    note = f"{count(left)} more were returned." if left > 0 else ""
    return table(f"The list of {name}, best first", columns, rows, note=note, classes="prose")


def _judged(answer: Answer, hypothesis: dict[str, Any]) -> Markup:
    if hypothesis.get("role", "cause") != "cause":
        return verdict(None, "not named as a cause")
    if hypothesis.get("cause") in {cause.name for cause in answer.causes}:
        return verdict(True, "right cause")
    if hypothesis.get("layer") in {cause.layer for cause in answer.causes}:
        return verdict(False, "wrong cause, right layer")
    return verdict(False, "wrong cause")


def _probability(value: Any) -> str:
    return f"{value * 100:.0f} %" if _is_number(value) else NOTHING
