"""Named checks of a business's books, on exported tables alone. A breach is a value, never an exception.

Three tiers: `basic` (records agree with themselves), `books` (each account is explained by Cin7's documents, the
gateway and the queue) and `workflow` (no document is left half done). Every check holds for a healthy business on
the evening of every month-end, as known then. Knows the contract of the tables and nothing of how a case comes about;
it works on the frames it is given and loads no library for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from . import milestones
from .money import extend, ratio
from .schema import NO_LOCK, TABLES, all_columns

if TYPE_CHECKING:
    import pandas as pd

TIERS = ("basic", "books", "workflow")
ARRIVED = ("Completed", "Warning")
"""Sync statuses of a record whose document stands in the ledger."""
TIED = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable")
"""Controls to which only the sync posts in a healthy business; clearing is shared with the bank."""
QUEUE_DAYS_MAX = 35
"""Longest wait for the ledger: what a closed month refuses goes out with the next one (assumption)."""
COMPLETION_WORKDAYS_MAX = 5
"""Working days within which an invoiced sale is shipped and a shipped one invoiced (assumption)."""
RECEIPT_WORKDAYS_MAX = 8
"""Working days within which a delivery is booked in, a stocktake in between included (assumption)."""
MATCHING_DAYS_MAX = 10
"""Days from a payout to the last of the payments that it can be matched to (assumption)."""
OPEN_REST_DAYS_MAX = 90
"""Days after its due date for which the rest of a part-received purchase may be expected (assumption)."""

_DAYS: Final = "datetime64[s]"
_TIMES: Final = "datetime64[ms]"
_FILLED = (
    "ledger/accounts", "ledger/journals", "ledger/journal_lines", "cin7/transactions", "integration/sync_records",
    "integration/sync_record_documents", "integration/sync_status_log",
)  # fmt: skip
"""Tables that are never empty: opening stock alone fills them."""
_UNIQUE = {
    "ledger/accounts": "account_code", "ledger/journals": "journal_id", "cin7/inventory_movements": "movement_id",
    "cin7/transactions": "transaction_id", "integration/sync_records": "record_key", "cin7/sales": "document_key",
    "cin7/sale_invoices": "document_key", "cin7/shipments": "document_key", "cin7/credit_notes": "document_key",
    "cin7/purchases": "document_key", "cin7/purchase_invoices": "document_key",
    "cin7/purchase_credit_notes": "document_key", "cin7/purchase_payments": "document_key",
    "ledger/bank_statement": "statement_id", "ledger/drafts": "ledger_document_id",
}  # fmt: skip
_REFERS = (
    ("ledger/journal_lines", "journal_id", "ledger/journals", "journal_id"),
    ("ledger/journal_lines", "account_code", "ledger/accounts", "account_code"),
    ("cin7/transactions", "debit_account", "ledger/accounts", "account_code"),
    ("cin7/transactions", "credit_account", "ledger/accounts", "account_code"),
    ("cin7/inventory_movements", "account_code", "ledger/accounts", "account_code"),
    ("cin7/inventory_movements", "source_movement_id", "cin7/inventory_movements", "movement_id"),
    ("cin7/sale_lines", "document_key", "cin7/sales", "document_key"),
    ("cin7/sale_invoices", "sale_key", "cin7/sales", "document_key"),
    ("cin7/shipments", "sale_key", "cin7/sales", "document_key"),
    ("cin7/credit_notes", "sale_key", "cin7/sales", "document_key"),
    ("cin7/stock_received", "purchase_key", "cin7/purchases", "document_key"),
    ("cin7/purchases", "sale_key", "cin7/sales", "document_key"),
    ("cin7/purchase_invoices", "purchase_key", "cin7/purchases", "document_key"),
    ("cin7/purchase_payments", "bill_key", "cin7/purchase_invoices", "document_key"),
    ("cin7/purchase_payments", "credit_note_key", "cin7/purchase_credit_notes", "document_key"),
    ("cin7/purchase_credit_notes", "purchase_key", "cin7/purchases", "document_key"),
    ("cin7/purchase_credit_note_lines", "receipt_key", "cin7/stock_received", "document_key"),
    ("cin7/landed_costs", "receipt_key", "cin7/stock_received", "document_key"),
    ("integration/sync_record_documents", "record_key", "integration/sync_records", "record_key"),
    ("integration/sync_status_log", "record_key", "integration/sync_records", "record_key"),
    ("ledger/allocations", "ledger_document_id", "ledger/documents", "ledger_document_id"),
    ("ledger/bank_coding", "statement_id", "ledger/bank_statement", "statement_id"),
    ("ledger/bank_coding", "journal_id", "ledger/journals", "journal_id"),
)


class Violation(msgspec.Struct, frozen=True):
    """One breach of one check."""

    check: str
    key: str
    """What it is about: a document, an account, a product; with the month-end where it matters."""
    message: str


class Check(msgspec.Struct, frozen=True):
    """A named property of a healthy case."""

    name: str
    tier: str
    meaning: str
    find: Callable[[Case], Iterable[tuple[str, str]]]
    """Breaches as (key, message)."""


class Lacking(Exception):
    """A table or column that a check needs is not there."""


class Case:
    """The tables of one case, and what several checks derive from them."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], month_ends: Sequence[dt.date]) -> None:
        self.tables = tables
        self.month_ends = [np.datetime64(day, "s") for day in month_ends]
        self._whole: set[str] = set()

    def table(self, name: str) -> pd.DataFrame:
        """A table. Raises Lacking."""
        if name not in self._whole:
            if name not in self.tables:
                raise Lacking(f"{name} is missing")
            absent = [column for column in all_columns(TABLES[name]) if column not in self.tables[name].columns]
            if absent:
                raise Lacking(f"{name} lacks {', '.join(absent)}")
            self._whole.add(name)
        return self.tables[name]

    def times(self, name: str, column: str) -> pd.Series[Any]:
        """A column of moments."""
        return self.table(name)[column].astype(_TIMES)

    def days(self, name: str, column: str) -> pd.Series[Any]:
        """A column of days."""
        return self.table(name)[column].astype(_DAYS)

    def known(self, name: str, column: str, day: np.datetime64) -> pd.DataFrame:
        """Rows that the system had on the evening of `day`."""
        return self.table(name)[self.times(name, column) < evening(day)]

    def codes(self, controls: Collection[str]) -> list[str]:
        """Accounts with one of these controls."""
        accounts = self.table("ledger/accounts")
        return [str(code) for code in accounts.loc[accounts["control"].isin(list(controls)), "account_code"]]

    def label(self, code: str) -> str:
        """An account's code and name."""
        accounts = self.table("ledger/accounts")
        return f"{code} {accounts.loc[accounts['account_code'] == code, 'name'].iloc[0]}"

    @cached_property
    def ledger_lines(self) -> pd.DataFrame:
        """Journal lines with the moment the ledger learnt them and what stands behind them."""
        heads = self.table("ledger/journals")[["journal_id", "recorded_at", "source_id", "created_by", "narration"]]
        lines = self.table("ledger/journal_lines").merge(heads, on="journal_id")
        lines["recorded_at"] = lines["recorded_at"].astype(_TIMES)
        return lines

    def ledger_balance(self, day: np.datetime64) -> dict[str, int]:
        """Cents by account in the ledger, as recorded by that evening; debit positive."""
        lines = self.ledger_lines
        return _sums(lines[lines["recorded_at"] < evening(day)], "account_code", "amount_cents")

    @cached_property
    def arrivals(self) -> pd.Series[Any]:
        """The moment each Cin7 document's first record arrived in the ledger, by document."""
        records, log = self.table("integration/sync_records"), self.table("integration/sync_status_log")
        outbound = records.loc[records["direction"] == "outbound", ["record_key"]]
        arrived = log.loc[log["status"].isin(ARRIVED), ["record_key", "at"]].merge(outbound, on="record_key")
        carried = self.table("integration/sync_record_documents")[["record_key", "document_key"]]
        at = arrived.merge(carried, on="record_key")
        return at.assign(at=at["at"].astype(_TIMES)).groupby("document_key")["at"].min()

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """Cin7's transactions with the moment their document arrived in the ledger (NaT: not yet)."""
        own = self.table("cin7/transactions")
        at = own["document_key"].map(self.arrivals).astype(_TIMES)
        return own.assign(recorded_at=own["recorded_at"].astype(_TIMES), arrived_at=at)

    @cached_property
    def sent_directly(self) -> set[str]:
        """Products that their supplier always sends to the customer."""
        products = self.table("cin7/products")
        return set(products.loc[products["drop_ship_mode"] == "Always Drop Ship", "sku"])

    @cached_property
    def unstocked(self) -> set[str]:
        """These, and work."""
        products = self.table("cin7/products")
        return self.sent_directly | set(products.loc[products["type"] != "Stock", "sku"])

    def statuses(self, document_type: str, statuses: Collection[str]) -> pd.DataFrame:
        """The status log of one type of document, reduced to some statuses, oldest first."""
        log = self.table("cin7/document_status_log")
        wanted = log[(log["document_type"] == document_type) & log["status"].isin(list(statuses))]
        return wanted.assign(at=wanted["at"].astype(_TIMES)).sort_values("at", kind="stable")


