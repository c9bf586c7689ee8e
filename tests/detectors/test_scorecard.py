"""The health scorecard: silent on healthy businesses, the same on the evening itself, and each item sees what it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from support import worlds

from detectors.evidence import Evidence
from detectors.reading import Reading
from detectors.scorecard import CROSSED, LISTS, Scorecard, scorecard
from detectors.scorecard.facts import Facts
from scenarios import loader
from sim import causes
from sim.founding import World
from sim.run import run
from sim.schema import LAYERS

Seen = Callable[[World], Evidence]
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def business(seen: Seen) -> Evidence:
    """Five months of a small apparel shop in which nothing is wrong."""
    return seen(run(worlds.case(4, months=5, orders=1_000)))


def tables_of(evidence: Evidence) -> Tables:
    return {name: evidence.table(name) for name in evidence.names}


def again(evidence: Evidence, tables: Tables) -> Evidence:
    return Evidence.of(tables, evidence.calendar, profile=evidence.profile, ledger=evidence.ledger)


def item(card: Scorecard, name: str) -> list[bool | None]:
    found = [mark.holds for mark in card.marks if mark.item == name]
    assert found, name
    return found


def journalled(evidence: Evidence, debit: str, credit: str, cents: int, words: str = "Tie out inventory") -> Tables:
    """The tables with a manual journal on the fifth day of each month from the second, dated at the month-end before."""
    tables = tables_of(evidence)
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for n, end in enumerate(evidence.month_ends[:-1]):
        key = f"{n:016x}"
        entered = pd.Timestamp(end) + pd.Timedelta(days=5)
        rows.append({"journal_id": key, "journal_date": pd.Timestamp(end), "recorded_at": entered, "source_type": "MANJOURNAL",
                     "source_id": None, "reference": None, "narration": words, "created_by": "Somebody"})  # fmt: skip
        sides = ((debit, cents), (credit, -cents))
        lines += [{"journal_id": key, "account_code": code, "amount_cents": amount} for code, amount in sides]
    for name, new in (("ledger/journals", rows), ("ledger/journal_lines", lines)):
        frame = pd.DataFrame(new)[tables[name].columns].astype(tables[name].dtypes)
        tables[name] = pd.concat([tables[name], frame], ignore_index=True)
    return tables


def code_of(evidence: Evidence, control: str) -> str:
    accounts = evidence.table("ledger/accounts")
    return str(accounts.loc[accounts["control"] == control, "account_code"].iloc[0])


def cost_of_sales(evidence: Evidence) -> str:
    accounts = evidence.table("ledger/accounts")
    return str(accounts.loc[accounts["type"] == "DIRECTCOSTS", "account_code"].iloc[0])


# --- healthy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "seed"), [("omnichannel", 1), ("wholesale_giftware", 2), ("dropship_catalogue", 3)])
def test_a_healthy_business_shows_fewer_than_three_signs_in_any_month(profile: str, seed: int, seen: Seen) -> None:
    card = scorecard(seen(run(worlds.case(seed, months=5, orders=900, of=loader.load_profile(profile)))))
    assert card.month_ends
    assert card.crossed is None
    assert all(len(card.holding("signs", end)) < CROSSED for end in card.month_ends)
    assert set(item(card, "differences_explained")) == {True}
    assert set(item(card, "truth_is_documented")) == {True}


def test_every_list_has_its_items_and_every_item_its_rule() -> None:
    assert {name: len(heading.items) for name, heading in LISTS.items()} == {
        "signs": 7, "patterns": 5, "triggers": 9, "health": 7
    }  # fmt: skip
    items = [item for heading in LISTS.values() for item in heading.items]
    assert len({item.name for item in items}) == len(items)
    assert all(item.rule and item.title for item in items)
    assert not {item.name for item in items} & causes.causes().keys(), "an item is a symptom, not a cause"


def test_a_card_made_on_the_evening_says_what_a_later_one_says_of_it(business: Evidence) -> None:
    whole = scorecard(business)
    end = business.month_ends[2]
    then = scorecard(business.as_of_date(end))
    assert then.marks == tuple(mark for mark in whole.marks if mark.month_end <= end)


def test_nothing_has_ended_nothing_is_said(business: Evidence) -> None:
    card = scorecard(business.as_of_date(business.calendar.start))
    assert card.marks == ()
    assert card.crossed is None


# --- layers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [(), ("ledger",), ("integration", "ledger"), ("cin7",), ("operations",)])
def test_items_whose_layers_are_hidden_are_unknown(business: Evidence, layers: tuple[str, ...]) -> None:
    card = scorecard(business.restrict(layers))
    needs = {item.name: item.needs for heading in LISTS.values() for item in heading.items}
    for mark in card.marks:
        if set(needs[mark.item]) - set(layers):
            assert mark.holds is None, mark.item
            assert "not visible" in mark.sentence
    assert len(card.remarks) == len(LAYERS) - len(layers)
    assert card.crossed is None


def test_empty_tables_are_borne(business: Evidence) -> None:
    tables = {name: frame.iloc[:0] for name, frame in tables_of(business).items()}
    assert scorecard(again(business, tables)).crossed is None


# --- what each is about --------------------------------------------------------------------------------------


def test_the_same_journal_every_month_shows_in_signs_patterns_and_health(business: Evidence) -> None:
    inventory, costs = code_of(business, "inventory"), cost_of_sales(business)
    card = scorecard(again(business, journalled(business, inventory, costs, 900_000)))
    # Month-ends: nothing before the first close; then one, two, three journals.
    assert item(card, "same_journals_without_a_cause") == [False, False, False, True, True]
    assert item(card, "repeating_journals") == [False, False, True, True, True]
    assert item(card, "no_structural_journals") == [True, True, False, False, False]
    assert item(card, "inventory_does_not_reconcile") == [False, True, True, True, True]
    assert item(card, "disagreement_after_close") == [None, None, True, True, True]
    assert item(card, "fixed_and_back") == [False, False, True, True, True]
    assert item(card, "divergence_unknown") == [None, None, False, True, True]
    assert item(card, "differences_explained") == [True, False, False, False, False]
    assert card.crossed == business.month_ends[2]
    last = {mark.item: mark for mark in card.holding("signs", business.month_ends[-1])}
    assert last["same_journals_without_a_cause"].keys
    assert "36,000.00 more" in last["inventory_does_not_reconcile"].sentence


def test_a_journal_that_names_its_document_is_no_journal_without_a_cause(business: Evidence) -> None:
    inventory, costs = code_of(business, "inventory"), cost_of_sales(business)
    tables = journalled(business, inventory, costs, 900_000, "Reverses CR-00012 of the supplier")
    card = scorecard(again(business, tables))
    assert set(item(card, "same_journals_without_a_cause")) == {False}
    assert True in item(card, "repeating_journals")


def test_ordinary_recurring_journals_are_no_pattern(business: Evidence) -> None:
    accounts = business.table("ledger/accounts").set_index("name")["account_code"]
    tables = journalled(business, accounts["Depreciation"], accounts["Accumulated Depreciation"], 90_000)
    card = scorecard(again(business, tables))
    assert set(item(card, "repeating_journals")) == {False}
    assert set(item(card, "corrections_by_hand")) == {False}


def test_clearing_forced_every_month_is_not_reconciled(business: Evidence) -> None:
    tables = journalled(business, code_of(business, "clearing"), cost_of_sales(business), 200_000)
    card = scorecard(again(business, tables))
    assert item(card, "clearing_reconciled") == [True, False, False, False, False]
    assert item(card, "clearing_never_clears") == [None, False, True, True, True]


def test_skipped_documents_are_sync_errors_left(business: Evidence) -> None:
    """Manual journals of one week are skipped: the ledger never gets them."""
    tables = tables_of(business)
    records = tables["integration/sync_records"]
    since = pd.Timestamp(business.month_ends[1]) - pd.Timedelta(days=12)
    week = records["created_at"].between(since, since + pd.Timedelta(days=7))
    lost = records[(records["record_type"] == "Manual journals") & week]
    assert len(lost) > 3
    targets = lost["target_document_id"].dropna()
    log = tables["integration/sync_status_log"]
    gone = log["record_key"].isin(lost["record_key"]) & (log["status"] == "Completed")
    log.loc[gone, "status"] = "Skipped"
    log.loc[gone, "target_document_id"] = None
    tables["integration/sync_records"].loc[lost.index, ["status", "target_document_id"]] = ["Skipped", None]
    journals = tables["ledger/journals"]
    dropped = journals.loc[journals["source_id"].isin(targets), "journal_id"]
    tables["ledger/journals"] = journals[~journals["journal_id"].isin(dropped)]
    lines = tables["ledger/journal_lines"]
    tables["ledger/journal_lines"] = lines[~lines["journal_id"].isin(dropped)]
    card = scorecard(again(business, tables))
    assert item(card, "sync_errors_left") == [False, True, True, True, True]
    assert item(card, "inventory_does_not_reconcile") == [False, True, True, True, True]
    assert item(card, "margin_without_a_reason")[1] is None, "no history in the second month"
    said = {mark.month_end: mark for mark in card.marks if mark.item == "sync_errors_left"}[business.month_ends[-1]]
    carried = tables["integration/sync_record_documents"]
    assert set(said.keys) <= set(carried.loc[carried["record_key"].isin(lost["record_key"]), "document_key"])


def test_margin_moves_without_a_driver_when_cost_of_sales_is_missing(business: Evidence) -> None:
    """From the fourth month on a quarter of cost of sales is put elsewhere by the ledger."""
    accounts = business.table("ledger/accounts")
    elsewhere = str(accounts.loc[accounts["type"] == "OVERHEADS", "account_code"].iloc[0])
    tables = tables_of(business)
    lines = tables["ledger/journal_lines"].merge(tables["ledger/journals"][["journal_id", "recorded_at"]], on="journal_id")
    late = (lines["recorded_at"] > pd.Timestamp(business.month_ends[2])) & (lines["account_code"] == cost_of_sales(business))
    some = late & (lines["journal_id"].str[-1].isin(list("0123")))
    assert some.sum() > 10
    tables["ledger/journal_lines"].loc[some.to_numpy(), "account_code"] = elsewhere
    card = scorecard(again(business, tables))
    assert item(card, "margin_without_a_reason")[3:] == [True, True]
    assert item(card, "margin_without_driver")[-1] is True
    assert item(card, "explained_by_events")[3:] == [False, False]


def test_one_topic_in_three_layers_for_two_months_is_a_conflict(business: Evidence) -> None:
    tables = tables_of(business)
    texts = {"operations": "Stock is right, the report is wrong", "cin7": "Stock is wrong", "ledger": "Stock value is wrong"}
    for layer, text in texts.items():
        frame = tables[f"{layer}/issue_log"]
        new = [
            {"ticket_id": f"{layer}{n}", "raised_at": pd.Timestamp(business.month_ends[n]) - pd.Timedelta(days=3),
             "raised_by": f"Somebody in {layer}", "text": text}
            for n in (2, 3)
        ]  # fmt: skip
        tables[f"{layer}/issue_log"] = pd.concat([frame, pd.DataFrame(new).astype(frame.dtypes)], ignore_index=True)
    card = scorecard(again(business, tables))
    assert item(card, "explanations_conflict")[3] is True
    assert set(Facts(Reading(business)).tickets["topic"]) <= {"stock", "sync", "clearing", "margin", ""}


def test_closes_that_take_longer_each_time(business: Evidence) -> None:
    tables = tables_of(business)
    locks = tables["ledger/lock_dates"].iloc[:0]
    new = [
        {"recorded_at": pd.Timestamp(end) + pd.Timedelta(days=8 + 6 * n), "lock_date": pd.Timestamp(end), "kind": "period",
         "set_by": "Somebody"}
        for n, end in enumerate(business.month_ends[:-1])
    ]  # fmt: skip
    tables["ledger/lock_dates"] = pd.DataFrame(new)[locks.columns].astype(locks.dtypes)
    card = scorecard(again(business, tables))
    assert item(card, "closes_take_longer")[-1] is True
    assert set(item(scorecard(business), "closes_take_longer")) <= {False, None}


def test_json_holds_every_mark(business: Evidence) -> None:
    import msgspec

    card = scorecard(business)
    assert msgspec.json.decode(card.to_json(), type=Scorecard) == card
    assert len(card.marks) == 28 * len(card.month_ends)
