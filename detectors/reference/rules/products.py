"""Master data of products: what they are called, how they are listed, costed, planned, made, and what they cost at go-live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_HABIT = 3
"""Fewer documents are an oversight (assumption)."""
_USAGE_OFF = 0.2
"""Share by which use and recipe of a component may differ in the mean; yield varies by a few percent, and by more where a
batch takes few units (assumption)."""
_YIELD_UNITS = 1
"""Units that a batch may take more or fewer than its recipe (assumption)."""
_BATCHES = 6
"""Batches before the mean of a component's use says anything (assumption)."""
_FORBIDDEN = re.compile(r"[:\\]")
"""Characters QuickBooks Online does not take in an item's name (H-QBO)."""
_CORRECTED_DAYS = 2
"""Days within which a slip of the pen is corrected (assumption)."""
_TWO_TOOLS = " + "
"""Between the names of planning tools where a product names more than one."""
_BY_EXPIRY = "FEFO"


def _using(reading: Reading, skus: pd.Series[str], kinds: tuple[str, ...]) -> pd.DataFrame:
    """Movements that take units of some products out of stock, of some kinds, in order of time."""
    moved = reading.table("cin7/inventory_movements")
    moved = moved[(moved["quantity"] < 0) & moved["movement_type"].isin(kinds) & within(moved["sku"], skus)]
    return moved.sort_values(["recorded_at", "document_key"], kind="stable")


def _made_with(reading: Reading, issues: pd.Series[str]) -> list[str]:
    """The completions of assemblies whose components left under these documents."""
    heads = reading.table("cin7/finished_goods")
    heads = heads[within(heads["issue_key"], issues)]
    done = reading.table("cin7/finished_goods_receipts").sort_values(["recorded_at", "document_key"], kind="stable")
    return done.loc[within(done["assembly_key"], heads["document_key"]), "document_key"].tolist()


@needs("cin7", "integration")
def names_the_ledger_refuses(reading: Reading) -> Finding | None:
    """`qbo_invalid_item_name`: a product's name holds a character that the ledger does not take, and its records fail."""
    named = _names_that_stood(reading)
    attempts = reading.table("integration/sync_attempts").dropna(subset=["message"])
    refused = attempts[attempts["message"].str.contains("symbol|character|invalid.*name|name.*invalid", case=False, regex=True)]
    # Customers have names too.
    refused = refused[~refused["message"].str.contains("customer", case=False, regex=False)]
    if named.empty or refused.empty:
        return None
    carried = reading.table("integration/sync_record_documents")
    failed = refused.merge(carried, on="record_key").sort_values(["attempted_at", "document_key"])
    since = named["at"].min()
    failed = failed[failed["attempted_at"] >= since]
    lines = reading.table("cin7/sale_invoice_lines")
    invoices = reading.table("cin7/sale_invoices")
    invoices = invoices[within(invoices["document_key"], lines.loc[within(lines["sku"], named["sku"]), "document_key"])]
    invoices = invoices[invoices["authorised_at"] >= since]
    at = look_up(invoices["document_key"], reading.arrived)
    late = invoices[~((at - invoices["authorised_at"]).dt.days < 1)].sort_values(["authorised_at", "document_key"])
    payments = reading.table("cin7/sale_payments")
    payments = payments[within(payments["paid_key"], late["document_key"])].sort_values(["recorded_at", "document_key"])
    keys = [*failed["document_key"], *late["document_key"], *payments["document_key"]]
    missing = late[~within(late["document_key"], reading.arrived.index)]
    return Finding(
        cause="qbo_invalid_item_name", layer="cin7", since=since, amount_cents=int(missing["total_cents"].sum()),
        keys=tuple(dict.fromkeys(keys)), probability=0.9,
        words=f"the ledger refuses {failed['record_key'].nunique()} records for a name such as {named['name'].iloc[0]!r}",
    )  # fmt: skip


