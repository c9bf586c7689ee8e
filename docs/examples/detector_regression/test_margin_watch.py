"""Does today's version still find what yesterday's found? Run: pytest; the first time with --tieout-update=new."""

from __future__ import annotations

from typing import Any

import pytest
from margin_watch import MarginWatch


@pytest.mark.tieout(suite="few.toml")
def test_it_still_finds_what_it_found(tieout: Any) -> None:
    """Nothing is worse than in the baselines under __tieout__, which are reviewed like code."""
    tieout.diagnose(MarginWatch())
    tieout.assert_baseline()


@pytest.mark.tieout(suite="few.toml")
def test_it_finds_the_cause_and_raises_no_false_alarm(tieout: Any) -> None:
    """What must hold whatever the baselines say."""
    tieout.diagnose(MarginWatch())
    tieout.assert_no_false_alarm()
    tieout.assert_cause()
    tieout.assert_layer()
    tieout.assert_onset(days=14)
