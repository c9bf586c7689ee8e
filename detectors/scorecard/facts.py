"""What the items of the scorecard are judged by: measures at each month-end, of rows that were known on its evening.

Everything is computed from rows with the moment they were recorded, never from a column that shows the latest state, so that
a month-end's figures do not depend on what came later. Money in cents. It holds no opinion on what is healthy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..evidence import look_up, within
from ..helpers import journal_heads
from ..reading import Reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

T = TypeVar("T")

TOLERANCE = 0.001
"""Share of a month's mean revenue below which a difference is nobody's concern (assumption: as the impact gate of cases)."""
QUEUE_DAYS = 35
"""What a closed month refuses goes out with the next one (assumption); what waits longer is not on its way any more."""
ATTENDED_DAYS = 7
"""What is transient is retried within hours (F-SKIP); what nobody looked at for a week is left alone (assumption)."""
FULL_COUNT = 0.25
"""Share of all products and places counted on one day that makes it the yearly count and no part of a rolling plan (assumption:
a plan that counts each product once a quarter takes a thirteenth a week)."""
MANUAL = ("MANJOURNAL", "JournalEntry")
TIED = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable")
"""Control accounts to which, in a healthy business, only the integration posts; the bank posts to clearing too."""
TOPICS = {
    "stock": r"stock|inventory|availab|backorder|on the shelf|\bbin\b|count(?:ed|s)?\b|zero for a product",
    "sync": r"sync|integration|not in (?:xero|quickbooks)|orders came|failed row|queue",
    "clearing": r"clearing|payout|gateway|fees|bank line",
    "margin": r"margin|cost|price|sales in",
}
"""What tickets are about, by their words; the first that fits."""
_LOCKED = r"lock date|period closed|closed and the account books|\b6210\b"


class Verdict(NamedTuple):
    """What one item says at one month-end."""

    holds: bool | None
    sentence: str
    keys: tuple[str, ...] = ()


class Item(NamedTuple):
    """One line of the practitioners' lists."""

    name: str
    title: str
    needs: tuple[str, ...]
    rule: str
    """The function's docstring: what is asked, its threshold and where it comes from."""
    judge: Callable[[Facts, int], Verdict]


def item(title: str, *needs: str) -> Callable[[Callable[[Facts, int], Verdict]], Item]:
    """Makes an item of a function that judges a month-end; unknown unless the layers of `needs` are visible."""

    def make(rule: Callable[[Facts, int], Verdict]) -> Item:
        def judge(facts: Facts, n: int) -> Verdict:
            hidden = [layer for layer in needs if not facts.reading.sees(layer)]
            if hidden:
                return Verdict(None, f"not known: {' and '.join(hidden)} not visible")
            return rule(facts, n)

        return Item(rule.__name__, title, needs, " ".join((rule.__doc__ or "").split()), judge)

    return make


def unknown(sentence: str) -> Verdict:
    """A verdict that cannot be given."""
    return Verdict(None, sentence)


def _kept(method: Callable[[Facts, int], T]) -> Callable[[Facts, int], T]:
    """Makes a measure of a month-end be computed once for each."""

    @wraps(method)
    def kept(self: Facts, n: int) -> T:
        key = (method.__name__, n)
        if key not in self.kept:
            self.kept[key] = method(self, n)
        found: T = self.kept[key]
        return found

    return kept


