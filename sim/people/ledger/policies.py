"""How bookkeeper and accountant decide, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...integration.staging import Record
from ...ledger.books import Statement
from ...operations.money_flows import Payout

Lines = list[tuple[int, int]]
"""(account, cents), debit positive; they add up to nothing."""


class HandJournal(NamedTuple):
    """A journal that somebody posts by hand when a month is closed."""

    date: int
    narration: str
    lines: Lines


@dataclass(slots=True)
class CodingPolicies:
    """The bookkeeper's decisions, one slot each."""

    payout_lines: Callable[[Payout], Lines]
    """(payout) -> the lines its bank line is coded to: bank, fees, chargebacks, and what leaves the clearing account."""
    account_for: Callable[[Statement, int], int]
    """(bank line, account it is for) -> the account that it is coded to as spend or receive money."""
    pays_by_sync: Callable[[Statement], int]
    """(bank line of a bill, deposit, refund or customer) -> -1 to wait for the payment that the sync brings, and match it; or
    the account to which it is coded at once, so that the payment that comes later finds no bank line."""
    allocates: Callable[[int], bool]
    """(day) -> whether credit notes are allocated to invoices that day."""


@dataclass(slots=True)
class ClosingPolicies:
    """The accountant's decisions, one slot each."""

    opens_for_bills: Callable[[int], bool]
    """(month-end just closed) -> whether late bills of the month are kept aside until it is opened for them."""
    closing_journals: Callable[[int], Iterable[HandJournal]]
    """(month-end) -> further journals posted by hand on the closing day, before Cin7 is closed; 32 at most."""
    reopens_for: Callable[[Sequence[Record]], bool]
    """(records that a closed month refused) -> whether the ledger is opened for them, so that they can be sent after all."""
