"""What a benchmark run says, as a file: figures, tables, and the score of every case. Its schema is derived from here."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from .scores import Figure, Score

VERSION = 1
"""Version of a results file."""

Figures = dict[str, Figure]


class ResultsError(ValueError):
    """A results file cannot be read; the message says why, in one line."""


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """When the cause of one case was first named first, asked at every month-end."""

    case: str
    faulty: bool
    detected: str | None
    """The month-end; None for never."""
    days_after_onset: int | None
    before_close: bool | None
    """It was found at the first month-end after its onset, before that month was closed."""
    lead_before_trust: int | None
    """Days before somebody changed how they work (stage 5), where it came to that; negative is too late."""
    lead_before_control: int | None
    """Days before stockouts, excess purchases or unexplained margin (stage 6)."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Time to detect over the fixed subset."""

    asked: int
    detected: int
    median_days: float | None
    before_close: Figure | None
    median_lead_before_trust: float | None
    median_lead_before_control: float | None
    by_month: list[float]
    """Share of faulty cases whose cause was named first by the n-th month-end after the onset."""
    cases: list[Detection]


class DetectorResult(msgspec.Struct, frozen=True, kw_only=True):
    """One detector on one split."""

    floor: bool
    """It is there to be beaten."""
    figures: Figures
    groups: dict[str, dict[str, Figures]]
    """By kind of group (fault, layer, profile, difficulty), then group."""
    confusion: dict[str, dict[str, int]]
    risk_coverage: list[tuple[float, float]]
    visibility: dict[str, Figures]
    """By layers visible, joined by +, over the fixed subset."""
    timing: Timing | None
    scores: list[Score]
    """Case by case; empty for a private split, whose truth stays sealed."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark."""

    schema_version: int
    software: str
    suite: str
    title: str
    suite_sha256: str
    split: str
    private: bool
    layers: list[str]
    cases: int
    faulty: int
    healthy: int
    injected: dict[str, int]
    kept: dict[str, int]
    subset: int
    """Cases of the fixed subset for the tables by visibility and time to detect."""
    detectors: dict[str, DetectorResult]


PACKED = ".gz"


def encode(results: Results) -> bytes:
    """As JSON, one space deep."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"


def content(results: Results, path: Path) -> bytes:
    """What belongs into the file `path`: JSON, packed where its name ends with .gz; equal results give equal bytes."""
    return gzip.compress(encode(results), mtime=0) if path.suffix == PACKED else encode(results)


def read(path: Path) -> Results:
    """Results from a file, packed where its name ends with .gz. Raises ResultsError."""
    try:
        told = path.read_bytes()
        results = msgspec.json.decode(gzip.decompress(told) if path.suffix == PACKED else told, type=Results)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ResultsError(f"{path}: no packed file: {error}") from error
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror or error}") from error
    except msgspec.DecodeError as error:
        raise ResultsError(f"{path}: no results of `tieout benchmark`: {error}") from error
    if results.schema_version != VERSION:
        raise ResultsError(f"{path}: schema_version is {results.schema_version}; this version reads {VERSION}")
    return results


_SAME = ("suite", "suite_sha256", "split", "private", "layers", "subset", "injected", "kept")


def check_same(new: Results, old: Results, cases: Collection[str]) -> None:
    """Raise ResultsError when `old` is not about the same cases as `new`, which are `cases`, seen in the same way."""
    for name in _SAME:
        ours, theirs = getattr(new, name), getattr(old, name)
        if ours != theirs:
            raise ResultsError(f"the earlier results are of other cases: {name} is {theirs} there and {ours} here")
    for detector, each in old.detectors.items():
        if not new.private and {score.case for score in each.scores} != set(cases):
            raise ResultsError(f"the earlier results are of other cases: {detector} was not asked about the same ones")


def schema() -> dict[str, Any]:
    """The JSON schema of a results file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Results)}


def schema_text() -> str:
    """The schema as it is kept beside this module."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=1).decode() + "\n"


SCHEMA_FILE = Path(__file__).with_name("results.schema.json")
