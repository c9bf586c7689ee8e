"""What a rule finds, and what several findings together mean: which is the cause, which a mask, which a consequence.

`Reading` is evidence with the joins that several rules need, each made once and only when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, wraps
from typing import TYPE_CHECKING

import msgspec

from sim.causes import causes

from ..books import arrivals, cin7_lines
from ..contract import Hypothesis
from ..documents import trace
from ..evidence import Evidence, look_up, within
from ..helpers import posted_lines

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
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


class Reading:
    """Evidence and what several rules derive from it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """A table; do not write to it."""
        if name not in self._tables:
            self._tables[name] = self.evidence.table(name)
        return self._tables[name]

    def sees(self, *layers: str) -> bool:
        """Whether all these layers are visible."""
        return all(self.evidence.has(layer) for layer in layers)

    @cached_property
    def evening(self) -> pd.Timestamp:
        """The last minute of the evidence's evening."""
        import pandas as pd  # noqa: PLC0415  (heavy; only when used)

        return pd.Timestamp(self.evidence.as_of) + pd.Timedelta(hours=23, minutes=59)

    def workdays(self, since: pd.Series[pd.Timestamp]) -> npt.NDArray[np.int64]:
        """Working days from each moment to the evening."""
        return self.evidence.calendar.workdays_between(since, self.evening)

    def days(self, since: pd.Series[pd.Timestamp]) -> pd.Series[int]:
        """Whole days from each moment to the evening."""
        passed: pd.Series[int] = (self.evening - since).dt.days
        return passed

    @cached_property
    def arrived(self) -> pd.Series[pd.Timestamp]:
        """When each Cin7 document arrived in the ledger, by document."""
        return arrivals(self.evidence)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Cin7's transactions, one row an account moved."""
        return cin7_lines(self.evidence)

    @cached_property
    def amounts(self) -> pd.Series[int]:
        """What each Cin7 document posts, debits only, in cents."""
        return self.table("cin7/transactions").groupby("document_key")["amount_cents"].sum()

    @cached_property
    def posted(self) -> pd.DataFrame:
        """Journal lines with their heads, and the account's class, type and control."""
        accounts = self.table("ledger/accounts")[["account_code", "class", "type", "control"]]
        return posted_lines(self.evidence).merge(accounts, on="account_code", how="left")

    @cached_property
    def by_hand(self) -> pd.DataFrame:
        """Journal lines that no record of the integration brought.

        Without integration: those entered by another user than most journals, which are the integration's.
        """
        posted = self.posted
        if self.sees("integration"):
            brought = self.table("integration/sync_status_log")["target_document_id"].dropna().unique()
            return posted[~within(posted["source_id"], brought)]
        heads = self.table("ledger/journals")
        machine = heads["created_by"].mode()
        return posted[~within(posted["journal_id"], heads.loc[within(heads["created_by"], machine), "journal_id"])]

    @cached_property
    def outbound(self) -> pd.DataFrame:
        """Documents on their way to the ledger, one row a record and document, with the other system's last words on it."""
        records = self.table("integration/sync_records")
        records = records[records["direction"] == "outbound"].rename(columns={"document_key": "head_key"})
        attempts = self.table("integration/sync_attempts").dropna(subset=["error_code"])
        last = attempts.sort_values("attempted_at", kind="stable").drop_duplicates("record_key", keep="last")
        said = last.set_index("record_key")[["error_code", "message"]]
        frame: pd.DataFrame = self.table("integration/sync_record_documents").merge(records, on="record_key")
        words = {column: look_up(frame["record_key"], said[column]) for column in said.columns}
        return frame.assign(**words)

    @cached_property
    def stranded(self) -> pd.DataFrame:
        """Of `outbound`, the last record of each document that no record has brought to the ledger."""
        frame = self.outbound
        frame = frame[~within(frame["document_key"], self.arrived.index)]
        frame = frame.sort_values(["created_at", "record_key"], kind="stable").drop_duplicates("document_key", keep="last")
        return frame.assign(amount_cents=look_up(frame["document_key"], self.amounts) if self.sees("cin7") else None)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Where what a ledger document posted is not what Cin7 sent under it, by ledger document and account.

        Columns: target_document_id, account_code, cin7_cents, ledger_cents, difference_cents (ledger less Cin7).
        """
        import pandas as pd  # noqa: PLC0415

        carried = self.outbound.dropna(subset=["target_document_id"])
        carried = carried.drop_duplicates(["document_key", "target_document_id"])[["document_key", "target_document_id"]]
        sent = self.lines.merge(carried, on="document_key")[["target_document_id", "account_code", "amount_cents"]]
        posted = self.posted.loc[within(self.posted["source_id"], carried["target_document_id"])]
        posted = posted.rename(columns={"source_id": "target_document_id"})[sent.columns]
        both = pd.concat([
            sent.assign(cin7_cents=sent["amount_cents"], ledger_cents=0),
            posted.assign(cin7_cents=0, ledger_cents=posted["amount_cents"]),
        ])  # fmt: skip
        sums = both.groupby(["target_document_id", "account_code"], sort=False)[["cin7_cents", "ledger_cents"]].sum()
        sums["difference_cents"] = sums["ledger_cents"] - sums["cin7_cents"]
        off: pd.DataFrame = sums[sums["difference_cents"] != 0].reset_index()
        # What an edit takes back from one document and gives to its next revision is never posted, rightly.
        shapes = {
            str(target): tuple(sorted(zip(rows["account_code"], rows["difference_cents"], strict=True)))
            for target, rows in off.groupby("target_document_id")
        }
        there = set(shapes.values())
        edits = [key for key, shape in shapes.items() if tuple((account, -cents) for account, cents in shape) in there]
        return off[~within(off["target_document_id"], edits)]


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
