"""Detectors: who says what broke. They see evidence, never truth, and know of the simulator only its vocabulary.

`evidence` reads a case, `contract` says what a detector gives back, `conformance` checks that it behaves,
`loading` finds it by name, and `reference` holds the ones that come with the house.
"""

from __future__ import annotations
