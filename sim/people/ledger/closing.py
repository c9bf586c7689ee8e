"""What the accountant looks at before a month is closed, and what happens to a difference that nobody explains.

Each control account of the ledger is compared with Cin7's transactions by date, less what is still in the queue; clearing
with what the gateways owe. A difference is chased for some working days. Then the month is closed: the difference stands
open, or it is made to disappear, as the accountant is used to. Knows what both systems show, not where a difference is from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

import numpy as np
import numpy.typing as npt

from ... import keys
from ...cin7.books import Books as Cin7Books
from ...clock import DAY, Calendar
from ...integration.outbox import Outbox
from ...integration.staging import Record
from ...ledger.books import BEGINNING, Books
from ...operations.money_flows import Gateway
from ...profile import AccountConfig, Mask
from ...tables import Lexicon, Matrix
from ..staff import Person, Team

TIED = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable")
"""Controls that Cin7's transactions explain."""
_BY_HAND = 1 << 32
"""Marks the identity of a journal that makes a difference disappear, apart from all other expenses."""
_UNDER_WAY = 0.04
"""Share of a month's revenue by which clearing may be off: a day's charges are not recorded yet (assumption)."""
_MARGINS_MIN, _CHANCE = 3, 3.0
"""After so many months one knows how far margin moves by chance: so many standard deviations (Shewhart's rule)."""
_QUIET_CLOSES, _GONE = 2, 0.1
"""A template is let go of once next to nothing was left of the difference at so many closes (assumption)."""
_SUITS: Mapping[Mask, tuple[str, ...]] = {
    "recurring_journal": ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable"),
    "tie_out_journal": ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip"),
    "revenue_journal": ("receivable",),
    "clearing_to_zero": ("clearing",),
    "reopen_without_push": ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable"),
}
"""Which differences a mask suits, by what the account controls."""
_NARRATION: Mapping[Mask, str] = {
    "recurring_journal": "Month-end adjustment as agreed", "tie_out_journal": "To agree balance with Cin7",
    "revenue_journal": "Sales not in Xero", "clearing_to_zero": "Clearing written down to statement",
}  # fmt: skip
_AGAINST = {"receivable": "sales", "clearing": "payment_fees"}
"""Which account takes the other side; cost of sales for all others."""


class Balances:
    """Balances of all accounts by date, from entries as they are recorded. Dates are asked for in ascending order."""

    __slots__ = ("_later", "_sums")

    def __init__(self, accounts: int) -> None:
        self._sums = np.zeros(accounts, np.int64)
        self._later: Matrix = np.empty((0, 3), np.int64)

    def until(self, day: int, fresh: Matrix) -> npt.NDArray[np.int64]:
        """Balances of what is dated up to `day`; `fresh`: (date, account, cents) recorded since the last time."""
        rows = np.concatenate((self._later, fresh))
        due = rows[:, 0] <= day
        np.add.at(self._sums, rows[due, 1], rows[due, 2])
        self._later = rows[~due]
        return self._sums.copy()


