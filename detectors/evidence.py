"""Evidence: the tables of a case, as a person with access to some of the layers could export them on some evening.

Read only, read when asked for. Knows the schema and nothing else of the simulation; never opens a folder of truth.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.schema import LAYERS, TABLES, Column, Fold, Table, all_columns

from .calendar import Calendar
from .sources import CaseError, CaseFolder, InMemory, Source, arrow_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

__all__ = ["CaseError", "Evidence", "Layer", "NotVisibleError"]


class NotVisibleError(LookupError):
    """A table of a layer that is not visible was asked for."""


class Evidence:
    """Tables of a case by name, such as `ledger/journals`, of the visible layers, as known one evening.

    `evidence.table("cin7/sales")` and `evidence.layer("cin7").sales` are the same frame; `arrow` gives a table as Arrow,
    `columns` says what its columns mean.
    """

    __slots__ = ("_as_of", "_frames", "_layers", "_source")

    def __init__(self, source: Source, layers: tuple[str, ...], as_of: dt.date) -> None:
        """Use `Evidence.open` or `Evidence.of` instead."""
        self._source, self._layers, self._as_of = source, layers, as_of
        self._frames: dict[str, pd.DataFrame] = {}

    @classmethod
    def open(cls, folder: Path | str, layers: Iterable[str] | None = None, as_of: dt.date | None = None) -> Evidence:
        """Open a case folder (Parquet, CSV or DuckDB, as its manifest says).

        `layers`: those to see; by default all that the folder holds. `as_of`: the evening to stand on; by default
        the last day. Raises CaseError when the folder is incomplete or damaged, ValueError for an unknown layer or
        an evening outside the case. Contents of a table are checked when it is first read, or all by `verify`.
        """
        return cls._from(CaseFolder(Path(folder)), layers, as_of)

    @classmethod
    def of(
        cls, tables: Mapping[str, Any], calendar: Calendar, *,
        layers: Iterable[str] | None = None, as_of: dt.date | None = None, profile: str = "", ledger: str = "xero",
    ) -> Evidence:  # fmt: skip
        """Evidence from pandas or Arrow tables in memory, by table name.

        A layer is there when one of its tables is; its other tables count as empty. Raises CaseError for an
        unknown table or wrong columns, ValueError for an unknown layer or an evening outside the calendar.
        """
        return cls._from(InMemory(tables, calendar, profile, ledger), layers, as_of)

    @classmethod
    def _from(cls, source: Source, layers: Iterable[str] | None, as_of: dt.date | None) -> Evidence:
        evidence = cls(source, source.layers, source.calendar.end)
        if layers is not None:
            evidence = evidence.restrict(layers)
        return evidence if as_of is None else evidence.as_of_date(as_of)

    @property
    def layers(self) -> tuple[str, ...]:
        """The visible layers, upstream first."""
        return self._layers

    @property
    def as_of(self) -> dt.date:
        """The evening on which everything here was known."""
        return self._as_of

    @property
    def calendar(self) -> Calendar:
        """The case's first day, this evening as its last, and the days without work so far."""
        whole = self._source.calendar
        holidays = tuple(day for day in whole.holidays if day <= self._as_of)
        return Calendar(whole.start, self._as_of, holidays)

    @property
    def month_ends(self) -> tuple[dt.date, ...]:
        """Last days of the months that have ended by this evening."""
        return self._source.calendar.month_ends(self._as_of)

    @property
    def profile(self) -> str:
        """The kind of business, such as d2c_apparel; empty when not known."""
        return self._source.profile

    @property
    def ledger(self) -> str:
        """The accounting software: xero or quickbooks."""
        return self._source.ledger

    @property
    def names(self) -> tuple[str, ...]:
        """The tables that can be asked for."""
        return tuple(name for name in TABLES if name.split("/")[0] in self._layers)

    def has(self, layer: str) -> bool:
        """Whether `layer` is visible. Raises ValueError when there is no such layer."""
        _check_layers([layer])
        return layer in self._layers

    def layer(self, layer: str) -> Layer:
        """The tables of one layer as attributes: `evidence.layer("cin7").sales`.

        Raises ValueError when there is no such layer, NotVisibleError when it is hidden.
        """
        if not self.has(layer):
            raise NotVisibleError(f"{layer}: this layer is not visible; visible: {', '.join(self._layers) or 'none'}")
        return Layer(self, layer)

    def table(self, name: str) -> pd.DataFrame:
        """A copy of a table: keys, codes and texts as strings, times and dates as datetime64, the rest as whole numbers.

        Raises NotVisibleError when its layer is not visible, ValueError when there is no such table, CaseError
        when the case's file is damaged.
        """
        frame = self._frame(name)
        # Copy-on-write makes a shallow copy as safe as a deep one, from pandas 3 on.
        return frame.copy(deep=_pandas_major() < 3)

    def arrow(self, name: str) -> pa.Table:
        """The same table as Arrow: strings, timestamps to the millisecond, dates, 64-bit integers. Raises as `table` does."""
        return arrow_of(self._frame(name), name)

    def file(self, name: str) -> tuple[Path, int] | None:
        """The table's own file on disk and its rows, checksum compared, when it holds just what `table` gives; else None.

        Raises as `table` does.
        """
        self._check_visible(name)
        return self._source.file(name) if self._as_of == self._source.calendar.end else None

    def columns(self, name: str) -> dict[str, Column]:
        """What each column of a table holds: kind (key, minute, day, cents, units ...), meaning, the real system's name.

        Raises ValueError when there is no such table. The layer need not be visible: the schema is no secret.
        """
        return dict(all_columns(TABLES[_table_name(name)]))

    def restrict(self, layers: Iterable[str]) -> Evidence:
        """The same evidence with those of `layers` that are visible here, and no other."""
        wanted = _check_layers(layers)
        kept = tuple(layer for layer in self._layers if layer in wanted)
        return Evidence(self._source, kept, self._as_of)

    def as_of_date(self, date: dt.date) -> Evidence:
        """The same evidence as known on the evening of `date`.

        Later rows are gone, and columns that show the latest entry of a log, or its sum, show that evening's.
        Raises ValueError when `date` is before the case's first day or after this evidence's own evening.
        """
        start = self._source.calendar.start
        if not start <= date <= self._as_of:
            raise ValueError(f"as of {date}: the case can be seen from {start} to {self._as_of}")
        return Evidence(self._source, self._layers, date)

    def verify_files(self) -> None:
        """Compare every file's checksum, reading no table. Raises CaseError at the first damage."""
        self._source.verify()

    def verify(self) -> None:
        """Read every visible table and compare every checksum. Raises CaseError at the first damage."""
        self.verify_files()
        for name in self.names:
            self._source.frame(name)

    def _check_visible(self, name: str) -> None:
        if _table_name(name).split("/", 1)[0] not in self._layers:
            visible = ", ".join(self._layers) or "none"
            raise NotVisibleError(f"{name}: this layer is not visible; visible: {visible}")

    def _frame(self, name: str) -> pd.DataFrame:
        self._check_visible(name)
        if self._as_of == self._source.calendar.end:
            return self._source.frame(name)
        if name not in self._frames:
            self._frames[name] = self._known(name)
        return self._frames[name]

    def _known(self, name: str) -> pd.DataFrame:
        """Rows known on this evening, with folded columns as of then."""
        table = TABLES[name].TABLE
        frame = self._source.frame(name)
        if table.parent:
            parents = self._frame(table.parent)[table.known]
            frame = frame[within(frame[table.known], parents)]
        elif table.known:
            frame = frame[frame[table.known] < _midnight_after(self._as_of)]
        frame = frame.reset_index(drop=True)
        for fold in table.folds:
            # Logs may be asked for although their layer is hidden: schema keeps each log in its table's layer.
            frame[fold.name] = self._folded(frame, fold, table)
        return frame

    def _folded(self, frame: pd.DataFrame, fold: Fold, table: Table) -> pd.Series[Any]:
        log = self._frame(fold.log)
        if fold.how == "sum":
            sums = log.groupby(fold.log_on, sort=False)[fold.value].sum()
            return look_up(frame[fold.on], sums).fillna(0).astype("int64")
        # Rows of a log stand in the order in which they were recorded; a stable sort keeps that order in a minute.
        known = TABLES[fold.log].TABLE.known
        last = log.sort_values(known, kind="stable").drop_duplicates(fold.log_on, keep="last")
        values = look_up(frame[fold.on], last.set_index(fold.log_on)[fold.value])
        return values.astype(self._source.frame(table.name)[fold.name].dtype)


