from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.money import extend, ratio, split

cents = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@given(cents, weights)
def test_parts_sum_to_the_whole(amount: int, shares: list[int]) -> None:
    assert sum(split(amount, shares)) == amount


@given(cents, weights)
def test_each_part_is_within_a_cent_of_its_exact_share(amount: int, shares: list[int]) -> None:
    for part, weight in zip(split(amount, shares), shares, strict=True):
        assert abs(part - Fraction(amount * weight, sum(shares))) < 1


@given(cents, weights)
def test_a_split_of_the_opposite_is_the_opposite(amount: int, shares: list[int]) -> None:
    assert split(-amount, shares) == [-part for part in split(amount, shares)]


@given(cents, weights)
def test_who_has_no_weight_gets_nothing(amount: int, shares: list[int]) -> None:
    assert all(part == 0 for part, weight in zip(split(amount, shares), shares, strict=True) if weight == 0)


@pytest.mark.parametrize("shares", [[0, 0], [3, -1]])
def test_weights_must_be_non_negative_and_not_all_zero(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(100, shares)


@given(cents, st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_ratio_is_symmetric_and_within_half_a_unit(amount: int, numerator: int, denominator: int) -> None:
    value = ratio(amount, numerator, denominator)
    assert ratio(-amount, numerator, denominator) == -value
    assert abs(value - Fraction(amount * numerator, denominator)) <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.integers(1, 10**4))
def test_a_ratio_grows_with_its_amount(amount: int, denominator: int) -> None:
    assert ratio(amount, 1, denominator) <= ratio(amount + 1, 1, denominator)


def test_halves_are_rounded_away_from_zero() -> None:
    assert [ratio(n, 1, 2) for n in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]


def test_unit_costs_are_in_ten_thousandths() -> None:
    assert extend(3, 12_345) == 370  # 3 * 1.2345 = 3.7035
