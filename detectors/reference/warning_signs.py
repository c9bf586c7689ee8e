"""The practitioners' lists as a detector: what the scorecard's items are most plainly about, and whom to call.

Source: the practitioners' articles behind the health scorecard. An item is a symptom; what it is mapped to is the cause that
shows it most plainly, so the detector dates and weighs better than it names. Its worth is the triage in its remarks: is the
trouble contained in one layer or has it crossed, and is a generalist enough?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, answer
from ..evidence import Evidence
from ..reading import Reading
from ..scorecard import CROSSED, LISTS, Mark, Scorecard, scorecard
from .findings import Finding, hypotheses

_SIGN, _WEAK = 0.55, 0.4
"""Probability of what a sign and of what a trigger alone is mapped to (assumption: right about half the time)."""
_TWICE = 0.1
"""And more where two signs or more hold in the same month."""
_ONE_OFF = 3
"""Documents up to which a trouble is a one-off whose source can be traced (assumption)."""


class WarningSigns:
    """Names what the scorecard's items point at, with the month-end from which they hold, and says whom it takes."""

    name = "warning_signs"
    reads: tuple[str, ...] = LAYERS

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn: the lists are the practitioners'."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """What holds, signs first."""
        reading = Reading(evidence)
        card = scorecard(evidence, reading)
        told, remarks = hypotheses(reading, _findings(reading, card))
        return answer(self, evidence, told, remarks=[*remarks, *triage(reading, card)])


class _About(NamedTuple):
    """What an item is most plainly about."""

    layer: str
    cause: Callable[[Reading, Mark], str]
    probability: float
    reaction: bool = False


def _always(cause: str) -> Callable[[Reading, Mark], str]:
    return lambda _reading, _mark: cause


def _of_stuck(reading: Reading, mark: Mark) -> str:
    """What most of the documents stuck at a month-end are: refused for a lock date, skipped, or failed."""
    rows = reading.stranded.set_index("document_key")
    rows = rows[rows.index.isin(mark.keys)]
    said = rows["error_code"].fillna("") + " " + rows["message"].fillna("")
    if said.str.contains("lock date|6210", case=False, regex=True).mean() > 0.5:
        return "po_revaluation_blocked_by_lock_date"
    return "skipped_inventory_journal" if (rows["status"] == "Skipped").mean() > 0.5 else "failed_sync_ignored"


def _of_tasks(reading: Reading, mark: Mark) -> str:
    ships = reading.table("cin7/shipments")["document_key"]
    late = ships.isin(mark.keys).any()
    return "invoice_authorised_shipment_incomplete" if late else "open_purchase_task"


def _of_corrections(reading: Reading, mark: Mark) -> str:
    """Stock adjusted again and again, or journals on accounts of others: revenue if they touch it, else stock."""
    if reading.sees("cin7") and reading.table("cin7/stock_adjustments")["document_key"].isin(mark.keys).any():
        return "stock_adjustment_masks_cause"
    lines = reading.by_hand
    classes = lines.loc[lines["journal_id"].isin(mark.keys), "class"]
    return "manual_revenue_journal" if (classes == "REVENUE").any() else "manual_inventory_journal_bypasses_subledger"


def _of_margin(_reading: Reading, mark: Mark) -> str:
    above = " above " in mark.sentence
    return "invoice_authorised_shipment_incomplete" if above else "shipment_authorised_invoice_missing"


_ABOUT: dict[str, _About] = {
    "same_journals_without_a_cause": _About("ledger", _always("recurring_manual_journal_workaround"), _SIGN, reaction=True),
    "disagreement_after_close": _About("cin7", _always("lock_date_mirror_drift"), _WEAK),
    "inventory_does_not_reconcile": _About(
        "ledger", _always("manual_inventory_journal_bypasses_subledger"), _WEAK, reaction=True
    ),
    "margin_without_driver": _About("operations", _of_margin, _WEAK),
    "sync_errors_left": _About("integration", _of_stuck, _SIGN),
    "clearing_never_clears": _About("integration", _always("orphaned_clearing_record"), _WEAK),
    "tasks_unresolved": _About("operations", _of_tasks, _SIGN),
    "sync_entries_return": _About("integration", _always("failed_sync_ignored"), _WEAK),
    "corrections_by_hand": _About("ledger", _of_corrections, _WEAK, reaction=True),
}
"""Items that point at a cause; the others say that something is wrong, and not what."""


def _findings(reading: Reading, card: Scorecard) -> list[Finding]:
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    found = []
    for name, about in _ABOUT.items():
        held = [mark for mark in card.marks if mark.item == name and mark.holds]
        # What was over at the next month-end was put right.
        if not held or held[-1].month_end != card.month_ends[-1]:
            continue
        company = max(len(card.holding("signs", mark.month_end)) for mark in held)
        keys = tuple(dict.fromkeys(key for mark in held for key in mark.keys))
        found.append(Finding(
            cause=about.cause(reading, held[-1]), layer=about.layer, since=pd.Timestamp(held[0].month_end).replace(day=1),
            keys=keys, probability=about.probability + _TWICE * (company > 1), reaction=about.reaction,
            words=f"{held[-1].sentence} ({len(held)} month-ends)",
        ))  # fmt: skip
    return found


def triage(reading: Reading, card: Scorecard) -> list[str]:
    """Whether the trouble is contained or has crossed layers, and whether a generalist is enough, a sentence each."""
    if not card.marks:
        return ["no month has ended: there is no scorecard yet"]
    last = card.month_ends[-1]
    bad = [mark for name, heading in LISTS.items() for mark in card.holding(name, last) if not heading.good]
    if card.crossed is not None:
        words = f"triage: it has crossed layers, {CROSSED} signs or more since {card.crossed}"
        return [words, "triage: a generalist is not enough; it takes who moves through configuration, integration and ledger"]
    if not bad:
        return ["triage: no sign, pattern or trigger holds at the last month-end"]
    layers = sorted({_ABOUT[mark.item].layer for mark in bad if mark.item in _ABOUT}, key=LAYERS.index)
    contained = len(layers) <= 1
    where = f"contained in one layer ({layers[0]})" if len(layers) == 1 else f"in {len(layers) or 'no single'} layers"
    reason = _generalist(reading, bad) if contained else ""
    call = f"triage: a generalist is enough: {reason}" if reason else "triage: a generalist may not be enough"
    return [f"triage: it looks {where}, {len(card.holding('signs', last))} of seven signs at {last}", call]


def _generalist(reading: Reading, bad: Sequence[Mark]) -> str:
    """Which of the practitioners' conditions for a generalist the evidence shows; empty for none."""
    keys = {key for mark in bad for key in mark.keys}
    if keys and len(keys) <= _ONE_OFF:
        return f"a one-off of {len(keys)} documents whose source can be traced"
    if reading.sees("cin7") and reading.table("cin7/inventory_movements").empty:
        return "inventory is not tracked"
    if reading.sees("cin7", "operations"):
        shops = reading.table("operations/channel_orders").empty
        if shops and reading.table("operations/carrier_shipments").empty and reading.table("cin7/finished_goods").empty:
            return "there is no warehouse, no production and no shop"
    return ""
