"""Decisions of the machines that a fault or decoy may bend. Defaults are correct behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..draws import Draws
from ..profile import NoiseConfig


@dataclass(slots=True)
class IntegrationPolicies:
    """One slot a decision."""

    mishap: Callable[[int, int], str]
    """(record key, attempt) -> what goes wrong beside the books: "unavailable" (the ledger answers 503 this time),
    "contact" (the contact needs a hand first), "attachment" (the document arrives without it), or ""."""


@dataclass(slots=True)
class FeedPolicies:
    """Decisions about downloads and uploads."""

    connects: Callable[[int, int], bool]
    """(feed, a code of `schema.FEED`; minute) -> whether the other side answers; if not, the next time brings both."""


def healthy_feeds(noise: NoiseConfig, draws: Draws) -> FeedPolicies:
    """Connections that now and then get no answer."""
    silent = draws.stream("feeds/answers").chance(noise.failed_download.value)
    return FeedPolicies(connects=lambda feed, now: not silent(now << 6 | feed))
