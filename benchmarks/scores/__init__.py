"""Scores: of one answer, of many cases, and how sure they are. Pure; no simulation, no detector, no clock."""

from __future__ import annotations

from .case import Known, Score, hits_decoy, is_grounded, onset_error_days, score_case, score_failure
from .intervals import Figure, Proportion, wilson
from .rankings import ac_at_k, avg_at_k, chance_at_k, distinct, precision_recall_f1, reciprocal_rank
from .tables import summary
from .truth import Answer, TruthError, parse_answer, read_answer

__all__ = [
    "Answer", "Figure", "Known", "Proportion", "Score", "TruthError", "ac_at_k", "avg_at_k", "chance_at_k", "distinct",
    "hits_decoy", "is_grounded", "onset_error_days", "parse_answer", "precision_recall_f1", "read_answer",
    "reciprocal_rank", "score_case", "score_failure", "summary", "wilson",
]  # fmt: skip
