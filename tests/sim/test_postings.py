from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cin7 import postings
from sim.cin7.postings import Accounts, Pair
from sim.integration.outbox import net_lines

ROLES = (
    "receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "payable", "discrepancy", "equity", "bank",
    "customer_credits", "transfers_in_transit", "wip", "overhead_absorbed", "write_offs", "stock_in_transit",
    "supplier_deposits",
)  # fmt: skip
CODE = {role: code for code, role in enumerate(ROLES)}
ACCOUNTS = Accounts(CODE)
cents = st.integers(-(10**9), 10**9)
# Each rule on one signed amount: what it debits and what it credits when the amount is positive.
RULES: list[tuple[str, Callable[[int], tuple[Pair, ...]], str, str]] = [
    ("shipment", lambda n: postings.shipment(ACCOUNTS, n), "cogs", "inventory"),
    ("customer_payment", lambda n: postings.customer_payment(ACCOUNTS, CODE["bank"], n), "bank", "receivable"),
    ("customer_credit", lambda n: postings.customer_credit(ACCOUNTS, CODE["bank"], n), "bank", "customer_credits"),
    ("restock", lambda n: postings.restock(ACCOUNTS, n), "inventory", "cogs"),
    ("stock_received", lambda n: postings.stock_received(ACCOUNTS, n), "inventory", "grni"),
    ("purchase_invoice", lambda n: postings.purchase_invoice(ACCOUNTS, n), "inventory", "payable"),
    ("accrual_reversal", lambda n: postings.accrual_reversal(ACCOUNTS, n), "grni", "inventory"),
    ("invoice_against_accrual", lambda n: postings.invoice_against_accrual(ACCOUNTS, n), "grni", "payable"),
    ("cost_difference", lambda n: postings.cost_difference(ACCOUNTS, n), "inventory", "grni"),
    ("invoice_ahead", lambda n: postings.invoice_ahead(ACCOUNTS, n), "stock_in_transit", "payable"),
    ("transit_released", lambda n: postings.transit_released(ACCOUNTS, n), "inventory", "stock_in_transit"),
    ("supplier_deposit", lambda n: postings.supplier_deposit(ACCOUNTS, CODE["bank"], n), "supplier_deposits", "bank"),
    ("deposit_applied", lambda n: postings.deposit_applied(ACCOUNTS, n), "payable", "supplier_deposits"),
    ("direct_bill", lambda n: postings.direct_bill(ACCOUNTS, n), "cogs", "payable"),
    ("direct_credit", lambda n: postings.direct_credit(ACCOUNTS, n), "payable", "cogs"),
    ("supplier_credit", lambda n: postings.supplier_credit(ACCOUNTS, CODE["inventory"], n), "payable", "inventory"),
    ("borne_elsewhere", lambda n: postings.borne_elsewhere(ACCOUNTS, CODE["cogs"], n), "cogs", "inventory"),
    ("supplier_payment", lambda n: postings.supplier_payment(ACCOUNTS, CODE["bank"], n), "payable", "bank"),
    ("stock_lost", lambda n: postings.stock_lost(ACCOUNTS, n), "discrepancy", "inventory"),
    ("written_off", lambda n: postings.written_off(ACCOUNTS, n), "write_offs", "inventory"),
    ("transfer_sent", lambda n: postings.transfer_sent(ACCOUNTS, n), "transfers_in_transit", "inventory"),
    ("transfer_received", lambda n: postings.transfer_received(ACCOUNTS, CODE["transfers_in_transit"], n), "inventory",
     "transfers_in_transit"),
    ("taken_apart", lambda n: postings.taken_apart(ACCOUNTS, CODE["bank"], n), "inventory", "bank"),
    ("moved_between", lambda n: postings.moved_between(CODE["bank"], CODE["inventory"], n), "inventory", "bank"),
    ("components_issued", lambda n: postings.components_issued(ACCOUNTS, n), "wip", "inventory"),
    ("opening_stock", lambda n: postings.opening_stock(ACCOUNTS, n), "inventory", "equity"),
]
OF_SEVERAL_AMOUNTS = {"sale_invoice", "sale_credit_note", "goods_made"}
NOT_PAIRS = {"accrued_share"}
OF_PAIRS = {"undone", "merged"}


