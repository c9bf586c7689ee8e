"""Costing against a slow, readable twin that follows every single unit with its exact cost as a fraction."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from sim.cin7.costing import (
    NEVER,
    Layer,
    Slice,
    build,
    put_by_expiry,
    revalue,
    take,
    take_apart,
    take_batch,
    take_from,
    value_of,
    worth_of_found,
)

COGS, LOST = 1, 2


class Unit:
    """One thing that can be touched."""

    def __init__(self, came_in_with: int, cost: Fraction) -> None:
        self.came_in_with, self.cost = came_in_with, cost


class UnitByUnit:
    """First in, first out, one unit at a time, with exact costs."""

    def __init__(self) -> None:
        self.shelf: deque[Unit] = deque()
        self.units: list[Unit] = []

    def receive(self, delivery: int, quantity: int, value: int) -> None:
        new = [Unit(delivery, Fraction(value, quantity)) for _ in range(quantity)]
        self.units += new
        self.shelf.extend(new)

    def take(self, quantity: int) -> list[Unit]:
        return [self.shelf.popleft() for _ in range(quantity)]

    def give_back(self, units: list[Unit]) -> None:
        self.shelf.extend(units)

    def revalue(self, delivery: int, cents: int) -> None:
        members = [unit for unit in self.units if unit.came_in_with == delivery]
        for unit in members:
            unit.cost += Fraction(cents, len(members))

    @property
    def value(self) -> Fraction:
        return sum((unit.cost for unit in self.shelf), Fraction(0))


class Costing(RuleBasedStateMachine):
    """Deliveries, sales, returns and late cost changes in any order."""

    slices = Bundle("slices")
    deliveries = Bundle("deliveries")

    def __init__(self) -> None:
        super().__init__()
        self.layers: deque[Layer] = deque()
        self.twin = UnitByUnit()
        self.everything: list[Layer] = []
        self.paid_in = self.inventory = self.expense = 0
        self.roundings = 0

    @rule(target=deliveries, quantity=st.integers(1, 12), value=st.integers(0, 5_000))
    def receive(self, quantity: int, value: int) -> Layer:
        layer = Layer(len(self.everything), quantity, value)
        self.everything.append(layer)
        self.layers.append(layer)
        self.twin.receive(layer.key, quantity, value)
        self.paid_in += value
        self.inventory += value
        return layer

    @precondition(lambda self: self.twin.shelf)
    @rule(target=slices, data=st.data(), use=st.sampled_from([COGS, LOST]))
    def take(self, data: st.DataObject, use: int) -> tuple[Slice, list[Unit]]:
        quantity = data.draw(st.integers(1, len(self.twin.shelf)))
        taken = take(self.layers, quantity, 10_000, use)
        units = self.twin.take(quantity)
        assert sum(part.quantity for part in taken) == quantity
        assert [part.key for part in taken] == list(range(10_000, 10_000 + len(taken)))
        at = 0
        for part in taken:
            # Returned units are a layer of their own, made of units of some earlier delivery.
            origin = self.layer_of(part)
            while origin.origin is not None:
                origin = self.layer_of(origin.origin)
            assert {unit.came_in_with for unit in units[at : at + part.quantity]} == {origin.key}
            at += part.quantity
            self.inventory -= part.value
            self.expense += part.value
        self.roundings += len(taken)
        return taken[-1], units[-taken[-1].quantity :]

    def layer_of(self, part: Slice) -> Layer:
        return next(layer for layer in self.everything if part in layer.slices)

    @rule(taken=slices, data=st.data())
    def give_back(self, taken: tuple[Slice, list[Unit]], data: st.DataObject) -> None:
        """Some of the units that are still away come back; the last of them bring the remainder."""
        part, away = taken
        if not away:
            return
        quantity = data.draw(st.integers(1, len(away)))
        value = part.give_back(quantity)
        layer = Layer(len(self.everything), quantity, value, part)
        self.everything.append(layer)
        self.layers.append(layer)
        self.twin.give_back(away[:quantity])
        del away[:quantity]
        if not away:
            assert sum(layer.taken_over for layer, _ in part.became) == part.value
        self.inventory += value
        self.expense -= value
        self.roundings += 1

    @rule(layer=deliveries, cents=st.integers(-500, 500))
    def revalue(self, layer: Layer, cents: int) -> None:
        for change in revalue(layer, cents):
            self.roundings += 1
            if change.layer.origin is not None:
                self.expense -= change.cents
            if change.slice is None:
                self.inventory += change.cents
            else:
                self.expense += change.cents
        self.twin.revalue(layer.key, cents)
        self.paid_in += cents

    @invariant()
    def no_cent_is_lost_or_made(self) -> None:
        assert self.inventory + self.expense == self.paid_in

    @invariant()
    def the_movements_add_up_to_what_the_layers_hold(self) -> None:
        assert value_of(self.layers) == self.inventory

    @invariant()
    def units_are_where_the_twin_has_them(self) -> None:
        assert sum(layer.quantity for layer in self.layers) == len(self.twin.shelf)

    @invariant()
    def an_empty_layer_holds_no_value(self) -> None:
        assert all(layer.quantity or not layer.value for layer in self.everything)

    @invariant()
    def value_is_exact_but_for_rounding(self) -> None:
        assert abs(self.inventory - self.twin.value) <= self.roundings


Costing.TestCase.settings = settings(max_examples=120, stateful_step_count=30)
TestCosting = Costing.TestCase


class Thing:
    """One unit of anything: bought, or made of shares of other things."""

    def __init__(self, came_in_with: int, paid: Fraction, made_of: list[tuple[Fraction, Thing]] | None = None) -> None:
        self.came_in_with, self.paid, self.made_of = came_in_with, paid, made_of or []

    @property
    def cost(self) -> Fraction:
        return self.paid + sum((share * part.cost for share, part in self.made_of), Fraction(0))


SHELVES = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Place and product. Product 1 is made of product 0, two of them and some work."""
TRANSIT, WIP, INVENTORY, ABSORBED = 3, 4, 5, 6
Held = tuple[Slice, list[Thing]]


