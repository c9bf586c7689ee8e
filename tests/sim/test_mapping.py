"""Account mapping: the chain of who names an account, and that every posting follows it, in the record and in truth alike."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds
from support.books import balances, control_accounts, differences, evenings, legs

from scenarios import setup as checks
from scenarios.loader import load_profile
from sim.cin7.mapping import LEVELS, AccountMap, Rule
from sim.cin7.postings import Accounts
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import AccountConfig, AccountRuleConfig, Profile
from sim.run import run
from sim.truth.effects import misstatement
from sim.truth.records import Recorded

ROLES = ("receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "payable", "discrepancy", "equity",
         "customer_credits", "stock_in_transit", "supplier_deposits")  # fmt: skip
PRODUCTS, CHANNELS = 4, 2
named = st.sampled_from([-1, 50, 51, 52])


def fresh() -> AccountMap:
    return AccountMap(Accounts({role: code for code, role in enumerate(ROLES)}), PRODUCTS, CHANNELS)


@given(st.tuples(*[named] * 4))
def test_revenue_goes_where_the_most_particular_level_says(accounts: tuple[int, ...]) -> None:
    line, product, document, customer = accounts
    mapping = fresh()
    mapping.name_revenue("order line", 1, [2], line)
    mapping.name("revenue", 2, product)
    mapping.name_revenue("document", 1, [], document)
    mapping.name_revenue("customer", 1, [], customer)
    expected = next((account for account in accounts if account >= 0), mapping.accounts.sales)
    assert mapping.sold[1][2].sales == mapping.revenue(1, 2) == expected
    # Another channel sees the product's account alone; another product of the channel, those of document and customer.
    assert mapping.sold[0][2].sales == (product if product >= 0 else mapping.accounts.sales)
    shared = next((account for account in (document, customer) if account >= 0), mapping.accounts.sales)
    assert mapping.sold[1][3].sales == shared


@given(st.lists(st.tuples(st.sampled_from(["inventory", "cogs", "revenue", "order line", "document", "customer", "sales"]),
                          st.integers(0, PRODUCTS - 1), st.integers(0, CHANNELS - 1), named), max_size=12))  # fmt: skip
def test_what_holds_does_not_depend_on_how_it_came_about(changes: list[tuple[str, int, int, int]]) -> None:
    """Changed one by one, the map is what it would be had all been said at once; what is plain is known to be."""
    mapping, last = fresh(), {}
    for what, sku, channel, account in changes:
        if what == "sales":
            mapping.name_default("sales", max(account, 1))
        elif what in LEVELS:
            mapping.name_revenue(what, channel, [sku] if what == "order line" else [], account)
        else:
            mapping.name(what, sku, account)
        last[what, 0 if what in {"document", "customer", "sales"} else sku, channel if what in LEVELS else 0] = account
    again = fresh()
    for (what, sku, channel), account in last.items():
        if what == "sales":
            again.accounts.sales = max(account, 1)
        elif account >= 0 and what in LEVELS:
            again.apply(Rule(what, (sku,) if what == "order line" else (), channel, revenue=account))
        elif account >= 0:
            again.apply(Rule("product", (sku,), **{what: account}))
    again.apply(Rule("product", tuple(range(PRODUCTS))))
    for one, other in zip([*mapping.sold, mapping.of], [*again.sold, again.of], strict=True):
        assert [(a.inventory, a.cogs) for a in one] == [(a.inventory, a.cogs) for a in other]
    seen = [[view.sales for view in sold] for sold in mapping.sold]
    assert seen == [[mapping.revenue(channel, sku) for sku in range(PRODUCTS)] for channel in range(CHANNELS)]
    assert mapping.one_cost == all((a.inventory, a.cogs) == (mapping.accounts.inventory, mapping.accounts.cogs)
                                   for a in mapping.of)  # fmt: skip
    assert mapping.one_income == all(sales == mapping.accounts.sales for sold in seen for sales in sold)


# --- a business with accounts of its own for much ------------------------------------------------------------


def account(code: str, role: str, stands_for: str) -> AccountConfig:
    kind = {"inventory": ("INVENTORY", "ASSET"), "cogs": ("DIRECTCOSTS", "EXPENSE"), "sales": ("SALES", "REVENUE")}[stands_for]
    control = "inventory" if stands_for == "inventory" else ""
    return AccountConfig(code, role, *kind, role, control=control, stands_for=stands_for)  # type: ignore[arg-type]


@cache
def split(later: float = 0.0) -> Profile:
    """The maker's business: materials and sets lie in accounts of their own; each level names a revenue account."""
    base = worlds.maker()
    first, second, third, *_ = [category.code for category in base.catalogue.categories]
    till = base.channels[1].name
    accounts = [
        account("631", "materials", "inventory"), account("632", "sets", "inventory"), account("311", "cost_of_sets", "cogs"),
        account("201", "sales_of_sets", "sales"), account("202", "till_sales", "sales"),
        account("203", "till_seconds", "sales"), account("204", "web_customers", "sales"),
    ]  # fmt: skip
    rules = [
        AccountRuleConfig(category=first, inventory="materials", later=worlds.rate(later)),
        AccountRuleConfig(category=second, inventory="materials"),
        AccountRuleConfig(category="SET", inventory="sets", cogs="cost_of_sets", revenue="sales_of_sets"),
        AccountRuleConfig(channel=till, revenue="till_sales", later=worlds.rate(later)),
        AccountRuleConfig(channel=till, category=third, revenue="till_seconds"),
        AccountRuleConfig(channel=base.channels[0].name, customers=True, revenue="web_customers"),
    ]
    return msgspec.structs.replace(base, name="a_splitter", accounts=[*base.accounts, *accounts], account_rules=rules)


