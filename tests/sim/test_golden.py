"""Golden hashes: whoever changes what the simulation does sees it here, and says so by updating the file.

`pytest tests/sim/test_golden.py --update-golden` rewrites the files and fails; look at the difference, run again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from _pytest.mark.structures import ParameterSet
from support import golden, worlds

from scenarios import loader
from sim.run import run

LIBRARY = sorted((worlds.ROOT / "scenarios" / "library").glob("*.toml"))
GOLDEN = worlds.ROOT / "tests" / "golden"


AT_ONCE = ("healthy_d2c_apparel", "healthy_amazon_first", "healthy_manufacturer")
"""Two ledgers, a third party's warehouse, production; the others with what takes longer."""


def each_scenario() -> list[ParameterSet]:
    """Every scenario of the library."""
    return [pytest.param(path, id=path.stem, marks=() if path.stem in AT_ONCE else pytest.mark.slow) for path in LIBRARY]


@pytest.mark.parametrize("path", each_scenario())
def test_library_scenarios_give_the_same_tables_as_before(path: Path, update_golden: bool) -> None:
    scenario = msgspec.structs.replace(loader.load_scenario(path), orders_a_year=1_200)
    world = run(loader.case(scenario))
    found, file = golden.hashes(world), GOLDEN / f"{path.stem}.json"
    expected = golden.read(file)
    if update_golden and found != expected:
        golden.write(file, found)
    where = golden.first_difference(expected, found)
    assert not where, f"{path.stem}: {where}. If this is meant, run pytest with --update-golden and review {file.name}"


def test_the_library_is_not_empty() -> None:
    assert LIBRARY


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} <= {path.stem for path in LIBRARY}


def test_names_made_up_for_people_are_not_in_the_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = golden.hashes(run(worlds.case(months=1, orders=300)))
    monkeypatch.setattr("sim.founding.pool", lambda seed, count: [f"Somebody Else{n}" for n in range(count)])
    after = golden.hashes(run(worlds.case(months=1, orders=300)))
    assert golden.first_difference(before, after) == ""


def test_a_changed_cent_is_named_with_its_table() -> None:
    before = golden.hashes(worlds.world())
    after = {name: dict(row) for name, row in before.items()}
    after["ledger/journal_lines"]["sha256"] = "another"
    assert golden.first_difference(before, after).startswith("ledger/journal_lines differs")
    assert golden.first_difference(before, before) == ""
