"""`benchmarks/README.md`: its tables are made from the results beside it, its sentences are written by hand.

Between `<!-- table: NAME -->` and `<!-- end -->` stands what `TABLES` makes of the results; the rest is left as it is.
`python -m tieout.reference.results` brings the page up to date; `make docs` runs it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import results as files
from benchmarks.results import Results
from benchmarks.scores import Figure, summary
from benchmarks.scores.tables import WORDS
from sim.schema import LAYERS

from ..leaderboard import NAMED_VIEWS, ranked, shown
from ..report import write_page

HOME = Path(__file__).resolve().parents[2] / "benchmarks"
PAGE, FOLDER = HOME / "README.md", HOME / "results"
_MARKED = re.compile(r"(<!-- table: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MAIN = ("right", "class_right", "layer_right", "exact", "grounded", "document_f1", "onset_hit7", "specificity", "decoy_hits",
         "ece", "failures", "seconds")  # fmt: skip
_SPLITS = ("validation", "test")

Boards = Mapping[str, Results]
"""Results by their file's name without endings: suite and split, and the layers shown where they are not all four."""


def boards(folder: Path = FOLDER) -> dict[str, Results]:
    """The committed results. Raises ResultsError for a damaged file."""
    return {path.name.split(".")[0]: files.read(path) for path in sorted(folder.glob("*.json.gz"))}


def name_of(board: Results) -> str:
    """The name of the file that results belong in, without endings."""
    shown_layers = () if tuple(board.layers) == LAYERS else board.layers
    return "_".join((board.suite, board.split, *shown_layers))


def page(path: Path = PAGE, folder: Path = FOLDER) -> str:
    """The text of the page with today's tables. Raises KeyError for a table that nobody makes."""
    told = boards(folder)
    oracles = {each.stem.removeprefix("oracle_"): json.loads(each.read_text(encoding="utf-8"))
               for each in sorted(folder.glob("oracle_*.json"))}  # fmt: skip

    def made(found: re.Match[str]) -> str:
        name, _, suite = found[2].partition(" ")
        return f"{found[1]}{TABLES[name](told, suite, oracles)}\n{found[3]}"

    return _MARKED.sub(made, path.read_text(encoding="utf-8"))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _of(told: Boards, suite: str) -> Results:
    """Of a suite, the test split, else the validation split."""
    return next(told[f"{suite}_{split}"] for split in reversed(_SPLITS) if f"{suite}_{split}" in told)


def _name(of: Results, name: str) -> str:
    return f"*{name}*" if of.detectors[name].floor else name


def _kept(told: Boards, _suite: str, _oracles: Mapping[str, Any]) -> str:
    rows = []
    for each in told.values():
        if tuple(each.layers) != LAYERS:
            continue  # the same cases
        kept = [f"{each.kept[kind]} of {each.injected[kind]} ({each.kept[kind] / each.injected[kind]:.0%})"
                for kind in ("fault", "decoy")]  # fmt: skip
        rows.append([f"{each.suite}, {each.split}", str(each.cases), str(each.faulty), str(each.healthy), *kept])
    return _table(["split", "cases", "with a fault", "healthy", "faults kept, of all splits", "look-alikes kept"], rows)


def _main(told: Boards, suite: str, _oracles: Mapping[str, Any]) -> str:
    """Every score that matters, by detector; of the validation split the accuracy alone."""
    of, other = _of(told, suite), told.get(f"{suite}_validation")
    rows = []
    for name in ranked(of):
        figures = of.detectors[name].figures
        row = [shown(each, figures.get(each), interval=each == "right") for each in _MAIN]
        if other is not None and other is not of:
            before = other.detectors[name].figures.get("right") if name in other.detectors else None
            row.insert(1, shown("right", before, interval=False))
        rows.append([_name(of, name), *row])
    words = [WORDS[each] for each in _MAIN]
    if other is not None and other is not of:
        words.insert(1, "the same, validation")
    return _table(["detector", *words], rows)


