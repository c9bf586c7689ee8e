"""Processes at work: each begins with nothing, lives until the last task, and never longer than who started it.

`pool` is for our own work: what goes wrong there ends all of it. `watched` is for somebody else's: who takes too long or
falls dead loses his task, and a new process takes the next one. Knows nothing of what the tasks are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")
Made = TypeVar("Made")


class Lost(msgspec.Struct, frozen=True):
    """A task of which nothing will come."""

    why: str
    """In one line."""


class Patience(msgspec.Struct, frozen=True):
    """How long a process may be busy, in seconds."""

    ready: float
    """Until it is ready for a task, at most."""
    task: float
    """From then on."""


@contextmanager
def pool(jobs: int, begin: Callable[..., object], *given: Any) -> Iterator[ProcessPoolExecutor]:
    """`jobs` processes, each of which has called `begin` with what is given. What is not begun when it ends is dropped."""
    # A process starts from nothing, so that no thread of ours is copied.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _start, (begin, given)) as workers:
        try:
            yield workers
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def as_done(workers: ProcessPoolExecutor, task: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """What `task` makes of each item, as it comes."""
    for each in as_completed([workers.submit(task, item) for item in items]):
        yield each.result()


def watched(
    jobs: int, begin: Callable[..., object], given: tuple[Any, ...], task: Callable[[Item, Callable[[], None]], Made],
    items: Iterable[Item], patience: Patience,
) -> Iterator[tuple[Item, Made | Lost]]:  # fmt: skip
    """What `task` makes of each item, as it comes, in `jobs` processes that have called `begin(*given)`.

    `Lost` is what comes of an item whose process was killed for want of patience, or ended by itself. `task(item, ready)`
    calls `ready()` when what it needs is at hand and the work itself begins. Whatever it raises is raised here: a task
    that runs somebody else's code catches what that code raises.
    """
    left = deque(items)
    crew = [_Worker[Item, Made](begin, given, task, patience) for _ in range(min(jobs, len(left)))]
    try:
        for worker in crew:
            worker.take(left.popleft())
        while busy := [worker for worker in crew if worker.item is not None]:
            soonest = max(0.0, min(worker.until for worker in busy) - time.monotonic())
            wait([worker.pipe for worker in busy], soonest)
            for worker in busy:
                item, found = worker.item, worker.look()
                if found is not None and item is not None:
                    if left:
                        worker.take(left.popleft())
                    yield item, found
    finally:
        for worker in crew:
            worker.stop()


class _Worker(Generic[Item, Made]):
    """One process and the task it has; a new process when the old one had to go."""

    def __init__(
        self, begin: Callable[..., object], given: tuple[Any, ...], task: Callable[[Item, Callable[[], None]], Made],
        patience: Patience,
    ) -> None:  # fmt: skip
        self._work, self._patience = (begin, given, task), patience
        self.item: Item | None = None
        self.until = 0.0
        """When patience ends, by the monotonic clock."""
        self._begun = False
        self._employ()

    def _employ(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, *self._work))
        self._process.start()
        theirs.close()  # so that its end is seen here

    def take(self, item: Item) -> None:
        """Begin a task."""
        self.item, self._begun = item, False
        self.until = time.monotonic() + self._patience.ready
        if not self._process.is_alive():
            self._employ()
        try:
            self.pipe.send(item)
        except OSError:  # it has ended; `look` will say how
            return

    def look(self) -> Made | Lost | None:
        """What came of the task; None: nothing yet."""
        try:
            while self.pipe.poll():
                what, said = self.pipe.recv()
                if what == "ready":
                    self._begun, self.until = True, time.monotonic() + self._patience.task
                elif what == "raised":
                    raise said
                else:
                    self.item = None
                    made: Made = said
                    return made
        except (EOFError, ConnectionError):
            self.stop()
            self.item = None
            return Lost(f"its process {_ending(self._process.exitcode)}")
        if time.monotonic() < self.until:
            return None
        self.stop()
        self.item = None
        seconds = self._patience.task if self._begun else self._patience.ready
        return Lost(f"gave no answer within {seconds:g} seconds")

    def stop(self) -> None:
        """End its process, whatever it does."""
        self.pipe.close()
        self._process.kill()
        self._process.join()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by signal {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _serve(
    pipe: Connection[Any, Any], begin: Callable[..., object], given: tuple[Any, ...],
    task: Callable[[Any, Callable[[], None]], Any],
) -> None:  # fmt: skip
    try:
        _start(begin, given)
        while True:
            said = task(pipe.recv(), lambda: pipe.send(("ready", None)))
            pipe.send(("made", said))
    except EOFError:
        return  # nothing more to do
    except Exception as error:  # noqa: BLE001  (it is raised where the work was given out)
        pipe.send(("raised", error))


def _start(begin: Callable[..., object], given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    begin(*given)


def _end_with(parent: BaseProcess | None) -> None:
    """Who started us may be killed without a word; nobody else would then tell us to stop."""
    if parent is not None:
        parent.join()
        os._exit(1)
