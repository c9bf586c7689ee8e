"""The page of every text in which a record can be turned away, written from the integration's own table."""

from __future__ import annotations

from sim import decoys, faults
from sim.integration.errors import ERRORS, Cause, SyncError

from .markdown import code, table

_HEAD = """# Why a record did not go through

Written from `sim/integration/errors.py` by `make docs`: every text that the staging area's attempts
(`integration/sync_attempts`) can bear, in whose words it is, and what brings it about. Each has at least one cause that is
nobody's fault and is over within normal time, and one that asks to be searched for: the text alone never tells which. What
varies stands in braces.

In parentheses stands where a cause can be seen: a key of the profiles, a scenario of the library, or a fault. A fault in
italics is in the catalogue of causes and has no file yet.
"""


def page() -> str:
    """The whole page."""
    known = faults.discover().keys() | decoys.discover().keys()
    lines = [_HEAD]
    for system in ("Xero", "QuickBooks Online", "Cin7 Core"):
        lines += [f"## {system}", ""]
        own = [error for error in ERRORS if system in error.systems]
        lines += table(("HTTP", "code", "text", "source", "nothing to search for", "to be searched for"),
                       [_row(error, known) for error in own])  # fmt: skip
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(error: SyncError, known: set[str]) -> tuple[str, ...]:
    sides = ["; ".join(_told(cause, known) for cause in error.causes if cause.benign is benign) for benign in (True, False)]
    return (str(error.http_status), code(error.code), error.text, error.source, *sides)


def _told(cause: Cause, known: set[str]) -> str:
    where = cause.shown_by
    if where and not cause.benign and where not in known:
        return f"{cause.what} (*{where}*)"
    if cause.never:
        return f"{cause.what} (does not occur: {cause.never})"
    return f"{cause.what} ({code(where)})" if where else f"{cause.what} (not simulated)"
