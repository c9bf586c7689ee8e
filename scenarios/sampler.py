"""Drawing the cases of a suite: faults, decoys, businesses and windows from a seed, or from a secret for a test split.

Two steps. `plan` deals out what is counted (who is healthy, which fault with which profile, how many decoys), so that
shares hold exactly; `draw` fills one place of the plan with dates and severities, and can be asked for another attempt.
Generic over the catalogue: it knows no single fault. It runs nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from sim import decoys, faults
from sim.draws import Draws, Stream
from sim.faults.contract import Event, confinable, lacks
from sim.profile import Case, EventConfig, Mask, PeopleConfig, Profile, Scenario, StaffChange

from .loader import ScenarioError, load_profile, suggestion
from .suite import Split, Suite, orders_a_year

TIERS = ("easy", "medium", "hard")
SECRET_BYTES = 16
_LONGEST_SEARCH = 400
"""Draws of a set of faults before none is found in a split's share of combinations."""
_MILD = 0.3
"""An event below this severity counts as mild (assumption)."""
_WEEKS = 0.5
"""Share of the weeks in which an intermittent event acts."""
_SHORT_DAYS = 75
"""Evidence of less than this many days after the onset counts as short: two month-ends and the days around them."""


class Catalogue(msgspec.Struct, frozen=True):
    """What may be drawn from."""

    faults: Mapping[str, Event]
    decoys: Mapping[str, Event]

    @classmethod
    def found(cls) -> Catalogue:
        """The catalogue that discovery finds."""
        return cls(faults.discover(), decoys.discover())

    def families(self) -> list[list[str]]:
        """Faults that bear their amount on the same account and so look alike in the ledger, two or more together."""
        by_account: dict[str, list[str]] = {}
        for name, event in self.faults.items():
            if event.headline:
                by_account.setdefault(event.headline, []).append(name)
        return [names for _, names in sorted(by_account.items()) if len(names) > 1]


class Place(msgspec.Struct, frozen=True):
    """One case of a plan: what is counted is settled, the rest is not drawn yet."""

    split: str
    number: int
    profile: str
    faults: tuple[str, ...]
    decoys: tuple[str, ...]
    year_end: bool


class Sampled(msgspec.Struct, frozen=True):
    """A case of a suite, ready to be run."""

    name: str
    """Says nothing: a number that only the seed explains."""
    split: str
    tier: str
    case: Case
    severity: dict[str, float]
    """Of each event, from 0 (mild) to 1 (severe)."""
    attempt: int


class Secret(msgspec.Struct, frozen=True):
    """128 bits from which the seeds of a test split derive."""

    key: bytes

    @classmethod
    def of(cls, text: str) -> Secret:
        """From 32 hexadecimal digits. Raises ScenarioError for anything else."""
        digits = text.strip().lower()
        if len(digits) != 2 * SECRET_BYTES or not all(digit in "0123456789abcdef" for digit in digits):
            raise ScenarioError(f"private seed: {len(text)} characters given; allowed are 32 hexadecimal digits (128 bits)")
        return cls(bytes.fromhex(digits))

    def number(self, purpose: str) -> int:
        """A 256-bit number that nobody can work out who does not know the key."""
        return int.from_bytes(hmac.digest(self.key, f"tieout/{purpose}".encode(), hashlib.sha256), "big")


def applies(event: Event, profile: Profile) -> bool:
    """Whether an event can happen in a business: it has all that the event needs."""
    return not lacks(event, profile)


