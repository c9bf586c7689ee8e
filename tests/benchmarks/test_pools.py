"""Processes at work: everything is done, and nobody stays behind."""

from __future__ import annotations

import importlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.pools import Lost, Patience, as_done, pool, watched

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


TASKS = """
import os, time

def begin(word):
    global told
    told = word

def task(item, ready):
    ready()
    if item == "hangs":
        time.sleep(600)
    if item == "ends":
        os._exit(3)
    if item == "falls dead":
        os.kill(os.getpid(), 11)
    if item == "fails":
        raise KeyError(item)
    return f"{told} {item}"
"""


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "test_pools_tasks.py").write_text(TASKS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("test_pools_tasks")


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_task_that_is_lost_takes_no_other_one_with_it(jobs: int, tasks: ModuleType) -> None:
    items = ["first", "hangs", "ends", "second", "falls dead", "third"]
    made = dict(watched(jobs, tasks.begin, ("did",), tasks.task, items, Patience(ready=60, task=0.5)))
    assert made == {
        "first": "did first", "second": "did second", "third": "did third",
        "hangs": Lost("gave no answer within 0.5 seconds"), "ends": Lost("its process ended with exit code 3"),
        "falls dead": Lost("its process was killed by signal SIGSEGV"),
    }  # fmt: skip


def test_what_a_task_raises_is_raised_where_it_was_given_out(tasks: ModuleType) -> None:
    with pytest.raises(KeyError, match="fails"):
        list(watched(1, tasks.begin, ("did",), tasks.task, ["fails"], Patience(60, 60)))
    with pytest.raises(TypeError, match="begin"):
        list(watched(1, tasks.begin, (), tasks.task, ["first"], Patience(60, 60)))


def test_who_takes_too_long_to_be_ready_is_lost_too(tasks: ModuleType) -> None:
    made = list(watched(1, tasks.begin, ("did",), tasks.task, ["first"], Patience(ready=0.001, task=60)))
    assert made == [("first", Lost("gave no answer within 0.001 seconds"))]


def alive(process: int) -> bool:
    """Whether it is still at work; who has ended and was not waited for yet is not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