class Layer:
    """The tables of one layer as attributes, in the types that `Evidence.table` gives."""

    __slots__ = ("_evidence", "_layer")

    def __init__(self, evidence: Evidence, layer: str) -> None:
        self._evidence, self._layer = evidence, layer

    def __getattr__(self, table: str) -> pd.DataFrame:
        """The table, as `Evidence.table` gives it. Raises AttributeError when there is none."""
        name = f"{self._layer}/{table}"
        if table.startswith("_") or name not in TABLES:
            close = difflib.get_close_matches(table, dir(self), n=1)
            raise AttributeError(f"{self._layer} has no table {table!r}{f'; did you mean {close[0]}?' if close else ''}")
        return self._evidence.table(name)

    def __dir__(self) -> list[str]:
        """Names of the layer's tables, for completion."""
        return [name.split("/")[1] for name in TABLES if name.startswith(f"{self._layer}/")]


def _table_name(name: str) -> str:
    if name not in TABLES:
        close = difflib.get_close_matches(str(name), TABLES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"there is no table {name!r}{hint}")
    return name


def look_up(keys: pd.Series[Any], values: pd.Series[Any]) -> pd.Series[Any]:
    """The entry of `values` for each key, missing where there is none. Unlike Series.map, it bears an empty `values`."""
    import pandas as pd  # noqa: PLC0415

    if keys.dtype == "str" and values.index.dtype == "str" and values.index.is_unique:
        place = positions(keys, values.index.to_series())
        found: pd.Series[Any]
        if (place >= 0).all():
            found = pd.Series(values.array.take(place), index=keys.index)
        else:
            found = values.reset_index(drop=True).reindex(place)
    else:
        found = values.reindex(keys.to_numpy())
    found.index = keys.index
    return found


