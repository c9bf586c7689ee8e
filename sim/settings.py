"""Settings as a dated log: one place per system says what holds, who carries it out is told, and the log is its history.

Whatever steers the code is set here, opening values included, so what the log says is what the system does. Knows no
system, no people and no meaning of a setting.
"""

from __future__ import annotations

from collections.abc import Callable

from .schema import Setting
from .tables import Lexicon, Rows

Apply = Callable[[str, str, int], None]
"""Carries out a setting: of what (a product, a channel; empty for the whole system), its value, the minute."""


class Settings:
    """The settings of one system."""

    __slots__ = ("_apply", "_lexicon", "_values", "log")

    def __init__(self, table: str, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._values: dict[tuple[str, str], str] = {}
        self._apply: dict[str, Apply] = {}
        self.log: Rows[Setting] = Rows(table, Setting)

    def on(self, setting: str, apply: Apply) -> None:
        """Name who carries out a setting. Raises ValueError when somebody does already: a setting has one reader."""
        if setting in self._apply:
            raise ValueError(f"{setting} has a reader")
        self._apply[setting] = apply

    def value(self, setting: str, key: str = "") -> str:
        """What holds now; empty when it was never set."""
        return self._values.get((setting, key), "")

    def follow(self, setting: str, key: str, value: str) -> None:
        """The system itself has come to another value by its own rules: no entry, but the next change begins there."""
        self._values[setting, key] = value

    def set(self, now: int, setting: str, key: str, value: str, user: int) -> bool:
        """Set it from now on: carried out, then logged. False, and nothing happens, when it holds already.

        Raises ValueError, from whoever carries it out, for a value that cannot be.
        """
        old = self.value(setting, key)
        if old == value:
            return False
        if setting in self._apply:
            self._apply[setting](key, value, now)
        self._values[setting, key] = value
        text = self._lexicon.text
        self.log.add((now, text(setting), text(key), text(old), text(value), user))
        return True
