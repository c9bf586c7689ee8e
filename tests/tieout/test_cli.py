"""The command line: what it says, where it says it, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sim.invariants import CHECKS
from tieout import cli, console

SCENARIO = """
name = "tiny"
title = "A tiny one"
story = "Somebody looked."
profile = "d2c_apparel"
start = 2025-03-01
months = 1
orders_a_year = 300
"""
FAULT = """
[[faults]]
name = "invoice_authorised_shipment_incomplete"
onset = 2025-03-02
parameters = { share = 0.5 }
"""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.tieout, [str(argument) for argument in arguments], prog_name="tieout")


def refusal(*arguments: str | Path) -> str:
    """The one line on stderr about bad input."""
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("tieout: ")
    return lines[0].removeprefix("tieout: ")


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "tiny.toml"
    path.write_text(SCENARIO + FAULT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def simulated(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tiny case with its truth; copy it before you change it."""
    out = tmp_path_factory.mktemp("simulated") / "out"
    assert call("simulate", scenario, "--out", out).exit_code == 0
    return out


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tiny case in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("healthy")
    (folder / "tiny.toml").write_text(SCENARIO, encoding="utf-8")
    assert call("simulate", folder / "tiny.toml", "--out", folder / "out").exit_code == 0
    return folder / "out"


def test_statements_agree_with_each_other_and_with_the_checks(healthy):
    said = json.loads(call("statements", healthy, "--json").stdout)
    assert said["as_of"] == "2025-03-31"
    assert sum(row["amount_cents"] for row in said["trial balance"]) == 0
    sheet = {kind: sum(row["amount_cents"] for row in said["balance sheet"] if row["class"] == kind)
             for kind in ("ASSET", "LIABILITY", "EQUITY")}  # fmt: skip
    assert sheet["ASSET"] == sheet["LIABILITY"] + sheet["EQUITY"] != 0
    profit = sum(row["amount_cents"] for row in said["profit and loss"])
    assert [row["amount_cents"] for row in said["balance sheet"] if row["name"] == "Current Year Earnings"] == [profit]
    shown = call("statements", healthy, "--as-of", "2025-03-15").stdout
    assert "profit and loss of March 2025, as of 2025-03-15" in shown


# --- help, names, version -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, *cli.tieout.commands])
def test_every_help_has_an_example(name):
    result = call(*([name] if name else []), "--help")
    assert result.exit_code == 0
    assert re.search(r"Examples?:\n +tieout ", result.stdout)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_no_command_is_help_and_bad_input():
    result = call()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Commands:" in result.stderr


def test_version():
    result = call("--version")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"tieout \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulte"], "no such command: simulte; did you mean simulate?"),
        (["xyzzy"], "no such command: xyzzy; there are demo, scenarios"),
        (["scenarios", "unshiped_invoices"], "unshiped_invoices: no such scenario; did you mean unshipped_invoices?"),
        (["simulate", "helthy_d2c_apparel"], "helthy_d2c_apparel: no such scenario; did you mean healthy_d2c_apparel?"),
        (["faults", "invoice_authorized_shipment_incomplete"], "did you mean invoice_authorised_shipment_incomplete?"),
        (["simulate", "unshipped_invoices", "--seed", "-1"], "allowed is a whole number from 0"),
        (["simulate", "unshipped_invoices", "--seed", "1.5"], "allowed is a whole number from 0"),
        (["simulate", "unshipped_invoices", "--format", "xml"], "'xml' is not one of 'parquet', 'csv', 'duckdb'"),
        (["simulate"], "missing argument 'SCENARIO'; see tieout simulate --help"),
        (["simulate", "a", "b"], "got unexpected extra argument (b); see tieout simulate --help"),
        (["check", "nowhere"], "nowhere/manifest.json: cannot be read"),
        (["diagnose", "nowhere", "--detector", "none"], "nowhere/manifest.json: cannot be read"),
        (["diagnose", "nowhere"], "missing option '--detector'"),
        (["diagnose", "x", "--detector", "none", "--layers", "ledgr"], "no such layer: ledgr; did you mean ledger?"),
        (["diagnose", "x", "--detector", "none", "--as-of", "May"], "'May' is no date; allowed is a date such as"),
    ],
)
def test_a_mistyped_word(arguments, said):
    assert said in refusal(*arguments)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("specalist", "did you mean specialist?"),
        ("no.such.module:Class", "no.such.module:Class: cannot import 'no.such.module'"),
        ("json:nothing", "json:nothing: json has no 'nothing'"),
        ("json:dumps", "json:dumps: cannot be made"),
    ],
)
def test_a_detector_that_is_none(simulated, name, said):
    assert said in refusal("diagnose", simulated / "case", "--detector", name)