class Sampler:
    """The cases of one suite."""

    def __init__(self, suite: Suite, secret: Secret | None = None, catalogue: Catalogue | None = None) -> None:
        """Raises ScenarioError, in one line, when the catalogue cannot give what the suite asks for."""
        self.suite, self.secret = suite, secret
        self.catalogue = catalogue or Catalogue.found()
        self._usable = self._usable_faults()
        self._require()

    # --- what there is -------------------------------------------------------------------------------------

    def _usable_faults(self) -> list[str]:
        names = list(self.catalogue.faults)
        if self.suite.draw_from == "families":
            names = [name for family in self.catalogue.families() for name in family]
        known = {**self.catalogue.faults, **self.catalogue.decoys}
        for name in self.suite.only:
            if name not in known:
                raise self._cannot(f"there is no fault {name!r}{suggestion(name, known)}")
        if any(name in self.catalogue.faults for name in self.suite.only):
            names = [name for name in names if name in self.suite.only]
        businesses = [_profile(name) for split in self.suite.splits for name in split.profiles]
        return [name for name in names if any(applies(self.catalogue.faults[name], each) for each in businesses)]

    def _usable_decoys(self) -> dict[str, Event]:
        named = {name: event for name, event in self.catalogue.decoys.items() if name in self.suite.only}
        return named or dict(self.catalogue.decoys)

    def _require(self) -> None:
        needs, suite = self.suite.needs, self.suite
        lacking = []
        families = [family for family in self.catalogue.families() if len(set(family) & set(self._usable)) > 1]
        if len(families) < needs.families:
            lacking.append(f"{needs.families} families of faults that show on one account (there are {len(families)})")
        wanted = max(needs.faults, suite.faults.low)
        if len(self._usable) < wanted:
            lacking.append(f"{wanted} faults that apply to its profiles (there are {len(self._usable)})")
        if len(self.catalogue.decoys) < needs.decoys:
            lacking.append(f"{needs.decoys} decoys (there are {len(self.catalogue.decoys)})")
        alone = [name for split in suite.splits for name in split.profiles if _profile(name).people is None]
        if needs.masks and alone:
            lacking.append(f"staff who hide what they see ({alone[0]} has none who react)")
        if lacking:
            raise self._cannot(f"it needs {'; '.join(lacking)}")

    def _cannot(self, why: str) -> ScenarioError:
        return ScenarioError(f"suite {self.suite.name} cannot be drawn: {why}")

    def _draws(self, split: str) -> Draws:
        if self.secret is not None and split == "test":
            return Draws(self.secret.number(f"{self.suite.name}/{split}"))
        return Draws(self.suite.seed)

    def is_private(self, split: str) -> bool:
        """Whether the seeds of `split` derive from the secret."""
        return self.secret is not None and split == "test"

    # --- the plan ------------------------------------------------------------------------------------------

    def plan(self) -> list[Place]:
        """Every case of the suite, by split, then number. Raises ScenarioError when there is no room for the decoys."""
        return [place for split in self.suite.splits for place in self._plan(split)]

    def _plan(self, split: Split) -> list[Place]:
        draws, suite = self._draws(split.name), self.suite
        healthy = math.ceil(suite.healthy * split.cases)
        order = _shuffled(range(split.cases), draws.stream(f"{split.name}/who is healthy"))
        faulty = split.cases - healthy
        sets = self._fault_sets(split, draws, faulty)
        drawn: dict[int, tuple[str, tuple[str, ...]]] = dict(zip(order[:faulty], sets, strict=True))
        # Healthy businesses are of the same kinds as broken ones: a profile tells nothing.
        kinds = [profile for profile, _ in sets] or list(split.profiles)
        stream = draws.stream(f"{split.name}/healthy profile")
        for n in order[faulty:]:
            drawn[n] = (kinds[stream.between(0, len(kinds) - 1, n)], ())
        ends = set(_shuffled(range(split.cases), draws.stream(f"{split.name}/year-end"))[: round(suite.year_end * split.cases)])
        events = sum(len(names) for _, names in drawn.values())
        chosen = self._decoys(split, draws, {n: profile for n, (profile, _) in drawn.items()}, events)
        return [
            Place(split.name, n, drawn[n][0], drawn[n][1], chosen[n], n in ends) for n in range(split.cases)
        ]  # fmt: skip

    def _fault_sets(self, split: Split, draws: Draws, count: int) -> list[tuple[str, tuple[str, ...]]]:
        """Profile and faults of each faulty case: every fault as often as any other."""
        if self.suite.faults.high > 1:
            return [self._compound(split, draws, n) for n in range(count)]
        names = [name for name in self._usable if self._homes(name, split)]
        if not names:
            raise self._cannot(f"no fault applies to the profiles of {split.name}")
        stream = draws.stream(f"{split.name}/home")
        rounds = _shuffled(names, draws.stream(f"{split.name}/turn"))
        drawn: list[tuple[str, tuple[str, ...]]] = []
        for n in range(count):
            name, turn = rounds[n % len(rounds)], n // len(rounds)
            homes = _shuffled(self._homes(name, split), draws.stream(f"{split.name}/homes of {name}"))
            place = turn % len(homes) if turn < len(homes) else stream.between(0, len(homes) - 1, n)
            drawn.append((homes[place], (name,)))
        return drawn

    def _homes(self, fault: str, split: Split) -> list[str]:
        """The profiles in which the split shows a fault: its share of all, at least one."""
        event = self.catalogue.faults[fault]
        able = [name for name in split.profiles if applies(event, _profile(name))]
        if not able:
            return []
        order = _shuffled(able, Draws(self.suite.seed).stream(f"combinations of {fault}"))
        limits = split.combinations
        kept = [name for n, name in enumerate(order) if limits.low <= (n + 0.5) / len(order) < limits.high]
        return kept or [order[round(limits.low * (len(order) - 1))]]

    def _compound(self, split: Split, draws: Draws, n: int) -> tuple[str, tuple[str, ...]]:
        stream, suite = draws.stream(f"{split.name}/compound"), self.suite
        whole = Draws(suite.seed).stream("combinations of several")
        for attempt in range(_LONGEST_SEARCH):
            profile = split.profiles[stream.between(0, len(split.profiles) - 1, n, 4 * attempt)]
            able = [name for name in self._usable if applies(self.catalogue.faults[name], _profile(profile))]
            wanted = stream.between(suite.faults.low, suite.faults.high, n, 4 * attempt + 1)
            if len(able) < suite.faults.low:
                continue
            picked = _shuffled(able, draws.stream(f"{split.name}/compound/{n}/{attempt}"))[: min(wanted, len(able))]
            names = tuple(sorted(picked))
            if split.combinations.low <= whole.uniform(_number(profile, *names)) < split.combinations.high:
                return profile, names
        raise self._cannot(f"no set of {suite.faults.low} or more faults is left for {split.name}")

    def _decoys(self, split: Split, draws: Draws, homes: Mapping[int, str], events: int) -> dict[int, tuple[str, ...]]:
        """Decoys of each case, dealt without a look at its faults: at least as many as there are faults in all."""
        suite = self.suite
        able = {
            profile: [name for name, event in self._usable_decoys().items() if applies(event, _profile(profile))]
            for profile in sorted(set(homes.values()))
        }
        wanted = max(events, round(suite.decoys_a_case * split.cases))
        room = sum(len(able[profile]) for profile in homes.values())
        if room < events:
            raise self._cannot(f"{split.name} has {events} faults and room for {room} decoys; it needs more decoys that apply")
        stream = draws.stream(f"{split.name}/decoys")
        turns = _shuffled(range(len(homes)), stream)
        counts = dict.fromkeys(homes, 0)
        left, turn = min(wanted, room), 0
        while left:
            n = turns[turn % len(turns)]
            turn += 1
            # Most get one, some none and some several: a second glance at the dice decides whether a turn is taken.
            if counts[n] < len(able[homes[n]]) and (turn > 20 * len(turns) or stream.uniform(n, turn) < 0.5):
                counts[n] += 1
                left -= 1
        return {
            n: tuple(sorted(self._turns_of_decoys(split.name, n, able[homes[n]])[:count])) for n, count in counts.items()
        }

    def _turns_of_decoys(self, split: str, number: int, able: Sequence[str]) -> list[str]:
        """All decoys that a business can have, in the order in which place `number` would take them."""
        return _shuffled(able, self._draws(split).stream(f"{split}/which decoys/{number}"))

    def instead_of(self, place: Place, tried: Collection[str]) -> Place:
        """`place` with the next decoys of its own order in the stead of those of `tried`, as long as there are others."""
        able = [name for name, event in self._usable_decoys().items() if applies(event, _profile(place.profile))]
        fresh = [name for name in self._turns_of_decoys(place.split, place.number, able) if name not in {*place.decoys, *tried}]
        kept = [name for name in place.decoys if name not in tried]
        chosen = [*kept, *fresh][: len(place.decoys)] if fresh else place.decoys
        return msgspec.structs.replace(place, decoys=tuple(sorted(chosen)))

    # --- one case ------------------------------------------------------------------------------------------

    def draw(self, place: Place, attempt: int = 0) -> Sampled:
        """The case of a place in the plan. Another `attempt` has another seed, window, onset and severity."""
        draws, suite = self._draws(place.split), self.suite
        split = next(each for each in suite.splits if each.name == place.split)
        stream = draws.stream(f"{place.split}/{place.number}/{attempt}")
        profile = _profile(place.profile)
        start, months = self._window(place, profile, stream)
        days = (_month(start, months) - start).days
        severity, configs = {}, {}
        for name in (*place.faults, *place.decoys):
            event = self.catalogue.faults.get(name) or self.catalogue.decoys[name]
            low, high = split.severity.low, split.severity.high
            severity[name] = round(low + (high - low) * stream.uniform(_number(name), 1), 3)
            configs[name] = self._config(name, event, severity[name], profile, start, days, stream)
        name = f"{draws.secret(f'name/{place.split}/{place.number}'):016x}"
        seed = draws.secret(f"seed/{place.split}/{place.number}/{attempt}") >> 1
        if self.is_private(place.split):  # 128 bits, so that nobody finds it by trying
            seed = seed << 64 | draws.secret(f"more seed/{place.split}/{place.number}/{attempt}")
        scenario = Scenario(
            name=name, title=suite.title, story="", profile=place.profile, start=start, months=months, size="small",
            orders_a_year=orders_a_year(suite, profile.orders_a_year.small, stream.uniform(_number("orders"))),
            seed=seed, variant=split.variants[stream.between(0, len(split.variants) - 1, _number("variant"))],
            faults=[configs[each] for each in place.faults], decoys=[configs[each] for each in place.decoys],
            reactions=bool(suite.masked),
            staff=_lax(profile.people, stream) if suite.masked and profile.people is not None else [],
        )  # fmt: skip
        return Sampled(name, place.split, self._tier(scenario, severity), Case(scenario, profile, seed), severity, attempt)

    def _config(
        self, name: str, event: Event, severity: float, profile: Profile, start: dt.date, days: int, stream: Stream
    ) -> EventConfig:
        """When an event begins, how bad it is, whether it comes and goes, and what it is confined to."""
        suite, key = self.suite, _number(name)
        early = stream.uniform(key, 2) < suite.before_window
        last = max(1, days - 1 - suite.quiet_days)
        onset = "" if early else (start + dt.timedelta(stream.between(1, last, key, 3))).isoformat()
        weeks = _WEEKS if stream.uniform(key, 4) < suite.intermittent else 1.0
        only: dict[str, list[str]] = {}
        if event.confined_by and stream.uniform(key, 5) < suite.confined:
            kind = event.confined_by[stream.between(0, len(event.confined_by) - 1, key, 6)]
            names = list(confinable(profile)[kind])
            if len(names) > 1:  # confined to the only one there is: not confined
                only = {kind: [names[stream.between(0, len(names) - 1, key, 7)]]}
        return EventConfig(name, onset, weeks=weeks, only=only, parameters=parameters(event, severity))

    def _window(self, place: Place, profile: Profile, stream: Stream) -> tuple[dt.date, int]:
        """First day and months of a window that spans the end of a fiscal year, or does not."""
        suite = self.suite
        months = stream.between(suite.months.low, suite.months.high, _number("months"))
        year = stream.between(suite.years.low, suite.years.high, _number("year"))
        first = profile.close.year_ends_month % 12 + 1  # of a fiscal year
        # Months from the beginning of a fiscal year to that of the window.
        low, high = (13 - months, 11) if place.year_end else (0, 12 - months)
        return _month(dt.date(year, first, 1), stream.between(low, high, _number("start"))), months

    def _tier(self, scenario: Scenario, severity: Mapping[str, float]) -> str:
        """How difficult a case is, by its making: nothing that a detector says enters.

        A point each: for a mild fault, for one that comes and goes or is confined, for little evidence after the onset,
        for no healthy past to compare with, for a decoy that looks like the fault, for every fault after the first, and
        for every decoy of a healthy business.
        """
        end = _month(scenario.start, scenario.months)
        if not scenario.faults:
            return TIERS[min(len(scenario.decoys), len(TIERS) - 1)]
        points = len(scenario.faults) - 1
        names = {fault.name for fault in scenario.faults}
        points += any(severity[name] < _MILD for name in names)
        points += any(fault.weeks < 1.0 or fault.only for fault in scenario.faults)
        onsets = [fault.onset for fault in scenario.faults]
        points += "" in onsets
        points += any(onset and (end - dt.date.fromisoformat(onset)).days < _SHORT_DAYS for onset in onsets)
        points += any(self.catalogue.decoys[decoy.name].looks_like in names for decoy in scenario.decoys)
        return TIERS[min(points, len(TIERS) - 1)]


