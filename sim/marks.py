"""Marks: the documents at which an injected event touched the world. Written by faults, decoys and masks alone."""

from __future__ import annotations

import msgspec


class Mark(msgspec.Struct, frozen=True, gc=False):
    """One document touched."""

    event: str
    """The fault or decoy."""
    key: int
    at: int
    """Minute."""


class Marks:
    """All marks of a run, in order of time."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[Mark] = []

    def note(self, event: str, key: int, at: int) -> None:
        """Mark a document."""
        self.rows.append(Mark(event, key, at))
