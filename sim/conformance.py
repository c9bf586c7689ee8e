"""Does a fault or decoy keep its promises? One function a promise, the same for every file of the catalogue.

An event is checked alone, at default severity, beginning in the first third of the window, against its twin.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import groupby

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from . import decoys, faults, keys
from .cin7.configuration import LOCK_DATE
from .clock import DAY, Calendar
from .export import evidence
from .faults.contract import Event, lacks
from .founding import World
from .integration.tax import TAX_CODE
from .invariants import run_checks
from .profile import Case, EventConfig
from .run import run
from .schema import NONE, TABLES, WORDS, Column, Table, all_columns, columns
from .simulate import Simulation
from .tables import Matrix
from .truth import impact


class Breach(msgspec.Struct, frozen=True):
    """A promise not kept."""

    promise: str
    message: str


class Business:
    """A healthy case: the twin of every event that is tried in it."""

    def __init__(self, case: Case) -> None:
        """Staff do not react to what they see: their reactions are no doing of the event."""
        self.case = msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, reactions=False))

    @cached_property
    def world(self) -> World:
        """Its finished run."""
        return run(self.case)

    @cached_property
    def evidence(self) -> dict[str, pa.Table]:
        """What it shows."""
        return evidence(self.world)

    @cached_property
    def broken(self) -> frozenset[str]:
        """Invariants it breaks; there should be none."""
        return _broken(self.world, self.evidence)

    @cached_property
    def texts(self) -> dict[str, int]:
        """The code of each text its tables use."""
        return {text: code for code, text in enumerate(self.world.lexicon.lists["text"])}

    @cached_property
    def contents(self) -> dict[str, frozenset[bytes]]:
        """The rows of its tables, as `_content` has them."""
        return {table.name: frozenset(_content(table.name, table.matrix())) for table in self.world.tables()}


class Trial:
    """One event in one business."""

    def __init__(self, name: str, business: Business, severity: float | None = None) -> None:
        """The event begins after a quarter of the business's window; trials may share the business.

        `severity`: from 0 (mild) to 1 (severe); by default, what the event's parameters say.
        """
        case = business.case
        self.name, self.twin = name, business
        self.event: Event = (faults.discover() | decoys.discover())[name]
        self.is_decoy = bool(self.event.looks_like)
        self.healthy = case
        calendar = Calendar(case.scenario.start, case.scenario.months, case.profile.holidays)
        self.onset = calendar.days // 4
        self.onset_date = calendar.date(self.onset).isoformat()
        told = {} if severity is None else {knob: of.at(severity) for knob, of in self.event.parameters.items()}
        self.case = self._with({name: told})

    def _with(self, events: dict[str, dict[str, float]]) -> Case:
        configs = {name: EventConfig(name, self.onset_date, parameters=dict(values)) for name, values in events.items()}
        scenario = msgspec.structs.replace(
            self.healthy.scenario,
            faults=[config for name, config in configs.items() if name in faults.discover()],
            decoys=[config for name, config in configs.items() if name in decoys.discover()],
        )
        return msgspec.structs.replace(self.healthy, scenario=scenario)

    @cached_property
    def world(self) -> World:
        """The run, which is all that some promises need."""
        return run(self.case)

    @cached_property
    def simulation(self) -> Simulation:
        """The same run once more, with its truth."""
        return Simulation(self.case)

    @cached_property
    def evidence(self) -> dict[str, pa.Table]:
        """What the run shows."""
        return evidence(self.world)

    # -- promises ---------------------------------------------------------------------------------------------

    def check_inert(self) -> Iterator[str]:
        """At rate 0 it changes nothing at all."""
        still = evidence(run(self._with({self.name: self.event.inert})))
        yield from _differing(still, self.twin.evidence)

    def check_deterministic(self) -> Iterator[str]:
        """The same case gives the same evidence."""
        yield from _differing(evidence(self.simulation.world), self.evidence)

    def check_before_onset(self) -> Iterator[str]:
        """Nothing differs before it begins."""
        for row in self.differences:
            if row.at < self.onset * DAY:
                yield f"{row.table} differs at minute {row.at}, before the onset"

    def check_has_effect(self) -> Iterator[str]:
        """It is worth finding: it moves money or documents."""
        documents = {home for row in self.differences for home in row.homes}
        if len(documents) >= impact.DOCUMENTS:
            return
        revenue = self.simulation.revenue_a_month()
        moved = sum(abs(cents) for cents in self._net_by_account())
        if moved < impact.SHARE * revenue:
            yield f"{len(documents)} documents and {moved} cents differ"

    def check_lineage(self) -> Iterator[str]:
        """Every difference descends from a mark, or from a difference on the same resource before it."""
        marks = {keys.root_of(mark.key): mark.at for mark in self.world.marks.rows}
        goods = self._products_of()
        touched: set[tuple[str, int]] = {("home", home) for home in marks}
        # What is set for a product tells on whatever is done with it; what is set for all, on the account it names.
        touched |= {("sku", keys.identity_of(home)) for home in marks if keys.kind_of(home) == keys.PRODUCT}
        changed = {mark.at for mark in self.world.marks.rows if keys.kind_of(mark.key) == keys.SETTING}
        touched |= {product for home in marks for product in goods.get(home, ())}
        if changed and self.event.layer == "integration":
            touched.add(("queue", 0))  # a setting of the job tells on whatever it does
        first_mark = min(marks.values(), default=-1)
        for now, rows in groupby(sorted(self.differences, key=lambda row: row.at), key=lambda row: row.at):
            batch = list(rows)
            while batch:
                explained: list[Difference] = []
                unexplained: list[Difference] = []
                for row in batch:
                    is_explained = (
                        not touched.isdisjoint(row.resources) or (row.is_paper and now >= first_mark)
                        or (row.is_dated_back and ("close", 0) in touched) or (row.is_setting and now in changed)
                        or any(not touched.isdisjoint(goods.get(home, ())) for home in row.homes)
                    )  # fmt: skip
                    (explained if is_explained else unexplained).append(row)
                if not explained:
                    yield f"{batch[0].table} at minute {now}: nothing before it explains the difference"
                    return
                for row in explained:
                    touched |= row.gives
                    touched |= {product for home in row.homes for product in goods.get(home, ())}
                batch = unexplained

    def check_invariants(self) -> Iterator[str]:
        """It breaks what it must and nothing outside what it may; the twin breaks nothing."""
        broken = _broken(self.world, self.evidence)
        if self.twin.broken:
            yield f"the healthy twin breaks {', '.join(sorted(self.twin.broken))}"
        must, may = set(self.event.must_break), set(self.event.may_break)
        if must - broken:
            yield f"does not break {', '.join(sorted(must - broken))}"
        if broken - must - may:
            yield f"breaks {', '.join(sorted(broken - must - may))} as well"

    def check_composes(self) -> Iterator[str]:
        """It runs beside another event, the next by name that the business can have, and both leave their marks.

        So the whole catalogue is tried in a ring; pairs at large are tried elsewhere.
        """
        fit = [name for name, event in sorted((faults.discover() | decoys.discover()).items())
               if name == self.name or not lacks(event, self.healthy.profile)]  # fmt: skip
        other = fit[(fit.index(self.name) + 1) % len(fit)]
        marked = {mark.event for mark in run(self._with({self.name: {}, other: {}})).marks.rows}
        if not {self.name, other} <= marked:
            yield f"beside {other}, only {', '.join(sorted(marked)) or 'nothing'} left marks"

    def check_silent(self) -> Iterator[str]:
        """Its name, its class and its parameters stand nowhere in the evidence."""
        contract = {word for fact in TABLES.values() for name in all_columns(fact) for word in name.split("_")}
        contract |= {word.lower() for words in WORDS.values() for text in words.words for word in text.split()}
        told = {name for name in self.event.parameters if name not in contract}
        told |= {self.name, type(self.event).__name__, self.name.replace("_", " "), self.name.replace("_", "-")}
        pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, told))) + r")\b", re.IGNORECASE)
        for table, rows in self.evidence.items():
            for column in rows.column_names:
                said = pattern.search("\n".join([column, *_distinct_texts(rows.column(column))]))
                if said:
                    yield f"{table}.{column} says {said[0]!r}"

    def check_documented(self) -> Iterator[str]:
        """Its docstring has every section, and no parameter lacks a meaning."""
        try:
            faults.contract.cause_of(self.event)
        except ValueError as error:
            yield str(error)
        for name, parameter in self.event.parameters.items():
            if not parameter.meaning or not parameter.low <= parameter.default <= parameter.high:
                yield f"parameter {name} lacks a meaning, or its default is out of range"
        source = inspect.getsource(type(self.event))
        if re.search(r"\b(cin7|ledger|integration|operations)\.facts\b", source):
            yield "it writes facts itself instead of bending a policy"

    def check_stages(self) -> Iterator[str]:
        """A fault reaches the stages it should; a decoy misstates nothing beyond tolerance and normal time."""
        if self.is_decoy:
            for stage in self.simulation.stages_of(self.name):
                if stage.reached and stage.stage in (2, 3, 4):  # a late delivery may cost a sale; it misstates nothing
                    yield f"a decoy reaches stage {stage.stage} ({stage.name}): {stage.size}"
            return
        reached = tuple(stage.stage for stage in self.simulation.stages_of(self.name) if stage.reached)
        stages, may = set(self.event.stages), set(self.event.may_reach)
        if not stages <= set(reached) <= stages | may:
            yield f"reaches stages {reached}, should reach {self.event.stages}, may reach {self.event.may_reach}"

    def check_identity(self) -> Iterator[str]:
        """True books + misstatement without it + its misstatement = recorded books, per account and month, to the cent."""
        yield from self.simulation.unexplained()

    def check_citable(self) -> Iterator[str]:
        """Every id that the answer asks for stands in the evidence: nobody can cite what nobody is shown."""
        answer = self.simulation.answer
        shown = {
            text for table in self.evidence.values() for column in table.column_names if column.endswith(("_key", "_id"))
            for text in _distinct_texts(table.column(column))
        }  # fmt: skip
        for told in (*answer["causes"], *answer["decoys"]):
            for name in sorted(set(told["documents"]) - shown):
                yield f"document {name} of {told['name']} stands nowhere in the evidence"
        for other, own in answer["aliases"].items():
            if other not in shown or own not in shown:
                yield f"{other}, another id of {own}, stands nowhere in the evidence"

    # -- helpers ----------------------------------------------------------------------------------------------

    def _products_of(self) -> dict[int, set[tuple[str, int]]]:
        """The products on the lines of each order, purchase, transfer or assembly, in either run: resources it shares."""
        goods: dict[int, set[tuple[str, int]]] = {}
        for world in (self.world, self.twin.world):
            for table in world.tables():
                names = list(columns(TABLES[table.name]))
                if table.name in _LINES:
                    rows = table.matrix()[:, [names.index("document_key"), names.index("sku")]]
                    for key, sku in rows.tolist():
                        goods.setdefault(keys.root_of(key), set()).add(("sku", sku))
        return goods

    @cached_property
    def differences(self) -> list[Difference]:
        """Rows that only one of run and twin has."""
        known, texts = self.twin.texts, list(self.twin.world.lexicon.lists["text"])
        own = self.world.lexicon.lists["text"]
        texts += [text for text in own if text not in known]
        further = iter(range(len(known), len(texts)))
        renamed = np.array([known[text] if text in known else next(further) for text in own], np.int64)
        sides = [{table.name: table.matrix() for table in world.tables()} for world in (self.world, self.twin.world)]
        found: list[Difference] = []
        for name in TABLES:
            ours, theirs = _content(name, sides[0][name], renamed), self.twin.contents[name]
            if ours != theirs:
                found += _rows_apart(name, ours, theirs, sides, texts, self.world.lexicon.lists["sku"])
        return found

    def _net_by_account(self) -> list[int]:
        table = self.simulation.effects_of(self.name)
        rows = table[table["measure"] == "misstatement"]
        return [int(cents) for cents in rows.groupby(["layer", "account"])["cents"].sum()]


class Difference:
    """One row that only one of two runs has."""

    __slots__ = ("at", "cells", "gives", "homes", "is_dated_back", "is_ours", "is_paper", "is_setting", "resources", "table")

    def __init__(
        self, table: str, at: int, resources: frozenset[tuple[str, int]], cells: dict[str, int | str], *, is_ours: bool,
        is_dated_back: bool,
    ) -> None:  # fmt: skip
        self.table, self.at, self.resources, self.cells, self.is_ours = table, at, resources, cells, is_ours
        self.is_dated_back = is_dated_back
        """It bears an earlier day than that on which it became known: which one depends on what is closed."""
        gives = set(resources)
        if any(kind == "sku" for kind, _ in resources):
            gives.add(("queue", 0))
        if ("queue", 0) in resources or table == "cin7/purchase_invoices":
            gives.add(("close", 0))
        self.gives = frozenset(gives)
        """What it may change next: of stock, the integration tells the channels; for what waits in the queue or in the mail, a
        month is closed later or opened again."""
        self.homes = [home for kind, home in resources if kind == "home"]
        self.is_paper = table.startswith("operations/") or table in _KEYLESS
        """The outside world's papers carry no keys of ours, nor do lines that wait for a place, and a feed's log only counts:
        they are tied to a mark by time."""
        self.is_setting = table.endswith("/settings_log") or table in ("cin7/account_mapping", "ledger/item_accounts")

    def kind(self) -> tuple[str, ...]:
        """What sort of row it is, whoever and whatever it is about: its table, side, words, accounts and signs."""
        told = []
        for name, column in columns(TABLES[self.table]).items():
            value = self.cells.get(name)
            if not isinstance(value, int) or column.kind in ("text", "minute", "day"):
                continue
            if column.kind == "code" and column.of in WORDS:
                told.append(f"{name}={WORDS[column.of].words[value] if value != NONE else ''}")
            elif column.kind in ("flag", "code") and column.of in ("", "account"):
                told.append(f"{name}={value}")
            elif column.kind not in ("code", "key", "flag"):
                told.append(f"{name}{(value > 0) - (value < 0):+d}")
            else:
                told.append(f"{name}{'?' if value == NONE else ''}")
        return (self.table, "more" if self.is_ours else "less", *told)


_KEYLESS = ("ledger/bank_statement", "integration/feed_log", "integration/payout_staging")
_LINES = ("cin7/sale_lines", "cin7/purchase_lines", "cin7/stock_transfer_lines", "cin7/finished_goods_lines",
          "cin7/finished_goods")  # fmt: skip
_HOMES = ("document", "movement", "transaction", "record", "ledger", "journal", "bank", "party")
"""Id spaces whose keys tell the order, purchase, payout or customer they belong to."""


def _rows_apart(
    name: str, ours: AbstractSet[bytes], theirs: AbstractSet[bytes], sides: list[dict[str, Matrix]], texts: list[str],
    skus: list[str],
) -> Iterator[Difference]:  # fmt: skip
    fact = TABLES[name]
    kept = _kept(name)
    known: dict[int, int] = {}
    if fact.TABLE.parent:
        known = _known(name, sides[0]) | _known(name, sides[1])
    for row in ours ^ theirs:
        values = np.frombuffer(row, np.int64).tolist()
        cells: dict[str, int | str] = {
            column: value if kind.kind != "text" else texts[value] if value != NONE else ""
            for (column, kind), value in zip(kept.items(), values, strict=True)
        }
        at = int(cells.get(fact.TABLE.known, 0))
        if fact.TABLE.parent:
            at = known[at]
        elif fact.TABLE.known and kept[fact.TABLE.known].kind == "day":
            at = at * DAY + DAY - 1
        days = [value for column, value in cells.items() if kept[column].kind == "day" and isinstance(value, int)]
        is_dated_back = any(0 <= day < at // DAY for day in days)
        resources = _resources(fact.TABLE, cells, kept, skus)
        yield Difference(name, at, resources, cells, is_ours=row in ours, is_dated_back=is_dated_back)


def _kept(name: str) -> dict[str, Column]:
    """The columns that count: running numbers, names and remarks may shift without anything having happened."""
    return {column: kind for column, kind in columns(TABLES[name]).items() if not kind.cosmetic}


def _content(name: str, matrix: Matrix, renamed: Matrix | None = None) -> set[bytes]:
    """The rows of a table by the columns that count, each as its bytes.

    `renamed`: another world's code for each text, as codes depend on the order in which texts were first written.
    """
    kept = _kept(name)
    rows = matrix[:, [n for n, column in enumerate(columns(TABLES[name])) if column in kept]]
    for n, column in enumerate(kept.values()):
        if renamed is not None and column.kind == "text" and len(rows):
            rows[:, n] = np.where(rows[:, n] == NONE, NONE, renamed[rows[:, n]])
    return set(np.ascontiguousarray(rows).view(f"V{rows.itemsize * rows.shape[1]}").ravel().tolist())


def _known(name: str, matrices: dict[str, Matrix]) -> dict[int, int]:
    """When each row of a table's parent became known, by the key they share."""
    table = TABLES[name].TABLE
    parent = TABLES[table.parent]
    names = list(columns(parent))
    rows = matrices[table.parent]
    keys_, minutes = rows[:, names.index(table.known)], rows[:, names.index(parent.TABLE.known)]
    return dict(zip(keys_.tolist(), minutes.tolist(), strict=True))