class Works(RuleBasedStateMachine):
    """Two places and two products: goods are bought, sent on, built into others, taken apart, sold; costs change late."""

    deliveries = Bundle("deliveries")

    def __init__(self) -> None:
        super().__init__()
        self.layers: dict[tuple[int, int], deque[Layer]] = {shelf: deque() for shelf in SHELVES}
        self.twin: dict[tuple[int, int], deque[Thing]] = {shelf: deque() for shelf in SHELVES}
        self.bought: list[tuple[Layer, list[Thing]]] = []
        self.made: list[Layer] = []
        self.on_the_way: list[tuple[int, Held]] = []
        self.in_progress: list[list[Held]] = []
        self.sold: list[Held] = []
        self.accounts = dict.fromkeys((COGS, LOST, TRANSIT, WIP, INVENTORY, ABSORBED), 0)
        self.paid_in = self.roundings = 0

    def take(self, shelf: tuple[int, int], quantity: int, use: int) -> list[Held]:
        taken: list[Held] = []
        for part in take(self.layers[shelf], quantity, 0, use):
            taken.append((part, [self.twin[shelf].popleft() for _ in range(part.quantity)]))
            self.accounts[INVENTORY] -= part.value
            self.accounts[use] += part.value
            self.roundings += 1
        return taken

    def put(self, shelf: tuple[int, int], layer: Layer, things: list[Thing], use: int) -> None:
        self.layers[shelf].append(layer)
        self.twin[shelf].extend(things)
        self.accounts[INVENTORY] += layer.value
        self.accounts[use] -= layer.value
        self.made.append(layer)
        self.roundings += 1

    def some(self, data: st.DataObject, shelf: tuple[int, int], least: int = 1) -> int:
        return data.draw(st.integers(least, len(self.twin[shelf])))

    @rule(target=deliveries, place=st.integers(0, 1), quantity=st.integers(1, 12), value=st.integers(0, 5_000))
    def buy(self, place: int, quantity: int, value: int) -> tuple[Layer, list[Thing]]:
        layer = Layer(len(self.bought), quantity, value)
        things = [Thing(layer.key, Fraction(value, quantity)) for _ in range(quantity)]
        self.layers[(place, 0)].append(layer)
        self.twin[(place, 0)].extend(things)
        self.bought.append((layer, things))
        self.paid_in += value
        self.accounts[INVENTORY] += value
        return layer, things

    @precondition(lambda self: any(self.twin.values()))
    @rule(data=st.data())
    def sell(self, data: st.DataObject) -> None:
        shelf = data.draw(st.sampled_from([shelf for shelf in SHELVES if self.twin[shelf]]))
        self.sold += self.take(shelf, self.some(data, shelf), COGS)

    @precondition(lambda self: any(things for _, things in self.sold))
    @rule(data=st.data(), place=st.integers(0, 1))
    def come_back(self, data: st.DataObject, place: int) -> None:
        part, away = data.draw(st.sampled_from([held for held in self.sold if held[1]]))
        product = 1 if away[0].made_of and len(away[0].made_of) > 1 else 0
        quantity = data.draw(st.integers(1, len(away)))
        layer = Layer(0, quantity, part.give_back(quantity), part)
        self.put((place, product), layer, away[:quantity], COGS)
        del away[:quantity]

    @precondition(lambda self: any(self.twin.values()))
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        shelf = data.draw(st.sampled_from([shelf for shelf in SHELVES if self.twin[shelf]]))
        self.on_the_way += [(SHELVES.index(shelf), held) for held in self.take(shelf, self.some(data, shelf), TRANSIT)]

    @precondition(lambda self: self.on_the_way)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        source, (part, things) = self.on_the_way.pop(data.draw(st.integers(0, len(self.on_the_way) - 1)))
        place, product = SHELVES[source]
        self.put((1 - place, product), Layer(0, part.quantity, part.give_back(part.quantity), part), things, TRANSIT)

    @precondition(lambda self: any(len(self.twin[(place, 0)]) > 1 for place in (0, 1)))
    @rule(data=st.data())
    def issue(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from([place for place in (0, 1) if len(self.twin[(place, 0)]) > 1]))
        self.in_progress.append(self.take((place, 0), self.some(data, (place, 0), 2), WIP))

    @precondition(lambda self: self.in_progress)
    @rule(data=st.data(), place=st.integers(0, 1), services=st.integers(0, 300))
    def finish(self, data: st.DataObject, place: int, services: int) -> None:
        held = self.in_progress.pop(data.draw(st.integers(0, len(self.in_progress) - 1)))
        parts = [thing for _, things in held for thing in things]
        quantity = data.draw(st.integers(1, max(1, len(parts) // 2)))
        layer = build(0, quantity, [part for part, _ in held], services)
        share = Fraction(1, quantity)
        things = [Thing(-1, share * services, [(share, part) for part in parts]) for _ in range(quantity)]
        self.accounts[WIP] += services
        self.accounts[ABSORBED] -= services
        self.put((place, 1), layer, things, WIP)

    @precondition(lambda self: any(self.twin[(place, 1)] for place in (0, 1)))
    @rule(data=st.data(), weights=st.lists(st.integers(0, 5), min_size=2, max_size=2).filter(any))
    def dismantle(self, data: st.DataObject, weights: list[int]) -> None:
        """Two kinds of part come out, both of which are product 0."""
        place = data.draw(st.sampled_from([place for place in (0, 1) if self.twin[(place, 1)]]))
        held = self.take((place, 1), self.some(data, (place, 1)), INVENTORY)
        whole = [thing for _, things in held for thing in things]
        quantities = [2 * len(whole), len(whole)]
        parts = [(n, quantity, weight, -1) for n, (quantity, weight) in enumerate(zip(quantities, weights, strict=True))]
        layers = take_apart(parts, [part for part, _ in held])
        assert sum(layer.value for layer in layers) == sum(part.value for part, _ in held)
        for layer, weight in zip(layers, weights, strict=True):
            share = Fraction(weight, sum(weights) * layer.quantity)
            things = [Thing(-1, Fraction(0), [(share, thing) for thing in whole] or []) for _ in range(layer.quantity)]
            self.put((place, 0), layer, things, INVENTORY)

    @rule(delivery=deliveries, cents=st.integers(-500, 500))
    def change_cost(self, delivery: tuple[Layer, list[Thing]], cents: int) -> None:
        layer, things = delivery
        changes = revalue(layer, cents)
        self.roundings += 2 * len(changes) + 2 * len(self.made)
        for change in changes:
            if change.layer.origin is not None:
                self.accounts[change.layer.origin.use] -= change.cents
            self.accounts[INVENTORY if change.slice is None else change.slice.use] += change.cents
        for thing in things:
            thing.paid += Fraction(cents, len(things))
        self.paid_in += cents

    @invariant()
    def no_cent_is_lost_or_made(self) -> None:
        assert sum(self.accounts.values()) == self.paid_in

    @invariant()
    def every_account_is_explained(self) -> None:
        assert self.accounts[INVENTORY] == sum(value_of(layers) for layers in self.layers.values())
        assert self.accounts[TRANSIT] == sum(part.value for _, (part, _) in self.on_the_way)
        assert self.accounts[WIP] == sum(part.value for held in self.in_progress for part, _ in held)

    @invariant()
    def units_are_where_the_twin_has_them(self) -> None:
        for shelf in SHELVES:
            assert sum(layer.quantity for layer in self.layers[shelf]) == len(self.twin[shelf])

    @invariant()
    def value_is_exact_but_for_rounding(self) -> None:
        for shelf in SHELVES:
            exact = sum((thing.cost for thing in self.twin[shelf]), Fraction(0))
            assert abs(value_of(self.layers[shelf]) - exact) <= self.roundings


Works.TestCase.settings = settings(max_examples=150, stateful_step_count=30)
TestWorks = Works.TestCase


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900), st.one_of(st.just(NEVER), st.integers(0, 6))), min_size=1),
       st.data())  # fmt: skip
