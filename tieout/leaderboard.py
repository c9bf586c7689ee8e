"""Leaderboards of benchmark results: a few lines for the terminal, Markdown for a repository, a page for a browser.

Figures come with their intervals; tables by fault, layer, business and difficulty stand before what is pooled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.results import Figures, Results
from benchmarks.scores.intervals import Figure
from benchmarks.scores.tables import WORDS

from . import console
from .pages.markup import NOTHING, Cell, Column, Markup, element, figure, join, page, paragraphs, table

_HEADLINE = ("right", "layer_right", "exact", "f1", "grounded", "specificity", "decoy_hits", "failures")
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Ranking": ("ac1", "ac3", "ac5", "avg5", "chance5", "lift5", "mrr", "class_right", "near"),
    "Sets": ("precision", "recall", "f1", "exact"),
    "Layers and blame": ("layer_right", "blames_symptom", "blames_effect", "triage"),
    "Grounds and documents": (
        "grounded", "ungrounded", "document_precision", "document_recall", "document_f1", "weighted_recall",
        "accounting_right", "documents_right", "both_right",
    ),
    "Onset and money": ("onset_error", "onset_hit1", "onset_hit3", "onset_hit7", "money_error"),
    "Calm": ("specificity", "alarms", "decoy_hits"),
    "Calibration": ("brier", "log_loss", "ece", "aurc"),
    "Cost": ("seconds", "peak_mb", "failures"),
}  # fmt: skip
_GROUP_TITLES = {
    "fault": "By fault", "layer": "By layer of origin", "profile": "By business", "difficulty": "By difficulty",
}  # fmt: skip
_GROUP_SHOWN = ("named", "right", "f1", "layer_right", "grounded", "document_f1", "onset_hit7", "specificity", "failures")
_PLAIN = {"onset_error", "alarms", "brier", "log_loss", "ece", "aurc", "seconds", "peak_mb", "money_error"}
"""Measures that are no shares, or may exceed 1."""
NAMED_VIEWS = {
    "ledger": "ledger only", "integration+ledger": "+ integration", "cin7+integration+ledger": "+ Cin7",
    "operations+cin7+integration+ledger": "+ operations (all)", "operations": "operations alone", "cin7": "Cin7 alone",
    "integration": "integration alone",
}  # fmt: skip


def ranked(results: Results) -> list[str]:
    """Detectors by accuracy, best first; floors after the others."""

    def place(name: str) -> tuple[bool, float, str]:
        told = results.detectors[name].figures.get("right")
        return results.detectors[name].floor, -(told.value if told is not None else 0.0), name

    return sorted(results.detectors, key=place)


def shown(name: str, told: Figure | None, *, interval: bool = True) -> str:
    """A figure with its interval; shares in per cent."""
    if told is None:
        return NOTHING
    if name in _PLAIN:
        digits = 0 if name in {"onset_error", "peak_mb"} else 2
        return f"{told.value:.{digits}f}"
    text = f"{told.value * 100:.1f} %"
    if interval and told.low is not None and told.high is not None:
        text += f" ({told.low * 100:.0f}\N{EN DASH}{told.high * 100:.0f})"
    return text


def brief(results: Results) -> str:
    """One line a detector, for the terminal."""
    names = ("right", "layer_right", "f1", "grounded", "specificity", "failures", "seconds")
    head = ("detector", "cause", "layer", "set F1", "grounded", "healthy", "failed", "s")
    rows = [
        (name, *(shown(each, results.detectors[name].figures.get(each), interval=False) for each in names))
        for name in ranked(results)
    ]
    about = f"{results.suite}, {results.split}: {results.cases} cases, {results.faulty} with a fault"
    return f"{about}\n{console.table(head, rows, right=tuple(range(1, len(head))))}"


# --- tables, once for both kinds of page ---------------------------------------------------------------------

Table = tuple[str, list[str], list[list[str]]]
"""Title, headings, rows."""


def _name(results: Results, name: str) -> str:
    return f"{name} (floor)" if results.detectors[name].floor else name


def _overview(results: Results) -> Table:
    rows = [
        [_name(results, name), *(shown(each, results.detectors[name].figures.get(each)) for each in _HEADLINE)]
        for name in ranked(results)
    ]
    return "All cases together", ["detector", *(WORDS[each] for each in _HEADLINE)], rows


def _visibility(results: Results) -> Table:
    rows = []
    for name in ranked(results):
        views = results.detectors[name].visibility
        rows.append([_name(results, name), *(shown("right", views.get(view, {}).get("right")) for view in NAMED_VIEWS)])
    return f"Cause named first, by layers visible ({results.subset} cases)", ["detector", *NAMED_VIEWS.values()], rows


def _by_group(results: Results, group: str) -> list[Table]:
    """A table for each detector that is no floor, and for the best floor."""
    order = ranked(results)
    wanted = [name for name in order if not results.detectors[name].floor]
    wanted += [name for name in order if results.detectors[name].floor][:1]
    found = []
    for name in wanted:
        kinds = dict(sorted(results.detectors[name].groups[group].items(), key=_place))
        told = [each for each in _GROUP_SHOWN if any(each in figures for figures in kinds.values())]
        rows = [
            [kind, str(_cases(figures)), *(shown(each, figures.get(each)) for each in told)]
            for kind, figures in kinds.items()
        ]
        found.append((_name(results, name), [group, "cases", *(WORDS[each] for each in told)], rows))
    return found


_ORDER = ("(healthy)", "easy", "medium", "hard", "operations", "cin7", "integration", "ledger")


def _place(row: tuple[str, Figures]) -> tuple[int, str]:
    """Difficulties from easy to hard, layers from upstream down, all else by name."""
    return (_ORDER.index(row[0]) if row[0] in _ORDER else len(_ORDER)), row[0]


def _cases(figures: Figures) -> int:
    return max((told.n for told in figures.values()), default=0)


def _measures(results: Results, names: Sequence[str], title: str) -> Table:
    rows = [
        [_name(results, name), *(shown(each, results.detectors[name].figures.get(each)) for each in names)]
        for name in ranked(results)
    ]
    return title, ["detector", *(WORDS[each] for each in names)], rows


def _timing(results: Results) -> Table:
    rows = []
    for name in ranked(results):
        timing = results.detectors[name].timing
        if timing is None:
            continue
        rows.append([
            _name(results, name), f"{timing.detected} of {timing.asked}", _days(timing.median_days),
            shown("right", timing.before_close), _days(timing.median_lead_before_trust),
            _days(timing.median_lead_before_control),
        ])  # fmt: skip
    head = ["detector", "found", "days after onset, median", "before the first close", "days before loss of trust, median",
            "days before loss of control, median"]  # fmt: skip
    return "Time to detect, asked at every month-end", head, rows


def _days(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0f}"


def _lead(results: Results) -> str:
    kept = [
        f"{results.kept.get(kind, 0)} of {count} {kind}s drawn ({results.kept.get(kind, 0) / count:.0%})"
        for kind, count in results.injected.items() if count
    ]  # fmt: skip
    sealed = " The truth of these cases is sealed, so none is named." if results.private else ""
    return (
        f"{results.cases} cases of the {results.split} split, {results.faulty} with a fault and {results.healthy} healthy. "
        f"Detectors saw {', '.join(results.layers)}. Changed enough to be kept: {' and '.join(kept)}. "
        f"In brackets 95 % intervals: Wilson for shares, bootstrap by business for means.{sealed}"
    )


# --- Markdown ------------------------------------------------------------------------------------------------


def markdown(results: Results) -> str:
    """The leaderboard for a repository."""
    parts = [f"# {results.suite}: {results.title}", _lead(results)]
    if results.subset:
        parts += ["## By layers visible", _as_markdown(_visibility(results))]
    for group, title in _GROUP_TITLES.items():
        parts.append(f"## {title}")
        parts += [_as_markdown(one) for one in _by_group(results, group)]
    if results.subset:
        parts += ["## Time to detect", _as_markdown(_timing(results))]
    parts += ["## All cases together", _as_markdown(_overview(results))]
    parts += [_as_markdown(_measures(results, names, title)) for title, names in _SECTIONS.items()]
    parts.append(f"Made by {results.software}; settings of the suite {results.suite_sha256[:12]}.")
    return "\n\n".join(parts) + "\n"


def _as_markdown(one: Table) -> str:
    title, head, rows = one
    lines = [f"**{title}**", "", _line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


# --- HTML ----------------------------------------------------------------------------------------------------


def html(results: Results) -> str:
    """The leaderboard as one page that needs no other file."""
    from . import charts  # noqa: PLC0415  (matplotlib)

    sections: list[tuple[str, str, Sequence[Cell]]] = []
    if results.subset:
        picture = figure(charts.visibility(results), "Share of faulty cases whose cause is named first, by layers visible. "
                         "Each step lets the detector look one layer further upstream.")  # fmt: skip
        sections.append(("visible", "Accuracy by layers visible", [picture, _as_html(_visibility(results))]))
    sections += [
        (group, title, [_as_html(one) for one in _by_group(results, group)]) for group, title in _GROUP_TITLES.items()
    ]
    sections.append(("confusion", "Confusion between causes", _confusions(results)))
    if results.subset:
        picture = figure(charts.time_to_detect(results), "Share of faulty cases whose cause was named first by then.")
        sections.append(("time", "Time to detect", [picture, _as_html(_timing(results))]))
    picture = figure(charts.risk_coverage(results), "Errors among the answers, when only the most confident ones are given. "
                     "An empty answer is as sure as the detector says that nothing is wrong.")  # fmt: skip
    sections.append(("calibration", "Risk and coverage", [picture]))
    pooled = [_as_html(_overview(results)), *(_as_html(_measures(results, names, title)) for title, names in _SECTIONS.items())]
    sections.append(("pooled", "All cases together", pooled))
    lead = paragraphs(_lead(results))
    foot = f"Made by {results.software}; settings of the suite {results.suite_sha256[:12]}."
    return page(f"{results.suite}: {results.title}", "Leaderboard", lead, sections, foot)


def _confusions(results: Results) -> list[Markup]:
    from . import charts  # noqa: PLC0415

    words = "true causes are rows, answers columns; cells hold cases. Of many causes, those missed most often."
    pictures = [
        figure(charts.confusion(name, results.detectors[name], n), f"{name}: {words}")
        for n, name in enumerate(charts.shown(results))
        if not results.detectors[name].floor
    ]
    return pictures or [element("p", "Only floors were run.")]


def _as_html(one: Table) -> Markup:
    title, head, rows = one
    columns = [Column(head[0]), *(Column(label, figures=True) for label in head[1:])]
    return join([table(title, columns, rows, classes="plain pinned")])
