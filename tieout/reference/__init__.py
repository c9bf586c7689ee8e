"""Reference pages for `docs/`, written from the schema and from simulated cases, never by hand.

Each page is a text; the same sources give the same text. Nothing here changes what is simulated.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from detectors import external

from . import dictionary, documents, effects, faults, profiles, sync_errors

PAGES: dict[str, Callable[[], str]] = {
    "data-dictionary.md": dictionary.page, "documents.md": documents.page, "effects.md": effects.page,
    "faults.md": faults.page, "profiles.md": profiles.page,
    "sync-errors.md": sync_errors.page, "detectors/diagnosis.schema.json": external.schema_text,
}  # fmt: skip
"""Every generated page: file name in `docs/`, and what writes its text."""


def write(folder: Path) -> list[Path]:
    """Write every page into `folder`; return the files whose text changed. No page is touched before all are made."""
    texts = {folder / name: page() for name, page in PAGES.items()}
    changed = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(texts[path], encoding="utf-8")
        os.replace(fresh, path)
    return changed