def test_what_expires_first_is_taken_first_and_the_older_of_two_that_expire_together(
    deliveries: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    layers: deque[Layer] = deque()
    for n, (quantity, value, expiry) in enumerate(deliveries):
        layer = Layer(n, quantity, value)
        layer.expiry = expiry
        put_by_expiry(layers, layer)
    everything = list(layers)
    slow = sorted(((expiry, n) for n, (quantity, _, expiry) in enumerate(deliveries) for _ in range(quantity)))
    quantity = data.draw(st.integers(1, len(slow)))
    taken = take(layers, quantity, 0, COGS)
    source = {id(part): layer for layer in everything for part in layer.slices}
    units = [source[id(part)] for part in taken for _ in range(part.quantity)]
    assert [(layer.expiry, layer.key) for layer in units] == slow[:quantity]
    assert sum(part.value for part in taken) + value_of(layers) == sum(value for _, value, _ in deliveries)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900), st.integers(0, 2)), min_size=1), st.data())
def test_of_a_named_batch_only_its_own_units_are_taken_oldest_first(
    deliveries: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    layers: deque[Layer] = deque()
    for n, (quantity, value, batch) in enumerate(deliveries):
        layers.append(Layer(n, quantity, value))
        layers[-1].batch = batch
    everything, batch = list(layers), data.draw(st.sampled_from([batch for _, _, batch in deliveries]))
    held = sum(quantity for quantity, _, of in deliveries if of == batch)
    quantity = data.draw(st.integers(1, held))
    taken = take_batch(layers, quantity, 0, COGS, batch)
    assert sum(part.quantity for part in taken) == quantity
    touched = [layer for layer in everything if layer.slices]
    assert [layer.batch for layer in touched] == [batch] * len(touched)
    assert all(not layer.quantity for layer in touched[:-1])
    assert list(layers) == [layer for layer in everything if layer.quantity]
    before = [layer.quantity for layer in everything]
    with pytest.raises(ValueError, match="of the batch"):
        take_batch(layers, held - quantity + 1, 0, COGS, batch)
    assert [layer.quantity for layer in everything] == before


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900))), st.integers(1, 9))
def test_what_turns_up_is_worth_what_the_others_are_on_average(held: list[tuple[int, int]], quantity: int) -> None:
    layers = deque(Layer(n, units, value) for n, (units, value) in enumerate(held))
    units, worth = sum(units for units, _ in held), worth_of_found(layers, quantity)
    if not units:
        assert worth == 0
    else:
        exact = Fraction(quantity * value_of(layers), units)
        assert abs(worth - exact) <= 1 + Fraction(quantity, 100)


