"""Scenario and profile files: what is well formed loads, and each mistake is one line that names the place."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest

from scenarios import loader
from scenarios.loader import ScenarioError
from sim import setup
from sim.faults.invoice_authorised_shipment_incomplete import InvoiceAuthorisedShipmentIncomplete

PROFILE = (loader.ROOT / "profiles" / "d2c_apparel.toml").read_text(encoding="utf-8")
SCENARIO = """
name = "tiny"
title = "A tiny one"
story = "Somebody looked."
profile = "d2c_apparel"
start = 2025-03-01
months = 2
orders_a_year = 300
"""
FAULT = """
[[faults]]
name = "invoice_authorised_shipment_incomplete"
"""


def complaint(tmp_path: Path, text: str) -> str:
    """The error about a scenario of this text, without the file's folder."""
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        loader.load_scenario(path)
    said = str(error.value)
    assert "\n" not in said
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


def profile_complaint(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """The error about the apparel profile with some texts replaced."""
    text = PROFILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "shop.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        loader.load_profile(path)
    said = str(error.value)
    assert "\n" not in said
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


def test_library_loads_and_each_file_bears_its_name():
    names = loader.library()
    assert {"unshipped_invoices", "healthy_d2c_apparel", "late_collection_at_month_end"} <= set(names)
    for name in names:
        scenario = loader.load_scenario(name)
        assert scenario.name == name
        assert len(scenario.story.split()) > 40, "a trainer needs to know who saw what"
        assert loader.case(scenario).seed == scenario.seed


def test_the_flagship_starts_healthy_and_breaks_in_the_third_month():
    scenario = loader.load_scenario("unshipped_invoices")
    onset = dt.date.fromisoformat(scenario.faults[0].onset)
    assert (onset.year, onset.month) == (scenario.start.year, scenario.start.month + 2)
    assert not loader.load_scenario("healthy_d2c_apparel").faults


def test_profiles_load_under_their_names():
    for name in loader.profiles():
        assert loader.load_profile(name).name == name


def test_required_roles_are_those_the_business_is_founded_with():
    assert set(setup._MAPPED.values()) <= set(loader.ROLES)


def test_case_takes_the_seed_given_else_the_scenarios_own():
    scenario = msgspec.structs.replace(loader.load_scenario("healthy_d2c_apparel"), seed=5)
    assert loader.case(scenario).seed == 5
    assert loader.case(scenario, 0).seed == 0
    with pytest.raises(ScenarioError, match="seed: -1 is negative; a seed is a whole number from 0"):
        loader.case(scenario, -1)


def test_onset_may_be_a_toml_date_a_string_or_nothing(tmp_path):
    path = tmp_path / "tiny.toml"
    for written, read in (("onset = 2025-03-09", "2025-03-09"), ('onset = "2025-03-09"', "2025-03-09"), ("", "")):
        path.write_text(SCENARIO + FAULT + written, encoding="utf-8")
        assert loader.load_scenario(path).faults[0].onset == read


def test_onset_before_the_start_is_active_from_founding(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SCENARIO + FAULT + "onset = 2020-01-01", encoding="utf-8")
    assert loader.load_scenario(path).faults[0].onset == "2020-01-01"


def test_a_profile_may_lie_beside_the_scenario(tmp_path):
    (tmp_path / "shop.toml").write_text(PROFILE, encoding="utf-8")
    path = tmp_path / "tiny.toml"
    path.write_text(SCENARIO.replace('"d2c_apparel"', '"shop.toml"'), encoding="utf-8")
    assert loader.case(loader.load_scenario(path)).profile == loader.load_profile("d2c_apparel")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("unshiped_invoices", "unshiped_invoices: no such scenario; did you mean unshipped_invoices?"),
        ("xyzzy", f"xyzzy: no such scenario; known are {', '.join(loader.library())}"),
        ("nowhere/tiny.toml", "nowhere/tiny.toml: no such file"),
    ],
)
def test_a_scenario_that_is_not_there(word, said):
    with pytest.raises(ScenarioError, match=re.escape(said)):
        loader.load_scenario(word)


