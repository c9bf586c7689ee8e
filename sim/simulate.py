"""Simulate a case together with its truth: the run, the run without each fault, the run without any event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from . import decoys, faults, keys
from .arrow import Disguise
from .clock import DAY
from .export import whole_folder, write_case
from .faults.contract import Event
from .founding import World
from .marks import Act
from .profile import Case
from .run import Without, run, run_with_twins
from .truth import attribution, lineage, stages
from .truth.attribution import Grid
from .truth.citing import Shown
from .truth.consequences import MEASURES, of_month
from .truth.effects import EFFECT, MASK, balances, effects, misstatement
from .truth.impact import Impact, Papers
from .truth.records import Recorded
from .truth.stages import Stage

ANSWER_VERSION = 1
TRUE_BOOKS, EVERYDAY, INTERACTION = "true books", "everyday", "interaction"
"""Parts of a recorded balance beside the faults: what is true, what any healthy business is off, and what is nobody's alone."""
_PRACTICES = {
    "recurring_journal": "recurring_manual_journal_workaround", "revenue_journal": "manual_revenue_journal",
    "tie_out_journal": "manual_inventory_journal_bypasses_subledger", "clearing_to_zero": "clearing_forced_to_zero",
    "spend_money": "spend_money_bypass", "stock_adjustment": "stock_adjustment_masks_cause",
    "skip": "skipped_inventory_journal",
}  # fmt: skip
"""What a mask is called in the catalogue, where it is a fault when nothing prompted it."""


