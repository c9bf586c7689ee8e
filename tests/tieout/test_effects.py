"""What each fault does to the books is measured, held against what is expected, and told the same way everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim import decoys, faults
from sim.simulate import Simulation
from tieout.cli import tieout
from tieout.reference import effects
from tieout.reference import faults as catalogue
from tieout.reference.example import (
    BOTH,
    HOMES,
    MEASURES,
    MOVED,
    OVER,
    PASSING,
    RIGHT,
    UNDER,
    Effect,
    Example,
    _sign,
    case_of,
    example,
    home_of,
)
from tieout.reference.expected import _MEANS, ANY, EXPECTED, REASONS, agrees

EVENTS = faults.discover() | decoys.discover()
HINT = "the page is out of date: run `make docs`, look at the difference, commit it"
FAULT = "spend_money_bypass"


# --- what is expected ------------------------------------------------------------------------------------------


def test_the_catalogue_says_something_of_every_measure_of_its_faults() -> None:
    assert len(EXPECTED) == 48
    for name, row in EXPECTED.items():
        assert set(row) == {*MEASURES, "sync"}
        for measure in MEASURES:
            assert row[measure] == ANY or (row[measure] and set(row[measure]) <= set(_MEANS)), f"{name}, {measure}"
        assert row["sync"] in {ANY, "clean", "Failed", "Skipped", "Pending", "Warning"}, name


def test_reasons_are_about_what_is_expected() -> None:
    for name, measure in REASONS:
        assert EXPECTED[name][measure] != ANY, "what depends cannot disagree"


@pytest.mark.parametrize(("series", "how"), [
    ([0, 0, 0], RIGHT), ([0, 9, -10], RIGHT), ([0, 0, 11], OVER), ([-11, -30, -40], UNDER), ([30, 20, 0], PASSING),
    ([-30, 0, 5], PASSING), ([30, -30, 0], BOTH), ([20, 0, -20], BOTH),
])  # fmt: skip
def test_a_sign_says_how_a_measure_is_off(series: list[int], how: str) -> None:
    assert _sign(series, 10) == how


def test_what_is_expected_agrees_with_itself_alone() -> None:
    assert agrees("invoice_authorised_shipment_incomplete", "on hand", OVER)
    assert not agrees("invoice_authorised_shipment_incomplete", "on hand", UNDER)
    assert not agrees("invoice_authorised_shipment_incomplete", "on hand", RIGHT)
    assert agrees("account_mapping_gap_default_account", "revenue", MOVED)
    assert agrees("spend_money_bypass", "ledger inventory", RIGHT)
    assert agrees("lock_date_mirror_drift", "sync", "Failed 12, Pending +3")
    assert not agrees("lock_date_mirror_drift", "sync", "clean")
    assert not agrees("spend_money_bypass", "sync", "Failed 12")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(faults.discover()))
def test_effects_are_as_expected_or_it_is_said_why_not(name: str) -> None:
    apart = set(effects.disagreements(example(name)))
    explained = {measure for fault, measure in REASONS if fault == name}
    assert apart - explained == set(), "measured otherwise than expected, and nobody says why"
    assert explained - apart == set(), "a reason for what agrees"


# --- the example -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_fits_one_of_the_businesses_it_is_shown_in(name: str) -> None:
    assert home_of(EVENTS[name]).name in HOMES


def test_an_example_says_what_the_truth_says() -> None:
    shown, simulation = example(FAULT), Simulation(case_of(EVENTS[FAULT]))
    table, world = simulation.effects_of(FAULT), simulation.world
    rows = table[(table["measure"] == "misstatement") & (table["layer"] == "ledger")]
    for measure, role, sign in (("AP", "payable", -1), ("COGS", "cogs", 1), ("ledger inventory", "inventory", 1)):
        cents = sign * int(rows.loc[rows["account"].isin(world.accounts_for(role)), "cents"].sum())
        assert shown.effects[measure].at_end == cents != 0
    assert shown.effects["on hand"] == Effect(RIGHT, 0)
    assert shown.documents == len({mark.key for mark in world.marks.rows})


def test_a_decoy_leaves_every_measure_right() -> None:
    shown = example("same_amount_next_day")
    assert {effect.sign for effect in shown.effects.values()} == {RIGHT}
    assert shown.documents
    assert not shown.others


def test_an_example_is_told_in_sentences() -> None:
    nothing = {measure: Effect(RIGHT, 0) for measure in MEASURES}
    day = example("same_amount_next_day").onset
    wrong = nothing | {
        "on hand": Effect(OVER, 12), "COGS": Effect(UNDER, -34_56), "AR": Effect(PASSING, 0),
        "revenue": Effect(MOVED, 0, (("Sales", 100), ("Wholesale", -100))),
    }  # fmt: skip
    told = " ".join(catalogue.told(Example("x", "p", day, day, day, 1, wrong, "Failed 3", ("1 (slip)", "4 (books)"), ())))
    assert "1 document, " in told
    for part in ("on hand 12 units too high", "COGS $34.56 too low", "AR was wrong for a time", "Sales $1.00", "Failed 3",
                 "4 (books)"):  # fmt: skip
        assert part in told
    assert "no document" in " ".join(catalogue.told(Example("x", "p", day, day, None, 0, nothing, "clean", (), ())))
    assert "Every balance is right" in " ".join(catalogue.told(Example("x", "p", day, day, day, 2, nothing, "clean", (), ())))


def test_the_command_prints_the_example_unless_told_not_to() -> None:
    with_it = CliRunner().invoke(tieout, ["faults", FAULT])
    without = CliRunner().invoke(tieout, ["faults", FAULT, "--no-example"])
    assert with_it.exit_code == without.exit_code == 0
    assert "in a small business (d2c_apparel)" in with_it.output
    assert "in a small business" not in without.output
    assert " ".join(catalogue.told(example(FAULT))) in " ".join(with_it.output.split())


def test_a_section_has_all_that_its_file_says() -> None:
    event = EVENTS[FAULT]
    cause = faults.contract.cause_of(event)
    text = "\n".join(catalogue.section(FAULT, event))
    for words in (cause.summary, *cause.shows.values(), cause.mistaken_for, cause.hidden_by, cause.fixed_by, cause.source):
        assert words in text
    for knob, parameter in event.parameters.items():
        assert f"`{knob}`: {parameter.meaning}" in text


@pytest.mark.slow
@pytest.mark.parametrize(("name", "page"), [("effects.md", effects.page), ("faults.md", catalogue.page)])
def test_the_committed_page_is_what_the_examples_show(root: Path, name: str, page: object) -> None:
    assert callable(page)
    assert (root / "docs" / name).read_text(encoding="utf-8") == page(), HINT
