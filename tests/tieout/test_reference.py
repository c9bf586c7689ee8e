"""The generated pages in docs/ say what the schema and the simulated cases say, and nothing of it is written by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.corpus import suite_digest
from scenarios import complexity, loader
from scenarios.suite import load_suite
from sim.schema import DOCUMENT_TYPE, TABLES, WORDS, all_columns
from tieout import leaderboard, reference
from tieout.reference import dictionary, documents, observed, profiles, results, words
from tieout.reference.markdown import anchor, table
from tieout.reference.observed import Change, Observed, Posting, Route

HINT = "the page is out of date: run `make docs`, look at the difference, commit it"


def test_the_committed_data_dictionary_is_what_the_schema_says(root: Path) -> None:
    assert (root / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == dictionary.page(), HINT


def test_the_committed_page_of_businesses_is_what_the_profiles_say(root: Path) -> None:
    assert (root / "docs" / "profiles.md").read_text(encoding="utf-8") == profiles.page(), HINT


def test_the_tables_of_results_are_made_from_the_committed_results(root: Path) -> None:
    assert (root / "benchmarks" / "README.md").read_text(encoding="utf-8") == results.page(), HINT
    boards = results.boards()
    assert "core_test" in boards
    for name, board in boards.items():
        assert name == results.name_of(board)
        said = (results.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert said == leaderboard.markdown(board), f"the leaderboard {name} is not that of its results"
        digest = suite_digest(load_suite(board.suite))
        assert board.suite_sha256 == digest, f"{board.suite} is drawn otherwise today: run it again"


def test_the_oracle_stands_beside_detectors_that_saw_the_same() -> None:
    """In the table of headroom: the same cases, the same layers."""
    told = {name: {"value": 0.9, "n": 40} for name in ("ac1", "ac3", "exact", "f1", "layer_right", "specificity")}
    oracle = {"cases": 40, "split": "test", "layers": ["ledger"], "figures": told}
    boards = results.boards()
    head, _, first, *others = results.TABLES["headroom"](boards, "compound", {"compound": oracle}).splitlines()
    assert head.startswith("| 40 cases | AC@1 |")
    assert first.startswith("| re-simulating oracle | 90.0 % |")
    references = {name for name, each in boards["compound_test_ledger"].detectors.items() if not each.floor}
    assert {line.split("|")[1].strip() for line in others} == references


def test_floors_stay_floors_on_the_committed_results() -> None:
    """Who guesses, or says what is most common, is right in 15 % of cases at most: else the cases give the answer away."""
    for board in results.boards().values():
        for name, detector in board.detectors.items():
            assert not detector.floor or board.suite != "core" or detector.figures["ac1"].value <= 0.15, name


def test_businesses_differ_in_how_complex_they_are() -> None:
    """The list of ten is of use only if it tells businesses apart."""
    counts = {name: sum(complexity.marks(loader.load_profile(name)).values()) for name in loader.profiles()}
    assert max(counts.values()) >= 9
    assert min(counts.values()) <= 6
    assert all(len(complexity.marks(loader.load_profile(name))) == 10 for name in counts)


@pytest.mark.slow
def test_the_committed_page_of_documents_is_what_healthy_cases_show(root: Path) -> None:
    cases = documents.simulated()
    assert (root / "docs" / "documents.md").read_text(encoding="utf-8") == documents.render(cases), HINT
    for name, seen in cases.items():
        for change in seen.changes:
            real = words.STATUSES[change.kind]
            assert change.after in (*real.words, *real.ours), f"{name}: {change.kind} does not know {change.after}"
        assert {posting.kind for posting in seen.postings} <= words.RULES.keys(), f"{name}: a posting without its real rule"


def test_the_dictionary_has_every_table_column_and_word() -> None:
    page = dictionary.page()
    sections = dict(part.split("\n", 1) for part in page.split("\n### ")[1:])
    assert set(sections) == set(TABLES)
    for name, fact in TABLES.items():
        for title, column in all_columns(fact).items():
            rows = [line for line in sections[name].splitlines() if line.startswith(f"| `{title}` |")]
            assert len(rows) == 1, f"{name}.{title}"
            assert column.meaning in rows[0]
            assert column.real in rows[0]
        for fold in fact.TABLE.folds:
            assert fold.log in sections[name]
        assert f"({anchor(name)})" in page
    for listed in WORDS.values():
        assert ", ".join(f"`{word}`" for word in listed.words) in page


def test_every_document_type_has_its_real_words() -> None:
    assert set(DOCUMENT_TYPE.words) <= set(words.STATUSES)
    for kind, real in words.STATUSES.items():
        assert len(set(real.words)) == len(real.words) > 1, kind
        assert set(real.why_not) <= set(real.words), kind
        assert not set(real.ours) & set(real.words), kind
        assert real.source


def test_a_cell_with_a_bar_stays_one_cell() -> None:
    assert table(("a", "b"), [("x|y", "z")])[-1] == "| x\\|y | z |"


LOG = pd.DataFrame(
    [("s1", "Sale", "ORDERED"), ("s1", "Sale", "PACKED"), ("s1", "Sale", "PACKED"), ("s2", "Sale", "ORDERED"),
     ("b", "Pick", "X")],
    columns=["document_key", "document_type", "status"],
)  # fmt: skip


def test_changes_follow_each_document_by_itself_and_a_repeated_status_is_none() -> None:
    expected = {Change("Sale", "", "ORDERED"), Change("Sale", "ORDERED", "PACKED"), Change("Pick", "", "X")}
    assert observed.changes_in(LOG) == expected


def test_postings_speak_of_roles_and_of_kinds() -> None:
    rows = pd.DataFrame(
        [("i", "Sale", "610", "200", 5), ("i", "Sale", "610", "200", 7), ("?", "Journal", "610", "999", 1)],
        columns=["document_key", "type", "debit_account", "credit_account", "amount_cents"],
    )
    found = observed.postings_in(rows, {"i": "Sale Invoice"}, {"610": "receivable", "200": "sales"})
    assert found == {
        Posting("Sale Invoice", "Sale", "receivable", "sales"), Posting(observed.NO_DOCUMENT, "Journal", "receivable", "999"),
    }  # fmt: skip


def frames() -> dict[str, pd.DataFrame]:
    tables = {name: pd.DataFrame(columns=list(all_columns(fact)), dtype=object) for name, fact in TABLES.items()}
    tables["integration/sync_records"] = pd.DataFrame(
        [("r1", "outbound", "Manual journals", "L1"), ("r2", "outbound", "Manual journals", None),
         ("r3", "inbound", "Orders", None)],
        columns=["record_key", "direction", "record_type", "target_document_id"],
    )  # fmt: skip
    tables["integration/sync_record_documents"] = pd.DataFrame(
        [("r1", "c1"), ("r2", "s1"), ("r3", "o1")], columns=["record_key", "document_key"]
    )
    tables["ledger/journals"] = pd.DataFrame(
        [("L1", "MANJOURNAL", "Cost change PO-000012")], columns=["source_id", "source_type", "narration"]
    )
    tables["cin7/document_status_log"] = LOG
    tables["cin7/sale_payments"] = pd.DataFrame({"document_key": ["p1"]})
    return tables


def test_a_document_is_named_by_its_type_else_its_table_else_its_journal() -> None:
    kinds = observed.kinds_of(frames())
    assert kinds == {"s1": "Sale", "s2": "Sale", "b": "Pick", "p1": "Sale Payment", "c1": "Cost change"}


def test_a_record_that_never_arrived_says_its_type_alone() -> None:
    tables = frames()
    found = observed.routes_in(tables, observed.kinds_of(tables))
    assert found == {Route("Cost change", "Manual journals", "MANJOURNAL"), Route("Sale", "Manual journals", "")}


def seen(*changes: Change, postings: tuple[Posting, ...] = ()) -> Observed:
    return Observed(frozenset(changes), frozenset(postings), frozenset(), frozenset(), {})


def test_the_page_grows_with_kinds_words_and_profiles_it_has_never_seen() -> None:
    one = seen(Change("Sale", "", "ORDERED"), Change("Parcel", "", "SENT"))
    parcel = Posting("Parcel", "Sale", "a", "b")
    other = seen(Change("Sale", "", "ORDERED"), Change("Sale", "ORDERED", "LOST"), postings=(parcel,))
    page = documents.render({"shop": one, "works": other})
    assert "| `ORDERED` | (new) |  |" in page
    assert "| `LOST` | `ORDERED` (works) | not a word of the real field |" in page
    assert "### Parcel\n\nNo list of real words entered yet." in page
    assert "| Parcel | Sale: Dr a Cr b | no rule entered yet |" in page
    assert "| Stock Transfer | `StockTransfer.Status` |" in page.split("### Not simulated")[1]


def test_pages_are_written_whole_and_only_when_they_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "PAGES", {"a.md": lambda: "a\n", "b.md": lambda: "b\n"})
    (tmp_path / "a.md").write_text("a\n", encoding="utf-8")
    assert reference.write(tmp_path) == [tmp_path / "b.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "b.md"]
    assert reference.write(tmp_path) == []
