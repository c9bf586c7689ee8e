"""Cin7 takes sixty calls a minute: a download of more orders is entered over the next minutes, none lost, none twice."""

from __future__ import annotations

import msgspec
from support import worlds

from sim.invariants import run_checks
from sim.run import run


def test_a_large_download_is_entered_at_the_limit() -> None:
    replace, plain = msgspec.structs.replace, worlds.profile()
    daily = replace(plain, channels=[replace(channel, download_minutes=1_440) for channel in plain.channels])
    world = run(worlds.case(4, 1, 40_000, of=daily))
    frames = worlds.frames(world)
    assert run_checks(frames, [world.calendar.date(day) for day in world.calendar.month_ends]) == []
    records = frames["integration/sync_records"]
    orders = records[records["direction"] == "inbound"]
    assert orders["document_key"].is_unique
    assert set(orders["document_key"]) == set(frames["cin7/sales"]["document_key"])
    log = frames["integration/sync_status_log"]
    log = log[log["record_key"].isin(orders["record_key"])]
    done = log[log["status"] == "Completed"]
    assert done["at"].value_counts().max() == 60
    waited = log[log["status"] == "Pending"].merge(done, on="record_key", suffixes=("", "_done"))
    assert len(waited) > 100
    assert ((waited["at_done"] - waited["at"]).dt.total_seconds() // 60).between(1, 5).all()
    turned_away = frames["integration/sync_attempts"].query("http_status == 503 and error_code == '503'")
    assert len(turned_away) > 10
    assert set(turned_away["record_key"]) <= set(waited["record_key"])
    feeds = frames["integration/feed_log"]
    downloads = feeds[feeds["feed"] == "shopify_orders"]
    assert downloads["fetched_at"].dt.normalize().is_unique, "asked once a day, however long the entering takes"
    assert downloads["records"].sum() == len(orders)
