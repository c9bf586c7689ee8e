"""The scorecard as a detector: what it points at, whom it takes, and silence on healthy businesses."""

from __future__ import annotations

import datetime as dt

import pytest

from detectors.evidence import Evidence
from detectors.loading import load
from detectors.samples import small_business


def test_open_shipments_are_named_with_the_month_in_which_they_were_seen() -> None:
    said = load("warning_signs").diagnose(small_business(months=6, left_open=range(90, 150, 4)))
    assert "invoice_authorised_shipment_incomplete" in said.causes
    found = next(each for each in said.hypotheses if each.cause == "invoice_authorised_shipment_incomplete")
    assert found.onset == dt.date(2025, 3, 1)
    assert found.evidence
    assert any(remark.startswith("triage:") for remark in said.remarks)


def test_a_healthy_business_is_left_alone_whatever_is_visible(healthy: Evidence) -> None:
    for layers in (healthy.layers, ("ledger",), ("cin7", "ledger"), ("operations",), ()):
        said = load("warning_signs").diagnose(healthy.restrict(layers))
        assert said.hypotheses == ()
        assert any("triage" in remark for remark in said.remarks)


def test_a_few_documents_with_a_traceable_source_need_no_specialist(healthy: Evidence) -> None:
    whole = load("warning_signs").diagnose(small_business(months=6, left_open=range(90, 150, 4))).remarks
    assert any("generalist may not be enough" in remark for remark in whole)
    few = load("warning_signs").diagnose(small_business(months=6, left_open=[150, 151, 152])).remarks
    assert any("a generalist is enough: a one-off of 3 documents" in remark for remark in few)


@pytest.mark.parametrize("layers", [("ledger",), ("integration", "ledger")])
def test_without_cin7_it_says_what_it_cannot_see(broken: Evidence, layers: tuple[str, ...]) -> None:
    said = load("warning_signs").diagnose(broken.restrict(layers))
    assert any("cin7 is not visible" in remark for remark in said.remarks)
