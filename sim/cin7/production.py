"""Manufacturing: bills of materials, assemblies by way of work in progress, disassemblies.

An assembly is authorised, its components are issued (Dr Work in progress Cr Inventory), and what was made comes in at the
cost of components and work (Dr Inventory Cr Work in progress). Later changes of a component's cost follow into what was made
of it. Knows stock and books; nothing of what the workshop really uses.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .. import keys
from ..money import extend, ratio
from ..schema import (
    DOCUMENT_TYPE,
    MOVEMENT_TYPE,
    RECORD_TYPE,
    STATUS,
    TRANSACTION_TYPE,
    BillOfMaterials,
    Disassembly,
    FinishedGoods,
    FinishedGoodsLine,
    FinishedGoodsReceipt,
)
from ..tables import Rows, number_prefix
from . import postings
from .books import AUTHORISED, Books, Document
from .costing import Slice, build, take_apart
from .postings import Pair, merged
from .stock import Stock

_ASSEMBLY, _DISASSEMBLY = DOCUMENT_TYPE["Finished Goods"], DOCUMENT_TYPE["Disassembly"]
_DRAFT, _IN_PROGRESS, _COMPLETED, _VOIDED = (STATUS[name] for name in ("DRAFT", "IN PROGRESS", "COMPLETED", "VOIDED"))
_JOURNAL, _TASK = RECORD_TYPE["Manual journals"], TRANSACTION_TYPE["FinishedGoods"]
_MADE, _APART = MOVEMENT_TYPE["Finished Goods"], MOVEMENT_TYPE["Disassembly"]
NUMBER, _DISASSEMBLY_NUMBER = number_prefix("FG-"), number_prefix("DA-")
_ISSUED_TEXT, _MADE_TEXT = number_prefix("Components used FG-"), number_prefix("Finished goods FG-")
_APART_TASK, _APART_TEXT = TRANSACTION_TYPE["Disassembly"], number_prefix("Disassembly DA-")


class Component(msgspec.Struct, frozen=True, gc=False):
    """One line of a bill of materials."""

    sku: int
    quantity: int
    """Units for one unit of the product."""
    wastage_percent: int = 0
    """Allowed on top."""
    cost_weight: int = 1
    """Weight of its share of the cost when the product is taken apart; all equal is Cin7's default."""

    def wastage(self, units: int) -> int:
        """Units of allowance for making `units` of the product."""
        return ratio(self.quantity * units, self.wastage_percent, 100)


class Bom(msgspec.Struct, frozen=True):
    """What a product is made of, since a day."""

    since: int
    components: tuple[Component, ...]
    service_cost: int
    """Work on one unit, 1/10,000 of the currency."""

    def needs(self, units: int) -> list[tuple[int, int]]:
        """Product and units of each component for making `units`, wastage included."""
        return [(part.sku, part.quantity * units + part.wastage(units)) for part in self.components]


class Assembly:
    """One assembly as Cin7 holds it."""

    __slots__ = ("bom", "issued", "key", "number", "sku", "slices", "stock", "units")

    def __init__(self, root: int, number: int, sku: int, units: int, bom: Bom, stock: Stock) -> None:
        self.key, self.number, self.sku, self.units, self.bom, self.stock = root, number, sku, units, bom, stock
        self.issued = -1
        """The day its components were issued."""
        self.slices: list[Slice] = []

    @property
    def cents(self) -> int:
        """Work in progress: its components at their cost so far."""
        return sum(part.value for part in self.slices)


