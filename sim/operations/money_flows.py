"""Gateway and bank: money as it really moves, whatever any book says."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..money import ratio
from ..profile import ChannelConfig
from ..schema import CHARGE, Fact, GatewayPayout, GatewayPayoutItem, GatewayTransaction, Table
from ..tables import Derived, Matrix, Rows, number_prefix
from . import happenings as h
from .happenings import Happenings
from .shop import Order

_BASIS = 10_000
_CHARGE_NUMBER, _PAYOUT_NUMBER = number_prefix("ch_"), number_prefix("po_")
_CHARGE, _REFUND, _DISPUTE, _ADJUSTMENT = (CHARGE[word] for word in ("CHARGE", "REFUND", "DISPUTE", "ADJUSTMENT"))
_FIRST_PAYMENT = keys.first(keys.PAYMENT)
_DISPUTE_DAYS = (15, 50)  # assumption: days from charge to dispute


class Money:
    """One transaction in the gateway's account."""

    __slots__ = ("amount_cents", "at", "fee_cents", "order_key", "reference", "settles", "type")

    def __init__(
        self, type_: int, order_key: int, settles: int, at: int, amount_cents: int, fee_cents: int, reference: int
    ) -> None:
        self.type, self.order_key, self.settles, self.at = type_, order_key, settles, at
        self.amount_cents, self.fee_cents, self.reference = amount_cents, fee_cents, reference


class _Batch(Fact):
    """Transactions with consecutive numbers that one payout pays."""

    TABLE: ClassVar[Table] = Table("operations/batches", ("payout",), "at")
    payout: int
    first: int
    transactions: int
    at: int


def _items(batches: Matrix) -> Matrix:
    """One row a transaction."""
    sizes = batches[:, 2]
    rows = batches[:, [1, 0, 3]].repeat(sizes, axis=0)
    rows[:, 0] += np.arange(len(rows)) - (np.cumsum(sizes) - sizes).repeat(sizes)
    return rows


class Payout:
    """Money the gateway sends to the bank."""

    __slots__ = ("arrival", "charges_cents", "disputes_cents", "fees_cents", "key", "reference", "refunds_cents")

    def __init__(self, key: int, reference: int, arrival: int) -> None:
        self.key, self.reference, self.arrival = key, reference, arrival
        self.charges_cents = self.refunds_cents = self.disputes_cents = self.fees_cents = 0

    def add(self, money: Money) -> None:
        """Include a transaction."""
        if money.type == _CHARGE:
            self.charges_cents += money.amount_cents
        elif money.type == _REFUND:
            self.refunds_cents -= money.amount_cents
        elif money.type == _DISPUTE:
            self.disputes_cents -= money.amount_cents
        else:
            self.fees_cents -= money.amount_cents
        self.fees_cents += money.fee_cents

    @property
    def gross_cents(self) -> int:
        """Charges less refunds and disputes; the gateway's small adjustments count as fees."""
        return self.charges_cents - self.refunds_cents - self.disputes_cents

    @property
    def net_cents(self) -> int:
        """What reaches the bank."""
        return self.gross_cents - self.fees_cents


class BankMovement:
    """One booking in the bank's own books; `payout` when it is one."""

    __slots__ = ("account", "amount_cents", "at", "description", "key", "payout")

    def __init__(
        self, key: int, at: int, amount_cents: int, description: str, account: int = -1, payout: Payout | None = None
    ) -> None:
        self.key, self.at, self.amount_cents, self.description = key, at, amount_cents, description
        self.account = account
        """What it is for, in the eyes of who pays: an account code, or -1 for a supplier's bill or a payout."""
        self.payout = payout


class Bank:
    """The business's account at its bank."""

    __slots__ = ("_happenings", "movements")

    def __init__(self, happenings: Happenings) -> None:
        self._happenings = happenings
        self.movements: list[BankMovement] = []
        """Bookings no feed has fetched."""

    def book(self, movement: BankMovement, kind: int) -> None:
        """Money moves."""
        self.movements.append(movement)
        if movement.payout is None:
            self._happenings.add((kind, movement.at, movement.key, -1, 0, abs(movement.amount_cents), movement.account,
                                  keys.NONE))  # fmt: skip


