"""Serial numbers: each unit has one, is in one place at a time, and costs what it would cost without."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from sim.cin7.costing import Layer
from sim.cin7.serials import Units
from sim.draws import Draws
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import Profile
from sim.run import run

Method = Literal["FIFO", "FIFO - Serial Number", "Special - Serial Number"]
METHODS: tuple[Method, ...] = ("FIFO - Serial Number", "Special - Serial Number")
PLAIN: tuple[Method, ...] = ("FIFO",)


@cache
def serialised(costing: Method) -> Profile:
    """The maker's business; its last bought category, which is sold, moved, lost and found, is kept by serial number."""
    base = worlds.maker()
    categories = list(base.catalogue.categories)
    categories[3] = msgspec.structs.replace(categories[3], costing=costing)
    return msgspec.structs.replace(base, catalogue=msgspec.structs.replace(base.catalogue, categories=categories))


@cache
def finished(costing: Method = "FIFO - Serial Number") -> World:
    return run(msgspec.structs.replace(worlds.maker_case(3, 4), profile=serialised(costing)))


@pytest.mark.parametrize("costing", METHODS)
def test_every_movement_of_units_names_as_many_serial_numbers(costing: Method) -> None:
    tables = worlds.frames(finished(costing))
    products, serials = tables["cin7/products"], tables["cin7/serial_numbers"]
    own = set(products.loc[products["costing_method"] == costing, "sku"].astype(str))
    moves = tables["cin7/inventory_movements"]
    moves = moves[moves["sku"].astype(str).isin(own) & (moves["quantity"] != 0)].set_index("movement_id")
    named = serials.groupby("movement_id")["quantity"].sum()
    assert len(named) > 200
    assert named.sort_index().equals(moves["quantity"].sort_index().rename("quantity"))
    assert not serials.duplicated(["movement_id", "serial_number"]).any()
    kinds = set(moves["movement_type"].astype(str))
    assert {"Adjustment", "Purchase", "Sale", "Restock", "Transfer Out", "Transfer In", "Stocktake"} <= kinds


@pytest.mark.parametrize("costing", METHODS)
def test_a_unit_is_in_one_place_at_a_time_and_comes_back_as_itself(costing: Method) -> None:
    at: dict[int, int] = {}
    seen: dict[int, set[int]] = {}
    back = 0
    recorded, moves = (worlds.facts(finished(costing), f"cin7/{name}") for name in ("serial_numbers", "inventory_movements"))
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
    for stock in finished(costing).cin7.stocks:
        own = stock._serials.products
        assert held[stock.location] == sum(stock.on_hand[sku] for sku in own)
        for sku in own:
            numbers = [n for layer in stock.layers[sku] for n in stock._serials.held(layer)]
            assert len(numbers) == len(set(numbers)) == stock.on_hand[sku]


@pytest.mark.parametrize("table", ["cin7/transactions", "cin7/inventory_movements", "ledger/journal_lines"])
def test_serial_numbers_change_nothing_else(table: str) -> None:
    with_numbers, without = (worlds.facts(finished(how), table) for how in METHODS[:1] + PLAIN)
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


# --- units that bear their own cost --------------------------------------------------------------------------

SPECIAL = METHODS[1]


@pytest.mark.slow
def test_a_business_whose_units_bear_their_own_cost_ties_out() -> None:
    of = finished(SPECIAL)
    assert list(run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends])) == []


def traced() -> tuple[Any, Any]:
    """Movements of what is taken unit by unit, with what they cost in the end; and each naming of a unit, with the movement by
    which the unit first came."""
    tables = worlds.frames(finished(SPECIAL))
    names = tables["cin7/serial_numbers"].sort_values("recorded_at", kind="stable")
    first = names[names["quantity"] > 0].drop_duplicates("serial_number").set_index("serial_number")["movement_id"]
    names = names.assign(first=names["serial_number"].map(first))
    moves = tables["cin7/inventory_movements"].set_index("movement_id")
    later = moves[moves["quantity"] == 0].groupby("source_movement_id")["value_cents"].sum()
    moves = moves[moves["sku"].isin(names["sku"]) & (moves["quantity"] != 0)]
    return moves.assign(cost=moves["value_cents"] + moves.index.map(later).fillna(0)), names


