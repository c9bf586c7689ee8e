"""Gateway and bank: money as it really moves, whatever any book says."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import msgspec
import numpy as np

from .. import keys
from ..clock import DAY, Calendar
from ..draws import Draws
from ..money import ratio
from ..profile import AccountTermsConfig, GatewayConfig
from ..schema import CHARGE, Fact, GatewayPayout, GatewayPayoutItem, GatewayTransaction, Table
from ..tables import Derived, Matrix, Rows, number_prefix
from . import happenings as h
from .happenings import Happenings
from .order import Order, Parcel

_BASIS = 10_000
_CHARGE_NUMBER, _PAYOUT_NUMBER = number_prefix("ch_"), number_prefix("po_")
_STRIDE = 100_000_000
"""Numbers of two gateways lie this far apart."""
_CHARGE, _REFUND, _DISPUTE, _ADJUSTMENT, _HELD, _RELEASED, _SERVICE = (
    CHARGE[word] for word in ("CHARGE", "REFUND", "DISPUTE", "ADJUSTMENT", "RESERVE_HOLD", "RESERVE_RELEASE", "SERVICE_FEE")
)
_FIRST_PAYMENT, _FIRST_INVOICE = keys.first(keys.PAYMENT), keys.first(keys.INVOICE)
_DISPUTE_DAYS = (15, 50)  # assumption: days from charge to dispute
_DECISION_DAYS = (20, 75)  # assumption: days from dispute to decision


class Money(msgspec.Struct, frozen=True, gc=False):
    """One transaction in the gateway's account."""

    type: int
    order_key: int
    settles: int
    at: int
    amount_cents: int
    fee_cents: int
    reference: int


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

    __slots__ = ("arrival", "charges_cents", "clearing", "disputes_cents", "fees_cents", "held_cents", "key", "reference",
                 "refunds_cents", "statement")  # fmt: skip

    def __init__(self, key: int, reference: int, clearing: int, statement: str) -> None:
        self.key, self.reference, self.clearing, self.statement = key, reference, clearing, statement
        self.arrival = 0
        self.held_cents = 0
        """Held back as a reserve, less what is released."""
        self.charges_cents = self.refunds_cents = self.disputes_cents = self.fees_cents = 0

    def add(self, money: Money) -> None:
        """Include a transaction."""
        if money.type == _CHARGE:
            self.charges_cents += money.amount_cents
        elif money.type == _REFUND:
            self.refunds_cents -= money.amount_cents
        elif money.type == _DISPUTE:
            self.disputes_cents -= money.amount_cents
        elif money.type in (_HELD, _RELEASED):
            self.held_cents -= money.amount_cents
        else:
            self.fees_cents -= money.amount_cents
        self.fees_cents += money.fee_cents

    @property
    def gross_cents(self) -> int:
        """Charges less refunds, disputes and what is held back; the gateway's small adjustments count as fees."""
        return self.cleared_cents - self.disputes_cents

    @property
    def cleared_cents(self) -> int:
        """What leaves the clearing account because of it."""
        return self.charges_cents - self.refunds_cents - self.held_cents

    @property
    def net_cents(self) -> int:
        """What reaches the bank."""
        return self.gross_cents - self.fees_cents


class BankMovement:
    """One booking in the bank's own books; `payout` when it is one."""

    __slots__ = ("account", "amount_cents", "at", "description", "key", "paid", "payout")

    def __init__(
        self, key: int, at: int, amount_cents: int, description: str, account: int = -1, payout: Payout | None = None,
        paid: CustomerPayment | None = None,
    ) -> None:  # fmt: skip
        self.key, self.at, self.amount_cents, self.description = key, at, amount_cents, description
        self.account = account
        """What it is for, in the eyes of who pays: an account code, or -1 for a supplier's bill or a payout."""
        self.payout = payout
        self.paid = paid
        """What a customer pays with it."""


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
            cents = -movement.amount_cents if kind == h.PAID_COST else abs(movement.amount_cents)
            self._happenings.add((kind, movement.at, movement.key, -1, 0, cents, movement.account, keys.NONE))


