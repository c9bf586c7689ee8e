"""Detectors are found by name, by entry point, or by package.module:Class; else one line says what was meant."""

from __future__ import annotations

from importlib import metadata

import pytest

from detectors import loading
from detectors.contract import Detector
from detectors.loading import DetectorError
from detectors.reference.specialist import Specialist


@pytest.mark.parametrize("name", list(loading.BUILT_IN))
def test_the_house_detectors_are_found_under_their_own_name(name: str) -> None:
    detector = loading.load(name)
    assert isinstance(detector, Detector)
    assert detector.name == name
    assert loading.available()[name].startswith("detectors.reference.")


def test_a_class_is_found_by_module() -> None:
    assert isinstance(loading.load("detectors.reference.specialist:Specialist"), Specialist)


def test_a_package_may_offer_detectors_but_not_take_a_name_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        metadata.EntryPoint("theirs", "detectors.reference.specialist:Specialist", loading.GROUP),
        metadata.EntryPoint("none", "detectors.reference.specialist:Specialist", loading.GROUP),
    ]
    monkeypatch.setattr(loading.metadata, "entry_points", lambda group: points if group == "tieout.detectors" else [])
    assert isinstance(loading.load("theirs"), Specialist)
    assert loading.load("none").name == "none"
    assert list(loading.available())[-1] == "theirs"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("specalist", r"there is no detector 'specalist'; did you mean specialist\?"),
        ("zzz", r"there are none, majority, .*, blend, package\.module:Class or exec:PROGRAM"),
        ("no.such.module:Thing", "cannot import 'no.such.module': ModuleNotFoundError"),
        ("detectors.reference.specialist:Nobody", "has no 'Nobody'"),
        ("detectors.loading:GROUP", "is not a class or a function"),
        ("fractions:Fraction", "Fraction lacks one of name, reads, fit, diagnose"),
        ("datetime:date", "cannot be made: TypeError"),
        (":", "cannot import"),
    ],
)
def test_what_is_no_detector_is_refused_in_one_line(name: str, words: str) -> None:
    with pytest.raises(DetectorError, match=words) as caught:
        loading.load(name)
    assert "\n" not in str(caught.value)
