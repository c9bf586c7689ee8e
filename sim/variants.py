"""The range of a business: product codes, names, and families whose members differ by options such as colour and size.

Pure: words of the profile in, one entry a product out, in the order of their numbers. Knows no price and no stock.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .profile import CatalogueConfig, CategoryConfig

_COLOURS = {"BLK": "Black", "WHT": "White", "NVY": "Navy", "OLV": "Olive", "RST": "Rust"}
"""What colours are called where customers choose one; others are called as they are written."""
_FIRST_STYLE, _FIRST_SINGLE = 10, 1001
"""Numbers of the first style and of the first product without variants (assumption)."""


class Variant(msgspec.Struct, frozen=True):
    """One product of the range."""

    sku: str
    name: str
    category: str
    family: str = ""
    """The family's code; empty for a product of its own."""
    options: tuple[str, str] = ("", "")
    """What it is among its family: one value for each option of the family, the rest empty."""
    names: tuple[str, str] = ("", "")
    """What the options are called."""


def variants(config: CatalogueConfig) -> list[Variant]:
    """All products, category by category; no code and no combination of options of a family occurs twice."""
    return [_variant(config, category, n) for category in config.categories for n in range(category.products)]


def _variant(config: CatalogueConfig, category: CategoryConfig, n: int) -> Variant:
    varies = category.varies if category.varies is not None else ["colour", "size"] if config.families else []
    if not varies:
        number = n + _FIRST_SINGLE
        return Variant(f"{category.code}-{number}", f"{category.name} {number}", category.name)
    rest, values = n, dict[str, str]()
    for option in reversed(varies):  # the last option changes first
        rest, place = divmod(rest, len(_values(config, option)))
        values[option] = _values(config, option)[place]
    family = f"{category.code}-{rest + _FIRST_STYLE}"
    written = [values[option] for option in varies]
    shown = [_COLOURS.get(word, word) for word in written]
    return Variant("-".join((family, *written)), f"{category.name} {rest + _FIRST_STYLE}, {', '.join(shown)}", category.name,
                   family, _two(shown), _two([option.capitalize() for option in varies]))  # fmt: skip


def _values(config: CatalogueConfig, option: str) -> list[str]:
    return config.colours if option == "colour" else config.sizes


def _two(words: Sequence[str]) -> tuple[str, str]:
    first, second, *_ = [*words, "", ""]
    return first, second
