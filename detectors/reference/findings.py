"""What a rule finds, and what several findings together mean: which is the cause, which a mask, which a consequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING

import msgspec

from sim.causes import causes

from ..contract import Hypothesis
from ..documents import trace
from ..reading import Reading

if TYPE_CHECKING:
    import pandas as pd


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is off, and what the catalogue calls it."""

    cause: str
    layer: str
    """The layer of origin."""
    since: pd.Timestamp
    keys: tuple[str, ...] = ()
    """Documents that went wrong, in order of time."""
    amount_cents: int | None = None
    probability: float
    words: str
    chain: tuple[str, ...] = ()
    """One example from origin to symptom; by default, the first document traced to the ledger."""
    reaction: bool = False
    """What people do when something else is wrong: a mask, where a cause that began before it has been found."""
    follows: tuple[str, ...] = ()
    """Causes of which it is a consequence, where one that began before it has been found."""


Rule = Callable[[Reading], "Finding | None"]


def needs(*layers: str) -> Callable[[Rule], Rule]:
    """Marks a rule that says nothing unless these layers are visible."""

    def mark(rule: Rule) -> Rule:
        @wraps(rule)
        def guarded(reading: Reading) -> Finding | None:
            return rule(reading) if reading.sees(*layers) else None

        return guarded

    return mark


def resolve(findings: Iterable[Finding]) -> list[tuple[Finding, str]]:
    """Each finding with its role, causes first, surest first; of two with one cause, the surer one.

    A finding is a consequence of one that it `follows`, and a reaction is a mask, where that other one began no later.
    """
    surest: dict[str, Finding] = {}
    for finding in findings:
        if finding.cause not in surest or finding.probability > surest[finding.cause].probability:
            surest[finding.cause] = finding
    primary = [finding for finding in surest.values() if not finding.reaction and not _origin(finding, surest.values())]
    roles: list[tuple[Finding, str]] = []
    for finding in surest.values():
        if _origin(finding, surest.values()):
            roles.append((finding, "consequence"))
        elif finding.reaction and any(other.since <= finding.since for other in primary):
            roles.append((finding, "mask"))
        else:
            roles.append((finding, "cause"))
    return sorted(roles, key=lambda each: (each[1] != "cause", -each[0].probability, each[0].cause))


def _origin(finding: Finding, others: Iterable[Finding]) -> bool:
    return any(other.cause in finding.follows and other.since <= finding.since for other in others)


def hypotheses(reading: Reading, findings: Sequence[Finding]) -> tuple[list[Hypothesis], list[str]]:
    """Findings as hypotheses, and remarks on those that the catalogue of causes does not know."""
    known, told, remarks = causes(), [], []
    ceiling = 1.0
    for finding, role in resolve(findings):
        if known and finding.cause not in known:
            remarks.append(f"it also looks as if {finding.words} ({finding.cause}, which the catalogue does not know)")
            continue
        # Answers are ranked by probability: what follows from a cause cannot be named before it.
        ceiling = finding.probability if role == "cause" else min(finding.probability, ceiling)
        told.append(Hypothesis(
            cause=finding.cause, role=role, layer=finding.layer, onset=finding.since.date(), amount_cents=finding.amount_cents,
            evidence=tuple(dict.fromkeys(finding.keys)), chain=_chain(reading, finding), probability=ceiling,
            note=finding.words,
        ))  # fmt: skip
    return told, remarks


def _chain(reading: Reading, finding: Finding) -> tuple[str, ...]:
    if finding.chain or not finding.keys:
        return finding.chain
    return trace(reading.evidence, finding.keys[0]) if reading.sees("cin7") else finding.keys[:1]
