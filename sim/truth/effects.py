"""Effects of an event: the difference between a run and its twin, as misstatement and as consequence.

Misstatement: the books say less what the true books say, in the run, less the same in the twin. Consequence: what
physically happened in the run less what happened in the twin. The two are never mixed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .records import ENTRY, UNITS, Recorded, net

MECHANISM, MASK = PROVENANCES = ("mechanism", "mask")
"""Whose doing an effect is: of what went wrong, or of a document that somebody made to hide it."""
EFFECT = ["measure", "layer", *ENTRY, "units", "provenance"]


def misstatement(run: Recorded, layer: str) -> pd.DataFrame:
    """What the books of `layer` (cin7 or ledger) say less what the true books say: key, account, day, cents."""
    books, truth = (run.cin7, run.true) if layer == "cin7" else (run.ledger, run.true)
    if layer == "cin7":
        books, truth = books[books["account"].isin(run.kept)], truth[truth["account"].isin(run.kept)]
    return net([(1, books), (-1, truth)], ["key", "account", "day"], "cents")


def effects(run: Recorded, twin: Recorded) -> pd.DataFrame:
    """All effects of whatever `run` has and `twin` lacks, one row a measure, layer, document, account and day.

    A document that somebody made because of what they saw is a mask, and so is all that stands under its key.
    """
    parts = []
    for layer in ("cin7", "ledger"):
        rows = net(
            [(1, misstatement(run, layer)), (-1, misstatement(twin, layer))], ["key", "account", "day"], "cents"
        )
        parts.append(rows.assign(measure="misstatement", layer=layer, units=0))
    units = net(
        [(1, run.cin7_units), (-1, run.true_units), (-1, twin.cin7_units), (1, twin.true_units)],
        ["key", "sku", "day"], "units",
    )  # fmt: skip
    parts.append(_as_effect(units, "misstatement", "cin7"))
    happened = net([(1, run.true), (-1, twin.true)], ["key", "account", "day"], "cents")
    parts.append(happened.assign(measure="consequence", layer="operations", units=0))
    moved = net([(1, run.true_units), (-1, twin.true_units)], UNITS[:3], "units")
    parts.append(_as_effect(moved, "consequence", "operations"))
    table = pd.concat(parts, ignore_index=True)
    table["provenance"] = table["key"].isin(run.masks | twin.masks).map({False: MECHANISM, True: MASK}).astype(object)
    return table[EFFECT]


def _as_effect(units: pd.DataFrame, measure: str, layer: str) -> pd.DataFrame:
    by_day = units.groupby(["key", "day"])["units"].sum().reset_index()
    return by_day.assign(measure=measure, layer=layer, account=-1, cents=0)


def balances(entries: pd.DataFrame, days: list[int], accounts: int) -> npt.NDArray[np.int64]:
    """Balance of every account on each of the evenings `days`, which ascend: cents by day and account."""
    entries = entries[entries["account"] >= 0]
    changes = np.zeros((len(days) + 1, accounts), np.int64)  # what comes after the last evening falls into a row of its own
    np.add.at(changes, (np.searchsorted(days, entries["day"]), entries["account"]), entries["cents"])
    return changes[:-1].cumsum(axis=0)
