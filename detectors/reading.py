"""Evidence with the joins that several readers of it need, each made once and only when asked for.

It holds no opinion on what is wrong; rules, scorecard and features are made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from .books import arrivals, cin7_lines
from .evidence import Evidence, look_up, within
from .helpers import joined, posted_lines

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


_ROUNDING_CENTS = 5
"""What tax may differ by in one document, a cent a line (assumption): cents of either sign are no edits."""

T = TypeVar("T")


def once(by: Callable[[Reading], T]) -> Callable[[Reading], T]:
    """Makes what a function derives from a reading once for each; nobody may write to it."""

    @wraps(by)
    def made_once(reading: Reading) -> T:
        return reading.derived(by)

    return made_once


class Reading:
    """Evidence and what several rules derive from it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._tables: dict[str, pd.DataFrame] = {}
        self._derived: dict[Callable[[Reading], Any], Any] = {}

    def derived(self, by: Callable[[Reading], T]) -> T:
        """What `by` makes of this reading, made once."""
        if by not in self._derived:
            self._derived[by] = by(self)
        found: T = self._derived[by]
        return found

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
    def shipped(self) -> pd.Series[pd.Timestamp]:
        """When each shipment was first authorised, by shipment."""
        log = self.table("cin7/document_status_log")
        log = log[(log["document_type"] == "Shipment") & (log["status"] == "AUTHORISED")]
        return log.groupby("document_key")["at"].min()

    def of_purchases(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Some purchases and every document made of them: receipts, bills, charges, credit notes, payments."""
        import pandas as pd  # noqa: PLC0415

        wanted = pd.Series(list(dict.fromkeys(keys)), dtype="str")
        found = wanted.tolist()
        for name in ("stock_received", "purchase_invoices", "landed_costs", "purchase_credit_notes", "purchase_payments"):
            rows = self.table(f"cin7/{name}")
            found += rows.loc[within(rows["purchase_key"], wanted), "document_key"].tolist()
        return tuple(dict.fromkeys(found))

    def ordered_value(self, received: pd.DataFrame) -> int:
        """What received units cost by their purchase, in cents. Columns needed: purchase_key, sku, quantity."""
        ordered = self.table("cin7/purchase_lines").rename(columns={"document_key": "purchase_key"})
        price = ordered.drop_duplicates(["purchase_key", "sku"])[["purchase_key", "sku", "unit_cost"]]
        both = received[["purchase_key", "sku", "quantity"]].merge(price, on=["purchase_key", "sku"])
        return round(float((both["quantity"] * both["unit_cost"]).sum()) / 100)

    @cached_property
    def posted(self) -> pd.DataFrame:
        """Journal lines with their heads, and the account's class, type and control."""
        accounts = self.table("ledger/accounts")[["account_code", "class", "type", "control"]]
        return joined(posted_lines(self.evidence), accounts, "account_code")

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
        carried = self.table("integration/sync_record_documents")
        frame = joined(carried[within(carried["record_key"], records["record_key"])], records, "record_key")
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
        sent = self.lines[within(self.lines["document_key"], carried["document_key"])]
        if carried["document_key"].is_unique:
            sent = joined(sent, carried, "document_key")
        else:
            sent = sent.merge(carried, on="document_key")
        sent = sent[["target_document_id", "account_code", "amount_cents"]]
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
        edits = [
            key for key, shape in shapes.items()
            if tuple((account, -cents) for account, cents in shape) in there
            and max(abs(cents) for _, cents in shape) > _ROUNDING_CENTS
        ]  # fmt: skip
        return off[~within(off["target_document_id"], edits)]
