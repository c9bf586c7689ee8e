"""What every author of a detector needs: the ledger's statements, control accounts by month-end, documents and their state.

Pure functions of evidence; money in cents, debit positive. They hold no opinion on what is wrong.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from .evidence import Evidence, look_up, positions, within

if TYPE_CHECKING:
    import pandas as pd

_RESULT = ("REVENUE", "EXPENSE")
"""Classes of accounts that make up the profit."""
_BANK = ("BANK", "Bank")
"""Account type of a bank account, as Xero and QuickBooks Online call it."""


def posted_lines(evidence: Evidence) -> pd.DataFrame:
    """Every journal line with its head's journal_date, recorded_at, source_type and source_id. Needs ledger."""
    heads = evidence.table("ledger/journals")[["journal_id", "journal_date", "recorded_at", "source_type", "source_id"]]
    return joined(evidence.table("ledger/journal_lines"), heads, "journal_id")


def journal_heads(evidence: Evidence) -> pd.DataFrame:
    """Heads of journals by journal_id. Needs ledger.

    A number that two journals bear stands for the first one: programs that post by themselves number as they like.
    """
    return evidence.table("ledger/journals").drop_duplicates("journal_id").set_index("journal_id")


def joined(rows: pd.DataFrame, heads: pd.DataFrame, key: str) -> pd.DataFrame:
    """`rows` with the columns of the one of `heads` that has the same text in column `key`; missing where there is none.

    A left merge of many to one, faster; `heads` has each key once.
    """
    place = positions(rows[key], heads[key])
    if (place < 0).any():
        return rows.merge(heads, on=key, how="left", validate="m:1")
    rows = rows.reset_index(drop=True)
    return rows.assign(**{name: heads[name].array.take(place) for name in heads.columns if name != key})


