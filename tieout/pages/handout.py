"""The trainee's page: what anybody with access to the systems could export, and the questions to answer.

It opens the evidence only. It points at nothing: open documents are shown by status and age, all of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from .. import plots
from . import shared
from .evidence import Tables, value
from .markup import Cell, Column, Markup, badge, count, element, figure, moment, money, page, percent, table
from .monthend import Month, months

_AGES = ((7, "up to 7 days"), (30, "8 to 30"), (60, "31 to 60"), (90, "61 to 90"), (10**6, "over 90"))
_STATUSES = ("Completed", "Pending", "Failed", "Skipped", "Warning")
_LAYERS = ("operations", "cin7", "integration", "ledger")
_TICKETS_SHOWN, _MESSAGES_SHOWN, _SETTINGS_SHOWN = 150, 30, 40

QUESTIONS = (
    "Is something wrong at all? If you think not, say what explains each thing that looks odd.",
    "In which layer did it begin: operations, Cin7, the integration or the ledger? What speaks against the others?",
    "Since when? Name the first document.",
    "Which documents are affected? Give their numbers, and the rule by which you found them.",
    "How much is misstated, in which account, at the end of the window?",
    "Who noticed what, and what did people do about it? Did that help or hide it?",
    "What would you do now: on the affected documents, in the closed months, and so that it does not come back?",
)


def handout(tables: Tables) -> str:
    """The page as HTML."""
    figures = months(tables)
    sections: list[tuple[str, str, list[Cell]]] = [
        ("business", "The business", [*shared.business(tables, figures)]),
        ("months", "Month by month", [month_table(figures), *_pictures(figures)]),
        ("sync", "The sync queue", [_sync_months(tables), _sync_messages(tables)]),
        ("documents", "Documents by status", [_documents(tables)]),
        ("tickets", "What people reported", [_tickets(tables)]),
        ("changes", "Lock dates and settings", [_locks(tables), _settings(tables)]),
        ("questions", "Your questions", [shared.items(*QUESTIONS)]),
    ]
    lead = element(
        "p",
        "These are the exports of one business on the evening of ", element("strong", str(tables.end), class_="nowrap"),
        ". Perhaps something went wrong in it, perhaps it only looks so. Read, then answer the questions at the end.",
    )  # fmt: skip
    foot = "Made from the evidence alone. Amounts in dollars; dates as year-month-day, local business time."
    return page(f"Case handout: {shared.business_title(tables)}", "For the trainee", lead, sections, foot)


def month_table(figures: list[Month]) -> Markup:
    """The month-end table from evidence."""
    heads = ("Revenue", "COGS", "Gross margin", "Inventory in Cin7", "Inventory in the ledger", "Cin7 less ledger",
             "Clearing accounts", "Receivable", "Payable", "Goods received not invoiced")  # fmt: skip
    rows = [
        (
            str(m.end), money(m.revenue), money(m.cogs), percent(m.margin), money(m.stock_cin7), money(m.stock_ledger),
            money(m.stock_cin7 - m.stock_ledger), money(m.clearing), money(m.receivable), money(m.payable),
            money(m.grni),
        )
        for m in figures
    ]  # fmt: skip
    note = (
        "As the systems stood on the evening of each month-end: what was entered later counts in the later month. "
        "COGS holds all direct-cost accounts, stock differences included. What the business owes is shown positive."
    )
    columns = [Column("Month-end"), *(Column(head, figures=True) for head in heads)]
    return table("Month-end figures", columns, rows, note=note, classes="pinned")


def _pictures(figures: list[Month]) -> list[Markup]:
    ends = [m.end for m in figures]
    margin = plots.lines(
        "margin", "Gross margin of each month in percent of revenue; the figures are in the table above.", ends,
        [plots.Series("Gross margin", [m.margin for m in figures], "--blue", "o")],
        ticks=shared.whole_percent, least_span=0.10,
    )  # fmt: skip
    highest = max((max(m.stock_cin7, m.stock_ledger) for m in figures), default=0)
    stock = plots.lines(
        "stock", "Inventory in Cin7 and in the ledger at each month-end; the figures are in the table above.", ends,
        [plots.Series("in the ledger", [float(m.stock_ledger) for m in figures], "--orange", "s", width=3.4),
         plots.Series("in Cin7", [float(m.stock_cin7) for m in figures], "--blue", "o", (3, 2))],
        ticks=shared.thousands, least_span=0.15 * highest,
    )  # fmt: skip
    pair = element("div", figure(margin, "Gross margin by month"), figure(stock, "Inventory at month-end"),
                   class_="figures-row")  # fmt: skip
    return [pair]


def _sync_months(tables: Tables) -> Markup:
    records = tables("integration/sync_records")
    frame = pd.DataFrame({
        "month": records["created_at"].dt.strftime("%Y-%m"), "direction": records["direction"],
        "status": records["status"],
    })  # fmt: skip
    counts = frame.groupby(["month", "direction", "status"]).size().unstack(fill_value=0)
    log = tables("integration/sync_status_log")
    troubled = set(log.loc[log["status"].isin(["Failed", "Skipped", "Warning"]), "record_key"])
    ever = frame[records["record_key"].isin(troubled)].groupby(["month", "direction"]).size()
    rows = []
    for key, row in counts.iterrows():
        month, direction = key if isinstance(key, tuple) else (key, "")
        cells = [count(int(row.get(status, 0))) for status in _STATUSES]
        rows.append((str(month), str(direction), *cells, count(int(ever.get(key, 0)))))
    columns = [Column("Staged in"), Column("Direction"), *(Column(s, figures=True) for s in _STATUSES),
               Column("Ever failed, skipped or warned", figures=True)]  # fmt: skip
    note = "Status on the last evening of the records staged in each month; inbound is into Cin7, outbound to the ledger."
    return table("Sync records by month and status", columns, rows, note=note)


def _sync_messages(tables: Tables) -> Markup:
    attempts = tables("integration/sync_attempts")
    said = attempts[attempts["message"].notna() | attempts["error_code"].notna()]
    said = said.assign(error_code=said["error_code"].fillna(""), message=said["message"].fillna(""))
    grouped = said.groupby(["http_status", "error_code", "message"])["attempted_at"].agg(["size", "min", "max"])
    grouped = grouped.sort_values("size", ascending=False, kind="stable").head(_MESSAGES_SHOWN).reset_index()
    rows = [
        (str(r["message"]), f"{r['http_status']} {r['error_code']}".strip(), count(int(r["size"])), _day(r["min"]),
         _day(r["max"]))
        for r in grouped.to_dict("records")
    ]  # fmt: skip
    columns = [Column("Message"), Column("Answer", short=True), Column("Times", figures=True), Column("First", short=True),
               Column("Last", short=True)]  # fmt: skip
    return table("What the other system answered", columns, rows, classes="prose long")


def _documents(tables: Tables) -> Markup:
    """Every kind of document by its status on the last evening, and by how long it has had it."""
    log = tables("cin7/document_status_log").sort_values(["document_key", "at"], kind="stable")
    last = log.drop_duplicates("document_key", keep="last")
    end = pd.Timestamp(tables.end) + pd.Timedelta(days=1)
    days = (end - last["at"]).dt.days
    edges = [-1, *(limit for limit, _ in _AGES)]
    frame = pd.DataFrame({
        "type": last["document_type"], "status": last["status"], "at": last["at"],
        "age": pd.cut(days, edges, labels=[name for _, name in _AGES]).astype(str),
    })  # fmt: skip
    groups = frame.groupby(["type", "status"])
    sizes, oldest = groups.size(), groups["at"].min()
    ages = frame.groupby(["type", "status", "age"]).size().unstack(fill_value=0)
    rows = [
        (str(key[0]), str(key[1]), count(int(size)), *(count(int(ages.loc[key].get(name, 0))) for _, name in _AGES),
         _day(oldest[key]))
        for key, size in sizes.items() if isinstance(key, tuple)
    ]  # fmt: skip
    columns = [Column("Document"), Column("Status"), Column("Documents", figures=True),
               *(Column(name, figures=True) for _, name in _AGES), Column("Oldest since", short=True)]  # fmt: skip
    note = (
        "Status on the last evening, and for how many days each document has had it. The documents themselves are in "
        "cin7/document_status_log and in the table of their kind."
    )
    return table("All documents of Cin7 by status and age", columns, rows, note=note)


def _tickets(tables: Tables) -> Markup:
    frames = [tables(f"{layer}/issue_log").assign(layer=layer) for layer in _LAYERS]
    tickets = pd.concat(frames, ignore_index=True).sort_values(["raised_at", "ticket_id"], ascending=False)
    left = len(tickets) - _TICKETS_SHOWN
    note = "Newest first. Complaints are what people believed at the time; some turn out wrong."
    if left > 0:
        note += f" {count(left)} older ones are in the layers' issue_log tables."
    rows = [
        (moment(_time(r["raised_at"])), str(r["text"]), badge(str(r["layer"])), str(value(r["raised_by"]) or ""))
        for r in tickets.head(_TICKETS_SHOWN).to_dict("records")
    ]
    columns = [Column("Raised", short=True), Column("What they wrote"), Column("Layer", short=True), Column("By", short=True)]
    return table("Tickets of the issue logs", columns, rows, note=note, classes="long")


def _locks(tables: Tables) -> Markup:
    frame = tables("ledger/lock_dates").sort_values("recorded_at")
    rows = [
        (moment(_time(r["recorded_at"])), moment(_date(r["lock_date"])), str(r["kind"]).replace("_", " "),
         str(value(r["set_by"]) or ""))
        for r in frame.to_dict("records")
    ]  # fmt: skip
    columns = [Column("Set at", short=True), Column("Locked up to", short=True), Column("Kind"), Column("By")]
    return table("Lock dates of the ledger", columns, rows)


def _settings(tables: Tables) -> Markup:
    opening = pd.Timestamp(tables.start) + pd.Timedelta(days=1)
    frames = [tables(f"{layer}/settings_log").assign(layer=layer) for layer in _LAYERS[1:]]
    changed = pd.concat([frame[frame["recorded_at"] >= opening] for frame in frames], ignore_index=True)
    changed = changed.sort_values(["recorded_at", "layer", "setting", "key"])
    left = len(changed) - _SETTINGS_SHOWN
    rows = [
        (moment(_time(r["recorded_at"])), badge(str(r["layer"])), str(r["setting"]), str(value(r["key"]) or ""),
         value(r["old_value"]), value(r["new_value"]), str(value(r["changed_by"]) or ""))
        for r in changed.tail(_SETTINGS_SHOWN).to_dict("records")
    ]  # fmt: skip
    columns = [Column("Changed at", short=True), Column("Layer"), Column("Setting"), Column("Of", short=True), Column("From"),
               Column("To"), Column("By")]  # fmt: skip
    note = f"{count(left)} earlier changes are in the settings_log tables." if left > 0 else ""
    return table("Settings changed after the first day", columns, rows, note=note)


def _time(cell: Any) -> dt.datetime:
    time: dt.datetime = pd.Timestamp(cell).to_pydatetime()
    return time


def _date(cell: Any) -> dt.date | None:
    return None if value(cell) is None else _time(cell).date()


def _day(cell: Any) -> str:
    return moment(_time(cell).date())
