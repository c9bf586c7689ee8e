"""Which accounts a milestone moves: pure rules, used by Cin7's record and by the true books alike.

Source: Cin7 Core help, "Accounting transactions in Cin7 Core", and its inventory accrual article. Each function
returns pairs of (debit, credit, cents); a negative amount swaps the sides, a zero is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from ..money import ratio

Pair = tuple[int, int, int]


class Accounts:
    """The accounts a business uses for each purpose, as codes of the chart."""

    __slots__ = ("absorbed", "by_role", "cogs", "customer_credits", "discrepancy", "equity", "grni", "inventory", "payable",
                 "receivable", "sales", "shipping_income", "stock_in_transit", "supplier_deposits", "tax",
                 "transit", "wip", "write_offs")  # fmt: skip

    def __init__(self, by_role: dict[str, int]) -> None:
        self.by_role = by_role
        self.receivable, self.sales = by_role["receivable"], by_role["sales"]
        self.shipping_income, self.tax = by_role["shipping_income"], by_role["tax"]
        self.inventory, self.cogs, self.grni = by_role["inventory"], by_role["cogs"], by_role["grni"]
        self.customer_credits = by_role["customer_credits"]
        self.stock_in_transit, self.supplier_deposits = by_role["stock_in_transit"], by_role["supplier_deposits"]
        self.payable, self.discrepancy, self.equity = by_role["payable"], by_role["discrepancy"], by_role["equity"]
        # Not every business needs these. Goods on the way stay in the inventory account unless there is one for them.
        self.transit = by_role.get("transfers_in_transit", self.inventory)
        self.write_offs = by_role.get("write_offs", self.discrepancy)
        self.wip, self.absorbed = by_role.get("wip", -1), by_role.get("overhead_absorbed", -1)

    def seen_with(self, inventory: int, cogs: int, sales: int) -> Accounts:
        """The same accounts with others for inventory, cost of sales and revenue."""
        other = copy(self)
        other.inventory, other.cogs, other.sales = inventory, cogs, sales
        if self.transit == self.inventory:
            other.transit = inventory
        return other


def merged(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Add up pairs of the same two accounts; opposite sides cancel."""
    totals: dict[tuple[int, int], int] = {}
    for debit, credit, cents in pairs:
        if (credit, debit) in totals:
            totals[(credit, debit)] -= cents
        else:
            totals[(debit, credit)] = totals.get((debit, credit), 0) + cents
    return tuple(
        (debit, credit, cents) if cents > 0 else (credit, debit, -cents) for (debit, credit), cents in totals.items() if cents
    )


def _pair(debit: int, credit: int, cents: int) -> tuple[Pair, ...]:
    if cents > 0:
        return ((debit, credit, cents),)
    return ((credit, debit, -cents),) if cents else ()


def sale_invoice(a: Accounts, goods: int, shipping: int, tax: int) -> tuple[Pair, ...]:
    """Dr Receivable; Cr Sales, Shipping income, Tax."""
    receivable = a.receivable
    if shipping and tax:
        return ((receivable, a.sales, goods), (receivable, a.shipping_income, shipping), (receivable, a.tax, tax))
    if tax:
        return ((receivable, a.sales, goods), (receivable, a.tax, tax))
    return _pair(receivable, a.sales, goods) + _pair(receivable, a.shipping_income, shipping)


