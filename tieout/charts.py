"""Pictures of benchmark results as inline SVG: accuracy by layers visible, risk and coverage, time to detect, confusion.

Drawn like the plots of a case: colours are the page's variables, equal figures give equal bytes. Imports matplotlib, so
import it late.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.results import DetectorResult, Results

from .pages.markup import Markup
from .plots import SETTINGS, STAND_INS, inline

_LOOKS = (("--blue", "o", ()), ("--orange", "s", (5, 2)), ("--green", "^", (2, 2)), ("--red", "D", (6, 2, 1, 2)))
"""Colour, marker and dashes: two lines differ in all three, so that no reader depends on colour."""
UPSTREAM = ("ledger", "integration+ledger", "cin7+integration+ledger", "operations+cin7+integration+ledger")
_STEPS = ("ledger\nonly", "+ inte-\ngration", "+ Cin7", "+ oper-\nations")
ALONE = ("operations", "cin7", "integration", "ledger")
_MOST_CAUSES = 24
"""Causes in one picture of confusions; more could not be read."""
_OTHER = "(another)"


def shown(results: Results) -> list[str]:
    """The detectors that a picture shows, best first: those that are no floors, at most four, and the best floor."""

    def accuracy(name: str) -> float:
        told = results.detectors[name].figures.get("right")
        return told.value if told is not None else 0.0

    ranked = sorted(results.detectors, key=lambda name: (-accuracy(name), name))
    able = [name for name in ranked if not results.detectors[name].floor][: len(_LOOKS)]
    floors = [name for name in ranked if results.detectors[name].floor][:1]
    return able + floors


def visibility(results: Results) -> Markup:
    """Accuracy by layers visible, from the ledger upstream, with intervals."""
    with _drawing(5.8, 3.5) as (figure, axes):
        for name, look in _looks(results):
            points = [results.detectors[name].visibility.get(view, {}).get("right") for view in UPSTREAM]
            x = [n for n, point in enumerate(points) if point is not None]
            y = [point.value for point in points if point is not None]
            low = [point.value - (point.low or 0.0) for point in points if point is not None]
            high = [(point.high or 0.0) - point.value for point in points if point is not None]
            # A little to the side, so that intervals of two detectors do not hide each other.
            beside = [place + 0.05 * (_looks(results).index((name, look)) - 1) for place in x]
            axes.errorbar(beside, y, yerr=[low, high], label=_label(results, name), capsize=3, elinewidth=1, **_line(look))
        axes.set_xticks(range(len(_STEPS)), _STEPS)
        axes.set_xlim(-0.3, len(_STEPS) - 0.7)
        _shares(axes, "cause named first")
        svg = _svg(figure, axes)
    return inline(svg, "visibility", "Accuracy by layers visible")


def risk_coverage(results: Results) -> Markup:
    """How often an answer is wrong when only the most confident ones are given."""
    with _drawing(5.4, 3.4) as (figure, axes):
        for name, look in _looks(results):
            points = results.detectors[name].risk_coverage
            x, y = [coverage for coverage, _ in points], [risk for _, risk in points]
            axes.plot(x, y, label=_label(results, name), **_line(look))
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("share of cases answered, most confident first", color=STAND_INS["--muted"])
        axes.xaxis.set_major_formatter(lambda x, _: f"{x * 100:.0f} %")
        _shares(axes, "wrong answers among them")
        svg = _svg(figure, axes)
    return inline(svg, "risk", "Risk and coverage")


def time_to_detect(results: Results) -> Markup:
    """Share of faulty cases whose cause was named first by the n-th month-end since its onset."""
    with _drawing(5.4, 3.4) as (figure, axes):
        longest = 1
        for name, look in _looks(results):
            timing = results.detectors[name].timing
            shares = timing.by_month if timing is not None else []
            longest = max(longest, len(shares))
            axes.plot(range(1, len(shares) + 1), shares, label=_label(results, name), **_line(look))
        axes.set_xticks(range(1, longest + 1))
        axes.set_xlabel("month-ends since the onset", color=STAND_INS["--muted"])
        _shares(axes, "found by then")
        svg = _svg(figure, axes)
    return inline(svg, "time", "Time to detect")


def confusion(name: str, result: DetectorResult, number: int) -> Markup:
    """What was answered (columns) for what was true (rows), in shares of the row; counts in the cells."""
    table = _most_missed(result.confusion)
    rows, columns = list(table), sorted({said for row in table.values() for said in row})
    cell = 0.42
    with _drawing(3.4 + cell * len(columns), 1.6 + cell * len(rows)) as (figure, axes):
        for y, true in enumerate(rows):
            total = sum(table[true].values())
            for x, said in enumerate(columns):
                count = table[true].get(said, 0)
                colour = STAND_INS["--green" if true == said else "--red"]
                if count:
                    strength = 0.15 + 0.5 * count / total
                    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, color=colour, alpha=strength))
                    axes.text(x, y, str(count), ha="center", va="center", color=STAND_INS["--ink"])
        axes.set_xlim(-0.5, max(len(columns), 1) - 0.5)
        axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        turned: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(columns)), [_words(said) for said in columns], **turned)
        axes.set_yticks(range(len(rows)), [_words(true) for true in rows])
        axes.tick_params(colors=STAND_INS["--muted"], labelcolor=STAND_INS["--ink"], length=0, labelsize=9)
        for side in axes.spines.values():
            side.set_color(STAND_INS["--line"])
        svg = _svg(figure, None)
    return inline(svg, f"confusion-{number}", f"Confusion between causes, {name}")


def _most_missed(table: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The causes missed most often, and the answers given most often for them; all others together."""

    def missed(true: str) -> int:
        return sum(count for said, count in table[true].items() if said != true)

    rows = sorted(sorted(table, key=lambda true: (-missed(true), true))[:_MOST_CAUSES])
    often: dict[str, int] = {}
    for true in rows:
        for said, count in table[true].items():
            often[said] = often.get(said, 0) + count
    kept = sorted(often, key=lambda said: (-often[said], said))[:_MOST_CAUSES]
    found: dict[str, dict[str, int]] = {}
    for true in rows:
        row = found.setdefault(true, {})
        for said, count in table[true].items():
            name = said if said in kept else _OTHER
            row[name] = row.get(name, 0) + count
    return found


