"""Scores of rankings and of sets: pure functions of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


def distinct(names: Iterable[str]) -> list[str]:
    """The names in order, repetitions left out."""
    return list(dict.fromkeys(names))


def ac_at_k(truth: Collection[str], ranked: Sequence[str], k: int) -> float:
    """Share of min(k, |truth|) that the first k distinct answers contain. For faulty cases: `truth` is not empty."""
    if not truth or k < 1:
        raise ValueError("AC@k is defined for faulty cases and k of 1 or more")
    hits = set(distinct(ranked)[:k]) & set(truth)
    return len(hits) / min(k, len(set(truth)))


def avg_at_k(truth: Collection[str], ranked: Sequence[str], k: int) -> float:
    """Mean of AC@1 to AC@k."""
    return sum(ac_at_k(truth, ranked, j) for j in range(1, k + 1)) / k


def reciprocal_rank(truth: Collection[str], ranked: Sequence[str]) -> float:
    """1 over the rank of the first right answer; 0 when there is none, which stays in every mean."""
    for rank, name in enumerate(distinct(ranked), 1):
        if name in truth:
            return 1 / rank
    return 0.0


def precision_recall_f1(truth: Collection[str], named: Collection[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of two sets; all 1 when both are empty, all 0 when one is or nothing is shared."""
    right, told = set(truth), set(named)
    if not right and not told:
        return 1.0, 1.0, 1.0
    shared = len(right & told)
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(told), shared / len(right)
    return precision, recall, 2 * precision * recall / (precision + recall)


def chance_at_k(k: int, candidates: int) -> float:
    """AC@k that guessing gets on a case with one cause among `candidates`."""
    if candidates < 1:
        raise ValueError("chance needs one candidate or more")
    return min(k, candidates) / candidates
