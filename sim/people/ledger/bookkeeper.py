"""The bookkeeper, who codes the bank and keeps the ledger's lists tidy."""

from __future__ import annotations

from collections.abc import Callable

from ... import keys
from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.outbox import Outbox
from ...ledger.books import Books, Statement
from ...operations.money_flows import BankMovement, Payout
from .policies import CodingPolicies

CODING = 9 * 60 + 30
"""Minute of the day at which the bank is coded."""
_AT_ONCE, _DELETED = keys.LINES_MAX - 2, keys.LINES_MAX - 1
"""What is added to a payment's key for the journal of a line that was coded without it, and for its own deletion."""
_ALLOCATING_WEEKDAY, _ALLOCATING_WEEKS = 3, 2
"""Credit notes are allocated every other Thursday (assumption)."""


class Bookkeeper:
    """Matches and codes every bank line, each working morning; now and then makes an item inactive that is needed after all."""

    __slots__ = ("_accounts", "_books", "_calendar", "_draw", "_mapped", "_outbox", "_puts_away", "_unallocated", "_unmatched",
                 "policies", "rank", "user")  # fmt: skip

    def __init__(
        self, books: Books, outbox: Outbox, accounts: dict[str, int], calendar: Calendar, puts_away: float,
        unallocated: list[tuple[int, int, int]], mapped: Callable[[Payout], tuple[int, int]], draws: Draws, user: int,
    ) -> None:  # fmt: skip
        """Begin.

        `unallocated`: credit notes that customers have kept back from an invoice, as Cin7 shows them; `mapped`: the clearing
        account that a payout's gateway is mapped to, and the account for its fees (-1: payouts are not split).
        """
        self.rank = 52
        self._books, self._outbox, self._accounts = books, outbox, accounts
        self._calendar, self.user = calendar, user
        self._unallocated, self._mapped = unallocated, mapped
        self._unmatched: list[int] = []
        """Payments of bills that are to be deleted when the sync brings them."""
        self._draw, self._puts_away = draws.stream("work/items"), puts_away
        self.policies = CodingPolicies(
            payout_lines=self._payout_lines, account_for=lambda statement, account: account,
            pays_by_sync=lambda statement: -1, deletes_unmatched=lambda statement: False,
            imports_again=lambda statement: False, allocates=self._is_allocating_day,
        )  # fmt: skip

    def wake(self, now: int) -> int | None:
        """Code the bank."""
        if self._calendar.is_workday(now // DAY):
            for statement in list(self._books.uncoded.values()):
                self._code(statement, now)
            if self._unmatched:
                self._unmatched = [key for key in self._unmatched if not self._delete_payment(key, now)]
            self._tidy_items(now // DAY)
            if self.policies.allocates(now // DAY):
                self._allocate(now)
        return (now // DAY + 1) * DAY + CODING

    def _code(self, statement: Statement, now: int) -> None:
        subject, policies = statement.subject, self.policies
        if not isinstance(subject, BankMovement):
            raise TypeError("a bank line is fed from the bank")
        if subject.payout is not None:
            self._post(statement, policies.payout_lines(subject.payout), now)
        elif subject.account >= 0:
            self._spend_or_receive(statement, policies.account_for(statement, subject.account), now)
        elif (account := policies.pays_by_sync(statement)) >= 0:
            # The payment that the sync brings has the statement's own key.
            self._spend_or_receive(statement, account, now, keys.line(statement.key, _AT_ONCE))
            if policies.deletes_unmatched(statement):
                self._unmatched.append(statement.key)
        elif statement.key in self._outbox.arrived:
            self._books.code_line(statement.key, self._outbox.arrived[statement.key], now, self.user)

    def _delete_payment(self, payment: int, now: int) -> bool:
        """Delete a bill's payment, if the sync has brought it: the bill is open again."""
        arrived, rules = self._outbox.arrived, self._outbox.ledger
        bill = keys.beside(payment, keys.BILL)
        if payment in arrived:
            rules.delete_bill_payment(keys.line(payment, _DELETED), arrived[payment], arrived[bill], now, self.user)
        return payment in arrived

    def _spend_or_receive(self, statement: Statement, account: int, now: int, journal: int = -1) -> None:
        cents = statement.amount_cents
        self._post(statement, [(self._accounts["bank"], cents), (account, -cents)], now, journal)

    def _is_allocating_day(self, day: int) -> bool:
        return self._calendar.weekday(day) == _ALLOCATING_WEEKDAY and day // 7 % _ALLOCATING_WEEKS == 0

    def _allocate(self, now: int) -> None:
        """Settle invoices with the credit notes that the sync brought and left alone; until then both are open."""
        arrived, rules = self._outbox.arrived, self._outbox.ledger
        self._unallocated[:] = [
            (note, invoice, cents) for note, invoice, cents in self._unallocated
            if note not in arrived or invoice not in arrived
            or rules.allocate(arrived[note], arrived[invoice], cents, now, self.user) is not None
        ]  # fmt: skip

    def _tidy_items(self, day: int) -> None:
        """Take out again what a failed record asks for; put away, rarely, what looks unused."""
        items = self._outbox.ledger.items
        if items.inactive and any(
            record.refusal is not None and record.refusal.about == "inactive" for record in self._outbox.failed.values()
        ):
            for item in list(items.inactive.values()):
                items.set_active(item, active=True)
        if items.by_code and self._draw.happens(self._puts_away, day):
            unused = list(items.by_code.values())[self._draw.between(0, len(items.by_code) - 1, day, 1)]
            items.set_active(unused, active=False)

    def _payout_lines(self, payout: Payout) -> list[tuple[int, int]]:
        """Net to the bank, fees and chargebacks to expense, the gross off the clearing account.

        Where no account is mapped for its fees, what reached the bank is all that is seen to leave clearing.
        """
        accounts = self._accounts
        clearing, fees = self._mapped(payout)
        lines = [(accounts["bank"], payout.net_cents)]
        if fees >= 0:
            lines.append((fees, payout.fees_cents))
        lines.append((clearing, -payout.cleared_cents if fees >= 0 else -payout.net_cents - payout.disputes_cents))
        if payout.disputes_cents:
            lines.append((accounts["chargebacks"], payout.disputes_cents))
        return lines

    def _post(self, statement: Statement, lines: list[tuple[int, int]], now: int, journal: int = -1) -> None:
        books, subject = self._books, statement.subject
        self._enter(statement, lines, now, journal if journal >= 0 else statement.key)
        if isinstance(subject, BankMovement) and self.policies.imports_again(statement):
            again = keys.line(statement.key, 1)
            books.feed_line(again, self._accounts["bank"], statement.date, statement.amount_cents, subject.description, now,
                            subject)  # fmt: skip
            self._enter(books.uncoded[again], lines, now, again)

    def _enter(self, statement: Statement, lines: list[tuple[int, int]], now: int, journal: int) -> None:
        rules = self._outbox.ledger
        source_type = rules.money_in if statement.amount_cents > 0 else rules.money_out
        date = max(statement.date, self._books.lock_date + 1)
        self._books.post(journal, date, now, source_type, journal, lines, self.user)
        self._books.code_line(statement.key, journal, now, self.user)