class Facts:
    """Measures of a business by month-end, each computed once and only when asked for; `n` counts month-ends from 0."""

    def __init__(self, reading: Reading) -> None:
        import numpy as np  # noqa: PLC0415  (heavy; only when used)

        self.reading = reading
        self.kept: dict[tuple[str, int], Any] = {}
        self.month_ends = reading.evidence.month_ends
        days = np.array(self.month_ends, dtype="datetime64[D]")
        self.limits = (days + np.timedelta64(1, "D")).astype("datetime64[ms]")
        """The midnight after each month-end."""

    def bucket(self, moments: pd.Series[Any]) -> npt.NDArray[np.int64]:
        """For each moment the first month-end whose evening knows it; beyond the last for what is later or missing."""
        import numpy as np  # noqa: PLC0415

        values = moments.to_numpy(dtype="datetime64[ms]")
        return np.where(np.isnat(values), len(self.limits), np.searchsorted(self.limits, values, side="right"))

    def by_month(self, when: pd.Series[Any], values: pd.Series[Any], by: pd.Series[Any]) -> pd.DataFrame:
        """Sums of what became known in each month: a row a month-end, a column an entry of `by`."""
        sums = values.groupby([self.bucket(when), by.to_numpy()]).sum()
        wide: pd.DataFrame = sums.unstack(fill_value=0)
        return wide.reindex(range(len(self.limits)), fill_value=0)

    def age_days(self, n: int, moments: pd.Series[Any]) -> pd.Series[float]:
        """Days from each moment to the midnight after month-end `n`."""
        import pandas as pd  # noqa: PLC0415

        days: pd.Series[float] = (pd.Timestamp(self.limits[n]) - moments).dt.total_seconds() / 86_400
        return days

    # --- the ledger ------------------------------------------------------------------------------------------

    @cached_property
    def results(self) -> pd.DataFrame:
        """Revenue and direct costs that each month's evenings saw: revenue_cents, cogs_cents. Needs ledger."""
        import pandas as pd  # noqa: PLC0415

        lines = self.reading.posted
        revenue, costs = lines[lines["class"] == "REVENUE"], lines[lines["type"].isin(("DIRECTCOSTS", "Cost of Goods Sold"))]
        sums = [
            sign * part.groupby(self.bucket(_known(part)))["amount_cents"].sum().reindex(range(len(self.limits)), fill_value=0)
            for part, sign in ((revenue, -1), (costs, 1))
        ]
        return pd.DataFrame({"revenue_cents": sums[0], "cogs_cents": sums[1]})

    def tolerance_cents(self, n: int) -> int:
        """What a difference must exceed to count: a share of the mean month's revenue so far, at least a dollar."""
        return max(100, round(TOLERANCE * float(self.results["revenue_cents"].iloc[: n + 1].mean())))

    @cached_property
    def balances(self) -> pd.DataFrame:
        """Balance of each account on each month-end's evening, by when a line was recorded. Needs ledger."""
        lines = self.reading.posted
        return self.by_month(lines["recorded_at"], lines["amount_cents"], lines["account_code"]).cumsum()

    @cached_property
    def hand(self) -> pd.DataFrame:
        """Lines of manual journals by people on accounts of others: journal_id, n, account_code, control, shape, words.

        Accounts of others are control accounts, revenue and direct costs. `shape`: the journal's accounts. Needs ledger.
        """
        lines = self.reading.by_hand
        lines = lines[lines["source_type"].isin(MANUAL)]
        others = lines["control"].notna() | (lines["class"] == "REVENUE")
        others |= lines["type"].isin(("DIRECTCOSTS", "Cost of Goods Sold"))
        whole = lines[within(lines["journal_id"], lines.loc[others, "journal_id"])]
        whole = whole.sort_values(["journal_id", "account_code"])
        shapes = whole.groupby("journal_id")["account_code"].agg("/".join)
        heads = journal_heads(self.reading.evidence)
        kept = lines[others]
        said = heads["narration"].fillna("") + " " + heads["reference"].fillna("")
        return kept.assign(
            n=self.bucket(kept["recorded_at"]), shape=look_up(kept["journal_id"], shapes),
            words=look_up(kept["journal_id"], said),
        )  # fmt: skip

    def repeated(self, n: int, closes: int) -> pd.DataFrame:
        """Lines of `hand` whose accounts were journalled in month `n` and in each of the `closes` - 1 months before."""
        lines = self.hand
        if lines.empty:
            return lines
        window = lines[(lines["n"] <= n) & (lines["n"] > n - closes)]
        months = window.groupby("shape")["n"].nunique()
        return window[within(window["shape"], months.index[months >= closes])]

    # --- books against books ---------------------------------------------------------------------------------

    @cached_property
    def _control(self) -> pd.Series[Any]:
        accounts = self.reading.table("ledger/accounts").dropna(subset=["control"])
        return accounts.set_index("account_code")["control"]

    def codes(self, *controls: str) -> list[str]:
        """Account codes of some kinds of control account."""
        return list(self._control.index[self._control.isin(controls)])

    @cached_property
    def closed_gaps(self) -> list[pd.Series[int] | None]:
        """Ledger less Cin7 by control account, in what is dated up to the last closed month; None while none is closed.

        Needs cin7 and ledger.
        """
        import pandas as pd  # noqa: PLC0415

        codes = self.codes(*TIED)
        posted, sent = (lines[within(lines["account_code"], codes)] for lines in (self.reading.posted, self.reading.lines))
        frame = pd.concat([
            pd.DataFrame({"at": posted["recorded_at"], "day": posted["journal_date"], "code": posted["account_code"],
                          "cents": posted["amount_cents"]}),
            pd.DataFrame({"at": sent["recorded_at"], "day": sent["effective_date"], "code": sent["account_code"],
                          "cents": -sent["amount_cents"]}),
        ])  # fmt: skip
        # By month-end known and month-end dated; a row is in n's closed books when it is within both.
        sums = frame.groupby([self.bucket(frame["at"]), self.bucket(frame["day"]), "code"])["cents"].sum()
        known, dated = (sums.index.get_level_values(level).to_numpy() for level in (0, 1))
        found: list[pd.Series[int] | None] = []
        for n in range(len(self.limits)):
            closed = self._closed_month(n)
            rows = sums[(known <= n) & (dated <= closed)]
            found.append(None if closed < 0 else rows.groupby(level=2).sum().reindex(codes, fill_value=0))
        return found

    def _closed_month(self, n: int) -> int:
        """The last month-end that the ledger's lock date covers on the evening of `n`; -1 for none."""
        import numpy as np  # noqa: PLC0415

        locks = self.reading.table("ledger/lock_dates")
        locks = locks[(locks["kind"] == "period") & (self.bucket(locks["recorded_at"]) <= n)]
        if locks.empty:
            return -1
        last = locks.sort_values("recorded_at", kind="stable")["lock_date"].iloc[-1]
        return int(np.searchsorted(self.limits, np.datetime64(last, "ms") + np.timedelta64(1, "D"), side="right")) - 1

    @cached_property
    def staged(self) -> pd.DataFrame:
        """Outbound documents that took longer than ATTENDED_DAYS to arrive or never did, one row a document and record.

        Columns: document_key, record_key, created_at, message, arrived_at (of the document). Needs integration.
        """
        import pandas as pd  # noqa: PLC0415

        frame = self.reading.outbound[["document_key", "record_key", "record_type", "created_at", "error_code", "message"]]
        arrived = look_up(frame["document_key"], self.reading.arrived)
        first = frame.groupby("document_key")["created_at"].transform("min")
        late = arrived.isna() | (arrived - first > pd.Timedelta(days=ATTENDED_DAYS))
        return frame.assign(arrived_at=arrived, first_at=first)[late]

    @cached_property
    def _statuses(self) -> pd.DataFrame:
        log = self.reading.table("integration/sync_status_log")
        return log[within(log["record_key"], self.staged["record_key"])].sort_values("at", kind="stable")

    @_kept
    def waiting(self, n: int) -> pd.DataFrame:
        """Of `staged`, the last record of each document that has not arrived by month-end `n`, with its status then."""
        frame = self.staged
        frame = frame[(self.bucket(frame["created_at"]) <= n) & ~(self.bucket(frame["arrived_at"]) <= n)]
        frame = frame.sort_values(["created_at", "record_key"], kind="stable").drop_duplicates("document_key", keep="last")
        log = self._statuses
        last = log[self.bucket(log["at"]) <= n].drop_duplicates("record_key", keep="last").set_index("record_key")["status"]
        return frame.assign(status=look_up(frame["record_key"], last), days=self.age_days(n, frame["first_at"]))

    @_kept
    def stuck(self, n: int) -> pd.DataFrame:
        """Of `waiting`, what is not on its way: skipped, or failed for a week (for a lock date: until the next close).

        With Cin7 visible, only what carries an amount; its column cents says it.
        """
        frame = self.waiting(n)
        locked = (frame["error_code"].fillna("") + " " + frame["message"].fillna("")).str.contains(_LOCKED, case=False)
        limit = locked.map({True: QUEUE_DAYS, False: ATTENDED_DAYS}).astype("float64")
        frame = frame[(frame["status"] == "Skipped") | ((frame["status"] == "Failed") & (frame["days"] > limit))]
        if not self.reading.sees("cin7"):
            return frame.assign(cents=0)
        frame = frame.assign(cents=look_up(frame["document_key"], self.reading.amounts).fillna(0).astype("int64"))
        return frame[frame["cents"] != 0]

    @_kept
    def on_the_way(self, n: int) -> pd.DataFrame:
        """Cin7's lines that the ledger does not have by month-end `n`, without what is stuck. Needs cin7 and integration."""
        lines = self._lines_arrived
        lines = lines[(lines["known_n"] <= n) & ~(lines["arrived_n"] <= n)]
        held = self.waiting(n)
        held = held[(held["status"] == "Skipped") | (held["days"] > QUEUE_DAYS)]
        if held.empty:
            return lines
        return lines[~within(lines["document_key"], held["document_key"])]

    @cached_property
    def _lines_arrived(self) -> pd.DataFrame:
        lines = self.reading.lines
        known = self.bucket(lines["recorded_at"])
        arrived = self.bucket(look_up(lines["document_key"], self.reading.arrived))
        # Most arrive within the month: only what an evening may find under way is kept.
        return lines.assign(known_n=known, arrived_n=arrived)[arrived > known]

    @cached_property
    def stock_gaps(self) -> list[pd.Series[int]]:
        """Ledger less stock card by inventory account, less what is on its way and Cin7's own reconciling items.

        Needs cin7, integration and ledger.
        """
        import pandas as pd  # noqa: PLC0415

        codes = self.codes("inventory")
        moved, items = self.reading.table("cin7/inventory_movements"), self.reading.table("cin7/reconciling_items")
        card = self.by_month(moved["recorded_at"], moved["value_cents"], moved["account_code"]).cumsum()
        found: list[pd.Series[int]] = []
        for n, end in enumerate(self.month_ends):
            explained = items[items["month_end"] == pd.Timestamp(end)].groupby("account_code")["amount_cents"].sum()
            queue = self.on_the_way(n).groupby("account_code")["amount_cents"].sum()
            gap = pd.Series(0, index=codes, dtype="int64")
            for sums, sign in ((self.balances.iloc[n], 1), (card.iloc[n], -1), (explained, -1), (queue, 1)):
                gap += sign * sums.reindex(codes).fillna(0).astype("int64")
            found.append(gap)
        return found

    @cached_property
    def clearing_gaps(self) -> list[int]:
        """Clearing accounts together, less what gateways hold, payouts not coded yet, and what is on its way.

        Needs all layers.
        """
        codes = self.codes("clearing")
        money, payouts = self.reading.table("operations/gateway_transactions"), self.reading.table("operations/gateway_payouts")
        disputes = money[money["type"] == "DISPUTE"].groupby("payout_reference")["amount_cents"].sum()
        payouts = payouts.set_index("payout_reference")
        gross: pd.Series[int] = payouts["gross_cents"].sub(disputes.reindex(payouts.index).fillna(0)).astype("int64")
        coded = self._payouts_coded
        payments = self.reading.table("cin7/sale_payments")
        entered = payments[within(payments["account_code"], codes)].groupby("reference")["recorded_at"].min()
        money = money[money["type"].isin(("CHARGE", "REFUND"))]
        happened, settled = self.bucket(money["at"]), self.bucket(look_up(money["reference"], entered))
        found = []
        for n in range(len(self.limits)):
            # What waits for its invoice longer than a close is no matter of time any more.
            young = (settled > n) & (self.age_days(n, money["at"]).to_numpy() <= QUEUE_DAYS)
            held = int(money.loc[(happened <= n) & ~young, "amount_cents"].sum())
            payouts_known = coded.loc[self.bucket(coded["coded_at"]) <= n, "payout"]
            paid = int(gross[within(gross.index.to_series(), payouts_known)].sum())
            queue = self.on_the_way(n)
            queue_cents = int(queue.loc[within(queue["account_code"], codes), "amount_cents"].sum())
            actual = int(self.balances.iloc[n].reindex(codes).fillna(0).sum())
            found.append(actual - (held - paid - queue_cents))
        return found

    @cached_property
    def _payouts_coded(self) -> pd.DataFrame:
        """Payouts whose bank line is coded, and when first: payout, coded_at. A line is known by its day and amount."""
        lines = self.reading.table("ledger/bank_statement")[["statement_id", "date", "amount_cents"]]
        coding = self.reading.table("ledger/bank_coding").groupby("statement_id", as_index=False)["coded_at"].min()
        lines = lines.merge(coding, on="statement_id").sort_values(["coded_at", "statement_id"])
        payouts = self.reading.table("operations/gateway_payouts").sort_values("payout_reference")
        payouts = payouts.rename(columns={"arrival_date": "date", "net_cents": "amount_cents", "payout_reference": "payout"})
        keys = ["date", "amount_cents"]
        lines, payouts = (frame.assign(turn=frame.groupby(keys).cumcount()) for frame in (lines, payouts))
        return lines.merge(payouts[[*keys, "turn", "payout"]], on=[*keys, "turn"])[["payout", "coded_at"]]

    # --- margin ----------------------------------------------------------------------------------------------

    @cached_property
    def unexplained_margin(self) -> pd.Series[float]:
        """By month: gross margin in the ledger less what units invoiced, their prices and their costs let expect.

        Mix, prices, promotions and purchase costs are in both, so what is left has no commercial driver. Missing without
        revenue. Needs cin7 and ledger.
        """
        invoices = self.reading.table("cin7/sale_invoices")
        lines = self.reading.table("cin7/sale_invoice_lines")
        heads = invoices.set_index("document_key")
        when = look_up(lines["document_key"], heads["authorised_at"])
        net = (invoices["net_cents"] + invoices["shipping_cents"]).groupby(self.bucket(invoices["authorised_at"])).sum()
        net = net.reindex(range(len(self.limits))).astype("float64")
        cost = self._expected_cost(when, lines["quantity"], lines["sku"]) + self._billed_directly
        months = self.results
        actual = 1 - months["cogs_cents"] / months["revenue_cents"].where(months["revenue_cents"] > 0)
        expected = 1 - cost / net.where(net > 0)
        return actual - expected

    @cached_property
    def invoices(self) -> list[int]:
        """Sales invoices of each month. Needs cin7."""
        rows = self.reading.table("cin7/sale_invoices")
        counts = rows.groupby(self.bucket(rows["authorised_at"])).size()
        return [int(count) for count in counts.reindex(range(len(self.limits)), fill_value=0)]

    def _expected_cost(self, when: pd.Series[Any], quantity: pd.Series[int], sku: pd.Series[str]) -> npt.NDArray[np.float64]:
        """By month: what units invoiced cost, each at its product's average of the month's sales, else of all so far."""
        import numpy as np  # noqa: PLC0415

        units = self.by_month(when, quantity, sku)
        moved = self.reading.table("cin7/inventory_movements")
        sold = moved[moved["movement_type"] == "Sale"]
        value, taken = (
            self.by_month(sold["recorded_at"], -sold[name], sold["sku"]).reindex(columns=units.columns, fill_value=0).to_numpy()
            for name in ("value_cents", "quantity")
        )
        value_so_far, taken_so_far = value.cumsum(axis=0), taken.cumsum(axis=0)
        total = np.where(taken > 0, value, value_so_far) / np.maximum(np.where(taken > 0, taken, taken_so_far), 1)
        cost: npt.NDArray[np.float64] = (units.to_numpy() * total).sum(axis=1)
        return cost

    @cached_property
    def _billed_directly(self) -> pd.Series[float]:
        """By month: bills for what suppliers sent to customers, less credits; that cost is the bill, when it is entered."""
        import pandas as pd  # noqa: PLC0415

        bought = self.reading.table("cin7/purchases")
        direct = bought.loc[bought["sale_key"].notna(), "document_key"]
        total = pd.Series(0.0, index=range(len(self.limits)))
        for name, sign in (("cin7/purchase_invoices", 1), ("cin7/purchase_credit_notes", -1)):
            rows = self.reading.table(name)
            rows = rows[within(rows["purchase_key"], direct) & (rows["status"] != "VOIDED")]
            total += sign * rows.groupby(self.bucket(rows["authorised_at"]))["total_cents"].sum().reindex(total.index).fillna(0)
        return total

    # --- work left open --------------------------------------------------------------------------------------

    @cached_property
    def _task_log(self) -> pd.DataFrame:
        log = self.reading.table("cin7/document_status_log")
        log = log[log["document_type"].isin(("Purchase", "Shipment"))].sort_values("at", kind="stable")
        log = log.assign(n=self.bucket(log["at"]))
        until = log.groupby("document_key", sort=False)["n"].shift(-1).fillna(len(self.limits)).astype("int64")
        # Of the statuses of one month only the last is there on its evening.
        return log.assign(until=until)[log["n"] < until]

    def tasks(self, n: int, kind: str) -> pd.Series[Any]:
        """Status of each purchase or shipment ("Purchase", "Shipment") on month-end `n`, by document. Needs cin7."""
        log = self._task_log
        there = log[(log["n"] <= n) & (log["until"] > n) & (log["document_type"] == kind)]
        return there.set_index("document_key")["status"]

    @_kept
    def open_purchases(self, n: int) -> pd.DataFrame:
        """Purchases of goods not received in full by month-end `n`: document_key, days (past the promised date)."""
        open_ = self.tasks(n, "Purchase")
        open_ = open_[open_.isin(("ORDERED", "RECEIVING", "PARTIALLY INVOICED", "RECEIVING / CREDITED"))]
        purchases = self.reading.table("cin7/purchases")
        comes = purchases["sale_key"].isna() & (purchases["type"] != "Service Purchase")
        rows = purchases[comes & within(purchases["document_key"], open_.index)]
        return rows[["document_key"]].assign(days=self.age_days(n, rows["required_by"].astype("datetime64[ns]")))

    @cached_property
    def _invoiced_at(self) -> pd.Series[Any]:
        """When the invoice that goes with each shipment task was authorised: of a sale in parts, the first with the first."""
        tasks = self.reading.table("cin7/shipments").sort_values("created_at", kind="stable")
        invoices = self.reading.table("cin7/sale_invoices").sort_values("authorised_at", kind="stable")
        tasks, invoices = (rows.assign(turn=rows.groupby("sale_key").cumcount()) for rows in (tasks, invoices))
        both = tasks.merge(invoices[["sale_key", "turn", "authorised_at"]], on=["sale_key", "turn"], how="left")
        return both.set_index("document_key")["authorised_at"]

    @_kept
    def open_shipments(self, n: int) -> pd.DataFrame:
        """Shipment tasks not finished on month-end `n` whose sale is invoiced: document_key, workdays (since the invoice)."""
        import pandas as pd  # noqa: PLC0415

        open_ = self.tasks(n, "Shipment")
        open_ = open_[~open_.isin(("AUTHORISED", "VOIDED"))]
        since = self._invoiced_at.reindex(open_.index)
        since = since[self.bucket(since) <= n]
        days = self.reading.evidence.calendar.workdays_between(since, self.month_ends[n])
        return pd.DataFrame({"document_key": since.index, "workdays": days})

    @cached_property
    def on_hand(self) -> pd.DataFrame:
        """Units on each month-end, as Cin7 has them: a row a month-end, a column a product and place. Needs cin7."""
        moved = self.reading.table("cin7/inventory_movements")
        place = moved["sku"] + "@" + moved["location"]
        return self.by_month(moved["recorded_at"], moved["quantity"], place).cumsum()

    @cached_property
    def adjustments(self) -> pd.DataFrame:
        """Stock adjustments of units that people made outside a count: document_key, sku, location, quantity, n. Needs cin7."""
        rows = self.reading.table("cin7/stock_adjustments")
        machine = self.reading.table("cin7/stock_adjustments")["adjusted_by"].fillna("").str.contains("integration", case=False)
        rows = rows[(rows["quantity"] != 0) & ~machine]
        return rows.assign(n=self.bucket(rows["recorded_at"]))

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Lines of count sheets with the days since the product was last counted there: sheet, sku, location, n, since_days.

        Needs operations.
        """
        rows = self.reading.table("operations/count_sheets").sort_values(["counted_at", "sheet"], kind="stable")
        before = rows.groupby(["sku", "location"])["counted_at"].shift()
        return rows.assign(n=self.bucket(rows["counted_at"]), since_days=(rows["counted_at"] - before).dt.days)

    @_kept
    def counted_in_full(self, n: int) -> bool:
        """Whether a day of the month saw FULL_COUNT of all products and places so far: the yearly count. Needs operations."""
        rows = self.counts
        places = rows[rows["n"] <= n].drop_duplicates(["sku", "location"])
        days = rows[rows["n"] == n].groupby(rows["counted_at"].dt.date)["sku"].count()
        return len(days) > 0 and int(days.max()) >= FULL_COUNT * len(places)

    # --- the close -------------------------------------------------------------------------------------------

    def closes(self, n: int) -> list[int]:
        """Working days from each closed month's end to the last time it was locked before month-end `n`, oldest first.

        A month counts from the first lock that covers it to the last one before the next month is locked. Needs ledger.
        """
        taken = [self._closing_days(k, n) for k in range(n)]
        return [days for days in taken if days is not None]

    def closed_after(self, n: int) -> int | None:
        """Working days the last month but one has waited for its first lock by month-end `n`, or had to; None before that."""
        if n < 1:
            return None
        first = self._locks_of(n - 1, n)
        until = first.min() if len(first) else self.month_ends[n]
        return int(self.reading.evidence.calendar.workdays_between(self.month_ends[n - 1], until)[0])

    def _closing_days(self, k: int, n: int) -> int | None:
        locks = self._locks_of(k, n)
        if locks.empty:
            return None
        return int(self.reading.evidence.calendar.workdays_between(self.month_ends[k], locks.max())[0])

    def _locks_of(self, k: int, n: int) -> pd.Series[Any]:
        """When month `k` was locked, as known on month-end `n`."""
        import pandas as pd  # noqa: PLC0415

        locks = self.reading.table("ledger/lock_dates")
        known = (locks["kind"] == "period") & (self.bucket(locks["recorded_at"]) <= n)
        whole: pd.Series[Any] = locks.loc[known & (locks["lock_date"] == pd.Timestamp(self.month_ends[k])), "recorded_at"]
        return whole

    # --- people ----------------------------------------------------------------------------------------------

    @cached_property
    def tickets(self) -> pd.DataFrame:
        """What people of the visible layers complained of: ticket_id, layer, topic (of TOPICS, else ""), at, by, text, n."""
        import pandas as pd  # noqa: PLC0415

        parts = [self.reading.table(f"{layer}/issue_log").assign(layer=layer) for layer in self.reading.evidence.layers]
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        frame = frame.sort_values(["raised_at", "ticket_id"], ignore_index=True)
        topics = frame["text"].fillna("").map(_topic).astype("str")
        frame = frame.assign(topic=topics, n=self.bucket(frame["raised_at"]))
        return frame.rename(columns={"raised_at": "at", "raised_by": "by"})

    @cached_property
    def troubles(self) -> pd.DataFrame:
        """Records that failed, warned or were skipped: record_key, at (first), n, by_person_at, ended_at, message.

        `by_person_at`: when somebody who is not the integration first changed its status after that; `ended_at`: when it
        first arrived after that. Needs integration.
        """
        log = self.reading.table("integration/sync_status_log")
        machine = log["changed_by"].mode()
        first = log[log["status"].isin(("Failed", "Warning", "Skipped"))].groupby("record_key")["at"].min()
        by_person = log[log["changed_by"].notna() & ~within(log["changed_by"], machine)]
        by_person = by_person[by_person["at"] >= look_up(by_person["record_key"], first)]
        handled = by_person.groupby("record_key")["at"].min()
        there = log[log["status"].isin(("Completed", "Warning"))]
        ended = there[there["at"] >= look_up(there["record_key"], first)].groupby("record_key")["at"].min()
        attempts = self.reading.table("integration/sync_attempts").dropna(subset=["message"])
        attempts = attempts.sort_values("attempted_at", kind="stable").drop_duplicates("record_key")
        said = attempts.set_index("record_key")["message"]
        frame = first.rename("at").reset_index()
        return frame.assign(
            n=self.bucket(frame["at"]), by_person_at=look_up(frame["record_key"], handled),
            ended_at=look_up(frame["record_key"], ended), message=look_up(frame["record_key"], said).fillna(""),
        )  # fmt: skip


def _topic(text: str) -> str:
    return next((name for name, words in TOPICS.items() if re.search(words, text, re.IGNORECASE)), "")


def _known(lines: pd.DataFrame) -> pd.Series[Any]:
    """When a journal line counts in a month's results: when it was recorded, or on its date where that comes later."""
    dates = lines["journal_date"].astype(lines["recorded_at"].dtype)
    known: pd.Series[Any] = lines["recorded_at"].where(lines["recorded_at"] >= dates, dates)
    return known
