"""Money: integer cents, unit costs in 1/10,000 of the currency, and splits that lose nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def ratio(amount: int, numerator: int, denominator: int) -> int:
    """`amount * numerator / denominator`, rounded half away from zero. `denominator` is positive."""
    product = amount * numerator
    if product >= 0:
        return (2 * product + denominator) // (2 * denominator)
    return -((-2 * product + denominator) // (2 * denominator))


def extend(quantity: int, unit_cost: int) -> int:
    """Cents of `quantity` units at `unit_cost` (1/10,000 of the currency)."""
    return ratio(quantity, unit_cost, 100)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in parts proportional to `weights`, by largest remainder; the parts sum to `amount`.

    Ties go to the earlier part. Raises ValueError when the weights do not sum to a positive number.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    size = abs(amount)
    parts = [size * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(size * weights[i] % total))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return parts if amount >= 0 else [-part for part in parts]
