"""The truth of a case as the trainer's page reads it: the answer and the true balances. Evidence lives elsewhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pandas as pd

from .evidence import ReportError


class Reached(msgspec.Struct, frozen=True):
    """One stage of the failure sequence."""

    stage: int
    name: str
    reached: bool
    at: str | None = None
    document: str | None = None
    size: str = ""


class Happened(msgspec.Struct, frozen=True):
    """A fault that was put into the case."""

    name: str
    layer: str
    onset: str | None = None
    """The day of the first root document; None when the fault never struck."""
    amount_cents: int | None = None
    headline_account: str | None = None
    root_documents: list[str] = []
    documents: list[str] = []
    stages: list[Reached] = []


class LookAlike(msgspec.Struct, frozen=True):
    """A decoy that was put into the case."""

    name: str
    looks_like: str
    at: str | None = None
    documents: list[str] = []


class Act(msgspec.Struct, frozen=True):
    """What a member of staff did about what they saw."""

    kind: str
    role: str
    by: str
    at: str
    document: str | None = None
    account: str | None = None
    gap_cents: int = 0
    cents: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What really happened."""

    scenario: str
    title: str
    story: str
    seed: int
    causes: list[Happened]
    acts: list[Act] = []
    decoys: list[LookAlike] = []


class Truth:
    """The truth folder of one case."""

    __slots__ = ("_folder", "answer")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / "answer.json"
        try:
            self.answer = msgspec.json.decode(path.read_bytes(), type=Answer)
        except (OSError, msgspec.MsgspecError) as error:
            raise ReportError(f"{path}: {_first_line(error)}") from error

    def __call__(self, name: str) -> pd.DataFrame:
        """The table `name`, such as "balances". Raises ReportError when it is damaged or not there."""
        path = self._folder / f"{name}.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ReportError(f"{path}: {_first_line(error)}") from error

    def sums(self, roles: dict[str, str], kind: str) -> pd.DataFrame:
        """Balances in cents, debit positive: a row for each month-end, a column for each account `kind`.

        Columns are "true", "ledger" and "undisturbed"; `roles` says what each account is (`monthend.kinds`).
        """
        balances = self("balances")
        mine = balances[balances["account_code"].map(roles) == kind]
        sums = mine.groupby("month_end")[["true_cents", "ledger_cents", "undisturbed_cents"]].sum()
        sums.index = pd.to_datetime(sums.index)
        sums.columns = [str(name).removesuffix("_cents") for name in sums.columns]
        return sums.sort_index()


def onset_of(causes: list[Happened]) -> dt.date | None:
    """The day on which the first of `causes` began; None when none of them did."""
    return min((dt.date.fromisoformat(cause.onset[:10]) for cause in causes if cause.onset), default=None)


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
