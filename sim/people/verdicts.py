"""Outside parties: whoever is called sees one layer and says what is wrong, in the tickets of that layer.

None of them sees the other layers; often they are wrong, and they contradict each other.
"""

from __future__ import annotations

from ..clock import DAY
from ..draws import Draws
from .staff import Team

_HOUR = 16 * 60 + 10
FIRST_WAKE = _HOUR
"""Minute of the first day."""
_DAY_OF_MONTH = 20
"""Around this day of a month they give their opinion (assumption)."""
_PARTIES = {
    "accountant": ("ledger", (
        "Outside accountant: stock is valued by another method in Cin7, that explains the margin",
        "Outside accountant: in our view the difference is a timing matter and will reverse",
        "Outside accountant: somebody books sales gross and somebody else net",
        "Outside accountant: the stock figure should come from a full count",
    )),
    "implementer": ("cin7", (
        "Implementer: the configuration is as it was handed over, please look at the ledger",
        "Implementer: users do not follow the process they were trained in",
        "Implementer: the mapping is correct, the ledger's lock dates are the problem",
        "Implementer: we see nothing wrong in Cin7, reports should be run by effective date",
    )),
    "cin7_support": ("integration", (
        "Cin7 support: the sync works as designed, the ledger returns the error",
        "Cin7 support: please disconnect and connect the ledger again",
        "Cin7 support: the record was changed after it was exported, this is expected",
        "Cin7 support: we cannot reproduce it, please ask your accountant",
    )),
}  # fmt: skip
_CALLED = 0.9
"""Who has somebody to call in a month of trouble gets an opinion (assumption)."""


class Verdicts:
    """Opinions from outside, some of them uncalled for."""

    __slots__ = ("_draw", "_team", "_users", "rank")

    def __init__(self, team: Team, users: dict[str, int], draws: Draws) -> None:
        self.rank = 86
        self._team, self._users = team, users
        self._draw = draws.stream("people/verdicts")

    def wake(self, now: int) -> int | None:
        """Give an opinion or not."""
        day = now // DAY
        if self._team.date(day).day == _DAY_OF_MONTH:
            trouble = any(person.distrusts for person in self._team.people.values())
            rate = _CALLED if trouble else self._team.config.verdicts.value
            for n, party in enumerate(_PARTIES):
                if party in self._team.config.outside and self._draw.happens(rate, day, 2 * n):
                    layer, said = _PARTIES[party]
                    text = said[self._draw.between(0, len(said) - 1, day, 2 * n + 1)]
                    self._team.complain(32 + n, self._users[party], layer, text, now)
        return (day + 1) * DAY + _HOUR
