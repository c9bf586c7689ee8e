"""Purchases in the true books: what receipts, bills, charges, deposits and credits come to when each is booked as it happens.

Uses the matching, costing and posting rules of Cin7's record, and the setup of the business at founding. Knows physical
events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .. import keys
from ..cin7 import postings
from ..cin7.costing import Layer, revalue
from ..cin7.mapping import AccountMap
from ..cin7.matching import BilledAhead, BuyingRules, ReceivedLine
from ..cin7.postings import Pair
from ..cin7.purchasing import change_kind
from ..money import extend
from ..operations import happenings as h
from ..operations.happenings import Happening

Post = Callable[[int, int, Iterable[Pair]], None]
"""Books pairs under a document's key on a day."""


class TruePurchase:
    """One purchase as it really went."""

    __slots__ = ("ahead", "deposit_cents", "held", "receipts")

    def __init__(self) -> None:
        self.receipts: dict[int, list[ReceivedLine]] = {}
        self.ahead = BilledAhead()
        self.held: dict[tuple[int, int], int] = {}
        """Value of receipts that wait until all that was billed has come, by receipt and account."""
        self.deposit_cents = 0


class TruePurchases:
    """All purchases."""

    __slots__ = ("_accounts", "_buying", "_holding", "_of", "_post", "_purchases", "replay")

    def __init__(self, mapping: AccountMap, buying: BuyingRules, post: Post) -> None:
        self._accounts, self._of, self._holding = mapping.accounts, mapping.of, mapping.holding
        self._buying, self._post = buying, post
        self._purchases: dict[int, TruePurchase] = {}
        self.replay: dict[int, Callable[[Happening, int], None]] = {
            h.BILLED: self._billed, h.CHARGED: self._charged, h.DEPOSITED: self._deposited,
            h.CREDITED_MISSING: self._credited_missing, h.CREDITED_PRICE: self._credited_price,
        }  # fmt: skip

    def _purchase(self, key: int) -> TruePurchase:
        return self._purchases.setdefault(keys.root_of(key), TruePurchase())

    def _rules(self, key: int) -> tuple[bool, bool]:
        """Whether the purchase of a document is billed ahead, and whether its goods are released all together."""
        rules = self._buying.suppliers[keys.supplier_of(key)]
        return rules.invoice_first, rules.advanced

    def _transit(self, sku: int) -> int:
        return self._accounts.stock_in_transit if self._buying.accrual else self._of[sku].inventory

    def line(self, receipt: int, sku: int) -> ReceivedLine:
        """The line of a receipt for a product."""
        return next(line for line in self._purchase(receipt).receipts[receipt] if line.sku == sku)

    # -- goods ------------------------------------------------------------------------------------------------

    def value_of(self, event: Happening) -> int:
        """What goods are worth that arrive: as billed ahead, else at the order's price; nothing yet without accrual."""
        if self._rules(event.key)[0]:
            return self._purchase(event.key).ahead.settle(event.sku, event.quantity)
        return extend(event.quantity, event.amount) if self._buying.accrual else 0

    def received(self, event: Happening, layer: Layer, day: int) -> None:
        """Goods came in as `layer`."""
        purchase, (ahead, _) = self._purchase(event.key), self._rules(event.key)
        value, ordered = layer.value, extend(event.quantity, event.amount)
        line = ReceivedLine(event.sku, event.quantity, 0 if ahead else value, ordered, layer, day)
        purchase.receipts.setdefault(event.key, []).append(line)
        if not ahead:
            self._post(event.key, day, postings.stock_received(self._of[event.sku], value))
        elif self._buying.accrual:
            place = event.key, self._of[event.sku].inventory
            purchase.held[place] = purchase.held.get(place, 0) + value
            self._release(event.key, day)

    def _release(self, key: int, day: int) -> None:
        purchase = self._purchase(key)
        if self._rules(key)[1] and not purchase.ahead.is_empty:
            return
        for (receipt, account), value in purchase.held.items():
            self._post(receipt, day, postings.transit_released(self._holding(account), value))
        purchase.held.clear()

    # -- bills ------------------------------------------------------------------------------------------------

    def _billed(self, event: Happening, day: int) -> None:
        a, buying, purchase = self._of[event.sku], self._buying, self._purchase(event.key)
        billed = extend(event.quantity, event.amount)
        if event.about < 0:
            purchase.ahead.bill(event.key, event.sku, event.quantity, billed)
            pairs = postings.invoice_ahead(a, billed) if buying.accrual else postings.purchase_invoice(a, billed)
            self._post(event.key, day, pairs)
        else:
            self._replace_accrual(event, billed, day)
        applied = min(purchase.deposit_cents, billed)
        purchase.deposit_cents -= applied
        self._post(keys.beside(event.key, keys.DEPOSIT_APPLIED), day, postings.deposit_applied(a, applied))

    def _replace_accrual(self, event: Happening, billed: int, day: int) -> None:
        """A bill replaces the order's price by its own, for units here and units gone alike."""
        a = self._of[event.sku]
        line = self.line(event.about, event.sku)
        accrued, change = line.bill(event.quantity), keys.correction(event.key, keys.COST_CHANGE)
        if self._buying.by_receipt and line.accrued_cents:
            self._post(event.key, day, postings.invoice_against_accrual(a, billed))
            self._post(change, day, postings.cost_difference(a, billed - accrued))
        else:
            self._post(event.key, day, postings.purchase_invoice(a, billed))
            self._post(keys.beside(event.key, keys.ACCRUAL_REVERSAL), day, postings.accrual_reversal(a, accrued))
        self._correct(event.key, line, billed - accrued, day)

    def _charged(self, event: Happening, day: int) -> None:
        """Freight or duty; `quantity` says how it is spread."""
        lines = self._purchase(event.key).receipts[event.about]
        shares = self._buying.spread(event.amount, event.quantity, lines)
        for line, share in zip(lines, shares, strict=True):
            self._post(event.key, day, postings.purchase_invoice(self._of[line.sku], share))
            self._correct(event.key, line, share, day)

    def _correct(self, cause: int, line: ReceivedLine, cents: int, day: int) -> None:
        kind = change_kind(cause)
        for part in revalue(line.layer, cents):
            a = self._of[part.layer.card]
            if part.slice is not None:
                key = keys.correction(cause, kind, self._buying.slot(part.slice.day, day))
                self._post(key, day, postings.borne_elsewhere(a, part.slice.use, part.cents))
            origin = part.layer.origin
            if origin is not None:
                key = keys.correction(cause, kind, self._buying.slot(origin.day, day))
                self._post(key, day, postings.borne_elsewhere(a, origin.use, -part.cents))

    # -- credits and deposits ---------------------------------------------------------------------------------

    def _credited_missing(self, event: Happening, day: int) -> None:
        cents = self._purchase(event.key).ahead.settle(event.sku, event.quantity)
        self._post(event.key, day, postings.supplier_credit(self._accounts, self._transit(event.sku), cents))
        self._release(event.key, day)

    def _credited_price(self, event: Happening, day: int) -> None:
        a = self._of[event.sku]
        self._post(event.key, day, postings.supplier_credit(a, a.inventory, event.amount))
        self._correct(event.key, self.line(event.about, event.sku), -event.amount, day)

    def credited_returned(self, event: Happening, cost: int, day: int) -> None:
        """Goods that cost `cost` went back; what is not credited is cost of sales."""
        a, total = self._of[event.sku], extend(event.quantity, event.amount)
        self._post(event.key, day, postings.supplier_credit(a, a.inventory, total))
        self._post(keys.correction(event.key, keys.CREDIT_CHANGE), day, postings.borne_elsewhere(a, a.cogs, cost - total))

    def _deposited(self, event: Happening, day: int) -> None:
        a = self._accounts
        self._purchase(event.key).deposit_cents += event.amount
        self._post(event.key, day, postings.supplier_deposit(a, a.by_role["bank"], event.amount))
