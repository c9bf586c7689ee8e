"""Law 4: same inputs, same bytes; and what was known by an evening does not depend on how the run went on."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import golden, worlds

from sim.clock import DAY
from sim.export import write_case
from sim.founding import World
from sim.run import run
from sim.schema import TABLES, columns

SCRIPT = """
import sys
from pathlib import Path
from sim.export import write_case
from sim.run import run
from support import worlds
write_case(run(worlds.case(seed=11, months=2, orders=900)), Path(sys.argv[1]), sys.argv[2])
"""


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def export_elsewhere(folder: Path, file_format: str, **environment: str) -> dict[str, str]:
    """Export one case from a process of its own."""
    paths = os.pathsep.join([str(worlds.ROOT), str(worlds.ROOT / "tests" / "helpers")])
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), file_format], check=True, cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )  # fmt: skip
    return digest(folder)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_processes_agree_whatever_their_hash_seed_time_zone_and_locale(tmp_path: Path, file_format: str) -> None:
    one = export_elsewhere(tmp_path / "one", file_format, PYTHONHASHSEED="0", TZ="Pacific/Auckland", LC_ALL="C")
    other = export_elsewhere(tmp_path / "other", file_format, PYTHONHASHSEED="4242", TZ="America/Los_Angeles", LC_ALL="C.UTF-8")
    assert one == other
    assert len(one) == len(TABLES) + 1


def test_writing_twice_gives_the_same_files(tmp_path: Path) -> None:
    world = worlds.world()
    write_case(world, tmp_path / "one")
    write_case(world, tmp_path / "two")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_running_twice_gives_the_same_tables() -> None:
    assert golden.hashes(run(worlds.case(seed=5))) == golden.hashes(run(worlds.case(seed=5)))


def test_another_seed_gives_another_business() -> None:
    one, other = golden.hashes(worlds.world(seed=1)), golden.hashes(worlds.world(seed=2))
    same = {name for name in TABLES if one[name] == other[name] and one[name]["rows"]}
    # Charts, maps, opening settings and the days of the close are those of the profile and the calendar.
    assert same <= {
        "ledger/accounts", "cin7/account_mapping", "cin7/product_families",
        "operations/operating_rules", "integration/item_map", "ledger/items",
        "integration/channel_sku_map", "integration/settings_log", "ledger/settings_log", "ledger/lock_dates",
        "ledger/item_accounts",
    }  # fmt: skip


def test_no_clock_of_this_machine_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ruff bans the calls; here they are made to fail."""
    write_case(worlds.world(), tmp_path / "warm", "csv")  # imports and word lists are loaded by now

    def read_a_clock(*_: object, **__: object) -> None:
        raise AssertionError("somebody asked for the time of day")

    class NoDate(dt.date):
        today = classmethod(read_a_clock)

    class NoDateTime(dt.datetime):
        now = utcnow = today = classmethod(read_a_clock)

    for name in ("time", "time_ns", "localtime", "gmtime"):
        monkeypatch.setattr(f"time.{name}", read_a_clock)
    monkeypatch.setattr("datetime.datetime", NoDateTime)
    monkeypatch.setattr("datetime.date", NoDate)
    write_case(run(worlds.case(seed=8, months=1, orders=300)), tmp_path / "case", "csv")
    assert (tmp_path / "case" / "manifest.json").exists()


def known_rows(world: World, name: str, minutes: int) -> list[tuple[int, ...]]:
    """Rows of a table that the system had learnt before minute `minutes`."""
    matrices = {rows.name: rows.matrix() for rows in world.tables()}
    fact = TABLES[name]
    rows, names = matrices[name], list(columns(fact))
    known = fact.TABLE.known
    if fact.TABLE.parent:
        parent = TABLES[fact.TABLE.parent]
        parents, parent_names = matrices[fact.TABLE.parent], list(columns(parent))
        key, moment = (parents[:, parent_names.index(name)].tolist() for name in (known, parent.TABLE.known))
        when = dict(zip(key, moment, strict=True))
        return [tuple(row) for row in rows.tolist() if when[row[names.index(known)]] < minutes]
    if not known:
        return [tuple(row) for row in rows.tolist()]
    unit = DAY if columns(fact)[known].kind == "day" else 1
    return [tuple(row) for row in rows.tolist() if row[names.index(known)] * unit < minutes]


@pytest.mark.parametrize("day", [0, 3, 9, 17, 23, 30, 38, 44, 51])
def test_an_evening_as_of_then_is_the_same_as_a_run_that_stopped_there(day: int) -> None:
    busy = {"seed": 4, "orders": 3_000}
    whole, stopped = worlds.world(**busy), run(worlds.case(**busy), until_day=day)
    for name in TABLES:
        everything = known_rows(stopped, name, 10**9)
        assert known_rows(whole, name, (day + 1) * DAY) == everything, name
    assert known_rows(stopped, "ledger/journals", 10**9)


def test_a_longer_window_does_not_change_its_beginning_of_the_books() -> None:
    """Words get their codes in order of use, so a run that is stopped early has a prefix of the lexicon."""
    whole, stopped = worlds.world(seed=4), run(worlds.case(seed=4), until_day=20)
    for name, words in stopped.lexicon.lists.items():
        assert whole.lexicon.lists[name][: len(words)] == words
