from __future__ import annotations

import copy
import datetime as dt
import os
import pickle
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import worlds

from sim.arrow import Disguise, Folds, Presenter, render
from sim.draws import Draws
from sim.export import evidence
from sim.schema import LEDGER_STATUS, NUMBERS, STATUS, TABLES, WORDS, JournalLine, all_columns, columns
from sim.tables import Attic, Lexicon, Rows, number_prefix, split_texts

whole = st.integers(-(2**40), 2**62)


@given(st.lists(st.tuples(whole, whole, whole), max_size=40), st.sets(st.integers(0, 40)))
def test_packing_keeps_every_row_in_order(values: list[tuple[int, int, int]], packed_after: set[int]) -> None:
    rows: Rows[JournalLine] = Rows("ledger/journal_lines", JournalLine)
    for n, value in enumerate(values):
        rows.add(value)
        if n in packed_after:
            rows.pack()
    assert rows.matrix().tolist() == [list(value) for value in values]
    assert rows.matrix().shape[1] == len(columns(JournalLine))
    assert rows.unpacked == 0


def test_a_row_of_another_width_is_a_mistake_of_the_caller() -> None:
    rows: Rows[JournalLine] = Rows("ledger/journal_lines", JournalLine)
    rows.add((1, 2, 3))
    rows.add((1, 2))
    with pytest.raises(ValueError, match="reshape"):
        rows.pack()


def test_a_copy_of_a_table_goes_its_own_way() -> None:
    rows: Rows[JournalLine] = Rows("ledger/journal_lines", JournalLine)
    rows.add((1, 2, 3))
    other = copy.deepcopy(rows)
    other.add((4, 5, 6))
    assert rows.matrix().tolist() == [[1, 2, 3]]
    assert other.matrix().tolist() == [[1, 2, 3], [4, 5, 6]]


@given(st.integers(1, len(NUMBERS) - 1), st.integers(0, 2**40 - 1))
def test_a_numbered_text_is_its_prefix_and_its_number(code: int, number: int) -> None:
    prefixes, numbers = split_texts(np.array([number_prefix(NUMBERS[code]) | number], np.int64))
    assert (prefixes.tolist(), numbers.tolist()) == ([code], [number])


@given(st.lists(st.text(min_size=1), max_size=20))
def test_a_lexicon_gives_each_word_one_code(words: list[str]) -> None:
    lexicon = Lexicon()
    codes = [lexicon.text(word) for word in words]
    assert [lexicon.lists["text"][code] for code in codes] == words
    assert len(set(codes)) == len(set(words))
    assert lexicon.text("") == -1


@given(st.sets(st.integers(0, 2**63 - 1), min_size=1, max_size=300), st.integers(0, 2**40))
def test_opaque_ids_are_unique_and_missing_keys_null(keys: set[int], seed: int) -> None:
    disguise = Disguise(Draws(seed))
    ids = disguise.ids("document", np.array([*sorted(keys), -1], np.int64)).to_pylist()
    assert ids.pop() is None
    assert len(set(ids)) == len(keys)
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in ids)
    assert disguise.id("document", min(keys)) == ids[0]


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**40))
def test_an_id_depends_on_its_space_and_on_the_seed(key: int, seed: int) -> None:
    one, other = Disguise(Draws(seed)), Disguise(Draws(seed + 1))
    assert len({one.id("document", key), one.id("journal", key), other.id("document", key)}) == 3


def presenter(lexicon: Lexicon, first: dt.date = worlds.START) -> Presenter:
    return Presenter(lexicon, Disguise(Draws(1)), first)


numbered = st.tuples(st.integers(1, len(NUMBERS) - 1), st.integers(0, 10**9))