# --- scenarios and faults -----------------------------------------------------------------------------------


def test_scenarios_lists_and_shows():
    listed = call("scenarios")
    assert listed.exit_code == 0
    assert "unshipped_invoices " in listed.stdout
    assert listed.stderr.startswith("next: ")
    shown = call("scenarios", "unshipped_invoices")
    assert "invoice_authorised_shipment_incomplete from 2025-05-12" in shown.stdout
    assert "next: tieout simulate unshipped_invoices" in shown.stderr
    assert all(len(line) <= 80 for line in (listed.stdout + shown.stdout).splitlines())


def test_scenarios_and_faults_as_json():
    names = [each["name"] for each in json.loads(call("scenarios", "--json").stdout)]
    assert "unshipped_invoices" in names
    assert json.loads(call("scenarios", "unshipped_invoices", "--json").stdout)["start"] == "2025-03-01"
    events = {each["name"]: each for each in json.loads(call("faults", "--json").stdout)}
    assert events["invoice_authorised_shipment_incomplete"]["decoy_of"] is None
    assert events["invoiced_before_month_end_shipped_after"]["decoy_of"] == "invoice_authorised_shipment_incomplete"
    one = json.loads(call("faults", "invoice_authorised_shipment_incomplete", "--json").stdout)
    assert one["parameters"]["share"]["high"] == 1.0


def test_faults_lists_and_shows():
    assert "fault, operations: " in call("faults").stdout
    shown = call("faults", "invoice_authorised_shipment_incomplete").stdout
    for part in ("layer of origin: operations", "in ledger: ", "hidden by: ", "fixed by: ", "source: ", "share: "):
        assert part in shown


