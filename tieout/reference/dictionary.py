"""The data dictionary: every evidence table and column, written from `sim.schema` alone."""

from __future__ import annotations

from sim.schema import LAYERS, TABLES, VERSION, WORDS, Column, Fact, Fold, all_columns

from .markdown import anchor, code, table

_LAYER_MEANS = {
    "operations": "what the outside world's own papers say, under their own references",
    "cin7": "what Cin7 Core records",
    "integration": "what the machines between the systems did",
    "ledger": "what Xero or QuickBooks Online holds",
}
_SHOWN_AS = {
    "key": "key", "minute": "time", "day": "date", "cents": "cents", "cost": "cost", "units": "units", "count": "number",
    "flag": "flag", "code": "word", "text": "text",
}  # fmt: skip
_KINDS = (
    ("key", "text", "16 hexadecimal digits; equal keys of one space are the same thing, across tables. Null: none"),
    ("word", "text", "one of a list: a fixed one ([word lists](#word-lists)) or one of the business's own"),
    ("text", "text", "free text or a number for people"),
    ("time", "timestamp, ms", "local business time to the minute, no time zone"),
    ("date", "date", "local business date"),
    ("cents", "int64", "whole cents of the business's one currency"),
    ("cost", "int64", "cost of one unit, 1/10,000 of the currency"),
    ("units", "int64", "units of a product"),
    ("number", "int64", "a count or a place in a document"),
    ("flag", "int64", "1 for yes, 0 for no"),
)

_READING = (
    "A column's *real name* is the field of Cin7 Core's API v2, Xero's or the channel's API that it stands for; empty where "
    "the real system shows it otherwise. \\* marks what is there for people to read and ignored when cases are compared."
)


def page() -> str:
    """The text of `docs/data-dictionary.md`."""
    lines = [
        "# Data dictionary", "", "Generated from `sim/schema.py` by `make docs`; do not edit.", "",
        f"The evidence of a case, schema version {VERSION}: {len(TABLES)} tables in {len(LAYERS)} folders, one a layer.",
        _READING, "", *table(("type", "stored as", "meaning"), _KINDS), "",
    ]  # fmt: skip
    lines += _contents()
    for layer in LAYERS:
        lines += [f"## {layer}", "", f"{_LAYER_MEANS[layer][0].upper()}{_LAYER_MEANS[layer][1:]}.", ""]
        for name, fact in TABLES.items():
            if name.split("/")[0] == layer:
                lines += _table(name, fact)
    lines += ["## Word lists", "", *table(("list", "words"), [(name, _words(name)) for name in WORDS])]
    return "\n".join(lines) + "\n"


def _contents() -> list[str]:
    rows = []
    for layer in LAYERS:
        links = [f"[{name.split('/')[1]}]({anchor(name)})" for name in TABLES if name.split("/")[0] == layer]
        rows.append((f"[{layer}]({anchor(layer)})", ", ".join(links)))
    return [*table(("layer", "tables"), rows), ""]


def _words(name: str) -> str:
    return ", ".join(code(word) for word in WORDS[name].words)


def _table(name: str, fact: type[Fact]) -> list[str]:
    folds = {fold.name: fold for fold in fact.TABLE.folds}
    rows = []
    for title, column in all_columns(fact).items():
        means = f"{column.meaning} ({_fold(folds[title])})" if title in folds else column.meaning
        rows.append((code(title), _type(column), means, code(column.real)))
    facts = f"Sorted by {', '.join(code(column) for column in fact.TABLE.sort)}. {_known(fact)}"
    summary = (fact.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
    return [f"### {name}", "", f"{summary} {facts}", "", *table(("column", "type", "meaning", "real name"), rows), ""]


def _type(column: Column) -> str:
    star = " \\*" if column.cosmetic else ""
    shown = _SHOWN_AS[column.kind]
    if not column.of:
        return shown + star
    return f"{shown}: [{column.of}](#word-lists){star}" if column.of in WORDS else f"{shown}: {column.of}{star}"


def _known(fact: type[Fact]) -> str:
    """When a row becomes known, in words."""
    about = fact.TABLE
    if not about.known:
        return "Known from founding."
    if about.parent:
        return f"Known with its row of `{about.parent}` (`{about.known}`)."
    kind = all_columns(fact)[about.known].kind
    return f"Known {'on the evening of' if kind == 'day' else 'from'} `{about.known}`."


def _fold(fold: Fold) -> str:
    what = "sum" if fold.how == "sum" else "last"
    return f"{what} `{fold.value}` of `{fold.log}` by `{fold.log_on}`"