@given(st.lists(st.one_of(st.none(), st.text(min_size=1, max_size=8), numbered), max_size=30))
def test_texts_come_out_as_they_went_in(wanted: list[str | tuple[int, int] | None]) -> None:
    lexicon, codes, expected = Lexicon(), [], []
    for item in wanted:
        if item is None:
            codes.append(-1)
            expected.append(None)
        elif isinstance(item, str):
            codes.append(lexicon.text(item))
            expected.append(item)
        else:
            codes.append(number_prefix(NUMBERS[item[0]]) | item[1])
            expected.append(item)
    shown = presenter(lexicon).column(columns(TABLES["cin7/sales"])["order_number"], np.array(codes, np.int64)).to_pylist()
    for value, item in zip(shown, expected, strict=True):
        if isinstance(item, tuple):
            prefix = NUMBERS[item[0]]
            assert value is not None
            assert value.startswith(prefix)
            assert int(value[len(prefix) :]) == item[1]
            assert len(value) >= len(prefix) + 6
        else:
            assert value == item


@given(st.lists(st.integers(-1, 500_000), max_size=20), st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)))
def test_minutes_and_days_are_local_dates(values: list[int], first: dt.date) -> None:
    column = np.array(values, np.int64)
    shown = presenter(Lexicon(), first)
    minutes = shown.column(columns(TABLES["ledger/journals"])["recorded_at"], column).to_pylist()
    days = shown.column(columns(TABLES["ledger/journals"])["journal_date"], column).to_pylist()
    midnight = dt.datetime.combine(first, dt.time())
    for value, minute, day in zip(values, minutes, days, strict=True):
        assert minute == (None if value < 0 else midnight + dt.timedelta(minutes=value))
        assert day == (None if value < 0 else first + dt.timedelta(days=value))


def recorded(name: str, rows: Iterable[Sequence[int]]) -> Rows[Any]:
    table: Rows[Any] = Rows(name, TABLES[name])
    for row in rows:
        table.add(row)
    return table


def test_a_fold_shows_the_last_entry_or_the_sum() -> None:
    a, b, c = 5 << 20, 6 << 20, 7 << 20
    payments = np.array([[1, a, 30, 0], [2, b, 7, 1], [3, a, 12, 2]], np.int64)
    document = [0, -1, 0, 0, 0, 100, 0]
    documents = np.array([[a, *document], [c, *document], [b, *document]], np.int64)
    void = [[b, LEDGER_STATUS["VOIDED"], 4, 0]]
    folds = Folds({"ledger/allocations": recorded("ledger/allocations", payments.tolist()),
                   "ledger/document_status_log": recorded("ledger/document_status_log", void)})  # fmt: skip
    table = render("ledger/documents", documents, presenter(Lexicon()), folds)
    by_id = dict(zip(table["ledger_document_id"].to_pylist(), table["amount_paid_cents"].to_pylist(), strict=True))
    name = Disguise(Draws(1)).id
    assert by_id == {name("ledger", a): 42, name("ledger", b): 7, name("ledger", c): 0}

    log = np.array([[a, 0, STATUS["ORDERED"], 1], [b, 0, STATUS["DRAFT"], 2], [a, 0, STATUS["PACKED"], 3]], np.int64)
    sales = np.array([[key, *[0] * (len(columns(TABLES["cin7/sales"])) - 1)] for key in (a, b, c)], np.int64)
    lexicon = Lexicon()
    for name_of_list in ("text", "location"):
        lexicon.code(name_of_list, "x")
    folds = Folds({"cin7/document_status_log": recorded("cin7/document_status_log", log.tolist())})
    table = render("cin7/sales", sales, presenter(lexicon), folds)
    by_id = dict(zip(table["document_key"].to_pylist(), table["status"].to_pylist(), strict=True))
    assert by_id == {name("document", a): "PACKED", name("document", b): "DRAFT", name("document", c): None}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_as_the_schema_says(name: str) -> None:
    table = worlds.tables()[name]
    assert table.column_names == list(all_columns(TABLES[name]))
    sort = TABLES[name].TABLE.sort
    keys = table.select(list(sort)).to_pylist()
    first = all_columns(TABLES[name])[sort[0]]
    if first.kind in ("key", "minute", "day"):
        assert all(row[sort[0]] is not None for row in keys), "rows are sorted by a column that is never null"
    for column, meaning in all_columns(TABLES[name]).items():
        assert meaning.meaning, f"{column} has no meaning"
        assert meaning.kind in {"key", "minute", "day", "cents", "cost", "units", "count", "flag", "code", "text"}
        if meaning.kind == "code":
            assert meaning.of in WORDS or meaning.of in Lexicon().lists