# --- bad scenario files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("months = 1", "months =", "tiny.toml: not TOML: Invalid value"),
        ("months = 1", "months = 1\nseeed = 1", "tiny.toml: seeed: unknown key; did you mean seed?"),
        ("months = 1", 'months = "one"', "tiny.toml: months: expected int, got str; allowed is a whole number from 1 to 36"),
        ("months = 1", "months = 37", "tiny.toml: months: expected int <= 36; allowed is a whole number from 1 to 36"),
        ("shipment_incomplete", "shipment_missing", "tiny.toml: faults[0].name: no such fault"),
        ('"d2c_apparel"', '"b2b"', "tiny.toml: profile: no such profile 'b2b'; known are amazon_first, d2c_apparel"),
        ("2025-03-02", "2025-04-01", "tiny.toml: faults[0].onset: 2025-04-01 is after the end of the window"),
        ("share = 0.5", "share = 1.5", ("tiny.toml: faults[0].parameters.share: 1.5 is out of range; allowed is a number "
                                       "from 0 to 1")),
    ],
)  # fmt: skip
def test_a_bad_scenario_file(tmp_path, old, new, said):
    text = SCENARIO + FAULT
    assert old in text
    (tmp_path / "tiny.toml").write_text(text.replace(old, new), encoding="utf-8")
    assert said in refusal("simulate", tmp_path / "tiny.toml", "--out", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.toml"]


def test_a_rate_outside_its_range_in_a_profile(tmp_path):
    profile = Path(cli.__file__).parents[1] / "scenarios" / "profiles" / "d2c_apparel.toml"
    text = profile.read_text(encoding="utf-8").replace("returned = { value = 0.122", "returned = { value = 1.22")
    (tmp_path / "shop.toml").write_text(text, encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(SCENARIO.replace("d2c_apparel", "shop.toml"), encoding="utf-8")
    said = refusal("simulate", tmp_path / "tiny.toml", "--out", tmp_path / "out")
    assert "shop.toml: channels[0].demand.returned.value: expected float <= 1.0; allowed is a number from 0 to 1" in said


def test_a_scenario_file_that_is_missing(tmp_path):
    assert "gone.toml: no such file" in refusal("simulate", tmp_path / "gone.toml")


# --- output, whole or not at all ----------------------------------------------------------------------------


def test_simulate_prints_where_things_are_and_what_comes_next(simulated, scenario, tmp_path):
    result = call("simulate", scenario, "--out", tmp_path / "out")
    assert result.stdout.splitlines() == [str(tmp_path / "out" / "case"), str(tmp_path / "out" / "truth")]
    assert result.stderr == f"next: tieout check {tmp_path / 'out' / 'case'}\n"
    assert (tmp_path / "out" / "case" / "manifest.json").read_bytes() == (simulated / "case" / "manifest.json").read_bytes()


def test_the_folder_has_the_scenarios_name_and_seed_by_default(scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("simulate", scenario, "--seed", "3", "--format", "csv").exit_code == 0
    assert (tmp_path / "tiny-3" / "case" / "manifest.json").is_file()
    assert (tmp_path / "tiny-3" / "case" / "ledger" / "journals.csv").is_file()


def test_nothing_is_overwritten_without_force(scenario, simulated, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(simulated, out)
    (out / "note.txt").write_text("mine", encoding="utf-8")
    assert "exists already; choose another folder or add --force" in refusal("simulate", scenario, "--out", out)
    assert (out / "note.txt").exists()
    assert call("simulate", scenario, "--out", out, "--force").exit_code == 0
    assert not (out / "note.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_replaces_only_what_tieout_made(scenario, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    for name in ("thesis", "file"):
        said = refusal("simulate", scenario, "--out", tmp_path / name, "--force")
        assert "is not a folder that tieout made; --force replaces only those, or an empty one" in said
    assert (tmp_path / "thesis" / "chapter.txt").exists()


def test_nothing_is_left_when_writing_fails(scenario, tmp_path, monkeypatch):
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    said = refusal("simulate", scenario, "--out", tmp_path / "out")
    assert said == "somewhere: No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(scenario, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "file" in refusal("simulate", scenario, "--out", tmp_path / "file" / "out")


def test_an_interruption_is_no_traceback(scenario, tmp_path, monkeypatch):
    def stopped(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.simulate.simulate", stopped)
    result = call("simulate", scenario, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert "tieout: interrupted" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_of_the_program_is_one_line_too(scenario, tmp_path, monkeypatch):
    def wrong(*_arguments: object) -> None:
        raise KeyError("account")

    monkeypatch.setattr("sim.simulate.simulate", wrong)
    result = call("simulate", scenario, "--out", tmp_path / "out")
    assert result.exit_code == 70
    assert re.fullmatch(r"tieout: a mistake of the program in test_cli\.py:\d+: KeyError: .*\n", result.stderr)
    monkeypatch.setenv("TIEOUT_DEBUG", "1")
    assert isinstance(call("simulate", scenario, "--out", tmp_path / "out").exception, KeyError)


# --- check --------------------------------------------------------------------------------------------------


def test_check_of_a_healthy_case_is_yes(healthy):
    result = call("check", healthy / "case")
    assert result.exit_code == 0, result.output
    assert f"all {len(CHECKS)} checks hold" in result.stderr
    assert re.search(r"^books +tie_out +holds$", result.stdout, re.MULTILINE)
    assert "\x1b" not in result.output


def test_check_of_a_broken_case_is_no(simulated):
    result = call("check", simulated / "case")
    assert result.exit_code == 1
    assert re.search(r"^workflow +invoiced_is_shipped +\d+ breaches\n +\w{16}: is invoiced and", result.stdout, re.MULTILINE)
    rows = {row["check"]: row for row in json.loads(call("check", simulated, "--json").stdout)}
    assert not rows["invoiced_is_shipped"]["holds"]
    assert rows["tie_out"]["holds"]


def test_a_damaged_case(simulated, tmp_path):
    case = tmp_path / "case"
    shutil.copytree(simulated / "case", case)
    path = case / "cin7" / "sales.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert "cin7/sales.parquet" in refusal("check", case)
    assert "cin7/sales.parquet" in refusal("diagnose", case, "--detector", "specialist")
    path.unlink()
    assert "cin7/sales.parquet" in refusal("check", case)
    (case / "manifest.json").write_text("{", encoding="utf-8")
    assert "manifest.json: not a manifest" in refusal("check", case)


def test_a_table_that_nobody_reads_is_damaged(simulated, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(simulated, out)
    path = out / "case" / "cin7" / "disassemblies.parquet"
    path.write_bytes(path.read_bytes() + b"?")
    assert "cin7/disassemblies.parquet: sha256" in refusal("diagnose", out / "case", "--detector", "none")
    assert "cin7/disassemblies.parquet: sha256" in refusal("report", out / "case", "--out", tmp_path / "pages")


# --- diagnose -----------------------------------------------------------------------------------------------


def test_diagnose_in_words_and_as_json(simulated):
    words = call("diagnose", simulated / "case", "--detector", "specialist")
    assert words.exit_code == 0
    assert "1. invoice_authorised_shipment_incomplete (cause, operations)" in words.stdout
    told = json.loads(call("diagnose", simulated / "case", "--detector", "specialist", "--json").stdout)
    assert told["hypotheses"][0]["cause"] == "invoice_authorised_shipment_incomplete"
    none = call("diagnose", simulated / "case", "--detector", "none")
    assert "nothing is wrong" in none.stdout


def test_diagnose_sees_only_the_layers_and_the_evening_given(simulated):
    arguments = ("diagnose", simulated / "case", "--detector", "specialist", "--json")
    told = json.loads(call(*arguments, "--layers", "ledger,integration", "--as-of", "2025-03-20").stdout)
    assert sorted(told["layers"]) == ["integration", "ledger"]
    assert told["as_of"] == "2025-03-20"
    assert "as of 2030-01-01" in refusal(*arguments, "--as-of", "2030-01-01")


def test_a_detector_that_fails(simulated, tmp_path, monkeypatch):
    (tmp_path / "bad_detectors.py").write_text(
        "class Crash:\n    name, reads = 'crash', ()\n    def fit(self, cases): pass\n"
        "    def diagnose(self, evidence): raise RuntimeError('two\\nlines')\n"
        "class Silent(Crash):\n    def diagnose(self, evidence): return None\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    said = refusal("diagnose", simulated / "case", "--detector", "bad_detectors:Crash")
    assert said == "detector crash failed: RuntimeError: two lines"
    assert "returned NoneType" in refusal("diagnose", simulated / "case", "--detector", "bad_detectors:Silent")


# --- score and report ---------------------------------------------------------------------------------------


def said(simulated: Path, detector: str, folder: Path) -> Path:
    """What a detector says about the tiny case, as a file."""
    path = folder / f"{detector}.json"
    path.write_text(call("diagnose", simulated / "case", "--detector", detector, "--json").stdout, encoding="utf-8")
    return path


def test_a_program_of_ones_own_diagnoses_too(simulated, tmp_path):
    program = tmp_path / "mine.sh"
    program.write_text("#!/bin/sh\necho '{\"remarks\": [\"I saw '$(ls $1 | wc -l)' things\"]}'\n")
    program.chmod(0o755)
    result = call("diagnose", simulated / "case", "--detector", f"exec:{program}", "--layers", "ledger")
    assert (result.exit_code, result.stdout.splitlines()[:2]) == (0, ["mine, ledger, as of 2025-03-31", "nothing is wrong"])
    assert "note: I saw 2 things" in result.stdout
    assert "cin7 is not visible" in result.stdout
    program.write_text("#!/bin/sh\necho oh dear >&2\nexit 3\n")
    said = refusal("diagnose", simulated / "case", "--detector", f"exec:{program}")
    assert said == "detector mine failed: ExternalError: mine: ended with exit code 3: oh dear"


def test_check_detector_is_yes_or_no(simulated, tmp_path, monkeypatch):
    fine = call("check-detector", "none", simulated / "case", "--json")
    assert fine.exit_code == 0, fine.stderr
    assert {row["status"] for row in json.loads(fine.stdout)} == {"passed"}
    (tmp_path / "odd_detectors.py").write_text(
        "from detectors.reference.none import NoneDetector\n"
        "class Odd(NoneDetector):\n    def __reduce__(self): raise TypeError('no pickling')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    bad = call("check-detector", "odd_detectors:Odd")
    assert bad.exit_code == 1
    assert "TypeError: no pickling" in bad.stdout
    assert "1 of 18 checks fail" in bad.stderr
    excused = call("check-detector", "odd_detectors:Odd", "--expect", "check_pickles=it holds a connection")
    assert excused.exit_code == 0, excused.stdout
    assert "fails as expected" in excused.stdout
    assert "did you mean check_pickles?" in refusal("check-detector", "none", "--expect", "check_pickle=x")


def test_score_is_yes_or_no(simulated, tmp_path):
    right = said(simulated, "specialist", tmp_path)
    result = call("score", simulated / "case", right, "--truth", simulated / "truth")
    assert result.exit_code == 0, result.output
    assert re.search(r"^ac1 +1\.000$", result.stdout, re.MULTILINE)
    assert re.search(r"^layer_right +yes$", result.stdout, re.MULTILINE)
    assert result.stderr.startswith("next: tieout report ")
    wrong = call("score", simulated, said(simulated, "none", tmp_path), "--truth", simulated / "truth", "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["ac1"] == 0.0


def test_score_of_what_is_none(simulated, tmp_path):
    case, truth = simulated / "case", simulated / "truth"
    right = said(simulated, "specialist", tmp_path)
    bad = tmp_path / "bad.json"
    assert "bad.json: cannot be read: No such file" in refusal("score", case, bad, "--truth", truth)
    bad.write_text("{", encoding="utf-8")
    assert "bad.json: not JSON: " in refusal("score", case, bad, "--truth", truth)
    bad.write_text("{}", encoding="utf-8")
    assert "bad.json: not a diagnosis: " in refusal("score", case, bad, "--truth", truth)
    bad.write_text(right.read_text(encoding="utf-8").replace("_incomplete", "_missing"), encoding="utf-8")
    assert "bad.json: hypotheses[0]: unknown cause" in refusal("score", case, bad, "--truth", truth)
    assert "answer.json: cannot be read" in refusal("score", case, right, "--truth", tmp_path)


def test_the_truth_of_another_case(simulated, tmp_path):
    answer = json.loads((simulated / "truth" / "answer.json").read_text(encoding="utf-8"))
    answer["window"]["end"] = "2025-05-31"
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    told = refusal("score", simulated / "case", said(simulated, "none", tmp_path), "--truth", tmp_path)
    assert "answer.json: is the truth of another case, from 2025-03-01 to 2025-05-31; this one is from" in told


def test_report_writes_pages_once(simulated, tmp_path):
    pages = tmp_path / "pages"
    assert call("report", simulated / "case", "--out", pages).stdout == f"{pages / 'handout.html'}\n"
    assert sorted(path.name for path in pages.iterdir()) == ["handout.html"]
    arguments = ("report", simulated / "case", "--truth", simulated / "truth", "--out", pages)
    assert "handout.html exists already" in refusal(*arguments)
    result = call(*arguments, "--diagnosis", said(simulated, "specialist", tmp_path), "--force")
    assert result.exit_code == 0, result.output
    assert "specialist" in (pages / "reveal.html").read_text(encoding="utf-8")
    assert "specialist" not in (pages / "handout.html").read_text(encoding="utf-8")


def test_report_refuses_before_it_writes(simulated, tmp_path):
    pages = tmp_path / "pages"
    assert "answer.json: cannot be read" in refusal("report", simulated / "case", "--truth", tmp_path, "--out", pages)
    told = refusal("report", simulated / "case", "--diagnosis", "d.json", "--out", pages)
    assert told == "--diagnosis belongs on the trainer's page; add --truth OUT/truth"
    assert not pages.exists()


# --- demo ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_demo(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo on the tiny scenario, in an empty folder; returns that folder."""
    monkeypatch.setattr(cli, "_DEMO", str(scenario))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_demo_does_the_main_job(small_demo):
    result = call("demo")
    assert result.exit_code == 0, result.output
    names = [line.split()[0] for line in result.stdout.splitlines()[1:6]]
    assert names == ["none", "majority", "random", "ledger_accountant", "specialist"]
    assert re.search(r"^specialist +1 cause +right +right ", result.stdout, re.MULTILINE)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    made = sorted(path.name for path in (small_demo / "tieout-demo").iterdir())
    assert made == ["case", "handout.html", "reveal.html", "truth"]
    assert [path.name for path in small_demo.iterdir()] == ["tieout-demo"]
    for page in ("handout.html", "reveal.html"):
        assert f"tieout-demo/{page}" in result.stdout


def test_demo_replaces_its_own_folder_and_no_other(small_demo, monkeypatch):
    monkeypatch.setattr(cli, "_DETECTORS", ("none",))
    mine = small_demo / "tieout-demo"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine", encoding="utf-8")
    assert "is not a folder that tieout made" in refusal("demo")
    assert "exists already; choose another folder or add --force" in refusal("demo", "--out", mine)
    (mine / "case").mkdir()
    (mine / "case" / "manifest.json").write_text("{}", encoding="utf-8")
    assert call("demo").exit_code == 0
    assert not (mine / "notes.txt").exists()


def test_demo_leaves_nothing_behind_when_a_page_fails(small_demo, monkeypatch):
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device", "reveal.html")

    monkeypatch.setattr("tieout.report.write_reveal", full)
    monkeypatch.setattr(cli, "_DETECTORS", ("none",))
    assert refusal("demo") == "reveal.html: No space left on device"
    assert list(small_demo.iterdir()) == []


# --- for people and for programs ----------------------------------------------------------------------------


def test_colour_is_for_terminals_and_no_color_is_honoured(monkeypatch):
    arguments = ["faults", "invoice_authorised_shipment_incomplete"]
    assert "\x1b[1m" in CliRunner().invoke(cli.tieout, arguments, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(cli.tieout, arguments, color=True).stdout


def test_a_bar_is_for_terminals(capsys, monkeypatch):
    with console.progress(2) as bar:
        bar.step("reading")
    assert capsys.readouterr().err == ""
    bar = console.Progress(2, visible=True)
    bar.step("reading")
    bar.step("writing")
    assert "[#-] writing" in capsys.readouterr().err


def test_table_is_aligned():
    assert console.table(("name", "n"), [("a", "1"), ("bc", "10")], right=(1,)) == "name   n\na      1\nbc    10"


def test_shell_completion_knows_commands_and_names():
    environment = os.environ | {"_TIEOUT_COMPLETE": "bash_complete", "COMP_WORDS": "tieout simulate unsh", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "tieout"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["plain,unshipped_invoices"]


def test_the_installed_command_says_one_line_and_loads_little(tmp_path):
    code = (
        "import sys; from tieout.cli import tieout\n"
        "try: tieout(['--help'], prog_name='tieout')\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'pandas', 'pyarrow', 'matplotlib', 'simpy', 'msgspec', 'faker'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", "`tieout --help` must not wait for any of these"
    done = subprocess.run(
        [sys.executable, "-m", "tieout", "simulate", "gone.toml"], capture_output=True, text=True, check=False,
        timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "tieout: gone.toml: no such file\n")


def test_a_reader_that_goes_away_is_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tieout", "faults"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "rror" not in done.stderr
    assert done.returncode == 1


def test_every_command_is_reached_by_the_group():
    assert isinstance(cli.tieout, click.Group)
    assert set(cli.tieout.commands) == {
        "demo", "scenarios", "faults", "simulate", "check", "diagnose", "check-detector", "score", "report",
        "statements", "scorecard", "corpus", "benchmark", "compare",
    }  # fmt: skip


def test_words_known_without_loading_the_simulator_are_its_words():
    from sim.export import FORMATS
    from sim.schema import LAYERS

    assert console._LAYERS == LAYERS
    assert cli._FORMATS == FORMATS