@cache
def finished(later: float = 0.0, seed: int = 1) -> World:
    return run(msgspec.structs.replace(worlds.case(seed, 3, 1_500), profile=split(later)))


@pytest.mark.parametrize("later", [0.0, 1.0])
def test_each_inventory_account_agrees_with_its_part_of_the_stock_card_every_evening(later: float) -> None:
    world = finished(later)
    tables = worlds.frames(world)
    assert not list(checks.problems(split(later)))
    assert run_checks(tables, [world.calendar.date(day) for day in world.calendar.month_ends]) == []
    stock = control_accounts(tables, ("inventory",))
    ends = evenings(tables, legs(tables)["recorded_at"].max().normalize())
    movements = tables["cin7/inventory_movements"].rename(columns={"account_code": "account", "value_cents": "cents"})
    card, booked = (balances(rows, "recorded_at", ends, stock) for rows in (movements, legs(tables)))
    assert differences(card, booked) == []
    assert len(stock) == 3
    assert (booked.iloc[-1] > 0).all(), "every account holds something"


@pytest.mark.parametrize("later", [0.0, 1.0])
def test_record_and_truth_agree_on_what_goes_to_which_account(later: float) -> None:
    """Entered late or not yet at the end is all that may differ."""
    world = finished(later)
    recorded, roles = Recorded(world), world.accounts
    wrong = misstatement(recorded, "cin7")
    left = wrong.groupby("account")["cents"].sum().abs()
    for role in ("materials", "sets", "cost_of_sets", "sales_of_sets", "till_sales", "till_seconds", "web_customers"):
        turnover = int(recorded.true.loc[recorded.true["account"] == roles[role], "cents"].abs().sum())
        assert turnover > 0, role
        assert int(left.get(roles[role], 0)) < 0.03 * turnover, role
    # Customers of the web name an account all along; the till's documents do so when they have one.
    assert (recorded.true["account"] == roles["sales"]).any() == bool(later)


@pytest.mark.parametrize("name", ["omnichannel", "wholesale_giftware"])
def test_record_and_truth_agree_on_revenue_wherever_goods_leave_from(name: str) -> None:
    """A third party's warehouse, our own, a branch and the till alike: what was sold on credit of the month's end is all."""
    world = run(worlds.case(1, 3, 1_500, of=load_profile(name)))
    recorded = Recorded(world)
    of_lines = {of.sales for sold in world.cin7.books.mapping.sold for of in sold}
    left = misstatement(recorded, "cin7").groupby("account")["cents"].sum().abs()
    assert len(of_lines) > 2
    for account in of_lines:
        turnover = int(recorded.true.loc[recorded.true["account"] == account, "cents"].abs().sum())
        assert int(left.get(account, 0)) < 0.05 * turnover, account


def test_invoice_lines_carry_the_account_they_are_posted_to() -> None:
    tables = worlds.frames(finished())
    lines = tables["cin7/sale_invoice_lines"].groupby("account_code", observed=True)["total_cents"].sum()
    posted = legs(tables)
    accounts = tables["ledger/accounts"]
    revenue = accounts.loc[(accounts["class"] == "REVENUE") & (accounts["name"] != "Shipping Income"), "account_code"]
    invoices = posted[posted["document_key"].isin(tables["cin7/sale_invoices"]["document_key"])]
    booked = -invoices[invoices["account"].isin(revenue)].groupby("account", observed=True)["cents"].sum()
    assert dict(booked[booked != 0]) == dict(lines[lines != 0])
    assert len(lines) >= 4


