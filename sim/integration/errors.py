"""Every text in which a record can be turned away on its way to a ledger: whose words, where from, and what brings it.

One table: the integration's own texts, and those of the ledgers' rule books. `docs/sync-errors.md` is written from it. The
causes are for people who look at a failed record; no machine reads them.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Literal

import msgspec

from ..ledger.quickbooks import QUICKBOOKS
from ..ledger.rules import Refusal, Text
from ..ledger.xero import XERO

System = Literal["Xero", "QuickBooks Online", "Cin7 Core"]
_LEDGERS: tuple[System, ...] = ("Xero", "QuickBooks Online")


class Cause(msgspec.Struct, frozen=True):
    """One thing that brings a text about."""

    what: str
    shown_by: str
    """Where it can be seen: a key of the profiles, a scenario, a cause of the catalogue; "" for nowhere."""
    never: str = ""
    """Why it does not occur here, where it does not."""
    benign: bool = True
    """Whether the books are right again within normal time without anybody searching for a cause."""


class SyncError(msgspec.Struct, frozen=True):
    """One text."""

    name: str
    systems: tuple[System, ...]
    http_status: int
    code: str
    text: str
    """What varies stands in braces."""
    source: str
    causes: tuple[Cause, ...]

    def matches(self, code: str, text: str) -> bool:
        """Whether an attempt's code and message are this one's."""
        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(self.text))
        return code == self.code and re.fullmatch(pattern, text) is not None


_INTUIT = "Intuit, handling common errors"
_OWN = "our wording (assumption)"
_BUSY = Cause("the ledger is busy for a moment", "sync.transient_error")
_BREAK = Cause("the connection is broken for days", "connection_or_authorisation_break", benign=False)
_BURST = Cause("far more documents than usual want to go at once", "rate_limit_burst", benign=False)
_MEMO = Cause("a memo is edited on a document that is paid; nothing in it changed", "sync.idle_edit")
_CHANGED = Cause("amounts of a paid document are edited", "paid_document_resync_rejected", benign=False)
_TWO_NAMES = Cause("two people of the same name, put right when the record is reviewed", "sync.refused_contact")
_IGNORED = Cause("a record that nobody looks at", "failed_sync_ignored", benign=False)

_OWN_TEXTS: tuple[SyncError, ...] = (
    SyncError("minute_limit", ("Xero",), 429, "429", "X-Rate-Limit-Problem: minute. Retry-After: {seconds}",
              "developer.xero.com/faq/limits; that the headers stand in the message is an assumption",
              (Cause("a busy evening: the queue drains in the next minutes", "healthy_d2c_apparel"), _BURST)),
    SyncError("day_limit", ("Xero",), 429, "429", "X-Rate-Limit-Problem: day. Retry-After: {seconds}",
              "developer.xero.com/faq/limits; that the headers stand in the message is an assumption",
              (Cause("a peak day: the rest goes the next morning", "healthy_d2c_apparel, size large"), _BURST)),
    SyncError("concurrent_limit", ("Xero",), 429, "429", "X-Rate-Limit-Problem: concurrent. Retry-After: {seconds}",
              "developer.xero.com/faq/limits; that the headers stand in the message is an assumption",
              (Cause("another application connected to the ledger is at work", "sync.others_calling"), _BURST)),
    SyncError("minute_limit", ("QuickBooks Online",), 429, "429", "Too many requests; wait {seconds} seconds",
              "Intuit, limits and throttles (429, wait 60 s); the wording is an assumption",
              (Cause("a busy evening: the queue drains in the next minutes", "healthy_wholesale_giftware, size medium"),
               _BURST)),
    SyncError("concurrent_limit", ("QuickBooks Online",), 429, "429", "Too many concurrent requests",
              "Intuit, limits and throttles; the wording is an assumption",
              (Cause("another application connected to the ledger is at work", "sync.others_calling"), _BURST)),
    SyncError("minute_limit", ("Cin7 Core",), 503, "503", "You reached 60 calls per minute API limit", "Cin7 Core API v2",
              (Cause("orders of a promotion are downloaded together", "healthy_d2c_apparel, size large"), _BURST)),
    SyncError("unknown_sku", ("Cin7 Core",), 404, "NotFound", "Product with SKU '{sku}' was not found.", _OWN,
              (Cause("a product is offered before it is made in Cin7; the order is loaded again", "",
                     "products are made in Cin7 before a channel offers them"),
               Cause("a channel's code was renamed, and the order is never loaded", "unmapped_external_sku", benign=False))),
    SyncError("unavailable", _LEDGERS, 503, "ServiceUnavailable",
              "The organisation is temporarily unavailable. Please try again later.", _OWN, (_BUSY, _BREAK)),
    SyncError("no_answer", _LEDGERS, 504, "GatewayTimeout", "The request was sent and no answer came.", _OWN,
              (Cause("the answer to a call is lost; asked again with the same request id, the ledger gives it once more",
                     "sync.lost_answer"), _BREAK)),
    SyncError("contact", ("Xero",), 400, "ValidationException",
              "The contact name must be unique across all active contacts.", "Xero API, Contacts", (_TWO_NAMES, _IGNORED)),
    SyncError("contact", ("QuickBooks Online",), 400, "6240",
              "The name supplied already exists. Another customer is already using this name.", _INTUIT,
              (_TWO_NAMES, _IGNORED)),
    SyncError("product_failed", _LEDGERS, 424, "DependencyFailed", "A product of this document was not synced.", _OWN,
              (Cause("a product edited the day before waits for its review", "sync.mistyped_name"),
               Cause("the product never arrives", "qbo_invalid_item_name", benign=False))),
    SyncError("contact_failed", _LEDGERS, 424, "DependencyFailed", "The customer of this document was not synced.", _OWN,
              (_TWO_NAMES, _IGNORED)),
    SyncError("attachment", _LEDGERS, 200, "", "The attachment could not be uploaded", _OWN,
              (Cause("a file too large; the document itself has arrived", "sync.attachment_warning"),
               Cause("warnings that are cleared without a look", "sync_warning_cleared", benign=False))),
    SyncError("tax_adjusted", _LEDGERS, 200, "",
              "Tax rule '{rule}' is not linked to a tax code. A tax adjustment line of {cents} was added.",
              "Cin7 help, Xero sync options (a tax rule that is missing in Xero: its lines are not linked, an adjustment line "
              "fixes the amount); the wording is ours",
              (Cause("a rule that was edited has lost its code until the warnings are looked into", "sync.unlinked_tax_rule"),
               Cause("warnings that are cleared without a look", "sync_warning_cleared", benign=False))),
    SyncError("consolidated", _LEDGERS, 400, "Consolidated",
              "This document was synced in a consolidated document. Its lines cannot be edited.",
              "Cin7 help, Xero consolidation (once synced, lines cannot be edited); the wording is ours",
              (_MEMO, _CHANGED)),
)  # fmt: skip
"""What is said by the integration itself, and by an API before it looks at a document."""

_SHOWN_BY: dict[str, tuple[str, ...]] = {
    "period_closed": ("close.seam_days", "po_revaluation_blocked_by_lock_date", "lock_date_mirror_drift"),
    "QuickBooks Online period_closed": ("sync.idle_edit", "po_revaluation_blocked_by_lock_date", "lock_date_mirror_drift"),
    "duplicate_number": ("sync.duplicate_number", "duplicate_revenue_path"),
    "reference": ("sync.lost_reference", "failed_sync_ignored"),
    "stale": ("sync.stale_edit", "paid_document_resync_rejected"),
    "year_closed": ("", "lock_date_mirror_drift"),
    "period_closed_edit": ("sync.idle_edit", "paid_document_resync_rejected"),
    "year_closed_edit": ("sync.idle_edit", "paid_document_resync_rejected"),
    "paid": ("sync.idle_edit", "paid_document_resync_rejected"),
    "overpaid": ("", "orphaned_clearing_record"),
    "inactive": ("noise.item_put_away", "failed_sync_ignored"),
    "account": ("journal_sent_anew", "skipped_inventory_journal"),
    "item_name": ("sync.mistyped_name", "qbo_invalid_item_name"),
    "item_length": ("sync.mistyped_name", "qbo_invalid_item_name"),
    "QuickBooks Online duplicate_item": ("sync.mistyped_name", "duplicate_product_identifier"),
    "duplicate_item": ("", "duplicate_product_identifier"),
}
"""Where the causes of a ledger's text can be seen, in their order, by what it is about (in one system)."""
_NEVER: dict[str, str] = {
    "year_closed": "Cin7's lock date goes first, and a late bill is dated in the month that is open",
    "overpaid": "what exceeds an invoice is entered as the customer's credit, and never sent as its payment",
    "duplicate_item": "Cin7 refuses a code that another product has, and a call that is sent twice bears one request id",
}
"""Why a text has no benign cause, where it has none."""


def _of_ledger(system: System, about: str, text: Text) -> SyncError:
    places = zip_longest(text.causes, _SHOWN_BY.get(f"{system} {about}", _SHOWN_BY.get(about, ())), fillvalue="")
    causes = tuple(
        Cause(what, where, "" if n or where else _NEVER.get(about, ""), benign=not n) for n, (what, where) in enumerate(places)
    )
    return SyncError(about, (system,), text.http_status, text.code, text.message, text.source, causes)


ERRORS: tuple[SyncError, ...] = (
    *_OWN_TEXTS, *(_of_ledger("Xero", about, text) for about, text in XERO.items()),
    *(_of_ledger("QuickBooks Online", about, text) for about, text in QUICKBOOKS.items()),
)  # fmt: skip
"""Every text."""


def find(name: str, system: str) -> SyncError:
    """The text of that name in the words of a system. Raises KeyError."""
    for error in ERRORS:
        if error.name == name and system in error.systems:
            return error
    raise KeyError(f"{system} has no text {name}")


def refusal(name: str, system: str, **values: object) -> Refusal:
    """The answer of a system with what varies filled in. Raises KeyError."""
    error = find(name, system)
    return Refusal(error.http_status, error.code, error.text.format(**values), name)
