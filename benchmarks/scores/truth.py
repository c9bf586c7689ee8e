"""The truth of a case as far as scores need it: the content of an answer.json, read strictly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

ANSWER_VERSION = 1
"""Version of answer.json that this module reads."""


class TruthError(ValueError):
    """An answer.json is missing or damaged; the message says what is expected where, in one line."""


class Window(msgspec.Struct, frozen=True):
    """First and last day of a case."""

    start: dt.date
    end: dt.date


class TrueStage(msgspec.Struct, frozen=True):
    """One stage of the failure sequence."""

    stage: int
    reached: bool
    at: str | None = None
    """Minute, as ISO text."""


class Drawn(msgspec.Struct, frozen=True):
    """How a case of a suite was drawn."""

    split: str = ""
    tier: str = ""


class TrueCause(msgspec.Struct, frozen=True):
    """One thing that really went wrong. Other keys of answer.json are for reports and are ignored here."""

    name: str
    layer: str
    root_documents: tuple[str, ...]
    documents: tuple[str, ...]
    onset: dt.date | None = None
    amount_cents: int | None = None
    document_cents: tuple[int, ...] = ()
    """What each of `documents` adds to the amount, without signs."""
    near: tuple[str, ...] = ()
    """Causes that the catalogue names as its trigger or its effect: half a point in a column of their own."""
    stages: tuple[TrueStage, ...] = ()


class TrueDecoy(msgspec.Struct, frozen=True):
    """One thing that only looks wrong."""

    name: str
    looks_like: str
    documents: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """The truth of a case as far as scores need it."""

    schema_version: int
    scenario: str
    window: Window
    causes: tuple[TrueCause, ...]
    decoys: tuple[TrueDecoy, ...] = ()
    profile: str = ""
    seed: int = 0
    masks: tuple[str, ...] = ()
    """Names of the practices by which staff hid what they saw."""
    sampled: Drawn = Drawn()
    aliases: dict[str, str] = {}
    """Other ids of documents that Cin7 does not have (a journal's, a bank line's), with the id used here."""

    def __post_init__(self) -> None:
        if self.schema_version != ANSWER_VERSION:
            raise ValueError(f"schema_version is {self.schema_version}; this version reads {ANSWER_VERSION}")
        names = [cause.name for cause in self.causes]
        if len(names) != len(set(names)):
            raise ValueError("causes names one cause twice")


def read_answer(path: Path) -> dict[str, Any]:
    """Read and check an answer.json. Raises TruthError with the file and what is expected."""
    try:
        answer = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise TruthError(f"{path}: cannot be read ({error.strerror or error}); a truth folder holds answer.json") from error
    except msgspec.DecodeError as error:
        raise TruthError(f"{path}: not JSON: {error}") from error
    try:
        parse_answer(answer)
    except TruthError as error:
        raise TruthError(f"{path}: {error}") from error
    checked: dict[str, Any] = answer
    return checked


def parse_answer(answer: Mapping[str, Any]) -> Answer:
    """The checked truth of a case. Raises TruthError when a key is missing or has another type."""
    try:
        return msgspec.convert(answer, Answer)
    except msgspec.ValidationError as error:
        raise TruthError(f"not an answer: {error}") from error
