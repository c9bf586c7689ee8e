"""How bookkeeper and accountant decide, for a fault or decoy to bend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...integration.staging import Record
from ...ledger.books import Statement
from ...operations.money_flows import Payout
from ...operations.world import overhead_key

Lines = list[tuple[int, int]]
"""(account, cents), debit positive; they add up to nothing."""


class HandJournal(NamedTuple):
    """A journal that somebody posts by hand when a month is closed."""

    date: int
    narration: str
    lines: Lines
    number: int = 0
    """Which of the month-end's journals it is, below 32: it makes the key, which stays the same whoever else posts one. Habits
    have numbers below 16, what somebody does in answer to what they see has others."""


def journal_key(month_end: int, number: int) -> int:
    """The key of the journal with that number, posted by hand when the month is closed."""
    return overhead_key(month_end, _BY_HAND + number)


_BY_HAND = 32
"""Journals posted by hand at a month-end are numbered from here on; overheads come before."""


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
    deletes_unmatched: Callable[[Statement], bool]
    """(bank line of a bill, coded at once) -> whether the payment that the sync brings for it is deleted in the ledger, since
    it finds no bank line."""
    imports_again: Callable[[Statement], bool]
    """(bank line that is coded by hand) -> whether the bank's own file, with the same line in it, is imported as well."""
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