def evening(day: np.datetime64) -> np.datetime64:
    """The end of a day: what is recorded before it was known that evening."""
    return day + np.timedelta64(1, "D")


def run_checks(
    tables: Mapping[str, pd.DataFrame], month_ends: Sequence[dt.date], names: Collection[str] | None = None
) -> list[Violation]:
    """Breaches of the named checks (default: all), in order of the checks.

    `tables` are the tables of evidence by name, as pandas frames. Raises ValueError for a check that does not exist.
    """
    known = {check.name: check for check in CHECKS}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ValueError(f"no such check: {unknown[0]}; known are {', '.join(known)}")
    case = Case(tables, month_ends)
    found: list[Violation] = []
    for check in CHECKS:
        if names is None or check.name in names:
            try:
                found += [Violation(check.name, key, message) for key, message in check.find(case)]
            except Lacking as why:
                found.append(Violation(check.name, str(why).split(" ", 1)[0], f"cannot be checked: {why}"))
    return found


def _sums(frame: pd.DataFrame, by: str, value: str) -> dict[str, int]:
    return {str(key): int(cents) for key, cents in frame.groupby(by, observed=True)[value].sum().items()}


def _balances(transactions: pd.DataFrame) -> dict[str, int]:
    """Cents by account of Cin7's transactions, debit positive."""
    total = _sums(transactions, "debit_account", "amount_cents")
    for code, cents in _sums(transactions, "credit_account", "amount_cents").items():
        total[code] = total.get(code, 0) - cents
    return total


def _at(day: np.datetime64, subject: str) -> str:
    return f"{day.astype('datetime64[D]')} {subject}"


# --- basic: records agree with themselves -------------------------------------------------------------------


def _contract(case: Case) -> Iterable[tuple[str, str]]:
    for name, fact in TABLES.items():
        try:
            frame = case.table(name)
        except Lacking as why:
            yield name, str(why)
            continue
        if frame.empty:
            if name in _FILLED:
                yield name, "is empty"
            continue
        for column, told in all_columns(fact).items():
            if told.kind in {"cents", "units", "cost"} and not np.issubdtype(_numpy_type(frame[column]), np.integer):
                yield f"{name}.{column}", f"is {frame[column].dtype}, not whole numbers"


def _numpy_type(column: pd.Series[Any]) -> np.dtype[Any]:
    return column.dtype if isinstance(column.dtype, np.dtype) else np.dtype(getattr(column.dtype, "numpy_dtype", object))


def _keys(case: Case) -> Iterable[tuple[str, str]]:
    for name, column in _UNIQUE.items():
        keys = case.table(name)[column]
        for key in keys[keys.duplicated()].unique():
            yield str(key), f"occurs more than once in {name}"
    for name, column, other, theirs in _REFERS:
        own, there = (set(case.table(of)[key].dropna().tolist()) for of, key in ((name, column), (other, theirs)))
        for key in sorted(own - there):
            yield str(key), f"{name}.{column} is not in {other}"


def _journals(case: Case) -> Iterable[tuple[str, str]]:
    lines = case.table("ledger/journal_lines")
    totals = lines.groupby("journal_id")["amount_cents"].sum()
    for key, cents in totals[totals != 0].items():
        yield str(key), f"is out of balance by {cents} cents"
    heads = case.table("ledger/journals")["journal_id"]
    for key in heads[~heads.isin(totals.index)]:
        yield str(key), "has no lines"


def _stock_card(case: Case) -> Iterable[tuple[str, str]]:
    shown = case.table("cin7/availability")
    wrong = shown[shown["available"] != shown["on_hand"] - shown["allocated"]]
    for row in wrong.itertuples():
        yield f"{str(row.month_end)[:10]} {row.sku}", f"available {row.available} is not {row.on_hand} less {row.allocated}"
    days = case.days("cin7/availability", "month_end")
    for day in case.month_ends:
        moved = case.known("cin7/inventory_movements", "recorded_at", day).groupby(["sku", "location"], observed=True)
        there = shown[days == day].set_index(["sku", "location"])[["on_hand", "stock_value_cents"]]
        both = there.join(moved[["quantity", "value_cents"]].sum(), how="outer").fillna(0).astype("int64")
        differ = both[(both["on_hand"] != both["quantity"]) | (both["stock_value_cents"] != both["value_cents"])]
        for row in differ.reset_index().itertuples():
            yield _at(day, f"{row.sku}"), (f"at {row.location} shows {row.on_hand} units and {row.stock_value_cents} cents; "
                                           f"its movements come to {row.quantity} and {row.value_cents}")  # fmt: skip


def _apart(case: Case) -> Iterable[tuple[str, str]]:
    for name in ("cin7/inventory_movements", "cin7/availability", "cin7/shipment_lines", "cin7/stock_received"):
        theirs = case.table(name)["sku"]
        for sku in sorted(set(theirs[theirs.isin(case.unstocked)])):
            yield sku, f"never lies here, and stands in {name}"


def _promised(case: Case) -> Iterable[tuple[str, str]]:
    """Allocated: units of sales that were allocated and have not left. On order: units ordered and still expected."""
    shown = case.table("cin7/availability")
    days = case.days("cin7/availability", "month_end")
    sales = case.statuses("Sale", ("ORDERED", "BACKORDERED", "VOIDED"))
    shipped = case.statuses("Shipment", ("AUTHORISED", "VOIDED"))
    left = case.table("cin7/shipments").set_index("document_key")["sale_key"]
    ordered, bought = case.table("cin7/sale_lines"), case.table("cin7/purchase_lines")
    waiting = case.table("cin7/backorder_log")
    held_in_parts = set(waiting["document_key"])
    lines = case.table("cin7/shipment_lines")
    lines = lines.assign(sale_key=lines["document_key"].map(left))
    buying = case.statuses("Purchase", (*_EXPECTS, *_EXPECTS_NOTHING))
    undone, missing = case.statuses("Stock Received", ("VOIDED",)), _missing(case)
    for day in case.month_ends:
        until = evening(day)
        state = sales[sales["at"] < until].drop_duplicates("document_key", keep="last")
        held = state.loc[state["status"] == "ORDERED", "document_key"]
        last = shipped[shipped["at"] < until].drop_duplicates("document_key", keep="last")
        gone = last.loc[last["status"] == "AUTHORISED", "document_key"]
        held = held[~held.isin(gone.map(left))]
        waits = waiting[waiting["at"] < until]
        advanced = held_in_parts & set(waits["document_key"])
        promised = _sums(ordered[ordered["document_key"].isin(set(held) - advanced)], "sku", "quantity")
        alive = advanced - set(state.loc[state["status"] == "VOIDED", "document_key"])
        sent = lines[lines["document_key"].isin(gone)]
        for units, part in ((1, ordered), (-1, waits), (-1, sent)):
            of = part["sale_key"] if "sale_key" in part else part["document_key"]
            for sku, quantity in _sums(part[of.isin(alive)], "sku", "quantity").items():
                promised[sku] = promised.get(sku, 0) + units * quantity
        purchases = case.known("cin7/purchases", "created_at", day)
        known = purchases.loc[purchases["sale_key"].isna(), "document_key"]
        stands = buying[buying["at"] < until].drop_duplicates("document_key", keep="last")
        open_ = known[known.isin(stands.loc[stands["status"].isin(_EXPECTS), "document_key"])]
        received = case.known("cin7/stock_received", "recorded_at", day)
        received = received[~received["document_key"].isin(undone.loc[undone["at"] < until, "document_key"])]
        credited = missing[missing["at"] < until]
        expected = _expected(bought[bought["document_key"].isin(open_)], received, credited)
        seen = shown[days == day].groupby("sku", observed=True)[["allocated", "on_order"]].sum()
        for sku, allocated, on_order in seen.itertuples():
            if allocated != promised.get(sku, 0):
                yield _at(day, sku), f"shows {allocated} units allocated; open sales hold {promised.get(sku, 0)}"
            if on_order != expected.get(sku, 0):
                yield _at(day, sku), f"shows {on_order} units on order; open purchases expect {expected.get(sku, 0)}"


