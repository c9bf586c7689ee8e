"""What a fault or decoy file has to bring, and how such files are found."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import msgspec

from ..causes import Cause, register
from ..founding import World

_SECTIONS = {
    "Operations": "operations", "Cin7": "cin7", "Integration": "integration", "Ledger": "ledger",
    "Mistaken for": "mistaken_for", "Hidden by": "hidden_by", "Fixed by": "fixed_by", "Source": "source", "Cause": "summary",
}  # fmt: skip
_PLACES = ("operations", "cin7", "integration", "ledger")


class Parameter(msgspec.Struct, frozen=True):
    """A knob of a fault or decoy."""

    default: float
    low: float
    high: float
    meaning: str


class Event(Protocol):
    """A fault or a decoy."""

    layer: str
    """Layer of origin."""
    headline: str
    """Role of the account that bears its amount; empty for none."""
    looks_like: str
    """For a decoy, the fault it resembles; empty for a fault."""
    stages: tuple[int, ...]
    """Stages of the failure sequence it should reach by itself, given time."""
    parameters: dict[str, Parameter]
    inert: dict[str, float]
    """Parameter values at which it does nothing."""
    must_break: tuple[str, ...]
    """Invariants a case with it breaks."""
    may_break: tuple[str, ...]
    """Invariants it may break besides."""

    def install(self, world: World, values: Mapping[str, float]) -> None:
        """Bend a policy of its layer, or enter a dated setting, from now on."""
        ...


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


def discover(package: str, path: Iterable[str]) -> dict[str, Event]:
    """All events of a package: in each file the one class that has the file's name."""
    events: dict[str, Event] = {}
    for module in sorted(pkgutil.iter_modules(path), key=lambda module: module.name):
        wanted = module.name.replace("_", "")
        loaded = importlib.import_module(f"{package}.{module.name}")
        for candidate in vars(loaded).values():
            if inspect.isclass(candidate) and candidate.__module__ == loaded.__name__ and candidate.__name__.lower() == wanted:
                event = cast("Event", candidate())
                events[module.name] = event
                if not event.looks_like:
                    register(cause_of(event))
    return events