class Simulation:
    """A run and what is true about it."""

    def __init__(self, case: Case, *, gated: bool = False) -> None:
        """`gated`: whether `impact_of` will be asked, which needs a twin for each decoy too."""
        self.case = case
        self._faults = [config.name for config in case.scenario.faults]
        self._decoys = [config.name for config in case.scenario.decoys]
        self._events = [*self._faults, *self._decoys]
        everything = Without(self._events)
        accounted = {Without({name}) for name in self._faults} | {everything}
        self._compared = self._comparisons() if gated else {}
        compared = {twin for pair in self._compared.values() for twin in pair}

        def keep(world: World, twin: Without) -> tuple[Recorded | None, Papers | None]:
            return Recorded(world) if twin in accounted else None, Papers(world) if twin in compared else None

        self.world, kept = run_with_twins(case, accounted | compared, keep)
        self.recorded = Recorded(self.world)
        self._twins = {twin: recorded for twin, (recorded, _) in kept.items() if recorded is not None}
        self._papers = {twin: papers for twin, (_, papers) in kept.items() if papers is not None}
        if Without() in compared:
            self._papers[Without()] = Papers(self.world)
        self._twins[Without()] = self.recorded
        self.undisturbed = self.twin(everything)
        self._disguise = Disguise(self.world.draws)
        self._shown = Shown(self.world, self._disguise)
        self._effects: dict[frozenset[str], pd.DataFrame] = {}
        self.answer = self._answer()

    def _comparisons(self) -> dict[str, tuple[Without, Without]]:
        """By event, two runs that differ in it alone, chosen so that few are needed beside those that truth needs anyway.

        With one fault at most, decoys are taken away one after the other, the latest first, until nothing is left.
        """
        pairs = {name: (Without(), Without({name})) for name in self._events}
        if len(self._faults) <= 1:
            gone = Without(self._faults)
            for decoy in sorted(self.case.scenario.decoys, key=lambda config: config.onset, reverse=True):
                pairs[decoy.name] = (gone, gone | {decoy.name})
                gone |= {decoy.name}
        return pairs

    def impact_of(self, name: str) -> Impact:
        """How much event `name` changed in the evidence and the books. Needs `gated`."""
        with_it, without = self._compared[name]
        cents = 0
        if name in self._faults:
            table = self.effects_of(name)
            rows = table[table["measure"] == "misstatement"]
            cents = int(rows.groupby(["layer", "account"])["cents"].sum().abs().sum())
        return Impact(self._papers[with_it].apart(self._papers[without]), cents, self.revenue_a_month())

    def twin(self, without: Without) -> Recorded:
        """What the world without the events named recorded; the world itself is not kept."""
        if without not in self._twins:
            self._twins[without] = Recorded(run(self.case, without=sorted(without)))
        return self._twins[without]

    def effects_of(self, *names: str) -> pd.DataFrame:
        """What the events named did together: the run less the run without them."""
        without = frozenset(names)
        if without not in self._effects:
            self._effects[without] = effects(self.recorded, self.twin(without))
        return self._effects[without]

    def stages_of(self, name: str) -> list[Stage]:
        """The failure sequence, beginning with the marks of event `name`."""
        marks = [mark for mark in self.world.marks.rows if mark.event == name]
        return [stages.slip(marks), *self._later_stages]

    @cached_property
    def _later_stages(self) -> list[Stage]:
        together = self.effects_of(*self._events)
        return stages.later(self.world, self.recorded, self.undisturbed, together, self.revenue_a_month())

    # -- whose doing it is ------------------------------------------------------------------------------------

    def leave_one_out(self) -> tuple[dict[str, Grid], Grid]:
        """What each fault adds to what the books are off; and the rest: what faults do together, and decoys in passing."""
        return attribution.leave_one_out(
            self._wrong(self.recorded), {name: self._wrong(self.twin(frozenset({name}))) for name in self._faults},
            self._wrong(self.undisturbed),
        )  # fmt: skip

    def shapley(self) -> dict[str, Grid]:
        """Each fault's share in what all of them do, with nothing left over. Takes a run for each set of faults."""
        everyone = frozenset(self._faults)
        sets = [everyone - set(acting) for size in range(len(everyone) + 1) for acting in combinations(sorted(everyone), size)]
        missing = [without for without in sets if without not in self._twins]
        if missing:
            self._twins |= run_with_twins(self.case, missing, lambda world, twin: Recorded(world))[1]
        return attribution.shapley(self._faults, lambda acting: self._wrong(self.twin(everyone - acting)))

    def _wrong(self, of: Recorded) -> Grid:
        return attribution.wrong(of, self.world.calendar.month_ends, len(self.case.profile.accounts))

    def attribution(self) -> pa.Table:
        """The recorded books, taken apart: by book, month-end and account, what adds up to the balance to the cent."""
        ends, profile = self.world.calendar.month_ends, self.case.profile
        shares, rest = self.leave_one_out()
        parts: dict[str, Grid] = {
            TRUE_BOOKS: attribution.true(self.recorded, ends, len(profile.accounts)), EVERYDAY: self._wrong(self.undisturbed),
            **shares, INTERACTION: rest,
        }  # fmt: skip
        rows = [
            (book, self.world.calendar.date(day), account.code, part, int(cents[n, m, code]))
            for n, book in enumerate(attribution.BOOKS) for m, day in enumerate(ends)
            for code, account in enumerate(profile.accounts) for part, cents in parts.items() if cents[n, m, code]
        ]  # fmt: skip
        names = ("books", "month_end", "account_code", "part", "cents")
        types = (pa.string(), pa.date32(), pa.string(), pa.string(), pa.int64())
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, types, strict=True)})

    def is_masked(self) -> bool:
        """Whether somebody hid what a fault did: one of its effects is a mask's doing."""
        return any((self.effects_of(name)["provenance"] == MASK).any() for name in self._faults)

    def unexplained(self) -> Iterator[str]:
        """Where true books, everyday differences and the events' misstatement do not add up to the recorded books."""
        together = self.effects_of(*self._events)
        ends, count = self.world.calendar.month_ends, len(self.case.profile.accounts)
        for layer in ("cin7", "ledger"):
            rows = together[(together["measure"] == "misstatement") & (together["layer"] == layer)]
            books = self.recorded.cin7 if layer == "cin7" else self.recorded.ledger
            added, recorded, true, everyday = (
                balances(entries, ends, count)
                for entries in (rows, books, self.recorded.true, misstatement(self.undisturbed, layer))
            )
            kept = range(count) if layer == "ledger" else self.recorded.kept
            left = recorded - true - everyday - added
            for n, day in enumerate(ends):
                for account in kept:
                    if left[n, account]:
                        yield f"{layer}, account {account}, day {day}: {left[n, account]} cents unexplained"

    # -- the answer -------------------------------------------------------------------------------------------

    def _answer(self) -> dict[str, Any]:
        scenario, calendar = self.case.scenario, self.world.calendar
        answer = {
            "schema_version": ANSWER_VERSION, "scenario": scenario.name, "title": scenario.title, "story": scenario.story,
            "profile": self.case.profile.name, "seed": self.case.seed,
            "window": {"start": calendar.date(0).isoformat(), "end": calendar.date(calendar.days - 1).isoformat()},
            "healthy": not scenario.faults,
            "causes": [self._cause(config.name, faults.discover()[config.name]) for config in scenario.faults],
            "acts": [self._act(act) for act in self._acts()], "masks": self._masks(),
            "decoys": [self._decoy(config.name, decoys.discover()[config.name]) for config in scenario.decoys],
        }  # fmt: skip
        return answer | {"aliases": self._shown.aliases()}  # of all that the answer cites

    def _cause(self, name: str, event: Event) -> dict[str, Any]:
        marks = [mark for mark in self.world.marks.rows if mark.event == name]
        roots = list(dict.fromkeys(mark.key for mark in marks if keys.is_citable(mark.key)))
        table = self.effects_of(name)
        # What was never recorded, such as a restock that Cin7 refused, cannot be cited by anybody.
        recorded = set(self.world.cin7.books.statuses.matrix()[:, 0].tolist()) | set(self.recorded.cin7["key"].tolist())
        touched = [key for key in table["key"].tolist() if key in recorded]
        documents = lineage.own_lineage(roots, touched) if roots else []
        # The amount of what was never recorded stands beside the marked document that it should have followed.
        stands_for = lineage.stand_ins([key for key in table["key"].tolist() if key not in recorded], roots)
        amounts = self._amounts(table.assign(key=table["key"].replace(stands_for)), event.headline, documents)
        cents: dict[str, int] = {}
        for key, shown in self._shown.ids(documents).items():  # drafts of one purchase are cited by the purchase
            cents[shown] = cents.get(shown, 0) + amounts.get(key, 0)
        return {
            "name": name, "layer": event.layer,
            "onset": self._date(marks[0].at // DAY) if marks else None,
            "headline_account": self._code(event.headline),
            "amount_cents": sum(amounts.values()) if event.headline else None,
            "root_documents": self._cited(roots), "documents": list(cents), "document_cents": list(cents.values()),
            "near": list(getattr(event, "near_misses", ())),
            "stages": [self._stage(stage) for stage in self.stages_of(name)],
        }  # fmt: skip

    def _acts(self) -> list[Act]:
        return self.world.team.acts if self.world.team is not None else []

    def _masks(self) -> list[str]:
        """Names that the catalogue has for what people did about what they saw; here they are no causes."""
        found = {_PRACTICES[act.kind] for act in self._acts() if act.kind in _PRACTICES}
        return sorted(found - set(self._faults))

    def _act(self, act: Act) -> dict[str, Any]:
        """What a member of staff did about what they saw."""
        code = self.case.profile.accounts[act.account].code if act.account >= 0 else None
        return {
            "kind": act.kind, "role": act.role, "by": self.world.lexicon.lists["user"][act.user], "at": self._minute(act.at),
            "document": self._one_cited(act.key), "account": code, "gap_cents": act.gap_cents,
            "cents": act.cents,
        }  # fmt: skip

    def _decoy(self, name: str, event: Event) -> dict[str, Any]:
        marks = [mark for mark in self.world.marks.rows if mark.event == name]
        return {
            "name": name, "looks_like": event.looks_like, "at": self._minute(marks[0].at) if marks else None,
            "documents": self._cited(mark.key for mark in marks if keys.is_citable(mark.key)),
        }  # fmt: skip

    def _amounts(self, table: pd.DataFrame, headline: str, documents: list[int]) -> dict[int, int]:
        """Gross misstatement of the fault's own documents on its headline account in the ledger, at the end."""
        if not headline:
            return {}
        rows = table[
            (table["measure"] == "misstatement") & (table["layer"] == "ledger")
            & table["account"].isin(self.world.accounts_for(headline)) & table["key"].isin(documents)
        ]  # fmt: skip
        # What stands on one account of the kind instead of on another one is wrong once.
        net = rows.groupby(["key", "account"])["cents"].sum()
        sides = pd.DataFrame({"over": net.clip(lower=0), "under": -net.clip(upper=0)}).groupby("key").sum()
        gross = sides.max(axis=1)
        return dict(zip(gross.index.tolist(), gross.tolist(), strict=True))

    def _stage(self, stage: Stage) -> dict[str, Any]:
        return {
            "stage": stage.stage, "name": stage.name, "reached": stage.reached,
            "at": self._minute(stage.at) if stage.reached else None,
            "document": self._one_cited(stage.key), "size": stage.size,
        }  # fmt: skip

    def revenue_a_month(self) -> int:
        """What goods sold for in a typical month of the undisturbed business, in cents."""
        true = self.undisturbed.true
        total = -int(true.loc[true["account"].isin(self.world.accounts_for("sales")), "cents"].sum())
        return total // len(self.world.calendar.month_ends)

    # -- tables -----------------------------------------------------------------------------------------------

    def tables(self) -> dict[str, pa.Table]:
        """The truth's tables by file name."""
        marks = self.world.marks.rows
        touched = sorted({key for name in self._faults for key in self.effects_of(name)["key"].tolist()})
        edges = lineage.edges([*touched, *(mark.key for mark in marks)])
        return {
            "attribution": self.attribution(), "balances": self._balances(), "stock": self._stock(),
            "effects": self._effect_table(), "consequences": self._consequences(),
            "marks": pa.table({
                "event": [mark.event for mark in marks], "document_key": self._ids(mark.key for mark in marks),
                "at": [self._minute(mark.at) for mark in marks],
            }),
            "lineage": pa.table({
                "document_key": self._ids(key for key, _ in edges), "parent_key": self._ids(key for _, key in edges),
            }),
        }  # fmt: skip

    def _balances(self) -> pa.Table:
        ends, profile = self.world.calendar.month_ends, self.case.profile
        count = len(profile.accounts)
        sources = {
            "true_cents": self.recorded.true, "cin7_cents": self.recorded.cin7, "ledger_cents": self.recorded.ledger,
            "undisturbed_cents": self.undisturbed.ledger,
        }  # fmt: skip
        sums = {name: balances(entries, ends, count) for name, entries in sources.items()}
        rows = [(day, code) for day in ends for code in range(count)]
        columns: dict[str, Any] = {
            "month_end": [self.world.calendar.date(day) for day, _ in rows],
            "account_code": [profile.accounts[code].code for _, code in rows],
            "name": [profile.accounts[code].name for _, code in rows],
        }
        columns |= {name: cents.ravel() for name, cents in sums.items()}
        return pa.table(columns)

    def _stock(self) -> pa.Table:
        ends, run_ = self.world.calendar.month_ends, self.recorded
        true_value = run_.true[run_.true["account"].isin(self.world.accounts_for("inventory"))]

        def total(frame: pd.DataFrame, column: str) -> list[int]:
            return [int(frame.loc[frame["day"] <= day, column].sum()) for day in ends]

        return pa.table({
            "month_end": [self.world.calendar.date(day) for day in ends],
            "physical_units": total(run_.true_units, "units"), "cin7_units": total(run_.cin7_units, "units"),
            "physical_value_cents": total(true_value, "cents"), "cin7_value_cents": total(run_.cin7_stock_value, "cents"),
        })  # fmt: skip

    def _consequences(self) -> pa.Table:
        """What the business felt in each month, beside the twin without any event."""
        calendar, rows = self.world.calendar, []
        for end in calendar.month_ends:
            after = calendar.previous_month_end(end)
            ours, theirs = (self._felt(of, after, end) for of in (self.recorded, self.undisturbed))
            rows += [(calendar.date(end), measure, float(ours[measure]), float(theirs[measure])) for measure in MEASURES]
        names = ("month_end", "measure", "run", "twin")
        return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def _felt(self, of: Recorded, after: int, end: int) -> dict[str, float]:
        """All measures of one month of a run."""
        profit = [code for role in ("sales", "shipping_income", "cogs") for code in self.world.accounts_for(role)]
        inventory = self.world.accounts_for("inventory")

        def moved(entries: pd.DataFrame, accounts: list[int], since: int) -> int:
            rows = entries[(entries["day"] > since) & (entries["day"] <= end)]
            return int(rows.loc[rows["account"].isin(accounts), "cents"].sum())

        return of_month(
            of.happened, after, end, unclean=sum(after < at // DAY <= end for at in of.unclean.values()),
            stock=moved(of.true, inventory, -1), margin=moved(of.true, profit, after) - moved(of.ledger, profit, after),
        )  # fmt: skip

    def _effect_table(self) -> pa.Table:
        parts = [self.effects_of(name).assign(event=name) for name in self._faults]
        empty = pd.DataFrame(columns=["event", *EFFECT])
        rows = pd.concat(parts, ignore_index=True) if parts else empty
        codes = [account.code for account in self.case.profile.accounts]
        return pa.table({
            "event": pa.array(rows["event"].tolist(), pa.string()),
            "measure": pa.array(rows["measure"].tolist(), pa.string()),
            "provenance": pa.array(rows["provenance"].tolist(), pa.string()),
            "layer": pa.array(rows["layer"].tolist(), pa.string()),
            "account_code": pa.array([codes[n] if n >= 0 else None for n in rows["account"].tolist()], pa.string()),
            "document_key": self._ids(rows["key"].tolist()),
            "date": pa.array([self.world.calendar.date(day) for day in rows["day"].tolist()], pa.date32()),
            "cents": pa.array(rows["cents"].tolist(), pa.int64()), "units": pa.array(rows["units"].tolist(), pa.int64()),
        })  # fmt: skip

    # -- presenting -------------------------------------------------------------------------------------------

    def _cited(self, documents: Iterable[int]) -> list[str]:
        return list(dict.fromkeys(self._shown.ids(documents).values()))

    def _one_cited(self, document: int) -> str | None:
        return next(iter(self._cited([document])), None) if document >= 0 else None

    def _ids(self, document_keys: Iterable[int]) -> list[str]:
        import numpy as np  # noqa: PLC0415

        ids: list[str] = self._disguise.ids("document", np.array(list(document_keys), np.int64)).to_pylist()
        return ids

    def _date(self, day: int) -> str:
        return self.world.calendar.date(day).isoformat()

    def _minute(self, minute: int) -> str:
        day, rest = divmod(minute, DAY)
        return f"{self._date(day)}T{rest // 60:02d}:{rest % 60:02d}"

    def _code(self, role: str) -> str | None:
        return next((a.code for a in self.case.profile.accounts if a.role == role), None)


def simulate(case: Case, *, gated: bool = False) -> Simulation:
    """Run `case` and its twins; `gated` as in `Simulation`."""
    return Simulation(case, gated=gated)


def write(simulation: Simulation, out: Path, file_format: str = "parquet", *, force: bool = False) -> None:
    """Write evidence to `out`/case and truth to `out`/truth, whole or not at all. Raises ExportError."""
    with whole_folder(out, force=force) as folder:
        write_case(simulation.world, folder / "case", file_format)
        write_truth(simulation, folder / "truth")


def write_truth(simulation: Simulation, folder: Path, more: Mapping[str, Any] | None = None) -> None:
    """Write what is true about a case into the new `folder`; `more` is added to its answer."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    folder.mkdir()
    for name, table in simulation.tables().items():
        pq.write_table(table, folder / f"{name}.parquet")
    answer = {**simulation.answer, **(more or {})}
    (folder / "answer.json").write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
