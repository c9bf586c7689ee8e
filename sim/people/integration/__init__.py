"""Who looks after the integration: failed records are reviewed every working day, when somebody owns the queue."""

from __future__ import annotations

from collections.abc import Mapping

from ...clock import DAY, Calendar
from ...draws import Draws
from ...integration.channel_settings import DOWNLOAD, every
from ...integration.outbox import Outbox
from ...integration.staging import Record
from ...integration.tax import TaxMap
from ...operations.world import Operations
from ...settings import Settings
from .policies import QueuePolicies

_REVIEW, _KEEPING = 10 * 60 + 10, 11 * 60 + 55
FIRST_WAKE, KEEPER_FIRST_WAKE = _REVIEW, _KEEPING
"""Minute of the first day at which the review begins, and at which somebody looks after the channels."""
_OF_CHANNELS = 0.2
"""Of all honest changes of settings, those of a channel's rhythm (assumption)."""
_RHYTHMS = (30, 60, 120)
"""Minutes between downloads that people choose between (assumption)."""
_WRITTEN_DOWN = 0.6
"""How often a new rhythm gets into the stated rules; otherwise they are stale (assumption)."""


class QueueOwner:
    """Reviews what failed: retries what can go, skips what the ledger has, decides about what a closed period refused."""

    __slots__ = ("_outbox", "policies", "rank", "user")

    def __init__(self, outbox: Outbox, calendar: Calendar, user: int) -> None:
        self.rank = 50
        self._outbox, self.user = outbox, user
        self.policies = QueuePolicies(reviews=calendar.is_workday, decide=_decide, closed_period=lambda record: "leave",
                                      paid_edit=lambda record: "compensate",
                                      warnings=lambda rule, documents: "investigate")  # fmt: skip

    def wake(self, now: int) -> int | None:
        """Go through the failed records."""
        if self.policies.reviews(now // DAY):
            for record in list(self._outbox.failed.values()):
                verdict = self.policies.decide(record)
                if verdict == "closed":
                    verdict = self.policies.closed_period(record)
                elif verdict == "paid":
                    verdict = self.policies.paid_edit(record)
                if verdict == "retry":
                    self._outbox.retry(record, now, self.user)
                elif verdict == "skip":
                    self._outbox.skip(record, now, self.user)
                elif verdict == "compensate":
                    self._outbox.send_anew(record, now // DAY, now, self.user)
            if self._outbox.taxes is not None and self._outbox.taxes.fresh:
                self._read_warnings(self._outbox.taxes, now)
        return (now // DAY + 1) * DAY + _REVIEW


    def _read_warnings(self, taxes: TaxMap, now: int) -> None:
        """Documents arrived with an adjustment line: find the rule that lacks its code, or not."""
        for rule in dict.fromkeys(taxes.fresh.values()):
            warned = [record for record, of in taxes.fresh.items() if of == rule]
            verdict = self.policies.warnings(rule, len(warned))
            if verdict == "leave":
                continue
            if verdict == "investigate":
                taxes.link(rule, now, self.user)
            for record in warned:
                del taxes.fresh[record]
                if verdict == "clear":
                    self._outbox.clear_warning(record, now, self.user)


class ChannelKeeper:
    """The e-commerce operator, who now and then has a channel's orders downloaded more often, or less, or edits a tax rule."""

    __slots__ = ("_channels", "_draw", "_operations", "_rate", "_settings", "_taxes", "_unlinks", "rank", "user")

    def __init__(
        self, operations: Operations, settings: Settings, rhythms: Mapping[str, int], rate: float, user: int, draws: Draws,
        taxes: TaxMap | None, unlinks: float,
    ) -> None:  # fmt: skip
        """`rhythms`: minutes between downloads, by channel; `rate`: honest changes of any setting on a working day.

        `unlinks`: tax rules that lose their code, on a working day.
        """
        self.rank = 91
        self._operations, self._settings, self._rate, self.user = operations, settings, rate * _OF_CHANNELS, user
        self._channels = [name for name, minutes in rhythms.items() if minutes in _RHYTHMS]
        self._draw = draws.stream("work/channels")
        self._taxes, self._unlinks = taxes, unlinks

    def wake(self, now: int) -> int | None:
        """Change a rhythm, or leave all as it is."""
        day, draw = now // DAY, self._draw
        if self._channels and self._operations.calendar.is_workday(day) and draw.happens(self._rate, day):
            channel = self._channels[draw.between(0, len(self._channels) - 1, day, 1)]
            rhythm = _RHYTHMS[draw.between(0, len(_RHYTHMS) - 1, day, 2)]
            if self._settings.set(now, DOWNLOAD, channel, every(rhythm), self.user) and draw.happens(_WRITTEN_DOWN, day, 3):
                text = self._operations.lexicon.text
                self._operations.rules.add((now, text("Order download"), text(f"{channel}: {every(rhythm)}.")))
        if self._taxes is not None and self._operations.calendar.is_workday(day) and draw.happens(self._unlinks, day, 4):
            rules = [rule for rule, basis in self._taxes.rates.items() if basis]
            self._taxes.unlink(rules[draw.between(0, len(rules) - 1, day, 5)], now, self.user)
        return (day + 1) * DAY + _KEEPING


def _decide(record: Record) -> str:
    """Skip an edit that changed nothing; set apart what a closed period or a payment stands against; retry the rest."""
    if record.edit:
        return "skip"
    if record.refusal is not None and record.refusal.about in {"period_closed", "year_closed"}:
        return "closed"
    if record.document.amends >= 0 and record.refusal is not None and record.refusal.about in {"paid", "consolidated"}:
        return "paid"
    return "retry"
