"""A whole run of the benchmark on a tiny corpus: what is asked, what is told, and that nobody stops it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import board, results, validity
from benchmarks.corpus import Corpus, CorpusError
from benchmarks.results import Results, ResultsError
from benchmarks.scores import Figure
from benchmarks.scores.tables import GROUPS, MEASURES
from detectors.evidence import Evidence
from detectors.loading import DetectorError
from sim.schema import LAYERS
from tieout import leaderboard

BOTH = ("specialist", "test_board_detectors:Falls")


@pytest.fixture(scope="module")
def told(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("detectors")
    (folder / "test_board_detectors.py").write_text(
        "class Falls:\n"
        "    name, reads = 'falls', ('ledger', 'cin7')\n"
        "    def fit(self, cases): self.learnt = [case.answer['sampled']['split'] for case in cases]\n"
        "    def diagnose(self, evidence): raise RuntimeError(f'learnt from {self.learnt}, saw {evidence.layers}')\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        return board.run(Corpus(made), BOTH, subset=2)


def test_floors_run_along_and_every_case_is_scored(told: Results) -> None:
    floors = {name for name, result in told.detectors.items() if result.floor}
    assert {"none", "majority", "random"} <= floors
    assert set(told.detectors) == floors | set(BOTH)
    for result in told.detectors.values():
        assert len(result.scores) == told.cases == 3
        assert set(result.groups) == set(GROUPS)
        assert result.figures["failures"].n == 3


def test_a_detector_that_falls_is_scored_and_stops_nobody(told: Results) -> None:
    falls = told.detectors[BOTH[1]]
    assert falls.figures["failures"].value == 1
    assert falls.figures["right"].value == 0
    assert falls.figures["specificity"].value == 0
    errors = {score.error for score in falls.scores}
    assert errors == {"RuntimeError: learnt from ['train', 'train', 'train'], saw ('cin7', 'ledger')"}


BAD = """
import os, time

class Bad:
    name, reads = "bad", ("ledger",)
    def fit(self, cases): pass

class Hangs(Bad):
    def diagnose(self, evidence):
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass

class HangsAtItsLessons(Bad):
    def fit(self, cases): time.sleep(600)
    def diagnose(self, evidence): raise AssertionError

class Ends(Bad):
    def diagnose(self, evidence): os._exit(0)

class Gorges(Bad):
    def diagnose(self, evidence): self.held = bytearray(64 << 30)

class Babbles(Bad):
    def diagnose(self, evidence):
        os.write(1, b"x" * 1_000_000)
        os.write(2, b"x" * 1_000_000)
        raise RuntimeError("done")