def positions(keys: pd.Series[Any], values: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Where each key first stands in `values`, both of them texts; -1 where it does not, or is missing.

    Many times as fast as a merge, which makes each text an object of its own.
    """
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if len(values) == 0 or len(keys) == 0:
        return np.full(len(keys), -1, dtype="int64")
    array = pa.Array.from_pandas(keys)
    found = pc.index_in(array, value_set=pa.Array.from_pandas(values).cast(array.type), skip_nulls=True)
    place: npt.NDArray[np.int64] = found.fill_null(-1).to_numpy(zero_copy_only=False).astype("int64")
    return place


def within(keys: pd.Series[Any], values: Iterable[Any]) -> pd.Series[bool]:
    """Whether each key is among `values`; a missing one never is. For texts many times as fast as Series.isin."""
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    wanted = pd.Series(list(values) if isinstance(values, set | frozenset) else values).dropna()
    if wanted.empty or keys.empty:
        return pd.Series(data=False, index=keys.index, dtype="bool")
    array = pa.Array.from_pandas(keys)
    found = pc.is_in(array, value_set=pa.Array.from_pandas(wanted).cast(array.type))
    return pd.Series(found.to_numpy(zero_copy_only=False), index=keys.index, dtype="bool")


def _check_layers(layers: Iterable[str]) -> Collection[str]:
    wanted = [layers] if isinstance(layers, str) else list(layers)
    for layer in wanted:
        if layer not in LAYERS:
            raise ValueError(f"there is no layer {layer!r}; layers are {', '.join(LAYERS)}")
    return wanted


def _midnight_after(date: dt.date) -> pd.Timestamp:
    import pandas as pd  # noqa: PLC0415

    return pd.Timestamp(date) + pd.Timedelta(days=1)


def _pandas_major() -> int:
    import pandas as pd  # noqa: PLC0415

    return int(pd.__version__.split(".", 1)[0])
