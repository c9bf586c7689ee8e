"""Settings of the whole suite. Shared helpers are in `helpers/support/`; where a test goes is in README.md."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

# The same examples every time: a red build must stay red until somebody mends it. Seeds are swept by tests marked slow.
hypothesis.settings.register_profile(
    "tieout", deadline=None, derandomize=True, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tieout")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the golden files; the run still fails, so that somebody looks at the difference."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*.json, and fail")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return Path(__file__).parents[1]
