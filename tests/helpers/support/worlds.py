"""Small cases to simulate. Finished worlds are cached and shared: a test may read them, never change them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from sim.export import evidence
from sim.founding import World
from sim.profile import (
    AccountConfig,
    BoughtServiceConfig,
    Case,
    CategoryConfig,
    ComponentConfig,
    DropShipperConfig,
    EventConfig,
    Figure,
    LocationConfig,
    MadeConfig,
    ManufacturingConfig,
    OfferedConfig,
    Profile,
    Rate,
    RouteConfig,
    Scenario,
    ServiceConfig,
    StaffChange,
    StocktakeConfig,
    TransferConfig,
)
from sim.run import run
from sim.tables import FactT, Rows

ROOT = Path(__file__).parents[3]
PROFILES = ROOT / "scenarios" / "profiles"
START = dt.date(2025, 3, 1)


@cache
def profile(name: str = "d2c_apparel") -> Profile:
    """A profile of the library, read without the loader."""
    return msgspec.toml.decode((PROFILES / f"{name}.toml").read_bytes(), type=Profile)


def importer(*, accrual: bool = True, by_receipt: bool = False, advanced: bool = True) -> Profile:
    """The apparel shop with an import group beside the domestic one, and everything in buying that can happen, often."""

    def often(value: float) -> Rate:
        return Rate(value, "for tests")

    plain = profile()
    (domestic,) = plain.supply.groups
    replace = msgspec.structs.replace
    domestic = replace(
        domestic, suppliers=5, short_delivery=often(0.2), price_change=often(0.3), new_price_list=often(0.3),
        refused_order=often(0.05), blind_receipt=often(0.3), over_delivery=often(0.5), returned_to_supplier=often(0.3),
        price_credit=often(0.3),
    )  # fmt: skip
    overseas = replace(
        domestic, name="overseas", suppliers=4, approach="INVOICE", advanced=advanced, planning="forecast",
        lead_days=Figure(24.0, "for tests"), safety_days=15, bill_days=Figure(9.0, "for tests"), refused_order=often(0.0),
        blind_receipt=often(0.0), over_delivery=often(0.0), deposit=often(0.3), freight=often(0.09), freight_by="Weight",
        duty=often(0.06), charge_days=Figure(18.0, "for tests"),
    )  # fmt: skip
    simple = replace(overseas, name="agent", suppliers=2, advanced=False, deposit=often(0.0), freight_by="Quantity")
    supplied = [
        replace(category, supply=("domestic", "overseas", "agent")[n % 3], unit_grams=200 + 50 * n, unit_cm3=900)
        for n, category in enumerate(plain.catalogue.categories)
    ]
    dated: Literal["invoice", "receipt"] = "receipt" if by_receipt else "invoice"
    supply = replace(plain.supply, accrual=accrual, cost_correction_dated=dated, groups=[domestic, overseas, simple])
    return replace(
        plain, catalogue=replace(plain.catalogue, categories=supplied), supply=supply,
        noise=replace(plain.noise, undone_receipt=often(0.2), late_bill=often(0.1), part_bill=often(0.1)),
    )  # fmt: skip


def case(
    seed: int = 1,
    months: int = 2,
    orders: int = 600,
    start: dt.date = START,
    faults: tuple[EventConfig, ...] = (),
    decoys: tuple[EventConfig, ...] = (),
    of: Profile | None = None,
    *,
    reactions: bool = False,
    staff: tuple[StaffChange, ...] = (),
) -> Case:
    """A small case of the apparel shop, or of another profile; `reactions`: staff react to what they see."""
    scenario = Scenario(
        name="a_test", title="A test", story="", profile=(of or profile()).name, start=start, months=months, size="small",
        orders_a_year=orders, seed=seed, faults=list(faults), decoys=list(decoys),
        reactions=reactions, staff=list(staff),
    )  # fmt: skip
    return Case(scenario=scenario, profile=of or profile(), seed=seed)


@cache
def world(seed: int = 1, months: int = 2, orders: int = 600, start: dt.date = START) -> World:
    """A finished healthy world."""
    return run(case(seed, months, orders, start))


@cache
def tables() -> dict[str, Any]:
    """All evidence of the world that `world()` gives, as Arrow tables."""
    return evidence(world())


def frames(of: World) -> dict[str, Any]:
    """All evidence of a world as data frames, by table."""
    return {name: table.to_pandas() for name, table in evidence(of).items()}


def read(rows: Rows[FactT]) -> list[FactT]:
    """Recorded rows as facts, in the order in which they were recorded."""
    return [rows.fact(*row) for row in rows.matrix().tolist()]


def facts(of: World, table: str) -> list[Any]:
    """The facts of one table of a world."""
    return read(next(rows for rows in of.tables() if rows.name == table))


def rate(value: float) -> Rate:
    """A rate for a profile made up by a test."""
    return Rate(value=value, source="a test")


def figure(value: float) -> Figure:
    """A figure for a profile made up by a test."""
    return Figure(value=value, source="a test")


@cache
def maker(*, own_transit_account: bool = True, at_branch: bool = True) -> Profile:
    """The apparel shop with more to do: it makes gift sets in a workshop, supplies a store, and takes stock half-yearly.

    `own_transit_account`: whether goods on the way leave the inventory account. `at_branch`: whether the workshop is a place
    of its own, so that components go there and sets come back.
    """
    base = profile()
    replace = msgspec.structs.replace
    first, second, third = base.catalogue.categories[:3]
    second = replace(second, costing="FEFO - Batch", shelf_life_days=90)
    third = replace(third, costing="Special - Batch")
    sets = CategoryConfig("Gift set", "SET", 60, 6_000, 9_000, 0.4)
    main = base.locations[0].name
    workshop = "Workshop" if at_branch else main
    branches = [LocationConfig("Store", "store", 20)] + [LocationConfig("Workshop", "own", 10)] * at_branch
    web = base.channels[0]
    till = msgspec.structs.replace(web, name="Till", kind="pos", share=0.2, location="Store", shipping_cents=0,
                                   ordered_ahead=rate(0.0))
    made = MadeConfig("SET", [ComponentConfig(first.code, 2, 10, 3), ComponentConfig(second.code, 1, 0)], 350)
    routes = [RouteConfig(main, "Store", "fill", 20, 12), RouteConfig("Store", main, "fill", 5, 0, [first.code])]
    if at_branch:
        routes += [RouteConfig(main, "Workshop", "fill", 21, 4, [first.code, second.code]),
                   RouteConfig("Workshop", main, "clear", 10, 0, ["SET"])]  # fmt: skip
    accounts = [
        AccountConfig("645", "Work in Progress", "CURRENT", "ASSET", "wip", control="wip"),
        AccountConfig("480", "Production Overhead Absorbed", "DIRECTCOSTS", "EXPENSE", "overhead_absorbed"),
        AccountConfig("325", "Stock Written Off", "DIRECTCOSTS", "EXPENSE", "write_offs"),
    ]
    if own_transit_account:
        role = "transfers_in_transit"
        accounts.append(AccountConfig("640", "Transfers In Transit", "CURRENT", "ASSET", role, control=role))
    cheap = replace(base.supply.groups[0], price_change=rate(0.5), opening_cover_days=12, cover_days=21, bill_days=figure(15.0))
    return replace(
        base, name="a_maker", accounts=[*base.accounts, *accounts], locations=[*base.locations, *branches],
        channels=[replace(web, share=0.8), till],
        catalogue=replace(base.catalogue, categories=[first, second, third, *base.catalogue.categories[3:], sets]),
        supply=replace(base.supply, groups=[cheap]),
        noise=replace(base.noise, late_bill=rate(0.3)),
        transfers=TransferConfig(routes, figure(2.5), rate(0.05), rate(0.05), rate(0.1)),
        manufacturing=ManufacturingConfig(
            [made], figure(3.0), rate(0.3), rate(0.1), rate(0.2), rate(0.1), rate(0.05), location=workshop
        ),
        stocktakes=StocktakeConfig([4, 10], 0),
    )  # fmt: skip


def maker_case(seed: int = 1, months: int = 2, orders: int = 1_200, start: dt.date = START, **variant: bool) -> Case:
    """A case of the maker's business."""
    return msgspec.structs.replace(case(seed, months, orders, start), profile=maker(**variant))


