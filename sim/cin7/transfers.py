"""Transfers between locations: drafted, sent, on the way, completed; cost layers travel with their identity.

A transfer has one key for its departure, under which it is known, and one for its arrival, since both post on their own.
What is on the way is in neither location's stock on hand. Knows stock and books; nothing of vans and of who loads them.
"""

from __future__ import annotations

from typing import Any

from .. import keys
from ..schema import DOCUMENT_TYPE, MOVEMENT_TYPE, RECORD_TYPE, STATUS, TRANSACTION_TYPE, StockTransfer, TransferReceipt
from ..tables import Rows, number_prefix
from . import postings
from .books import Books, Document
from .costing import Layer, Slice
from .postings import Pair, merged
from .stock import Stock

_TRANSFER, _TASK, _JOURNAL = DOCUMENT_TYPE["Stock Transfer"], TRANSACTION_TYPE["Journal"], RECORD_TYPE["Manual journals"]
_DRAFT, _IN_TRANSIT, _COMPLETED, _VOIDED = (STATUS[name] for name in ("DRAFT", "IN TRANSIT", "COMPLETED", "VOIDED"))
_OUT, _IN = MOVEMENT_TYPE["Transfer Out"], MOVEMENT_TYPE["Transfer In"]
NUMBER = number_prefix("TR-")
_OF_A_RETURN = 1 << 32
"""Marks the identity of a transfer that follows from a credit note."""
_SENT_TEXT, _RECEIVED_TEXT = number_prefix("Stock transfer TR-"), number_prefix("Stock transfer received TR-")


class Transfer:
    """One transfer as Cin7 holds it."""

    __slots__ = ("destination", "key", "lines", "number", "required_by", "sent", "slices", "source")

    def __init__(
        self, root: int, number: int, source: Stock, destination: Stock, lines: list[tuple[int, int]], required_by: int,
        ordinal: int = 0,
    ) -> None:  # fmt: skip
        self.key = keys.document(root, keys.DEPARTURE, ordinal)
        self.number, self.source, self.destination, self.required_by = number, source, destination, required_by
        self.lines = lines
        """Product, units."""
        self.sent = -1
        """The day it left."""
        self.slices: list[tuple[int, Slice]] = []
        """Product and cost of what is on the way."""

    @property
    def arrival(self) -> int:
        """The key of its arrival."""
        return keys.document(self.key, keys.ARRIVAL, keys.ordinal_of(self.key))

    @property
    def cents(self) -> int:
        """What is on the way, at its cost so far."""
        return sum(part.value for _, part in self.slices)


