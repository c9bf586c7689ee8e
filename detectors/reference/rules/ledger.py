"""Practice in the general ledger: what people enter there by hand, and what it does to accounts that belong to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...evidence import look_up, within
from ...helpers import journal_heads
from ...reading import Reading, once
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_REPEATS = 3
"""Months in a row with the same journal that make it structural (S1: "repeating across multiple months"; F asks for 3)."""
_COPIES = 2
"""Months that are enough where nothing but the date differs, not even by a cent: what ties out differs every month."""
_EVERY_MONTH = r"\b(?:every|each) month\b|\bmonthly\b|\brecurring\b"
"""What its writer says of a journal that is on the closing list (assumption)."""
_ALIKE = 0.15
"""Share by which such a journal may differ from the usual amount (assumption)."""
_HISTORY = 3
"""Bank lines of one description that must have gone to the same account before another one is odd (assumption)."""
_FEE_DAYS = 21
"""Days of payouts without fees that are no accident (assumption)."""
_BANK_DAYS = 10
"""Days within which what Cin7 paid is in the bank statement and coded (assumption)."""
_REMAINS, _MOST = 0.1, 0.5
"""What a journal made to hide a difference leaves of it at most, and the share of journals that must be so (assumptions)."""
_TIED = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip", "receivable", "payable")
_STOCK = ("inventory", "grni", "stock_in_transit", "transfers_in_transit", "wip")
_MANUAL = ("MANJOURNAL", "JournalEntry")
_SPENT = ("CASHPAID", "Purchase")
_BILLS = ("ACCPAY", "Bill")


@once
def _manual(reading: Reading) -> pd.DataFrame:
    """Lines of manual journals that nobody but a person entered, without those that were taken back on the same day."""
    hand = reading.by_hand
    lines = hand[hand["source_type"].isin(_MANUAL)].sort_values(["recorded_at", "journal_id", "account_code"], kind="stable")
    if lines.empty:
        return lines
    text = lines["account_code"] + ":" + lines["amount_cents"].astype("str")
    other = lines["account_code"] + ":" + (-lines["amount_cents"]).astype("str")
    heads = lines.drop_duplicates("journal_id").set_index("journal_id")
    day = heads["recorded_at"].dt.strftime("%Y-%m-%d ")
    shape = day + text.groupby(lines["journal_id"], sort=False).agg("/".join)
    against = day + other.groupby(lines["journal_id"], sort=False).agg("/".join)
    taken_back = within(shape, against)
    return lines[~within(lines["journal_id"], taken_back.index[taken_back])]


def _journals(reading: Reading, control: tuple[str, ...] = (), *, revenue: bool = False) -> pd.DataFrame:
    """Lines of manual journals on accounts of these controls, or on revenue, whole journals' other lines left out."""
    lines = _manual(reading)
    return lines[lines["class"] == "REVENUE"] if revenue else lines[lines["control"].isin(control)]


def _finding(
    lines: pd.DataFrame, cause: str, probability: float, words: str, *, layer: str = "ledger", reaction: bool = True,
    hides: str = "", fits: bool | None = None, follows: tuple[str, ...] = (),
) -> Finding:  # fmt: skip
    lines = lines.sort_values(["recorded_at", "journal_id"], kind="stable")
    return Finding(
        cause=cause, layer=layer, since=lines["recorded_at"].iloc[0], amount_cents=int(lines["amount_cents"].abs().sum()),
        keys=tuple(lines["source_id"].fillna(lines["journal_id"]).unique()), probability=probability, words=words,
        reaction=reaction, hides=hides, fits=fits, follows=follows,
    )  # fmt: skip


