"""The trainer's page: what happened, what each detector said about it, and one affected order from end to end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from detectors.scorecard import Scorecard
from sim import decoys, faults
from sim.causes import Cause, causes
from sim.faults.contract import cause_of

from .. import chain, plots
from . import detectors, scorecard, shared
from .evidence import Tables
from .markup import (
    Cell,
    Column,
    Markup,
    badge,
    count,
    element,
    figure,
    join,
    moment,
    money,
    number_of,
    page,
    paragraphs,
    percent,
    table,
    when,
)
from .monthend import Month, gross_margin, kinds, months
from .truth import Act, Answer, Happened, LookAlike, Truth, onset_of

_STAGES = {
    1: ("Slip", "a flawed set-up, or an operational slip"),
    2: ("Stock drift", "Cin7's quantities, states or unit costs leave reality"),
    3: ("Pipeline clogs", "a sync record is not clean"),
    4: ("Books differ", "a control account is off"),
    5: ("Trust is lost", "somebody changes how they work"),
    6: ("Control is lost", "stockouts, excess purchases, unexplained margin"),
}
_ACTS = {
    "distrust": "stops believing the screen", "spreadsheet": "orders from a sheet of their own",
    "recurring_journal": "posts the gap by a journal, taken back and posted again", "tie_out_journal": "posts the gap in stock",
    "revenue_journal": "posts revenue by hand", "clearing_to_zero": "forces a clearing account to zero",
    "spend_money": "pays suppliers straight from the bank", "stock_adjustment": "adjusts stock until a count agrees",
    "skip": "skips a record to get it off the screen", "reopen_without_push": "opens a closed month and pushes nothing",
}  # fmt: skip
"""What the acts of staff are called on the page, by their kind in the answer."""
_LAYERS = {"operations": "Operations", "cin7": "Cin7", "integration": "Integration", "ledger": "Ledger"}
_DOCUMENTS_SHOWN = 15


def reveal(tables: Tables, truth: Truth, results: list[dict[str, Any]], card: Scorecard) -> str:
    """The page as HTML."""
    faults.discover()  # fills the register of causes
    answer, known = truth.answer, causes()
    figures = months(tables)
    sections: list[tuple[str, str, list[Cell]]] = [("happened", "What happened", _happened(tables, answer, known))]
    if answer.causes:
        sections.append(("stages", "How it unfolded", _unfolded(tables, answer, known)))
    sections.append(("months", "Month by month", _months(tables, truth, figures)))
    sections.append(("scorecard", "The health scorecard", scorecard.section(card)))
    sections.append(("detectors", "What each detector said", detectors.said(answer, known, results)))
    sections.append(("order", "One order, from end to end", _order(tables, answer)))
    if answer.decoys:
        sections.append(("decoys", "What only looked like a fault", _look_alikes(answer, known)))
    if not answer.causes:
        sections.append(("odd", "Why it looked odd", _odd(tables, figures)))
    window = join([when(tables.start), " to ", when(tables.end)])
    lead = join([_in_short(answer, known), element("p", shared.business_title(tables), ", ", window, ".")])
    foot = (
        f"Scenario {answer.scenario}, seed {answer.seed}. Amounts in dollars; dates as year-month-day, local business "
        "time. True figures come from the books a correctly run system would have kept for what physically happened."
    )
    return page(answer.title, "For the trainer: what really happened", lead, sections, foot)


def _in_short(answer: Answer, known: dict[str, Cause]) -> Markup:
    if not answer.causes:
        return element("p", "Nothing was broken in this business. What looks odd in it has an innocent reason.")
    parts: list[Cell] = []
    for cause in answer.causes:
        worth = f", worth {money(cause.amount_cents)}" if cause.amount_cents is not None else ""
        title = detectors.title_of(cause.name, known)
        parts.append(element("p", element("strong", f"{title}."), " ", badge(cause.layer),
                             " since ", when(cause.onset), f"{worth}."))  # fmt: skip
    return join(parts)


# -- what happened --------------------------------------------------------------------------------------------


def _happened(tables: Tables, answer: Answer, known: dict[str, Cause]) -> list[Cell]:
    parts: list[Cell] = [paragraphs(answer.story)]
    for happened in answer.causes:
        code = happened.headline_account
        account = tables.account(code) if code else "none"
        facts = {
            "Begins in": badge(happened.layer),
            "Since": moment(happened.onset),
            "Amount": money(happened.amount_cents),
            "On account": account,
            "First documents": count(len(happened.root_documents)),
            "With what followed": count(len(happened.documents)),
        }
        entries = (element("div", element("dt", name), element("dd", fact)) for name, fact in facts.items())
        parts.append(element("h3", detectors.title_of(happened.name, known)))
        parts.append(element("dl", *entries, class_="facts"))
        if happened.name in known:
            parts.append(_explained(known[happened.name]))
    return parts


def _explained(cause: Cause) -> Markup:
    """What the catalogue says about a cause."""
    columns = [Column("Layer"), Column("What it shows")]
    layers = [(badge(layer), cause.shows[layer]) for layer in _LAYERS if layer in cause.shows]
    shows = table("Where it shows", columns, layers, classes="prose")
    pairs = (("It is mistaken for", cause.mistaken_for), ("People hide it by", cause.hidden_by),
             ("It is fixed by", cause.fixed_by), ("Source", cause.source))  # fmt: skip
    entries = (join([element("dt", name), element("dd", words)]) for name, words in pairs if words)
    return join([element("p", cause.summary), shows, element("dl", *entries, class_="pairs")])


def _unfolded(tables: Tables, answer: Answer, known: dict[str, Cause]) -> list[Cell]:
    """One sequence: of several faults, each slips on its own, and what follows is the doing of all."""
    several = len(answer.causes) > 1
    slips = [(cause, stage) for cause in answer.causes for stage in cause.stages if stage.stage == 1]
    later = [(None, stage) for stage in answer.causes[0].stages if stage.stage > 1]
    told = [*sorted(slips, key=lambda slip: slip[1].at or "~"), *later]
    drawn = [
        plots.Stage(stage.stage, _stage_name(stage.stage, stage.name), _parsed(stage.at) if stage.reached else None)
        for _, stage in [*told[:1], *later]
    ]
    alt = "Timeline of the six stages. The dates are in the table below."
    caption = "From the first slip to the loss of control" if several else "From the slip to the loss of control"
    rows = [
        (
            f"{stage.stage}. {_stage_name(stage.stage, stage.name)}",
            detectors.title_of(cause.name, known) if several and cause else _STAGES.get(stage.stage, ("", ""))[1],
            moment(stage.at) if stage.reached else "not reached",
            chain.document_name(tables, stage.document),
            stage.size,
        )
        for cause, stage in told
    ]
    columns = [Column("Stage", short=True), Column("What it means"), Column("Since", short=True),
               Column("First document", short=True), Column("Size")]  # fmt: skip
    parts: list[Cell] = [
        figure(plots.timeline("stages", alt, tables.start, tables.end, drawn), caption),
        table("The six stages of the failure sequence", columns, rows, classes="prose"),
    ]
    return [*parts, _acts(tables, answer.acts)] if answer.acts else parts


def _acts(tables: Tables, acts: list[Act]) -> Markup:
    """What staff did, by kind and person: nobody reads a hundred payments one by one."""
    groups: dict[tuple[str, str, str], list[Act]] = {}
    for act in sorted(acts, key=lambda act: act.at):
        groups.setdefault((act.kind, act.role, act.by), []).append(act)
    rows = []
    for (kind, role, by), done in groups.items():
        codes = list(dict.fromkeys(act.account for act in done if act.account))
        rows.append((
            _ACTS.get(kind, kind.replace("_", " ")), f"{by}, {role.replace('_', ' ')}", moment(done[0].at), moment(done[-1].at),
            count(len(done)), ", ".join(tables.account(code) for code in codes), _in_all(done),
            chain.document_name(tables, done[0].document),
        ))  # fmt: skip
    columns = [Column("What"), Column("Who"), Column("First", short=True), Column("Last", short=True),
               Column("Times", figures=True), Column("Account"), Column("In all", figures=True),
               Column("First document", short=True)]  # fmt: skip
    note = "Reactions to what each of them saw. They hide what is wrong or change how work is done; none of them is a cause."
    return table("What people did about it", columns, rows, note=note, classes="prose")


def _in_all(acts: list[Act]) -> str:
    cents = sum(abs(act.cents) for act in acts)
    return money(cents) if cents else ""


def _stage_name(number: int, name: str) -> str:
    return _STAGES[number][0] if number in _STAGES else name.capitalize()


def _parsed(at: str | None) -> dt.datetime | None:
    return None if at is None else dt.datetime.fromisoformat(at)


# -- month by month -------------------------------------------------------------------------------------------


def _months(tables: Tables, truth: Truth, figures: list[Month]) -> list[Cell]:
    roles = kinds(tables("ledger/accounts"))
    stock = truth("stock").set_index("month_end")
    stock.index = pd.to_datetime(stock.index)
    margins = _margins(truth, roles)
    rows = []
    for m in figures:
        worth, recorded, physical = (
            int(stock[name].get(pd.Timestamp(m.end), 0)) for name in ("physical_value_cents", "cin7_units", "physical_units")
        )
        rows.append((
            str(m.end), money(m.revenue), money(m.cogs), percent(m.margin), percent(margins["true"].get(m.end)),
            money(m.stock_cin7), money(m.stock_ledger), money(worth), money(m.stock_ledger - worth),
            count(recorded), count(physical),
        ))  # fmt: skip
    heads = ("Revenue", "COGS", "Gross margin", "True margin", "Inventory in Cin7", "Inventory in the ledger", "True inventory",
             "Ledger less true", "Units in Cin7", "Units in the house")  # fmt: skip
    note = (
        "As the systems stood on the evening of each month-end: what was entered later counts in the later month. "
        "COGS holds all direct-cost accounts, stock differences included."
    )
    columns = [Column("Month-end"), *(Column(head, figures=True) for head in heads)]
    onset = onset_of(truth.answer.causes)
    parts: list[Cell] = [
        table("Recorded and true, at each month-end", columns, rows, note=note, classes="pinned"),
        _pictures(figures, [float(row) for row in stock["physical_value_cents"].reindex(_stamps(figures))], margins, onset),
    ]
    if truth.answer.causes:
        parts.append(_misstatement(tables, truth))
    return parts


def _stamps(figures: list[Month]) -> list[pd.Timestamp]:
    return [pd.Timestamp(m.end) for m in figures]


def _margins(truth: Truth, roles: dict[str, str]) -> dict[str, dict[dt.date, float | None]]:
    """Gross margin by month as recorded, in the true books, and in the same business without any event."""
    revenue, cogs = truth.sums(roles, "revenue"), truth.sums(roles, "cogs")
    revenue, cogs = -revenue.diff().fillna(revenue), cogs.diff().fillna(cogs)
    return {
        view: {
            stamp.date(): gross_margin(int(r), int(c))
            for stamp, r, c in zip(revenue.index, revenue[view], cogs[view], strict=True)
        }
        for view in ("ledger", "true", "undisturbed")
    }


def _pictures(figures: list[Month], true_stock: list[float], margins: dict[str, dict[dt.date, float | None]],
              onset: dt.date | None) -> Markup:  # fmt: skip
    ends = [m.end for m in figures]
    highest = max((max(m.stock_cin7, m.stock_ledger) for m in figures), default=0)
    stock = plots.lines(
        "stock", "Inventory at each month-end: true, in Cin7 and in the ledger; the figures are in the table above.", ends,
        [plots.Series("in the ledger", [float(m.stock_ledger) for m in figures], "--orange", "s", width=3.4),
         plots.Series("in Cin7", [float(m.stock_cin7) for m in figures], "--blue", "o", (3, 2)),
         plots.Series("true", true_stock, "--green", "^")],
        ticks=shared.thousands, least_span=0.15 * highest, onset=onset,
    )  # fmt: skip
    views = [margins[view] for view in ("undisturbed", "true", "ledger")]
    undisturbed, true, recorded = ([view.get(end) for end in ends] for view in views)
    margin = plots.lines(
        "margin", "Gross margin of each month: recorded, true, and in the same business undisturbed.", ends,
        [plots.Series("undisturbed", undisturbed, "--muted", "x", (1, 1.5), 3.0),
         plots.Series("true", true, "--green", "^"),
         plots.Series("recorded", recorded, "--orange", "s", (5, 2))],
        ticks=shared.whole_percent, least_span=0.10, onset=onset,
    )  # fmt: skip
    told = "Gross margin by month; undisturbed is the same business without what was put into it"
    return element("div", figure(stock, "Inventory at month-end"), figure(margin, told), class_="figures-row")


def _misstatement(tables: Tables, truth: Truth) -> Markup:
    """By how much each account is wrong on the last evening, and whose doing that is."""
    effects = truth("effects")
    effects = effects[(effects["measure"] == "misstatement") & effects["account_code"].notna()]
    sums = effects.groupby(["account_code", "provenance", "layer"])["cents"].sum()
    keys = list(dict.fromkeys(key[:2] for key in sums.index if isinstance(key, tuple)))
    whose = {"mechanism": "the fault itself", "mask": "what people did about it"}
    rows = []
    for code, provenance in keys:
        cin7, ledger = (int(sums.get((code, provenance, layer), 0)) for layer in ("cin7", "ledger"))
        if cin7 or ledger:
            doing = whose.get(str(provenance), str(provenance))
            rows.append((tables.account(str(code)), doing, money(cin7), money(ledger)))
    columns = [Column("Account"), Column("Brought about by"), Column("In Cin7", figures=True),
               Column("In the ledger", figures=True)]  # fmt: skip
    note = (
        "Books less true books, debit positive, on the last evening. Accounts that are right are left out. The amount to be "
        "found is what the fault's own documents misstate; the rest comes with stock they share with other documents."
    )
    return table("Misstatement by account", columns, rows, note=note)


# -- one order ------------------------------------------------------------------------------------------------


def _order(tables: Tables, answer: Answer) -> list[Cell]:
    events: list[Happened | LookAlike] = [*answer.causes, *answer.decoys]
    roots = [key for event in events[:1] for key in _roots(event)]
    everything = [key for event in events for key in [*_roots(event), *event.documents]]
    if not events:
        sales = tables("cin7/sales")
        done = sales[sales["status"] == "COMPLETED"].sort_values(["created_at", "order_number"])
        roots = [str(key) for key in done["document_key"].iloc[len(done) // 2 :]]
    one, other = chain.pick_pair(tables, roots, everything)
    parts: list[Cell] = []
    if one is None:
        parts.append(element("p", "No customer order is behind the documents of this case."))
    else:
        parts.append(_chain(tables, one, other if events else None, broken=bool(answer.causes)))
    if answer.causes:
        parts.append(_documents(tables, answer.causes[0]))
    return parts


def _roots(event: Happened | LookAlike) -> list[str]:
    return event.root_documents if isinstance(event, Happened) else event.documents


def _chain(tables: Tables, one: str, other: str | None, *, broken: bool) -> Markup:
    links = chain.order_chain(tables, one)
    whole = chain.order_chain(tables, other) if other else []
    breaks = chain.first_break(links, whole) if broken else set()
    title = chain.document_name(tables, one)
    heads = ["Step", f"{title}, this order" if broken else title]
    if other:
        days = abs((chain.order_date(tables, other) - chain.order_date(tables, one)).days)
        near = "a healthy order of the same week" if days <= 7 else "the nearest healthy order"
        heads.append(f"{chain.document_name(tables, other)}, {near}")
    rows: list[Markup] = []
    for n, link in enumerate(links):
        if n == 0 or links[n - 1].group != link.group:
            rows.append(element("tr", element("th", link.group, colspan=str(len(heads)), scope="rowgroup"), class_="group"))
        if n in breaks:
            rows.append(element("tr", element("td", _break(link), colspan=str(len(heads))), class_="break"))
        cells = [_cell(link, broken=broken), *([_cell(whole[n], broken=False)] if whole else [])]
        rows.append(element("tr", element("th", link.step, " ", badge(link.layer), scope="row"), *cells))
    caption = f"The way of {title} through the four layers"
    head = element("thead", element("tr", *(element("th", label, scope="col") for label in heads)))
    inner = element("table", element("caption", caption), head, element("tbody", *rows), class_="chain")
    parts = [element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)]
    if other and not breaks:
        parts.append(element("p", "Nothing is missing on the last evening: compare dates and amounts of the two orders."))
    return join(parts)


def _break(link: chain.Link) -> str:
    if link.state == chain.OPEN:
        return f"✕ The chain breaks here: the {link.step.lower()} is still {link.status}. What should follow never happened."
    return f"✕ The chain breaks here: there is no {link.step.lower()}."


def _cell(link: chain.Link, *, broken: bool) -> Markup:
    if link.state == chain.MISSING:
        return element("td", "✕ nothing", class_="missing") if broken else element("td", "nothing under its number")
    unfinished = link.state == chain.OPEN
    status = f"{'✕ ' if broken else ''}still {link.status}, since {link.at}" if unfinished else f"{link.at} · {link.status}"
    kind = "line state" if unfinished else "line"
    parts = [element("span", link.number, class_="line number"), element("span", status, class_=kind)]
    parts.extend(element("span", detail, class_="line") for detail in link.details)
    return element("td", *parts, class_="open" if unfinished and broken else "present")


def _documents(tables: Tables, cause: Happened) -> Markup:
    """The first documents to be found, in words and keys, to check a trainee's answer."""
    log = tables("cin7/document_status_log").sort_values(["at"], kind="stable")
    log = log[log["document_key"].isin(cause.root_documents)]
    first, last = log.drop_duplicates("document_key"), log.drop_duplicates("document_key", keep="last")
    status = dict(zip(last["document_key"], last["status"], strict=True))
    rows = [
        (chain.document_name(tables, str(r["document_key"])), str(r["document_type"]),
         moment(pd.Timestamp(r["at"]).to_pydatetime()), status[r["document_key"]], element("code", str(r["document_key"])))
        for r in first.head(_DOCUMENTS_SHOWN).to_dict("records")
    ]  # fmt: skip
    columns = [Column("Document"), Column("Kind"), Column("Opened", short=True), Column("Status on the last evening"),
               Column("Key")]  # fmt: skip
    left = len(cause.root_documents) - len(rows)
    note = f"{count(left)} more are in the truth folder's answer.json." if left > 0 else ""
    return table("The first documents to be found", columns, rows, note=note)


