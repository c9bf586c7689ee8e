"""The benchmark's commands: what they print, refuse and leave behind. One tiny suite runs the whole way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchmarks import results as files
from tieout import console
from tieout.cli import tieout

SUITE = """
name = "pair"
title = "Four cases"
about = ""
seed = 11
healthy = 0.25
decoys_a_case = 0.8
quiet_days = 50
intermittent = 0.0
confined = 0.0
before_window = 0.0
months = { low = 3, high = 3 }
scale = { low = 0.25, high = 0.3 }
only = ["credit_note_without_restock", "invoice_authorised_shipment_incomplete", "receipt_not_authorised",
        "shipment_authorised_invoice_missing", "dock_to_stock_delay", "invoiced_after_a_price_check",
        "returns_not_fit_for_sale"]
years = { low = 2025, high = 2025 }
[[splits]]
name = "train"
cases = 2
profiles = ["d2c_apparel"]
severity = { low = 0.9, high = 0.95 }
combinations = { low = 0.0, high = 0.9 }
[[splits]]
name = "test"
cases = 3
profiles = ["wholesale_giftware", "d2c_apparel"]
severity = { low = 0.8, high = 1.0 }
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(tieout, [str(word) for word in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus and two results of it."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "pair.toml").write_text(SUITE, encoding="utf-8")
    made = run("corpus", folder / "pair.toml", "--out", folder / "pair")
    assert made.exit_code == 0, made.output
    assert re.search(r"test +3", made.stdout)
    assert "faults injected" in made.stdout
    benched = run("benchmark", folder / "pair", "--detector", "specialist", "--subset", "1", "--out", folder / "base.json")
    assert benched.exit_code == 0, benched.output
    return folder


@pytest.mark.slow
def test_a_run_leaves_results_and_two_pages(folder: Path) -> None:
    assert {path.name for path in folder.glob("base.*")} == {"base.json", "base.md", "base.html"}
    read = files.read(folder / "base.json")
    assert (read.suite, read.split, read.cases, read.subset) == ("pair", "test", 3, 1)
    assert (folder / "base.md").read_text(encoding="utf-8").startswith("# pair: Four cases\n")


@pytest.mark.slow
def test_results_are_not_replaced_unasked(folder: Path) -> None:
    refused = run("benchmark", folder / "pair", "--out", folder / "base.json")
    assert refused.exit_code == console.BAD_INPUT
    assert "exists already" in refused.stderr


@pytest.mark.slow
def test_json_for_programs(folder: Path) -> None:
    told = run("benchmark", folder / "pair", "--subset", "0", "--json")
    assert told.exit_code == 0
    plain = json.loads(told.stdout)
    assert plain["detectors"]["none"]["timing"] is None
    assert plain["detectors"]["none"]["floor"]


@pytest.mark.slow
def test_compare_answers_with_its_exit_code(folder: Path, tmp_path: Path) -> None:
    base = folder / "base.json"
    same = run("compare", base, base)
    assert same.exit_code == 0
    assert "nothing is worse beyond noise" in same.stderr
    assert "specialist, 3 cases" in same.stdout
    other = run("compare", base, base, "--detector", "random", "--with", "none", "--json")
    assert other.stdout, other.output
    (found,) = json.loads(other.stdout)
    assert found["detector"] == "random and none"
    assert found["changed"], "one names something where the other names nothing"
    assert other.exit_code == (1 if any(change["regression"] for change in found["changes"]) else 0)
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}", encoding="utf-8")
    refused = run("compare", base, wrong)
    assert refused.exit_code == console.BAD_INPUT
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("corpus", "smok", "--out", "x"), "did you mean smoke"),
        (("corpus", "smoke", "--out", "x", "--jobs", "0"), "no number of processes"),
        (("corpus", "smoke", "--out", "x", "--private-seed", "12"), "32 hexadecimal digits"),
        (("benchmark", "nosuch"), "no such suite"),
        (("compare", "a.json", "b.json", "--with", "x"), "give both"),
        (("compare", "a.json", "b.json"), "a.json: cannot be read"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = run(*arguments)
    assert refused.exit_code == console.BAD_INPUT
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_suite_that_asks_for_more_than_there_is_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pair.toml").write_text(f"{SUITE}[needs]\nfaults = 99\n", encoding="utf-8")
    refused = run("corpus", tmp_path / "pair.toml", "--out", tmp_path / "x")
    assert refused.exit_code == console.BAD_INPUT
    assert "suite pair cannot be drawn: it needs 99 faults" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_progress_tells_the_time_left(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    now = iter([0.0, 10.0, 500.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    bar = console.Progress(100, visible=True)
    bar.reach(40, "cases")  # found there already: says nothing of the pace
    bar.reach(45, "cases")
    bar.reach(90, "cases")
    lines = capsys.readouterr().err.split("\r")
    assert lines[1].endswith("40/100 cases")
    assert lines[2].endswith("45/100 cases, about 2 min left")
    assert lines[3].endswith("90/100 cases, about 2 min left")