def _resources(
    table: Table, cells: dict[str, int | str], kinds: dict[str, Column], skus: list[str]
) -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for name, value in cells.items():
        column = kinds[name]
        if isinstance(value, str):
            if value in skus:
                found.add(("sku", skus.index(value)))
        elif value == NONE:
            continue
        elif column.kind == "key" and column.of in _HOMES:
            found.add(("home", keys.root_of(value)))
            if keys.kind_of(value) == keys.COUNT:
                found.add(("floor", 0))  # nobody counts while something lies around that is not booked in
        elif column.kind == "code" and column.of in ("sku", "account"):
            found.add((column.of, value))
    if table.layer == "integration" or cells.get("setting") == TAX_CODE:  # which is linked again when a record warns of it
        found.add(("queue", 0))
    if cells.get("setting") == LOCK_DATE:
        found.add(("close", 0))
    if table.resource:
        found.add((table.resource, 0))
    return frozenset(found)


def _differing(left: dict[str, pa.Table], right: dict[str, pa.Table]) -> Iterator[str]:
    for name, table in left.items():
        if not table.equals(right[name]):
            yield f"{name} differs"


def _broken(world: World, tables: dict[str, pa.Table]) -> frozenset[str]:
    month_ends = [world.calendar.date(day) for day in world.calendar.month_ends]
    return frozenset(breach.check for breach in run_checks(_frames(tables), month_ends))


def _frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    return {name: table.to_pandas(date_as_object=False) for name, table in tables.items()}


def _distinct_texts(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_dictionary(column.type):
        return sorted({str(text) for chunk in column.chunks for text in chunk.dictionary.to_pylist()})
    if not pa.types.is_string(column.type):
        return []
    return sorted(str(text) for text in column.unique().to_pylist() if text is not None)


PROMISES: tuple[str, ...] = tuple(name for name in vars(Trial) if name.startswith("check_"))
"""Names of all promises, in the order in which they are checked."""


def check_event(name: str, business: Business, promises: tuple[str, ...] = PROMISES) -> list[Breach]:
    """Check fault or decoy `name` in the healthy `business`; return every promise not kept."""
    trial = Trial(name, business)
    breaches = []
    for promise in promises:
        check: Callable[[], Iterator[str]] = getattr(trial, promise)
        breaches += [Breach(promise.removeprefix("check_"), message) for message in check()]
    return breaches