def shipment(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr COGS Cr Inventory, at the cost of the layers taken."""
    return ((a.cogs, a.inventory, cost),) if cost > 0 else _pair(a.cogs, a.inventory, cost)


def customer_payment(a: Accounts, account: int, cents: int) -> tuple[Pair, ...]:
    """Dr Bank or clearing Cr Receivable; a refund the other way round."""
    return ((account, a.receivable, cents),) if cents > 0 else _pair(account, a.receivable, cents)


def customer_credit(a: Accounts, account: int, cents: int) -> tuple[Pair, ...]:
    """Money without an invoice: Dr Bank or clearing Cr Customer credits; given back, the other way round."""
    return _pair(account, a.customer_credits, cents)


def sale_credit_note(a: Accounts, goods: int, tax: int) -> tuple[Pair, ...]:
    """Dr Sales, Tax; Cr Receivable."""
    return _pair(a.sales, a.receivable, goods) + _pair(a.tax, a.receivable, tax)


def restock(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr Inventory Cr COGS, at the original cost of the units."""
    return _pair(a.inventory, a.cogs, cost)


def stock_received(a: Accounts, value: int) -> tuple[Pair, ...]:
    """Stock-first with accrual on: Dr Inventory Cr Inventory accrual, at the order's price."""
    return _pair(a.inventory, a.grni, value)


def purchase_invoice(a: Accounts, total: int) -> tuple[Pair, ...]:
    """Dr Inventory Cr Payable."""
    return _pair(a.inventory, a.payable, total)


def direct_bill(a: Accounts, total: int) -> tuple[Pair, ...]:
    """What never was inventory is billed, goods sent to a customer or work: Dr the product's cost account Cr Payable."""
    return _pair(a.cogs, a.payable, total)


def direct_credit(a: Accounts, cents: int) -> tuple[Pair, ...]:
    """The supplier credits goods that he sent to the customer: Dr Payable Cr COGS."""
    return _pair(a.payable, a.cogs, cents)


def accrual_reversal(a: Accounts, accrued: int) -> tuple[Pair, ...]:
    """Dr Inventory accrual Cr Inventory, for what the invoice now covers."""
    return _pair(a.grni, a.inventory, accrued)


def invoice_against_accrual(a: Accounts, total: int) -> tuple[Pair, ...]:
    """Where cost corrections are dated by receipt: Dr Inventory accrual Cr Payable; the difference is corrected apart."""
    return _pair(a.grni, a.payable, total)


def cost_difference(a: Accounts, cents: int) -> tuple[Pair, ...]:
    """What an invoice asks beyond the accrual it settled: Dr Inventory Cr Inventory accrual."""
    return _pair(a.inventory, a.grni, cents)


def invoice_ahead(a: Accounts, total: int) -> tuple[Pair, ...]:
    """Invoice-first with accrual on: Dr Stock in transit Cr Payable."""
    return _pair(a.stock_in_transit, a.payable, total)


def transit_released(a: Accounts, value: int) -> tuple[Pair, ...]:
    """Goods of an invoice-first purchase are received: Dr Inventory Cr Stock in transit."""
    return _pair(a.inventory, a.stock_in_transit, value)


def supplier_deposit(a: Accounts, account: int, cents: int) -> tuple[Pair, ...]:
    """Dr Supplier deposits Cr Bank."""
    return _pair(a.supplier_deposits, account, cents)


def deposit_applied(a: Accounts, cents: int) -> tuple[Pair, ...]:
    """A deposit settles part of its invoice: Dr Payable Cr Supplier deposits."""
    return _pair(a.payable, a.supplier_deposits, cents)


def supplier_credit(a: Accounts, against: int, cents: int) -> tuple[Pair, ...]:
    """Dr Payable Cr Inventory; or Cr Stock in transit, for goods that never came."""
    return _pair(a.payable, against, cents)


def undone(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """The same pairs with their sides swapped."""
    return tuple((credit, debit, cents) for debit, credit, cents in pairs)


def borne_elsewhere(a: Accounts, use: int, cents: int) -> tuple[Pair, ...]:
    """The share of a cost change of units that have left: Dr what they were used for (COGS if sold) Cr Inventory.

    Nothing for units whose cost has not left the inventory account: on the way without an account of their own, taken apart.
    """
    return () if use == a.inventory else _pair(use, a.inventory, cents)


def supplier_payment(a: Accounts, account: int, cents: int) -> tuple[Pair, ...]:
    """Dr Payable Cr Bank."""
    return _pair(a.payable, account, cents)


def stock_lost(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr Inventory discrepancy Cr Inventory; found stock the other way round."""
    return _pair(a.discrepancy, a.inventory, cost)


def written_off(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr Write-offs Cr Inventory, at the cost of the layers taken."""
    return _pair(a.write_offs, a.inventory, cost)


def transfer_sent(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr Transfers in transit Cr Inventory; nothing when both are one account."""
    return () if a.transit == a.inventory else _pair(a.transit, a.inventory, cost)


def transfer_received(a: Accounts, held_in: int, cost: int) -> tuple[Pair, ...]:
    """Dr Inventory Cr the account that held it on the way; nothing when both are one account."""
    return () if held_in == a.inventory else _pair(a.inventory, held_in, cost)


def taken_apart(a: Accounts, held_in: int, cost: int) -> tuple[Pair, ...]:
    """A component recovered: Dr its Inventory Cr that of what was taken apart; nothing when both are one account."""
    return () if held_in == a.inventory else _pair(a.inventory, held_in, cost)


def moved_between(old: int, new: int, value: int) -> tuple[Pair, ...]:
    """Stock gets another inventory account: Dr the new one Cr the old one."""
    return () if old == new else _pair(new, old, value)


def components_issued(a: Accounts, cost: int) -> tuple[Pair, ...]:
    """Dr Work in progress Cr Inventory."""
    return _pair(a.wip, a.inventory, cost)


def goods_made(a: Accounts, components: int, services: int) -> tuple[Pair, ...]:
    """Dr Work in progress Cr Overhead absorbed for the work; Dr Inventory Cr Work in progress for everything."""
    return _pair(a.wip, a.absorbed, services) + _pair(a.inventory, a.wip, components + services)


def opening_stock(a: Accounts, value: int) -> tuple[Pair, ...]:
    """Dr Inventory Cr opening equity."""
    return _pair(a.inventory, a.equity, value)


def accrued_share(accrued: int, units: int, received: int) -> int:
    """The part of a receipt line's accrual that an invoice for `units` of `received` reverses."""
    return ratio(accrued, units, received)
