"""A corpus: the same bytes whoever makes it, whole cases or none, no answer where a detector can look."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import corpus, sealing
from benchmarks.corpus import Corpus, CorpusError
from benchmarks.sealing import SealError
from detectors.evidence import Evidence
from scenarios.sampler import Secret
from scenarios.suite import Suite
from sim import decoys, faults

SECRET = Secret.of("00112233445566778899aabbccddeeff")


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_case_is_there_with_its_truth(made: Path) -> None:
    of = Corpus(made)
    of.verify()
    assert [len(of.entries(split)) for split in ("train", "test", None)] == [3, 3, 6]
    for entry in of.entries():
        answer = of.answer(entry)
        assert answer["sampled"]["split"] == entry.split
        assert answer["scenario"] == entry.name
        assert all(told["passes"] for told in answer["sampled"]["impact"].values())
        assert Evidence.open(of.evidence(entry)).profile == answer["profile"]
    assert {len(of.answer(entry)["causes"]) for entry in of.entries()} == {0, 1}


def test_no_answer_is_where_a_detector_looks(made: Path) -> None:
    words = [*faults.discover(), *decoys.discover(), "severity", "hard", "onset", "decoy", "fault", "train"]
    for path in (made / "cases").rglob("*"):
        if path.is_file() and path.suffix == ".json":
            text = path.read_text(encoding="utf-8")
            assert not [word for word in words if word in text], path
            assert "seed" not in json.loads(text)
        assert not [word for word in words if word in path.name]


@pytest.mark.slow
def test_the_same_bytes_whatever_the_number_of_processes(suite: Suite, made: Path, tmp_path: Path) -> None:
    corpus.make(suite, tmp_path / "again", jobs=2)
    assert content(tmp_path / "again") == content(made)


@pytest.mark.slow
def test_an_interrupted_run_is_gone_on_with(suite: Suite, made: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        """As if somebody pulled the plug."""

    def stop_after_two(done: int, _of: int) -> None:
        if done == 2:
            raise Stop

    out = tmp_path / "tiny"
    with pytest.raises(Stop):
        corpus.make(suite, out, told=stop_after_two)
    assert not out.exists()
    part = tmp_path / ".tiny.part"
    assert len(list((part / "done").iterdir())) == 2
    finished = {path.name for path in (part / "cases").iterdir()}
    # A case that was begun and not finished leaves all sorts of things behind.
    (part / ".0123456789abcdef").mkdir()
    shutil.copytree(part / "cases" / min(finished), part / "cases" / "fedcba9876543210")
    with pytest.raises(CorpusError, match="add --resume"):
        corpus.make(suite, out)
    with pytest.raises(CorpusError, match="another suite, secret or version"):
        corpus.make(msgspec.structs.replace(suite, seed=5), out, resume=True)
    heard: list[int] = []
    corpus.make(suite, out, resume=True, told=lambda done, _of: heard.append(done))
    assert heard[0] == 2
    assert content(out) == content(made)
    assert not part.exists()


def test_a_folder_that_is_there_is_not_touched(suite: Suite, made: Path) -> None:
    with pytest.raises(CorpusError, match="exists already"):
        corpus.make(suite, made)


@pytest.mark.slow
def test_the_truth_of_a_private_split_is_sealed(suite: Suite, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "private"
    index = corpus.make(suite, out, secret=SECRET)
    assert index.private
    public, private = Corpus(made), Corpus(out, SECRET)
    private.verify()
    assert [entry.name for entry in public.entries("train")] == [entry.name for entry in private.entries("train")]
    assert not {entry.name for entry in public.entries("test")} & {entry.name for entry in private.entries("test")}
    for entry in private.entries("test"):
        assert entry.sealed
        assert private.truth(entry).suffix == ".sealed"
        assert private.answer(entry)["sampled"]["split"] == "test"
        assert b"causes" not in private.truth(entry).read_bytes()
    sealed = private.entries("test")[0]
    with pytest.raises(CorpusError, match="is sealed"):
        Corpus(out).answer(sealed)
    with pytest.raises(SealError, match="does not open"):
        Corpus(out, Secret.of("f" * 32)).answer(sealed)
    for path in out.rglob("*.json"):
        assert SECRET.key.hex() not in path.read_text(encoding="utf-8")


def test_a_truth_that_was_touched_is_noticed(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    of = Corpus(copy)
    answer = of.truth(of.entries()[0]) / "answer.json"
    answer.write_text(answer.read_text(encoding="utf-8").replace('"causes"', '"cause"'), encoding="utf-8")
    with pytest.raises(CorpusError, match="not as it was made"):
        of.verify()


def test_seals_open_only_for_their_case(tmp_path: Path) -> None:
    folder = tmp_path / "truth"
    folder.mkdir()
    (folder / "answer.json").write_text("{}", encoding="utf-8")
    sealing.seal(folder, tmp_path / "a", SECRET.key, "a")
    sealing.seal(folder, tmp_path / "b", SECRET.key, "a")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sealing.unseal(tmp_path / "a", SECRET.key, "a") == {"answer.json": b"{}"}
    with pytest.raises(SealError):
        sealing.unseal(tmp_path / "a", SECRET.key, "b")


@pytest.mark.parametrize("text", [None, "{}", '{"schema_version": 99}'])
def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path, text: Any) -> None:
    if text is not None:
        (tmp_path / "corpus.json").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"corpus\.json"):
        Corpus(tmp_path)


@pytest.mark.slow
def test_events_that_change_nothing_are_drawn_again_and_then_left_out(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.truth.impact.DOCUMENTS", 10**9)
    monkeypatch.setattr("sim.truth.impact.SHARE", 10.0**9)
    monkeypatch.setattr(corpus, "ATTEMPTS", 2)
    index = corpus.make(suite, tmp_path / "out")
    events = index.injected["fault"] + index.injected["decoy"]
    assert index.kept == {"decoy": 0, "fault": 0}
    assert index.left_out > 0
    assert events >= 2 * index.left_out
    assert all(not Corpus(tmp_path / "out").answer(entry)["causes"] for entry in index.cases)