def _visibility(told: Boards, suite: str, _oracles: Mapping[str, Any]) -> str:
    of = _of(told, suite)
    rows = []
    for name in ranked(of):
        views = of.detectors[name].visibility
        cells = [shown("right", views.get(view, {}).get("right"), interval=False) for view in NAMED_VIEWS]
        rows.append([_name(of, name), *cells])
    return _table(["detector", *NAMED_VIEWS.values()], rows)


def _by(group: str, order: tuple[str, ...]) -> Callable[[Boards, str, Mapping[str, Any]], str]:
    def table(told: Boards, suite: str, _oracles: Mapping[str, Any]) -> str:
        of = _of(told, suite)
        groups = {kind for each in of.detectors.values() for kind in each.groups[group] if not kind.startswith("(")}
        kinds = sorted(groups, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
        rows = [
            [_name(of, name), *(shown("right", of.detectors[name].groups[group].get(kind, {}).get("right"), interval=False)
                                for kind in kinds)]
            for name in ranked(of)
        ]  # fmt: skip
        return _table(["detector", *kinds], rows)

    return table


def _hardest(told: Boards, suite: str, _oracles: Mapping[str, Any], count: int = 12) -> str:
    """The causes that the best detector misses most often, and what it says instead."""
    of = _of(told, suite)
    best = ranked(of)[0]
    groups, confusion = of.detectors[best].groups["fault"], of.detectors[best].confusion
    shares = {name: figures["right"].value for name, figures in groups.items() if "right" in figures}
    missed = sorted((share, name) for name, share in shares.items() if share < 1)
    rows = []
    for share, name in missed[:count]:
        said = sorted(((times, other) for other, times in confusion.get(name, {}).items() if other != name), reverse=True)
        instead = ", ".join(f"{other} {times}" for times, other in said[:2])
        rows.append([name, str(groups[name]["right"].n), f"{share:.0%}", instead])
    return _table(["cause", "cases", "named first", "said instead"], rows)


def _timing(told: Boards, suite: str, _oracles: Mapping[str, Any]) -> str:
    of = _of(told, suite)
    rows = []
    for name in ranked(of):
        timing = of.detectors[name].timing
        if timing is None or not timing.detected:
            continue
        days = [timing.median_days, timing.median_lead_before_trust, timing.median_lead_before_control]
        told_days = ["" if each is None else f"{each:.0f}" for each in days]
        rows.append([_name(of, name), f"{timing.detected} of {timing.asked}", told_days[0],
                     shown("right", timing.before_close, interval=False), *told_days[1:]])  # fmt: skip
    head = ["detector", "found", "median days after the onset", "before the first close",
            "median days before loss of trust", "median days before loss of control"]  # fmt: skip
    return _table(head, rows)


def _headroom(told: Boards, suite: str, oracles: Mapping[str, Any]) -> str:
    """The oracle, and the best detectors on the same cases with the same layers in sight."""
    oracle = oracles[suite]
    count, view = oracle["cases"], () if tuple(oracle["layers"]) == LAYERS else oracle["layers"]
    of = told["_".join((suite, oracle["split"], *view))]
    names = ("ac1", "ac3", "exact", "f1", "layer_right", "specificity")
    found = msgspec.convert(oracle["figures"], dict[str, Figure])
    rows = [["re-simulating oracle", *(shown(each, found.get(each), interval=False) for each in names)]]
    for name in ranked(of):
        if not of.detectors[name].floor:
            figures = summary(of.detectors[name].scores[:count])
            rows.append([name, *(shown(each, figures.get(each), interval=False) for each in names)])
    return _table([f"{count} cases", *(WORDS[each] for each in names)], rows)


TABLES: Mapping[str, Callable[[Boards, str, Mapping[str, Any]], str]] = {
    "kept": _kept, "main": _main, "visibility": _visibility, "difficulty": _by("difficulty", ("easy", "medium", "hard")),
    "layers": _by("layer", ("operations", "cin7", "integration", "ledger")), "businesses": _by("profile", ()),
    "hardest": _hardest, "timing": _timing, "headroom": _headroom,
}  # fmt: skip
"""What stands between the marks of a name, followed by the suite it is about."""

if __name__ == "__main__":
    write_page(PAGE, page())
