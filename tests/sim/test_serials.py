"""Serial numbers: each unit has one, is in one place at a time, and costs what it would cost without."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import pytest
from support import worlds

from sim.founding import World
from sim.profile import Profile
from sim.run import run


@cache
def serialised(*, by_serial: bool = True) -> Profile:
    """The maker's business; its last bought category, which is sold, moved, lost and found, is kept by serial number."""
    base = worlds.maker()
    categories = list(base.catalogue.categories)
    categories[3] = msgspec.structs.replace(categories[3], costing="FIFO - Serial Number" if by_serial else "FIFO")
    return msgspec.structs.replace(base, catalogue=msgspec.structs.replace(base.catalogue, categories=categories))


@cache
def finished(*, by_serial: bool = True) -> World:
    return run(msgspec.structs.replace(worlds.maker_case(3, 4), profile=serialised(by_serial=by_serial)))


def test_every_movement_of_units_names_as_many_serial_numbers() -> None:
    tables = worlds.frames(finished())
    products, serials = tables["cin7/products"], tables["cin7/serial_numbers"]
    own = set(products.loc[products["costing_method"] == "FIFO - Serial Number", "sku"].astype(str))
    moves = tables["cin7/inventory_movements"]
    moves = moves[moves["sku"].astype(str).isin(own) & (moves["quantity"] != 0)].set_index("movement_id")
    named = serials.groupby("movement_id")["quantity"].sum()
    assert len(named) > 200
    assert named.sort_index().equals(moves["quantity"].sort_index().rename("quantity"))
    assert not serials.duplicated(["movement_id", "serial_number"]).any()
    kinds = set(moves["movement_type"].astype(str))
    assert {"Adjustment", "Purchase", "Sale", "Restock", "Transfer Out", "Transfer In", "Stocktake"} <= kinds


def test_a_unit_is_in_one_place_at_a_time_and_comes_back_as_itself() -> None:
    at: dict[int, int] = {}
    seen: dict[int, set[int]] = {}
    back = 0
    recorded, moves = (worlds.facts(finished(), f"cin7/{name}") for name in ("serial_numbers", "inventory_movements"))
    place = {row.movement_id: row.location for row in moves}
    source = {row.movement_id: row.source_movement_id for row in moves}
    for row in recorded:
        if row.quantity > 0:
            assert row.serial_number not in at, "it came in twice"
            at[row.serial_number] = place[row.movement_id]
            if source[row.movement_id] >= 0:
                back += 1
                assert row.serial_number in seen[source[row.movement_id]], "what comes back is what left"
        else:
            assert at.pop(row.serial_number) == place[row.movement_id], "it left from where it was"
            seen.setdefault(row.movement_id, set()).add(row.serial_number)
    assert back > 20
    held = Counter(at.values())
    for stock in finished().cin7.stocks:
        own = stock._serials.products
        assert held[stock.location] == sum(stock.on_hand[sku] for sku in own)
        for sku in own:
            numbers = [n for layer in stock.layers[sku] for n in stock._serials.held(layer)]
            assert len(numbers) == len(set(numbers)) == stock.on_hand[sku]


@pytest.mark.parametrize("table", ["cin7/transactions", "cin7/inventory_movements", "ledger/journal_lines"])
def test_serial_numbers_change_nothing_else(table: str) -> None:
    with_numbers, without = (worlds.facts(finished(by_serial=kept), table) for kept in (True, False))
    assert with_numbers == without


def test_a_business_without_serial_numbers_has_none() -> None:
    assert worlds.frames(worlds.world())["cin7/serial_numbers"].empty


def test_the_method_cannot_be_changed_to_or_from_serial_numbers_with_stock_about() -> None:
    settings = finished().cin7.books.settings
    names = finished().lexicon.lists["sku"]
    own = names[min(finished().cin7.stocks[0]._serials.products)]
    for sku, method in ((own, "FIFO"), (names[0], "FIFO - Serial Number")):
        with pytest.raises(ValueError, match="what is kept by serial number is so from the beginning"):
            settings.set(0, "CostingMethod", sku, method, 0)