class CustomerPayment(NamedTuple):
    """Money from a customer who bought on account, and what it is for."""

    invoice: int
    ordinal: int
    """0 for the first payment of an invoice."""
    cents: int
    extra_cents: int
    """More than is owed."""
    text: str

    @property
    def key(self) -> int:
        """The key under which the payment is recorded."""
        return self.invoice - _FIRST_INVOICE + _FIRST_PAYMENT + (self.ordinal << 15)


class Debtors:
    """Customers who buy on account: each owes for what was sent, and pays in time, late, too little or too much."""

    __slots__ = ("_bank", "_calendar", "_conceded", "_due", "_happenings", "_late", "_pays", "_planned", "refunds", "terms")

    def __init__(self, bank: int, calendar: Calendar, draws: Draws, happenings: Happenings) -> None:
        """`bank`: the code of the account that the business's bank account has in its books."""
        self._bank, self._calendar, self._happenings = bank, calendar, happenings
        self._pays = draws.stream("customers/payments")
        self._late: dict[str, list[int]] = {}
        self._due: dict[int, list[CustomerPayment]] = {}
        self._conceded: dict[int, list[tuple[Parcel, int]]] = {}
        self._planned: dict[int, int] = {}
        """The day on which each invoice will be paid for the first time."""
        self.terms: dict[str, AccountTermsConfig] = {}
        """By channel."""
        self.refunds: list[tuple[int, int, int]] = []
        """Credit notes to be paid out: key, cents, day of the note."""

    def add_channel(self, name: str, terms: AccountTermsConfig, draws: Draws) -> None:
        """Let customers of a channel buy on account."""
        self.terms[name] = terms
        self._late[name] = draws.gamma_quantiles(f"customers/{name}/late", max(terms.late_days.value, 0.01), 1.2)

    def owe(self, parcel: Parcel, now: int) -> None:
        """A customer will pay for what was sent."""
        terms, invoice, total = self.terms[parcel.order.shop.name], parcel.invoice, parcel.total_cents
        if total <= 0:
            return
        pays = self._pays
        day = now // DAY + terms.terms_days + pays.quantile(self._late[parcel.order.shop.name], invoice)
        text = f"CUSTOMER {parcel.order.customer & 0xFFFFFF:06d}"
        short, extra = 0, 0
        if pays.happens(terms.short.value, invoice, 1):
            short = ratio(total, pays.between(1, 15, invoice, 2), 100)
        elif pays.happens(terms.over.value, invoice, 4):
            extra = 100 * pays.between(1, 20, invoice, 5)
        elif pays.happens(terms.disputed.value, invoice, 6):
            less = ratio(parcel.net_cents, pays.between(*_HELD_PERCENT, invoice, 7), 100)
            held = less + parcel.order.shop.tax_on(less)
            decided = day + pays.between(*_COMPLAINT_DAYS, invoice, 8)
            if pays.happens(terms.conceded.value, invoice, 9):
                self._conceded.setdefault(decided, []).append((parcel, less))
                total -= held
            else:
                short = held
        self._planned[invoice] = self._plan(day, CustomerPayment(invoice, 0, total - short, extra, text))
        if short:
            self._plan(day + pays.between(*_REST_DAYS, invoice, 3), CustomerPayment(invoice, 1, short, 0, text))

    def pay(self, day: int, now: int, bank: Bank) -> None:
        """What is due on `day` reaches the bank."""
        for payment in self._due.pop(day, ()):
            self._planned.pop(payment.invoice, None)
            key, add = payment.key, self._happenings.add
            bank.movements.append(BankMovement(key, now, payment.cents + payment.extra_cents, payment.text, paid=payment))
            add((h.PAID_BY_CUSTOMER, now, key, -1, 0, payment.cents, -1, -1))
            if payment.extra_cents:
                credit = keys.document(payment.invoice, keys.PREPAYMENT, keys.OVERPAID_FROM + keys.part_of(payment.invoice))
                add((h.PREPAID, now, credit, -1, 0, payment.extra_cents, self._bank, -1))

    def conceded(self, day: int) -> list[tuple[Parcel, int]]:
        """Complaints that the business gives in to up to `day`: parcel, and cents before tax that need not be paid."""
        return [complaint for due in [due for due in self._conceded if due <= day] for complaint in self._conceded.pop(due)]

    def give_back(self, credit_note: int, order: Order, invoice: int, cents: int, now: int) -> bool:
        """A customer who buys on account has a credit note: True when it is kept back from what is still to be paid for.

        Otherwise it is to be paid out by bank transfer.
        """
        share, day = self.terms[order.shop.name].sets_off.value, self._planned.get(invoice, -1)
        if day >= 0 and self._pays.happens(share, credit_note, 6):
            due = self._due[day]
            n = next(n for n, payment in enumerate(due) if payment.invoice == invoice and not payment.ordinal)
            if due[n].cents > cents:
                due[n] = due[n]._replace(cents=due[n].cents - cents)
                return True
        self.refunds.append((credit_note, cents, now // DAY))
        return False

    def _plan(self, day: int, payment: CustomerPayment) -> int:
        day = self._calendar.workday_from(day)
        self._due.setdefault(day, []).append(payment)
        return day


_HELD_PERCENT, _COMPLAINT_DAYS = (5, 40), (10, 60)
"""How much of an invoice is held back with a complaint, and after how many days it is settled (assumption)."""
_REST_DAYS = (14, 45)
"""How much later the rest of a short payment comes (assumption)."""


class MoneyTables:
    """What all gateways write into."""

    __slots__ = ("_batches", "payout_items", "payouts", "transactions")

    def __init__(self) -> None:
        self.transactions: Rows[GatewayTransaction] = Rows("operations/gateway_transactions", GatewayTransaction)
        self._batches: Rows[_Batch] = Rows("", _Batch)
        self.payout_items: Rows[GatewayPayoutItem] = Derived(
            "operations/gateway_payout_items", GatewayPayoutItem, after=[(self._batches, _items)]
        )
        self.payouts: Rows[GatewayPayout] = Rows("operations/gateway_payouts", GatewayPayout)

    def pay(self, payout: int, first: int, transactions: int, now: int) -> None:
        """Note that a payout pays `transactions` with numbers from `first`."""
        self._batches.add((payout, first, transactions, now))


class Gateway:
    """A payment gateway: captures, refunds, disputes, and the payouts it makes of them."""

    __slots__ = (
        "_calendar", "_clearing", "_config", "_disputes", "_disputes_due", "_fee", "_happenings", "_held_cents", "_index",
        "_is_disputed", "_number", "_tables", "_unpaid", "arriving", "fresh", "holds_back", "name", "settled_at",
        "takes_longer",
    )  # fmt: skip

    def __init__(
        self, config: GatewayConfig, index: int, clearing: int, calendar: Calendar, draws: Draws, tables: MoneyTables,
        happenings: Happenings,
    ) -> None:  # fmt: skip
        self._config, self._index, self._clearing = config, index, clearing
        self._calendar, self._tables, self._happenings = calendar, tables, happenings
        self.name = config.name
        self._fee = round(config.fee.value * _BASIS)
        self._disputes = draws.stream(f"gateway/{config.name}/disputes")
        self._is_disputed = self._disputes.chance(config.dispute.value)
        self._disputes_due: dict[int, list[tuple[int, int]]] = {}
        self._unpaid: list[Money] = []
        self._number = index * _STRIDE
        self._held_cents = 0
        reserve = round(config.reserve.value * _BASIS)
        self.takes_longer: Callable[[int], int] = lambda payout: 0
        """(payout key) -> further working days until it reaches the bank."""
        self.holds_back: Callable[[int], int] = lambda payout: reserve
        """(payout key) -> the share of its charges that is held back until the next one, in 1/10,000."""
        self.arriving: dict[int, list[Payout]] = {}
        """Payouts under way, by day of arrival at the bank."""
        self.fresh: list[Money] = []
        """Charges and refunds nobody has downloaded."""
        self.settled_at = -1
        """When it last made a payout."""

    @property
    def clearing(self) -> int:
        """The account in which the business follows it."""
        return self._clearing

    @property
    def day_ends(self) -> int:
        """Minute of the day at which its day ends."""
        return self._config.day_ends_hour * 60

    @property
    def balance_cents(self) -> int:
        """What it owes, fees and what nobody has downloaded aside: unpaid, held back, and in payouts that are under way."""
        kinds = (_CHARGE, _REFUND, _HELD, _RELEASED)
        unpaid = sum(money.amount_cents for money in self._unpaid if money.type in kinds)
        unpaid -= sum(money.amount_cents for money in self.fresh)
        return unpaid + self._held_cents + sum(p.cleared_cents for due in self.arriving.values() for p in due)

    def capture(self, parcel: Parcel, units: int, now: int) -> None:
        """Take the customer's money, as the parcel leaves."""
        amount = parcel.total_cents
        if amount <= 0:
            return
        payment = parcel.invoice - _FIRST_INVOICE + _FIRST_PAYMENT
        self._charge(parcel.order, parcel.invoice, payment, amount, units, now)
        self._happenings.add((h.CAPTURED, now, payment, -1, 0, amount, self._clearing, -1))

    def take_prepayment(self, order: Order, now: int) -> None:
        """Take the customer's money with the order."""
        key = keys.document(order.key, keys.PREPAYMENT)
        order.prepaid_cents = order.total_cents
        self._charge(order, -1, key, order.total_cents, 0, now)
        self._happenings.add((h.PREPAID, now, key, -1, 0, order.total_cents, self._clearing, -1))

    def earn_prepayment(self, parcel: Parcel, now: int) -> None:
        """Goods paid for with the order are sent."""
        cents = min(parcel.order.prepaid_cents, parcel.total_cents)
        parcel.order.prepaid_cents -= cents
        payment = parcel.invoice - _FIRST_INVOICE + _FIRST_PAYMENT
        self._happenings.add((h.EARNED, now, payment, -1, 0, cents, -1, -1))

    def give_back_prepayment(self, order: Order, now: int) -> None:
        """Give money back for an order that is not sent."""
        cents, key = order.prepaid_cents, keys.document(order.key, keys.PREPAYMENT, 1)
        order.prepaid_cents = 0
        self.fresh.append(self._book(_REFUND, order.key, -1, now, -cents, 0, order.number))
        self._happenings.add((h.PREPAID, now, key, -1, 0, -cents, self._clearing, -1))

    def refund(self, order: Order, credit_note: int, amount_cents: int, now: int) -> None:
        """Give money back for a credit note."""
        self.fresh.append(self._book(_REFUND, order.key, credit_note, now, -amount_cents, 0, order.number))
        refund = keys.beside(credit_note, keys.REFUND)
        self._happenings.add((h.REFUNDED, now, refund, -1, 0, amount_cents, self._clearing, -1))

    def close_day(self, now: int, swept_to: Bank | None = None) -> None:
        """End the gateway's day: disputes come in, and when a period is over, what is unpaid becomes a payout.

        `swept_to`: the bank that gets it all, whatever the period, and at once.
        """
        day, config = now // DAY, self._config
        for order_key, amount in self._disputes_due.pop(day, ()):
            self._dispute(order_key, amount, day, now)
        if self._disputes.happens(config.adjustment.value, day, 2):
            self._book(_ADJUSTMENT, -1, -1, now, self._disputes.between(-900, 400, day, 3), 0, -1)
        if config.monthly_fee_cents and self._calendar.date(day).day == 1:
            self._book(_SERVICE, -1, -1, now, -config.monthly_fee_cents, 0, -1)
        if (day % config.payout_every_days and swept_to is None) or not self._unpaid:
            return
        # Named by its day, so that a payout keeps its key when another drops out.
        key = keys.root(keys.PAYOUT, self._index << 16 | day)
        self._hold_back(key, now)
        payout = Payout(key, _PAYOUT_NUMBER | self._index * _STRIDE + day,
                        self._clearing, self._statement(day))  # fmt: skip
        for money in self._unpaid:
            payout.add(money)
        if not payout.net_cents or (payout.net_cents < 0 and config.negative == "carry"):
            return  # a negative balance waits for the next charges
        self.settled_at = now
        if swept_to:
            payout.arrival = day
            self._arrive(payout, now, swept_to)
        else:
            payout.arrival = self._calendar.add_workdays(day, config.payout_workdays + self.takes_longer(key))
            self.arriving.setdefault(payout.arrival, []).append(payout)
        tables = self._tables
        tables.payouts.add((payout.reference, now, payout.arrival, payout.gross_cents, payout.fees_cents, payout.net_cents))
        tables.pay(payout.reference, self._unpaid[0].reference, len(self._unpaid), now)
        self._unpaid.clear()

    def _dispute(self, order_key: int, amount: int, day: int, now: int) -> None:
        """A charge is disputed (positive): amount and fee are taken, and some weeks later given back if it is won."""
        config, fee = self._config, self._config.dispute_fee_cents
        if amount < 0:
            self._book(_DISPUTE, order_key, -1, now, -amount, -fee if config.dispute_fee_returned else 0, -1)
            return
        self._book(_DISPUTE, order_key, -1, now, -amount, fee, -1)
        if self._disputes.happens(config.dispute_won.value, order_key, 2):
            decided = day + self._disputes.between(*_DECISION_DAYS, order_key, 3)
            self._disputes_due.setdefault(decided, []).append((order_key, -amount))

    def pay_out(self, day: int, now: int, bank: Bank) -> None:
        """Payouts due on `day` reach the bank."""
        for payout in self.arriving.pop(day, ()):
            self._arrive(payout, now, bank)

    def _arrive(self, payout: Payout, now: int, bank: Bank) -> None:
        add, clearing = self._happenings.add, self._clearing
        bank.book(BankMovement(payout.key, now, payout.net_cents, payout.statement, payout=payout), h.PAID_OUT)
        add((h.PAID_OUT, now, payout.key, -1, 0, payout.net_cents, clearing, -1))
        add((h.FEE_CHARGED, now, payout.key, -1, 0, payout.fees_cents, clearing, -1))
        if payout.disputes_cents:
            add((h.DISPUTED, now, payout.key, -1, 0, payout.disputes_cents, clearing, -1))

    def _hold_back(self, payout: int, now: int) -> None:
        """Release the last period's reserve and hold back a share of this one's charges."""
        basis = self.holds_back(payout)
        if self._held_cents:
            self._book(_RELEASED, -1, -1, now, self._held_cents, 0, -1)
            self._held_cents = 0
        if basis:
            charges = sum(money.amount_cents for money in self._unpaid if money.type == _CHARGE)
            self._held_cents = ratio(charges, basis, _BASIS)
        if self._held_cents:
            self._book(_HELD, -1, -1, now, -self._held_cents, 0, -1)

    def _statement(self, day: int) -> str:
        return f"{self.name.upper()} PAYOUT {day:05d}"

    def _charge(self, order: Order, settles: int, key: int, amount: int, units: int, now: int) -> None:
        config = self._config
        fee = ratio(amount, self._fee, _BASIS) + config.fee_fixed_cents + units * config.fee_unit_cents
        self.fresh.append(self._book(_CHARGE, order.key, settles, now, amount, fee, order.number))
        if self._is_disputed(key):
            day = now // DAY + self._disputes.between(*_DISPUTE_DAYS, key, 1)
            self._disputes_due.setdefault(day, []).append((order.key, amount))

    def _book(self, type_: int, order_key: int, settles: int, now: int, amount: int, fee: int, order_number: int) -> Money:
        self._number += 1
        money = Money(type_, order_key, settles, now, amount, fee, _CHARGE_NUMBER | self._number)
        self._unpaid.append(money)
        self._tables.transactions.add((money.reference, type_, order_number, now, amount, fee))
        return money
