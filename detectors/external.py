"""A detector that is a program of its own, in any language: a folder of evidence in, a diagnosis as JSON out.

`exec:PROGRAM [ARGUMENTS]` runs the program with one more argument, a private folder that holds a copy of the evidence it may
see (Parquet; CSV for `exec-csv:`), laid out like a case. What it prints on stdout is its answer. It is run by `confine`,
behind limits, without the environment of whoever starts it, and knows no path to the case or its truth.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sim import schema
from sim.causes import ROLES
from sim.schema import LAYERS

from . import confine
from .contract import Diagnosis, DiagnosisError, Example, missing
from .copying import write_evidence
from .evidence import Evidence

PREFIXES = {"exec:": "parquet", "exec-csv:": "csv"}
"""How a program is named where a detector is asked for, and the format of the evidence it gets."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/etc", "/nix/store", "/sys", "/proc", "/dev/urandom")
"""What programs need to start, read only. Where homes or work lie below one of these, they can be read too."""
_DEVICES = ("/dev/null", "/dev/zero")
_STDERR_BYTES = 4_000
"""How much of the end of its complaints is kept."""


class ExternalError(RuntimeError):
    """The program gave no answer; the message says, in one line, what it did instead."""


class Limits(msgspec.Struct, frozen=True):
    """What a program may use on one case."""

    seconds: float = 60.0
    """Wall time, and processor time of each of its processes."""
    memory_mb: int = 2_048
    """Private memory of each of its processes."""
    output_bytes: int = 4_000_000
    """What it may print. A diagnosis that cites 10,000 documents is a fifth of it."""
    file_mb: int = 512
    """The size of each file it writes for itself."""
    landlock: bool = True
    """Whether to hide all other files and the network where the kernel can (Linux 5.13 and later)."""


class External:
    """Runs a program as a detector. It is not fitted: what it has learnt, it brings along."""

    reads: tuple[str, ...] = LAYERS

    def __init__(self, command: Sequence[str], file_format: str = "parquet", limits: Limits | None = None) -> None:
        """`command`: the program, found on PATH or in the current folder, and its arguments. Raises ExternalError."""
        self.command = tuple(_absolute(word, n == 0) for n, word in enumerate(command))
        self.name = Path(_script(self.command)).stem
        self.file_format, self.limits = file_format, limits or Limits()

    def fit(self, cases: Sequence[Example]) -> None:
        """There is nothing to learn here: a program cannot be handed cases with their answers."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Run the program on a copy of the evidence. Raises ExternalError, or DiagnosisError for an answer out of contract."""
        with _folder() as private:
            case, scratch = private / "evidence", private / "scratch"
            scratch.mkdir()
            write_evidence(evidence, case, self.file_format)
            _seal(case)
            said = self._run(case, scratch)
        return read_answer(said, self.name, evidence)

    def _run(self, case: Path, scratch: Path) -> bytes:
        limits = self.limits
        config = {
            "seconds": limits.seconds, "memory_mb": limits.memory_mb, "file_mb": limits.file_mb, "landlock": limits.landlock,
            "readable": [*_SYSTEM, *_needed(self.command), str(case)], "writable": [str(scratch), *_DEVICES],
        }  # fmt: skip
        launcher = [sys.executable, "-I", str(Path(confine.__file__)), json.dumps(config), "--", *self.command, str(case)]
        with subprocess.Popen(  # noqa: S603  (the user named the program)
            launcher, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=scratch,
            env=_environment(scratch), start_new_session=True,
        ) as process:  # fmt: skip
            try:
                out, errors, whole = _listen(process, limits)
            finally:
                process.terminate()  # the launcher kills what the program left behind
        if not whole:
            raise ExternalError(f"{self.name}: printed more than {limits.output_bytes:,} bytes")
        if process.returncode:
            raise ExternalError(f"{self.name}: {self._failure(process.returncode, errors)}")
        return out

    def _failure(self, code: int, errors: bytes) -> str:
        if code == confine.TIMED_OUT:
            return f"gave no answer within {self.limits.seconds:g} seconds"
        lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
        last = f": {lines[-1].strip()[:300]}" if lines else ""
        if code > 128:
            return f"was killed by signal {code - 128}{last}"
        return f"ended with exit code {code}{last}"