@once
def _structural(reading: Reading) -> pd.DataFrame:
    """Manual journals on stock accounts or cost of sales that come back month after month: same accounts, sign and amount.

    What differs from month to month is made to tie something out, which is another practice. One journal is enough where
    its narration says that it comes every month.
    """
    lines = _manual(reading)
    touched = lines[lines["control"].isin(_TIED) | (lines["type"] == "DIRECTCOSTS")]
    if touched.empty:
        return touched
    whole = lines[within(lines["journal_id"], touched["journal_id"])].sort_values(["journal_id", "account_code"])
    debits = whole[whole["amount_cents"] > 0]
    size = debits.groupby("journal_id")["amount_cents"].sum()
    side = whole["account_code"] + whole["amount_cents"].map(lambda cents: "+" if cents > 0 else "-")
    shape = side.groupby(whole["journal_id"]).agg("/".join)
    month = whole.groupby("journal_id")["journal_date"].min().dt.to_period("M")
    said = look_up(shape.index.to_series(), journal_heads(reading.evidence)["narration"]).fillna("").astype("str")
    kept: list[str] = said.index[said.str.contains(_EVERY_MONTH, case=False)].tolist()
    for _, ids in shape.groupby(shape):
        sizes = size.reindex(ids.index).fillna(0)
        alike = sizes[(sizes - sizes.median()).abs() <= _ALIKE * sizes.median()]
        if month.reindex(alike.index).nunique() >= _REPEATS:
            kept += alike.index.tolist()
        for _, copies in sizes.groupby([sizes, said.reindex(ids.index)]):
            if month.reindex(copies.index).nunique() >= _COPIES:
                kept += copies.index.tolist()
    return touched[within(touched["journal_id"], kept)]


def _fits(reading: Reading, lines: pd.DataFrame) -> bool | None:
    """Whether most journals take away just what their account showed too much when they were entered.

    That is what somebody does who cannot explain a difference. What is entered by habit fits nothing: it makes the difference.
    Where Cin7 is not visible, nobody can tell.
    """
    on_control = lines[lines["control"].notna()]
    if on_control.empty or not reading.sees("cin7"):
        return None
    left = on_control["amount_cents"] + [_too_much(reading, line) for line in on_control.itertuples()]
    return bool((left.abs() <= _REMAINS * on_control["amount_cents"].abs()).mean() >= _MOST)


def _too_much(reading: Reading, line: Any) -> int:
    """What an account showed beyond what Cin7 did by the date of a journal's line when it was entered; clearing, in all."""
    posted, shown = reading.posted, reading.lines
    posted = posted[(posted["account_code"] == line.account_code) & (posted["recorded_at"] <= line.recorded_at)]
    posted = posted[posted["journal_id"] != line.journal_id]
    if line.control not in _TIED:
        return int(posted["amount_cents"].sum())
    shown = shown[(shown["account_code"] == line.account_code) & (shown["recorded_at"] <= line.recorded_at)]
    booked = posted.loc[posted["journal_date"] <= line.journal_date, "amount_cents"].sum()
    return int(booked - shown.loc[shown["effective_date"] <= line.journal_date, "amount_cents"].sum())


@needs("ledger")
def same_journal_every_month(reading: Reading) -> Finding | None:
    """`recurring_manual_journal_workaround`: the same journal at close after close, cause unknown."""
    lines = _structural(reading)
    if lines.empty:
        return None
    months = lines["journal_date"].dt.to_period("M").nunique()
    on_control = lines[lines["control"].notna()]
    return _finding(
        on_control if len(on_control) else lines, "recurring_manual_journal_workaround", 0.85 if months > _REPEATS else 0.75,
        f"the same accounts are journalled by hand, by much the same amount, in {months} months" if months > 1 else
        "stock or cost of sales is journalled by hand, as its narration says every month",
        hides="stock", fits=_fits(reading, lines),
    )  # fmt: skip


@needs("ledger")
def journals_to_stock(reading: Reading) -> Finding | None:
    """`manual_inventory_journal_bypasses_subledger`: inventory or an accrual moved by hand; Cin7 knows nothing of it."""
    lines = _journals(reading, _STOCK)
    lines = lines[~within(lines["journal_id"], _structural(reading)["journal_id"])]
    if lines.empty:
        return None
    return _finding(lines, "manual_inventory_journal_bypasses_subledger", 0.8,
                    f"{lines['journal_id'].nunique()} manual journals move stock accounts",
                    hides="stock", fits=_fits(reading, lines))  # fmt: skip