@pytest.mark.parametrize(("post", "debit", "credit"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
@given(amount=cents)
def test_debit_and_credit_are_what_the_help_pages_say(
    post: Callable[[int], tuple[Pair, ...]], debit: str, credit: str, amount: int
) -> None:
    lines = dict(net_lines(post(amount)))
    expected = {CODE[debit]: amount, CODE[credit]: -amount} if amount else {}
    assert lines == expected
    assert all(pair[2] > 0 for pair in post(amount)), "an amount is never negative: the sides are swapped"
    assert sum(lines.values()) == 0


def test_every_rule_is_tested() -> None:
    public = {name for name, thing in vars(postings).items() if inspect.isfunction(thing) and not name.startswith("_")}
    assert public - {"ratio", "copy"} == {rule[0] for rule in RULES} | OF_SEVERAL_AMOUNTS | NOT_PAIRS | OF_PAIRS


@given(st.integers(1, 10**7), st.integers(0, 10**5), st.integers(1, 10**6))
def test_an_invoice_debits_the_customer_with_everything(goods: int, shipping: int, tax: int) -> None:
    lines = dict(net_lines(postings.sale_invoice(ACCOUNTS, goods, shipping, tax)))
    assert lines.pop(CODE["receivable"]) == goods + shipping + tax
    assert lines.pop(CODE["sales"]) == -goods
    assert lines.pop(CODE["tax"]) == -tax
    assert lines == ({CODE["shipping_income"]: -shipping} if shipping else {})


@given(st.integers(1, 10**7), st.integers(0, 10**6))
def test_a_credit_note_undoes_goods_and_tax(goods: int, tax: int) -> None:
    both = postings.sale_invoice(ACCOUNTS, goods, 0, tax) + postings.sale_credit_note(ACCOUNTS, goods, tax)
    assert not net_lines(both)


@given(st.integers(0, 10**7), st.integers(0, 10**6))
def test_what_is_made_carries_components_and_work_and_leaves_nothing_in_progress(components: int, services: int) -> None:
    both = postings.components_issued(ACCOUNTS, components) + postings.goods_made(ACCOUNTS, components, services)
    expected = {CODE["inventory"]: services, CODE["overhead_absorbed"]: -services} if services else {}
    assert dict(net_lines(both)) == expected
    assert all(cents > 0 for _, _, cents in both)


@given(cents)
def test_goods_on_the_way_without_an_account_of_their_own_stay_in_inventory(amount: int) -> None:
    accounts = Accounts({role: code for role, code in CODE.items() if role != "transfers_in_transit"})
    assert accounts.transit == accounts.inventory
    assert postings.transfer_sent(accounts, amount) == postings.transfer_received(accounts, accounts.transit, amount) == ()
    assert postings.borne_elsewhere(accounts, accounts.transit, amount) == ()


@given(st.integers(0, 10**8), st.integers(1, 1_000), st.data())
def test_a_part_bill_reverses_its_part_of_the_accrual(accrued: int, received: int, data: st.DataObject) -> None:
    units = data.draw(st.integers(1, received))
    share = postings.accrued_share(accrued, units, received)
    assert 0 <= share <= accrued
    assert abs(share * received - accrued * units) * 2 <= received


@given(cents)
def test_what_is_undone_comes_to_nothing(amount: int) -> None:
    pairs = postings.stock_received(ACCOUNTS, amount)
    assert not net_lines(pairs + postings.undone(pairs))


@given(cents, cents)
def test_both_ways_to_bill_an_accrued_receipt_come_to_the_same(accrued: int, billed: int) -> None:
    """By invoice: reversed and posted anew. By receipt: settled at once, the difference posted apart."""
    received = postings.stock_received(ACCOUNTS, accrued)
    by_invoice = postings.purchase_invoice(ACCOUNTS, billed) + postings.accrual_reversal(ACCOUNTS, accrued)
    difference = postings.cost_difference(ACCOUNTS, billed - accrued)
    by_receipt = postings.invoice_against_accrual(ACCOUNTS, billed) + difference
    assert dict(net_lines(received + by_invoice)) == dict(net_lines(received + by_receipt))


@given(cents)
def test_goods_billed_ahead_end_where_goods_billed_later_do(value: int) -> None:
    ahead = postings.invoice_ahead(ACCOUNTS, value) + postings.transit_released(ACCOUNTS, value)
    assert dict(net_lines(ahead)) == dict(net_lines(postings.purchase_invoice(ACCOUNTS, value)))
