"""Reading scenario and profile files strictly: a mistake is one line with file, key path and what is allowed.

Turns TOML into the structs of `sim.profile` and checks what their types cannot say. It knows which events exist and
what a business needs in its chart of accounts; it runs nothing and writes nothing.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec import inspect

from sim.clock import WEEKDAYS, Holiday
from sim.profile import (
    Case,
    ChannelConfig,
    Config,
    DemandConfig,
    EventConfig,
    Profile,
    Scenario,
    Shares,
    SizeConfig,
    SupplyGroupConfig,
    UnitsConfig,
)

from . import setup, staffing
from .contradictions import contradictions

ROOT = Path(__file__).parent
ROLES = (
    "bank", "receivable", "inventory", "stock_in_transit", "payable", "grni", "tax", "supplier_deposits",
    "customer_credits", "equity", "sales", "shipping_income", "cogs", "discrepancy", "payment_fees", "chargebacks",
)  # fmt: skip
"""What every business needs an account for; each role is held by one account."""
CONTROLLED = (
    "inventory", "stock_in_transit", "grni", "receivable", "payable", "transfers_in_transit", "wip",
)  # fmt: skip
"""Roles whose account is explained by a sub-ledger: its `control` has the same name."""
CONTROLS = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable", "clearing")
LEDGERS = ("xero", "quickbooks")
ORDERS_MAX = 500_000
"""Most orders in one window: about 4 GB of memory (assumption: 8 KB an order)."""
PRODUCTS_MAX = 4096
"""Most products of a business: an opening document numbers its lines in 12 bits (sim.keys)."""
SUPPLIERS_MAX = 200
"""Most suppliers and forwarders: a purchase's key numbers them in 8 bits (sim.keys)."""
LEAD_AHEAD_MIN = 14
"""Shortest mean lead time, in days, of goods that are billed before they are delivered."""
AHEAD_MIN = 6
"""Fewest days that `ahead_days` allows for: fewer are soon enough to be sent at once."""
YEARS = (1990, 2100)
_SHARES_OFF = 0.001
"""How far shares that make a whole may be from adding up to 1."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPAN = re.compile(r"(\d{2}-\d{2})/(\d{2}-\d{2})")
_CATEGORY = re.compile(r"[A-Z0-9]{1,8}")
_NAME_MAX = 60
"""Longest name of a category: QuickBooks Online's items have 100 characters (sim.ledger.quickbooks), the rest is the style."""
_LEAP_YEAR = 2024
"""Any leap year will do to tell whether a month and a day exist."""

ConfigT = TypeVar("ConfigT", bound=Config)


class ScenarioError(ValueError):
    """A scenario or profile cannot be used; the text is one line: file, key path, what is wrong, what is allowed."""


def library() -> list[str]:
    """Names of the scenarios that come with tieout, in order."""
    return sorted(path.stem for path in (ROOT / "library").glob("*.toml"))