_EXPECTS = ("ORDERED", "RECEIVING", "RECEIVING / CREDITED", "CREDITED")
_EXPECTS_NOTHING = ("RECEIVED", "RECEIVED / CREDITED", "VOIDED")


def _missing(case: Case) -> pd.DataFrame:
    """Credit note lines for goods that were billed ahead and never came."""
    heads = case.table("cin7/purchase_credit_notes")[["document_key", "purchase_key", "authorised_at"]]
    lines = case.table("cin7/purchase_credit_note_lines").merge(heads, on="document_key")
    lines = lines[lines["receipt_key"].isna()]
    return lines.assign(at=lines["authorised_at"].astype(_TIMES))


def _expected(bought: pd.DataFrame, *settled: pd.DataFrame) -> dict[str, int]:
    """Units by product that open purchases still expect: not what came or was credited, `settled`.

    More than ordered of one line is not less of another.
    """
    came: dict[tuple[str, str], int] = {}
    for lines in settled:
        for purchase, sku, units in zip(lines["purchase_key"], lines["sku"], lines["quantity"], strict=True):
            came[purchase, sku] = came.get((purchase, sku), 0) + int(units)
    expected: dict[str, int] = {}
    for purchase, sku, units in zip(bought["document_key"], bought["sku"], bought["quantity"], strict=True):
        expected[sku] = expected.get(sku, 0) + max(0, int(units) - came.get((purchase, sku), 0))
    return expected


def _reconciling(case: Case) -> Iterable[tuple[str, str]]:
    items = case.table("cin7/reconciling_items")
    if items.empty:
        return
    movements, transactions = case.table("cin7/inventory_movements"), case.transactions
    moved_at = case.times("cin7/inventory_movements", "recorded_at")
    for item in items.itertuples():
        until = evening(np.datetime64(str(item.month_end), "s"))
        own = movements[(moved_at < until) & (movements["document_key"] == item.document_key)]
        value, cents = int(own["value_cents"].sum()), int(str(item.amount_cents))
        if item.kind == "invoiced_not_received":
            theirs = transactions[(transactions["recorded_at"] < until)
                                  & (transactions["document_key"] == item.document_key)]  # fmt: skip
            debited = int(theirs.loc[theirs["debit_account"] == item.account_code, "amount_cents"].sum())
            holds, says = 0 < cents <= debited, f"the bill debited {debited}"
        elif item.kind == "received_not_released":
            holds, says = cents < 0 and -cents == value, f"the receipt's movements come to {value}"
        elif item.kind == "in_transit_same_account":
            later = movements[(moved_at < until) & movements["source_movement_id"].isin(own["movement_id"])
                              & (movements["document_key"] != item.document_key)]  # fmt: skip
            sent = -value - int(later["value_cents"].sum())
            holds, says = sent == cents, f"what was sent and has not arrived comes to {sent}"
        else:
            holds, says = False, "no such kind of item"
        if not holds:
            yield f"{str(item.month_end)[:10]} {item.document_key}", f"{cents} cents {item.kind}, but {says}"


def _sub_ledger(case: Case) -> Iterable[tuple[str, str]]:
    items = case.table("cin7/reconciling_items")
    days = case.days("cin7/reconciling_items", "month_end")
    for day in case.month_ends:
        stock = _sums(case.known("cin7/inventory_movements", "recorded_at", day), "account_code", "value_cents")
        named = _sums(items[days == day], "account_code", "amount_cents")
        booked = _balances(case.transactions[case.transactions["recorded_at"] < evening(day)])
        for code in case.codes(("inventory",)):
            explained = stock.get(code, 0) + named.get(code, 0)
            if explained != booked.get(code, 0):
                yield _at(day, case.label(code)), (f"stock card and reconciling items come to {explained}, "
                                                   f"transactions to {booked.get(code, 0)} cents")  # fmt: skip


def _purposes(case: Case) -> Iterable[tuple[str, str]]:
    """By default, each purpose has an account of its own; which gateway is for what cannot be told has none."""
    mapping = case.table("cin7/account_mapping")
    mapping = mapping[(mapping["level"] == "default") & (mapping["purpose"] != "Payment clearing")]
    known_at = case.times("cin7/account_mapping", "recorded_at")
    for day in case.month_ends:
        known = mapping[known_at[mapping.index] < evening(day)]
        now = known.assign(at=known_at[known.index]).sort_values("at", kind="stable").drop_duplicates("purpose", keep="last")
        for code, purposes in now.groupby("account_code", observed=True)["purpose"]:
            if len(purposes) > 1:
                yield _at(day, case.label(str(code))), f"is the account for {', '.join(sorted(purposes))}"


def _locks(case: Case) -> Iterable[tuple[str, str]]:
    """What is closed in the ledger is closed in Cin7, but for one day: the one's date is included, the other's is not."""
    locks = case.table("ledger/lock_dates")
    locks = locks[locks["kind"] == "period"]
    settings = case.table("cin7/settings_log")
    settings = settings[settings["setting"] == "LockDate"]
    for day in case.month_ends:
        ours = settings[case.times("cin7/settings_log", "recorded_at")[settings.index] < evening(day)]
        theirs = locks[case.times("ledger/lock_dates", "recorded_at")[locks.index] < evening(day)]
        if theirs.empty:
            continue
        ledger = case.days("ledger/lock_dates", "lock_date")[theirs.index].iloc[-1]
        said = [str(value) for value in ours.sort_values("recorded_at", kind="stable")["new_value"] if str(value) != NO_LOCK]
        if not said or np.datetime64(said[-1], "s") < ledger:
            ours_until = said[-1] if said else "no day"
            yield _at(day, "lock date"), f"the ledger is closed up to {ledger:%Y-%m-%d}, Cin7 before {ours_until}"


def _received_is_accrued(case: Case) -> Iterable[tuple[str, str]]:
    """Where a business accrues from the beginning, each receipt that comes before its bill has a value."""
    settings = case.table("cin7/settings_log")
    begins = settings[(settings["setting"] == "Accrued inventory") & settings["old_value"].isna()]
    if begins.empty or begins["new_value"].iloc[0] != "On":
        return
    purchases, lines = case.table("cin7/purchases"), case.table("cin7/purchase_lines")
    stock_first = purchases.loc[purchases["approach"] == "STOCK", "document_key"]
    priced = lines[lines["unit_cost"] > 0]["document_key"]
    received = case.table("cin7/stock_received")
    received = received[received["purchase_key"].isin(stock_first) & received["purchase_key"].isin(priced)]
    booked = set(case.table("cin7/transactions")["document_key"])
    for key in received["document_key"].unique():
        if key not in booked:
            yield str(key), "brought goods in at no value, to be billed later"


def _names(case: Case) -> Iterable[tuple[str, str]]:
    """No two products bear names that differ in case and spaces alone."""
    products = case.table("cin7/products")
    plain = products["name"].astype(object).fillna("").map(lambda name: " ".join(str(name).casefold().split()))
    twice = products[plain.duplicated(keep=False) & plain.ne("")]
    for sku, name in zip(twice["sku"], twice["name"], strict=True):
        yield str(sku), f"bears the name {str(name)!r}, as another product does"


def _sold_as_ordered(case: Case) -> Iterable[tuple[str, str]]:
    """A line of a sale is for the product that the channel's order names."""
    sales = case.table("cin7/sales")
    sales = sales.loc[sales["external_id"].notna(), ["document_key", "external_id"]]
    entered = case.table("cin7/sale_lines")[["document_key", "line", "sku"]].merge(sales, on="document_key")
    orders = case.table("operations/channel_orders")[["order_reference", "line", "sku"]]
    theirs = orders.rename(columns={"order_reference": "external_id"}).merge(
        entered, on=["external_id", "line"], suffixes=("_listed", "")
    )  # fmt: skip
    other = theirs[theirs["sku"].astype(str) != theirs["sku_listed"].astype(str)]
    for key, sku, listed in zip(other["document_key"], other["sku"], other["sku_listed"], strict=True):
        yield str(key), f"is for {sku} where the order says {listed}"


