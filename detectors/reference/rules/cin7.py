"""Cin7 configuration: dated settings and master data that do what they were told, which is not what anybody wanted."""

from __future__ import annotations

import re

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs
from .shipments import invoiced_before_shipping

_HABIT = 3
"""Fewer documents are an oversight (assumption)."""
_APART_DAYS = 5
"""Days by which the two lock dates may differ in earnest: Cin7's is the day after the ledger's (assumption on the rest)."""
_OPEN_DAYS = 3
"""Days for which they may differ: a close or an authorised reopening is done within (assumption)."""
_USAGE_OFF = 0.2
"""Share by which use and recipe of a component may differ in the mean; yield varies by a few percent, and by more where a
batch takes few units (assumption)."""
_BATCHES = 10
"""Batches before the mean of a component's use says anything (assumption)."""
_SETTLED = 0.1
"""Share of the time seen within which a product that was there from the beginning has been sold (assumption)."""
_FORBIDDEN = re.compile(r"[:\\]")
"""Characters QuickBooks Online does not take in an item's name (H-QBO)."""


@needs("cin7", "ledger")
def lock_dates_apart(reading: Reading) -> Finding | None:
    """`lock_date_mirror_drift`: the ledger is locked up to another day than Cin7, for longer than a close takes."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    own = reading.table("cin7/settings_log")
    own = own[own["setting"] == "LockDate"]
    dates = pd.to_datetime(own["new_value"], errors="coerce", format="%Y-%m-%d") - pd.Timedelta(days=1)
    cin7 = pd.DataFrame({"at": own["recorded_at"], "cin7": dates}).sort_values("at", kind="stable")
    cin7 = cin7.drop_duplicates("at", keep="last")
    locks = reading.table("ledger/lock_dates")
    locks = locks[locks["kind"] == "period"][["recorded_at", "lock_date"]].set_axis(["at", "ledger"], axis=1)
    locks = locks.sort_values("at", kind="stable").drop_duplicates("at", keep="last")
    if locks.empty:
        return None
    both = pd.merge(cin7, locks, on="at", how="outer").sort_values("at").ffill()
    both = both[both["ledger"].notna()]
    # The other way round it is a close that takes long, or a month of the ledger opened again: Cin7 is locked first.
    apart = (both["ledger"] - both["cin7"]).dt.days.fillna(_APART_DAYS + 1) > _APART_DAYS
    until = both["at"].shift(-1).fillna(reading.evening)
    # Stretches in which they are apart without a break.
    stretch = (apart != apart.shift()).cumsum()[apart]
    for _, rows in both[apart].groupby(stretch):
        since = rows["at"].iloc[0]
        if (until[rows.index[-1]] - since).days > _OPEN_DAYS:
            return Finding(
                cause="lock_date_mirror_drift", layer="cin7", since=since, probability=0.8,
                words=f"from {since:%d %B} on the ledger is locked to {rows['ledger'].iloc[0]:%d %B} and Cin7 to "
                      + (f"{rows['cin7'].iloc[0]:%d %B}" if rows["cin7"].notna().any() else "no date"),
            )  # fmt: skip
    return None


@needs("cin7")
def accrual_switched_off(reading: Reading) -> Finding | None:
    """`accrued_inventory_disabled`: receipts of stock-first purchases post nothing."""
    log = reading.table("cin7/settings_log")
    log = log[log["setting"] == "Accrued inventory"].sort_values("recorded_at", kind="stable")
    off = log[log["new_value"] == "Off"]
    purchases = reading.table("cin7/purchases")
    stock_first = purchases.loc[purchases["approach"] == "STOCK", "document_key"]
    received = reading.table("cin7/stock_received")
    received = received[within(received["purchase_key"], stock_first)]
    silent = received[~within(received["document_key"], reading.amounts.index)].sort_values(["recorded_at", "document_key"])
    if off.empty or silent["document_key"].nunique() < _HABIT:
        return None
    since = max(off["recorded_at"].iloc[0], silent["recorded_at"].iloc[0])
    silent = silent[silent["recorded_at"] >= since]
    return Finding(
        cause="accrued_inventory_disabled", layer="cin7", since=since, keys=tuple(silent["document_key"].unique()),
        probability=0.9, words=f"accrual was switched off; {silent['document_key'].nunique()} receipts posted nothing",
    )  # fmt: skip


@needs("cin7")
def accounts_changed(reading: Reading) -> Finding | None:
    """`account_mapping_gap_default_account` or `overbroad_account_mapping`: a purpose moved to an account of another.

    By the settings log where it says so; else by products whose sales go to another account than they used to.
    """
    log = reading.table("cin7/settings_log")
    log = log[log["setting"] == "Account mapping"].sort_values("recorded_at", kind="stable")
    changes = log[log["old_value"].notna()]
    if len(changes):
        first = changes.iloc[0]
        now = log.drop_duplicates("key", keep="last").set_index("key")["new_value"]
        shared = [purpose for purpose in now.index[now == first["new_value"]] if purpose != first["key"]]
        cause = "overbroad_account_mapping" if shared else "account_mapping_gap_default_account"
        words = f"{first['key']} was mapped from {first['old_value']} to {first['new_value']}"
        words += f", which is also the account for {', '.join(shared)}" if shared else ""
        lines = reading.lines
        touched = lines[(lines["account_code"] == first["new_value"]) & (lines["recorded_at"] >= first["recorded_at"])]
        return Finding(
            cause=cause, layer="cin7", since=first["recorded_at"], keys=tuple(touched["document_key"].unique()),
            amount_cents=abs(int(touched["amount_cents"].sum())), probability=0.75, words=words,
        )  # fmt: skip
    return _products_moved(reading)


def _products_moved(reading: Reading) -> Finding | None:
    invoices = reading.table("cin7/sale_invoices")[["document_key", "sale_key", "authorised_at"]]
    lines = reading.table("cin7/sale_invoice_lines").merge(invoices, on="document_key")
    products = reading.table("cin7/products").set_index("sku")["category"]
    channels = reading.table("cin7/sales").set_index("document_key")["source_channel"]
    # Sales may go to an account by product, by channel or by both.
    lines = lines.assign(category=look_up(lines["sku"], products) + "/" + look_up(lines["sale_key"], channels))
    lines = lines.dropna(subset=["account_code", "category"])
    if lines["account_code"].nunique() < 2:
        return None
    lines = lines.sort_values(["authorised_at", "document_key"], kind="stable")
    usual = lines.drop_duplicates("category").set_index("category")["account_code"]
    mapping = reading.table("cin7/account_mapping")
    default = mapping.loc[(mapping["purpose"] == "Revenue") & (mapping["level"] == "default"), "account_code"]
    # What a gap in the mapping leaves to the default account; any other account somebody has chosen.
    odd = lines[(lines["account_code"] != look_up(lines["category"], usual)) & within(lines["account_code"], default)]
    # A product that has had an account of its own since the beginning has it for good reasons.
    start = lines["authorised_at"].iloc[0] + _SETTLED * (reading.evening - lines["authorised_at"].iloc[0])
    lines = lines.assign(listing=lines["sku"] + "/" + lines["category"])
    sold = lines.groupby("listing").agg(first=("authorised_at", "min"), accounts=("account_code", "nunique"))
    listing = odd["sku"] + "/" + odd["category"]
    odd = odd[~((look_up(listing, sold["first"]) < start) & (look_up(listing, sold["accounts"]) == 1))]
    if odd["document_key"].nunique() < _HABIT:
        return None
    return Finding(
        cause="account_mapping_gap_default_account", layer="cin7", since=odd["authorised_at"].iloc[0],
        keys=tuple(odd["document_key"].unique()), amount_cents=int(odd["total_cents"].sum()), probability=0.7,
        words=f"sales of {odd['sku'].nunique()} products go to account {odd['account_code'].mode().iloc[0]} "
              "and not to that of their category any more",
    )  # fmt: skip


@needs("cin7", "integration")
def names_the_ledger_refuses(reading: Reading) -> Finding | None:
    """`qbo_invalid_item_name`: a product's name holds a character that the ledger does not take, and its records fail."""
    products = reading.table("cin7/products")
    named = products[products["name"].fillna("").map(lambda name: bool(_FORBIDDEN.search(name)))]
    attempts = reading.table("integration/sync_attempts").dropna(subset=["message"])
    refused = attempts[attempts["message"].str.contains("symbol|character|invalid.*name|name.*invalid", case=False, regex=True)]
    if named.empty or refused.empty:
        return None
    carried = reading.table("integration/sync_record_documents")
    failed = refused.merge(carried, on="record_key").sort_values(["attempted_at", "document_key"])
    return Finding(
        cause="qbo_invalid_item_name", layer="cin7", since=refused["attempted_at"].min(),
        keys=tuple(failed["document_key"].unique()), probability=0.9,
        words=f"the ledger refuses {failed['record_key'].nunique()} records for a name such as {named['name'].iloc[0]!r}",
    )  # fmt: skip


