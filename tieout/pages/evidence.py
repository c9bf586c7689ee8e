"""The tables of a case as the pages read them: evidence only, through the same door as a detector."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd

from detectors.evidence import CaseError, Evidence


class ReportError(Exception):
    """A page cannot be made; the message says why, in one line with the place."""


class Tables:
    """The evidence of one case on its last evening: all layers, in any format a case is written in."""

    __slots__ = ("_accounts", "_evidence", "_frames")

    def __init__(self, case: Path) -> None:
        try:
            self._evidence = Evidence.open(case)
            self._evidence.verify_files()
        except CaseError as error:
            raise ReportError(str(error)) from error
        self._accounts: dict[str, str] | None = None
        self._frames: dict[str, pd.DataFrame] = {}

    def __call__(self, name: str) -> pd.DataFrame:
        """The table `name`, such as "cin7/sales". Raises ReportError when it is damaged or not there."""
        if name not in self._frames:
            try:
                self._frames[name] = self._evidence.table(name)
            except (CaseError, LookupError) as error:
                raise ReportError(str(error)) from error
        return self._frames[name]

    @property
    def evidence(self) -> Evidence:
        """The evidence behind the tables."""
        return self._evidence

    @property
    def accounts(self) -> dict[str, str]:
        """Account names by code."""
        if self._accounts is None:
            frame = self("ledger/accounts")
            self._accounts = dict(zip(frame["account_code"], frame["name"], strict=True))
        return self._accounts

    def account(self, code: str) -> str:
        """An account's code and name."""
        return f"{code} {self.accounts.get(code, '')}".strip()

    @property
    def profile(self) -> str:
        """The name of the kind of business."""
        return self._evidence.profile

    @property
    def ledger(self) -> str:
        """The accounting software: xero or quickbooks."""
        return self._evidence.ledger

    @property
    def start(self) -> dt.date:
        """First day of the window."""
        return self._evidence.calendar.start

    @property
    def end(self) -> dt.date:
        """Last day of the window, whose evening is the moment the evidence was exported."""
        return self._evidence.as_of

    @property
    def month_ends(self) -> list[dt.date]:
        """Month-ends within the window."""
        return list(self._evidence.month_ends)


def value(cell: Any) -> Any:
    """A cell, with None for every way a frame has of saying that there is nothing."""
    return None if pd.isna(cell) else cell
