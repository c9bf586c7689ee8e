"""Channels whose documents go to the ledger together: held until their time has come, then made into one document.

Which of a channel's invoices, cost of sales and payments go one by one, daily, monthly, by Amazon's settlement or not at all
is a dated setting (Cin7 help, Xero consolidation and channel sync). Purchases, deposits and credit notes are never
consolidated. It knows nothing of calls, statuses or retries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .. import keys
from ..cin7.books import Document
from ..clock import DAY, Calendar
from ..operations.shop import channel_of
from ..profile import SYNC_TYPES, ChannelSyncConfig, DemandConfig, Profile, SyncType, Variant, varied
from ..tables import Lexicon
from .limits import LIMITS
from .staging import INVOICES, JOURNALS, PAYMENTS

INDIVIDUAL, DAILY, MONTHLY, NONE, SETTLEMENT = range(len(SYNC_TYPES))
INVOICE, COGS, PAYMENT = range(3)
"""What a channel has a sync type for."""
WHAT = ("Invoices sync type", "COGS sync type", "Payments sync type")
"""What the settings are called."""
LINES_MAX = 500
"""Lines of a consolidated document (Cin7 help, Xero consolidation)."""
_CLASS = {INVOICES: INVOICE, JOURNALS: COGS, PAYMENTS: PAYMENT}
_NUMBERS = ("SO", "COGS", "PAY")
"""How consolidated documents are numbered: of invoices, SO-2019/04/26-Shopify(MyShop)-1 is Cin7's own example."""
_EVENING = 23 * 60
"""When the day's documents are put together (assumption)."""
_CALLS_A_SALE = 3.1
"""Calls that a sale takes where each document goes by itself: 5,000 a day are enough for about 1,600 orders (design)."""
_DAY_BITS, _COUNT_BITS = 13, 12
_EVERYBODY = 1 << 31
"""Customers of a consolidated document: no customer of a channel has this number."""


class Channel(NamedTuple):
    """A sales channel as the integration knows it."""

    name: str
    label: str
    """As the numbers of consolidated documents say it: Shopify(MyShop)."""
    settled_at: Callable[[], int]
    """The minute of its last settlement, -1 for none; only Amazon has them."""


class Bundle(NamedTuple):
    """One document made of many."""

    document: Document
    carries: tuple[int, ...]