@needs("cin7")
def products_twice(reading: Reading) -> Finding | None:
    """`duplicate_product_identifier`: two products of one name, stock received on one and sold on the other."""
    products = reading.table("cin7/products")
    plain = products["name"].fillna("").str.casefold().str.replace(r"\s+", " ", regex=True).str.strip()
    twins = products[plain.duplicated(keep=False) & plain.ne("")].assign(plain=plain)
    if twins.empty:
        return None
    moved = reading.table("cin7/inventory_movements")
    held = moved.groupby("sku")["quantity"].sum().reindex(twins["sku"], fill_value=0)
    sales = moved[(moved["movement_type"] == "Sale") & within(moved["sku"], twins["sku"])].sort_values("recorded_at")
    if not (held < 0).any() and sales.empty:
        return None
    later = twins.sort_values("created_at", kind="stable")["created_at"].iloc[-1]
    sales = sales[sales["recorded_at"] >= later]
    return Finding(
        cause="duplicate_product_identifier", layer="cin7", since=later, keys=tuple(sales["document_key"].unique()),
        probability=0.7, words=f"{len(twins)} products share their names, such as {twins['name'].iloc[0]!r}",
    )  # fmt: skip


@needs("cin7", "operations")
def recipes_off(reading: Reading) -> Finding | None:
    """`bom_quantity_or_disassembly_cost_error`: the workshop uses steadily more or less than the recipe issues."""
    made = reading.table("operations/production_log")
    usage = reading.table("operations/production_usage")
    issued = reading.table("cin7/finished_goods_lines")
    if usage.empty or issued.empty:
        return None
    heads = reading.table("cin7/finished_goods")
    begun = heads.loc[heads["status"].isin(("IN PROGRESS", "COMPLETED")), "document_key"]
    issued = issued[within(issued["document_key"], begun)]
    issued = issued.merge(heads[["document_key", "sku", "created_at"]], on="document_key", suffixes=("", "_made"))
    usage = usage.merge(made[["batch", "sku"]], on="batch")
    used = usage.groupby(["sku", "component_sku"]).agg(units=("quantity", "sum"), batches=("batch", "nunique"))
    booked = issued.groupby(["sku_made", "sku"])["total_quantity"].sum().rename_axis(["sku", "component_sku"])
    both = used.join(booked, how="inner")
    both = both[(both["batches"] >= _BATCHES) & (both["total_quantity"] > 0)]
    ratio = both["units"] / both["total_quantity"]
    off = both[(ratio - 1).abs() > _USAGE_OFF]
    if off.empty:
        return None
    pairs = off.index
    keys = issued[[pair in pairs for pair in zip(issued["sku_made"], issued["sku"], strict=True)]]
    keys = keys.sort_values(["created_at", "document_key"])
    made_of, off_by = max(zip(pairs, ratio[pairs], strict=True), key=lambda each: abs(each[1] - 1))
    return Finding(
        cause="bom_quantity_or_disassembly_cost_error", layer="cin7", since=keys["created_at"].iloc[0],
        keys=tuple(keys["document_key"].unique()), probability=0.75,
        words=f"making {made_of[0]} takes {off_by:.2f} times the {made_of[1]} that the bill of materials issues",
    )  # fmt: skip


RULES = (
    invoiced_before_shipping, lock_dates_apart, accrual_switched_off, accounts_changed, names_the_ledger_refuses,
    products_twice, recipes_off,
)  # fmt: skip
