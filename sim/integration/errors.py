"""Every text in which a record can be turned away on its way to a ledger: whose words, where from, and what brings it.

One table. The integration takes its own texts from here; those of the ledgers' rule books (`ledger/xero.py`,
`ledger/quickbooks.py`) stand here too, so that there is one list to read. `docs/sync-errors.md` is written from it. The causes
are for people who look at a failed record; no machine reads them.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..ledger.rules import Refusal

System = Literal["Xero", "QuickBooks Online", "Cin7 Core"]
_LEDGERS: tuple[System, ...] = ("Xero", "QuickBooks Online")


class Cause(msgspec.Struct, frozen=True):
    """One thing that brings a text about."""

    what: str
    shown_by: str
    """Where it can be seen: a key of the profiles' noise, a fault or decoy by name, or a scenario of the library."""
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


_CORE_ERRORS = "Cin7's integration support pages on Core sync errors"
_INTUIT = "Intuit, handling common errors"
_OWN = "our wording (assumption)"
_BUSY = Cause("the ledger is busy for a moment", "sync.transient_error")
_BREAK = Cause("the connection is broken for days", "connection_or_authorisation_break", benign=False)
_BURST = Cause("far more documents than usual want to go at once", "rate_limit_burst", benign=False)
_LATE = Cause("somebody dates a document in a month that is closed in the ledger alone", "lock_date_mirror_drift", benign=False)
_REVALUED = Cause("a bill's price corrects the cost of goods sold in a closed month",
                  "po_revaluation_blocked_by_lock_date", benign=False)  # fmt: skip
_MONTH_END = Cause("a month is closed while a corrected record of it waits for its review", "sync.refused_contact")
_MEMO = Cause("a memo is edited on a document that is paid; nothing in it changed", "sync.idle_edit")
_CHANGED = Cause("amounts of a paid document are edited", "paid_document_resync_rejected", benign=False)
_TWO_NAMES = Cause("two people of the same name, put right when the record is reviewed", "sync.refused_contact")
_IGNORED = Cause("a record that nobody looks at", "failed_sync_ignored", benign=False)

ERRORS: tuple[SyncError, ...] = (
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
              (Cause("consolidated documents and a busy evening together", "healthy_amazon_first"), _BURST)),
    SyncError("concurrent_limit", ("QuickBooks Online",), 429, "429", "Too many concurrent requests",
              "Intuit, limits and throttles; the wording is an assumption",
              (Cause("another application connected to the ledger is at work", "sync.others_calling"), _BURST)),
    SyncError("minute_limit", ("Cin7 Core",), 503, "503", "You reached 60 calls per minute API limit", "Cin7 Core API v2",
              (Cause("orders of a promotion are downloaded together", "demand.promotion_days"), _BURST)),
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
    SyncError("product_symbols", _LEDGERS, 400, "ValidationException",
              "Please remove the incorrect symbols from the product name.", _CORE_ERRORS,
              (Cause("a product is edited and its name mistyped; put right at the next review", "sync.product_edit"),
               Cause("a new product's name holds a character that the ledger does not take", "qbo_invalid_item_name",
                     benign=False))),
    SyncError("product_failed", _LEDGERS, 424, "DependencyFailed", "A product of this document was not synced.", _OWN,
              (Cause("a product edited the day before waits for its review", "sync.product_edit"),
               Cause("the product never arrives", "qbo_invalid_item_name", benign=False))),
    SyncError("contact_failed", _LEDGERS, 424, "DependencyFailed", "The customer of this document was not synced.", _OWN,
              (_TWO_NAMES, _IGNORED)),
    SyncError("attachment", _LEDGERS, 200, "", "The attachment could not be uploaded", _OWN,
              (Cause("a file too large; the document itself has arrived", "sync.attachment_warning"),
               Cause("warnings that are cleared without a look", "sync_warning_cleared", benign=False))),
    SyncError("consolidated", _LEDGERS, 400, "Consolidated",
              "This document was synced in a consolidated document. Its lines cannot be edited.",
              "Cin7 help, Xero consolidation (once synced, lines cannot be edited); the wording is ours",
              (_MEMO, _CHANGED)),
    SyncError("closed", ("Xero",), 400, "ValidationException",
              "The document date cannot be before the period lock date, currently set at {date}",
              "Xero's API errors as quoted in integrators' threads (xeroizer #92)", (_MONTH_END, _LATE, _REVALUED)),
    SyncError("closed", ("QuickBooks Online",), 400, "6210",
              "The account period has closed and the account books cannot be updated through the QBO Services API. Please use "
              "the QBO website to make these changes.", _INTUIT, (_MONTH_END, _LATE, _REVALUED)),
    SyncError("paid", ("Xero",), 400, "ValidationException",
              "Current invoice has been paid in Xero and cannot be updated. Please remove payment in Xero and then try to "
              "export the invoice.", _CORE_ERRORS, (_MEMO, _CHANGED)),
    SyncError("validation", ("QuickBooks Online",), 400, "6000",
              "A business validation error has occurred while processing your request",
              f"{_INTUIT}; that a paid invoice and too large a payment are refused with it is an assumption",
              (_MEMO, _CHANGED)),
    SyncError("overpaid", ("Xero",), 400, "ValidationException",
              "Payment amount exceeds the amount outstanding on this document", "Cin7's Xero FAQ",
              (Cause("a payment was entered in the ledger by hand as well, and is taken out there", "close.workday"),
               Cause("a payment of the whole meets the invoice of a part", "orphaned_clearing_record", benign=False))),
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
