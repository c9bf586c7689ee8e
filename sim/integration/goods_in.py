"""How goods that came are entered in Cin7, whoever does so: a person at the dock, or the machine that reads a file."""

from __future__ import annotations

from collections.abc import Callable

from .. import keys
from ..cin7.core import Cin7Core
from ..cin7.costing import NEVER
from ..cin7.stock import Stock
from ..clock import DAY
from ..operations.suppliers import NEVER_EXPIRES, Delivery
from ..operations.transport import Consignment
from ..tables import Lexicon, number_prefix

LOT = number_prefix("LOT-")
MISSING, DAMAGED = "short on arrival", "damaged in transit"


def enter_delivery(
    cin7: Cin7Core, stock: Stock, delivery: Delivery, now: int, closes: Callable[[int, int], bool] = lambda key, day: True,
    short: int = 0,
) -> bool:  # fmt: skip
    """Receive a supplier's delivery, dated when it came where that is open. False when Cin7 refuses.

    `closes`: (purchase key, day) -> whether a purchase is marked as received when its note says that the rest will not come;
    `short`: units of the largest line that are not entered.
    """
    purchasing = cin7.purchasing
    lines = _less(delivery.counted, short) if short else delivery.counted
    if not purchasing.receive(delivery.key, lines, now, max(delivery.arrived // DAY, cin7.books.lock_date)):
        return False
    purchase = purchasing.by_key[delivery.paper.key]
    if delivery.labels:
        for line in purchase.receipts[delivery.key]:
            if line.sku in delivery.labels:
                lot, expiry = delivery.labels[line.sku]
                stock.name_batch(line.layer, LOT | lot, expiry if expiry < NEVER_EXPIRES else NEVER, now)
    if delivery.rest_cancelled and closes(delivery.paper.key, now // DAY):
        purchasing.close_short(purchase, now)
    cin7.sales.retry_backorders(stock, now)
    return True


def _less(lines: list[tuple[int, int]], units: int) -> list[tuple[int, int]]:
    """The lines with up to `units` fewer on the largest one, of which at least one stays."""
    at = max(range(len(lines)), key=lambda n: lines[n][1])
    return [(sku, max(1, counted - units) if n == at else counted) for n, (sku, counted) in enumerate(lines)]


def enter_consignment(cin7: Cin7Core, consignment: Consignment, lexicon: Lexicon, user: int, now: int) -> bool:
    """Complete a transfer in full, then correct what was missing or damaged. False when Cin7 refuses."""
    transfer, day = cin7.transfers.open.get(consignment.departure), max(consignment.arrived // DAY, cin7.books.lock_date)
    if transfer is None:  # those who sent it have not told yet
        return False
    if not cin7.transfers.receive(transfer, now, day):
        return False
    stock = transfer.destination
    for n, sku in consignment.missing:
        stock.adjust(sku, -1, keys.document(transfer.key, keys.ADJUST, n), lexicon.text(MISSING), user, now, day)
    for n, sku in consignment.damaged:
        key = keys.document(transfer.key, keys.WRITE_OFF, n)
        stock.write_off(key, [(sku, 1)], lexicon.text(DAMAGED), user, now, day)
    cin7.sales.retry_backorders(stock, now)
    return True