@once
def _revenue(reading: Reading) -> pd.DataFrame:
    """Revenue lines of manual journals, without those that earn what was owed to customers."""
    lines = _journals(reading, revenue=True)
    owed = _manual(reading)
    owed = owed[(owed["class"] == "LIABILITY") & (owed["amount_cents"] > 0) & owed["control"].isna()]
    return lines[~within(lines["journal_id"], owed["journal_id"])]


@once
def _by_payout(reading: Reading) -> pd.DataFrame:
    """Of those, lines of journals that debit clearing many times a month: reports of payouts, not of a close."""
    lines = _revenue(reading)
    held = _journals(reading, ("clearing",))
    lines = lines[within(lines["journal_id"], held.loc[held["amount_cents"] > 0, "journal_id"])]
    if lines.empty:
        return lines
    who = look_up(lines["journal_id"], journal_heads(reading.evidence)["created_by"])
    many = lines.groupby([lines["journal_date"].dt.strftime("%Y-%m"), who])["journal_id"].transform("nunique")
    return lines[within(who, who[many >= _REPEATS])]


@needs("ledger")
def sales_reported_twice(reading: Reading) -> Finding | None:
    """`duplicate_revenue_path`: another program posts the sales behind each payout, which the integration posts too."""
    lines = _by_payout(reading)
    if lines["journal_id"].nunique() < _REPEATS:
        return None
    return _finding(
        lines, "duplicate_revenue_path", 0.9,
        f"{lines['journal_id'].nunique()} journals post the sales of payouts beside those that come from Cin7",
        layer="integration", reaction=False,
    )  # fmt: skip


@needs("ledger")
def journals_to_revenue(reading: Reading) -> Finding | None:
    """`manual_revenue_journal`: sales revenue entered by hand."""
    lines = _revenue(reading)
    lines = lines[~within(lines["journal_id"], _by_payout(reading)["journal_id"])]
    if lines.empty:
        return None
    whole = _manual(reading)
    return _finding(lines, "manual_revenue_journal", 0.85, f"{lines['journal_id'].nunique()} manual journals post revenue",
                    hides="revenue", fits=_fits(reading, whole[within(whole["journal_id"], lines["journal_id"])]))  # fmt: skip


@needs("ledger")
def clearing_made_zero(reading: Reading) -> Finding | None:
    """`clearing_forced_to_zero`: a manual journal as large as the clearing account's balance, of the other sign."""
    posted = reading.posted
    lines = _journals(reading, ("clearing",))
    lines = lines[~within(lines["journal_id"], _journals(reading, revenue=True)["journal_id"])]
    forced = []
    for line in lines.itertuples():
        before = posted[(posted["account_code"] == line.account_code) & (posted["journal_date"] <= line.journal_date)]
        before = before[before["journal_id"] != line.journal_id]
        known = before[before["recorded_at"] <= line.recorded_at]
        if -int(str(line.amount_cents)) in (int(before["amount_cents"].sum()), int(known["amount_cents"].sum())):
            forced.append(line.Index)
    probability = 0.9 if forced else 0.6
    rows = lines.loc[forced] if forced else lines
    if rows.empty:
        return None
    return _finding(rows, "clearing_forced_to_zero", probability,
                    f"{rows['journal_id'].nunique()} manual journals move clearing"
                    + (", each by its whole balance" if forced else ""), hides="clearing",
                    fits=_fits(reading, rows))  # fmt: skip


@needs("ledger")
def spent_on_stock(reading: Reading) -> Finding | None:
    """`spend_money_bypass`: money spent from the bank straight into stock or cost of sales, past the sub-ledger.

    Where Cin7 had paid the bill already, that is the bookkeeper's habit. Where it never had the bill, the supplier asked for
    his money because something else keeps bills from being entered.
    """
    hand = reading.by_hand
    lines = hand[_bought_past_stock(hand)]
    if lines.empty:
        return None
    paid = _paid_in_cin7(reading, lines)
    return _finding(lines[paid] if paid.any() else lines, "spend_money_bypass", 0.85,
                    f"{lines['journal_id'].nunique()} payments were coded from the bank to stock or cost of sales",
                    reaction=not paid.any())  # fmt: skip


