"""Suites and their sampler: strict reading, exact shares, splits apart, and nothing thin. Generic over a made-up catalogue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import sampler
from scenarios.loader import ScenarioError, load_profile
from scenarios.sampler import Catalogue, Sampler, Secret
from scenarios.suite import Suite, load_suite, suites
from sim.faults.contract import Parameter, confinable, settle


class Made:
    """An event that can be drawn and does nothing."""

    layer = "cin7"
    stages = ()
    must_break = may_break = ()

    def __init__(self, headline: str = "inventory", looks_like: str = "", needs: tuple[str, ...] = ()) -> None:
        self.parameters = {
            "rate": Parameter(0.1, 0.0, 1.0, "a rate", 0.02, 0.5), "days": Parameter(5, 0, 60, "days", 3, 40),
            "late": Parameter(30, 0, 60, "fewer is worse", 50, 10), "style": Parameter(1, 0, 3, "kind"),
        }  # fmt: skip
        self.inert = {"rate": 0.0, "days": 0}
        self.confined_by = ("channel", "product")
        self.headline, self.looks_like, self.needs = headline, looks_like, needs

    def install(self, world: Any, values: Any, scope: Any) -> None:
        """Nothing."""


HEADLINES = ("inventory", "grni", "receivable", "")


def catalogue(faults: int = 48, decoys: int = 24) -> Catalogue:
    found = {f"fault_{n:02d}": Made(HEADLINES[n % 4], needs=("manufacturing",) if n % 9 == 8 else ()) for n in range(faults)}
    alike = {f"decoy_{n:02d}": Made("", looks_like=f"fault_{n:02d}") for n in range(decoys)}
    return Catalogue(found, alike)  # type: ignore[arg-type]


FULL = catalogue()


def drawn(name: str, secret: Secret | None = None) -> tuple[Sampler, list[sampler.Place], list[sampler.Sampled]]:
    of = Sampler(load_suite(name), secret, FULL)
    plan = of.plan()
    return of, plan, [of.draw(place) for place in plan]


@pytest.mark.parametrize("name", suites())
def test_shares_hold_exactly_in_every_split(name: str) -> None:
    of, plan, cases = drawn(name)
    for split in of.suite.splits:
        places = [place for place in plan if place.split == split.name]
        assert len(places) == split.cases
        healthy = sum(not place.faults for place in places)
        assert healthy / split.cases >= of.suite.healthy >= 0.25
        faults, decoys = (sum(len(getattr(place, kind)) for place in places) for kind in ("faults", "decoys"))
        assert decoys >= faults
        assert sum(place.year_end for place in places) == round(of.suite.year_end * split.cases)
        assert {place.profile for place in places} <= set(split.profiles)
    assert len({case.name for case in cases}) == len({case.case.seed for case in cases}) == len(cases)
    sampler.check_distinct(cases)


@pytest.mark.parametrize("name", ["core", "shifted", "look_alikes"])
def test_every_fault_comes_as_often_as_any_other(name: str) -> None:
    of, plan, _ = drawn(name)
    for split in of.suite.splits:
        counts = Counter(fault for place in plan if place.split == split.name for fault in place.faults)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_core_is_large_and_half_of_it_spans_a_year_end() -> None:
    _, plan, cases = drawn("core")
    assert len(cases) >= 1_000
    spanning = 0
    for case in cases:
        scenario = case.case.scenario
        months_in = (scenario.start.month - case.case.profile.close.year_ends_month - 1) % 12
        spanning += months_in + scenario.months > 12
        assert scenario.start.day == 1
    assert spanning == sum(place.year_end for place in plan)
    assert abs(spanning / len(cases) - 0.5) < 0.01
    assert {case.tier for case in cases} == set(sampler.TIERS)


@pytest.mark.parametrize("name", suites())
def test_onsets_lie_anywhere_and_sometimes_before_the_window(name: str) -> None:
    of, _, cases = drawn(name)
    places = []
    early = 0
    for case in cases:
        scenario = case.case.scenario
        last = scenario.start.month - 1 + scenario.months
        days = (dt.date(scenario.start.year + last // 12, last % 12 + 1, 1) - scenario.start).days
        for event in (*scenario.faults, *scenario.decoys):
            if not event.onset:
                early += 1
                continue
            day = (dt.date.fromisoformat(event.onset) - scenario.start).days
            assert 1 <= day <= days - 1 - of.suite.quiet_days
            places.append(day / (days - of.suite.quiet_days))
    assert early
    assert min(places) < 0.15
    assert max(places) > 0.85


@pytest.mark.parametrize("name", suites())
def test_parameters_are_within_what_their_event_allows_and_never_inert(name: str) -> None:
    of, _, cases = drawn(name)
    limits = {split.name: split.severity for split in of.suite.splits}
    for case in cases:
        for event in (*case.case.scenario.faults, *case.case.scenario.decoys):
            known = FULL.faults.get(event.name) or FULL.decoys[event.name]
            values = settle(known, event.parameters)
            assert all(values[name] != still for name, still in known.inert.items())
            assert values["style"] == 1, "what does not make it inert keeps its default"
            assert limits[case.split].low <= case.severity[event.name] <= limits[case.split].high


def test_events_are_drawn_only_where_they_can_happen() -> None:
    _, plan, _ = drawn("core")
    bound = [place for place in plan for fault in place.faults if int(fault[-2:]) % 9 == 8]
    assert bound
    assert {place.profile for place in bound} == {"manufacturer", "omnichannel"}, "the two that make things"


def test_splits_show_other_combinations() -> None:
    _, plan, _ = drawn("compound")
    seen = {split: {(p.profile, p.faults) for p in plan if p.split == split and p.faults} for split in ("train", "test")}
    assert not seen["train"] & seen["test"]
    assert {len(place.faults) for place in plan if place.faults} == {2, 3, 4, 5}
    _, plan, _ = drawn("shifted")
    profiles = {split: {p.profile for p in plan if p.split == split} for split in ("train", "test")}
    assert not profiles["train"] & profiles["test"]


def test_decoys_are_dealt_without_a_look_at_the_faults() -> None:
    _, plan, _ = drawn("core")
    share = {kind: [len(p.decoys) for p in plan if bool(p.faults) is kind] for kind in (True, False)}
    means = [sum(values) / len(values) for values in share.values()]
    assert abs(means[0] - means[1]) < 0.15
    beside = [p for p in plan for d in p.decoys if FULL.decoys[d].looks_like in p.faults]
    assert beside, "sometimes a decoy stands beside its own fault"


def test_the_same_seed_draws_the_same_cases_and_another_does_not() -> None:
    assert drawn("smoke")[2] == drawn("smoke")[2]
    suite = load_suite("smoke")
    other = Sampler(msgspec.structs.replace(suite, seed=suite.seed + 1), None, FULL)
    assert not {other.draw(place).name for place in other.plan()} & {case.name for case in drawn("smoke")[2]}


def test_another_attempt_keeps_what_is_counted_and_draws_the_rest_anew() -> None:
    of, plan, cases = drawn("core")
    place = next(place for place in plan if place.faults)
    again = of.draw(place, 1)
    first = cases[plan.index(place)]
    assert again.name == first.name
    assert again.case.seed != first.case.seed
    assert [e.name for e in again.case.scenario.faults] == [e.name for e in first.case.scenario.faults]
    assert again.case.profile.name == first.case.profile.name


def test_a_secret_hides_the_test_split_and_leaves_the_others_alone() -> None:
    secret = Secret.of("0123456789abcdef0123456789abcdef")
    of, plan, private = drawn("core", secret)
    public = drawn("core")[2]
    for before, after in zip(public, private, strict=True):
        assert (before == after) is (before.split != "test")
    seeds = [case.case.seed for case in private if case.split == "test"]
    assert max(seeds).bit_length() > 120, "nobody tries 128 bits"
    assert of.is_private("test")
    assert not of.is_private("train")
    other = drawn("core", Secret.of("0123456789abcdef0123456789abcdee"))[2]
    assert not {case.name for case in other if case.split == "test"} & {case.name for case in private}
    assert len(plan) == len(private)


@pytest.mark.parametrize("text", ["", "12", "g" * 32, "0" * 33, "0x" + "0" * 30])
def test_a_secret_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ScenarioError, match="32 hexadecimal digits"):
        Secret.of(text)


@given(severity=st.floats(0.0, 1.0))
def test_severity_moves_the_knobs_that_tell_of_it_from_mild_to_severe(severity: float) -> None:
    values = sampler.parameters(Made(), severity)  # type: ignore[arg-type]
    assert set(values) == {"rate", "days", "late"}
    assert values["rate"] == pytest.approx(0.02 + 0.48 * severity, abs=1e-6)
    assert values["days"] == round(3 + 37 * severity)
    assert isinstance(values["days"], int)
    assert values["late"] == round(50 - 40 * severity), "the severe end may be the lower one"


def test_some_events_come_and_go_and_some_are_confined_to_what_the_business_has() -> None:
    _, _, cases = drawn("core")
    events = [(case, event) for case in cases for event in (*case.case.scenario.faults, *case.case.scenario.decoys)]
    assert 0.05 < sum(event.weeks < 1 for _, event in events) / len(events) < 0.15
    confined = [(case, event) for case, event in events if event.only]
    assert confined
    for case, event in confined:
        ((kind, names),) = event.only.items()
        there = confinable(case.case.profile)[kind]
        assert len(there) > 1
        assert set(names) < set(there)


# --- what cannot be drawn ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "faults", "decoys", "words"),
    [
        ("core", 3, 24, "24 faults that apply to its profiles \\(there are 3\\)"),
        ("core", 48, 2, "12 decoys \\(there are 2\\)"),
        ("compound", 1, 8, "12 faults"),
        ("look_alikes", 1, 4, "2 families of faults"),
    ],
)
def test_a_suite_says_in_one_line_what_the_catalogue_lacks(name: str, faults: int, decoys: int, words: str) -> None:
    with pytest.raises(ScenarioError, match=words) as caught:
        Sampler(load_suite(name), None, catalogue(faults, decoys))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"suite {name} cannot be drawn: it needs ")


def test_too_few_decoys_are_refused_when_they_are_dealt() -> None:
    suite = load_suite("smoke")
    many = msgspec.structs.replace(suite, faults=msgspec.structs.replace(suite.faults, low=2, high=3))
    with pytest.raises(ScenarioError, match="room for"):
        Sampler(many, None, catalogue(6, 1)).plan()


def test_the_smoke_suite_can_be_drawn_from_the_present_catalogue() -> None:
    of = Sampler(load_suite("smoke"))
    plan = of.plan()
    assert len(plan) == 24
    assert all(sampler.applies(of.catalogue.faults[name], load_profile(p.profile)) for p in plan for name in p.faults)


# --- reading -------------------------------------------------------------------------------------------------

MINIMAL = """
name = "tiny"
title = "Tiny"
about = ""
seed = 1
years = { low = 2024, high = 2025 }
months = { low = 3, high = 4 }
scale = { low = 0.5, high = 1.0 }
[[splits]]
name = "train"
cases = 4
profiles = ["d2c_apparel"]
severity = { low = 0.2, high = 0.6 }
combinations = { low = 0.0, high = 0.5 }
[[splits]]
name = "test"
cases = 4
profiles = ["amazon_first"]
severity = { low = 0.1, high = 1.0 }
"""


def read(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return load_suite(path)


def test_a_suite_may_be_a_file(tmp_path: Path) -> None:
    assert [split.name for split in read(tmp_path, MINIMAL).splits] == ["train", "test"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 1", "sede = 1", "sede: unknown key"),
        ("seed = 1", "", "seed: missing"),
        ("cases = 4", "cases = 0", r"splits\[0\].cases: .*a whole number above 0"),
        ("amazon_first", "amazon_frist", r"splits\[1\].profiles\[0\]: no such profile 'amazon_frist'; did you mean"),
        ("low = 3, high = 4", "low = 5, high = 4", "months.low: 5 is above high; allowed is up to 4"),
        ("low = 3, high = 4", "low = 3, high = 40", "months.high: .*from 2 to 12"),
        ('name = "test"', 'name = "train"', r"splits\[1\].name: train is there twice"),
        ('name = "test"', 'name = "exam"', r"splits\[1\].name: .*'test' or 'train' or 'validation'"),
        ('"amazon_first"', '"d2c_apparel"', r"splits\[1\].profiles: is that of train"),
        ("low = 0.1, high = 1.0", "low = 0.2, high = 0.6", r"splits\[1\].severity: is that of train"),
        ('about = ""', 'about = ""\nhealthy = 0.1', "healthy: .*0.25"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key_path(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words) as caught:
        read(tmp_path, MINIMAL.replace(old, new))
    assert str(caught.value).startswith(str(tmp_path / "tiny.toml"))
    assert "\n" not in str(caught.value)


def test_an_unknown_suite_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ScenarioError, match="no such suite; did you mean compound"):
        load_suite("compond")
