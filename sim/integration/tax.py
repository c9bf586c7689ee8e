"""The map of taxes: the rule that each channel charges tax by, what Cin7 calls it, and the code that the ledger knows it as.

A document whose rule is linked bears the channel's own tax. Where a rule has lost its code, lines cannot be linked: the ledger
works the tax out itself, line by line, and an adjustment line to the rounding account makes up the difference to what the
customer paid (Cin7 help, Xero sync options). Knows nothing of calls, statuses or people.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import keys
from ..cin7.books import Document
from ..money import ratio
from ..operations.shop import channel_of
from ..schema import RECORD_TYPE, TRANSACTION_TYPE
from ..settings import Settings

TAX_RULE, TAX_CODE = "Tax rule", "Tax code"
"""Settings: a channel's rule, and a rule's code in the ledger; empty while it is not linked."""
EXEMPT = "Tax Exempt"
_BASIS = 10_000
_SALE = TRANSACTION_TYPE["Sale"]
_DOCUMENTS = (RECORD_TYPE["Invoices"], RECORD_TYPE["Credit notes"])
_CODES = {"Xero": ("OUTPUT", "TAX{:03d}", "NONE"), "QuickBooks Online": ("TAX", "TAX{:03d}", "NON")}
"""By ledger: the code of its first rate of sales tax, of further ones, and of none (Xero's TaxType, QuickBooks' TaxCodeRef)."""


def rule_name(basis: int) -> str:
    """What Cin7 calls a rate of sales tax, in 1/10,000."""
    return f"Sales Tax {basis / 100:g}%" if basis else EXEMPT


def codes(ledger: str, rates: Sequence[int]) -> dict[str, str]:
    """The ledger's code for the rule of each rate, in 1/10,000."""
    first, further, none = _CODES[ledger]
    taxed = [basis for basis in dict.fromkeys(rates) if basis]
    found = {rule_name(basis): further.format(n) if n else first for n, basis in enumerate(taxed)}
    return found | ({EXEMPT: none} if 0 in rates else {})


class TaxMap:
    """Which rule each channel has and which code each rule; what became of documents whose rule has none."""

    __slots__ = ("_channels", "_codes", "_opening", "_roles", "_rules", "_settings", "adjusted", "fresh", "rates",
                 "unlinked")  # fmt: skip

    def __init__(
        self, settings: Settings, ledger: str, channels: Sequence[tuple[str, int]], tax: int, rounding: int
    ) -> None:
        """`channels`: name and rate of each, in 1/10,000; `tax`, `rounding`: accounts."""
        self._settings, self._roles = settings, (tax, rounding)
        self._channels = [name for name, _ in channels]
        self.rates = {rule_name(basis): basis for _, basis in channels}
        """The rate of each rule, in 1/10,000."""
        self._opening = codes(ledger, [basis for _, basis in channels])
        self._rules = [rule_name(basis) for _, basis in channels]
        self._codes = dict(self._opening)
        self.unlinked: dict[int, str] = {}
        """Channels whose rule has no code in the ledger, by number: the rule."""
        self.adjusted: dict[int, tuple[int, str]] = {}
        """Cents that an adjustment line added to what the ledger worked out, and the rule, by the document's Cin7 key."""
        self.fresh: dict[int, str] = {}
        """Adjusted documents that nobody has looked into: the record's key, and the rule."""
        settings.on(TAX_RULE, self._set_rule)
        settings.on(TAX_CODE, self._set_code)

    def opening(self) -> list[tuple[str, str, str]]:
        """Setting, key and value of everything that holds at founding."""
        rows = [(TAX_RULE, name, rule) for name, rule in zip(self._channels, self._rules, strict=True)]
        return rows + [(TAX_CODE, rule, code) for rule, code in self._opening.items()]

    def rule_of(self, channel: int) -> str:
        """The rule of a channel now."""
        return self._rules[channel]

    def link(self, rule: str, now: int, user: int) -> bool:
        """Give a rule the code again that it had; False when it has it."""
        return self._settings.set(now, TAX_CODE, rule, self._opening[rule], user)

    def unlink(self, rule: str, now: int, user: int) -> bool:
        """A rule loses its code."""
        return self._settings.set(now, TAX_CODE, rule, "", user)

    def concerns(self, document: Document) -> bool:
        """Whether the tax of a document cannot be linked. Consolidated documents name their tax as an amount (assumption)."""
        return (
            document.control >= 0 and document.transaction_type == _SALE and document.record_type in _DOCUMENTS
            and keys.kind_of(document.key) == keys.ORDER and channel_of(document.key) in self.unlinked
        )  # fmt: skip

    def posted(self, document: Document, lines: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], int]:
        """The lines of a document as the ledger posts them that works out the tax itself; and the adjustment in cents.

        `lines` begin with the control account's; its amount stays what the customer owes.
        """
        tax, _ = self._roles
        sign = -1 if lines[0][1] > 0 else 1
        stated = sum(sign * cents for account, cents in lines[1:] if account == tax)
        before = sum(sign * cents for account, cents in lines[1:] if account != tax)
        nets = [price * units - discount for _, units, price, discount in document.items]
        nets.append(before - sum(nets))  # shipping, and what has no line of its own
        basis = self.rates[self.unlinked[channel_of(document.key)]]
        off = stated - sum(ratio(net, basis, _BASIS) for net in nets)
        return (self._moved(lines, sign * off), off) if off else (lines, 0)

    def taken_back(self, document: int, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The lines that take back a document which was adjusted."""
        sign = -1 if lines[0][1] > 0 else 1
        return self._moved(lines, sign * self.adjusted[document][0])

    def note(self, document: Document, cents: int) -> None:
        """The ledger has taken a document with an adjustment line."""
        self.adjusted[document.key] = cents, self.unlinked[channel_of(document.key)]

    def warn(self, document: int, record: int) -> tuple[int, str]:
        """The record of an adjusted document has arrived; cents and rule."""
        cents, rule = self.adjusted[document]
        self.fresh[record] = rule
        return cents, rule

    def rates_of_codes(self) -> list[tuple[str, str, str]]:
        """Rule, code and rate of everything that holds at founding."""
        return [(rule, code, f"{self.rates[rule] / 100:g}%") for rule, code in self._opening.items()]

    def _moved(self, lines: list[tuple[int, int]], cents: int) -> list[tuple[int, int]]:
        """`cents` (debit positive) stand on the rounding account instead of on that of tax."""
        tax, rounding = self._roles
        moved = [(account, amount - cents if account == tax else amount) for account, amount in lines]
        if not any(account == tax for account, _ in lines):
            moved.append((tax, -cents))
        return [*moved, (rounding, cents)]

    def _set_rule(self, channel: str, rule: str, now: int) -> None:
        del now
        if rule not in self.rates:
            raise ValueError(f"{rule!r} is no tax rule; known are {', '.join(self.rates)}")
        self._rules[self._channels.index(channel)] = rule
        self._find_unlinked()

    def _set_code(self, rule: str, code: str, now: int) -> None:
        del now
        if rule not in self.rates:
            raise ValueError(f"{rule!r} is no tax rule; known are {', '.join(self.rates)}")
        self._codes[rule] = code
        self._find_unlinked()

    def _find_unlinked(self) -> None:
        found = {n: rule for n, rule in enumerate(self._rules) if not self._codes[rule]}
        self.unlinked.clear()
        self.unlinked.update(found)