@given(st.integers(1, 50), st.integers(0, 10**7), st.data())
def test_a_layer_taken_to_pieces_gives_its_value(quantity: int, value: int, data: st.DataObject) -> None:
    layers = deque([Layer(0, quantity, value)])
    pieces: list[Slice] = []
    while layers:
        pieces += take(layers, data.draw(st.integers(1, layers[0].quantity)), 0, COGS)
    assert sum(piece.value for piece in pieces) == value
    assert sum(piece.quantity for piece in pieces) == quantity
    for piece in pieces:
        assert abs(piece.value - Fraction(value * piece.quantity, quantity)) <= len(pieces)


def test_more_than_there_is_cannot_be_taken() -> None:
    with pytest.raises(ValueError, match="2 units more"):
        take(deque([Layer(0, 3, 300)]), 5, 0, COGS)


def test_a_cost_change_reaches_the_unit_that_came_back() -> None:
    layers = deque([Layer(0, 2, 200)])
    delivery = layers[0]
    sold = take(layers, 1, 0, COGS)[0]
    layers.append(Layer(1, 1, sold.give_back(1), sold))
    changes = revalue(delivery, 20)
    assert [(change.slice is None, change.layer.key, change.cents) for change in changes] == [
        (True, 0, 10), (False, 0, 10), (True, 1, 10),
    ]  # fmt: skip
    assert value_of(layers) == 220


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5_000)), min_size=1, max_size=6), st.data())
def test_units_go_back_out_of_the_layer_they_came_with(deliveries: list[tuple[int, int]], data: st.DataObject) -> None:
    layers = deque(Layer(n, quantity, value) for n, (quantity, value) in enumerate(deliveries))
    layer = data.draw(st.sampled_from(list(layers)))
    others = [(other.quantity, other.value) for other in layers if other is not layer]
    units, before = data.draw(st.integers(1, layer.quantity)), layer.value
    part = take_from(layers, layer, units, 99, COGS)
    assert part.value + layer.value == before
    assert abs(part.value - Fraction(before * units, part.quantity + layer.quantity)) <= Fraction(1, 2)
    assert [(other.quantity, other.value) for other in layers if other is not layer] == others
    assert (layer in layers) == (layer.quantity > 0)
    with pytest.raises(ValueError, match="of a layer of"):
        take_from(layers, layer, layer.quantity + 1, 100, COGS)
