"""Xero's rule book: what its API accepts, and in which words it refuses. Sources stand with each text."""

from __future__ import annotations

from typing import ClassVar

from ..schema import SOURCE_TYPE
from .rules import Refusal, RuleBook

ACCREC, ACCPAY, ACCRECCREDIT, ACCPAYCREDIT = (
    SOURCE_TYPE[name] for name in ("ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT")
)


class Xero(RuleBook):
    """One Xero organisation as its API shows it."""

    __slots__ = ()

    name = "Xero"
    invoice, bill, credit_note, supplier_credit = ACCREC, ACCPAY, ACCRECCREDIT, ACCPAYCREDIT
    journal, money_in, money_out = (SOURCE_TYPE[name] for name in ("MANJOURNAL", "CASHREC", "CASHPAID"))
    payment_of: ClassVar[dict[int, int]] = {
        ACCREC: SOURCE_TYPE["ACCRECPAYMENT"], ACCPAY: SOURCE_TYPE["ACCPAYPAYMENT"],
        ACCRECCREDIT: SOURCE_TYPE["ARCREDITPAYMENT"], ACCPAYCREDIT: SOURCE_TYPE["APCREDITPAYMENT"],
    }  # fmt: skip

    def closed(self) -> Refusal:
        """Wording: Xero's API errors as quoted in integrators' threads (xeroizer #92)."""
        day = self.calendar.date(self.books.lock_date)
        return Refusal(
            400, "ValidationException",
            f"The document date cannot be before the period lock date, currently set at {day.day}-{day:%b-%Y}",
        )  # fmt: skip

    def paid(self) -> Refusal:
        """Wording: Cin7's integration support pages on Core sync errors."""
        return Refusal(
            400, "ValidationException",
            "Current invoice has been paid in Xero and cannot be updated. Please remove payment in Xero and then try to "
            "export the invoice.",
        )  # fmt: skip

    def overpaid(self) -> Refusal:
        """Wording: Cin7's Xero FAQ."""
        return Refusal(400, "ValidationException", "Payment amount exceeds the amount outstanding on this document")