class Consolidator:
    """What is held for channels that are not sent one by one."""

    __slots__ = ("_as_journals", "_calendar", "_channels", "_counts", "_held", "_lexicon", "_next", "_tax", "_types")

    def __init__(
        self, channels: Sequence[Channel], calendar: Calendar, lexicon: Lexicon, tax: int, *, as_journals: bool
    ) -> None:
        """`as_journals`: QuickBooks Online gets journal entries instead of invoices and payments; `tax`: the tax account."""
        self._channels, self._calendar, self._lexicon = channels, calendar, lexicon
        self._as_journals, self._tax = as_journals, tax
        self._types = [[INDIVIDUAL] * len(WHAT) for _ in channels]
        self._held: list[list[dict[int, list[Document]]]] = [[{} for _ in WHAT] for _ in channels]
        """Documents by channel, class and day; those of a month's last day or later never meet those of the next month."""
        self._counts: dict[int, int] = {}
        self._next = _EVENING

    def set_type(self, channel: int, what: int, sync_type: SyncType) -> None:
        """From now on, documents of that class go like this; what is held already goes at its own time."""
        self._types[channel][what] = SYNC_TYPES.index(sync_type)

    def type_of(self, document: Document) -> int:
        """How a document goes to the ledger."""
        key, what = document.key, _CLASS.get(document.record_type, -1)
        if what < 0 or keys.kind_of(key) != keys.ORDER or document.resent or document.voids or document.amends >= 0:
            return INDIVIDUAL
        if what == PAYMENT and keys.document_kind_of(document.settles) != keys.INVOICE:
            return INDIVIDUAL  # refunds go with their credit notes
        return self._types[channel_of(key)][what]

    def hold(self, document: Document) -> None:
        """Keep a document until its time has come."""
        held = self._held[channel_of(document.key)][_CLASS[document.record_type]]
        held.setdefault(document.effective_date, []).append(document)

    def holds(self, until: int) -> bool:
        """Whether anything dated up to day `until` is held."""
        return any(day <= until for channel in self._held for held in channel for day in held)

    def holds_document(self, key: int) -> bool:
        """Whether a document is held."""
        held = self._held[channel_of(key)]
        return any(document.key == key for days in held for day in days.values() for document in day)

    def held(self) -> list[Document]:
        """Everything that is held."""
        return [document for channel in self._held for held in channel for day in held.values() for document in day]

    def is_evening(self, now: int) -> bool:
        """Whether the day's documents are to be put together now; true once a day."""
        if now < self._next:
            return False
        self._next = (now // DAY + 1) * DAY + _EVENING
        return True

    def bundles(self, what: int, now: int, arrived: Mapping[int, int]) -> list[Bundle]:
        """Documents made of those whose time has come; `arrived` says what became of invoices, for their payments."""
        found: list[Bundle] = []
        for n, channel in enumerate(self._channels):
            held = self._held[n][what]
            if not held:
                continue
            mode = self._types[n][what]
            settled = channel.settled_at()
            for days, date in self._due(mode, sorted(held), now // DAY, settled // DAY):
                documents = [document for day in days for document in held.pop(day)]
                if what == PAYMENT:
                    documents = self._keep_waiting(documents, arrived, held)
                found += self._parts(n, what, date, documents, arrived)
        return found

    # -- inside -------------------------------------------------------------------------------------------------

    def _due(self, mode: int, days: list[int], today: int, settled: int) -> list[tuple[list[int], int]]:
        """Days that go together, and the date of their document."""
        if mode in (DAILY, INDIVIDUAL, NONE):
            return [([day], day) for day in days if day <= today]
        groups: dict[int, list[int]] = {}
        for day in days:
            month_end = self._month_end(day)
            if month_end <= today:
                groups.setdefault(month_end, []).append(day)
            elif mode == SETTLEMENT and day <= settled:
                groups.setdefault(settled, []).append(day)
        # A settlement's part of a month that is over, like a month, bears the month's last day.
        return [(days, date) for date, days in groups.items()]

    def _month_end(self, day: int) -> int:
        date = self._calendar.date(day)
        following = (date.year * 12 + date.month) % 12 + 1, date.year + date.month // 12
        return self._calendar.day(date.replace(year=following[1], month=following[0], day=1)) - 1

    def _keep_waiting(
        self, payments: list[Document], arrived: Mapping[int, int], held: dict[int, list[Document]]
    ) -> list[Document]:
        """Put back payments whose invoice is not in the ledger; return the others."""
        ready = []
        for payment in payments:
            if payment.settles in arrived:
                ready.append(payment)
            else:
                held.setdefault(payment.effective_date, []).append(payment)
        return ready

    def _parts(self, n: int, what: int, date: int, documents: list[Document], arrived: Mapping[int, int]) -> list[Bundle]:
        """Documents of at most `LINES_MAX` lines; payments by what they settle in the ledger, and from where to where."""
        groups: dict[tuple[int, ...], list[Document]] = {}
        for document in documents:
            of: tuple[int, ...] = ()
            if not self._as_journals:
                of = (document.control,)
                if what == PAYMENT:
                    of = (arrived[document.settles], *document.pairs[0][:2])
            groups.setdefault(of, []).append(document)
        found: list[Bundle] = []
        for group in groups.values():
            part: list[Document] = []
            lines = 0
            for document in group:
                own = sum(credit != self._tax for _, credit, _ in document.pairs)
                if part and lines + own > LINES_MAX:
                    found.append(self._bundle(n, what, date, part))
                    part, lines = [], 0
                part.append(document)
                lines += own
            if part:
                found.append(self._bundle(n, what, date, part))
        return found

    def _bundle(self, n: int, what: int, date: int, documents: list[Document]) -> Bundle:
        place = ((n << 2 | what) << _DAY_BITS | date) << _COUNT_BITS
        count = self._counts[place] = self._counts.get(place, 0) + 1
        if count >> _COUNT_BITS:
            raise ValueError(f"more than {count - 1} consolidated documents of a channel on one day")
        first = documents[0]
        pairs: dict[tuple[int, int], int] = {}
        for document in documents:
            for debit, credit, cents in document.pairs:
                pairs[debit, credit] = pairs.get((debit, credit), 0) + cents
        label = f"{_NUMBERS[what]}-{self._calendar.date(date):%Y/%m/%d}-{self._channels[n].label}-{count}"
        is_document = what != COGS and not self._as_journals
        merged = Document(
            keys.document(keys.root(keys.CONSOLIDATED, place | count), keys.BUNDLE), first.record_type, first.transaction_type,
            date, max(document.recorded_at for document in documents),
            tuple((debit, credit, cents) for (debit, credit), cents in pairs.items()), self._lexicon.text(label),
            keys.root(keys.PARTY, _EVERYBODY | n) if is_document else -1,
            date + first.due_date - first.effective_date if what == INVOICE else -1,
            first.settles if is_document else -1, first.control if is_document else -1,
        )  # fmt: skip
        return Bundle(merged, tuple(document.key for document in documents))


def sync_type_of(word: str) -> SyncType:
    """A sync type by its word. Raises ValueError when there is none of that name."""
    return SYNC_TYPES[SYNC_TYPES.index(word)]


def sync_types(profile: Profile, ledger: str, orders_a_year: int, variant: Variant) -> list[ChannelSyncConfig]:
    """How each channel's documents go to the ledger, as the profile says.

    But where the busiest month has more orders a day than the ledger takes calls for, all other channels whose customers pay
    by gateway are consolidated daily.
    """
    said = {types.name: types for types in profile.sync.channels}
    types = [said.get(channel.name, ChannelSyncConfig(channel.name)) for channel in profile.channels]
    most = profile.sync.calls_per_day or LIMITS[ledger].per_day
    a_day = sum(_busiest_day(varied(channel.demand, variant), orders_a_year * channel.share) for channel in profile.channels)
    if not most or a_day * _CALLS_A_SALE <= most:
        return types
    daily: SyncType = "Daily consolidate"
    return [
        ChannelSyncConfig(channel.name, daily, daily, daily) if channel.gateways and channel.name not in said else own
        for channel, own in zip(profile.channels, types, strict=True)
    ]


def _busiest_day(demand: DemandConfig, orders: float) -> float:
    """Mean orders a day of the busiest month a year from now, when business grows."""
    months = demand.month.values
    return orders / 365 * max(months) * len(months) / sum(months) * (1.0 + max(0.0, demand.yearly_growth.value))
