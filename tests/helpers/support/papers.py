"""The papers of a business, to be changed by hand: what a mechanism leaves behind, without simulating it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from detectors.evidence import Evidence


class Papers:
    """The tables of a healthy business, to be changed."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.tables = {name: evidence.table(name) for name in evidence.names}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def keep(self, name: str, kept: Any) -> None:
        self.tables[name] = self.tables[name][kept].reset_index(drop=True)

    def add(self, name: str, **columns: Any) -> None:
        row = pd.DataFrame([columns]).astype({
            column: self[name][column].dtype for column in columns if self[name][column].dtype != "object"
        })  # fmt: skip
        self.tables[name] = pd.concat([self[name], row], ignore_index=True)

    def old(self, name: str, column: str, count: int, wanted: Any = True) -> pd.DataFrame:
        """The first rows of a table after its first two weeks."""
        frame = self[name]
        start = pd.Timestamp(self.evidence.calendar.start) + pd.Timedelta(days=14)
        return frame[(frame[column] > start) & wanted].sort_values(column, kind="stable").head(count)

    def strand(self, documents: Any, status: str, code: str | None, message: str | None) -> list[str]:
        """Let the records of some documents end in a status, refused with these words."""
        carried = self["integration/sync_record_documents"]
        keys = carried.loc[carried["document_key"].isin(list(documents)), "record_key"].unique().tolist()
        log = self["integration/sync_status_log"]
        gone = log.loc[log["record_key"].isin(keys), "target_document_id"].dropna()
        log.loc[log["record_key"].isin(keys) & log["status"].isin(("Completed", "Warning")), "status"] = status
        log.loc[log["record_key"].isin(keys), "target_document_id"] = None
        records = self["integration/sync_records"]
        records.loc[records["record_key"].isin(keys), "status"] = status
        records.loc[records["record_key"].isin(keys), "target_document_id"] = None
        tries = self["integration/sync_attempts"]
        tries.loc[tries["record_key"].isin(keys), "error_code"] = code
        tries.loc[tries["record_key"].isin(keys), "message"] = message
        self.unpost(gone)
        return keys

    def unpost(self, targets: Any) -> None:
        heads = self["ledger/journals"]
        ids = heads.loc[heads["source_id"].isin(list(targets)), "journal_id"]
        self.keep("ledger/journals", ~heads["journal_id"].isin(ids))
        self.keep("ledger/journal_lines", ~self["ledger/journal_lines"]["journal_id"].isin(ids))

    def post(self, number: int, day: str, lines: dict[str, int], source: str = "MANJOURNAL", narration: str = "") -> str:
        """A journal by hand."""
        key = f"hand{number:04d}"
        at = pd.Timestamp(day) + pd.Timedelta(hours=16)
        self.add("ledger/journals", journal_id=key, journal_date=at.normalize(), recorded_at=at, source_type=source,
                 source_id=f"paper{number:04d}", reference=None, narration=narration, created_by="Kim")  # fmt: skip
        for account, cents in lines.items():
            self.add("ledger/journal_lines", journal_id=key, account_code=account, amount_cents=cents)
        return f"paper{number:04d}"

    def account(self, control: str | None = None, **of: str) -> str:
        frame = self["ledger/accounts"]
        picked = frame["control"].eq(control) if control else frame["control"].isna()
        for column, value in of.items():
            picked &= frame[column.rstrip("_")] == value
        return str(frame.loc[picked, "account_code"].iloc[0])

    def done(self) -> Evidence:
        return Evidence.of(self.tables, self.evidence.calendar, profile=self.evidence.profile, ledger=self.evidence.ledger)
