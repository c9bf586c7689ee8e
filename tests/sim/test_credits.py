"""Credit notes of customers who buy on account: paid out, or kept back and allocated by a person, meanwhile open."""

from __future__ import annotations

from functools import cache

import msgspec
from support.worlds import case, facts, figure, profile, rate

from sim import keys
from sim.clock import DAY
from sim.founding import World
from sim.profile import AccountTermsConfig, Profile
from sim.run import run
from sim.schema import SOURCE_TYPE

NORMAL_DAYS = 21
"""Credit notes are allocated every other week, and wait for their invoice before."""


def trade() -> Profile:
    """The apparel shop, whose customers buy on account and send much back."""
    plain, replace = profile(), msgspec.structs.replace
    terms = AccountTermsConfig(30, figure(6.0), rate(0.2), rate(0.1), rate(0.7))
    (web,) = plain.channels
    demand = replace(web.demand, returned=rate(0.4))
    channel = replace(web, kind="phone", gateways=[], account=terms, demand=demand)
    return replace(plain, channels=[channel], gateways=[], name="trade")


@cache
def traded() -> World:
    return run(case(2, 4, 900, of=trade()))


def test_a_credit_note_is_paid_out_or_allocated_and_never_both() -> None:
    world = traded()
    documents = {row.ledger_document_id: row for row in facts(world, "ledger/documents")}
    notes = {key: row for key, row in documents.items() if row.type_ == SOURCE_TYPE["ACCRECCREDIT"]}
    payments = {row.ledger_document_id for row in facts(world, "ledger/payments")}
    settled: dict[int, list[tuple[int, int, int]]] = {key: [] for key in notes}
    for row in facts(world, "ledger/allocations"):
        if row.ledger_document_id in notes:
            settled[row.ledger_document_id].append((row.payment_id, row.amount_cents, row.recorded_at))
    allocated = 0
    for key, rows in settled.items():
        for by, cents, _ in rows:
            assert cents == notes[key].total_cents
            if by not in payments:
                allocated += 1
                assert keys.root_of(by) == keys.root_of(key), "with the invoice it belongs to"
                assert documents[by].type_ == SOURCE_TYPE["ACCREC"]
        assert len(rows) <= 1
        old = world.calendar.days * DAY - notes[key].recorded_at > NORMAL_DAYS * DAY
        assert rows or not old, "open ones are young"
    assert allocated > 5
    assert any(at > notes[key].recorded_at + DAY for key, rows in settled.items() for *_, at in rows), "some have aged"


def test_who_keeps_a_credit_back_pays_the_rest_and_the_sale_is_done() -> None:
    world = traded()
    kept = {row.ledger_document_id for row in facts(world, "ledger/allocations")
            if row.payment_id in {r.ledger_document_id for r in facts(world, "ledger/documents")}}  # fmt: skip
    assert kept
    owed = {row.ledger_document_id: row.total_cents for row in facts(world, "ledger/documents")}
    for row in facts(world, "ledger/allocations"):
        owed[row.ledger_document_id] -= row.amount_cents
    assert min(owed.values()) >= 0
    assert world.ledger.balance[world.accounts["receivable"]] == sum(
        cents if row.type_ == SOURCE_TYPE["ACCREC"] else -cents
        for row in facts(world, "ledger/documents") if (cents := owed[row.ledger_document_id])
        and row.type_ in (SOURCE_TYPE["ACCREC"], SOURCE_TYPE["ACCRECCREDIT"])
    )  # fmt: skip