def _names_that_stood(reading: Reading) -> pd.DataFrame:
    """Names with a forbidden character that nobody corrected for days, since when. Columns: sku, name, at."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    log = reading.table("cin7/product_log")[["sku", "name", "at"]]
    products = reading.table("cin7/products")
    log = log.sort_values("at", kind="stable")
    # The name as it is this evening, where the log does not say when it was given.
    unlogged = products[~within(products["sku"] + products["name"], log["sku"] + log["name"])]
    unlogged = unlogged.assign(at=products["created_at"].min())
    log = pd.concat([log, unlogged[log.columns]], ignore_index=True)
    log = log.assign(bad=log["name"].fillna("").map(lambda name: bool(_FORBIDDEN.search(name))).astype("bool"))
    # Of entries that say the same, the first: a name stands until it is good again.
    log = log[log["bad"] != log.groupby("sku")["bad"].shift()]
    until = log.groupby("sku")["at"].shift(-1).fillna(reading.evening)
    return log[log["bad"] & ((until - log["at"]).dt.days > _CORRECTED_DAYS)][["sku", "name", "at"]]


@needs("cin7")
def products_twice(reading: Reading) -> Finding | None:
    """`duplicate_product_identifier`: two products of one name, stock received on one and sold on the other."""
    log = reading.table("cin7/product_log")
    names = log[["sku", "name", "at"]].sort_values("at", kind="stable")
    products = reading.table("cin7/products")
    last = names.drop_duplicates("sku", keep="last").set_index("sku")["at"]
    now = products[["sku", "name"]].assign(at=look_up(products["sku"], last).fillna(products["created_at"]))
    plain = now["name"].fillna("").str.casefold().str.replace(r"\s+", " ", regex=True).str.strip()
    twins = now[plain.duplicated(keep=False) & plain.ne("")].assign(plain=plain)
    if twins.empty:
        return None
    sales = _using(reading, twins["sku"], ("Sale",))
    held = reading.table("cin7/inventory_movements").groupby("sku")["quantity"].sum().reindex(twins["sku"], fill_value=0)
    if not (held < 0).any() and sales.empty:
        return None
    # Of two, the copy is the one that got the name later.
    renamed = names[within(names["sku"], twins["sku"])]
    renamed = renamed[renamed["name"].fillna("").ne(renamed.groupby("sku")["name"].shift().fillna(""))]
    copies = renamed.drop_duplicates("sku", keep="last").assign(plain=lambda rows: look_up(rows["sku"], _by(twins, "plain")))
    copies = copies.sort_values("at", kind="stable").drop_duplicates("plain", keep="last")
    later = copies["at"].min() if len(copies) else twins["at"].min()
    sales = sales[within(sales["sku"], copies["sku"] if len(copies) else twins["sku"]) & (sales["recorded_at"] >= later)]
    return Finding(
        cause="duplicate_product_identifier", layer="cin7", since=later, probability=0.7,
        keys=(*sales["document_key"].unique(), *_sent(reading, copies["at"])),
        words=f"{len(twins)} products share their names, such as {twins['name'].iloc[0]!r}",
    )  # fmt: skip


def _sent(reading: Reading, at: pd.Series[pd.Timestamp]) -> tuple[str, ...]:
    """Products that were sent to the ledger on the days on which some were given another one's name."""
    if not reading.sees("integration"):
        return ()
    records = reading.table("integration/sync_records")
    records = records[(records["record_type"] == "Products") & within(records["created_at"].dt.normalize(), at.dt.normalize())]
    return tuple(records.sort_values(["created_at", "document_key"])["document_key"].dropna().unique())


def _by(frame: pd.DataFrame, column: str) -> pd.Series[str]:
    values: pd.Series[str] = frame.set_index("sku")[column]
    return values


