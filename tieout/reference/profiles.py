"""The page of businesses: what each is like, which marks of complexity it bears, and whether a generalist is enough."""

from __future__ import annotations

from scenarios import complexity, loader
from sim.profile import Profile

from .markdown import table

_HEAD = """# Businesses

Written from `scenarios/profiles/*.toml` by `make docs`. Each comes in three sizes and in the variants steady, growing, seasonal
and shrinking; every figure in the files carries its source, or says that it is an assumption.
"""


def page() -> str:
    """The whole page."""
    profiles = [loader.load_profile(name) for name in loader.profiles()]
    lines = [_HEAD]
    for profile in profiles:
        sizes = profile.orders_a_year
        orders = f"Orders a year: {sizes.small:,} small, {sizes.medium:,} medium, {sizes.large:,} large."
        lines += [f"## `{profile.name}`", "", f"*{profile.title}.* " + " ".join(profile.description.split()), "",
                  f"{orders} Ledger: {_LEDGERS[profile.ledger]}.", ""]  # fmt: skip
        lines += table(("channel", "kind", "share of orders", "ships from", "paid by"), _channels(profile))
        lines.append("")
    lines += ["## Marks of complexity", "", "The practitioners' ten; the more a business bears, the less one system tells.", ""]
    lines += _ticks(profiles, [complexity.marks(profile) for profile in profiles])
    lines += ["", "## When a generalist is enough", "", _FURTHER, ""]
    lines += _ticks(profiles, [complexity.generalist_conditions(profile) for profile in profiles])
    return "\n".join(lines) + "\n"


_FURTHER = """Two further conditions are no property of a business: a one-off with a traceable source, and a provider who can
move through configuration, integration and ledger."""
_LEDGERS = {"xero": "Xero", "quickbooks": "QuickBooks Online"}


def _channels(profile: Profile) -> list[tuple[str, ...]]:
    return [
        (channel.name, channel.kind, f"{channel.share:.0%}", channel.location,
         ", ".join(share.name for share in channel.gateways) or "on account")
        for channel in profile.channels
    ]  # fmt: skip


def _ticks(profiles: list[Profile], answers: list[dict[str, bool]]) -> list[str]:
    head = ("", *(f"`{profile.name}`" for profile in profiles))
    rows = [(mark, *("yes" if answer[mark] else "" for answer in answers)) for mark in answers[0]]
    return table(head, [*rows, ("**in all**", *(str(sum(answer.values())) for answer in answers))])
