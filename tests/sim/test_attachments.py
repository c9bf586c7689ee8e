"""Scans of bills go to the ledger in records of their own, after their bill, and change no book."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from support import worlds

from sim.founding import World
from sim.invariants import run_checks
from sim.run import run


@cache
def world(share: float) -> World:
    plain = worlds.profile()
    sync = msgspec.structs.replace(plain.sync, attached_bill=worlds.rate(share), transient_error=worlds.rate(0.2))
    return run(worlds.case(2, 2, 900, of=msgspec.structs.replace(plain, sync=sync)))


def test_each_scan_arrives_after_its_bill() -> None:
    frames = worlds.frames(world(1.0))
    assert list(run_checks(frames, [world(1.0).calendar.date(day) for day in world(1.0).calendar.month_ends])) == []
    records, log = frames["integration/sync_records"], frames["integration/sync_status_log"]
    bills = records[records["document_key"].isin(frames["cin7/purchase_invoices"]["document_key"])]
    scans = records[records["record_type"] == "Attachments"]
    assert len(scans) == len(bills) > 20
    done = log[log["status"].isin(("Completed", "Warning"))].groupby("record_key")["at"].min()
    there = [sorted(frame["record_key"].map(done).dropna()) for frame in (bills, scans)]
    assert all(bill <= scan for bill, scan in zip(*there, strict=False)), "the n-th scan never before the n-th bill"
    assert len(there[1]) > 20
    assert not scans["document_key"].isin(frames["cin7/transactions"]["document_key"]).any()


@pytest.mark.parametrize("table", ["cin7/transactions", "cin7/inventory_movements", "ledger/bank_statement"])
def test_scans_change_nothing_in_the_books(table: str) -> None:
    facts = [worlds.facts(world(share), table) for share in (1.0, 0.0)]
    assert facts[0] == facts[1]
    assert facts[0]


def test_where_nothing_is_attached_no_record_says_so() -> None:
    assert not (worlds.frames(world(0.0))["integration/sync_records"]["record_type"] == "Attachments").any()
