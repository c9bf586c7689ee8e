"""Pictures as inline SVG: lines over months by matplotlib, the timeline of stages by hand.

Colours are the page's CSS variables, so that one picture is right on white, on black and on paper. Equal
figures give equal bytes. Imports matplotlib, so import it late; knows nothing of cases or truth.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import msgspec
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .pages.markup import Markup, element, text

# matplotlib takes fixed colours only: each stands for a variable of the page's style and is exchanged afterwards.
STAND_INS = {
    "--ink": "#010203", "--muted": "#010204", "--line": "#010205", "--blue": "#010206", "--orange": "#010207",
    "--green": "#010208", "--red": "#010209",
}  # fmt: skip
SETTINGS: dict[Any, Any] = {"svg.hashsalt": "tieout", "svg.fonttype": "none", "font.size": 10, "path.simplify": False}


class Series(msgspec.Struct, frozen=True):
    """One line: its name, a value for each month (None leaves a gap), and how it is drawn."""

    label: str
    values: Sequence[float | None]
    colour: str
    """A variable of the page's style, such as "--blue"."""
    marker: str
    dashes: tuple[float, ...] = ()
    width: float = 1.8


def lines(
    name: str,
    title: str,
    months: Sequence[dt.date],
    series: Sequence[Series],
    *,
    ticks: Callable[[float], str],
    least_span: float,
    onset: dt.date | None = None,
) -> Markup:
    """A line for each series over `months`, and `onset` as a vertical line.

    `name` makes ids unique on the page; `least_span` is the least height of the value axis, so that small wiggles
    look small.
    """
    # A user's own matplotlib settings must not change the page; the backend is not touched by the picture.
    defaults = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")}
    with mpl.rc_context(defaults | SETTINGS):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        x = [day.toordinal() for day in months]
        for one in series:
            y = [float("nan") if v is None else v for v in one.values]
            axes.plot(
                x, y, label=one.label, color=STAND_INS[one.colour], marker=one.marker, markersize=5.5,
                linewidth=one.width, linestyle=(0, one.dashes) if one.dashes else "-", clip_on=False,
            )  # fmt: skip
        _frame(axes, months, series, ticks, least_span)
        if onset is not None and months and (months[0].replace(day=1) <= onset <= months[-1]):
            axes.axvline(onset.toordinal(), color=STAND_INS["--red"], linewidth=1.4, linestyle=(0, (2, 2)))
            late = onset.toordinal() > (x[0] + x[-1]) / 2
            axes.annotate(
                f"onset {onset.isoformat()}", (onset.toordinal(), 0.02), xycoords=("data", "axes fraction"),
                xytext=(-5 if late else 5, 0), textcoords="offset points", ha="right" if late else "left",
                color=STAND_INS["--red"],
            )  # fmt: skip
        figure.legend(loc="outside upper left", ncols=4, frameon=False, labelcolor=STAND_INS["--ink"],
                      handlelength=2.6, columnspacing=1.4)  # fmt: skip
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return inline(file.getvalue(), name, title)


