"""Xero's rule book: what its API accepts, and in which words it refuses. Sources stand with each text."""

from __future__ import annotations

from typing import ClassVar

from ..schema import SOURCE_TYPE
from .items import NameRules
from .rules import Refusal, RuleBook, Text

ACCREC, ACCPAY, ACCRECCREDIT, ACCPAYCREDIT = (
    SOURCE_TYPE[name] for name in ("ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT")
)
_VALIDATION = "ValidationException"
_LOCKED = (
    "a day that is open in Cin7 and closed in the ledger: the lock dates are the same and mean different things",
    "a cost is corrected at a date of a month that is closed",
    "the two lock dates have drifted apart",
)
_EDIT_LOCKED = ("a memo is edited on a document of a closed month, and nothing else changes",
                "amounts of a document in a closed month are edited")  # fmt: skip
_PAID_AGAIN = ("a memo is edited on a finished sale, and nothing else changes", "amounts of a paid document are edited")

_CORE_ERRORS = "Cin7's integration support pages on Core sync errors"

XERO: dict[str, Text] = {
    "period_closed": Text(
        _VALIDATION, "The document date cannot be before the period lock date, currently set at {lock_date}",
        "API errors quoted in integrators' threads (xeroizer #92)", _LOCKED,
    ),
    "year_closed": Text(
        _VALIDATION, "The document date cannot be before the end of year lock date, currently set at {lock_date}",
        "API errors quoted in integrators' threads (xeroizer #92)",
        ("a supplier's bill of last year comes after the year is finished", "the two lock dates have drifted apart"),
    ),
    "period_closed_edit": Text(
        _VALIDATION, "The document cannot be edited as it is currently dated before the period lock date",
        "as of the end of year lock date; for this one an assumption", _EDIT_LOCKED,
    ),
    "year_closed_edit": Text(
        _VALIDATION, "The document cannot be edited as it is currently dated before the end of year lock date",
        "public integration notes on Xero's lock dates", _EDIT_LOCKED,
    ),
    "paid": Text(
        _VALIDATION,
        "Current invoice has been paid in Xero and cannot be updated. Please remove payment in Xero and then try to export "
        "the invoice.",
        _CORE_ERRORS, _PAID_AGAIN,
    ),
    "overpaid": Text(
        _VALIDATION, "Payment amount exceeds the amount outstanding on this document", "Cin7's Xero FAQ",
        ("a customer pays twice", "a payment for the whole meets an invoice for a part"),
    ),
    "inactive": Text(
        _VALIDATION, "Item code '{item}' is not valid", "Xero API, invoices; the wording is an assumption",
        ("an item that hardly sells is put away and taken out again", "items are deleted that Cin7 still sells"),
    ),
    "account": Text(
        _VALIDATION, "Account code '{item}' is not a valid code for this document.",
        "API errors quoted in integrators' threads",
        ("an account is archived by mistake and restored when the record is reviewed", "an account gets another number"),
    ),
    "item_name": Text(
        _VALIDATION, "Please remove the incorrect symbols from the product name.", _CORE_ERRORS,
        ("a product's name is mistyped and put right", "a new product's name holds what the ledger does not take"),
    ),
    "item_length": Text(
        _VALIDATION, "The field must be a string with a maximum length of {longest}; it has {given}.",
        "Xero API, Items: code up to 30 and name up to 50 characters; the wording is an assumption",
        ("a description is typed into a product's name and taken out again",
         "codes of the catalogue are longer than the ledger's"),
    ),
    "duplicate_item": Text(
        _VALIDATION, "Price List Item with Code '{item}' already exists", "Xero API, Items; the wording is an assumption",
        ("a product is sent twice while its item is being made", "two products have one code"),
    ),
    "duplicate_number": Text(
        _VALIDATION, "Invoice # must be unique.", "issue threads of Xero clients (XeroAPI/Xero-Net #236)",
        ("an invoice that somebody began in the ledger has the number, and gets another one when the record is reviewed",
         "sales come into the ledger by another way as well"),
    ),
}  # fmt: skip


class Xero(RuleBook):
    """One Xero organisation as its API shows it."""

    __slots__ = ()

    name = "Xero"
    texts = XERO
    year_end_lock = True
    item_rules = NameRules(30, 50, "", "code")
    numbers_bills = False
    drafts_bills = True
    voids_in_place = False
    goes_by_item = False
    invoice, bill, credit_note, supplier_credit = ACCREC, ACCPAY, ACCRECCREDIT, ACCPAYCREDIT
    journal, money_in, money_out = (SOURCE_TYPE[name] for name in ("MANJOURNAL", "CASHREC", "CASHPAID"))
    payment_of: ClassVar[dict[int, int]] = {
        ACCREC: SOURCE_TYPE["ACCRECPAYMENT"], ACCPAY: SOURCE_TYPE["ACCPAYPAYMENT"],
        ACCRECCREDIT: SOURCE_TYPE["ARCREDITPAYMENT"], ACCPAYCREDIT: SOURCE_TYPE["APCREDITPAYMENT"],
    }  # fmt: skip

    def closed(self, date: int, *, adviser: bool, edit: bool = False) -> Refusal | None:
        """The period's lock date binds all but advisers, that of the year's end everybody (XP, Organisation)."""
        books = self.books
        if date <= books.year_end_lock:
            kind, lock_date = "year_closed", books.year_end_lock
        elif date <= books.period_lock and not adviser:
            kind, lock_date = "period_closed", books.period_lock
        else:
            return None
        day = self.calendar.date(lock_date)
        return self.refuse(f"{kind}_edit" if edit else kind, lock_date=f"{day.day}-{day:%b-%Y}")
