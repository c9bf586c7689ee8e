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


class Act(msgspec.Struct, frozen=True, gc=False):
    """Something a member of staff did about what they saw: a mask, or another way of working."""

    kind: str
    """A mask by its name, or "distrust" for the loss of trust itself."""
    role: str
    user: int
    at: int
    """Minute."""
    key: int
    """The document made; -1 for none."""
    account: int
    """The account that did not agree; -1 for none."""
    gap_cents: int
    """The difference that prompted it."""
    cents: int
    """What the document put on that account."""
