"""QuickBooks Online's rule book: what its API accepts, and in which words it refuses. Sources stand with each text."""

from __future__ import annotations

from typing import ClassVar

from ..schema import SOURCE_TYPE
from .items import NameRules
from .rules import Refusal, RuleBook, Text

INVOICE, BILL, CREDIT_MEMO, VENDOR_CREDIT = (SOURCE_TYPE[name] for name in ("Invoice", "Bill", "CreditMemo", "VendorCredit"))
_ERRORS = "Intuit, handling common errors"
_CLOSED = Text(
    "6210",
    "The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO "
    "website to make these changes.",
    f"{_ERRORS}; python-quickbooks test fixtures",
    ("a memo is edited on a document of a closed month, and nothing else changes",
     "a cost is corrected at a date of a month that is closed", "the two lock dates have drifted apart"),
)  # fmt: skip

QUICKBOOKS: dict[str, Text] = {
    "period_closed": _CLOSED,
    "paid": Text(
        "6000", "A business validation error has occurred while processing your request",
        f"{_ERRORS}; that a paid invoice is refused with it is an assumption",
        ("a memo is edited on a finished sale, and nothing else changes", "amounts of a paid document are edited"),
    ),
    "overpaid": Text(
        "6000", "A business validation error has occurred while processing your request",
        f"{_ERRORS}; that too large a payment is refused with it is an assumption",
        ("a customer pays twice", "a payment for the whole meets an invoice for a part"),
    ),
    "inactive": Text(
        "610",
        "Object Not Found: Something you're trying to use has been made inactive. Check the fields with accounts, customers, "
        "items, vendors or employees.",
        _ERRORS, ("an item that hardly sells is made inactive and active again",
                  "items are made inactive that Cin7 still sells"),
    ),
    "account": Text(
        "2500", "Invalid Reference Id : Accounts element id {item} not found",
        f"{_ERRORS}: code 2500; the wording after the first three words is an assumption",
        ("an account is made inactive by mistake and active again when the record is reviewed",
         "an account is replaced by another one in the ledger"),
    ),
    "item_name": Text(
        "6000", "Please remove the incorrect symbols from the product name.",
        "Cin7's integration support pages on Core sync errors; Intuit's code for a colon in a name was not found",
        ("a product's name is mistyped and put right", "a new product's name holds a colon"),
    ),
    "item_length": Text(
        "2050",
        "String length specified does not match the supported length. Min:0 Max:{longest} supported. Supplied length:{given}",
        "issue threads of QuickBooks clients (consolibyte/quickbooks-php #79); 100 for a name is common knowledge",
        ("a description is typed into a product's name and taken out again",
         "names of the catalogue are longer than the ledger's"),
    ),
    "duplicate_item": Text(
        "6240", "The name supplied already exists. Another product or service is already using this name.",
        f"{_ERRORS}, for customers; for items the wording is an assumption",
        ("a product gets the name of another one by mistake, and its own again", "two products have nearly the same name"),
    ),
    "duplicate_number": Text(
        "6140", "Duplicate Document Number Error: You must specify a different number. This number has already been used.",
        f"{_ERRORS}; the heading is an assumption",
        ("a supplier uses a bill's number again; it is given another one when the record is reviewed",
         "sales come into the ledger by another way as well"),
    ),
    "reference": Text(
        "2500",
        "Invalid Reference Id : Something you're trying to use has been made inactive. Check the fields with accounts, "
        "customers, items, vendors or employees.",
        f"{_ERRORS}; issue threads of QuickBooks clients (QuickBooks-V3-PHP-SDK #110)",
        ("two entries of one customer or supplier were merged; the link is set anew when the record is reviewed",
         "a list was tidied and nobody looks at what fails since"),
    ),
    "stale": Text(
        "5010",
        "Stale Object Error : You and {user} were working on this at the same time. {user} finished before you did, so your "
        "work was not saved.",
        f"{_ERRORS}; issue threads of QuickBooks clients (python-quickbooks #127)",
        ("a memo is edited in both systems at once, and nothing else changes",
         "somebody changes documents in the ledger that are changed in Cin7, too"),
    ),
}  # fmt: skip


class QuickBooks(RuleBook):
    """One QuickBooks Online company as its API shows it."""

    __slots__ = ()

    name = "QuickBooks Online"
    texts = QUICKBOOKS
    year_end_lock = False
    item_rules = NameRules(100, 100, ":\\", "name")
    numbers_bills = True
    drafts_bills = False
    voids_in_place = True  # "same date but zero amount": Intuit community, void or delete an invoice
    goes_by_item = True
    invoice, bill, credit_note, supplier_credit = INVOICE, BILL, CREDIT_MEMO, VENDOR_CREDIT
    journal, money_in, money_out = (SOURCE_TYPE[name] for name in ("JournalEntry", "Deposit", "Purchase"))
    payment_of: ClassVar[dict[int, int]] = {
        INVOICE: SOURCE_TYPE["Payment"], BILL: SOURCE_TYPE["BillPayment"], CREDIT_MEMO: SOURCE_TYPE["RefundReceipt"],
        VENDOR_CREDIT: SOURCE_TYPE["BillPayment"],
    }  # fmt: skip

    def closed(self, date: int, *, adviser: bool, edit: bool = False) -> Refusal | None:
        """There is one closing date. The API refuses whoever asks; a closing password opens it on the website alone."""
        return self.refuse("period_closed") if date <= self.books.lock_date and not adviser else None
