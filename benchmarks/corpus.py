"""A corpus: the cases of a suite on disk, evidence in one folder and truth in another, the same bytes however it was made.

A case is written whole or not at all, in a folder that takes its name when everything is there; what was finished before
an interruption is kept and can be gone on with. Events that change next to nothing are drawn again, a decoy as another one,
then left out.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from scenarios.sampler import Sampled, Sampler, Secret, check_distinct, describe
from scenarios.suite import Suite

from . import sealing
from .pools import as_done, pool
from .scores import TruthError, parse_answer, read_answer

VERSION = 1
"""Version of corpus.json and of the folders around it."""
ATTEMPTS = 4
"""Times a case is drawn before its place in the suite is left empty."""
_INDEX, _CASES, _TRUTH, _DONE = "corpus.json", "cases", "truth", "done"


class CorpusError(ValueError):
    """A corpus cannot be made or used; the message says why, in one line."""


class Made(msgspec.Struct, frozen=True):
    """What came of one place of the plan."""

    number: int
    """Of the place, over all splits."""
    name: str
    split: str
    kept: bool
    injected: dict[str, int]
    """Events put in over all attempts, by kind: fault or decoy."""
    passed: dict[str, int]
    """Those that changed enough."""
    sha256: str = ""
    """Of the case's manifest, which holds those of its tables."""
    truth_sha256: str = ""
    """Over the files of its truth, by name."""


class Entry(msgspec.Struct, frozen=True):
    """One case of a corpus."""

    name: str
    split: str
    sealed: bool
    sha256: str
    truth_sha256: str


class Index(msgspec.Struct, frozen=True):
    """What a corpus says about itself: nothing that tells one case from another."""

    schema_version: int
    software: str
    suite: str
    title: str
    suite_sha256: str
    """Of the suite's settings: equal ones draw equal cases."""
    private: bool
    injected: dict[str, int]
    kept: dict[str, int]
    left_out: int
    """Places of the plan that stayed empty."""
    cases: list[Entry]


# --- making --------------------------------------------------------------------------------------------------


class Maker:
    """Makes the cases of one suite in one folder; lives as long as a worker process does."""

    def __init__(self, suite: Suite, secret: Secret | None, folder: Path) -> None:
        """Raises ScenarioError when the suite cannot be drawn."""
        self._sampler, self._folder = Sampler(suite, secret), folder
        self.plan = self._sampler.plan()

    def first_draws(self) -> list[Sampled]:
        """Every case as it is drawn first."""
        return [self._sampler.draw(place) for place in self.plan]

    def make(self, number: int) -> Made:
        """Draw and simulate place `number` until its events change enough, and write it."""
        place = self.plan[number]
        injected, passed = Counter[str](), Counter[str]()
        idle: set[str] = set()
        for attempt in range(ATTEMPTS):
            sampled = self._sampler.draw(place, attempt)
            simulation, impacts, good = self._simulate(sampled)
            for name, told in impacts.items():
                kind = "fault" if name in place.faults else "decoy"
                injected[kind] += 1
                passed[kind] += told["passes"]
                if not told["passes"]:
                    idle.add(name)
            if good:
                return self._written(number, sampled, simulation, impacts, injected, passed)
            # A fault has to stay, so that each is there as often as any other; of decoys another one does as well.
            place = self._sampler.instead_of(place, idle)
        return self._recorded(Made(number, sampled.name, place.split, False, dict(injected), dict(passed)))

    def _simulate(self, sampled: Sampled) -> tuple[Any, dict[str, dict[str, Any]], bool]:
        from sim.simulate import simulate  # noqa: PLC0415  (heavy; the command line only plans)

        simulation = simulate(sampled.case, gated=True)
        scenario = sampled.case.scenario
        impacts = {}
        for event in (*scenario.faults, *scenario.decoys):
            impact = simulation.impact_of(event.name)
            impacts[event.name] = {**msgspec.to_builtins(impact), "passes": impact.passes}
        good = all(told["passes"] for told in impacts.values())
        if self._sampler.suite.masked is True and scenario.faults:
            good = good and simulation.is_masked()
        return simulation, impacts, good

    def _written(
        self, number: int, sampled: Sampled, simulation: Any, impacts: Mapping[str, Any],
        injected: Mapping[str, int], passed: Mapping[str, int],
    ) -> Made:  # fmt: skip
        from sim.export import write_case  # noqa: PLC0415
        from sim.simulate import write_truth  # noqa: PLC0415

        name = sampled.name
        fresh = self._folder / f".{name}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        write_case(simulation.world, fresh / "case")
        told = {"suite": self._sampler.suite.name, **describe(sampled), "impact": impacts}
        write_truth(simulation, fresh / "truth", {"sampled": told})
        del simulation
        truth = self._folder / _TRUTH / name
        if self._sampler.is_private(sampled.split) and self._sampler.secret is not None:
            sealing.seal(fresh / "truth", fresh / "sealed", self._sampler.secret.key, name)
            truth = truth.with_suffix(".sealed")
            os.replace(fresh / "sealed", truth)
        else:
            shutil.rmtree(truth, ignore_errors=True)
            os.replace(fresh / "truth", truth)
        case = self._folder / _CASES / name
        shutil.rmtree(case, ignore_errors=True)
        os.replace(fresh / "case", case)
        shutil.rmtree(fresh)
        digests = (_digest(case / "manifest.json"), digest_of_truth(truth))
        return self._recorded(Made(number, name, sampled.split, True, dict(injected), dict(passed), *digests))

    def _recorded(self, made: Made) -> Made:
        """The last step: without this note the case counts as not made."""
        note = self._folder / _DONE / f"{made.number}.json"
        fresh = note.with_suffix(".fresh")
        fresh.write_bytes(msgspec.json.encode(made))
        os.replace(fresh, note)
        return made


