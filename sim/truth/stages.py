"""The failure sequence: when each of the six stages was first reached, against the business without any event."""

from __future__ import annotations

import msgspec
import pandas as pd

from .. import keys
from ..clock import DAY
from ..founding import World
from ..marks import Mark
from .consequences import within
from .records import NORMAL_DAYS, UNITS, Recorded, net

NAMES = ("slip", "stock drift", "pipeline", "books", "trust", "control")
_FEW_RECORDS = 3
"""Fewer rows out of the ledger than this are an oversight (assumption; the impact gate asks for three documents too)."""
TOLERANCE_UNITS_SHARE = 0.01
"""Share of the units on hand by which stock may be off without anybody minding (assumption)."""
TOLERANCE_SHARE = 0.005
"""Share of a month's revenue by which a control account may be off: half a per cent of revenue is a common rule of
thumb for audit materiality."""
MARGIN_POINTS = 0.01
"""Gross margin that moves this much in a month without a commercial reason asks for an explanation (assumption)."""
LOST_SALES_SHARE = 0.005
"""Sales lost to empty shelves, over the twin's, that a month's revenue must not lose (assumption)."""
_SETTLED_DAYS = 14
"""Amazon settles every fortnight; what is sent to the ledger by settlement waits for that long beside its normal time."""
EXCESS_SHARE = 0.1
"""Goods bought beyond the twin's that tie up more than this share of a month's revenue (assumption)."""


class Stage(msgspec.Struct, frozen=True):
    """One stage; `at` and `key` are -1 when it was not reached."""

    stage: int
    name: str
    at: int
    """Minute."""
    key: int
    """The first document."""
    size: str
    """How large, in words."""

    @property
    def reached(self) -> bool:
        """Whether it happened."""
        return self.at >= 0


def _first_lasting(cumulative: pd.Series[int], tolerance: int, last_day: int, normal: int = NORMAL_DAYS) -> int:
    """The first day from which a running total stays beyond tolerance for longer than `normal` days; -1 for never."""
    if cumulative.empty:
        return -1
    first = int(cumulative.index.min())
    daily = cumulative.reindex(range(first, last_day + 1)).ffill().to_list()
    lasting = 0
    for day, total in enumerate(daily, start=first):
        lasting = lasting + 1 if abs(total) > tolerance else 0
        if lasting > normal:
            return day - normal
    return -1


def _first_document(rows: pd.DataFrame, day: int) -> int:
    """The document whose misstatement first shows up to `day` and still stands then."""
    known = rows[rows["day"] <= day]
    standing = known.groupby("key").agg(day=("day", "min"), total=("amount", "sum"))
    standing = standing[standing["total"] != 0]
    standing = standing.assign(size=-standing["total"].abs()).sort_values(["day", "size"], kind="stable")
    return int(standing.index[0]) if len(standing) else -1


def find(
    world: World, run: Recorded, twin: Recorded, marks: list[Mark], effects: pd.DataFrame, revenue: int
) -> list[Stage]:
    """All six stages of `world`, beginning with `marks`; the rest as in `later`."""
    return [slip(marks), *later(world, run, twin, effects, revenue)]


def later(world: World, run: Recorded, twin: Recorded, effects: pd.DataFrame, revenue: int) -> list[Stage]:
    """The stages after the first of `world`, recorded as `run`; `twin` is the business without any event.

    `effects` are those of all events together, `revenue` is a typical month's, in cents.
    """
    last = world.calendar.days - 1
    wrong = _beyond_normal_time(effects[effects["measure"] == "misstatement"])
    tolerance = round(revenue * TOLERANCE_SHARE)
    in_vain = net([(1, run.awaited_in_vain), (-1, twin.awaited_in_vain)], UNITS[:3], "units")
    return [
        _stock(world, wrong, tolerance, last, in_vain),
        _pipeline(run, twin),
        _books(world, wrong, tolerance, last),
        _trust(world),
        _control(world, run, twin, wrong, revenue),
    ]


def _beyond_normal_time(wrong: pd.DataFrame) -> pd.DataFrame:
    """What is wrong without what puts itself right in the normal time of late entries, by layer, document and account."""
    if wrong.empty:
        return wrong
    of = wrong.groupby(["layer", "key", "account"], sort=False)
    passing = (of["cents"].transform("sum") == 0) & (of["units"].transform("sum") == 0)
    lasted = of["day"].transform("max") - of["day"].transform("min")
    return wrong[~(passing & (lasted <= NORMAL_DAYS))]


def slip(marks: list[Mark]) -> Stage:
    """The first stage: what the first of `marks` stands on."""
    if not marks:
        return Stage(1, NAMES[0], -1, -1, "")
    first = min(marks, key=lambda mark: (mark.at, mark.key))
    documents = {mark.key for mark in marks if keys.is_citable(mark.key)}
    return Stage(1, NAMES[0], first.at, first.key if first.key in documents else -1, f"the first of {len(documents)} documents")


