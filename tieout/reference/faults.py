"""The page of faults and decoys: what each is, where it shows, and what it does in a small simulated business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .example import MEASURES, RIGHT, Effect, Example, example
from .markdown import anchor, code

if TYPE_CHECKING:
    from sim.causes import Cause
    from sim.faults.contract import Event

_HEAD = """# Faults and decoys

Written by `make docs` from the files in `sim/faults` and `sim/decoys`, which are the catalogue; `tieout faults NAME` prints the
same. Figures come from a small business with nothing but that one event in it, at default severity, with staff that do not
react: [all effects in one table](effects.md).
"""
_LAYERS = {"operations": "Operational workflow", "cin7": "Cin7 configuration", "integration": "Integration",
           "ledger": "General ledger"}  # fmt: skip
_UNITS = ("on hand", "available")


def page() -> str:
    """The whole page."""
    from sim import decoys, faults  # noqa: PLC0415  (the command line imports this package)

    lines = [_HEAD]
    for layer, title in _LAYERS.items():
        own = {name: event for name, event in faults.discover().items() if event.layer == layer}
        names = ", ".join(f"[{name}]({anchor(name)})" for name in own)
        lines += [f"- **{title}**: {names or 'none so far'}"]
    for kind, events in (("Faults", faults.discover()), ("Decoys", decoys.discover())):
        lines += ["", f"## {kind}"]
        for name, event in events.items():
            lines += ["", f"### {name}", "", *section(name, event)]
    return "\n".join(lines) + "\n"


def section(name: str, event: Event) -> list[str]:
    """What the catalogue says of one event, and its example."""
    from sim.faults.contract import cause_of  # noqa: PLC0415

    cause = cause_of(event)
    kind = f"Looks like {code(event.looks_like)} and is none." if event.looks_like else "A fault."
    lines = [f"*{cause.title}.* {kind} Origin: {_LAYERS[cause.layer].lower()}.", "", cause.summary, ""]
    lines += [f"- **{label}**: {words}" for label, words in _parts(cause)]
    lines += ["", f"In a small business ({code(example(name).profile)}): {' '.join(told(example(name)))}", ""]
    knobs = event.parameters.items()
    lines += [f"- {code(knob)}: {of.meaning} ({of.low:g} to {of.high:g}, default {of.default:g})" for knob, of in knobs]
    needs = f"Needs {', '.join(event.needs)}. " if event.needs else ""
    return [*lines, "", f"{needs}Source: {cause.source}"]


def _parts(cause: Cause) -> list[tuple[str, str]]:
    places = [(_LAYERS[layer], words) for layer, words in cause.shows.items()]
    return [*places, ("Mistaken for", cause.mistaken_for), ("Hidden by", cause.hidden_by), ("Fixed by", cause.fixed_by)]


def told(of: Example) -> list[str]:
    """An example in sentences."""
    if of.first is None:
        return [f"from {of.onset} to {of.end} it found no document to touch."]
    papers = "1 document" if of.documents == 1 else f"{of.documents} documents"
    lines = [f"from {of.onset} to {of.end} it touched {papers}, the first on {of.first}."]
    wrong = [_amount(measure, of.effects[measure]) for measure in MEASURES if of.effects[measure].sign != RIGHT]
    wrong += [f"{name} {dollars(abs(cents))} {'more' if cents > 0 else 'less'} in debit" for name, cents in of.others]
    lines.append(f"At the end: {'; '.join(wrong)}." if wrong else "Every balance is right at the end.")
    lines.append("The sync's queue looks as it would without it." if of.sync == "clean" else f"Records of the sync: {of.sync}.")
    if of.stages[1:]:
        lines.append(f"Of the failure sequence it reached, after the slip: {', '.join(of.stages[1:])}.")
    return lines


def _amount(measure: str, effect: Effect) -> str:
    if effect.sign == "~":
        return f"{measure} was wrong for a time"
    size = f"{abs(effect.at_end):,} units" if measure in _UNITS else dollars(abs(effect.at_end))
    if effect.sign == "split":
        accounts = ", ".join(f"{name} {dollars(cents)}" for name, cents in effect.accounts)
        return f"{measure} right in total, by account {accounts or 'wrong for a time'}"
    return f"{measure} {size} too {'high' if effect.at_end > 0 else 'low'}"


def dollars(cents: int) -> str:
    """An amount for people."""
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"
