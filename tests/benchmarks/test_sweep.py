"""The sweep says of each business whether it ties out, and can be taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import sweep

NO = "import sys\nprint('it does not add up')\nsys.exit(1)\n"
TASK = sweep.Task("d2c_apparel", "small", 3, 1)


@pytest.fixture(scope="module")
def fine() -> sweep.Verdict:
    return sweep.judge(TASK)


def test_a_healthy_business_ties_out(fine: sweep.Verdict) -> None:
    assert fine.breaches == []
    assert fine.orders > 50


def test_what_another_program_finds_is_a_breach(tmp_path: Path) -> None:
    checker = tmp_path / "stern.py"
    checker.write_text(NO)
    assert sweep.judge(TASK, checker).breaches == ["stern.py: it does not add up"]


def test_every_profile_is_tried_before_the_next_size() -> None:
    found = sweep.tasks(["a", "b"], sweep.SIZES, 2, 12)
    assert len(set(found)) == len(found) == 12
    assert [task.size for task in found] == ["small"] * 4 + ["medium"] * 4 + ["large"] * 4


def test_a_sweep_goes_on_where_it_stopped(tmp_path: Path, fine: sweep.Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    results, asked = tmp_path / "results.jsonl", []

    def answer(todo: list[sweep.Task], *_: object) -> list[sweep.Verdict]:
        asked.append(todo)
        return [sweep.Verdict(task, fine.orders, 1.0, 100, [] if task.seed < 3 else ["books: off by a cent"]) for task in todo]

    monkeypatch.setattr(sweep, "sweep", answer)
    given = ["d2c_apparel", "--size", "small", "--months", "1", "--results", str(results), "--seeds"]
    first = CliRunner().invoke(sweep.main, [*given, "2"])
    assert first.exit_code == 0, first.output
    assert "2/2" in first.output
    second = CliRunner().invoke(sweep.main, [*given, "3"])
    assert [[task.seed for task in todo] for todo in asked] == [[1, 2], [3]]
    assert second.exit_code == 1
    assert "2/3" in second.output
    assert "off by a cent" in second.output


def test_a_business_that_cannot_be_simulated_is_a_finding() -> None:
    (found,) = sweep.sweep([sweep.Task("no_such_business", "small", 1, 1)], None, 1)
    assert len(found.breaches) == 1
    assert "no_such_business" in found.breaches[0]


def test_a_profile_that_does_not_exist_is_refused() -> None:
    assert "there are" in CliRunner().invoke(sweep.main, ["no_such_business"]).output