def test_a_folder_is_no_scenario(tmp_path):
    (tmp_path / "tiny.toml").mkdir()
    with pytest.raises(ScenarioError, match=r"tiny\.toml: cannot be read: Is a directory"):
        loader.load_scenario(tmp_path / "tiny.toml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("months = 2", "months = ", "not TOML: Invalid value (at line 7, column 10)"),
        ("months = 2", "monhts = 2", "monhts: unknown key; did you mean months?"),
        ("months = 2", "xyz = 2", "xyz: unknown key; allowed are name, title"),
        ("months = 2", "", "months: missing; a whole number from 1 to 36 is needed"),
        ("months = 2", "months = 37", "months: expected int <= 36; allowed is a whole number from 1 to 36"),
        ("months = 2", "months = 0", "months: expected int >= 1; allowed is a whole number from 1 to 36"),
        ("months = 2", 'months = "2"', "months: expected int, got str; allowed is a whole number from 1 to 36"),
        ("months = 2", "months = 2\nseed = -1", "seed: expected int >= 0; allowed is a whole number from 0"),
        ("months = 2", 'months = 2\nsize = "tiny"', "size: unknown size 'tiny'; allowed are small, medium, large"),
        ("months = 2", "months = 2\nfaults = 1", "faults: expected array, got int; allowed is a list"),
        ("2025-03-01", "2025-03-02", "start: 2025-03-02 is not the first of a month"),
        ("2025-03-01", '"March"', "start: invalid RFC3339 encoded date; allowed is a date such as 2025-03-01"),
        ("2025-03-01", "9999-12-01", "start: 9999-12-01 is out of range; allowed are years from 1990 to 2100"),
        ("orders_a_year = 300", "orders_a_year = 600_000", "orders_a_year: expected int <= 500000"),
        ("orders_a_year = 300", "orders_a_year = inf", "orders_a_year: inf is not a figure"),
        ("months = 2\norders_a_year = 300", "months = 36\norders_a_year = 400_000",
         "orders_a_year: 400000 orders a year over 36 months are 1200000 orders; allowed are 500000 in one window"),
        ('"d2c_apparel"', '"d2c_aparel"', "profile: no such profile 'd2c_aparel'; did you mean d2c_apparel?"),
        ('"d2c_apparel"', '"../gone.toml"', "gone.toml: no such file"),
        ('"tiny"', '"../tiny"', "name: '../tiny' is no name; allowed are small letters, digits, _ and -"),
        ('"A tiny one"', '" "', "title: is empty"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_scenario(tmp_path, old, new, said):
    assert old in SCENARIO
    text = SCENARIO.replace(old, new, 1)
    if "gone" in new:
        path = tmp_path / "tiny.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match=re.escape(said)):
            loader.load_scenario(path)
    else:
        assert said in complaint(tmp_path, text)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match=r"tiny\.toml: not TOML: the file is not UTF-8 text"):
        loader.load_scenario(path)


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ('[[faults]]\nname = "invoice_authorised_shipment_incomplet"',
         ("faults[0].name: no such fault 'invoice_authorised_shipment_incomplet'; "
         "did you mean invoice_authorised_shipment_incomplete?")),
        ('[[decoys]]\nname = "xyzzy"', "decoys[0].name: no such decoy 'xyzzy'; known are "),
        ('[[faults]]\nonset = "2025-03-09"', "faults[0].name: missing; a string is needed"),
        (FAULT + 'onst = "2025-03-09"', "faults[0].onst: unknown key; did you mean onset?"),
        (FAULT + 'onset = "9 March"', "faults[0].onset: '9 March' is not a date; allowed is a date such as"),
        (FAULT + 'onset = "2025-02-30"', "faults[0].onset: '2025-02-30' is not a date"),
        (FAULT + 'onset = "2025-W10-1"', "faults[0].onset: '2025-W10-1' is not a date"),
        (FAULT + "onset = 9", "faults[0].onset: expected str, got int; allowed is a string"),
        (FAULT + "onset = 2025-05-01", ("faults[0].onset: 2025-05-01 is after the end of the window; "
                                       "allowed is up to 2025-04-30")),
        (FAULT + "parameters = { shar = 0.1 }", ("faults[0].parameters.shar: invoice_authorised_shipment_incomplete has no "
                                                "such parameter; did you mean share?")),
        (FAULT + "parameters = { share = 1.5 }", ("faults[0].parameters.share: 1.5 is out of range; "
                                                 "allowed is a number from 0 to 1")),
        (FAULT + "parameters = { share = -0.1 }", "faults[0].parameters.share: -0.1 is out of range"),
        (FAULT + "parameters = { share = nan }", "faults[0].parameters.share: nan is not a figure"),
        (FAULT + 'parameters = { share = "all" }', "faults[0].parameters.share: 'all' is out of range"),
        (FAULT + "parameters = { share = true }", "faults[0].parameters"),
        (FAULT + "parameters = { share = 0 }", ("faults[0].parameters: with share 0, invoice_authorised_shipment_incomplete "
                                               "does nothing; leave it out")),
        (FAULT + "parameters = { share = 0.0, entered_after_days = 9 }", "faults[0].parameters: with share 0, "),
        (FAULT + 'until = "soon"', "faults[0].until: 'soon' is not a date; allowed is a date such as"),
        (FAULT + "onset = 2025-04-01\nuntil = 2025-03-09", "faults[0].until: 2025-03-09 is not after the onset, 2025-04-01"),
        (FAULT + "weeks = 0.0", "faults[0].weeks: expected float > 0.0"),
        (FAULT + 'only = { chanel = ["Web shop"] }', ("faults[0].only.chanel: invoice_authorised_shipment_incomplete cannot be "
                                                    "confined by chanel; allowed is channel")),
        (FAULT + 'only = { channel = ["Etsy"] }', "faults[0].only.channel: d2c_apparel has no channel 'Etsy'; there are "),
        (FAULT + "only = { channel = [] }", "faults[0].only.channel: names nothing; leave it out for everything"),
        (FAULT + FAULT, "faults[1].name: invoice_authorised_shipment_incomplete is there twice; once is allowed"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_event(tmp_path, addition, said):
    assert said in complaint(tmp_path, SCENARIO + addition)


def test_an_event_that_does_not_fit_the_business_is_refused_with_those_it_fits(tmp_path, monkeypatch):
    monkeypatch.setattr(InvoiceAuthorisedShipmentIncomplete, "needs", ("manufacturing",))
    said = complaint(tmp_path, SCENARIO + FAULT)
    assert "faults[0].name: invoice_authorised_shipment_incomplete needs manufacturing, which d2c_apparel does not" in said
    assert "it fits manufacturer, omnichannel" in said


def test_a_parameter_that_turns_nothing_in_the_business_is_refused_with_those_it_fits(tmp_path):
    business = SCENARIO.replace('profile = "d2c_apparel"', 'profile = "dropship_catalogue"')
    fault = '[[faults]]\nname = "spend_money_bypass"\nparameters = {{ {} = 0.5 }}\n'
    said = complaint(tmp_path, business + fault.format("to_stock"))
    assert "faults[0].parameters.to_stock: spend_money_bypass's to_stock needs own stock, which dropship_catalogue" in said
    assert "it fits amazon_first, d2c_apparel, manufacturer" in said
    path = tmp_path / "fits.toml"
    path.write_text(business + fault.format("share"), encoding="utf-8")
    loader.load_scenario(str(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mis_pick = { value = 0.002", "mis_pick = { value = 1.002",
         "noise.mis_pick.value: expected float <= 1.0; allowed is a number from 0 to 1"),
        ("mis_pick = { value = 0.002", "mis_pick = { value = -1", "noise.mis_pick.value: expected float >= 0.0"),
        ("mis_pick = { value = 0.002", "mis_pick = { value = nan", "noise.mis_pick.value: nan is not a figure"),
        ("mis_pick = { value = 0.002, source", "mis_pick = { value = 0.002, sauce", "noise.mis_pick.sauce: unknown key"),
        ("values = [15, 14,", "values = [14,", "channels[0].demand.weekday.values: 6 weights; 7 are needed"),
        ("values = [90, 85,", "values = [90, 90, 85,", "channels[0].demand.month.values: 13 weights; 12 are needed"),
        ("values = [2, 1,", "values = [2,", "channels[0].demand.hour.values: 23 weights; 24 are needed"),
        ("[15, 14, 14, 14, 13, 14, 16]", "[0, 0, 0, 0, 0, 0, 0]", "channels[0].demand.weekday.values: all weights are 0"),
        ("[15, 14,", "[-15, 14,", "channels[0].demand.weekday.values[0]: expected int >= 0"),
        ("05-22/05-27", "05-22", "channels[0].demand.promotion_days[0]: '05-22' is no span of days within a year"),
        ("05-22/05-27", "05-27/05-22", "channels[0].demand.promotion_days[0]: '05-27/05-22' is no span"),
        ("07-08/07-14", "07-08/07-32", "channels[0].demand.promotion_days[1]: '07-08/07-32' is no span"),
        ('ledger = "xero"', 'ledger = "sage"', "ledger: unknown ledger 'sage'; allowed is xero"),
        ("small = 1_500", "small = 15_000", "orders_a_year: small, medium and large are not in ascending order"),
        ("price_from_cents = 2_400", "price_from_cents = 4_400",
         "catalogue.categories[0].price_from_cents: is above price_to_cents; allowed is up to 3900"),
        ('code = "SHT"', 'code = "TEE"', "catalogue.categories[1].code: 'TEE' is there 2 times"),
        ('code = "SHT"', 'code = "shirts"', "catalogue.categories[1].code: 'shirts' is no code"),
        ("products = 75", "products = 5_000", "catalogue.categories: 5225 products in all; allowed are 4096"),
        ('role = "customer_credits"\n', 'role = "some"\n', "accounts: no account has the role customer_credits"),
        ('role = "clearing"\nfee', 'role = "nowhere"\nfee', "accounts: no account has the role nowhere; needed are bank"),
        ('share = 1.0\nlocation', 'share = 0.9\nlocation', "channels: the channels' shares add up to 0.9"),
        ('location = "Main Warehouse"', 'location = "Mian Warehouse"', ("channels[0].location: no such location "
         "'Mian Warehouse'; did you mean Main Warehouse?")),
        ('[{ name = "Shopify Payments"', '[{ name = "Shopify"', "channels[0].gateways[0].name: no such gateway 'Shopify'"),
        ('[{ name = "Shopify Payments", share = 1.0 }]', "[]", "channels[0]: customers either pay by gateways"),
        ('kind = "shopify_payments"', 'kind = "amazon"', "gateways[0].kind: an Amazon settlement without Amazon"),
        ('kind = "shopify"', 'kind = "pos"', "channels[0].location: a channel of kind pos cannot sell from a location of"),
        ('kind = "shopify"', 'kind = "amazon_mfn"', "channels[0].gateways: Amazon pays out what it sells"),
        ('kind = "own"', 'kind = "third_party"', "locations[0].kind: a third party's warehouse tells what it does by file"),
        ('capture = "fulfilment"', 'capture = "order"\nresent_order = { value = 0.1, source = "a test" }',
         "channels[0].resent_order: only orders by electronic document"),
        ("ahead_days = { value = 30", "ahead_days = { value = 3", "channels[0].ahead_days: 3 days; an order ahead needs 6"),
        ('capture = "fulfilment"', 'capture = "order"\nquoted = { value = 0.1, source = "a test" }',
         "channels[0]: only a channel of kind 'phone' writes quotes"),
        ('capture = "fulfilment"', ('capture = "order"\nprice_tiers = [{ name = "Trade", customers = 1.0, price_share = 0.5, '
                                    'source = "a test" }]'), "channels[0].price_tiers: only customers who buy on account"),
        ("failed_download =", 'returned_elsewhere = { value = 0.1, source = "a test" }\nfailed_download =',
         "noise.returned_elsewhere: nothing can be brought to a shop"),
        ('kind = "own"', 'kind = "store"', "locations[0].kind: 'store' cannot be the main location"),
        ('role = "equipment"', 'role = "bank"', "accounts[6].role: 'bank' is there 2 times; each role may be there once"),
        ('code = "615"', 'code = "610"', "accounts[2].code: '610' is there 2 times; each code may be there once"),
        ('code = "615"', 'code = "6/15"', "accounts[2].code: expected str matching regex"),
        ('control = "grni"', 'control = "accrual"', "accounts[9].control: unknown control 'accrual'; allowed are inventory"),
        ('control = "grni"', "", "accounts[9].control: the grni account has control ''; 'grni' is needed"),
        ('role = "rent", against', 'role = "rant", against', ("close.overheads[0].role: no account has the role 'rant'; "
                                                             "did you mean rent?")),
        ('against = "prepayments"', 'against = "nothing"', "close.overheads[5].against: no account has the role 'nothing'"),
        ('against = "bank", amount_cents = 420_000', 'against = "prepayments", amount_cents = 420_000',
         "close.overheads[0].against: a cost with a day is paid by bank"),
        ("day = 0, yearly = true", "day = 3, yearly = true", "close.overheads[6].day: what comes once a year is booked at its"),
        ("month = 5\n", "month = 13\n", "holidays[1]: Memorial Day never comes"),
        ("month = 7\nday = 4", "month = 2\nday = 29", "holidays[2]: Independence Day never comes"),
        ('weekday = "thu"', 'weekday = "thursday"', "holidays[4]: Thanksgiving never comes"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_profile(tmp_path, old, new, said):
    assert said in profile_complaint(tmp_path, (old, new))


def test_only_xero_lets_advisers_past_a_lock(tmp_path):
    said = profile_complaint(
        tmp_path, ('ledger = "xero"', 'ledger = "quickbooks"'), ("idle_edit = {", "connects_as_adviser = true\nidle_edit = {")
    )
    assert said.startswith("sync.connects_as_adviser: only Xero lets advisers past")


def test_a_lock_date_in_the_future_is_refused(tmp_path):
    locked = PROFILE.replace("workday = 4", "workday = 4\nlocked_until = 2025-03-31")
    (tmp_path / "shop.toml").write_text(locked, encoding="utf-8")
    text = SCENARIO.replace('profile = "d2c_apparel"', 'profile = "shop.toml"')
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"shop\.toml: close\.locked_until: 2025-03-31 lies in the future of a business"):
        loader.load_scenario(path)
    path.write_text(text.replace("2025-03-01", "2025-04-01"), encoding="utf-8")
    assert loader.load_scenario(path).start == dt.date(2025, 4, 1)


TIER = '{ units_from = 6, discount = 0.1, source = "a test" }'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day_persistence = { value = 0.3", "day_persistence = { value = 1.0",
         "day_persistence.value: 1 would make every day alike"),
        ("at = [0.0, 0.588,", "at = [0.0,", "lines.values: 8 entries; 7 are needed"),
        ("at = [0.0, 0.588,", "at = [0.1, 0.588,", "lines.at: goes from 0.1 to 1; it has to go from 0 to 1"),
        ("at = [0.0, 0.588,", "at = [0.0, 0.888,", "lines.at: 0.83 comes after 0.888; entries ascend"),
        ("values = [0, 1, 2,", "values = [0, 1, 1,", "lines.values: 1 comes after 1; entries ascend"),
        ("values = [0, 1, 2, 3, 4, 5, 6, 9]", "values = [0, 1, 2, 3, 4, 5, 6, 401]",
         "lines.values[7]: expected int <= 400; allowed is a whole number from 0 to 400"),
        ("share = [0.073, 0.149,", "share = [0.073,", "popularity.share: 7 entries; 8 are needed"),
        ("share = [0.073, 0.149,", "share = [0.149, 0.073,", "popularity.share: 0.073 comes after 0.149"),
        ("share = [0.073, 0.149,", "share = [0.011, 0.149,",
         "popularity.share: ranks after the top 0.0033 would be more frequent than those before"),
        ("top = [0.5], share = [0.5]", "top = [1.0], share = [0.5]", "customer_shares.top: 1 comes after 1"),
        ("top = [0.5], share = [0.5]", "top = [0.5], share = [0.0]", "customer_shares.share: 0 comes after 0"),
        ("sizes = [1, 2]", "sizes = [2, 1]", "units.sizes: 1 comes after 2; entries ascend"),
        ("sizes = [1, 2]", "sizes = [1, 2, 3]", "units.weights: 2 entries; 3 are needed"),
        ("sizes = [1, 2]", "sizes = [1, 4_001]", "units.sizes[1]: expected int <= 4000"),
        ("weights = [94, 6]", "weights = [0, 0]", "units.weights: all weights are 0"),
        ("weights = [94, 6]", "weights = [94, 6]\nby_order = 0.8\nby_price = 0.7",
         "units: the squares of by_order, by_price, by_popularity and by_product add up to 1.13; allowed is up to 1"),
        ("promotion_days = [", 'closed_days = ["12-31/01-02"]\npromotion_days = [',
         "closed_days[0]: '12-31/01-02' is no span"),
        ("promotion_days = [", f"tiers = [{TIER}, {TIER}]\npromotion_days = [",
         "tiers[1].units_from: 6 is not above that of the tier before"),
    ],
)  # fmt: skip
def test_a_mistake_in_demand(tmp_path, old, new, said):
    assert f"channels[0].demand.{said}" in profile_complaint(tmp_path, (old, new))


def test_every_required_role_is_asked_for(tmp_path):
    for role in loader.ROLES:
        said = profile_complaint(tmp_path, (f'role = "{role}"\n', f'role = "no_{role}"\n'))
        assert said.startswith(f"accounts: no account has the role {role}; needed are ")


IMPORTS = """
[[supply.groups]]
name = "overseas"
suppliers = 4
terms_days = 45
approach = "INVOICE"
advanced = true
lead_days = { value = 40.0, source = "assumption" }
lead_spread = { value = 0.3, source = "assumption" }
cover_days = 60
safety_days = 20
opening_cover_days = 60
short_delivery = { value = 0.07, source = "assumption" }
price_change = { value = 0.05, source = "assumption" }
price_change_size = { value = 0.05, source = "assumption" }
bill_days = { value = 14.0, source = "assumption" }
deposit = { value = 0.3, source = "assumption" }
freight = { value = 0.08, source = "assumption" }
freight_by = "Quantity"
charge_days = { value = 20.0, source = "assumption" }

[sync]"""
WITH_IMPORTS = [("\n[sync]", IMPORTS), ('code = "OUT",', 'code = "OUT", supply = "overseas",')]


def test_a_business_may_buy_from_several_groups_of_suppliers(tmp_path: Path) -> None:
    text = PROFILE
    for old, new in WITH_IMPORTS:
        text = text.replace(old, new, 1)
    path = tmp_path / "shop.toml"
    path.write_text(text, encoding="utf-8")
    profile = loader.load_profile(path)
    assert [group.name for group in profile.supply.groups] == ["domestic", "overseas"]
    assert [profile.supply.group_of(category) for category in profile.catalogue.categories] == [0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('supply = "overseas"', 'supply = "oversea"'), "catalogue.categories[4].supply: no supply group 'oversea'"),
        (('name = "overseas"', 'name = "domestic"'), "supply.groups[1].name: 'domestic' is there 2 times"),
        (('approach = "INVOICE"', 'approach = "BILL"'), "supply.groups[1].approach: "),
        (('approach = "INVOICE"', 'approach = "STOCK"'), "supply.groups[1].advanced: only goods billed ahead"),
        (('approach = "INVOICE"\nadvanced = true', 'approach = "STOCK"'), "supply.groups[1].deposit: "),
        (("value = 40.0", "value = 5.0"), "supply.groups[1].lead_days: 5 days; a bill ahead of goods needs 14"),
        (('freight_by = "Quantity"', 'freight_by = "Weight"'), "catalogue.categories[4].unit_grams: is 0; freight"),
        (('freight_by = "Quantity"', 'freight_by = "Girth"'), "supply.groups[1].freight_by: "),
        (("charge_days = { value = 20.0", "charge_days = { value = 0.0"), "supply.groups[1].charge_days: is 0"),
        (("suppliers = 4\n", "suppliers = 64\n"), "supply.groups[1].suppliers: 64 suppliers for 25 products"),
        (("advanced = true", 'deliver_to = "Pier 7"'), "supply.groups[1].deliver_to: no such location 'Pier 7'"),
        (("freight_by =", 'blind_receipt = { value = 0.1, source = "x" }\nfreight_by ='), "supply.groups[1].blind_receipt: "),
        (('"invoice"', '"order"'), "supply.cost_correction_dated: "),
    ],
)
def test_impossible_supply_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert profile_complaint(tmp_path, *WITH_IMPORTS, change).startswith(said)


def test_allowed_words_are_named(tmp_path: Path) -> None:
    said = profile_complaint(tmp_path, *WITH_IMPORTS, ('approach = "INVOICE"', 'approach = "BILL"'))
    assert "'STOCK'" in said
    assert "'INVOICE'" in said
WORKS = """
[[locations]]
name = "Workshop"
kind = "own"
cover_days = 10

[[accounts]]
code = "645"
name = "Work in Progress"
type = "CURRENT"
account_class = "ASSET"
role = "wip"
control = "wip"

[[accounts]]
code = "480"
name = "Production Overhead Absorbed"
type = "DIRECTCOSTS"
account_class = "EXPENSE"
role = "overhead_absorbed"

[manufacturing]
location = "Workshop"
making_days = { value = 3.0, source = "assumption" }
usage_noise = { value = 0.3, source = "assumption" }
spoiled = { value = 0.05, source = "assumption" }
taken_apart = { value = 0.02, source = "assumption" }
late_entry = { value = 0.05, source = "assumption" }
wage_rise = { value = 0.01, source = "assumption" }

[[manufacturing.made]]
category = "OUT"
service_cents = 350
components = [{ category = "TEE", quantity = 2, wastage_percent = 5 }, { category = "SHT", quantity = 1, wastage_percent = 0 }]

[transfers]
travel_days = { value = 2.0, source = "assumption" }
short = { value = 0.01, source = "assumption" }
damaged = { value = 0.01, source = "assumption" }
late_entry = { value = 0.05, source = "assumption" }

[[transfers.routes]]
source = "Main Warehouse"
destination = "Workshop"
rule = "fill"
cover_days = 14
categories = ["TEE", "SHT"]

[[transfers.routes]]
source = "Workshop"
destination = "Main Warehouse"
rule = "clear"
cover_days = 0
categories = ["OUT"]

[stocktakes]
months = [6, 12]
branch_cycle_weeks = 12
"""


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        (", shelf_life_days = 30 },", "catalogue.categories[0].shelf_life_days: is for what is kept by batch"),
        (', costing = "LIFO" },', "categories[0].costing: invalid enum value 'LIFO'; allowed is 'FEFO - Batch' or 'FIFO'"),
        (", shelf_life_days = -1 },", "shelf_life_days: expected int >= 0; allowed is a whole number from 0"),
    ],
)
def test_a_mistake_about_batches(tmp_path, addition, said):
    assert said in profile_complaint(tmp_path, (" },\n  { name = \"Shirts\"", f"{addition}\n  {{ name = \"Shirts\""))


