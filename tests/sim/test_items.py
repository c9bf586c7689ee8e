"""Products and items: names of the ledger's own rules, and where a line posts that names an item."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import case, facts, profile, rate, read

from sim.cin7.books import Document
from sim.clock import DAY, Calendar
from sim.founding import World
from sim.integration.mapping import ItemLinks, cleaned
from sim.ledger.books import Books
from sim.ledger.items import Accounts
from sim.ledger.quickbooks import QuickBooks
from sim.ledger.rules import Refusal, RuleBook
from sim.ledger.xero import Xero
from sim.profile import Profile
from sim.run import run
from sim.schema import RECORD_TYPE, TRANSACTION_TYPE
from sim.tables import Lexicon

RECEIVABLE, SALES, OTHER, COGS, INVENTORY, PAYABLE = range(6)
AGREED = Accounts(SALES, COGS, INVENTORY)
names = st.text(st.sampled_from("Abc :\\-é"), min_size=1, max_size=140).filter(lambda name: name.strip(" :\\"))


def links(system: type[RuleBook], *codes: str) -> ItemLinks:
    lexicon = Lexicon()
    for code in codes:
        lexicon.code("sku", code)
    rules = system(Books(6, lexicon), Calendar(dt.date(2025, 3, 1), 1, []), user=0)
    made = ItemLinks(rules, lexicon)
    made.account_of = lambda document, sku: INVENTORY if document.transaction_type == TRANSACTION_TYPE["Purchase"] else SALES
    return made


@given(names)
def test_what_is_cleaned_is_taken_by_the_ledger(name: str) -> None:
    rules = QuickBooks.item_rules
    own = cleaned(name, rules.refused, rules.name_max)
    assert cleaned(own, rules.refused, rules.name_max) == own, "once is enough"
    assert not isinstance(links(QuickBooks)._ledger.create_item("A", own, AGREED, 0), Refusal)


@given(names)
def test_a_name_that_has_to_be_changed_is_not_found_again(name: str) -> None:
    """The way in which a colon breaks the link of a product: the second time, its own item is in the way."""
    book = links(QuickBooks, "A")
    assert book.push(0, name, AGREED, 0) is None
    rules = QuickBooks.item_rules
    again = book.push_again(0, 5)
    if cleaned(name, rules.refused, rules.name_max) == name:
        assert again is None
    else:
        assert again is not None
        assert again.code == "6240"
    assert len(read(book.rows)) == len(book._ledger.items.by_code) == 1


@given(st.lists(st.text(st.sampled_from("AB-"), min_size=28, max_size=34), min_size=2, max_size=5, unique_by=str.casefold))
def test_codes_that_xero_cuts_to_the_same_become_one_item(codes: list[str]) -> None:
    book = links(Xero, *codes)
    for sku, code in enumerate(codes):
        assert book.push(sku, f"Product {code}", AGREED, 0) is None
    short = [code[:30].casefold() for code in codes]
    for one in range(len(codes)):
        for other in range(len(codes)):
            assert (book.item_of[one] is book.item_of[other]) == (short[one] == short[other])
    assert {row.sku for row in read(book.rows)} == set(range(len(codes)))


@pytest.mark.parametrize(
    ("system", "code", "name", "about"),
    [(QuickBooks, "A", "a:b", "item_name"), (QuickBooks, "A", "a\\b", "item_name"), (QuickBooks, "A", "x" * 101, "item_length"),
     (Xero, "x" * 31, "a", "item_length"), (Xero, "A", "x" * 51, "item_length")],
)  # fmt: skip
def test_each_ledger_refuses_names_by_its_own_rules(system: type[RuleBook], code: str, name: str, about: str) -> None:
    answer = links(system)._ledger.create_item(code, name, AGREED, 0)
    assert isinstance(answer, Refusal)
    assert answer.about == about


def bill_or_invoice(buying: bool, items: list[tuple[int, int, int, int]]) -> tuple[Document, list[tuple[int, int]]]:
    total = sum(price * units - discount for _, units, price, discount in items)
    kind = TRANSACTION_TYPE["Purchase" if buying else "Sale"]
    document = Document(1, RECORD_TYPE["Invoices"], kind, 0, 0, (), -1, items=items)
    return document, [(PAYABLE, -total), (INVENTORY, total)] if buying else [(RECEIVABLE, total), (SALES, -total)]


item_lines = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 9), st.integers(1, 999), st.integers(0, 0)), min_size=1, max_size=6
)


@given(st.booleans(), item_lines, st.booleans())
def test_an_edited_item_takes_its_lines_to_its_own_account(
    buying: bool, items: list[tuple[int, int, int, int]], back: bool
) -> None:
    book = links(QuickBooks, "A", "B")
    for sku, name in enumerate("AB"):
        book.push(sku, name, AGREED, 0)
    ledger = book._ledger
    ledger.items.edit(book.item_of[0], Accounts(OTHER, OTHER, -1), 0, 7)
    if back:
        ledger.items.edit(book.item_of[0], AGREED, 1, 7)
    document, lines = bill_or_invoice(buying, items)
    posted = book.posted(document, lines)
    moved = 0 if back else sum(units * price for sku, units, price, _ in items if sku == 0)
    sign = 1 if buying else -1
    assert sum(cents for _, cents in posted) == 0
    assert posted[0] == lines[0], "what is owed stays"
    assert dict(posted).get(OTHER, 0) == sign * moved
    assert dict(posted).get(lines[1][0], 0) == lines[1][1] - sign * moved
    assert [row.recorded_at for row in read(ledger.books.item_accounts) if row.item_code == book.item_of[0].code][-1] == back


@cache
def shop(ledger: str) -> Profile:
    plain = profile()
    noise = msgspec.structs.replace(plain.noise, item_put_away=rate(0.9))
    return msgspec.structs.replace(plain, ledger=ledger, noise=noise)


@pytest.mark.parametrize("ledger", ["xero", "quickbooks"])
def test_documents_with_an_item_put_away_are_refused_and_go_out_soon(ledger: str) -> None:
    world = run(case(1, 2, 900, of=shop(ledger)))
    about = {"xero": "' is not valid", "quickbooks": "made inactive"}[ledger]
    texts = world.lexicon.lists["text"]
    tried: dict[int, list[tuple[int, bool]]] = {}
    for row in facts(world, "integration/sync_attempts"):
        tried.setdefault(row.record_key, []).append((row.attempted_at, row.message >= 0 and about in texts[row.message]))
    refused = {key: rows for key, rows in tried.items() if any(wrong for _, wrong in rows)}
    assert refused
    for rows in refused.values():
        if not rows[-1][1]:
            assert rows[-1][0] - rows[0][0] <= 8 * DAY, "within normal time, weekends and holidays included"


def test_an_item_that_somebody_edits_in_quickbooks_moves_revenue_and_nothing_else() -> None:
    """What a fault may bend. Every product gets another income account in mid-window; totals stay the same."""
    other = next(account for account in profile().accounts if account.role == "shipping_income").code

    def ledger(edited: bool) -> World:
        world = World(case(1, 2, 600, of=msgspec.structs.replace(profile(), ledger="quickbooks")))
        world.clock.run(20 * DAY)
        if edited:
            for item in list(world.rules.items.by_code.values()):
                account = world.lexicon.code("account", other)
                world.rules.items.edit(item, msgspec.structs.replace(item.accounts, income=account), 20 * DAY, 0)
        world.clock.run(world.calendar.days * DAY)
        return world

    plain, edited = ledger(edited=False), ledger(edited=True)
    sales, shipping = plain.accounts["sales"], plain.accounts["shipping_income"]
    moved = edited.ledger.balance[sales] - plain.ledger.balance[sales]
    assert moved > 0
    assert edited.ledger.balance[shipping] - plain.ledger.balance[shipping] == -moved
    others = [n for n in range(len(plain.ledger.balance)) if n not in (sales, shipping)]
    assert [edited.ledger.balance[n] for n in others] == [plain.ledger.balance[n] for n in others]
