"""The exchange of files with a third party's warehouse: orders go out, what it did comes back and is entered in Cin7.

A file is known by its number, so one that is sent twice is entered once. A line that Cin7 does not take yet (a bill that has
to come first, a stocktake that is open) is tried again with the next files.
"""

from __future__ import annotations

from typing import NamedTuple

from .. import keys
from ..cin7.core import Cin7Core
from ..cin7.sales import Fulfilment, Sale
from ..cin7.stock import Stock
from ..clock import DAY
from ..operations.goods import ReturnedGoods
from ..operations.suppliers import Delivery
from ..operations.third_party import (
    ADJUSTMENTS,
    DESPATCHES,
    PACKING,
    RECEIPTS,
    RETURNS,
    STOCK,
    TRANSFERS,
    File,
    FileLine,
    Loaded,
    Request,
    ThirdParty,
    departure_of,
)
from ..operations.transport import Consignment
from ..operations.world import Operations
from ..profile import ThirdPartyConfig
from ..schema import FEED, FEED_STATUS
from .goods_in import enter_consignment, enter_delivery
from .inbound import Staging

_FEEDS = {
    PACKING: "third_party_packing", DESPATCHES: "third_party_shipments", RECEIPTS: "third_party_receipts",
    RETURNS: "third_party_returns", ADJUSTMENTS: "third_party_adjustments", STOCK: "third_party_stock",
    TRANSFERS: "third_party_transfers",
}  # fmt: skip
_ORDERS = "third_party_orders"
_FIRST_MINUTE, _LAST_MINUTE = 6 * 60, 22 * 60
FIRST_WAKE = _FIRST_MINUTE
"""Minute of the first day at which the exchange begins."""


class _Held(NamedTuple):
    """A line that Cin7 has not taken yet."""

    kind: int
    line: FileLine


class Snapshot(NamedTuple):
    """What a stock file said, beside what Cin7 had when it was read."""

    written: int
    units: dict[int, tuple[int, int]]
    """Theirs and Cin7's, by product; what is packed and not known to have left is still Cin7's, and no longer theirs."""


