"""What a fault or decoy file has to bring, and how such files are found."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any, Protocol, cast

import msgspec

from .. import keys
from ..causes import Cause, register
from ..clock import DAY
from ..founding import World
from ..profile import EventConfig, Profile

_SECTIONS = {
    "Operations": "operations", "Cin7": "cin7", "Integration": "integration", "Ledger": "ledger",
    "Mistaken for": "mistaken_for", "Hidden by": "hidden_by", "Fixed by": "fixed_by", "Source": "source", "Cause": "summary",
}  # fmt: skip
_PLACES = ("operations", "cin7", "integration", "ledger")


_MANY = 10
"""From so many suppliers on, hardly a month passes without a bill that comes late (assumption)."""


class Parameter(msgspec.Struct, frozen=True):
    """A knob of a fault or decoy, from `low` to `high`."""

    default: float
    low: float
    high: float
    meaning: str
    mild: float | None = None
    severe: float | None = None
    """A knob with both tells how bad the fault is: a sampler draws between them."""
    needs: tuple[str, ...] = ()
    """Features of a business (see `features`) without which the knob turns nothing."""

    def at(self, severity: float) -> float:
        """Its value at a severity from 0 (mild) to 1 (severe); the default where it tells nothing of severity."""
        if self.mild is None or self.severe is None:
            return self.default
        return self.mild + severity * (self.severe - self.mild)


class Scope:
    """When an event acts, and on what: always and on everything, unless its scenario says otherwise."""

    __slots__ = ("_chance", "_only", "_until")

    def __init__(self, config: EventConfig, world: World) -> None:
        calendar = world.calendar
        self._until = calendar.day(dt.date.fromisoformat(config.until)) if config.until else calendar.days
        draw = world.draws.stream(f"event/{config.name}/weeks")
        self._chance = None if config.weeks == 1.0 else draw.chance(config.weeks)
        named = confinable(world.case.profile)
        self._only = {kind: frozenset(code for name in names for code in named[kind][name])
                      for kind, names in sorted(config.only.items())}  # fmt: skip

    def acts(self, day: int) -> bool:
        """Whether it acts on `day`."""
        return day < self._until and (self._chance is None or self._chance(day // 7))

    def touches(self, kind: str, code: int) -> bool:
        """Whether it may touch something; `code`: the number of a product, channel, supplier or location, by kind."""
        return kind not in self._only or code in self._only[kind]


class _Midnight:
    """Acts at midnight, until there is nothing more to do."""

    __slots__ = ("_act", "rank")

    def __init__(self, act: Callable[[int], bool]) -> None:
        self.rank, self._act = 0, act

    def wake(self, now: int) -> int | None:
        """Act, and once more tomorrow if that was not the end of it."""
        return now + DAY if self._act(now) else None


def each_midnight(world: World, act: Callable[[int], bool]) -> None:
    """Call `act(minute)` now and at every midnight to come, as long as it says so."""
    first = _Midnight(act).wake(world.clock.now)
    if first is not None:
        world.clock.add(_Midnight(act), first)


def follow(world: World, scope: Scope, turn: Callable[[bool, int], None]) -> None:
    """Call `turn(on, minute)` now and whenever `scope` begins or ceases to act: for what is set, and put right again."""
    was = {"on": False}

    def look(now: int) -> bool:
        acts = scope.acts(now // DAY)
        if acts != was["on"]:
            was["on"] = acts
            turn(acts, now)
        return True

    each_midnight(world, look)


def set_for_all(world: World, event: str) -> None:
    """Mark that something is set now for the whole system."""
    world.marks.note(event, keys.root(keys.SETTING, 0), world.clock.now)


def set_for_product(world: World, event: str, sku: int) -> None:
    """Mark that something is set now for a product."""
    world.marks.note(event, keys.root(keys.PRODUCT, sku), world.clock.now)


def confinable(profile: Profile) -> dict[str, dict[str, list[int]]]:
    """What an event can be confined to: by kind, the codes behind each name that a scenario may use."""
    products: dict[str, list[int]] = {category.name: [] for category in profile.catalogue.categories}
    first = 0
    for category in profile.catalogue.categories:
        products[category.name] += range(first, first + category.products)
        first += category.products
    suppliers: dict[str, list[int]] = {}
    first = 0
    for group in profile.supply.groups:
        suppliers[group.name] = list(range(first, first + group.suppliers))
        first += group.suppliers
    return {
        "product": products,
        "channel": {channel.name: [n] for n, channel in enumerate(profile.channels)},
        "supplier": suppliers,
        "location": {place.name: [n] for n, place in enumerate(profile.locations)},
    }


def features(profile: Profile) -> frozenset[str]:
    """What a business has that an event may need."""
    groups, kinds = profile.supply.groups, {channel.kind for channel in profile.channels}
    places = {place.name: place.kind for place in profile.locations}
    served = ("third_party", "amazon", "office")
    places = {place.name: place.kind for place in profile.locations}
    has = {
        profile.ledger: True,
        "own stock": profile.inventory_tracking,
        "drop shippers": bool(profile.supply.drop_shippers),
        "gateway": bool(profile.gateways),
        "own parcels": any(
            channel.kind in ("shopify", "amazon_mfn") and channel.gateways
            and places.get(channel.location) not in ("third_party", "amazon", "office") for channel in profile.channels
        ),
        "many suppliers": profile.supply.suppliers >= _MANY,
        "sales tax": any(channel.tax.value for channel in profile.channels),
        "single payments": any(
            channel.gateways and channel.capture == "fulfilment" and all(
                types.payments == "Individual" for types in profile.sync.channels if types.name == channel.name
            )
            for channel in profile.channels
        ),
        "several gateways": len(profile.gateways) > 1,
        "several channels": len(profile.channels) > 1,
        "several locations": len(profile.locations) > 1,
        "customers on account": any(channel.account for channel in profile.channels),
        "amazon": bool(kinds & {"amazon_mfn", "amazon_fba"}),
        "edi": "edi" in kinds,
        "cancellations": any(channel.demand.cancelled.value for channel in profile.channels),
        "web shop": "shopify" in kinds,
        "third party": any(place.kind == "third_party" for place in profile.locations),
        "accrual": profile.supply.accrual,
        "stock first": any(group.approach == "STOCK" for group in groups),
        # The goods of one such group are booked in by the business's own people.
        "own dock": any(group.approach == "STOCK" and places[group.deliver_to or profile.locations[0].name] not in served
                        for group in groups),
        "released together": any(group.approach == "INVOICE" and group.advanced
                                 and places[group.deliver_to or profile.locations[0].name] not in served for group in groups),
        "own shelf": profile.inventory_tracking and any(kind not in served for kind in places.values()),
        "own transfers": profile.transfers is not None and any(
            places[route.destination] != "third_party" for route in profile.transfers.routes),
        "bill first": any(group.approach == "INVOICE" for group in groups),
        "landed cost": any(group.freight.value or group.duty.value for group in groups),
        "short deliveries": any(group.short_delivery.value for group in groups),
        "price changes": any(group.price_change.value for group in groups),
        "transfers": profile.transfers is not None,
        "manufacturing": profile.manufacturing is not None,
        "stocktakes": profile.stocktakes is not None,
        "own accounts": any(rule.category and not rule.channel and rule.revenue for rule in profile.account_rules),
        "batches": any(category.costing == "FEFO - Batch" for category in profile.catalogue.categories),
        "families": profile.catalogue.families,
        "a choice of gateways": any(len(channel.gateways) > 1 for channel in profile.channels),
        "captures late": any(of.kind == "shopify" and of.capture == "fulfilment" for of in profile.channels),
        "sales one by one": any(
            channel.gateways and channel.name not in {types.name for types in profile.sync.channels}
            for channel in profile.channels),
        "own warehouse": any(place.kind == "own" for place in profile.locations),
        "invoices one by one": any(
            channel.name not in {types.name for types in profile.sync.channels if types.invoices != "Individual"}
            for channel in profile.channels),
        "orders come first": bool(kinds - {"pos", "amazon_fba"}),
    }
    return frozenset(name for name, there in has.items() if there)


class Event(Protocol):
    """A fault or a decoy."""

    layer: str
    """Layer of origin."""
    headline: str
    """Role of the account that bears its amount; empty for none."""
    looks_like: str
    """For a decoy, the fault it resembles; empty for a fault."""
    stages: tuple[int, ...]
    """Stages of the failure sequence it reaches by itself, given time."""
    may_reach: tuple[int, ...]
    """Further stages that it reaches in some businesses."""
    parameters: dict[str, Parameter]
    inert: dict[str, float]
    """Parameter values at which it does nothing."""
    needs: tuple[str, ...]
    """Features of a business (see `features`) without which it cannot happen."""
    confined_by: tuple[str, ...]
    """Kinds of things it can be confined to (see `confinable`)."""
    must_break: tuple[str, ...]
    """Invariants a case with it breaks."""
    may_break: tuple[str, ...]
    """Invariants it may break besides."""

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Bend a policy of its layer, or enter a dated setting, from now on and within `scope`."""
        ...