def test_what_is_made_is_not_kept_by_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.PROFILE", PROFILE + WORKS)
    said = profile_complaint(tmp_path, ("cost_share = 0.45 }", 'cost_share = 0.45, costing = "FEFO - Batch" }'))
    assert said == "manufacturing.made: OUT is FEFO - Batch; what is made here has costing FIFO"


def test_a_profile_may_make_and_move_things(tmp_path):
    path = tmp_path / "works.toml"
    path.write_text(PROFILE + WORKS, encoding="utf-8")
    profile = loader.load_profile(path)
    assert profile.manufacturing is not None
    assert [place.name for place in profile.locations] == ["Main Warehouse", "Workshop"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "wip"', 'role = "work"', "manufacturing: no account has the role wip"),
        ('role = "overhead_absorbed"', 'role = "absorbed"', "manufacturing: no account has the role overhead_absorbed"),
        ('control = "wip"', 'control = "inventory"', "the wip account has control 'inventory'; 'wip' is needed"),
        ('category = "OUT"', 'category = "OAT"', "manufacturing.made[0].category: no category has the code 'OAT'"),
        ('category = "TEE", q', 'category = "OUT", q', "manufacturing.made[0].components[0].category: OUT is made itself"),
        ('category = "SHT"', 'category = "TEE"', "manufacturing.made[0].components"),
        ('quantity = 2', 'quantity = 0', "components[0].quantity: expected int >= 1; allowed is a whole number above 0"),
        ('rule = "clear"', 'rule = "send"', "routes[1].rule: invalid enum value 'send'; allowed is 'clear' or 'fill'"),
        ('destination = "Workshop"', 'destination = "Store"', "transfers.routes[0].destination: no such location 'Store'"),
        ('source = "Workshop"', 'source = "Store"', "transfers.routes[1].source: no such location 'Store'"),
        ('location = "Workshop"', 'location = "Wrokshop"', "no such location 'Wrokshop'; did you mean Workshop?"),
        ('destination = "Workshop"', 'destination = "Main Warehouse"', "is 'Main Warehouse' like the source"),
        ('categories = ["OUT"]', 'categories = ["OXT"]', "transfers.routes[1].categories[0]: no category has the code"),
        ("months = [6, 12]", "months = [6, 13]", "months[1]: expected int <= 12; allowed is a whole number from 1 to 12"),
        ("[stocktakes]", "[stocktaking]", "stocktaking"),
    ],
)
def test_a_mistake_about_making_and_moving(tmp_path, monkeypatch, old, new, said):
    assert old in WORKS
    monkeypatch.setattr(f"{__name__}.PROFILE", PROFILE + WORKS.replace(old, new, 1))
    assert said in profile_complaint(tmp_path)


