"""QuickBooks Online's rule book: what its API accepts, and in which words it refuses. Sources stand with each text."""

from __future__ import annotations

from typing import ClassVar

from ..schema import SOURCE_TYPE
from .rules import Refusal, RuleBook

INVOICE, BILL, CREDIT_MEMO, VENDOR_CREDIT = (SOURCE_TYPE[name] for name in ("Invoice", "Bill", "CreditMemo", "VendorCredit"))


class QuickBooks(RuleBook):
    """One QuickBooks Online company as its API shows it."""

    __slots__ = ()

    name = "QuickBooks Online"
    invoice, bill, credit_note, supplier_credit = INVOICE, BILL, CREDIT_MEMO, VENDOR_CREDIT
    journal, money_in, money_out = (SOURCE_TYPE[name] for name in ("JournalEntry", "Deposit", "Purchase"))
    payment_of: ClassVar[dict[int, int]] = {
        INVOICE: SOURCE_TYPE["Payment"], BILL: SOURCE_TYPE["BillPayment"], CREDIT_MEMO: SOURCE_TYPE["RefundReceipt"],
        VENDOR_CREDIT: SOURCE_TYPE["BillPayment"],
    }  # fmt: skip

    def closed(self) -> Refusal:
        """Error 6210, whatever the closing password (Intuit, handling common errors; python-quickbooks test fixtures)."""
        return Refusal(
            400, "6210",
            "The account period has closed and the account books cannot be updated through the QBO Services API. Please use "
            "the QBO website to make these changes.",
        )  # fmt: skip

    def paid(self) -> Refusal:
        """Error 6000 (Intuit, handling common errors); that a paid invoice is refused with it is an assumption."""
        return Refusal(400, "6000", "A business validation error has occurred while processing your request")

    def overpaid(self) -> Refusal:
        """Error 6000 (Intuit, handling common errors); that too large a payment is refused with it is an assumption."""
        return Refusal(400, "6000", "A business validation error has occurred while processing your request")
