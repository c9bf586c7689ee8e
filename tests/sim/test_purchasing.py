"""Purchasing against a slow, plain twin that follows every unit with its exact cost and counts every cent that is owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sim import keys
from sim.cin7.books import Books, Catalogue
from sim.cin7.costing import value_of
from sim.cin7.mapping import AccountMap
from sim.cin7.matching import BilledAhead, BuyingRules, ReceivedLine, SupplyRules
from sim.cin7.postings import Accounts
from sim.cin7.purchasing import Purchase, Purchasing
from sim.cin7.stock import Stock, StockTables
from sim.clock import DAY
from sim.money import extend
from sim.schema import DISTRIBUTION, MOVEMENT_TYPE, STATUS
from sim.tables import Lexicon

ROLES = (
    "receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "payable", "discrepancy", "equity", "bank",
    "stock_in_transit", "supplier_deposits", "customer_credits",
)  # fmt: skip
CODE = {role: code for code, role in enumerate(ROLES)}
MONTH_ENDS = list(range(30, 3_000, 30))
STOCK_FIRST, SIMPLE, ADVANCED, FORWARDER = range(4)
PRODUCTS, PLACES = 3, (4, 9)


def _lines(purchase: Purchase) -> list[ReceivedLine]:
    return [line for received in purchase.receipts.values() for line in received]


class Desk:
    """Cin7's purchasing with two locations and nothing else around it."""

    def __init__(self, *, accrual: bool, by_receipt: bool) -> None:
        rules = [SupplyRules(kind in (SIMPLE, ADVANCED), kind == ADVANCED, 30, True) for kind in range(4)]
        buying = BuyingRules(rules, MONTH_ENDS, accrual=accrual, by_receipt=by_receipt)
        buying.grams, buying.millilitres = [100, 250, 900], [5, 5, 1]
        catalogue = Catalogue([keys.root(keys.PARTY, n) for n in range(4)], buying)
        catalogue.cost = [0] * PRODUCTS
        self.books = Books(AccountMap(Accounts(CODE), PRODUCTS), Lexicon())
        self.tables = StockTables()
        self.stocks = {place: Stock(self.books, self.tables, PRODUCTS, place) for place in PLACES}
        self.purchasing = Purchasing(self.books, list(self.stocks.values()), catalogue)

    def balances(self) -> Counter[str]:
        """What all documents posted so far come to, by role."""
        total: Counter[str] = Counter()
        for document in self.books.outgoing:
            for debit, credit, cents in document.pairs:
                total[ROLES[debit]] += cents
                total[ROLES[credit]] -= cents
        return total


class Thing:
    """One thing that was bought."""

    def __init__(self, receipt: int, sku: int, cost: Fraction) -> None:
        self.receipt, self.sku, self.cost = receipt, sku, cost


class PlainTwin:
    """Shelves of things in the order in which they came, what has gone, and what is owed."""

    def __init__(self) -> None:
        self.shelf: dict[tuple[int, int], list[Thing]] = {(place, sku): [] for place in PLACES for sku in range(PRODUCTS)}
        self.things: list[Thing] = []
        self.owed = self.deposits = 0
        self.unbilled: Counter[tuple[int, int]] = Counter()
        """Accrued cents of each receipt and product."""
        self.ahead: dict[tuple[int, int], tuple[int, Fraction]] = {}
        """Units billed ahead and not come, and what one costs, by purchase and product."""
        self.held: Counter[int] = Counter()
        """Value of what came for each advanced purchase and is not released."""
        self.roundings = 0

    def receive(self, place: int, receipt: int, sku: int, units: int, cost: Fraction) -> None:
        new = [Thing(receipt, sku, cost) for _ in range(units)]
        self.things += new
        self.shelf[place, sku] += new
        self.roundings += 1

    def undo(self, place: int, receipt: int) -> None:
        self.things = [thing for thing in self.things if thing.receipt != receipt]
        for sku in range(PRODUCTS):
            self.shelf[place, sku] = [thing for thing in self.shelf[place, sku] if thing.receipt != receipt]

    def recost(self, receipt: int, sku: int, cents: Fraction) -> None:
        members = [thing for thing in self.things if thing.receipt == receipt and thing.sku == sku]
        for thing in members:
            thing.cost += cents / len(members)
        self.roundings += 1

    def send_back(self, place: int, receipt: int, sku: int, units: int) -> None:
        left = units
        for thing in list(self.shelf[place, sku]):
            if left and thing.receipt == receipt:
                self.shelf[place, sku].remove(thing)
                left -= 1
        assert not left
        self.roundings += 1

    def value(self) -> Fraction:
        return sum((thing.cost for shelf in self.shelf.values() for thing in shelf), Fraction(0))