def trial_balance(evidence: Evidence, date: dt.date | None = None) -> pd.DataFrame:
    """Balance of every account at the end of `date` (default: the evening of the evidence), as known now.

    Columns: account_code, name, type, class, control, balance_cents. Needs ledger. For the balance as known on an
    earlier evening, ask `evidence.as_of_date(date)`.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    lines = posted_lines(evidence)
    lines = lines[lines["journal_date"] <= pd.Timestamp(date or evidence.as_of)]
    sums = lines.groupby("account_code")["amount_cents"].sum()
    accounts = evidence.table("ledger/accounts")[["account_code", "name", "type", "class", "control"]]
    accounts["balance_cents"] = accounts["account_code"].map(sums).fillna(0).astype("int64")
    return accounts.sort_values("account_code", ignore_index=True)


def profit_and_loss(evidence: Evidence, start: dt.date, end: dt.date | None = None) -> pd.DataFrame:
    """Income and expense of the days from `start` to `end` (default: the evening of the evidence), as known now.

    Columns: account_code, name, type, class, amount_cents: what an account adds to the profit, negative for what it takes
    away; the sum is the profit. Accounts without a movement are left out. Needs ledger.
    """
    import pandas as pd  # noqa: PLC0415

    lines = posted_lines(evidence)
    last = pd.Timestamp(end or evidence.as_of)
    lines = lines[(lines["journal_date"] >= pd.Timestamp(start)) & (lines["journal_date"] <= last)]
    sums = -lines.groupby("account_code")["amount_cents"].sum()
    accounts = evidence.table("ledger/accounts")[["account_code", "name", "type", "class"]]
    accounts["amount_cents"] = accounts["account_code"].map(sums).fillna(0).astype("int64")
    moved = accounts["class"].isin(_RESULT) & (accounts["amount_cents"] != 0)
    return accounts[moved].sort_values(["class", "account_code"], ascending=[False, True], ignore_index=True)


def balance_sheet(evidence: Evidence, date: dt.date | None = None, year_ends_month: int | None = None) -> pd.DataFrame:
    """What the business owns and owes at the end of `date` (default: the evening of the evidence), as known now.

    Columns: class (ASSET, LIABILITY, EQUITY), account_code, name, amount_cents: debit for assets, credit for the others, so
    assets equal liabilities and equity. As in Xero, the profit of years that have ended is added to retained earnings, that
    of the year so far is a line of its own without a code. A year ends with month `year_ends_month` (default: what the
    ledger's settings say, else December). Needs ledger.
    """
    import pandas as pd  # noqa: PLC0415

    day, last = date or evidence.as_of, year_ends_month or _year_ends_month(evidence)
    begins = dt.date(day.year - (day.month <= last % 12), last % 12 + 1, 1)
    until_then, now = trial_balance(evidence, begins - dt.timedelta(1)), trial_balance(evidence, day)
    earlier = -int(until_then.loc[until_then["class"].isin(_RESULT), "balance_cents"].sum())
    profit = -int(now.loc[now["class"].isin(_RESULT), "balance_cents"].sum()) - earlier
    system = evidence.table("ledger/accounts").set_index("account_code")["system_account"]
    sheet = now[~now["class"].isin(_RESULT)].copy()
    sheet["amount_cents"] = sheet["balance_cents"].where(sheet["class"] == "ASSET", -sheet["balance_cents"])
    retained = sheet["account_code"].map(system) == "RETAINEDEARNINGS"
    sheet.loc[retained, "amount_cents"] += earlier
    lines = [("EQUITY", None, "Current Year Earnings", profit)]
    if not retained.any():
        lines.append(("EQUITY", None, "Retained Earnings", earlier))
    columns = ["class", "account_code", "name", "amount_cents"]
    whole = pd.concat([sheet[columns], pd.DataFrame(lines, columns=columns)], ignore_index=True)
    order = whole["class"].map({"ASSET": 0, "LIABILITY": 1, "EQUITY": 2})
    return whole.assign(order=order).sort_values("order", kind="stable", ignore_index=True).drop(columns="order")


def _year_ends_month(evidence: Evidence) -> int:
    log = evidence.table("ledger/settings_log")
    said = log.loc[log["setting"] == "FinancialYearEndMonth", "new_value"]
    return int(said.iloc[-1]) if len(said) else 12


def document_states(evidence: Evidence) -> pd.DataFrame:
    """The ledger's invoices, bills and credit notes with what is still open of each. Needs ledger.

    Columns: those of `ledger/documents`, due_cents (not settled yet), status (AUTHORISED or PAID; what is a draft has
    not reached the books) and days_open: days since its date of what is not settled, else 0. A credit note that nobody
    has paid out or allocated to an invoice is open and ages.
    """
    import pandas as pd  # noqa: PLC0415

    documents = evidence.table("ledger/documents")
    due = documents["total_cents"] - documents["amount_paid_cents"]
    age = (pd.Timestamp(evidence.as_of) - documents["date"].astype("datetime64[ns]")).dt.days
    status = due.map(lambda cents: "PAID" if cents <= 0 else "AUTHORISED").astype("object")
    return documents.assign(due_cents=due, status=status, days_open=age.where(due > 0, 0).astype("int64"))


def bank_reconciliation(evidence: Evidence) -> pd.DataFrame:
    """What the bank and the books do not share yet, oldest first. Needs ledger.

    Columns: side ("bank": a statement line nobody has coded; "books": a journal line on a bank account with no statement line
    matched to it), date, amount_cents (into the account positive), reference (what the bank prints, or the journal's
    reference or narration) and days_open.
    """
    import pandas as pd  # noqa: PLC0415

    accounts, statement = evidence.table("ledger/accounts"), evidence.table("ledger/bank_statement")
    banks = accounts.loc[accounts["type"].isin(_BANK), "account_code"]
    lines, matched = posted_lines(evidence), evidence.table("ledger/bank_coding")["journal_id"]
    lines = lines[lines["account_code"].isin(banks) & ~lines["journal_id"].isin(matched)]
    heads = journal_heads(evidence)
    said = heads["reference"].astype("object").where(heads["reference"].notna(), heads["narration"].astype("object"))
    waiting = statement[statement["journal_id"].isna()]
    sides = [
        pd.DataFrame({"side": "bank", "date": waiting["date"], "amount_cents": waiting["amount_cents"],
                      "reference": waiting["description"].astype("object")}),
        pd.DataFrame({"side": "books", "date": lines["journal_date"], "amount_cents": lines["amount_cents"],
                      "reference": look_up(lines["journal_id"], said)}),
    ]  # fmt: skip
    both = pd.concat([side.assign(date=pd.to_datetime(side["date"])) for side in sides], ignore_index=True)
    both["days_open"] = (pd.Timestamp(evidence.as_of) - both["date"]).dt.days
    return both.sort_values(["date", "side", "amount_cents"], ignore_index=True)


def control_balances(evidence: Evidence) -> pd.DataFrame:
    """Balance of each kind of control account on each month-end, as known that evening.

    One row a month-end, one column a kind (inventory, receivable ...). Needs ledger.
    """
    import pandas as pd  # noqa: PLC0415

    kinds = evidence.table("ledger/accounts").dropna(subset=["control"]).set_index("account_code")["control"]
    lines = posted_lines(evidence)
    lines["control"] = lines["account_code"].map(kinds)
    lines = lines.dropna(subset=["control"])
    ends = pd.DatetimeIndex(pd.to_datetime(list(evidence.month_ends)), name="month_end")
    # What is dated after an evening is no part of that evening's balance even when it was entered before.
    evening = lines[["recorded_at", "journal_date"]].max(axis=1).dt.normalize()
    rows = [lines[evening <= end].groupby("control")["amount_cents"].sum() for end in ends]
    names = sorted(kinds.unique())
    return pd.DataFrame([row.reindex(names, fill_value=0) for row in rows], index=ends, columns=names).astype("int64")


def monthly_results(evidence: Evidence) -> pd.DataFrame:
    """Revenue, cost of sales and gross margin of each month that has ended, by journal date. Needs ledger.

    One row a month-end; revenue_cents (accounts of class REVENUE), cogs_cents (accounts of type DIRECTCOSTS),
    margin: gross margin over revenue, missing in a month without revenue.
    """
    import pandas as pd  # noqa: PLC0415

    daily = daily_results(evidence)
    ends = pd.DatetimeIndex(pd.to_datetime(list(evidence.month_ends)), name="month_end")
    days = pd.DatetimeIndex(daily.index)
    months = daily.groupby(days.to_period("M").to_timestamp(how="end").normalize()).sum().reindex(ends, fill_value=0)
    margin = (months["revenue_cents"] - months["cogs_cents"]) / months["revenue_cents"].where(months["revenue_cents"] > 0)
    return months.assign(margin=margin)


def daily_results(evidence: Evidence) -> pd.DataFrame:
    """Revenue and cost of sales of each day of the window so far, by journal date. Needs ledger."""
    import pandas as pd  # noqa: PLC0415

    accounts = evidence.table("ledger/accounts")
    revenue = accounts.loc[accounts["class"] == "REVENUE", "account_code"]
    costs = accounts.loc[accounts["type"] == "DIRECTCOSTS", "account_code"]
    lines = posted_lines(evidence)
    days = pd.date_range(evidence.calendar.start, evidence.as_of, freq="D", name="day")

    def by_day(codes: pd.Series[str], sign: int) -> pd.Series[int]:
        picked = lines[within(lines["account_code"], codes)]
        sums = sign * picked.groupby("journal_date")["amount_cents"].sum()
        return sums.reindex(days, fill_value=0).astype("int64")

    return pd.DataFrame({"revenue_cents": by_day(revenue, -1), "cogs_cents": by_day(costs, 1)})


def sale_documents(evidence: Evidence) -> pd.DataFrame:
    """One row a shipment task, joined with its sale and its invoice: of a sale in parts, the first with the first. Needs cin7.

    Columns: sale_key, order_number, external_id, shipment_key, shipment_status, opened_at, invoice_key,
    invoice_status, invoiced_at (missing when the sale is not invoiced), net_cents.
    """
    sales = evidence.table("cin7/sales")[["document_key", "order_number", "external_id"]]
    shipments = evidence.table("cin7/shipments")[["document_key", "sale_key", "status", "created_at"]]
    invoices = evidence.table("cin7/sale_invoices")
    invoices = invoices[invoices["status"] != "VOIDED"].sort_values("authorised_at", kind="stable")
    invoices = invoices[["document_key", "sale_key", "status", "authorised_at", "net_cents"]]
    invoices = invoices.assign(turn=invoices.groupby("sale_key").cumcount())
    alive = shipments[shipments["status"] != "VOIDED"].sort_values("created_at", kind="stable")
    shipments = shipments.assign(turn=alive.groupby("sale_key").cumcount())
    renamed = {"document_key": "invoice_key", "status": "invoice_status", "authorised_at": "invoiced_at"}
    return (
        shipments.rename(columns={"document_key": "shipment_key", "status": "shipment_status", "created_at": "opened_at"})
        .merge(sales.rename(columns={"document_key": "sale_key"}), on="sale_key", how="left")
        .merge(invoices.rename(columns=renamed), on=["sale_key", "turn"], how="left")
        .drop(columns="turn")
    )


def ledger_documents(evidence: Evidence, document_keys: list[str]) -> dict[str, str]:
    """The ledger document that each Cin7 document became, by document key; what has not arrived is left out.

    Needs integration.
    """
    carried = evidence.table("integration/sync_record_documents")
    carried = carried[within(carried["document_key"], document_keys)]
    records = evidence.table("integration/sync_records")[["record_key", "target_document_id", "created_at"]]
    joined = carried.merge(records, on="record_key").dropna(subset=["target_document_id"])
    joined = joined.sort_values("created_at", kind="stable").drop_duplicates("document_key")
    return dict(zip(joined["document_key"], joined["target_document_id"], strict=True))
