"""Reading a case: the same in every format, by layer, and what is said when it is damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detectors import sources
from detectors.calendar import Calendar
from detectors.copying import write_evidence
from detectors.evidence import CaseError, Evidence, NotVisibleError
from detectors.samples import small_business
from sim.schema import LAYERS, TABLES


@pytest.fixture
def copied(folders: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        return shutil.copytree(folders[name], tmp_path / "case")

    return copy


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("file_format", ["parquet", "csv", "duckdb"])
def test_every_format_shows_what_the_run_recorded(folders: dict[str, Path], healthy: Evidence, file_format: str) -> None:
    opened = Evidence.open(folders[file_format])
    opened.verify()
    assert opened.layers == healthy.layers == LAYERS
    assert (opened.as_of, opened.month_ends, opened.calendar) == (healthy.as_of, healthy.month_ends, healthy.calendar)
    assert opened.profile == "d2c_apparel"
    assert opened.names == tuple(TABLES)
    for name in TABLES:
        pd.testing.assert_frame_equal(opened.table(name), healthy.table(name))


def test_columns_have_the_types_of_their_meaning(healthy: Evidence) -> None:
    sales = healthy.table("cin7/sales")
    assert str(sales["order_date"].dtype).startswith("datetime64")
    assert str(sales["created_at"].dtype).startswith("datetime64")
    assert sales["document_key"].map(type).eq(str).all()
    assert str(healthy.table("ledger/journal_lines")["amount_cents"].dtype) == "int64"
    assert healthy.table("ledger/accounts")["account_code"].iloc[0] == "090"


def test_what_a_reader_writes_stays_with_the_reader(healthy: Evidence) -> None:
    frame = healthy.table("cin7/sales")
    frame.loc[:, "status"] = "VOIDED"
    frame["more"] = 1
    assert "more" not in healthy.table("cin7/sales")
    assert set(healthy.table("cin7/sales")["status"]) != {"VOIDED"}


def test_a_hidden_layer_is_refused_clearly(healthy: Evidence) -> None:
    part = healthy.restrict(["ledger", "cin7"])
    assert part.layers == ("cin7", "ledger")
    assert part.has("ledger")
    assert not part.has("operations")
    assert not part.table("cin7/sales").empty
    with pytest.raises(NotVisibleError, match="operations/channel_orders: this layer is not visible; visible: cin7, ledger"):
        part.table("operations/channel_orders")
    assert part.restrict(["operations", "ledger"]).layers == ("ledger",), "what is hidden cannot be won back"
    with pytest.raises(ValueError, match="no layer 'warehouse'"):
        healthy.restrict(["warehouse"])
    with pytest.raises(ValueError, match="did you mean ledger/journals"):
        healthy.table("ledger/journal")


def test_a_case_may_be_handed_over_by_layer(copied: Callable[[str], Path]) -> None:
    """An isolated copy of some layers is a whole case of those layers."""
    folder = copied("parquet")
    for layer in ("operations", "cin7", "integration"):
        shutil.rmtree(folder / layer)
    rewrite(folder, lambda head: head.update(tables={k: v for k, v in head["tables"].items() if k.startswith("ledger/")}))
    opened = Evidence.open(folder)
    opened.verify()
    assert opened.layers == ("ledger",)


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def broken_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def manifest_without_calendar(folder: Path) -> None:
    rewrite(folder, lambda head: head.pop("calendar"))


def other_version(folder: Path) -> None:
    rewrite(folder, lambda head: head.update(schema_version=99))


def other_format(folder: Path) -> None:
    rewrite(folder, lambda head: head.update(format="xlsx"))


def missing_table(folder: Path) -> None:
    (folder / "cin7" / "sales.parquet").unlink()


def unlisted_table(folder: Path) -> None:
    rewrite(folder, lambda head: head["tables"].pop("cin7/sales"))


def unhashed_table(folder: Path) -> None:
    rewrite(folder, lambda head: head["sha256"].pop("cin7/sales.parquet"))


def nothing_listed(folder: Path) -> None:
    rewrite(folder, lambda head: head["tables"].clear())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_manifest, r"manifest\.json: cannot be read .*; a case folder holds one"),
        (shutil.rmtree, r"there is no such case folder"),
        (broken_manifest, r"manifest\.json: not a manifest"),
        (manifest_without_calendar, r"manifest\.json: not a manifest: .*calendar"),
        (other_version, r"schema_version is 99; this version reads 1"),
        (other_format, r"format is 'xlsx'; allowed are parquet, csv, duckdb"),
        (missing_table, r"cin7.sales\.parquet: missing; the manifest lists cin7/sales"),
        (unlisted_table, r"tables lacks cin7/sales"),
        (unhashed_table, r"sha256 lacks cin7/sales\.parquet"),
        (nothing_listed, r"tables lists none of the layers"),
    ],
)
def test_an_incomplete_case_is_refused_when_opened(
    copied: Callable[[str], Path], damage: Callable[[Path], None], words: str
) -> None:
    folder = copied("parquet")
    damage(folder)
    with pytest.raises(CaseError, match=words) as caught:
        Evidence.open(folder)
    assert "\n" not in str(caught.value)


def resealed(folder: Path, name: str, table: pa.Table) -> None:
    """Write a table and let the manifest vouch for it."""
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    rewrite(folder, lambda head: head["sha256"].update({f"{name}.parquet": hashlib.sha256(path.read_bytes()).hexdigest()}))


def test_a_changed_file_is_noticed_when_it_is_read(copied: Callable[[str], Path]) -> None:
    folder = copied("parquet")
    with (folder / "cin7" / "sales.parquet").open("ab") as file:
        file.write(b"!")
    evidence = Evidence.open(folder)
    assert not evidence.table("cin7/shipments").empty
    with pytest.raises(CaseError, match=r"sales\.parquet: sha256 is .* the manifest expects"):
        evidence.table("cin7/sales")
    with pytest.raises(CaseError, match=r"sales\.parquet: sha256"):
        Evidence.open(folder).verify()


def test_a_damaged_database_is_noticed(copied: Callable[[str], Path]) -> None:
    folder = copied("duckdb")
    (folder / "case.duckdb").write_bytes(b"no database")
    sealed = hashlib.sha256(b"no database").hexdigest()
    rewrite(folder, lambda head: head["sha256"].update({"case.duckdb": sealed}))
    with pytest.raises(CaseError, match=r"case\.duckdb: cannot be read as cin7/sales"):
        Evidence.open(folder).table("cin7/sales")


def test_wrong_columns_are_named(copied: Callable[[str], Path], healthy: Evidence) -> None:
    folder = copied("parquet")
    sales = pa.Table.from_pandas(healthy.table("cin7/sales"), preserve_index=False)
    for wrong, words in (
        (sales.drop_columns(["status"]), r"sales\.parquet: lacks status; columns of cin7/sales are document_key"),
        (sales.append_column("cause", sales["status"]), r"sales\.parquet: has unknown cause"),
        (sales.set_column(7, "created_at", sales["status"]), r"column created_at is .*string, expected timestamp"),
    ):
        resealed(folder, "cin7/sales", wrong)
        with pytest.raises(CaseError, match=words):
            Evidence.open(folder).table("cin7/sales")
    lines = pa.Table.from_pandas(healthy.table("ledger/journal_lines"), preserve_index=False)
    empty = pa.array([None] * lines.num_rows, pa.int64())
    resealed(folder, "ledger/journal_lines", lines.set_column(2, "amount_cents", empty))
    with pytest.raises(CaseError, match="column amount_cents has empty cells, expected whole numbers"):
        Evidence.open(folder).table("ledger/journal_lines")


def test_tables_in_memory_are_checked_too() -> None:
    month = Calendar(pd.Timestamp("2025-01-01").date(), pd.Timestamp("2025-01-31").date())
    with pytest.raises(CaseError, match="there is no such table"):
        Evidence.of({"ledger/truth": pd.DataFrame()}, month)
    with pytest.raises(CaseError, match="ledger/journals: lacks journal_id"):
        Evidence.of({"ledger/journals": pd.DataFrame({"reference": []})}, month).table("ledger/journals")
    only = Evidence.of({"ledger/journals": pd.DataFrame({"reference": []})}, month)
    assert only.layers == ("ledger",)
    assert only.table("ledger/journal_lines").empty, "tables that are not given are empty"


def test_an_evening_outside_the_case_is_refused() -> None:
    business = small_business(months=1)
    for day in ("2024-12-31", "2025-02-01"):
        with pytest.raises(ValueError, match="the case can be seen from 2025-01-01 to 2025-01-31"):
            business.as_of_date(pd.Timestamp(day).date())
    earlier = business.as_of_date(pd.Timestamp("2025-01-10").date())
    with pytest.raises(ValueError, match="to 2025-01-10"):
        earlier.as_of_date(pd.Timestamp("2025-01-11").date())


# --- accessors and copies -------------------------------------------------------------------------------------


def test_a_layer_hands_over_its_tables_by_attribute(healthy: Evidence) -> None:
    pd.testing.assert_frame_equal(healthy.layer("cin7").sales, healthy.table("cin7/sales"))
    assert "sale_invoices" in dir(healthy.layer("cin7"))
    with pytest.raises(AttributeError, match=r"cin7 has no table 'sale'; did you mean sales\?"):
        _ = healthy.layer("cin7").sale
    with pytest.raises(NotVisibleError, match="cin7: this layer is not visible"):
        healthy.restrict(["ledger"]).layer("cin7")
    with pytest.raises(ValueError, match="there is no layer 'truth'"):
        healthy.layer("truth")


def test_columns_are_described_whether_visible_or_not(healthy: Evidence) -> None:
    told = healthy.restrict([]).columns("cin7/shipments")
    assert list(told) == list(healthy.table("cin7/shipments").columns)
    assert (told["status"].kind, told["status"].real) == ("code", "Ship.Status")
    with pytest.raises(ValueError, match="there is no table"):
        healthy.columns("cin7/nothing")


def test_arrow_and_pandas_show_the_same(healthy: Evidence) -> None:
    for name in healthy.names:
        table = healthy.arrow(name)
        assert table.schema == sources.arrow_schema(name)
        assert table.num_rows == len(healthy.table(name))


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
@pytest.mark.parametrize(
    ("layers", "evening"),
    [(None, None), (["cin7", "ledger"], "2025-04-20"), (["operations"], None), (["integration"], "2025-03-01"), ([], None)],
)
def test_a_written_copy_shows_the_same_and_nothing_else(
    folders: dict[str, Path], tmp_path: Path, file_format: str, layers: list[str] | None, evening: str | None
) -> None:
    """Python and disk agree, for any layers and any evening."""
    date = None if evening is None else pd.Timestamp(evening).date()
    seen = Evidence.open(folders["parquet"], layers, date)
    write_evidence(seen, tmp_path / "copy", file_format)
    read = Evidence.open(tmp_path / "copy")
    read.verify()
    for said in ("layers", "as_of", "calendar", "month_ends", "profile", "ledger"):
        assert getattr(read, said) == getattr(seen, said)
    for name in seen.names:
        pd.testing.assert_frame_equal(read.table(name), seen.table(name), obj=name)
    files = {path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert files == {"manifest.json"} | {f"{name}.{file_format}" for name in seen.names}


def test_a_copy_of_tables_in_memory_shows_the_same(tmp_path: Path) -> None:
    business = small_business(months=1)
    write_evidence(business, tmp_path)
    for name in business.names:
        pd.testing.assert_frame_equal(Evidence.open(tmp_path).table(name), business.table(name), obj=name)
    with pytest.raises(ValueError, match="allowed are parquet, csv"):
        write_evidence(business, tmp_path, "xlsx")