_MAKER: list[Maker] = []
"""The maker of a worker process."""


def _begin(suite: Suite, secret: Secret | None, folder: Path) -> None:
    _MAKER.append(Maker(suite, secret, folder))
    _MAKER[0].first_draws()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it after every case


def _make(number: int) -> Made:
    made = _MAKER[0].make(number)
    gc.collect()  # a world is full of cycles
    return made


def make(
    suite: Suite, out: Path, *, secret: Secret | None = None, jobs: int = 1, resume: bool = False,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Index:  # fmt: skip
    """Make the corpus of `suite` in the new folder `out` with `jobs` processes; `told` hears how many cases are done.

    Until all is there, it grows in a hidden folder beside `out`; `resume` goes on with one that was left there. Raises
    CorpusError, ScenarioError when the suite cannot be drawn, SealError when its truth cannot be sealed.
    """
    if out.exists():
        raise CorpusError(f"{out} exists already; choose another folder")
    if secret is not None:
        sealing.require()
    folder = out.parent / f".{out.name}.part"
    digest = suite_digest(suite)
    token = f"{digest} {_software()} {secret.number('identity') if secret else 'public'}\n"
    maker = Maker(suite, secret, folder)  # says at once what cannot be drawn
    check_distinct(maker.first_draws())
    _prepare(folder, token, resume=resume)
    done = _done(folder)
    left = [number for number in range(len(maker.plan)) if number not in done]
    told(len(done), len(maker.plan))
    for made in _work(suite, secret, folder, left, jobs):
        done[made.number] = made
        told(len(done), len(maker.plan))
    index = _index(suite, digest, secret, [done[number] for number in sorted(done)])
    shutil.rmtree(folder / _DONE)
    (folder / "plan").unlink()
    (folder / _INDEX).write_bytes(msgspec.json.format(msgspec.json.encode(index), indent=1) + b"\n")
    os.replace(folder, out)
    return index


def _work(suite: Suite, secret: Secret | None, folder: Path, left: Sequence[int], jobs: int) -> Iterator[Made]:
    if jobs == 1:
        maker = Maker(suite, secret, folder)
        for number in left:
            yield maker.make(number)
            gc.collect()
        return
    with pool(min(jobs, max(1, len(left))), _begin, suite, secret, folder) as workers:
        yield from as_done(workers, _make, left)


def _prepare(folder: Path, token: str, *, resume: bool) -> None:
    """The folder to grow in: a new one, or the one left behind, without the cases that were not finished."""
    plan = folder / "plan"
    if folder.exists():
        if not resume:
            raise CorpusError(f"{folder} was left by an interrupted run; add --resume to go on with it, or remove it")
        if not plan.is_file() or plan.read_text(encoding="utf-8") != token:
            raise CorpusError(f"{folder} is of another suite, secret or version; remove it to begin anew")
    for name in (_CASES, _TRUTH, _DONE):
        (folder / name).mkdir(parents=True, exist_ok=True)
    plan.write_text(token, encoding="utf-8")
    whole = {made.name for made in _done(folder).values() if made.kept}
    for path in (*folder.glob(".*"), *(folder / _CASES).iterdir(), *(folder / _TRUTH).iterdir()):
        if path.name.removesuffix(".sealed") not in whole:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _done(folder: Path) -> dict[int, Made]:
    notes = [msgspec.json.decode(path.read_bytes(), type=Made) for path in (folder / _DONE).glob("*.json")]
    return {made.number: made for made in notes}


def _index(suite: Suite, digest: str, secret: Secret | None, made: Sequence[Made]) -> Index:
    injected, passed = Counter[str](), Counter[str]()
    for each in made:
        injected.update(each.injected)
        passed.update(each.passed)
    entries = [
        Entry(each.name, each.split, secret is not None and each.split == "test", each.sha256, each.truth_sha256)
        for each in made if each.kept
    ]  # fmt: skip
    return Index(
        VERSION, _software(), suite.name, suite.title, digest, secret is not None, dict(sorted(injected.items())),
        dict(sorted(passed.items())), len(made) - len(entries), sorted(entries, key=lambda entry: entry.name),
    )  # fmt: skip


def suite_digest(suite: Suite) -> str:
    """A hash of a suite's settings."""
    return hashlib.sha256(msgspec.json.encode(suite, order="deterministic")).hexdigest()


def _software() -> str:
    return f"tieout {metadata.version('tieout')}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of_truth(path: Path) -> str:
    """One hash over a sealed file, or over the files of a folder and their names."""
    if path.is_file():
        return _digest(path)
    lines = [f"{_digest(each)}  {each.name}\n" for each in sorted(path.iterdir())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# --- using ---------------------------------------------------------------------------------------------------


class Corpus:
    """A corpus on disk."""

    def __init__(self, folder: Path, secret: Secret | None = None) -> None:
        """Raises CorpusError when `folder` is none."""
        path = folder / _INDEX
        try:
            self.index = msgspec.json.decode(path.read_bytes(), type=Index)
        except OSError as error:
            raise CorpusError(f"{path}: cannot be read ({error.strerror or error}); `tieout corpus` makes one") from error
        except msgspec.DecodeError as error:
            raise CorpusError(f"{path}: not an index of a corpus: {error}") from error
        if self.index.schema_version != VERSION:
            raise CorpusError(f"{path}: schema_version is {self.index.schema_version}; this version reads {VERSION}")
        self.folder, self._secret = folder, secret

    def entries(self, split: str | None = None) -> list[Entry]:
        """Its cases, or those of one split, in order of name."""
        return [entry for entry in self.index.cases if split in {None, entry.split}]

    def evidence(self, entry: Entry) -> Path:
        """The folder of a case's evidence."""
        return self.folder / _CASES / entry.name

    def truth(self, entry: Entry) -> Path:
        """Where a case's truth is: a folder, or a sealed file."""
        return self.folder / _TRUTH / (f"{entry.name}.sealed" if entry.sealed else entry.name)

    def answer(self, entry: Entry) -> dict[str, Any]:
        """The answer of a case. Raises TruthError or SealError when it is damaged, CorpusError when it is sealed."""
        path = self.truth(entry)
        if not entry.sealed:
            return read_answer(path / "answer.json")
        if self._secret is None:
            raise CorpusError(f"{path}: is sealed; give the secret it was made with: --private-seed")
        answer: dict[str, Any] = json.loads(sealing.unseal(path, self._secret.key, entry.name)["answer.json"])
        try:
            parse_answer(answer)
        except TruthError as error:
            raise TruthError(f"{path}: {error}") from error
        return answer

    def verify(self) -> None:
        """Compare the checksums of every case's manifest and truth. Raises CorpusError at the first that differs."""
        for entry in self.index.cases:
            for path, wanted, found in (
                (self.evidence(entry), entry.sha256, lambda at: _digest(at / "manifest.json")),
                (self.truth(entry), entry.truth_sha256, digest_of_truth),
            ):
                try:
                    same = found(path) == wanted
                except OSError as error:
                    raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error
                if not same:
                    raise CorpusError(f"{path}: is not as it was made: its checksum is another one than the index says")
