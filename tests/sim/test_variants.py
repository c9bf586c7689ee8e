"""Product families: members differ by their options, no two alike, and what channels list finds the member that has them."""

from __future__ import annotations

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from scenarios import loader
from sim.clock import DAY
from sim.founding import World
from sim.profile import CatalogueConfig, CategoryConfig
from sim.variants import variants

words = st.lists(st.from_regex(r"[A-Z]{1,3}", fullmatch=True), min_size=1, max_size=4, unique=True)
kinds = st.sampled_from([None, [], ["colour"], ["size"], ["colour", "size"], ["size", "colour"]])
ONSET = 15


@given(words, words, st.lists(st.tuples(st.integers(1, 30), kinds), min_size=1, max_size=4), st.booleans())
def test_no_code_and_no_member_of_a_family_occurs_twice(
    sizes: list[str], colours: list[str], made: list[tuple[int, list[str] | None]], families: bool
) -> None:
    categories = [CategoryConfig(f"Category {n}", f"C{n}", count, 100, 200, 0.5, varies=varies)  # type: ignore[arg-type]
                  for n, (count, varies) in enumerate(made)]  # fmt: skip
    members = variants(CatalogueConfig(categories, sizes, colours, families=families))
    assert len(members) == sum(category.products for category in categories)
    assert len({member.sku for member in members}) == len(members)
    related = [member for member in members if member.family]
    assert len({(member.family, member.options) for member in related}) == len(related)
    assert all(member.sku.startswith(f"{member.family}-") for member in related)
    for member in members:
        assert bool(member.family) == any(member.options) == any(member.names)
    assert len({(member.family, member.category, member.names) for member in related}) == len({m.family for m in related})
    if not families and all(varies is None for _, varies in made):
        assert not related


@pytest.mark.parametrize("name", loader.profiles())
def test_every_profile_has_a_range_without_duplicates(name: str) -> None:
    profile = loader.load_profile(name)
    members = variants(profile.catalogue)
    assert len({member.sku for member in members}) == len(members)
    assert all(len(member.sku) <= 50 for member in members), "Cin7 takes up to 50 characters"
    assert any(member.family for member in members) == (name in {"d2c_apparel", "dropship_catalogue", "omnichannel"})


def test_families_are_exported_with_their_members() -> None:
    tables = worlds.frames(worlds.world())
    products, families = tables["cin7/products"], tables["cin7/product_families"].set_index("family")
    own = products[products["family"].notna()]
    assert set(own["family"]) == set(families.index)
    assert families.index.is_unique
    assert not own.duplicated(["family", "option_1", "option_2"]).any()
    assert (own.groupby("family", observed=True)["price_cents"].nunique() == 1).all(), "a family has one price"
    two = families["option_2_name"].notna()
    assert (own["option_2"].notna() == own["family"].map(two).astype(bool)).all()
    assert set(families["option_1_name"]) == {"Colour"}


def test_orders_are_entered_for_the_member_that_has_the_options_of_the_listing() -> None:
    """Two siblings with each other's options: from then on each is sold as the other, and the channel does not know."""
    world = World(worlds.case(5, 2, 3_000))
    names, catalogue = world.lexicon.lists["sku"], world.cin7.catalogue
    settings, now = world.cin7.books.settings, ONSET * DAY + 60
    world.clock.run(now)
    ordered = world.cin7.sales.units_ordered
    one = max(range(len(names)), key=lambda sku: ordered[sku] if catalogue.options[sku][1] else 0)
    other = next(sku for sku in range(len(names)) if sku != one and catalogue.family[sku] == catalogue.family[one])
    was, became = settings.value("Options", names[one]), settings.value("Options", names[other])
    settings.set(now, "Options", names[one], became, 0)
    settings.set(now, "Options", names[other], was, 0)
    assert world.cin7.configuration.matches == {one: other, other: one}
    world.clock.run(world.calendar.days * DAY)
    tables = worlds.frames(world)
    sales = tables["cin7/sales"].set_index("document_key")
    entered = tables["cin7/sale_lines"].merge(sales[["external_id", "created_at"]], left_on="document_key", right_index=True)
    listed = tables["operations/channel_orders"]
    both = entered.merge(listed, left_on=["external_id", "line"], right_on=["order_reference", "line"])
    moment = pd.Timestamp(worlds.START) + pd.Timedelta(days=ONSET, hours=1)
    swap = {names[one]: names[other], names[other]: names[one]}
    expected = both["sku_y"].astype(str)
    after = both["created_at"] > moment
    expected[after] = expected[after].replace(swap)
    assert (both["sku_x"].astype(str) == expected).all()
    assert both.loc[after, "sku_y"].isin(list(swap)).sum() > 3
    shown = tables["cin7/products"].set_index("sku")[["option_1", "option_2"]].astype(str)
    assert " / ".join(shown.loc[names[one]]) == became
    settings.set(world.clock.now, "Options", names[one], was, 0)
    settings.set(world.clock.now, "Options", names[other], became, 0)
    assert not world.cin7.configuration.matches


def test_a_business_without_families_has_none() -> None:
    plain = worlds.profile()
    single = msgspec.structs.replace(plain.catalogue, families=False, categories=[
        msgspec.structs.replace(category, varies=None) for category in plain.catalogue.categories
    ])  # fmt: skip
    world = World(msgspec.structs.replace(worlds.case(1, 1, 300), profile=msgspec.structs.replace(plain, catalogue=single)))
    tables = worlds.frames(world)
    assert tables["cin7/product_families"].empty
    assert tables["cin7/products"]["option_1"].isna().all()
