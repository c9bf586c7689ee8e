"""Customers who dispute: charges taken back and given again, invoices partly held back, payouts below zero."""

from __future__ import annotations

from functools import cache

import msgspec
from support import worlds

from scenarios import loader
from sim.founding import World
from sim.invariants import run_checks
from sim.profile import Case, Rate
from sim.run import run


def often(value: float) -> Rate:
    return Rate(value, "for tests")


def violations(of: World) -> list[object]:
    return list(run_checks(worlds.frames(of), [of.calendar.date(day) for day in of.calendar.month_ends]))


@cache
def web_shop() -> World:
    """A web shop with many disputes and few orders, so that some days' payouts are below zero."""
    replace = msgspec.structs.replace
    plain = worlds.case(1, 5, 1_200)
    (gateway,) = plain.profile.gateways
    gateway = replace(gateway, dispute=often(0.2), dispute_won=often(0.5), negative="withdraw")
    return run(replace(plain, profile=replace(plain.profile, gateways=[gateway])))


def test_a_shop_with_many_disputes_ties_out() -> None:
    assert violations(web_shop()) == []


def test_what_is_won_comes_back_whole_with_its_fee_and_only_after_it_was_taken() -> None:
    rows = worlds.frames(web_shop())["operations/gateway_transactions"].query("type == 'DISPUTE'").sort_values("at")
    taken = rows[rows["amount_cents"] < 0]
    given = rows[rows["amount_cents"] > 0]
    assert len(given) > 5
    assert len(taken) > len(given)
    left = [(at, -cents, fee) for at, cents, fee in zip(taken["at"], taken["amount_cents"], taken["fee_cents"], strict=True)]
    for at, cents, fee in zip(given["at"], given["amount_cents"], given["fee_cents"], strict=True):
        match = next(entry for entry in left if entry[0] < at and entry[1:] == (cents, -fee))
        left.remove(match)


def test_chargebacks_in_the_ledger_are_the_disputes_of_coded_payouts_and_some_payouts_are_drawn_from_the_bank() -> None:
    of = web_shop()
    frames = worlds.frames(of)
    payouts, bank = frames["operations/gateway_payouts"], frames["ledger/bank_statement"]
    below = payouts[payouts["net_cents"] < 0]
    assert len(below) > 3
    coded = bank.dropna(subset="journal_id")
    assert below["net_cents"].isin(coded["amount_cents"]).sum() >= len(below) - 2
    arrived = payouts[payouts["arrival_date"] <= coded["date"].max()]
    rows = frames["operations/gateway_transactions"].query("type == 'DISPUTE'")
    expected = -int(rows.loc[rows["payout_reference"].isin(arrived["payout_reference"]), "amount_cents"].sum())
    account = of.lexicon.lists["account"][of.accounts["chargebacks"]]
    lines = frames["ledger/journal_lines"]
    assert int(lines.loc[lines["account_code"] == account, "amount_cents"].sum()) == expected > 0


@cache
def trade() -> World:
    """The wholesaler by phone alone, whose customers complain a lot."""
    return run(_trade())


def _trade() -> Case:
    replace = msgspec.structs.replace
    profile = loader.load_profile("wholesale_giftware")
    phone = next(channel for channel in profile.channels if channel.kind == "phone")
    assert phone.account is not None
    terms = replace(phone.account, terms_days=10, disputed=often(0.5), conceded=often(0.5))
    return replace(worlds.case(2, 4, 500), profile=replace(profile, channels=[replace(phone, share=1.0, account=terms)],
                                                           gateways=[], account_rules=[]))  # fmt: skip


def test_trade_with_many_complaints_ties_out() -> None:
    assert violations(trade()) == []


def test_a_complaint_given_in_to_is_a_credit_note_that_nobody_pays_out_and_its_invoice_is_paid() -> None:
    frames = worlds.frames(trade())
    notes, payments = frames["cin7/credit_notes"], frames["cin7/sale_payments"]
    refunded = payments.loc[payments["amount_cents"] < 0, "paid_key"]
    restocked = frames["cin7/restocks"]["credit_note_key"]
    set_off = notes[~notes["document_key"].isin(refunded) & ~notes["document_key"].isin(restocked)]
    invoices = frames["cin7/sale_invoices"]
    invoices = invoices[invoices["status"] != "VOIDED"].groupby("sale_key")["total_cents"].sum()
    paid = frames["cin7/sale_invoices"].set_index("document_key")["sale_key"]
    by_sale = payments.assign(sale_key=payments["paid_key"].map(paid)).groupby("sale_key")["amount_cents"].sum()
    whole = set_off.set_index("sale_key")["total_cents"] + by_sale.reindex(set_off["sale_key"])
    over = whole[whole == invoices.reindex(whole.index)]
    assert len(over) > 10
    written = frames["cin7/sale_invoices"]
    assert set(written.loc[written["sale_key"].isin(over.index) & (written["status"] != "VOIDED"), "status"]) == {"PAID"}


def test_a_complaint_not_given_in_to_is_paid_in_the_end() -> None:
    frames = worlds.frames(trade())
    payments = frames["cin7/sale_payments"]
    parts = payments[payments["amount_cents"] > 0].groupby("paid_key")["amount_cents"].agg(["size", "sum"])
    total = frames["cin7/sale_invoices"].set_index("document_key")["total_cents"]
    late = parts[parts["size"] > 1]
    assert len(late) > 5
    assert (late["sum"] <= total.reindex(late.index)).all()
    assert (late["sum"] == total.reindex(late.index)).sum() > 5
