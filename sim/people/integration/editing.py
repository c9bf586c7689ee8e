"""The e-commerce operator's edits of what is finished: each is exported again, which the ledger may refuse.

Knows Cin7 as its screens show it, and what was sent along with a parcel.
"""

from __future__ import annotations

from collections.abc import Callable

from ... import keys
from ...cin7.amendments import add_to_invoice, may_add
from ...cin7.core import Cin7Core
from ...cin7.sales import Sale
from ...clock import DAY, Calendar
from ...draws import Draws
from ...money import ratio
from ...operations import happenings as h
from ...operations.happenings import Happenings
from ...profile import SyncConfig
from .policies import EditPolicies

FIRST_WAKE = 11 * 60 + 15
"""Minute of the first day at which the operator begins."""
_DESCRIPTION = "made to last, packed by hand and sent within one working day; see the size chart before you order this one"


class Operator:
    """The e-commerce operator, who now and then edits a finished sale's memo or a product, which sends it again."""

    __slots__ = ("_calendar", "_cin7", "_config", "_happenings", "_products", "policies", "rank")

    def __init__(
        self, cin7: Cin7Core, calendar: Calendar, config: SyncConfig, happenings: Happenings, draws: Draws
    ) -> None:
        self.rank = 38
        self._cin7, self._calendar, self._happenings = cin7, calendar, happenings
        self.policies = EditPolicies(edits_memo=draws.stream("work/memos").chance(config.idle_edit.value))
        self._products, self._config = draws.stream("work/products"), config

    def wake(self, now: int) -> int | None:
        """Touch some of the sales completed since yesterday, and perhaps a product."""
        day = now // DAY
        if self._calendar.is_workday(day):
            finished = self._cin7.sales.just_completed
            edits, adds = self.policies.edits_memo, self.policies.adds_to
            for sale in finished:
                if adds is not None and self._add(sale, adds, now):
                    continue
                if edits(sale.key):
                    self._cin7.sales.touch(sale, now)
            finished.clear()
            self._edit_product(day, now)
        return (day + 1) * DAY + FIRST_WAKE

    def _add(self, sale: Sale, adds: Callable[[int], int], now: int) -> bool:
        """Open a finished sale's first invoice for what was left off it, and authorise it again; whether anything was."""
        cin7, first = self._cin7, sale.fulfilments[0]
        percent = adds(first.invoice) if may_add(cin7.books, sale) else 0
        cents = ratio(first.goods_cents, percent, 100)
        if not cents:
            return False
        key, add = keys.beside(first.invoice, keys.INVOICE_ADDED), self._happenings.add
        sku, tax = add_to_invoice(cin7.books, cin7.sales, first, cents, now)
        add((h.SOLD_GOODS, now, key, sku, 0, cents, keys.NONE, keys.NONE))
        if tax:
            add((h.SOLD_TAX, now, key, keys.NONE, 0, tax, keys.NONE, keys.NONE))
        return True

    def _edit_product(self, day: int, now: int) -> None:
        draw = self._products
        if draw.happens(self._config.product_edit.value, day):
            sku = draw.between(0, len(self._cin7.catalogue.cost) - 1, day, 1)
            mistyped = draw.happens(self._config.mistyped_name.value, day, 2)
            self._cin7.edit_product(sku, now, self._typed(sku, day) if mistyped else "")

    def _typed(self, sku: int, day: int) -> str:
        """What a product is called for a day: with a symbol in it, with its description, or like the one listed after it."""
        names = self._cin7.catalogue.names
        slips = (f"{names[sku]}: new", f"{names[sku]}, {_DESCRIPTION}", names[(sku + 1) % len(names)])
        return slips[self._products.between(0, len(slips) - 1, day, 3)]
