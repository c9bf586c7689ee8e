"""Processes at work: everything is done, and nobody stays behind."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.pools import as_done, pool

AT_WORK = """
import os, sys, time
from benchmarks.pools import pool

def work(_):
    print(os.getpid(), flush=True)
    time.sleep(600)

if __name__ == "__main__":
    with pool(2, os.getpid) as workers:
        list(workers.map(work, range(2)))
"""


def test_every_task_is_done_once() -> None:
    with pool(2, os.getpid) as workers:
        assert sorted(as_done(workers, math.sqrt, [4.0, 9.0, 16.0])) == [2.0, 3.0, 4.0]


def test_workers_end_when_who_started_them_is_killed(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "at_work.py"
    script.write_text(AT_WORK, encoding="utf-8")
    with subprocess.Popen([sys.executable, script], cwd=root, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(root)}) as started:  # fmt: skip
        assert started.stdout is not None
        at_work = [int(started.stdout.readline()) for _ in range(2)]
        started.send_signal(signal.SIGKILL)
        for process in at_work:
            for _ in range(1_000):
                if not alive(process):
                    break
                time.sleep(0.02)
            assert not alive(process)


def alive(process: int) -> bool:
    """Whether it is still at work; who has ended and was not waited for yet is not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
