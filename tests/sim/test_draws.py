from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draws import Draws, Table, pool

seeds = st.integers(0, 2**63)
names = st.sampled_from(["work/shipments", "sync/transient", "a", "b"])
entity_keys = st.integers(0, 2**63 - 1)


@given(seeds, names, entity_keys, st.integers(0, 50))
def test_a_draw_depends_on_its_inputs_alone(seed: int, name: str, key: int, ordinal: int) -> None:
    alone = Draws(seed).stream(name).uniform(key, ordinal)
    after_others = Draws(seed)
    for other in range(5):
        after_others.stream("something else").uniform(other)
    assert 0.0 <= alone < 1.0
    assert after_others.stream(name).uniform(key, ordinal) == alone


@given(seeds, st.integers(0, 2**40))
def test_seed_stream_key_and_ordinal_each_matter(seed: int, key: int) -> None:
    draws = Draws(seed)
    values = {
        draws.stream("a").uniform(key), Draws(seed + 1).stream("a").uniform(key), draws.stream("b").uniform(key),
        draws.stream("a").uniform(key + 1), draws.stream("a").uniform(key, 1),
    }  # fmt: skip
    assert len(values) == 5


@pytest.mark.parametrize("step", [1, 1 << 12, 1 << 24], ids=["lines", "ordinals", "roots"])
def test_draws_of_neighbouring_keys_are_uniform_and_unrelated(step: int) -> None:
    stream = Draws(7).stream("evenness")
    values = np.array([stream.uniform(n * step) for n in range(20_000)])
    counts, _ = np.histogram(values, bins=20, range=(0.0, 1.0))
    chi_square = ((counts - 1_000) ** 2 / 1_000).sum()
    assert chi_square < 45.3  # 99.95 % of the chi-square distribution with 19 degrees of freedom
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.03


def test_ordinals_of_one_key_are_uniform_too() -> None:
    stream = Draws(7).stream("evenness")
    values = np.array([stream.uniform(12_345, n) for n in range(20_000)])
    counts, _ = np.histogram(values, bins=20, range=(0.0, 1.0))
    assert ((counts - 1_000) ** 2 / 1_000).sum() < 45.3


@given(seeds, st.integers(1, 100))
def test_blocks_do_not_disturb_each_other(seed: int, used: int) -> None:
    draws = Draws(seed)
    draws.block("first").random(used)
    assert draws.block("second").random(4).tolist() == Draws(seed).block("second").random(4).tolist()


@given(entity_keys)
def test_impossible_never_happens_and_certain_always(key: int) -> None:
    stream = Draws(1).stream("a")
    assert not stream.happens(0.0, key)
    assert stream.happens(1.0, key)


@given(st.integers(-100, 100), st.integers(0, 100), entity_keys)
def test_between_stays_between(low: int, width: int, key: int) -> None:
    assert low <= Draws(1).stream("a").between(low, low + width, key) <= low + width


@given(st.lists(st.integers(0, 20), min_size=1, max_size=10).filter(any), st.floats(0, 1, exclude_max=True))
def test_a_table_picks_only_what_has_weight(weights: list[int], uniform: float) -> None:
    assert weights[Table(weights).pick(uniform)] > 0


def test_a_table_picks_by_weight() -> None:
    picks = [Table([1, 0, 3]).pick(n / 400) for n in range(400)]
    assert [picks.count(n) for n in range(3)] == [100, 0, 300]


def test_quantiles_have_the_mean_and_spread_asked_for() -> None:
    quantiles = Draws(3).gamma_quantiles("lead", 10.0, 0.3)
    assert np.mean(quantiles) == pytest.approx(10.0, rel=0.05)
    assert np.std(quantiles) / np.mean(quantiles) == pytest.approx(0.3, rel=0.15)


def test_secrets_differ_by_name_and_seed() -> None:
    assert len({Draws(1).secret("a"), Draws(1).secret("b"), Draws(2).secret("a")}) == 3


def test_a_pool_of_names_is_the_same_for_the_same_seed() -> None:
    assert pool(Draws(5), 30) == pool(Draws(5), 30)
    assert len(pool(Draws(5), 30)) == 30


@settings(max_examples=15)
@given(seeds)
def test_no_two_people_share_a_surname(seed: int) -> None:
    assert len({name.split()[-1] for name in pool(Draws(seed), 240)}) == 240
