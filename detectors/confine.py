"""A stand-alone script that runs one program behind limits, and lets nothing of it survive.

`python -I confine.py CONFIG -- PROGRAM ARGUMENTS`, CONFIG as JSON: seconds, memory_mb, file_mb, readable, writable (paths),
landlock (whether to ask the kernel to hide every other file, and the network). It is a process of its own, so that limits
cannot touch whoever starts it, and imports nothing of this house, so that it starts fast.

The program gets limits on its processor time, memory and file sizes, and, on Linux from 5.13 on, may read and write only what
CONFIG lists. When it ends, when time is up, or when this script's parent ends, all its descendants are killed, also those that
left its process group. Exit code: the program's; 128 + n when signal n killed it; TIMED_OUT when time was up.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

TIMED_OUT = 124
"""Exit code when the program was stopped for taking too long, as of coreutils' timeout."""

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of Landlock's system calls, the same on every architecture (Linux 5.13, include/uapi/asm-generic/unistd.h)."""
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15  # and truncate, ioctl on devices
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files that each version of Landlock knows (include/uapi/linux/landlock.h)."""
_TCP = 3
"""Binding and connecting, from version 4 on."""
_SCOPES = 3
"""Abstract sockets and signals to processes outside, from version 6 on."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """The kernel's version of Landlock; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, 1)))


def hide_all_but(readable: list[str], writable: list[str]) -> None:
    """Deny this process and its children every file outside the paths given, TCP, and signals to others.

    Raises OSError where the kernel refuses.
    """
    version = landlock_version()
    files = _RIGHTS[min(version, 5)]
    asked = _Ruleset(files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    libc = _libc()
    rules = _done(libc.syscall(_CREATE_RULESET, ctypes.byref(asked), size, 0))
    for paths, allowed in ((readable, _EXECUTE | _READ_FILE | _READ_DIR), (writable, files)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError, PermissionError):
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
                rights = allowed & files if Path(path).is_dir() else allowed & files & _FILE_RIGHTS
                rule = _Rule(rights, place)
                _done(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0))
                os.close(place)
    _done(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(libc.syscall(_RESTRICT_SELF, rules, 0))
    os.close(rules)


def main() -> int:
    """Run the program."""
    config, command = json.loads(sys.argv[1]), sys.argv[3:]
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TIMED_OUT))
    child = os.fork()
    if not child:
        _become(config, command)
    try:
        return _wait(child, time.monotonic() + config["seconds"])
    finally:
        _kill_all(child)


def _become(config: dict[str, Any], command: list[str]) -> None:
    """Turn this process into the program. Does not come back."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setpgid(0, 0)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_CPU, math.ceil(config["seconds"]) + 1)
        _limit(resource.RLIMIT_FSIZE, config["file_mb"] << 20)
        # Not the address space: engines such as V8 reserve far more of it than they use.
        _limit(resource.RLIMIT_DATA, config["memory_mb"] << 20)
        if config["landlock"] and landlock_version():
            hide_all_but(config["readable"], config["writable"])
        os.execvp(command[0], command)  # noqa: S606  (the program that the user named)
    except OSError as error:
        os.write(2, f"{command[0]}: cannot be run: {error.strerror or error}\n".encode())
    os._exit(126)


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _wait(child: int, until: float) -> int:
    """The exit code of the program, or TIMED_OUT."""
    pause = 0.001
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        time.sleep(pause)
        pause = min(0.02, pause * 1.5)
    return TIMED_OUT


def _kill_all(child: int) -> None:
    """Kill the program's process group, then whatever else descends from it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    for _ in range(50):
        left = _children()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            return
        time.sleep(0.01)


def _children() -> list[int]:
    """Processes whose parent this is; orphans of the program become so. Empty where the system does not say."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.append(int(place.parent.name))
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


if __name__ == "__main__":
    sys.exit(main())
