"""A further application that reports a gateway's sales to the ledger by itself, one summary for each payout.

Shops connect such programs to have their payouts explained. It sees the gateway's payouts and the ledger, and nothing of Cin7:
where Cin7 sends the invoices of the same sales, they stand there twice. A healthy business here has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .. import keys
from ..clock import DAY
from ..ledger.rules import RuleBook
from ..money import ratio
from ..operations.money_flows import BankMovement, Payout
from ..tables import Lexicon

FIRST_WAKE = 7 * 60 + 40
"""Minute of the day at which it reports what the bank feed brought, before anybody codes the bank (assumption)."""
_BASIS = 10_000


class SalesConnector:
    """Posts one journal a payout: the charges less refunds, as sales and tax, against the gateway's clearing account."""

    __slots__ = ("_accounts", "_ledger", "_lexicon", "_reports", "_reverses", "_seen", "_tax", "_user", "rank")

    def __init__(
        self, ledger: RuleBook, accounts: Mapping[str, int], tax: int, lexicon: Lexicon, user: int,
        reports: Callable[[int], bool], *, reverses: bool = False,
    ) -> None:  # fmt: skip
        """Begin.

        `tax`: the rate it takes out of all sales, in 1/10,000; `reports`: which payouts, by key; `reverses`: it is on trial
        and takes each summary back at once.
        """
        self.rank = 12
        self._ledger, self._accounts, self._tax, self._lexicon, self._user = ledger, accounts, tax, lexicon, user
        self._reports, self._reverses = reports, reverses
        self._seen: set[int] = set()

    def wake(self, now: int) -> int | None:
        """Report the payouts that nobody has coded yet."""
        for statement in list(self._ledger.books.uncoded.values()):
            subject = statement.subject
            if isinstance(subject, BankMovement) and subject.payout is not None and statement.key not in self._seen:
                self._seen.add(statement.key)
                if self._reports(subject.payout.key):
                    self._report(subject.payout, statement.date, now)
        return (now // DAY + 1) * DAY + FIRST_WAKE

    def _report(self, payout: Payout, date: int, now: int) -> None:
        gross = payout.charges_cents - payout.refunds_cents
        tax = gross - ratio(gross, _BASIS, _BASIS + self._tax)
        lines = [(payout.clearing, gross), (self._accounts["sales"], tax - gross)]
        if tax:
            lines.append((self._accounts["tax"], -tax))
        date = max(date, self._ledger.books.lock_date + 1)
        rounds = [(0, 1, "Sales of payout"), (1, -1, "Reversal, sales of payout")][: 1 + self._reverses]
        for n, sign, what in rounds:
            narration = self._lexicon.text(f"{what} {payout.statement} {self._ledger.calendar.date(date)}")
            signed = [(account, sign * cents) for account, cents in lines]
            self._ledger.enter_journal(summary_of(payout.key, n), date, signed, narration, now, self._user)


def summary_of(payout: int, number: int = 0) -> int:
    """The key of the summary that the connector posts for a payout; `number` 1 for its reversal."""
    return keys.document(payout, keys.BUNDLE, number)
