"""Work sold beside goods or alone, and work that the business buys: no stock, an account of its own."""

from __future__ import annotations

from typing import Any

import pytest
from support import worlds

from sim import keys
from sim.founding import World
from sim.invariants import run_checks
from sim.truth.effects import misstatement
from sim.truth.records import Recorded

SETTLING_DAYS = 10


@pytest.fixture(scope="module", params=["fulfilment", "order"])
def world(request: pytest.FixtureRequest) -> World:
    return worlds.server(capture=request.param)


@pytest.fixture(scope="module")
def tables(world: World) -> dict[str, Any]:
    return worlds.frames(world)


def service_skus(tables: dict[str, Any]) -> set[str]:
    products = tables["cin7/products"]
    return set(products.loc[products["type"] == "Service", "sku"])


def test_it_ties_out(world: World, tables: dict[str, Any]) -> None:
    assert run_checks(tables, [world.calendar.date(day) for day in world.calendar.month_ends]) == []


def test_work_never_appears_where_goods_lie(tables: dict[str, Any]) -> None:
    services = service_skus(tables)
    assert services
    for name in ("cin7/inventory_movements", "cin7/availability", "cin7/shipment_lines", "cin7/restocks", "cin7/stocktakes",
                 "cin7/stock_received", "operations/count_sheets", "operations/returns_received"):  # fmt: skip
        assert not tables[name]["sku"].isin(services).any(), name
    sold, bought = (set(tables[name]["sku"]) & services for name in ("cin7/sale_lines", "cin7/purchase_lines"))
    assert sold == {"SVC-WRAP", "SVC-ALTER"}
    assert bought == {"SVC-PHOTO"}


def test_work_is_income_of_its_own(tables: dict[str, Any]) -> None:
    accounts = tables["ledger/accounts"].set_index("name")["account_code"]
    lines = tables["cin7/sale_invoice_lines"]
    work = lines["sku"].isin(service_skus(tables))
    assert set(lines.loc[work, "account_code"]) == {accounts["Service Income"]}
    assert set(lines.loc[~work, "account_code"]) == {accounts["Sales"]}
    booked = tables["cin7/transactions"]
    for name, part in (("Service Income", lines[work]), ("Sales", lines[~work])):
        credited = booked.loc[(booked["credit_account"] == accounts[name]) & booked["document_key"].isin(part["document_key"])]
        assert credited["amount_cents"].sum() == part["total_cents"].sum() > 0


def test_a_sale_of_work_alone_has_an_order_and_an_invoice_and_nothing_between(tables: dict[str, Any]) -> None:
    log = tables["cin7/sale_type_log"]
    alone = set(log.loc[log["type"] == "Service Sale", "document_key"])
    assert len(alone) > 10
    lines = tables["cin7/sale_lines"]
    assert lines.loc[lines["document_key"].isin(alone), "sku"].isin(service_skus(tables)).all()
    assert not tables["cin7/shipments"]["sale_key"].isin(alone).any()
    sales = tables["cin7/sales"].set_index("document_key")
    assert set(sales.loc[list(alone), "status"]) <= {"ORDERED", "INVOICED", "COMPLETED"}
    assert (sales.loc[list(alone), "status"] == "COMPLETED").sum() > len(alone) // 2
    invoices = tables["cin7/sale_invoices"]
    own = invoices[invoices["sale_key"].isin(alone)]
    assert len(own) > len(alone) // 2
    assert (own["shipping_cents"] == 0).all()


def test_who_has_goods_wrapped_gets_one_invoice(tables: dict[str, Any]) -> None:
    services, lines = service_skus(tables), tables["cin7/sale_lines"]
    with_work = set(lines.loc[lines["sku"].isin(services), "document_key"])
    with_goods = set(lines.loc[~lines["sku"].isin(services), "document_key"])
    invoices = tables["cin7/sale_invoices"]
    own = invoices[invoices["sale_key"].isin(with_work & with_goods)]
    assert len(own) > 50
    assert not own["sale_key"].duplicated().any()
    wanted = lines[lines["document_key"].isin(own["sale_key"])].groupby("document_key")["total_cents"].sum()
    assert (own.set_index("sale_key")["net_cents"] == wanted.reindex(own["sale_key"])).all()


def test_the_books_come_to_the_work_that_was_done(world: World) -> None:
    rows = misstatement(Recorded(world), "cin7")
    names = [world.accounts[role] for role in ("service_income", "sales", "shipping_income", "receivable")]
    rows = rows[rows["account"].isin(names)]
    own = rows[[keys.kind_of(key) == keys.ORDER for key in rows["key"].tolist()]]
    last = own.groupby("key")["day"].transform("max")
    settled = own[last < world.calendar.days - 3 * SETTLING_DAYS].groupby(["key", "account"])["cents"].sum()
    assert len(own)
    assert (settled == 0).all()


def test_bought_work_is_billed_to_the_account_that_bears_it(world: World, tables: dict[str, Any]) -> None:
    purchases = tables["cin7/purchases"]
    own = purchases[purchases["type"] == "Service Purchase"]
    assert len(own) > 10
    assert set(own["status"]) <= {"ORDERED", "INVOICED", "COMPLETED"}
    assert (own["status"] == "COMPLETED").any()
    bills = tables["cin7/purchase_invoices"]
    bills = bills[bills["purchase_key"].isin(own["document_key"])]
    assert not bills["purchase_key"].duplicated().any()
    accounts = tables["ledger/accounts"]
    names = dict(zip(accounts["account_code"], accounts["name"], strict=True))
    booked = tables["cin7/transactions"]
    booked = booked[booked["document_key"].isin(bills["document_key"])]
    assert set(booked["debit_account"].map(names)) == {"Advertising"}
    assert set(booked["credit_account"].map(names)) == {"Accounts Payable"}
    assert booked["amount_cents"].sum() == bills["total_cents"].sum() > 0
    lines = tables["cin7/purchase_invoice_lines"]
    assert set(lines.loc[lines["document_key"].isin(bills["document_key"]), "sku"]) == {"SVC-PHOTO"}
    rows = misstatement(Recorded(world), "cin7")
    about = rows[rows["account"] == world.accounts["payable"]]
    late = about.groupby("key").agg(cents=("cents", "sum"), day=("day", "max"))
    assert (late.loc[late["day"] < world.calendar.days - 3 * SETTLING_DAYS, "cents"] == 0).all()
