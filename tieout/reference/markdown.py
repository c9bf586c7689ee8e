"""Markdown, as far as the reference pages need it. Knows nothing of what the pages say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, one line a row; a bar within a cell is escaped."""
    lines = [_row(head), _row(["---"] * len(head))]
    return lines + [_row([cell.replace("|", "\\|") for cell in row]) for row in rows]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def code(word: str) -> str:
    """A word in type; nothing for nothing."""
    return f"`{word}`" if word else ""


def anchor(heading: str) -> str:
    """Where a heading of letters, digits, spaces and punctuation can be linked to, as GitHub makes it."""
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " _-")
    return "#" + kept.replace(" ", "-")