def _recipes(case: Case) -> Iterable[tuple[str, str]]:
    """Of each component, the workshop uses what is issued; a batch may use one unit more or fewer (assumption)."""
    usage, issued = case.table("operations/production_usage"), case.table("cin7/finished_goods_lines")
    heads = case.table("cin7/finished_goods")
    issued = issued[issued["document_key"].isin(heads.loc[heads["status"] != "VOIDED", "document_key"])]
    used, batches = (_sums(usage, "component_sku", "quantity"), usage.groupby("component_sku", observed=True).size())
    booked = _sums(issued, "sku", "total_quantity")
    for sku, count in batches.items():
        difference = used.get(str(sku), 0) - booked.get(str(sku), 0)
        if abs(difference) > count:
            were = used.get(str(sku), 0), booked.get(str(sku), 0)
            yield str(sku), f"{were[0]} units were used in {count} batches and {were[1]} were issued"


def _taken_over(case: Case) -> Iterable[tuple[str, str]]:
    """What is taken over from the system before is taken over once, on the first day."""
    equity = case.table("ledger/accounts")
    codes = set(equity.loc[equity["class"] == "EQUITY", "account_code"].astype(str))
    own = case.transactions
    own = own[own["debit_account"].astype(str).isin(codes) | own["credit_account"].astype(str).isin(codes)]
    first = case.table("cin7/settings_log")["recorded_at"].astype(_TIMES).min()
    for key, cents in zip(*(own[own["recorded_at"] > first][name] for name in ("document_key", "amount_cents")), strict=True):
        yield str(key), f"puts {cents} cents to opening equity after the first day"


def _leaves_by_expiry(case: Case) -> Iterable[tuple[str, str]]:
    """Of what is kept by expiry since go-live, nothing is sold or used while something that expires sooner lies there."""
    log = case.table("cin7/product_log")
    first = log.sort_values("at", kind="stable").drop_duplicates("sku")
    kept = set(first.loc[first["costing_method"] == "FEFO - Batch", "sku"])
    batches = case.table("cin7/batches")
    batches = batches[batches["sku"].isin(kept)]
    if batches.empty:
        return
    moved = case.table("cin7/inventory_movements")[["movement_id", "recorded_at", "location", "movement_type", "quantity"]]
    rows = batches.merge(moved, on="movement_id")
    rows = rows.assign(at=rows["recorded_at_y"].astype(_TIMES), expiry=rows["expiry_date"].astype(_DAYS))
    for (sku, _), own in rows.sort_values("at", kind="stable").groupby(["sku", "location"], observed=True):
        held: dict[Any, int] = {}
        for _, together in own.groupby("at"):
            out = together[together["quantity"] < 0]
            for expiry, units in zip(out["expiry"], out["quantity"], strict=True):
                held[expiry] = held.get(expiry, 0) + int(units)
            taken = out.loc[out["movement_type"].isin(("Sale", "Finished Goods")), "expiry"]
            if len(taken) and any(units > 0 and expiry < taken.max() for expiry, units in held.items()):
                yield str(sku), f"what expires on {taken.max():%Y-%m-%d} left before what expires sooner"
                break
            for expiry, units in zip(*(together.loc[together["quantity"] > 0, c] for c in ("expiry", "quantity")), strict=True):
                held[expiry] = held.get(expiry, 0) + int(units)


def _stands_as_sent(case: Case) -> Iterable[tuple[str, str]]:
    """A document that the sync brought by itself stands on the accounts that Cin7 gave it, where its total is right.

    Tax goes by rates of the ledger, and what they round otherwise to an account of its own: that is left aside.
    """
    records = case.table("integration/sync_records")
    own = records[(records["record_type"] == "Invoices") & records["document_key"].notna()]
    own = own[own["target_document_id"].notna()].drop_duplicates("document_key", keep=False)
    target = own.set_index("target_document_id")["document_key"].astype(str)
    lines = case.table("ledger/journal_lines")
    heads = case.table("ledger/journals")[["journal_id", "source_id"]]
    heads = heads[heads["source_id"].isin(target.index)].drop_duplicates("source_id", keep=False)
    there = lines.merge(heads, on="journal_id")
    there = there.assign(document=there["source_id"].map(target.to_dict()))
    booked = case.transactions
    booked = booked[booked["document_key"].isin(set(there["document"]))]
    sides = [
        booked.assign(account_code=booked[side], amount_cents=sign * booked["amount_cents"])[
            ["document_key", "account_code", "amount_cents"]]
        for side, sign in (("debit_account", -1), ("credit_account", 1))
    ]  # fmt: skip
    parts = [there[["document", "account_code", "amount_cents"]], *(side.set_axis(
        ["document", "account_code", "amount_cents"], axis=1) for side in sides)]  # fmt: skip
    apart: dict[str, dict[str, int]] = {}
    accounts = case.table("ledger/accounts")
    goods = set(accounts.loc[accounts["class"] == "REVENUE", "account_code"].astype(str)) | set(case.codes(("inventory",)))
    controls = set(case.codes(("receivable", "payable")))
    for part in parts:
        for document, account, cents in zip(part["document"], part["account_code"], part["amount_cents"], strict=True):
            of = apart.setdefault(str(document), {})
            of[str(account)] = of.get(str(account), 0) + int(cents)
    for document, by_account in sorted(apart.items()):
        off = {account: cents for account, cents in by_account.items() if cents}
        if goods & set(off) and not controls & set(off):
            yield document, f"stands on other accounts than Cin7 gave it: {', '.join(sorted(off))}"


def _payouts_match(case: Case) -> Iterable[tuple[str, str]]:
    """Most charges of a payout are in the ledger as payments within some days of its arrival, so that it can be matched."""
    last = case.month_ends[-1]
    payouts = case.table("operations/gateway_payouts")
    arrives = dict(zip(payouts["payout_reference"], case.days("operations/gateway_payouts", "arrival_date"), strict=True))
    gateway = case.table("operations/gateway_transactions")
    charges = set(gateway.loc[gateway["type"] == "CHARGE", "reference"])
    items = case.table("operations/gateway_payout_items")
    items = items[items["reference"].isin(charges)]
    payments = case.table("cin7/sale_payments")
    documents = dict(zip(payments["reference"], payments["document_key"], strict=True))
    there = case.arrivals.to_dict()
    waits = np.timedelta64(MATCHING_DAYS_MAX, "D")
    for payout, own in items.groupby("payout_reference")["reference"]:
        until = arrives[payout] + waits
        if until < last:
            late = sum(not there.get(documents.get(reference), until + waits) <= until for reference in own)
            if 2 * late > len(own):
                yield str(payout), f"{late} of its {len(own)} charges were not in the ledger {MATCHING_DAYS_MAX} days after it"


def _planners(case: Case) -> Iterable[tuple[str, str]]:
    """One tool plans a product."""
    for day in case.month_ends:
        now = case.known("cin7/product_log", "at", day)
        now = now.sort_values("at", kind="stable").drop_duplicates("sku", keep="last")
        tools = now["planned_by"].astype(object).fillna("")
        for sku, said in zip(now["sku"], tools, strict=True):
            if "+" in str(said):
                yield _at(day, str(sku)), f"is planned by {said}"


def _categories(case: Case) -> Iterable[tuple[str, str]]:
    """Products of one category, work aside, are put to the same accounts."""
    products = case.table("cin7/products")
    products = products.loc[products["type"] != "Service", ["sku", "category"]]
    for day in case.month_ends:
        now = case.known("cin7/product_log", "at", day)
        now = now.sort_values("at", kind="stable").drop_duplicates("sku", keep="last").merge(products, on="sku")
        for column in ("inventory_account", "cogs_account", "revenue_account"):
            of = now.assign(account=now[column].astype(object).fillna("")).groupby("category", observed=True)["account"]
            for category in of.nunique().loc[lambda count: count > 1].index:
                yield _at(day, f"{category}"), f"some of its products have another {column.replace('_', ' ')} than others"


# --- books: the ledger is explained -------------------------------------------------------------------------


def _tie_out(case: Case) -> Iterable[tuple[str, str]]:
    known = case.transactions
    for day in case.month_ends:
        # A document may have arrived before an edit of it was recorded, never the other way round.
        there = known[(known["recorded_at"] < evening(day)) & (known["arrived_at"] < evening(day))]
        expected, actual = _balances(there), case.ledger_balance(day)
        for code in case.codes(TIED):
            if actual.get(code, 0) != expected.get(code, 0):
                yield _at(day, case.label(code)), (f"ledger {actual.get(code, 0)}, Cin7 less queue {expected.get(code, 0)}, "
                                                   f"out by {actual.get(code, 0) - expected.get(code, 0)} cents")  # fmt: skip


