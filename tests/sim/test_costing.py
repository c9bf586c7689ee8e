"""Costing against a slow, readable twin that follows every single unit with its exact cost as a fraction."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from sim.cin7.costing import Layer, Slice, revalue, take, take_from, value_of

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
            assert sum(back.taken_over for back in part.returned) == part.value
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
