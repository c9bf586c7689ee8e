"""What every accounting system's API does alike: take documents, payments and journals, or refuse them.

`xero` and `quickbooks` are the two rule books: their words for documents, and the words in which they refuse. An answer
is a value; nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

import msgspec

from ..clock import Calendar
from .books import Books, Lines, Move
from .items import Accounts, Item, Items, NameRules

OK = 200


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was turned down."""

    http_status: int
    code: str
    message: str
    about: str = ""
    """The name of its text, the same in every system: what people go by."""


class Text(msgspec.Struct, frozen=True):
    """One way in which a system refuses, in its own words."""

    code: str
    message: str
    """With {names} where the answer fills something in."""
    source: str
    causes: tuple[str, ...]
    """What may lie behind it: the first is harmless."""
    http_status: int = 400


class RuleBook:
    """One organisation as its API shows it. Codes of documents are those of `schema.SOURCE_TYPE`."""

    __slots__ = ("_outstanding", "adviser", "books", "calendar", "items", "user")

    name: ClassVar[str]
    """What the system is called on the sync's screen."""
    texts: ClassVar[dict[str, Text]]
    """Its refusals by what they are about."""
    year_end_lock: ClassVar[bool]
    """Whether it has a lock date of its own for finished years."""
    item_rules: ClassVar[NameRules]
    numbers_bills: ClassVar[bool]
    """Whether it wants bills to have numbers of their own (QuickBooks Online), or invoices (Xero)."""
    drafts_bills: ClassVar[bool]
    """Whether bills can be drafts and be submitted for approval there."""
    voids_in_place: ClassVar[bool]
    """Whether a document that is voided comes to nothing on its own date, whenever that is done."""
    goes_by_item: ClassVar[bool]
    """Whether a line that names an item posts to the item's account, whatever account stands on it."""
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
        self.adviser = False
        """Whether that user is an adviser, whom the lock date of a period does not bind."""
        self.items = Items(self.item_rules, books.lexicon, books.items, books.item_accounts)
        self._outstanding: dict[int, tuple[int, int]] = {}
        """Type and cents still to settle, of each open document."""

    # -- refusing ---------------------------------------------------------------------------------------------

    def refuse(self, about: str, **details: object) -> Refusal:
        """The refusal of that name. Raises KeyError when the system has none of it."""
        text = self.texts[about]
        return Refusal(text.http_status, text.code, text.message.format(**details), about)

    def closed(self, date: int, *, adviser: bool, edit: bool = False) -> Refusal | None:
        """How a date is refused that is closed; None for one that is open to such a user."""
        raise NotImplementedError

    def create_many(self, calls: Iterable[Callable[[], Refusal | None]]) -> list[Refusal | None]:
        """Several documents in one request: the answer is 200 in any case, each refusal stands inside its document.

        Source: Xero's accounting API with summarizeErrors=false; QuickBooks Online answers a batch alike.
        """
        answers = (call() for call in calls)
        return [answer and msgspec.structs.replace(answer, http_status=OK) for answer in answers]

    # -- taking -----------------------------------------------------------------------------------------------

    def create_document(
        self, key: int, kind: int, date: int, due: int, contact: int, lines: Lines, total: int, number: int, now: int, *,
        by: int = -1,
    ) -> Refusal | None:  # fmt: skip
        """Create an authorised invoice, bill or credit note, or a user does (`by`). None means accepted."""
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser)):
            return refusal
        self.books.enter(key, kind, number, contact, date, due, total, now, self.user if by < 0 else by, lines)
        self._outstanding[key] = (kind, total)
        return None

    def update_document(self, key: int, date: int) -> Refusal | None:
        """Send an authorised document of that date again. None means accepted, nothing changed.

        What is closed cannot be edited, nor what is paid.
        """
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser, edit=True)):
            return refusal
        return None if key in self._outstanding else self.refuse("paid")

    def void_document(self, key: int, document: int, date: int, lines: Lines, number: int, now: int) -> Refusal | None:
        """Void an authorised document of which nothing is paid, by the `lines` that take it back. None means accepted.

        They are dated `date`, or as the document is, and where that day is closed the document stays as it is.
        """
        if self.voids_in_place:
            date = self.books.date_of(document)
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser)):
            return refusal
        kind, outstanding = self._outstanding.get(document, (self.invoice, 0))
        if outstanding != abs(lines[0][1]):
            return self.refuse("paid")
        self.books.void(key, date, now, kind, document, lines, self.user, number, outstanding)
        del self._outstanding[document]
        return None

    def create_payment(
        self, key: int, settles: int, account: int, control: int, date: int, cents: int, reference: int, now: int,
        *, by: int = -1,
    ) -> Refusal | None:  # fmt: skip
        """Create a payment of a document (positive: money in), or a user does (`by`). None means accepted."""
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser)):
            return refusal
        kind, outstanding = self._outstanding.get(settles, (self.invoice, 0))
        size = abs(cents)
        if size > outstanding:
            return self.refuse("overpaid")
        user = self.user if by < 0 else by
        self.books.settle(key, date, now, self.payment_of[kind], reference, user, (account, control, cents), settles)
        if size == outstanding:
            del self._outstanding[settles]
        else:
            self._outstanding[settles] = (kind, outstanding - size)
        return None

    def delete_bill_payment(self, key: int, payment: int, bill: int, now: int, user: int) -> None:
        """Somebody deletes the payment that settled a bill: a journal takes it back, and the bill is open again."""
        cents = self.books.delete_payment(key, payment, bill, now, user)
        _, outstanding = self._outstanding.get(bill, (self.bill, 0))
        self._outstanding[bill] = (self.bill, outstanding + cents)

    def create_journal(self, key: int, date: int, lines: Lines, narration: int, now: int) -> Refusal | None:
        """Create a posted journal. None means accepted."""
        return self.enter_journal(key, date, lines, narration, now, self.user, adviser=self.adviser)

    def create_transfer(self, key: int, date: int, move: Move, narration: int, now: int) -> Refusal | None:
        """Create a posted journal of two lines. None means accepted."""
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser)):
            return refusal
        self.books.transfer(key, date, now, self.journal, narration, self.user, move)
        return None

    def create_prepayment(self, key: int, date: int, move: Move, reference: int, now: int) -> Refusal | None:
        """Create a payment that settles nothing yet: spend money against a deposit account. None means accepted."""
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=self.adviser)):
            return refusal
        self.books.transfer(key, date, now, self.money_out, reference, self.user, move)
        return None

    def allocate(self, credit: int, document: int, cents: int, now: int, user: int) -> Refusal | None:
        """Settle part of an invoice with a credit note. No journal: both stand on one control account. None means done."""
        (kind, left), (other, due) = (self._outstanding.get(key, (self.credit_note, 0)) for key in (credit, document))
        if cents > min(left, due):
            return self.refuse("overpaid")
        for key, of, rest in ((credit, kind, left - cents), (document, other, due - cents)):
            if rest:
                self._outstanding[key] = (of, rest)
            else:
                del self._outstanding[key]
        self.books.allocations.add((credit, document, cents, now))
        self.books.allocations.add((document, credit, cents, now))
        return None

    def create_item(self, code: str, name: str, accounts: Accounts, now: int) -> Item | Refusal:
        """Add a product, or say why not."""
        wrong, longest, given = self.items.wrong_with(code, name)
        if wrong:
            return self.refuse(wrong, longest=longest, given=given)
        return self.items.create(code, name, accounts, now, self.user) or self.refuse("duplicate_item", item=code)

    # -- what people enter by hand ----------------------------------------------------------------------------

    def enter_journal(
        self, key: int, date: int, lines: Lines, narration: int, now: int, user: int, *, adviser: bool = False
    ) -> Refusal | None:
        """A user posts a journal; only author and narration tell it from one that the integration made."""
        if date <= self.books.lock_date and (refusal := self.closed(date, adviser=adviser)):
            return refusal
        self.books.post(key, date, now, self.journal, key, lines, user, narration=narration)
        return None