def _stock(world: World, wrong: pd.DataFrame, tolerance: int, last: int, in_vain: pd.DataFrame) -> Stage:
    """Units or stock value that Cin7 shows and that are not there, or units that it expects in vain, whichever comes first."""
    own = wrong[wrong["layer"] == "cin7"]
    units = own[own["units"] != 0].rename(columns={"units": "amount"})
    value = own[own["account"].isin(world.accounts_for("inventory"))].rename(columns={"cents": "amount"})
    held = round(sum(sum(stock.on_hand) for stock in world.cin7.stocks) * TOLERANCE_UNITS_SHARE)
    found = []
    for rows, allowed in ((units, held), (value, tolerance), (in_vain.rename(columns={"units": "amount"}), 0)):
        running = rows.groupby("day")["amount"].sum().cumsum()
        day = _first_lasting(running, allowed, last)
        if day >= 0:
            found.append((day, _first_document(rows, day)))
    if not found:
        return Stage(2, NAMES[1], -1, -1, "")
    day, key = min(found)
    size = f"{int(units['amount'].sum()):+,} units in the end, {int(in_vain['units'].sum()):,} awaited in vain"
    return Stage(2, NAMES[1], day * DAY + DAY - 1, key, size)


def _pipeline(run: Recorded, twin: Recorded) -> Stage:
    """Staging rows that are not clean and would have been, or would not exist, in the twin; a few are everyday noise."""
    ours = {row: at for row, at in run.unclean.items() if row not in twin.unclean}
    if len(ours) < _FEW_RECORDS:
        return Stage(3, NAMES[2], -1, -1, "")
    (key, _), at = min(ours.items(), key=lambda entry: (entry[1], entry[0]))
    return Stage(3, NAMES[2], at, keys.document_of(key), f"{len(ours)} records not clean")


def _books(world: World, wrong: pd.DataFrame, tolerance: int, last: int) -> Stage:
    best, profile = Stage(4, NAMES[3], -1, -1, ""), world.case.profile
    by_settlement = any("settlement" in channel.invoices for channel in profile.sync.channels)
    settled = {account.role for account in profile.accounts if by_settlement and account.control in {"clearing", "receivable"}}
    for account in profile.accounts:
        if not account.control:
            continue
        code = world.accounts[account.role]
        rows = wrong[(wrong["layer"] == "ledger") & (wrong["account"] == code)].rename(columns={"cents": "amount"})
        running = rows.groupby("day")["amount"].sum().cumsum()
        day = _first_lasting(running, tolerance, last, NORMAL_DAYS + (_SETTLED_DAYS if account.role in settled else 0))
        if day >= 0 and (not best.reached or day < best.at // DAY):
            cents = int(running.iloc[-1])
            size = f"{account.name} {'over' if cents > 0 else 'under'}stated by ${abs(cents) / 100:,.2f} in the end"
            best = Stage(4, NAMES[3], day * DAY + DAY - 1, _first_document(rows, day), size)
    return best


def _trust(world: World) -> Stage:
    """The first member of staff who works differently because the screen is no longer believed."""
    lost = [act for act in world.team.acts if act.kind == "distrust"] if world.team is not None else []
    if not lost:
        return Stage(5, NAMES[4], -1, -1, "")
    roles = list(dict.fromkeys(act.role.replace("_", " ") for act in lost))
    return Stage(5, NAMES[4], lost[0].at, -1, f"the {', the '.join(roles)}")


def _control(world: World, run: Recorded, twin: Recorded, wrong: pd.DataFrame, revenue: int) -> Stage:
    """A margin nobody can explain, or stockouts beyond the twin's, at the first month-end that shows it."""
    profit = [code for role in ("sales", "shipping_income", "cogs") for code in world.accounts_for(role)]
    rows = wrong[(wrong["layer"] == "ledger") & wrong["account"].isin(profit)]
    before = 0
    for month_end in world.calendar.month_ends:
        if month_end + NORMAL_DAYS >= world.calendar.days:
            break  # too early to tell what is late and what is wrong
        at = month_end * DAY + DAY - 1
        settled = _settled(rows, month_end)
        shift, before = (settled - before) / max(revenue, 1), settled
        if abs(shift) > MARGIN_POINTS:
            return Stage(6, NAMES[5], at, -1, f"gross margin {shift * 100:+.1f} points without a commercial reason")
        since = world.calendar.previous_month_end(month_end)
        lost = within(run.happened.lost_sales, since, month_end) - within(twin.happened.lost_sales, since, month_end)
        if lost > revenue * LOST_SALES_SHARE:
            return Stage(6, NAMES[5], at, -1, f"${lost / 100:,.2f} of sales lost to empty shelves")
        more = within(run.happened.purchased, -1, month_end) - within(twin.happened.purchased, -1, month_end)
        if more > revenue * EXCESS_SHARE:
            return Stage(6, NAMES[5], at, -1, f"${more / 100:,.2f} of goods bought that nobody needed")
    return Stage(6, NAMES[5], -1, -1, "")


def _settled(profit: pd.DataFrame, month_end: int) -> int:
    """Gross profit overstated since the beginning, in cents, once the normal time of late entries is over."""
    sums = [-int(profit.loc[profit["day"] <= day, "cents"].sum()) for day in range(month_end, month_end + NORMAL_DAYS + 1)]
    return min(sums, key=abs)