@needs("cin7", "operations")
def sold_as_another(reading: Reading) -> Finding | None:
    """`variant_attribute_misconfigured` or `duplicate_product_identifier`: orders are entered for another product than ordered.

    A member of the same family is a matter of its options, any other product one of its code or name.
    """
    sales = reading.table("cin7/sales").dropna(subset=["external_id"])[["document_key", "external_id", "created_at"]]
    orders = reading.table("operations/channel_orders")[["order_reference", "line", "sku"]]
    lines = reading.table("cin7/sale_lines")[["document_key", "line", "sku"]]
    orders = orders.rename(columns={"order_reference": "external_id", "sku": "ordered"})
    orders = orders.assign(document_key=look_up(orders["external_id"], sales.drop_duplicates("external_id").set_index(
        "external_id")["document_key"])).dropna(subset=["document_key"])  # fmt: skip
    both = orders.merge(lines, on=["document_key", "line"])
    both = both[both["sku"] != both["ordered"]]
    listings = reading.table("integration/channel_sku_map") if reading.sees("integration") else None
    if listings is not None and len(both):
        # A listing may have a code of its own, which is mapped to the product.
        mapped = listings[listings["channel_sku"] != listings["sku"]][["channel_sku", "sku"]].drop_duplicates()
        known = set(zip(mapped["channel_sku"], mapped["sku"], strict=True))
        both = both[[pair not in known for pair in zip(both["ordered"], both["sku"], strict=True)]]
    if both["document_key"].nunique() < _HABIT:
        return None
    products = reading.table("cin7/products").set_index("sku")
    family = look_up(both["sku"], products["family"])
    plain = products["name"].fillna("").str.casefold().str.replace(r"\s+", " ", regex=True).str.strip()
    of_one_name = look_up(both["sku"], plain) == look_up(both["ordered"], plain)
    of_one_family = family.notna() & (family == look_up(both["ordered"], products["family"])) & ~of_one_name
    siblings = bool(of_one_family.mean() > _MOSTLY)
    since = look_up(both["document_key"], sales.set_index("document_key")["created_at"]).min()
    column = "option" if siblings else "name"
    log = reading.table("cin7/product_log").sort_values("at", kind="stable")
    log = log[within(log["sku"], both["sku"]) & (log["at"] <= since)]
    told = log["name"] if column == "name" else log["option_1"].fillna("") + "/" + log["option_2"].fillna("")
    before = told.groupby(log["sku"]).shift()
    changed = log[before.notna() & (told != before)]
    since = changed["at"].min() if len(changed) else since
    wrong = _using(reading, both["sku"], ("Sale",))
    wrong = wrong[wrong["recorded_at"] >= since]
    return Finding(
        cause="variant_attribute_misconfigured" if siblings else "duplicate_product_identifier", layer="cin7", since=since,
        # An invoice for one of two products of one price says nothing wrong: what left the shelf does.
        keys=(*wrong["document_key"].unique(), *(() if siblings else _sent(reading, changed["at"]))), probability=0.9,
        words=f"{both['document_key'].nunique()} sales were entered for another product than the channel's order names, "
              f"such as {both['sku'].iloc[0]} for {both['ordered'].iloc[0]}",
    )  # fmt: skip


_MOSTLY = 0.5


@needs("cin7")
def options_shared(reading: Reading) -> Finding | None:
    """`variant_attribute_misconfigured`: two members of one family bear the same options, so no order can tell them apart."""
    products = reading.table("cin7/products").dropna(subset=["family"])
    same = ["family", "option_1", "option_2"]
    twins = products[products["option_1"].notna() & products.duplicated(same, keep=False)]
    if twins.empty:
        return None
    log = reading.table("cin7/product_log").sort_values("at", kind="stable")
    log = log[within(log["sku"], twins["sku"])]
    told = log["option_1"].fillna("") + "/" + log["option_2"].fillna("")
    before = told.groupby(log["sku"]).shift()
    changed = log[before.notna() & (told != before)]
    changed = changed if len(changed) else log
    since = changed["at"].min()
    sold = _using(reading, changed["sku"], ("Sale",))
    sold = sold[sold["recorded_at"] >= since]
    return Finding(
        cause="variant_attribute_misconfigured", layer="cin7", since=since, keys=tuple(sold["document_key"].unique()),
        probability=0.8, words=f"{len(twins)} members of families bear a sibling's options, such as {changed['sku'].iloc[0]}",
    )  # fmt: skip


