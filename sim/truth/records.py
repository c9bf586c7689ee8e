"""What the books say, in the same shape as the true books: one signed amount a document, account and day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import keys
from ..cin7.serials import Units
from ..clock import DAY
from ..founding import World
from ..operations import happenings as h
from ..schema import COSTING, SYNC_STATUS, TABLES, columns
from ..tables import Matrix
from .books import TrueBooks
from .consequences import Happened

NORMAL_DAYS = 5
"""Days that late entries and queues ordinarily take: two working days over a long weekend (assumption)."""
TIDYING_DAYS = 70
"""Days in which somebody ordinarily gives up the rest of a delivery: late by five weeks, and a round of four (assumption)."""
ENTRY = ["key", "account", "day", "cents"]
UNITS = ["key", "sku", "day", "units"]


def _frame(world_tables: dict[str, Matrix], world: World, name: str) -> pd.DataFrame:
    table = next(table for table in world.tables() if table.name == name)
    if name not in world_tables:
        world_tables[name] = table.matrix()
    return pd.DataFrame(world_tables[name], columns=list(columns(TABLES[name])))


KEPT_BY_CIN7 = (
    "receivable", "payable", "inventory", "grni", "stock_in_transit", "sales", "shipping_income", "cogs", "discrepancy",
    "transfers_in_transit", "wip", "overhead_absorbed", "write_offs",
    "supplier_deposits",
)  # fmt: skip
"""Roles of the accounts that Cin7's own books keep whole. Payouts, fees, overheads and tax are booked in the ledger only."""


