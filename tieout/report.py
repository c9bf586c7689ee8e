"""Two pages about one case: the trainee's handout, and the trainer's reveal. Each is one file that needs no other.

Imports pandas and matplotlib, so import it late.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from detectors.scorecard import Scorecard

from .pages import scorecard
from .pages.evidence import ReportError, Tables
from .pages.handout import handout
from .pages.reveal import reveal
from .pages.truth import Truth

__all__ = ["ReportError", "scorecard_of", "write_handout", "write_page", "write_reveal"]


def write_handout(case_folder: Path, path: Path) -> None:
    """Write the trainee's page about the case to `path`: evidence and questions, no truth.

    Raises ReportError when the case is incomplete or the page cannot be written.
    """
    write_page(path, handout(Tables(case_folder)))


def scorecard_of(case_folder: Path) -> Scorecard:
    """The health scorecard as the trainer's page has it. Raises ReportError when the case is damaged."""
    return scorecard.read(Tables(case_folder))


def write_reveal(
    case_folder: Path, truth_folder: Path, results: list[dict[str, Any]], path: Path, card: Scorecard | None = None
) -> None:
    """Write the trainer's page to `path`: what happened, what each detector said, and one order's chain.

    `results` holds for each detector its name ("detector"), "diagnosis", "score", "seconds" and "failure"; every
    score is optional. `card`: the scorecard, where it is known already. Raises ReportError when case or truth is incomplete
    or the page cannot be written.
    """
    tables = Tables(case_folder)
    write_page(path, reveal(tables, Truth(truth_folder), results, card or scorecard.read(tables)))


def write_page(path: Path, page: str | bytes) -> None:
    """Write `page` to `path`, whole or not at all. Raises ReportError."""
    fresh = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(page if isinstance(page, bytes) else page.encode())
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise ReportError(f"{path}: {error.strerror or error}") from error
