"""HTML by small pure functions: text is escaped unless it is `Markup` already.

Knows nothing of cases, evidence or truth.
"""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Iterable, Sequence
from importlib import resources

import msgspec

NOTHING = "\N{EN DASH}"
"""Shown where there is no value."""
_MINUS = "\N{MINUS SIGN}"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


class Column(msgspec.Struct, frozen=True):
    """A table's column: its heading and how its cells are set."""

    label: str
    figures: bool = False
    """Set to the right, digits below digits."""
    short: bool = False
    """Never broken into lines: dates, numbers of documents."""

    @property
    def kind(self) -> str:
        """The style's class for its cells."""
        return "figures" if self.figures else "short" if self.short else "words"


Cell = str | int | None


def text(value: Cell) -> Markup:
    """`value` as HTML: escaped, unless it is HTML already."""
    if isinstance(value, Markup):
        return value
    return Markup(html.escape(NOTHING if value is None else str(value)))


def join(parts: Iterable[Cell], between: str = "") -> Markup:
    """All parts as HTML, one after the other."""
    return Markup(between.join(text(part) for part in parts))


def element(tag: str, *children: Cell, **attributes: str) -> Markup:
    """One element; `class_` stands for class, an underscore in a name for a hyphen."""
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    words = "".join(f' {names[name]}="{html.escape(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{words}>{join(children)}</{tag}>")


def money(cents: int | None) -> str:
    """Cents as dollars: $1,234.56."""
    if cents is None:
        return NOTHING
    return f"{_MINUS if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def when(value: str | dt.datetime | dt.date | None) -> Markup:
    """A moment within running text, kept on one line."""
    return element("span", moment(value), class_="nowrap")


def number_of(number: int, one: str) -> str:
    """So many of something: 1 unit, 2 units."""
    return f"{count(number)} {one}{'' if abs(number) == 1 else 's'}"


def count(number: int | None) -> str:
    """A whole number with thousands separators."""
    if number is None:
        return NOTHING
    return f"{_MINUS if number < 0 else ''}{abs(number):,}"


def percent(share: float | None) -> str:
    """A share as a percentage with one digit."""
    if share is None or math.isnan(share):
        return NOTHING
    return f"{share * 100:.1f} %".replace("-", _MINUS)


def moment(value: str | dt.datetime | dt.date | None) -> str:
    """A date as 2025-05-12, a time as 2025-05-12 16:45."""
    if value is None:
        return NOTHING
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return str(value).replace("T", " ")[:16]


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    note: str = "",
    classes: str = "",
) -> Markup:
    """A table with caption and headings that scrolls sideways on its own; the first cell heads its row."""
    head = join(
        element("th", column.label, scope="col", class_=column.kind)
        for column in columns
    )
    body = join(_row(columns, row) for row in rows)
    if not body:
        empty = Markup(f'<td colspan="{len(columns)}" class="empty">none</td>')
        body = element("tr", empty)
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", head)),
        element("tbody", body),
        class_=classes or "plain",
    )
    box = element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return join([box, element("p", note, class_="note")]) if note else box


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> Markup:
    kinds = [column.kind for column in columns]
    first = element("th", row[0], scope="row", class_=kinds[0])
    rest = (element("td", cell, class_=kind) for cell, kind in zip(row[1:], kinds[1:], strict=True))
    return element("tr", first, *rest)


def section(anchor: str, title: str, *children: Cell) -> Markup:
    """A part of the page under its own heading, which `page` lists in the contents."""
    return element("section", element("h2", title, id=anchor), *children, aria_labelledby=anchor)


def paragraphs(words: str) -> Markup:
    """Running text; an empty line begins a new paragraph, other ends of lines are spaces."""
    blocks = (" ".join(block.split()) for block in words.replace("\r", "").split("\n\n"))
    return join(element("p", block) for block in blocks if block)


def figure(picture: Markup, caption: str) -> Markup:
    """A picture with the words below it."""
    return element("figure", picture, element("figcaption", caption))


def badge(layer: str) -> Markup:
    """The name of a layer, in its colour as well as in words."""
    known = {"operations": "Operations", "cin7": "Cin7", "integration": "Integration", "ledger": "Ledger"}
    return element("span", known.get(layer, layer), class_=f"badge {layer}" if layer in known else "badge")


def verdict(right: bool | None, words: str) -> Markup:
    """A judgement: a sign, a colour and words."""
    sign, kind = {True: ("✓", "right"), False: ("✗", "wrong"), None: (NOTHING, "open")}[right]
    return element("span", element("span", sign, aria_hidden="true"), f" {words}", class_=f"verdict {kind}")


def page(
    title: str, eyebrow: str, lead: Cell, sections: Sequence[tuple[str, str, Sequence[Cell]]], foot: str
) -> str:
    """A whole page. `sections` are anchor, heading and content."""
    style = resources.files(__package__).joinpath("style.css").read_text("utf-8")
    contents = element(
        "nav",
        element("ul", *(element("li", element("a", head, href=f"#{anchor}")) for anchor, head, _ in sections)),
        aria_label="Contents",
    )
    body = join(section(anchor, head, *children) for anchor, head, children in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the content</a>\n'
        f'<header><p class="eyebrow">{html.escape(eyebrow)}</p><h1>{html.escape(title)}</h1>'
        f'<div class="lead">{text(lead)}</div>{contents}</header>\n'
        f'<main id="main">{body}</main>\n<footer><p>{html.escape(foot)}</p></footer>\n</body>\n</html>\n'
    )
