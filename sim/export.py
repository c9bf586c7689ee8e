"""Writing a case: evidence tables and a manifest, in Parquet, CSV or DuckDB, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from .arrow import ROWS_A_PIECE, Disguise, Folds, Presenter, pieces
from .founding import World
from .memory import collector_rests
from .schema import TABLES, VERSION
from .tables import Rows

FORMATS = ("parquet", "csv", "duckdb")


class ExportError(Exception):
    """A case cannot be written; the message says why, in one line."""


_THREADS_MAX = 4
"""Tables written at a time; each takes some memory."""


class _Renderer:
    """Turns the name of a table into that table of one world, a piece at a time."""

    def __init__(self, world: World, rows: int) -> None:
        self._tables: dict[str, Rows[Any]] = {table.name: table for table in world.tables()}
        for table in self._tables.values():
            table.pack()  # here, as several threads will look at the same table
        self._rows = rows
        self._presenter = Presenter(world.lexicon, Disguise(world.draws), world.calendar.first)
        self._folds = Folds(self._tables, rows)

    def __call__(self, name: str) -> Iterator[pa.Table]:
        """At least one Arrow table; all have one schema."""
        return pieces(name, self._tables[name], self._presenter, self._folds, self._rows)


def evidence(world: World, rows: int = ROWS_A_PIECE) -> dict[str, pa.Table]:
    """All evidence tables of `world` as Arrow tables, by name; `rows`: how many are rendered at a time."""
    rendered = _Renderer(world, rows)
    return {name: _together(list(rendered(name))) for name in TABLES}


def _together(parts: list[pa.Table]) -> pa.Table:
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts).unify_dictionaries()


def manifest(world: World, file_format: str, until_day: int) -> dict[str, object]:
    """What a case says about itself: no seed, no scenario, no fault."""
    calendar = world.calendar
    return {
        "schema_version": VERSION,
        "software": f"tieout {metadata.version('tieout')}",
        "format": file_format,
        "profile": world.case.profile.name,
        "ledger": world.case.profile.ledger,
        "calendar": {
            "start": calendar.date(0).isoformat(),
            "end": calendar.date(until_day).isoformat(),
            "holidays": sorted(
                calendar.date(day).isoformat()
                for day in range(until_day + 1)
                if not calendar.is_workday(day) and calendar.weekday(day) < 5
            ),
        },
        "month_ends": [calendar.date(day).isoformat() for day in calendar.month_ends if day <= until_day],
    }


def write_case(
    world: World, folder: Path, file_format: str = "parquet", *, until_day: int | None = None, rows: int = ROWS_A_PIECE
) -> None:
    """Write the evidence of `world` into the empty or missing `folder`, `rows` rows of a table at a time.

    They are a row group in Parquet; the other formats do not show them.
    """
    day = world.calendar.days - 1 if until_day is None else until_day
    head = manifest(world, file_format, day)
    folder.mkdir(parents=True, exist_ok=True)
    with collector_rests():
        counts, hashes = _WRITERS[file_format](_Renderer(world, rows), folder)
    head["tables"] = {name: {"rows": count} for name, count in counts.items()}
    head["sha256"] = hashes
    (folder / "manifest.json").write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


@contextmanager
def whole_folder(target: Path, *, force: bool) -> Iterator[Path]:
    """A new folder to fill, moved to `target` when all went well and removed otherwise.

    Raises ExportError when `target` exists and `force` is not given, or cannot be made.
    """
    if target.exists() and not force:
        raise ExportError(f"{target} exists already; choose another folder or add --force")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise ExportError(f"{target}: {error.strerror or error}") from error
    try:
        yield fresh
        fresh.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            os.replace(target, old / target.name)
            os.replace(fresh, target)
            shutil.rmtree(old)
        else:
            os.replace(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


Written = tuple[dict[str, int], dict[str, str]]
"""Rows of each table, and the hash of each file."""


Opener = Callable[[Path, pa.Table], Any]
"""Opens a file for tables like the one given; what it gives writes tables and is closed."""


def _write_files(rendered: _Renderer, folder: Path, suffix: str, opened: Opener) -> Written:
    """One file a table, several at a time: numpy and Arrow let go of the interpreter while they work."""

    def write_one(name: str) -> tuple[int, str]:
        path = folder / f"{name}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        parts = rendered(name)
        part = next(parts)
        rows = part.num_rows
        with opened(path, part) as file:
            file.write_table(part)
            for part in parts:
                file.write_table(part)
                rows += part.num_rows
        with path.open("rb") as written:
            return rows, hashlib.file_digest(written, "sha256").hexdigest()

    with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS_MAX)) as pool:
        done = dict(zip(TABLES, pool.map(write_one, TABLES), strict=True))
    return {name: rows for name, (rows, _) in done.items()}, {f"{name}.{suffix}": digest for name, (_, digest) in done.items()}


def _write_parquet(rendered: _Renderer, folder: Path) -> Written:
    import pyarrow.parquet as pq  # noqa: PLC0415  (only when written)

    def opened(path: Path, first: pa.Table) -> Any:
        worded = [field.name for field in first.schema if pa.types.is_dictionary(field.type)]
        # Ids are hashes: trying to compress them takes half of the time and saves little.
        packing = {field.name: "NONE" if pa.types.is_string(field.type) else "SNAPPY" for field in first.schema}
        # The Arrow schema is left out, so that readers see plain strings instead of dictionaries.
        return pq.ParquetWriter(
            path, first.schema, compression=packing, use_dictionary=worded, write_statistics=False, store_schema=False
        )

    return _write_files(rendered, folder, "parquet", opened)


class _CsvFile:
    """A CSV file that takes word lists as plain strings."""

    def __init__(self, path: Path, first: pa.Table) -> None:
        import pyarrow.csv as pc  # noqa: PLC0415

        self._writer = pc.CSVWriter(str(path), _plain(first).schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(_plain(table))


def _write_csv(rendered: _Renderer, folder: Path) -> Written:
    return _write_files(rendered, folder, "csv", _CsvFile)


def _write_duckdb(rendered: _Renderer, folder: Path) -> Written:
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise ExportError("the duckdb format needs an extra: pip install 'tieout[duckdb]'") from error
    path, rows = folder / "case.duckdb", {}
    with duckdb.connect(str(path)) as database:
        for name in TABLES:
            layer, short = name.split("/")
            rows[name] = 0
            database.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
            for part in rendered(name):
                into = f'INSERT INTO "{layer}"."{short}"' if rows[name] else f'CREATE TABLE "{layer}"."{short}" AS'
                database.register("incoming", _plain(part))
                database.execute(f"{into} SELECT * FROM incoming")
                database.unregister("incoming")
                rows[name] += part.num_rows
    with path.open("rb") as written:
        return rows, {path.name: hashlib.file_digest(written, "sha256").hexdigest()}


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as plain strings."""
    fields = [
        pa.field(field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type) for field in table.schema
    ]
    return table.cast(pa.schema(fields))


_WRITERS: dict[str, Callable[[_Renderer, Path], Written]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "duckdb": _write_duckdb,
}
