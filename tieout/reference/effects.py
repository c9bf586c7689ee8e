"""The page of effects: what each fault does to stock, accounts and the sync in a small business, beside what is expected."""

from __future__ import annotations

from .example import MEASURES, MONTHS, ORDERS, RIGHT, SEED, Example, example
from .expected import ANY, EXPECTED, REASONS, agrees
from .markdown import code, table

_HEAD = f"""# What each fault does to the books

Simulated by `make docs`: every fault of the catalogue, alone and at default severity, in a small business of {MONTHS} months
and {ORDERS:,} orders a year (seed {SEED}), from its second month on, with staff that do not react. Shown is the misstatement:
what the books say less what true books say, less the same of the business without the fault. Sums below a twentieth of a
per cent of a month's revenue, or two per cent of the fault's largest, do not count: a changed course of business spills
over a little.

`+` is too much: stock, owed to us, owed by us, revenue, cost. `-` is too little. `~` passes before the end, `±` turns,
*split* is right in total and wrong by account, a dot is right. GRNI is the accrual for goods received and not invoiced,
GINR stock in transit. *Available* is held against the business without the fault. *Sync* counts the outbound records that
stayed Failed or Skipped beyond normal time, and by how many more end Pending or with a Warning, if it is three at least.

What the catalogue expects stands in parentheses where the example shows something else; the reasons stand below.
"""


def page() -> str:
    """The whole page."""
    from sim import faults  # noqa: PLC0415  (the command line imports this package)

    shown = [example(name) for name in faults.discover()]
    lines = [_HEAD]
    lines += table(("fault", "business", *MEASURES, "sync"), [_row(each) for each in shown])
    lines += ["", "## Where the two disagree", ""]
    apart = [(each.name, measure) for each in shown for measure in disagreements(each)]
    lines += [f"- {code(name)}, {measure}: {REASONS.get((name, measure), 'not explained yet')}." for name, measure in apart]
    lines += [] if apart else ["Nowhere."]
    missing = sorted(set(EXPECTED) - {each.name for each in shown})
    if missing:
        lines += ["", "## Without a file so far", "", ", ".join(map(code, missing)) + "."]
    return "\n".join(lines) + "\n"


def disagreements(each: Example) -> list[str]:
    """Measures of an example that are not as the catalogue expects."""
    shown = {**{measure: each.effects[measure].sign for measure in MEASURES}, "sync": each.sync}
    return [measure for measure, measured in shown.items() if not agrees(each.name, measure, measured)]


def _row(each: Example) -> tuple[str, ...]:
    apart = disagreements(each)
    cells = []
    for measure in (*MEASURES, "sync"):
        measured = each.sync if measure == "sync" else each.effects[measure].sign
        said = EXPECTED.get(each.name, {}).get(measure, ANY)
        cell = "·" if measured == RIGHT else measured
        cells.append(f"{cell} ({said.replace('r', '·')})" if measure in apart and measure != "sync" else
                     f"{cell} ({said})" if measure in apart else cell)  # fmt: skip
    return (code(each.name), each.profile, *cells)
