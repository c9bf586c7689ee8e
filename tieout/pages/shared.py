"""Sections that both pages have: the business in a few words, and the pictures of what was recorded."""

from __future__ import annotations

import tomllib
from importlib import resources

from .evidence import Tables
from .markup import Markup, count, element, money, paragraphs, text
from .monthend import Month


def business_title(tables: Tables) -> str:
    """What kind of business it is, in a few words."""
    return _profile(tables.profile)[0]


def business(tables: Tables, months: list[Month]) -> list[Markup]:
    """What the business does, the window and its size."""
    described = _profile(tables.profile)[1]
    ledgers = {"xero": "Xero", "quickbooks": "QuickBooks Online"}
    sales, lines = tables("cin7/sales"), tables("cin7/sale_lines")
    revenue = sum(month.revenue for month in months)
    facts = {
        "Window": f"{tables.start} to {tables.end}",
        "Books": f"Cin7 Core and {ledgers.get(tables.ledger, tables.ledger)}",
        "Orders": count(len(sales)),
        "Order lines": count(len(lines)),
        "Revenue in the window": money(revenue),
        "Products": count(len(tables("cin7/products"))),
        "Customers": count(len(tables("cin7/customers"))),
        "Suppliers": count(len(tables("cin7/suppliers"))),
        "Purchases": count(len(tables("cin7/purchases"))),
        "Parcels": count(len(tables("operations/carrier_shipments"))),
    }
    items = (element("div", element("dt", name), element("dd", fact)) for name, fact in facts.items())
    return [paragraphs(" ".join(described.split())), element("dl", *items, class_="facts")]


def thousands(cents: float) -> str:
    """Cents on an axis, in thousands of dollars."""
    return f"${cents / 100_000:,.0f}k".replace("$-", "\N{MINUS SIGN}$")


def whole_percent(share: float) -> str:
    """A share on an axis."""
    return f"{share * 100:.0f} %".replace("-", "\N{MINUS SIGN}")


def _profile(name: str) -> tuple[str, str]:
    """Title and description of a profile; its name where the library has no such profile."""
    file = resources.files("scenarios").joinpath("profiles", f"{name}.toml")
    try:
        profile = tomllib.loads(file.read_text("utf-8"))
        return str(profile["title"]), str(profile["description"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return name, ""


def items(*lines: str) -> Markup:
    """A numbered list."""
    return element("ol", *(element("li", text(line)) for line in lines))