Fit = Callable[[Purchase, bool], object]
"""Whether something may happen to a purchase; it is told whether the purchase is billed ahead of its goods."""
FITS: dict[str, Fit] = {
    "any": lambda p, ahead: True,
    "expected": lambda p, ahead: any(p.open_units),
    "received": lambda p, ahead: p.receipts,
    "unbilled": lambda p, ahead: any(line.billed < line.units for line in _lines(p)),
    "billed": lambda p, ahead: any(line.billed == line.units for line in _lines(p)),
    "unbilled ahead": lambda p, ahead: ahead and p.in_transit < 0,
    "ahead": lambda p, ahead: not p.ahead.is_empty,
}


class BuyingMachine(RuleBasedStateMachine):
    """Orders, receipts, bills, charges, credits, sales and closings in any order that Cin7 allows."""

    def __init__(self) -> None:
        super().__init__()
        self.day = 1
        self.twin = PlainTwin()
        self.sold_cents = self.paid_in = 0
        self.serial = 0
        self.kinds: dict[int, int] = {}
        self.counts: Counter[tuple[int, int]] = Counter()
        self.checked = 0

    @initialize(accrual=st.booleans(), by_receipt=st.booleans())
    def begin(self, accrual: bool, by_receipt: bool) -> None:
        self.accrual = accrual
        self.desk = Desk(accrual=accrual, by_receipt=by_receipt)

    # -- helpers ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.day * DAY

    def fit(self, what: str) -> list[Purchase]:
        """Purchases to which something may happen."""
        if not hasattr(self, "desk"):
            return []
        return [p for p in self.desk.purchasing.by_key.values() if FITS[what](p, p.rules.invoice_first)]

    def next_key(self, root: int, kind: int, first: int = 0, most: int = 8) -> int | None:
        """The next free document of a kind; None when there are enough."""
        number = self.counts[root, kind + 100 * first]
        if number == most:
            return None
        self.counts[root, kind + 100 * first] += 1
        return keys.document(root, kind, first + number)

    # -- time -------------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 20), closes=st.booleans())
    def wait(self, days: int, closes: bool) -> None:
        """Days go by; now and then the months before are closed."""
        self.day = min(self.day + days, MONTH_ENDS[-1])
        if closes:
            ends = [day for day in MONTH_ENDS if day < self.day]
            self.desk.books.lock_date = ends[-1] + 1 if ends else 0

    # -- buying -----------------------------------------------------------------------------------------------

    @rule(data=st.data())
    def business_goes_on(self, data: st.DataObject) -> None:
        """What every business does, in one rule: a run that never sells or never bills would show little."""
        able = {
            self.order: len(self.kinds) < 12, self.receive: self.fit("expected"), self.bill: self.fit("unbilled"),
            self.bill_ahead: self.fit("unbilled ahead"), self.sell: any(self.twin.shelf.values()),
        }  # fmt: skip
        data.draw(st.sampled_from([action for action, possible in able.items() if possible] or [self.order]))(data)

    def order(self, data: st.DataObject) -> None:
        kind, place = data.draw(st.sampled_from([STOCK_FIRST, SIMPLE, ADVANCED])), data.draw(st.sampled_from(PLACES))
        products = data.draw(st.lists(st.sampled_from(range(PRODUCTS)), min_size=1, unique=True))
        lines = [(sku, data.draw(st.integers(1, 12)), data.draw(st.integers(50, 99_999))) for sku in sorted(products)]
        self.serial += 1
        root = keys.purchase(self.serial, kind)
        self.kinds[root] = kind
        self.desk.purchasing.order(root, kind, lines, self.day + 9, self.now, self.day, place, blind=kind == STOCK_FIRST)

    @precondition(lambda self: self.fit("any"))
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("any")))
        billed_ahead = self.counts[purchase.key, keys.BILL + 100 * keys.AHEAD_FROM]
        untouched = not (purchase.receipts or billed_ahead or purchase.deposit_cents)
        if untouched and len(self.kinds) % 4:
            return  # most orders are for something better
        assert self.desk.purchasing.void(purchase, self.now) == untouched

    @precondition(lambda self: self.fit("unbilled ahead"))
    @rule(cents=st.integers(1, 40_000), data=st.data())
    def deposit(self, cents: int, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("unbilled ahead")))
        if purchase.deposit_cents:
            return
        assert self.desk.purchasing.deposit(purchase, CODE["bank"], cents, self.now, self.day) is not None
        self.twin.deposits += cents

    def receive(self, data: st.DataObject) -> None:
        """Some of what is expected comes; stock first, perhaps more than that."""
        purchase = data.draw(st.sampled_from(self.fit("expected")))
        root = purchase.key
        kind = self.kinds[root]
        most = {sku: units for (sku, _, _), units in zip(purchase.lines, purchase.open_units, strict=True) if units}
        products = data.draw(st.lists(st.sampled_from(list(most)), min_size=1, unique=True))
        extra = 2 * (kind == STOCK_FIRST)
        lines = [(sku, data.draw(st.integers(1, most[sku] + extra))) for sku in products]
        receipt = self.next_key(root, keys.RECEIPT, most=60)
        assert receipt is not None
        place, ahead = purchase.stock.location, self.twin.ahead
        allowed = kind == STOCK_FIRST or all(ahead.get((root, sku), (0, 0))[0] >= units for sku, units in lines)
        assert self.desk.purchasing.receive(receipt, lines, self.now, self.day) == allowed
        if not allowed:
            return
        costs = {sku: cost for sku, _, cost in purchase.lines}
        for n, (sku, units) in enumerate(lines):
            if kind == STOCK_FIRST:
                accrued = extend(units, costs[sku]) if self.accrual else 0
                self.twin.unbilled[receipt, sku] += accrued
                each = Fraction(accrued, units)
            else:
                left, each = ahead[root, sku]
                ahead[root, sku] = (left - units, each)
                self.twin.held[root] += purchase.receipts[receipt][n].layer.taken_over if self.accrual else 0
            self.twin.receive(place, receipt, sku, units, each)
        self.release(root)

    def release(self, root: int) -> None:
        open_units = sum(units for (of, _), (units, _) in self.twin.ahead.items() if of == root)
        if self.kinds[root] == SIMPLE or not open_units:
            self.twin.held[root] = 0

    @precondition(lambda self: self.fit("received"))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("received")))
        root = purchase.key
        receipt = list(purchase.receipts)[-1]
        whole = not any(
            line.billed or line.layer.slices or line.layer.taken_over != line.accrued_cents
            for line in purchase.receipts[receipt]
        )
        done = self.desk.purchasing.undo(receipt, self.now, self.day)
        assert done == (whole and self.kinds[root] == STOCK_FIRST)
        if done:
            self.twin.undo(purchase.stock.location, receipt)
            for sku in range(PRODUCTS):
                self.twin.unbilled.pop((receipt, sku), None)

    @precondition(lambda self: self.fit("received"))
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        self.desk.purchasing.close_short(data.draw(st.sampled_from(self.fit("received"))), self.now)

    # -- papers -----------------------------------------------------------------------------------------------

    def bill(self, data: st.DataObject) -> None:
        """A bill for part or all of one receipt, at any price."""
        purchase = data.draw(st.sampled_from(self.fit("unbilled")))
        root = purchase.key
        unbilled = {r: [line for line in lines if line.billed < line.units] for r, lines in purchase.receipts.items()}
        receipts = [receipt for receipt, lines in unbilled.items() if lines]
        key = self.next_key(root, keys.BILL)
        if key is None:
            return
        receipt = data.draw(st.sampled_from(receipts))
        wanted = data.draw(st.lists(st.sampled_from(unbilled[receipt]), min_size=1, unique_by=id))
        lines, shares = [], {}
        for line in wanted:
            units = data.draw(st.integers(1, line.units - line.billed))
            lines.append((line.sku, units, data.draw(st.integers(50, 99_999))))
            shares[line.sku] = (line, line.reversed_cents)
        assert self.desk.purchasing.bill(key, receipt, lines, 0, self.now, self.day)
        for sku, units, cost in lines:
            line, before = shares[sku]
            reversed_cents = line.reversed_cents - before
            self.twin.unbilled[receipt, sku] -= reversed_cents
            self.twin.owed += extend(units, cost)
            self.twin.recost(receipt, sku, Fraction(extend(units, cost) - reversed_cents))
            assert abs(reversed_cents - Fraction(line.accrued_cents * units, line.units)) <= 1 + line.units

    def bill_ahead(self, data: st.DataObject) -> None:
        purchase, first = data.draw(st.sampled_from(self.fit("unbilled ahead"))), keys.AHEAD_FROM
        root = purchase.key
        lines = [(sku, units, data.draw(st.integers(50, 99_999))) for sku, units, _ in purchase.lines]
        key = self.next_key(root, keys.BILL, first)
        assert key is not None
        assert self.desk.purchasing.bill(key, -1, lines, 0, self.now, self.day)
        total = 0
        for sku, units, cost in lines:
            self.twin.ahead[root, sku] = (units, Fraction(extend(units, cost), units))
            total += extend(units, cost)
        # Of all deposits, only this purchase's own is used, and not beyond its bill.
        used = self.twin.deposits - self.open_deposits()
        assert 0 <= used <= total
        self.twin.deposits -= used
        self.twin.owed += total - used

    def open_deposits(self) -> int:
        return sum(purchase.deposit_cents for purchase in self.desk.purchasing.by_key.values())

    @precondition(lambda self: self.fit("received"))
    @rule(by=st.sampled_from(DISTRIBUTION.words), cents=st.integers(1, 30_000), data=st.data())
    def charge(self, by: str, cents: int, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("received")))
        root = purchase.key
        key = self.next_key(root, keys.BILL, keys.CHARGES_FROM)
        if key is None:
            return
        receipt = data.draw(st.sampled_from(list(purchase.receipts)))
        lines = purchase.receipts[receipt]
        before = {line.sku: line.layer.taken_over for line in lines}
        purchasing = self.desk.purchasing
        assert purchasing.charge(key, receipt, DISTRIBUTION[by], "Freight", cents, FORWARDER, 0, self.now, self.day)
        self.twin.owed += cents
        grams, volume = [100, 250, 900], [5, 5, 1]
        weight = {"Cost": lambda line: line.ordered_cents, "Quantity": lambda line: line.units,
                  "Weight": lambda line: line.units * grams[line.sku],
                  "Volume": lambda line: line.units * volume[line.sku]}[by]  # fmt: skip
        whole = sum(weight(line) for line in lines)
        for line in lines:
            share = line.layer.taken_over - before[line.sku]
            if whole:
                assert abs(share - Fraction(cents * weight(line), whole)) < 1
            self.twin.recost(receipt, line.sku, Fraction(share))

    @precondition(lambda self: self.fit("billed"))
    @rule(data=st.data())
    def credit_price(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("billed")))
        receipts = [r for r, lines in purchase.receipts.items() if any(line.billed == line.units for line in lines)]
        key = self.next_key(purchase.key, keys.SUPPLIER_CREDIT)
        if key is None:
            return
        receipt = data.draw(st.sampled_from(receipts))
        line = data.draw(st.sampled_from([line for line in purchase.receipts[receipt] if line.billed == line.units]))
        cents = data.draw(st.integers(1, 500))
        assert self.desk.purchasing.credit_price(key, receipt, [(line.sku, cents)], 0, self.now, self.day)
        self.twin.owed -= cents
        self.twin.recost(receipt, line.sku, Fraction(-cents))

    @precondition(lambda self: self.fit("received"))
    @rule(data=st.data())
    def credit_returned(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("received")))
        lines = [(receipt, line) for receipt, received in purchase.receipts.items() for line in received]
        key = self.next_key(purchase.key, keys.SUPPLIER_CREDIT)
        if key is None:
            return
        receipt, line = data.draw(st.sampled_from(lines))
        units, cost = data.draw(st.integers(1, line.units)), data.draw(st.integers(50, 99_999))
        there = line.billed == line.units and line.layer.quantity >= units
        done = self.desk.purchasing.credit_returned(key, receipt, line.sku, units, cost, 0, self.now, self.day)
        assert done == there
        if done:
            self.twin.send_back(purchase.stock.location, receipt, line.sku, units)
            self.twin.owed -= extend(units, cost)

    @precondition(lambda self: self.fit("ahead"))
    @rule(data=st.data())
    def credit_missing(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(self.fit("ahead")))
        root = purchase.key
        missing = [(sku, units) for (of, sku), (units, _) in self.twin.ahead.items() if of == root and units]
        key = self.next_key(root, keys.SUPPLIER_CREDIT)
        if key is None:
            return
        owed_before = sum(cents for _, cents, _ in self.desk.purchasing.unpaid.values())
        assert self.desk.purchasing.credit_missing(key, missing, 0, self.now, self.day)
        credited = owed_before - sum(cents for _, cents, _ in self.desk.purchasing.unpaid.values())
        exact = sum(units * self.twin.ahead[root, sku][1] for sku, units in missing)
        assert abs(credited - exact) <= len(missing) * 12
        self.twin.owed -= credited
        for sku, _ in missing:
            self.twin.ahead[root, sku] = (0, Fraction(0))
        self.release(root)

    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        unpaid = self.desk.purchasing.unpaid
        if unpaid:
            bill = data.draw(st.sampled_from(list(unpaid)))
            _, cents, _ = unpaid[bill]
            assert self.desk.purchasing.pay(bill, CODE["bank"], self.now, self.day) is not None
            self.twin.owed -= cents

    # -- selling ----------------------------------------------------------------------------------------------

    def sell(self, data: st.DataObject) -> None:
        place, sku = data.draw(st.sampled_from([where for where, things in self.twin.shelf.items() if things]))
        shelf, stock = self.twin.shelf[place, sku], self.desk.stocks[place]
        units = data.draw(st.integers(1, len(shelf)))
        self.serial += 1
        key = keys.document(keys.root(keys.ORDER, self.serial), keys.SHIP)
        slices = stock.move_out(sku, units, key, MOVEMENT_TYPE["Sale"], CODE["cogs"], self.now, self.day)
        self.sold_cents += sum(part.value for part in slices)
        self.twin.roundings += len(slices)
        del shelf[:units]

    # -- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def units_and_value_are_those_of_the_twin(self) -> None:
        for (place, sku), shelf in self.twin.shelf.items():
            stock = self.desk.stocks[place]
            assert stock.on_hand[sku] == len(shelf) == sum(layer.quantity for layer in stock.layers[sku])
        value = sum(value_of(layers) for stock in self.desk.stocks.values() for layers in stock.layers)
        assert abs(value - self.twin.value()) <= 1 + self.twin.roundings

    @invariant()
    def accounts_hold_what_is_open(self) -> None:
        purchasing, balance = self.desk.purchasing, self.desk.balances()
        card = int(self.desk.tables.movements.matrix()[:, 8].sum())
        value = sum(value_of(layers) for stock in self.desk.stocks.values() for layers in stock.layers)
        assert card == value, "the stock card is the layers' value"
        held = sum(sum(purchase.held.values()) for purchase in purchasing.by_key.values())
        ahead = sum(cents for purchase in purchasing.by_key.values() for *_, cents in purchase.ahead.waiting())
        not_received = 0 if self.accrual else ahead
        assert card - held + not_received == balance["inventory"] - self.sold_cents
        assert held == sum(self.twin.held.values())
        assert balance["stock_in_transit"] == (held + ahead if self.accrual else 0)
        assert balance["grni"] == -sum(self.twin.unbilled.values())
        assert balance["payable"] == -self.twin.owed == -sum(cents for _, cents, _ in purchasing.unpaid.values())
        assert balance["supplier_deposits"] == self.twin.deposits == self.open_deposits()

    @invariant()
    def on_order_is_what_open_lines_expect(self) -> None:
        for place, stock in self.desk.stocks.items():
            expected = [0] * PRODUCTS
            for purchase in self.desk.purchasing.by_key.values():
                for (sku, _, _), units in zip(purchase.lines, purchase.open_units, strict=True):
                    expected[sku] += units if purchase.stock.location == place else 0
            assert stock.on_order == expected
            assert min(expected) >= 0

    @invariant()
    def nothing_is_dated_in_a_closed_period_or_in_the_future(self) -> None:
        for document in self.desk.books.outgoing[self.checked :]:
            assert self.desk.books.lock_date <= document.effective_date <= self.day
        self.checked = len(self.desk.books.outgoing)

    @invariant()
    def reconciling_items_are_what_they_say(self) -> None:
        rows = self.desk.tables.reconciling_items
        before = len(rows.matrix())
        self.desk.purchasing.snapshot(self.day)
        moved: Counter[int] = Counter()
        for _, _, _, _, _, _, _, _, cents, document, _ in self.desk.tables.movements.matrix().tolist():
            moved[document] += cents
        debited: Counter[int] = Counter()
        for paper in self.desk.books.outgoing:
            debited[paper.key] += sum(c for debit, _, c in paper.pairs if debit == CODE["inventory"])
        for _, account, kind, document, cents in rows.matrix()[before:].tolist():
            assert account == CODE["inventory"]
            if kind == 0:
                assert 0 < cents <= debited[document]
            else:
                assert cents < 0
                assert -cents == moved[document]

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            documents = [document.key for document in self.desk.books.outgoing]
            assert len(documents) == len(set(documents)), "a document is exported whole, once"
            movements = self.desk.tables.movements.matrix()[:, 0].tolist()
            assert len(movements) == len(set(movements))
            assert all(keys.document_of(key) == key for key in documents)