@needs("cin7")
def planned_twice(reading: Reading) -> Finding | None:
    """`conflicting_replenishment_signals`: products name two planning tools, and each orders what the other has ordered."""
    log = reading.table("cin7/product_log").sort_values("at", kind="stable")
    twice = log[log["planned_by"].fillna("").str.contains(_TWO_TOOLS, regex=False)]
    if twice.empty:
        return None
    since = twice["at"].min()
    first = twice.drop_duplicates("sku").set_index("sku")["at"]
    purchases = reading.table("cin7/purchases")
    lines = reading.table("cin7/purchase_lines")
    lines = lines[within(lines["sku"], twice["sku"])]
    lines = lines.assign(since=look_up(lines["sku"], first))
    began = lines.groupby("document_key")["since"].min()
    bought = purchases.assign(since=look_up(purchases["document_key"], began))
    bought = bought[bought["created_at"] >= bought["since"]].sort_values(["created_at", "document_key"], kind="stable")
    return Finding(
        cause="conflicting_replenishment_signals", layer="cin7", since=since, probability=0.85,
        keys=reading.of_purchases(bought["document_key"]),
        words=f"{len(first)} products are planned by two tools, such as {twice['sku'].iloc[0]}: {twice['planned_by'].iloc[0]}; "
              f"{len(bought)} purchases hold them since",
    )  # fmt: skip


@needs("cin7")
def kept_by_expiry_costed_by_age(reading: Reading) -> Finding | None:
    """`costing_method_wrong`: products whose batches expire are costed, and proposed for use, by age of receipt."""
    batches = reading.table("cin7/batches").dropna(subset=["expiry_date"])
    log = reading.table("cin7/product_log").sort_values("at", kind="stable")
    log = log[within(log["sku"], batches["sku"])]
    wrong = log[~log["costing_method"].fillna("").str.startswith(_BY_EXPIRY)]
    if wrong.empty:
        return None
    first = wrong.drop_duplicates("sku").set_index("sku")["at"]
    used = _using(reading, wrong["sku"], ("Sale", "Finished Goods"))
    used = used[used["recorded_at"] >= look_up(used["sku"], first)]
    return Finding(
        cause="costing_method_wrong", layer="cin7", since=first.min(), probability=0.85,
        keys=tuple(used["document_key"].unique()),
        words=f"{len(first)} products whose batches expire, such as {wrong['sku'].iloc[0]}, "
              f"are costed by {wrong['costing_method'].iloc[0]}",
    )  # fmt: skip


@needs("cin7", "ledger")
def taken_over_again(reading: Reading) -> Finding | None:
    """`opening_balance_migration_error`: opening balances that were imported once more, or at costs that are no supplier's."""
    accounts = reading.table("ledger/accounts")
    equity = accounts.loc[accounts["class"] == "EQUITY", "account_code"]
    own = reading.table("cin7/transactions")
    own = own[within(own["debit_account"], equity) | within(own["credit_account"], equity)]
    if own.empty:
        return None
    stock = reading.table("cin7/inventory_movements")
    stock = stock[within(stock["document_key"], own["document_key"])]
    again = own[within(own["document_key"], stock.loc[stock["quantity"] == 0, "document_key"])]
    again = again.sort_values(["recorded_at", "document_key"], kind="stable")
    if again.empty:
        return _opening_costs_off(reading, stock)
    at_stake = stock[within(stock["document_key"], again["document_key"])]
    return Finding(
        cause="opening_balance_migration_error", layer="cin7", since=again["recorded_at"].iloc[0], probability=0.85,
        keys=tuple(again["document_key"].unique()), amount_cents=int(at_stake["value_cents"].sum()),
        words=f"opening costs of {at_stake['sku'].nunique()} products were changed against opening equity "
              f"by {int(again['amount_cents'].sum())} cents after they had been taken over",
    )  # fmt: skip


_NOMINAL = 100
"""A cent a unit, in 1/10,000: what is written on goods that come free of charge (assumption)."""
_OPENING_OFF = 1.25
"""Multiple of what a product is bought for from which its opening cost is no price list of last year (assumption)."""


