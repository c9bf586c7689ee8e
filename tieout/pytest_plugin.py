"""The pytest plugin: `@pytest.mark.tieout(suite="smoke")` lets a test meet every case of a suite through the fixture `tieout`.

Loaded wherever tieout is installed, so it imports nothing heavy until a test with the marker is collected. Baselines are
small files beside the tests, reviewed like snapshots. The same under pytest-xdist: workers tell the controller what they used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .regression import Case, Session

_KEY = pytest.StashKey["Session"]()
_PARTIAL = pytest.StashKey[bool]()
_TOLD = pytest.StashKey[list[str]]()
_UPDATES = ("new", "changed", "all")
_MARKER = (
    "tieout(suite, split='test', cases=None, layers=None): run the test on each case of a tieout suite (a name or a TOML "
    "file), through the fixture `tieout`; `cases` takes the first few only, `layers` hides the others"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the plugin."""
    group = parser.getgroup("tieout", "regression tests for detectors")
    group.addoption(
        "--tieout-update", choices=_UPDATES, default=None,
        help="write baselines: new ones, changed ones too (the run still fails), or all and remove unused ones",
    )  # fmt: skip
    group.addoption("--tieout-fail", default="", metavar="TOLERANCES",
                    help='how much worse is borne, such as "top1:-0.02,onset:+5d"')  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known and refuse what cannot be."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("--tieout-update") and os.environ.get("CI"):
        raise pytest.UsageError("--tieout-update is for people: in CI (the variable CI is set) baselines are not written")
    if config.getoption("--tieout-fail"):
        from .regression import Tolerances

        try:
            Tolerances.of(config.getoption("--tieout-fail"))
        except ValueError as error:
            raise pytest.UsageError(f"--tieout-fail: {error}") from None


def _session(config: pytest.Config) -> Session:
    """What this process keeps; made when the first test with the marker is collected."""
    if _KEY not in config.stash:
        from .regression import Session, Tolerances

        cache = getattr(config, "cache", None)
        folder = Path(cache.mkdir("tieout")) if cache is not None else config.rootpath / ".tieout_cache"
        tolerances = Tolerances.of(config.getoption("--tieout-fail"))
        config.stash[_KEY] = Session(folder, config.getoption("--tieout-update"), tolerances)
    return config.stash[_KEY]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case."""
    marker = metafunc.definition.get_closest_marker("tieout")
    if marker is None:
        return
    if "tieout" not in metafunc.fixturenames:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: has the marker and does not ask for the fixture `tieout`")
    try:
        names = _session(metafunc.config).collect(*marker.args, **marker.kwargs)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: @pytest.mark.tieout: {error}") from None
    metafunc.parametrize("tieout", names, indirect=True)


@pytest.fixture
def tieout(request: pytest.FixtureRequest) -> Case:
    """One case of the suite that the marker names: let a detector diagnose it, then say what must be found."""
    marker = request.node.get_closest_marker("tieout")
    if marker is None:
        raise pytest.UsageError(f'{request.node.nodeid}: the fixture `tieout` needs @pytest.mark.tieout(suite="smoke")')
    session, node = _session(request.config), request.node
    name = node.nodeid.split("::", 1)[1].split("[")[0].replace("::", ".")
    baselines = Path(node.path).parent / "__tieout__" / Path(node.path).stem / name
    case = session.case(request.param, baselines, *marker.args, **marker.kwargs)
    if case is None:
        pytest.skip("left out of the suite: no draw of this case changed enough to be asked about")
    return case


# --- what holds over all tests: aggregates, and baselines that nobody used --------------------------------------


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Whoever runs a part of the tests cannot say that a baseline is unused."""
    if items:
        items[0].config.stash[_PARTIAL] = True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In a worker: tell what was used. Otherwise: judge what holds over all tests."""
    config = session.config
    if _KEY not in config.stash and not hasattr(config, "tieout_notes"):
        return
    notes = _session(config).notes() if _KEY in config.stash else []
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["tieout"] = notes
        output["tieout_partial"] = config.stash.get(_PARTIAL, False)
        return
    notes += getattr(config, "tieout_notes", [])
    partial = config.stash.get(_PARTIAL, False) or getattr(config, "tieout_partial", False)
    whole = (
        exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        and not (partial or session.shouldstop or session.shouldfail)
        and not any("::" in str(argument) for argument in config.args)
        and not config.getoption("collectonly")
    )
    told = _session(config).conclude(notes, whole=whole)
    config.stash[_TOLD] = told
    if told and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class _Controller:
    """Hears what workers of pytest-xdist used; registered only where there is xdist."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has ended."""
        del error
        output = getattr(node, "workeroutput", {})
        config = node.config
        if "tieout" in output:
            config.tieout_notes = [*getattr(config, "tieout_notes", []), *output["tieout"]]
            config.tieout_partial = getattr(config, "tieout_partial", False) or output["tieout_partial"]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Listen to workers, where there are any."""
    if session.config.pluginmanager.hasplugin("dsession"):
        session.config.pluginmanager.register(_Controller(), "tieout-controller")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what no single test could."""
    told = config.stash.get(_TOLD, [])
    if told:
        terminalreporter.section("tieout")
        for line in told:
            terminalreporter.line(line)
