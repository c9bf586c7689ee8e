"""The two pages: self-contained, the same twice, no truth in the handout, sensible whatever the case and the results."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support import worlds

from sim.causes import causes
from sim.faults import discover
from sim.profile import EventConfig
from sim.simulate import simulate, write
from tieout import chain
from tieout.pages.evidence import Tables
from tieout.pages.markup import money, percent
from tieout.pages.monthend import months
from tieout.report import ReportError, write_handout, write_reveal

FAULT = "invoice_authorised_shipment_incomplete"
DECOY = "invoiced_before_month_end_shipped_after"
_VOID = {"meta", "br", "hr", "img", "link", "input"}

Folder = Callable[[str], Path]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Cases with their truth, by kind; each is simulated once."""
    top, made = tmp_path_factory.mktemp("cases"), {}
    fault = (EventConfig(FAULT, "2025-04-07", parameters={"share": 0.2}),)
    kinds: dict[str, dict[str, Any]] = {
        "broken": {"faults": fault},
        "healthy": {},
        "decoy": {"decoys": (EventConfig(DECOY),)},
    }

    def make(kind: str) -> Path:
        if kind not in made:
            write(simulate(worlds.case(3, 3, 1_200, **kinds[kind])), top / kind)
            made[kind] = top / kind
        return made[kind]

    return make