def _opening_costs_off(reading: Reading, opening: pd.DataFrame) -> Finding | None:
    """Opening layers that cost far more than the same goods are bought for, where most do not."""
    bought = reading.table("cin7/purchase_lines")
    bought = bought[bought["unit_cost"] > _NOMINAL]
    heads = reading.table("cin7/purchases").set_index("document_key")["created_at"]
    bought = bought.assign(at=look_up(bought["document_key"], heads)).sort_values(["at", "document_key"], kind="stable")
    price = bought.groupby("sku")["unit_cost"].median()
    held = opening[opening["quantity"] > 0].groupby("sku")[["quantity", "value_cents"]].sum()
    cost = held["value_cents"] * 100 / held["quantity"]
    ratio = (cost / price.reindex(cost.index)).dropna()
    off = ratio[ratio > _OPENING_OFF]
    if len(off) < _HABIT or len(off) > _MOSTLY * len(ratio):
        return None
    rows = opening[within(opening["sku"], off.index)].sort_values(["recorded_at", "document_key"], kind="stable")
    too_much = held.loc[off.index, "value_cents"] * (1 - 1 / off)
    return Finding(
        cause="opening_balance_migration_error", layer="cin7", since=rows["recorded_at"].iloc[0], probability=0.6,
        keys=tuple(rows["document_key"].unique()), amount_cents=round(float(too_much.sum())),
        words=f"{len(off)} products were taken over at {off.median():.2f} times what they are bought for",
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
    heads = heads[["document_key", "sku", "created_at", "issue_key", "quantity"]].rename(columns={"quantity": "planned"})
    issued = issued.merge(heads, on="document_key", suffixes=("", "_made"))
    usage = usage.merge(made[["batch", "sku", "quantity"]], on="batch", suffixes=("", "_made"))
    # A new version of a recipe is looked at by itself: the batches before it were made by another one.
    began = _latest_version(reading)
    issued = issued[~(issued["created_at"] < look_up(issued["sku_made"], began))]
    usage = usage[~(usage["taken_at"] < look_up(usage["sku"], began))]
    used = usage.groupby(["sku", "component_sku"]).agg(
        units=("quantity", "sum"), made=("quantity_made", "sum"), batches=("batch", "nunique")
    )  # fmt: skip
    booked = issued.groupby(["sku_made", "sku"]).agg(total=("total_quantity", "sum"), planned=("planned", "sum"))
    both = used.join(booked.rename_axis(["sku", "component_sku"]), how="inner")
    both = both[(both["batches"] >= _BATCHES) & (both["total"] > 0) & (both["planned"] > 0) & (both["made"] > 0)]
    # By unit made: what is begun has been issued and not used yet.
    taken, given = both["units"] / both["made"], both["total"] / both["planned"]
    ratio = taken / given
    off = both[((ratio - 1).abs() > _USAGE_OFF) & ((taken - given).abs() * both["made"] / both["batches"] > _YIELD_UNITS)]
    if off.empty:
        return None
    pairs = off.index
    keys = issued[[pair in pairs for pair in zip(issued["sku_made"], issued["sku"], strict=True)]]
    keys = keys.sort_values(["created_at", "document_key"])
    made_of, off_by = max(zip(pairs, ratio[pairs], strict=True), key=lambda each: abs(each[1] - 1))
    documents = [*keys["issue_key"].dropna().unique(), *_made_with(reading, keys["issue_key"])]
    return Finding(
        cause="bom_quantity_or_disassembly_cost_error", layer="cin7", since=keys["created_at"].iloc[0],
        keys=tuple(dict.fromkeys(documents)), probability=0.75,
        words=f"making {made_of[0]} takes {off_by:.2f} times the {made_of[1]} that the bill of materials issues",
    )  # fmt: skip


def _latest_version(reading: Reading) -> pd.Series[pd.Timestamp]:
    """When the latest version of each bill of materials that has had another one was entered, by product."""
    recipes = reading.table("cin7/bill_of_materials")
    latest = recipes[recipes["version"] > 1].sort_values("version", kind="stable").drop_duplicates("sku", keep="last")
    when: pd.Series[pd.Timestamp] = latest.set_index("sku")["recorded_at"]
    return when


RULES = (
    names_the_ledger_refuses, products_twice, sold_as_another, options_shared, planned_twice, kept_by_expiry_costed_by_age,
    taken_over_again, recipes_off,
)  # fmt: skip