def _paid_in_cin7(reading: Reading, lines: pd.DataFrame) -> pd.Series[bool]:
    """Whether Cin7 had just paid the same amount; always, where Cin7 is not visible."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    if not reading.sees("cin7"):
        return lines["amount_cents"].notna()
    spent = lines.assign(amount_cents=lines["amount_cents"].abs()).sort_values("recorded_at", kind="stable")
    paid = reading.table("cin7/purchase_payments")[["amount_cents", "recorded_at"]].assign(paid=True)
    both = pd.merge_asof(
        spent, paid.sort_values("recorded_at", kind="stable"), on="recorded_at", by="amount_cents",
        tolerance=pd.Timedelta(days=_BANK_DAYS),
    )  # fmt: skip
    return both["paid"].set_axis(spent.index).reindex(lines.index).notna()


def _bought_past_stock(lines: pd.DataFrame) -> pd.Series[bool]:
    goods = lines["control"].isin(_STOCK) | (lines["type"] == "DIRECTCOSTS")
    return lines["source_type"].isin(_SPENT) & goods


@needs("ledger")
def bank_lines_twice(reading: Reading) -> Finding | None:
    """`duplicated_bank_line`: one booking of the bank stands twice in the statement, and both were coded by hand."""
    lines = reading.table("ledger/bank_statement").dropna(subset=["journal_id"])
    lines = lines[within(lines["journal_id"], reading.by_hand["journal_id"])]
    same = ["account_code", "date", "amount_cents", "description"]
    # The feed brings a day's lines at once: of two alike that came together, both are true.
    if lines.empty:
        return None
    lines = lines.sort_values(["fed_at", "statement_id"], kind="stable")
    apart = lines.groupby(same, dropna=False)["fed_at"].transform("nunique") > 1
    # The feed keeps its hour: what came at another one was imported by hand. Where both did, the later one is too many.
    usual = within(lines["fed_at"].dt.time, reading.table("ledger/bank_statement")["fed_at"].dt.time.mode())
    first = lines.assign(by_file=~usual).sort_values(["by_file", "fed_at"], kind="stable").drop_duplicates(same)
    twice = lines[apart & ~within(lines["statement_id"], first["statement_id"])]
    if twice.empty:
        return None
    return Finding(
        cause="duplicated_bank_line", layer="ledger", since=twice["fed_at"].iloc[0], keys=tuple(twice["statement_id"]),
        amount_cents=int(twice["amount_cents"].abs().sum()), probability=0.85,
        words=f"{len(twice)} bank lines stand twice in the statement and were coded twice",
    )  # fmt: skip


@needs("ledger")
def coded_elsewhere(reading: Reading) -> Finding | None:
    """`miscoded_bill`: what is paid to somebody went to another account than it always does."""
    hand = reading.by_hand
    coded = reading.table("ledger/bank_statement").dropna(subset=["journal_id"])
    plain = coded["description"].fillna("").str.replace(r"\d+", "", regex=True).str.strip()
    coded = coded.assign(plain=plain)[["plain", "journal_id"]]
    lines = hand[hand["source_type"].isin((*_SPENT, *_BILLS)) & (hand["type"] != "BANK")]
    # A payout that went out instead of in has fees and disputes beside what it clears, as any payout.
    lines = lines[~within(lines["journal_id"], lines.loc[lines["control"] == "clearing", "journal_id"])]
    lines = lines.merge(coded, on="journal_id")
    counts = lines.groupby(["plain", "account_code"]).size()
    usual = counts.groupby("plain").idxmax().map(lambda pair: pair[1])
    often = counts.groupby("plain").max()
    known = within(lines["plain"], often.index[often >= _HISTORY])
    odd = lines[known & (lines["account_code"] != look_up(lines["plain"], usual))]
    odd = odd[~_bought_past_stock(odd)]  # that is a habit of its own
    if odd.empty:
        return None
    name = odd["plain"].iloc[0]
    return _finding(odd, "miscoded_bill", 0.75, f"{odd['journal_id'].nunique()} payments such as {name!r} went to another "
                                                "account than usual", reaction=False)  # fmt: skip


@needs("ledger")
def payouts_without_fees(reading: Reading) -> Finding | None:
    """`gateway_fee_not_booked`: payouts are coded net, and the fees they held back stay in clearing for ever."""
    hand = reading.by_hand
    on_clearing = hand[hand["control"] == "clearing"]
    costs = hand.loc[(hand["class"] == "EXPENSE"), ["journal_id", "amount_cents"]].groupby("journal_id")["amount_cents"].sum()
    payouts = on_clearing[on_clearing["amount_cents"] < 0]
    payouts = payouts.assign(fees=look_up(payouts["journal_id"], costs).fillna(0)).sort_values(["recorded_at", "journal_id"])
    best: pd.DataFrame | None = None
    for _, rows in payouts.groupby("account_code"):
        paid = rows.index[rows["fees"] > 0]
        since = rows if not len(paid) else rows.loc[rows["recorded_at"] > rows.loc[paid, "recorded_at"].max()]
        if len(since) < _REPEATS or (since["recorded_at"].iloc[-1] - since["recorded_at"].iloc[0]).days < _FEE_DAYS:
            continue
        if best is None or len(since) > len(best):
            best = since
    if best is None:
        return None
    return Finding(
        cause="gateway_fee_not_booked", layer="cin7", since=best["recorded_at"].iloc[0], probability=0.8,
        keys=tuple(best["source_id"].fillna(best["journal_id"])), amount_cents=_fees_held(reading, best),
        words=f"{len(best)} payouts in a row were booked without fees",
    )  # fmt: skip


@needs("cin7", "ledger")
def fee_account_emptied(reading: Reading) -> Finding | None:
    """`gateway_fee_not_booked`: Cin7 had no account for a gateway's fees for a time, and its payouts were coded net."""
    log = reading.table("cin7/settings_log").sort_values("recorded_at", kind="stable")
    fees = log[log["setting"] == "Fee account"]
    fees = fees.assign(until=fees.groupby("key")["recorded_at"].shift(-1).fillna(reading.evening))
    empty = fees[fees["new_value"].fillna("").eq("") & fees["old_value"].fillna("").ne("")]
    if empty.empty:
        return None
    mapped = log[log["setting"] == "Account mapping"].drop_duplicates("key", keep="last").set_index("key")["new_value"]
    empty = empty.assign(account_code=look_up(empty["key"], mapped))[["key", "account_code", "recorded_at", "until"]]
    hand = reading.by_hand
    coded = hand[within(hand["journal_id"], reading.table("ledger/bank_statement")["journal_id"])]
    split = coded.loc[coded["class"] == "EXPENSE", "journal_id"]
    bare = coded[(coded["control"] == "clearing") & ~within(coded["journal_id"], split)]
    both = bare.merge(empty.rename(columns={"recorded_at": "since"}), on="account_code")
    net = both[both["recorded_at"].between(both["since"], both["until"])].drop_duplicates("journal_id")
    if net.empty:
        return None
    net = net.sort_values(["recorded_at", "journal_id"])
    return Finding(
        cause="gateway_fee_not_booked", layer="cin7", since=empty["recorded_at"].min(), probability=0.9,
        keys=tuple(net["source_id"].fillna(net["journal_id"])), amount_cents=_fees_held(reading, net),
        words=f"{len(net)} payouts were booked without fees while {', '.join(sorted(net['key'].unique()))} had no account for "
              "them in Cin7",
    )  # fmt: skip


def _fees_held(reading: Reading, payouts: pd.DataFrame) -> int | None:
    """Fees of the gateways' payouts whose net amount is what clearing was relieved of."""
    if not reading.sees("operations"):
        return None
    theirs = reading.table("operations/gateway_payouts")
    theirs = theirs[within(theirs["net_cents"], -payouts["amount_cents"]) & (theirs["at"] >= payouts["recorded_at"].iloc[0]
                                                                        .normalize() - _week())]  # fmt: skip
    return int(theirs["fee_cents"].sum())


def _week() -> pd.Timedelta:
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    return pd.Timedelta(days=7)


RULES = (
    same_journal_every_month, journals_to_stock, sales_reported_twice, journals_to_revenue, clearing_made_zero,
    spent_on_stock, bank_lines_twice, coded_elsewhere, payouts_without_fees, fee_account_emptied,
)  # fmt: skip