def read_answer(said: bytes, name: str, evidence: Evidence) -> Diagnosis:
    """The diagnosis a program printed; what it leaves out of detector, as_of and layers is filled in.

    Raises DiagnosisError for anything else than the JSON that `answer_schema` describes, or for another evening.
    """
    try:
        given = msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        words = " ".join(said[:60].decode(errors="replace").split())
        raise DiagnosisError(f"not JSON: {error}; it begins with {words!r}") from error
    if not isinstance(given, dict):
        raise DiagnosisError(f"not a diagnosis: {type(given).__name__}, not an object")
    filled = {"detector": name, "as_of": evidence.as_of.isoformat(), "layers": list(evidence.layers)} | given
    remarks = filled.get("remarks", [])
    if isinstance(remarks, list):
        filled["remarks"] = [*(each for each in missing(LAYERS, evidence) if each not in remarks), *remarks]
    named = [str(each["cause"]) for each in _objects(filled.get("hypotheses")) if "cause" in each]
    diagnosis = Diagnosis.from_json(msgspec.json.encode(filled), known=named)
    if diagnosis.as_of != evidence.as_of:
        raise DiagnosisError(f"as_of is {diagnosis.as_of}, the evidence is of {evidence.as_of}")
    return msgspec.structs.replace(diagnosis, detector=name)


def answer_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of what a program prints."""
    (_, schemas) = msgspec.json.schema_components([Diagnosis], ref_template="#/$defs/{name}")
    top = schemas.pop("Diagnosis")
    top["required"] = [name for name in top["required"] if name not in ("detector", "as_of", "layers")]
    hypothesis = schemas["Hypothesis"]["properties"]
    hypothesis["role"]["enum"] = list(ROLES)
    hypothesis["layer"]["enum"] = top["properties"]["layers"]["items"]["enum"] = list(LAYERS)
    for probability in (hypothesis["probability"], top["properties"]["healthy"]["anyOf"][0]):
        probability |= {"minimum": 0, "maximum": 1}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": schemas}


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(answer_schema(), indent=1) + "\n"


def command_of(name: str) -> tuple[list[str], str] | None:
    """The command and the format behind `exec:...` or `exec-csv:...`; None for a name of another kind."""
    for prefix, file_format in PREFIXES.items():
        if name.startswith(prefix):
            return shlex.split(name.removeprefix(prefix)), file_format
    return None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _absolute(word: str, is_program: bool) -> str:
    """The program's whole path, and of other words those that name a file here: it runs in a folder of its own."""
    if is_program:
        found = shutil.which(word, path=_path())
        if found is None and Path(word).is_file():
            found = shutil.which(str(Path(word).absolute()))
        if found is None:
            what = "may not be executed" if Path(word).is_file() else "there is no such program"
            raise ExternalError(f"{word}: {what}")
        return str(Path(found).absolute())
    return str(Path(word).absolute()) if Path(word).is_file() else word


def _script(command: Sequence[str]) -> str:
    """The file that is the detector: the first argument that is one, else the program."""
    return next((word for word in command[1:] if Path(word).is_file()), command[0])


def _path() -> str:
    """Where programs are looked for: beside this Python, then where the user's are."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _environment(scratch: Path) -> dict[str, str]:
    """Nothing of the user's but where programs are."""
    private = {name: str(scratch) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    return {"PATH": _path(), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **private}


def _needed(command: Sequence[str]) -> list[str]:
    """What the program may read beside the system: itself, its interpreter's libraries, this house's public code."""
    found = [sys.prefix, sys.base_prefix, str(Path(__file__).parent), str(Path(schema.__file__).parent)]
    found += [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]
    for place in map(Path, _path().split(os.pathsep)):
        if place.is_absolute() and place.name in ("bin", "sbin"):
            found.append(str(place.parent if (place.parent / "pyvenv.cfg").is_file() else place))
    found += [word for word in command if Path(word).is_file()]
    for place in {Path(word).resolve() for word in command if Path(word).is_file()}:
        found.append(str(place))
        if place.parent.name in ("bin", "sbin"):
            found += [str(place.parent.parent / name) for name in ("bin", "lib", "lib64", "share", "include")]
    return [str(path) for path in found]


def _seal(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder nobody else may enter, removed afterwards whatever was made of it."""
    private = Path(tempfile.mkdtemp(prefix="detector-"))
    try:
        yield private
    finally:
        for path in private.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(private, ignore_errors=True)


def _listen(process: subprocess.Popen[bytes], limits: Limits) -> tuple[bytes, bytes, bool]:
    """What it prints, the end of its complaints, and whether that is all. Stops it when it prints too much."""
    out, errors, until = bytearray(), bytearray(), time.monotonic() + limits.seconds + 5
    with selectors.DefaultSelector() as pipes:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipes.register(pipe, selectors.EVENT_READ)
        while pipes.get_map() and time.monotonic() < until:
            for key, _ in pipes.select(timeout=0.2):
                piece = os.read(key.fd, 65_536)
                if not piece:
                    pipes.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    out += piece
                    if len(out) > limits.output_bytes:
                        return bytes(out), bytes(errors), False
                else:
                    errors = (errors + piece)[-_STDERR_BYTES:]
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return bytes(out), bytes(errors), True