@pytest.fixture(scope="session")
def handout(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> str:
    return _handout(folder("broken"), tmp_path_factory.mktemp("handout"))


@pytest.fixture(scope="session")
def reveal(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> str:
    return _reveal(folder("broken"), tmp_path_factory.mktemp("reveal"), _results(folder("broken")))


def _handout(case: Path, out: Path) -> str:
    write_handout(case / "case", out / "handout.html")
    return (out / "handout.html").read_text("utf-8")


def _reveal(case: Path, out: Path, results: list[dict[str, Any]]) -> str:
    write_reveal(case / "case", case / "truth", results, out / "reveal.html")
    return (out / "reveal.html").read_text("utf-8")


def _answer(case: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((case / "truth" / "answer.json").read_text("utf-8"))
    return answer


def _results(case: Path) -> list[dict[str, Any]]:
    """One right detector, one that is wrong first, one silent, one that failed."""
    roots = [key for cause in _answer(case)["causes"] for key in cause["root_documents"]]

    def hypothesis(cause: str, layer: str, role: str = "cause") -> dict[str, Any]:
        return {"cause": cause, "role": role, "layer": layer, "onset": "2025-04-08", "amount_cents": 123_456_78,
                "evidence": roots, "chain": roots[:2], "probability": 0.8}  # fmt: skip

    def result(name: str, *hypotheses: dict[str, Any], **rest: Any) -> dict[str, Any]:
        diagnosis = {"detector": name, "as_of": "2025-05-31", "layers": ["cin7", "ledger"], "hypotheses": list(hypotheses)}
        return {"detector": name, "diagnosis": diagnosis, "score": {}, "seconds": 0.5, "failure": None} | rest

    scores = {"ac1": 1, "layer": 1, "document_recall": 0.5, "onset_error_days": 1, "money_error": None, "novel_score": 0.25}
    return [
        result("good", hypothesis(FAULT, "operations"), score=scores),
        result("late", hypothesis("price_increase", "ledger"), hypothesis(FAULT, "operations")),
        result("silent", score={"ac1": 0}, seconds=None),
        result("crashed", diagnosis=None, score=None, failure="ValueError: <b>bad</b> & ugly"),
    ]


class _Checker(HTMLParser):
    """Walks a page: tags must close in order; collects ids, references, headings and pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.headings: list[str] = []
        self.unnamed: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag not in _VOID:
            self.open.append(tag)
        self._note(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    def _note(self, tag: str, given: dict[str, str | None]) -> None:
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("href", "aria-labelledby"):
            if given.get(name):
                self.targets.append(str(given[name]).removeprefix("#"))
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag == "svg" and not (given.get("role") == "img" and given.get("aria-labelledby")):
            self.unnamed.append(tag)
        if tag == "th" and not given.get("scope"):
            self.unnamed.append(tag)


def _words(page: str) -> str:
    return " ".join(" ".join(_Checker(page).text).split())


@pytest.mark.parametrize("which", ["handout", "reveal"])
def test_page_needs_nothing_else(which: str, request: pytest.FixtureRequest) -> None:
    page: str = request.getfixturevalue(which)
    assert not re.search(r"https?:|\ssrc=|@import|url\((?!#)|<link|<script|<iframe|javascript:", page)
    assert len(page.encode()) < 1_500_000


@pytest.mark.parametrize("which", ["handout", "reveal"])
def test_page_is_well_formed_and_can_be_read_aloud(which: str, request: pytest.FixtureRequest) -> None:
    checked = _Checker(request.getfixturevalue(which))
    assert checked.open == []
    assert len(checked.ids) == len(set(checked.ids)), "an id is used twice"
    assert set(checked.targets) <= set(checked.ids), "a reference leads nowhere"
    assert checked.headings[0] == "h1"
    assert checked.headings.count("h1") == 1
    assert checked.unnamed == [], "a picture without words, or a heading of a table without scope"
    assert {"caption", "svg", "main", "nav"} <= checked.tags


def test_same_case_gives_same_bytes_in_another_process(folder: Folder, tmp_path: Path, handout: str, reveal: str) -> None:
    case = folder("broken")
    (tmp_path / "results.json").write_text(json.dumps(_results(case)), encoding="utf-8")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.family: serif\n", encoding="utf-8")
    program = (
        "import json, sys; from pathlib import Path; from tieout.report import write_handout, write_reveal\n"
        "case, out = Path(sys.argv[1]), Path(sys.argv[2]); write_handout(case / 'case', out / 'handout.html')\n"
        "results = json.loads((out / 'results.json').read_text('utf-8'))\n"
        "write_reveal(case / 'case', case / 'truth', results, out / 'reveal.html')"
    )
    other = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program, str(case), str(tmp_path)], cwd=tmp_path, env=other, check=True)
    assert (tmp_path / "handout.html").read_text("utf-8") == handout
    assert (tmp_path / "reveal.html").read_text("utf-8") == reveal


def test_handout_names_no_truth(folder: Folder, tmp_path: Path, handout: str) -> None:
    answer, words = _answer(folder("broken")), _words(handout).lower()
    discover()
    told = [answer["scenario"], answer["title"], *causes(), *(cause.title for cause in causes().values()), DECOY]
    assert [name for name in told if name.lower() in words or name.lower() in handout.lower()] == []
    assert money(answer["causes"][0]["amount_cents"]) not in handout
    assert not re.search(r"\b(fault|decoy|truth|onset|root cause|seed)\b", words)
    stock = pd.read_parquet(folder("broken") / "truth" / "stock.parquet")
    wrong = stock[stock["physical_value_cents"] != stock["cin7_value_cents"]]
    true = [money(int(cents)) for cents in wrong["physical_value_cents"]]
    assert true, "the case must differ from its truth for this test to say anything"
    assert [cents for cents in true if cents in handout] == []


def test_handout_needs_no_truth_folder(folder: Folder, tmp_path: Path, handout: str) -> None:
    shutil.copytree(folder("broken") / "case", tmp_path / "alone" / "case")
    assert _handout(tmp_path / "alone", tmp_path) == handout


def test_handout_shows_the_books_of_each_month_end(folder: Folder, handout: str) -> None:
    figures = months(Tables(folder("broken") / "case"))
    words = _words(handout)
    assert [m.end.isoformat() for m in figures] == ["2025-03-31", "2025-04-30", "2025-05-31"]
    for m in figures:
        for shown in (money(m.revenue), money(m.cogs), percent(m.margin), money(m.stock_cin7), money(m.payable)):
            assert shown in words


def test_month_end_figures_are_the_ledger_of_that_evening(folder: Folder) -> None:
    case = folder("broken")
    tables = Tables(case / "case")
    balances = pd.read_parquet(case / "truth" / "balances.parquet")
    codes = {"stock_ledger": "630", "receivable": "610", "clearing": "615"}
    before = 0
    for m in months(tables):
        evening = balances[balances["month_end"].astype(str) == m.end.isoformat()].set_index("account_code")["ledger_cents"]
        assert {name: getattr(m, name) for name in codes} == {name: int(evening[code]) for name, code in codes.items()}
        assert (m.payable, m.grni) == (-evening["800"], -evening["805"])
        revenue = -int(evening["200"] + evening["210"])
        assert m.revenue == revenue - before
        before = revenue


def test_reveal_tells_what_happened(folder: Folder, reveal: str) -> None:
    answer, words = _answer(folder("broken")), _words(reveal)
    cause = answer["causes"][0]
    told = causes()[FAULT]
    for shown in (answer["title"], told.title, told.fixed_by, told.hidden_by, cause["onset"], money(cause["amount_cents"])):
        assert " ".join(shown.split()) in words
    for stage in cause["stages"]:
        assert (stage["at"] or "not reached").replace("T", " ") in words


def test_reveal_judges_in_words(reveal: str) -> None:
    words = _words(reveal)
    for said in ("right cause only at rank 2", "missed it: says all is well", "gave no answer", "1 day late", "50.0 %",
                 "Novel score", "ValueError: <b>bad</b> & ugly"):  # fmt: skip
        assert said in words
    assert "<b>bad</b>" not in reveal


def test_chain_breaks_at_the_shipment_and_nowhere_else(folder: Folder) -> None:
    case = folder("broken")
    tables, cause = Tables(case / "case"), _answer(case)["causes"][0]
    one, other = chain.pick_pair(tables, cause["root_documents"], cause["documents"])
    assert one is not None
    assert other is not None
    assert one in chain.sales_behind(tables, cause["root_documents"])
    assert other not in chain.sales_behind(tables, cause["documents"])
    links, whole = chain.order_chain(tables, one), chain.order_chain(tables, other)
    assert [(link.group, link.step) for link in links] == [(link.group, link.step) for link in whole]
    assert [link.step for link in whole if link.state != chain.PRESENT] == []
    assert [links[n].step for n in chain.first_break(links, whole)] == ["Shipment task"]
    missing = [link.step for link in links if link.state == chain.MISSING]
    assert missing == ["Cost of sales", "Sync record of the journal", "Ledger journal"]
    journal = next(link for link in whole if link.step == "Ledger journal")
    assert [line[:6] for line in journal.details] == ["Dr 310", "Cr 630"]


def test_reveal_shows_the_break_beside_a_healthy_order(reveal: str) -> None:
    assert reveal.count('class="break"') == 1
    assert "The chain breaks here: the shipment task is still DRAFT" in _words(reveal)
    assert "a healthy order of the same week" in _words(reveal)


def test_healthy_case_says_that_nothing_was_broken(folder: Folder, tmp_path: Path) -> None:
    page = _reveal(folder("healthy"), tmp_path, _results(folder("healthy")))
    words = _words(page)
    assert "Nothing was broken in this business" in words
    assert "Everyday untidiness of a healthy business" in words
    assert "right: nothing is broken" in words
    assert "false alarm" in words
    assert 'class="break"' not in page
    assert 'class="missing"' not in page


def test_decoy_is_explained(folder: Folder, tmp_path: Path) -> None:
    page = _reveal(folder("decoy"), tmp_path, [])
    words = _words(page)
    assert "What only looked like a fault" in words
    assert "nothing is misstated beyond tolerance" in words
    assert causes()[FAULT].title in words
    assert "No detector was run on this case." in words
    assert 'class="break"' not in page


def test_whatever_comes_from_outside_is_escaped(folder: Folder, tmp_path: Path) -> None:
    case = tmp_path / "hostile"
    shutil.copytree(folder("broken"), case)
    answer = _answer(case)
    answer["title"], answer["story"] = "<script>alert(1)</script>", 'a & b "c" <img src=x>'
    answer["causes"][0]["name"] = "<i>unknown</i>"
    (case / "truth" / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    results = _results(case)
    results[0]["detector"] = '"><svg onload=x>'
    results[0]["diagnosis"]["hypotheses"][0] |= {"layer": "<u>", "onset": None, "amount_cents": None, "probability": None}
    page = _reveal(case, tmp_path, results)
    assert not re.search(r"<script|<img|<i>|<u>|<svg onload", page)
    assert html.escape(answer["story"]) in page
    assert _Checker(page).open == []


def test_several_faults_share_one_sequence_and_acts_are_gathered(folder: Folder, tmp_path: Path) -> None:
    case = tmp_path / "several"
    shutil.copytree(folder("broken"), case)
    answer = _answer(case)
    first = answer["causes"][0]
    slip = first["stages"][0] | {"at": "2025-05-20T09:00", "size": "the first of 7 documents"}
    answer["causes"].append(first | {"name": "payout_missing", "stages": [slip, *first["stages"][1:]]})
    act = {"kind": "spend_money", "role": "bookkeeper", "by": "Kim Doe", "at": "2025-05-21T15:40", "document": None,
           "account": "800", "gap_cents": 5_00, "cents": 5_00}  # fmt: skip
    answer["acts"] = [act | {"at": f"2025-05-{day}T15:40"} for day in (28, 21, 30)]
    (case / "truth" / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    page = _reveal(case, tmp_path, [])
    words = _words(page)
    assert words.count("From the first slip to the loss of control") == 1
    for stage in first["stages"][1:]:
        assert words.count(stage["size"]) == 1 or not stage["size"]
    assert "the first of 7 documents" in words
    paid = "pays suppliers straight from the bank Kim Doe, bookkeeper 2025-05-21 15:40 2025-05-30 15:40 3"
    assert re.search(paid + r" .* \$15\.00", words)


def test_fault_that_never_struck_still_has_a_page(folder: Folder, tmp_path: Path) -> None:
    case = tmp_path / "inert"
    shutil.copytree(folder("healthy"), case)
    answer = _answer(case)
    answer["causes"] = [{"name": FAULT, "layer": "operations", "onset": None, "amount_cents": 0, "headline_account": "630",
                         "root_documents": [], "documents": [], "stages": []}]  # fmt: skip
    (case / "truth" / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    assert "No customer order is behind the documents of this case." in _words(_reveal(case, tmp_path, []))


def _without(case: Path, name: str) -> None:
    (case / name).unlink()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("case/manifest.json", _without),
        ("case/cin7/sales.parquet", _without),
        ("truth/answer.json", _without),
        ("truth/stock.parquet", _without),
        ("truth/answer.json", lambda case, name: (case / name).write_text('{"scenario": 3}', encoding="utf-8")),
        ("truth/balances.parquet", lambda case, name: (case / name).write_bytes(b"no table")),
    ],
)
def test_damaged_folder_is_one_clear_line(
    name: str, damage: Callable[[Path, str], object], folder: Folder, tmp_path: Path
) -> None:
    case = tmp_path / "damaged"
    shutil.copytree(folder("broken"), case)
    damage(case, name)
    with pytest.raises(ReportError) as caught:
        _reveal(case, tmp_path, [])
    assert Path(name).name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["damaged"], "half a page was left behind"


def test_page_that_cannot_be_written_is_one_clear_line(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ReportError, match=r"handout\.html"):
        _handout(folder("broken"), tmp_path / "file")
