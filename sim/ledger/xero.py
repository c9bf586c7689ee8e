"""Xero's rule book: what its API accepts, and in which words it refuses.

Sources of rules and texts are in each refusal's comment. An answer is a value; nothing raises.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from ..clock import Calendar
from ..schema import SOURCE_TYPE
from .books import Books, Lines, Move

ACCREC, ACCPAY, ACCRECCREDIT, ACCPAYCREDIT, MANJOURNAL, CASHPAID = (
    SOURCE_TYPE[name] for name in ("ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT", "MANJOURNAL", "CASHPAID")
)
_PAYMENT_OF = {
    ACCREC: SOURCE_TYPE["ACCRECPAYMENT"],
    ACCPAY: SOURCE_TYPE["ACCPAYPAYMENT"],
    ACCRECCREDIT: SOURCE_TYPE["ARCREDITPAYMENT"],
    ACCPAYCREDIT: SOURCE_TYPE["APCREDITPAYMENT"],
}


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was turned down."""

    http_status: int
    code: str
    message: str


class Xero:
    """One Xero organisation as its API shows it."""

    __slots__ = ("_calendar", "_outstanding", "books", "user")

    def __init__(self, books: Books, calendar: Calendar, user: int) -> None:
        self.books, self._calendar = books, calendar
        self.user = user
        """The user the integration connects as."""
        self._outstanding: dict[int, tuple[int, int]] = {}
        """Type and cents still to settle, of each open document."""

    def create_document(
        self, key: int, kind: int, date: int, due: int, contact: int, lines: Lines, total: int, number: int, now: int
    ) -> Refusal | None:
        """Create an authorised invoice, bill or credit note. None means accepted."""
        if date <= self.books.lock_date:
            return self._closed()
        self.books.documents.add((key, kind, number, contact, date, due, total, now))
        self.books.post(key, date, now, kind, key, lines, self.user, reference=number)
        self._outstanding[key] = (kind, total)
        return None

    def update_document(self, key: int) -> Refusal | None:
        """Send an authorised document again; a paid one cannot be updated. None means accepted, nothing changed."""
        if key not in self._outstanding:
            # Wording: Cin7's integration support pages on Core sync errors.
            return Refusal(
                400, "ValidationException",
                "Current invoice has been paid in Xero and cannot be updated. Please remove payment in Xero and then try to "
                "export the invoice.",
            )  # fmt: skip
        return None

    def create_payment(
        self, key: int, settles: int, account: int, control: int, date: int, cents: int, reference: int, now: int
    ) -> Refusal | None:
        """Create a payment of a document (positive: money in). None means accepted."""
        if date <= self.books.lock_date:
            return self._closed()
        kind, outstanding = self._outstanding.get(settles, (ACCREC, 0))
        size = abs(cents)
        if size > outstanding:
            # Wording: Cin7's Xero FAQ.
            return Refusal(400, "ValidationException", "Payment amount exceeds the amount outstanding on this document")
        self.books.settle(key, date, now, _PAYMENT_OF[kind], reference, self.user, (account, control, cents), settles)
        if size == outstanding:
            del self._outstanding[settles]
        else:
            self._outstanding[settles] = (kind, outstanding - size)
        return None

    def create_journal(self, key: int, date: int, lines: Lines, narration: int, now: int) -> Refusal | None:
        """Create a posted manual journal. None means accepted."""
        if date <= self.books.lock_date:
            return self._closed()
        self.books.post(key, date, now, MANJOURNAL, key, lines, self.user, narration=narration)
        return None

    def create_transfer(self, key: int, date: int, move: Move, narration: int, now: int) -> Refusal | None:
        """Create a posted manual journal of two lines. None means accepted."""
        if date <= self.books.lock_date:
            return self._closed()
        self.books.transfer(key, date, now, MANJOURNAL, narration, self.user, move)
        return None

    def create_prepayment(self, key: int, date: int, move: Move, reference: int, now: int) -> Refusal | None:
        """Create a payment that settles nothing yet: spend money against a deposit account. None means accepted."""
        if date <= self.books.lock_date:
            return self._closed()
        self.books.transfer(key, date, now, CASHPAID, reference, self.user, move)
        return None

    def _closed(self) -> Refusal:
        day: dt.date = self._calendar.date(self.books.lock_date)
        # Wording: Xero's API errors as quoted in integrators' threads (xeroizer #92).
        return Refusal(
            400, "ValidationException",
            f"The document date cannot be before the period lock date, currently set at {day.day}-{day:%b-%Y}",
        )  # fmt: skip