def parameters(event: Event, severity: float) -> dict[str, float | int | str]:
    """Parameters of an event at a severity from 0 to 1: those that tell how bad it is; the others keep their defaults."""
    values: dict[str, float | int | str] = {}
    for name, of in event.parameters.items():
        if of.mild is None or of.severe is None:
            continue
        value = of.at(severity)
        values[name] = round(value) if type(of.mild) is int and type(of.severe) is int else round(value, 6)
    return values


_LAX = 0.3
"""Discipline that staff have at most where only hidden errors are wanted (assumption)."""
_HABITS: tuple[Mask, ...] = ("recurring_journal", "tie_out_journal", "reopen_without_push")


def _lax(people: PeopleConfig, stream: Stream) -> list[StaffChange]:
    """Staff who make a difference go away sooner than look for its cause, each with habits of their own."""
    changes = []
    for person in people.staff:
        key = _number("staff", person.role)
        habits = None
        if person.role == "accountant":
            habits = [_HABITS[stream.between(0, len(_HABITS) - 1, key)], "revenue_journal", "clearing_to_zero"]
        changes.append(StaffChange(person.role, round(_LAX * stream.uniform(key, 1), 2), None, habits))
    return changes


def describe(sampled: Sampled) -> dict[str, Any]:
    """What the sealed truth says about how a case was drawn; enough to run it again."""
    scenario = sampled.case.scenario
    return {
        "split": sampled.split, "tier": sampled.tier, "attempt": sampled.attempt, "severity": sampled.severity,
        "scenario": {**msgspec.to_builtins(scenario), "seed": f"{sampled.case.seed:x}"},
    }  # fmt: skip


def check_distinct(cases: Sequence[Sampled]) -> None:
    """Raises ScenarioError when two cases are one."""
    for kind, values in (("names", [each.name for each in cases]), ("seeds", [each.case.seed for each in cases])):
        ordered = sorted(values, key=str)
        if any(a == b for a, b in pairwise(ordered)):
            raise ScenarioError(f"two cases of one suite have equal {kind}; another seed of the suite is needed")


@cache
def _profile(name: str) -> Profile:
    return load_profile(name)


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.blake2b("/".join(words).encode(), digest_size=7).digest(), "little")


def _shuffled(items: Sequence[Any], stream: Stream) -> list[Any]:
    """The items in a drawn order. Each is drawn for by its own name, so that another item moves no two of the rest."""
    return sorted(items, key=lambda item: (stream.uniform(_number(str(item))), str(item)))


def _month(first: dt.date, later: int) -> dt.date:
    months = first.year * 12 + first.month - 1 + later
    return dt.date(months // 12, months % 12 + 1, 1)
