"""Settings: the log is what holds, and what holds is what the code does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from sim.clock import DAY
from sim.founding import World
from sim.settings import Settings
from sim.tables import Lexicon

ONSET = 20


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("123")), max_size=20))
def test_the_log_folds_to_what_holds_and_was_carried_out(changes: list[tuple[str, str, str]]) -> None:
    settings, done = Settings("cin7/settings_log", Lexicon()), {}
    settings.on("a", lambda key, value, now: done.__setitem__(key, (value, now)))
    for now, (setting, key, value) in enumerate(changes):
        before = settings.value(setting, key)
        assert settings.set(now, setting, key, value, 0) == (before != value)
    log = worlds.read(settings.log)
    words = settings._lexicon.lists["text"]
    folded = {(words[row.setting], words[row.key]): words[row.new_value] for row in log}
    assert folded == {(setting, key): settings.value(setting, key) for setting, key, _ in changes}
    assert {key: value for (setting, key), value in folded.items() if setting == "a"} == {k: v for k, (v, _) in done.items()}
    for row in log:
        assert row.old_value != row.new_value


def test_a_setting_has_one_reader() -> None:
    settings = Settings("cin7/settings_log", Lexicon())
    settings.on("Capture", lambda *_: None)
    with pytest.raises(ValueError, match="Capture has a reader"):
        settings.on("Capture", lambda *_: None)


def changed(change: Callable[[World], None], months: int = 2) -> dict[str, Any]:
    """The evidence of a business in which something is set on the morning of day `ONSET`."""
    world = World(worlds.case(3, months, 900))
    world.clock.run(ONSET * DAY + 60)
    change(world)
    world.clock.run(world.calendar.days * DAY)
    return worlds.frames(world)


def setting(layer: str, name: str, key: str, value: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        settings = world.staging.settings if layer == "integration" else world.cin7.books.settings
        assert settings.set(world.clock.now, name, key, value, 0)

    return change


def since(frame: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows before and after the onset."""
    moment = pd.Timestamp(worlds.START) + pd.Timedelta(days=ONSET)
    return frame[frame[column] < moment], frame[frame[column] >= moment + pd.Timedelta(days=1)]


def test_orders_are_downloaded_in_the_rhythm_that_is_set() -> None:
    feeds = changed(setting("integration", "Order download", "Shopify", "every 120 minutes"))["integration/feed_log"]
    gaps = [part["fetched_at"].sort_values().diff().dropna().dt.total_seconds().div(60)
            for part in since(feeds[feeds["feed"] == "shopify_orders"], "fetched_at")]  # fmt: skip
    assert set(gaps[0]) == {60.0}
    assert set(gaps[1]) == {120.0}


def test_a_channel_hears_of_stock_only_while_it_is_to() -> None:
    feeds = changed(setting("integration", "Update stock levels", "Shopify", "No"))["integration/feed_log"]
    before, after = since(feeds[feeds["feed"] == "shopify_stock"], "fetched_at")
    assert len(before)
    assert after.empty


def test_an_invoice_authorised_on_download_does_not_wait_for_the_goods() -> None:
    tables = changed(setting("integration", "Invoice status on download", "Shopify", "AUTHORISED"))
    sales = tables["cin7/sales"].set_index("document_key")["created_at"]
    invoices = tables["cin7/sale_invoices"]
    invoices = invoices.assign(ordered_at=invoices["sale_key"].map(sales))
    before, after = since(invoices, "ordered_at")
    assert (before["authorised_at"] > before["ordered_at"]).all()
    assert len(after) > 20
    assert (after["authorised_at"] == after["ordered_at"]).all()
    assert not invoices["sale_key"].duplicated().any(), "nothing is invoiced twice"


def test_money_is_taken_when_the_setting_says() -> None:
    tables = changed(setting("integration", "Capture", "Shopify", "on order"))
    payments, orders = tables["operations/gateway_transactions"], tables["operations/channel_orders"]
    placed = orders.drop_duplicates("order_reference").set_index("order_reference")["placed_at"]
    charges = payments[payments["type"] == "CHARGE"]
    charges = charges.assign(placed_at=charges["order_reference"].map(placed))
    before, after = since(charges, "placed_at")
    assert (before["at"] > before["placed_at"]).all()
    assert len(after) > 20
    assert (after["at"] == after["placed_at"]).all()


def test_without_accrual_receipts_post_nothing_from_then_on() -> None:
    tables = changed(setting("cin7", "Accrued inventory", "", "Off"))
    posted = set(tables["cin7/transactions"]["document_key"])
    before, after = since(tables["cin7/stock_received"], "recorded_at")
    assert set(before["document_key"]) <= posted
    assert len(after)
    assert not set(after["document_key"]) & posted


def test_default_accounts_are_followed_from_then_on() -> None:
    """Inventory changed without moving the stock: the old account keeps what it had, and the new one goes below zero."""
    tables = changed(setting("cin7", "Account mapping", "COGS", "320"))
    before, after = since(tables["cin7/transactions"], "recorded_at")
    assert "310" in set(before["debit_account"])
    assert "310" not in set(after["debit_account"]) | set(after["credit_account"])


def test_a_products_own_account_is_followed_by_its_movements_and_postings() -> None:
    def change(world: World) -> None:
        for sku in world.lexicon.lists["sku"]:
            world.cin7.books.settings.set(world.clock.now, "InventoryAccount", sku, "620", 0)

    tables = changed(change)
    before, after = since(tables["cin7/inventory_movements"], "recorded_at")
    assert set(before["account_code"]) == {"630"}
    assert set(after["account_code"]) == {"620"}
    _, posted = since(tables["cin7/transactions"], "recorded_at")
    assert "630" not in set(posted["debit_account"]) | set(posted["credit_account"])


def test_what_cannot_be_is_refused_and_leaves_no_trace() -> None:
    world = World(worlds.case(1, 1, 300))
    for settings, name, key, value in (
        (world.cin7.books.settings, "InventoryAccount", world.lexicon.lists["sku"][0], "999"),
        (world.cin7.books.settings, "Accrued inventory", "", "Perhaps"),
        (world.staging.settings, "Order download", "Shopify", "now and then"),
    ):
        rows, held = len(settings.log.matrix()), settings.value(name, key)
        with pytest.raises(ValueError, match=value):
            settings.set(world.clock.now, name, key, value, 0)
        assert (len(settings.log.matrix()), settings.value(name, key)) == (rows, held)


def test_honest_changes_of_a_rhythm_are_logged_and_only_some_are_written_down() -> None:
    often = worlds.profile()
    noise = msgspec.structs.replace(often.noise, honest_setting_change=worlds.rate(1.0))
    changes, stated = 0, 0
    for seed in range(3):
        world = World(msgspec.structs.replace(worlds.case(seed, 3, 300), profile=msgspec.structs.replace(often, noise=noise)))
        world.clock.run(world.calendar.days * DAY)
        tables = worlds.frames(world)
        log, rules = tables["integration/settings_log"], tables["operations/operating_rules"]
        changes += int(((log["setting"] == "Order download") & log["old_value"].notna()).sum())
        stated += int(((rules["rule"] == "Order download") & (rules["stated_at"] > rules["stated_at"].min())).sum())
    assert 0 < stated < changes