def test_every_table_of_the_schema_is_produced_and_no_other() -> None:
    produced = [rows.name for rows in worlds.world().tables()]
    assert sorted(produced) == sorted(TABLES)


def test_rows_are_sorted_by_an_opaque_key_so_that_their_order_says_nothing() -> None:
    tables = worlds.tables()
    for name in ("cin7/sales", "ledger/journals", "cin7/transactions", "integration/sync_records"):
        recorded = tables[name][TABLES[name].TABLE.known].to_pylist()
        assert recorded != sorted(recorded)


def test_references_between_tables_hold() -> None:
    tables = worlds.frames(worlds.world())
    for child, column, parent, key in (
        ("ledger/journal_lines", "journal_id", "ledger/journals", "journal_id"),
        ("cin7/sale_lines", "document_key", "cin7/sales", "document_key"),
        ("cin7/sale_invoices", "sale_key", "cin7/sales", "document_key"),
        ("cin7/shipments", "sale_key", "cin7/sales", "document_key"),
        ("cin7/sales", "customer_key", "cin7/customers", "customer_key"),
        ("cin7/stock_received", "purchase_key", "cin7/purchases", "document_key"),
        ("cin7/purchases", "supplier_key", "cin7/suppliers", "supplier_key"),
        ("cin7/restocks", "credit_note_key", "cin7/credit_notes", "document_key"),
        ("cin7/purchase_payments", "bill_key", "cin7/purchase_invoices", "document_key"),
        ("integration/sync_record_documents", "record_key", "integration/sync_records", "record_key"),
        ("integration/sync_attempts", "record_key", "integration/sync_records", "record_key"),
        ("ledger/allocations", "ledger_document_id", "ledger/documents", "ledger_document_id"),
        ("ledger/allocations", "payment_id", "ledger/payments", "ledger_document_id"),
        ("ledger/bank_coding", "journal_id", "ledger/journals", "journal_id"),
    ):
        assert set(tables[child][column]) <= set(tables[parent][key]), f"{child}.{column}"
        assert len(tables[child]), f"{child} is empty: this checks nothing"


def test_a_table_carries_no_word_that_none_of_its_rows_says() -> None:
    """A reader of the raw file would otherwise see the texts of other tables, and of the future."""
    worded = 0
    for name, table in worlds.tables().items():
        for column in table.column_names:
            for chunk in table.column(column).chunks:
                if isinstance(chunk, pa.DictionaryArray):
                    said = {word for word in chunk.to_pylist() if word is not None}
                    assert set(chunk.dictionary.to_pylist()) == said, f"{name}.{column}"
                    worded += len(said) > 0
    assert worded > 20


# --- rows put away ------------------------------------------------------------------------------------------

cells = st.tuples(st.integers(0, 3), whole, whole)