def units_in_the_buildings(world: World) -> Counter[int]:
    """Units of each product that lie on a shelf, in a parcel not collected, or on a dock, booked in or not."""
    real = Counter[int]()
    for house in world.operations.houses:
        real.update(dict(enumerate(house.shelf)))
        for parcel in house.staging:
            real.update(dict(parcel.inside))
        for delivery in house.dock:
            real.update(dict(delivery.counted))
    for team in world.warehouses:
        for waiting in team._late_receipts.values():
            for delivery in waiting:
                real.update(dict(delivery.counted))
    for consignment in world.operations.transport.bay:
        real.update(dict(consignment.lines))
        real.subtract([sku for _, sku in (*consignment.missing, *consignment.damaged)])
    for batch in world.operations.workshop.done:
        real[batch.sku] += batch.made
    return real


def sender() -> DropShipperConfig:
    """Suppliers who send to customers, with everything that can go wrong so often that a small case shows it."""
    return DropShipperConfig(
        name="direct", suppliers=3, terms_days=14, dispatch_days=figure(1.5), dispatch_spread=figure(0.5), late=rate(0.1),
        out_of_stock=rate(0.15), late_note=rate(0.1), price_change=rate(0.3), price_change_size=rate(0.05),
        bill_days=figure(3.0), kept=rate(0.3), credited=rate(0.7),
    )  # fmt: skip