def lacks(what: Event | Parameter, profile: Profile) -> tuple[str, ...]:
    """What an event or a parameter needs and a business of `profile` does not have."""
    if not what.needs:
        return ()
    there = features(profile)
    return tuple(need for need in what.needs if need not in there)


def name_of(event: Event) -> str:
    """The name of a fault or decoy: that of its file."""
    return type(event).__module__.rsplit(".", 1)[-1]


def cause_of(event: Event) -> Cause:
    """The cause that an event's docstring describes. Raises ValueError when a section is missing."""
    text = inspect.getdoc(type(event)) or ""
    title, _, body = text.partition("\n\n")
    parts = re.split(rf"^({'|'.join(_SECTIONS)}): ", body, flags=re.MULTILINE)
    found = {_SECTIONS[name]: " ".join(words.split()) for name, words in zip(parts[1::2], parts[2::2], strict=True)}
    missing = [name for name, field in _SECTIONS.items() if not found.get(field)]
    if missing:
        raise ValueError(f"{type(event).__name__}: docstring lacks {', '.join(missing)}")
    return Cause(
        name=name_of(event), title=title.rstrip("."), layer=event.layer, headline=event.headline,
        shows={place: found[place] for place in _PLACES}, summary=found["summary"], mistaken_for=found["mistaken_for"],
        hidden_by=found["hidden_by"], fixed_by=found["fixed_by"], source=found["source"],
    )  # fmt: skip