def test_the_cost_of_a_sale_is_what_the_deliveries_of_its_very_units_cost() -> None:
    moves, names = traced()
    sold = names[names["movement_id"].map(moves["movement_type"]).eq("Sale")]
    assert (sold.groupby("movement_id")["first"].nunique() == 1).all(), "a row of the stock card is about one delivery"
    assert sold["movement_id"].nunique() > 100
    for movement, first in sold.groupby("movement_id")["first"].first().items():
        own, bought = moves.loc[movement], moves.loc[first]
        assert abs(own["cost"] / own["quantity"] - bought["cost"] / bought["quantity"]) <= 1
    younger = sold.assign(came=sold["first"].map(moves["recorded_at"]))
    order = younger.sort_values("recorded_at", kind="stable").groupby("sku", observed=True)["came"]
    assert not order.apply(lambda came: came.is_monotonic_increasing).all(), "not simply the oldest ones first"


def test_a_delivery_that_has_left_whole_cost_its_sales_what_it_cost_to_the_cent() -> None:
    moves, names = traced()
    whole = 0
    for first, own in names.groupby("first"):
        out = own[own["quantity"] < 0]
        if own["movement_id"].map(moves["movement_type"]).isin(("Purchase", "Adjustment", "Sale")).all() and (
            len(out) == moves.loc[first, "quantity"] == own["serial_number"].nunique()
        ):
            assert moves.loc[out["movement_id"].unique(), "cost"].sum() == -moves.loc[first, "cost"]
            whole += 1
    assert whole > 1


def test_the_same_units_move_and_cost_of_sales_alone_shows_which_ones() -> None:
    both = [worlds.frames(finished(how))["cin7/inventory_movements"] for how in (*PLAIN, SPECIAL)]
    units = [frame.groupby(["document_key", "sku"], observed=True)["quantity"].sum() for frame in both]
    units = [moved[moved != 0] for moved in units]
    assert units[0].equals(units[1])
    sold = [frame[frame["movement_type"] == "Sale"] for frame in both]
    cogs = [frame.groupby("sku", observed=True)["value_cents"].sum() for frame in sold]
    own = set(traced()[0]["sku"].astype(str))
    differ = set(cogs[0].index[cogs[0] != cogs[1]].astype(str))
    assert differ
    assert differ <= own, "of others, nothing costs anything else"


@given(
    deliveries=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 900)), min_size=1, max_size=6),
    takes=st.lists(st.integers(1, 5), max_size=8),
    seed=st.integers(0, 50),
)
def test_a_shelf_gives_out_what_a_list_of_single_units_would(
    deliveries: list[tuple[int, int]], takes: list[int], seed: int
) -> None:
    place_of = Draws(seed).stream("shelves").uniform
    both = [Units([7], place_of), Units([7], place_of)]
    shelves, layers = [units.shelf() for units in both], list(enumerate(deliveries, 1))
    one_by_one: list[tuple[float, int]] = []
    for (units, shelf), order in zip(zip(both, shelves, strict=True), (layers, layers[::-1]), strict=True):
        for n, (quantity, cost) in order:  # whichever comes first, a unit has its place
            layer = Layer(n << 12, quantity, quantity * cost)
            units.arrive(layer, 7)
            shelf.append(layer)
    for n, (quantity, cost) in layers:
        one_by_one += [(place_of(n << 12, 7 << 20 | unit), cost) for unit in range(quantity)]
    one_by_one.sort()
    for wanted in takes:
        if wanted > len(one_by_one):
            for shelf in shelves:
                with pytest.raises(ValueError, match="units more taken than there are"):
                    shelf.take(wanted, 0, 0)
            continue
        expected = sum(cost for _, cost in one_by_one[:wanted])
        del one_by_one[:wanted]
        for units, shelf in zip(both, shelves, strict=True):
            slices = shelf.take(wanted, 0, 0)
            for part in slices:
                units.leave(part)
            assert sum(part.quantity for part in slices) == wanted
            assert sum(part.value for part in slices) == expected
    for shelf in shelves:
        assert sum(layer.value for layer in shelf) == sum(cost for _, cost in one_by_one)