def _queue(case: Case) -> Iterable[tuple[str, str]]:
    known, end = case.transactions, evening(case.month_ends[-1])
    old = known[(known["recorded_at"] < end - np.timedelta64(QUEUE_DAYS_MAX, "D")) & ~(known["arrived_at"] < end)]
    for key, rows in old.groupby("document_key"):
        if any(_balances(rows).values()):
            yield str(key), f"has waited for the ledger since {rows['recorded_at'].min():%Y-%m-%d}"


def _clearing(case: Case) -> Iterable[tuple[str, str]]:
    """Clearing = gateway balance and payouts nobody has coded, less what Cin7 or the ledger does not have yet."""
    codes = case.codes(("clearing",))
    gateway = case.table("operations/gateway_transactions")
    # Disputes are booked to an expense when the payout is coded, not to clearing.
    disputes = _sums(gateway[gateway["type"] == "DISPUTE"], "payout_reference", "amount_cents")
    gateway = gateway[gateway["type"].isin(["CHARGE", "REFUND"])]
    gateway = gateway.assign(at=gateway["at"].astype(_TIMES))
    payouts = case.table("operations/gateway_payouts").set_index("payout_reference")["gross_cents"]
    gross = {str(reference): int(cents) - disputes.get(str(reference), 0) for reference, cents in payouts.items()}
    payouts_coded = _payouts_coded(case)
    payments = case.table("cin7/sale_payments")
    payments = payments[payments["account_code"].isin(codes)]
    payments = payments.assign(recorded_at=payments["recorded_at"].astype(_TIMES))
    for day in case.month_ends:
        until = evening(day)
        held = int(gateway.loc[gateway["at"] < until, "amount_cents"].sum())
        coded = sum(gross.get(reference, 0) for reference, at in payouts_coded if at < until)
        entered = payments[payments["recorded_at"] < until]
        taken = gateway[(gateway["at"] < until) & ~gateway["reference"].isin(entered["reference"])]
        known = case.transactions
        waiting = known[(known["recorded_at"] < until) & ~(known["arrived_at"] < until)]
        queue = _balances(waiting)
        expected = held - coded - int(taken["amount_cents"].sum()) - sum(queue.get(code, 0) for code in codes)
        balances = case.ledger_balance(day)
        actual = sum(balances.get(code, 0) for code in codes)
        if actual != expected:
            yield _at(day, " ".join(codes)), (f"clearing is {actual}; gateway, uncoded bank lines and queue come to "
                                              f"{expected}, out by {actual - expected} cents")  # fmt: skip


def _payouts_coded(case: Case) -> list[tuple[str, pd.Timestamp]]:
    """Payouts whose bank line is coded, and since when. A line is known by its day and amount."""
    lines = case.table("ledger/bank_statement")[["statement_id", "date", "amount_cents"]]
    coding = case.table("ledger/bank_coding")[["statement_id", "coded_at"]]
    coded = lines.merge(coding, on="statement_id").sort_values(["coded_at", "statement_id"])
    waiting: dict[tuple[str, int], list[str]] = {}
    for payout in case.table("operations/gateway_payouts").itertuples():
        waiting.setdefault((str(payout.arrival_date)[:10], int(str(payout.net_cents))), []).append(str(payout.payout_reference))
    found = []
    for date, cents, at in zip(coded["date"], coded["amount_cents"], coded["coded_at"].astype(_TIMES), strict=True):
        references = waiting.get((str(date)[:10], int(cents)))
        if references:
            found.append((references.pop(0), at))
    return found


def _open_documents(
    control: str, owing: tuple[str, ...], crediting: tuple[str, ...], sign: int
) -> Callable[[Case], Iterable[tuple[str, str]]]:
    """A control account is what open documents (invoices or bills, less credit notes) still have to settle."""

    def find(case: Case) -> Iterable[tuple[str, str]]:
        types = case.table("ledger/documents").set_index("ledger_document_id")["type"]
        for day in case.month_ends:
            documents = case.known("ledger/documents", "recorded_at", day)
            settled = case.known("ledger/allocations", "recorded_at", day)
            by_type = _sums(documents, "type", "total_cents")
            paid = _sums(settled.assign(type=settled["ledger_document_id"].map(types)), "type", "amount_cents")
            owed, credit = (sum(by_type.get(kind, 0) - paid.get(kind, 0) for kind in kinds) for kinds in (owing, crediting))
            balances = case.ledger_balance(day)
            actual = sum(balances.get(code, 0) for code in case.codes((control,)))
            explained = sign * (owed - credit) + _consolidated(case, control, day)
            if actual != explained:
                yield _at(day, control), f"ledger {actual}, open documents {explained} cents"
            over = settled.groupby("ledger_document_id")["amount_cents"].sum()
            total = documents.set_index("ledger_document_id")["total_cents"]
            for key in over.index[over > total.reindex(over.index)]:
                if types[key] in owing + crediting:
                    yield _at(day, str(key)), f"is settled with {over[key]} of {total[key]} cents"

    return find


def _consolidated(case: Case, control: str, day: np.datetime64) -> int:
    """What consolidated invoices and payments that became journal entries hold on a control account, in cents."""
    records = case.table("integration/sync_records")
    sent = records[records["record_type"].isin(["Invoices", "Payments"]) & records["document_key"].isna()]
    if sent.empty:
        return 0
    heads = case.table("ledger/journals")[["journal_id", "source_type", "source_id"]]
    entries = heads[(heads["source_type"] == "JournalEntry") & heads["source_id"].isin(sent["target_document_id"])]
    lines = case.ledger_lines
    own = lines["journal_id"].isin(entries["journal_id"]) & lines["account_code"].isin(case.codes((control,)))
    return int(lines.loc[own & (lines["recorded_at"] < evening(day)), "amount_cents"].sum())


def _grni(case: Case) -> Iterable[tuple[str, str]]:
    """The accrual holds what was received and not yet billed, at the order's price, purchase by purchase."""
    changes: list[tuple[np.datetime64, int]] = []
    for purchase, over, its_changes in _accruals(case):
        changes += its_changes
        if over:
            yield purchase, f"{over} units are billed that were never received"
    for day in case.month_ends:
        booked = _balances(case.transactions[case.transactions["recorded_at"] < evening(day)])
        actual = -sum(booked.get(code, 0) for code in case.codes(("grni",)))
        expected = sum(cents for at, cents in changes if at < evening(day))
        if actual != expected:
            yield _at(day, "grni"), f"accrual {actual}, received and not billed {expected} cents"


def _accruals(case: Case) -> Iterable[tuple[str, int, list[tuple[np.datetime64, int]]]]:
    """For each purchase: units billed too many, and what receipts and bills add to or take off the accrual, and when."""
    cost = case.table("cin7/purchase_lines").set_index(["document_key", "sku"])["unit_cost"].to_dict()
    stock_first = _purchases(case, "STOCK")
    received = case.table("cin7/stock_received")
    received = received[received["purchase_key"].isin(stock_first)]
    received = received.assign(at=received["recorded_at"].astype(_TIMES)).sort_values(["at", "document_key", "line"])
    undone = case.statuses("Stock Received", ("VOIDED",)).set_index("document_key")["at"].to_dict()
    billed = _billed(case, stock_first)
    layers: dict[str, dict[str, list[list[int]]]] = {}
    changes: dict[str, list[tuple[np.datetime64, int]]] = {}
    over: dict[str, int] = {}
    accrues = _accrues(case)
    columns = ("document_key", "purchase_key", "sku", "quantity", "at")
    for receipt, purchase, sku, units, at in zip(*(received[c] for c in columns), strict=True):
        accrued = extend(int(units), int(cost[purchase, sku])) if accrues(at) else 0
        changes.setdefault(purchase, []).append((at, accrued))
        if receipt in undone:
            changes[purchase].append((undone[receipt], -accrued))
        else:
            layers.setdefault(purchase, {}).setdefault(sku, []).append([int(units), accrued, 0, 0])
    for purchase, sku, units, at in zip(*(billed[c] for c in ("purchase_key", "sku", "quantity", "at")), strict=True):
        left, cents = _bill(layers.get(purchase, {}).get(sku, []), int(units))
        changes.setdefault(purchase, []).append((at, -cents))
        over[purchase] = over.get(purchase, 0) + left
    for purchase in sorted(changes):
        yield purchase, over.get(purchase, 0), changes[purchase]


