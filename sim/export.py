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

import pyarrow as pa

from .arrow import Disguise, Folds, Presenter, render
from .founding import World
from .schema import TABLES, VERSION

FORMATS = ("parquet", "csv", "duckdb")


class ExportError(Exception):
    """A case cannot be written; the message says why, in one line."""


class _Renderer:
    """Turns the name of a table into that table of one world."""

    def __init__(self, world: World) -> None:
        self.matrices = {table.name: table.matrix() for table in world.tables()}
        self._presenter = Presenter(world.lexicon, Disguise(world.draws), world.calendar.first)
        self._folds = Folds(self.matrices)

    def __call__(self, name: str) -> pa.Table:
        return render(name, self.matrices[name], self._presenter, self._folds)


def evidence(world: World) -> dict[str, pa.Table]:
    """All evidence tables of `world` as Arrow tables, by name."""
    rendered = _Renderer(world)
    return {name: rendered(name) for name in TABLES}


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


def write_case(world: World, folder: Path, file_format: str = "parquet", *, until_day: int | None = None) -> None:
    """Write the evidence of `world` into the empty or missing `folder`."""
    day = world.calendar.days - 1 if until_day is None else until_day
    head = manifest(world, file_format, day)
    folder.mkdir(parents=True, exist_ok=True)
    rows, hashes = _WRITERS[file_format](_Renderer(world), folder)
    head["tables"] = {name: {"rows": count} for name, count in rows.items()}
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


def _write_files(
    rendered: _Renderer, folder: Path, suffix: str, write: Callable[[pa.Table, pa.BufferOutputStream], None]
) -> Written:
    """One file a table, several at a time: numpy and Arrow let go of the interpreter while they work."""

    def write_one(name: str) -> tuple[int, str]:
        path = folder / f"{name}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        table, sink = rendered(name), pa.BufferOutputStream()
        write(table, sink)
        content = memoryview(sink.getvalue())
        path.write_bytes(content)
        return table.num_rows, hashlib.sha256(content).hexdigest()

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        done = dict(zip(TABLES, pool.map(write_one, TABLES), strict=True))
    return {name: rows for name, (rows, _) in done.items()}, {f"{name}.{suffix}": digest for name, (_, digest) in done.items()}


def _write_parquet(rendered: _Renderer, folder: Path) -> Written:
    import pyarrow.parquet as pq  # noqa: PLC0415  (only when written)

    def write(table: pa.Table, sink: pa.BufferOutputStream) -> None:
        worded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
        # Ids are hashes: trying to compress them takes half of the time and saves little.
        packing = {field.name: "NONE" if pa.types.is_string(field.type) else "SNAPPY" for field in table.schema}
        # The Arrow schema is left out, so that readers see plain strings instead of dictionaries.
        pq.write_table(
            table, sink, compression=packing, use_dictionary=worded, write_statistics=False, store_schema=False
        )

    return _write_files(rendered, folder, "parquet", write)


def _write_csv(rendered: _Renderer, folder: Path) -> Written:
    import pyarrow.csv as pc  # noqa: PLC0415

    return _write_files(rendered, folder, "csv", lambda table, sink: pc.write_csv(_plain(table), sink))


def _write_duckdb(rendered: _Renderer, folder: Path) -> Written:
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise ExportError("the duckdb format needs an extra: pip install 'tieout[duckdb]'") from error
    path, rows = folder / "case.duckdb", {}
    with duckdb.connect(str(path)) as database:
        for name in TABLES:
            layer, short = name.split("/")
            table = _plain(rendered(name))
            rows[name] = table.num_rows
            database.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
            database.register("incoming", table)
            database.execute(f'CREATE TABLE "{layer}"."{short}" AS SELECT * FROM incoming')
            database.unregister("incoming")
    return rows, {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}


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
