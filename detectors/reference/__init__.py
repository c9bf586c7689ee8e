"""The detectors that come with the house: three floors, an accountant who sees the ledger only, and a specialist.

They show the contract at work and bound what a score means; they know evidence, never truth.
"""

from __future__ import annotations
