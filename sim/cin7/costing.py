"""FIFO cost layers in integer cents. Pure arithmetic on layers: no documents, dates or accounts.

A layer holds a quantity and a value. Rounding is cumulative: a slice takes its share of what remains, so
emptying a layer takes the remainder and no cent is lost. A later cost change is spread over the units still
here and the slices already taken, by largest remainder, and follows units that came back.
"""

from __future__ import annotations

from collections import deque

from ..money import ratio, split


class Slice:
    """Units taken from one layer by one movement, at their cost so far."""

    __slots__ = ("day", "key", "quantity", "returned", "use", "value")

    def __init__(self, key: int, quantity: int, value: int, use: int) -> None:
        self.key, self.quantity, self.value = key, quantity, value
        self.use = use
        """What the units were taken for: the account that bears their cost."""
        self.day = -1
        """The day they left, where whoever takes them says so."""
        self.returned: list[Layer] = []
        """Layers made of units of this slice that came back."""

    def give_back(self, quantity: int) -> int:
        """Cost of `quantity` more units of this slice that come back; the last ones take the remainder."""
        units = self.quantity - sum(back.received for back in self.returned)
        value = self.value - sum(back.taken_over for back in self.returned)
        return ratio(value, quantity, units)


class Layer:
    """Units that came in together, at one cost."""

    __slots__ = ("key", "origin", "quantity", "received", "slices", "taken_over", "value")

    def __init__(self, key: int, quantity: int, value: int, origin: Slice | None = None) -> None:
        self.key, self.quantity, self.value = key, quantity, value
        self.received = quantity
        self.taken_over = value
        """All cost that came in with it so far, whatever has left since."""
        self.slices: list[Slice] = []
        self.origin = origin
        """The slice whose units came back as this layer."""
        if origin is not None:
            origin.returned.append(self)


class Change:
    """A cost change of units here (`slice` is None) or of a slice taken earlier."""

    __slots__ = ("cents", "layer", "slice")

    def __init__(self, layer: Layer, taken: Slice | None, cents: int) -> None:
        self.layer, self.slice, self.cents = layer, taken, cents


def take(layers: deque[Layer], quantity: int, key: int, use: int) -> list[Slice]:
    """Take `quantity` units first in, first out; slices are keyed `key`, `key` + 1, ...

    Raises ValueError when the layers hold fewer units.
    """
    taken: list[Slice] = []
    while quantity:
        if not layers:
            raise ValueError(f"{quantity} units more taken than there are")
        layer = layers[0]
        if layer.quantity > quantity:
            value = ratio(layer.value, quantity, layer.quantity)
            part = Slice(key + len(taken), quantity, value, use)
            layer.quantity -= quantity
            layer.value -= value
            quantity = 0
        else:
            part = Slice(key + len(taken), layer.quantity, layer.value, use)
            quantity -= layer.quantity
            layer.quantity = layer.value = 0
            layers.popleft()
        layer.slices.append(part)
        taken.append(part)
    return taken


def take_from(layers: deque[Layer], layer: Layer, quantity: int, key: int, use: int) -> Slice:
    """Take `quantity` units of one layer, wherever it stands in line: they go back to who sent them.

    Raises ValueError when the layer holds fewer units.
    """
    if quantity > layer.quantity:
        raise ValueError(f"{quantity} units taken of a layer of {layer.quantity}")
    part = Slice(key, quantity, ratio(layer.value, quantity, layer.quantity), use)
    layer.quantity -= quantity
    layer.value -= part.value
    layer.slices.append(part)
    if not layer.quantity:
        layers.remove(layer)
    return part


def value_of(layers: deque[Layer]) -> int:
    """Value of all units in `layers`, in cents."""
    return sum(layer.value for layer in layers)


def revalue(layer: Layer, cents: int) -> list[Change]:
    """Raise the cost of everything that came in with `layer` by `cents`; return who bears how much.

    The changes to units here (`slice` is None) sum with those of slices, net of what their returned units
    take over again, to `cents`.
    """
    if not cents:
        return []
    layer.taken_over += cents
    weights = [layer.quantity, *(part.quantity for part in layer.slices)]
    shares = split(cents, weights)
    changes: list[Change] = []
    if shares[0]:
        layer.value += shares[0]
        changes.append(Change(layer, None, shares[0]))
    for part, share in zip(layer.slices, shares[1:], strict=True):
        if not share:
            continue
        part.value += share
        changes.append(Change(layer, part, share))
        if part.returned:
            units = [back.received for back in part.returned]
            *follows, _ = split(share, [*units, part.quantity - sum(units)])
            for back, taken_over in zip(part.returned, follows, strict=True):
                changes.extend(revalue(back, taken_over))
    return changes