# -- look-alikes and everyday noise ---------------------------------------------------------------------------


def _look_alikes(answer: Answer, known: dict[str, Cause]) -> list[Cell]:
    found = decoys.discover()
    parts: list[Cell] = []
    for decoy in answer.decoys:
        told = cause_of(found[decoy.name]) if decoy.name in found else None
        title = told.title if told else detectors.title_of(decoy.name, known)
        looks_like = detectors.title_of(decoy.looks_like, known)
        since = join([" since ", when(decoy.at)]) if decoy.at else Markup()
        parts.append(element("h3", title))
        parts.append(
            element(
                "p", f"It looks like “{looks_like}”", since, f", in {number_of(len(decoy.documents), 'document')}. ",
                "It is none: nothing is misstated beyond tolerance and normal time.",
            )
        )  # fmt: skip
        if told:
            parts.append(_explained(told))
    return parts


def _odd(tables: Tables, figures: list[Month]) -> list[Cell]:
    """The everyday untidiness of a healthy business, in figures."""
    log = tables("integration/sync_status_log")
    troubled = int(log.loc[log["status"].isin(["Failed", "Skipped", "Warning"]), "record_key"].nunique())
    records = tables("integration/sync_records")
    stuck = int(records["status"].isin(["Failed", "Pending"]).sum())
    tickets = sum(len(tables(f"{layer}/issue_log")) for layer in _LAYERS)
    counted = tables("cin7/stocktakes")
    off = int((counted["expected"] != counted["counted"]).sum())
    adjusted = len(tables("cin7/stock_adjustments"))
    gap = max((abs(m.stock_cin7 - m.stock_ledger) for m in figures), default=0)
    margins = [m.margin for m in figures if m.margin is not None]
    rows = [
        ("Tickets", number_of(tickets, "ticket"), "Most who complain see something real and misread it; some are wrong."),
        ("Sync records that failed, warned or were skipped", f"{count(troubled)}, of which {count(stuck)} unfinished",
         "They are retried, or another record carries their document."),
        ("Counts off the screen's figure", f"{count(off)} of {number_of(len(counted), 'line')}",
         "Lost units and mis-picks within what is usual; the count puts them right."),
        ("Stock adjustments", number_of(adjusted, "line"), "Damaged and missing goods, with whatever reason came to mind."),
        ("Inventory, Cin7 less ledger", f"at most {money(gap)}", "What waited in the queue on the evening of a month-end."),
    ]  # fmt: skip
    if margins:
        span = f"{percent(min(margins))} to {percent(max(margins))}"
        rows.append(("Gross margin of a month", span, "The mix of products, and promotions."))
    columns = [Column("What one sees"), Column("How much"), Column("Why it is harmless")]
    return [table("Everyday untidiness of a healthy business", columns, rows, classes="prose")]