def _purchases(case: Case, approach: str) -> pd.Series[Any]:
    """Keys of the purchases of goods that come here."""
    purchases = case.table("cin7/purchases")
    here = purchases["sale_key"].isna() & (purchases["type"] != "Service Purchase")
    return purchases.loc[(purchases["approach"] == approach) & here, "document_key"]


def _billed(case: Case, purchases: pd.Series[Any]) -> pd.DataFrame:
    """Lines of the invoices on some purchases, in order of time."""
    heads = case.table("cin7/purchase_invoices")[["document_key", "purchase_key", "authorised_at"]]
    billed = case.table("cin7/purchase_invoice_lines").merge(heads, on="document_key")
    billed = billed[billed["purchase_key"].isin(purchases)]
    return billed.assign(at=billed["authorised_at"].astype(_TIMES)).sort_values(["at", "document_key", "line"])


def _accrues(case: Case) -> Callable[[Any], bool]:
    """Whether goods received and not billed were accrued at a moment, by the settings log."""
    log = case.table("cin7/settings_log")
    log = log[log["setting"] == "Accrued inventory"]
    changes = sorted(zip(log["recorded_at"].astype(_TIMES), log["new_value"], strict=True))

    def at(moment: Any) -> bool:
        return [value for since, value in changes if since <= moment][-1:] == ["On"]

    return at


def _transit(case: Case) -> Iterable[tuple[str, str]]:
    """Stock in transit holds what was billed ahead and not released, purchase by purchase."""
    changes = _transit_changes(case)
    for day in case.month_ends:
        booked = _balances(case.transactions[case.transactions["recorded_at"] < evening(day)])
        actual = sum(booked.get(code, 0) for code in case.codes(("stock_in_transit",)))
        expected = sum(cents for at, cents in changes if at < evening(day))
        if actual != expected:
            yield _at(day, "stock in transit"), f"account {actual}, billed and not released {expected} cents"


def _transit_changes(case: Case) -> list[tuple[Any, int]]:
    """What bills ahead, credits for missing goods, and receipts add to or take off stock in transit, and when.

    A receipt takes its value off at once; that of an advanced purchase, when all that was billed has come or was credited.
    """
    purchases = _purchases(case, "INVOICE")
    types = case.table("cin7/purchases").set_index("document_key")["type"].to_dict()
    accrues = _accrues(case)
    events: dict[str, list[tuple[Any, int, int, int]]] = {}
    billed = _billed(case, purchases)
    for key, units, cost, at in zip(*(billed[c] for c in ("purchase_key", "quantity", "unit_cost", "at")), strict=True):
        events.setdefault(key, []).append((at, 0, int(units), extend(int(units), int(cost))))
    missing = _missing(case)
    missing = missing[missing["purchase_key"].isin(purchases)]
    columns = ("purchase_key", "quantity", "total_cents", "at")
    for key, units, cents, at in zip(*(missing[c] for c in columns), strict=True):
        events.setdefault(key, []).append((at, 1, -int(units), -int(cents)))
    received = case.table("cin7/stock_received")[["document_key", "purchase_key"]].drop_duplicates()
    received = received[received["purchase_key"].isin(purchases)]
    moved = case.table("cin7/inventory_movements").merge(received, on="document_key")
    for key, units, cents, at in zip(moved["purchase_key"], moved["quantity"], moved["value_cents"],
                                     moved["recorded_at"].astype(_TIMES), strict=True):  # fmt: skip
        events.setdefault(key, []).append((at, 2, int(units), int(cents)))
    changes: list[tuple[Any, int]] = []
    for key in sorted(events):
        rows = sorted(events[key])
        if not accrues(rows[0][0]):
            continue
        open_units = held = 0
        for n, (at, kind, units, cents) in enumerate(rows):
            open_units += units if kind < 2 else -units
            held += cents if kind == 2 else 0
            changes.append((at, cents if kind < 2 else 0))
            whole = n + 1 == len(rows) or rows[n + 1][0] != at  # the documents of one minute belong together
            if whole and held and (types[key] == "Simple Purchase" or not open_units):
                changes.append((at, -held))
                held = 0
    return changes


def _bill(layers: list[list[int]], units: int) -> tuple[int, int]:
    """Bill `units` of receipts (units, accrued, units billed, cents reversed); return units too many and cents reversed.

    A bill goes to a receipt that it covers exactly where there is one, else to the oldest.
    """
    exact = [layer for layer in layers if layer[0] - layer[2] == units]
    reversed_cents = 0
    for layer in (exact or layers):
        taken = min(units, layer[0] - layer[2])
        if not taken:
            continue
        layer[2] += taken
        units -= taken
        share = layer[1] - layer[3] if layer[2] == layer[0] else ratio(layer[1], taken, layer[0])
        layer[3] += share
        reversed_cents += share
        if not units:
            break
    return units, reversed_cents


def _between(
    control: str, opened: tuple[str, str, str], ended: tuple[str, str], known_by: str
) -> Callable[[Case], Iterable[tuple[str, str]]]:
    """The account holds what open documents took out of stock and have not brought back, with later changes of its cost.

    `opened`: the table of the documents, its column that `ended` (table and column) refers to, and its column with the
    document of the movements; `known_by`: when a row of the first became known.
    """

    def find(case: Case) -> Iterable[tuple[str, str]]:
        codes, (table, own_key, moved_by) = case.codes((control,)), opened
        if not codes:
            return
        movements = case.table("cin7/inventory_movements")
        moved_at = case.times("cin7/inventory_movements", "recorded_at")
        for day in case.month_ends:
            done = case.known(ended[0], "recorded_at", day)[ended[1]]
            documents = case.known(table, known_by, day)
            open_ = documents.loc[~documents[own_key].isin(done), moved_by]
            own = movements[(moved_at < evening(day)) & movements["document_key"].isin(open_)]
            later = movements[(moved_at < evening(day)) & movements["source_movement_id"].isin(own["movement_id"])]
            held = -int(own["value_cents"].sum()) - int(later["value_cents"].sum())
            booked = _balances(case.transactions[case.transactions["recorded_at"] < evening(day)])
            actual = sum(booked.get(code, 0) for code in codes)
            if actual != held:
                yield _at(day, control), f"Cin7 books {actual}, open documents hold {held} cents"

    return find


def _by_hand(case: Case) -> Iterable[tuple[str, str]]:
    """Whatever moves a control account, other than clearing, is a document that the sync brought."""
    brought = case.table("integration/sync_status_log")["target_document_id"].dropna()
    lines = case.ledger_lines
    own = lines[lines["account_code"].isin(case.codes(TIED)) & ~lines["source_id"].isin(brought)]
    for row in own.itertuples():
        said = f' "{row.narration}"' if isinstance(row.narration, str) and row.narration else ""
        account = case.label(str(row.account_code))
        yield str(row.journal_id), f"{row.created_by} moved {account} by {row.amount_cents} cents{said}"


# --- workflow: no document is left half done ----------------------------------------------------------------


def _workdays(since: pd.Series[Any], until: np.ndarray[Any, Any] | np.datetime64) -> np.ndarray[Any, Any]:
    """Weekdays from one moment's day to another's."""
    last = np.asarray(until).astype("datetime64[D]")
    return np.asarray(np.busday_count(since.to_numpy().astype("datetime64[D]"), last), np.int64)


def _left_open(case: Case, first: pd.DataFrame, second: pd.DataFrame, late: str) -> Iterable[tuple[str, str]]:
    """Sales whose `second` milestone came too late after the `first`, or not at all. Frames: sale_key, at."""
    end = evening(case.month_ends[-1])
    first = first[first["at"] < end].drop_duplicates("sale_key")
    done = second.drop_duplicates("sale_key").set_index("sale_key")["at"]
    at = done.reindex(first["sale_key"]).set_axis(first.index).astype(_TIMES)
    at = at.where(at < end)
    open_ = at.isna().to_numpy()
    waited = _workdays(first["at"], np.where(open_, end - np.timedelta64(1, "s"), at.to_numpy()))
    too_long = waited > COMPLETION_WORKDAYS_MAX
    for sale, days, still in zip(first["sale_key"][too_long], waited[too_long], open_[too_long], strict=True):
        yield str(sale), f"{late}{' for' if still else ' only after'} {days} working days{' and still is' if still else ''}"