class WarehouseLink:
    """The connection to one such warehouse."""

    __slots__ = ("_cin7", "_config", "_fetched_at", "_held", "_operations", "_seen", "_sent_at", "_staging", "_stock",
                 "_theirs", "_user", "open", "rank", "returned", "snapshot")  # fmt: skip

    def __init__(
        self, operations: Operations, theirs: ThirdParty, cin7: Cin7Core, stock: Stock, config: ThirdPartyConfig,
        staging: Staging, user: int,
    ) -> None:  # fmt: skip
        self.rank = 25
        self._operations, self._theirs, self._cin7, self._stock = operations, theirs, cin7, stock
        self._config, self._staging, self._user = config, staging, user
        self._sent_at = 0
        self._fetched_at = [0] * len(_FEEDS)
        self._seen: dict[int, None] = {}
        """Numbers of files that were fetched."""
        self._held: list[_Held] = []
        self.open: dict[int, Fulfilment] = {}
        """Asked for and not known to have left, by shipment."""
        self.returned: list[ReturnedGoods] = []
        """Goods that came back, as they told; nobody has credited them."""
        self.snapshot: Snapshot | None = None
        """The last stock file that nobody has looked at."""

    def wake(self, now: int) -> int | None:
        """Fetch what there is, when it is time to, and ask for what is allocated."""
        if now % self._config.fetch_minutes == 0:
            self._fetch(now)
        self._send(now)
        after = now + self._config.orders_minutes
        return after if after % DAY <= _LAST_MINUTE and after % DAY >= _FIRST_MINUTE else now - now % DAY + DAY + _FIRST_MINUTE

    @property
    def theirs(self) -> ThirdParty:
        """The people of the warehouse."""
        return self._theirs

    def recall(self, sale: Sale, now: int) -> None:
        """Ask for parts of a cancelled sale back, as far as they are not picked."""
        for fulfilment in sale.fulfilments:
            if fulfilment.picking and self._theirs.withdraw(fulfilment.ship):
                del self.open[fulfilment.ship]
                self._cin7.sales.recall(fulfilment, now)

    def _send(self, now: int) -> None:
        sales, stock = self._cin7.sales, self._stock
        if sales.held:
            sales.release_due(stock, now // DAY)
        ready = sales.to_pick[stock.location]
        if not ready or stock.blocked:
            return
        if not self._staging.policies.connects(FEED[_ORDERS], now):
            self._staging.log_failure(_ORDERS, now, self._sent_at)
            return
        requests = []
        for fulfilment in list(ready.values()):
            order = self._operations.order(fulfilment.sale.order_key)
            if order is not None:
                sales.begin_pick(fulfilment, now)
                self.open[fulfilment.ship] = fulfilment
                requests.append(
                    Request(order, fulfilment.ship, fulfilment.invoice, fulfilment.lines, fulfilment.numbers,
                            fulfilment.goods_cents, fulfilment.shipping_cents, fulfilment.tax_cents,
                            fulfilment.line_amounts() if self._theirs.house.itemised else None)
                )  # fmt: skip
        self._theirs.send(requests)
        self._staging.log_feed(_ORDERS, now, self._sent_at, len(requests))
        self._sent_at = now

    def _fetch(self, now: int) -> None:
        self._held = [held for held in self._held if not self._enter(held.kind, held.line, now)]
        files = self._theirs.files
        ready = [file for file in files if file.available <= now]
        if not ready:
            return
        connects, log = self._staging.policies.connects, self._staging.log_file
        reached: dict[int, bool] = {}
        stays = [file for file in files if file.available > now]
        for file in ready:
            feed = FEED[_FEEDS[file.kind]]
            if file.kind not in reached:
                reached[file.kind] = connects(feed, now)
                if not reached[file.kind]:
                    self._staging.log_failure(_FEEDS[file.kind], now, self._fetched_at[file.kind])
            if not reached[file.kind]:
                stays.append(file)
            elif file.number in self._seen:
                log(feed, now, file.since, file.written, len(file.lines), FEED_STATUS["DUPLICATE"])
            else:
                self._seen[file.number] = None
                self._read(file, now)
                log(feed, now, file.since, file.written, len(file.lines), FEED_STATUS["OK"])
                self._fetched_at[file.kind] = now
        files[:] = stays

    def _read(self, file: File, now: int) -> None:
        if file.kind == RECEIPTS:  # all lines of a delivery belong together
            subjects = dict.fromkeys(line.key for line in file.lines)
            first = {line.key: line for line in reversed(file.lines)}
            lines = [first[key] for key in subjects]
        elif file.kind == STOCK:
            self._keep(file)  # nothing is entered: it is there to be compared
            return
        else:
            lines = list(file.lines)
        for line in lines:
            if not self._enter(file.kind, line, now):
                self._held.append(_Held(file.kind, line))

    def _keep(self, file: File) -> None:
        """Put a stock file beside what Cin7 has at this moment."""
        theirs = {line.sku: line.units for line in file.lines}
        ours = enumerate(self._stock.on_hand)
        units = {sku: (theirs.get(sku, 0), on_hand) for sku, on_hand in ours if on_hand or sku in theirs}
        self.snapshot = Snapshot(file.written, units)

    def _enter(self, kind: int, line: FileLine, now: int) -> bool:
        """Enter a line; False when Cin7 does not take it yet."""
        subject = line.subject
        if kind == PACKING:
            return self._note_packed(line, now)
        if kind == DESPATCHES:
            return self._note_sent(line, now)
        if isinstance(subject, Delivery):
            return enter_delivery(self._cin7, self._stock, subject, now)
        if isinstance(subject, Consignment):
            return enter_consignment(self._cin7, subject, self._staging.lexicon, self._user, now)
        if isinstance(subject, Loaded):
            return self._note_loaded(subject, line, now)
        if isinstance(subject, ReturnedGoods):
            self.returned.append(subject)
            return True
        return self._adjust(line, now)

    def _note_packed(self, line: FileLine, now: int) -> bool:
        fulfilment = self.open.get(line.key)
        if fulfilment is None or fulfilment.packed:
            return True  # its despatch was read first
        if line.units:
            self._cin7.sales.pack(fulfilment, now)
        else:
            del self.open[line.key]
            self._cin7.sales.put_back(fulfilment, now)
        return True

    def _note_sent(self, line: FileLine, now: int) -> bool:
        fulfilment, sales = self.open.get(line.key), self._cin7.sales
        if fulfilment is None:
            return True
        if not fulfilment.packed:
            sales.pack(fulfilment, now)
        if not sales.authorise_shipment(fulfilment, now, max(line.at // DAY, self._cin7.books.lock_date)):
            return False
        del self.open[line.key]
        return True

    def _note_loaded(self, loaded: Loaded, line: FileLine, now: int) -> bool:
        """What they sent to another place of ours leaves; what they left behind is left out of a new draft."""
        transfers, stock, day = self._cin7.transfers, self._stock, max(line.at // DAY, self._cin7.books.lock_date)
        draft = transfers.drafts[loaded.asked]
        if not loaded.lines:
            transfers.void(draft, now)
            return True
        lacking = any(stock.on_hand[sku] < units for sku, units in loaded.lines)  # a receipt is not entered yet
        if lacking or stock.blocked or draft.destination.blocked:
            return False
        if loaded.lines != draft.lines:
            transfers.void(draft, now)
            root = keys.root_of(departure_of(loaded.asked, as_asked=False))
            draft = transfers.draft(root, stock, draft.destination, loaded.lines, draft.required_by, now, day)
        return transfers.send(draft, now, day)

    def _adjust(self, line: FileLine, now: int) -> bool:
        stock, day = self._stock, max(line.at // DAY, self._cin7.books.lock_date)
        if stock.on_hand[line.sku] + line.units < 0:  # of goods whose receipt is not entered yet
            return False
        if not stock.adjust(line.sku, line.units, line.key, self._staging.lexicon.text(line.remark), self._user, now, day):
            return False
        if line.units > 0:
            self._cin7.sales.retry_backorders(stock, now)
        return True
