"""What a rule finds, and what several findings together mean: which is the cause, which a mask, which a consequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING

import msgspec

from sim.causes import causes

from ..contract import Hypothesis
from ..documents import documents, trace
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
    hides: str = ""
    """Of a reaction, the books in which it makes something agree: stock, revenue or clearing; nothing for any of them."""
    fits: bool | None = None
    """Of a reaction, whether it took away just what was too much; what did not hid nothing, and is a cause whatever else is.
    None: that cannot be told."""
    follows: tuple[str, ...] = ()
    """Causes of which it is a consequence, where one that began before it has been found."""


_ALL, _STOCK, _SALES = ("stock", "revenue", "clearing"), ("stock",), ("revenue", "clearing")
_DISTURBS: Mapping[str, tuple[str, ...]] = {
    "invoice_authorised_shipment_incomplete": _STOCK, "invoice_authorised_before_shipment": ("revenue",),
    "shipment_authorised_invoice_missing": _SALES, "open_purchase_task": (), "grni_not_cleared": _STOCK,
    "ginr_stuck_in_transit": _STOCK, "po_revaluation_blocked_by_lock_date": _STOCK, "lock_date_mirror_drift": _ALL,
    "account_mapping_gap_default_account": ("stock", "revenue"), "overbroad_account_mapping": ("stock", "revenue"),
    "qbo_product_account_override": ("stock", "revenue"), "skipped_inventory_journal": _STOCK, "failed_sync_ignored": _ALL,
    "sync_warning_cleared": ("revenue",), "payout_consolidation_timing_mismatch": _SALES, "orphaned_clearing_record": _SALES,
    "comingled_clearing_account": ("clearing",), "gateway_fee_not_booked": ("clearing",), "unmapped_external_sku": _ALL,
    "duplicate_product_identifier": _STOCK, "variant_attribute_misconfigured": _STOCK, "qbo_invalid_item_name": _SALES,
    "rate_limit_burst": _ALL, "connection_or_authorisation_break": _ALL, "conflicting_replenishment_signals": (),
    "stale_allocation": (), "spend_money_bypass": _STOCK, "paid_document_resync_rejected": _SALES,
    "accrued_inventory_disabled": _STOCK, "landed_cost_late_or_expensed": _STOCK, "credit_note_without_restock": _STOCK,
    "restock_without_credit_note": _ALL, "transfer_stuck_in_transit": _STOCK, "stocktake_overwrites_inflight": _STOCK,
    "bom_quantity_or_disassembly_cost_error": _STOCK, "duplicate_revenue_path": _SALES,
    "negative_or_zero_cost_layer_sale": _STOCK, "silent_partial_batch_acceptance": _ALL, "receipt_not_authorised": _STOCK,
    "opening_balance_migration_error": _STOCK, "costing_method_wrong": _STOCK, "miscoded_bill": (),
    "duplicated_bank_line": (),
}  # fmt: skip
"""Which books each cause puts out, by the effect matrix of the catalogue: stock (inventory, its accruals, cost of sales),
revenue (sales and receivables) and clearing. A cause that is not in it may put out any. Asked only where nobody
can tell whether a reaction fits, as without Cin7."""

_BEFORE_DAYS = 14
"""Days by which a consequence may seem to begin before its cause: both onsets are estimates (assumption)."""

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

    A finding is a consequence of one that it `follows`. A reaction is a mask where another cause began no later and it fits
    what it hides; where nobody can tell whether it fits, that cause must disturb the books it is made in. A reaction to
    nothing is a cause itself, and so is one that hides nothing.
    """
    surest: dict[str, Finding] = {}
    for finding in findings:
        if finding.cause not in surest or finding.probability > surest[finding.cause].probability:
            surest[finding.cause] = finding
    primary = [
        finding for finding in surest.values()
        if not (finding.reaction and finding.fits is not False) and not _origin(finding, surest.values())
    ]  # fmt: skip
    roles: list[tuple[Finding, str]] = []
    for finding in surest.values():
        if _origin(finding, surest.values()):
            roles.append((finding, "consequence"))
        elif finding.reaction and any(_prompts(other, finding) for other in primary):
            roles.append((finding, "mask"))
        else:
            roles.append((finding, "cause"))
    return sorted(roles, key=lambda each: (each[1] != "cause", -each[0].probability, each[0].cause))


def _prompts(cause: Finding, reaction: Finding) -> bool:
    touches = not reaction.hides or reaction.hides in _DISTURBS.get(cause.cause, (reaction.hides,))
    return (touches if reaction.fits is None else reaction.fits) and cause.since <= reaction.since


def _origin(finding: Finding, others: Iterable[Finding]) -> bool:
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    seen = finding.since + pd.Timedelta(days=_BEFORE_DAYS)
    return any(other.cause in finding.follows and other.since <= seen for other in others)


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
    """The first document cited, traced to the ledger; where it led to nothing there, through the first cited one made of it."""
    if finding.chain or not finding.keys:
        return finding.chain
    first = finding.keys[0]
    if not reading.sees("cin7"):
        return (first,)
    chain = trace(reading.evidence, first)
    if chain[-1] != first:
        return chain
    cited = documents(reading.evidence, finding.keys)
    made_of_it = cited.loc[cited["parent_key"] == first, "document_key"]
    return trace(reading.evidence, made_of_it.iloc[0]) if len(made_of_it) else chain
