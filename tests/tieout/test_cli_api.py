"""The names that authors import from `tieout`."""

from __future__ import annotations

import pytest

import tieout


def test_every_public_name_is_there_and_lives_elsewhere():
    for name in tieout.__all__:
        assert getattr(tieout, name).__module__.split(".")[0] in {"sim", "scenarios", "detectors"}


def test_no_other_name_is():
    with pytest.raises(AttributeError, match="module 'tieout' has no attribute 'nothing'"):
        _ = tieout.nothing