def profiles() -> list[str]:
    """Names of the profiles that come with tieout, in order."""
    return sorted(path.stem for path in (ROOT / "profiles").glob("*.toml"))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The scenario of that name in the library, or in that file. A profile given as a path is relative to the file.

    Raises ScenarioError.
    """
    path = find(name_or_path, "scenario", ROOT / "library", library())
    scenario = read(path, Scenario)
    if scenario.profile.endswith(".toml"):
        scenario = msgspec.structs.replace(scenario, profile=str(path.parent / scenario.profile))
    _check_scenario(scenario, path)
    return scenario


def load_profile(name_or_path: str | Path) -> Profile:
    """The profile of that name, or in that file. Raises ScenarioError."""
    path = find(name_or_path, "profile", ROOT / "profiles", profiles())
    profile = read(path, Profile)
    _check_profile(profile, path)
    return profile


def case(scenario: Scenario, seed: int | None = None) -> Case:
    """What a run needs: the scenario, its profile, and the seed (by default the scenario's own).

    Raises ScenarioError when the seed is negative or the profile cannot be used.
    """
    chosen = scenario.seed if seed is None else seed
    if chosen < 0:
        raise ScenarioError(f"seed: {chosen} is negative; a seed is a whole number from 0")
    return Case(scenario, load_profile(scenario.profile), chosen)


def suggestion(word: str, known: Iterable[str]) -> str:
    """One name that `word` may have been meant to be, as the end of a sentence; empty when none is near."""
    near = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


# --- files --------------------------------------------------------------------------------------------------


def find(name_or_path: str | Path, what: str, folder: Path, known: list[str]) -> Path:
    """The file behind one of the names `known` in `folder`, or behind a path. Raises ScenarioError with one suggestion."""
    word = str(name_or_path)
    if word in known:
        return folder / f"{word}.toml"
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.name != word or path.is_file():
        return path
    near = suggestion(word, known) or f"; known are {', '.join(known)}, or give a path ending in .toml"
    raise ScenarioError(f"{word or 'an empty name'}: no such {what}{near}")


def read(path: Path, kind: type[ConfigT]) -> ConfigT:
    """A TOML file as `kind`, read strictly. Raises ScenarioError with file, key path and what is allowed."""
    data = _toml(path)
    if kind is Profile:
        data = _extended(data, path)
    _words_for_dates(data)
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{path}: {_in_words(str(error), kind)}") from None


def _extended(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """A profile that `extends` another says only what is different.

    Tables are merged key by key; accounts and holidays add to the other's; every other list takes the place of its own.
    """
    base = data.pop("extends", None)
    if base is None:
        return data
    if not isinstance(base, str) or base not in profiles():
        near = suggestion(str(base), profiles()) or f"; known are {', '.join(profiles())}"
        _fail(path, "extends", f"no such profile {base!r}{near}")
    under = _toml(ROOT / "profiles" / f"{base}.toml")
    if "extends" in under:
        _fail(path, "extends", f"{base} extends another profile itself; a profile that stands alone is needed")
    merged = _merged(under, data)
    for name in ("accounts", "holidays"):
        if isinstance(data.get(name), list):
            merged[name] = under[name] + data[name]
    return merged


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {**under, **over}
    for key, value in over.items():
        # A figure with its source is one thing: it is replaced whole.
        if isinstance(value, dict) and isinstance(under.get(key), dict) and "source" not in value:
            both[key] = _merged(under[key], value)
    return both


def _toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: not TOML: the file is not UTF-8 text") from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{path}: not TOML: {error}".replace("\n", " ")) from None
    _refuse_endless(data, "", path)
    return data


def _refuse_endless(value: Any, place: str, path: Path) -> None:
    """TOML knows nan and inf; no figure of a business is one."""
    if isinstance(value, float) and not math.isfinite(value):
        _fail(path, place, f"{value} is not a figure; a finite number is")
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_endless(item, f"{place}.{key}" if place else key, path)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            _refuse_endless(item, f"{place}[{n}]", path)


def _words_for_dates(data: dict[str, Any]) -> None:
    """An onset may be written as a TOML date or as a string; both come to the same."""
    for kind in ("faults", "decoys"):
        events = data.get(kind)
        for event in events if isinstance(events, list) else ():
            for key in ("onset", "until"):
                if isinstance(event, dict) and type(event.get(key)) is dt.date:
                    event[key] = event[key].isoformat()


def _fail(path: Path, place: str, wrong: str) -> NoReturn:
    line = f"{path}: {place}: {wrong}" if place else f"{path}: {wrong}"
    raise ScenarioError(" ".join(line.split()))


# --- msgspec's complaints in our words ----------------------------------------------------------------------


def _in_words(message: str, kind: type) -> str:
    """The library's message with the path first, as people write it, and what is allowed there."""
    said, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    said = said.replace("`", "")
    unknown = re.fullmatch(r"Object contains unknown field (.*)", said)
    missing = re.fullmatch(r"Object missing required field (.*)", said)
    at = _type_at(kind, place)
    if unknown and isinstance(at, inspect.StructType):
        fields = [field.encode_name for field in at.fields]
        near = suggestion(unknown[1], fields) or f"; allowed are {', '.join(fields)}"
        return f"{_joined(place, unknown[1])}: unknown key{near}"
    if missing:
        return f"{_joined(place, missing[1])}: missing; {_allowed(_type_at(kind, _joined(place, missing[1])))} is needed"
    return f"{place or 'the whole file'}: {said[:1].lower()}{said[1:]}; allowed is {_allowed(at)}"


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _type_at(kind: type, place: str) -> inspect.Type:
    """The declared type at a key path."""
    at: inspect.Type = inspect.type_info(kind)
    for step in re.findall(r"\[[^\]]*\]|[^.\[\]]+", place):
        at = _bare(at)
        if isinstance(at, inspect.StructType):
            at = next((field.type for field in at.fields if field.encode_name == step), inspect.AnyType())
        elif isinstance(at, inspect.ListType):
            at = at.item_type
        elif isinstance(at, inspect.DictType):
            at = at.value_type
    return _bare(at)


def _bare(at: inspect.Type) -> inspect.Type:
    if isinstance(at, inspect.Metadata):
        return _bare(at.type)
    if isinstance(at, inspect.UnionType):  # an optional section: what it is when it is there
        there = [of for of in at.types if not isinstance(of, inspect.NoneType)]
        return _bare(there[0]) if len(there) == 1 else at
    return at


def _allowed(at: inspect.Type) -> str:
    """What a type allows, in words."""
    if isinstance(at, inspect.IntType | inspect.FloatType):
        word = "a whole number" if isinstance(at, inspect.IntType) else "a number"
        limits = [f"{limit:g}" for limit in (at.ge, at.le) if limit is not None]
        if len(limits) == 2:
            return f"{word} from {limits[0]} to {limits[1]}"
        if at.gt is not None:
            return f"{word} above {at.gt:g}"
        return f"{word} from {at.ge:g}" if at.ge is not None else word
    if isinstance(at, inspect.StructType):
        return f"a table with {', '.join(field.encode_name for field in at.fields)}"
    if isinstance(at, inspect.ListType):
        return f"{'a non-empty' if at.min_length else 'a'} list"
    if isinstance(at, inspect.StrType):
        return "a string" if at.pattern is None else f"a string that matches {at.pattern}"
    if isinstance(at, inspect.LiteralType):
        return " or ".join(repr(value) for value in at.values)
    if isinstance(at, inspect.DateType):
        return "a date such as 2025-03-01"
    return "a table" if isinstance(at, inspect.DictType) else "a number or a string"


# --- scenarios ----------------------------------------------------------------------------------------------


def _check_scenario(scenario: Scenario, path: Path) -> None:
    if not _NAME.fullmatch(scenario.name):
        _fail(path, "name", f"{scenario.name!r} is no name; allowed are small letters, digits, _ and -, at most 64")
    if not scenario.title.strip():
        _fail(path, "title", "is empty; a line of text is needed")
    start = scenario.start
    if start.day != 1:
        _fail(path, "start", f"{start} is not the first of a month; a window is made of whole months")
    if not YEARS[0] <= start.year <= YEARS[1]:
        _fail(path, "start", f"{start} is out of range; allowed are years from {YEARS[0]} to {YEARS[1]}")
    sizes = [field.name for field in msgspec.structs.fields(SizeConfig)]
    if scenario.size not in sizes:
        _fail(path, "size", f"unknown size {scenario.size!r}; allowed are {', '.join(sizes)}")
    profile = _profile_of(scenario, path)
    locked = profile.close.locked_until
    if locked is not None and locked >= scenario.start:
        where = find(scenario.profile, "profile", ROOT / "profiles", profiles())
        _fail(where, "close.locked_until", f"{locked} lies in the future of a business that begins on {scenario.start}; "
                                           "allowed is any day before")  # fmt: skip
    yearly = scenario.orders_a_year or getattr(profile.orders_a_year, scenario.size)
    orders = yearly * scenario.months // 12
    if orders > ORDERS_MAX:
        place = "orders_a_year" if scenario.orders_a_year else "months"
        _fail(path, place, f"{yearly} orders a year over {scenario.months} months are {orders} orders; "
                           f"allowed are {ORDERS_MAX} in one window")  # fmt: skip
    for place, wrong in staffing.scenario_problems(scenario, profile):
        _fail(path, place, wrong)
    from sim import decoys, faults  # noqa: PLC0415  (they bring the whole simulator along)

    _check_events("faults", scenario.faults, faults.discover(), scenario, profile, path)
    _check_events("decoys", scenario.decoys, decoys.discover(), scenario, profile, path)


def _profile_of(scenario: Scenario, path: Path) -> Profile:
    """The scenario's profile; a name that is none is a mistake of the scenario, a bad profile file one of its own."""
    if not scenario.profile.endswith(".toml") and scenario.profile not in profiles():
        near = suggestion(scenario.profile, profiles()) or f"; known are {', '.join(profiles())}"
        _fail(path, "profile", f"no such profile {scenario.profile!r}{near}")
    return load_profile(scenario.profile)


def _check_events(
    kind: str, events: list[EventConfig], known: Mapping[str, Any], scenario: Scenario, profile: Profile, path: Path
) -> None:
    seen: set[str] = set()
    for n, event in enumerate(events):
        place = f"{kind}[{n}]"
        if event.name not in known:
            near = suggestion(event.name, known) or f"; known are {', '.join(known)}"
            _fail(path, f"{place}.name", f"no such {kind[:-1]} {event.name!r}{near}")
        if event.name in seen:
            _fail(path, f"{place}.name", f"{event.name} is there twice; once is allowed")
        seen.add(event.name)
        _check_fits(known[event.name], event.name, profile, f"{place}.name", path)
        _check_onset(event.onset, scenario, f"{place}.onset", path)
        _check_until(event, f"{place}.until", path)
        _check_only(event, known[event.name].confined_by, profile, f"{place}.only", path)
        parameters = known[event.name].parameters
        for name, value in event.parameters.items():
            at = f"{place}.parameters.{name}"
            if name not in parameters:
                near = suggestion(name, parameters) or f"; allowed are {', '.join(parameters) or 'none'}"
                _fail(path, at, f"{event.name} has no such parameter{near}")
            low, high = parameters[name].low, parameters[name].high
            if isinstance(value, str) or not low <= value <= high:
                _fail(path, at, f"{value!r} is out of range; allowed is a number from {low:g} to {high:g}")
            _check_fits(parameters[name], f"{event.name}'s {name}", profile, at, path)
        values = {name: parameter.default for name, parameter in parameters.items()} | event.parameters
        if event.parameters and all(values[name] == still for name, still in known[event.name].inert.items()):
            told = ", ".join(f"{name} {still:g}" for name, still in known[event.name].inert.items())
            _fail(path, f"{place}.parameters", f"with {told}, {event.name} does nothing; leave it out, or allow it something")


def _check_fits(what: Any, name: str, profile: Profile, place: str, path: Path) -> None:
    """An event or parameter that needs what the business does not have is refused, with the profiles it fits."""
    from sim.faults.contract import lacks  # noqa: PLC0415  (as above)

    missing = lacks(what, profile)
    if missing:
        fitting = [other for other in profiles() if not lacks(what, load_profile(other))]
        _fail(path, place, f"{name} needs {', '.join(missing)}, which {profile.name} does not have; "
                           f"it fits {', '.join(fitting) or 'no profile of the library'}")  # fmt: skip


def _check_until(event: EventConfig, place: str, path: Path) -> None:
    if not event.until:
        return
    day = _date_of(event.until)
    if day is None:
        _fail(path, place, f"{event.until!r} is not a date; allowed is a date such as 2025-05-12, or nothing for to the end")
    if event.onset and event.until <= event.onset:
        _fail(path, place, f"{event.until} is not after the onset, {event.onset}")


def _check_only(event: EventConfig, kinds: tuple[str, ...], profile: Profile, place: str, path: Path) -> None:
    """Kinds and names of what an event is confined to."""
    from sim.faults.contract import confinable  # noqa: PLC0415  (as above)

    named = confinable(profile)
    for kind, names in event.only.items():
        if kind not in kinds:
            allowed = f"allowed is {', '.join(kinds)}" if kinds else "it acts on everything"
            _fail(path, f"{place}.{kind}", f"{event.name} cannot be confined by {kind}; {allowed}")
        if not names:
            _fail(path, f"{place}.{kind}", "names nothing; leave it out for everything")
        for name in names:
            if name not in named[kind]:
                near = suggestion(name, named[kind]) or f"; there are {', '.join(named[kind])}"
                _fail(path, f"{place}.{kind}", f"{profile.name} has no {kind} {name!r}{near}")


def _date_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _check_onset(onset: str, scenario: Scenario, place: str, path: Path) -> None:
    """Empty or at most the last day; before the start means from founding."""
    if not onset:
        return
    day = _date_of(onset)
    if day is None:
        _fail(path, place, f"{onset!r} is not a date; allowed is a date such as 2025-05-12, or nothing for from founding")
    months = scenario.start.year * 12 + scenario.start.month - 1 + scenario.months
    end = dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(1)
    if day > end:
        _fail(path, place, f"{onset} is after the end of the window; allowed is up to {end}")


# --- profiles -----------------------------------------------------------------------------------------------


def _check_profile(profile: Profile, path: Path) -> None:
    if profile.ledger not in LEDGERS:
        _fail(path, "ledger", f"unknown ledger {profile.ledger!r}; allowed is {', '.join(LEDGERS)}")
    sizes = profile.orders_a_year
    if not sizes.small <= sizes.medium <= sizes.large:
        _fail(path, "orders_a_year", "small, medium and large are not in ascending order")
    _check_catalogue(profile, path)
    _check_channels(profile, path)
    _check_supply(profile, path)
    for n, channel in enumerate(profile.channels):
        _check_demand(channel.demand, f"channels[{n}].demand", path)
    _check_sync(profile, path)
    _check_accounts(profile, path)
    if profile.sync.connects_as_adviser and profile.ledger != "xero":
        _fail(path, "sync.connects_as_adviser", "only Xero lets advisers past a period's lock date; allowed is false")
    _check_transfers(profile, path)
    for place, wrong in setup.problems(profile):
        _fail(path, place, wrong)
    _check_manufacturing(profile, path)
    _check_third_party(profile, path)
    if profile.noise.returned_elsewhere.value and not any(place.kind == "store" for place in profile.locations):
        _fail(path, "noise.returned_elsewhere", "nothing can be brought to a shop: no location is of kind 'store'; 0 is needed")
    for place, wrong in (*contradictions(profile), *staffing.problems(profile)):
        _fail(path, place, wrong)
    for n, holiday in enumerate(profile.holidays):
        if not _exists(holiday):
            _fail(path, f"holidays[{n}]", f"{holiday.name} never comes; allowed is month with day (not 29 February), or month "
                                          f"with weekday ({', '.join(WEEKDAYS)}) and nth (1 to 4, or -1)")  # fmt: skip


def _check_catalogue(profile: Profile, path: Path) -> None:
    categories = profile.catalogue.categories
    for n, category in enumerate(categories):
        place = f"catalogue.categories[{n}]"
        if category.price_from_cents > category.price_to_cents:
            _fail(path, f"{place}.price_from_cents", f"is above price_to_cents; allowed is up to {category.price_to_cents}")
        if not _CATEGORY.fullmatch(category.code):
            _fail(path, f"{place}.code", f"{category.code!r} is no code; allowed are 1 to 8 capital letters and digits")
        if not 1 <= len(category.name.strip()) <= _NAME_MAX:
            _fail(path, f"{place}.name", f"has {len(category.name)} characters; products are named after it in the ledger, and "
                                         f"1 to {_NAME_MAX} are allowed")  # fmt: skip
        if n and category.sold and not categories[n - 1].sold:
            _fail(path, f"{place}.sold", "what no channel sells comes last; allowed is false, or an earlier place in the list")
        if category.shelf_life_days and not category.by_batch:
            _fail(path, f"{place}.shelf_life_days", f"is for what is kept by batch; allowed with {category.costing} is 0")
    if not categories[0].sold:
        _fail(path, "catalogue.categories[0].sold", "nothing would be sold; allowed is true")
    _refuse_twice([category.code for category in categories], "catalogue.categories", "code", path)
    _refuse_twice([category.name for category in categories], "catalogue.categories", "name", path)
    products = sum(category.products for category in categories)
    if products > PRODUCTS_MAX:
        _fail(path, "catalogue.categories", f"{products} products in all; allowed are {PRODUCTS_MAX}")


def _check_channels(profile: Profile, path: Path) -> None:
    """What hangs together: shares, locations, gateways, and what a kind of channel needs."""
    places, gateways = [place.name for place in profile.locations], {gateway.name: gateway for gateway in profile.gateways}
    _refuse_twice(places, "locations", "name", path)
    _refuse_twice([gateway.name for gateway in profile.gateways], "gateways", "name", path)
    _refuse_twice([channel.name for channel in profile.channels], "channels", "name", path)
    if profile.inventory_tracking and profile.locations[0].kind not in ("own", "third_party"):
        _fail(path, "locations[0].kind", f"{profile.locations[0].kind!r} cannot be the main location, where suppliers "
                                         "deliver; allowed are own, third_party")  # fmt: skip
    total = sum(channel.share for channel in profile.channels)
    if abs(total - 1.0) > _SHARES_OFF:
        _fail(path, "channels", f"the channels' shares add up to {total:g}; they have to add up to 1")
    for n, channel in enumerate(profile.channels):
        at = f"channels[{n}]"
        if channel.location not in places:
            near = suggestion(channel.location, places) or f"; known are {', '.join(places)}"
            _fail(path, f"{at}.location", f"no such location {channel.location!r}{near}")
        for m, share in enumerate(channel.gateways):
            if share.name not in gateways:
                near = suggestion(share.name, gateways) or f"; known are {', '.join(gateways) or 'none'}"
                _fail(path, f"{at}.gateways[{m}].name", f"no such gateway {share.name!r}{near}")
        if channel.gateways and not sum(share.share for share in channel.gateways):
            _fail(path, f"{at}.gateways", "all shares are 0; at least one above 0 is needed")
        if bool(channel.gateways) == (channel.account is not None):
            _fail(path, at, "customers either pay by gateways or buy on account: exactly one of gateways and account is needed")
        _check_kind(channel, at, profile, path)
    for n, gateway in enumerate(profile.gateways):
        kinds = [channel.kind for channel in profile.channels if gateway.name in [share.name for share in channel.gateways]]
        if not kinds:
            _fail(path, f"gateways[{n}]", f"no channel uses {gateway.name}; a gateway needs one")
        if gateway.kind == "amazon" and not all(kind.startswith("amazon") for kind in kinds):
            _fail(path, f"gateways[{n}].kind", "an Amazon settlement without Amazon: only amazon_mfn and amazon_fba channels "
                                               "are settled by Amazon")  # fmt: skip


def _check_kind(channel: ChannelConfig, at: str, profile: Profile, path: Path) -> None:
    kind = next(place.kind for place in profile.locations if place.name == channel.location)
    allowed = {"amazon_fba": ("amazon",), "pos": ("store",)}.get(channel.kind, ("own", "store", "third_party", "office"))
    if kind not in allowed:
        _fail(path, f"{at}.location", f"a channel of kind {channel.kind} cannot sell from a location of kind {kind}; "
                                      f"allowed are {', '.join(allowed)}")  # fmt: skip
    settled = {gateway.name for gateway in profile.gateways if gateway.kind == "amazon"}
    if channel.kind.startswith("amazon") and not all(share.name in settled for share in channel.gateways):
        _fail(path, f"{at}.gateways", "Amazon pays out what it sells; only a gateway of kind amazon is possible here")
    if channel.ordered_ahead.value:
        if channel.kind in ("pos", "amazon_fba"):
            _fail(path, f"{at}.ordered_ahead", f"what a channel of kind {channel.kind} sells is gone at once; 0 is needed")
        if channel.ahead_days.value < AHEAD_MIN:
            _fail(path, f"{at}.ahead_days", f"{channel.ahead_days.value:g} days; an order ahead needs {AHEAD_MIN}")
    if channel.kind != "phone" and (channel.quoted.value or channel.lost_quotes.value):
        _fail(path, at, "only a channel of kind 'phone' writes quotes; quoted and lost_quotes of 0 are needed")
    if channel.kind != "edi" and channel.resent_order.value:
        _fail(path, f"{at}.resent_order", "only orders by electronic document come twice; allowed with kind 'edi'")
    if channel.price_tiers:
        _check_tiers(channel, at, path)
    if channel.kind == "pos" and channel.account is not None:
        _fail(path, f"{at}.account", "customers at the till do not buy on account; gateways are needed")


def _check_tiers(channel: ChannelConfig, at: str, path: Path) -> None:
    """Several price lists are for customers who are known, and the first is the channel's own."""
    tiers = channel.price_tiers
    if channel.account is None:
        _fail(path, f"{at}.price_tiers", "only customers who buy on account have price lists of their own; account is needed")
    _refuse_twice([tier.name for tier in tiers], f"{at}.price_tiers", "name", path)
    for n, tier in enumerate(tiers):
        if not tier.name.strip() or "/" in tier.name or "," in tier.name:
            _fail(path, f"{at}.price_tiers[{n}].name", f"{tier.name!r} is no name; letters, digits and spaces are allowed")
        if not tier.price_share:
            _fail(path, f"{at}.price_tiers[{n}].price_share", "is 0; a price list needs a share above 0 of list prices")
    total = sum(tier.customers for tier in tiers)
    if abs(total - 1.0) > _SHARES_OFF:
        _fail(path, f"{at}.price_tiers", f"the shares of customers add up to {total:g}; they have to add up to 1")
    if channel.price_share != tiers[0].price_share:
        _fail(path, f"{at}.price_share", f"is {channel.price_share:g}; with price tiers, it is the first one's, "
                                         f"{tiers[0].price_share:g}")  # fmt: skip


def _check_supply(profile: Profile, path: Path) -> None:
    groups, categories = profile.supply.groups, profile.catalogue.categories
    names, places = [group.name for group in groups], [location.name for location in profile.locations]
    known = [*names, *(shipper.name for shipper in profile.supply.drop_shippers)]
    _refuse_twice(names, "supply.groups", "name", path)
    for n, category in enumerate(categories):
        if category.supply and category.supply not in known:
            near = suggestion(category.supply, known) or f"; known are {', '.join(known)}"
            _fail(path, f"catalogue.categories[{n}].supply", f"no supply group {category.supply!r}{near}")
        if not (category.supply or groups):
            _fail(path, f"catalogue.categories[{n}].supply", "is empty, and there is no supply group; the name of "
                                                             "a drop shipper is needed")  # fmt: skip
    parties = profile.supply.suppliers + profile.supply.direct_suppliers + len(groups) + len(profile.supply.services)
    if parties > SUPPLIERS_MAX:
        _fail(path, "supply.groups", f"{parties} suppliers and forwarders in all; allowed are {SUPPLIERS_MAX}")
    for n, group in enumerate(groups):
        place = f"supply.groups[{n}]"
        _check_lead(group, place, path)
        if group.deliver_to and group.deliver_to not in places:
            near = suggestion(group.deliver_to, places) or f"; known are {', '.join(places)}"
            _fail(path, f"{place}.deliver_to", f"no such location {group.deliver_to!r}{near}")
        products = sum(c.products for c in categories if (c.supply or names[0]) == group.name)
        if products < group.suppliers:
            _fail(path, f"{place}.suppliers", f"{group.suppliers} suppliers for {products} products; each needs one to supply")
        if (group.freight.value or group.duty.value) and not group.charge_days.value:
            _fail(path, f"{place}.charge_days", "is 0; freight and duty are billed some days after the delivery")
        if group.new_price_list.value and not group.new_price_size.value:
            _fail(path, f"{place}.new_price_size", "is 0; a new price list changes prices")
        weighed = {"Weight": "unit_grams", "Volume": "unit_cm3"}.get(group.freight_by)
        if group.freight.value and weighed:
            for k, category in enumerate(categories):
                if (category.supply or names[0]) == group.name and not getattr(category, weighed):
                    _fail(path, f"catalogue.categories[{k}].{weighed}",
                          f"is 0; freight of group {group.name} is spread by {group.freight_by.lower()}")  # fmt: skip


def _check_lead(group: SupplyGroupConfig, place: str, path: Path) -> None:
    """What comes ahead of the goods needs time to do so; what does not cannot be held back for them."""
    if group.approach == "INVOICE":
        if group.lead_days.value < LEAD_AHEAD_MIN:
            _fail(path, f"{place}.lead_days", f"{group.lead_days.value:g} days; a bill ahead of goods needs {LEAD_AHEAD_MIN}")
        if group.blind_receipt.value:
            _fail(path, f"{place}.blind_receipt", "goods billed ahead cannot be received blind; 0 is needed")
    else:
        if group.advanced:
            _fail(path, f"{place}.advanced", "only goods billed ahead are released together; allowed with approach 'INVOICE'")
        if group.deposit.value:
            _fail(path, f"{place}.deposit", "a deposit is settled by a bill ahead of goods; allowed with approach 'INVOICE'")


def _check_demand(demand: DemandConfig, at: str, path: Path) -> None:
    for name, length in (("weekday", 7), ("month", 12), ("hour", 24)):
        values = getattr(demand, name).values
        if len(values) != length:
            _fail(path, f"{at}.{name}.values", f"{len(values)} weights; {length} are needed")
        if not sum(values):
            _fail(path, f"{at}.{name}.values", "all weights are 0; at least one above 0 is needed")
    for name in ("promotion_days", "closed_days"):
        for n, span in enumerate(getattr(demand, name)):
            ends = _SPAN.fullmatch(span)
            if not ends or not (_is_day(ends[1]) and _is_day(ends[2])) or ends[1] > ends[2]:
                _fail(path, f"{at}.{name}[{n}]", f"{span!r} is no span of days within a year; "
                                                   "allowed is month-day/month-day such as 11-24/11-30")  # fmt: skip
    for name in ("popularity", "customer_shares"):
        shares = getattr(demand, name)
        _same_length(shares.top, shares.share, f"{at}.{name}.share", path)
        for key in ("top", "share"):
            _ascending([0.0, *getattr(shares, key), 1.0], f"{at}.{name}.{key}", "between 0 and 1, ends excluded", path)
        _falling(shares, f"{at}.{name}.share", path)
    lines = demand.lines
    _same_length(lines.at, lines.values, f"{at}.lines.values", path)
    for key in ("at", "values"):
        _ascending(getattr(lines, key), f"{at}.lines.{key}", "each above the one before", path)
    if lines.at[0] != 0.0 or lines.at[-1] != 1.0:
        _fail(path, f"{at}.lines.at", f"goes from {lines.at[0]:g} to {lines.at[-1]:g}; it has to go from 0 to 1")
    _check_units(demand.units, at, path)
    if demand.day_persistence.value >= 1.0:
        _fail(path, f"{at}.day_persistence.value", "1 would make every day alike; allowed is a number from 0 to below 1")
    for n, tier in enumerate(demand.tiers[1:], 1):
        if tier.units_from <= demand.tiers[n - 1].units_from:
            _fail(path, f"{at}.tiers[{n}].units_from", f"{tier.units_from} is not above that of the tier before; "
                                                         "tiers ascend")  # fmt: skip


def _check_units(units: UnitsConfig, at: str, path: Path) -> None:
    _same_length(units.sizes, units.weights, f"{at}.units.weights", path)
    _ascending(units.sizes, f"{at}.units.sizes", "each above the one before", path)
    if not sum(units.weights):
        _fail(path, f"{at}.units.weights", "all weights are 0; at least one above 0 is needed")
    explained = units.by_order**2 + units.by_price**2 + units.by_popularity**2 + units.by_product**2
    if explained > 1.0:
        _fail(path, f"{at}.units", "the squares of by_order, by_price, by_popularity and by_product add up to "
                                    f"{explained:.3g}; allowed is up to 1")  # fmt: skip


def _same_length(keys: list[Any], values: list[Any], place: str, path: Path) -> None:
    if len(keys) != len(values):
        _fail(path, place, f"{len(values)} entries; {len(keys)} are needed")


def _ascending(values: Sequence[float], place: str, allowed: str, path: Path) -> None:
    for low, high in pairwise(values):
        if not low < high:
            _fail(path, place, f"{high:g} comes after {low:g}; entries ascend, {allowed}")


def _falling(shares: Shares, place: str, path: Path) -> None:
    """A rank's weight does not grow with the rank: each stretch of the table is flatter than the one before."""
    ends = list(pairwise(zip([0.0, *shares.top, 1.0], [0.0, *shares.share, 1.0], strict=True)))
    slopes = [(high[1] - low[1]) / (high[0] - low[0]) for low, high in ends]
    for n, (before, after) in enumerate(pairwise(slopes)):
        if after > before + 1e-9:
            _fail(path, place, f"ranks after the top {shares.top[n]:g} would be more frequent than those before; "
                               "the share may not grow faster than it did before")  # fmt: skip


def _check_sync(profile: Profile, path: Path) -> None:
    """Which channels' documents go to the ledger together, and what has to go along with what."""
    channels = {channel.name: channel for channel in profile.channels}
    _refuse_twice([types.name for types in profile.sync.channels], "sync.channels", "name", path)
    for n, types in enumerate(profile.sync.channels):
        at = f"sync.channels[{n}]"
        if types.name not in channels:
            near = suggestion(types.name, channels) or f"; known are {', '.join(channels)}"
            _fail(path, f"{at}.name", f"no such channel {types.name!r}{near}")
        channel = channels[types.name]
        for key in ("invoices", "cogs", "payments"):
            sync_type = getattr(types, key)
            if sync_type == "Consolidate by Amazon settlement" and not channel.kind.startswith("amazon"):
                _fail(path, f"{at}.{key}", f"{channel.name} is a channel of kind {channel.kind}; Amazon settles only "
                                           "amazon_mfn and amazon_fba channels")  # fmt: skip
            if "consolidate" in sync_type.lower() and not channel.gateways:
                _fail(path, f"{at}.{key}", f"customers of {channel.name} buy on account; their documents go one by one: "
                                           "'Individual' is allowed")  # fmt: skip
        invoices, payments = types.invoices, types.payments
        if payments not in ("Individual", "No sync", invoices):
            _fail(path, f"{at}.payments", f"payments are consolidated with their invoices; allowed are 'Individual', "
                                          f"'No sync', {invoices!r}")  # fmt: skip
        if profile.ledger == "quickbooks" and "onsolidate" in invoices and payments == "Individual":
            _fail(path, f"{at}.payments", f"consolidated invoices are journal entries in QuickBooks Online, and so are their "
                                          f"payments; {invoices!r} is needed")  # fmt: skip


def _check_accounts(profile: Profile, path: Path) -> None:
    accounts = profile.accounts
    held = {account.role: account for account in accounts}
    for n, account in enumerate(accounts):
        if account.control and account.control not in CONTROLS:
            _fail(path, f"accounts[{n}].control", f"unknown control {account.control!r}; allowed are {', '.join(CONTROLS)}")
    _refuse_twice([account.known_as for account in accounts], "accounts", "code", path)
    in_ledger_only = {role for cost in profile.close.overheads for role in (cost.role, cost.against)}
    for n, account in enumerate(accounts):
        seen = account.control or account.stands_for or account.role in (*ROLES, *CONTROLLED)
        if not account.code and (profile.ledger != "xero" or seen or account.role not in in_ledger_only):
            _fail(path, f"accounts[{n}].code", "is empty; Cin7 does not see an account without a code, so only a cost of "
                                               f"close.overheads may use one, in Xero; {account.role} needs one")  # fmt: skip
    _refuse_twice([account.role for account in accounts], "accounts", "role", path)
    clearing = [gateway.role for gateway in profile.gateways]
    taxing = ["rounding"] if any(channel.tax.value for channel in profile.channels) else []
    needed_roles = (*ROLES, *clearing, *taxing)
    missing = [role for role in needed_roles if role not in held]
    if missing:
        _fail(path, "accounts", f"no account has the role {missing[0]}; needed are {', '.join(needed_roles)}")
    for n, account in enumerate(accounts):
        needed = "clearing" if account.role in clearing else account.role if account.role in CONTROLLED else account.control
        if account.control != needed:
            _fail(path, f"accounts[{n}].control", f"the {account.role} account has control {account.control!r}; "
                                                  f"{needed!r} is needed")  # fmt: skip
    for n, cost in enumerate(profile.close.overheads):
        for key, role in (("role", cost.role), ("against", cost.against)):
            if role not in held:
                _fail(path, f"close.overheads[{n}].{key}", f"no account has the role {role!r}{suggestion(role, held)}")
        if cost.day and cost.yearly:
            _fail(path, f"close.overheads[{n}].day", "what comes once a year is booked at its end; allowed with yearly is 0")
        if cost.day and cost.against != "bank":
            _fail(path, f"close.overheads[{n}].against", "a cost with a day is paid by bank; allowed is 'bank', or day 0")


def _check_manufacturing(profile: Profile, path: Path) -> None:
    config, codes = profile.manufacturing, [category.code for category in profile.catalogue.categories]
    if config is None:
        return
    held = {account.role for account in profile.accounts}
    for role in ("wip", "overhead_absorbed"):
        if role not in held:
            _fail(path, "manufacturing", f"no account has the role {role}; who makes things needs wip and overhead_absorbed")
    made = [of.category for of in config.made]
    for category in profile.catalogue.categories:
        if category.code in made and category.costing != "FIFO":
            _fail(path, "manufacturing.made", f"{category.code} is {category.costing}; what is made here has costing FIFO")
    _refuse_twice(made, "manufacturing.made", "category", path)
    for n, of in enumerate(config.made):
        place = f"manufacturing.made[{n}]"
        _refuse_unknown(of.category, codes, f"{place}.category", path)
        _refuse_twice([part.category for part in of.components], f"{place}.components", "category", path)
        for m, part in enumerate(of.components):
            _refuse_unknown(part.category, codes, f"{place}.components[{m}].category", path)
            if part.category in made:
                _fail(path, f"{place}.components[{m}].category", f"{part.category} is made itself; components are bought")
    places = [place.name for place in profile.locations]
    if config.location and config.location not in places:
        near = suggestion(config.location, places) or f"; known are {', '.join(places)}"
        _fail(path, "manufacturing.location", f"no such location {config.location!r}{near}")
    if config.location not in {"", places[0]}:
        routes = profile.transfers.routes if profile.transfers else []
        for end, purpose in (("destination", "brings components to"), ("source", "takes goods from")):
            if config.location not in [getattr(route, end) for route in routes]:
                _fail(path, "manufacturing.location", f"no route of transfers {purpose} {config.location!r}")


def _check_transfers(profile: Profile, path: Path) -> None:
    codes = [category.code for category in profile.catalogue.categories]
    places = [place.name for place in profile.locations]
    for n, route in enumerate(profile.transfers.routes if profile.transfers else ()):
        place = f"transfers.routes[{n}]"
        for end in ("source", "destination"):
            if getattr(route, end) not in places:
                near = suggestion(getattr(route, end), places) or f"; known are {', '.join(places)}"
                _fail(path, f"{place}.{end}", f"no such location {getattr(route, end)!r}{near}")
        if route.source == route.destination:
            _fail(path, f"{place}.destination", f"is {route.source!r} like the source; another location is needed")
        for m, code in enumerate(route.categories):
            _refuse_unknown(code, codes, f"{place}.categories[{m}]", path)


def _check_third_party(profile: Profile, path: Path) -> None:
    config = profile.third_party
    theirs = [n for n, place in enumerate(profile.locations) if place.kind == "third_party"]
    if config is None:
        if theirs:
            _fail(path, f"locations[{theirs[0]}].kind", "a third party's warehouse tells what it does by file; a table "
                                                        "third_party is needed")  # fmt: skip
        return
    if not theirs:
        _fail(path, "third_party", "no location is of kind 'third_party'; one is needed")
    if config.fetch_minutes % config.orders_minutes:
        _fail(path, "third_party.fetch_minutes",
              f"{config.fetch_minutes} is no multiple of {config.orders_minutes}, the minutes between order files")  # fmt: skip


def _refuse_unknown(code: str, codes: list[str], place: str, path: Path) -> None:
    if code not in codes:
        _fail(path, place, f"no category has the code {code!r}; allowed are {', '.join(codes)}")


def _refuse_twice(values: list[str], place: str, key: str, path: Path) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            last = len(values) - 1 - values[::-1].index(value)
            _fail(path, f"{place}[{last}].{key}", f"{value!r} is there {count} times; each {key} may be there once")


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    except ValueError:
        return False
    return True


def _exists(holiday: Holiday) -> bool:
    """Whether a holiday comes every year."""
    if holiday.day:
        if holiday.weekday or holiday.nth:
            return False
        try:
            dt.date(_LEAP_YEAR + 1, holiday.month, holiday.day)
        except ValueError:
            return False
        return True
    return 1 <= holiday.month <= 12 and holiday.weekday in WEEKDAYS and (1 <= holiday.nth <= 4 or holiday.nth == -1)
