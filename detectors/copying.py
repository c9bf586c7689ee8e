"""Writing evidence to a folder of its own: what a detector in another process, or in another language, is given.

The folder holds the visible layers as of the evidence's evening and a manifest, exactly as a case on disk does, so that
`Evidence.open` reads it back. Knows evidence and files, nothing of detectors.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.schema import VERSION

from .evidence import Evidence

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv")


def write_evidence(evidence: Evidence, folder: Path, file_format: str = "parquet") -> None:
    """Write evidence into the new or empty `folder`, as Parquet or CSV.

    Raises ValueError for another format, CaseError when a table of the case is damaged, OSError when it cannot be
    written.
    """
    if file_format not in FORMATS:
        raise ValueError(f"format is {file_format!r}; allowed are {', '.join(FORMATS)}")
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict[str, int]] = {}
    hashes: dict[str, str] = {}
    for name in evidence.names:
        path = folder / f"{name}.{file_format}"
        path.parent.mkdir(exist_ok=True)
        own = evidence.file(name)
        if own is not None and own[0].suffix == path.suffix:
            shutil.copyfile(own[0], path)
            count = own[1]
        else:
            table = evidence.arrow(name)
            _WRITERS[file_format](table, path)
            count = table.num_rows
        rows[name] = {"rows": count}
        with path.open("rb") as written:
            hashes[path.relative_to(folder).as_posix()] = hashlib.file_digest(written, "sha256").hexdigest()
    manifest = _manifest(evidence, file_format) | {"tables": rows, "sha256": hashes}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _manifest(evidence: Evidence, file_format: str) -> dict[str, Any]:
    calendar = evidence.calendar
    return {
        "schema_version": VERSION, "format": file_format, "profile": evidence.profile, "ledger": evidence.ledger,
        "calendar": {
            "start": calendar.start.isoformat(), "end": calendar.end.isoformat(),
            "holidays": [day.isoformat() for day in calendar.holidays],
        },
        "month_ends": [day.isoformat() for day in evidence.month_ends],
    }  # fmt: skip


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415  (only when written)

    pq.write_table(table, path, store_schema=False, write_statistics=False)


def _write_csv(table: pa.Table, path: Path) -> None:
    import pyarrow.csv as pc  # noqa: PLC0415

    pc.write_csv(table, path)


_WRITERS = {"parquet": _write_parquet, "csv": _write_csv}
