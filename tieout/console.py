"""How the command line speaks: one line an error, suggestions, aligned tables, progress for people only.

Data goes to stdout, words to stderr. Knows nothing of what the commands do.
"""

from __future__ import annotations

import datetime as dt
import difflib
import errno
import os
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

FINE, NO, BAD_INPUT, BROKEN, INTERRUPTED = 0, 1, 2, 70, 130
"""Exit codes: done; done, and the answer is "no"; what was given cannot be used; a mistake of the program itself;
stopped by the user."""

_JOBS_MAX = 256
_LAYERS = ("operations", "cin7", "integration", "ledger")  # as in sim.schema, which is not loaded to say so

_WIDTH = 80
"""Columns of a line."""
_BAR = 30
"""Columns of a progress bar, at most."""
_PACE = 3
"""Steps after which the time left is guessed."""
_HOUSE = {"sim", "scenarios", "detectors", "benchmarks", "tieout"}
"""Whose exceptions are made for users: a class of ours says in one line what cannot be used; a mistake of the program
raises one of Python's."""


class InputError(click.ClickException):
    """What was given cannot be used; the message is one line that says why and what is allowed."""

    exit_code = BAD_INPUT


class Commands(click.Group):
    """A group of commands that answers every anticipated error with one line on stderr and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order in which they are used, not of the alphabet."""
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise InputError(unknown("command", name, self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and turn what goes wrong into a line and a code. A command returns its exit code, or None for 0."""
        alone = extra.pop("standalone_mode", True)
        extra["standalone_mode"] = False
        if not alone:
            return super().main(*args, **extra)
        try:
            code = super().main(*args, **extra)
            sys.stdout.flush()
        except (click.Abort, KeyboardInterrupt):
            say("tieout: interrupted; nothing was left half written")
            code = INTERRUPTED
        except click.UsageError as error:
            where = f"; see {error.ctx.command_path} --help" if error.ctx is not None else ""
            words = error.format_message().rstrip(".")
            code = _complain(f"{words[:1].lower()}{words[1:]}{where}")
        except click.ClickException as error:
            code = _complain(error.format_message())
        except OSError as error:
            if error.errno == errno.EPIPE:
                _close_stdout()
                code = NO
            else:
                code = _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
        except Exception as error:  # no traceback reaches a user; who wants to mend the program asks for it
            if _is_ours(error):
                code = _complain(str(error))
            elif os.environ.get("TIEOUT_DEBUG"):
                raise
            else:
                what = f"{type(error).__name__}: {error}"
                _complain(f"a mistake of the program{_place(error)}: {what}; TIEOUT_DEBUG=1 shows more")
                code = BROKEN
        sys.exit(code or FINE)


def _is_ours(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _HOUSE


def _place(error: BaseException) -> str:
    """Where an exception was raised: file and line."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f" in {Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at is not None else ""


def _complain(message: str) -> int:
    say(f"tieout: {' '.join(message.split())}")
    return BAD_INPUT


def _close_stdout() -> None:
    """Nobody reads any more: keep Python from complaining about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(words: str) -> None:
    """Words for people: to stderr."""
    click.echo(words, err=True)


def advise(command: str) -> None:
    """The next useful command."""
    say(f"next: {command}")


def fail(message: str) -> NoReturn:
    """Stop: what was given cannot be used."""
    raise InputError(message)


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """That there is no `what` of this name, with one suggestion or the names there are."""
    names = list(known)
    near = difflib.get_close_matches(word, names, 1, 0.6)
    return f"no such {what}: {word}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns aligned by spaces; those numbered in `right` are flush right. Words in the last one are wrapped."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    before = sum(widths[:-1]) + 2 * (len(head) - 1)
    lines = []
    for row in (head, *rows):
        cells = [cell.rjust(widths[n]) if n in right else cell.ljust(widths[n]) for n, cell in enumerate(row[:-1])]
        wrapped = [row[-1].rjust(widths[-1])] if len(head) - 1 in right else textwrap.wrap(row[-1], max(20, _WIDTH - before))
        first, *more = wrapped or [""]
        lines.append("  ".join([*cells, first]).rstrip())
        lines += [" " * before + line for line in more]
    return "\n".join(lines)


@contextmanager
def progress(steps: int) -> Iterator[Progress]:
    """A bar on stderr while the block runs, when stderr is a terminal; nothing otherwise."""
    bar = Progress(steps, visible=sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
    try:
        yield bar
    finally:
        bar.clear()


class Progress:
    """A bar of known steps, with the time left once a few of many are done."""

    def __init__(self, steps: int, *, visible: bool) -> None:
        self._steps, self._done, self._visible = steps, 0, visible
        self._begun, self._before = time.monotonic(), 0

    def step(self, words: str) -> None:
        """Begin the next step."""
        self._show(words)
        self._done += 1

    def reach(self, done: int, words: str, steps: int | None = None) -> None:
        """Say that `done` steps are behind us, of `steps` when it is known only now; those of the first call were before."""
        self._steps = steps or self._steps
        if not self._done:
            self._before = done
        self._done = done
        self._show(f"{done}/{self._steps} {words}{self._left()}")

    def _show(self, words: str) -> None:
        if self._visible:
            width = min(self._steps, _BAR)
            full = width * self._done // self._steps if self._steps else width
            click.echo(f"\r\033[K[{'#' * full}{'-' * (width - full)}] {words}", err=True, nl=False)

    def _left(self) -> str:
        """The time left, at the pace so far."""
        new = self._done - self._before
        if new < _PACE:
            return ""
        seconds = (time.monotonic() - self._begun) / new * (self._steps - self._done)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"

    def clear(self) -> None:
        """Wipe the bar."""
        if self._visible:
            click.echo("\r\033[K", err=True, nl=False)


# --- what options hold: click calls these with the text given -------------------------------------------------


def seed(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit()):
        raise click.BadParameter(f"{text!r} is no seed; allowed is a whole number from 0")
    return int(text)


def jobs(text: str) -> int:
    """A number of processes."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _JOBS_MAX):
        raise click.BadParameter(f"{text!r} is no number of processes; allowed is a whole number from 1 to {_JOBS_MAX}")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit()):
        raise click.BadParameter(f"{text!r} is no number; allowed is a whole number from 0")
    return int(text)


def layers(text: str) -> tuple[str, ...]:
    """Layers of evidence, separated by commas."""
    wanted = tuple(word.strip() for word in text.split(","))
    for word in wanted:
        if word not in _LAYERS:
            raise click.BadParameter(unknown("layer", word, _LAYERS))
    return wanted


def date(text: str) -> dt.date:
    """A calendar date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date; allowed is a date such as 2025-08-31") from None