class Transfers:
    """All transfers that are drafted or on the way."""

    __slots__ = ("_books", "_numbers", "drafts", "open", "receipts", "transfers")

    def __init__(self, books: Books) -> None:
        self._books = books
        self._numbers = 0
        self.drafts: dict[int, Transfer] = {}
        self.open: dict[int, Transfer] = {}
        """On the way, by the key of their departure."""
        self.transfers: Rows[StockTransfer] = Rows("cin7/stock_transfers", StockTransfer)
        self.receipts: Rows[TransferReceipt] = Rows("cin7/stock_transfer_receipts", TransferReceipt)

    def draft(
        self, root: int, source: Stock, destination: Stock, lines: list[tuple[int, int]], required_by: int, now: int, day: int
    ) -> Transfer:
        """Draft a transfer that is to leave on `day`; nothing moves yet. `lines`: product, units."""
        self._numbers += 1
        transfer = Transfer(root, self._numbers, source, destination, lines, required_by)
        self.drafts[transfer.key] = transfer
        for n, (sku, units) in enumerate(lines):
            self.transfers.add((transfer.key, NUMBER | transfer.number, n, sku, source.location, destination.location, units,
                day, required_by, self._books.accounts.transit, now))  # fmt: skip
        self._books.statuses.change(transfer.key, _TRANSFER, _DRAFT, now)
        return transfer

    def void(self, transfer: Transfer, now: int) -> None:
        """Void a draft."""
        del self.drafts[transfer.key]
        self._books.statuses.change(transfer.key, _TRANSFER, _VOIDED, now)

    def send(self, transfer: Transfer, now: int, day: int) -> bool:
        """The goods leave. False when the date, or a location by an open stocktake, is closed.

        Raises ValueError when the source holds fewer units.
        """
        books, source, destination = self._books, transfer.source, transfer.destination
        if day < books.lock_date or source.blocked or destination.blocked:
            return False
        of, movement = books.mapping.of, transfer.key
        pairs: list[Pair] = []
        for sku, units in transfer.lines:
            slices = source.move_out(sku, units, movement, _OUT, of[sku].transit, now, day)
            movement += len(slices)
            pairs += postings.transfer_sent(of[sku], sum(part.value for part in slices))
            transfer.slices += [(sku, part) for part in slices]
            destination.incoming[sku] += units
        del self.drafts[transfer.key]
        transfer.sent = day
        self.open[transfer.key] = transfer
        books.statuses.change(transfer.key, _TRANSFER, _IN_TRANSIT, now)
        if pairs:
            text = _SENT_TEXT | transfer.number
            books.post(Document(transfer.key, _JOURNAL, _TASK, day, now, merged(pairs), text))
        return True

    def receive(self, transfer: Transfer, now: int, day: int) -> bool:
        """All that was sent arrives, at what it cost where it came from; what is missing is adjusted afterwards.

        False when the date, or the destination by an open stocktake, is closed.
        """
        books, destination = self._books, transfer.destination
        if day < books.lock_date or day < transfer.sent or destination.blocked:
            return False
        of, arrival = books.mapping.of, transfer.arrival
        pairs: list[Pair] = []
        for movement, (sku, part) in enumerate(transfer.slices, arrival):
            value = part.give_back(part.quantity)
            destination.move_in(sku, part.quantity, value, movement, _IN, now, day, part)
            destination.incoming[sku] -= part.quantity
            pairs += postings.transfer_received(of[sku], part.use, value)
        for n, (sku, units) in enumerate(transfer.lines):
            self.receipts.add((arrival, transfer.key, n, sku, units, day, now))
        del self.open[transfer.key]
        books.statuses.change(transfer.key, _TRANSFER, _COMPLETED, now)
        if pairs:
            books.post(Document(arrival, _JOURNAL, _TASK, day, now, merged(pairs), _RECEIVED_TEXT | transfer.number))
        return True

    def pass_on(self, note: int, sku: int, layers: list[Layer], source: Stock, destination: Stock, now: int, day: int) -> None:
        """What was restocked where it came from and is really elsewhere goes there at once, by a transfer of its own.

        Source: Cin7's Shopify returns article: a restock at another location creates an authorised transfer. `note`: the
        credit note. The caller has seen to it that neither place is closed.
        """
        books, units = self._books, sum(layer.quantity for layer in layers)
        self._numbers += 1
        root = keys.root(keys.TRANSFER, _OF_A_RETURN | keys.identity_of(note))
        # An order may be returned in parts, each with a credit note of its own.
        transfer = Transfer(root, self._numbers, source, destination, [(sku, units)], day, keys.ordinal_of(note))
        self.transfers.add((transfer.key, NUMBER | transfer.number, 0, sku, source.location, destination.location, units, day,
                            day, books.accounts.transit, now))  # fmt: skip
        cost, of = 0, books.mapping.of[sku]
        for n, layer in enumerate(layers):
            part = source.give_back(sku, layer, layer.quantity, transfer.key + n, of.transit, now, day, _OUT)
            destination.move_in(sku, part.quantity, part.value, transfer.arrival + n, _IN, now, day, part)
            cost += part.value
        self.receipts.add((transfer.arrival, transfer.key, 0, sku, units, day, now))
        books.statuses.change(transfer.key, _TRANSFER, _COMPLETED, now)
        for key, pairs, text in (
            (transfer.key, postings.transfer_sent(of, cost), _SENT_TEXT),
            (transfer.arrival, postings.transfer_received(of, of.transit, cost), _RECEIVED_TEXT),
        ):
            if pairs:
                books.post(Document(key, _JOURNAL, _TASK, day, now, pairs, text | transfer.number))

    def explain(self, month_end: int) -> None:
        """Name what is on the way while its value stays in the inventory account."""
        accounts = self._books.accounts
        if accounts.transit == accounts.inventory:
            for transfer in self.open.values():
                held: dict[int, int] = {}
                for _, part in transfer.slices:
                    held[part.use] = held.get(part.use, 0) + part.value
                for account, cents in held.items():
                    if cents:
                        transfer.source.explain_transit(month_end, transfer.key, account, cents)

    def tables(self) -> list[Rows[Any]]:
        """All tables of transfers."""
        return [self.transfers, self.receipts]
