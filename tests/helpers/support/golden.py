"""Golden files: a hash for each table, and the first difference in words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa

from sim.export import evidence
from sim.founding import World
from sim.schema import TABLES, all_columns


def hashes(world: World) -> dict[str, dict[str, object]]:
    """Rows and sha256 of each evidence table, cosmetic columns left out (they hold invented names)."""
    return {name: {"rows": table.num_rows, "sha256": _sha256(name, table)} for name, table in evidence(world).items()}


def _sha256(name: str, table: pa.Table) -> str:
    digest = hashlib.sha256()
    for column, meaning in all_columns(TABLES[name]).items():
        # Texts are presentational and yet reproducible; only what Faker made up is left to change with its version.
        if meaning.cosmetic and meaning.kind == "code":
            continue
        digest.update(f"{column}\n".encode())
        values = table[column].to_pylist()
        digest.update("\n".join("" if value is None else str(value) for value in values).encode())
    return digest.hexdigest()


def first_difference(expected: dict[str, dict[str, object]], found: dict[str, dict[str, object]]) -> str:
    """What differs first, in the order of the tables; empty when nothing does."""
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            return f"{name} is gone"
        if name not in expected:
            return f"{name} is new"
        if expected[name] != found[name]:
            rows = expected[name]["rows"], found[name]["rows"]
            return f"{name} differs ({rows[0]} rows before, {rows[1]} now)"
    return ""


def read(path: Path) -> dict[str, dict[str, object]]:
    """The golden hashes in a file; none when there is no file."""
    content: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return content


def write(path: Path, found: dict[str, dict[str, object]]) -> None:
    """Write golden hashes, one table a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(found.items())]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n " + ",\n ".join(lines) + "\n}\n", encoding="utf-8")