class Review:
    """The control accounts at each close."""

    __slots__ = ("_accounts", "_balances", "_before", "_calendar", "_chart", "_cin7", "_cin7_read", "_controls", "_gateways",
                 "_given_up", "_lexicon", "_margins", "_month", "_outbox", "_profit", "_quiet", "_read", "_reopened", "_since",
                 "_team", "_templates", "closed", "ledger")  # fmt: skip

    def __init__(
        self, team: Team, cin7: Cin7Books, outbox: Outbox, ledger: Books, gateways: Sequence[Gateway],
        chart: Sequence[AccountConfig], accounts: Mapping[str, int], calendar: Calendar, lexicon: Lexicon,
    ) -> None:  # fmt: skip
        """`accounts`: the ledger's code of each role."""
        self._team, self._cin7, self._outbox, self.ledger = team, cin7, outbox, ledger
        self._gateways, self._accounts, self._calendar, self._lexicon = gateways, accounts, calendar, lexicon
        self._chart = chart
        self._controls = {accounts[account.role]: account.control for account in chart if account.control}
        kinds = {"sales": 0, "shipping_income": 0, "cogs": 1}
        self._profit = {accounts[a.role]: kinds[role] for a in chart for role in (a.stands_for or a.role,) if role in kinds}
        self._balances = (Balances(len(chart)), Balances(len(chart)))
        self._cin7_read = 0, 0
        self._read: tuple[int, ...] = BEGINNING
        self._before = np.zeros(len(chart), np.int64)
        self._margins: list[float] = []
        self._month = self._since = self._reopened = -1
        self._given_up: set[int] = set()
        """Records that somebody has stopped waiting for."""
        self._templates: dict[int, int] = {}
        """What is posted at each close by habit, cents by account."""
        self._quiet: dict[int, int] = {}
        self.closed: list[tuple[int, int]] = []
        """Month-ends, and the day on which each was closed."""

    def may_close(self, until: int, now: int) -> bool:
        """Whether the ledger may be closed up to day `until`. Called on each evening of the close until it may."""
        day = now // DAY
        if until != self._month:
            self._month, self._since = until, day
        if self.closed and until <= self.closed[-1][0]:  # it was opened again for a good reason
            return not self._waits(until, self._stuck(until))
        spent = sum(self._calendar.is_workday(each) for each in range(self._since, day))
        accountant = self._team.person("accountant")
        stuck = self._stuck(until)
        if self._waits(until, stuck) or (stuck and spent < self._team.config.chase_workdays):
            return False
        if accountant is None:
            return not stuck
        gaps, revenue = self._gaps(until, day, stuck)
        tolerance = round(revenue * self._team.config.tolerance.value)
        beyond = {account: gap for account, gap in gaps.items() if abs(gap) > self._allowed(account, tolerance, revenue)}
        if beyond and not spent:
            self._team.notice("close_gap", len(beyond.keys() - self._templates.keys()))
            text = f"{self._name(max(beyond, key=lambda each: abs(beyond[each])))} does not agree, please look into it"
            self._team.complain(accountant.number, accountant.user, "ledger", text, now)
        longer = self._team.config.validation_workdays if self._team.distrusted_by("accountant", "owner") else 0
        if (beyond and spent < self._team.config.chase_workdays) or spent < longer:
            return False
        if self._reopened != until and self._reopens(accountant, until, now, beyond):
            return False  # and closed again the next evening
        self._settle(accountant, until, now, gaps, beyond)
        self._let_go(stuck)
        self.closed.append((until, day))
        return True

    # -- looking ------------------------------------------------------------------------------------------------

    def _stuck(self, until: int) -> list[Record]:
        """Records dated in the month that the ledger refuses, whatever has been tried, or that wait for what never comes."""
        failed = self._outbox.failed
        return [
            record for record in self._outbox.waiting()
            if record.document.effective_date <= until and not record.edit
            and (record.key in failed or record.waits_for != record.document.settles)
        ]  # fmt: skip

    def _waits(self, until: int, stuck: list[Record]) -> bool:
        """Whether anything dated in the month is still to come by itself."""
        behind = {record.document.key for record in stuck} | self._given_up
        consolidator = self._outbox.consolidator
        if consolidator is not None and consolidator.holds(until):
            return True
        return any(
            record.document.effective_date <= until and not record.edit and record.document.key not in behind
            and record.waits_for not in behind
            for record in self._outbox.waiting()
        )  # fmt: skip

    def _gaps(self, until: int, day: int, stuck: list[Record]) -> tuple[dict[int, int], int]:
        """What the ledger shows beyond what it should, by control account, clearing as of today; and the month's revenue."""
        entries, self._cin7_read = self._cin7.entries_since(self._cin7_read)
        shown = self._balances[0].until(until, entries)
        entries, self._read = self.ledger.entries_since(self._read)
        booked = self._balances[1].until(until, entries)
        for debit, credit, cents in self._queued(until, stuck):
            shown[debit] -= cents
            shown[credit] += cents
        tied = [account for account, control in self._controls.items() if control in TIED]
        gaps = {account: int(booked[account] - shown[account]) for account in tied}
        clearing = [account for account, control in self._controls.items() if control == "clearing"]
        if clearing:
            owed = dict.fromkeys(clearing, 0)
            for gateway in self._gateways:
                owed[gateway.clearing] = owed.get(gateway.clearing, 0) + gateway.balance_cents
            for debit, credit, cents in self._queued(day, stuck):
                owed = {account: owed[account] - cents * ((account == debit) - (account == credit)) for account in owed}
            gaps |= {account: self.ledger.balance[account] - cents for account, cents in owed.items()}
        return gaps, self._judge_margin(booked)

    def _queued(self, until: int, stuck: list[Record]) -> list[tuple[int, int, int]]:
        """What is on its way to the ledger and will come."""
        outbox, lost = self._outbox, {record.key for record in stuck}
        documents = [document for document in outbox.fetch if not document.resent]
        documents += [r.document for r in outbox.waiting() if not r.edit and r.key not in lost]
        if outbox.consolidator is not None:
            documents += outbox.consolidator.held()
        return [pair for document in documents if document.effective_date <= until for pair in document.pairs]

    def _judge_margin(self, booked: npt.NDArray[np.int64]) -> int:
        """Compare the month's gross margin with that of the months before, once a close; return the month's revenue."""
        moved = booked - self._before
        revenue = -sum(int(moved[account]) for account, kind in self._profit.items() if not kind)
        if len(self.closed) == len(self._margins):
            cost = sum(int(moved[account]) for account, kind in self._profit.items() if kind)
            margin = 1.0 - cost / revenue if revenue > 0 else 0.0
            if len(self._margins) >= _MARGINS_MIN:
                usual, chance = fmean(self._margins), _CHANCE * pstdev(self._margins)
                most = max(self._team.config.margin_points.value, chance)
                self._team.notice("margin_move", int(abs(margin - usual) / most))
            self._margins.append(margin)
        return revenue

    def _allowed(self, account: int, tolerance: int, revenue: int) -> int:
        return max(tolerance, round(revenue * _UNDER_WAY)) if self._controls[account] == "clearing" else tolerance

    # -- settling -----------------------------------------------------------------------------------------------

    def _settle(self, accountant: Person, until: int, now: int, gaps: dict[int, int], beyond: dict[int, int]) -> None:
        """Leave each difference open, or make it disappear; what is posted by habit is posted again."""
        for place, account in enumerate(sorted({*beyond, *self._templates})):
            gap = gaps[account]
            if account in self._templates:
                self._repeat(accountant, account, gap, until, now, place)
            elif not self._team.looks_for_cause(accountant, now // DAY, account):
                mask = self._mask_for(accountant, account)
                if mask is not None and mask != "reopen_without_push":
                    self._hide(accountant, mask, account, gap, until, now, place)
        self._before = self._balances[1].until(until, np.empty((0, 3), np.int64))

    def _reopens(self, person: Person, until: int, now: int, beyond: dict[int, int]) -> bool:
        """Whether earlier months are opened again for a difference, as if that were all it took; nobody sends anything."""
        for account, gap in sorted(beyond.items()):
            due = self._mask_for(person, account) == "reopen_without_push" and account not in self._templates
            if due and not self._team.looks_for_cause(person, now // DAY, account):
                self._reopened = until
                start = self._calendar.previous_month_end(self._calendar.previous_month_end(until))
                self.ledger.lock(start, now, person.user)
                self._team.note("reopen_without_push", person, now, account=account, gap=gap)
                return True
        return False

    def _mask_for(self, person: Person, account: int) -> Mask | None:
        return next((mask for mask in person.config.habits if self._controls[account] in _SUITS.get(mask, ())), None)

    def _hide(self, person: Person, mask: Mask, account: int, gap: int, until: int, now: int, place: int) -> None:
        """Make a difference of `gap` cents too much disappear."""
        if mask == "clearing_to_zero":
            gap = self.ledger.balance[account]
        if mask == "recurring_journal":
            self._templates[account] = gap
        self._post(person, mask, account, gap, gap, until, now, place)

    def _repeat(self, person: Person, account: int, gap: int, until: int, now: int, place: int) -> None:
        """Post a template again, which is taken back on the first of each month; now and then somebody looks at its amount."""
        cents = self._templates[account]
        gone = abs(gap) < abs(cents) * _GONE
        self._quiet[account] = self._quiet.get(account, 0) + 1 if gone else 0
        if self._quiet[account] >= _QUIET_CLOSES:
            del self._templates[account]
            return
        if abs(gap) > abs(cents):
            self._templates[account] = cents = gap
        self._post(person, "recurring_journal", account, cents, gap, until, now, place)

    def _post(self, person: Person, mask: Mask, account: int, cents: int, gap: int, until: int, now: int, place: int) -> None:
        """Take `cents` off the account by a journal of the month's last day; one that recurs is taken back the next day."""
        control = self._controls[account]
        against = self._accounts[_AGAINST.get(control, "cogs")]
        narration = self._lexicon.text(f"{_NARRATION[mask]}: {self._name(account)}")
        for n, (date, amount) in enumerate(((until, -cents), (until + 1, cents))[: 1 + (mask == "recurring_journal")]):
            key = keys.root(keys.EXPENSE, _BY_HAND | until << 8 | place << 1 | n)
            lines = [(account, amount), (against, -amount)]
            if self._outbox.ledger.enter_journal(key, date, lines, narration, now, person.user) is None:
                self._team.note(mask, person, now, key=key, account=account, gap=gap, cents=amount)

    def _let_go(self, stuck: list[Record]) -> None:
        """What was not put right is not waited for at the next close."""
        self._given_up |= {record.document.key for record in stuck}

    def _name(self, account: int) -> str:
        role = next(each for each in self._chart if self._accounts[each.role] == account)
        return role.name
