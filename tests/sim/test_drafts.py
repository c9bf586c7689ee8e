"""Drafts in the ledger are in no book and go when the sync has brought their bill; payments bear their bank line."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest
from support import worlds

from scenarios import loader
from sim.profile import Rate
from sim.run import run


@cache
def tables(ledger: str = "xero") -> dict[str, Any]:
    """Evidence of a shop whose suppliers often e-mail their bills, and that often corrects invoices."""
    replace, plain = msgspec.structs.replace, worlds.profile()
    noise = replace(plain.noise, emailed_bill=Rate(0.6, "for tests"))
    return worlds.frames(run(worlds.case(2, 3, 1_500, of=replace(plain, noise=noise, ledger=ledger))))


def test_a_draft_is_in_no_book_and_is_deleted_once_its_bill_has_come() -> None:
    drafts, documents, log = (tables()[f"ledger/{name}"] for name in ("drafts", "documents", "document_status_log"))
    assert len(drafts) > 10
    assert set(drafts["type"]) == {"ACCPAY"}
    assert not set(drafts["ledger_document_id"]) & set(tables()["ledger/journals"]["source_id"])
    assert not set(drafts["ledger_document_id"]) & set(documents["ledger_document_id"])
    gone = drafts[drafts["status"] == "DELETED"].merge(documents, on=["number", "contact"], suffixes=("", "_bill"))
    assert len(gone) == (drafts["status"] == "DELETED").sum() > 10
    assert (gone["total_cents"] == gone["total_cents_bill"]).all()
    ends = log[log["status"] == "DELETED"].set_index("ledger_document_id")["at"]
    assert (gone["ledger_document_id"].map(ends) > gone["recorded_at_bill"]).all()
    assert (log["status"] == "SUBMITTED").any()
    ways = log.sort_values("at", kind="stable").groupby("ledger_document_id")["status"].agg(tuple)
    of_drafts = {("DRAFT",), ("DRAFT", "SUBMITTED"), ("DRAFT", "DELETED"), ("DRAFT", "SUBMITTED", "DELETED")}
    assert set(ways) <= of_drafts | {("VOIDED",)}


def test_quickbooks_has_no_drafts() -> None:
    assert tables("quickbooks")["ledger/drafts"].empty


def test_a_payment_bears_the_bank_line_it_is_reconciled_with() -> None:
    payments, accounts = tables()["ledger/payments"], tables()["ledger/accounts"]
    banks = accounts.loc[accounts["type"] == "BANK", "account_code"]
    by_bank = payments["account_code"].isin(banks)
    assert payments.loc[~by_bank, "statement_id"].isna().all()
    reconciled = payments[by_bank & payments["statement_id"].notna()]
    assert len(reconciled) > 5
    lines = tables()["ledger/bank_statement"].set_index("statement_id")["amount_cents"].abs()
    assert (reconciled["statement_id"].map(lines) == reconciled["amount_cents"]).all()


def test_cin7_does_not_see_an_account_without_a_code() -> None:
    profile = loader.load_profile("dropship_catalogue")
    (savings,) = (account for account in profile.accounts if not account.code)
    case = loader.case(loader.load_scenario("healthy_dropship_catalogue"))
    world = run(msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, months=1, size="small")))
    frames = worlds.frames(world)
    assert savings.name in set(frames["ledger/accounts"]["account_code"])
    lines = frames["ledger/journal_lines"]
    assert (lines.loc[lines["account_code"] == savings.name, "amount_cents"] == 50_000).sum() == 1
    with pytest.raises(ValueError, match="Business Savings Account"):
        world.cin7.books.settings.set(1, "Account mapping", "COGS", savings.name, 0)
