"""The calendar of a case: first and last day, days without work, month-ends. Knows dates, not business."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Calendar(msgspec.Struct, frozen=True):
    """The window of a case and its working days: Monday to Friday less holidays."""

    start: dt.date
    end: dt.date
    holidays: tuple[dt.date, ...] = ()

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the calendar ends on {self.end}, before its start on {self.start}")

    def is_workday(self, date: dt.date) -> bool:
        """Whether people work on `date`."""
        return date.weekday() < 5 and date not in self.holidays

    def month_ends(self, until: dt.date | None = None) -> tuple[dt.date, ...]:
        """Last days of the months that end in the window, up to and including `until`."""
        last = self.end if until is None else min(until, self.end)
        ends: list[dt.date] = []
        year, month = self.start.year, self.start.month
        while True:
            year, month = year + month // 12, month % 12 + 1
            end = dt.date(year, month, 1) - dt.timedelta(1)
            if end > last:
                return tuple(ends)
            ends.append(end)

    def workdays_between(self, earlier: Any, later: Any) -> npt.NDArray[np.int64]:
        """Working days after `earlier` up to and including `later`, for dates or columns of dates and times.

        Friday to Monday is 1. Where either is missing the answer is -1.
        """
        import numpy as np  # noqa: PLC0415  (only when computed)

        day = np.timedelta64(1, "D")
        first, last = np.broadcast_arrays(
            np.asarray(earlier, "datetime64[D]").reshape(-1), np.asarray(later, "datetime64[D]").reshape(-1)
        )
        missing = np.isnat(first) | np.isnat(last)
        filler = np.datetime64(self.start, "D")
        first, last = np.where(missing, filler, first), np.where(missing, filler, last)
        holidays = np.array(self.holidays, "datetime64[D]")
        count = np.busday_count(first + day, last + day, holidays=holidays)
        return np.where(missing, -1, count).astype(np.int64)
