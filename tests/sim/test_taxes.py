"""The map of taxes: what a rule without a code does to a document, and that nobody owes a cent more or less for it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import worlds

from sim import keys
from sim.cin7.books import Document
from sim.integration.staging import CREDIT_NOTES, INVOICES
from sim.integration.tax import EXEMPT, TAX_CODE, TAX_RULE, TaxMap, codes
from sim.invariants import run_checks
from sim.profile import Rate
from sim.run import run
from sim.schema import TRANSACTION_TYPE
from sim.settings import Settings
from sim.tables import Lexicon

RECEIVABLE, SALES, SHIPPING, TAX, ROUNDING = range(5)
RULE = "Sales Tax 7.25%"


def tax_map(ledger: str = "Xero") -> TaxMap:
    taxes = TaxMap(Settings("integration/settings_log", Lexicon()), ledger, [("Shop", 725), ("Trade", 0)], TAX, ROUNDING)
    for word in taxes.opening():
        taxes._settings.set(0, *word, 0)
    return taxes


def document(net: list[tuple[int, int]], shipping: int, tax: int, *, credit: bool) -> tuple[Document, list[tuple[int, int]]]:
    """An invoice or credit note of the first channel with lines (units, price), and its lines for the ledger."""
    goods = sum(units * price for units, price in net)
    sign = -1 if credit else 1
    total = goods + shipping + tax
    lines = [(RECEIVABLE, total), (SALES, -goods), (SHIPPING, -shipping), (TAX, -tax)]
    lines = [(account, sign * cents) for account, cents in lines]
    kind = CREDIT_NOTES if credit else INVOICES
    items = () if credit else tuple((n, units, price, 0) for n, (units, price) in enumerate(net))
    key = keys.document(keys.root(keys.ORDER, 7), keys.INVOICE)
    own = Document(key, kind, TRANSACTION_TYPE["Sale"], 0, 0, (), -1, control=RECEIVABLE, items=items)
    return own, lines


@given(
    net=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 30_000)), min_size=1, max_size=6), shipping=st.integers(0, 2_000),
    tax=st.integers(0, 5_000), credit=st.booleans(),
)  # fmt: skip
def test_an_adjustment_leaves_the_total_alone_and_is_taken_back_with_its_document(
    net: list[tuple[int, int]], shipping: int, tax: int, credit: bool
) -> None:
    taxes = tax_map()
    own, lines = document(net, shipping, tax, credit=credit)
    assert not taxes.concerns(own)
    taxes.unlink(RULE, 1, 0)
    assert taxes.concerns(own)
    posted, off = taxes.posted(own, lines)
    assert posted[0] == lines[0]
    assert sum(cents for _, cents in posted) == 0
    own_way = [units * price for units, price in net] if own.items else [sum(units * price for units, price in net) + shipping]
    computed = sum((2 * cents * 725 + 10_000) // 20_000 for cents in [*own_way, *([shipping] if own.items else [])])
    assert abs(sum(cents for account, cents in posted if account == TAX)) == computed
    assert abs(sum(cents for account, cents in posted if account == ROUNDING)) == abs(off) == abs(tax - computed)
    if off:
        taxes.note(own, off)
        back = taxes.taken_back(own.key, [(account, -cents) for account, cents in lines])
        for account in (TAX, ROUNDING):
            assert sum(cents for of, cents in [*posted, *back] if of == account) == 0


def test_every_rule_has_a_code_of_its_own() -> None:
    for ledger in ("Xero", "QuickBooks Online"):
        found = codes(ledger, [725, 0, 725, 500])
        assert set(found) == {RULE, EXEMPT, "Sales Tax 5%"}
        assert len(set(found.values())) == 3


def test_rules_and_codes_are_settings() -> None:
    taxes = tax_map()
    assert taxes.unlinked == {}
    taxes.unlink(RULE, 5, 0)
    assert taxes.unlinked == {0: RULE}
    taxes._settings.set(6, TAX_RULE, "Trade", RULE, 0)
    assert taxes.unlinked == {0: RULE, 1: RULE}
    assert taxes.link(RULE, 7, 0)
    assert not taxes.link(RULE, 8, 0)
    assert taxes.unlinked == {}
    for setting, key, value in ((TAX_RULE, "Shop", "VAT"), (TAX_CODE, "VAT", "OUTPUT")):
        with pytest.raises(ValueError, match="is no tax rule"):
            taxes._settings.set(9, setting, key, value, 0)


def test_a_business_whose_rules_lose_their_code_ties_out_and_links_them_again() -> None:
    plain = worlds.profile()
    replace = msgspec.structs.replace
    often = replace(plain, sync=replace(plain.sync, unlinked_tax_rule=Rate(0.3, "for tests")))
    world = run(worlds.case(3, 2, 1_500, of=often))
    frames = worlds.frames(world)
    assert run_checks(frames, [world.calendar.date(day) for day in world.calendar.month_ends]) == []
    assert world.outbox.taxes is not None
    adjusted = world.outbox.taxes.adjusted
    assert len(adjusted) > 10
    log = frames["integration/sync_status_log"]
    assert (log["status"] == "Warning").sum() >= len(adjusted)
    said = frames["integration/sync_attempts"]["message"].dropna()
    assert said.str.contains("A tax adjustment line of").sum() == len(adjusted)
    rounding = world.lexicon.lists["account"][world.accounts["rounding"]]
    lines = frames["ledger/journal_lines"]
    assert -lines.loc[lines["account_code"] == rounding, "amount_cents"].sum() == sum(cents for cents, _ in adjusted.values())
    settings = frames["integration/settings_log"]
    codes_set = settings.loc[settings["setting"] == TAX_CODE, "new_value"]
    assert codes_set.notna().sum() > 2