@pytest.mark.parametrize(
    ("channel", "types", "said"),
    [
        ("Webshop", 'invoices = "Daily consolidate"', "sync.channels[0].name: no such channel 'Webshop'"),
        ("{}", 'invoices = "Weekly consolidate"', "sync.channels[0].invoices: invalid enum value 'Weekly consolidate'"),
        ("{}", 'cogs = "Consolidate by Amazon settlement"', "Amazon settles only amazon_mfn and amazon_fba channels"),
        ("{}", 'payments = "Daily consolidate"', "sync.channels[0].payments: payments are consolidated with their invoices"),
        ("{}", 'refunds = "Individual"', "sync.channels[0].refunds: unknown key; allowed are name, invoices, cogs, payments"),
    ],
)
def test_a_mistake_about_consolidation(tmp_path, channel, types, said):
    name = loader.load_profile("d2c_apparel").channels[0].name
    path = tmp_path / "shop.toml"
    rules = f'extends = "d2c_apparel"\n[[sync.channels]]\nname = "{channel.format(name)}"\n{types}\n'
    path.write_text(rules, encoding="utf-8")
    with pytest.raises(loader.ScenarioError) as caught:
        loader.load_profile(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


@pytest.mark.parametrize("key", ["calls_per_minute", "calls_per_day", "connections", "attempts"])
def test_a_limit_of_zero_is_refused(tmp_path, key):
    path = tmp_path / "shop.toml"
    path.write_text(f'extends = "d2c_apparel"\n[sync]\n{key} = 0\n', encoding="utf-8")
    with pytest.raises(loader.ScenarioError, match=rf"sync\.{key}: expected int >= 1; allowed is a whole number above 0"):
        loader.load_profile(path)


def test_what_quickbooks_consolidates_are_entries_and_customers_on_account_are_never_consolidated(tmp_path):
    def complaint(profile: str, old: str, new: str) -> str:
        text = (loader.ROOT / "profiles" / f"{profile}.toml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / f"{profile}.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(loader.ScenarioError) as caught:
            loader.load_profile(path)
        return str(caught.value)

    said = complaint("amazon_first", 'payments = "Consolidate by Amazon settlement"\n', "")
    assert "sync.channels[0].payments: consolidated invoices are journal entries in QuickBooks Online" in said
    said = complaint("omnichannel", '[[sync.channels]]\nname = "City Store"', '[[sync.channels]]\nname = "Retailers"')
    assert "sync.channels[0].invoices: customers of Retailers buy on account" in said
