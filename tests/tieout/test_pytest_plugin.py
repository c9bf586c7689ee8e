"""The pytest plugin, as its users meet it: another process, another folder, the worked example of the documentation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tieout.regression import Baseline, Tolerances, _worse

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "detector_regression"
FOUND = Baseline(
    suite="s", case="c", truth=["a"], named=["a"], right=True, layer_right=True, document_f1=0.9, onset_error_days=2,
    amount_error=0.1, alarms=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cases are made once for all runs."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    target = tmp_path / "project"
    shutil.copytree(EXAMPLE, target)
    return target


def pytest_in(project: Path, cache: Path, *arguments: str, plugins: Sequence[str] = (), ci: bool = False) -> Any:
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("CI", None)
    environment["PYTHONPATH"] = os.pathsep.join([str(EXAMPLE.parents[2]), os.environ.get("PYTHONPATH", "")])
    if ci:
        environment["CI"] = "true"
    given = [word for name in ("tieout.pytest_plugin", *plugins) for word in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *given, "-q", "-o", f"cache_dir={cache}", *arguments],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_worked_example_from_the_first_run_to_a_regression(project: Path, cache: Path) -> None:
    # Nothing to compare with yet: every case fails and says what to do.
    first = pytest_in(project, cache, "-k", "still")
    assert first.returncode == 1, first.stdout
    assert "there is none; look at the result, then run with --tieout-update=new" in first.stdout

    written = pytest_in(project, cache, "--tieout-update=new")
    assert written.returncode == 0, written.stdout
    folder = project / "__tieout__" / "test_margin_watch" / "test_it_still_finds_what_it_found"
    files = sorted(folder.glob("*.json"))
    assert 3 <= len(files) <= 4
    baselines = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    assert any(each["truth"] and each["right"] for each in baselines)
    assert any(not each["truth"] for each in baselines)

    again = pytest_in(project, cache)
    assert again.returncode == 0, again.stdout
    spread = pytest_in(project, cache, "-n", "2", plugins=["xdist.plugin"])
    assert spread.returncode == 0, spread.stdout

    # A version that waits too long to see anything: its failures say what was expected, what was found, and where to look.
    source = project / "margin_watch.py"
    source.write_text(source.read_text(encoding="utf-8").replace("days_open = 5", "days_open = 5_000"), encoding="utf-8")
    for arguments, plugins in (((), ()), (("-n", "2"), ("xdist.plugin",))):
        worse = pytest_in(project, cache, "-k", "still", *arguments, plugins=plugins)
        assert worse.returncode == 1
        assert "it found invoice_authorised_shipment_incomplete and now says healthy" in worse.stdout
        assert "expected  invoice_authorised_shipment_incomplete (operations) since 202" in worse.stdout
        assert "found     nothing wrong" in worse.stdout
    report = next(line.split()[-1] for line in worse.stdout.splitlines() if "  report  " in line)
    assert "Goods left and were invoiced" in Path(report).read_text(encoding="utf-8"), "the page shows the case whole"

    # All that was lost is borne; then the drop over all cases is what counts.
    assert pytest_in(project, cache, "-k", "still", "--tieout-fail=top1:-1.0,layer:-1.0,documents:-1.0").returncode == 0
    fell = pytest_in(project, cache, "-k", "still", "--tieout-fail=top1:-0.5,layer:-1.0,documents:-1.0")
    assert fell.returncode == 1
    assert "top1 fell from 1.000 to 0.000" in fell.stdout

    changed = pytest_in(project, cache, "-k", "still", "--tieout-update=changed")
    assert changed.returncode == 1, "what changed is looked at before it counts"
    assert "The file was rewritten" in changed.stdout
    assert pytest_in(project, cache, "-k", "still").returncode == 0


@pytest.mark.slow
def test_a_baseline_that_nobody_uses_is_an_error_until_it_is_removed(project: Path, cache: Path) -> None:
    assert pytest_in(project, cache, "--tieout-update=new").returncode == 0
    folder = project / "__tieout__" / "test_margin_watch" / "test_it_still_finds_what_it_found"
    stray = folder / "0123456789abcdef.json"
    shutil.copy(min(folder.glob("*.json")), stray)
    found = pytest_in(project, cache)
    assert found.returncode == 1
    assert "no test uses this baseline" in found.stdout
    spread = pytest_in(project, cache, "-n", "2", plugins=["xdist.plugin"])
    assert spread.returncode == 1
    assert "no test uses this baseline" in spread.stdout
    assert pytest_in(project, cache, "-k", "still").returncode == 0, "who runs a part cannot tell"
    assert pytest_in(project, cache, "--tieout-update=all").returncode == 0
    assert not stray.exists()


@pytest.mark.parametrize(
    ("arguments", "ci", "words"),
    [
        (("--tieout-update=new",), True, "in CI"),
        (("--tieout-fail=top1:+0.02",), False, "'top1:+0.02' is no tolerance; allowed is top1:-0.02"),
        (("--tieout-fail=speed:-1",), False, "allowed are top1:-0.02"),
    ],
)
def test_what_cannot_be_is_refused_before_any_test(
    project: Path, cache: Path, arguments: Sequence[str], ci: bool, words: str
) -> None:
    refused = pytest_in(project, cache, *arguments, ci=ci)
    assert refused.returncode == 4
    assert words in refused.stderr + refused.stdout


def test_a_marker_with_a_mistake_says_so(project: Path, cache: Path) -> None:
    (project / "test_more.py").write_text(
        "import pytest\n@pytest.mark.tieout(suite='smok')\ndef test_x(tieout): pass\n", encoding="utf-8"
    )
    refused = pytest_in(project, cache, "test_more.py")
    assert refused.returncode != 0
    assert "no such suite; did you mean smoke" in refused.stderr + refused.stdout


def test_the_plugin_costs_nothing_when_nobody_uses_it(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\ndef test_light():\n    heavy = {'numpy', 'pandas', 'pyarrow', 'msgspec', 'simpy', 'click', 'sim'}\n"
        "    assert not heavy & set(sys.modules)\n", encoding="utf-8",
    )  # fmt: skip
    found = pytest_in(tmp_path, tmp_path / "cache")
    assert found.returncode == 0, found.stdout
    assert not (tmp_path / "cache" / "d" / "tieout").exists()


# --- tolerances ----------------------------------------------------------------------------------------------


def test_tolerances_are_read_strictly() -> None:
    assert Tolerances.of("") == Tolerances()
    assert Tolerances.of("top1:-0.02, onset:+5d") == Tolerances(top1=0.02, onset=5)
    for wrong in ("onset:+5", "onset:-5d", "top1:-2d", "top1", "documents:0.1"):
        with pytest.raises(ValueError, match="is no tolerance"):
            Tolerances.of(wrong)


@pytest.mark.parametrize(
    ("change", "borne", "words"),
    [
        ({"right": False, "named": []}, "", "now says healthy"),
        ({"right": False, "named": []}, "top1:-0.1", ""),
        ({"alarms": 1}, "", "1 false alarms instead of 0"),
        ({"onset_error_days": -2}, "", ""),
        ({"onset_error_days": -7}, "onset:+4d", "was +2 days off and is -7"),
        ({"onset_error_days": -7}, "onset:+5d", ""),
        ({"onset_error_days": None}, "", "was said and is not"),
        ({"document_f1": 0.85}, "documents:-0.1", ""),
        ({"document_f1": None}, "documents:-0.1", "fell from 0.9 to 0"),
        ({"amount_error": 0.2}, "", "10.0% off and is 20.0%"),
        ({"amount_error": 0.05, "document_f1": 1.0, "onset_error_days": 0}, "", ""),
    ],
)
def test_worse_is_told_in_words_and_better_is_not(change: dict[str, Any], borne: str, words: str) -> None:
    told = _worse(FOUND, msgspec.structs.replace(FOUND, **change), Tolerances.of(borne))
    assert words in "; ".join(told)
    assert bool(told) is bool(words)