TestBuying = BuyingMachine.TestCase
TestBuying.settings = settings(max_examples=80, stateful_step_count=80)


# --- matching ------------------------------------------------------------------------------------------------

parts = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10_000)), min_size=1, max_size=4)


@given(parts, st.data())
def test_what_is_billed_ahead_is_settled_to_the_cent(billed: list[tuple[int, int]], data: st.DataObject) -> None:
    ahead = BilledAhead()
    for bill, (units, cents) in enumerate(billed):
        ahead.bill(bill, 0, units, cents)
    left, settled = sum(units for units, _ in billed), 0
    while left:
        assert not ahead.is_empty
        units = data.draw(st.integers(1, left))
        settled += ahead.settle(0, units)
        left -= units
        assert ahead.units(0) == left
        assert settled + sum(cents for *_, cents in ahead.waiting()) == sum(cents for _, cents in billed)
    assert ahead.is_empty
    with pytest.raises(ValueError, match="more than were billed"):
        ahead.settle(0, 1)


@given(st.integers(-(10**6), 10**6), st.sampled_from(range(4)), st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_a_charge_is_spread_whole(cents: int, by: int, units: list[int]) -> None:
    desk = Desk(accrual=True, by_receipt=False)
    stock = desk.stocks[PLACES[0]]
    lines = [
        ReceivedLine(n % PRODUCTS, count, 0, 100 * count, stock.move_in(n % PRODUCTS, count, 0, n, 0, 0, 0), 0)
        for n, count in enumerate(units)
    ]
    shares = BuyingRules.spread(desk.purchasing._catalogue.buying, cents, by, lines)
    assert sum(shares) == cents
    assert all(share * cents >= 0 for share in shares)


# --- dates and statuses --------------------------------------------------------------------------------------


def sold_and_billed_late(*, by_receipt: bool, lock: int) -> dict[int, int]:
    """Ten units received on day 25, three sold on each of the days 27, 29 and 33, billed dearer on day 40 for day 38.

    Returns the effective date of each document of the bill, by key.
    """
    desk = Desk(accrual=True, by_receipt=by_receipt)
    root = keys.purchase(20, STOCK_FIRST)
    desk.purchasing.order(root, STOCK_FIRST, [(0, 10, 10_000)], 25, 20 * DAY, 20, PLACES[0])
    receipt = keys.document(root, keys.RECEIPT)
    desk.purchasing.receive(receipt, [(0, 10)], 25 * DAY, 25)
    for day in (27, 29, 33):
        key = keys.document(keys.root(keys.ORDER, day), keys.SHIP)
        desk.stocks[PLACES[0]].move_out(0, 3, key, MOVEMENT_TYPE["Sale"], CODE["cogs"], day * DAY, day)
    desk.books.lock_date = lock
    before = len(desk.books.outgoing)
    desk.purchasing.bill(keys.document(root, keys.BILL), receipt, [(0, 10, 12_000)], 0, 40 * DAY, 38)
    assert desk.balances()["grni"] == 0
    assert desk.balances()["cogs"] == 180
    return {document.key: document.effective_date for document in desk.books.outgoing[before:]}


BILL = keys.document(keys.purchase(20, STOCK_FIRST), keys.BILL)
REVERSAL = keys.beside(BILL, keys.ACCRUAL_REVERSAL)
THIS_MONTH, LAST_MONTH = (keys.correction(BILL, keys.COST_CHANGE, slot) for slot in (0, 1))


def test_by_invoice_what_was_sold_is_corrected_when_it_was_shipped() -> None:
    """Day 30 ends a month: sales of the days 27 and 29 are one document, the sale of day 33 another."""
    assert sold_and_billed_late(by_receipt=False, lock=0) == {BILL: 38, REVERSAL: 38, THIS_MONTH: 33, LAST_MONTH: 29}


def test_what_was_shipped_in_a_closed_month_is_corrected_in_the_open_one() -> None:
    assert sold_and_billed_late(by_receipt=False, lock=31) == {BILL: 38, REVERSAL: 38, THIS_MONTH: 33, LAST_MONTH: 31}


def test_by_receipt_the_whole_correction_is_dated_back() -> None:
    assert sold_and_billed_late(by_receipt=True, lock=0) == {BILL: 38, THIS_MONTH: 25}
    assert sold_and_billed_late(by_receipt=True, lock=31) == {BILL: 38, THIS_MONTH: 31}


def statuses(desk: Desk, key: int) -> list[str]:
    return [STATUS.words[status] for of, _, status, _ in desk.books.statuses.matrix().tolist() if of == key]


def test_a_purchase_is_called_what_cin7_calls_it() -> None:
    desk = Desk(accrual=True, by_receipt=False)
    buy = desk.purchasing
    root = keys.purchase(1, ADVANCED)
    purchase = buy.order(root, ADVANCED, [(0, 10, 10_000)], 9, DAY, 1, PLACES[1])
    bill, receipt = keys.document(root, keys.BILL, keys.AHEAD_FROM), keys.document(root, keys.RECEIPT)
    assert not buy.receive(receipt, [(0, 8)], DAY, 1), "refused until the invoice is authorised"
    assert buy.bill(bill, -1, [(0, 10, 10_000)], 0, 2 * DAY, 2)
    assert buy.receive(receipt, [(0, 8)], 3 * DAY, 3)
    assert purchase.held == {(receipt, CODE["inventory"]): 800}
    assert buy.credit_missing(keys.document(root, keys.SUPPLIER_CREDIT), [(0, 2)], 0, 4 * DAY, 4)
    assert not purchase.held
    for paper in list(buy.unpaid):
        buy.pay(paper, CODE["bank"], 5 * DAY, 5)
    assert statuses(desk, root) == ["ORDERED", "INVOICED", "RECEIVING", "RECEIVED / CREDITED", "COMPLETED"]
    assert desk.balances() == Counter({"inventory": 800, "bank": -800})


def test_an_undone_receipt_never_was() -> None:
    desk = Desk(accrual=True, by_receipt=False)
    root = keys.purchase(1, STOCK_FIRST)
    purchase = desk.purchasing.order(root, STOCK_FIRST, [(0, 10, 10_000)], 9, DAY, 1, PLACES[1])
    receipt = keys.document(root, keys.RECEIPT, keys.ATTEMPTS_FROM)
    assert desk.purchasing.receive(receipt, [(0, 12)], DAY, 1)
    assert purchase.open_units == [0]
    assert desk.purchasing.undo(receipt, DAY, 1)
    assert purchase.open_units == [10]
    assert desk.stocks[PLACES[1]].on_order[0] == 10
    assert statuses(desk, root) == ["ORDERED", "RECEIVED", "ORDERED"]
    assert statuses(desk, receipt) == ["AUTHORISED", "VOIDED"]
    assert not any(desk.balances().values())
    assert desk.purchasing.void(purchase, DAY)
    assert desk.stocks[PLACES[1]].on_order[0] == 0


def test_a_purchase_of_which_nothing_comes_is_credited_and_completed() -> None:
    desk = Desk(accrual=False, by_receipt=False)
    buy, root = desk.purchasing, keys.purchase(1, SIMPLE)
    buy.order(root, SIMPLE, [(0, 10, 10_000), (1, 5, 20_000)], 9, DAY, 1, PLACES[0])
    assert buy.bill(keys.document(root, keys.BILL, keys.AHEAD_FROM), -1, [(0, 10, 10_000), (1, 5, 20_000)], 0, DAY, 1)
    assert desk.balances() == Counter({"inventory": 2_000, "payable": -2_000})
    assert buy.credit_missing(keys.document(root, keys.SUPPLIER_CREDIT), [(0, 10), (1, 5)], 0, 4 * DAY, 4)
    assert not any(desk.balances().values())
    assert not any(desk.stocks[PLACES[0]].on_order)
    for paper in list(buy.unpaid):
        buy.pay(paper, CODE["bank"], 5 * DAY, 5)
    assert statuses(desk, root) == ["ORDERED", "INVOICED", "CREDITED", "COMPLETED"]
