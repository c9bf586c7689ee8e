"""Where evidence comes from: a case folder in one of three formats, or tables in memory. Checks what it reads.

Everything wrong with a case becomes a CaseError: one line with the file and what is expected.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from sim.schema import LAYERS, TABLES, VERSION, Column, all_columns

from .calendar import Calendar

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_SUFFIXES = {"parquet": ".parquet", "csv": ".csv", "duckdb": ""}
_DATABASE = "case.duckdb"


class CaseError(ValueError):
    """A case is incomplete or damaged; the message says, in one line, what is expected where."""


class Source(Protocol):
    """Something that holds the tables of a case as they stood on its last evening."""

    layers: tuple[str, ...]
    calendar: Calendar
    profile: str
    ledger: str

    def frame(self, name: str) -> pd.DataFrame:
        """The whole table; do not write to it."""
        ...

    def file(self, name: str) -> tuple[Path, int] | None:
        """The table's own file and its rows, its checksum compared; None when it has none."""
        ...

    def verify(self) -> None:
        """Compare every checksum."""
        ...


class _Dates(msgspec.Struct, frozen=True):
    start: dt.date
    end: dt.date
    holidays: tuple[dt.date, ...]


class _Rows(msgspec.Struct, frozen=True):
    rows: int


class Manifest(msgspec.Struct, frozen=True):
    """What a case says about itself. Later versions may say more; unknown keys are ignored."""

    schema_version: int
    format: str
    profile: str
    ledger: str
    calendar: _Dates
    month_ends: tuple[dt.date, ...]
    tables: dict[str, _Rows]
    sha256: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a case folder. Raises CaseError when it is missing, not JSON, or says something impossible."""
    path = folder / "manifest.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        what = "a case folder holds one" if folder.is_dir() else "there is no such case folder"
        raise CaseError(f"{path}: cannot be read ({error.strerror or error}); {what}") from error
    except msgspec.DecodeError as error:
        raise CaseError(f"{path}: not a manifest: {error}") from error
    if manifest.schema_version != VERSION:
        raise CaseError(f"{path}: schema_version is {manifest.schema_version}; this version reads {VERSION}")
    if manifest.format not in _SUFFIXES:
        raise CaseError(f"{path}: format is {manifest.format!r}; allowed are {', '.join(_SUFFIXES)}")
    if manifest.calendar.end < manifest.calendar.start:
        raise CaseError(f"{path}: calendar.end is before calendar.start")
    return manifest


class CaseFolder:
    """A case on disk."""

    def __init__(self, folder: Path) -> None:
        manifest = read_manifest(folder)
        self._folder, self._manifest = folder, manifest
        dates = manifest.calendar
        self.calendar = Calendar(dates.start, dates.end, dates.holidays)
        self.profile, self.ledger = manifest.profile, manifest.ledger
        self.layers = tuple(layer for layer in LAYERS if any(name.startswith(f"{layer}/") for name in manifest.tables))
        self._frames: dict[str, pd.DataFrame] = {}
        self._checked: set[Path] = set()
        self._check_inventory()

    def frame(self, name: str) -> pd.DataFrame:
        """The table, its file's checksum compared first."""
        if name not in self._frames:
            path = self._path(name)
            self._check(path)
            try:
                table = _READERS[self._manifest.format](path, name)
            except CaseError:
                raise
            except Exception as error:
                # Readers raise errors of many kinds for a damaged file; all mean the same to a user.
                raise CaseError(f"{path}: cannot be read as {name}: {_first_line(error)}") from error
            self._frames[name] = frame_of(table, name, str(path))
        return self._frames[name]

    def file(self, name: str) -> tuple[Path, int] | None:
        """The table's file, its checksum compared first; None in the format that keeps all tables in one."""
        path = self._path(name)
        if path.name == _DATABASE:
            return None
        self._check(path)
        return path, self._manifest.tables[name].rows

    def verify(self) -> None:
        """Compare the checksum of every file."""
        for name in self._names():
            self._check(self._path(name))

    def _names(self) -> list[str]:
        return [name for name in TABLES if name.split("/")[0] in self.layers]

    def _path(self, name: str) -> Path:
        suffix = _SUFFIXES[self._manifest.format]
        return self._folder / (f"{name}{suffix}" if suffix else _DATABASE)

    def _check_inventory(self) -> None:
        """Every table of every layer that the case holds is listed, hashed and there."""
        manifest = self._folder / "manifest.json"
        # No layer at all, and said so consistently, is what a detector that may see none is handed.
        if not self.layers and (self._manifest.tables or self._manifest.sha256):
            raise CaseError(f"{manifest}: tables lists none of the layers {', '.join(LAYERS)}")
        for name in self._names():
            path = self._path(name)
            if name not in self._manifest.tables:
                raise CaseError(f"{manifest}: tables lacks {name}; a layer is there with all its tables or not at all")
            if path.relative_to(self._folder).as_posix() not in self._manifest.sha256:
                raise CaseError(f"{manifest}: sha256 lacks {path.relative_to(self._folder).as_posix()}")
            if not path.is_file():
                raise CaseError(f"{path}: missing; the manifest lists {name}")

    def _check(self, path: Path) -> None:
        if path in self._checked:
            return
        expected = self._manifest.sha256[path.relative_to(self._folder).as_posix()]
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise CaseError(f"{path}: cannot be read ({error.strerror or error})") from error
        if found != expected:
            raise CaseError(f"{path}: sha256 is {found[:12]}..., the manifest expects {expected[:12]}...: the file was changed")
        self._checked.add(path)


