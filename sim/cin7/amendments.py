"""Changing an invoice after it was authorised, paid and exported: Cin7 lets people do that, and exports it again.

Knows nothing of what the ledger makes of it. What is added is kept as an invoice row and postings of its own, under the
invoice's number and date: with the first row, it is what the invoice says now.
"""

from __future__ import annotations

from .. import keys
from ..money import ratio
from ..schema import DOCUMENT_TYPE, RECORD_TYPE, STATUS, TRANSACTION_TYPE
from . import postings
from .books import AUTHORISED, Books, Document
from .sales import Fulfilment, Sale, Sales

_SALE, _INVOICE = DOCUMENT_TYPE["Sale"], DOCUMENT_TYPE["Sale Invoice"]
_INVOICES, _TASK, _INVOICED = RECORD_TYPE["Invoices"], TRANSACTION_TYPE["Sale"], STATUS["INVOICED"]


def may_add(books: Books, sale: Sale) -> bool:
    """Whether somebody can open a finished sale's first invoice once more: its day is open, and nothing of it was credited."""
    first = sale.fulfilments[0]
    return first.invoiced and not sale.credit_notes and sale.terms.voids_invoices and first.invoice_day >= books.lock_date


def add_to_invoice(books: Books, sales: Sales, fulfilment: Fulfilment, cents: int, now: int) -> tuple[int, int]:
    """Add `cents` before tax to the first line of an authorised invoice, once; return that product, and the tax on it.

    The customer owes it. The addition's key is `keys.INVOICE_ADDED` beside the invoice's.
    """
    sale, invoice, day = fulfilment.sale, fulfilment.invoice, fulfilment.invoice_day
    charged = fulfilment.goods_cents + fulfilment.shipping_cents
    tax = ratio(fulfilment.tax_cents, cents, charged) if charged else 0
    sku = (fulfilment.lines or [line for _, line in fulfilment.others])[0][0]
    accounts, number = books.mapping.sold[sale.terms.number][sku], sales.invoice_number(fulfilment)
    added, due = keys.beside(invoice, keys.INVOICE_ADDED), day + sale.terms.days
    sales.invoices.add((added, sale.key, number, day, due, cents, 0, tax, cents + tax, now))
    sales.invoice_lines.add((added, 0, sku, 0, cents, accounts.sales))
    books.statuses.change(added, _INVOICE, AUTHORISED, now)
    if len(sale.fulfilments) == 1:  # only a simple sale shows it: its balance is not nought any more
        books.statuses.change(sale.key, _SALE, _INVOICED, now)
    place = keys.ordinal_of(invoice)
    alone = books.lexicon.text(f"INV-{sale.number:06d}{f'/{place}' if place else ''}-A")
    pairs = postings.sale_invoice(accounts, cents, 0, tax)
    books.post(Document(added, _INVOICES, _TASK, day, now, pairs, number, sale.customer, due, settles=invoice,
                        control=books.accounts.receivable, items=((sku, 1, cents, 0),), amends=alone))  # fmt: skip
    return sku, tax
