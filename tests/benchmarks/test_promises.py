"""The trial of the whole catalogue says which event breaks which promise where, and can be taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import promises
from scenarios import loader
from sim import decoys, faults
from sim.faults.contract import lacks

FIRST = "invoice_authorised_shipment_incomplete"


@pytest.mark.slow
def test_an_event_is_tried_where_it_fits_and_nowhere_else() -> None:
    events = faults.discover() | decoys.discover()
    found = promises.fitting(sorted(events), loader.profiles(), 2, 7)
    assert len(set(found)) == len(found)
    tried = {(one.event, one.profile) for one in found}
    fits = {(name, profile) for name, event in events.items() for profile in loader.profiles()
            if not lacks(event, loader.load_profile(profile))}  # fmt: skip
    assert tried == fits
    assert {one.seed for one in found} == {1, 2}


def test_a_trial_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results, asked = tmp_path / "results.jsonl", []

    def answer(todo: list[promises.Attempt], jobs: int) -> list[promises.Outcome]:
        del jobs
        asked.append(todo)
        return [promises.Outcome(one, [] if one.seed < 3 else ["inert: cin7/sales differs"]) for one in todo]

    monkeypatch.setattr(promises, "outcomes", answer)
    given = [FIRST, "--profile", "d2c_apparel", "--results", str(results), "--seeds"]
    first = CliRunner().invoke(promises.main, [*given, "2"])
    assert first.exit_code == 0, first.output
    assert "2/2" in first.output
    second = CliRunner().invoke(promises.main, [*given, "3"])
    assert [[one.seed for one in todo] for todo in asked] == [[1, 2], [3]]
    assert second.exit_code == 1
    assert "2/3" in second.output
    assert "cin7/sales differs" in second.output


def test_an_event_that_cannot_be_run_is_a_finding() -> None:
    (found,) = promises.attempt_all([promises.Attempt("d2c_apparel", 1, 2, "no_such_event")])
    assert len(found.breaches) == 1
    assert "no_such_event" in found.breaches[0]


@pytest.mark.parametrize("given", [["no_such_event"], [FIRST, "--profile", "no_such_profile"]])
def test_an_unknown_name_is_refused(given: list[str]) -> None:
    refused = CliRunner().invoke(promises.main, given)
    assert refused.exit_code == 2
    assert "unknown" in refused.output
