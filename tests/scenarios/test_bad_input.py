"""What a profile may not say is refused in one line with the file, the key and what is allowed; nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenarios import loader
from tieout.cli import tieout

SCENARIO = '''name = "bad"
title = "t"
story = "s"
profile = "{name}.toml"
start = 2025-03-01
months = 1
size = "small"
'''
Change = tuple[str, str]


def write(folder: Path, base: str, *changes: Change, more: str = "") -> Path:
    """A scenario in `folder` with a profile like `base`, each of `changes` made once."""
    text = (loader.ROOT / "profiles" / f"{base}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    text = re.sub(r'^name = .*$', 'name = "impossible"', text, count=1, flags=re.MULTILINE)
    (folder / "impossible.toml").write_text(text + more, encoding="utf-8")
    scenario = folder / "bad.toml"
    scenario.write_text(SCENARIO.format(name="impossible"), encoding="utf-8")
    return scenario


IMPOSSIBLE: dict[str, tuple[str, list[Change], str, str]] = {
    "an Amazon settlement without Amazon": (
        "d2c_apparel", [('kind = "shopify_payments"', 'kind = "amazon"')], "gateways[0].kind", "without Amazon"),
    "work in progress without its account": (
        "manufacturer", [('role = "wip"', 'role = "other"'), ('control = "wip"', "")], "manufacturing", "wip"),
    "an account that does not exist": (
        "d2c_apparel", [('role = "rent", against', 'role = "rents", against')], "close.overheads[0].role", "mean rent?"),
    "an account without a code that Cin7 has to map": (
        "d2c_apparel", [('code = "200"', 'code = ""')], "accounts[16].code", "Cin7 does not see an account without a code"),
    "an account without a code in QuickBooks Online": (
        "dropship_catalogue", [('ledger = "xero"', 'ledger = "quickbooks"')], "accounts[1].code", "in Xero"),
    "tax without an account for rounding": (
        "d2c_apparel", [('role = "rounding"', 'role = "other"')], "accounts", "no account has the role rounding"),
    "a gateway that does not exist": (
        "d2c_apparel", [('gateways = [{ name = "Shopify Payments"', 'gateways = [{ name = "Stripe"')],
        "channels[0].gateways[0].name", "known are Shopify Payments"),
    "a lock date in the future": (
        "d2c_apparel", [("[close]", "[close]\nlocked_until = 2026-01-01")], "close.locked_until", "any day before"),
    "a limit of zero": ("d2c_apparel", [("[sync]", "[sync]\ncalls_per_day = 0")], "sync.calls_per_day", "above 0"),
    "connections of zero": ("d2c_apparel", [("[sync]", "[sync]\nconnections = 0")], "sync.connections", "above 0"),
    "money taken with the order of customers on account": (
        "wholesale_giftware", [('gateways = []\ncapture = "fulfilment"', 'gateways = []\ncapture = "order"')], "capture",
        "buy on account"),
}  # fmt: skip
MORE: dict[str, tuple[str, str, str]] = {
    "an item for a channel it lacks": (
        '[[account_rules]]\nchannel = "Etsy"\nrevenue = "sales"\n', "account_rules[0].channel", "allowed are Shopify"),
    "an item that does not exist": (
        '[[account_rules]]\ncategory = "ZZZ"\nrevenue = "sales"\n', "account_rules[0].category", "allowed are TEE"),
    "an account to map to that does not exist": (
        '[[account_rules]]\ncategory = "TEE"\nrevenue = "nowhere"\n', "account_rules[0].revenue", "no account has the role"),
    "a planner for products that do not exist": (
        '[[planning]]\ncategory = "ZZZ"\ntool = "mrp"\n', "planning[0].category", "allowed are TEE"),
}  # fmt: skip


def refused(scenario: Path, key: str, allowed: str) -> None:
    with pytest.raises(loader.ScenarioError) as caught:
        loader.case(loader.load_scenario(scenario))
    said = str(caught.value)
    assert "\n" not in said
    assert "impossible.toml" in said
    assert key in said
    assert allowed in said


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_an_impossible_profile_is_refused_with_file_key_and_reason(tmp_path: Path, what: str) -> None:
    base, changes, key, allowed = IMPOSSIBLE[what]
    refused(write(tmp_path, base, *changes), key, allowed)


@pytest.mark.parametrize("what", MORE)
def test_what_a_profile_lacks_cannot_be_named(tmp_path: Path, what: str) -> None:
    more, key, allowed = MORE[what]
    refused(write(tmp_path, "d2c_apparel", more=more), key, allowed)


def test_the_command_exits_with_2_in_one_line_and_writes_nothing(tmp_path: Path) -> None:
    scenario, out = write(tmp_path, "d2c_apparel", ("[sync]", "[sync]\ncalls_per_minute = 0")), tmp_path / "out"
    answer = CliRunner().invoke(tieout, ["simulate", str(scenario), "--out", str(out)])
    assert answer.exit_code == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "impossible.toml: sync.calls_per_minute:" in answer.stderr
    assert not out.exists()
