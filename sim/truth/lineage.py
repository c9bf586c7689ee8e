"""Which document comes from which: derived from entity keys, since a key says where a thing comes from."""

from __future__ import annotations

from collections.abc import Iterable

from .. import keys

_PARENT = {
    keys.PICK: keys.SALE, keys.PACK: keys.PICK, keys.SHIP: keys.PACK, keys.INVOICE: keys.SALE, keys.PAYMENT: keys.INVOICE,
    keys.CREDIT_NOTE: keys.INVOICE, keys.RESTOCK: keys.CREDIT_NOTE, keys.REFUND: keys.CREDIT_NOTE,
    keys.SHIP_UNDO: keys.SHIP, keys.INVOICE_UNDO: keys.INVOICE, keys.INVOICE_ADDED: keys.INVOICE,
    keys.ADJUST: keys.SHIP,
}  # fmt: skip
_PARENT_OF_PURCHASE = {
    keys.BILL: keys.RECEIPT, keys.ATTACHED: keys.BILL, keys.ACCRUAL_REVERSAL: keys.BILL, keys.COST_CHANGE: keys.BILL,
    keys.PAYMENT: keys.BILL, keys.UNDO: keys.RECEIPT, keys.DEPOSIT_APPLIED: keys.BILL, keys.CHARGE_CHANGE: keys.BILL,
    keys.CREDIT_CHANGE: keys.SUPPLIER_CREDIT, keys.REFUND: keys.SUPPLIER_CREDIT,
}  # fmt: skip
_PARENT_ELSEWHERE = {
    keys.TRANSFER: {keys.ARRIVAL: keys.DEPARTURE, keys.ADJUST: keys.ARRIVAL, keys.WRITE_OFF: keys.ARRIVAL},
    keys.ASSEMBLY: {keys.COMPLETION: keys.ISSUE, keys.SPOILAGE: keys.ISSUE, keys.ISSUE: 0},
}  # fmt: skip
"""By kind of root; 0 is the root itself."""
_SAME_ORDINAL = {keys.RESTOCK, keys.REFUND, keys.ACCRUAL_REVERSAL, keys.UNDO, keys.DEPOSIT_APPLIED, keys.SHIP_UNDO,
                 keys.INVOICE_UNDO, keys.INVOICE_ADDED, keys.ATTACHED}  # fmt: skip
_CORRECTIONS = {keys.COST_CHANGE, keys.CHARGE_CHANGE, keys.CREDIT_CHANGE}


def parent(key: int) -> int:
    """The document that `key` comes from; itself for a beginning."""
    kind = keys.document_kind_of(key)
    if keys.kind_of(key) == keys.DIRECT:
        return _parent_of_direct(key, kind)
    if keys.kind_of(key) == keys.ORDER and kind in _PARENT:
        above = _PARENT[kind]
    elif keys.kind_of(key) == keys.PURCHASE and kind in _PARENT_OF_PURCHASE:
        above = _PARENT_OF_PURCHASE[kind]
    elif kind and keys.kind_of(key) == keys.PURCHASE:
        return keys.root_of(key)
    elif keys.kind_of(key) in _PARENT_ELSEWHERE:
        above = _PARENT_ELSEWHERE[keys.kind_of(key)].get(kind, -1)
        return keys.document(key, above) if above >= 0 else key
    else:
        return key
    if kind in _SAME_ORDINAL or (kind == keys.PAYMENT and keys.kind_of(key) == keys.PURCHASE):
        return keys.beside(key, above)
    place = keys.ordinal_of(key)
    if kind in _CORRECTIONS:
        first = keys.CHARGES_FROM if kind == keys.CHARGE_CHANGE else 0
        return keys.document(key, above, first + place // keys.SLOTS)
    if kind == keys.BILL:  # two bills and two charges at most to a receipt; or ahead of all goods
        if place >= keys.AHEAD_FROM:
            return keys.root_of(key)
        return keys.document(key, keys.RECEIPT, place % keys.CHARGES_FROM // 2)
    return keys.document(key, above)


def _parent_of_direct(key: int, kind: int) -> int:
    """A purchase for a customer comes from the sale, its bill and credit notes from the purchase, payments from those."""
    if not kind:
        return keys.document(keys.order_of(key), keys.SALE)
    above = {keys.PAYMENT: keys.BILL, keys.REFUND: keys.SUPPLIER_CREDIT}.get(kind)
    return keys.root_of(key) if above is None else keys.beside(key, above)


def stand_ins(missing: Iterable[int], roots: Iterable[int]) -> dict[int, int]:
    """For each document that was never recorded, the one of `roots` beside which its amount stands.

    That is the nearest one that it comes from; else the first of the same order or purchase; else none, and it is itself.
    """
    marked = set(roots)
    of_home: dict[int, int] = {}
    for root in sorted(marked):
        of_home.setdefault(keys.order_of(root), root)
    return {key: _nearest(key, marked) or of_home.get(keys.order_of(key), key) for key in missing}


def _nearest(key: int, marked: set[int]) -> int:
    """The nearest of `marked` that `key` comes from, or 0."""
    above = key
    while above not in marked:
        if parent(above) == above:
            return 0
        above = parent(above)
    return above


def own_lineage(roots: Iterable[int], touched: Iterable[int]) -> list[int]:
    """The roots and those touched documents that belong to the same order or purchase, in order of key."""
    marked = sorted(set(roots))
    homes = {keys.order_of(key) for key in marked}
    return sorted(set(marked) | {key for key in touched if keys.order_of(key) in homes})


def edges(documents: Iterable[int]) -> list[tuple[int, int]]:
    """(document, parent) for every document and, in turn, its parents."""
    found: dict[int, int] = {}
    for document in sorted(set(documents)):
        key = document
        while key not in found and parent(key) != key:
            found[key] = parent(key)
            key = found[key]
    return sorted(found.items())