class Production:
    """Bills of materials, and all assemblies that are not completed."""

    __slots__ = ("_assemblies", "_books", "_disassemblies", "_numbers", "boms", "disassemblies", "lines", "made", "open",
                 "orders", "receipts", "units_used")  # fmt: skip

    def __init__(self, books: Books, products: int) -> None:
        self._books = books
        self._numbers = self._disassemblies = 0
        self.made: dict[int, list[Bom]] = {}
        """Bills of materials by product, oldest first."""
        self.open: dict[int, Assembly] = {}
        self.units_used = [0] * products
        """Units ever issued to assemblies, by component."""
        self.boms: Rows[BillOfMaterials] = Rows("cin7/bill_of_materials", BillOfMaterials)
        self.orders: Rows[FinishedGoods] = Rows("cin7/finished_goods", FinishedGoods)
        self.lines: Rows[FinishedGoodsLine] = Rows("cin7/finished_goods_lines", FinishedGoodsLine)
        self.receipts: Rows[FinishedGoodsReceipt] = Rows("cin7/finished_goods_receipts", FinishedGoodsReceipt)
        self.disassemblies: Rows[Disassembly] = Rows("cin7/disassemblies", Disassembly)

    def define(self, sku: int, bom: Bom, now: int) -> None:
        """Enter a new version of a product's bill of materials, which holds from its day on."""
        versions = self.made.setdefault(sku, [])
        versions.append(bom)
        for part in bom.components:
            self.boms.add((sku, part.sku, part.quantity, len(versions), part.wastage_percent, part.cost_weight,
                bom.service_cost, bom.since, now))  # fmt: skip

    def bom(self, sku: int, day: int) -> Bom | None:
        """The bill of materials that holds on `day`; None for a product that is not made here."""
        return next((bom for bom in reversed(self.made.get(sku, ())) if bom.since <= day), None)

    def authorise(self, root: int, sku: int, units: int, stock: Stock, now: int, day: int) -> Assembly | None:
        """Authorise an assembly. None when the product has no bill of materials, or the date is closed."""
        bom = self.bom(sku, day)
        if bom is None or day < self._books.lock_date:
            return None
        self._numbers += 1
        assembly = Assembly(root, self._numbers, sku, units, bom, stock)
        self.open[root] = assembly
        statuses = self._books.statuses
        issue = keys.document(root, keys.ISSUE)
        self.orders.add((root, NUMBER | assembly.number, issue, sku, stock.location, units, self._books.accounts.wip, now))
        for n, part in enumerate(bom.components):
            wanted, wastage = part.quantity * units, part.wastage(units)
            self.lines.add((root, n, part.sku, wanted, wastage, wanted + wastage))
        statuses.change(root, _ASSEMBLY, _DRAFT, now)
        statuses.change(root, _ASSEMBLY, AUTHORISED, now)
        return assembly

    def void(self, assembly: Assembly, now: int) -> None:
        """Void an assembly whose components were not issued."""
        del self.open[assembly.key]
        self._books.statuses.change(assembly.key, _ASSEMBLY, _VOIDED, now)

    def issue(self, assembly: Assembly, now: int, day: int) -> bool:
        """Components leave for the workshop, wastage included.

        False when the date, or the location by an open stocktake, is closed, or when a component is not available.
        """
        books, stock = self._books, assembly.stock
        needs = assembly.bom.needs(assembly.units)
        if day < books.lock_date or stock.blocked or any(stock.available(sku) < units for sku, units in needs):
            return False
        issue = movement = keys.document(assembly.key, keys.ISSUE)
        of = books.mapping.of
        pairs: list[Pair] = []
        for sku, units in needs:
            slices = stock.move_out(sku, units, movement, _MADE, books.accounts.wip, now, day)
            movement += len(slices)
            assembly.slices += slices
            pairs += postings.components_issued(of[sku], sum(part.value for part in slices))
            self.units_used[sku] += units
        assembly.issued = day
        books.statuses.change(assembly.key, _ASSEMBLY, _IN_PROGRESS, now)
        if pairs:
            books.post(Document(issue, _JOURNAL, _TASK, day, now, merged(pairs), _ISSUED_TEXT | assembly.number))
        return True

    def complete(self, assembly: Assembly, units: int, now: int, day: int) -> bool:
        """`units` of the product come in and carry all cost. False when the date or the location is closed."""
        books, stock = self._books, assembly.stock
        if day < books.lock_date or day < assembly.issued or stock.blocked:
            return False
        completion = keys.document(assembly.key, keys.COMPLETION)
        components, services = assembly.cents, extend(units, assembly.bom.service_cost)
        stock.put(build(completion, units, assembly.slices, services, stock.card(assembly.sku)), _MADE, now, day)
        self.receipts.add((completion, assembly.key, units, components, services, day, now))
        del self.open[assembly.key]
        books.statuses.change(assembly.key, _ASSEMBLY, _COMPLETED, now)
        pairs = postings.goods_made(books.mapping.of[assembly.sku], components, services)
        if pairs:
            books.post(Document(completion, _JOURNAL, _TASK, day, now, pairs, _MADE_TEXT | assembly.number))
        return True

    def disassemble(self, root: int, sku: int, units: int, stock: Stock, now: int, day: int) -> bool:
        """Take `units` of a product apart; its cost goes to the components by the weights of its bill of materials.

        Where all lie in one inventory account, nothing is posted. False when there is no bill of materials, the date or the
        location is closed, or the units are not available.
        """
        books, bom = self._books, self.bom(sku, day)
        if bom is None or day < books.lock_date or stock.blocked or stock.available(sku) < units:
            return False
        self._disassemblies += 1
        document, of = keys.document(root, keys.DISMANTLED), books.mapping.of
        slices = stock.move_out(sku, units, document, _APART, of[sku].inventory, now, day)
        pairs: list[Pair] = []
        first = document + len(slices)
        parts = [
            (first + n, part.quantity * units, part.cost_weight, stock.card(part.sku)) for n, part in enumerate(bom.components)
        ]
        for n, layer in enumerate(take_apart(parts, slices)):
            stock.label_again(stock.put(layer, _APART, now, day), now)
            pairs += postings.taken_apart(of[bom.components[n].sku], of[sku].inventory, layer.value)
            self.disassemblies.add((document, _DISASSEMBLY_NUMBER | self._disassemblies, sku, units, stock.location, n,
                bom.components[n].sku, layer.quantity, layer.value, now))  # fmt: skip
        books.statuses.change(document, _DISASSEMBLY, AUTHORISED, now)
        books.statuses.change(document, _DISASSEMBLY, _COMPLETED, now)
        if pairs:
            text = _APART_TEXT | self._disassemblies
            books.post(Document(document, _JOURNAL, _APART_TASK, day, now, merged(pairs), text))
        return True

    def tables(self) -> list[Rows[Any]]:
        """All tables of manufacturing."""
        return [self.boms, self.orders, self.lines, self.receipts, self.disassemblies]
