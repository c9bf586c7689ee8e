"""What ruff cannot say about the code and its files."""

from __future__ import annotations

import ast
import gzip
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim", "scenarios", "detectors", "benchmarks", "tieout")
FUNCTION_LINES_MAX = 70
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TOML = sorted((ROOT / "scenarios").rglob("*.toml"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_says_what_it_is_and_defers_annotations(path: Path) -> None:
    assert len(ast.get_docstring(tree(path)) or "") > 20, "a module docstring says what the room is and what it must not know"
    body = [node for node in tree(path).body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if body:
        first = body[0]
        assert isinstance(first, ast.ImportFrom), "the first statement is `from __future__ import annotations`"
        assert first.module == "__future__"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_fit_on_a_screen(path: Path) -> None:
    long = [
        f"{node.name} (line {node.lineno}): {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not long


def imports_of(path: Path) -> set[str]:
    """Modules and members that a file imports, absolute."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
    return found


def test_no_module_is_dead() -> None:
    """Every module is imported somewhere in the packages, found by discovery, or started by its name."""
    imported = {name for path in SOURCES for name in imports_of(path)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entry_points = [*project["scripts"].values()]
    for group in project.get("entry-points", {}).values():
        entry_points += group.values()
    started = {entry.split(":")[0] for entry in entry_points}
    discovered = {ROOT / "sim" / "faults", ROOT / "sim" / "decoys"}
    started |= {f"benchmarks.{name}" for name in ("fidelity", "oracle", "promises", "sweep")}  # python -m benchmarks.fidelity
    started |= {"detectors.books", "detectors.documents"}  # offered to authors of detectors
    started |= {"detectors.confine"}  # started by its path
    started |= {"tieout.reference.results"}  # python -m, by `make docs`
    dead = []
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if path.stem in ("__init__", "__main__") or path.parent in discovered or module in imported | started:
            continue
        dead.append(module)
    assert not dead


def test_every_rate_in_a_scenario_file_has_a_source() -> None:
    """A table with a value says where the value comes from; the loader refuses it otherwise, this reads the files."""

    def check(node: Any, place: str) -> int:
        if isinstance(node, list):
            return sum(check(item, f"{place}[{n}]") for n, item in enumerate(node))
        if not isinstance(node, dict):
            return 0
        found = 0
        if "value" in node or "values" in node:
            assert len(str(node.get("source", "")).strip()) >= len("assumption"), f"{place} has no source"
            found = 1
        return found + sum(check(value, f"{place}.{key}") for key, value in node.items())

    assert sum(check(tomllib.loads(path.read_text(encoding="utf-8")), name_of(path)) for path in TOML) > 20


def test_every_fault_and_decoy_is_described_in_full() -> None:
    from sim import causes, decoys, faults
    from sim.faults import contract

    assert faults.discover()
    assert decoys.discover()
    for name, event in {**faults.discover(), **decoys.discover()}.items():
        cause = contract.cause_of(event)
        assert cause.name == name
        assert event.layer in causes.LAYERS
        assert set(cause.shows) == set(causes.LAYERS)
        for text in (*cause.shows.values(), cause.summary, cause.mistaken_for, cause.hidden_by, cause.fixed_by, cause.source):
            assert text.endswith((".", '"')), f"{name}: {text!r} is no sentence"
        assert cause.title == cause.title.strip()
        for knob, parameter in event.parameters.items():
            assert parameter.low <= parameter.default <= parameter.high, f"{name}.{knob}"
            assert parameter.meaning
        assert event.inert.keys() <= event.parameters.keys()
    assert set(causes.causes()) == set(faults.discover()), "decoys are no causes"
    for name, event in decoys.discover().items():
        assert event.looks_like in faults.discover(), f"{name} looks like nothing known"


def committed() -> list[Path]:
    """Text files git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file() and path.suffix not in (".png", ".ico")]


def text_of(path: Path) -> str:
    """What a file says, unpacked where it is packed."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


# Spelled in pieces, so that this file passes its own test.
BANNED = {
    "a path of somebody's machine": rf"(?<![\w.~-])/{'wo'}rk/|(?<![\w.-])/{'tm'}p/|/{'ho'}me/\w+/",
    "the address of a package index": rf"{'py'}pi\.org/simple|files\.{'python'}hosted|--{'index'}-url|--{'extra'}-index",
    "a leftover note to oneself": rf"\b(?:{'TO'}DO|{'FIX'}ME|{'XX'}X)\b",
    "a merge conflict": rf"^{'<' * 7} |^{'>' * 7} ",
}


@pytest.mark.parametrize("what", BANNED)
def test_committed_text_does_not_contain(what: str) -> None:
    pattern = re.compile(BANNED[what], re.MULTILINE)
    assert not [
        f"{name_of(path)}: {match.group()}"
        for path in committed()
        for match in pattern.finditer(text_of(path))
    ]


def test_files_end_with_one_newline_and_carry_no_stray_spaces() -> None:
    untidy = []
    for path in committed():
        text = text_of(path)
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            untidy.append(name_of(path))
        if path.suffix in (".py", ".toml") and re.search(r"[ \t]+$", text, re.MULTILINE):
            untidy.append(f"{name_of(path)} (trailing spaces)")
    assert not untidy


def test_no_test_is_skipped() -> None:
    skipping = re.compile(rf"pytest\.(?:mark\.)?(?:{'sk'}ip|{'x'}fail)")
    assert not [name_of(path) for path in (ROOT / "tests").rglob("*.py") if skipping.search(path.read_text(encoding="utf-8"))]


def test_constraints_pin_what_pyproject_asks_for() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    names = {re.split(r"[<>=\[;~! ]", name)[0].lower().replace("_", "-") for name in wanted}
    assert names <= pinned