def _looks(results: Results) -> list[tuple[str, tuple[str, str, tuple[int, ...]]]]:
    names = shown(results)
    able = [name for name in names if not results.detectors[name].floor]
    floor = [(name, ("--muted", "x", (1, 2))) for name in names if name not in able]
    return [*zip(able, _LOOKS, strict=False), *floor]


def _label(results: Results, name: str) -> str:
    return f"{name} (floor)" if results.detectors[name].floor else name


def _line(look: tuple[str, str, tuple[int, ...]]) -> dict[str, Any]:
    colour, marker, dashes = look
    return {
        "color": STAND_INS[colour], "marker": marker, "markersize": 5, "linewidth": 1.7,
        "linestyle": (0, dashes) if dashes else "-",
    }  # fmt: skip


def _shares(axes: Axes, words: str) -> None:
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel(words, color=STAND_INS["--muted"])
    axes.yaxis.set_major_formatter(lambda y, _: f"{y * 100:.0f} %")
    axes.tick_params(colors=STAND_INS["--muted"], labelcolor=STAND_INS["--ink"], length=3)
    axes.grid(axis="y", color=STAND_INS["--line"], linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(STAND_INS["--muted"])


@contextmanager
def _drawing(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    # A user's own matplotlib settings must not change the page; the backend is not touched by the picture.
    defaults = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")}
    with mpl.rc_context(defaults | SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure, figure.add_subplot()


def _svg(figure: Figure, axes: Axes | None) -> str:
    if axes is not None:
        figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=STAND_INS["--ink"], handlelength=2.8,
                      columnspacing=1.4)  # fmt: skip
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def _words(cause: str) -> str:
    """A cause's name broken where a long one needs it."""
    words: Sequence[str] = cause.replace("_", " ").split()
    if len(cause) <= 24:
        return " ".join(words)
    half = len(words) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])
