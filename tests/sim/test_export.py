from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from support import worlds

from sim.export import FORMATS, ExportError, whole_folder, write_case
from sim.schema import TABLES, VERSION, all_columns

WORLD_TABLES = sorted(TABLES)


def read(folder: Path, file_format: str, name: str) -> pd.DataFrame:
    if file_format == "parquet":
        return pd.read_parquet(folder / f"{name}.parquet")
    if file_format == "csv":
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    with duckdb.connect(str(folder / "case.duckdb"), read_only=True) as database:
        layer, short = name.split("/")
        return database.execute(f'SELECT * FROM "{layer}"."{short}"').df()


def spelled(values: pd.Series[Any], kind: str) -> list[Any]:
    """A column in one spelling, whatever the format; missing is None."""
    missing = values.isna() | (values.astype(str) == "")
    if kind in ("day", "minute"):
        values = pd.to_datetime(values.where(~missing, None)).astype("datetime64[ns]")
    elif kind in ("cents", "cost", "units", "count"):
        values = pd.to_numeric(values)
    return [None if nothing else value for value, nothing in zip(values.tolist(), missing.tolist(), strict=True)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for file_format in FORMATS:
        folders[file_format] = tmp_path_factory.mktemp(file_format)
        write_case(worlds.world(), folders[file_format], file_format)
    return folders


@pytest.fixture(scope="module")
def written_in_pieces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {file_format: tmp_path_factory.mktemp(file_format) for file_format in FORMATS}
    for file_format, folder in folders.items():
        write_case(worlds.world(), folder, file_format, rows=50)
    return folders


@pytest.mark.parametrize("name", WORLD_TABLES)
def test_all_formats_hold_the_same_rows(written: dict[str, Path], name: str) -> None:
    expected = worlds.tables()[name].to_pandas()
    for file_format, folder in written.items():
        found = read(folder, file_format, name)
        assert list(found.columns) == list(all_columns(TABLES[name]))
        for column, meaning in all_columns(TABLES[name]).items():
            wanted = spelled(expected[column], meaning.kind)
            assert spelled(found[column], meaning.kind) == wanted, f"{file_format} {column}"


def test_the_manifest_says_what_the_case_is_and_nothing_that_helps_to_guess(written: dict[str, Path]) -> None:
    for file_format, folder in written.items():
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["schema_version"] == VERSION
        assert manifest["format"] == file_format
        assert manifest["month_ends"] == ["2025-03-31", "2025-04-30"]
        assert manifest["calendar"]["start"] == "2025-03-01"
        assert sorted(manifest["tables"]) == WORLD_TABLES
        assert set(manifest) == {
            "schema_version", "software", "format", "profile", "ledger", "calendar", "month_ends", "tables", "sha256",
        }  # fmt: skip
        for name, sha256 in manifest["sha256"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize("name", WORLD_TABLES)
def test_all_formats_hold_the_same_rows_in_small_pieces(
    written: dict[str, Path], written_in_pieces: dict[str, Path], name: str
) -> None:
    for file_format, folder in written_in_pieces.items():
        found = read(folder, file_format, name)
        for column, values in read(written[file_format], file_format, name).items():
            kind = all_columns(TABLES[name])[str(column)].kind
            assert spelled(found[column], kind) == spelled(values, kind), f"{file_format} {column}"


def test_pieces_are_row_groups_in_parquet_and_do_not_show_in_csv(
    written: dict[str, Path], written_in_pieces: dict[str, Path]
) -> None:
    lengths = set()
    for name in WORLD_TABLES:
        metadata = pq.read_metadata(written_in_pieces["parquet"] / f"{name}.parquet")
        groups = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        assert all(rows == 50 for rows in groups[:-1])
        lengths.add(len(groups))
        assert (written["csv"] / f"{name}.csv").read_bytes() == (written_in_pieces["csv"] / f"{name}.csv").read_bytes(), name
    assert max(lengths) > 20


def test_threads_do_not_show_in_the_files(
    written_in_pieces: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.export._THREADS_MAX", 1)
    write_case(worlds.world(), tmp_path, rows=50)
    for path in sorted(tmp_path.rglob("*.parquet")):
        there = written_in_pieces["parquet"] / path.relative_to(tmp_path)
        assert path.read_bytes() == there.read_bytes(), path.name


def test_parquet_columns_are_plain_types_without_time_zone(written: dict[str, Path]) -> None:
    for name in WORLD_TABLES:
        for field in pq.read_schema(written["parquet"] / f"{name}.parquet"):
            assert str(field.type) in {"string", "int64", "date32[day]", "timestamp[ms]"}, f"{name}.{field.name}: {field.type}"


def test_an_evening_in_the_middle_can_be_written(tmp_path: Path) -> None:
    from sim.run import run

    write_case(run(worlds.case(), until_day=33), tmp_path, until_day=33)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["month_ends"] == ["2025-03-31"]
    assert manifest["calendar"]["end"] == "2025-04-03"


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with pytest.raises(RuntimeError, match="half way"), whole_folder(target, force=False) as folder:
        (folder / "half").write_text("x")
        raise RuntimeError("half way")
    assert list((tmp_path / "deep").iterdir()) == []
    with whole_folder(target, force=False) as folder:
        (folder / "file").write_text("first")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_an_existing_folder_is_replaced_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(ExportError, match="exists already"), whole_folder(target, force=False):
        pytest.fail("not reached")
    with pytest.raises(RuntimeError), whole_folder(target, force=True):
        raise RuntimeError
    assert (target / "old").exists(), "a failure leaves what was there"
    with whole_folder(target, force=True) as folder:
        (folder / "new").write_text("new")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "new"]


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"file.out: \w") as caught, whole_folder(tmp_path / "file" / "out", force=False):
        pytest.fail("not reached")
    assert "\n" not in str(caught.value)
