"""Whose doing the books' error is: shares of events in what account balances are off, to the cent.

Leave-one-out asks what an event adds to all others, and leaves what they do together as an interaction. Shapley's value
asks what it adds on average over all orders in which events could have come, and leaves nothing. Pure arithmetic on what
runs with and without events recorded; whoever has the runs asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd

from .effects import balances
from .records import Recorded

Grid = npt.NDArray[np.int64]
"""Cents by book (Cin7's, the ledger's), month-end and account."""
BOOKS = ("cin7", "ledger")


def recorded(run: Recorded, month_ends: list[int], accounts: int) -> Grid:
    """What the books say; of Cin7's, the accounts that it keeps whole."""
    return _grid([run.cin7[run.cin7["account"].isin(run.kept)], run.ledger], month_ends, accounts)


def wrong(run: Recorded, month_ends: list[int], accounts: int) -> Grid:
    """What the books say less what the true books say."""
    return recorded(run, month_ends, accounts) - true(run, month_ends, accounts)


def true(run: Recorded, month_ends: list[int], accounts: int) -> Grid:
    """What the true books say, for each of the books: of the accounts that it keeps."""
    return _grid([run.true[run.true["account"].isin(run.kept)], run.true], month_ends, accounts)


def _grid(books: Sequence[pd.DataFrame], month_ends: list[int], accounts: int) -> Grid:
    return np.array([balances(entries, month_ends, accounts) for entries in books])


def leave_one_out(whole: Grid, without: dict[str, Grid], none: Grid) -> tuple[dict[str, Grid], Grid]:
    """What each event adds to all others; and the interaction: what all do together beyond the sum of these."""
    shares = {name: whole - rest for name, rest in without.items()}
    return shares, whole - none - sum(shares.values(), np.zeros_like(whole))


def shapley(names: Sequence[str], value: Callable[[frozenset[str]], Grid]) -> dict[str, Grid]:
    """Each event's average contribution over all orders in which they could have come.

    `value` says what is wrong when only those events act. Shares are whole cents; those of one number add up to what all
    events do, the odd cents going to the largest remainders, by name where they are equal.
    """
    players = sorted(names)
    sets = [frozenset(chosen) for size in range(len(players) + 1) for chosen in combinations(players, size)]
    values = {chosen: value(chosen) for chosen in sets}
    orders = factorial(len(players))
    total = values[frozenset(players)] - values[frozenset()]
    if not players:
        return {}
    parts = np.zeros((len(players), *total.shape), np.int64)  # in cents times the number of orders
    for n, player in enumerate(players):
        for chosen in sets:
            if player not in chosen:
                weight = factorial(len(chosen)) * factorial(len(players) - len(chosen) - 1)
                parts[n] += weight * (values[chosen | {player}] - values[chosen])
    cents = parts // orders
    odd = total - cents.sum(axis=0)
    rank = np.argsort(np.argsort(-(parts - cents * orders), axis=0, kind="stable"), axis=0, kind="stable")
    cents += rank < odd
    return {player: cents[n] for n, player in enumerate(players)}
