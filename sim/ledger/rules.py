"""What every accounting system's API does alike: take documents, payments and journals, or refuse them.

`xero` and `quickbooks` are the two rule books: their words for documents, and the words in which they refuse. An answer
is a value; nothing raises.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..clock import Calendar
from .books import Books, Lines, Move


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was turned down."""

    http_status: int
    code: str
    message: str


class RuleBook:
    """One organisation as its API shows it. Codes of documents are those of `schema.SOURCE_TYPE`."""

    __slots__ = ("_outstanding", "books", "calendar", "user")

    name: ClassVar[str]
    """What the system is called on the sync's screen."""
    invoice: ClassVar[int]
    bill: ClassVar[int]
    credit_note: ClassVar[int]
    supplier_credit: ClassVar[int]
    journal: ClassVar[int]
    money_in: ClassVar[int]
    """A bank line coded to an account: money received."""
    money_out: ClassVar[int]
    payment_of: ClassVar[dict[int, int]]
    """What a payment of each kind of document is called."""

    def __init__(self, books: Books, calendar: Calendar, user: int) -> None:
        self.books, self.calendar = books, calendar
        self.user = user
        """The user the integration connects as."""
        self._outstanding: dict[int, tuple[int, int]] = {}
        """Type and cents still to settle, of each open document."""

    def closed(self) -> Refusal:
        """How it refuses a date in a closed period."""
        raise NotImplementedError

    def paid(self) -> Refusal:
        """How it refuses a change of a document that is paid."""
        raise NotImplementedError

    def overpaid(self) -> Refusal:
        """How it refuses a payment of more than is owed."""
        raise NotImplementedError

    def create_document(
        self, key: int, kind: int, date: int, due: int, contact: int, lines: Lines, total: int, number: int, now: int
    ) -> Refusal | None:
        """Create an authorised invoice, bill or credit note. None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        self.books.documents.add((key, kind, number, contact, date, due, total, now))
        self.books.post(key, date, now, kind, key, lines, self.user, reference=number)
        self._outstanding[key] = (kind, total)
        return None

    def update_document(self, key: int) -> Refusal | None:
        """Send an authorised document again; a paid one cannot be updated. None means accepted, nothing changed."""
        return None if key in self._outstanding else self.paid()

    def void_document(self, key: int, document: int, date: int, lines: Lines, number: int, now: int) -> Refusal | None:
        """Void an authorised document of which nothing is paid, by the `lines` that take it back. None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        kind, outstanding = self._outstanding.get(document, (self.invoice, 0))
        if outstanding != abs(lines[0][1]):
            return self.paid()
        self.books.void(key, date, now, kind, document, lines, self.user, number, outstanding)
        del self._outstanding[document]
        return None

    def create_payment(
        self, key: int, settles: int, account: int, control: int, date: int, cents: int, reference: int, now: int
    ) -> Refusal | None:
        """Create a payment of a document (positive: money in). None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        kind, outstanding = self._outstanding.get(settles, (self.invoice, 0))
        size = abs(cents)
        if size > outstanding:
            return self.overpaid()
        self.books.settle(key, date, now, self.payment_of[kind], reference, self.user, (account, control, cents), settles)
        if size == outstanding:
            del self._outstanding[settles]
        else:
            self._outstanding[settles] = (kind, outstanding - size)
        return None

    def create_journal(self, key: int, date: int, lines: Lines, narration: int, now: int) -> Refusal | None:
        """Create a posted journal. None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        self.books.post(key, date, now, self.journal, key, lines, self.user, narration=narration)
        return None

    def create_transfer(self, key: int, date: int, move: Move, narration: int, now: int) -> Refusal | None:
        """Create a posted journal of two lines. None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        self.books.transfer(key, date, now, self.journal, narration, self.user, move)
        return None

    def create_prepayment(self, key: int, date: int, move: Move, reference: int, now: int) -> Refusal | None:
        """Create a payment that settles nothing yet: spend money against a deposit account. None means accepted."""
        if date <= self.books.lock_date:
            return self.closed()
        self.books.transfer(key, date, now, self.money_out, reference, self.user, move)
        return None