class Gateway:
    """The payment gateway: captures, refunds, disputes, and the payouts it makes of them."""

    __slots__ = (
        "_batches", "_calendar", "_config", "_disputes", "_disputes_due", "_fee", "_happenings", "_is_disputed", "_number",
        "_unpaid", "arriving", "fresh", "payout_items", "payouts", "transactions",
    )  # fmt: skip

    def __init__(self, config: ChannelConfig, calendar: Calendar, draws: Draws, happenings: Happenings) -> None:
        self._config, self._calendar, self._happenings = config, calendar, happenings
        self._fee = round(config.fee.value * _BASIS)
        self._disputes = draws.stream("gateway/disputes")
        self._is_disputed = self._disputes.chance(config.dispute.value)
        self._disputes_due: dict[int, list[tuple[int, int]]] = {}
        self._unpaid: list[Money] = []
        self._number = 0
        self.arriving: dict[int, list[Payout]] = {}
        """Payouts under way, by day of arrival at the bank."""
        self.fresh: list[Money] = []
        """Charges and refunds nobody has downloaded."""
        self.transactions: Rows[GatewayTransaction] = Rows("operations/gateway_transactions", GatewayTransaction)
        self._batches: Rows[_Batch] = Rows("", _Batch)
        self.payout_items: Rows[GatewayPayoutItem] = Derived(
            "operations/gateway_payout_items", GatewayPayoutItem, after=[(self._batches, _items)]
        )
        self.payouts: Rows[GatewayPayout] = Rows("operations/gateway_payouts", GatewayPayout)

    def capture(self, order: Order, now: int) -> None:
        """Take the customer's money, as the parcel leaves."""
        amount = order.total_cents
        fee = ratio(amount, self._fee, _BASIS) + self._config.fee_fixed_cents
        payment = order.key + _FIRST_PAYMENT
        money = self._book(_CHARGE, order.key, order.invoice, now, amount, fee, order.number)
        self.fresh.append(money)
        self._happenings.add((h.CAPTURED, now, payment, -1, 0, amount, -1, -1))
        if self._is_disputed(payment):
            day = now // DAY + self._disputes.between(*_DISPUTE_DAYS, payment, 1)
            self._disputes_due.setdefault(day, []).append((order.key, amount))

    def refund(self, order: Order, credit_note: int, amount_cents: int, now: int) -> None:
        """Give money back for a credit note."""
        self.fresh.append(self._book(_REFUND, order.key, credit_note, now, -amount_cents, 0, order.number))
        refund = keys.beside(credit_note, keys.REFUND)
        self._happenings.add((h.REFUNDED, now, refund, -1, 0, amount_cents, -1, -1))

    def close_day(self, now: int) -> None:
        """End the gateway's day: disputes come in, and what is unpaid becomes a payout."""
        day = now // DAY
        for order_key, amount in self._disputes_due.pop(day, ()):
            self._book(_DISPUTE, order_key, -1, now, -amount, self._config.dispute_fee_cents, -1)
        if self._disputes.happens(self._config.adjustment.value, day, 2):
            self._book(_ADJUSTMENT, -1, -1, now, self._disputes.between(-900, 400, day, 3), 0, -1)
        payout = Payout(keys.root(keys.PAYOUT, day), _PAYOUT_NUMBER | day, 0)
        for money in self._unpaid:
            payout.add(money)
        if payout.net_cents <= 0:
            return  # a negative balance waits for the next day's charges
        payout.arrival = self._calendar.add_workdays(day, self._config.payout_workdays)
        self.arriving.setdefault(payout.arrival, []).append(payout)
        self.payouts.add((payout.reference, now, payout.arrival, payout.gross_cents, payout.fees_cents, payout.net_cents))
        self._batches.add((payout.reference, self._unpaid[0].reference, len(self._unpaid), now))
        self._unpaid.clear()

    def pay_out(self, day: int, now: int, bank: Bank) -> None:
        """Payouts due on `day` reach the bank."""
        for payout in self.arriving.pop(day, ()):
            bank.book(BankMovement(payout.key, now, payout.net_cents, f"SHOPIFY PAYOUT {payout.key >> 24 & 0xFFFF:05d}",
                                   payout=payout), h.PAID_OUT)  # fmt: skip
            add = self._happenings.add
            add((h.PAID_OUT, now, payout.key, -1, 0, payout.net_cents, -1, -1))
            add((h.FEE_CHARGED, now, payout.key, -1, 0, payout.fees_cents, -1, -1))
            if payout.disputes_cents:
                add((h.DISPUTED, now, payout.key, -1, 0, payout.disputes_cents, -1, -1))

    def _book(self, type_: int, order_key: int, settles: int, now: int, amount: int, fee: int, order_number: int) -> Money:
        self._number += 1
        money = Money(type_, order_key, settles, now, amount, fee, _CHARGE_NUMBER | self._number)
        self._unpaid.append(money)
        self.transactions.add((money.reference, type_, order_number, now, amount, fee))
        return money
