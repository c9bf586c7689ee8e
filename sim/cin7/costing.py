"""Cost layers in integer cents. Pure arithmetic on layers: no documents, dates or accounts.

A layer holds a quantity and a value. Rounding is cumulative: a slice takes its share of what remains, so
emptying a layer takes the remainder and no cent is lost. A later cost change is spread over the units still
here and the slices already taken, by largest remainder, and follows units into the layers that were made of
them: those that came back, arrived elsewhere, or were built into something or taken apart.

The layers of one product are kept in the order in which they are taken: by age, or by date of expiry.
"""

from __future__ import annotations

from collections import deque

from ..money import extend, ratio, split

NEVER = 1 << 40
"""Sorts after every date of expiry."""


class Slice:
    """Units taken from one layer by one movement, at their cost so far."""

    __slots__ = ("batch", "became", "day", "key", "quantity", "use", "value")

    def __init__(self, key: int, quantity: int, value: int, use: int, batch: int = -1) -> None:
        self.key, self.quantity, self.value = key, quantity, value
        self.batch = batch
        """The layer's batch. Not the layer itself: the two would keep each other alive."""
        self.use = use
        """What the units were taken for: the account that bears their cost."""
        self.day = -1
        """The day they left, where whoever takes them says so."""
        self.became: tuple[tuple[Layer, int], ...] = ()
        """Layers made of units of this slice, and of how many. Where its cost was split otherwise than by units (a
        disassembly), the weights of the split instead; together they are then no fewer than its units."""

    def give_back(self, quantity: int) -> int:
        """Cost of `quantity` more units of this slice that come back; the last ones take the remainder."""
        units = self.quantity - sum(units for _, units in self.became)
        value = self.value - sum(layer.taken_over for layer, _ in self.became)
        return ratio(value, quantity, units)


class Layer:
    """Units that came in together, at one cost."""

    __slots__ = ("batch", "card", "expiry", "key", "origin", "quantity", "received", "slices", "taken_over", "value")

    def __init__(self, key: int, quantity: int, value: int, origin: Slice | None = None, card: int = -1) -> None:
        self.key, self.quantity, self.value = key, quantity, value
        self.card = card
        """The stock card it lies on, as its keeper numbers them."""
        self.received = quantity
        self.taken_over = value
        """All cost that came in with it so far, whatever has left since."""
        self.slices: list[Slice] = []
        self.origin = origin
        """The slice whose units it is made of; of several, the first: all were taken for the same use."""
        self.batch = -1
        """The batch or serial number; -1 for none."""
        self.expiry = NEVER
        """The day its units expire."""
        if origin is not None:
            origin.became += ((self, quantity),)


def build(key: int, quantity: int, slices: list[Slice], services: int, card: int = -1) -> Layer:
    """A layer of `quantity` units made of all of `slices` and of `services` cents of work."""
    layer = Layer(key, quantity, sum(part.value for part in slices) + services, card=card)
    for part in slices:
        part.became += ((layer, part.quantity),)
    layer.origin = slices[0] if slices else None
    return layer


def take_apart(parts: list[tuple[int, int, int, int]], slices: list[Slice]) -> list[Layer]:
    """Layers of the `parts` that `slices` are taken apart into: key, quantity, weight of the cost, card.

    Their values sum to the slices', split by weight. Raises ValueError when all weights are zero.
    """
    weights = [weight for _, _, weight, _ in parts]
    values = split(sum(part.value for part in slices), weights)
    layers = [
        Layer(key, quantity, value, card=card) for (key, quantity, _, card), value in zip(parts, values, strict=True)
    ]
    for part in slices:
        part.became += tuple((layer, weight * part.quantity) for layer, weight in zip(layers, weights, strict=True))
    for layer in layers:
        layer.origin = slices[0]
    return layers


class Change:
    """A cost change of units here (`slice` is None) or of a slice taken earlier."""

    __slots__ = ("cents", "layer", "slice")

    def __init__(self, layer: Layer, taken: Slice | None, cents: int) -> None:
        self.layer, self.slice, self.cents = layer, taken, cents


def put_by_expiry(layers: deque[Layer], layer: Layer) -> None:
    """Put a layer where it is taken before all that expire later, and after what expires on the same day."""
    at = len(layers)
    while at and layers[at - 1].expiry > layer.expiry:
        at -= 1
    layers.insert(at, layer)


def take_batch(layers: deque[Layer], quantity: int, key: int, use: int, batch: int) -> list[Slice]:
    """Take `quantity` units of one batch, its oldest layer first; slices are keyed `key`, `key` + 1, ...

    Raises ValueError when the batch holds fewer units.
    """
    own = deque(layer for layer in layers if layer.batch == batch)
    held = sum(layer.quantity for layer in own)
    if held < quantity:
        raise ValueError(f"{quantity - held} units of the batch more taken than there are")
    taken = take(own, quantity, key, use)
    for layer in [layer for layer in layers if layer.batch == batch and not layer.quantity]:
        layers.remove(layer)
    return taken


def take(layers: deque[Layer], quantity: int, key: int, use: int) -> list[Slice]:
    """Take `quantity` units in the order in which layers are kept; slices are keyed `key`, `key` + 1, ...

    Raises ValueError when the layers hold fewer units.
    """
    taken: list[Slice] = []
    while quantity:
        if not layers:
            raise ValueError(f"{quantity} units more taken than there are")
        layer = layers[0]
        if layer.quantity > quantity:
            value = ratio(layer.value, quantity, layer.quantity)
            part = Slice(key + len(taken), quantity, value, use, layer.batch)
            layer.quantity -= quantity
            layer.value -= value
            quantity = 0
        else:
            part = Slice(key + len(taken), layer.quantity, layer.value, use, layer.batch)
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
    part = Slice(key, quantity, ratio(layer.value, quantity, layer.quantity), use, layer.batch)
    layer.quantity -= quantity
    layer.value -= part.value
    layer.slices.append(part)
    if not layer.quantity:
        layers.remove(layer)
    return part


def value_of(layers: deque[Layer]) -> int:
    """Value of all units in `layers`, in cents."""
    return sum(layer.value for layer in layers)


def worth_of_found(layers: deque[Layer], quantity: int) -> int:
    """What `quantity` units that turn up are worth: the average cost of those held, else nothing (a person would ask)."""
    held = sum(layer.quantity for layer in layers)
    return extend(quantity, value_of(layers) * 100 // held) if held else 0


def revalue(layer: Layer, cents: int) -> list[Change]:
    """Raise the cost of everything that came in with `layer` by `cents`; return who bears how much.

    The changes to units here (`slice` is None) sum with those of slices, net of what the layers made of them
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
        if part.became:
            units = [units for _, units in part.became]
            *follows, _ = split(share, [*units, max(0, part.quantity - sum(units))])
            for (made, _), taken_over in zip(part.became, follows, strict=True):
                changes.extend(revalue(made, taken_over))
    return changes