def settle(event: Event, given: Mapping[str, Any]) -> dict[str, float]:
    """Values of all parameters: those given, else the defaults.

    Raises ValueError, with what is allowed, for an unknown name or a value out of range.
    """
    values = {name: parameter.default for name, parameter in event.parameters.items()}
    for name, value in given.items():
        parameter = event.parameters.get(name)
        if parameter is None:
            raise ValueError(f"{name}: unknown; {name_of(event)} has {', '.join(event.parameters)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not parameter.low <= value <= parameter.high:
            raise ValueError(f"{name}: {value!r} is not a number from {parameter.low:g} to {parameter.high:g}")
        values[name] = float(value)
    return values


def discover(package: str, path: Iterable[str], group: str) -> dict[str, Event]:
    """All events of the house's `package` and of the packages that others offer under an entry-point group, by name.

    Raises ValueError when a package that is offered cannot be imported, or holds a name that is taken.
    """
    events = _events_of(package, path)
    for point in sorted(metadata.entry_points(group=group), key=lambda point: point.value):
        try:
            offered = importlib.import_module(point.value)
        except ImportError as error:
            raise ValueError(f"{point.value}, offered under {group}, cannot be imported: {error}") from error
        more = _events_of(point.value, getattr(offered, "__path__", []))
        taken = sorted(events.keys() & more.keys())
        if taken:
            raise ValueError(f"{point.value}, offered under {group}: there is a {taken[0]} already")
        events |= more
    for event in events.values():
        if not event.looks_like:
            register(cause_of(event))
    return dict(sorted(events.items()))


def _events_of(package: str, path: Iterable[str]) -> dict[str, Event]:
    """In each file of a package the one class that has the file's name."""
    events: dict[str, Event] = {}
    for module in sorted(pkgutil.iter_modules(path), key=lambda module: module.name):
        wanted = module.name.replace("_", "")
        loaded = importlib.import_module(f"{package}.{module.name}")
        for candidate in vars(loaded).values():
            if inspect.isclass(candidate) and candidate.__module__ == loaded.__name__ and candidate.__name__.lower() == wanted:
                events[module.name] = cast("Event", candidate())
    return events
