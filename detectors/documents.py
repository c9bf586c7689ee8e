"""The join every author needs: all of Cin7's documents in one table, what each belongs to, and what became of it.

Pure functions of evidence; they hold no opinion on what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from .evidence import Evidence, within

if TYPE_CHECKING:
    import pandas as pd


class Kind(NamedTuple):
    """How documents of one table are keyed, belong to others, and become known."""

    table: str
    known: str
    """The column that says when Cin7 learnt it."""
    parent: str = ""
    """The column with the document it belongs to; empty for a document of its own."""
    number: str = ""
    """The column with the number people use; empty where it has none."""


KINDS = (
    Kind("cin7/sales", "created_at", number="order_number"),
    Kind("cin7/shipments", "created_at", "sale_key"),
    Kind("cin7/sale_invoices", "authorised_at", "sale_key", "invoice_number"),
    Kind("cin7/sale_payments", "recorded_at", "paid_key", "reference"),
    Kind("cin7/credit_notes", "authorised_at", "sale_key", "credit_note_number"),
    Kind("cin7/restocks", "recorded_at", "credit_note_key"),
    Kind("cin7/purchases", "created_at", number="order_number"),
    Kind("cin7/stock_received", "recorded_at", "purchase_key"),
    Kind("cin7/purchase_invoices", "authorised_at", "purchase_key", "invoice_number"),
    Kind("cin7/purchase_credit_notes", "authorised_at", "purchase_key", "credit_note_number"),
    Kind("cin7/purchase_payments", "recorded_at", "purchase_key"),
    Kind("cin7/landed_costs", "recorded_at", "receipt_key"),
    Kind("cin7/stock_adjustments", "recorded_at"),
    Kind("cin7/stocktakes", "recorded_at"),
    Kind("cin7/inventory_write_offs", "recorded_at"),
    Kind("cin7/stock_transfers", "created_at", number="transfer_number"),
    Kind("cin7/stock_transfer_receipts", "recorded_at", "transfer_key"),
    Kind("cin7/finished_goods", "created_at", number="assembly_number"),
    Kind("cin7/finished_goods_receipts", "recorded_at", "assembly_key"),
    Kind("cin7/disassemblies", "created_at", number="disassembly_number"),
)
"""Every table of Cin7 that holds documents, selling first, then buying, then stock."""


def documents(evidence: Evidence, keys: Iterable[str] | None = None) -> pd.DataFrame:
    """Cin7's documents, one row each: document_key, table, parent_key, number, recorded_at. Needs cin7.

    `keys`: only these; by default all. A document of several lines is one row.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    wanted = None if keys is None else set(keys)
    parts = []
    for kind in KINDS:
        frame = evidence.table(kind.table)
        if wanted is not None:
            frame = frame[within(frame["document_key"], wanted)]
        part = frame[["document_key"]].assign(
            table=kind.table, parent_key=frame[kind.parent] if kind.parent else None,
            number=frame[kind.number] if kind.number else None, recorded_at=frame[kind.known],
        )  # fmt: skip
        if len(part):
            parts.append(part.drop_duplicates("document_key").astype({"parent_key": "str", "number": "str"}))
    if not parts:
        return pd.DataFrame({"document_key": [], "table": [], "parent_key": [], "number": [], "recorded_at": []})
    # A charge that came as a bill of its own is listed as the bill.
    return pd.concat(parts, ignore_index=True).drop_duplicates("document_key", ignore_index=True)


def origins(evidence: Evidence, key: str) -> tuple[str, ...]:
    """The documents that `key` belongs to, from the first down to itself: sale, credit note, restock. Needs cin7."""
    chain = [key]
    while True:
        found = documents(evidence, [chain[0]])
        parent = found["parent_key"].iloc[0] if len(found) else None
        if not isinstance(parent, str) or not parent or parent in chain:
            return tuple(chain)
        chain.insert(0, parent)


def carried_by(evidence: Evidence, keys: Iterable[str]) -> pd.DataFrame:
    """The outbound records that carry some documents, oldest first. Needs integration.

    Columns: document_key, record_key, record_type, created_at, status, status_at, target_document_id.
    """
    carried = evidence.table("integration/sync_record_documents")
    carried = carried[within(carried["document_key"], set(keys))]
    records = evidence.table("integration/sync_records")
    records = records[records["direction"] == "outbound"].drop(columns=["document_key", "direction", "target"])
    return carried.merge(records, on="record_key").sort_values(["created_at", "record_key"], kind="stable", ignore_index=True)


def trace(evidence: Evidence, key: str) -> tuple[str, ...]:
    """A chain to cite: what the document belongs to, itself, and the ledger documents that it became. Needs cin7.

    Where the integration is not visible, or nothing has arrived, it ends with the document.
    """
    chain = list(origins(evidence, key))
    if evidence.has("integration"):
        chain += carried_by(evidence, [key])["target_document_id"].dropna().unique().tolist()
    return tuple(chain)
