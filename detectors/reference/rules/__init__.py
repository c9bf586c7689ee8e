"""Rules of the specialist, one module a layer of origin: what is off there, since when, in which documents, by how much.

Each rule reads what that layer and its neighbours recorded, looks for the mechanism rather than the symptom, and leaves
ordinary delays alone. Thresholds are days of normal time and least numbers of documents; each says where it comes from.
"""

from __future__ import annotations

from . import accounts, cin7, inflight, integration, ledger, operations, products, purchasing

RULES = (
    *operations.RULES, *inflight.RULES, *purchasing.RULES, *cin7.RULES, *accounts.RULES, *products.RULES, *integration.RULES,
    *ledger.RULES,
)  # fmt: skip
"""Every rule, in the order in which the layers feed each other."""