def test_a_new_inventory_account_takes_the_stock_along_and_what_was_posted_before_stays() -> None:
    world = finished(1.0)
    tables = worlds.frames(world)
    log, movements = tables["cin7/settings_log"], tables["cin7/inventory_movements"]
    changed = log[(log["setting"] == "InventoryAccount") & (log["recorded_at"] > log["recorded_at"].min())]
    assert changed["recorded_at"].nunique() == 1
    since, skus = changed["recorded_at"].iloc[0], set(changed["key"])
    own = movements[movements["sku"].isin(skus)]
    moves = own[(own["quantity"] == 0) & own["source_movement_id"].isna()]
    assert set(moves["recorded_at"]) == {since}
    assert moves["value_cents"].sum() == 0, "a pair each"
    assert (moves.groupby(["sku", "location"], observed=True)["account_code"].nunique() == 2).all()
    assert set(own.loc[own["recorded_at"] < since, "account_code"]) == {"630"}
    assert set(own.loc[own["recorded_at"] > since, "account_code"]) == {"631"}
    assert own.loc[own["account_code"] == "630", "value_cents"].sum() == 0, "nothing of them is left behind"


def test_products_show_what_the_log_of_settings_last_said() -> None:
    tables = worlds.frames(finished(1.0))
    products, log = tables["cin7/products"].set_index("sku"), tables["cin7/settings_log"]
    seen: Counter[str] = Counter()
    for setting, column in (("InventoryAccount", "inventory_account"), ("COGSAccount", "cogs_account"),
                            ("RevenueAccount", "revenue_account"), ("MinimumBeforeReorder", "minimum_before_reorder"),
                            ("ReorderQuantity", "reorder_quantity"), ("CostingMethod", "costing_method"),
                            ("Planned by", "planned_by")):  # fmt: skip
        last = log[log["setting"] == setting].drop_duplicates("key", keep="last").set_index("key")["new_value"]
        shown = products[column].astype("object")
        for sku, value in last.items():
            assert str(shown[sku]) == str(value), (setting, sku)
        seen[setting] = len(last)
        assert shown.drop(last.index).isna().all()
    assert all(seen.values()), seen


def bad(**change: object) -> Profile:
    rules = [msgspec.structs.replace(split().account_rules[0], **change), *split().account_rules[1:]]
    return msgspec.structs.replace(split(), account_rules=rules)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (bad(inventory="materiels"),
         ("account_rules[0].inventory", "no account has the role 'materiels'; allowed are inventory,")),
        (bad(inventory="till_sales"), ("account_rules[0].inventory", "the account till_sales does not stand for inventory")),
        (bad(category="XYZ"), ("account_rules[0].category", "no category has the code 'XYZ'; allowed are ")),
        (bad(channel="Tull"), ("account_rules[0].channel", "no such channel 'Tull'; allowed are ")),
        (bad(channel="Till"), ("account_rules[0].inventory", "is found by product; a rule for a channel names only revenue")),
        (bad(category=""), ("account_rules[0]", "is for nothing; a category, a channel or both are needed")),
        (bad(inventory=""), ("account_rules[0]", "names no account; at least one of inventory, cogs and revenue is needed")),
        (bad(customers=True), ("account_rules[0].customers", "customers are those of a channel")),
        (msgspec.structs.replace(split(), accounts=[a for a in split().accounts if a.role != "transfers_in_transit"]),
         ("account_rules[0].inventory", "products with inventory accounts of their own are transferred by way of an account")),
        (msgspec.structs.replace(split(), supply=msgspec.structs.replace(split().supply, accrual=False)),
         ("account_rules[0].inventory", "inventory accounts of products need supply.accrual = true")),
        (msgspec.structs.replace(split(), supply=msgspec.structs.replace(split().supply, groups=[
            msgspec.structs.replace(split().supply.groups[0], approach="INVOICE", advanced=True)])),
         ("account_rules[0].inventory", "goods of the advanced purchases of group")),
    ],
)  # fmt: skip
def test_an_impossible_mapping_is_refused_with_its_place(profile: Profile, said: tuple[str, str]) -> None:
    place, words = said
    found = list(checks.problems(profile))
    assert any(at == place and wrong.startswith(words) for at, wrong in found), found
