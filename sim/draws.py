"""Randomness: the only place that draws.

Two kinds, so that a lost order shifts nothing else: whole blocks drawn before the run under a name, and
single draws keyed by the entity they are about. Neither depends on when or in which order it is asked for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

_MASK = (1 << 64) - 1
_TO_UNIT = 2.0**-53
QUANTILE_BITS = 10
_KEPT = 0.2
_RARE = 0.05
_SIEVE_SCALE = 2.0**64 / _KEPT


def _salt(seed: int, name: str) -> int:
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


class _Shifts(dict[int, int]):
    """What an ordinal adds to the product that sieves, worked out when it is first asked for: as a rule there are a few."""

    def __init__(self, sieve: int) -> None:
        self._sieve = sieve

    def __missing__(self, ordinal: int) -> int:
        self[ordinal] = shift = (ordinal * 0x9E3779B97F4A7C15 + self._sieve) & _MASK
        return shift


class Stream:
    """Keyed draws of one name."""

    __slots__ = ("_salt", "_sieve")

    def __init__(self, salt: int) -> None:
        self._salt = salt
        self._sieve = salt ^ 0xA5A5A5A5A5A5A5A5

    def uniform(self, key: int, ordinal: int = 0) -> float:
        """A number in [0, 1) that depends on seed, stream name, `key` and `ordinal` alone.

        An xor-shift and multiply finaliser, twice over: about half a microsecond in pure Python.
        """
        x = (key * 0x9E3779B97F4A7C15 + self._salt + ordinal * 0xBF58476D1CE4E5B9) & _MASK
        x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & _MASK
        x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & _MASK
        return ((x ^ (x >> 32)) >> 11) * _TO_UNIT

    def happens(self, probability: float, key: int, ordinal: int = 0) -> bool:
        """True with `probability`.

        What is rare is sieved first: an equidistributed product lets through five times too many, of which the proper
        draw keeps one in five. Nearly every answer then costs one multiplication.
        """
        if probability >= _RARE:
            return self.uniform(key, ordinal) < probability
        if (key * 0xD1342543DE82EF95 + ordinal * 0x9E3779B97F4A7C15 + self._sieve) & _MASK >= int(probability * _SIEVE_SCALE):
            return False
        return self.uniform(key, ordinal) < _KEPT

    def chance(self, probability: float) -> Callable[..., bool]:
        """`happens` of one probability, for the hot path: what does not depend on the key is worked out once."""
        if probability >= _RARE:
            return lambda key, ordinal=0: self.uniform(key, ordinal) < probability
        shifts, limit, uniform = _Shifts(self._sieve), int(probability * _SIEVE_SCALE), self.uniform

        def happens(key: int, ordinal: int = 0) -> bool:
            return (key * 0xD1342543DE82EF95 + shifts[ordinal]) & _MASK < limit and uniform(key, ordinal) < _KEPT

        return happens

    def quantile(self, quantiles: Sequence[int], key: int, ordinal: int = 0) -> int:
        """One of the values that `Draws.gamma_quantiles` made."""
        return quantiles[int(self.uniform(key, ordinal) * (1 << QUANTILE_BITS))]

    def between(self, low: int, high: int, key: int, ordinal: int = 0) -> int:
        """A whole number from `low` to `high`, both included, all equally likely."""
        return low + int(self.uniform(key, ordinal) * (high - low + 1))


class Draws:
    """All randomness of one run, from one seed."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def block(self, name: str) -> np.random.Generator:
        """A generator of its own for the block `name`, to be used up before the run starts."""
        return np.random.Generator(np.random.PCG64(_salt(self._seed, "block/" + name)))

    def gamma_quantiles(self, name: str, mean: float, spread: float) -> list[int]:
        """Whole-number quantiles of a gamma distribution, to be indexed by a keyed draw; `spread` is its cv."""
        shape = 1.0 / max(spread, 0.01) ** 2
        values = np.sort(self.block(name).gamma(shape, mean / shape, 1 << QUANTILE_BITS))
        quantiles: list[int] = np.rint(values).astype(np.int64).tolist()
        return quantiles

    def stream(self, name: str) -> Stream:
        """Keyed draws under `name`."""
        return Stream(_salt(self._seed, "stream/" + name))

    def secret(self, name: str) -> int:
        """A 64-bit number for disguising ids; who does not know the seed cannot undo it."""
        return _salt(self._seed, "secret/" + name)


class Table:
    """An inverse distribution: maps a uniform number to an index by integer weights."""

    __slots__ = ("_sums", "_total")

    def __init__(self, weights: Sequence[int]) -> None:
        self._sums = list(accumulate(weights))
        self._total = self._sums[-1]

    def pick(self, uniform: float) -> int:
        """The index whose weight interval holds `uniform`."""
        return bisect_right(self._sums, int(uniform * self._total))


def pool(draws: Draws, count: int) -> list[str]:
    """`count` personal names for a business's staff and customers: cosmetic, never part of an id.

    No two share a surname, so neither two people nor two firms named after people are taken for one. The words are Faker's;
    its own generators would take twenty times as long as everything else a business is founded with.
    """
    from faker.providers.person.en_US import Provider  # noqa: PLC0415  (word lists take longer to load than `--help` may)

    random = draws.block("founding/names")
    first = sorted(Provider.first_names)
    last = sorted(Provider.last_names)
    surnames = random.choice(len(last), count, replace=False).tolist()
    return [f"{first[n]} {last[m]}" for n, m in zip(random.integers(0, len(first), count).tolist(), surnames, strict=True)]