@pytest.fixture(params=[0, 100])
def keeps_little(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables put rows away after no row, or after some."""
    monkeypatch.setattr("sim.tables._KEPT_BYTES", request.param)


def filled(values: list[tuple[int, int, int]], attic: Attic, packed_after: set[int]) -> Rows[JournalLine]:
    rows: Rows[JournalLine] = Rows("ledger/journal_lines", JournalLine)
    for n, value in enumerate(values):
        rows.add(value)
        if n in packed_after:
            rows.pack(attic)
    return rows


@pytest.mark.usefixtures("keeps_little")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cells, max_size=60), st.sets(st.integers(0, 60)), st.integers(1, 70))
def test_rows_put_away_come_back_as_they_were(
    values: list[tuple[int, int, int]], packed_after: set[int], size: int
) -> None:
    rows = filled(values, Attic(), packed_after)
    assert rows.matrix().tolist() == [list(value) for value in values]
    blocks = [block.tolist() for block in rows.blocks(size)]
    assert [row for block in blocks for row in block] == [list(value) for value in values]
    assert all(block for block in blocks)
    for one, following in pairwise(blocks):
        assert one[-1][0] != following[0][0], "rows that begin alike stay together"
        assert len(one) < size + max(len(list(run)) for _, run in groupby(values, key=lambda row: row[0]))


@pytest.mark.usefixtures("keeps_little")
def test_copies_of_a_table_share_what_is_put_away_and_nothing_later() -> None:
    attic = Attic()
    rows = filled([(n, n, n) for n in range(50)], attic, set(range(0, 50, 7)))
    begun = rows.matrix().tolist()
    copied, pickled = copy.deepcopy((rows, attic)), pickle.loads(pickle.dumps((rows, attic)))  # noqa: S301  (made here)
    for n, (other, own_attic) in enumerate(((rows, attic), copied, pickled)):
        for m in range(20):
            other.add((n, m, m))
            other.pack(own_attic)
    for n, other in enumerate((rows, copied[0], pickled[0])):
        assert other.matrix().tolist() == begun + [[n, m, m] for m in range(20)]


@pytest.mark.usefixtures("keeps_little")
def test_a_process_forked_off_does_not_write_into_its_parents_rows() -> None:
    attic = Attic()
    rows = filled([(1, 2, 3)], attic, {0})
    rows.add((4, 4, 4) * 20)
    rows.pack(attic)
    child = os.fork()
    if not child:
        rows.add((6, 6, 6) * 20)
        rows.pack(attic)
        os._exit(0 if rows.matrix().tolist() == [[1, 2, 3], *[[4, 4, 4]] * 20, *[[6, 6, 6]] * 20] else 1)
    assert os.waitpid(child, 0)[1] == 0
    rows.add((5, 5, 5) * 20)
    rows.pack(attic)
    assert rows.matrix().tolist() == [[1, 2, 3], *[[4, 4, 4]] * 20, *[[5, 5, 5]] * 20]


@pytest.mark.parametrize("size", [7, 64, 1_000])
def test_blocks_of_every_table_are_its_rows(size: int) -> None:
    seen = 0
    for table in worlds.world().tables():
        rows = np.concatenate([np.empty((0, table.width), np.int64), *table.blocks(size)])
        if table.order_column >= 0:
            rows = rows[np.argsort(rows[:, table.order_column], kind="stable")]
        assert np.array_equal(rows, table.matrix()), table.name
        seen += len(rows) > size
    assert seen


def plain(table: pa.Table) -> dict[str, list[Any]]:
    return table.to_pydict()


@pytest.mark.parametrize("rows", [13, 60])
def test_a_table_is_the_same_in_small_pieces(rows: int) -> None:
    in_pieces = evidence(worlds.world(), rows)
    assert any(table.num_rows > 6 * rows for table in in_pieces.values())
    for name, table in worlds.tables().items():
        assert plain(in_pieces[name]) == plain(table), name


keyed = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(-9, 9)), max_size=60)


@given(keyed, st.lists(st.integers(0, 8), max_size=20), st.integers(1, 30))
def test_folds_are_the_same_however_the_log_is_cut(
    entries: list[tuple[int, int, int]], wanted: list[int], rows: int
) -> None:
    settled = [(n, key << 20, cents, at) for n, (key, at, cents) in enumerate(entries)]
    coded = [(key << 20, cents + 9, 0, at, 0) for key, at, cents in entries]
    tables = {"ledger/allocations": recorded("ledger/allocations", settled),
              "ledger/bank_coding": recorded("ledger/bank_coding", coded)}  # fmt: skip
    folds, shown = Folds(tables, rows), presenter(Lexicon())
    own = np.array([key << 20 for key in wanted], np.int64)
    total, last = (TABLES[name].TABLE.folds[0] for name in ("ledger/documents", "ledger/bank_statement"))
    assert folds.values(total.log, total.log_on, own, shown)[total.value, total.how].tolist() == [
        sum(cents for key, _, cents in entries if key == one) for one in wanted
    ]
    assert folds.values(last.log, last.log_on, own, shown)[last.value, last.how].tolist() == [
        next((cents + 9 for key, _, cents in reversed(entries) if key == one), -1) for one in wanted
    ]
