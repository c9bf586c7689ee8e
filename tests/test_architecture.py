"""The import graph is the causal graph. Layers are contracts in pyproject.toml; here is what they cannot say."""

from __future__ import annotations

import configparser
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import grimp
import pytest
from grimp import ImportGraph

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim", "scenarios", "detectors", "benchmarks", "tieout")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEAVES = {"sim.clock", "sim.draws", "sim.money", "sim.schema", "sim.causes", "sim.keys", "sim.profile", "sim.tables"}
LAYERS = ("operations", "cin7", "integration", "ledger")


@cache
def graph() -> ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)


def test_the_contracts_of_pyproject_hold() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-3_000:] + found.stderr[-2_000:]


def test_every_package_of_the_repository_is_under_contract() -> None:
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert on_disk == set(PACKAGES)
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == on_disk
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == on_disk
    assert {pattern.rstrip("*") for pattern in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]} == on_disk


def imported_by(module: str) -> set[str]:
    return {name for name in graph().find_modules_directly_imported_by(module) if name.split(".")[0] in PACKAGES}


def events(package: str) -> list[str]:
    shared = {f"{package}.contract"}
    return sorted(graph().find_children(package) - shared)


def layer_of(module: str) -> str:
    """The layer an event says it originates in, asked of its class."""
    import importlib

    name = module.rsplit(".", 1)[-1]
    discovered = importlib.import_module(module.rsplit(".", 1)[0]).discover()
    layer: str = discovered[name].layer
    return layer


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("module", [*events("sim.faults"), *events("sim.decoys")])
def test_an_event_imports_its_own_layer_and_that_layers_people_only(module: str) -> None:
    """Law 1. `founding` names the world that `install` is given; `contract` and `marks` are what every event uses."""
    layer = layer_of(module)
    assert layer in LAYERS
    shared = {"sim", "sim.faults.contract", "sim.founding", "sim.marks"} | LEAVES
    allowed = [f"sim.{layer}", f"sim.people.{layer}"]
    foreign = {name for name in imported_by(module) - shared if not any(within(name, package) for package in allowed)}
    assert not foreign, f"{module} is of layer {layer} and imports {', '.join(sorted(foreign))}"


def test_no_layer_knows_of_faults_decoys_or_truth() -> None:
    secrets = ("sim.faults", "sim.decoys", "sim.truth")
    for layer in (*LAYERS, "people"):
        for module in graph().find_descendants(f"sim.{layer}") | {f"sim.{layer}"}:
            known = {name for name in imported_by(module) if any(within(name, secret) for secret in secrets)}
            assert not known, f"{module} imports {', '.join(sorted(known))}"


def test_detectors_and_scenarios_do_not_read_the_truth() -> None:
    for package in ("detectors", "scenarios"):
        for module in graph().find_descendants(package) | {package}:
            assert not {name for name in imported_by(module) if within(name, "sim.truth")}, module


@pytest.mark.parametrize("library", ["pandas", "matplotlib", "pyarrow"])
def test_help_loads_nothing_heavy(library: str) -> None:
    """`tieout --help` stays fast because heavy libraries are imported by the commands that use them."""
    script = f"import sys, tieout.cli; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_no_second_configuration_hides_the_first() -> None:
    assert not list(ROOT.glob("setup.py")) + list(ROOT.glob("ruff.toml")) + list(ROOT.glob("mypy.ini"))
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert not setup.sections()