@cache
def drop_shipping(*, capture: Literal["order", "fulfilment"] = "fulfilment") -> Profile:
    """The apparel shop, whose accessories and outerwear are sent by drop shippers; orders may hold both kinds."""
    base = profile()
    replace = msgspec.structs.replace
    *own, outerwear, accessories = base.catalogue.categories
    direct = [replace(outerwear, supply="direct"), replace(accessories, supply="direct", products=70)]
    supply = replace(base.supply, drop_shippers=[sender()])
    return replace(
        base, name="a_drop_shipper", catalogue=replace(base.catalogue, categories=[*own, *direct]), supply=supply,
        channels=[replace(base.channels[0], capture=capture)],
    )  # fmt: skip


@cache
def catalogue() -> World:
    """A finished business without stock of its own."""
    base = profile("dropship_catalogue")
    shippers = [msgspec.structs.replace(sender(), name=shipper.name) for shipper in base.supply.drop_shippers]
    supply = msgspec.structs.replace(base.supply, drop_shippers=shippers)
    return run(case(1, 4, 1_800, of=msgspec.structs.replace(base, supply=supply)))


@cache
def mixed(capture: Literal["order", "fulfilment"] = "fulfilment") -> World:
    """A finished business of which suppliers send a part."""
    return run(case(1, 4, 2_400, of=drop_shipping(capture=capture)))


@cache
def serving(*, capture: Literal["order", "fulfilment"] = "fulfilment") -> Profile:
    """The apparel shop that also wraps gifts and shortens trousers, with its goods or alone; some goods are drop shipped.

    It buys photographs.
    """
    base = drop_shipping(capture=capture)
    replace = msgspec.structs.replace
    services = [ServiceConfig("Gift wrapping", "SVC-WRAP", 500), ServiceConfig("Alteration", "SVC-ALTER", 1_800)]
    offered = [OfferedConfig("SVC-WRAP", rate(0.2), rate(0.0)), OfferedConfig("SVC-ALTER", rate(0.1), rate(0.15))]
    income = AccountConfig("220", "Service Income", "SALES", "REVENUE", "service_income")
    photographs = BoughtServiceConfig(
        "Photography", "SVC-PHOTO", "advertising", figure(5.0), 20_000, 60_000, figure(6.0), 14,
    )  # fmt: skip
    return replace(
        base, name="a_server", catalogue=replace(base.catalogue, services=services), accounts=[*base.accounts, income],
        channels=[replace(base.channels[0], services=offered)], supply=replace(base.supply, services=[photographs]),
    )  # fmt: skip


@cache
def server(capture: Literal["order", "fulfilment"] = "fulfilment") -> World:
    """A finished business that sells work beside goods."""
    return run(case(1, 4, 2_400, of=serving(capture=capture)))
