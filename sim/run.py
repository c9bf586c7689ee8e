"""Run a case: found the business, install its events at their onset, and let time pass.

A case and its twins share the past: where they part, at the onset of an event that only some of them have, the process is
forked, and each of the two goes on with its own share. Where there is no fork, twins are run again from the beginning.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Collection, Sequence
from typing import NoReturn, TypeVar

import msgspec

from . import decoys, faults
from .clock import DAY
from .faults.contract import Event, Scope, lacks, settle
from .founding import World
from .memory import collector_rests
from .profile import Case, EventConfig

T = TypeVar("T")
Without = frozenset[str]
"""The events a twin lacks; the run itself lacks none."""
_BRANCH = Without({""})
"""A twin that lacks nothing, and is yet not the run itself."""
_Scheduled = tuple[int, EventConfig, Event]
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # macOS has fork, and system libraries that do not bear it


def run(case: Case, *, without: Collection[str] = (), until_day: int | None = None) -> World:
    """Simulate `case` without the events named in `without`, until the evening of `until_day` (default: the last day).

    Equal arguments give equal worlds. Breaches of business rules stay inside as records. Raises ValueError when an
    event is unknown, starts after the window, has a parameter out of range, or does not fit the business.
    """
    with collector_rests():  # a run makes no cycles to collect
        world = World(case)
        last = world.calendar.days - 1 if until_day is None else min(until_day, world.calendar.days - 1)
        for minute, config, event in _schedule(case, world):
            if config.name in without or minute > last * DAY:
                continue
            world.clock.run(minute)
            _install(world, config, event)
        return _finished(world, last)


def run_with_twins(
    case: Case, twins: Collection[Without], keep: Callable[[World, Without], T], *, fork: bool = CAN_FORK
) -> tuple[World, dict[Without, T]]:
    """Simulate `case` and each of its `twins`; what is kept of a twin is what `keep` makes of its finished world.

    What is kept comes from another process: it has to be picklable. Equal to `run` for each; raises as `run` does.
    """
    apart = {twin for twin in twins if twin}
    if not fork:
        return run(case), {twin: keep(run(case, without=twin), twin) for twin in sorted(apart, key=sorted)}
    with collector_rests():  # a run makes no cycles to collect
        world = World(case)
        return _go_on(world, _schedule(case, world), {Without(), *apart}, keep, world.calendar.days - 1)


def branch(
    case: Case, more: Sequence[EventConfig], day: int, last: int, keep: Callable[[World], T], *, fork: bool = CAN_FORK
) -> list[T]:
    """What `keep` makes of the world on the evening of day `last`, once for each event of `more`, begun on `day`.

    The past until `day` is simulated once. What is kept has to be picklable. Equal to `run` of `case` with one event more.
    """

    def kept(world: World, _: Without) -> T:
        return keep(world)

    if not fork:
        scenario = case.scenario
        more_of = [msgspec.structs.replace(scenario, faults=[*scenario.faults, config]) for config in more]
        return [keep(run(msgspec.structs.replace(case, scenario=each), until_day=last)) for each in more_of]
    with collector_rests():
        world = World(case)
        for minute, config, event in _schedule(case, world):
            if minute < day * DAY:
                world.clock.run(minute)
                _install(world, config, event)
        world.clock.run(day * DAY)
        later = [entry for entry in _schedule(case, world) if entry[0] >= day * DAY]
        found: list[T] = []
        for config in more:
            apart = _Fork(world, sorted([*later, _entry(config, case, world)], key=_order), {_BRANCH}, kept, last)
            try:
                found.append(apart.result()[_BRANCH])
            finally:
                apart.end()
    return found


def _install(world: World, config: EventConfig, event: Event) -> None:
    event.install(world, settle(event, config.parameters), Scope(config, world))


def _finished(world: World, last: int) -> World:
    world.clock.run((last + 1) * DAY)
    # The shop knows the evening's last orders although nobody has downloaded them.
    world.operations.take_orders((last + 1) * DAY)
    return world


def _go_on(
    world: World, events: list[_Scheduled], twins: set[Without], keep: Callable[[World, Without], T], last: int
) -> tuple[World, dict[Without, T]]:
    """Run to day `last` as the only one of `twins` left when all others have been forked off; collect what they kept."""
    forked: list[_Fork] = []
    try:
        for n, (minute, config, event) in enumerate(events):
            with_it = {twin for twin in twins if config.name not in twin}
            if not with_it or minute > last * DAY:
                continue
            world.clock.run(minute)
            if twins - with_it:
                forked.append(_Fork(world, events[n + 1 :], twins - with_it, keep, last))
            twins = with_it
            _install(world, config, event)
        _finished(world, last)
        kept: dict[Without, T] = {}
        for each in forked:
            kept |= each.result()
    finally:
        for each in forked:
            each.end()
    (own,) = twins
    if own:
        kept[own] = keep(world, own)
    return world, kept


class _Fork:
    """A process that goes on without an event from here; its world is a copy of ours as it is now."""

    __slots__ = ("_pid", "_pipe")

    def __init__(
        self, world: World, events: list[_Scheduled], twins: set[Without], keep: Callable[[World, Without], T], last: int
    ) -> None:
        self._pipe, out = os.pipe()
        with warnings.catch_warnings():
            # Python warns where threads exist. The copy uses none: it simulates, packs numbers and leaves.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if not self._pid:
            os.close(self._pipe)
            _finish_apart(out, world, events, twins, keep, last)
        os.close(out)

    def result(self) -> dict[Without, T]:
        """What the other process kept, by twin. Raises RuntimeError when it failed."""
        with open(self._pipe, "rb", closefd=False) as pipe:
            content = pipe.read()
        failure, kept = pickle.loads(content) if content else ("it ended without a word", {})  # noqa: S301  (our own process)
        if failure:
            raise RuntimeError(f"a twin could not be run: {failure}")
        found: dict[Without, T] = kept
        return found

    def end(self) -> None:
        """Let go of the process, whether it is done or not."""
        os.close(self._pipe)
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.waitpid(self._pid, 0)


def _finish_apart(
    out: int, world: World, events: list[_Scheduled], twins: set[Without], keep: Callable[[World, Without], T], last: int
) -> NoReturn:
    """In the new process: run on, hand over what is kept, and leave without the rites of the old one."""
    message: tuple[str, dict[Without, T]]
    try:
        message = ("", _go_on(world, events, twins, keep, last)[1])
    except BaseException:  # noqa: BLE001  (it is the parent's to raise)
        message = (traceback.format_exc(), {})
    try:
        with open(out, "wb") as pipe:
            pipe.write(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
    finally:
        os._exit(0)


def onset_day(config: EventConfig, world: World) -> int:
    """The day number on which an event begins; 0 for "from founding"."""
    if not config.onset:
        return 0
    return max(0, world.calendar.day(dt.date.fromisoformat(config.onset)))


def _schedule(case: Case, world: World) -> list[_Scheduled]:
    """Events in order of onset, then name. They begin at midnight, so nothing of the day before is touched."""
    return sorted((_entry(config, case, world) for config in (*case.scenario.faults, *case.scenario.decoys)), key=_order)


def _order(entry: _Scheduled) -> tuple[int, str]:
    return entry[0], entry[1].name


def _entry(config: EventConfig, case: Case, world: World) -> _Scheduled:
    known: dict[str, Event] = {**faults.discover(), **decoys.discover()}
    if config.name not in known:
        raise ValueError(f"{config.name}: no such fault or decoy; known are {', '.join(known)}")
    day = onset_day(config, world)
    if day >= world.calendar.days:
        raise ValueError(f"{config.name}: onset {config.onset} is after the end of the window")
    event, profile = known[config.name], case.profile
    missing = lacks(event, profile)
    if missing:
        raise ValueError(f"{config.name}: needs {', '.join(missing)}, which {profile.name} does not have")
    return day * DAY, config, event
