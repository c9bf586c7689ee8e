"""Golden hashes: whoever changes what the simulation does sees it here, and says so by updating the file.

`pytest tests/sim/test_golden.py --update-golden` rewrites the files and fails; look at the difference, run again.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from support import golden, worlds

from sim.profile import EventConfig
from sim.run import run

LIBRARY = sorted((worlds.ROOT / "scenarios" / "library").glob("*.toml"))
GOLDEN = worlds.ROOT / "tests" / "golden"


@pytest.mark.parametrize("path", LIBRARY, ids=[path.stem for path in LIBRARY])
def test_library_scenarios_give_the_same_tables_as_before(path: Path, update_golden: bool) -> None:
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    start = scenario["start"] if isinstance(scenario["start"], dt.date) else dt.date.fromisoformat(scenario["start"])
    events = {
        kind: tuple(EventConfig(event["name"], str(event.get("onset", "")), event.get("parameters", {})) for event in scenario.get(kind, ()))
        for kind in ("faults", "decoys")
    }  # fmt: skip
    world = run(worlds.case(scenario.get("seed", 1), scenario["months"], 1_200, start, **events))
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
