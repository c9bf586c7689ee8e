"""Cin7's stock tasks in any order: what its tables say must agree with itself, whatever people do and Cin7 refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import worlds

from sim import keys
from sim.cin7 import postings
from sim.cin7.books import Books
from sim.cin7.costing import Layer, value_of
from sim.cin7.mapping import AccountMap
from sim.cin7.postings import Accounts, Pair
from sim.cin7.production import Bom, Component, Production
from sim.cin7.stock import Stock, StockTables
from sim.cin7.transfers import Transfer, Transfers
from sim.schema import MOVEMENT_TYPE, STATUS
from sim.tables import Lexicon

ROLES = (
    "receivable", "sales", "shipping_income", "tax", "inventory", "cogs", "grni", "payable", "discrepancy", "equity", "bank",
    "customer_credits", "stock_in_transit", "supplier_deposits",
    "wip", "overhead_absorbed", "write_offs",
)  # fmt: skip
RAW, OTHER, MADE = range(3)
PRODUCTS = 3
BOM = Bom(0, (Component(RAW, 2, 25, 3), Component(OTHER, 1)), 12_345)


class Tasks(RuleBasedStateMachine):
    """Two locations of one Cin7 account."""

    receipts = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.now = self.documents = 0
        self.layers: list[tuple[Stock, int, Layer]] = []

    @initialize(own_transit_account=st.booleans())
    def found(self, own_transit_account: bool) -> None:
        roles = {role: code for code, role in enumerate(ROLES)}
        if own_transit_account:
            roles["transfers_in_transit"] = len(roles)
        self.books = Books(AccountMap(Accounts(roles), PRODUCTS), Lexicon())
        self.tables = StockTables()
        self.stocks = [Stock(self.books, self.tables, PRODUCTS, location) for location in (0, 1)]
        self.transfers, self.production = Transfers(self.books), Production(self.books, PRODUCTS)
        self.production.define(MADE, BOM, 0)
        self.sent: list[Transfer] = []
        self.costs: dict[int, int] = {}

    def key(self, root: int, kind: int) -> int:
        self.documents += 1
        self.now += 1
        return keys.document(keys.root(root, self.documents), kind)

    def post(self, pairs: list[Pair]) -> None:
        """Book what another part of Cin7 would."""
        for debit, credit, cents in pairs:
            self.costs[debit] = self.costs.get(debit, 0) + cents
            self.costs[credit] = self.costs.get(credit, 0) - cents

    @rule(place=st.integers(0, 1), sku=st.integers(0, 1), units=st.integers(1, 30), value=st.integers(0, 9_000))
    def goods_come(self, place: int, sku: int, units: int, value: int) -> None:
        key, stock = self.key(keys.PURCHASE, keys.RECEIPT), self.stocks[place]
        layer = stock.move_in(sku, units, value, key, MOVEMENT_TYPE["Purchase"], self.now, 0)
        self.layers.append((stock, sku, layer))
        self.post([(self.books.accounts.inventory, self.books.accounts.grni, value)])

    @precondition(lambda self: self.layers)
    @rule(data=st.data(), cents=st.integers(-300, 300))
    def a_bill_costs_more_or_less(self, data: st.DataObject, cents: int) -> None:
        stock, sku, layer = data.draw(st.sampled_from(self.layers))
        first = self.key(keys.PURCHASE, keys.COST_CHANGE)
        after, borne = stock.change_cost(sku, layer, cents, first, first, self.now, 0, lambda left: left)
        pairs = [pair for _, _, use, moved in borne for pair in postings.borne_elsewhere(self.books.accounts, use, moved)]
        assert keys.document_of(after) == first
        self.post([(self.books.accounts.inventory, self.books.accounts.payable, cents), *pairs])

    @rule(place=st.integers(0, 1), sku=st.integers(0, 2), share=st.floats(0, 1))
    def goods_are_sold(self, place: int, sku: int, share: float) -> None:
        stock = self.stocks[place]
        units = round(share * stock.available(sku))
        if units:
            key, cogs = self.key(keys.ORDER, keys.SHIP), self.books.accounts.cogs
            taken = stock.move_out(sku, units, key, MOVEMENT_TYPE["Sale"], cogs, self.now, 0)
            self.post([(cogs, self.books.accounts.inventory, sum(part.value for part in taken))])

    @rule(place=st.integers(0, 1), shares=st.lists(st.floats(0, 1), min_size=3, max_size=3))
    def goods_are_sent(self, place: int, shares: list[float]) -> None:
        source, destination = self.stocks[place], self.stocks[1 - place]
        lines = [(sku, round(share * source.available(sku))) for sku, share in enumerate(shares)]
        lines = [(sku, units) for sku, units in lines if units]
        root = self.key(keys.TRANSFER, 0)
        transfer = self.transfers.draft(root, source, destination, lines, 2, self.now, 0)
        if lines and self.refused_only_if(source.blocked or destination.blocked,
                                          lambda: self.transfers.send(transfer, self.now, 0)):  # fmt: skip
            self.sent.append(transfer)
        else:
            self.transfers.void(transfer, self.now)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def goods_arrive(self, data: st.DataObject) -> None:
        transfer = data.draw(st.sampled_from(self.sent))
        self.now += 1
        if self.refused_only_if(transfer.destination.blocked, lambda: self.transfers.receive(transfer, self.now, 0)):
            self.sent.remove(transfer)

    @rule(place=st.integers(0, 1), units=st.integers(1, 5))
    def making_begins(self, place: int, units: int) -> None:
        stock, root = self.stocks[place], self.key(keys.ASSEMBLY, 0)
        assembly = self.production.authorise(root, MADE, units, stock, self.now, 0)
        assert assembly is not None
        short = any(stock.available(sku) < wanted for sku, wanted in BOM.needs(units))
        if not self.refused_only_if(stock.blocked or short, lambda: self.production.issue(assembly, self.now, 0)):
            self.production.void(assembly, self.now)

    @precondition(lambda self: self.production.open)
    @rule(data=st.data(), spoiled=st.integers(0, 1))
    def making_ends(self, data: st.DataObject, spoiled: int) -> None:
        assembly = data.draw(st.sampled_from(list(self.production.open.values())))
        self.now += 1
        units = max(1, assembly.units - spoiled)
        self.refused_only_if(assembly.stock.blocked, lambda: self.production.complete(assembly, units, self.now, 0))

    @rule(place=st.integers(0, 1), units=st.integers(1, 3))
    def a_unit_is_taken_apart(self, place: int, units: int) -> None:
        stock, root = self.stocks[place], self.key(keys.DISASSEMBLY, 0)
        short = stock.available(MADE) < units
        self.refused_only_if(
            stock.blocked or short, lambda: self.production.disassemble(root, MADE, units, stock, self.now, 0)
        )

    @rule(place=st.integers(0, 1), sku=st.integers(0, 2), units=st.integers(-3, 3).filter(bool))
    def stock_is_adjusted(self, place: int, sku: int, units: int) -> None:
        stock = self.stocks[place]
        if units > -stock.on_hand[sku]:
            key = self.key(keys.ADJUSTMENT, keys.ADJUST)
            self.refused_only_if(stock.blocked, lambda: stock.adjust(sku, units, key, -1, 0, self.now, 0))

    @rule(place=st.integers(0, 1), sku=st.integers(0, 2))
    def stock_is_written_off(self, place: int, sku: int) -> None:
        stock = self.stocks[place]
        if stock.available(sku):
            key = self.key(keys.ADJUSTMENT, keys.WRITE_OFF)
            self.refused_only_if(stock.blocked, lambda: stock.write_off(key, [(sku, 1)], -1, 0, self.now, 0))

    @rule(place=st.integers(0, 1), found=st.lists(st.integers(0, 20), min_size=3, max_size=3))
    def everything_is_counted(self, place: int, found: list[int]) -> None:
        """Open a stocktake, or complete the one that is open."""
        stock = self.stocks[place]
        key = self.key(keys.COUNT, keys.ADJUST)
        if not stock.blocked:
            assert stock.open_stocktake(key, self.now)
            assert not stock.open_stocktake(key, self.now)
        else:
            lines = [(sku, stock.on_hand[sku], counted) for sku, counted in enumerate(found)]
            assert stock.stocktake(key, lines, self.now, 0)
            assert stock.on_hand == found
            assert not stock.blocked

    def refused_only_if(self, reason: bool, task: Any) -> bool:
        """Do a task; what is refused must have a reason and leave no trace."""
        before = self.balances(), len(self.tables.movements.matrix()), [list(stock.on_hand) for stock in self.stocks]
        done = bool(task())
        assert done != reason
        if not done:
            assert before == (
                self.balances(), len(self.tables.movements.matrix()), [list(stock.on_hand) for stock in self.stocks]
            )  # fmt: skip
        return done

    def balances(self) -> dict[int, int]:
        total = dict(self.costs)
        for row in worlds.read(self.books.transactions):
            total[row.debit_account] = total.get(row.debit_account, 0) + row.amount_cents
            total[row.credit_account] = total.get(row.credit_account, 0) - row.amount_cents
        return {account: cents for account, cents in total.items() if cents}

    @invariant()
    def every_account_is_explained(self) -> None:
        accounts, booked = self.books.accounts, self.balances()
        card = sum(row.value_cents for row in worlds.read(self.tables.movements))
        under_way = sum(transfer.cents for transfer in self.sent)
        at_work = sum(assembly.cents for assembly in self.production.open.values())
        assert booked.get(accounts.wip, 0) == at_work
        if accounts.transit == accounts.inventory:
            assert booked.get(accounts.inventory, 0) == card + under_way
        else:
            assert booked.get(accounts.inventory, 0) == card
            assert booked.get(accounts.transit, 0) == under_way

    @invariant()
    def the_stock_card_says_what_is_held(self) -> None:
        rows = worlds.read(self.tables.movements)
        ids = [row.movement_id for row in rows]
        assert len(set(ids)) == len(ids)
        source = {row.movement_id: row for row in rows}
        for row in rows:
            if not row.quantity:
                corrected = source[row.source_movement_id]
                assert (row.sku, row.location) == (corrected.sku, corrected.location)
            elif row.source_movement_id >= 0:
                assert row.quantity == -source[row.source_movement_id].quantity
        for stock in self.stocks:
            for sku in range(PRODUCTS):
                own = [row for row in rows if row.location == stock.location and row.sku == sku]
                assert sum(row.quantity for row in own) == stock.on_hand[sku] == sum(x.quantity for x in stock.layers[sku])
                assert sum(row.value_cents for row in own) == value_of(stock.layers[sku])
                coming = [t for t in self.sent if t.destination is stock]
                assert stock.incoming[sku] == sum(units for t in coming for of, units in t.lines if of == sku)

    @invariant()
    def what_is_under_way_is_named_document_by_document(self) -> None:
        before = len(self.tables.reconciling_items.matrix())
        self.transfers.explain(self.now)
        items = worlds.read(self.tables.reconciling_items)[before:]
        if self.books.accounts.transit != self.books.accounts.inventory:
            assert not items
            return
        rows = worlds.read(self.tables.movements)
        for item in items:
            own = [row for row in rows if row.document_key == item.document_key]
            ids = {row.movement_id for row in own}
            later = [row for row in rows if row.source_movement_id in ids and row.document_key != item.document_key]
            assert item.amount_cents == -sum(row.value_cents for row in own + later)


Tasks.TestCase.settings = settings(max_examples=200, stateful_step_count=30)
TestTasks = Tasks.TestCase


def empty_books() -> Books:
    return Books(AccountMap(Accounts({role: code for code, role in enumerate(ROLES)}), PRODUCTS), Lexicon())


def small_account() -> tuple[Books, list[Stock], Transfers, Production]:
    books, tables = empty_books(), StockTables()
    stocks = [Stock(books, tables, PRODUCTS, location) for location in (0, 1)]
    production = Production(books, PRODUCTS)
    production.define(MADE, BOM, 0)
    for sku in range(PRODUCTS):
        stocks[0].move_in(sku, 50, 5_000, keys.document(keys.root(keys.PURCHASE, sku), keys.RECEIPT), 0, 0, 0)
    return books, stocks, Transfers(books), production


def test_nothing_is_dated_in_a_closed_period() -> None:
    books, stocks, transfers, production = small_account()
    root = keys.root(keys.TRANSFER, 1)
    on_the_way = transfers.draft(root, stocks[0], stocks[1], [(RAW, 5)], 9, 0, 0)
    assert transfers.send(on_the_way, 0, 3)
    begun = production.authorise(keys.root(keys.ASSEMBLY, 1), MADE, 2, stocks[0], 0, 3)
    assert begun is not None
    assert production.issue(begun, 0, 3)
    drafted = transfers.draft(keys.root(keys.TRANSFER, 2), stocks[0], stocks[1], [(RAW, 5)], 9, 0, 0)
    ready = production.authorise(keys.root(keys.ASSEMBLY, 2), MADE, 2, stocks[0], 0, 3)
    assert ready is not None
    books.lock_date = 5
    before = len(books.transactions.matrix())
    assert not transfers.receive(on_the_way, 9, 4)
    assert not transfers.send(drafted, 9, 4)
    assert not production.issue(ready, 9, 4)
    assert not production.complete(begun, 2, 9, 4)
    assert not production.disassemble(keys.root(keys.DISASSEMBLY, 1), MADE, 1, stocks[0], 9, 4)
    assert production.authorise(keys.root(keys.ASSEMBLY, 3), MADE, 1, stocks[0], 9, 4) is None
    assert not stocks[0].write_off(1 << 40, [(RAW, 1)], -1, 0, 9, 4)
    assert len(books.transactions.matrix()) == before
    assert transfers.receive(on_the_way, 9, 5)
    assert production.complete(begun, 2, 9, 5)


def test_goods_do_not_arrive_before_they_left() -> None:
    _, stocks, transfers, _ = small_account()
    transfer = transfers.draft(keys.root(keys.TRANSFER, 1), stocks[0], stocks[1], [(RAW, 5)], 9, 0, 0)
    assert transfers.send(transfer, 0, 3)
    assert not transfers.receive(transfer, 9, 2)
    assert stocks[1].on_hand[RAW] == 0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 60))
def test_the_bill_of_materials_of_a_day_is_the_last_that_began_by_then(begins: list[int], day: int) -> None:
    production = Production(empty_books(), PRODUCTS)
    for version, since in enumerate(sorted(begins)):
        production.define(MADE, Bom(since, BOM.components, version), 0)
    wanted = max((version for version, since in enumerate(sorted(begins)) if since <= day), default=None)
    found = production.bom(MADE, day)
    assert (found.service_cost if found else None) == wanted
    assert production.bom(RAW, day) is None


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 100))
def test_the_allowance_for_wastage_is_the_rounded_percentage(units: int, quantity: int, percent: int) -> None:
    part = Component(RAW, quantity, percent)
    (_, needed), = Bom(0, (part,), 0).needs(units)
    assert abs((needed - quantity * units) * 100 - quantity * units * percent) <= 50


def test_a_task_goes_through_its_statuses() -> None:
    books, stocks, transfers, production = small_account()
    transfer = transfers.draft(keys.root(keys.TRANSFER, 1), stocks[0], stocks[1], [(RAW, 5)], 9, 1, 0)
    transfers.send(transfer, 2, 0)
    transfers.receive(transfer, 3, 0)
    assembly = production.authorise(keys.root(keys.ASSEMBLY, 1), MADE, 2, stocks[0], 4, 0)
    assert assembly is not None
    production.issue(assembly, 5, 0)
    production.complete(assembly, 2, 6, 0)
    log: dict[int, list[str]] = {}
    for row in worlds.read(books.statuses):
        log.setdefault(row.document_key, []).append(STATUS.words[row.status])
    assert log[transfer.key] == ["DRAFT", "IN TRANSIT", "COMPLETED"]
    assert log[assembly.key] == ["DRAFT", "AUTHORISED", "IN PROGRESS", "COMPLETED"]


def test_more_than_there_is_cannot_be_sent() -> None:
    _, stocks, transfers, _ = small_account()
    transfer = transfers.draft(keys.root(keys.TRANSFER, 1), stocks[0], stocks[1], [(RAW, 99)], 9, 1, 0)
    with pytest.raises(ValueError, match="more taken"):
        transfers.send(transfer, 2, 0)