class Recorded:
    """Entries of one run: of Cin7's own books, of the ledger, of the true books; and units by record and in truth."""

    def __init__(self, world: World) -> None:
        self.kept = sorted({code for role in KEPT_BY_CIN7 if role in world.accounts for code in world.accounts_for(role)})
        """Accounts that Cin7's own books keep whole."""
        cache: dict[str, Matrix] = {}
        self.cin7 = self._cin7(_frame(cache, world, "cin7/transactions"))
        self.ledger = self._ledger(
            _frame(cache, world, "ledger/journals"), _frame(cache, world, "ledger/journal_lines")
        )
        if world.outbox.consolidator is not None:
            carried = _frame(cache, world, "integration/sync_record_documents")
            self.ledger = _unfolded(self.ledger, carried, self.cin7)
        movements = _frame(cache, world, "cin7/inventory_movements")
        self.cin7_units = _units(movements, "document_key", "recorded_at", "quantity")
        self.cin7_stock_value = pd.DataFrame({"day": movements["recorded_at"] // DAY, "cents": movements["value_cents"]})
        overheads = [cost.against for cost in world.case.profile.close.overheads]
        setup = world.setup
        by_expiry = [sku for sku, method in enumerate(setup.costing) if method == COSTING["FEFO - Batch"]]
        by_unit = [sku for sku, method in enumerate(setup.costing) if method == COSTING["Special - Serial Number"]]
        happenings = world.operations.happenings.matrix()
        buying, happened = world.cin7.catalogue.buying, happenings.tolist()
        books = TrueBooks(happened, world.accounts, overheads, buying, by_expiry, mapping=setup.mapping(),
                          decisions=setup.decisions, units=Units(by_unit, setup.place_of))  # fmt: skip
        self.true = pd.DataFrame(books.entries, columns=ENTRY)
        self.masks = _masks(world)
        """Documents that somebody made to hide a difference."""
        self.happened = Happened(world, happenings)
        """What the business feels."""
        self.awaited_in_vain = _in_vain(world, happenings)
        """Units that Cin7 expects although the supplier has long known that they will not come: key, sku, day, units."""
        self.unclean = _unclean(world)
        """When each staging row that stayed out of the ledger beyond normal time came to that status: minute by (record key,
        status). A row that arrived with a warning has arrived."""
        self.true_units = pd.DataFrame(books.stock, columns=UNITS)

    @staticmethod
    def _cin7(transactions: pd.DataFrame) -> pd.DataFrame:
        day = transactions["recorded_at"] // DAY
        sides = [
            pd.DataFrame({"key": transactions["document_key"], "account": transactions[side], "day": day,
                          "cents": sign * transactions["amount_cents"]})
            for side, sign in (("debit_account", 1), ("credit_account", -1))
        ]  # fmt: skip
        return pd.concat(sides, ignore_index=True)

    @staticmethod
    def _ledger(journals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
        joined = lines.merge(journals[["journal_id", "recorded_at"]], on="journal_id")
        # A journal made from a Cin7 document has that document's key plus the number of the push.
        document = joined["journal_id"].to_numpy() & np.int64(keys.DOCUMENT_MASK)
        return pd.DataFrame(
            {"key": document, "account": joined["account_code"], "day": joined["recorded_at"] // DAY,
             "cents": joined["amount_cents"]}
        )  # fmt: skip


def _unfolded(ledger: pd.DataFrame, carried: pd.DataFrame, cin7: pd.DataFrame) -> pd.DataFrame:
    """The ledger's entries with each consolidated document replaced by those it carries.

    What it has beyond them, or lacks, stays under its own key.
    """
    together = keys.root(keys.CONSOLIDATED, 0)
    bundles = ledger[(ledger["key"] & ~((1 << 57) - 1)) == together]
    record = carried["record_key"].to_numpy() & np.int64(keys.DOCUMENT_MASK)
    days = carried.assign(bundle=record).merge(bundles.groupby("key")["day"].min(), left_on="bundle", right_index=True)
    parts = days[["bundle", "document_key", "day"]].merge(cin7.drop(columns="day"), left_on="document_key", right_on="key")
    against = parts.assign(key=parts["bundle"])
    rest = net([(1, bundles), (-1, against[ENTRY])], ["key", "account", "day"], "cents")
    return pd.concat([ledger.drop(bundles.index), parts[ENTRY], rest], ignore_index=True)


def _masks(world: World) -> frozenset[int]:
    """What was skipped is a document of its own, not the mask's."""
    acts = world.team.acts if world.team is not None else []
    return frozenset(act.key for act in acts if act.key >= 0 and act.kind != "skip")


def _in_vain(world: World, rows: Matrix) -> pd.DataFrame:
    """A rest that nobody gives up within the time that tidying ordinarily takes."""
    closed, last, found = world.cin7.purchasing.closed_short, world.calendar.days - 1, []
    for _, at, key, sku, units, *_ in rows[rows[:, 0] == h.NOT_COMING].tolist():
        day, end = at // DAY + TIDYING_DAYS, closed.get(key, (last + 1) * DAY) // DAY
        if day < min(end, last + 1):
            found += [(key, sku, day, units), (key, sku, end, -units)]
    return pd.DataFrame([row for row in found if row[2] <= last], columns=UNITS).astype("int64")


def _unclean(world: World) -> dict[tuple[int, int], int]:
    log = world.outbox.statuses.matrix()
    good = [SYNC_STATUS[word] for word in ("Completed", "Warning")]
    arrived = {key: at for key, status, at in log[np.isin(log[:, 1], good), :3].tolist()}
    by_document = {keys.document_of(key): at for key, at in sorted(arrived.items(), key=lambda entry: entry[1])}
    end, bad = world.calendar.days * DAY, [SYNC_STATUS["Failed"], SYNC_STATUS["Skipped"]]

    refused = {key for key in log[np.isin(log[:, 1], bad), 0].tolist() if keys.document_of(key) == key}

    def came(key: int, at: int) -> int:
        """When it arrived; what a skipped record held may have gone under a later record of the same document.

        A further push of what the ledger has changes nothing there: whatever becomes of it, its document has arrived.
        """
        document = keys.document_of(key)
        later = by_document.get(document, -1)
        if document != key and (0 <= later < at or document not in refused):
            return at
        found: int = arrived.get(key, later if later >= at else end)
        return found

    return {
        (key, status): at
        for key, status, at in log[np.isin(log[:, 1], bad), :3].tolist()
        if came(key, at) - at > NORMAL_DAYS * DAY
    }


def _units(frame: pd.DataFrame, key: str, at: str, quantity: str) -> pd.DataFrame:
    moved = frame[frame[quantity] != 0]
    return pd.DataFrame({"key": moved[key], "sku": moved["sku"], "day": moved[at] // DAY, "units": moved[quantity]})


def net(parts: list[tuple[int, pd.DataFrame]], by: list[str], value: str) -> pd.DataFrame:
    """Signed sum of frames by `by`; rows that come to zero are left out."""
    signed = [frame.assign(**{value: sign * frame[value]}) for sign, frame in parts]
    total = pd.concat(signed, ignore_index=True).groupby(by, sort=True)[value].sum().reset_index()
    return total[total[value] != 0].reset_index(drop=True)
