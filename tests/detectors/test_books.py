"""What every author would otherwise write: books side by side, documents joined and traced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from support import worlds

from detectors.books import cin7_lines, sub_ledger, tie_out
from detectors.documents import KINDS, carried_by, documents, origins, trace
from detectors.evidence import Evidence
from detectors.samples import empty_business, sample_key, small_business
from scenarios import loader
from sim.founding import World
from sim.run import run
from sim.schema import TABLES, all_columns


@pytest.fixture(scope="module")
def maker(seen: Callable[[World], Evidence]) -> Evidence:
    """A business that makes, moves and imports: it has documents of most kinds."""
    return seen(run(worlds.case(months=4, orders=900, of=loader.load_profile("manufacturer"))))


def test_a_sub_ledger_agrees_with_the_ledger_but_for_the_queue(healthy: Evidence, maker: Evidence) -> None:
    for evidence in (healthy, maker):
        for day in (*evidence.month_ends, evidence.month_ends[-1] - dt.timedelta(9)):
            books = sub_ledger(evidence, day)
            tied = books[books["control"].isin(["inventory", "receivable", "payable", "grni"])]
            assert (tied["cin7_cents"] - tied["waiting_cents"] == tied["ledger_cents"]).all()
            assert tied["ledger_cents"].any()
    stock = sub_ledger(healthy).set_index("control").loc["inventory"]
    assert stock["stock_card_cents"] == stock["cin7_cents"] > 0, "a shop without imports has nothing to reconcile"


def test_a_sub_ledger_shows_what_is_visible() -> None:
    business = small_business(months=1)
    assert list(sub_ledger(business.restrict(["cin7"]))) == ["account_code", "stock_card_cents", "cin7_cents"]
    assert list(sub_ledger(business.restrict(["ledger"]))) == ["account_code", "name", "control", "ledger_cents"]
    assert "waiting_cents" not in sub_ledger(business.restrict(["cin7", "ledger"]))
    assert len(sub_ledger(empty_business())) == 0


def test_healthy_controls_tie_out_and_a_journal_by_hand_does_not(healthy: Evidence, maker: Evidence) -> None:
    for evidence in (healthy, maker):
        gaps = tie_out(evidence)
        assert gaps["gap_cents"].eq(0).all()
        assert gaps["day"].nunique() == len({*evidence.month_ends, evidence.as_of})
    tables = {name: healthy.table(name) for name in healthy.names}
    head, lines = tables["ledger/journals"], tables["ledger/journal_lines"]
    code = sub_ledger(healthy).set_index("control").loc["inventory", "account_code"]
    added = head.head(1).assign(journal_id="x", source_id="y", recorded_at=pd.Timestamp("2025-04-15 10:00"))
    tables["ledger/journals"] = pd.concat([head, added], ignore_index=True)
    own = pd.DataFrame({"journal_id": ["x"] * 2, "account_code": [code, "200"], "amount_cents": [700, -700]})
    tables["ledger/journal_lines"] = pd.concat([lines, own], ignore_index=True)
    gaps = tie_out(Evidence.of(tables, healthy.calendar))
    off = gaps[gaps["gap_cents"] != 0]
    assert set(off["control"]) == {"inventory"}
    assert set(off["gap_cents"]) == {700}
    assert off["day"].min() == pd.Timestamp("2025-04-30")


def test_every_pair_has_two_sides(healthy: Evidence) -> None:
    lines = cin7_lines(healthy)
    assert len(lines) == 2 * len(healthy.table("cin7/transactions"))
    assert lines["amount_cents"].sum() == 0


def test_the_kinds_of_documents_are_those_of_the_schema() -> None:
    for kind in KINDS:
        columns = all_columns(TABLES[kind.table])
        for column in ("document_key", kind.known, kind.parent, kind.number):
            assert not column or column in columns, f"{kind.table}.{column}"
    keyed = {
        name for name, fact in TABLES.items()
        if name.startswith("cin7/") and fact.TABLE.sort[0] == "document_key"
        and not fact.TABLE.parent and not name.endswith("_log")
    }  # fmt: skip
    assert keyed == {kind.table for kind in KINDS}


def test_documents_are_joined_and_traced(maker: Evidence) -> None:
    every = documents(maker)
    assert every["document_key"].is_unique
    assert every["table"].nunique() > 12
    assert set(every["parent_key"].dropna()) <= set(every["document_key"]), "what a document belongs to is one too"
    restock = every.loc[every["table"] == "cin7/restocks", "document_key"].iloc[0]
    chain = origins(maker, restock)
    tables = [every.set_index("document_key").at[key, "table"] for key in chain]
    assert tables == ["cin7/sales", "cin7/credit_notes", "cin7/restocks"]
    assert trace(maker, restock)[:3] == chain


def test_a_chain_ends_where_the_documents_arrived() -> None:
    business = small_business(months=1, left_open=[3])
    invoice, shipment = sample_key("invoice", 3), sample_key("ship", 3)
    chain = trace(business, invoice)
    assert chain[:2] == (sample_key("sale", 3), invoice)
    assert chain[2] in set(business.table("ledger/journals")["source_id"])
    assert trace(business, shipment) == (sample_key("sale", 3), shipment), "it never became anything"
    assert carried_by(business, [shipment]).empty
    assert trace(business.restrict(["cin7"]), invoice) == chain[:2]
    assert documents(empty_business()).empty
    assert origins(empty_business(), "x") == ("x",)


def test_the_same_in_a_copy_on_disk(folders: dict[str, Path], healthy: Evidence) -> None:
    pd.testing.assert_frame_equal(sub_ledger(Evidence.open(folders["csv"])), sub_ledger(healthy))