"""


@pytest.mark.slow
def test_a_detector_that_hangs_ends_or_floods_is_recorded_and_stops_nobody(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "test_board_bad.py").write_text(BAD, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(board, "CASE_SECONDS", 12.0)
    monkeypatch.setattr(board, "LESSONS_SECONDS", 20.0)
    wanted = {
        "Hangs": "gave no answer within 12 seconds",
        "HangsAtItsLessons": "before the first case: gave no answer within 20 seconds",
        "Ends": "its process ended with exit code 0", "Gorges": "MemoryError: ", "Babbles": "RuntimeError: done",
    }  # fmt: skip
    told = board.run(Corpus(made), [*(f"test_board_bad:{name}" for name in wanted), "specialist"], subset=0, jobs=2)
    for name, error in wanted.items():
        result = told.detectors[f"test_board_bad:{name}"]
        assert {score.error for score in result.scores} == {error}
        assert result.figures["failures"].value == 1
        assert result.figures["right"].value == 0
    assert told.detectors["specialist"].figures["failures"].value == 0
    assert not any(capfd.readouterr())


def test_what_is_visible_decides_what_is_found(told: Results) -> None:
    views = told.detectors["specialist"].visibility
    assert list(views) == ["+".join(view) for view in board.VIEWS]
    assert told.subset == 2
    everything = views["+".join(LAYERS)]
    assert all(figure.n <= 2 for figures in views.values() for figure in figures.values())
    assert set(everything) <= set(MEASURES)


def test_time_to_detect_counts_from_the_onset(told: Results, made: Path) -> None:
    of = Corpus(made)
    for result in told.detectors.values():
        timing = result.timing
        assert timing is not None
        assert timing.asked == sum(bool(of.answer(entry)["causes"]) for entry in of.entries("test")[:2])
        assert timing.by_month == sorted(timing.by_month), "what is found stays found"
        for each in timing.cases:
            if each.detected is not None and each.days_after_onset is not None:
                onset = of.answer(next(e for e in of.entries() if e.name == each.case))["causes"][0]["onset"]
                late = dt.date.fromisoformat(each.detected) - dt.date.fromisoformat(onset)
                assert late.days == each.days_after_onset >= 0


def test_results_survive_the_file_and_keep_to_their_schema(told: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(results.encode(told))
    assert results.read(path) == told
    assert results.SCHEMA_FILE.read_text(encoding="utf-8") == results.schema_text(), (
        "the shape of results has changed: write results.schema_text() to benchmarks/results.schema.json"
    )
    plain = json.loads(path.read_text(encoding="utf-8"))
    wanted = results.schema()["$defs"]["Results"]["required"]
    assert set(plain) == set(wanted)
    for text in ("{}", "nothing", json.dumps({**plain, "schema_version": 99})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ResultsError, match=r"results\.json"):
            results.read(path)


def test_packed_results_are_the_same_results(told: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json.gz"
    path.write_bytes(results.content(told, path))
    assert results.read(path) == told
    assert path.read_bytes() == results.content(told, path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"plain", whole[:20] + b"\0\0\0\0" + whole[24:]):
        path.write_bytes(damaged)
        with pytest.raises(ResultsError, match=r"results\.json\.gz"):
            results.read(path)


@pytest.mark.slow
def test_who_was_asked_before_is_not_asked_again(told: Results, made: Path) -> None:
    asked: list[int] = []
    again = board.run(Corpus(made), ["specialist"], subset=2, beside=told, told=lambda done, of: asked.append(of))
    assert list(again.detectors) == list(told.detectors)
    assert all(again.detectors[name] == told.detectors[name] for name in told.detectors if name != "specialist")
    assert again.detectors["specialist"].figures["right"] == told.detectors["specialist"].figures["right"]
    assert max(asked) < told.cases * (len(board.VIEWS) + 12), "one detector's questions"
    for difference in ({"split": "validation"}, {"subset": 3}, {"suite_sha256": "0"}):
        with pytest.raises(ResultsError, match=f"{next(iter(difference))} is"):
            board.run(Corpus(made), ["specialist"], subset=2, beside=msgspec.structs.replace(told, **difference))
    fewer = msgspec.structs.replace(told.detectors["none"], scores=told.detectors["none"].scores[1:])
    with pytest.raises(ResultsError, match="none was not asked about the same ones"):
        board.run(Corpus(made), ["specialist"], subset=2, beside=msgspec.structs.replace(told, detectors={"none": fewer}))


@pytest.mark.slow
def test_the_same_results_whatever_the_number_of_processes(told: Results, made: Path) -> None:
    def untimed(result: Any) -> Any:
        plain = msgspec.to_builtins(result)
        for score in plain["scores"]:
            score["seconds"] = score["peak_mb"] = None
        figures = {key: value for key, value in plain["figures"].items() if key not in {"seconds", "peak_mb"}}
        return {**plain, "figures": figures}

    again = board.run(Corpus(made), ["specialist"], subset=2, jobs=2)
    for name, result in again.detectors.items():
        assert untimed(result) == untimed(told.detectors[name])


def test_a_split_or_detector_that_is_not_there_is_refused_before_any_work(made: Path) -> None:
    with pytest.raises(CorpusError, match="no case in split validation; there are test, train"):
        board.run(Corpus(made), ["specialist"], split="validation")
    with pytest.raises(DetectorError, match="specialist"):
        board.run(Corpus(made), ["specialst"])


# --- leaderboards --------------------------------------------------------------------------------------------


def test_leaderboards_hold_every_detector_and_every_table(told: Results) -> None:
    brief, markdown, html = leaderboard.brief(told), leaderboard.markdown(told), leaderboard.html(told)
    for page in (brief, markdown, html):
        for name in told.detectors:
            assert name in page
    for title in ("By fault", "By layer of origin", "By business", "By difficulty", "Time to detect", "All cases together"):
        assert f"## {title}" in markdown
        assert title in html
    assert markdown.index("## By fault") < markdown.index("## All cases together"), "what is pooled comes last"
    assert html.count("<svg") >= 4
    assert "http" not in html.replace("http://www.w3.org", "")
    assert leaderboard.html(told) == html, "equal figures give equal bytes"


def test_best_stands_first_and_floors_last(told: Results) -> None:
    order = leaderboard.ranked(told)
    assert order[0] == "specialist"
    floors = [told.detectors[name].floor for name in order]
    assert floors == sorted(floors)


# --- validity ------------------------------------------------------------------------------------------------


def test_the_corpus_is_a_fair_exam(made: Path) -> None:
    assert validity.check_corpus(Corpus(made)) == []


def test_an_unfair_corpus_is_noticed(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Corpus(made)
    answers = {entry.name: of.answer(entry) for entry in of.entries()}
    sick = next(answer for answer in answers.values() if answer["causes"])
    for answer in answers.values():
        answer["causes"], answer["decoys"] = sick["causes"], []
    monkeypatch.setattr(of, "answer", lambda entry: answers[entry.name])
    found = {breach.check for breach in validity.check_corpus(of)}
    assert {"healthy_share", "decoys_as_many"} <= found


def test_form_tells_nothing_about_health(made: Path) -> None:
    probe = validity.leak_probe(Corpus(made))
    assert probe.cases == 6
    assert not probe.leaks


def test_the_probe_sees_a_leak_when_there_is_one() -> None:
    import numpy as np

    labels = np.arange(40) % 3 > 0
    noise = np.array([[float((n * 7919) % 13), float((n * 104729) % 17)] for n in range(40)])
    assert not validity.probe(noise, labels).leaks
    assert validity.probe(np.column_stack([noise, 40.0 * labels]), labels).leaks


def test_a_public_seed_is_found_and_a_secret_one_is_not(made: Path, suite: Any) -> None:
    """Why ranked corpora are private: whoever knows the suite can try its seeds."""
    of = Corpus(made)
    entry = of.entries("test")[0]
    evidence = Evidence.open(of.evidence(entry))
    assert validity.recover_seed(evidence, validity.public_seeds(suite)) == of.answer(entry)["seed"]
    assert validity.recover_seed(evidence, range(50)) is None


def test_floors_have_limits_and_difficulty_a_direction(told: Results) -> None:
    assert validity.check_results(told, causes=1) == [], "with one cause to choose from, a constant answer is right"
    none = told.detectors["none"]
    lucky = msgspec.structs.replace(none, figures={**none.figures, "ac1": Figure(value=0.2, n=100)})
    guessed = msgspec.structs.replace(told, detectors={**told.detectors, "none": lucky})
    (breach,) = [each for each in validity.check_results(guessed, causes=48) if "none" in each.message]
    assert (breach.check, breach.message) == ("floors", "none reaches 20.0%; at most 15.0% is allowed with 48 causes")
    best = told.detectors["specialist"]
    tiers = ["easy"] * 10 + ["hard"] * 10
    faulty = next(score for score in best.scores if score.right is not None)
    upside_down = [
        msgspec.structs.replace(faulty, tier=tier, right=tier == "hard", case=str(n)) for n, tier in enumerate(tiers)
    ]
    changed = msgspec.structs.replace(best, scores=upside_down)
    worse = msgspec.structs.replace(told, detectors={"specialist": changed})
    assert {breach.check for breach in validity.check_results(worse, 1)} == {"difficulty", "floors"}


def test_rank_correlation_by_hand() -> None:
    assert validity.spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
    assert validity.spearman([1, 2, 3, 4], [1, 0, 1, 0]) == pytest.approx(-0.4472136)
    assert validity.spearman([1, 1], [0, 1]) is None