def _milestones(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """When each sale was invoiced, and when its shipment was authorised."""
    invoices = case.table("cin7/sale_invoices")[["document_key", "sale_key", "authorised_at"]]
    voided = case.statuses("Sale Invoice", ("VOIDED",))["document_key"]
    invoiced = invoices[~invoices["document_key"].isin(voided)]
    if case.unstocked:  # what suppliers send and people do, and only that, has no shipment of ours
        lines = case.table("cin7/sale_lines")
        invoiced = invoiced[invoiced["sale_key"].isin(lines.loc[~lines["sku"].isin(case.unstocked), "document_key"])]
    invoiced = invoiced.assign(at=invoiced["authorised_at"].astype(_TIMES)).sort_values("at", kind="stable")
    sale_of = case.table("cin7/shipments").set_index("document_key")["sale_key"]
    shipped = case.statuses("Shipment", ("AUTHORISED",))
    undone = case.statuses("Shipment", ("VOIDED",))["document_key"]
    shipped = shipped[~shipped["document_key"].isin(undone)]
    return invoiced, shipped.assign(sale_key=shipped["document_key"].map(sale_of))


def _invoiced_is_shipped(case: Case) -> Iterable[tuple[str, str]]:
    invoiced, shipped = _milestones(case)
    return _left_open(case, invoiced, shipped, "is invoiced and was not shipped")


def _shipped_is_invoiced(case: Case) -> Iterable[tuple[str, str]]:
    invoiced, shipped = _milestones(case)
    return _left_open(case, shipped, invoiced, "is shipped and was not invoiced")


def _invoiced_when_packed(case: Case) -> Iterable[tuple[str, str]]:
    """Goods that lie here are invoiced once they are packed, or later."""
    invoices = case.table("cin7/sale_invoices")[["document_key", "sale_key", "authorised_at"]]
    lines, tasks = case.table("cin7/sale_lines"), case.table("cin7/shipments")
    invoices = invoices[invoices["sale_key"].isin(lines.loc[~lines["sku"].isin(case.unstocked), "document_key"])]
    packed = tasks.assign(at=case.times("cin7/shipments", "created_at")).groupby("sale_key")["at"].min()
    since = packed.reindex(invoices["sale_key"]).to_numpy()
    early = ~(invoices["authorised_at"].astype(_TIMES).to_numpy() >= since)
    for key, sale in zip(invoices["document_key"][early], invoices["sale_key"][early], strict=True):
        yield str(key), f"was authorised before sale {sale} was packed"


def _delivered_is_received(case: Case) -> Iterable[tuple[str, str]]:
    """Of each product, what was unloaded was booked in soon after. Where the bill comes first, goods may wait for it."""
    end = evening(case.month_ends[-1])
    purchases, lines = case.table("cin7/purchases"), case.table("cin7/purchase_lines")
    waiting = purchases.loc[purchases["approach"] == "INVOICE", "document_key"]
    left_out = set(lines.loc[lines["document_key"].isin(waiting), "sku"])
    papers = case.table("operations/dock_receipts")
    papers = papers[~papers["sku"].isin(left_out)].assign(at=lambda rows: rows["arrived_at"].astype(_TIMES))
    undone = case.statuses("Stock Received", ("VOIDED",))["document_key"]
    received = case.table("cin7/stock_received")
    received = received[~received["document_key"].isin(undone)].assign(at=lambda rows: rows["recorded_at"].astype(_TIMES))
    booked = {str(sku): (rows["at"].to_numpy(), rows["quantity"].cumsum().to_numpy())
              for sku, rows in received.sort_values("at", kind="stable").groupby("sku", observed=True)}  # fmt: skip
    nothing = (np.array([], "datetime64[ms]"), np.array([], np.int64))
    for sku, rows in papers.sort_values("at", kind="stable").groupby("sku", observed=True):
        moments, sums = booked.get(str(sku), nothing)
        for note, at, units in zip(rows["delivery_note"], rows["at"], rows["quantity"].cumsum(), strict=True):
            until = np.busday_offset(np.datetime64(at, "D"), RECEIPT_WORKDAYS_MAX, roll="forward").astype("datetime64[ms]")
            known = int(np.searchsorted(moments, until))
            if until < end and (sums[known - 1] if known else 0) < units:
                yield str(sku), f"goods of delivery note {note} were not booked in within {RECEIPT_WORKDAYS_MAX} working days"
                break


def _rests_are_closed(case: Case) -> Iterable[tuple[str, str]]:
    """No part-received purchase waits for ever for a rest."""
    last = case.month_ends[-1]
    buying = case.statuses("Purchase", (*_EXPECTS, *_EXPECTS_NOTHING, "COMPLETED"))
    stands = buying[buying["at"] < evening(last)].drop_duplicates("document_key", keep="last")
    open_ = stands.loc[stands["status"].isin(("RECEIVING", "RECEIVING / CREDITED")), "document_key"]
    purchases = case.table("cin7/purchases")
    waits = purchases[purchases["document_key"].isin(open_)]
    due = case.days("cin7/purchases", "required_by")[waits.index]
    for key, days in zip(waits["document_key"], (last - due.to_numpy()).astype("timedelta64[D]").astype(int), strict=True):
        if days > OPEN_REST_DAYS_MAX:
            yield str(key), f"came in part and still expects the rest, {days} days after it was due"


def _direct_is_bought(case: Case) -> Iterable[tuple[str, str]]:
    """Each line of a sale that a supplier sends is on one purchase for that sale, within days, unless the sale was voided."""
    if not case.sent_directly:
        return
    end = evening(case.month_ends[-1])
    lines, bought = case.table("cin7/sale_lines"), case.table("cin7/purchase_lines")
    lines = lines[lines["sku"].isin(case.sent_directly)]
    heads = case.table("cin7/purchases")[["document_key", "sale_key", "created_at"]]
    bought = bought.merge(heads[heads["sale_key"].notna()], on="document_key")
    wanted = lines.groupby(["document_key", "sku"], observed=True)["quantity"].sum()
    there = bought.groupby(["sale_key", "sku"], observed=True)["quantity"].sum().rename_axis(["document_key", "sku"])
    entered = case.table("cin7/sales").set_index("document_key")["created_at"].astype(_TIMES)
    voided = set(case.statuses("Sale", ("VOIDED",))["document_key"])
    sales = case.table("cin7/sales")
    voided |= set(sales.loc[sales["status"].isin(("ESTIMATING", "ESTIMATED")), "document_key"])  # a quote, and no order yet
    short = there.reindex(wanted.index.union(there.index), fill_value=0).sub(wanted, fill_value=0).astype("int64")
    late = _workdays(entered.reindex(short.index.get_level_values(0)), end) > COMPLETION_WORKDAYS_MAX
    for (sale, sku), units, waits in zip(short.index, short, late, strict=True):
        if units > 0 or (units and waits and sale not in voided):
            yield str(sale), f"{sku}: {units + wanted.get((sale, sku), 0)} of {wanted.get((sale, sku), 0)} units were ordered"


def _bank_is_coded(case: Case) -> Iterable[tuple[str, str]]:
    """Somebody has said what every line of the bank is, or what it pays is still on its way to the ledger."""
    last = case.month_ends[-1]
    lines = case.table("ledger/bank_statement")
    age = (last - case.days("ledger/bank_statement", "date").to_numpy()).astype("timedelta64[D]").astype(int)
    old = lines[lines["journal_id"].isna() & (age > QUEUE_DAYS_MAX)]
    for key, text, cents in zip(old["statement_id"], old["description"], old["amount_cents"], strict=True):
        yield str(key), f"{text}: {cents} cents, and nobody has said what for"


def _bank_lines_once(case: Case) -> Iterable[tuple[str, str]]:
    """No two lines with one date, amount and text were brought at different moments: the feed brings a day's lines at once."""
    lines = case.table("ledger/bank_statement").sort_values("fed_at", kind="stable")
    same = ["account_code", "date", "amount_cents", "description"]
    first = lines.groupby(same, observed=True)["fed_at"].transform("first")
    twice = lines[lines["fed_at"] != first]
    for key, text, cents in zip(twice["statement_id"], twice["description"], twice["amount_cents"], strict=True):
        yield str(key), f"{text}: {cents} cents of one day were brought twice"


def _sales_are_documents(case: Case) -> Iterable[tuple[str, str]]:
    """Sales that somebody is said to owe, or a gateway to hold, are documents that the sync brought."""
    brought = case.table("integration/sync_status_log")["target_document_id"].dropna()
    lines = case.ledger_lines
    lines = lines[~lines["source_id"].isin(brought)]
    accounts = case.table("ledger/accounts")
    sales = accounts.loc[accounts["class"] == "REVENUE", "account_code"]
    sold, against = lines["account_code"].isin(sales), lines["account_code"].isin(case.codes(("receivable", "clearing")))
    both = set(lines.loc[sold, "journal_id"]) & set(lines.loc[against, "journal_id"])
    for row in lines[sold & lines["journal_id"].isin(both)].itertuples():
        yield str(row.journal_id), f"{row.created_by} entered {-int(str(row.amount_cents))} cents of sales by hand"


def _orders_are_entered(case: Case) -> Iterable[tuple[str, str]]:
    """What customers ordered and did not cancel is in Cin7."""
    end = evening(case.month_ends[-1])
    orders = case.table("operations/channel_orders").drop_duplicates("order_reference")
    known = set(case.table("cin7/sales")["external_id"])
    known |= set(case.table("operations/channel_cancellations")["order_reference"])
    missing = orders[~orders["order_reference"].isin(known)]
    placed = missing["placed_at"].astype(_TIMES)
    for number, days in zip(missing["order_reference"], _workdays(placed, end), strict=True):
        if days > COMPLETION_WORKDAYS_MAX:
            yield str(number), f"was ordered {days} working days ago and is no sale"


def _skipped_is_carried(case: Case) -> Iterable[tuple[str, str]]:
    records = case.table("integration/sync_records")
    skipped = records.loc[(records["direction"] == "outbound") & (records["status"] == "Skipped"), "record_key"]
    carried = case.table("integration/sync_record_documents")
    theirs = carried[carried["record_key"].isin(skipped)]
    for record, key in zip(theirs["record_key"], theirs["document_key"], strict=True):
        if key not in case.arrivals.index:
            yield str(key), f"record {record} was skipped and no other record has brought it to the ledger"


CHECKS = (
    Check("contract", "basic", "every table and column is there, amounts are whole numbers", _contract),
    Check("keys_resolve", "basic", "keys are unique, and what is referred to exists", _keys),
    Check("journals_balance", "basic", "every journal of the ledger sums to zero", _journals),
    Check("stock_card", "basic", "stock on hand and its value follow from the movements", _stock_card),
    Check("direct_is_apart", "basic", "what is drop shipped, or no stock, is on no stock card, shipment or receipt", _apart),
    Check("promises_explained", "basic", "allocated and on order follow from open sales and purchases", _promised),
    Check("reconciling_items", "basic", "each reconciling item is what it says it is", _reconciling),
    Check("sub_ledger", "basic", "stock card and reconciling items = Cin7's transactions", _sub_ledger),
    Check("purposes_apart", "basic", "each purpose of the account mapping has an account of its own", _purposes),
    Check("categories_agree", "basic", "products of one category are put to the same accounts", _categories),
    Check("names_apart", "basic", "no two products bear nearly the same name", _names),
    Check("taken_over_once", "basic", "opening equity moves on the first day alone", _taken_over),
    Check("leaves_by_expiry", "basic", "of what is kept by expiry, what expires first leaves first", _leaves_by_expiry),
    Check("tie_out", "books", "each control account: ledger = Cin7 less what waits in the queue", _tie_out),
    Check("queue_age", "books", f"nothing waits for the ledger longer than {QUEUE_DAYS_MAX} days", _queue),
    Check("clearing_explained", "books", "clearing = gateway balance, uncoded bank lines and queue", _clearing),
    Check("receivable_explained", "books", "receivables = open invoices less open credit notes, and consolidated entries",
          _open_documents("receivable", ("ACCREC", "Invoice"), ("ACCRECCREDIT", "CreditMemo"), 1)),
    Check("payable_explained", "books", "payables = open bills less open supplier credits",
          _open_documents("payable", ("ACCPAY", "Bill"), ("ACCPAYCREDIT", "VendorCredit"), -1)),
    Check("grni_explained", "books", "the inventory accrual = received and not billed, by purchase", _grni),
    Check("stock_in_transit_explained", "books", "stock in transit = billed ahead and not released, by purchase", _transit),
    Check("wip_explained", "books", "work in progress = components of assemblies that are not completed",
          _between("wip", ("cin7/finished_goods", "document_key", "issue_key"),
                   ("cin7/finished_goods_receipts", "assembly_key"), "created_at")),
    Check("transit_explained", "books", "transfers in transit = goods sent and not received",
          _between("transfers_in_transit", ("cin7/stock_transfers", "document_key", "document_key"),
                   ("cin7/stock_transfer_receipts", "transfer_key"), "created_at")),
    Check("controls_by_sync_only", "books", "nobody posts by hand to a control account but clearing", _by_hand),
    Check("sales_are_documents", "books", "nobody enters sales by hand against receivables or clearing", _sales_are_documents),
    Check("bank_lines_once", "books", "no line of the bank was imported twice", _bank_lines_once),
    Check("received_is_accrued", "books", "where a business accrues, a receipt before its bill has a value",
          _received_is_accrued),
    Check("payouts_match", "books", f"what a payout pays for is in the ledger within {MATCHING_DAYS_MAX} days of it",
          _payouts_match),
    Check("stands_as_sent", "books", "an invoice or bill stands on the accounts that Cin7 gave it", _stands_as_sent),
    Check("invoiced_is_shipped", "workflow", f"what is invoiced is shipped within {COMPLETION_WORKDAYS_MAX} working days",
          _invoiced_is_shipped),
    Check("shipped_is_invoiced", "workflow", f"what is shipped is invoiced within {COMPLETION_WORKDAYS_MAX} working days",
          _shipped_is_invoiced),
    Check("invoiced_when_packed", "workflow", "goods that lie here are invoiced once they are packed", _invoiced_when_packed),
    Check("locks_mirrored", "workflow", "what is closed in the ledger is closed in Cin7", _locks),
    Check("orders_are_entered", "workflow", f"a channel's order is a sale within {COMPLETION_WORKDAYS_MAX} working days",
          _orders_are_entered),
    Check("sold_as_ordered", "workflow", "a sale is for the products that the channel's order names", _sold_as_ordered),
    Check("recipes_hold", "workflow", "the workshop uses what the bill of materials issues", _recipes),
    Check("one_planner", "workflow", "one tool plans a product", _planners),
    Check("delivered_is_received", "workflow", f"a delivery is booked in within {RECEIPT_WORKDAYS_MAX} working days",
          _delivered_is_received),
    Check("rests_are_closed", "workflow", f"no part-received purchase waits for its rest for {OPEN_REST_DAYS_MAX} days",
          _rests_are_closed),
    Check("papers_are_entered", "workflow",
          f"a supplier's bill is entered in Cin7 within {milestones.PAPER_DAYS_MAX} days", milestones.papers_are_entered),
    Check("returned_is_credited", "workflow",
          f"what comes back is credited within {milestones.RETURN_WORKDAYS_MAX} working days", milestones.returned_is_credited),
    Check("credited_is_restocked", "workflow", "what comes back fit for sale and is credited is restocked",
          milestones.credited_is_restocked),
    Check("released_in_time", "workflow",
          f"goods received wait in transit no longer than {milestones.RELEASE_DAYS_MAX} days", milestones.released_in_time),
    Check("transfers_arrive", "workflow",
          f"a transfer is received within {milestones.TRANSFER_DAYS_MAX} days of when it was required",
          milestones.transfers_arrive),
    Check("cancelled_is_voided", "workflow", "what the channel has cancelled is voided", milestones.cancelled_is_voided),
    Check("adjusted_stays_gone", "workflow", "what is adjusted away as missing is not found again by the next count",
          milestones.adjusted_stays_gone),
    Check("counts_expect_what_lies_there", "workflow", "a count expects what is on hand less what is packed",
          milestones.counts_expect_what_lies_there),
    Check("direct_is_bought", "workflow", "each line that a supplier sends is on one purchase for its sale", _direct_is_bought),
    Check("bank_is_coded", "workflow", f"no line of the bank waits for an explanation longer than {QUEUE_DAYS_MAX} days",
          _bank_is_coded),
    Check("skipped_is_carried", "workflow", "what a skipped record held, another one has brought", _skipped_is_carried),
)  # fmt: skip
"""Every check, tier by tier."""
