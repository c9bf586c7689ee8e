"""Decisions of the machines that a fault or decoy may bend. Defaults are correct behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..draws import Draws
from ..ledger.rules import Refusal
from ..profile import NoiseConfig, SyncConfig


@dataclass(slots=True)
class IntegrationPolicies:
    """One slot a decision."""

    mishap: Callable[[int, int], str]
    """(record key, call) -> what goes wrong beside the books: "unavailable" (the ledger answers 503 this time),
    "others" (another application holds the connections), "name" (a contact's or product's name needs a hand first),
    "account" (the ledger does not know an account under the code that is sent, until a hand sees to it), "number" (the
    ledger has the document's number), "reference" (it does not know the contact that is named), "attachment" (the document
    arrives without it), "no answer" (the ledger takes the call, its answer is lost), "crash" (the job dies before it notes
    the answer; what it has fetched is handed to it once more), or ""."""
    reads_answer: Callable[[int, Refusal | None], Refusal | None]
    """(document key, its own answer within that to a call of several, which is 200) -> what the job takes it for."""
    stale: Callable[[int], bool]
    """(record key of an edit) -> whether somebody edits the document in the ledger at that moment."""
    request_id: Callable[[int, int], int]
    """(record key, call) -> the id under which a record is sent again when nobody knows whether the ledger has it. By the
    same id the ledger knows it again and repeats its answer; another id makes another document."""
    waits_for: Callable[[int, int], int] | None = None
    """(key of a payment, of what it settles) -> the document that the payment waits for; no policy: what it settles."""
    dates_correction: Callable[[int, int, int], int] | None = None
    """(key of a document that corrects a cost, its date, the day of what it corrects) -> the day under which it goes to the
    ledger; no policy: all go under their date."""


def healthy(config: SyncConfig, draws: Draws) -> IntegrationPolicies:
    """An integration that works, with everyday mishaps: one draw a call decides whether there is one, a second one, which."""
    fate = draws.stream("sync/mishaps")
    rates = (
        ("unavailable", config.transient_error.value), ("name", config.refused_contact.value),
        ("attachment", config.attachment_warning.value), ("no answer", config.lost_answer.value),
        ("others", config.others_calling.value), ("number", config.duplicate_number.value),
        ("reference", config.lost_reference.value),
    )  # fmt: skip
    any_of_them = sum(rate for _, rate in rates)
    happens = fate.chance(any_of_them)

    def mishap(key: int, call: int) -> str:
        if not happens(key, call):
            return ""
        luck = fate.uniform(key, -call) * any_of_them
        for word, rate in rates:
            luck -= rate
            if luck < 0:
                return word
        return rates[0][0]

    return IntegrationPolicies(
        mishap=mishap, reads_answer=lambda key, answer: answer, request_id=lambda key, call: key,
        stale=draws.stream("sync/stale").chance(config.stale_edit.value),
    )  # fmt: skip


@dataclass(slots=True)
class FeedPolicies:
    """Decisions about downloads and uploads."""

    connects: Callable[[int, int], bool]
    """(feed, a code of `schema.FEED`; minute) -> whether the other side answers; if not, the next time brings both."""
    finds: Callable[[int, int], bool] | None = None
    """(what a gateway's line settles, minute) -> whether the feed finds it in Cin7; no policy: whatever is there."""


def healthy_feeds(noise: NoiseConfig, draws: Draws) -> FeedPolicies:
    """Connections that now and then get no answer."""
    silent = draws.stream("feeds/answers").chance(noise.failed_download.value)
    return FeedPolicies(connects=lambda feed, now: not silent(now << 6 | feed))
