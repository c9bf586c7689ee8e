"""Floors bound what a score means: they answer without understanding, the same each time."""

from __future__ import annotations

import pandas as pd
import pytest

from detectors.contract import Example
from detectors.evidence import Evidence
from detectors.loading import load
from detectors.reference.symptom_lookup import strangest
from detectors.samples import empty_business, small_business
from sim.causes import causes

CAUSE = "invoice_authorised_shipment_incomplete"


def example(evidence: Evidence, *named: str, layer: str = "cin7") -> Example:
    return Example(evidence, {"causes": [{"name": name, "layer": layer} for name in named]})


def of_profile(profile: str) -> Evidence:
    business = small_business(months=1, sales_a_day=1)
    return Evidence.of({name: business.table(name) for name in business.names}, business.calendar, profile=profile)


def test_majority_by_profile_says_what_was_most_frequent_in_that_profile() -> None:
    shop, maker, other = map(of_profile, ("shop", "maker", "other"))
    detector = load("majority_by_profile")
    assert detector.diagnose(shop).hypotheses == ()
    detector.fit([example(shop, "a"), example(maker, "b"), example(maker, "b"), example(maker, "c")])
    assert [detector.diagnose(each).causes for each in (shop, maker, other)] == [("a",), ("b",), ("b",)]
    detector.fit([example(shop)])
    assert detector.diagnose(maker).hypotheses == (), "what was learnt before is forgotten"


def with_changes(*rows: tuple[str, str, str]) -> Evidence:
    """The small business with settings changed: layer, moment, setting."""
    business = small_business(months=2, sales_a_day=1)
    tables = {name: business.table(name) for name in business.names}
    for layer, at, setting in rows:
        log = pd.DataFrame({
            "recorded_at": [pd.Timestamp(at)], "setting": [setting], "key": [""], "old_value": ["a"], "new_value": ["b"],
            "changed_by": ["somebody"],
        })  # fmt: skip
        tables[f"{layer}/settings_log"] = pd.concat([tables[f"{layer}/settings_log"], log], ignore_index=True)
    return Evidence.of(tables, business.calendar)


def test_the_latest_change_is_blamed() -> None:
    detector = load("latest_change")
    business = with_changes(("cin7", "2025-01-08 10:00", "Lock date"), ("ledger", "2025-02-03 09:00", "Closing date"))
    detector.fit([example(business, "x", layer="ledger"), example(business, "y", layer="cin7")])
    (said,) = detector.diagnose(business).hypotheses
    assert (said.cause, said.layer, str(said.onset)) == ("x", "ledger", "2025-02-03")
    (earlier,) = detector.diagnose(business.restrict(["cin7", "integration"])).hypotheses
    assert (earlier.cause, earlier.layer, str(earlier.onset)) == ("y", "cin7", "2025-01-08")
    assert detector.diagnose(small_business(months=1)).hypotheses == (), "nothing was changed"
    unfitted = load("latest_change").diagnose(business)
    assert set(unfitted.causes) <= {each.name for each in causes().values() if each.layer == "ledger"}
    assert unfitted.hypotheses or "the catalogue has no cause in ledger" in unfitted.remarks[-1]


def test_a_symptom_is_looked_up() -> None:
    broken = small_business(months=6, left_open=range(190, 240))
    symptom, month = strangest(broken)
    assert symptom in {"inventory", "receivable"}
    assert month in broken.month_ends
    detector = load("symptom_lookup")
    detector.fit([example(broken, "x", "x"), example(empty_business())])
    assert detector.diagnose(broken).causes == ("x",)
    assert detector.diagnose(empty_business()).hypotheses == ()
    assert detector.diagnose(broken.restrict(["cin7"])).hypotheses == (), "it reads the ledger alone"


def test_a_catalogue_is_a_table_too(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = small_business(months=6, left_open=range(190, 240))
    monkeypatch.setattr("detectors.reference.symptom_lookup.strangest", lambda _: ("inventory", broken.month_ends[-1]))
    (said,) = load("symptom_lookup").diagnose(broken).hypotheses
    assert causes()[said.cause].headline == "inventory"
