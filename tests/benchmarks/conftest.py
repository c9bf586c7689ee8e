"""A corpus small enough to be made by a test, made once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchmarks import corpus
from scenarios.suite import Multiples, Shares, Suite, load_suite

SOON = ("credit_note_without_restock", "invoice_authorised_shipment_incomplete", "receipt_not_authorised",
        "shipment_authorised_invoice_missing", "dock_to_stock_delay", "invoiced_after_a_price_check",
        "returns_not_fit_for_sale")  # fmt: skip
"""Faults and decoys that show within weeks in a very small business."""


def tiny() -> Suite:
    """Six very small cases of the apparel shop and the gift wholesaler."""
    smoke = load_suite("smoke")
    train, test = smoke.splits
    replace = msgspec.structs.replace
    return replace(
        smoke, name="tiny", scale=Multiples(0.25, 0.3), months=replace(smoke.months, low=3, high=3), quiet_days=50,
        intermittent=0.0, confined=0.0, only=list(SOON),
        splits=[
            replace(train, cases=3, profiles=["d2c_apparel"], severity=Shares(0.9, 0.95)),
            replace(test, cases=3, profiles=["d2c_apparel", "wholesale_giftware"], severity=Shares(0.8, 1.0)),
        ],
    )  # fmt: skip


@pytest.fixture
def suite() -> Suite:
    """The settings of `made`."""
    return tiny()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus on disk; a test may read it, never change it."""
    out = tmp_path_factory.mktemp("corpus") / "tiny"
    corpus.make(tiny(), out)
    return out