def _frame(axes: mpl.axes.Axes, months: Sequence[dt.date], series: Sequence[Series], ticks: Callable[[float], str],
           least_span: float) -> None:  # fmt: skip
    """Axes, grid and tick labels."""
    every = max(1, -(-len(months) // 7))
    shown = months[::-1][::every][::-1]
    axes.set_xticks([day.toordinal() for day in shown], [day.isoformat()[:7] for day in shown])
    if months:
        axes.set_xlim(months[0].replace(day=1).toordinal(), months[-1].toordinal() + 3)
    values = [v for one in series for v in one.values if v is not None]
    if values:
        low, high = min(values), max(values)
        pad = max((least_span - (high - low)) / 2, 0.08 * (high - low))
        axes.set_ylim(low - pad, high + pad)
    axes.locator_params(axis="y", nbins=6)
    axes.yaxis.set_major_formatter(lambda y, _: ticks(float(y)))
    axes.tick_params(colors=STAND_INS["--muted"], labelcolor=STAND_INS["--ink"], length=3)
    axes.grid(axis="y", color=STAND_INS["--line"], linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(STAND_INS["--muted"])


_ID = re.compile(r'\bid="([^"]+)"')
_USE = re.compile(r'xlink:href="#([^"]+)"')
_URL = re.compile(r"url\(#([^)]+)\)")
_DECLARED = re.compile(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"')


def inline(document: str, name: str, title: str) -> Markup:
    """A document of matplotlib's as an element of an HTML page: named, without outside names, in the page's colours."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    head, rest = body.split(">", 1)
    view = re.search(r'viewBox="[^"]+"', head)
    box = view.group() if view else ""
    rest = _DECLARED.sub("", rest)
    rest = _USE.sub(rf'href="#{name}-\1"', _URL.sub(rf"url(#{name}-\1)", _ID.sub(rf'id="{name}-\1"', rest)))
    rest = re.sub(r'style="font: ([0-9.]+px) [^;"]*', r'style="font-size: \1', rest)
    for variable, colour in STAND_INS.items():
        rest = rest.replace(colour, f"var({variable})")
    rest = re.sub(r"\n\s*", "\n", rest)
    return Markup(f'<svg {box} role="img" aria-labelledby="{name}-title"><title id="{name}-title">{text(title)}</title>{rest}')


# -- the timeline ---------------------------------------------------------------------------------------------


class Stage(msgspec.Struct, frozen=True):
    """One stage of the failure sequence: its name, and since when; None for not reached."""

    number: int
    name: str
    at: dt.datetime | None


_LEFT, _RIGHT, _LANE, _TOP, _WIDTH = 146, 12, 42, 14, 560


def timeline(name: str, title: str, start: dt.date, end: dt.date, stages: Sequence[Stage]) -> Markup:
    """Each stage in a lane of its own: a dot where it was reached and a bar from there to the end of the window."""
    days = max((end - start).days, 1)
    height = _TOP + _LANE * len(stages) + 30
    bottom = height - 30

    def x(day: dt.date) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max((day - start).days / days, 0), 1)

    parts: list[Markup] = []
    firsts = [day for n in range(days + 1) if (day := start + dt.timedelta(n)).day == 1]
    every = -(-len(firsts) // 6) if firsts else 1
    for n, day in enumerate(firsts):
        parts.append(_stroke(x(day), _TOP, x(day), bottom, "--line", 1))
        if n % every == 0:
            parts.append(_words(x(day), height - 8, day.isoformat()[:7], "--muted", "middle", 14))
    for n, stage in enumerate(stages):
        parts.extend(_lane(_TOP + _LANE * n + _LANE / 2, stage, x))
    return element("svg", element("title", title, id=f"{name}-title"), *parts, viewBox=f"0 0 {_WIDTH} {height}", role="img",
                   aria_labelledby=f"{name}-title")  # fmt: skip


def _lane(y: float, stage: Stage, x: Callable[[dt.date], float]) -> list[Markup]:
    parts = [_words(0, y + 5, f"{stage.number}  {stage.name}", "--ink", "start", 16)]
    if stage.at is None:
        parts.append(_stroke(_LEFT, y, _WIDTH - _RIGHT, y, "--muted", 1, dashed=True))
        return [*parts, _words(_LEFT + 8, y - 6, "not reached", "--muted", "start", 15)]
    at = x(stage.at.date())
    parts.append(_stroke(at, y, _WIDTH - _RIGHT, y, "--red", 5, opacity=0.45))
    parts.append(element("circle", cx=f"{at:.1f}", cy=f"{y:.1f}", r="7", style="fill:var(--red)"))
    late = at > _WIDTH - 130
    label = _words(at - 12 if late else at + 12, y - 7, stage.at.date().isoformat(), "--ink", "end" if late else "start", 15)
    return [*parts, label]


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str, width: int, *, dashed: bool = False,
            opacity: float = 1.0) -> Markup:  # fmt: skip
    style = f"stroke:var({colour});stroke-width:{width};stroke-opacity:{opacity:g}" + (
        ";stroke-dasharray:4 4" if dashed else ""
    )
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", style=style)


def _words(x: float, y: float, words: str, colour: str, anchor: str, size: int) -> Markup:
    style = f"fill:var({colour});font-size:{size}px;text-anchor:{anchor}"
    return element("text", words, x=f"{x:.1f}", y=f"{y:.1f}", style=style)
