"""Profiles whose parts cannot belong to one business are refused, with the reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support import worlds

from scenarios import complexity, loader
from scenarios.contradictions import contradictions
from sim.profile import LocationConfig, Profile, StocktakeConfig

replace = msgspec.structs.replace
SENDER = worlds.sender()


def without_stock(**changes: Any) -> Profile:
    return replace(worlds.profile("dropship_catalogue"), **changes)


def with_stock(**changes: Any) -> Profile:
    return replace(worlds.drop_shipping(), **changes)


def categories(of: Profile, place: int, **changes: Any) -> Any:
    found = list(of.catalogue.categories)
    found[place] = replace(found[place], **changes)
    return replace(of.catalogue, categories=found)


def shippers(of: Profile, *found: Any) -> Any:
    return replace(of.supply, drop_shippers=list(found))


NOTHING_LIES_HERE = "nothing to move, make or count"
IDLE, NAMESAKE = replace(SENDER, name="idle"), replace(SENDER, name="domestic")
PHOTOGRAPHS = worlds.serving().supply.services[0]
OFFICE = LocationConfig("Desk", "office")
CATALOGUE, MIXED, SERVING = worlds.profile("dropship_catalogue"), worlds.drop_shipping(), worlds.serving()
REFUSED = [
    (without_stock(locations=[LocationConfig("Shed", "own")]), "locations[0].kind", "'own' keeps stock"),
    (without_stock(supply=replace(CATALOGUE.supply, groups=MIXED.supply.groups)), "supply.groups", "domestic delivers to a"),
    (without_stock(catalogue=categories(CATALOGUE, 0, supply="")), "catalogue.categories[0].supply", "GRD is bought for stock"),
    (without_stock(stocktakes=StocktakeConfig([4], 0)), "stocktakes", NOTHING_LIES_HERE),
    (without_stock(transfers=worlds.maker().transfers), "transfers", NOTHING_LIES_HERE),
    (without_stock(manufacturing=worlds.maker().manufacturing), "manufacturing", NOTHING_LIES_HERE),
    (with_stock(locations=[*MIXED.locations, OFFICE]), "locations[1].kind", "an office keeps no stock"),
    (with_stock(supply=replace(MIXED.supply, groups=[])), "supply.groups", "nobody delivers to the warehouse"),
    (with_stock(supply=shippers(MIXED, SENDER, SENDER)), "supply.drop_shippers[0].name", "there 2 times"),
    (with_stock(supply=shippers(MIXED, SENDER, NAMESAKE)), "supply.drop_shippers[1].name", "there 2 times"),
    (with_stock(supply=shippers(MIXED, SENDER, IDLE)), "supply.drop_shippers[1].suppliers", "3 suppliers for 0 products"),
    (with_stock(catalogue=categories(MIXED, 0, supply="direct")), "catalogue.categories[1].supply", "comes before what drop"),
    (with_stock(catalogue=categories(MIXED, 5, sold=False)), "catalogue.categories[5].sold", "sends to customers"),
    (with_stock(catalogue=categories(MIXED, 5, costing="FEFO - Batch")), "catalogue.categories[5].costing", "no batch"),
    (replace(SERVING, accounts=MIXED.accounts), "catalogue.services", "no account has the role service_income"),
    (replace(SERVING, catalogue=replace(MIXED.catalogue, services=2 * SERVING.catalogue.services)),
     "catalogue.services[2].code", "there 2 times"),
    (replace(SERVING, supply=replace(SERVING.supply, services=[replace(PHOTOGRAPHS, role="fame")])), "supply.services[0].role",
     "no account has the role 'fame'"),
    (replace(SERVING, supply=replace(SERVING.supply, services=[replace(PHOTOGRAPHS, to_cents=100)])),
     "supply.services[0].from_cents", "allowed is up to 100"),
    (replace(SERVING, catalogue=MIXED.catalogue), "channels[0].services[0].code", "no service has the code 'SVC-WRAP'"),
    (replace(SERVING, channels=[replace(SERVING.channels[0], kind="pos")]), "channels[0].services[0].code", "hands goods over"),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "place", "reason"), REFUSED)
def test_a_contradiction_is_named(profile: Profile, place: str, reason: str) -> None:
    found = dict(contradictions(profile))
    assert reason in found[place]


@pytest.mark.parametrize("code", ["ACC"])
def test_what_never_lies_here_is_neither_moved_nor_made_nor_used(code: str) -> None:
    maker = worlds.maker()
    assert maker.transfers is not None
    assert maker.manufacturing is not None
    route = replace(maker.transfers.routes[0], categories=[code])
    made = replace(maker.manufacturing.made[0], category=code)
    profile = with_stock(
        transfers=replace(maker.transfers, routes=[route]), manufacturing=replace(maker.manufacturing, made=[made])
    )
    found = dict(contradictions(profile))
    assert "ACC never lies here" in found["transfers.routes[0].categories"]
    assert "ACC never lies here" in found["manufacturing.made[0]"]


def test_the_library_contradicts_itself_nowhere() -> None:
    for name in loader.profiles():
        assert list(contradictions(loader.load_profile(name))) == []
    assert list(contradictions(MIXED)) == []


def test_the_loader_says_file_place_and_reason(tmp_path: Any) -> None:
    text = (worlds.PROFILES / "dropship_catalogue.toml").read_text(encoding="utf-8")
    for old, new, said in (
        ("inventory_tracking = false\n", "", "locations[0].kind: 'office' cannot be the main location"),
        ('kind = "office"', 'kind = "own"', "locations[0].kind: 'own' keeps stock, and with inventory_tracking off"),
        ('supply = "bulky"', 'supply = "bulk"', "categories[0].supply: no supply group 'bulk'; did you mean bulky?"),
        (', supply = "bulky"', "", "catalogue.categories[0].supply: is empty"),
        ('kind = "shopify"\n', 'kind = "pos"\n', "channels[0].location: a channel of kind pos cannot sell from"),
    ):
        path = tmp_path / "profile.toml"
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(loader.ScenarioError) as error:
            loader.load_profile(path)
        assert str(error.value).startswith(f"{path}: ")
        assert said in str(error.value)


def test_a_catalogue_without_stock_bears_the_fewest_marks_of_complexity() -> None:
    marks = {name: sum(complexity.marks(loader.load_profile(name)).values()) for name in loader.profiles()}
    assert min(marks, key=lambda name: marks[name]) == "dropship_catalogue"
    assert marks["dropship_catalogue"] == 3
    conditions = {name: complexity.generalist_conditions(loader.load_profile(name)) for name in loader.profiles()}
    assert [name for name, met in conditions.items() if met["inventory tracking off"]] == ["dropship_catalogue"]


def test_what_happens_to_goods_does_not_happen_where_there_are_none(tmp_path: Any) -> None:
    text = (loader.ROOT / "library" / "healthy_dropship_catalogue.toml").read_text(encoding="utf-8")
    for name in ("invoice_authorised_shipment_incomplete", "receipt_not_authorised", "open_purchase_task"):
        path = tmp_path / "scenario.toml"
        path.write_text(f'{text}\n[[faults]]\nname = "{name}"\n', encoding="utf-8")
        with pytest.raises(loader.ScenarioError, match=f"{name} needs "):
            loader.load_scenario(path)
