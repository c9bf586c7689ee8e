"""Classes of causes that look the same: what counts as the same, and what two real causes show."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import equivalence
from benchmarks.equivalence import Found, Published, Signature
from sim import faults
from sim.causes import LAYERS

CIN7, LEDGER = ("cin7/sales", "less"), ("ledger/journals", "less", "source_type=MANJOURNAL")


def found(event: str, *kinds: tuple[str, ...], profile: str = "a") -> Found:
    return Found(event, profile, frozenset(kinds))


def test_causes_are_alike_where_what_is_visible_agrees() -> None:
    by_cause = equivalence.signatures([found("one", CIN7, LEDGER), found("two", LEDGER), found("three")])
    assert equivalence.classes(by_cause, ["ledger"]) == [("one", "two")]
    assert equivalence.classes(by_cause, ["cin7"]) == [("three", "two")]
    assert equivalence.classes(by_cause, ["cin7", "ledger"]) == []
    assert equivalence.silent(by_cause, ["cin7"]) == ("three", "two")
    assert equivalence.silent(by_cause, LAYERS) == ("three",)


def test_the_committed_classes_are_of_todays_catalogue_and_all_of_it_shows_somewhere() -> None:
    published = equivalence.committed()
    assert published is not None
    assert published.causes == tuple(sorted(faults.discover()))
    assert published.profiles == equivalence.PROFILES
    everything = "+".join(LAYERS)
    assert everything not in published.silent, "a cause that never struck says nothing of what it shows"
    assert everything not in published.alike


def test_what_shows_seldom_does_not_tell_causes_apart() -> None:
    runs = [found("one", LEDGER), found("one", LEDGER, CIN7), found("one", LEDGER), found("two", LEDGER)]
    assert equivalence.classes(equivalence.signatures(runs), LAYERS) == [("one", "two")]


def test_one_business_that_tells_them_apart_is_enough_and_none_in_common_too() -> None:
    runs = [found("one", LEDGER), found("two", LEDGER), found("one", CIN7, profile="b"), found("two", profile="b"),
            found("three", LEDGER, profile="c")]  # fmt: skip
    assert equivalence.classes(equivalence.signatures(runs), LAYERS) == []


SIGNATURES = st.dictionaries(
    st.sampled_from("abcdef"), st.dictionaries(st.just("p"), st.frozensets(st.sampled_from([CIN7, LEDGER])), min_size=1)
)


@given(SIGNATURES)
def test_seeing_more_never_makes_causes_more_alike(by_cause: dict[str, dict[str, Signature]]) -> None:
    def pairs(layers: tuple[str, ...]) -> set[tuple[str, str]]:
        groups = equivalence.classes(by_cause, layers)
        return {(one, other) for group in groups for one in group for other in group}

    assert pairs(LAYERS) <= pairs(("ledger",))
    assert set(equivalence.silent(by_cause, LAYERS)) <= set(equivalence.silent(by_cause, ("ledger",)))


@pytest.mark.slow
def test_shipments_left_open_and_receipts_left_open_are_told_apart_in_cin7() -> None:
    names = ("invoice_authorised_shipment_incomplete", "open_purchase_task")
    by_cause = equivalence.signatures(equivalence.observe(equivalence.Task("d2c_apparel", 1, names)))
    assert equivalence.classes(by_cause, ("cin7",)) == []
    assert equivalence.silent(by_cause, ("ledger",)) == ("open_purchase_task",)


def test_scores_read_what_was_published(tmp_path: Path) -> None:
    published = Published(("a",), (1,), (0.5,), 6, ("one", "two"), {"ledger": (("one", "two"),)}, {})
    assert equivalence.alike(published) == {"ledger": {"one": ("two",), "two": ("one",)}}
    path = tmp_path / "equivalence.json"
    assert equivalence.committed(path) is None
    assert equivalence.alike(None) == {}
    path.write_bytes(msgspec.json.encode(published))
    assert equivalence.committed(path) == published


@pytest.mark.slow
def test_every_cause_is_simulated_somewhere() -> None:
    tasks = equivalence.tasks(sorted(faults.discover()))
    assert {event for task in tasks for event in task.events} == set(faults.discover())
    assert len(set(tasks)) == len(tasks)
