"""What one simulated case shows: which documents took which statuses, and what they posted. Pure functions of evidence.

Sums and dates are left behind on purpose: a page made of words changes when the business does something else, not when
it does more of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from sim.schema import TABLES, all_columns, columns

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.healthy import Frames

_ABOUT_DOCUMENTS = (
    "cin7/document_status_log", "cin7/inventory_movements", "cin7/reconciling_items", "cin7/transactions",
)  # fmt: skip
"""Tables whose document key points to a document of another table."""
NO_DOCUMENT = "(unknown document)"
UNDONE = "Invoice undone"
"""What takes back an invoice has a key of its own, which is in no table of documents: it is known by what it does."""
_MASTER_DATA = ("Products", "Contacts")
CARD_ALONE = "(stock card alone)"
"""What moves value on the stock card and has neither a status nor a record of its own."""


class Change(msgspec.Struct, frozen=True, order=True):
    """A document's change of status; `before` is empty for its first one."""

    kind: str
    before: str
    after: str


class Posting(msgspec.Struct, frozen=True, order=True):
    """A pair that a kind of document posts, by what the accounts are for."""

    kind: str
    type: str
    debit: str
    credit: str


class Route(msgspec.Struct, frozen=True, order=True):
    """How a kind of document reaches the ledger: its record, and the kind of journal it becomes (empty: none yet)."""

    kind: str
    record_type: str
    source_type: str


class Observed(msgspec.Struct, frozen=True):
    """Everything the page says of one case."""

    changes: frozenset[Change]
    postings: frozenset[Posting]
    routes: frozenset[Route]
    movements: frozenset[tuple[str, str]]
    """Kind of document, movement type."""
    words: dict[str, frozenset[str]]
    """Words in use by name of their list."""

    def __or__(self, other: Observed) -> Observed:
        """What either of two cases shows."""
        lists = {name: self.words.get(name, frozenset()) | other.words.get(name, frozenset())
                 for name in (*self.words, *other.words)}  # fmt: skip
        return Observed(
            self.changes | other.changes, self.postings | other.postings, self.routes | other.routes,
            self.movements | other.movements, lists,
        )  # fmt: skip


def look(frames: Frames, roles: Mapping[str, str]) -> Observed:
    """What the evidence of one case shows; `roles` says what each account code is for."""
    kinds = kinds_of(frames)
    return Observed(
        changes_in(frames["cin7/document_status_log"]), postings_in(frames["cin7/transactions"], kinds, roles),
        routes_in(frames, kinds), movements_in(frames["cin7/inventory_movements"], kinds), words_in(frames),
    )  # fmt: skip


def kinds_of(frames: Frames) -> dict[str, str]:
    """Kind of each Cin7 document key: its document type, else the singular of its table, else what its journal says."""
    kinds = _narrations(frames)
    for name, fact in TABLES.items():
        if name.startswith("cin7/") and name not in _ABOUT_DOCUMENTS and "document_key" in columns(fact):
            kinds |= dict.fromkeys(frames[name]["document_key"], _singular(name.split("/")[1]))
    log = frames["cin7/document_status_log"]
    return kinds | dict(zip(log["document_key"], log["document_type"], strict=True))


def _singular(table: str) -> str:
    words = table.removesuffix("_lines").removesuffix("s").split("_")
    return " ".join(word.capitalize() for word in words)


def _narrations(frames: Frames) -> dict[str, str]:
    """What the journal of each document's record is for, less its number: "Cost change PO-000012" is a Cost change."""
    arrived = _arrived(frames)
    arrived = arrived[arrived["narration"].notna()]
    said = arrived["narration"].str.replace(r"\s+[A-Z#_-]*\d+$", "", regex=True)
    return dict(zip(arrived["document_key"], said, strict=True))


def _arrived(frames: Frames) -> pd.DataFrame:
    """One row a document and outbound record that carries it, with the journal it became where it has arrived."""
    records = frames["integration/sync_records"]
    outbound = records.loc[records["direction"] == "outbound", ["record_key", "record_type", "target_document_id"]]
    carried = frames["integration/sync_record_documents"].merge(outbound, on="record_key")
    journals = frames["ledger/journals"][["source_id", "source_type", "narration"]].dropna(subset="source_id")
    return carried.merge(journals, left_on="target_document_id", right_on="source_id", how="left")


def changes_in(log: pd.DataFrame) -> frozenset[Change]:
    """Every change of status. Rows of one document stand in the order in which they happened."""
    before = log.groupby("document_key", sort=False)["status"].shift().fillna("")
    return frozenset(
        Change(*row) for row in zip(log["document_type"], before, log["status"], strict=True) if row[1] != row[2]
    )


def postings_in(transactions: pd.DataFrame, kinds: Mapping[str, str], roles: Mapping[str, str]) -> frozenset[Posting]:
    """Every pair of accounts that a kind of document posts under a transaction type."""
    rows = transactions[["document_key", "type", "debit_account", "credit_account"]]
    return frozenset(
        Posting(kinds.get(key, UNDONE if kind == "Sale" and roles.get(credit) == "receivable" else NO_DOCUMENT), kind,
                roles.get(debit, debit), roles.get(credit, credit))
        for key, kind, debit, credit in rows.itertuples(index=False)
    )


def routes_in(frames: Frames, kinds: Mapping[str, str]) -> frozenset[Route]:
    """Into which record a kind of document goes, and what it becomes; a record that never arrived says nothing more."""
    arrived = _arrived(frames)
    rows = arrived[["document_key", "record_type", "source_type"]].fillna({"source_type": ""})
    # A product or contact is no document: its record says what it is.
    nameless = {**dict.fromkeys(_MASTER_DATA, ""), "Invoices": UNDONE}
    found = {Route(kinds.get(key, (nameless[record] or record) if record in nameless else NO_DOCUMENT), record, source)
             for key, record, source in rows.itertuples(index=False)}  # fmt: skip
    known = {(route.kind, route.record_type) for route in found if route.source_type}
    return frozenset(route for route in found if route.source_type or (route.kind, route.record_type) not in known)


def movements_in(movements: pd.DataFrame, kinds: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Which rows of the stock card a kind of document makes."""
    rows = zip(movements["document_key"], movements["movement_type"], strict=True)
    return frozenset((kinds.get(key, CARD_ALONE), kind) for key, kind in rows)


def words_in(frames: Frames) -> dict[str, frozenset[str]]:
    """The words in use by name of their list, over every table."""
    words: dict[str, frozenset[str]] = {}
    for name, fact in TABLES.items():
        for title, column in all_columns(fact).items():
            if column.kind == "code":
                used: Collection[str] = frames[name][title].dropna().unique().tolist()
                words[column.of] = words.get(column.of, frozenset()) | frozenset(used)
    return words