class InMemory:
    """Tables in memory."""

    def __init__(self, tables: Mapping[str, Any], calendar: Calendar, profile: str, ledger: str) -> None:
        for name in tables:
            if name not in TABLES:
                raise CaseError(f"{name}: there is no such table")
        self.calendar, self.profile, self.ledger = calendar, profile, ledger
        self.layers = tuple(layer for layer in LAYERS if any(name.startswith(f"{layer}/") for name in tables))
        self._tables = tables
        self._frames: dict[str, pd.DataFrame] = {}

    def frame(self, name: str) -> pd.DataFrame:
        """The table in the schema's types; empty when it was not given."""
        if name not in self._frames:
            import pandas as pd  # noqa: PLC0415
            import pyarrow as pa  # noqa: PLC0415

            given = self._tables.get(name)
            if given is None:
                given = arrow_schema(name).empty_table()
            elif isinstance(given, pd.DataFrame):
                given = pa.Table.from_pandas(given, preserve_index=False)
            self._frames[name] = frame_of(given, name, name)
        return self._frames[name]

    def file(self, _name: str) -> None:
        """There are no files in memory."""

    def verify(self) -> None:
        """Nothing is hashed in memory."""


def arrow_schema(name: str) -> pa.Schema:
    """Arrow schema of table `name` as detectors see it: plain strings, milliseconds, days, 64-bit integers."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([pa.field(title, _arrow_type(column)) for title, column in all_columns(TABLES[name]).items()])


def _arrow_type(column: Column) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415

    if column.kind in ("key", "code", "text"):
        return pa.string()
    if column.kind == "minute":
        return pa.timestamp("ms")
    return pa.date32() if column.kind == "day" else pa.int64()


def frame_of(table: pa.Table, name: str, place: str) -> pd.DataFrame:
    """The pandas frame of a table, columns checked and typed. Raises CaseError naming `place`."""
    import pyarrow as pa  # noqa: PLC0415

    schema = arrow_schema(name)
    missing = [title for title in schema.names if title not in table.column_names]
    extra = [title for title in table.column_names if title not in schema.names]
    if missing or extra or len(table.column_names) != len(schema.names):
        found = f"lacks {', '.join(missing)}" if missing else f"has unknown {', '.join(extra) or 'repeated columns'}"
        raise CaseError(f"{place}: {found}; columns of {name} are {', '.join(schema.names)}")
    columns = []
    for field in schema:
        try:
            columns.append(table.column(field.name).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            found = table.column(field.name).type
            raise CaseError(f"{place}: column {field.name} is {found}, expected {field.type}") from error
        if field.type == pa.int64() and columns[-1].null_count:
            raise CaseError(f"{place}: column {field.name} has empty cells, expected whole numbers")
    frame: pd.DataFrame = pa.Table.from_arrays(columns, schema=schema).to_pandas(date_as_object=False)
    return frame


def arrow_of(frame: pd.DataFrame, name: str) -> pa.Table:
    """The Arrow table of a frame that `frame_of` made."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_pandas(frame, schema=arrow_schema(name), preserve_index=False).replace_schema_metadata(None)


def _read_parquet(path: Path, _name: str) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415

    return pq.ParquetFile(path).read()


def _read_csv(path: Path, name: str) -> pa.Table:
    import pyarrow.csv as pc  # noqa: PLC0415

    types = {field.name: field.type for field in arrow_schema(name)}
    options = pc.ConvertOptions(
        column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )
    return pc.read_csv(path, convert_options=options)


def _read_duckdb(path: Path, name: str) -> pa.Table:
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise CaseError(f"{path}: reading the duckdb format needs an extra: pip install 'tieout[duckdb]'") from error
    layer, short = name.split("/")
    with duckdb.connect(str(path), read_only=True) as database:
        # Table names come from sim.schema, not from outside.
        return database.sql(f'SELECT * FROM "{layer}"."{short}"').to_arrow_table()  # noqa: S608


_READERS = {"parquet": _read_parquet, "csv": _read_csv, "duckdb": _read_duckdb}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
